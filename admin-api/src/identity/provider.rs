//! What we know of the organisation's OpenID provider, and what we ask it.
//!
//! ```text
//!   issuer ─▶ /.well-known/openid-configuration ─▶ keys           kept for an hour
//!   code ─▶ token endpoint ─▶ ID token ─ believed? ─▶ claims ─ the one we want is missing ─▶
//! userinfo
//! ```
//! OpenID Connect Discovery 1.0 §4, Core 1.0 §3.1.3 and §5.3. A provider that did not answer is not
//! asked again for some seconds: those who wait for it are told at once.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use store::sign_in::provider::ProviderSettings;
use tokio::sync::Mutex;

use super::allowance::Allowance;
use super::begun::{Begun, BegunLogins};
use super::id_token::{self, Claims, Expected, Key, Untrusted};
use crate::api::Api;
use crate::fetch::{Wanted, escaped, form};
use crate::problem::{Kind, Problem};
use crate::secret::Secret;

/// The provider as we know it, and who is there to sign in.
#[derive(Debug)]
pub(crate) struct Provider {
    known: Mutex<Option<Known>>,
    pub(crate) begun: BegunLogins,
    pub(crate) sources: Allowance,
}

/// What the provider said of itself, or why it did not.
#[derive(Clone, Debug)]
struct Known {
    issuer: String,
    at: Timestamp,
    said: Result<Arc<Described>, Trouble>,
}

/// What a provider says of itself.
#[derive(Debug)]
pub(crate) struct Described {
    pub(crate) metadata: Metadata,
    keys: Vec<Key>,
}

/// OpenID Connect Discovery 1.0 §3, as far as we go by it; RFC 9207 §3.
#[derive(Debug, Deserialize)]
pub(crate) struct Metadata {
    issuer: String,
    pub(crate) authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    #[serde(default)]
    pub(crate) authorization_response_iss_parameter_supported: bool,
}

/// What the provider did not do as it should, in words for an administrator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Trouble(pub(crate) String);

impl From<Trouble> for Problem {
    /// What whoever signs in is told; the cause names servers of the house and goes to the log.
    fn from(trouble: Trouble) -> Self {
        tracing::warn!(%trouble, "the identity provider");
        Self::new(Kind::SignInService, "an administrator finds the cause in the log")
    }
}

/// What a code is exchanged for (RFC 6749 §5.1, Core §3.1.3.3).
#[derive(Deserialize)]
struct Tokens {
    id_token: Secret,
    access_token: Option<Secret>,
}

impl Provider {
    pub(crate) fn new() -> Self {
        let sources = Allowance::hourly(FOR_SOURCE);
        Self { known: Mutex::default(), begun: BegunLogins::default(), sources }
    }

    /// What the provider says of itself, no older than `age`.
    pub(crate) async fn described(
        &self,
        api: &Api,
        issuer: &str,
        age: SignedDuration,
    ) -> Result<Arc<Described>, Trouble> {
        // Held while it is asked: a floor that signs in at nine asks once.
        let mut known = self.known.lock().await;
        if let Some(known) = &*known {
            let age = if known.said.is_err() { REMEMBERED } else { age };
            if known.issuer == issuer && api.now().duration_since(known.at) < age {
                return known.said.clone();
            }
        }
        let said = described(api, issuer).await.map(Arc::new);
        *known = Some(Known { issuer: issuer.to_owned(), at: api.now(), said: said.clone() });
        said
    }

    /// Exchanges a code for what the provider says of the user.
    pub(crate) async fn claims(
        &self,
        api: &Api,
        settings: &ProviderSettings,
        begun: &Begun,
        code: &Secret,
        redirect_uri: &str,
    ) -> Result<Claims, Trouble> {
        let described = self.described(api, &settings.issuer, KEPT).await?;
        let tokens =
            exchange(api, settings, &described.metadata, begun, code, redirect_uri).await?;
        let expected = Expected {
            issuer: &settings.issuer,
            client_id: &settings.client_id,
            nonce: begun.nonce.reveal(),
            now: api.now(),
        };
        let token = tokens.id_token.reveal();
        let claims = match id_token::verified(token, &described.keys, expected) {
            // Keys change: the new ones are published before they sign, and not each has a name.
            Err(Untrusted::Key | Untrusted::Signature) => {
                let again = self.described(api, &settings.issuer, KEYS_KEPT).await?;
                id_token::verified(token, &again.keys, expected)
            }
            judged => judged,
        };
        let claims = claims.map_err(|why| Trouble(why.to_string()))?;
        if claims.contains_key(&settings.claim) {
            return Ok(claims);
        }
        more(api, &described.metadata, claims, tokens.access_token).await
    }
}

