//! `/v1/calls/{id}/ladder`: every SIP message of a call, on all its legs, in the order it crossed
//! the wire; as JSON, as text for a person, and as a capture for Wireshark.
//!
//! The switch keeps them in memory, bounded for each call and in all; those of old calls are gone.
//! What proves a password is masked before it is kept (FAULTS S23).

mod pcap;

use std::fmt::Write as _;
use std::net::SocketAddr;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use jiff::Timestamp;
use routing::{AgentId, CallId};
use serde::Serialize;
use store::RepairStep;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::control::{Command, Reply};
use crate::extract::Id;
use crate::problem::Problem;
use crate::router::Refusals;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(read)).routes(routes!(text)).routes(routes!(capture))
}

/// What the switch has kept of a call's signalling.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ladder {
    /// In the order they crossed the wire.
    pub rungs: Vec<Rung>,
    /// What happened beside them, in its order.
    pub notes: Vec<Note>,
    /// Messages that were not kept for want of room.
    pub forgotten: u64,
}

/// Something that happened to a call beside its signalling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    /// When.
    pub at: Timestamp,
    /// Whose line; none is the customer's leg.
    pub agent: Option<AgentId>,
    /// What.
    pub what: Remark,
}

/// What may be noted beside the signalling of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Remark {
    /// Nothing was heard of a leg for 3 s, while the other end was heard.
    AudioLost,
    /// And nothing of the other end either.
    NoAudio,
    /// Whoever speaks next from an allowed address is the party.
    Latch,
    /// A browser was asked to find a new way to the switch.
    IceRestart,
    /// A telephone was asked again where its audio is.
    Reinvite,
    /// Nothing helped.
    GaveUp,
    /// The leg is heard again.
    AudioBack,
}

impl Remark {
    fn words(self) -> &'static str {
        match self {
            Self::AudioLost => "nothing heard for 3 s",
            Self::NoAudio => "nothing heard for 3 s, nor of the other end",
            Self::Latch => "latch again",
            Self::IceRestart => "ICE restart",
            Self::Reinvite => "re-INVITE",
            Self::GaveUp => "gave up",
            Self::AudioBack => "heard again",
        }
    }
}

impl From<RepairStep> for Remark {
    fn from(step: RepairStep) -> Self {
        match step {
            RepairStep::Latch => Self::Latch,
            RepairStep::IceRestart => Self::IceRestart,
            RepairStep::Reinvite => Self::Reinvite,
            RepairStep::GaveUp => Self::GaveUp,
        }
    }
}

/// One SIP message as it crossed the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rung {
    /// When.
    pub at: Timestamp,
    /// Whether we sent it.
    pub sent: bool,
    /// Our end.
    pub ours: SocketAddr,
    /// The other end.
    pub theirs: SocketAddr,
    /// What carried it: `UDP`, `TCP`, `TLS`, `WS` or `WSS`.
    pub transport: &'static str,
    /// The whole message.
    pub bytes: Bytes,
}

impl Rung {
    /// Where it came from and where it went.
    fn ends(&self) -> (SocketAddr, SocketAddr) {
        if self.sent { (self.ours, self.theirs) } else { (self.theirs, self.ours) }
    }

    /// `INVITE`, or `180 Ringing (INVITE)`.
    fn summary(&self) -> String {
        let text = String::from_utf8_lossy(&self.bytes);
        let first = text.lines().next().unwrap_or_default();
        let Some(status) = first.strip_prefix("SIP/2.0 ") else {
            return first.split(' ').next().unwrap_or_default().to_owned();
        };
        let mut headers = text.lines().filter_map(|line| line.split_once(':'));
        let cseq = headers.find(|(name, _)| name.trim().eq_ignore_ascii_case("cseq"));
        let method = cseq.and_then(|(_, value)| value.split_ascii_whitespace().next_back());
        format!("{status} ({})", method.unwrap_or("?"))
    }
}

