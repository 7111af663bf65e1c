//! Answers: whether each is one, and the way that they make through a script.

use super::{Answers, Ask, Choice, Page, Question, Script};
use crate::invalid::Invalid;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// The way that answers make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk<'s> {
    /// The pages, in order, as far as the answers lead.
    pub trail: Vec<&'s str>,
    /// What is still to be answered on the last of them.
    pub missing: Vec<Missing<'s>>,
    /// It came to an end.
    pub ended: bool,
}

/// A question that is still to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Missing<'s> {
    /// On which page.
    pub page: &'s str,
    /// Which.
    pub question: &'s Question,
}

impl Script {
    /// The way from the first page; it stops at the first page where something is missing.
    #[must_use]
    pub fn walk(&self, answers: &Answers) -> Walk<'_> {
        let mut walk = Walk { trail: vec![], missing: vec![], ended: false };
        let mut seen = BTreeSet::new();
        let mut next = self.page(&self.start);
        while let Some(page) = next {
            // Whoever is led back to a page answers it again, and otherwise.
            if !seen.insert(page.name.as_str()) {
                return walk;
            }
            walk.trail.push(&page.name);
            let open = page.questions.iter().filter(|one| one.required);
            let open = open.filter(|one| answers.get(&one.name).is_none_or(String::is_empty));
            walk.missing.extend(open.map(|question| Missing { page: &page.name, question }));
            if !walk.missing.is_empty() {
                return walk;
            }
            let Some(name) = page.after(answers) else {
                walk.ended = true;
                return walk;
            };
            next = self.page(name);
        }
        walk
    }

    /// What is wrong with answers, each by its question's name; one that is empty is none.
    #[must_use]
    pub fn answer_faults(&self, answers: &Answers) -> Vec<Invalid> {
        let fault = |(name, answer): (&String, &String)| {
            let Some(question) = self.question(name) else {
                return Some(Invalid::new(name.clone(), "is no question of this script"));
            };
            let wrong = (!answer.is_empty()).then(|| question.judge(answer).err()).flatten()?;
            Some(Invalid::new(name.clone(), wrong))
        };
        answers.iter().filter_map(fault).collect()
    }
}

impl Page {
    /// The page that follows; none ends the script.
    fn after(&self, answers: &Answers) -> Option<&str> {
        let chosen = self.questions.iter().find_map(|question| {
            let Ask::Choice { options } = &question.ask else { return None };
            let answer = answers.get(&question.name)?;
            options.iter().find(|option| option.value == *answer)?.next.as_deref()
        });
        chosen.or((!self.ends).then_some(self.next.as_str()))
    }
}

impl Question {
    /// Whether a text answers it; the error says what would.
    fn judge(&self, answer: &str) -> Result<(), String> {
        let length = answer.chars().count();
        let sound = match &self.ask {
            Ask::Choice { options } => options.iter().any(|option| option.value == answer),
            Ask::Text { length_max, pattern } => {
                let spelt = pattern.as_deref().is_none_or(|pattern| fits(pattern, answer));
                let plain = !answer.chars().any(char::is_control);
                length <= usize::from(*length_max) && plain && spelt
            }
            Ask::Number { low, high } => {
                let scaled = |bound: i64| i128::from(bound) * SCALE;
                let value = decimal(answer);
                value.is_some_and(|value| {
                    low.is_none_or(|low| value >= scaled(low))
                        && high.is_none_or(|high| value <= scaled(high))
                })
            }
            Ask::Date { from, to } => answer.parse::<Date>().is_ok_and(|day| {
                answer.len() == "2026-12-25".len()
                    && from.is_none_or(|from| day >= from)
                    && to.is_none_or(|to| day <= to)
            }),
        };
        if sound { Ok(()) } else { Err(self.wanted()) }
    }

    fn wanted(&self) -> String {
        let between = |low: Option<String>, high: Option<String>| match (low, high) {
            (Some(low), Some(high)) => format!(", {low} to {high}"),
            (Some(low), None) => format!(", {low} or more"),
            (None, Some(high)) => format!(", {high} or less"),
            (None, None) => String::new(),
        };
        let day = |day: &Option<Date>| day.as_ref().map(Date::to_string);
        match &self.ask {
            Ask::Choice { options } => {
                let values: Vec<_> = options.iter().map(|Choice { value, .. }| &**value).collect();
                format!("one of: {}", values.join(", "))
            }
            Ask::Text { pattern: Some(pattern), length_max } => {
                format!("a line of at most {length_max} characters, spelt {pattern}")
            }
            Ask::Text { length_max, .. } => format!("a line of at most {length_max} characters"),
            Ask::Number { low, high } => {
                let bounds = between(low.map(|n| n.to_string()), high.map(|n| n.to_string()));
                format!("a number with at most 4 decimals{bounds}")
            }
            Ask::Date { from, to } => {
                format!("a day such as 2026-12-25{}", between(day(from), day(to)))
            }
        }
    }
}

/// Whether a text is spelt as a pattern shows.
fn fits(pattern: &str, text: &str) -> bool {
    let alike = |(shape, c): (char, char)| match shape {
        '9' => c.is_ascii_digit(),
        'A' => c.is_alphabetic(),
        '?' => c.is_alphanumeric(),
        other => other == c,
    };
    pattern.chars().count() == text.chars().count() && pattern.chars().zip(text.chars()).all(alike)
}

/// A number in ten-thousandths; none where it is none, or has more decimals.
fn decimal(text: &str) -> Option<i128> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |rest| (-1, rest));
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !plain(whole) || !plain(part) || whole.len() > 15 || part.len() > 4 {
        return None;
    }
    let whole: i128 = whole.parse().ok()?;
    let part: i128 = format!("{part:0<4}").parse().ok()?;
    Some(sign * (whole * SCALE + part))
}

const SCALE: i128 = 10_000;
