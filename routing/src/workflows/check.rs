//! What would lose a caller in a workflow, told before it is saved.
//!
//! Each step leads to steps that are there, each is led to, and no caller goes round without a
//! say: among the ways that nobody has to press a key for there is no circle. As every step but the
//! last has such a way, whoever presses nothing leaves the workflow in the end, so none is a dead
//! end.

use super::run::FIRST;
use super::{Gather, Step, Workflow};
use crate::invalid::{self, Invalid};
use crate::opening;
use std::collections::BTreeSet;

impl Workflow {
    /// Everything that is wrong with it; a fault of a step is told by its name:
    /// `steps.welcome.then`.
    #[must_use]
    pub fn faults(&self) -> Vec<Invalid> {
        let mut wrong: Vec<_> = invalid::line("name", &self.name, 128).err().into_iter().collect();
        if self.steps.is_empty() || self.steps.len() > STEPS_MAX {
            wrong.push(Invalid::new("steps", format!("must be 1 to {STEPS_MAX} steps")));
        }
        if !self.steps.contains_key(&self.start) {
            wrong.push(Invalid::new("start", format!("names no step: {:?}", self.start)));
        }
        wrong.extend(self.misordered());
        for (name, step) in &self.steps {
            let mut own = vec![];
            if !is_name(name, "-") {
                let why = "must be named by 1 to 48 of a-z, 0-9, _ and -";
                wrong.push(Invalid::new(format!("steps.{name}"), why));
            }
            step.check(&mut own);
            self.check_ways(step, &mut own);
            wrong.extend(own.into_iter().map(|fault| fault.within(format!("steps.{name}"))));
        }
        if wrong.is_empty() {
            wrong.extend(self.unreached());
            wrong.extend(self.circle());
        }
        wrong
    }

    /// Names of the order that are no step, or stand there twice.
    fn misordered(&self) -> Vec<Invalid> {
        let mut seen = BTreeSet::new();
        let names = self.order.iter().enumerate();
        let wrong =
            names.filter(|(_, name)| !self.steps.contains_key(*name) || !seen.insert(*name));
        let fault = |(at, name)| {
            Invalid::new(format!("order.{at}"), format!("must name each step once: {name:?}"))
        };
        wrong.map(fault).take(STEPS_MAX).collect()
    }

    fn check_ways(&self, step: &Step, wrong: &mut Vec<Invalid>) {
        for way in step.ways() {
            if way.to.is_empty() {
                wrong.push(Invalid::new(way.field, "is a dead end: name the step that follows"));
            } else if !self.steps.contains_key(way.to) {
                wrong.push(Invalid::new(way.field, format!("names no step: {:?}", way.to)));
            }
        }
    }

    /// Steps that no caller comes to.
    fn unreached(&self) -> Vec<Invalid> {
        let mut reached = BTreeSet::new();
        let mut next = vec![self.start.as_str()];
        while let Some(name) = next.pop() {
            if reached.insert(name) {
                let ways = self.steps.get(name).map(Step::ways).unwrap_or_default();
                next.extend(ways.into_iter().map(|way| way.to));
            }
        }
        let lost = self.steps.keys().filter(|name| !reached.contains(name.as_str()));
        lost.map(|name| Invalid::new(format!("steps.{name}"), "nothing leads here")).collect()
    }

    /// A circle that a caller goes round who presses nothing.
    fn circle(&self) -> Option<Invalid> {
        let mut seen = BTreeSet::new();
        let found = self.steps.keys().find_map(|name| self.round(name, &mut vec![], &mut seen))?;
        let first = found.first().copied().unwrap_or_default();
        let why = format!("goes round without a key pressed: {}", found.join(" → "));
        Some(Invalid::new(format!("steps.{first}"), why))
    }

    /// Walks on from a step; `path` is how it was come to, `seen` which steps lead out.
    fn round<'w>(
        &'w self,
        name: &'w str,
        path: &mut Vec<&'w str>,
        seen: &mut BTreeSet<&'w str>,
    ) -> Option<Vec<&'w str>> {
        if let Some(begins) = path.iter().position(|step| *step == name) {
            let mut round = path[begins..].to_vec();
            round.push(name);
            return Some(round);
        }
        if seen.contains(name) {
            return None;
        }
        path.push(name);
        let ways = self.steps.get(name)?.ways();
        let mut silent = ways.into_iter().filter(|way| !way.by_keys);
        let found = silent.find_map(|way| self.round(way.to, path, seen));
        path.pop();
        seen.insert(name);
        found
    }
}

