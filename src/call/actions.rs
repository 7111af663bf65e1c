//! What an agent may do with the call in hand now, and why not the rest.
//!
//! ```text
//!  Alone ──consult──▶ Ringing ──answered──▶ Aside ⇄ swap ⇄ Beside ──merge──▶ Together
//!    ▲                   └─dismiss─┐          └─complete, dismiss──┴────────────┘
//!    └─────────────────────────────┴── the third party left ◀──────┘
//! ```
//! One table answers both, so a desk that greys out what is not allowed is never refused, and one
//! that does not is told why (as `routing::presence` does for the agent). A third party is `Beside`
//! the agent while the customer hears music, `Aside` while the agent is back with the customer.

use serde::{Deserialize, Serialize};

/// What an agent can do with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Act {
    /// Let the customer hear music.
    Hold,
    /// Take the customer back.
    Resume,
    /// Be heard by nobody.
    Mute,
    /// Be heard again.
    Unmute,
    /// Press keys for whoever the agent talks with.
    Press,
    /// Send the customer on without a word.
    Transfer,
    /// Ask a colleague, a queue or a number, with the customer on hold.
    Consult,
    /// Turn from one to the other.
    Swap,
    /// Talk with both.
    Merge,
    /// Leave the two to each other.
    Complete,
    /// End the call to the third party.
    Dismiss,
    /// Leave the customer with music, for anybody to take.
    Park,
    /// End the call.
    HangUp,
}

impl Act {
    /// Every act, in the order a desk shows them.
    pub const ALL: [Self; 13] = [
        Self::Hold,
        Self::Resume,
        Self::Mute,
        Self::Unmute,
        Self::Press,
        Self::Transfer,
        Self::Consult,
        Self::Swap,
        Self::Merge,
        Self::Complete,
        Self::Dismiss,
        Self::Park,
        Self::HangUp,
    ];
}

/// The call in hand, as far as it decides what is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Situation {
    /// Whether the customer hears the agent, music, or nobody yet.
    pub customer: Customer,
    /// Where the third party is.
    pub third: Third,
    /// The agent is heard by nobody.
    pub muted: bool,
    /// A colleague's call: there is no customer to be sent on.
    pub internal: bool,
}

/// Where the customer of the call in hand is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Customer {
    /// Being dialled by the agent.
    Ringing,
    /// With the agent.
    Talking,
    /// On hold.
    Held,
}

/// Where the third party of a consultation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Third {
    /// There is none.
    None,
    /// Being called, or waited for.
    Ringing,
    /// With the agent, the customer on hold.
    Beside,
    /// Waiting, while the agent is back with the customer.
    Aside,
    /// With agent and customer.
    Together,
}

impl Situation {
    /// What the agent may do.
    #[must_use]
    pub fn allowed(&self) -> Vec<Act> {
        Act::ALL.into_iter().filter(|act| self.why_not(*act).is_none()).collect()
    }

    /// Why the agent may not do this now; none where they may.
    #[must_use]
    #[expect(clippy::match_same_arms, reason = "read act by act")]
    pub fn why_not(&self, act: Act) -> Option<&'static str> {
        use {Act as A, Customer as C, Third as T};
        let unless = |allowed: bool, why| (!allowed).then_some(why);
        let answered = self.customer != C::Ringing;
        match (act, self.third) {
            (A::HangUp, _) => None,
            (A::Mute, _) => {
                unless(answered && !self.muted, "the agent is muted, or talks to nobody")
            }
            (A::Unmute, _) => unless(self.muted, "the agent is not muted"),
            _ if !answered => Some("the customer has not answered yet"),
            (A::Press, _) if self.internal => Some("a colleague's telephone takes no keys"),
            (A::Press, T::Beside) => None,
            (A::Press, _) => {
                unless(self.customer == C::Talking, "keys are heard only by who is not on hold")
            }
            (A::Hold, T::Together) => Some("one of the two must be dismissed or turned from first"),
            (A::Hold, _) => unless(self.customer == C::Talking, "the customer is on hold already"),
            (A::Resume, T::Beside) => Some("swap turns to the customer, merge joins the two"),
            (A::Resume, _) => unless(self.customer == C::Held, "the customer is not on hold"),
            (A::Transfer | A::Consult | A::Park, _) if self.internal => {
                Some("a colleague's call has no customer to be sent on")
            }
            (A::Transfer | A::Consult | A::Park, third) => unless(
                third == T::None,
                "a third party is there already; complete or dismiss first",
            ),
            (A::Swap | A::Merge, T::Beside | T::Aside) => None,
            (A::Swap, _) => Some("there are no two to turn between"),
            (A::Merge, T::Together) => Some("all three talk already"),
            (A::Merge, _) => Some("there is nobody to join"),
            (A::Complete, T::Beside | T::Aside | T::Together) => None,
            (A::Complete, _) => Some("nobody is there to take the customer"),
            (A::Dismiss, T::None) => Some("there is no third party"),
            (A::Dismiss, _) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn situation(customer: Customer, third: Third) -> Situation {
        Situation { customer, third, muted: false, internal: false }
    }

    /// Issue 5, point 9: an illegal move is impossible. Every situation and every act.
    #[test]
    fn every_situation_allows_what_the_table_says() {
        use {Customer as C, Third as T};
        let table = [
            (C::Ringing, T::None, "hang_up"),
            (C::Talking, T::None, "hold mute press transfer consult park hang_up"),
            (C::Held, T::None, "resume mute transfer consult park hang_up"),
            (C::Held, T::Ringing, "resume mute dismiss hang_up"),
            (C::Talking, T::Ringing, "hold mute press dismiss hang_up"),
            (C::Held, T::Beside, "mute press swap merge complete dismiss hang_up"),
            (C::Talking, T::Aside, "hold mute press swap merge complete dismiss hang_up"),
            (C::Held, T::Aside, "resume mute swap merge complete dismiss hang_up"),
            (C::Talking, T::Together, "mute press complete dismiss hang_up"),
        ];
        for (customer, third, expected) in table {
            let allowed = situation(customer, third).allowed();
            let words: Vec<_> = allowed
                .iter()
                .map(|act| serde_json::to_value(act).unwrap().as_str().unwrap().to_owned())
                .collect();
            assert_eq!(words.join(" "), expected, "{customer:?}, {third:?}");
        }
    }

    #[test]
    fn a_muted_agent_may_be_heard_again_and_a_colleague_is_not_sent_on() {
        let muted = Situation { muted: true, ..situation(Customer::Talking, Third::None) };
        assert_eq!(muted.why_not(Act::Unmute), None);
        assert!(muted.why_not(Act::Mute).is_some());
        let internal = Situation { internal: true, ..situation(Customer::Talking, Third::None) };
        for act in [Act::Transfer, Act::Consult, Act::Park] {
            assert!(internal.why_not(act).unwrap().contains("no customer"), "{act:?}");
        }
        assert!(internal.why_not(Act::Press).unwrap().contains("takes no keys"));
    }
}
