//! Typed input: bodies, paths and queries that are either what the handler asked for or a
//! [`Problem`] that names the field. Nothing here answers in plain text.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Query, RawPathParams, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use serde::de::DeserializeOwned;
use serde_json::Value;
use uuid::Uuid;

use crate::problem::{FieldError, Kind, Problem};

/// A JSON body of type `T`.
///
/// 400 it is not JSON; 413 it is too large; 415 it is not sent as JSON; 422 a field is wrong.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Body<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        parse(&json_bytes(request, state).await?).map(Self)
    }
}

/// A JSON body that may be left out, which is the same as `{}`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Maybe<T>(pub(crate) T);

impl<T: DeserializeOwned + Default, S: Send + Sync> FromRequest<S> for Maybe<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if request.headers().contains_key(header::CONTENT_TYPE) {
            return parse(&json_bytes(request, state).await?).map(Self);
        }
        let bytes = received(request, state).await?;
        if bytes.is_empty() { Ok(Self(T::default())) } else { Err(not_sent_as_json("none")) }
    }
}

/// The body of a request that says that it is JSON.
pub(crate) async fn json_bytes<S: Send + Sync>(
    request: Request,
    state: &S,
) -> Result<Bytes, Problem> {
    if !is_json(request.headers()) {
        return Err(not_sent_as_json(media_type(request.headers()).unwrap_or("none")));
    }
    received(request, state).await
}

async fn received<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    let arrived = tokio::time::timeout(PATIENCE, Bytes::from_request(request, state)).await;
    arrived.map_err(|_| Problem::new(Kind::Timeout, ""))?.map_err(unread)
}

fn not_sent_as_json(got: &str) -> Problem {
    Problem::new(Kind::MediaType, "").with_errors(vec![FieldError {
        field: "Content-Type".to_owned(),
        expected: "application/json".to_owned(),
        got: Some(shorten(got)),
    }])
}

/// A body of this size is slower than any network (FAULTS F23).
const PATIENCE: Duration = Duration::from_secs(30);

/// The body could not be received: too large, or the client went away.
#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn unread(rejection: BytesRejection) -> Problem {
    let status = rejection.status();
    if status == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        Problem::new(Kind::TooLarge, "send less, or use an upload where there is one")
    } else {
        Problem::new(Kind::Malformed, "the body ended too early")
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let is = |text: &str| {
        text.eq_ignore_ascii_case("application/json")
            || text.to_ascii_lowercase().ends_with("+json")
    };
    media_type(headers).is_some_and(is)
}

/// The media type without its parameters.
pub(crate) fn media_type(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or(value).trim())
}

pub(crate) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    // serde would also take an array for an object, its fields in the order of the source.
    if bytes.trim_ascii_start().first().is_some_and(|first| *first != b'{') {
        serde_json::from_slice::<Value>(bytes).map_err(|error| not_json(&error))?;
        return Err(Problem::field("", "an object"));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let read = serde_path_to_error::deserialize(&mut json);
    match read {
        Ok(value) => match json.end() {
            Ok(()) => Ok(value),
            Err(error) => Err(not_json(&error)),
        },
        Err(error) => {
            let pointer = pointer(error.path());
            let cause = error.into_inner();
            if cause.is_data() {
                Err(wrong_field(bytes, pointer, &cause))
            } else {
                Err(not_json(&cause))
            }
        }
    }
}

fn not_json(error: &serde_json::Error) -> Problem {
    let place = format!("line {} column {}", error.line(), error.column());
    Problem::new(Kind::Malformed, format!("the body is not JSON: {}", without_place(error)))
        .with_errors(vec![FieldError::new(place, "JSON (RFC 8259)")])
}

