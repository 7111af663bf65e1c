//! Every arrow of the machine as one table, what each vocabulary makes of each state, and the
//! properties that hold on every walk.

mod walk;

use super::*;
use uuid::Uuid;

/// D6 and issue 5: every arrow. `.` is refused, `=` stays, `+` stays and latches.
///
/// A column is where the agent is, a row what comes, a cell where the agent is then.
#[test]
fn every_state_takes_every_input_as_the_table_says() {
    let heads = places().map(|(name, _)| format!("{name:<4}")).join(" ");
    let mut table = format!("{:<15}{heads}\n", "");
    for (name, input) in inputs() {
        let cells = places().map(|(_, place)| cell(place, input.clone())).join(" ");
        table += format!("{name:<15}{cells}").trim_end();
        table.push('\n');
    }
    assert_eq!(table, TABLE, "\n{table}");
}

const TABLE: &str = "\
\x20              out  notr rdy  resv ring dial prev talk hold cons wrap paus sys  strd
clock in       notr .    .    .    .    .    .    .    .    .    .    .    .    .
clock out      .    out  out  .    .    .    .    .    .    .    .    out  out  .
forced out     .    out  out  out  out  +    out  +    +    +    out  out  out  +
ready          .    rdy  .    .    .    .    .    .    .    .    rdy  rdy  .    .
pause          .    paus paus paus paus +    paus +    +    +    paus paus paus +
line lost      =    =    sys  sys  sys  sys  sys  strd strd sys  =    =    =    =
desk lost      =    =    sys  sys  sys  =    sys  =    =    =    =    =    =    =
device lost    =    =    sys  sys  sys  =    sys  =    =    =    =    =    =    =
line back      =    =    =    =    =    =    =    =    =    =    =    =    notr talk
desk back      =    =    =    =    =    =    =    =    =    =    =    =    =    =
reserve        .    .    resv .    .    .    .    .    .    .    .    .    .    .
transfer to    .    .    resv .    .    .    .    .    .    .    .    resv .    .
dial           .    dial dial .    .    .    .    .    .    .    .    dial .    .
release        .    .    .    rdy  rdy  rdy  rdy  .    .    .    .    .    .    .
ring           .    .    .    ring .    .    .    .    .    .    .    .    .    .
preview        .    .    .    prev .    .    .    .    .    .    .    .    .    .
dial previewed .    .    .    .    .    .    dial .    .    .    .    .    .    .
dial kept      .    .    .    .    dial .    .    .    .    .    .    .    .    .
consult        .    cons cons .    .    .    .    .    .    .    .    cons .    .
take           .    talk talk .    .    .    .    .    .    .    talk talk .    .
turn           .    .    .    .    .    .    .    talk .    .    .    .    .    .
decline        .    .    .    .    paus .    .    .    .    .    .    .    .    .
connect        .    .    .    talk talk talk .    .    .    .    .    .    .    .
hold           .    .    .    .    .    .    .    hold .    .    .    .    .    .
resume         .    .    .    .    .    .    .    .    talk .    .    .    .    .
ended          .    .    .    rdy  rdy  rdy  rdy  wrap wrap rdy  .    .    .    sys
disposed       .    .    .    .    .    .    .    .    .    .    rdy  .    .    .
tick           =    =    =    rdy  paus rdy  paus =    =    =    rdy  =    =    sys
";

