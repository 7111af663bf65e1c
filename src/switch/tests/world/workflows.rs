//! What workflows ask of the edge.

use routing::workflows::Answer;

use super::World;
use crate::switch::{Asked, Input};

impl World {
    /// The only question that is open.
    pub(in crate::switch::tests) fn asked(&mut self) -> Asked {
        let asked = std::mem::take(&mut self.asked);
        let [asked] = <[Asked; 1]>::try_from(asked).unwrap();
        asked
    }

    /// The edge answers.
    pub(in crate::switch::tests) fn answers(&mut self, asked: &Asked, answer: Answer) {
        self.feed(Input::Answered(asked.call, asked.ticket, answer));
    }
}
