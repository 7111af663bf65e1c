//! What all settings have in common over HTTP: the same five verbs as in `store::documents`.
//!
//! A resource is read with its version as `ETag`; a change names the version it was made from in
//! `If-Match`, so that nobody overwrites what they have not seen (RFC 9110 §13.1.1). A resource's
//! own file says what is checked and which [`Change`] the switch is told.

use axum::Json;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use dialer::zones::Zone;
use jiff::Timestamp;
use routing::{Invalid, Opening};
use serde::de::value::MapAccessDeserializer;
use serde::de::{self, DeserializeOwned, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::marker::PhantomData;
use store::documents::Document;
use store::links::Target;
use store::reach::Within;
use store::{Cursor, Documents, Page, Query, Stored};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::api::Api;
use crate::control::Change;
use crate::extract::{self, pointer_of, shorten};
use crate::problem::{FieldError, Kind, Problem, Reference};

/// A setting that people create, read, change and delete over HTTP.
pub(crate) trait Resource: Document {
    /// Its repository.
    fn repository(store: &store::Store) -> Documents<Self>;

    /// Gives it its identity.
    fn with_id(self, id: Self::Id) -> Self;

    /// Every field that does not hold, alone or beside the other settings.
    fn faults(&self, api: &Api) -> impl Future<Output = Result<Vec<FieldError>, Problem>> + Send;

    /// What the switch is told when it is new or changed, where the switch keeps it at all.
    fn changed(&self) -> Option<Change>;

    /// The same of a setting that the switch knows by its version too.
    fn told(stored: &Stored<Self>) -> Option<Change> {
        stored.value.changed()
    }

    /// What the switch is told when it is gone.
    fn removed(id: Self::Id) -> Option<Change>;
}

/// A setting as it is shown: its fields, its version and its times.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Shown<T> {
    #[serde(flatten)]
    pub(crate) value: T,
    #[serde(flatten)]
    pub(crate) stamp: Stamp,
}

/// The version of a setting, and when it was made and changed.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
pub(crate) struct Stamp {
    /// Rises by one with each change; also the `ETag`.
    #[schema(minimum = 1)]
    pub(crate) version: u64,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) created_at: Timestamp,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) updated_at: Timestamp,
}

impl<T> From<Stored<T>> for Shown<T> {
    fn from(stored: Stored<T>) -> Self {
        let Stored { value, version, created_at, updated_at } = stored;
        Self { value, stamp: Stamp { version, created_at, updated_at } }
    }
}

/// An answer that carries its version as `ETag`.
pub(crate) struct Tagged<T> {
    pub(crate) status: StatusCode,
    pub(crate) version: u64,
    pub(crate) body: T,
}

impl<T: Serialize> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        if let Ok(tag) = HeaderValue::try_from(format!("\"{}\"", self.version)) {
            response.headers_mut().insert(header::ETAG, tag);
        }
        response
    }
}

impl<T> Tagged<Shown<T>> {
    pub(crate) fn shown(status: StatusCode, stored: Stored<T>) -> Self {
        Self { status, version: stored.version, body: stored.into() }
    }
}

/// What to list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListParams {
    /// Part of a name, a number or a code, in any case.
    #[param(max_length = 200)]
    pub(crate) text: Option<String>,
    /// The `next` of the page before.
    #[param(value_type = Option<String>)]
    pub(crate) after: Option<Cursor>,
    /// Rows on the page; 50 when it is left out.
    #[param(minimum = 1, maximum = 1000)]
    pub(crate) limit: Option<u32>,
}

impl ListParams {
    pub(crate) fn query(self) -> Result<Query, Problem> {
        check_limit(self.limit)?;
        if self.text.as_ref().is_some_and(|text| text.chars().count() > 200) {
            return Err(bad_parameter("text", "at most 200 characters"));
        }
        Ok(Query { text: self.text, after: self.after, limit: self.limit, within: None })
    }
}

pub(crate) fn check_limit(limit: Option<u32>) -> Result<(), Problem> {
    match limit {
        Some(0 | 1001..) => Err(bad_parameter("limit", "1 to 1000")),
        _ => Ok(()),
    }
}

pub(crate) fn bad_parameter(name: &str, expected: &str) -> Problem {
    Problem::new(Kind::Malformed, "a parameter of the query cannot be read")
        .with_errors(vec![FieldError::new(name, expected)])
}

