//! baresip as the agent's telephone: it registers, answers, plays a tone and records what it hears.

use std::fs;
use std::io::Write as _;
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::product::Product;
use super::wav::{Recording, write_tone};

/// A running baresip; dropped, it is killed.
pub(crate) struct Baresip {
    child: Child,
    folder: TempDir,
    /// Where its keys are pressed.
    keys: u16,
}

impl Baresip {
    /// Starts it with the agent's extension and waits until the switch knows it.
    pub(crate) async fn register(product: &Product, hz: u16) -> Self {
        Self::register_over("udp", product, hz).await
    }

    /// The same over this transport; under TLS it believes the switch's own certificate alone.
    pub(crate) async fn register_over(transport: &str, product: &Product, hz: u16) -> Self {
        Self::register_with(transport, "", product, hz).await
    }

    /// The same with more parameters of its account, each after a semicolon.
    pub(crate) async fn register_with(
        transport: &str,
        more: &str,
        product: &Product,
        hz: u16,
    ) -> Self {
        let (folder, keys) = (tempfile::tempdir().unwrap(), Product::free_port());
        let account = format!(
            "<sip:{}@{};transport={transport}>;auth_pass={};answermode=auto;regint=60;\
             audio_codecs=PCMU{more}\n",
            product.extension(),
            product.sip_over(transport),
            product.secret()
        );
        fs::write(folder.path().join("accounts"), account).unwrap();
        fs::write(folder.path().join("contacts"), "").unwrap();
        fs::write(folder.path().join("config"), config(&folder, product, keys)).unwrap();
        write_tone(&folder.path().join("tone.wav"), hz);
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let child = Command::new("baresip")
            .arg("-v")
            .arg("-f")
            .arg(folder.path())
            .stdin(Stdio::null())
            .stderr(log.try_clone().unwrap())
            .stdout(log)
            .spawn()
            .expect("baresip (Debian: baresip-core) is installed by `make test`");
        let telephone = Self { child, folder, keys };
        product.wait_for_telephone().await;
        telephone
    }

    /// Presses a key: `hold`, `resume`, or `transfer` with whom to send the caller to.
    pub(crate) fn press(&self, key: &str, target: Option<&str>) {
        let words = serde_json::json!({ "command": key, "params": target.unwrap_or_default() });
        let words = words.to_string();
        let mut console = TcpStream::connect(("127.0.0.1", self.keys)).unwrap();
        console.write_all(format!("{}:{words},", words.len()).as_bytes()).unwrap();
    }

    /// Ends it as its user would, and reads its recording.
    pub(crate) async fn hang_up_and_listen(mut self) -> Recording {
        let pid = self.child.id().to_string();
        let asked = Command::new("kill").args(["-TERM", &pid]).status().unwrap();
        assert!(asked.success());
        for _ in 0..100 {
            if self.child.try_wait().unwrap().is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let heard = fs::read_dir(self.folder.path()).unwrap().filter_map(|entry| {
            let path = entry.unwrap().path();
            path.to_string_lossy().ends_with("dec.wav").then_some(path)
        });
        Recording::read(heard)
    }

    /// Kills it in mid-call, as a power cut would: no BYE is sent.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
    }
}

impl Drop for Baresip {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            eprintln!("baresip said:\n{log}");
        }
    }
}

fn config(folder: &TempDir, product: &Product, keys: u16) -> String {
    let port = Product::free_pair();
    let folder = folder.path().display();
    let certificate = product.certificate().display().to_string();
    format!(
        "sip_listen 127.0.0.1:{port}\nsip_cafile {certificate}\n\
         audio_player aubridge,nil\n\
         audio_source aufile,{folder}/tone.wav\n\
         audio_alert aubridge,nil\n\
         ausrc_srate 8000\nauplay_srate 8000\nausrc_channels 1\nauplay_channels 1\n\
         audio_txmode thread\n\
         rtp_ports 40000-48000\n\
         net_interface 127.0.0.1\n\
         module_path /usr/lib/baresip/modules\n\
         module g711.so\nmodule srtp.so\nmodule aufile.so\nmodule aubridge.so\nmodule sndfile.so\n\
         module_app account.so\nmodule_app contact.so\nmodule_app menu.so\n\
         module_app ctrl_tcp.so\nctrl_tcp_listen 127.0.0.1:{keys}\n\
         snd_path {folder}\n"
    )
}