impl Step {
    /// What a step can tell by itself.
    fn check(&self, wrong: &mut Vec<Invalid>) {
        match self {
            Self::Play { clip, .. } => wrong.extend(invalid::line("clip", clip, 128).err()),
            Self::Gather(gather) => gather.check(wrong),
            Self::Hours { time_zone, hours, closed_on, .. } => {
                wrong.extend(opening::faults(time_zone, hours, closed_on));
            }
            Self::Branch { value, cases, .. } => {
                wrong.extend(named("value", value));
                if cases.is_empty() || cases.len() > CASES_MAX {
                    wrong.push(Invalid::new("cases", format!("must be 1 to {CASES_MAX}")));
                }
                let long = cases.keys().any(|text| text.chars().count() > TEXT_MAX);
                if long || cases.keys().any(|text| text.contains(['.', '/'])) {
                    let why = format!("must be texts of at most {TEXT_MAX} without . and /");
                    wrong.push(Invalid::new("cases", why));
                }
            }
            Self::Set { value, to, .. } => {
                wrong.extend(settable("value", value));
                wrong.extend(invalid::line("to", to, TEXT_MAX).err());
            }
            Self::Webhook { url, wait_ms, .. } => {
                wrong.extend(web_address(url));
                within("wait_ms", *wait_ms, 100, 10_000, wrong);
            }
            Self::Lookup { .. }
            | Self::DoNotCall { .. }
            | Self::Queue { .. }
            | Self::Agent { .. }
            | Self::Voicemail { .. }
            | Self::Transfer { .. }
            | Self::HangUp => {}
        }
    }
}

impl Gather {
    fn check(&self, wrong: &mut Vec<Invalid>) {
        if let Some(clip) = &self.clip {
            wrong.extend(invalid::line("clip", clip, 128).err());
        }
        within("digits_max", self.digits_max.into(), 1, KEYS_MAX, wrong);
        within("digits_min", self.digits_min.into(), 1, self.digits_max.into(), wrong);
        within("wait_ms", self.wait_ms, 1_000, 60_000, wrong);
        within("tries", self.tries.into(), 1, 10, wrong);
        if self.choices.is_empty() && self.into.is_none() {
            wrong.push(Invalid::new("choices", "must name a choice, or `into` a value"));
        }
        if self.choices.len() > CASES_MAX {
            wrong.push(Invalid::new("choices", format!("must be at most {CASES_MAX}")));
        }
        for keys in self.choices.keys() {
            let possible = !keys.is_empty() && keys.chars().all(is_key);
            if !possible || keys.len() > usize::from(self.digits_max) {
                let why = "must be 0-9 and *, and no more of them than digits_max";
                wrong.push(Invalid::new(format!("choices.{keys}"), why));
            }
        }
        wrong.extend(self.into.as_deref().and_then(|into| settable("into", into)));
    }
}

/// Whether a key can be part of what is collected; `#` ends it.
pub(super) fn is_key(key: char) -> bool {
    key.is_ascii_digit() || key == '*'
}

/// Whether a text can name a value: it travels into JSON, and beside the caller's own words.
pub(super) fn is_value_name(name: &str) -> bool {
    is_name(name, "")
}

/// A value that a step may set.
fn settable(field: &'static str, name: &str) -> Option<Invalid> {
    let kept = || Invalid::new(field, "must not be calling or called, which never change");
    named(field, name).or_else(|| FIRST.contains(&name).then(kept))
}

fn named(field: &'static str, name: &str) -> Option<Invalid> {
    let why = "must be a name of 1 to 48 of a-z, 0-9 and _";
    (!is_value_name(name)).then(|| Invalid::new(field, why))
}

fn is_name(name: &str, also: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    (1..=48).contains(&name.len()) && name.chars().all(|c| fits(c) || also.contains(c))
}

fn within(field: &'static str, value: u32, low: u32, high: u32, wrong: &mut Vec<Invalid>) {
    wrong.extend(crate::queues::within(field, value, low, high).err());
}

/// An address that could be one; whether it may be reached is known when it is asked for.
fn web_address(url: &str) -> Option<Invalid> {
    let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
    let host = rest.map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let plain = url.len() <= URL_MAX && url.bytes().all(|byte| byte.is_ascii_graphic());
    let sound = plain && host.is_some_and(|host| !host.is_empty() && !host.contains('@'));
    let why = "must be https://host/…, of ASCII and without a user name";
    (!sound).then(|| Invalid::new("url", why))
}

const STEPS_MAX: usize = 200;
const CASES_MAX: usize = 50;
const KEYS_MAX: u32 = 32;
const URL_MAX: usize = 2_048;

/// Characters of a value.
pub(super) const TEXT_MAX: usize = 256;
