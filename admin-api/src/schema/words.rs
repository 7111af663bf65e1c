//! The words that travel: one twin for each enum without fields.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::vocabulary;

vocabulary! {
    /// Who or what answered, as far as was heard.
    Answerer {
        /// A person.
        Person,
        /// A machine, a fax or an announcement of the network.
        Machine,
        /// Nobody can tell; it counts as a person.
        Uncertain,
    }
    /// What a reviewer heard of a call that was given up as a machine's.
    Met {
        /// A person: the verdict was wrong.
        Person,
        /// A machine.
        Machine,
        /// Nobody could tell; it counts as neither.
        Unclear,
    }
    /// In which order leads of one priority are dialled.
    Order {
        /// Who has been due the longest; of those never dialled, who was imported first.
        OldestFirst,
        /// Who became due last; of those never dialled, who was imported last.
        NewestFirst,
    }
    /// Whether anybody listens to who answers, and who waits for the verdict.
    Judge {
        /// Nobody listens.
        Off,
        /// Whoever answers is connected, or played the message, at once; the verdict comes later.
        Meanwhile,
        /// Nobody is connected before the verdict.
        First,
    }
    /// What becomes of a call that a machine answered.
    OnMachine {
        /// It is ended.
        HangUp,
        /// The campaign's message is left after the beep.
        LeaveMessage,
        /// It goes on as if a person had answered; the verdict is kept.
        Connect,
    }
    /// From when the time counts within which a person has to meet an agent.
    ConnectFrom {
        /// From the answer.
        Answer,
        /// From the end of the person's greeting, where somebody listens.
        Greeting,
    }
    /// Who says how many calls of a campaign may be abandoned.
    CapBy {
        /// The target that the campaign's pacing aims at.
        Target,
        /// The campaign's own limit.
        Campaign,
        /// Its legal profile's.
        Law,
    }
    /// What an agent is doing.
    AgentState {
        /// Not clocked in.
        LoggedOut,
        /// Clocked in, and has not pressed Ready.
        NotReady,
        /// Takes work.
        Ready,
        /// Work is set aside.
        Reserved,
        /// A handset rings.
        Ringing,
        /// Looks at a lead.
        Previewing,
        /// In conversation.
        Talking,
        /// The customer is on hold.
        Hold,
        /// Calls a colleague.
        Consulting,
        /// After the call.
        WrapUp,
        /// Takes no work.
        Paused,
        /// Something is gone.
        System,
    }
    /// What an agent can ask for.
    AgentAction {
        /// Begin to work.
        ClockIn,
        /// Stop working.
        ClockOut,
        /// Take work.
        Ready,
        /// Take no work; during a call, after it.
        Pause,
        /// Dial a number.
        Dial,
        /// Call a colleague.
        CallAgent,
        /// Take a call that waits or is parked.
        Take,
        /// Take the call that rings.
        Answer,
        /// Leave the call that rings to somebody else.
        Decline,
        /// Dial the lead that is previewed.
        DialPreviewed,
        /// Pass the lead that is previewed.
        Skip,
        /// Put the customer on hold.
        Hold,
        /// Take the customer back.
        Resume,
        /// End the call.
        HangUp,
        /// Give the disposition and end the wrap-up.
        Dispose,
    }
    /// What the time in a state counts as.
    Counts {
        /// Available.
        Ready,
        /// Reserved, rung or previewing.
        Ring,
        /// Talking.
        Talk,
        /// With the customer on hold.
        Hold,
        /// After a call.
        WrapUp,
        /// Not receiving calls.
        Pause,
    }
    /// What an agent is to the attendance tracker.
    Attendance {
        /// Not clocked in.
        Away,
        /// Clocked in, ready, not working.
        Available,
        /// Working on a call, its wrap-up included.
        Active,
        /// Clocked in, cannot work.
        Unavailable,
    }
    /// What a pause counts under.
    PauseClass {
        /// Rest, lunch.
        Break,
        /// Meeting or training.
        Meeting,
        /// Work away from the phone.
        BackOffice,
        /// Put there by the switch.
        System,
        /// Anything else, said in words.
        Other,
    }
    /// What the switch misses of an agent.
    Fault {
        /// The persistent agent line is down.
        LineLost,
        /// The desk stopped answering.
        DeskLost,
        /// The handset's registration is gone.
        DeviceLost,
    }
    /// Rank among an agent's work.
    Priority {
        /// Served first.
        High,
        /// The default.
        Medium,
        /// Served last.
        Low,
    }
    /// When a queue asks an agent.
    Tier {
        /// Asked first.
        Primary,
        /// Asked when no primary member is free.
        Secondary,
        /// Never asked: takes waiting calls by hand.
        Pull,
    }
    /// Which of a queue's free agents is asked first.
    AgentOrder {
        /// Who has been idle longest.
        LongestIdle,
        /// Whom this queue gave a call longest ago.
        RoundRobin,
        /// Who is of the highest level in it, and then idle longest.
        SkillLevel,
    }
    /// Who makes the call that becomes the agent's line.
    ConnectionMode {
        /// The switch rings the agent.
        CallMe,
        /// The agent calls an access number.
        CallIn,
        /// The agent's browser.
        WebConnect,
    }
    /// What the number that a caller of an access number shows says of who calls.
    KnownCaller {
        /// Nothing: agent number and PIN are asked for.
        Ignored,
        /// Which agent it is; the PIN is asked for.
        AsksPin,
        /// Which agent it is, and that it is that agent: a number can be forged.
        Trusted,
    }
    /// Which digest algorithms a telephone is asked for, and in which order.
    DigestChoice {
        /// MD5 alone: some telephones give up at a challenge that they do not know.
        Md5,
        /// SHA-512-256, SHA-256, then MD5; MD5 alone where it comes by a browser.
        StrongestFirst,
        /// SHA-512-256 and SHA-256.
        StrongOnly,
    }
    /// Whether calls can be linked to an agent.
    Lifecycle {
        /// Works.
        Active,
        /// Invited to the platform and not yet there.
        Invited,
        /// Takes no new calls; the history stays.
        Archived,
    }
    /// Whether an agent may log in, and if not, who shut the account.
    Login {
        /// May log in.
        Enabled,
        /// Shut by an administrator.
        DisabledByAdmin,
        /// Shut after too long without a login.
        DisabledByInactivity,
        /// Shut after too many wrong passwords.
        DisabledByWrongPasswords,
    }
    /// Whose setting chose the CLI.
    CliOrigin {
        /// The agent's own.
        Agent,
        /// The campaign's.
        Campaign,
        /// The organisation's.
        Organisation,
        /// The trunk's, whatever anybody chose.
        Trunk,
    }
    /// Whether a pause needs a reason.
    PausePolicy {
        /// A pause without a reason is refused.
        Required,
        /// The agent may give one.
        Optional,
    }
    /// How a trunk is reached.
    Transport {
        /// SIP over UDP.
        Udp,
        /// SIP over TCP.
        Tcp,
        /// SIP over TLS.
        Tls,
    }
    /// Whose number stands in From.
    FromRule {
        /// The CLI that the call presents.
        Cli,
        /// The account that a carrier knows us by.
        Account,
    }
    /// The header that says for whom a call was meant before it was sent on.
    Diverted {
        /// Diversion.
        Diversion,
        /// History-Info.
        HistoryInfo,
        /// None.
        None,
    }
    /// The header that asserts the caller's number.
    Asserted {
        /// P-Asserted-Identity.
        Pai,
        /// P-Preferred-Identity.
        Ppi,
        /// Remote-Party-ID.
        Rpid,
        /// None: the carrier takes From.
        None,
    }
    /// How a number is written.
    NumberFormat {
        /// `+442079460123`.
        E164,
        /// `442079460123`.
        Digits,
        /// `02079460123` within the country.
        National,
    }
    /// The URI that carries a number.
    UriForm {
        /// `sip:NUMBER@host`.
        Sip,
        /// `sip:NUMBER@host;user=phone`.
        Phone,
        /// `tel:NUMBER`.
        Tel,
    }
    /// A codec that a trunk may be offered.
    Codec {
        /// G.711 µ-law.
        Pcmu,
        /// G.711 A-law.
        Pcma,
        /// G.722.
        G722,
        /// Opus.
        Opus,
    }
    /// Where a lead stands.
    LeadStatus {
        /// Never dialled.
        New,
        /// Tried before, and to be tried again.
        Due,
        /// A live attempt owns it.
        InFlight,
        /// Promised a call at a time.
        Callback,
        /// Spoken to; nothing more to do.
        Done,
        /// Every allowed attempt was used.
        Exhausted,
        /// The number does not exist.
        BadNumber,
        /// Asked not to be called.
        DoNotCall,
    }
    /// How an attempt ended.
    Outcome {
        /// A person answered and met an agent in time.
        Connected,
        /// A person answered and met no agent in time.
        Abandoned,
        /// A person answered and hung up before either could happen.
        HungUp,
        /// Whoever answered was played the campaign's message to its end.
        Delivered,
        /// A machine, a fax or an announcement answered.
        Machine,
        /// The carrier answered and sent no audio.
        NoMedia,
        /// The line is engaged.
        Busy,
        /// It rang and nobody came.
        NoAnswer,
        /// The number does not exist.
        BadNumber,
        /// Somebody declined.
        Refused,
        /// The network withheld the call.
        Blocked,
        /// The carrier could not.
        CarrierFailure,
        /// Our own credentials, identity or account are wrong.
        Configuration,
        /// We gave it up while it rang.
        Cancelled,
        /// The switch died while the attempt was live.
        Interrupted,
    }
    /// Who began a call.
    CallDirection {
        /// A caller reached us.
        Inbound,
        /// We called, for a campaign or for an agent.
        Outbound,
        /// An agent's line.
        Line,
        /// An agent called a colleague.
        Internal,
    }
    /// Who ended a call.
    Party {
        /// The person at the other end.
        Customer,
        /// The agent.
        Agent,
        /// The carrier, or the network between.
        Network,
        /// Ourselves: a limit, a notice played to its end, an administrator.
        Switch,
        /// Nobody: the switch died while the call was live.
        Interrupted,
    }
    /// The rule that a calling window came from.
    WindowProfile {
        /// United States.
        Us,
        /// United Kingdom.
        Uk,
        /// Canada.
        Ca,
        /// Australia.
        Au,
        /// Germany.
        De,
        /// The organisation's own.
        Custom,
        /// No limit: for a demonstration or a test, never for people.
        Always,
    }
    /// Before which campaigns one takes the agents that both may have.
    Rank {
        /// Before all others.
        High,
        /// As most.
        Medium,
        /// With what the others leave.
        Low,
    }
    /// What became of a place in line that a caller kept.
    PlaceEnd {
        /// The person is with an agent.
        Reached,
        /// They did not answer as often as they were to be called.
        Unanswered,
        /// The gate lets nobody call them in time.
        Refused,
        /// They called again first.
        CalledIn,
        /// A supervisor removed it.
        Removed,
        /// Its time was over before its turn came.
        Overdue,
        /// Its queue is no more.
        QueueGone,
    }
    /// What became of a promise to call back.
    CallbackClosing {
        /// The person was reached within the window.
        Kept,
        /// The person was reached after it.
        Late,
        /// Nobody reached them in time to be of use.
        Broken,
        /// The customer called in before.
        CalledIn,
        /// Somebody took it back, or moved it to another time.
        Withdrawn,
    }
    /// How somebody agreed to be called; the later is the stronger.
    ConsentKind {
        /// In words, or by giving the number for this purpose.
        Express,
        /// In writing, signed.
        Written,
    }
    /// The consent that is asked of whoever is dialled.
    ConsentRule {
        /// None.
        None,
        /// In words at least.
        Express,
        /// In writing.
        Written,
    }
    /// Whether a trunk's audio is protected.
    Srtp {
        /// Never.
        Off,
        /// Where the carrier can.
        Prefer,
        /// Always: a call without it is refused.
        Require,
    }
    /// What is wrong with a number that is shown.
    CliTrouble {
        /// Far fewer people answer it than did.
        Fallen,
        /// Networks block it.
        Blocked,
    }
    /// Over which time an abandon rate is taken.
    Period {
        /// The last 24 hours.
        Hours24,
        /// The last 30 days.
        Days30,
        /// Since the local midnight.
        Day,
        /// Since the first of the local month.
        CalendarMonth,
    }
}