/// A call's signalling.
#[derive(Debug, Serialize, ToSchema)]
struct LadderShown {
    /// In the order they crossed the wire.
    rungs: Vec<RungShown>,
    /// What happened beside them, in its order.
    notes: Vec<NoteShown>,
    /// Messages that were not kept for want of room.
    forgotten: u64,
}

/// One SIP message.
#[derive(Debug, Serialize, ToSchema)]
struct RungShown {
    /// When it crossed the wire.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Whether the switch sent it.
    sent: bool,
    /// The switch's end.
    ours: String,
    /// The other end.
    theirs: String,
    /// `UDP`, `TCP`, `TLS`, `WS` or `WSS`.
    transport: &'static str,
    /// Its method, or its status and the method it answers.
    summary: String,
    /// The whole message.
    message: String,
}

/// Something that happened to the call beside its signalling.
#[derive(Debug, Serialize, ToSchema)]
struct NoteShown {
    /// When.
    #[schema(value_type = String, format = DateTime)]
    at: Timestamp,
    /// Whose line; null is the customer's leg.
    #[schema(value_type = Option<Uuid>)]
    agent: Option<AgentId>,
    /// What.
    what: Remark,
}

impl From<&Note> for NoteShown {
    fn from(note: &Note) -> Self {
        Self { at: note.at, agent: note.agent, what: note.what }
    }
}

impl From<&Rung> for RungShown {
    fn from(rung: &Rung) -> Self {
        Self {
            at: rung.at,
            sent: rung.sent,
            ours: rung.ours.to_string(),
            theirs: rung.theirs.to_string(),
            transport: rung.transport,
            summary: rung.summary(),
            message: String::from_utf8_lossy(&rung.bytes).into_owned(),
        }
    }
}

/// Shows every SIP message of a call.
#[utoipa::path(get, path = "/v1/calls/{id}/ladder", tag = "calls", operation_id = "read_ladder",
    params(("id" = Uuid, Path)), responses((status = 200, body = LadderShown), Refusals))]
async fn read(State(api): State<Api>, Id(call): Id<CallId>) -> Result<Json<LadderShown>, Problem> {
    let Ladder { rungs, notes, forgotten } = ladder(&api, call).await?;
    let (rungs, notes) = (rungs.iter().map(RungShown::from), notes.iter().map(NoteShown::from));
    Ok(Json(LadderShown { rungs: rungs.collect(), notes: notes.collect(), forgotten }))
}

/// Shows a call's signalling as a ladder of one line a message.
#[utoipa::path(get, path = "/v1/calls/{id}/ladder.txt", tag = "calls",
    operation_id = "read_ladder_text", params(("id" = Uuid, Path)),
    responses((status = 200, body = String, content_type = "text/plain"), Refusals))]
async fn text(State(api): State<Api>, Id(call): Id<CallId>) -> Result<Response, Problem> {
    let ladder = ladder(&api, call).await?;
    Ok(([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], draw(&ladder)).into_response())
}

/// Gives a call's signalling as a capture file.
#[utoipa::path(get, path = "/v1/calls/{id}/ladder.pcap", tag = "calls",
    operation_id = "read_ladder_capture", params(("id" = Uuid, Path)),
    responses((status = 200, body = Vec<u8>, content_type = "application/vnd.tcpdump.pcap"),
        Refusals))]
async fn capture(State(api): State<Api>, Id(call): Id<CallId>) -> Result<Response, Problem> {
    let ladder = ladder(&api, call).await?;
    let name = format!("attachment; filename=\"{call}.pcap\"");
    let headers = [
        (header::CONTENT_TYPE, "application/vnd.tcpdump.pcap".to_owned()),
        (header::CONTENT_DISPOSITION, name),
    ];
    Ok((headers, pcap::write(ladder.rungs.iter())).into_response())
}

async fn ladder(api: &Api, call: CallId) -> Result<Ladder, Problem> {
    match api.command(Command::Ladder { call }).await? {
        Reply::Ladder(ladder) => Ok(ladder),
        other => Err(Problem::internal(format!("the switch answered {other:?}"))),
    }
}

