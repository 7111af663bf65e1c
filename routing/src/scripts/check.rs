//! What would leave an agent without a way on, told before a script is saved.
//!
//! Each page leads to pages that are there, each is led to, and from each there is a way to a page
//! that ends. Circles are allowed: an objection leads back to the offer.

use super::{Ask, Page, Question, Script};
use crate::invalid::{self, Invalid};
use crate::placeholders;
use std::collections::BTreeSet;

impl Script {
    /// Everything that is wrong with it; a fault of a page says the page's name.
    #[must_use]
    pub fn faults(&self) -> Vec<Invalid> {
        let mut wrong: Vec<_> = invalid::line("name", &self.name, 128).err().into_iter().collect();
        if self.pages.is_empty() || self.pages.len() > PAGES_MAX {
            wrong.push(Invalid::new("pages", format!("must be 1 to {PAGES_MAX} pages")));
        }
        if self.page(&self.start).is_none() {
            wrong.push(Invalid::new("start", format!("names no page: {:?}", self.start)));
        }
        let (mut pages, mut questions) = (BTreeSet::new(), BTreeSet::new());
        for (at, page) in self.pages.iter().enumerate() {
            let mut own = vec![];
            if !is_name(&page.name, "-") {
                let why = "must be 1 to 48 of a-z, 0-9, _ and -".to_owned();
                own.push(Invalid::new("name", why));
            } else if !pages.insert(page.name.as_str()) {
                own.push(Invalid::new("name", "is the name of another page too"));
            }
            page.check(&mut questions, &mut own);
            self.check_ways(page, &mut own);
            wrong.extend(own.into_iter().map(|fault| of_page(at, page, fault)));
        }
        if wrong.is_empty() {
            wrong.extend(self.unreached());
            wrong.extend(self.endless());
        }
        wrong.truncate(FAULTS_MAX);
        wrong
    }

    fn check_ways(&self, page: &Page, wrong: &mut Vec<Invalid>) {
        for (field, to) in page.ways() {
            if to.is_empty() {
                let why = "is a dead end: name the page that follows, or let this one end";
                wrong.push(Invalid::new(field, why));
            } else if self.page(to).is_none() {
                wrong.push(Invalid::new(field, format!("names no page: {to:?}")));
            }
        }
        if page.ends && !page.next.is_empty() {
            wrong.push(Invalid::new("next", "must be empty where the page ends"));
        }
    }

    /// Pages that no agent comes to.
    fn unreached(&self) -> Vec<Invalid> {
        let mut reached = BTreeSet::new();
        let mut next = vec![self.start.as_str()];
        while let Some(name) = next.pop() {
            if reached.insert(name) {
                let ways = self.page(name).map(Page::ways).unwrap_or_default();
                next.extend(ways.into_iter().map(|(_, to)| to));
            }
        }
        let lost = self.pages.iter().enumerate();
        let lost = lost.filter(|(_, page)| !reached.contains(page.name.as_str()));
        lost.map(|(at, page)| of_page(at, page, Invalid::new("name", "nothing leads here")))
            .collect()
    }

    /// Pages from which no way leads to an end.
    fn endless(&self) -> Vec<Invalid> {
        let mut ending: BTreeSet<&str> = BTreeSet::new();
        loop {
            let more = self.pages.iter().filter(|page| {
                let leads = page.ways().iter().any(|(_, to)| ending.contains(to));
                !ending.contains(page.name.as_str()) && (page.ends || leads)
            });
            let more: Vec<_> = more.map(|page| page.name.as_str()).collect();
            if more.is_empty() {
                break;
            }
            ending.extend(more);
        }
        let lost = self.pages.iter().enumerate();
        let lost = lost.filter(|(_, page)| !ending.contains(page.name.as_str()));
        let why = "is a dead end: no way from here leads to a page that ends";
        lost.map(|(at, page)| of_page(at, page, Invalid::new("next", why))).collect()
    }
}

/// A fault of a page, with its name: its place in the list means nothing to people.
fn of_page(at: usize, page: &Page, fault: Invalid) -> Invalid {
    let Invalid { field, why } = fault.within(format!("pages.{at}"));
    Invalid::new(field, format!("page {:?} {why}", page.name))
}

