//! Recordings of a session: what gets onto them, and what must not.

use super::*;
use crate::{
    recording::{RecordingId, Slot},
    room::{Role, Room},
};

const CUSTOMER: StreamId = A;
const AGENT: StreamId = B;
const SUPERVISOR: StreamId = C;
const TAPE: RecordingId = RecordingId(9);

const RECORD: fn() -> Command =
    || Command::Record { recording: TAPE, channels: [vec![AGENT], vec![CUSTOMER]] };

/// Three telephones, of which the first two talk and are recorded.
fn stage() -> Stage {
    let mut stage = Stage::new();
    for party in [CUSTOMER, AGENT, SUPERVISOR] {
        stage.open(party, Codec::Pcma);
    }
    stage.command(Command::Route(Room::of(&[CUSTOMER, AGENT]).unwrap().route()));
    stage.command(RECORD());
    stage
}

pub(super) fn slots(stage: &Stage) -> Vec<Slot> {
    let mut slots: Vec<Slot> = vec![];
    for taped in &stage.taped {
        if let Taped::Slot { slot, .. } = taped {
            slots.retain(|before| before.index != slot.index);
            slots.push(slot.clone());
        }
    }
    slots.sort_by_key(|slot| slot.index);
    slots
}

pub(super) fn channel(slots: &[Slot], channel: usize) -> Vec<i16> {
    let bytes = slots.iter().flat_map(|slot| slot.samples.iter().skip(channel).step_by(2));
    bytes.map(|sample| Law::A.decode(*sample)).collect()
}

/// Everybody says a tone of their own for `count` packets.
fn talk(stage: &mut Stage, from: usize, count: usize) {
    let tones = [(CUSTOMER, 500.0), (AGENT, 900.0), (SUPERVISOR, 1700.0)];
    let tones = tones.map(|(party, hz)| (party, tone::sine(hz, 0.2, 160 * (from + count))));
    for at in from..from + count {
        for (party, tone) in &tones {
            let samples = &tone[at * 160..(at + 1) * 160];
            let payload: Vec<_> = samples.iter().map(|s| Law::A.encode(*s)).collect();
            stage.packet(*party, numbered(*party, at), &payload);
        }
        stage.pass(20);
    }
}

#[test]
fn agent_and_customer_are_on_channels_of_their_own() {
    let mut stage = stage();
    talk(&mut stage, 0, 50);
    stage.command(Command::StopRecord { recording: TAPE, keep: true });
    let slots = slots(&stage);
    assert_eq!(stage.taped.last(), Some(&Taped::End { recording: TAPE, slots: 51, keep: true }));
    let (agent, customer) = (channel(&slots[..50], 0), channel(&slots[..50], 1));
    assert!(tone::share(&agent, 900.0) > 0.95 && tone::share(&agent, 500.0) < 0.001);
    assert!(tone::share(&customer, 500.0) > 0.95 && tone::share(&customer, 900.0) < 0.001);
    // Nothing more is due: an ended recording costs nothing.
    let before = stage.taped.len();
    talk(&mut stage, 50, 5);
    assert_eq!(stage.taped.len(), before);
}

/// The agent hears the whisper, and the recording is bit for bit what it is without one.
#[test]
fn a_whisper_is_in_no_recording() {
    let mut quiet = stage();
    let mut whispered = stage();
    let mut room = Room::of(&[CUSTOMER, AGENT]).unwrap();
    room.seat(SUPERVISOR, Role::Whisper { to: AGENT }).unwrap();
    whispered.command(Command::Route(room.route()));
    talk(&mut quiet, 0, 40);
    talk(&mut whispered, 0, 40);
    assert_eq!(slots(&quiet), slots(&whispered));
    let heard = whispered.heard(AGENT);
    let heard = decoded(&heard[heard.len() - 20..], Codec::Pcma);
    assert!(tone::share(&heard, 1700.0) > 0.3, "the agent heard it");
}

/// S18: from the command to its end nothing but silence leaves the session for the file.
#[test]
fn what_is_masked_is_not_even_handed_to_the_recorder() {
    let mut stage = stage();
    talk(&mut stage, 0, 20);
    stage.command(Command::Mask { recording: TAPE, masked: true });
    stage.taped.clear();
    talk(&mut stage, 20, 20);
    let masked = slots(&stage);
    assert!(masked.iter().filter(|slot| slot.masked).count() >= 20);
    let loud = |slot: &Slot| slot.samples.iter().any(|s| Law::A.decode(*s).abs() > 20);
    assert!(!masked.iter().filter(|slot| slot.masked).any(loud));
    stage.command(Command::Mask { recording: TAPE, masked: false });
    stage.taped.clear();
    talk(&mut stage, 40, 10);
    // The newest slot goes out again with the packet that ended with it.
    let after = slots(&stage);
    assert!(after[3..after.len() - 1].iter().all(|slot| loud(slot) && !slot.masked));
}

/// A recording goes on, in silence, when a party has gone; and a new party joins it.
#[test]
fn parties_come_and_go_within_one_recording() {
    let mut stage = stage();
    talk(&mut stage, 0, 20);
    stage.close(AGENT);
    stage.pass(400);
    stage
        .command(Command::Record { recording: TAPE, channels: [vec![SUPERVISOR], vec![CUSTOMER]] });
    talk(&mut stage, 20, 20);
    let slots = slots(&stage);
    assert_eq!(slots.len(), 60);
    assert!(tone::share(&channel(&slots[42..58], 0), 1700.0) > 0.95);
    assert_eq!(stage.taped.iter().filter(|t| matches!(t, Taped::Start { .. })).count(), 1);
}

#[test]
fn what_is_not_recorded_cannot_be_masked_or_stopped() {
    let mut stage = Stage::of_two();
    stage.command(Command::Mask { recording: TAPE, masked: true });
    stage.command(Command::StopRecord { recording: TAPE, keep: true });
    let failure = Failure::UnknownRecording(TAPE);
    let told = Event::Failed { stream: None, failure };
    assert_eq!(stage.events(), [told.clone(), told]);
}
