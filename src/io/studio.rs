//! Clips out of files and texts: the media plane's conversion, and the program that speaks.
//!
//! The program is the administrator's: started directly and never by a shell, with the text on its
//! standard input, where nothing in it can be an option. What it writes is bounded in size and
//! time, and then converted as any stranger's file is.

use std::io::{Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use admin_api::prompts::{Speaking, Studio, Take, Unspoken};
use anyhow::Context as _;
use config::Speech;
use media::intake::{self, Clip, Refused};
use media::library::Library;
use routing::Sound;
use routing::prompts::BUILT_IN;
use rustix::process::{Pid, Signal, kill_process_group};

/// Where clips are made.
#[derive(Debug)]
pub struct Booth {
    speech: Option<Speech>,
    library: Library,
    /// One conversion at a time: each may hold ten minutes of samples.
    converting: Mutex<()>,
    /// And one program.
    speaking: Arc<tokio::sync::Mutex<()>>,
}

impl Booth {
    /// A booth with this program, if there is one.
    pub fn new(speech: Option<Speech>) -> anyhow::Result<Self> {
        let library = Library::shipped().map_err(anyhow::Error::msg);
        let library = library.context("a shipped prompt cannot be read")?;
        Ok(Self { speech, library, converting: Mutex::new(()), speaking: Arc::default() })
    }
}

/// How a WAV file that is kept sounds.
pub(super) fn sound(wav: &[u8]) -> Result<Sound, Refused> {
    intake::convert(wav).map(|clip| Sound(clip.samples.into()))
}

impl Studio for Booth {
    fn convert(&self, file: &[u8]) -> Result<Take, String> {
        let _one = self.converting.lock().unwrap_or_else(PoisonError::into_inner);
        let Clip { samples, source, level } =
            intake::convert(file).map_err(|why| why.to_string())?;
        let wav = intake::wav_of(&samples);
        Ok(Take {
            sound: Sound(Arc::from(samples)),
            wav,
            source,
            loudness_db: level.loudness_db,
            peak_db: level.peak_db,
            clipped: level.clipped,
        })
    }

    fn speak(&self, text: String) -> Speaking<'_> {
        Box::pin(async move {
            let Speech { command, timeout_s } = self.speech.clone().ok_or(Unspoken::NoProgram)?;
            let turn = Arc::clone(&self.speaking).lock_owned().await;
            let patience = Duration::from_secs(timeout_s.into());
            let said = tokio::task::spawn_blocking(move || {
                // Whoever asked may be gone: the turn ends with the program.
                let _turn = turn;
                run(&command, text, patience)
            });
            said.await
                .map_err(|error| Unspoken::Failed(error.to_string()))?
                .map_err(Unspoken::Failed)
        })
    }

    fn built_in(&self, name: &str) -> Option<Vec<u8>> {
        let known = BUILT_IN.contains(&name);
        let clip = self.library.clips().find(|(clip, _)| known && clip.0 == name);
        clip.map(|(_, samples)| intake::wav_of(samples))
    }
}

/// What the program writes when it is given the text; it does not outlive its time.
fn run(command: &[String], text: String, patience: Duration) -> Result<Vec<u8>, String> {
    let end = Instant::now() + patience;
    let (program, arguments) = command.split_first().ok_or("has no name")?;
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(|error| format!("cannot be started: {error}"))?;
    let heard = converse(&mut child, text, end);
    let ended = heard.and_then(|file| wait(&mut child, end).map(|()| file));
    if ended.is_err() {
        // With all that it has started, or they would hold its output. What has ended by itself
        // cannot be killed, and needs not be.
        let _ = kill_process_group(Pid::from_child(&child), Signal::KILL);
        let _ = child.wait();
    }
    ended
}

/// Writes and reads at once: a program may speak before it has read to the end.
fn converse(child: &mut Child, text: String, end: Instant) -> Result<Vec<u8>, String> {
    let (Some(mut ear), Some(mouth)) = (child.stdin.take(), child.stdout.take()) else {
        return Err("has no pipes".to_owned());
    };
    let (written, heard) = mpsc::channel();
    // A program that reads nothing closes its ear, which is its own affair.
    thread::spawn(move || drop(ear.write_all(text.as_bytes())));
    thread::spawn(move || {
        let mut file = vec![];
        let read = mouth.take(OUTPUT_MAX + 1).read_to_end(&mut file);
        drop(written.send(read.map(|_| file)));
    });
    let patience = end.saturating_duration_since(Instant::now());
    let file = heard.recv_timeout(patience).map_err(|_| LATE.to_owned())?;
    let file = file.map_err(|error| format!("cannot be heard: {error}"))?;
    if file.len() as u64 > OUTPUT_MAX {
        return Err(format!("wrote more than {} MiB", OUTPUT_MAX >> 20));
    }
    Ok(file)
}

