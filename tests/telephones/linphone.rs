//! linphone as the agent's telephone, by its console: it registers, answers by itself, plays a tone
//! and records what it hears without a sound card, holds, calls and transfers.

use std::fs;
use std::io::Write as _;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::product::Product;
use super::wav::{Recording, write_tone};

/// A running linphone; dropped, it is killed. Its line is call 1, what it calls itself call 2.
pub(crate) struct Linphone {
    child: Child,
    console: ChildStdin,
    folder: TempDir,
}

impl Linphone {
    /// Starts it with the agent's extension and waits until the switch knows it; under TLS it
    /// believes the switch's own certificate alone.
    pub(crate) async fn register(transport: &str, product: &Product, hz: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        // It starts no transport before its database has a place.
        fs::create_dir_all(folder.path().join(".local/share/linphone")).unwrap();
        let settings = folder.path().join("settings");
        fs::write(&settings, config(transport, product)).unwrap();
        let (tone, heard) = (folder.path().join("tone.wav"), folder.path().join("heard.wav"));
        write_tone(&tone, hz);
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let mut child = Command::new("linphonec")
            .args(["-a", "-c"])
            .arg(&settings)
            .env("HOME", folder.path())
            .stdin(Stdio::piped())
            .stderr(log.try_clone().unwrap())
            .stdout(log)
            .spawn()
            .expect("linphone (Debian: linphone-cli) is installed by `make test`");
        let console = child.stdin.take().unwrap();
        let mut telephone = Self { child, console, folder };
        telephone.press("soundcard use files");
        telephone.press(&format!("play {}", tone.display()));
        telephone.press(&format!("record {}", heard.display()));
        product.wait_for_telephone().await;
        telephone
    }

    /// Says something to its console: `pause 1`, `call sip:…`, `transfer 1 --to-call 2`.
    pub(crate) fn press(&mut self, words: &str) {
        self.console.write_all(format!("{words}\n").as_bytes()).unwrap();
        self.console.flush().unwrap();
    }

    /// Ends it as its user would, and reads its recording.
    pub(crate) async fn hang_up_and_listen(mut self) -> Recording {
        self.press("terminate all");
        self.press("quit");
        for _ in 0..200 {
            if self.child.try_wait().unwrap().is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Recording::read(std::iter::once(self.folder.path().join("heard.wav")))
    }
}

impl Drop for Linphone {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            eprintln!("linphone said:\n{log}");
        }
    }
}

fn config(transport: &str, product: &Product) -> String {
    let (extension, secret) = (product.extension(), product.secret());
    let certificate = product.certificate().display().to_string();
    let port = |own: &str| if own == transport { Product::free_port() } else { 0 };
    let (udp, tcp, tls) = (port("udp"), port("tcp"), port("tls"));
    let switch = product.sip_over(transport);
    let proxy = format!("<sip:{switch};transport={transport}>");
    // An address of its own, since what comes from the carrier's is the carrier's. No name is
    // looked up, so the certificate is checked by its signature alone.
    format!(
        "[sip]\nsip_port={udp}\nsip_tcp_port={tcp}\nsip_tls_port={tls}\nuse_ipv6=0\n\
         bind_address=127.0.0.2\nroot_ca={certificate}\nverify_server_certs=1\n\
         verify_server_cn=0\ndefault_proxy=0\nmedia_encryption=none\n\
         [proxy_0]\nreg_proxy={proxy}\nreg_route={proxy}\n\
         reg_identity=sip:{extension}@127.0.0.1\nreg_expires=60\nreg_sendregister=1\npublish=0\n\
         [auth_info_0]\nusername={extension}\npasswd={secret}\n\
         [rtp]\nbind_address=127.0.0.2\naudio_rtp_port=40000-48000\n\
         [audio_codec_0]\nmime=PCMU\nrate=8000\nchannels=1\nenabled=1\n"
    )
}
