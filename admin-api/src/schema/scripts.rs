//! The shapes of scripts.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::settings::shown;
use super::shapes;
use crate::documents::Stamp;

shapes! {
    /// Pages for an agent to read and to fill in.
    Script {
        /// The name; unique.
        #[schema(min_length = 1, max_length = 128)]
        name: String,
        /// The first page.
        start: String,
        /// In the order that administrators see.
        #[schema(min_items = 1, max_items = 100)]
        pages: Vec<ScriptPage>,
    }
    /// One page of a script.
    ScriptPage {
        /// 1 to 48 of `a-z`, `0-9`, `_` and `-`; unique within the script.
        #[schema(min_length = 1, max_length = 48)]
        name: String,
        /// Its heading, with places.
        #[schema(required = false, max_length = 100)]
        title: String,
        /// What the agent reads, with places such as `{first_name}` and `{field:City}`.
        #[schema(required = false, max_length = 4000)]
        text: String,
        /// What the agent asks.
        #[schema(required = false, max_items = 20)]
        questions: Vec<ScriptQuestion>,
        /// The page that follows, where no choice leads elsewhere.
        #[schema(required = false)]
        next: String,
        /// Nothing follows, where no choice leads elsewhere.
        #[schema(required = false)]
        ends: bool,
    }
    /// A question, and what answers it.
    ScriptQuestion {
        /// 1 to 48 of `a-z`, `0-9` and `_`; unique within the script.
        #[schema(min_length = 1, max_length = 48)]
        name: String,
        /// The words, with places.
        #[schema(min_length = 1, max_length = 300)]
        label: String,
        /// The page is left only when it is answered.
        #[schema(required = false)]
        required: bool,
        /// What answers it.
        ask: ScriptAsk,
    }
    /// One of several answers.
    ScriptChoice {
        /// What is written down; unique within the question.
        #[schema(min_length = 1, max_length = 100)]
        value: String,
        /// The words; those of `value` where it is empty.
        #[schema(required = false, max_length = 100)]
        label: String,
        /// The page that follows it; null is the page's own.
        next: Option<String>,
    }
}

/// What answers a question.
#[derive(Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum ScriptAsk {
    /// One of these.
    Choice {
        /// The answers.
        #[schema(min_items = 1, max_items = 20)]
        options: Vec<ScriptChoice>,
    },
    /// A line of text.
    Text {
        /// Its characters at the most.
        #[schema(required = false, minimum = 1, maximum = 500)]
        length_max: u16,
        /// How it is spelt: `9` is a digit, `A` a letter, `?` either, everything else itself.
        #[schema(max_length = 100)]
        pattern: Option<String>,
    },
    /// A number, with at most four decimals after a point.
    Number {
        /// The least.
        low: Option<i64>,
        /// The most.
        high: Option<i64>,
    },
    /// A day, such as `2026-12-25`.
    Date {
        /// The first.
        #[schema(format = Date)]
        from: Option<String>,
        /// The last.
        #[schema(format = Date)]
        to: Option<String>,
    },
}

shown! {
    ShownScript: Script,
}