/// One line a message: when, since when, from where, what, to where; and one a note.
fn draw(ladder: &Ladder) -> String {
    let mut drawn = String::new();
    let Some(first) = ladder.rungs.first() else { return drawn };
    let mut notes = ladder.notes.iter().peekable();
    // A String takes every write.
    for rung in &ladder.rungs {
        while let Some(note) = notes.next_if(|note| note.at < rung.at) {
            draw_note(first.at, note, &mut drawn);
        }
        let after = rung.at.duration_since(first.at).as_millis();
        let arrow = if rung.sent { "──▶" } else { "◀──" };
        let _ = writeln!(
            drawn,
            "{:.3}  {after:>7} ms  {:<21} {arrow} {:<21}  {:<3}  {}",
            rung.at,
            rung.ours.to_string(),
            rung.theirs.to_string(),
            rung.transport,
            rung.summary(),
        );
    }
    notes.for_each(|note| draw_note(first.at, note, &mut drawn));
    if ladder.forgotten > 0 {
        let _ = writeln!(drawn, "{} messages were not kept", ladder.forgotten);
    }
    drawn
}

fn draw_note(first: Timestamp, note: &Note, drawn: &mut String) {
    let after = note.at.duration_since(first).as_millis();
    let whose = note.agent.map_or_else(|| "customer".to_owned(), |agent| format!("agent {agent}"));
    let _ = writeln!(drawn, "{:.3}  {after:>7} ms  ── {} ({whose})", note.at, note.what.words());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rung(ms: i64, sent: bool, text: &'static str) -> Rung {
        Rung {
            at: Timestamp::from_millisecond(1_795_312_800_000 + ms).unwrap(),
            sent,
            ours: "192.0.2.1:5060".parse().unwrap(),
            theirs: "192.0.2.9:5060".parse().unwrap(),
            transport: "UDP",
            bytes: Bytes::from_static(text.as_bytes()),
        }
    }

    fn note(ms: i64, what: Remark) -> Note {
        Note { at: rung(ms, false, "").at, agent: None, what }
    }

    #[test]
    fn a_ladder_has_a_line_a_message_with_its_time_and_direction() {
        let rungs = vec![
            rung(0, false, "INVITE sip:a@b SIP/2.0\r\n\r\n"),
            rung(12, true, "SIP/2.0 180 Ringing\r\nCSeq: 1 INVITE\r\n\r\n"),
            rung(1_500, true, "SIP/2.0 486 Busy Here\r\ncseq : 1 INVITE\r\n\r\n"),
        ];
        let notes = vec![note(1_400, Remark::Latch), note(1_600, Remark::AudioBack)];
        let drawn = draw(&Ladder { rungs, notes, forgotten: 2 });
        let lines: Vec<_> = drawn.lines().collect();
        assert!(lines[0].contains("0 ms") && lines[0].contains("◀──"), "{drawn}");
        assert!(lines[0].ends_with("UDP  INVITE"), "{drawn}");
        assert!(lines[1].contains(" 12 ms") && lines[1].contains("──▶"), "{drawn}");
        assert!(lines[1].ends_with("180 Ringing (INVITE)"), "{drawn}");
        assert!(lines[2].ends_with("1400 ms  ── latch again (customer)"), "{drawn}");
        assert!(lines[3].contains("1500 ms"), "{drawn}");
        assert!(lines[4].ends_with("1600 ms  ── heard again (customer)"), "{drawn}");
        assert_eq!(lines[5], "2 messages were not kept");
    }

    /// What a far side writes may be anything.
    #[test]
    fn a_message_that_is_no_text_has_a_summary_all_the_same() {
        let broken =
            Rung { bytes: Bytes::from_static(b"SIP/2.0 \xFF\nCS\xC3\xA9q"), ..rung(0, false, "") };
        assert!(broken.summary().ends_with("(?)"));
        assert_eq!(rung(0, true, "").summary(), "");
    }
}
