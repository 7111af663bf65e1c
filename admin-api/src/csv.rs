//! CSV as spreadsheets read it (RFC 4180), with no cell that one would run (FAULTS S12).

use axum::body::Bytes;

/// The media type of an answer.
pub(crate) const MEDIA_TYPE: &str = "text/csv; charset=utf-8";

/// One line.
pub(crate) fn row<'t>(cells: impl Iterator<Item = &'t str>) -> Bytes {
    let cells: Vec<_> = cells.map(cell).collect();
    Bytes::from(cells.join(",") + "\r\n")
}

/// RFC 4180 §2, and no formula: our own numbers and signed integers are none.
fn cell(text: &str) -> String {
    let harmless = |rest: &str| rest.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.strip_prefix(['+', '-']).is_some_and(harmless);
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']) && !number;
    let text = if formula { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FAULTS S12.
    #[test]
    fn a_cell_is_quoted_where_it_must_be_and_never_a_formula() {
        for (text, written) in [
            ("plain", "plain"),
            ("+442079460101", "+442079460101"),
            ("-3", "-3"),
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("+1+cmd|' /C calc'!A0", "'+1+cmd|' /C calc'!A0"),
            ("a,b", "\"a,b\""),
            ("=\"x\"", "\"'=\"\"x\"\"\""),
        ] {
            assert_eq!(cell(text), written);
        }
    }
}
