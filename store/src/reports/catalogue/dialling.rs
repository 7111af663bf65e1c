//! Of what is dialled: campaigns, outcomes, trunks, and the numbers that are shown.

use super::super::Grouping::{Campaign, Cli, Day, Hour, List, Outcome, Trunk};
use super::super::Unit;
use super::super::figures::{Figure, Lasting, Of, Report, SPENT, count, ratio, sum};
use super::super::sources::{ATTEMPTS, COST, SENT, SILENT};
use super::CONVERSIONS;

pub(super) static CAMPAIGNS: Report = Report {
    name: "campaigns",
    about: "What attempts came to, what agents declared, and what their time cost.",
    groupings: &[Campaign, Day, Hour],
    figures: &[
        count("attempts", "numbers dialled", DIALLED, &ATTEMPTS, "1"),
        count(
            "connected",
            "attempts that met an agent in time",
            DIALLED,
            &ATTEMPTS,
            is!("attempt.outcome", "'connected'"),
        ),
        count(
            "met",
            "those of them that the dialer made, and not an agent by hand or by preview",
            DIALLED,
            &ATTEMPTS,
            "CASE WHEN attempt.outcome = 'connected' AND attempt.own = 0 THEN 1 ELSE 0 END",
        ),
        count(
            "abandoned",
            "attempts that were answered, and met no agent in time",
            DIALLED,
            &ATTEMPTS,
            is!("attempt.outcome", "'abandoned'"),
        ),
        count(
            "hung_up",
            "attempts that were answered, and hung up before an agent could come",
            DIALLED,
            &ATTEMPTS,
            is!("attempt.outcome", "'hung_up'"),
        ),
        count(
            "delivered",
            "attempts that were played the campaign's message to its end",
            DIALLED,
            &ATTEMPTS,
            is!("attempt.outcome", "'delivered'"),
        ),
        count(
            "machine",
            "attempts that a machine answered",
            DIALLED,
            &ATTEMPTS,
            is!("attempt.outcome", "'machine'"),
        ),
        count(
            "no_answer",
            "attempts that rang in vain",
            DIALLED,
            &ATTEMPTS,
            is!("attempt.outcome", "'no_answer'"),
        ),
        count(
            "busy",
            "attempts that found the line engaged",
            DIALLED,
            &ATTEMPTS,
            is!("attempt.outcome", "'busy'"),
        ),
        count(
            "refused",
            "attempts that were declined, or blocked by the network",
            DIALLED,
            &ATTEMPTS,
            is!("attempt.outcome", "'refused', 'blocked'"),
        ),
        count(
            "bad_number",
            "attempts to numbers that are none",
            DIALLED,
            &ATTEMPTS,
            is!("attempt.outcome", "'bad_number'"),
        ),
        count(
            "failed",
            "attempts that the carrier or we failed",
            DIALLED,
            &ATTEMPTS,
            is!("attempt.outcome", "'carrier_failure', 'no_media', 'configuration', 'interrupted'"),
        ),
        count(
            "cancelled",
            "attempts that we gave up while they rang",
            DIALLED,
            &ATTEMPTS,
            is!("attempt.outcome", "'cancelled'"),
        ),
        count(
            "under_way",
            "attempts that have not ended",
            DIALLED,
            &ATTEMPTS,
            "CASE WHEN attempt.ended_at IS NULL THEN 1 ELSE 0 END",
        ),
        ratio(
            "answer_rate",
            Unit::Share,
            "(connected + abandoned + hung_up + delivered + machine) / attempts",
            &["connected", "abandoned", "hung_up", "delivered", "machine"],
            &["attempts"],
        ),
        ratio(
            "abandon_rate",
            Unit::Share,
            "abandoned / (abandoned + met), in the period of the report; the rate that the law \
             asks for has the window of its profile and stands with the campaign",
            &["abandoned"],
            &["abandoned", "met"],
        ),
        CONVERSIONS,
        ratio(
            "conversion_rate",
            Unit::Share,
            "conversions / connected",
            &["conversions"],
            &["connected"],
        ),
        COSTS,
        ratio(
            "cost_per_conversion",
            Unit::Cents,
            "cost / conversions",
            &["cost"],
            &["conversions"],
        ),
    ],
};

pub(super) static OUTCOMES: Report = Report {
    name: "outcomes",
    about: "What the network showed of attempts.",
    groupings: &[Outcome, List, Campaign, Trunk, Day, Hour],
    figures: &[
        count("attempts", "numbers dialled", DIALLED, &ATTEMPTS, "1"),
        count("answered", "attempts that were answered", DIALLED, &ATTEMPTS, ANSWERED),
        count(
            "counted",
            "attempts that count against the lead's cap",
            DIALLED,
            &ATTEMPTS,
            "coalesce(attempt.counted, 0)",
        ),
        sum(
            "ring_time",
            Unit::Microseconds,
            "from the INVITE to the answer or the end",
            DIALLED,
            &ATTEMPTS,
            "coalesce(call.ring_ms, 0) * 1000",
        ),
        sum(
            "talk_time",
            Unit::Microseconds,
            "in conversation",
            DIALLED,
            &ATTEMPTS,
            "coalesce(call.talk_ms, 0) * 1000",
        ),
    ],
};