/// The fourteen places an agent can be in, each reached by its shortest way.
fn places() -> [(&'static str, Presence); 14] {
    let [talking, held] = [vec![Input::Connect], vec![Input::Connect, Input::Hold]];
    [
        ("out", new()),
        ("notr", after([Input::ClockIn { persistent: false }])),
        ("rdy", ready([])),
        ("resv", reserved([])),
        ("ring", reserved([Input::Ring { until: at(20_000) }])),
        ("dial", ready([Input::Dial { call: call(2), campaign: None, until: at(20_000) }])),
        ("prev", reserved([Input::Preview { until: at(60_000) }])),
        ("talk", reserved(talking)),
        ("hold", reserved(held)),
        ("cons", ready([Input::Consult { call: call(3) }])),
        ("wrap", reserved([Input::Connect, Input::Ended])),
        ("paus", ready([Input::Pause(lunch())])),
        ("sys", ready([lost(Fault::LineLost)])),
        ("strd", reserved([Input::Connect, lost(Fault::LineLost)])),
    ]
}

/// Every input; `tick` comes when the state's time is over.
fn inputs() -> [(&'static str, Input); 28] {
    let (one, until) = (call(1), at(90_000));
    let out = |while_active| Input::ClockOut { reason: None, while_active };
    let reserve = |paused_too| Input::Reserve {
        call: one,
        campaign: None,
        until,
        paused_too,
        internal: false,
    };
    [
        ("clock in", Input::ClockIn { persistent: true }),
        ("clock out", out(false)),
        ("forced out", out(true)),
        ("ready", Input::Ready),
        ("pause", Input::Pause(lunch())),
        ("line lost", lost(Fault::LineLost)),
        ("desk lost", lost(Fault::DeskLost)),
        ("device lost", lost(Fault::DeviceLost)),
        ("line back", Input::Back(Fault::LineLost)),
        ("desk back", Input::Back(Fault::DeskLost)),
        ("reserve", reserve(false)),
        ("transfer to", reserve(true)),
        ("dial", Input::Dial { call: one, campaign: None, until }),
        ("release", Input::Release),
        ("ring", Input::Ring { until }),
        ("preview", Input::Preview { until }),
        ("dial previewed", Input::DialPreviewed { until }),
        ("dial kept", Input::DialKept { until }),
        ("consult", Input::Consult { call: one }),
        ("take", Input::Take { call: one, campaign: None }),
        ("turn", Input::Turn { call: one, campaign: None }),
        ("decline", Input::Decline),
        ("connect", Input::Connect),
        ("hold", Input::Hold),
        ("resume", Input::Resume),
        ("ended", Input::Ended),
        ("disposed", Input::Disposed),
        ("tick", Input::Tick),
    ]
}

fn cell(mut place: Presence, input: Input) -> String {
    let latch = place.latch().cloned();
    let now = place.deadline().unwrap_or(at(1_000));
    let text = match place.handle(now, input, Cause::Agent) {
        Err(_) => ".",
        Ok(None) if place.latch().cloned() != latch => "+",
        Ok(None) => "=",
        Ok(Some(change)) => short(&change.to, place.is_outgoing()),
    };
    format!("{text:<4}")
}

fn short(state: &State, outgoing: bool) -> &'static str {
    match state {
        State::LoggedOut => "out",
        State::NotReady => "notr",
        State::Ready => "rdy",
        State::Reserved { .. } => "resv",
        State::Ringing { .. } if outgoing => "dial",
        State::Ringing { .. } => "ring",
        State::Previewing { .. } => "prev",
        State::Talking { .. } => "talk",
        State::Hold { .. } => "hold",
        State::Consulting { .. } => "cons",
        State::WrapUp { .. } => "wrap",
        State::Paused { .. } => "paus",
        State::System { stranded: None, .. } => "sys",
        State::System { stranded: Some(_), .. } => "strd",
    }
}

/// D6's table of the vocabularies, row by row.
#[test]
fn each_vocabulary_is_a_projection_of_the_state() {
    use {Attendance as St, Counts as C, DeskWord as Ai, ToolbarWord as Ip};
    let expected = [
        (Ai::LoggedOut, St::Away, Ip::LoggedOut, None),
        (Ai::BeforePlay, St::Unavailable, Ip::LoggedOut, Some(C::Pause)),
        (Ai::Ready, St::Available, Ip::Available, Some(C::Ready)),
        (Ai::Ready, St::Active, Ip::Available, Some(C::Ring)),
        (Ai::Ready, St::Active, Ip::Available, Some(C::Ring)),
        (Ai::Ready, St::Active, Ip::Available, Some(C::Ring)),
        (Ai::Ready, St::Active, Ip::Available, Some(C::Ring)),
        (Ai::Talk, St::Active, Ip::Interaction, Some(C::Talk)),
        (Ai::Talk, St::Active, Ip::Interaction, Some(C::Hold)),
        (Ai::Talk, St::Active, Ip::Interaction, Some(C::Talk)),
        (Ai::WrapUp, St::Active, Ip::Wrap, Some(C::WrapUp)),
        (Ai::Break, St::Unavailable, Ip::Paused, Some(C::Pause)),
        (Ai::Pause, St::Unavailable, Ip::Paused, Some(C::Pause)),
        (Ai::Talk, St::Active, Ip::Interaction, Some(C::Hold)),
    ];
    for ((name, place), expected) in places().into_iter().zip(expected) {
        let s = place.state();
        assert_eq!(
            (s.desk_word(), s.attendance(), s.toolbar_word(), s.counts()),
            expected,
            "{name}"
        );
    }
}

/// R89, R90: a break is a pause; a meeting is a pause and no break.
#[test]
fn break_time_is_pause_time_of_the_class_break_alone() {
    let paused = |class| State::Paused { reason: PauseReason::of(class) };
    for class in [PauseClass::Meeting, PauseClass::BackOffice, PauseClass::System] {
        assert!(!paused(class).is_break());
        assert_eq!(paused(class).counts(), Some(Counts::Pause));
    }
    assert!(paused(PauseClass::Break).is_break());
}

/// Every name in the API is the one that [`StateName::as_str`] gives.
#[test]
fn a_states_name_is_the_same_in_json_and_in_text() {
    for (_, place) in places() {
        let name = place.state().name();
        assert_eq!(serde_json::to_value(name).unwrap(), name.as_str());
    }
}

/// R83: manual return, and no wrap-up at all.
#[test]
fn what_follows_a_call_is_as_the_profile_says() {
    for (wrap_up_ms, auto_ready, first, last) in [
        (10_000, true, StateName::WrapUp, StateName::Ready),
        (10_000, false, StateName::WrapUp, StateName::NotReady),
        (0, true, StateName::Ready, StateName::Ready),
        (0, false, StateName::NotReady, StateName::NotReady),
    ] {
        let mut agent = reserved([Input::Connect]);
        agent.set_after_call(AfterCall { wrap_up_ms, auto_ready });
        agent.handle(at(1_000), Input::Ended, Cause::Call).unwrap();
        assert_eq!(agent.state().name(), first);
        agent.handle(at(10_999), Input::Tick, Cause::Timeout).unwrap();
        assert_eq!(agent.state().name(), first, "a millisecond early");
        agent.handle(at(11_000), Input::Tick, Cause::Timeout).unwrap();
        assert_eq!(agent.state().name(), last);
    }
}

/// A6: the latch of a supervisor's clock-out is not the agent's to take back.
#[test]
fn an_agent_takes_back_a_latched_pause_but_no_latched_clock_out() {
    let mut agent = reserved([Input::Connect, Input::Pause(lunch())]);
    assert!(agent.allowed().contains(&Action::Ready));
    agent.handle(at(1), Input::Ready, Cause::Agent).unwrap();
    assert_eq!(agent.latch(), None);
    let reason = Some("end of shift".to_owned());
    let out = Input::ClockOut { reason, while_active: true };
    agent.handle(at(2), out, Cause::Supervisor).unwrap();
    let refused = agent.handle(at(3), Input::Ready, Cause::Agent).unwrap_err();
    assert_eq!(refused.why, "the agent is clocked out after this call");
    agent.handle(at(4), Input::Pause(lunch()), Cause::Agent).unwrap();
    assert!(matches!(agent.latch(), Some(Latch::ClockOut { .. })), "nor to pause away");
}

#[test]
fn of_two_faults_the_agent_is_back_when_the_second_is_gone() {
    let mut agent = ready([lost(Fault::DeskLost), lost(Fault::DeviceLost)]);
    let shown = |agent: &Presence| match agent.state() {
        State::System { fault, .. } => Some(*fault),
        _ => None,
    };
    assert_eq!(shown(&agent), Some(Fault::DeskLost));
    agent.handle(at(1), Input::Back(Fault::DeskLost), Cause::Watchdog).unwrap();
    assert_eq!(shown(&agent), Some(Fault::DeviceLost));
    let refused = agent.handle(at(2), Input::Ready, Cause::Agent).unwrap_err();
    assert_eq!(refused.why, "the handset is not registered; it must come back first");
    agent.handle(at(3), Input::Back(Fault::DeviceLost), Cause::Watchdog).unwrap();
    assert_eq!(*agent.state(), State::NotReady);
}

fn new() -> Presence {
    let after_call = AfterCall { wrap_up_ms: 30_000, auto_ready: true };
    Presence::new(AgentId::from(Uuid::from_u128(1)), after_call, at(0))
}

fn after(inputs: impl IntoIterator<Item = Input>) -> Presence {
    let mut presence = new();
    for input in inputs {
        presence.handle(at(0), input, Cause::Agent).unwrap();
    }
    presence
}

fn ready(inputs: impl IntoIterator<Item = Input>) -> Presence {
    let begin = [Input::ClockIn { persistent: false }, Input::Ready];
    after(begin.into_iter().chain(inputs))
}

fn reserved(inputs: impl IntoIterator<Item = Input>) -> Presence {
    let (call, until) = (call(1), at(5_000));
    let (paused_too, internal) = (false, false);
    let reserve = Input::Reserve { call, campaign: None, until, paused_too, internal };
    ready([reserve].into_iter().chain(inputs))
}

fn lost(fault: Fault) -> Input {
    Input::Lost { fault, recover: Duration::from_secs(20) }
}

fn lunch() -> PauseReason {
    PauseReason { class: PauseClass::Break, text: Some("lunch".into()) }
}

fn call(n: u128) -> CallId {
    CallId::from(Uuid::from_u128(n))
}

/// A moment of the tests' common day.
fn at(ms: u64) -> Instant {
    static MORNING: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    *MORNING.get_or_init(crate::origin) + Duration::from_millis(ms)
}
