//! The checks themselves: a rule, the records it is about, and the statement that finds the wrong
//! ones.
//!
//! `{…}` stands for the period and for what several statements share. A wrong record is told as
//! `id`, `seq`, `what`, `expected` and `found`.

use jiff::Timestamp;

use crate::fold::CLOCKED_OUT;
use crate::reports::window;

/// One rule that records are held to.
pub(super) struct Check {
    pub(super) name: &'static str,
    pub(super) rule: &'static str,
    /// What kind of record is named.
    pub(super) record: &'static str,
    /// Counts what the rule is about, as `records`.
    pub(super) records: &'static str,
    /// Finds what breaks it.
    pub(super) wrong: &'static str,
    /// It asks the table `recorded` what is recorded.
    pub(super) of_recorded: bool,
}

impl Check {
    const fn new(name: &'static str, rule: &'static str, record: &'static str) -> Self {
        Self { name, rule, record, records: "", wrong: "", of_recorded: false }
    }

    const fn over(self, records: &'static str) -> Self {
        Self { records, ..self }
    }

    const fn finds(self, wrong: &'static str) -> Self {
        Self { wrong, ..self }
    }
}

/// A statement of this module, for a period.
pub(super) fn sql(text: &str, from: Timestamp, to: Timestamp) -> String {
    let text = text.replace("{shifts}", SHIFTS).replace("{interrupted}", CLOCKED_OUT);
    window(&text.replace("{permitted}", PERMITTED), from, to)
}

