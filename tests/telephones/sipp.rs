//! SIPp as the carrier, and as a caller.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tempfile::TempDir;

use super::product::Product;

/// A running SIPp; dropped, it ends.
pub(crate) struct Sipp {
    child: Option<Child>,
    /// Where it writes what went wrong.
    folder: TempDir,
}

impl Sipp {
    /// Answers calls by `carrier.xml`, with the audio at `media`.
    pub(crate) fn carrier(port: u16, media: u16) -> Self {
        Self::run("carrier.xml", port, media, &[], None)
    }

    /// Calls the product's DID once from the carrier's address, and hangs up after `talk`.
    pub(crate) fn caller(port: u16, product: &Product, media: u16, talk: Duration) -> Self {
        Self::calling("caller.xml", port, product, media, talk)
    }

    /// Calls the product's DID once by a scenario.
    pub(crate) fn calling(
        scenario: &str,
        port: u16,
        product: &Product,
        media: u16,
        talk: Duration,
    ) -> Self {
        let talk = talk.as_millis().to_string();
        let target = product.sip().to_string();
        let did = product.did();
        let words = ["-d", &talk, "-s", &did, "-m", "1"];
        Self::run(scenario, port, media, &words, Some(&target))
    }

    /// Calls the product's DID once, stays until it is hung up, and says again where its audio is
    /// when it is asked.
    pub(crate) fn waiting_caller(port: u16, product: &Product, media: u16) -> Self {
        Self::calling("waiting-caller.xml", port, product, media, Duration::ZERO)
    }

    /// Calls this number of the product's once, and stays until it is hung up.
    pub(crate) fn calling_number(port: u16, product: &Product, number: &str, media: u16) -> Self {
        let target = product.sip().to_string();
        let words = ["-s", number, "-m", "1"];
        Self::run("waiting-caller.xml", port, media, &words, Some(&target))
    }

    /// Answers one call by a scenario.
    pub(crate) fn answering(scenario: &str, port: u16, media: u16) -> Self {
        Self::run(scenario, port, media, &["-m", "1"], None)
    }

    /// Calls the product's DID once by `gateway.xml`: holds, updates, offers asked for.
    pub(crate) fn gateway(port: u16, product: &Product, media: u16) -> Self {
        let target = product.sip().to_string();
        let did = product.did();
        Self::run("gateway.xml", port, media, &["-s", &did, "-m", "1"], Some(&target))
    }

    /// Makes one call to `target`, or answers one where there is none, by a scenario without audio.
    pub(crate) fn alone(scenario: &str, port: u16, target: Option<&str>) -> Self {
        Self::run(scenario, port, 9, &["-m", "1"], target)
    }

    /// Waits until it has made its calls.
    pub(crate) async fn finished(mut self) {
        let mut child = self.child.take().unwrap();
        let done = tokio::task::spawn_blocking(move || child.wait()).await.unwrap().unwrap();
        assert!(
            done.success(),
            "SIPp saw the call fail: {done}\n{}",
            complaints(self.folder.path())
        );
    }

    fn run(scenario: &str, port: u16, media: u16, words: &[&str], target: Option<&str>) -> Self {
        let scenarios = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/telephones");
        let folder = tempfile::tempdir().unwrap();
        let child = Command::new("sipp")
            .arg("-sf")
            .arg(scenarios.join(scenario))
            .args(["-i", "127.0.0.1", "-p", &port.to_string(), "-nostdin", "-trace_err"])
            .args(["-set", "port", &media.to_string()])
            .args(words)
            .args(target)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("SIPp (Debian: sip-tester) is installed by `make test`");
        Self { child: Some(child), folder }
    }
}

/// The error files that SIPp left in its folder.
fn complaints(folder: &Path) -> String {
    let files = std::fs::read_dir(folder).unwrap();
    files.map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap_or_default()).collect()
}

impl Drop for Sipp {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
