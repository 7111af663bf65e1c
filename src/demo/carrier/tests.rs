//! Covers each fate, calls towards the switch, and what the witness makes of the audio; over real
//! sockets on loopback, against a bare endpoint in the switch's place. Not covered: loss.

use std::time::Instant;

use bytes::Bytes;
use media::sdp::{self, Codec, Local, Policy, SrtpPolicy, SrtpSecret};
use sip::{Destination, Event, Identity, Invite, PeerId, Side};
use tokio::time::timeout;

use super::*;
use crate::demo::outcomes::Fate;
use crate::demo::party::Party;
use crate::demo::signature::{Chord, Role};
use crate::demo::voice::{Passage, Script};
use crate::demo::witness::{Verdict, Witness};

const MS: Duration = Duration::from_millis(1);
const LOOPBACK: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
const NUMBER: &str = "12025550100";
const POLICY: Policy = Policy { allow_loopback: true, own: None };

/// What stands in the switch's place: an endpoint and one party, which is the agent.
struct Caller {
    signalling: Signalling,
    parties: Arc<Parties>,
    carrier: Carrier,
    records: mpsc::Receiver<CallRecord>,
    witness: Witness,
    /// How long after the answer its telephone begins to talk and to listen.
    slow: Duration,
}

/// How a call went, as the caller saw it.
#[derive(Debug, Default)]
struct Seen {
    /// Provisional codes, in order.
    codes: Vec<u16>,
    early_media: bool,
    answered: Option<Instant>,
    code: Option<u16>,
    by: Option<Side>,
    party: Option<Arc<Party>>,
}

impl Caller {
    async fn with(fate: Fate) -> Self {
        let parties = Arc::new(Parties::start(LOOPBACK).unwrap());
        let setup = Setup {
            address: (LOOPBACK, 0).into(),
            trusted: vec![LOOPBACK],
            laws: Laws::demo([1; 32]).with(NUMBER, fate),
            clips: Arc::new(Clips::load().unwrap()),
            parties: Arc::clone(&parties),
        };
        let (carrier, records) = Carrier::start(setup).await.unwrap();
        let config = sip::Config::new("switch.invalid");
        let mut signalling = Signalling::bind((LOOPBACK, 0).into(), config, [2; 32]).await.unwrap();
        let addresses = vec![(LOOPBACK, Some(carrier.address().port()))];
        signalling.act(|e, _, _| e.set_peer(sip::Peer { id: PeerId(1), addresses }));
        let (witness, slow) = (Witness::default(), Duration::ZERO);
        Self { signalling, parties, carrier, records, witness, slow }
    }

    /// Calls the number with an agent's voice; hangs up `after` so long, or never.
    async fn call(&mut self, script: Script, chord: Option<Chord>, after: Duration) -> Seen {
        let party = Arc::new(self.parties.seat(script, chord, false).unwrap());
        if let Some(chord) = chord {
            self.witness.enrol(chord, Arc::clone(&party));
        }
        let offer = sdp::offer(&local(&party), &[Codec::Pcma], sdp::Direction::SendRecv);
        let flow = self.signalling.path(self.carrier.address());
        let to = Destination::Peer { id: PeerId(1), user: NUMBER.to_owned(), flow };
        let from = Identity {
            user: "12025550199".to_owned(),
            display: None,
            host: "127.0.0.1".to_owned(),
        };
        let sdp = Some(offer);
        let invite = Invite {
            to,
            from,
            asserted: None,
            sdp,
            headers: vec![],
            credentials: None,
            timer_b: None,
        };
        let leg = self.signalling.act(|e, now, out| e.invite(now, invite, out)).unwrap();
        let mut seen = Seen { party: Some(party), ..Seen::default() };
        let end = tokio::time::Instant::now() + after;
        while seen.by.is_none() {
            let Ok(event) = tokio::time::timeout_at(end, self.signalling.next()).await else {
                self.signalling.act(|e, now, out| e.hang_up(now, leg, None, out));
                self.until_ended(&mut seen).await;
                break;
            };
            if matches!(event, Event::Answered { .. }) {
                tokio::time::sleep(self.slow).await;
            }
            seen.take(event);
        }
        seen
    }

    async fn until_ended(&mut self, seen: &mut Seen) {
        while seen.by.is_none() {
            let event = timeout(2_000 * MS, self.signalling.next()).await;
            seen.take(event.expect("the leg never ended"));
        }
    }

    async fn record(&mut self) -> CallRecord {
        timeout(2_000 * MS, self.records.recv()).await.expect("no record").unwrap()
    }
}

impl Seen {
    fn take(&mut self, event: Event) {
        match event {
            Event::Progress { code, sdp, .. } => {
                self.codes.push(code);
                if let Some(sdp) = sdp {
                    self.early_media = true;
                    self.connect(&sdp);
                }
            }
            Event::Answered { sdp, .. } => {
                self.answered = Some(Instant::now());
                self.connect(&sdp.expect("a 200 without an answer"));
            }
            Event::Ended { by, code, .. } => {
                self.by = Some(by);
                self.code = code;
            }
            _ => {}
        }
    }

