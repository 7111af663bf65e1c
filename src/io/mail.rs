//! Messages of callers by e-mail, with the recording attached: to the agent whose mailbox it is,
//! or to the address of the queue (R159).
//!
//! ```text
//!  whole on the disk ─▶ due ─▶ handed over ─accepted─▶ done
//!                        ▲          └─refused, unreachable─┐
//!                        └── after 30 s, 1 min, 2 min … 1 h ┘
//! ```
//! The row of the message says what is still to be mailed, so a restart forgets nothing. A crash
//! between the server's 250 and the mark mails twice: better than never. After three days nobody
//! tries again; the message stays in its mailbox throughout.

use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

use admin_api::recordings::Shelf;
use anyhow::{Context as _, anyhow};
use hound::{WavReader, WavSpec, WavWriter};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use lettre::message::header::ContentType;
use lettre::message::{Attachment, Mailbox as Address, MultiPart, SinglePart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};
use routing::{Mailbox, RecordingId};
use store::Store;
use store::voicemails::Voicemail;
use tokio::sync::watch;

use super::database;

use super::shelf::Recordings;

/// Hands messages over to the configured server.
pub(super) struct Post {
    server: Server,
    from: Address,
    store: Store,
    shelf: Arc<Recordings>,
}

impl Post {
    /// Mails what is due until the switch stops, where a server is configured.
    pub(super) fn open(
        config: &config::Mail,
        store: &Store,
        shelf: &Arc<Recordings>,
        stop: &watch::Receiver<bool>,
    ) -> anyhow::Result<()> {
        let Some((server, from)) = server(config)? else { return Ok(()) };
        let post = Self { server, from, store: store.clone(), shelf: Arc::clone(shelf) };
        tokio::spawn(post.run(stop.clone()));
        Ok(())
    }

    async fn run(self, mut stop: watch::Receiver<bool>) {
        loop {
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => return,
                () = tokio::time::sleep(EVERY) => {}
            }
            if let Err(error) = self.round().await {
                tracing::warn!(%error, "messages cannot be looked up for mailing");
            }
        }
    }

    async fn round(&self) -> Result<(), store::Error> {
        let messages = self.store.voicemails();
        let now = Timestamp::now();
        for (message, tries) in messages.to_mail(now, now - KEPT, AT_ONCE).await? {
            let id = message.id;
            match self.send(&message).await {
                Ok(()) => messages.mailed(id, Timestamp::now()).await?,
                Err(error) => {
                    let again = Timestamp::now() + pause(tries);
                    let (tries, error) = (tries + 1, format!("{error:#}"));
                    tracing::warn!(voicemail = %id, tries, %error, "a message is not mailed yet");
                    messages.not_mailed(id, again).await?;
                }
            }
        }
        Ok(())
    }

    /// Mails one message; a mailbox without an address has nothing to mail.
    async fn send(&self, message: &Voicemail) -> anyhow::Result<()> {
        let Some(owner) = self.owner(message.mailbox).await? else { return Ok(()) };
        let to = owner.address.parse().context("the address of the mailbox")?;
        let (recordings, id) = (Arc::clone(&self.shelf), message.id);
        let wav = tokio::task::spawn_blocking(move || caller_alone(&recordings, id)).await??;
        let letter = letter(message, &owner, self.from.clone(), to, wav)?;
        tokio::time::timeout(PATIENCE, self.server.send(letter)).await??;
        Ok(())
    }

    async fn owner(&self, mailbox: Mailbox) -> anyhow::Result<Option<Owner>> {
        let owner = match mailbox {
            Mailbox::Agent { agent } => {
                let Some(agent) = there(self.store.agents().find(agent).await)? else {
                    return Ok(None);
                };
                let (name, zone) = (agent.value.display_name(), agent.value.time_zone);
                agent.value.email.map(|address| Owner { name, address, zone })
            }
            Mailbox::Queue { queue } => {
                let Some(queue) = there(self.store.queues().find(queue).await)? else {
                    return Ok(None);
                };
                let zone = self.store.organisation().find().await?.value.time_zone;
                let name = queue.value.name;
                queue.value.mail_to.map(|address| Owner { name, address, zone })
            }
        };
        Ok(owner)
    }
}

/// None for what was removed meanwhile.
fn there<T>(found: Result<T, store::Error>) -> Result<Option<T>, store::Error> {
    match found {
        Err(store::Error::NotFound(_)) => Ok(None),
        found => found.map(Some),
    }
}

/// Whose mailbox it is, and where their clocks are.
struct Owner {
    name: String,
    address: String,
    zone: String,
}

/// The configured server, and who letters are from; none where none is configured.
pub(super) fn server(config: &config::Mail) -> anyhow::Result<Option<(Server, Address)>> {
    let (Some(host), Some(from)) = (&config.server, &config.from) else { return Ok(None) };
    let from = from.parse().context("mail.from is no address")?;
    Ok(Some((transport(config, host)?, from)))
}

/// Where messages are handed over.
pub(super) type Server = AsyncSmtpTransport<Tokio1Executor>;

