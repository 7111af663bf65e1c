//! baresip as the agent's telephone: it registers, answers, plays a tone and records what it hears.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::customer::has_tone;
use super::product::Product;

/// A running baresip; dropped, it is killed.
pub(crate) struct Baresip {
    child: Child,
    folder: TempDir,
}

/// What a telephone heard.
pub(crate) struct Recording(Vec<i16>);

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
        let folder = tempfile::tempdir().unwrap();
        let account = format!(
            "<sip:{}@{};transport={transport}>;auth_pass={};answermode=auto;regint=60;\
             audio_codecs=PCMU{more}\n",
            product.extension(),
            product.sip_over(transport),
            product.secret()
        );
        fs::write(folder.path().join("accounts"), account).unwrap();
        fs::write(folder.path().join("contacts"), "").unwrap();
        fs::write(folder.path().join("config"), config(&folder, product)).unwrap();
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
        let telephone = Self { child, folder };
        product.wait_for_telephone().await;
        telephone
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
        Recording(heard.flat_map(samples).collect())
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

impl Recording {
    /// Whether a tone fills at least half a second of it.
    pub(crate) fn heard(&self, hz: u16) -> bool {
        has_tone(&self.0, hz)
    }
}

fn samples(path: PathBuf) -> Vec<i16> {
    let mut wav = hound::WavReader::open(path).unwrap();
    assert_eq!(wav.spec().sample_rate, 8_000);
    wav.samples::<i16>().map_while(Result::ok).collect()
}

/// Two minutes of a tone: longer than any call here.
fn write_tone(path: &Path, hz: u16) {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 8_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = hound::WavWriter::create(path, spec).unwrap();
    for sample in media::tone::sine(f64::from(hz), 0.4, 8_000 * 120) {
        wav.write_sample(sample).unwrap();
    }
    wav.finalize().unwrap();
}

fn config(folder: &TempDir, product: &Product) -> String {
    let port = Product::free_port();
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
         snd_path {folder}\n"
    )
}
