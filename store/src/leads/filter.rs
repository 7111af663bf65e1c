//! A campaign's filters as SQL that runs on either database.
//!
//! Custom fields rest as one object of JSON, of texts alone and without spaces, so a field with its
//! value is one stretch of that text, and no value can hold such a stretch: its quotes are escaped.

use dialer::campaigns::Filter;
use dialer::campaigns::choice::REGION;

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
            let one = if filter.column == REGION {
                format!("{or}coalesce(lead.region, '') = ${place}")
            } else {
                format!("{or}replace(lead.fields, ${place}, '') <> lead.fields")
            };
            sql.push_str(&one);
        }
        sql.push_str(") ");
    }
    (sql, values)
}

fn wanted(column: &str, value: &str) -> String {
    let json = |text: &str| serde_json::Value::from(text).to_string();
    if column == REGION { value.to_owned() } else { format!("{}:{}", json(column), json(value)) }
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
            &[filter("product", &["a \"loan\"", "card"], false), filter(REGION, &["US-FL"], true)],
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
