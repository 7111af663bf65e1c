//! Of agents and of the callers, promises and recordings that they have.

use super::super::Grouping::{Agent, Campaign, Day, Disposition, Hour, Queue, Team};
use super::super::Unit;
use super::super::figures::{Report, count, moment, ratio, sum, time, total};
use super::super::sources::{DECLARED, DELIVERED, PROMISED, QUEUED, RECORDED, SHIFTS};
use super::{CONVERSIONS, SAID};

pub(super) static AGENTS: Report = Report {
    name: "agents",
    about: "What agents' time was spent on, and what came of it.",
    groupings: &[Agent, Team, Day, Hour],
    figures: &[
        moment("first_activity", "the first clock event or change of state", false),
        moment("last_activity", "the last clock event or change of state", true),
        count("shifts", "clock-ins", CLOCKED, &SHIFTS, "1"),
        total(
            "login_time",
            "ready_time + ring_time + talk_time + hold_time + wrap_up_time + pause_time",
            &["ready_time", "ring_time", "talk_time", "hold_time", "wrap_up_time", "pause_time"],
        ),
        time("ready_time", "available to receive calls", COUNTS_READY),
        time("ring_time", "reserved, rung or previewing", COUNTS_RING),
        time("talk_time", "in conversation", COUNTS_TALK),
        time("hold_time", "with the customer on hold", COUNTS_HOLD),
        time("wrap_up_time", "after calls", COUNTS_WRAP_UP),
        time("pause_time", "not receiving calls, breaks included", COUNTS_PAUSE),
        time("break_time", "paused for a reason that counts as a break", COUNTS_BREAK),
        total(
            "active_time",
            "ring_time + talk_time + hold_time + wrap_up_time",
            &["ring_time", "talk_time", "hold_time", "wrap_up_time"],
        ),
        ratio(
            "occupancy",
            Unit::Share,
            "(talk_time + wrap_up_time) / (talk_time + wrap_up_time + ready_time)",
            &["talk_time", "wrap_up_time"],
            &["talk_time", "wrap_up_time", "ready_time"],
        ),
        count("total_calls", "calls delivered to the agent", DELIVERY, &DELIVERED, "1"),
        count(
            "calls_handled",
            "calls delivered to the agent and talked in",
            DELIVERY,
            &DELIVERED,
            "delivered.handled",
        ),
        ratio(
            "handle_time",
            Unit::Microseconds,
            "(talk_time + hold_time + wrap_up_time) / calls_handled",
            &["talk_time", "hold_time", "wrap_up_time"],
            &["calls_handled"],
        ),
        CONVERSIONS,
        ratio(
            "conversion_rate",
            Unit::Share,
            "conversions / total_calls",
            &["conversions"],
            &["total_calls"],
        ),
    ],
};

pub(super) static QUEUES: Report = Report {
    name: "queues",
    about: "Whether callers were answered, and how soon.",
    groupings: &[Queue, Agent, Day, Hour],
    figures: &[
        count("offered", "callers of a queue whom we answered", CALLED, &QUEUED, "1"),
        count(
            "answered",
            "callers who met an agent",
            CALLED,
            &QUEUED,
            is!("queued.ending", "'answered'"),
        ),
        count(
            "abandoned",
            "callers who gave up before they met an agent",
            CALLED,
            &QUEUED,
            is!("queued.ending", "'abandoned'"),
        ),
        count(
            "overflowed",
            "callers who were told, sent on or left a message",
            CALLED,
            &QUEUED,
            is!("queued.ending", "'overflowed'"),
        ),
        count(
            "kept",
            "callers who hung up, kept their place and were to be called back",
            CALLED,
            &QUEUED,
            is!("queued.ending", "'kept'"),
        ),
        count(
            "called_back",
            "of the kept, those who met an agent when they were called back",
            CALLED,
            &QUEUED,
            "CASE WHEN queued.ending = 'kept' AND EXISTS (SELECT 1 FROM kept_place \
             WHERE kept_place.call = queued.id AND kept_place.closing = 'reached') \
             THEN 1 ELSE 0 END",
        ),
        count(
            "waiting",
            "callers who wait now",
            CALLED,
            &QUEUED,
            is!("queued.ending", "'waiting'"),
        ),
        count(
            "interrupted",
            "callers whom a crash of the switch cut off",
            CALLED,
            &QUEUED,
            is!("queued.ending", "'interrupted'"),
        ),
        count(
            "answered_in_time",
            "callers who met an agent within the queue's service level, as it is set now",
            CALLED,
            &QUEUED,
            "CASE WHEN queued.ending = 'answered' \
             AND queued.answer_to_agent_us <= target.us THEN 1 ELSE 0 END",
        ),
        ratio(
            "service_level_offered",
            Unit::Share,
            "answered_in_time / offered",
            &["answered_in_time"],
            &["offered"],
        ),
        ratio(
            "service_level_answered",
            Unit::Share,
            "answered_in_time / answered",
            &["answered_in_time"],
            &["answered"],
        ),
        ratio("abandon_rate", Unit::Share, "abandoned / offered", &["abandoned"], &["offered"]),
        sum(
            "wait_time",
            Unit::Microseconds,
            "from our answer to the agent, of callers who met one",
            CALLED,
            &QUEUED,
            "CASE WHEN queued.ending = 'answered' THEN queued.answer_to_agent_us ELSE 0 END",
        ),
        ratio(
            "answer_speed",
            Unit::Microseconds,
            "wait_time / answered",
            &["wait_time"],
            &["answered"],
        ),
        sum(
            "talk_time",
            Unit::Microseconds,
            "in conversation with callers who met an agent",
            CALLED,
            &QUEUED,
            "CASE WHEN queued.ending = 'answered' \
             THEN coalesce(queued.talk_ms, 0) * 1000 ELSE 0 END",
        ),
    ],
};

