//! Recordings of calls: begun by policy when customer and agent hear each other, paused and resumed
//! by the agent, over with the call.
//!
//! ```text
//!  connected, policy says so ─▶ Running ⇄ Masked ─call over─▶ being written ─Recorded─▶ gone
//! ```
//! The two channels are what the agent and what the customer says. What a supervisor whispers is
//! said to the agent and by neither, so it is in no recording. While a recording cannot be
//! written, no campaign that must record dials (FAULTS F5); its call goes on.

use std::collections::{BTreeMap, BTreeSet};

use admin_api::control::CommandError;
use admin_api::live::RecordingMark;
use dialer::AttemptId;
use media::{Command, RecordingId as Tape, StreamId};
use routing::{AgentId, CallId, CampaignId, RecordingId};
use store::Event;
use uuid::Uuid;

use super::{Now, Output, Switch};

/// Every recording that is not whole on the disk.
#[derive(Debug, Default)]
pub(super) struct Recordings {
    running: BTreeMap<CallId, Running>,
    /// What is heard of who answered, until the verdict on it.
    verdicts: BTreeMap<CallId, RecordingId>,
    in_trouble: BTreeSet<Tape>,
}

#[derive(Clone, Copy, Debug)]
struct Running {
    id: RecordingId,
    masked: bool,
}

impl Recordings {
    /// Whether a campaign that must record may dial.
    pub(super) fn are_written(&self) -> bool {
        self.in_trouble.is_empty()
    }

    /// What becomes of what is said in a call now; none where it is not recorded.
    pub(super) fn mark(&self, call: CallId) -> Option<RecordingMark> {
        let masked = self.running.get(&call)?.masked;
        Some(if masked { RecordingMark::Paused } else { RecordingMark::Running })
    }
}

impl Switch {
    /// Customer and agent hear each other: their call is recorded if it has to be.
    pub(super) fn record(
        &mut self,
        now: Now,
        call: CallId,
        (agent, line): (AgentId, StreamId),
        out: &mut Vec<Output>,
    ) {
        let Some(slot) = self.calls.get(&call) else { return };
        let Some(customer) = slot.call.customer else { return };
        let known = self.recordings.running.get(&call).map(|running| running.id);
        let must = self.must_record(slot.campaign)
            || slot.queue.and_then(|queue| self.floor.queue(queue)).is_some_and(|q| q.record);
        let id = match known {
            Some(id) => id,
            None if must => {
                let id = RecordingId::from(self.ids.next(now.wall));
                self.recordings.running.insert(call, Running { id, masked: false });
                self.write(now, Event::RecordingStarted { recording: id, call, agent }, out);
                self.touch_call(call);
                id
            }
            None => return,
        };
        let channels = [vec![line], vec![customer.stream]];
        out.push(Output::Media(Command::Record { recording: tape(id), channels }));
    }

    /// A caller's message: the other channel stays silent.
    pub(super) fn record_caller(
        &mut self,
        now: Now,
        call: CallId,
        stream: StreamId,
        out: &mut Vec<Output>,
    ) -> RecordingId {
        let id = RecordingId::from(self.ids.next(now.wall));
        self.recordings.running.insert(call, Running { id, masked: false });
        let channels = [vec![], vec![stream]];
        out.push(Output::Media(Command::Record { recording: tape(id), channels }));
        id
    }

    fn must_record(&self, campaign: Option<CampaignId>) -> bool {
        let settings =
            campaign.and_then(|id| self.campaigns.get(&id)).map(dialer::Campaign::settings);
        settings.is_some_and(|settings| settings.record)
    }

    /// What is said from an answer on, for whoever will review the verdict: the other channel stays
    /// silent. None begins while recordings cannot be written.
    pub(super) fn tape_verdict(
        &mut self,
        now: Now,
        call: CallId,
        (stream, attempt, campaign): (StreamId, AttemptId, CampaignId),
        out: &mut Vec<Output>,
    ) {
        if !self.recordings.are_written() {
            return;
        }
        let id = RecordingId::from(self.ids.next(now.wall));
        self.recordings.verdicts.insert(call, id);
        self.write(now, Event::VerdictTaped { recording: id, call, attempt, campaign }, out);
        let channels = [vec![], vec![stream]];
        out.push(Output::Media(Command::Record { recording: tape(id), channels }));
    }