impl Page {
    /// What a page can tell by itself, and of which question another has the name already.
    fn check<'s>(&'s self, names: &mut BTreeSet<&'s str>, wrong: &mut Vec<Invalid>) {
        wrong.extend(short("title", &self.title, TITLE_MAX));
        if self.text.chars().count() > TEXT_MAX {
            wrong.push(Invalid::new("text", format!("must have at most {TEXT_MAX} characters")));
        }
        for (field, text) in [("title", &self.title), ("text", &self.text)] {
            wrong.extend(placeholders::parts(text).err().map(|why| Invalid::new(field, why)));
        }
        if self.questions.len() > QUESTIONS_MAX {
            let why = format!("must be at most {QUESTIONS_MAX} questions");
            wrong.push(Invalid::new("questions", why));
        }
        for (at, question) in self.questions.iter().enumerate() {
            let mut own = vec![];
            if !names.insert(question.name.as_str()) {
                own.push(Invalid::new("name", "is the name of another question too"));
            }
            question.check(&mut own);
            let within = |fault: Invalid| fault.within(format!("questions.{at}"));
            wrong.extend(own.into_iter().map(within));
        }
    }
}

impl Question {
    fn check(&self, wrong: &mut Vec<Invalid>) {
        if !is_name(&self.name, "") {
            wrong.push(Invalid::new("name", "must be 1 to 48 of a-z, 0-9 and _"));
        }
        wrong.extend(invalid::line("label", &self.label, LABEL_MAX).err());
        wrong.extend(placeholders::parts(&self.label).err().map(|why| Invalid::new("label", why)));
        match &self.ask {
            Ask::Choice { options } => {
                if options.is_empty() || options.len() > OPTIONS_MAX {
                    let why = format!("must be 1 to {OPTIONS_MAX} choices");
                    wrong.push(Invalid::new("ask.options", why));
                }
                let mut seen = BTreeSet::new();
                for (at, option) in options.iter().enumerate() {
                    let value = format!("ask.options.{at}.value");
                    if invalid::line("value", &option.value, VALUE_MAX).is_err() {
                        let why = format!("must be a line of 1 to {VALUE_MAX} characters");
                        wrong.push(Invalid::new(value, why));
                    } else if !seen.insert(option.value.as_str()) {
                        wrong.push(Invalid::new(value, "stands there twice"));
                    }
                    if option.label.chars().count() > VALUE_MAX {
                        let field = format!("ask.options.{at}.label");
                        let why = format!("must have at most {VALUE_MAX} characters");
                        wrong.push(Invalid::new(field, why));
                    }
                }
            }
            Ask::Text { length_max, pattern } => {
                if !(1..=ANSWER_MAX).contains(length_max) {
                    wrong
                        .push(Invalid::new("ask.length_max", format!("must be 1 to {ANSWER_MAX}")));
                }
                let long = |pattern: &String| pattern.is_empty() || pattern.chars().count() > 100;
                if pattern.as_ref().is_some_and(long) {
                    wrong.push(Invalid::new("ask.pattern", "must have 1 to 100 characters"));
                }
            }
            Ask::Number { low, high } => {
                if low.zip(*high).is_some_and(|(low, high)| low > high) {
                    wrong.push(Invalid::new("ask.high", "must not be below the least"));
                }
            }
            Ask::Date { from, to } => {
                if from.zip(*to).is_some_and(|(from, to)| from > to) {
                    wrong.push(Invalid::new("ask.to", "must not be before the first"));
                }
            }
        }
    }
}

fn short(field: &'static str, text: &str, most: usize) -> Option<Invalid> {
    let fits = text.chars().count() <= most && !text.chars().any(char::is_control);
    (!fits).then(|| Invalid::new(field, format!("must be one line of at most {most} characters")))
}

fn is_name(name: &str, also: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    (1..=48).contains(&name.len()) && name.chars().all(|c| fits(c) || also.contains(c))
}

const PAGES_MAX: usize = 100;
const QUESTIONS_MAX: usize = 20;
const OPTIONS_MAX: usize = 20;
const TITLE_MAX: usize = 100;
const TEXT_MAX: usize = 4_000;
const LABEL_MAX: usize = 300;
const VALUE_MAX: usize = 100;
const ANSWER_MAX: u16 = 500;
const FAULTS_MAX: usize = 200;