fn wrong_field(bytes: &[u8], mut pointer: String, error: &serde_json::Error) -> Problem {
    let text = without_place(error);
    // serde tells of a missing or an unknown field at the object that lacks or holds it.
    let named = |lead: &str| {
        let rest = text.strip_prefix(lead)?;
        Some(rest.split('`').next().unwrap_or_default().to_owned())
    };
    let expected = if let Some(name) = named("missing field `") {
        pointer = format!("{pointer}/{}", escape(&name));
        "a value: this field is required".to_owned()
    } else if let Some(name) = named("unknown field `") {
        if !pointer.ends_with(&format!("/{}", escape(&name))) {
            pointer = format!("{pointer}/{}", escape(&name));
        }
        let known = text.split_once(", ").map_or("no fields at all", |(_, known)| known);
        format!("no such field; {known}").replace("expected ", "known here: ")
    } else {
        expectation(&text)
    };
    let got = got_at(bytes, &pointer);
    Problem::fields(vec![FieldError { field: pointer, expected, got }])
}

/// "invalid type: integer `5`, expected a string" expects "a string".
fn expectation(text: &str) -> String {
    text.rsplit_once(", expected ").map_or(text, |(_, expected)| expected).to_owned()
}

/// `serde_json` ends its messages with " at line 1 column 9".
fn without_place(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(end) => text[..end].to_owned(),
        None => text,
    }
}

/// What stands at the pointer, shortened; nothing where it may be a secret.
fn got_at(bytes: &[u8], pointer: &str) -> Option<String> {
    let lower = pointer.to_ascii_lowercase();
    if ["password", "secret", "token"].iter().any(|word| lower.contains(word)) {
        return None;
    }
    let body: Value = serde_json::from_slice(bytes).ok()?;
    match body.pointer(pointer)? {
        // A whole object in which something is wrong would repeat its secrets too.
        Value::Object(_) => Some("an object".to_owned()),
        Value::Array(_) => Some("an array".to_owned()),
        Value::String(text) => Some(shorten(text)),
        other => Some(shorten(&other.to_string())),
    }
}

/// A JSON Pointer (RFC 6901) of the path that serde walked.
fn pointer(path: &serde_path_to_error::Path) -> String {
    use serde_path_to_error::Segment;
    let mut pointer = String::new();
    for segment in path {
        match segment {
            Segment::Seq { index } => {
                pointer.push('/');
                pointer.push_str(&index.to_string());
            }
            Segment::Map { key } => {
                pointer.push('/');
                pointer.push_str(&escape(key));
            }
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    pointer
}

/// RFC 6901 §3.
pub(crate) fn escape(key: &str) -> String {
    shorten(key).replace('~', "~0").replace('/', "~1")
}

/// A field as the domain spells it, `campaigns[2].campaign`, as a JSON Pointer.
pub(crate) fn pointer_of(field: &str) -> String {
    let mut pointer = String::from("/");
    for c in field.chars() {
        match c {
            '.' | '[' => pointer.push('/'),
            ']' => {}
            '/' => pointer.push_str("~1"),
            '~' => pointer.push_str("~0"),
            other => pointer.push(other),
        }
    }
    pointer
}

/// Enough of a hostile text to recognise it.
pub(crate) fn shorten(text: &str) -> String {
    let mut short: String = text.chars().filter(|c| !c.is_control()).take(SHOWN).collect();
    if text.chars().nth(SHOWN).is_some() {
        short.push('…');
    }
    short
}

const SHOWN: usize = 64;

/// An id in the path, `{id}`; one that is no UUID names nothing, so it is 404.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Id<T>(pub(crate) T);

impl<T: From<Uuid>, S: Send + Sync> FromRequestParts<S> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let named = RawPathParams::from_request_parts(parts, state).await.ok();
        let text = named
            .as_ref()
            .and_then(|named| named.iter().find(|(name, _)| *name == "id").map(|(_, value)| value));
        let id = text.and_then(|text| text.parse::<Uuid>().ok());
        id.map(|id| Self(id.into())).ok_or_else(|| {
            Problem::new(Kind::NotFound, "the path names nothing").with_errors(vec![FieldError {
                field: "id".to_owned(),
                expected: "a UUID".to_owned(),
                got: text.map(shorten),
            }])
        })
    }
}