    /// Whether a verdict on who answered a call will be reviewed.
    pub(super) fn tapes_verdict(&self, call: CallId) -> bool {
        self.recordings.verdicts.contains_key(&call)
    }

    /// The verdict is there, or the call is over: a machine's greeting is kept for review, and what
    /// a person said is thrown away.
    pub(super) fn end_verdict(
        &mut self,
        now: Now,
        call: CallId,
        keep: bool,
        out: &mut Vec<Output>,
    ) {
        let Some(recording) = self.recordings.verdicts.remove(&call) else { return };
        if !keep {
            self.write(now, Event::VerdictDropped { recording }, out);
        }
        out.push(Output::Media(Command::StopRecord { recording: tape(recording), keep }));
    }

    /// Whether a campaign may dial as far as recording goes.
    pub(super) fn can_record(&self, campaign: CampaignId) -> bool {
        self.recordings.are_written() || !self.must_record(Some(campaign))
    }

    /// The call is over, and its recording with it.
    pub(super) fn end_recording(&mut self, call: CallId, out: &mut Vec<Output>) {
        if let Some(running) = self.recordings.running.remove(&call) {
            out.push(Output::Media(Command::StopRecord {
                recording: tape(running.id),
                keep: true,
            }));
        }
    }

    /// The agent keeps what is said out of the recording, or lets it in again.
    pub(super) fn mask_recording(
        &mut self,
        now: Now,
        agent: AgentId,
        masked: bool,
        out: &mut Vec<Output>,
    ) -> Result<(), CommandError> {
        let refused = |why: &str| CommandError::Refused { why: why.to_owned() };
        let call = self.call_of(agent).filter(|call| self.is_with(*call, agent));
        let call = call.ok_or_else(|| refused("there is no call in hand"))?;
        let running = self.recordings.running.get_mut(&call);
        let running = running.ok_or_else(|| refused("the call is not being recorded"))?;
        if running.masked == masked {
            let state = if masked { "paused already" } else { "running already" };
            return Err(refused(&format!("the recording is {state}")));
        }
        running.masked = masked;
        let recording = running.id;
        out.push(Output::Media(Command::Mask { recording: tape(recording), masked }));
        let event = if masked {
            Event::RecordingPaused { recording, call }
        } else {
            Event::RecordingResumed { recording, call }
        };
        self.write(now, event, out);
        self.touch_call(call);
        Ok(())
    }

    /// A recording is whole on the disk.
    pub(super) fn recorded(
        &mut self,
        now: Now,
        recording: Tape,
        (slots, gaps): (u64, u64),
        chain: [u8; 32],
        out: &mut Vec<Output>,
    ) {
        self.recordings.in_trouble.remove(&recording);
        let (recording, duration_ms) =
            (RecordingId::from(Uuid::from_u128(recording.0)), slots * SLOT_MS);
        let ended = Event::RecordingEnded {
            recording,
            duration_ms,
            gap_ms: gaps * SLOT_MS,
            chain: hex::encode(chain),
            interrupted: false,
        };
        self.write(now, ended, out);
        self.message_kept(now, recording, duration_ms, out);
    }

    pub(super) fn recorder_trouble(
        &mut self,
        recording: Tape,
        trouble: Option<String>,
        out: &mut Vec<Output>,
    ) {
        match trouble {
            Some(why) => {
                self.recordings.in_trouble.insert(recording);
                out.push(Output::Warn(format!("recording {recording} has a gap: {why}")));
            }
            None => drop(self.recordings.in_trouble.remove(&recording)),
        }
    }
}

/// The plane's name for a recording.
fn tape(id: RecordingId) -> Tape {
    Tape(id.as_uuid().as_u128())
}

/// The plane counts in slots.
const SLOT_MS: u64 = 20;
