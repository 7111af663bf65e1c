//! A conversation of two or more: who takes part and how, compiled into a [`Route`].
//!
//! | role    | hears                 | is heard by  |
//! |---------|-----------------------|--------------|
//! | Party   | every other party     | everybody    |
//! | Monitor | every party           | nobody       |
//! | Whisper | every party           | one party    |
//! | Held    | nobody (music plays)  | nobody       |
//!
//! Listening in, whispering, barging in, taking over, three-way and hold are changes of role; a
//! change takes effect between two packets. Invariants: no row names a monitor or somebody held as
//! a source, and nobody hears itself.

use serde::{Deserialize, Serialize};

use crate::{
    command::StreamId,
    route::{Heard, Route, Row},
};

/// Everybody in one conversation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Room {
    seats: Vec<Seat>,
}

/// One who takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// Whose audio.
    pub stream: StreamId,
    /// How it takes part.
    pub role: Role,
    /// How loud the others hear it, in decibels; 0 is as received.
    pub gain_db: i8,
}

/// How somebody takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// Talks with all: customer, agent, third party, a supervisor who barged in or took over.
    Party,
    /// Listens in: no path leads from here to anybody.
    Monitor,
    /// Listens in and is heard by one party alone.
    Whisper {
        /// The one; while it has no seat as a party, the whisper is heard by nobody.
        to: StreamId,
    },
    /// On hold.
    Held,
}

/// The room has no seat left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the room is full: expected at most {max} who take part", max = Room::SEATS_MAX)]
pub struct Full;

impl Room {
    /// A row with everybody else in it is still no longer than a route allows.
    pub const SEATS_MAX: usize = Route::HEARD_MAX;

    /// A room in which all of `parties` talk with each other.
    pub fn of(parties: &[StreamId]) -> Result<Self, Full> {
        let mut room = Self::default();
        for &stream in parties {
            room.seat(stream, Role::Party)?;
        }
        Ok(room)
    }

    /// Gives a seat, or another role to who has one.
    pub fn seat(&mut self, stream: StreamId, role: Role) -> Result<(), Full> {
        if let Some(seat) = self.seats.iter_mut().find(|seat| seat.stream == stream) {
            seat.role = role;
            return Ok(());
        }
        if self.seats.len() >= Self::SEATS_MAX {
            return Err(Full);
        }
        self.seats.push(Seat { stream, role, gain_db: 0 });
        Ok(())
    }

    /// Sets how loud the others hear one; false if it has no seat.
    pub fn set_gain(&mut self, stream: StreamId, gain_db: i8) -> bool {
        let seat = self.seats.iter_mut().find(|seat| seat.stream == stream);
        seat.map(|seat| seat.gain_db = gain_db).is_some()
    }

    /// Takes a seat away; false if there was none.
    pub fn leave(&mut self, stream: StreamId) -> bool {
        let before = self.seats.len();
        self.seats.retain(|seat| seat.stream != stream);
        self.seats.len() < before
    }

    /// The role of one, if it has a seat.
    #[must_use]
    pub fn role(&self, stream: StreamId) -> Option<Role> {
        self.seats.iter().find(|seat| seat.stream == stream).map(|seat| seat.role)
    }

    /// Everybody, in the order they came.
    #[must_use]
    pub fn seats(&self) -> &[Seat] {
        &self.seats
    }

    /// Who hears whom, a row for every seat.
    #[must_use]
    pub fn route(&self) -> Route {
        let row = |listener: &Seat| Row {
            listener: listener.stream,
            hears: self
                .seats
                .iter()
                .filter(|source| source.is_heard_by(listener))
                .map(|source| Heard { from: source.stream, gain_db: source.gain_db })
                .collect(),
        };
        Route { rows: self.seats.iter().map(row).collect() }
    }

    /// The same, with silence for those who had a seat in `before` and have none here.
    #[must_use]
    pub fn route_from(&self, before: &Self) -> Route {
        let left: Vec<_> = before
            .seats
            .iter()
            .map(|seat| seat.stream)
            .filter(|stream| self.role(*stream).is_none())
            .collect();
        let mut route = Route::silence(&left);
        route.rows.extend(self.route().rows);
        route
    }
}

