//! The shapes of what `routing` keeps: agents, trunks, CLIs, DIDs, queues, the organisation.
//!
//! A field that may be left out of a request is marked so; an answer always has them all.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::callbacks::CallBack;
use super::campaigns::{Campaign, Opening};
use super::dids::DidTarget;
use super::roles::{CustomRole, Permissions};
use super::shapes;
use super::words::{
    AgentOrder, Asserted, CliOrigin, Codec, ConnectionMode, DigestChoice, Diverted, FromRule,
    KnownCaller, Lifecycle, Login, NumberFormat, PauseClass, PausePolicy, Priority, Srtp, Tier,
    Transport, UriForm,
};
use crate::documents::Stamp;

shapes! {
    /// An agent's profile.
    Agent {
        /// The number that makes the extension, behind the organisation's prefix; unique.
        #[schema(minimum = 1, maximum = 999_999_999)]
        number: u32,
        /// The organisation's own name for the agent, such as an employee id; unique.
        #[schema(min_length = 1, max_length = 64)]
        code: String,
        /// Letters, digits, spaces, apostrophes and hyphens.
        #[schema(min_length = 1, max_length = 64)]
        first_name: String,
        /// The same rule.
        #[schema(min_length = 1, max_length = 64)]
        last_name: String,
        /// Letters, digits and `! @ # $ % ^ \ & _ .`; unique.
        #[schema(max_length = 64)]
        username: Option<String>,
        /// An address that mail would reach.
        #[schema(max_length = 254)]
        email: Option<String>,
        /// Teams.
        #[schema(required = false, max_items = 64)]
        teams: Vec<Uuid>,
        /// Campaigns, each in one of three priority lists.
        #[schema(required = false, max_items = 64)]
        campaigns: Vec<CampaignMembership>,
        /// Inbound queues.
        #[schema(required = false, max_items = 64)]
        queues: Vec<QueueMembership>,
        /// The number presented on every call of the agent, in E.164; one of the CLIs.
        cli: Option<String>,
        /// IANA zone in which the agent's times are shown.
        #[schema(example = "Europe/London")]
        time_zone: String,
        /// What follows a call.
        #[schema(required = false)]
        after_call: AfterCall,
        /// How work is given to the agent.
        #[schema(required = false)]
        distribution: Distribution,
        /// How the agent's line is made.
        #[schema(required = false)]
        connection: Connection,
        /// Whether calls can be linked to the agent.
        #[schema(required = false)]
        lifecycle: Lifecycle,
        /// Whether the agent may work, and if not, who shut it.
        #[schema(required = false)]
        login: Login,
        /// A paused agent still receives transferred calls.
        #[schema(required = false)]
        transfers_when_paused: bool,
        /// What the agent may do beside taking calls.
        #[schema(required = false)]
        permissions: Permissions,
        /// The clip before the tone of the agent's mailbox, by name; null is the built-in greeting.
        #[schema(max_length = 128)]
        greeting: Option<String>,
        /// What an hour of the agent's work costs, in hundredths of the organisation's currency;
        /// 1,000 when it is left out.
        #[schema(required = false, maximum = 100_000)]
        hourly_cost_cents: u32,
    }
    /// A trunk to a carrier.
    Trunk {
        /// The name; unique.
        #[schema(min_length = 1, max_length = 128)]
        name: String,
        /// Where calls are sent, in the order they are tried.
        #[schema(min_items = 1, max_items = 8)]
        addresses: Vec<TrunkAddress>,
        /// IP addresses whose INVITEs are this carrier's; none is wherever it is reached.
        #[schema(required = false, max_items = 64)]
        sources: Vec<String>,
        /// Which number is presented on this trunk.
        #[schema(required = false)]
        cli: CliRule,
        /// How it is told who calls.
        #[schema(required = false)]
        identity: IdentityRule,
        /// How numbers are written towards it and read from it.
        #[schema(required = false)]
        numbers: NumberRule,
        /// The domain it wants in From, To and the Request-URI; null is the realm and its address.
        #[schema(max_length = 253)]
        domain: Option<String>,
        /// How we register with it; null where it knows us by our address.
        registration: Option<TrunkRegistration>,
        /// Of a campaign's trunks the one with the lower priority is tried first.
        #[schema(required = false)]
        priority: u16,
        /// Its share of the calls among those of its priority; where all are 0 the campaign's
        /// order counts.
        #[schema(required = false)]
        weight: u16,
        /// How long it may be silent after an INVITE before the next way is tried, in ms.
        #[schema(required = false, minimum = 500, maximum = 32_000)]
        silence_ms: u32,
        /// How often it is asked by OPTIONS whether it is there, in seconds from 5; 0 is never.
        #[schema(required = false, maximum = 3_600)]
        probe_s: u32,
        /// Calls at once, both ways.
        #[schema(required = false, minimum = 1, maximum = 100_000)]
        calls_max: u32,
        /// New outbound calls a second.
        #[schema(required = false, minimum = 1, maximum = 1000)]
        cps_max: u32,
        /// Codecs offered, best first.
        #[schema(required = false, min_items = 1)]
        codecs: Vec<Codec>,
        /// Country codes or longer prefixes that may be dialled; none is nothing at all.
        #[schema(required = false, max_items = 512)]
        destinations: Vec<String>,
        /// What it may carry in a day of the organisation's time zone.
        #[schema(required = false)]
        daily: DailyCap,
        /// Whether audio is protected by SRTP (SDES); never weaker.
        #[schema(required = false)]
        srtp: Srtp,
        /// Carries calls now.
        #[schema(required = false)]
        enabled: bool,
    }
    /// A number that the organisation owns and may present.
    Cli {
        /// The number, in E.164; unique.
        #[schema(example = "+15550100123")]
        number: String,
        /// What administrators call it.
        #[schema(max_length = 128)]
        label: Option<String>,
        /// May be presented now.
        #[schema(required = false)]
        enabled: bool,
        /// Most calls that show it in one day of the organisation; null has no bound.
        #[schema(minimum = 1, maximum = 1_000_000)]
        calls_per_day: Option<u32>,
    }
    /// A number that callers dial.
    Did {
        /// The number, in E.164; unique.
        #[schema(example = "+15550100123")]
        number: String,
        /// What administrators call it.
        #[schema(max_length = 128)]
        label: Option<String>,
        /// Where a call to it leads.
        target: DidTarget,
        /// The campaign for reporting, recording and dispositions.
        campaign: Option<Uuid>,
        /// What happens where the agent is paused, logged out, or does not answer.
        #[schema(required = false)]
        unavailable: Overflow,
        /// The clip that a caller hears whom nobody takes, by name; null is the built-in notice.
        #[schema(max_length = 128)]
        notice: Option<String>,
        /// When its callers find somebody there; null is always.
        opening: Option<Opening>,
    }
    /// An inbound queue.
    Queue {
        /// The name; unique.
        #[schema(min_length = 1, max_length = 128)]
        name: String,
        /// The clip played while waiting, by name; null is the built-in music.
        #[schema(max_length = 128)]
        music: Option<String>,
        /// Callers who may wait at once.
        #[schema(required = false, minimum = 1, maximum = 10_000)]
        length_max: u32,
        /// The longest wait, in ms.
        #[schema(required = false, minimum = 1000, maximum = 14_400_000)]
        wait_ms_max: u32,
        /// What happens to a caller who waited that long, or found the queue full.
        #[schema(required = false)]
        overflow: Overflow,
        /// The clip that a caller hears whom nobody takes, by name; null is the built-in notice.
        #[schema(max_length = 128)]
        notice: Option<String>,
        /// Answered within this is in time, in ms.
        #[schema(required = false, minimum = 1000, maximum = 3_600_000)]
        service_level_ms: u32,
        /// A caller hears the position this often, in ms; 0 is never.
        #[schema(required = false, maximum = 600_000)]
        announce_every_ms: u32,
        /// With the position a caller hears the likely wait, where it is known.
        #[schema(required = false)]
        announce_wait: bool,
        /// The clip that a caller hears in between, by name; null is nothing but the music.
        #[schema(max_length = 128)]
        comfort: Option<String>,
        /// How often a caller hears it, in ms.
        #[schema(required = false, minimum = 10_000, maximum = 600_000)]
        comfort_every_ms: u32,
        /// With the position a caller is offered to hang up and be called back; null is no such
        /// offer.
        call_back: Option<CallBack>,
        /// Conversations of its callers are recorded.
        #[schema(required = false)]
        record: bool,
        /// Agents may send customers here, as to a department.
        #[schema(required = false)]
        transfers: bool,
        /// Which of its free agents is asked first, the tier being the same.
        #[schema(required = false)]
        order: AgentOrder,
        /// Minutes without a sign of an agent who is active in it no more then; 0 is never.
        #[schema(required = false, maximum = 1440)]
        auto_inactive_min: u16,
        /// When its callers find somebody there; null is always.
        opening: Option<Opening>,
        /// The clip before the tone of its mailbox, by name; null is the built-in greeting.
        #[schema(max_length = 128)]
        greeting: Option<String>,
        /// Where messages of its mailbox are mailed.
        #[schema(format = Email, max_length = 254)]
        mail_to: Option<String>,
        /// What agents read and ask when they talk to its callers; one of the scripts.
        script: Option<Uuid>,
        /// The address of a caller's page in another system, with places such as `{number}`; its
        /// host is one that the organisation names.
        #[schema(max_length = 2048)]
        crm: Option<String>,
    }
    /// The organisation's settings.
    Organisation {
        /// The name that customers hear and administrators see.
        #[schema(min_length = 1, max_length = 128)]
        name: String,
        /// What every extension begins with: 1 to 6 digits.
        #[schema(pattern = "^[0-9]{1,6}$")]
        prefix: String,
        /// The number presented where neither agent nor campaign has one, in E.164.
        cli: Option<String>,
        /// IANA zone for whoever has none of their own.
        #[schema(example = "Europe/London")]
        time_zone: String,
        /// Whether a pause needs a reason.
        #[schema(required = false)]
        pause_reason: PausePolicy,
        /// An agent may clock out with a call or a wrap-up in hand.
        #[schema(required = false)]
        clock_out_while_active: bool,
        /// Agents of tracked teams clock in to a unit, and out with a reason.
        #[schema(required = false)]
        track_attendance: bool,
        /// What it is worth that an agent calls an access number from a number of their own.
        #[schema(required = false)]
        known_caller: KnownCaller,
        /// Hosts of other systems whose pages may stand in the desk, such as `crm.example.net`.
        #[schema(required = false, max_items = 20)]
        crm_hosts: Vec<String>,
        /// Those pages may come by http, too, which anybody on the way can read and change.
        #[schema(required = false)]
        crm_plain: bool,
    }
    /// A team of agents, which is also a unit that they clock in to.
    Team {
        /// The name; unique.
        #[schema(min_length = 1, max_length = 128)]
        name: String,
        /// Attendance is tracked, where the organisation tracks it at all.
        #[schema(required = false)]
        tracked: bool,
    }
    /// A list of leads.
    List {
        /// What people call it; unique.
        #[schema(min_length = 1, max_length = 100)]
        name: String,
        /// Where it came from.
        #[schema(max_length = 200)]
        source: Option<String>,
    }
    /// A reason that an agent may choose for a pause.
    OfferedReason {
        /// What the time counts under; not `system`.
        class: PauseClass,
        /// What the agent sees; required for class `other`; unique.
        #[schema(max_length = 200)]
        text: Option<String>,
        /// Whether it may be chosen now.
        #[schema(required = false)]
        enabled: bool,
    }
    /// Why an agent is paused.
    PauseReason {
        /// What the time counts under.
        class: PauseClass,
        /// The reason's name or the agent's own words; required for class `other`.
        text: Option<String>,
    }
    /// A campaign that an agent works for.
    CampaignMembership {
        /// The campaign.
        campaign: Uuid,
        /// Which of the three lists it is in.
        #[schema(required = false)]
        priority: Priority,
    }
    /// A queue that an agent answers.
    QueueMembership {
        /// The queue.
        queue: Uuid,
        /// Its rank among the agent's work.
        #[schema(required = false)]
        priority: Priority,
        /// Whether the agent is asked first.
        #[schema(required = false)]
        tier: Tier,
        /// How well the agent knows this queue's work.
        #[schema(required = false, minimum = 1, maximum = 10)]
        level: u8,
        /// Calls of this queue in hand and parked; the agent's own limit overrules a higher one.
        #[schema(minimum = 1, maximum = 10)]
        calls_max: Option<u8>,
    }
    /// How work is given to an agent.
    Distribution {
        /// Who clocks in is active in every queue of theirs; else they go active one by one.
        #[schema(required = false)]
        active_at_login: bool,
        /// Calls in hand and parked; at the limit, no more are given.
        #[schema(required = false, minimum = 1, maximum = 10)]
        calls_max: u8,
    }
    /// What follows a call.
    AfterCall {
        /// The longest wrap-up, in ms; 0 is none.
        #[schema(required = false, maximum = 3_600_000)]
        wrap_up_ms: u32,
        /// After the wrap-up the agent is ready again.
        #[schema(required = false)]
        auto_ready: bool,
    }
    /// How an agent's line is made.
    Connection {
        /// Who calls whom.
        #[schema(required = false)]
        mode: ConnectionMode,
        /// The line stays up between calls.
        #[schema(required = false)]
        persistent: bool,
        /// Where a call-me line rings; none is the agent's own extension.
        phone: Option<String>,
        /// Whoever answers a number outside presses 1 to be the agent's line, so that no voicemail
        /// and no stranger ever is.
        #[schema(required = false)]
        press_to_take: bool,
        /// The agent's own numbers, from which they call an access number, in E.164.
        #[schema(required = false, max_items = 4)]
        calls_from: Vec<String>,
        /// How the agent's own telephone proves itself.
        #[schema(required = false)]
        telephone: Telephone,
    }
    /// How an agent's line is made in one shift.
    LinePlan {
        /// Who calls whom.
        mode: ConnectionMode,
        /// The line stays up between calls, and else is made for each.
        persistent: bool,
        /// Where a call-me line rings; none is the agent's own extension.
        phone: Option<String>,
    }
    /// How an agent's telephone proves itself to the registrar.
    Telephone {
        /// Which digest algorithms it is asked for.
        #[schema(required = false)]
        digest: DigestChoice,
        /// Addresses and ranges that it may register from, such as `192.0.2.0/24`; empty is all.
        #[schema(required = false, max_items = 16)]
        networks: Vec<String>,
    }
    /// The CLI of a call, and whose setting it is.
    EffectiveCli {
        /// The number presented, in E.164.
        number: String,
        /// Whose setting it is.
        origin: CliOrigin,
    }
    /// Where a trunk is reached.
    TrunkAddress {
        /// An IP address, or a name to resolve.
        host: String,
        /// The port; null asks the DNS for a name's servers, and is the transport's own for an IP.
        #[schema(minimum = 1, maximum = 65_535)]
        port: Option<u16>,
        /// The transport; null lets the DNS say, and is UDP where it says nothing.
        transport: Option<Transport>,
    }
    /// How a trunk is told who calls.
    IdentityRule {
        /// Whose number stands in From.
        #[schema(required = false)]
        from: FromRule,
        /// The header that asserts the caller's number beside From.
        #[schema(required = false)]
        asserted: Asserted,
        /// The header that says for which number of ours a call was meant that is sent on there.
        #[schema(required = false)]
        diverted: Diverted,
    }
    /// How numbers are written towards a trunk and read from it.
    NumberRule {
        /// How a number is written out.
        #[schema(required = false)]
        format: NumberFormat,
        /// The country code that national numbers belong to.
        #[schema(example = "44", max_length = 3)]
        country: Option<String>,
        /// What a national number begins with; empty where it begins with nothing.
        #[schema(required = false, max_length = 15)]
        national_prefix: String,
        /// What is dialled before a country code; empty where nothing is.
        #[schema(required = false, max_length = 15)]
        international_prefix: String,
        /// Taken off the front of what was written, if it is there.
        #[schema(required = false, max_length = 15)]
        strip: String,
        /// Put in front after that.
        #[schema(required = false, max_length = 15)]
        add: String,
        /// Taken off the front of what comes in, if it is there.
        #[schema(required = false, max_length = 15)]
        strip_in: String,
        /// The URI that a number becomes.
        #[schema(required = false)]
        uri: UriForm,
    }
    /// How we register with a trunk.
    TrunkRegistration {
        /// User part of the address of record.
        #[schema(min_length = 1, max_length = 64)]
        user: String,
        /// The lifetime asked for, in seconds.
        #[schema(required = false, minimum = 60, maximum = 86_400)]
        expires_s: u32,
    }
    /// What a trunk may carry in a day.
    DailyCap {
        /// Minutes of answered calls; null is no cap.
        minutes: Option<u32>,
        /// Money, in thousandths of a currency unit; null is no cap.
        spend: Option<u64>,
        /// What a minute costs, by prefix; the longest that fits counts.
        #[schema(required = false, max_items = 2048)]
        prices: Vec<Price>,
    }
    /// What a minute to one destination costs.
    Price {
        /// The destination, as digits of E.164.
        #[schema(min_length = 1, max_length = 15)]
        prefix: String,
        /// Thousandths of a currency unit for a minute.
        per_minute: u32,
    }
}

