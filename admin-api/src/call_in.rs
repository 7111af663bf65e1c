//! `/v1/me/call-in`, `/v1/agents/{id}/call-in-pin`: what an agent proves themselves with at an
//! access number (R126), and where to call.
//!
//! A PIN is kept as a hash alone and is in no answer but the one that makes it, in no entry of the
//! audit log and in no log. Who sets one, sets the count of wrong ones back.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use jiff::Timestamp;
use routing::{AgentId, DidTarget, Number, Pin, Verdict};
use serde::{Deserialize, Serialize};
use store::call_in_pins::CallInPin;
use store::{Query, Store};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;
use crate::control::Change;
use crate::extract::{Body, Id, Maybe};
use crate::identity::Caller;
use crate::identity::password::Passwords;
use crate::problem::Problem;
use crate::router::Refusals;
use crate::secret::Secret;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(mine))
        .routes(routes!(choose))
        .routes(routes!(read, put, remove))
}

/// Keeps and proves PINs; those of callers apart from those who sign in, and as slowly.
#[derive(Clone, Debug)]
pub struct Prover {
    store: Store,
    passwords: Passwords,
}

impl Prover {
    /// A prover over the hashes in a store.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self { store, passwords: Passwords::new() }
    }

    /// Gives an agent a PIN; the one before stops to work.
    ///
    /// Errors: there is no such agent, or too many wait for a hash.
    pub async fn set(&self, agent: AgentId, pin: &Pin, set_at: Timestamp) -> Result<(), Problem> {
        let hash = self.passwords.hash(Secret::new(pin.reveal())).await?;
        self.store.call_in_pins().put(&CallInPin { agent, hash, set_at }).await?;
        Ok(())
    }

    /// Whether the PIN is the agent's. Of nobody, and of an agent without one, it takes as long and
    /// is wrong; it is not proven where the store cannot be read or too many wait for a hash.
    pub async fn prove(&self, agent: Option<AgentId>, pin: &Pin) -> Verdict {
        let kept = match agent {
            Some(agent) => self.store.call_in_pins().find(agent).await,
            None => Ok(None),
        };
        let hash = match kept {
            Ok(kept) => kept.map(|pin| pin.hash),
            Err(error) => {
                tracing::error!(%error, "a PIN cannot be read");
                return Verdict::NotProven;
            }
        };
        match self.passwords.verify(Secret::new(pin.reveal()), hash).await {
            Ok(true) => Verdict::Right,
            Ok(false) => Verdict::Wrong,
            Err(_) => {
                tracing::warn!("too many PINs are to be proven at once");
                Verdict::NotProven
            }
        }
    }
}

/// Whether an agent has a PIN.
#[derive(Debug, Serialize, ToSchema)]
struct PinShown {
    /// When it was set; null where there is none.
    #[schema(value_type = Option<String>, format = DateTime)]
    set_at: Option<Timestamp>,
}

/// How the agent calls in.
#[derive(Debug, Serialize, ToSchema)]
struct CallInShown {
    /// The numbers to call, in E.164.
    #[schema(value_type = Vec<String>)]
    access_numbers: Vec<Number>,
    /// When the PIN was set; null where there is none.
    #[schema(value_type = Option<String>, format = DateTime)]
    pin_set_at: Option<Timestamp>,
}

/// A PIN of the agent's own choice.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PinChosen {
    /// 6 to 12 digits, not all the same or in pairs, and not counting up or down.
    #[schema(value_type = String, pattern = "^[0-9]{6,12}$", example = "402817")]
    pin: Secret,
}

/// A PIN for somebody else.
#[derive(Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct PinSetting {
    /// The PIN; a random one is made where none is given.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[0-9]{6,12}$")]
    pin: Option<Secret>,
}

/// A PIN that was just set.
#[derive(Debug, Serialize, ToSchema)]
struct PinSet {
    /// The random PIN, shown now and never again; absent where one was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    generated_pin: Option<String>,
}

/// Tells the agent where to call in, and whether there is a PIN.
#[utoipa::path(get, path = "/v1/me/call-in", tag = "desk", operation_id = "my_call_in",
    responses((status = 200, body = CallInShown), Refusals))]
async fn mine(State(api): State<Api>, caller: Caller) -> Result<Json<CallInShown>, Problem> {
    let pin = api.store().call_in_pins().find(caller.own_agent()?).await?;
    let dids =
        api.store().dids().list(&Query { limit: Some(DIDS_MAX), ..Query::default() }).await?;
    let access = |did: &routing::Did| did.target == DidTarget::CallIn;
    let numbers = dids.items.into_iter().map(|stored| stored.value).filter(access);
    Ok(Json(CallInShown {
        access_numbers: numbers.map(|did| did.number).collect(),
        pin_set_at: pin.map(|pin| pin.set_at),
    }))
}

