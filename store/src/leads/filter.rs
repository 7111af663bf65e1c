//! A campaign's filters as SQL that runs on either database.
//!
//! Custom fields rest as one object of JSON, of texts alone and without spaces, so a field with its
//! value is one stretch of that text, and no value can hold such a stretch: its quotes are escaped.

use dialer::campaigns::Filter;
use dialer::campaigns::choice::Column;

/// Conditions on the row of `lead` that a statement looks at, each with its `AND`, and what they
/// compare with: `$n` for each value from `places + 1` on.
pub(super) fn fits(filters: &[Filter], places: usize) -> (String, Vec<String>) {
    let (mut sql, mut values) = (String::new(), Vec::new());
    for filter in filters {
        sql.push_str(if filter.exclude { "AND NOT (" } else { "AND (" });
        for (nth, value) in filter.values.iter().enumerate() {
            let or = if nth == 0 { "" } else { " OR " };
            values.push(wanted(&filter.column, value));
            let place = places + values.len();
            let one = match Column::named(&filter.column) {
                Some(column) => format!("{or}{} = ${place}", place_of(column)),
                None => format!("{or}replace(lead.fields, ${place}, '') <> lead.fields"),
            };
            sql.push_str(&one);
        }
        sql.push_str(") ");
    }
    (sql, values)
}

fn wanted(column: &str, value: &str) -> String {
    let json = |text: &str| serde_json::Value::from(text).to_string();
    match Column::named(column) {
        Some(_) => value.to_owned(),
        None => format!("{}:{}", json(column), json(value)),
    }
}

/// As a text that is never null, so that its opposite is true where there is no value.
fn place_of(column: Column) -> &'static str {
    match column {
        Column::Region => "coalesce(lead.region, '')",
        Column::Zone => "coalesce(lead.zone, '')",
        Column::Priority => "CAST(lead.priority AS TEXT)",
        Column::Consent => "coalesce(lead.consent_kind, '')",
        Column::Attempts => "CAST(lead.attempts AS TEXT)",
        Column::ExternalId => "coalesce(lead.external_id, '')",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stands_in_no_statement() {
        let filter = |column: &str, values: &[&str], exclude| Filter {
            column: column.to_owned(),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
            exclude,
        };
        let (sql, values) = fits(
            &[
                filter("product", &["a \"loan\"", "card"], false),
                filter("region", &["US-FL"], true),
            ],
            6,
        );
        let expected = "AND (replace(lead.fields, $7, '') <> lead.fields \
                        OR replace(lead.fields, $8, '') <> lead.fields) \
                        AND NOT (coalesce(lead.region, '') = $9) ";
        assert_eq!(sql, expected);
        assert_eq!(values, [r#""product":"a \"loan\"""#, r#""product":"card""#, "US-FL"]);
        assert_eq!(fits(&[], 6), (String::new(), vec![]));
    }
}
