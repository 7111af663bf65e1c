//! Canonical JSON, the part of RFC 8785 that evidence needs: keys in order, no white space,
//! integers only. The same evidence gives the same bytes in every build, whatever order a map or
//! a struct was written in.

use serde_json::Value;

/// Appends `value` to `out` in its one canonical form.
pub(super) fn write(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (index, item) in items.iter().enumerate() {
                separate(index, out);
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(key, _)| *key);
            out.push('{');
            for (index, (key, member)) in members.into_iter().enumerate() {
                separate(index, out);
                write_string(key, out);
                out.push(':');
                write(member, out);
            }
            out.push('}');
        }
        Value::String(text) => write_string(text, out),
        // Evidence holds integers only, so `Display` is their canonical form (§3.2.2.3).
        Value::Null | Value::Bool(_) | Value::Number(_) => out.push_str(&value.to_string()),
    }
}

fn separate(index: usize, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
}

/// RFC 8785 §3.2.2.2 escapes exactly what `serde_json` does.
fn write_string(text: &str, out: &mut String) {
    out.push_str(&Value::from(text).to_string());
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// RFC 8785 §3.2.3: members are sorted, at every depth, and nothing separates tokens.
    #[test]
    fn members_are_sorted_and_nothing_is_padded() {
        let mut out = String::new();
        write(&json!({"b": [1, {"z": null, "a": true}], "a": "x\n\"é"}), &mut out);
        assert_eq!(out, r#"{"a":"x\n\"é","b":[1,{"a":true,"z":null}]}"#);
    }
}