impl Seat {
    fn is_heard_by(&self, listener: &Self) -> bool {
        if self.stream == listener.stream || listener.role == Role::Held {
            return false;
        }
        match self.role {
            Role::Party => true,
            Role::Whisper { to } => listener.role == Role::Party && listener.stream == to,
            Role::Monitor | Role::Held => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CUSTOMER: StreamId = StreamId(1);
    const AGENT: StreamId = StreamId(2);
    const SUPERVISOR: StreamId = StreamId(3);

    fn heard_by(room: &Room, listener: StreamId) -> Vec<u64> {
        let row = room.route().rows.into_iter().find(|row| row.listener == listener).unwrap();
        row.hears.iter().map(|heard| heard.from.0).collect()
    }

    fn watched(role: Role) -> Room {
        let mut room = Room::of(&[CUSTOMER, AGENT]).unwrap();
        room.seat(SUPERVISOR, role).unwrap();
        room
    }

    #[test]
    fn who_listens_in_hears_both_and_is_heard_by_neither() {
        let room = watched(Role::Monitor);
        assert_eq!(heard_by(&room, SUPERVISOR), [1, 2]);
        assert_eq!((heard_by(&room, CUSTOMER), heard_by(&room, AGENT)), (vec![2], vec![1]));
    }

    #[test]
    fn a_whisper_reaches_the_agent_alone() {
        let room = watched(Role::Whisper { to: AGENT });
        assert_eq!(heard_by(&room, SUPERVISOR), [1, 2]);
        assert_eq!((heard_by(&room, CUSTOMER), heard_by(&room, AGENT)), (vec![2], vec![1, 3]));
    }

    #[test]
    fn who_barges_in_talks_with_both() {
        let room = watched(Role::Party);
        assert_eq!((heard_by(&room, CUSTOMER), heard_by(&room, AGENT)), (vec![2, 3], vec![1, 3]));
    }

    #[test]
    fn who_takes_over_leaves_the_agent_in_silence() {
        let before = watched(Role::Monitor);
        let mut after = before.clone();
        after.seat(SUPERVISOR, Role::Party).unwrap();
        assert!(after.leave(AGENT) && !after.leave(AGENT));
        let rows = after.route_from(&before).rows;
        assert!(rows.contains(&Row { listener: AGENT, hears: vec![] }));
        assert!(rows.contains(&Row::relay(CUSTOMER, SUPERVISOR)));
        assert!(rows.contains(&Row::relay(SUPERVISOR, CUSTOMER)));
    }

    #[test]
    fn who_is_held_hears_nobody_and_the_others_talk_on() {
        let mut room = Room::of(&[CUSTOMER, AGENT, SUPERVISOR]).unwrap();
        room.seat(CUSTOMER, Role::Held).unwrap();
        assert_eq!(heard_by(&room, CUSTOMER), [0u64; 0]);
        assert_eq!((heard_by(&room, AGENT), heard_by(&room, SUPERVISOR)), (vec![3], vec![2]));
    }

    #[test]
    fn a_full_room_refuses_one_more() {
        let everybody: Vec<_> = (0..64).map(StreamId).collect();
        let mut room = Room::of(&everybody).unwrap();
        assert_eq!(room.seat(StreamId(64), Role::Monitor), Err(Full));
        assert_eq!(room.seat(StreamId(0), Role::Monitor), Ok(()));
        assert!(room.route().rows.iter().all(|row| row.hears.len() <= Route::HEARD_MAX));
    }

    proptest! {
        /// Whatever roles are taken in whatever order: no path leads from a monitor or from one on
        /// hold to anybody, a whisper reaches its one party at most, and nobody hears itself.
        #[test]
        fn no_path_leads_from_a_monitor(
            turns in prop::collection::vec((0u64..6, 0u8..5, 0u64..6), 1..40),
        ) {
            let mut room = Room::default();
            for (who, role, to) in turns {
                let stream = StreamId(who);
                match role {
                    0 => room.seat(stream, Role::Party).unwrap(),
                    1 => room.seat(stream, Role::Monitor).unwrap(),
                    2 => room.seat(stream, Role::Whisper { to: StreamId(to) }).unwrap(),
                    3 => room.seat(stream, Role::Held).unwrap(),
                    _ => drop(room.leave(stream)),
                }
                for row in room.route().rows {
                    for heard in &row.hears {
                        prop_assert_ne!(heard.from, row.listener);
                        match room.role(heard.from) {
                            Some(Role::Party) => {}
                            Some(Role::Whisper { to }) => prop_assert_eq!(to, row.listener),
                            other => prop_assert!(false, "{:?} is heard", other),
                        }
                    }
                }
            }
        }
    }
}