pub(super) static TRUNKS: Report = Report {
    name: "trunks",
    about: "How carriers carry the calls that we send them.",
    groupings: &[Trunk, Campaign, Day, Hour],
    figures: &[
        count("calls", "calls sent to a trunk", STARTED, &SENT, "1"),
        count("answered", "of those, answered", STARTED, &SENT, ANSWERED),
        ratio("answer_rate", Unit::Share, "answered / calls (ASR)", &["answered"], &["calls"]),
        count(
            "carrier_failures",
            "calls whose final response was a 5xx or 408",
            STARTED,
            &SENT,
            "CASE WHEN call.sip BETWEEN 500 AND 599 OR call.sip = 408 THEN 1 ELSE 0 END",
        ),
        sum(
            "ring_time",
            Unit::Microseconds,
            "from the INVITE to the answer, of answered calls",
            STARTED,
            &SENT,
            "CASE WHEN call.answered_at IS NULL THEN 0 \
             ELSE call.answered_at - call.started_at END",
        ),
        ratio(
            "set_up_time",
            Unit::Microseconds,
            "ring_time / answered",
            &["ring_time"],
            &["answered"],
        ),
        sum(
            "talk_time",
            Unit::Microseconds,
            "in conversation",
            STARTED,
            &SENT,
            "coalesce(call.talk_ms, 0) * 1000",
        ),
        ratio(
            "call_time",
            Unit::Microseconds,
            "talk_time / answered (ACD)",
            &["talk_time"],
            &["answered"],
        ),
        count(
            "short_calls",
            "calls that were answered and over within 6 s of the answer",
            STARTED,
            &SENT,
            "CASE WHEN call.ended_at - call.answered_at < 6000000 THEN 1 ELSE 0 END",
        ),
        ratio("short_rate", Unit::Share, "short_calls / answered", &["short_calls"], &["answered"]),
        count("silent", "calls in which the far side fell silent", STARTED, &SILENT, "1"),
        count(
            "measured",
            "calls whose quality was measured",
            STARTED,
            &SENT,
            "CASE WHEN call.mos IS NULL THEN 0 ELSE 1 END",
        ),
        sum(
            "mos_sum",
            Unit::Mos,
            "the opinion scores of measured calls, each that of its worst leg, added up",
            STARTED,
            &SENT,
            "coalesce(call.mos, 0)",
        ),
        ratio("mos", Unit::Mos, "mos_sum / measured", &["mos_sum"], &["measured"]),
        count(
            "badly_heard",
            "measured calls with an opinion score under 3.6",
            STARTED,
            &SENT,
            "CASE WHEN call.mos < 360 THEN 1 ELSE 0 END",
        ),
    ],
};

pub(super) static CLIS: Report = Report {
    name: "clis",
    about: "How calls fare that show a number.",
    groupings: &[Cli, Trunk, Campaign, Day, Hour],
    figures: &[
        count("calls", "attempts that showed it", DIALLED, &ATTEMPTS, "1"),
        count("answered", "attempts that were answered", DIALLED, &ATTEMPTS, ANSWERED),
        ratio("answer_rate", Unit::Share, "answered / calls", &["answered"], &["calls"]),
        count(
            "short_calls",
            "attempts that were answered and over within 6 s of the answer",
            DIALLED,
            &ATTEMPTS,
            "CASE WHEN call.ended_at - call.answered_at < 6000000 THEN 1 ELSE 0 END",
        ),
        ratio("short_rate", Unit::Share, "short_calls / answered", &["short_calls"], &["answered"]),
        count(
            "blocked",
            "attempts that the network withheld",
            DIALLED,
            &ATTEMPTS,
            is!("attempt.outcome", "'blocked'"),
        ),
    ],
};

const COSTS: Figure = Figure {
    name: "cost",
    unit: Unit::Cents,
    formula: "agents' time with the campaign's leads × their hourly cost, as it is set now",
    window: SPENT,
    of: Of::Sum(&COST, "coalesce(cost.cents, 1000)", Lasting::Hours),
};

const DIALLED: &str = "attempts permitted within the period";

const STARTED: &str = "calls whose first INVITE left within the period";

const ANSWERED: &str = "CASE WHEN call.answered_at IS NULL THEN 0 ELSE 1 END";
