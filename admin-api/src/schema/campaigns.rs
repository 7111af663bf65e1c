//! The shapes of what `dialer` keeps of a campaign.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::callbacks::Terms;
use super::settings::Overflow;
use super::shapes;
use super::words::{
    ConnectFrom, ConsentRule, Judge, OnMachine, Order, Period, Rank, WindowProfile,
};

shapes! {
    /// What an organisation decides about one campaign; only the name must be given.
    Campaign {
        /// What people call it; unique.
        #[schema(min_length = 1, max_length = 100)]
        name: String,
        /// How it dials.
        #[schema(required = false)]
        mode: Mode,
        /// How far ahead it may dial, and how it shares its agents.
        #[schema(required = false)]
        pacing: Pacing,
        /// Whether it may dial; changed by start and stop, and ignored here.
        #[schema(required = false)]
        running: bool,
        /// The number it shows when the agent has none of their own, in E.164; one of the CLIs.
        cli: Option<String>,
        /// The trunks it dials through, in order of preference.
        #[schema(required = false, max_items = 32)]
        trunks: Vec<Uuid>,
        /// The lists it dials.
        #[schema(required = false, max_items = 1000)]
        lists: Vec<Uuid>,
        /// How long an unanswered call rings, in seconds.
        #[schema(required = false, minimum = 15, maximum = 60)]
        ring_timeout_s: u16,
        /// How long a person who answered may wait for an agent, in ms.
        #[schema(required = false, maximum = 2000)]
        connect_within_ms: u32,
        /// From when that time counts.
        #[schema(required = false)]
        connect_from: ConnectFrom,
        /// Whether anybody listens for answering machines, and what follows.
        #[schema(required = false)]
        amd: Amd,
        /// The name of the prompt that a person hears who meets no agent.
        #[schema(required = false)]
        notice: String,
        /// The name of the prompt that is played to whoever answers, where nobody is met.
        message: Option<String>,
        /// The key by which whoever hears either of them is put on the organisation's do-not-call
        /// list, at once: one of `0-9`, `*`, `#`; null is no such key.
        #[schema(min_length = 1, max_length = 1, example = "9")]
        opt_out_key: Option<char>,
        /// The name of the prompt that confirms it before the call ends; null ends it at once.
        opt_out_notice: Option<String>,
        /// Longest wrap-up after a conversation, in seconds.
        #[schema(required = false, maximum = 3600)]
        wrap_up_s: u16,
        /// Whether an agent returns to ready by themselves when wrap-up ends.
        #[schema(required = false)]
        auto_ready: bool,
        /// The law it dials under: what is stricter, its or the campaign's own, counts.
        profile: Option<Uuid>,
        /// The consent that it asks of everybody it dials.
        #[schema(required = false)]
        consent: ConsentRule,
        /// When people may be called, in their own time.
        #[schema(required = false)]
        window: CallingWindow,
        /// Most counted attempts for one lead.
        #[schema(required = false, minimum = 1, maximum = 100)]
        max_attempts: u16,
        /// Most counted attempts at one number in any 24 h.
        #[schema(required = false, minimum = 1, maximum = 24)]
        max_attempts_24h: u16,
        /// Whom of its lists it dials; all where there is none.
        #[schema(required = false, max_items = 8)]
        filters: Vec<Filter>,
        /// In which order, within one priority.
        #[schema(required = false)]
        order: Order,
        /// How attempts at a number are spread over the parts of its owner's day.
        #[schema(required = false, max_items = 16)]
        quotas: Vec<Quota>,
        /// When to try again, by outcome; what is not named has its default.
        #[schema(required = false)]
        retry: BTreeMap<String, Retry>,
        /// How long a number rests after certain outcomes, whoever asks.
        #[schema(required = false)]
        lock_out: LockOut,
        /// How abandoned calls are counted, and how many are too many.
        #[schema(required = false)]
        abandon: AbandonPolicy,
        /// Conversations are recorded; while the recorder cannot write, nothing is dialled.
        #[schema(required = false)]
        record: bool,
        /// For how long a promised call counts as kept, and whose turn it is when, where the
        /// promise says nothing else.
        #[schema(required = false)]
        callbacks: Terms,
        /// What an agent may declare about a conversation; the standard set when it is left out.
        #[schema(required = false, min_items = 1, max_items = 100)]
        dispositions: Vec<Disposition>,
        /// What agents read and ask; one of the scripts.
        script: Option<Uuid>,
        /// The address of a lead's page in another system, with places such as `{number}`; its host
        /// is one that the organisation names.
        #[schema(max_length = 2048)]
        crm: Option<String>,
    }
    /// Leads are dialled whose value is one of these, or none of these; every filter has to fit.
    Filter {
        /// The header of a custom field, or what every lead has: `region`, `lead.zone`,
        /// `lead.priority`, `lead.consent` (`express` or `written`), `lead.attempts` or
        /// `lead.external_id`.
        #[schema(min_length = 1, max_length = 100)]
        column: String,
        /// Its values, as they stand in the file.
        #[schema(min_items = 1, max_items = 50)]
        values: Vec<String>,
        /// Whether it names those that are not dialled.
        #[schema(required = false)]
        exclude: bool,
    }
    /// How far ahead a campaign may dial, and how it shares agents with others.
    Pacing {
        /// The share of people abandoned that is aimed at, in tenths of a percent; null aims at the
        /// abandon policy's limit, which binds in any case.
        #[schema(minimum = 1, maximum = 1000)]
        target_permille: Option<u16>,
        /// Whether the rate to date is to be under the cap at every moment.
        #[schema(required = false)]
        strict: bool,
        /// A call that has rung for so many seconds may be given up when it would most likely find
        /// nobody; null: never.
        #[schema(minimum = 15, maximum = 60)]
        give_up_after_s: Option<u16>,
        /// Before which campaigns it takes the agents that both may have.
        #[schema(required = false)]
        rank: Rank,
        /// Its part among those of its rank.
        #[schema(required = false, minimum = 1, maximum = 100)]
        weight: u16,
    }
    /// How many attempts to make, with the numbers it was decided on.
    Decision {
        /// When it was made.
        #[schema(format = DateTime)]
        at: String,
        /// How the campaign dialled.
        mode: String,
        /// Agents who were free.
        free_agents: u32,
        /// Attempts that might still have needed one of them.
        unserved: u32,
        /// Lines that were free.
        free_lines: u32,
        /// How many attempts were to be made.
        dial: u32,
        /// What was foreseen, where the campaign dials by it.
        #[serde(skip_serializing_if = "Option::is_none")]
        forecast: Option<PacingForecast>,
        /// Why there was one attempt for each free agent and no more.
        #[serde(skip_serializing_if = "Option::is_none")]
        one_to_one: Option<String>,
    }
    /// The forecast that a decision was made on.
    PacingForecast {
        /// Agents expected to be free within 18 s, in tenths.
        free_in_18_s_tenths: u32,
        /// Chance that a call reaches a person, in thousandths.
        answer_permille: u32,
        /// Its standard deviation, in thousandths.
        answer_spread_permille: u32,
        /// Chance that the next call would find nobody if answered, in thousandths.
        risk_permille: u32,
        /// The greatest such chance allowed, in thousandths.
        allowed_permille: u32,
        /// The share abandoned so far, in thousandths.
        abandoned_permille: u32,
        /// The greatest share that may be, in thousandths.
        cap_permille: u32,
    }
    /// When people may be called, in their own time.
    CallingWindow {
        /// The rule it came from.
        profile: WindowProfile,
        /// A moment inside any of them is inside the window.
        hours: Vec<Hours>,
        /// Hours that replace `hours` in one region, by its ISO 3166 code, such as `US-FL`.
        #[schema(required = false)]
        regions: BTreeMap<String, Vec<Hours>>,
        /// Local dates on which nobody is called.
        #[schema(required = false)]
        closed_on: Vec<String>,
        /// Local dates on which nobody is called in one region, by its ISO 3166 code, such as
        /// `US-MA`.
        #[schema(required = false)]
        holidays: BTreeMap<String, Vec<String>>,
    }
    /// When somebody is there, and what happens to a caller when nobody is.
    Opening {
        /// IANA zone whose clocks the hours mean.
        #[schema(example = "Europe/London")]
        time_zone: String,
        /// Open in any of these.
        #[schema(min_items = 1, max_items = 21)]
        hours: Vec<Hours>,
        /// Dates on which nobody is there, whatever the hours say, such as `2026-12-25`.
        #[schema(required = false, max_items = 400)]
        closed_on: Vec<String>,
        /// What happens to a caller who comes when nobody is there.
        #[schema(required = false)]
        closed: Overflow,
        /// The clip that such a caller hears where that is a notice, by name; null is the one of
        /// the queue or number.
        #[schema(max_length = 128)]
        notice: Option<String>,
    }
    /// One stretch of local time on certain days.
    Hours {
        /// Days, among mon tue wed thu fri sat sun.
        days: Vec<String>,
        /// The first moment inside, such as `08:00:00`.
        from: String,
        /// The first moment after it; `00:00:00` is the end of the day.
        to: String,
    }
    /// Most counted attempts at one number in a part of its owner's day, within any seven days.
    Quota {
        /// The part of the day, in the called party's time.
        hours: Hours,
        /// How many.
        #[schema(maximum = 50)]
        attempts: u16,
    }
    /// A campaign's policy for answering machines; whoever is uncertain is a person.
    Amd {
        /// Whether anybody listens, and who waits for the verdict.
        #[schema(required = false)]
        judge: Judge,
        /// What becomes of a call that a machine answered.
        #[schema(required = false)]
        on_machine: OnMachine,
        /// How long after the answer a verdict comes at the latest, in ms.
        #[schema(required = false, minimum = 1000, maximum = 10_000)]
        within_ms: u32,
        /// The pause that ends a person's greeting, in ms.
        #[schema(required = false, minimum = 300, maximum = 1500)]
        pause_ms: u32,
        /// A greeting that has gone on for this long is a machine's, in ms.
        #[schema(required = false, minimum = 2000, maximum = 8000)]
        machine_ms: u32,
        /// How long a message waits for the beep, in seconds.
        #[schema(required = false, minimum = 5, maximum = 120)]
        beep_within_s: u16,
        /// Of a thousand machine verdicts, how many go to an agent all the same, who says what
        /// they met.
        #[schema(required = false, maximum = 1000)]
        audit_permille: u16,
        /// Of a thousand machine verdicts, how many a reviewer hears later: what those say who are
        /// drawn is recorded from the answer to the verdict, and thrown away unless it is a
        /// machine's. Together with `audit_permille` 1,000 at most.
        #[schema(required = false, maximum = 1000)]
        review_permille: u16,
    }
    /// How long a number rests, in hours.
    LockOut {
        /// After somebody there answered and met no agent.
        #[schema(maximum = 720, default = 72)]
        after_abandoned_h: u16,
        /// After a machine was heard there.
        #[schema(maximum = 720, default = 72)]
        after_machine_h: u16,
    }
    /// How abandoned calls are counted, and how many are too many.
    AbandonPolicy {
        /// Whose sum.
        formula: Formula,
        /// Over which time.
        over: Period,
        /// The most allowed, in tenths of a percent.
        #[schema(maximum = 1000)]
        limit_permille: u16,
        /// The zone in which a day or a month begins, by IANA name.
        zone: String,
    }
    /// One choice at the end of a conversation.
    Disposition {
        /// Its key in reports; unique within the campaign.
        #[schema(min_length = 1, max_length = 32, pattern = "^[A-Za-z0-9_-]+$")]
        code: String,
        /// What the desk shows.
        #[schema(min_length = 1, max_length = 60)]
        label: String,
        /// What it stands for.
        #[schema(required = false)]
        flags: DispositionFlags,
        /// The key that chooses it on the desk.
        #[schema(pattern = "^[1-9a-z]$")]
        hot_key: Option<String>,
        /// Whether the agent must write a note with it.
        #[schema(required = false)]
        note_required: bool,
        /// Whether the script must have come to its end before it may be chosen.
        #[schema(required = false)]
        form_required: bool,
        /// Dials the lead again after this many seconds; null means it is done.
        #[schema(minimum = 60, maximum = 31_536_000)]
        recycle_after_s: Option<u32>,
    }
    /// What a disposition stands for in reports and rules.
    DispositionFlags {
        /// The campaign's aim was reached.
        #[schema(required = false)]
        success: bool,
        /// The right person was spoken to.
        #[schema(required = false)]
        contact: bool,
        /// A time was promised.
        #[schema(required = false)]
        callback: bool,
        /// They asked not to be called.
        #[schema(required = false)]
        dnc: bool,
        /// The agent met a machine and no person.
        #[schema(required = false)]
        machine: bool,
    }
}

