//! Who hears whom around one agent: the conversation as a table, compiled into a [`Route`].
//!
//! ```text
//!              hears        agent   guests   barging   whispering   listening
//!   agent                     –       ●         ●          ●            –
//!   guest                     ●       ●         ●          –            –
//!   supervisor                ●       ●         –          –            –
//! ```
//! Three-way, mute, listen, whisper and barge are settings of one matrix (DESIGN §3), so changing
//! one is a media command and no SIP message. A listening supervisor is heard by nobody, because no
//! row names them; a whispering one by the agent alone.

use media::{Heard, Route, Row, StreamId};
use serde::{Deserialize, Serialize};

/// Who is around an agent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// The agent's line.
    pub agent: StreamId,
    /// The agent is heard by nobody.
    pub muted: bool,
    /// Whom the agent talks with: the customer, a colleague, a third party.
    pub guests: Vec<StreamId>,
    /// Supervisors' lines.
    pub supervisors: Vec<(StreamId, Ear)>,
}

/// How a supervisor takes part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ear {
    /// Hears everybody and is heard by nobody.
    Listen,
    /// Is heard by the agent alone.
    Whisper,
    /// Is heard by everybody.
    Barge,
}

impl Table {
    /// Who hears whom, a row each; with nobody to talk to, everybody hears nothing.
    #[must_use]
    pub fn route(&self) -> Route {
        let agent = self.row(self.agent, Some(Ear::Whisper));
        let guests = self.guests.iter().map(|guest| self.row(*guest, Some(Ear::Barge)));
        let supervisors = self.supervisors.iter().map(|(line, _)| self.row(*line, None));
        Route { rows: std::iter::once(agent).chain(guests).chain(supervisors).collect() }
    }

    /// What `listener` hears: those at the table, and supervisors who speak as far as to `reach`.
    fn row(&self, listener: StreamId, reach: Option<Ear>) -> Row {
        let agent = Some(self.agent).filter(|_| !self.muted);
        let speaks = |(line, ear): &(StreamId, Ear)| {
            (*ear != Ear::Listen && reach.is_some_and(|reach| *ear >= reach)).then_some(*line)
        };
        let supervisors = self.supervisors.iter().filter_map(speaks);
        let voices = agent.into_iter().chain(self.guests.iter().copied()).chain(supervisors);
        let others = voices.filter(|from| *from != listener);
        Row { listener, hears: others.map(|from| Heard { from, gain_db: 0 }).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const AGENT: StreamId = StreamId(1);
    const CUSTOMER: StreamId = StreamId(2);
    const THIRD: StreamId = StreamId(3);
    const BOSS: StreamId = StreamId(9);

    fn table(guests: &[StreamId], supervisors: &[(StreamId, Ear)]) -> Table {
        let (guests, supervisors) = (guests.to_vec(), supervisors.to_vec());
        Table { agent: AGENT, muted: false, guests, supervisors }
    }

    fn hears(table: &Table, listener: StreamId) -> Vec<StreamId> {
        let rows = table.route().rows;
        let row = rows.iter().find(|row| row.listener == listener).unwrap();
        row.hears.iter().map(|heard| heard.from).collect()
    }

    /// A plain conversation is relayed and never mixed: one source a row, as received.
    #[test]
    fn two_at_the_table_are_the_route_of_every_ordinary_conversation() {
        assert_eq!(table(&[CUSTOMER], &[]).route(), Route::between(AGENT, CUSTOMER));
        assert_eq!(table(&[], &[]).route(), Route::silence(&[AGENT]));
    }

    #[test]
    fn three_at_the_table_hear_the_two_others_each() {
        let table = table(&[CUSTOMER, THIRD], &[]);
        assert_eq!(hears(&table, AGENT), [CUSTOMER, THIRD]);
        assert_eq!(hears(&table, CUSTOMER), [AGENT, THIRD]);
        assert_eq!(hears(&table, THIRD), [AGENT, CUSTOMER]);
    }

    #[test]
    fn a_muted_agent_hears_and_is_heard_by_nobody() {
        let muted = Table { muted: true, ..table(&[CUSTOMER], &[(BOSS, Ear::Listen)]) };
        assert_eq!(hears(&muted, AGENT), [CUSTOMER]);
        assert_eq!(hears(&muted, CUSTOMER), []);
        assert_eq!(hears(&muted, BOSS), [CUSTOMER]);
    }

    /// Issue 5: listen, whisper and barge, by who hears the supervisor.
    #[test]
    fn a_supervisor_is_heard_as_far_as_they_are_meant_to() {
        for (ear, by_agent, by_customer) in
            [(Ear::Listen, false, false), (Ear::Whisper, true, false), (Ear::Barge, true, true)]
        {
            let table = table(&[CUSTOMER], &[(BOSS, ear)]);
            assert_eq!(hears(&table, AGENT).contains(&BOSS), by_agent, "{ear:?}");
            assert_eq!(hears(&table, CUSTOMER).contains(&BOSS), by_customer, "{ear:?}");
            assert_eq!(hears(&table, BOSS), [AGENT, CUSTOMER], "{ear:?}");
        }
    }

    proptest! {
        /// No path leads from a listening supervisor to anybody, nor from a whispering one to a
        /// guest, and nobody hears themselves, whoever is at the table.
        #[test]
        fn nobody_hears_whom_they_must_not(
            muted in any::<bool>(),
            guests in 0_u64..6,
            ears in proptest::collection::vec(0_u8..3, 0..5),
        ) {
            let ear = |n: u8| [Ear::Listen, Ear::Whisper, Ear::Barge][usize::from(n)];
            let guests: Vec<_> = (10..10 + guests).map(StreamId).collect();
            let supervisors: Vec<_> =
                (100..).map(StreamId).zip(ears.into_iter().map(ear)).collect();
            let table = Table { agent: AGENT, muted, guests, supervisors };
            for row in table.route().rows {
                let guest = table.guests.contains(&row.listener);
                for heard in row.hears {
                    prop_assert_ne!(heard.from, row.listener);
                    prop_assert!(!(muted && heard.from == AGENT));
                    let from = table.supervisors.iter().find(|(line, _)| *line == heard.from);
                    if let Some((_, ear)) = from {
                        prop_assert_ne!(*ear, Ear::Listen);
                        prop_assert!(!(guest && *ear == Ear::Whisper));
                    }
                }
            }
        }
    }
}