fn transport(config: &config::Mail, server: &str) -> anyhow::Result<Server> {
    let tls = || -> anyhow::Result<TlsParameters> {
        let mut parameters = TlsParameters::builder(server.to_owned());
        if let Some(ca) = &config.ca {
            let pem = std::fs::read(ca).with_context(|| format!("reading {}", ca.display()))?;
            parameters = parameters.add_root_certificate(Certificate::from_pem(&pem)?);
        }
        Ok(parameters.build()?)
    };
    let tls = match config.tls {
        config::MailTls::Starttls => Tls::Required(tls()?),
        config::MailTls::Implicit => Tls::Wrapper(tls()?),
        config::MailTls::Off => Tls::None,
    };
    let builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(server);
    let mut builder = builder.port(config.port).tls(tls).timeout(Some(PATIENCE));
    if let (Some(user), Some(file)) = (&config.user, &config.password_file) {
        let password = database::password(file)?;
        builder = builder.credentials(Credentials::new(user.clone(), password));
    }
    Ok(builder.build())
}

fn letter(
    message: &Voicemail,
    owner: &Owner,
    from: Address,
    to: Address,
    wav: Vec<u8>,
) -> anyhow::Result<Message> {
    let caller: String = message.calling.chars().filter(|sign| !sign.is_control()).collect();
    let zone = TimeZone::get(&owner.zone).unwrap_or(TimeZone::UTC);
    let left = message.left_at.to_zoned(zone).strftime("%A, %-d %B %Y, %H:%M %Z").to_string();
    let seconds = message.duration_ms.div_ceil(1_000);
    let length = format!("{}:{:02}", seconds / 60, seconds % 60);
    let text = format!(
        "{caller} left a message for {name}.\r\n\r\nWhen: {left}\r\nLength: {length}\r\n\r\n\
         The recording is attached. Listen to it at your desk to mark it as heard.\r\n",
        name = owner.name,
    );
    let audio = Attachment::new("voicemail.wav".to_owned())
        .body(wav, ContentType::parse("audio/wav").map_err(|error| anyhow!("{error}"))?);
    let parts = MultiPart::mixed().singlepart(SinglePart::plain(text)).singlepart(audio);
    let letter = Message::builder().from(from).to(to);
    Ok(letter.subject(format!("Voicemail from {caller} ({length})")).multipart(parts)?)
}

/// The caller's channel as a WAV file of its own; blocking.
fn caller_alone(shelf: &Recordings, id: RecordingId) -> anyhow::Result<Vec<u8>> {
    let mut audio = shelf.open(id)?;
    let both = audio.read_wav(0, usize::MAX)?;
    let mut reader = WavReader::new(both.as_slice())?;
    let channels = usize::from(reader.spec().channels);
    let spec = WavSpec { channels: 1, ..reader.spec() };
    let mut alone = Cursor::new(Vec::with_capacity(both.len() / 2));
    let mut writer = WavWriter::new(&mut alone, spec)?;
    for sample in reader.samples::<i16>().skip(channels - 1).step_by(channels) {
        writer.write_sample(sample?)?;
    }
    writer.finalize()?;
    Ok(alone.into_inner())
}

/// How long after so many failures it is tried again.
fn pause(tries: u32) -> SignedDuration {
    let doubled = PAUSE_MIN.saturating_mul(1 << tries.min(10));
    doubled.min(PAUSE_MAX)
}

/// How often what is due is looked up.
const EVERY: Duration = Duration::from_secs(2);

/// Messages handed over in one round.
const AT_ONCE: u32 = 10;

/// How long the server may take for one message.
const PATIENCE: Duration = Duration::from_mins(1);

const PAUSE_MIN: SignedDuration = SignedDuration::from_secs(30);
const PAUSE_MAX: SignedDuration = SignedDuration::from_hours(1);

/// How old a message may be that is still mailed.
const KEPT: SignedDuration = SignedDuration::from_hours(72);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_refuses_is_asked_less_and_less_often() {
        let pauses: Vec<_> = (0..9).map(|tries| pause(tries).as_secs()).collect();
        assert_eq!(pauses, [30, 60, 120, 240, 480, 960, 1_920, 3_600, 3_600]);
        assert_eq!(pause(u32::MAX), PAUSE_MAX);
    }

    /// FAULTS S11: what a caller put into its From becomes no header of ours.
    #[test]
    fn a_letter_names_the_caller_and_carries_the_recording() {
        let message = Voicemail {
            id: uuid::Uuid::nil().into(),
            call: uuid::Uuid::nil().into(),
            mailbox: Mailbox::Agent { agent: uuid::Uuid::nil().into() },
            calling: "+15550100123\r\nBcc: a@b.c".to_owned(),
            left_at: "2026-03-18T12:00:00Z".parse().unwrap(),
            duration_ms: 61_400,
            heard_at: None,
        };
        let owner = Owner {
            name: "Rita Moreno".to_owned(),
            address: "rita@example.net".to_owned(),
            zone: "America/New_York".to_owned(),
        };
        let (from, to) = ("pbx@example.net".parse().unwrap(), "rita@example.net".parse().unwrap());
        let letter = letter(&message, &owner, from, to, vec![0xFF; 3]).unwrap();
        let text = String::from_utf8(letter.formatted()).unwrap();
        assert!(!text.lines().any(|line| line.starts_with("Bcc:")), "{text}");
        assert!(text.contains("left a message for Rita Moreno"), "{text}");
        assert!(text.contains("Wednesday, 18 March 2026, 08:00 EDT"), "{text}");
        assert!(text.contains("Length: 1:02") && text.contains("////"), "{text}");
    }
}