fn wait(child: &mut Child, end: Instant) -> Result<(), String> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => return Ok(()),
            Ok(Some(status)) => return Err(format!("ended with {status}")),
            Ok(None) if Instant::now() >= end => return Err(LATE.to_owned()),
            Ok(None) => thread::sleep(GLANCE),
            Err(error) => return Err(format!("cannot be waited for: {error}")),
        }
    }
}

const LATE: &str = "took longer than media.speech.timeout_s allows";

/// What it has written is closed by then; only its end is awaited.
const GLANCE: Duration = Duration::from_millis(5);

/// As large as an upload may be.
const OUTPUT_MAX: u64 = 32 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    fn booth(command: &[&str], timeout_s: u16) -> Booth {
        let command = command.iter().map(|part| (*part).to_owned()).collect();
        Booth::new(Some(Speech { command, timeout_s })).unwrap()
    }

    async fn said(command: &[&str], text: &str) -> Result<Vec<u8>, Unspoken> {
        booth(command, 60).speak(text.to_owned()).await
    }

    /// What settings may name without a prompt is there, and is heard as it is shipped.
    #[test]
    fn every_built_in_clip_can_be_heard_and_nothing_else_is_one() {
        let booth = Booth::new(None).unwrap();
        for name in BUILT_IN {
            let take = booth.convert(&booth.built_in(name).unwrap()).unwrap();
            assert!(take.sound.0.len() > 8_000 && take.loudness_db > -35, "{name}: {take:?}");
        }
        assert_eq!(booth.built_in("number-7"), None);
    }

    /// Debian's espeak-ng, told by its standard input what to say and by nothing else.
    #[tokio::test]
    async fn a_text_is_spoken_by_the_program_and_nothing_in_it_is_an_option() {
        let espeak = ["espeak-ng", "--stdin", "--stdout"];
        for text in ["Thank you for calling.", "--version", "; touch /tmp/x `id` $(id)"] {
            let file = said(&espeak, text).await.unwrap();
            let take = booth(&espeak, 60).convert(&file).unwrap();
            assert!(take.sound.0.len() > 4_000 && take.peak_db > -20, "{text}: {take:?}");
            assert!(take.source.starts_with("PCM 16 bit, 22050 Hz"), "{}", take.source);
        }
    }

    #[tokio::test]
    async fn a_program_that_fails_says_how() {
        let told = |command: &'static [&'static str]| async move {
            said(command, "hello").await.unwrap_err().to_string()
        };
        assert!(told(&["/no/such/program"]).await.contains("cannot be started"));
        assert!(told(&["false"]).await.ends_with("ended with exit status: 1"));
        let endless = ["cat", "/dev/zero"];
        assert!(said(&endless, "x").await.unwrap_err().to_string().ends_with("more than 32 MiB"));
        let none = Booth::new(None).unwrap().speak("hello".to_owned()).await;
        assert_eq!(none, Err(Unspoken::NoProgram));
    }

    /// One that never ends, one that closes its output and lives on, and one whose child does.
    #[tokio::test]
    async fn a_program_that_hangs_is_ended_with_all_that_it_started() {
        let dir = tempfile::tempdir().unwrap();
        for script in ["sleep 1000", "exec >&-; sleep 1000", "sleep 1000 & wait"] {
            let group = dir.path().join("group");
            let script = format!("echo $$ > {}; {script}", group.display());
            let hung = booth(&["sh", "-c", &script], 1).speak("hello".to_owned()).await;
            assert_eq!(hung, Err(Unspoken::Failed(LATE.to_owned())), "{script}");
            let group = std::fs::read_to_string(&group).unwrap().trim().parse().unwrap();
            let group = Pid::from_raw(group).unwrap();
            // Killed children of the killed are there until whoever took them over has seen it.
            while rustix::process::test_kill_process_group(group).is_ok() {
                tokio::time::sleep(GLANCE).await;
            }
        }
    }
}
