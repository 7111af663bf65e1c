//! What a client sees when something did not work: RFC 9457, `application/problem+json`.
//!
//! Every refusal of this crate is one of these, also those that axum would have written as plain
//! text. A problem names the field (a JSON Pointer, RFC 6901), what was expected there and what
//! was got; it never holds a secret, nor what went wrong inside: that is logged where it is made.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::extract::pointer_of;

/// A refusal, as RFC 9457 §3 spells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Problem {
    /// What kind of problem it is: the same URI for the same cause.
    #[serde(rename = "type")]
    kind: String,
    /// The kind in words; the same words for the same `type`.
    title: &'static str,
    /// The HTTP status, for readers who only have the body.
    #[schema(minimum = 400, maximum = 599)]
    status: u16,
    /// This occurrence in words.
    #[serde(skip_serializing_if = "String::is_empty")]
    detail: String,
    /// The fields at fault; all that could be found, not the first alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldError>,
    /// Seconds after which to try again; also in the `Retry-After` header.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after_s: Option<u64>,
    /// The version that the resource is at, when the one that was sent is too old.
    #[serde(skip_serializing_if = "Option::is_none")]
    current: Option<u64>,
    /// The next moment at which somebody may be called, where one was asked for at which they may
    /// not.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    open_at: Option<Timestamp>,
    /// Who refers to what was to be deleted; at most a hundred.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    references: Vec<Reference>,
    #[serde(skip)]
    headers: Vec<(header::HeaderName, HeaderValue)>,
}

/// One field at fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldError {
    /// Where it is: a JSON Pointer into the body, or the name of a parameter.
    pub field: String,
    /// What belongs there.
    pub expected: String,
    /// What was there instead, shortened; absent where it was missing or may be secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub got: Option<String>,
}

impl FieldError {
    /// A field at fault whose value is not repeated.
    pub fn new(field: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { field: field.into(), expected: expected.into(), got: None }
    }
}

/// Something that refers to what was to be deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reference {
    /// What kind of setting it is.
    pub resource: String,
    /// Its id; all zeros for the organisation.
    pub id: uuid::Uuid,
    /// The field that refers, as a JSON Pointer.
    pub field: String,
}

/// The kinds of problem. A client may branch on these; their words are for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Malformed,
    Timeout,
    MediaType,
    TooLarge,
    Invalid,
    NotSignedIn,
    WrongCredentials,
    CodeNeeded,
    WrongCode,
    NotAdmitted,
    SignInAgain,
    Forgery,
    Forbidden,
    PasswordChange,
    TotpSetup,
    NotFound,
    LinkOver,
    SignInOver,
    Method,
    Taken,
    Referenced,
    Stale,
    VersionMissing,
    Refused,
    NoMail,
    NoProvider,
    TooMany,
    Busy,
    DatabaseAway,
    SignInService,
    Internal,
}

impl Kind {
    fn facts(self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Self::Malformed => (S::BAD_REQUEST, "malformed", "The request cannot be read"),
            Self::Timeout => (S::REQUEST_TIMEOUT, "timeout", "The body took too long to arrive"),
            Self::MediaType => {
                (S::UNSUPPORTED_MEDIA_TYPE, "media-type", "The body is of the wrong media type")
            }
            Self::TooLarge => (S::PAYLOAD_TOO_LARGE, "too-large", "The body is too large"),
            Self::Invalid => (S::UNPROCESSABLE_ENTITY, "invalid", "A field is not acceptable"),
            Self::NotSignedIn => (S::UNAUTHORIZED, "not-signed-in", "Sign in first"),
            Self::WrongCredentials => {
                (S::UNAUTHORIZED, "wrong-credentials", "The user name or the password is wrong")
            }
            Self::CodeNeeded => {
                (S::UNAUTHORIZED, "code-needed", "A code of your authenticator app is needed")
            }
            Self::WrongCode => {
                (S::UNAUTHORIZED, "wrong-code", "The code is wrong, or was used before")
            }
            Self::NotAdmitted => {
                (S::UNAUTHORIZED, "not-admitted", "Nobody here signs in with that account")
            }
            Self::SignInAgain => {
                (S::FORBIDDEN, "sign-in-again", "Sign in again first: your sign-in is too old")
            }
            Self::Forgery => {
                (S::FORBIDDEN, "forgery", "The request does not prove that it comes from our page")
            }
            Self::Forbidden => (S::FORBIDDEN, "forbidden", "Your role does not allow this"),
            Self::PasswordChange => {
                (S::FORBIDDEN, "password-change", "Your password must be changed first")
            }
            Self::TotpSetup => {
                (S::FORBIDDEN, "totp-setup", "An authenticator app must be set up first")
            }
            Self::NotFound => (S::NOT_FOUND, "not-found", "There is nothing here"),
            Self::LinkOver => {
                (S::GONE, "link-over", "The link is over: it was used, or is too old")
            }
            Self::SignInOver => {
                (S::GONE, "sign-in-over", "The sign-in took too long, or began elsewhere")
            }
            Self::Method => (S::METHOD_NOT_ALLOWED, "method", "This resource has no such method"),
            Self::Taken => (S::CONFLICT, "taken", "The value belongs to another"),
            Self::Referenced => (S::CONFLICT, "referenced", "Others still refer to it"),
            Self::Stale => (S::PRECONDITION_FAILED, "stale", "It has changed since you read it"),
            Self::VersionMissing => {
                (S::PRECONDITION_REQUIRED, "version-missing", "Say which version you are changing")
            }
            Self::Refused => (S::CONFLICT, "refused", "The switch does not allow this now"),
            Self::NoMail => (S::CONFLICT, "no-mail", "No e-mail can be sent from here"),
            Self::NoProvider => (S::CONFLICT, "no-provider", "Nobody signs in that way here"),
            Self::TooMany => (S::TOO_MANY_REQUESTS, "too-many", "Too many tries"),
            Self::Busy => (S::SERVICE_UNAVAILABLE, "busy", "The switch is busy"),
            Self::DatabaseAway => {
                (S::SERVICE_UNAVAILABLE, "database-away", "The database does not answer")
            }
            Self::SignInService => (
                S::SERVICE_UNAVAILABLE,
                "sign-in-service",
                "The sign-in service does not answer as it should",
            ),
            Self::Internal => (S::INTERNAL_SERVER_ERROR, "internal", "Something failed here"),
        }
    }
}