/// Which number a trunk presents.
#[derive(Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "rule", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum CliRule {
    /// The call's own.
    Chosen,
    /// Always this one: some carriers accept no other.
    Fixed {
        /// The number, in E.164.
        number: String,
    },
}

/// What happens to a caller whom nobody answers.
#[derive(Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "to", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Overflow {
    /// A notice is played, and the call ends.
    Notice,
    /// The call ends at once.
    HangUp,
    /// The caller waits in another queue.
    Queue {
        /// The other queue.
        queue: Uuid,
    },
    /// The caller is put to an agent.
    Agent {
        /// The agent.
        agent: Uuid,
    },
    /// A message is taken, in the mailbox of whom the caller waits for.
    Voicemail,
    /// The caller is put through to a number outside.
    Number {
        /// The number, in E.164.
        #[schema(example = "+15550100123")]
        number: String,
    },
    /// A workflow leads the caller further.
    Workflow {
        /// The workflow.
        workflow: Uuid,
    },
}

macro_rules! shown {
    ($($name:ident: $settings:ident,)+) => {$(
        #[doc = concat!("The stored `", stringify!($settings), "`, with its id and version.")]
        #[derive(Serialize, ToSchema)]
        pub(crate) struct $name {
            /// Its identity.
            id: Uuid,
            #[serde(flatten)]
            settings: $settings,
            #[serde(flatten)]
            stamp: Stamp,
        }
    )+};
}
pub(super) use shown;

shown! {
    ShownTrunk: Trunk,
    ShownCli: Cli,
    ShownDid: Did,
    ShownQueue: Queue,
    ShownTeam: Team,
    ShownCustomRole: CustomRole,
    ShownList: List,
    ShownReason: OfferedReason,
    ShownCampaign: Campaign,
}

/// The stored `Organisation`, with its version.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShownOrganisation {
    #[serde(flatten)]
    settings: Organisation,
    #[serde(flatten)]
    stamp: Stamp,
}

/// The stored `Agent`, with what follows from it and from the organisation.
#[derive(Serialize, ToSchema)]
pub(crate) struct ShownAgent {
    /// Its identity.
    id: Uuid,
    #[serde(flatten)]
    settings: Agent,
    #[serde(flatten)]
    stamp: Stamp,
    /// What the agent's telephone registers as: the organisation's prefix and the number.
    extension: String,
    /// The number that calls of this agent present where the campaign has none of its own; null
    /// where nobody has one.
    effective_cli: Option<EffectiveCli>,
}