/// One page of a list.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct Listed<T> {
    /// The rows.
    pub(crate) items: Vec<T>,
    /// Where the next page begins; null when this is the last.
    #[schema(value_type = Option<String>)]
    pub(crate) next: Option<Cursor>,
}

impl<T> Listed<T> {
    pub(crate) fn of<S>(page: Page<S>, show: impl Fn(S) -> T) -> Self {
        Self { items: page.items.into_iter().map(show).collect(), next: page.next }
    }
}

/// The version that a change was made from: `If-Match`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum IfMatch {
    /// The version read.
    Version(u64),
    /// `*`: whichever is there.
    Any,
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        Self::read(parts.headers.get(header::IF_MATCH))
    }
}

impl IfMatch {
    /// Reads the header; 428 where there is none.
    pub(crate) fn read(value: Option<&HeaderValue>) -> Result<Self, Problem> {
        let Some(value) = value else {
            return Err(Problem::new(Kind::VersionMissing, "send the ETag you read in If-Match"));
        };
        let text = value.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Ok(Self::Any);
        }
        let version = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        version.and_then(|text| text.parse().ok()).map(Self::Version).ok_or_else(|| {
            Problem::new(Kind::Malformed, "").with_errors(vec![FieldError {
                field: "If-Match".to_owned(),
                expected: "the ETag that was read, such as \"3\", or *".to_owned(),
                got: Some(shorten(text)),
            }])
        })
    }

    /// The version to change from, given the one that is stored.
    pub(crate) fn or(self, stored: u64) -> u64 {
        match self {
            Self::Version(version) => version,
            Self::Any => stored,
        }
    }
}

/// A page of settings.
pub(crate) async fn list<T: Resource>(
    api: &Api,
    params: ListParams,
) -> Result<Json<Listed<Shown<T>>>, Problem> {
    list_within(api, params, None).await
}

/// A page of those settings that are within reach.
pub(crate) async fn list_within<T: Resource>(
    api: &Api,
    params: ListParams,
    within: Option<Within>,
) -> Result<Json<Listed<Shown<T>>>, Problem> {
    let query = Query { within, ..params.query()? };
    let page = T::repository(api.store()).list(&query).await?;
    Ok(Json(Listed::of(page, Shown::from)))
}

/// One setting.
pub(crate) async fn read<T: Resource>(api: &Api, id: T::Id) -> Result<Tagged<Shown<T>>, Problem> {
    let found = T::repository(api.store()).find(id).await?;
    Ok(Tagged::shown(StatusCode::OK, found))
}

/// Adds a setting, and tells the switch.
pub(crate) async fn create<T: Resource>(
    api: &Api,
    Draft(value): Draft<T>,
) -> Result<Tagged<Shown<T>>, Problem> {
    let value = value.with_id(Uuid::now_v7().into());
    let stored = insert(api, &value).await?;
    Ok(Tagged::shown(StatusCode::CREATED, stored))
}

/// Adds a checked setting, and tells the switch.
pub(crate) async fn insert<T: Resource>(api: &Api, value: &T) -> Result<Stored<T>, Problem> {
    refuse(value.faults(api).await?)?;
    let stored = T::repository(api.store()).insert(value, api.now()).await?;
    T::told(&stored).map_or(Ok(()), |change| api.tell(change))?;
    Ok(stored)
}

/// Replaces a setting, and tells the switch.
pub(crate) async fn replace<T: Resource>(
    api: &Api,
    id: T::Id,
    made_from: IfMatch,
    Draft(value): Draft<T>,
) -> Result<Tagged<Shown<T>>, Problem> {
    let stored = update(api, value.with_id(id), made_from).await?;
    Ok(Tagged::shown(StatusCode::OK, stored))
}

/// Replaces a setting by a checked one, and tells the switch.
pub(crate) async fn update<T: Resource>(
    api: &Api,
    value: T,
    made_from: IfMatch,
) -> Result<Stored<T>, Problem> {
    let repository = T::repository(api.store());
    let found = repository.find(value.id()).await?;
    refuse(value.faults(api).await?)?;
    let stored = match repository.update(&value, made_from.or(found.version), api.now()).await {
        Err(error @ store::Error::Referenced { .. }) => {
            return Err(with_referrers(api, error, found.value.target()).await);
        }
        other => other?,
    };
    T::told(&stored).map_or(Ok(()), |change| api.tell(change))?;
    Ok(stored)
}