impl Problem {
    pub(crate) fn new(kind: Kind, detail: impl Into<String>) -> Self {
        let (status, name, title) = kind.facts();
        Self {
            kind: format!("urn:cordboard:problem:{name}"),
            title,
            status: status.as_u16(),
            detail: detail.into(),
            errors: Vec::new(),
            retry_after_s: None,
            current: None,
            open_at: None,
            references: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// 422 with one field at fault.
    pub(crate) fn field(field: impl Into<String>, expected: impl Into<String>) -> Self {
        Self::fields(vec![FieldError::new(field, expected)])
    }

    /// 422 with every field at fault.
    pub(crate) fn fields(errors: Vec<FieldError>) -> Self {
        Self { errors, ..Self::new(Kind::Invalid, "") }
    }

    /// 404, also for what exists and is not the caller's to see (FAULTS S13).
    pub(crate) fn not_found(what: &str) -> Self {
        Self::new(Kind::NotFound, format!("there is no such {what}"))
    }

    /// 500; `cause` goes to the log and not to the client.
    pub(crate) fn internal(cause: impl std::fmt::Display) -> Self {
        tracing::error!(%cause, "a request failed inside");
        Self::new(Kind::Internal, "the cause is in the log of the server")
    }

    pub(crate) fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    pub(crate) fn at_version(mut self, current: u64) -> Self {
        self.current = Some(current);
        self
    }

    pub(crate) fn open_at(mut self, next: Option<Timestamp>) -> Self {
        self.open_at = next;
        self
    }

    pub(crate) fn with_errors(mut self, errors: Vec<FieldError>) -> Self {
        self.errors = errors;
        self
    }

    pub(crate) fn with_references(mut self, references: Vec<Reference>) -> Self {
        self.references = references;
        self
    }

    pub(crate) fn with_header(mut self, name: header::HeaderName, value: HeaderValue) -> Self {
        self.headers.push((name, value));
        self
    }

    /// The HTTP status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        use store::Error as E;
        match error {
            E::Taken(field) => Self::new(Kind::Taken, "")
                .with_errors(vec![FieldError::new(pointer_of(field), "a value that no other has")]),
            E::NotFound(what) => Self::not_found(what),
            E::Unknown(field) => Self::field(pointer_of(&field), "the id of one that exists"),
            E::Referenced { by } => {
                Self::new(Kind::Referenced, format!("it is still used by {by}"))
            }
            E::Stale { current } => Self::new(Kind::Stale, "").at_version(current),
            E::Full { .. } | E::Empty(_) | E::Held | E::Live => {
                Self::new(Kind::Refused, error.to_string())
            }
            E::Cursor => Self::new(Kind::Malformed, "")
                .with_errors(vec![FieldError::new("after", "the next of a page of this list")]),
            E::Busy => Self::new(Kind::Busy, error.to_string()).retry_after(5),
            E::Away(_) => {
                tracing::warn!(%error, "a request met no database");
                Self::new(Kind::DatabaseAway, "calls go on; try again").retry_after(5)
            }
            E::Unreadable { .. } | E::Migration(_) | E::NotEmpty | E::Database(_) => {
                Self::internal(error)
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut headers = HeaderMap::new();
        for (name, value) in &self.headers {
            headers.append(name, value.clone());
        }
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        // A problem may name what only this caller may know.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        let mut response = (self.status(), headers, Json(self)).into_response();
        let media_type = HeaderValue::from_static("application/problem+json");
        response.headers_mut().insert(header::CONTENT_TYPE, media_type);
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http_body_util::BodyExt;

    /// RFC 9457 §3: the media type, and the members of a problem.
    #[tokio::test]
    async fn a_problem_is_written_as_rfc_9457_says() {
        let problem = Problem::field("/name", "1 to 64 characters");
        let response = problem.into_response();
        assert_eq!(response.status(), 422);
        assert_eq!(response.headers()["content-type"], "application/problem+json");
        let body = response.into_body().collect().await.unwrap().to_bytes();
        assert_eq!(
            serde_json::from_slice::<serde_json::Value>(&body).unwrap(),
            serde_json::json!({
                "type": "urn:cordboard:problem:invalid",
                "title": "A field is not acceptable",
                "status": 422,
                "errors": [{ "field": "/name", "expected": "1 to 64 characters" }],
            })
        );
    }

    /// RFC 9110 §10.2.3.
    #[test]
    fn a_busy_switch_says_when_to_come_back() {
        let response = Problem::new(Kind::Busy, "").retry_after(2).into_response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["retry-after"], "2");
    }
}