pub(super) static DISPOSITIONS: Report = Report {
    name: "dispositions",
    about: "What agents declared.",
    groupings: &[Disposition, Campaign, Agent, Day, Hour],
    figures: &[
        count(
            "declared",
            "calls of campaigns that an agent declared something of; the last word counts",
            SAID,
            &DECLARED,
            "1",
        ),
        CONVERSIONS,
        ratio(
            "conversion_rate",
            Unit::Share,
            "conversions / declared",
            &["conversions"],
            &["declared"],
        ),
        count(
            "promises",
            "with a time to call back",
            SAID,
            &DECLARED,
            "CASE WHEN disposition.callback_at IS NULL THEN 0 ELSE 1 END",
        ),
        count(
            "do_not_call",
            "with a wish not to be called again",
            SAID,
            &DECLARED,
            "disposition.dnc",
        ),
        count("machines", "that met a machine", SAID, &DECLARED, "disposition.machine"),
    ],
};

pub(super) static CALLBACKS: Report = Report {
    name: "callbacks",
    about: "Whether promises to call back were kept.",
    groupings: &[Campaign, Agent, Day, Hour],
    figures: &[
        count("promised", "promises", DUE, &PROMISED, "1"),
        count(
            "kept",
            "promises reached within the window",
            DUE,
            &PROMISED,
            is!("callback.closing", "'kept'"),
        ),
        count(
            "late",
            "promises reached after it",
            DUE,
            &PROMISED,
            is!("callback.closing", "'late'"),
        ),
        count(
            "broken",
            "promises never reached",
            DUE,
            &PROMISED,
            is!("callback.closing", "'broken'"),
        ),
        count(
            "called_in",
            "promises whose customer called first",
            DUE,
            &PROMISED,
            is!("callback.closing", "'called_in'"),
        ),
        count(
            "withdrawn",
            "promises taken back or moved",
            DUE,
            &PROMISED,
            is!("callback.closing", "'withdrawn'"),
        ),
        count(
            "open",
            "promises that are not over",
            DUE,
            &PROMISED,
            "CASE WHEN callback.closed_at IS NULL THEN 1 ELSE 0 END",
        ),
        ratio(
            "kept_rate",
            Unit::Share,
            "kept / (kept + late + broken)",
            &["kept"],
            &["kept", "late", "broken"],
        ),
    ],
};

pub(super) static RECORDINGS: Report = Report {
    name: "recordings",
    about: "Whether the calls that had to be recorded were.",
    groupings: &[Campaign, Queue, Agent, Day, Hour],
    figures: &[
        count("expected", "calls that are over and had to be recorded", BEGUN, &RECORDED, "1"),
        count(
            "whole",
            "recordings with audio and without a gap",
            BEGUN,
            &RECORDED,
            "CASE WHEN recording.duration_ms > 0 AND recording.gap_ms = 0 THEN 1 ELSE 0 END",
        ),
        count(
            "with_gaps",
            "recordings with audio and with gaps",
            BEGUN,
            &RECORDED,
            "CASE WHEN recording.gap_ms > 0 \
                 AND recording.gap_ms < recording.duration_ms THEN 1 ELSE 0 END",
        ),
        count(
            "missing",
            "recordings without any audio",
            BEGUN,
            &RECORDED,
            "CASE WHEN recording.duration_ms > recording.gap_ms THEN 0 ELSE 1 END",
        ),
        ratio("complete_rate", Unit::Share, "whole / expected", &["whole"], &["expected"]),
    ],
};

const CLOCKED: &str = "clock-ins within the period";

const DELIVERY: &str = "calls whose first delivery to the agent is within the period";

const CALLED: &str = "calls that came within the period";

const DUE: &str = "promises due within the period";

const BEGUN: &str = "recordings begun within the period";

const COUNTS_READY: &str = is!("agent_interval.counts", "'ready'");

const COUNTS_RING: &str = is!("agent_interval.counts", "'ring'");

const COUNTS_TALK: &str = is!("agent_interval.counts", "'talk'");

const COUNTS_HOLD: &str = is!("agent_interval.counts", "'hold'");

const COUNTS_WRAP_UP: &str = is!("agent_interval.counts", "'wrap_up'");

const COUNTS_PAUSE: &str = is!("agent_interval.counts", "'pause'");

const COUNTS_BREAK: &str = "CASE WHEN agent_interval.counts = 'pause' \
    AND agent_interval.class = 'break' THEN 1 ELSE 0 END";