/// Deletes a setting that nobody refers to, and tells the switch.
pub(crate) async fn remove<T: Resource>(
    api: &Api,
    id: T::Id,
    made_from: IfMatch,
) -> Result<StatusCode, Problem> {
    let repository = T::repository(api.store());
    let found = repository.find(id).await?;
    match repository.delete(id, made_from.or(found.version)).await {
        Ok(_) => {}
        Err(error @ store::Error::Referenced { .. }) => {
            return Err(with_referrers(api, error, found.value.target()).await);
        }
        Err(error) => return Err(error.into()),
    }
    T::removed(id).map_or(Ok(()), |change| api.tell(change))?;
    Ok(StatusCode::NO_CONTENT)
}

/// The refusal, with who refers to it.
pub(crate) async fn with_referrers(
    api: &Api,
    error: store::Error,
    target: Option<Target>,
) -> Problem {
    let Some(target) = target else { return error.into() };
    let referrers = match api.store().referrers(&target).await {
        Ok(referrers) => referrers,
        Err(error) => return error.into(),
    };
    Problem::from(error).with_references(referrers.into_iter().map(reference).collect())
}

/// Who refers to a setting, and where.
pub(crate) fn reference(referrer: store::links::Referrer) -> Reference {
    Reference { resource: referrer.resource, id: referrer.id, field: pointer_of(&referrer.field) }
}

/// What was looked for, where it is there.
pub(crate) fn if_there<T>(found: Result<T, store::Error>) -> Result<Option<T>, Problem> {
    match found {
        Ok(found) => Ok(Some(found)),
        Err(store::Error::NotFound(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// 422 with every fault, if there is one.
pub(crate) fn refuse(faults: Vec<FieldError>) -> Result<(), Problem> {
    if faults.is_empty() { Ok(()) } else { Err(Problem::fields(faults)) }
}

/// The faults that a domain's own check found.
pub(crate) fn faults(invalid: impl IntoIterator<Item = Invalid>) -> Vec<FieldError> {
    let fault = |invalid: Invalid| FieldError::new(pointer_of(&invalid.field), invalid.why);
    invalid.into_iter().map(fault).collect()
}

/// Opening hours of a zone that is in no table.
pub(crate) fn unknown_zone(opening: Option<&Opening>) -> Option<FieldError> {
    opening
        .filter(|opening| Zone::named(&opening.time_zone).is_none())
        .map(|_| FieldError::new("/opening/time_zone", "an IANA time zone such as Europe/London"))
}

/// The texts that are not one line: a line break could become a header or a line of a log.
pub(crate) fn lines<'t>(
    texts: impl IntoIterator<Item = (String, &'t str)>,
) -> impl Iterator<Item = FieldError> {
    let broken = texts.into_iter().filter(|(_, text)| text.chars().any(char::is_control));
    broken.map(|(field, _)| FieldError::new(field, "one line without control characters"))
}

/// A setting as a client sends it: all its fields but the id, which is ours to give.
///
/// The domain's own reading is used, so its defaults and its rules stand in one place. A field
/// that the setting does not have is refused by name, at any depth.
#[derive(Clone, Debug)]
pub(crate) struct Draft<T>(pub(crate) T);

impl<'de, T: DeserializeOwned + Serialize> Deserialize<'de> for Draft<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(DraftVisitor(PhantomData))
    }
}

impl<T: DeserializeOwned + Serialize, S: Send + Sync> FromRequest<S> for Draft<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let bytes = extract::json_bytes(request, state).await?;
        let draft: Self = extract::parse(&bytes)?;
        let sent = serde_json::from_slice(&bytes).map_err(Problem::internal)?;
        let read = serde_json::to_value(&draft.0).map_err(Problem::internal)?;
        refuse(misread(&sent, &read))?;
        Ok(draft)
    }
}

struct DraftVisitor<T>(PhantomData<T>);

impl<'de, T: DeserializeOwned + Serialize> Visitor<'de> for DraftVisitor<T> {
    type Value = Draft<T>;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Draft<T>, A::Error> {
        let with_id = WithId { id: Some(Uuid::nil()), giving: false, map };
        T::deserialize(MapAccessDeserializer::new(with_id)).map(Draft)
    }
}

