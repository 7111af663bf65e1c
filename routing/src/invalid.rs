//! Why a setting was refused: the field, and what was expected there.

use std::borrow::Cow;

/// A setting that does not hold, told so that a form can mark the field.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {why}")]
pub struct Invalid {
    /// The field as the API spells it, with its index where it is a list: `campaigns[2].campaign`.
    pub field: Cow<'static, str>,
    /// What was expected, in words.
    pub why: Cow<'static, str>,
}

impl Invalid {
    /// A refusal of `field`.
    pub fn new(field: impl Into<Cow<'static, str>>, why: impl Into<Cow<'static, str>>) -> Self {
        Self { field: field.into(), why: why.into() }
    }

    /// The same refusal, told of a part of `whole`.
    #[must_use]
    pub fn within(self, whole: impl std::fmt::Display) -> Self {
        Self { field: format!("{whole}.{}", self.field).into(), why: self.why }
    }
}

/// Refuses a text that is empty, over `max` characters, or holds a control character.
///
/// Control characters are refused because names travel into SIP display names, where a CR or LF
/// would start a header of the writer's choosing (FAULTS S11).
pub(crate) fn line(field: &'static str, text: &str, max: usize) -> Result<(), Invalid> {
    if text.trim().is_empty() {
        return Err(Invalid::new(field, "must not be empty"));
    }
    if text.chars().count() > max {
        return Err(Invalid::new(field, format!("must be at most {max} characters")));
    }
    if text.chars().any(char::is_control) {
        return Err(Invalid::new(field, "must be one line without control characters"));
    }
    Ok(())
}