    fn connect(&self, answer: &[u8]) {
        let (ours, both) = (local(self.party()), sdp::Direction::SendRecv);
        let agreed = sdp::accept(&ours, answer, &[Codec::Pcma], both, &POLICY);
        self.party().connect(&agreed.unwrap());
    }

    fn party(&self) -> &Party {
        self.party.as_ref().unwrap()
    }
}

fn local(party: &Party) -> Local {
    let (address, port) = (party.address().ip(), party.address().port());
    let (srtp, secret) = (SrtpPolicy::Off, SrtpSecret::default());
    Local { address, port, session: 1, version: 1, srtp, secret, web: None }
}

#[expect(clippy::unnecessary_wraps, reason = "a party may have no chord")]
fn agent(index: usize) -> Option<Chord> {
    Some(Chord::nth(Role::Agent, index))
}

fn person(ring: Duration, talk: Duration) -> Fate {
    Fate::Person { ring, talk }
}

const FOR_EVER: Duration = Duration::from_secs(10);

#[tokio::test]
async fn a_person_rings_answers_talks_and_hangs_up() {
    let mut caller = Caller::with(person(150 * MS, 1_200 * MS)).await;
    let seen = caller.call(Script::silence(), agent(4), FOR_EVER).await;
    let record = caller.record().await;
    assert_eq!(seen.codes, [180]);
    assert_eq!(seen.by, Some(Side::Far));
    let course = record.course;
    let answered = course.answered.unwrap();
    // Both moments are read off the clock as they are noticed; a busy machine notices late.
    assert!(answered - course.rang.unwrap() >= 100 * MS);
    assert!((1_100 * MS..4_000 * MS).contains(&(course.ended - answered)));
    assert_eq!((record.by, record.called.as_str()), (Side::Us, NUMBER));
    assert_eq!(record.calling.as_deref(), Some("12025550199"));
    let verdict = caller.witness.judge(&record);
    assert_eq!(verdict, Verdict::Verified { agent: agent(4).unwrap() });
    assert_eq!(record.traffic.strange, 0);
    assert!(record.traffic.received > 40, "{:?}", record.traffic);
}

/// Both bounds are events of the call, not durations: a machine that stalls moves all of them.
#[tokio::test]
async fn answer_to_agent_is_counted_to_the_first_packet_with_the_agent_s_voice() {
    let mut caller = Caller::with(person(50 * MS, 1_500 * MS)).await;
    caller.slow = 300 * MS;
    let seen = caller.call(Script::silence(), agent(4), FOR_EVER).await;
    let record = caller.record().await;
    let delay = record.answer_to_agent().unwrap();
    assert!(seen.answered.is_some());
    assert!(delay >= 300 * MS, "{delay:?}");
    let (began, _) = record.began.unwrap();
    let first = record.heard.iter().find(|heard| heard.party(Role::Agent) == agent(4));
    assert!(began <= first.unwrap().until, "{began:?} {:?}", record.heard);
}

#[tokio::test]
async fn the_caller_may_hang_up_first() {
    let mut caller = Caller::with(person(50 * MS, FOR_EVER)).await;
    let seen = caller.call(Script::silence(), agent(4), 400 * MS).await;
    assert_eq!(seen.by, Some(Side::Us));
    assert_eq!(caller.record().await.by, Side::Far);
    assert_eq!(caller.carrier.live().await.unwrap().customers, 0);
}

#[tokio::test]
async fn refusals_come_with_their_code_and_with_a_ring_only_where_one_is_due() {
    for (code, ring) in [(486, None), (404, None), (484, None), (503, None), (603, Some(80 * MS))] {
        let fate = Fate::Refused { ring, after: 40 * MS, code };
        let mut caller = Caller::with(fate.clone()).await;
        let seen = caller.call(Script::silence(), None, FOR_EVER).await;
        assert_eq!(seen.code, Some(code));
        assert_eq!(seen.codes.contains(&180), ring.is_some(), "{code}");
        let record = caller.record().await;
        assert!(!record.is_answered());
        assert_eq!((record.code, record.fate), (Some(code), Some(fate)));
    }
}

#[tokio::test]
async fn nobody_answers_until_the_caller_gives_up() {
    let mut caller = Caller::with(Fate::NoAnswer).await;
    let seen = caller.call(Script::silence(), None, 300 * MS).await;
    assert_eq!((seen.codes.as_slice(), seen.code), ([180].as_slice(), Some(487)));
    let record = caller.record().await;
    assert_eq!(record.by, Side::Far);
    assert!(record.course.rang.is_some() && !record.is_answered());
}

#[tokio::test]
async fn a_number_not_in_service_is_announced_in_early_media() {
    let mut caller = Caller::with(Fate::Announced { code: 404 }).await;
    let seen = caller.call(Script::silence(), None, FOR_EVER).await;
    assert_eq!(seen.codes, [183]);
    assert!(seen.early_media && seen.answered.is_none());
    assert_eq!(seen.code, Some(404));
    let loud = seen.party().heard().iter().filter(|heard| heard.is_sound()).count();
    assert!(loud >= 10, "{loud} fifths of a second");
}

