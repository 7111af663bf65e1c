//! Letters of the API to people, by the server that takes callers' messages too.

use admin_api::post::{Letter, Post, Sending, Unsent};
use lettre::message::{Mailbox as Address, SinglePart};
use lettre::{AsyncTransport as _, Message};

use super::mail::{self, Server};

/// Hands letters over, each at once.
pub struct Letters {
    server: Server,
    from: Address,
}

impl Letters {
    /// None where no server is configured.
    pub(super) fn open(config: &config::Mail) -> anyhow::Result<Option<Self>> {
        let configured = mail::server(config)?;
        Ok(configured.map(|(server, from)| Self { server, from }))
    }

    async fn hand_over(&self, letter: Letter) -> Result<(), Unsent> {
        let refused = |error: &dyn std::fmt::Display| Unsent(error.to_string());
        let message = composed(self.from.clone(), letter)?;
        self.server.send(message).await.map_err(|error| refused(&error))?;
        Ok(())
    }
}

impl Post for Letters {
    fn send(&self, letter: Letter) -> Sending<'_> {
        Box::pin(self.hand_over(letter))
    }
}

fn composed(from: Address, letter: Letter) -> Result<Message, Unsent> {
    let Letter { to, subject, text } = letter;
    let to =
        to.parse::<lettre::Address>().map_err(|error| Unsent(format!("the address: {error}")))?;
    let builder = Message::builder().from(from).to(Address::new(None, to)).subject(subject);
    // RFC 3834 §5: nobody's machine answers it.
    let builder = builder.header(AutoSubmitted);
    let text = SinglePart::plain(text.replace('\n', "\r\n"));
    builder.singlepart(text).map_err(|error| Unsent(error.to_string()))
}

#[derive(Clone)]
struct AutoSubmitted;

impl lettre::message::header::Header for AutoSubmitted {
    fn name() -> lettre::message::header::HeaderName {
        lettre::message::header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> lettre::message::header::HeaderValue {
        lettre::message::header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FAULTS S11: what stands in a letter becomes no header, and a link is one line of it.
    #[test]
    fn a_letter_keeps_its_link_whole_and_its_subject_in_its_line() {
        let link = format!("https://pbx.example.net/link#{}", "0123456789abcdef".repeat(4));
        let letter = Letter {
            to: "ada@example.net".to_owned(),
            subject: "Ihre Einladung zu Größe\r\nBcc: eve@example.net".to_owned(),
            text: format!("Hier:\n{link}\nBis bald.\n"),
        };
        let from = "Cordboard <pbx@example.net>".parse().unwrap();
        let text = String::from_utf8(composed(from, letter).unwrap().formatted()).unwrap();
        // Quoted-printable cuts long lines, and whoever reads joins them (RFC 2045 §6.7).
        let text = text.replace("=\r\n", "");
        assert!(!text.lines().any(|line| line.starts_with("Bcc:")), "{text}");
        assert!(text.contains("To: ada@example.net\r\n"), "{text}");
        assert!(text.contains("Auto-Submitted: auto-generated\r\n"), "{text}");
        assert!(text.lines().any(|line| line == link), "{text}");
        let nobody = Letter { to: "ada".to_owned(), subject: String::new(), text: String::new() };
        assert!(composed("pbx@example.net".parse().unwrap(), nobody).is_err());
    }
}
