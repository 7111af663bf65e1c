//! What each event does to the records.
//!
//! Nothing here fails on what an event says: a row that is there already stays, a row that is gone
//! is not missed. Only the database itself can make a batch fail, and then it is tried again.

mod agents;
mod attempts;
mod callbacks;
mod calls;
mod objections;
mod pacing;
mod places;
mod recordings;
mod verdicts;
mod voicemails;

use super::gathered::Gathered;
use crate::error::Error;
use crate::event::{Entry, Event};
use crate::sql::Connection;

/// Applies one entry, or gathers it for the end of the batch; how many contradictions it met.
pub(super) async fn apply(
    connection: &mut Connection,
    gathered: &mut Gathered,
    entry: &Entry,
) -> Result<u64, Error> {
    match &entry.event {
        Event::Permitted { permit, call } => {
            return attempts::permitted(connection, gathered, entry, (permit, *call)).await;
        }
        Event::AttemptEnded { .. } => attempts::ended(connection, entry).await?,
        Event::Judged { .. } | Event::MessageLeft { .. } => {
            attempts::answered(connection, entry).await?;
            calls::changed(gathered, entry)?;
        }
        Event::CallStarted { .. }
        | Event::CallAnswered { .. }
        | Event::CallQueued { .. }
        | Event::CallConnected { .. }
        | Event::CallHeld { .. }
        | Event::CallResumed { .. }
        | Event::AgentLost { .. }
        | Event::CallTransferred { .. }
        | Event::CallParked { .. }
        | Event::CallLed { .. }
        | Event::CalledIn { .. }
        | Event::CallAbandoned { .. }
        | Event::AudioLost { .. }
        | Event::AudioRepaired { .. }
        | Event::DeadAir { .. }
        | Event::TalkOver { .. }
        | Event::AudioBack { .. }
        | Event::CallEnded { .. } => calls::changed(gathered, entry)?,
        Event::CallMeasured { call, agent, quality } => {
            calls::measured(gathered, entry, (*call, *agent), quality);
        }
        Event::CallTalked { call, agent, talk } => {
            calls::talked(gathered, entry, (*call, *agent), talk);
        }
        Event::RecordingStarted { .. }
        | Event::RecordingPaused { .. }
        | Event::RecordingResumed { .. }
        | Event::RecordingEnded { .. } => recordings::changed(connection, entry).await?,
        Event::VoicemailStarted { recording, call, mailbox } => {
            voicemails::started(connection, entry, (*recording, *call), *mailbox).await?;
        }
        Event::VerdictTaped { recording, call, attempt, campaign } => {
            let of = (*call, *attempt, *campaign);
            verdicts::taped(connection, entry, *recording, of).await?;
        }
        Event::VerdictDropped { recording } => {
            verdicts::dropped(connection, entry, *recording).await?;
        }
        Event::AgentInterval { .. } => agents::interval(gathered, entry)?,
        Event::AgentClock { .. } => agents::clock(connection, entry).await?,
        Event::Disposed { .. } => agents::disposed(connection, entry).await?,
        Event::OptedOut { .. } => {
            objections::opted_out(connection, entry).await?;
            calls::changed(gathered, entry)?;
        }
        Event::CallbackPromised { .. } => callbacks::promised(connection, entry).await?,
        Event::CallbackClosed { .. } => callbacks::closed(connection, entry).await?,
        Event::PlaceKept { .. } => places::kept(connection, entry).await?,
        Event::PlaceCalled { .. } | Event::PlaceClosed { .. } => {
            places::changed(connection, entry).await?;
        }
        Event::Supervised { .. } => agents::supervised(connection, entry).await?,
        Event::PacerLearnt { .. } => pacing::learnt(connection, entry).await?,
        Event::ClockSet { by_us } => gathered.clock_set(entry, *by_us),
        Event::Started { .. } | Event::Stopped => {}
    }
    Ok(0)
}
