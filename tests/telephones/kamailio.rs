//! Kamailio as a carrier that refuses in every way.

use std::net::UdpSocket;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A running Kamailio; dropped, it ends with all its processes.
pub(crate) struct Kamailio {
    child: Child,
    _folder: TempDir,
}

impl Kamailio {
    /// Serves `port` by `kamailio.cfg`; what it puts through or redirects goes to `other`.
    pub(crate) async fn carrier(port: u16, other: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let text = include_str!("kamailio.cfg");
        let text = text.replace("PORT", &port.to_string()).replace("OTHER", &other.to_string());
        let file = folder.path().join("kamailio.cfg");
        std::fs::write(&file, text).unwrap();
        let child = Command::new("kamailio")
            .args(["-DD", "-E", "-m", "16", "-M", "4", "-f"])
            .arg(&file)
            .arg("-Y")
            .arg(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("Kamailio (Debian: kamailio) is installed by `make test`");
        let running = Self { child, _folder: folder };
        running.answers(port).await;
        running
    }

    /// Asks it by OPTIONS until it answers.
    async fn answers(&self, port: u16) {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        let at = socket.local_addr().unwrap();
        let question = format!(
            "OPTIONS sip:127.0.0.1:{port} SIP/2.0\r\nVia: SIP/2.0/UDP {at};branch=z9hG4bKup\r\n\
             From: <sip:test@{at}>;tag=1\r\nTo: <sip:127.0.0.1:{port}>\r\nCall-ID: up\r\n\
             CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
        );
        let end = Instant::now() + Duration::from_secs(20);
        let mut answer = [0; 2_048];
        while socket.recv(&mut answer).is_err() {
            assert!(Instant::now() < end, "Kamailio does not answer");
            let _ = socket.send_to(question.as_bytes(), ("127.0.0.1", port));
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

impl Drop for Kamailio {
    fn drop(&mut self) {
        // SIGTERM to the first process ends the others; SIGKILL would leave them behind.
        let id = self.child.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &id]).status();
        let _ = self.child.wait();
    }
}
