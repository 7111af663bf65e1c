//! Letters to people: the root hands them to the mail server; tests keep them.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use crate::control::Control;

/// Hands letters to the mail server.
pub trait Post: Send + Sync + 'static {
    /// Resolves once the server has taken the letter, or has said why not.
    fn send(&self, letter: Letter) -> Sending<'_>;
}

/// The handing over of a letter, in time.
pub type Sending<'a> = Pin<Box<dyn Future<Output = Result<(), Unsent>> + Send + 'a>>;

/// A letter of plain text.
#[derive(Clone, PartialEq, Eq)]
pub struct Letter {
    /// The address it goes to.
    pub to: String,
    /// Its subject, one line.
    pub subject: String,
    /// What it says; it may hold a link that opens something.
    pub text: String,
}

impl fmt::Debug for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter").field("subject", &self.subject).finish_non_exhaustive()
    }
}

/// Why a letter was not taken, in the words of the server or of the way there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unsent(pub String);

/// Hands a letter over, within what a person waits for.
pub(crate) async fn hand_over(control: &dyn Control, letter: Letter) -> Result<(), Unsent> {
    let Some(post) = control.post() else { return Err(Unsent("no mail server is set".into())) };
    let handed = tokio::time::timeout(PATIENCE, post.send(letter)).await;
    handed.unwrap_or_else(|_| Err(Unsent("the mail server does not answer".into())))
}

/// The same for a letter that nobody waits for: tried again before it is given up.
pub(crate) async fn hand_over_patiently(control: &dyn Control, letter: Letter) {
    for pause in PAUSES {
        match hand_over(control, letter.clone()).await {
            Ok(()) => return,
            Err(error) => tracing::warn!(subject = %letter.subject, %error, "not mailed yet"),
        }
        tokio::time::sleep(pause).await;
    }
    if let Err(error) = hand_over(control, letter).await {
        tracing::error!(%error, "a letter was given up: its reader may ask for it again");
    }
}

const PATIENCE: Duration = Duration::from_secs(20);

/// Between the tries: a server that restarts, and one that has us wait (greylisting).
const PAUSES: [Duration; 2] = [Duration::from_secs(10), Duration::from_mins(2)];