/// The query string as `T`; 400 names the parameter.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Params<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Params<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Query::<T>::try_from_uri(&parts.uri).map(|Query(value)| Self(value)).map_err(|rejection| {
            let text = rejection.body_text();
            let text = text.strip_prefix("Failed to deserialize query string: ").unwrap_or(&text);
            let (field, expected) = match text.split_once(": ") {
                Some((field, why)) if !field.contains(' ') => (field.to_owned(), expectation(why)),
                _ => match text.split('`').nth(1) {
                    Some(name) => (name.to_owned(), text.to_owned()),
                    None => ("query".to_owned(), text.to_owned()),
                },
            };
            Problem::new(Kind::Malformed, "a parameter of the query cannot be read")
                .with_errors(vec![FieldError { field: shorten(&field), expected, got: None }])
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read by serde")]
    struct Outer {
        name: String,
        inner: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only read by serde")]
    struct Inner {
        number: routing::Number,
        #[serde(default)]
        password: u8,
    }

    fn errors(json: &str) -> serde_json::Value {
        let problem = parse::<Outer>(json.as_bytes()).unwrap_err();
        serde_json::to_value(problem).unwrap()
    }

    fn first(json: &str) -> (String, String, Option<String>) {
        let problem = errors(json);
        let error = &problem["errors"][0];
        let text = |key: &str| error[key].as_str().map(str::to_owned);
        (text("field").unwrap(), text("expected").unwrap(), text("got"))
    }

    #[test]
    fn a_wrong_type_is_named_by_its_pointer() {
        let (field, expected, got) = first(r#"{"name":5,"inner":[]}"#);
        assert_eq!((field.as_str(), expected.as_str()), ("/name", "a string"));
        assert_eq!(got.as_deref(), Some("5"));
    }

    #[test]
    fn a_value_that_does_not_parse_is_named_inside_its_list() {
        let (field, expected, got) = first(r#"{"name":"a","inner":[{"number":"12"}]}"#);
        assert_eq!(field, "/inner/0/number");
        assert!(expected.contains("E.164"), "{expected}");
        assert_eq!(got.as_deref(), Some("12"));
    }

    #[test]
    fn a_missing_and_an_unknown_field_are_named() {
        let (field, expected, got) = first(r#"{"inner":[]}"#);
        assert_eq!((field.as_str(), got), ("/name", None));
        assert!(expected.contains("required"));
        let (field, expected, _) = first(r#"{"name":"a","inner":[],"nmae":1}"#);
        assert_eq!(field, "/nmae");
        assert!(expected.contains("`name`"), "{expected}");
    }

    /// FAULTS S23: a refused password is not echoed.
    #[test]
    fn the_value_of_a_secret_field_is_never_repeated() {
        let json = r#"{"name":"a","inner":[{"number":"+15550100123","password":"hunter2"}]}"#;
        let problem = errors(json).to_string();
        assert!(problem.contains("/inner/0/password"), "{problem}");
        // serde itself quotes the value, which is why its words are cut.
        assert!(!problem.contains("hunter2"), "{problem}");
    }

    #[test]
    fn text_that_is_not_json_is_400_with_its_place() {
        for json in ["", "{", "{\"name\": }", "nope", "{} {}", "[1,"] {
            let problem = errors(json);
            let expected = if json == "{} {}" { 422 } else { 400 };
            assert_eq!(problem["status"], expected, "{json:?}");
        }
    }

    /// RFC 6901 §3.
    #[test]
    fn pointers_escape_slashes_and_tildes() {
        assert_eq!(pointer_of("campaigns[2].campaign"), "/campaigns/2/campaign");
        assert_eq!(pointer_of("fields.a/b"), "/fields/a~1b");
    }
}
