//! Scripts: what an agent reads and asks in a conversation, page by page (R78, R112, R113).
//!
//! ```text
//!  start ─▶ page: text, questions ─the choice's next, else the page's─▶ page … ─▶ a page that ends
//! ```
//! A script is kept as JSON; [`Script::faults`] names the page of whatever would leave an agent
//! without a way on. [`Script::walk`] is the way that some answers make through it; an answer that
//! is changed makes another way, and what was said on the first is kept.

mod answers;
mod check;

use crate::ids::ScriptId;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

pub use answers::{Missing, Walk};

/// What was answered, by the question's name.
pub type Answers = BTreeMap<String, String>;

/// Pages for an agent to read and to fill in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// The id that campaigns and queues refer to.
    pub id: ScriptId,
    /// The name that administrators see; unique.
    pub name: String,
    /// The first page, by name.
    pub start: String,
    /// 1 to 100, in the order that administrators see.
    pub pages: Vec<Page>,
}

/// One page of a script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Page {
    /// 1 to 48 of `a-z`, `0-9`, `_` and `-`; unique within the script.
    pub name: String,
    /// Its heading; at most 100 characters.
    #[serde(default)]
    pub title: String,
    /// What the agent reads, with places such as `{first_name}`; at most 4,000 characters.
    #[serde(default)]
    pub text: String,
    /// What the agent asks; at most 20.
    #[serde(default)]
    pub questions: Vec<Question>,
    /// The page that follows, where no choice leads elsewhere.
    #[serde(default)]
    pub next: String,
    /// Nothing follows, where no choice leads elsewhere.
    #[serde(default)]
    pub ends: bool,
}

/// A question, and what answers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// 1 to 48 of `a-z`, `0-9` and `_`; unique within the script.
    pub name: String,
    /// The words; 1 to 300 characters.
    pub label: String,
    /// The page is left only when it is answered.
    #[serde(default)]
    pub required: bool,
    /// What answers it.
    pub ask: Ask,
}

/// What answers a question.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Ask {
    /// One of these.
    Choice {
        /// 1 to 20.
        options: Vec<Choice>,
    },
    /// A line of text.
    Text {
        /// Its characters at the most; 1..=500.
        #[serde(default = "text_max")]
        length_max: u16,
        /// How it is spelt: `9` is a digit, `A` a letter, `?` either, and everything else stands
        /// for itself; none is anyhow.
        #[serde(default)]
        pattern: Option<String>,
    },
    /// A number, with at most four decimals after a point.
    Number {
        /// The least.
        #[serde(default)]
        low: Option<i64>,
        /// The most.
        #[serde(default)]
        high: Option<i64>,
    },
    /// A day.
    Date {
        /// The first.
        #[serde(default)]
        from: Option<Date>,
        /// The last.
        #[serde(default)]
        to: Option<Date>,
    },
}

/// One of several answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// What is written down; 1 to 100 characters, unique within the question.
    pub value: String,
    /// The words; those of `value` where it is empty.
    #[serde(default)]
    pub label: String,
    /// The page that follows it; none is the page's own.
    #[serde(default)]
    pub next: Option<String>,
}

impl Script {
    /// The page of this name.
    #[must_use]
    pub fn page(&self, name: &str) -> Option<&Page> {
        self.pages.iter().find(|page| page.name == name)
    }

    /// The question of this name.
    #[must_use]
    pub fn question(&self, name: &str) -> Option<&Question> {
        self.pages.iter().flat_map(|page| &page.questions).find(|question| question.name == name)
    }
}

impl Page {
    /// Every page that can follow, by the field that names it.
    fn ways(&self) -> Vec<(String, &str)> {
        let chosen = self.questions.iter().enumerate().flat_map(|(q, question)| {
            let options: &[Choice] = match &question.ask {
                Ask::Choice { options } => options,
                _ => &[],
            };
            options.iter().enumerate().filter_map(move |(at, option)| {
                let next = option.next.as_deref()?;
                Some((format!("questions.{q}.ask.options.{at}.next"), next))
            })
        });
        let own = (!self.ends).then(|| ("next".to_owned(), self.next.as_str()));
        chosen.chain(own).collect()
    }
}

fn text_max() -> u16 {
    200
}

#[cfg(test)]
mod tests;