/// How a campaign dials.
#[derive(Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Mode {
    /// It dials nobody by itself; its agents dial by hand.
    Manual,
    /// An agent who is ready is shown a lead, which is dialled when they say so or when the time
    /// to look is over.
    Preview {
        /// Time to look, in seconds.
        #[schema(required = false, minimum = 5, maximum = 300)]
        look_s: u16,
        /// Whether the agent may pass a lead.
        #[schema(required = false)]
        may_skip: bool,
    },
    /// One attempt for each agent who is free, never more.
    Progressive {
        /// Most live attempts, however many agents are free.
        #[schema(required = false, minimum = 1, maximum = 1000)]
        max_live: u16,
    },
    /// A fixed number of attempts for each agent who is free; one to one while too many are
    /// abandoned.
    Power {
        /// Attempts for each free agent, in tenths.
        #[schema(minimum = 10, maximum = 100)]
        attempts_per_agent_tenths: u16,
        /// Most live attempts, however many agents are free.
        #[schema(required = false, minimum = 1, maximum = 1000)]
        max_live: u16,
    },
    /// As many attempts as the forecast of free agents and answers allows.
    Predictive {
        /// Most live attempts, whatever the forecast.
        #[schema(required = false, minimum = 1, maximum = 5000)]
        max_live: u16,
    },
    /// Whoever answers hears the campaign's message and meets nobody; asks for consent.
    Agentless {
        /// Most live attempts that have not been answered.
        #[schema(required = false, minimum = 1, maximum = 1000)]
        max_live: u16,
    },
}

/// When to try a lead again.
#[derive(Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Retry {
    /// Not at all: the lead is done.
    Never,
    /// After this many seconds.
    AfterS(u32),
}

/// Whose sum an abandon rate is.
#[derive(Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Formula {
    /// Abandoned in calls that a person answered.
    Us,
    /// Ofcom's, with its correction for answering machines.
    Uk {
        /// People whom a detector took for machines, for every thousand machine verdicts; null
        /// when no detector listens.
        amd_false_positives: Option<u16>,
    },
}
