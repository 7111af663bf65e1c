//! SIPp as the network of a floor (`floor.xml`), and what its log says became of each call.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::floor::{ByCall, TALK_MS};

/// A running SIPp; dropped, it ends.
pub(crate) struct Network {
    child: Child,
    log: PathBuf,
}

/// What became of a call, as the network saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Answered, and hung up on as no agent does.
    Abandoned,
    /// Answered, and hung up on after a conversation.
    Connected,
    /// It was refused with this status.
    Told(u16),
    /// The switch gave it up while it rang.
    Cancelled,
    /// Nobody said any more.
    Cut,
    /// No INVITE was seen.
    Unseen,
}

/// What SIPp wrote.
pub(crate) struct Log {
    /// The Call-IDs of the INVITEs to each number.
    pub(crate) invited: BTreeMap<String, Vec<String>>,
    answered: ByCall<u64>,
    ended: ByCall<u64>,
    told: ByCall<u16>,
    cancelled: BTreeSet<String>,
}

impl Network {
    pub(crate) fn start(port: u16, media: u16, folder: &Path) -> Self {
        let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/floor.xml");
        let log = folder.join("network.log");
        let child = Command::new("sipp")
            .arg("-sf")
            .arg(scenario)
            .args(["-i", "127.0.0.1", "-p", &port.to_string(), "-nostdin", "-trace_logs"])
            .args(["-set", "port", &media.to_string()])
            .arg("-log_file")
            .arg(&log)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("SIPp (Debian: sip-tester) is installed by `make test`");
        Self { child, log }
    }

    /// What it saw; it is over then.
    pub(crate) fn log(mut self) -> Log {
        // SIGINT: SIPp writes what it still holds.
        let _ = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status();
        let _ = self.child.wait();
        Log::read(&std::fs::read_to_string(&self.log).unwrap_or_default())
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Log {
    fn read(text: &str) -> Self {
        let (mut invited, mut answered) = (BTreeMap::<_, Vec<String>>::new(), ByCall::new());
        let (mut ended, mut told, mut cancelled) = (ByCall::new(), ByCall::new(), BTreeSet::new());
        for line in text.lines() {
            let words: Vec<_> = line.split(' ').collect();
            match words.as_slice() {
                ["invited", uri, call] => {
                    let number = uri.trim_start_matches("sip:").trim_end_matches('@');
                    let calls = invited.entry(number.to_owned()).or_default();
                    if !calls.iter().any(|known| known == call) {
                        calls.push((*call).to_owned());
                    }
                }
                ["answered", call, seconds, micros] => {
                    answered.entry((*call).to_owned()).or_insert(ms(seconds, micros));
                }
                ["ended", call, seconds, micros] => {
                    ended.entry((*call).to_owned()).or_insert(ms(seconds, micros));
                }
                ["told", call, code] => {
                    told.insert((*call).to_owned(), whole(code));
                }
                ["cancelled", call] => {
                    cancelled.insert((*call).to_owned());
                }
                _ => {}
            }
        }
        Self { invited, answered, ended, told, cancelled }
    }

    /// What became of the call to a number; each was called once.
    pub(crate) fn fate(&self, number: &str) -> Fate {
        let Some([call]) = self.invited.get(number).map(Vec::as_slice) else {
            return Fate::Unseen;
        };
        if let Some(code) = self.told.get(call) {
            return Fate::Told(*code);
        }
        if self.cancelled.contains(call) {
            return Fate::Cancelled;
        }
        match (self.answered.get(call), self.ended.get(call)) {
            (Some(from), Some(to)) if to - from < u64::from(*TALK_MS.start()) => Fate::Abandoned,
            (Some(_), Some(_)) => Fate::Connected,
            _ => Fate::Cut,
        }
    }
}

fn ms(seconds: &str, micros: &str) -> u64 {
    whole::<u64>(seconds) * 1_000 + whole::<u64>(micros) / 1_000
}

/// SIPp writes numbers with decimals.
fn whole<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.split('.').next().unwrap().parse().unwrap()
}
