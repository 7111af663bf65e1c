//! Dispositions: what an agent declares about a conversation, and what follows for the lead.

use super::{in_range, saturating};
use jiff::{SignedDuration, Timestamp};
use routing::Invalid;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

use crate::campaign::Recycle;
use crate::leads::LeadStatus;
use crate::outcomes::Outcome;

/// One choice at the end of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Disposition {
    /// Its key in reports, 1..=32 of `A-Z a-z 0-9 _ -`, unique within the campaign.
    pub code: String,
    /// What the desk shows, 1..=60 characters.
    pub label: String,
    /// What it stands for.
    #[serde(default)]
    pub flags: DispositionFlags,
    /// The key that chooses it on the desk, one of `1-9 a-z`.
    #[serde(default)]
    pub hot_key: Option<char>,
    /// Whether the agent must write a note with it.
    #[serde(default)]
    pub note_required: bool,
    /// Whether the script must have come to its end before it may be chosen.
    #[serde(default)]
    pub form_required: bool,
    /// Dials the lead again after this many seconds, 60..=31,536,000; none means it is done.
    #[serde(default)]
    pub recycle_after_s: Option<u32>,
}

impl Disposition {
    /// What becomes of a lead with this disposition.
    ///
    /// `callback_at` is the time the agent promised, where the flag asks for one. It outranks the
    /// recycling delay; a wish not to be called outranks both.
    #[must_use]
    pub fn recycle(&self, now: Timestamp, callback_at: Option<Timestamp>) -> Recycle {
        let again = self.recycle_after_s.map(|delay| {
            now.saturating_add(SignedDuration::from_secs(delay.into())).unwrap_or(Timestamp::MAX)
        });
        let (status, next_due_at) = match (self.flags.dnc, callback_at, again) {
            (true, _, _) => (LeadStatus::DoNotCall, None),
            (false, Some(at), _) if self.flags.callback => (LeadStatus::Callback, Some(at)),
            (false, _, Some(at)) => (LeadStatus::Due, Some(at)),
            (false, _, None) => (LeadStatus::Done, None),
        };
        Recycle { status, next_due_at, outcome: Outcome::Connected, number: None }
    }
}

/// What a disposition stands for in reports and rules.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "five independent marks, as reports have them")]
pub struct DispositionFlags {
    /// The campaign's aim was reached.
    #[serde(default)]
    pub success: bool,
    /// The right person was spoken to.
    #[serde(default)]
    pub contact: bool,
    /// A time was promised.
    #[serde(default)]
    pub callback: bool,
    /// They asked not to be called; the number goes on the organisation's list.
    #[serde(default)]
    pub dnc: bool,
    /// The agent met a machine and no person: counted by the regulator's sum, and the truth that
    /// the detector's verdicts are held against.
    #[serde(default)]
    pub machine: bool,
}

/// The set that a new campaign starts with.
#[must_use]
pub fn standard() -> Vec<Disposition> {
    let row = |code: &str, label: &str, hot_key: char, flags: DispositionFlags| Disposition {
        code: code.to_owned(),
        label: label.to_owned(),
        flags,
        hot_key: Some(hot_key),
        note_required: false,
        form_required: false,
        recycle_after_s: None,
    };
    let contact = DispositionFlags { contact: true, ..DispositionFlags::default() };
    let met = DispositionFlags { machine: true, ..DispositionFlags::default() };
    let machine = row("machine", "Answering machine", '5', met);
    vec![
        row("sale", "Sale", '1', DispositionFlags { success: true, ..contact }),
        row("not_interested", "Not interested", '2', contact),
        row("callback", "Call back", '3', DispositionFlags { callback: true, ..contact }),
        row("do_not_call", "Do not call again", '4', DispositionFlags { dnc: true, ..contact }),
        Disposition { recycle_after_s: Some(4 * 3_600), ..machine },
        row("wrong_person", "Wrong person", '6', DispositionFlags::default()),
    ]
}