/// Sets the agent's own PIN; the one before stops to work.
#[utoipa::path(put, path = "/v1/me/call-in-pin", tag = "desk", operation_id = "choose_call_in_pin",
    request_body = PinChosen, responses((status = 204), Refusals))]
async fn choose(
    State(api): State<Api>,
    caller: Caller,
    Body(PinChosen { pin }): Body<PinChosen>,
) -> Result<StatusCode, Problem> {
    set(&api, caller.own_agent()?, &pin).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Tells whether an agent has a PIN.
#[utoipa::path(get, path = "/v1/agents/{id}/call-in-pin", tag = "agents",
    operation_id = "read_call_in_pin", params(("id" = Uuid, Path)),
    responses((status = 200, body = PinShown), Refusals))]
async fn read(State(api): State<Api>, Id(id): Id<AgentId>) -> Result<Json<PinShown>, Problem> {
    api.store().agents().find(id).await?;
    let pin = api.store().call_in_pins().find(id).await?;
    Ok(Json(PinShown { set_at: pin.map(|pin| pin.set_at) }))
}

/// Sets an agent's PIN; the one before stops to work.
#[utoipa::path(put, path = "/v1/agents/{id}/call-in-pin", tag = "agents",
    operation_id = "set_call_in_pin", params(("id" = Uuid, Path)),
    request_body = Option<PinSetting>, responses((status = 200, body = PinSet), Refusals))]
async fn put(
    State(api): State<Api>,
    Id(id): Id<AgentId>,
    Maybe(PinSetting { pin }): Maybe<PinSetting>,
) -> Result<Json<PinSet>, Problem> {
    if let Some(pin) = pin {
        set(&api, id, &pin).await?;
        return Ok(Json(PinSet { generated_pin: None }));
    }
    let agent = api.store().agents().find(id).await?.value;
    let pin = random(&agent.number.to_string())?;
    set(&api, id, &pin).await?;
    Ok(Json(PinSet { generated_pin: Some(pin.reveal().to_owned()) }))
}

/// Takes an agent's PIN away: the agent can call in by a PIN no more.
#[utoipa::path(delete, path = "/v1/agents/{id}/call-in-pin", tag = "agents",
    operation_id = "remove_call_in_pin", params(("id" = Uuid, Path)),
    responses((status = 204), Refusals))]
async fn remove(State(api): State<Api>, Id(id): Id<AgentId>) -> Result<StatusCode, Problem> {
    api.store().agents().find(id).await?;
    api.store().call_in_pins().remove(id).await?;
    api.tell(Change::CallInPin(id))?;
    Ok(StatusCode::NO_CONTENT)
}

async fn set(api: &Api, agent: AgentId, pin: &Secret) -> Result<(), Problem> {
    let profile = api.store().agents().find(agent).await?.value;
    let number = profile.number.to_string();
    let pin = Pin::chosen(pin.reveal(), &number);
    let pin = pin.map_err(|why| Problem::field("/pin", why.why))?;
    let prover = Prover { store: api.store().clone(), passwords: api.passwords().clone() };
    prover.set(agent, &pin, api.now()).await?;
    api.tell(Change::CallInPin(agent))
}

/// Eight digits that are no first guess, each as likely as any.
fn random(number: &str) -> Result<Secret, Problem> {
    loop {
        let mut bytes = [0; RANDOM_DIGITS * 4];
        getrandom::fill(&mut bytes).map_err(Problem::internal)?;
        // 250 is the highest multiple of ten that a byte can be below.
        let even = bytes.into_iter().filter(|byte| *byte < 250);
        let digits = even.map(|byte| char::from(b'0' + byte % 10));
        let text: String = digits.take(RANDOM_DIGITS).collect();
        if Pin::chosen(&text, number).is_ok() {
            return Ok(Secret::new(text));
        }
    }
}

const RANDOM_DIGITS: usize = 8;

/// Numbers of an organisation that are looked through.
const DIDS_MAX: u32 = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_random_pin_is_eight_digits_and_is_another_each_time() {
        let (one, other) = (random("1042").unwrap(), random("1042").unwrap());
        assert_eq!(one.reveal().len(), 8);
        assert!(one.reveal().bytes().all(|byte| byte.is_ascii_digit()));
        assert_ne!(one.reveal(), other.reveal());
    }
}