async fn described(api: &Api, issuer: &str) -> Result<Described, Trouble> {
    let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let metadata: Metadata = read(&url, &ask(api, Wanted::get(&url)).await?)?;
    if metadata.issuer != issuer {
        let why = format!("{url} calls itself {:?}, not {issuer:?}", metadata.issuer);
        return Err(Trouble(why));
    }
    let plain = issuer.starts_with("http://");
    let Metadata { authorization_endpoint, token_endpoint, jwks_uri, .. } = &metadata;
    let more = metadata.userinfo_endpoint.as_ref();
    for endpoint in [authorization_endpoint, token_endpoint, jwks_uri].into_iter().chain(more) {
        let permitted = |scheme: &str| scheme == "https" || (plain && scheme == "http");
        if !endpoint.split_once("://").is_some_and(|(scheme, _)| permitted(scheme)) {
            return Err(Trouble(format!("{url} names {endpoint:?}, which is no https:// URL")));
        }
    }
    let set = ask(api, Wanted::get(jwks_uri)).await?;
    let keys = id_token::keys(&set);
    let keys = keys.ok_or_else(|| Trouble(format!("{jwks_uri} is no set of keys")))?;
    Ok(Described { metadata, keys })
}

/// RFC 6749 §4.1.3 with RFC 7636 §4.5; we prove ourselves by §2.3.1, where there is a secret.
async fn exchange(
    api: &Api,
    settings: &ProviderSettings,
    metadata: &Metadata,
    begun: &Begun,
    code: &Secret,
    redirect_uri: &str,
) -> Result<Tokens, Trouble> {
    let secret = api.store().provider().secret().await;
    let secret = secret.map_err(|error| Trouble(error.to_string()))?;
    let client = settings.client_id.as_str();
    let mut pairs = vec![
        ("grant_type", "authorization_code"),
        ("code", code.reveal()),
        ("redirect_uri", redirect_uri),
        ("code_verifier", begun.verifier.reveal()),
    ];
    let methods = metadata.token_endpoint_auth_methods_supported.as_deref();
    // Discovery §3: what is left out is by header.
    let by_header = methods.is_none_or(|all| all.iter().any(|one| one == "client_secret_basic"));
    let mut authorization = None;
    match &secret {
        Some(secret) if by_header => {
            let pair = BASE64.encode(format!("{}:{}", escaped(client), escaped(secret)));
            authorization = Some(Secret::new(format!("Basic {pair}")));
        }
        Some(secret) => pairs.extend([("client_id", client), ("client_secret", secret)]),
        None => pairs.push(("client_id", client)),
    }
    let (url, form) = (metadata.token_endpoint.clone(), Some(Secret::new(form(pairs))));
    let answer = ask(api, Wanted { url, form, authorization }).await?;
    read(&metadata.token_endpoint, &answer)
}

/// Core §5.3: many providers say more to whoever brings the access token.
async fn more(
    api: &Api,
    metadata: &Metadata,
    mut claims: Claims,
    token: Option<Secret>,
) -> Result<Claims, Trouble> {
    let (Some(url), Some(token)) = (&metadata.userinfo_endpoint, token) else { return Ok(claims) };
    let authorization = Some(Secret::new(format!("Bearer {}", token.reveal())));
    let wanted = Wanted { url: url.clone(), form: None, authorization };
    let said: Claims = read(url, &ask(api, wanted).await?)?;
    // Core §5.3.4: else it speaks of somebody else.
    if said.get("sub") != claims.get("sub") {
        return Err(Trouble(format!("{url} speaks of another subject")));
    }
    for (name, value) in said {
        claims.entry(name).or_insert(value);
    }
    Ok(claims)
}

impl Wanted {
    fn get(url: &str) -> Self {
        Self { url: url.to_owned(), form: None, authorization: None }
    }
}

async fn ask(api: &Api, wanted: Wanted) -> Result<Vec<u8>, Trouble> {
    let url = wanted.url.clone();
    let fetch = api.control().fetch();
    let fetch = fetch.ok_or_else(|| Trouble("this switch asks no servers".to_owned()))?;
    let fetched = fetch.fetch(wanted).await.map_err(|why| Trouble(format!("{url}: {why}")))?;
    if fetched.status == 200 {
        return Ok(fetched.body);
    }
    // RFC 6749 §5.2: why is in a word; of the rest nobody knows what it repeats.
    let word = serde_json::from_slice::<Value>(&fetched.body).ok();
    let word = word.as_ref().and_then(|said| said.get("error")).and_then(Value::as_str);
    let word: String = word.unwrap_or_default().chars().take(100).collect();
    Err(Trouble(format!("{url} answers {} {word}", fetched.status)))
}

fn read<T: DeserializeOwned>(url: &str, body: &[u8]) -> Result<T, Trouble> {
    // What went wrong is told by its place: the text may hold a token.
    let why = |error: serde_json::Error| {
        let (line, column) = (error.line(), error.column());
        Trouble(format!("{url} answers what cannot be read, at {line}:{column}"))
    };
    serde_json::from_slice(body).map_err(why)
}

/// What a provider says of itself is believed for so long.
pub(crate) const KEPT: SignedDuration = SignedDuration::from_hours(1);

/// And its keys, where one is missing: a stranger's token must not make us ask each time.
const KEYS_KEPT: SignedDuration = SignedDuration::from_mins(1);

/// A provider that did not answer is left alone.
const REMEMBERED: SignedDuration = SignedDuration::from_secs(5);

/// Sign-ins that one source may begin in an hour: a thousand agents share one address.
const FOR_SOURCE: u32 = 5_000;