pub(super) fn validate(dispositions: &[Disposition], wrong: &mut Vec<Invalid>) {
    in_range(wrong, "dispositions", saturating(dispositions.len()), 1, MAX_DISPOSITIONS);
    let mut codes = BTreeSet::new();
    let mut keys = BTreeSet::new();
    for (index, row) in dispositions.iter().enumerate() {
        let mut expect = |field: &str, ok: bool, why: &'static str| {
            if !ok {
                wrong.push(Invalid::new(format!("dispositions[{index}].{field}"), why));
            }
        };
        let is_code = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
        let well_formed = (1..=32).contains(&row.code.len()) && row.code.bytes().all(is_code);
        expect("code", well_formed, "must be 1 to 32 of A-Z a-z 0-9 _ -");
        expect("code", codes.insert(&row.code), "must be a code that no other disposition has");
        let label = row.label.trim().chars().count();
        expect("label", (1..=60).contains(&label), "must be 1 to 60 characters");
        if let Some(key) = row.hot_key {
            let ok = matches!(key, '1'..='9' | 'a'..='z');
            expect("hot_key", ok, "must be one of 1-9 a-z");
            expect("hot_key", keys.insert(key), "must be a key that no other disposition has");
        }
        if let Some(delay) = row.recycle_after_s {
            expect("recycle_after_s", (60..=31_536_000).contains(&delay), "must be 60 to 31536000");
        }
    }
}

/// Most dispositions in one campaign.
const MAX_DISPOSITIONS: u32 = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures::{NOON, at};

    fn fields(change: impl Fn(&mut Vec<Disposition>)) -> Vec<String> {
        let (mut rows, mut wrong) = (standard(), Vec::new());
        change(&mut rows);
        validate(&rows, &mut wrong);
        wrong.into_iter().map(|invalid| invalid.field.into_owned()).collect()
    }

    #[test]
    fn a_wrong_disposition_names_its_row_and_field() {
        assert_eq!(fields(|_| {}), [""; 0]);
        assert_eq!(fields(Vec::clear), ["dispositions"]);
        assert_eq!(fields(|rows| rows[1].code = "no way".to_owned()), ["dispositions[1].code"]);
        assert_eq!(fields(|rows| rows[2].code = "sale".to_owned()), ["dispositions[2].code"]);
        assert_eq!(fields(|rows| rows[3].label = " ".to_owned()), ["dispositions[3].label"]);
        assert_eq!(fields(|rows| rows[4].hot_key = Some('0')), ["dispositions[4].hot_key"]);
        assert_eq!(fields(|rows| rows[5].hot_key = Some('1')), ["dispositions[5].hot_key"]);
        let short = fields(|rows| rows[0].recycle_after_s = Some(59));
        assert_eq!(short, ["dispositions[0].recycle_after_s"]);
    }

    /// What a person wishes outranks what was promised, and that outranks the rule.
    #[test]
    fn a_wish_not_to_be_called_outranks_a_callback_and_that_the_recycling_delay() {
        let promised = Some(at("2026-02-01T10:00:00Z"));
        let flags = |callback, dnc| DispositionFlags { callback, dnc, ..Default::default() };
        let row = |flags, recycle_after_s| Disposition {
            flags,
            recycle_after_s,
            ..standard().swap_remove(0)
        };
        let after = |flags, delay, promised| {
            let recycle = row(flags, delay).recycle(at(NOON), promised);
            (recycle.status, recycle.next_due_at)
        };
        let hour = Some(at("2026-01-15T18:00:00Z"));
        assert_eq!(after(flags(true, true), Some(60), promised), (LeadStatus::DoNotCall, None));
        assert_eq!(after(flags(true, false), Some(60), promised), (LeadStatus::Callback, promised));
        assert_eq!(after(flags(false, false), Some(3_600), promised), (LeadStatus::Due, hour));
        assert_eq!(after(flags(true, false), Some(3_600), None), (LeadStatus::Due, hour));
        assert_eq!(after(flags(true, false), None, None), (LeadStatus::Done, None));
    }
}