/// In the order in which they are told.
pub(super) const CHECKS: &[Check] = &[
    Check::new(
        "agent_time",
        "a shift is the sum of its ready, ring, talk, hold, wrap-up and pause, to the ms",
        "agent",
    )
    .over("SELECT count(*) AS records FROM ({shifts}) AS shift")
    .finds(
        "SELECT agent AS id, seq, 'the states of a shift do not add up to it' AS what, \
         length AS expected, spent AS found FROM ({shifts}) AS shift \
         WHERE spent - length >= 1000 OR (length - spent >= 1000 AND reason <> '{interrupted}') \
         ORDER BY seq",
    ),
    Check::new("agent_overlap", "an agent is in one state at a time", "agent")
        .over(
            "SELECT count(*) AS records FROM agent_interval \
             WHERE from_at >= {from} AND from_at < {to}",
        )
        .finds(
            "SELECT agent AS id, seq, 'a state begins before the one before it ended' AS what, \
             before AS expected, from_at AS found FROM (SELECT agent, seq, from_at, to_at, \
             lag(to_at) OVER (PARTITION BY agent ORDER BY from_at, seq) AS before \
             FROM agent_interval WHERE from_at >= {from} AND from_at < {to}) AS lagged \
             WHERE before > from_at OR to_at < from_at ORDER BY seq",
        ),
    Check::new("attempt_permit", "an attempt has its permit", "attempt").over(ATTEMPTS).finds(
        "SELECT attempt.id AS id, CAST(NULL AS BIGINT) AS seq, \
         'nobody permitted it' AS what, CAST(1 AS BIGINT) AS expected, \
         CAST(0 AS BIGINT) AS found FROM attempt \
         LEFT JOIN permit ON permit.attempt = attempt.id WHERE permit.attempt IS NULL \
         AND attempt.permitted_at >= {from} AND attempt.permitted_at < {to} ORDER BY attempt.id",
    ),
    Check::new("permit_attempt", "a permit is spent on one attempt", "permit")
        .over("SELECT count(*) AS records FROM permit WHERE {permitted}")
        .finds(
            "SELECT permit.attempt AS id, permit.seq AS seq, \
             'its attempt is not there' AS what, CAST(1 AS BIGINT) AS expected, \
             CAST(0 AS BIGINT) AS found FROM permit \
             LEFT JOIN attempt ON attempt.id = permit.attempt WHERE attempt.id IS NULL \
             AND {permitted} ORDER BY permit.seq",
        ),
    Check::new("attempt_call", "an attempt is one call, whose first INVITE it was", "attempt")
        .over(ATTEMPTS)
        .finds(
            "SELECT attempt.id AS id, CAST(NULL AS BIGINT) AS seq, CASE WHEN call.id IS NULL \
             THEN 'its call is not there' ELSE 'its call is of another attempt' END AS what, \
             CAST(1 AS BIGINT) AS expected, CAST(0 AS BIGINT) AS found FROM attempt \
             LEFT JOIN call ON call.id = attempt.call \
             WHERE (call.id IS NULL OR coalesce(call.attempt <> attempt.id, 1 = 1)) \
             AND attempt.permitted_at >= {from} AND attempt.permitted_at < {to} \
             ORDER BY attempt.id",
        ),
    Check::new("call_attempt", "a campaign's call has its attempt", "call")
        .over("SELECT count(*) AS records FROM call WHERE attempt IS NOT NULL AND {started}")
        .finds(
            "SELECT call.id AS id, CAST(NULL AS BIGINT) AS seq, \
             'its attempt is not there, or is of another call' AS what, \
             CAST(1 AS BIGINT) AS expected, CAST(0 AS BIGINT) AS found FROM call \
             LEFT JOIN attempt ON attempt.id = call.attempt AND attempt.call = call.id \
             WHERE call.attempt IS NOT NULL AND attempt.id IS NULL AND {started} \
             ORDER BY call.id",
        ),
    Check::new("attempt_outcome", "an attempt ended as its call did", "attempt")
        .over(ATTEMPTS)
        .finds(
            "SELECT id, CAST(NULL AS BIGINT) AS seq, what, CAST(NULL AS BIGINT) AS expected, \
             CAST(NULL AS BIGINT) AS found FROM (SELECT attempt.id AS id, CASE \
             WHEN attempt.ended_at IS NULL AND call.ended_at IS NOT NULL \
             THEN 'it goes on, and its call is over' \
             WHEN attempt.outcome = 'connected' AND call.connected_at IS NULL \
             THEN 'it is connected, and its call met no agent' \
             WHEN attempt.outcome = 'abandoned' AND call.abandoned = 0 \
             THEN 'it is abandoned, and its call is not' END AS what \
             FROM attempt JOIN call ON call.id = attempt.call \
             WHERE attempt.permitted_at >= {from} AND attempt.permitted_at < {to}) AS ended \
             WHERE what IS NOT NULL ORDER BY id",
        ),
    // Each is cut to whole milliseconds. A dialled call begins with its permit, and rings once that
    // is durable: until then it spends no time that anybody is told of. Its length is what the wall
    // clock shows less what that was set by meanwhile, to 1 ms at each end.
    Check::new(
        "call_time",
        "after its answer a call is the sum of its wait, talk and hold",
        "call",
    )
    .over(ENDED)
    .finds(
        "SELECT id, CAST(NULL AS BIGINT) AS seq, \
             'its times do not add up to its length' AS what, length AS expected, \
             spent AS found FROM (SELECT id, answered_at, \
             (ended_at - coalesce(answered_at, started_at) - coalesce((SELECT \
             CAST(sum(by_us) AS BIGINT) FROM clock_set WHERE clock_set.seq > (SELECT min(seq) \
             FROM call_step WHERE call_step.call = call.id AND step = \
             CASE WHEN answered_at IS NULL THEN 'started' ELSE 'answered' END) \
             AND clock_set.seq < (SELECT min(seq) FROM call_step \
             WHERE call_step.call = call.id AND step = 'ended')), 0)) / 1000 AS length, \
             CASE WHEN answered_at IS NULL THEN ring_ms ELSE wait_ms + talk_ms + hold_ms END \
             AS spent FROM call WHERE ended_at IS NOT NULL AND {started}) AS times \
             WHERE spent - length > 6 OR (answered_at IS NOT NULL AND length - spent > 6) \
             ORDER BY id",
    ),
    Check::new(
        "queue_calls",
        "offered = answered + abandoned + overflowed + kept + waiting + interrupted: one of them \
         each",
        "call",
    )
    .over("SELECT count(*) AS records FROM {queue_calls} WHERE {queued}")
    .finds(
        "SELECT id, CAST(NULL AS BIGINT) AS seq, CASE WHEN ending IS NULL \
         THEN 'it waited, and became nothing' ELSE 'it is answered and abandoned' END AS what, \
         CAST(1 AS BIGINT) AS expected, CASE WHEN ending IS NULL THEN CAST(0 AS BIGINT) \
         ELSE CAST(2 AS BIGINT) END AS found FROM {queue_calls} \
         WHERE (ending IS NULL OR (ending = 'answered' AND abandoned = 1)) \
         AND {queued} ORDER BY id",
    ),
    Check::new("recording_whole", "a recording of a call that is over has its audio", "recording")
        .over(
            "SELECT count(*) AS records FROM recording \
             WHERE started_at >= {from} AND started_at < {to}",
        )
        .finds(
            "SELECT recording.id AS id, CAST(NULL AS BIGINT) AS seq, \
             CASE WHEN recording.ended_at IS NULL THEN 'it never came to the disk' \
             ELSE 'it has no audio' END AS what, CAST(NULL AS BIGINT) AS expected, \
             recording.duration_ms - recording.gap_ms AS found FROM recording \
             JOIN call ON call.id = recording.call WHERE call.ended_at < {to} - 60000000 \
             AND (recording.ended_at IS NULL OR recording.duration_ms <= recording.gap_ms) \
             AND recording.started_at >= {from} AND recording.started_at < {to} \
             ORDER BY recording.id",
        ),
    RECORDED,
    Check::new("disposition_call", "what an agent declared is about a call that was", "call")
        .over("SELECT count(*) AS records FROM disposition WHERE at >= {from} AND at < {to}")
        .finds(
            "SELECT disposition.call AS id, disposition.seq AS seq, \
             'a disposition is about it, and it is not there' AS what, \
             CAST(1 AS BIGINT) AS expected, CAST(0 AS BIGINT) AS found FROM disposition \
             LEFT JOIN call ON call.id = disposition.call WHERE call.id IS NULL \
             AND disposition.at >= {from} AND disposition.at < {to} ORDER BY disposition.seq",
        ),
];

