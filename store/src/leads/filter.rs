//! A campaign's filters as SQL that runs on either database.
//!
//! Custom fields rest as one object of JSON, of texts alone and without spaces, so a field with its
//! value is one stretch of that text, and no value can hold such a stretch: its quotes are escaped.

use dialer::campaigns::Filter;
use dialer::campaigns::choice::Column;

use crate::sql;

/// Conditions on the row of `lead` that a statement looks at, each with its `AND`.
pub(super) fn fits(sql: &mut sql::Builder, filters: &[Filter]) {
    for filter in filters {
        sql.push(if filter.exclude { "AND NOT (" } else { "AND (" });
        for (nth, value) in filter.values.iter().enumerate() {
            sql.push(if nth == 0 { "" } else { " OR " });
            let value = wanted(&filter.column, value);
            if let Some(column) = Column::named(&filter.column) {
                sql.push(place_of(column)).push(" = ").push_bind(value);
            } else {
                sql.push("replace(lead.fields, ").push_bind(value).push(", '') <> lead.fields");
            }
        }
        sql.push(") ");
    }
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
        let mut sql = sql::Builder::new("");
        fits(
            &mut sql,
            &[
                filter("product", &["a \"loan\"", "card"], false),
                filter("region", &["US-FL"], true),
            ],
        );
        let expected = "AND (replace(lead.fields, $1, '') <> lead.fields \
                        OR replace(lead.fields, $2, '') <> lead.fields) \
                        AND NOT (coalesce(lead.region, '') = $3) ";
        let expected =
            [expected, r#""product":"a \"loan\"""#, r#""product":"card""#, "US-FL"].join("|");
        assert_eq!(sql.shown().join("|"), expected);
        let mut none = sql::Builder::new("");
        fits(&mut none, &[]);
        assert_eq!(none.shown(), [""]);
    }
}
