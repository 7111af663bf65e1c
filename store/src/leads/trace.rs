//! What the audit log says of a lead that somebody changed.
//!
//! An entry is never changed, and a person may be forgotten (`persons`): so nothing stands in one
//! by which the person could be known, but that it was changed. What the law asks about does: the
//! consent, without where its proof is, and the place that decides the hours.

use dialer::Lead;
use serde_json::{Value, json};

/// A lead before and after a change.
pub(super) fn of_change(before: &Lead, after: &Lead) -> (Value, Value) {
    let mut told = of(after);
    told["changed"] = changed(before, after).into();
    (of(before), told)
}

/// What may be told of a lead.
pub(super) fn of(lead: &Lead) -> Value {
    let consent = lead.consent.as_ref().map(|consent| {
        json!({ "kind": consent.kind, "given_at": consent.given_at, "until": consent.until })
    });
    json!({
        "list": lead.list, "zone": lead.zone, "region": lead.region, "priority": lead.priority,
        "consent": consent,
    })
}

/// What was changed of that by which the person is known.
fn changed(before: &Lead, after: &Lead) -> Vec<&'static str> {
    let source = |lead: &Lead| lead.consent.as_ref().map(|consent| consent.source.clone());
    let parts = [
        ("number", before.number != after.number),
        ("number_kind", before.number_kind != after.number_kind),
        ("other_numbers", before.other_numbers != after.other_numbers),
        ("external_id", before.external_id != after.external_id),
        ("first_name", before.first_name != after.first_name),
        ("last_name", before.last_name != after.last_name),
        ("fields", before.fields != after.fields),
        ("consent.source", source(before) != source(after)),
    ];
    parts.into_iter().filter_map(|(name, differs)| differs.then_some(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{id, number};
    use dialer::{Consent, ConsentKind};
    use jiff::Timestamp;

    #[test]
    fn an_entry_tells_what_changed_and_not_whom_it_is_about() {
        let before = Lead::new(id(1), id(2), number(1));
        let consent = Consent {
            kind: ConsentKind::Written,
            given_at: Timestamp::UNIX_EPOCH,
            until: None,
            source: "signed by Ada".to_owned(),
        };
        let mut after = Lead { number: number(2), first_name: "Ada".to_owned(), ..before.clone() };
        after.consent = Some(consent);
        let (was, is) = of_change(&before, &after);
        assert_eq!((&was["consent"], &is["consent"]["kind"]), (&Value::Null, &json!("written")));
        assert_eq!(is["changed"], json!(["number", "first_name", "consent.source"]));
        let both = format!("{was}{is}");
        for known in ["Ada", &number(1).to_string(), &number(2).to_string()] {
            assert!(!both.contains(known), "{both}");
        }
    }
}