/// Of calls whose campaign or queue asks for a recording, and did so already when they began.
const RECORDED: Check = Check {
    of_recorded: true,
    ..Check::new("call_recorded", "a conversation that has to be recorded has a recording", "call")
        .over("SELECT count(*) AS records FROM call WHERE connected_at IS NOT NULL AND {started}")
        .finds(
            "SELECT call.id AS id, CAST(NULL AS BIGINT) AS seq, \
             'it has no recording' AS what, CAST(1 AS BIGINT) AS expected, \
             CAST(0 AS BIGINT) AS found FROM call \
             JOIN recorded ON recorded.target = coalesce(call.campaign, call.queue) \
             LEFT JOIN recording ON recording.call = call.id \
             WHERE recording.id IS NULL AND call.connected_at IS NOT NULL \
             AND call.started_at >= recorded.since AND call.ended_at < {to} - 60000000 \
             AND {started} ORDER BY call.id",
        )
};

/// Shifts that ended in the period. An interval of a shift begins in it.
const SHIFTS: &str = "SELECT came.agent, came.seq, went.at - came.at AS length, \
    coalesce(went.reason, '') AS reason, coalesce((SELECT CAST(sum(to_at - from_at) AS BIGINT) \
    FROM agent_interval AS spent WHERE spent.agent = came.agent AND spent.from_at >= came.at \
    AND spent.from_at < went.at), 0) AS spent FROM agent_clock AS came \
    JOIN agent_clock AS went ON came.seq = (SELECT max(earlier.seq) FROM agent_clock AS earlier \
    WHERE earlier.agent = went.agent AND earlier.seq < went.seq) \
    WHERE came.clocked_in = 1 AND went.clocked_in = 0 AND went.at >= {from} AND went.at < {to}";

/// A permit tells its time in its evidence alone, but they are chained in its order: those of a
/// period stand between the last one spent before it and the first one spent after it.
const PERMITTED: &str = "permit.place > coalesce((SELECT before.place FROM permit AS before \
    WHERE before.attempt = (SELECT id FROM attempt WHERE permitted_at < {from} \
    ORDER BY permitted_at DESC, id DESC LIMIT 1)), -1) \
    AND permit.place < coalesce((SELECT after.place FROM permit AS after \
    WHERE after.attempt = (SELECT id FROM attempt WHERE permitted_at >= {to} \
    ORDER BY permitted_at, id LIMIT 1)), 9223372036854775807)";

const ATTEMPTS: &str = "SELECT count(*) AS records FROM attempt \
    WHERE permitted_at >= {from} AND permitted_at < {to}";

const ENDED: &str = "SELECT count(*) AS records FROM call \
    WHERE ended_at IS NOT NULL AND {started}";
