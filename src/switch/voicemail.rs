//! Messages that callers leave when nobody takes their call, and how many wait for whom (R96).
//!
//! ```text
//!  nobody comes ─▶ greeting ─▶ tone, recorded ─ hangs up, `#`, three minutes ─▶ waits ⇄ heard
//! ```
//! The mailbox is that of the agent or queue the caller was waiting for. The message is in the
//! journal from its tone on and is a recording like any other, so a crash leaves what was said. A
//! message counts once it is whole on the disk; what is shorter than a second is a hang-up. While
//! recordings cannot be written nobody is asked for one (FAULTS F5).

use std::collections::BTreeMap;
use std::time::Duration;

use media::Prompt;
use routing::prompts::LEAVE_A_MESSAGE;
use routing::{AgentId, CallId, Mailbox, Messages, RecordingId};
use store::Event;
use store::voicemails::SHORTEST_MS;

use super::calls::Slot;
use super::{Now, Output, Settings, Switch, streams};
use crate::call::{Input, Wanted};

/// What waits in each mailbox, and the messages that are being left.
#[derive(Debug, Default)]
pub(super) struct Mailboxes {
    counts: BTreeMap<Mailbox, Messages>,
    /// From the tone until the message is whole on the disk.
    leaving: BTreeMap<RecordingId, Mailbox>,
}

impl Mailboxes {
    /// How many messages an agent has.
    pub(super) fn of(&self, agent: AgentId) -> Messages {
        self.counts.get(&Mailbox::Agent { agent }).copied().unwrap_or_default()
    }
}

impl Switch {
    /// Asks a caller for a message; who waits for nobody hears the notice.
    pub(super) fn take_message(&mut self, now: Now, id: CallId, out: &mut Vec<Output>) {
        let Some(slot) = self.calls.get(&id) else { return };
        let input = match mailbox_of(slot) {
            Some(_) if self.recordings.are_written() => Input::TakeMessage(Settings::VOICEMAIL_MAX),
            _ => Input::Unserved,
        };
        self.drive(now, id, input, out);
    }

    /// Plays the greeting of the mailbox.
    pub(super) fn greet(&mut self, id: CallId, out: &mut Vec<Output>) {
        let Some(slot) = self.calls.get(&id) else { return };
        let Some(party) = slot.call.customer else { return };
        let own = match mailbox_of(slot) {
            Some(Mailbox::Agent { agent }) => {
                self.floor.agent(agent).and_then(|view| view.profile.greeting.clone())
            }
            Some(Mailbox::Queue { queue }) => {
                self.floor.queue(queue).and_then(|queue| queue.greeting.clone())
            }
            None => None,
        };
        streams::notice(party.stream, own.unwrap_or_else(|| LEAVE_A_MESSAGE.to_owned()), out);
    }

    /// Sounds the tone and records what follows.
    pub(super) fn take_down(&mut self, now: Now, id: CallId, out: &mut Vec<Output>) {
        let Some(slot) = self.calls.get(&id) else { return };
        let (Some(party), Some(mailbox)) = (slot.call.customer, mailbox_of(slot)) else { return };
        streams::tone(party.stream, out);
        let recording = self.record_caller(now, id, party.stream, out);
        self.mailboxes.leaving.insert(recording, mailbox);
        self.write(now, Event::VoicemailStarted { recording, call: id, mailbox }, out);
    }

    /// The tone has sounded: silence keeps the line open while the caller speaks.
    pub(super) fn toned(&mut self, id: CallId, out: &mut Vec<Output>) {
        let party = self.calls.get(&id).and_then(|slot| slot.call.customer);
        if let Some(party) = party {
            streams::play(party.stream, Prompt::Silence, out);
        }
    }

    /// A recording is whole: if it is a message, it waits from now on.
    pub(super) fn message_kept(
        &mut self,
        now: Now,
        recording: RecordingId,
        duration_ms: u64,
        out: &mut Vec<Output>,
    ) {
        let Some(mailbox) = self.mailboxes.leaving.remove(&recording) else { return };
        if duration_ms >= SHORTEST_MS {
            self.count_messages(now, mailbox, |messages| messages.new += 1, out);
        }
    }

    /// Changes how many messages are in a mailbox, and the lamps that show it.
    pub(super) fn count_messages(
        &mut self,
        now: Now,
        mailbox: Mailbox,
        change: impl FnOnce(&mut Messages),
        out: &mut Vec<Output>,
    ) {
        let messages = self.mailboxes.counts.entry(mailbox).or_default();
        change(messages);
        if *messages == Messages::default() {
            self.mailboxes.counts.remove(&mailbox);
        }
        if let Mailbox::Agent { agent } = mailbox {
            self.light_lamps(now, &[agent], out);
        }
    }
}

/// Whether a caller said enough to count as a message.
pub(super) fn left_message(now: Now, slot: &Slot) -> bool {
    let since = slot.call.tone_at().map(|at| now.at.saturating_duration_since(at));
    since.is_some_and(|spoken| spoken >= Duration::from_millis(SHORTEST_MS))
}

/// For whom a message would be.
fn mailbox_of(slot: &Slot) -> Option<Mailbox> {
    slot.meant().map(|wanted| match wanted {
        Wanted::Agent(agent) => Mailbox::Agent { agent },
        Wanted::Queue(queue) => Mailbox::Queue { queue },
    })
}