/// The client's fields, with an id before them.
struct WithId<A> {
    id: Option<Uuid>,
    giving: bool,
    map: A,
}

impl<'de, A: MapAccess<'de>> MapAccess<'de> for WithId<A> {
    type Error = A::Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, A::Error> {
        self.giving = self.id.is_some();
        if self.giving {
            return seed.deserialize(de::value::StrDeserializer::new("id")).map(Some);
        }
        self.map.next_key_seed(seed)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, A::Error> {
        match self.id.take() {
            Some(id) if self.giving => {
                seed.deserialize(de::value::StringDeserializer::new(id.to_string()))
            }
            _ => self.map.next_value_seed(seed),
        }
    }
}

/// What of `sent` did not become part of `read`: fields that nothing knows, and arrays that serde
/// took for objects.
///
/// It is asked because a domain's type may ignore what it does not know.
fn misread(sent: &Value, read: &Value) -> Vec<FieldError> {
    let mut found = Vec::new();
    compare(sent, read, &mut String::new(), &mut found);
    found
}

fn compare(sent: &Value, read: &Value, pointer: &mut String, found: &mut Vec<FieldError>) {
    let length = pointer.len();
    match (sent, read) {
        (Value::Object(sent), Value::Object(read)) => {
            for (key, value) in sent {
                pointer.push('/');
                pointer.push_str(&extract::escape(key));
                match read.get(key) {
                    Some(read) => compare(value, read, pointer, found),
                    None => found.push(FieldError::new(pointer.as_str(), "no such field")),
                }
                pointer.truncate(length);
            }
        }
        (Value::Array(sent), Value::Array(read)) => {
            for (index, (value, read)) in sent.iter().zip(read).enumerate() {
                pointer.push('/');
                pointer.push_str(&index.to_string());
                compare(value, read, pointer, found);
                pointer.truncate(length);
            }
        }
        (Value::Array(_), Value::Object(_)) => {
            found.push(FieldError::new(pointer.as_str(), "an object"));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pointers(sent: &Value, read: &Value) -> Vec<String> {
        misread(sent, read).into_iter().map(|fault| fault.field).collect()
    }

    #[test]
    fn a_field_that_nothing_knows_is_found_at_any_depth() {
        let read = json!({ "a": { "b": [{ "c": 1 }] }, "d": null });
        let sent = json!({ "a": { "b": [{ "c": 1, "x/y": 2 }] }, "e": 3 });
        assert_eq!(pointers(&sent, &read), ["/a/b/0/x~1y", "/e"]);
        assert_eq!(pointers(&read, &read), [""; 0]);
    }

    #[test]
    fn an_array_in_the_place_of_an_object_is_found() {
        let read = json!({ "a": [{ "b": 1 }] });
        assert_eq!(pointers(&json!({ "a": [[1]] }), &read), ["/a/0"]);
    }

    #[test]
    fn a_draft_has_no_id_of_its_own() {
        let draft: Draft<routing::Queue> = serde_json::from_value(json!({ "name": "a" })).unwrap();
        assert!(draft.0.id.as_uuid().is_nil());
        let own = json!({ "name": "a", "id": Uuid::max() });
        let refusal = serde_json::from_value::<Draft<routing::Queue>>(own).unwrap_err();
        assert!(refusal.to_string().contains("duplicate field `id`"), "{refusal}");
        let missing = serde_json::from_value::<Draft<routing::Queue>>(json!({})).unwrap_err();
        assert!(missing.to_string().contains("missing field `name`"), "{missing}");
    }

    /// RFC 9110 §13.1.1.
    #[test]
    fn a_version_is_read_as_an_etag_is_written() {
        let read = |text: &'static str| IfMatch::read(Some(&HeaderValue::from_static(text)));
        assert!(matches!(read("\"3\""), Ok(IfMatch::Version(3))));
        assert!(matches!(read("*"), Ok(IfMatch::Any)));
        for wrong in ["3", "\"3", "W/\"3\"", "\"x\"", "\"-1\"", ""] {
            assert_eq!(read(wrong).unwrap_err().status(), 400, "{wrong}");
        }
        assert_eq!(IfMatch::read(None).unwrap_err().status(), 428);
    }
}
