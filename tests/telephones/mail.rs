//! A real mail server: aiosmtpd, which keeps what it takes in a Maildir.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use tempfile::TempDir;

use super::product::Product;

/// A running server; dropped, it ends.
pub(crate) struct MailServer {
    child: Child,
    port: u16,
    folder: TempDir,
}

impl MailServer {
    pub(crate) async fn start() -> Self {
        let (port, folder) = (Product::free_port(), tempfile::tempdir().unwrap());
        // Debian's own Python has the package; another one may come first in the path.
        let child = Command::new("/usr/bin/python3")
            .args(["-m", "aiosmtpd", "-n", "-l", &format!("127.0.0.1:{port}")])
            .args(["-c", "aiosmtpd.handlers.Mailbox"])
            .arg(folder.path().join("mail"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("aiosmtpd (Debian: python3-aiosmtpd) is installed by `make test`");
        let running = Self { child, port, folder };
        let end = Instant::now() + PATIENCE;
        while tokio::net::TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            assert!(Instant::now() < end, "the mail server does not answer");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        running
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// The only letter that came, as it was sent.
    pub(crate) async fn letter(&self) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            if let [letter] = &self.letters()[..] {
                return fs::read_to_string(letter).unwrap();
            }
            assert!(Instant::now() < end, "not one letter: {:?}", self.letters());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    /// The letter that came as this one, beginning with 1.
    pub(crate) async fn letter_number(&self, number: usize) -> String {
        let end = Instant::now() + PATIENCE;
        loop {
            let mut letters = self.letters();
            // The names of a Maildir do not tell which came first.
            letters.sort_by_key(|letter| fs::metadata(letter).unwrap().modified().unwrap());
            if let Some(letter) = letters.get(number - 1) {
                return fs::read_to_string(letter).unwrap();
            }
            assert!(Instant::now() < end, "no letter {number}: {letters:?}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    fn letters(&self) -> Vec<PathBuf> {
        let new = fs::read_dir(self.folder.path().join("mail/new"));
        new.into_iter().flatten().map(|entry| entry.unwrap().path()).collect()
    }
}

impl Drop for MailServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The audio that is attached to a letter (RFC 2045 §6.8).
pub(crate) fn attached(letter: &str) -> Vec<i16> {
    let letter = letter.replace("\r\n", "\n");
    let (_, part) = letter.split_once("Content-Type: audio/wav\n").unwrap();
    let (_, coded) = part.split_once("\n\n").unwrap();
    let coded = coded.lines().take_while(|line| !line.starts_with("--"));
    let wav = BASE64.decode(coded.collect::<String>()).unwrap();
    let samples = hound::WavReader::new(wav.as_slice()).unwrap().into_samples::<i16>();
    samples.map(Result::unwrap).collect()
}

const PATIENCE: Duration = Duration::from_secs(30);