#[tokio::test]
async fn a_machine_greets_beeps_and_then_keeps_silent() {
    let mut caller = Caller::with(Fate::Machine { ring: 30 * MS, listen: 7_000 * MS }).await;
    let seen = caller.call(Script::silence(), agent(4), FOR_EVER).await;
    let record = caller.record().await;
    let heard = seen.party().heard();
    let customer = record.chord.unwrap();
    assert!(heard.iter().skip(1).all(|heard| heard.party(Role::Customer) == Some(customer)));
    // The signature alone has a loudness of about 490.
    let spoken = heard.iter().rposition(|heard| heard.loudness > 700.0).unwrap();
    assert!((20..33).contains(&spoken), "the beep ended after {spoken} fifths of a second");
    assert_eq!(record.by, Side::Us);
}

#[tokio::test]
async fn a_customer_calls_a_did_and_hears_who_answers() {
    let mut caller = Caller::with(Fate::NoAnswer).await;
    let placed = Placed {
        to: caller.signalling.local(),
        called: "12025550197".to_owned(),
        calling: NUMBER.to_owned(),
        patience: 1_300 * MS,
    };
    caller.carrier.place(placed).await.unwrap();
    let party = Arc::new(caller.parties.seat(Script::silence(), agent(8), false).unwrap());
    caller.witness.enrol(agent(8).unwrap(), Arc::clone(&party));
    let mut seen = Seen { party: Some(Arc::clone(&party)), ..Seen::default() };
    while seen.by.is_none() {
        match timeout(3_000 * MS, caller.signalling.next()).await.unwrap() {
            Event::Incoming { leg, called, calling, sdp, .. } => {
                assert_eq!((called.as_str(), calling.as_deref()), ("12025550197", Some(NUMBER)));
                let both = sdp::Direction::SendRecv;
                let offer = sdp.unwrap();
                let (answer, agreed): (Bytes, _) =
                    sdp::answer(&local(&party), &offer, &[Codec::Pcmu], both, &POLICY).unwrap();
                party.connect(&agreed);
                caller.signalling.act(|e, now, out| e.answer(now, leg, answer, out));
            }
            event => seen.take(event),
        }
    }
    let record = caller.record().await;
    assert_eq!((record.direction, record.by), (Direction::ToSwitch, Side::Us));
    assert_eq!(caller.witness.judge(&record), Verdict::Verified { agent: agent(8).unwrap() });
}

#[tokio::test]
async fn an_agent_who_says_nothing_is_no_agent() {
    let mut caller = Caller::with(person(30 * MS, 800 * MS)).await;
    caller.call(Script::silence(), None, FOR_EVER).await;
    let record = caller.record().await;
    assert_eq!(caller.witness.judge(&record), Verdict::NoAgent);
    assert_eq!((record.answer_to_agent(), record.sound()), (None, Duration::ZERO));
}

#[tokio::test]
async fn a_notice_is_heard_and_is_no_agent() {
    let mut caller = Caller::with(person(30 * MS, 1_500 * MS)).await;
    let notice = Clips::load().unwrap().announcement;
    caller.call(Script::once([notice]), None, FOR_EVER).await;
    let record = caller.record().await;
    assert_eq!(caller.witness.judge(&record), Verdict::NoAgent);
    assert!(record.sound() > 800 * MS, "{:?}", record.sound());
}

/// RTP bleed: another agent's voice for 300 ms, at a quarter of its level.
#[tokio::test]
async fn a_second_agent_in_the_customer_s_ear_is_crosstalk() {
    let mut caller = Caller::with(person(30 * MS, 1_500 * MS)).await;
    let mut bleed = vec![];
    for _ in 0..15 {
        bleed.extend(agent(9).unwrap().frame().iter().map(|sample| sample / 4));
    }
    let passages = vec![Passage::Rest(600 * MS), Passage::Sound(bleed.into())];
    caller.call(Script { passages, repeats: false }, agent(4), FOR_EVER).await;
    let record = caller.record().await;
    assert_eq!(caller.witness.judge(&record), Verdict::CustomerHeardOthers);
}

#[tokio::test]
async fn an_agent_who_does_not_hear_the_customer_makes_the_call_one_way() {
    let mut caller = Caller::with(person(30 * MS, 1_000 * MS)).await;
    caller.call(Script::silence(), agent(4), FOR_EVER).await;
    let record = caller.record().await;
    // Another telephone with the same voice: it heard nothing.
    let deaf = Arc::new(caller.parties.seat(Script::silence(), agent(4), false).unwrap());
    caller.witness.enrol(agent(4).unwrap(), deaf);
    let agent = agent(4).unwrap();
    assert_eq!(caller.witness.judge(&record), Verdict::OneWay { agent });
    caller.witness.dismiss(agent);
    assert_eq!(caller.witness.judge(&record), Verdict::UnknownAgent { agent });
}
