//! Telephone numbers as people write them, brought to E.164.

use super::ImportError;
use phonenumber::country::Id;
use routing::Number;

/// The region of an ISO 3166 code.
pub(crate) fn region(code: &str) -> Result<Id, ImportError> {
    code.parse().map_err(|_| ImportError::Region { found: code.to_owned() })
}

/// Brings a number to E.164 by the rules of `region`, or says what was expected.
pub(crate) fn parse_number(cell: &str, region: Id) -> Result<Number, String> {
    if cell.is_empty() {
        return Err("a telephone number".to_owned());
    }
    // What is E.164 already needs no look into how a country writes its numbers.
    if let Some(number) = cell.parse::<Number>().ok().filter(|number| has_possible_length(*number))
    {
        return Ok(number);
    }
    let shape = || format!("a telephone number, international with + or national of {region:?}");
    let parsed = phonenumber::parse(Some(region), cell).map_err(|_| shape())?;
    if parsed.extension().is_some() {
        return Err("a telephone number without an extension".to_owned());
    }
    let e164 = parsed.format().mode(phonenumber::Mode::E164).to_string();
    let code = parsed.code().value();
    let national = e164.len().saturating_sub(1 + code.to_string().len());
    if !is_possible(code, national) {
        return Err(format!("as many digits as numbers of +{code} have"));
    }
    e164.parse().map_err(|_| shape())
}

/// Whether a number in E.164 is as long as those of its country.
fn has_possible_length(number: Number) -> bool {
    let digits = number.digits();
    (1..=3).any(|length| {
        let code = digits.get(..length).and_then(|code| code.parse().ok());
        code.is_some_and(|code| is_possible(code, digits.len() - length))
    })
}

/// Whether some country with this code has numbers of that many digits.
///
/// `phonenumber::is_valid` also asks whether the range is assigned, and so refuses the numbers
/// that are reserved for fiction.
fn is_possible(code: u16, digits: usize) -> bool {
    let regions = phonenumber::metadata::DATABASE.by_code(&code).unwrap_or_default();
    let kinds = regions.iter().flat_map(|region| {
        let descriptors = region.descriptors();
        KINDS.iter().filter_map(|kind| descriptors.get(*kind))
    });
    { kinds }.any(|kind| kind.possible_length().iter().any(|n| usize::from(*n) == digits))
}

/// The kinds of line that a person may have.
const KINDS: [phonenumber::Type; 7] = [
    phonenumber::Type::FixedLine,
    phonenumber::Type::Mobile,
    phonenumber::Type::Voip,
    phonenumber::Type::PersonalNumber,
    phonenumber::Type::TollFree,
    phonenumber::Type::SharedCost,
    phonenumber::Type::Uan,
];
