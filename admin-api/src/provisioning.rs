//! `/v1/agents/{id}/provisioning`, `/v1/provisioning/{token}`: a softphone that sets itself up by a
//! QR code (R172).
//!
//! ```text
//!   administrator ─POST─▶ link, shown as a QR code; it lives ten minutes and works once
//!   softphone ─GET link─▶ a new secret is made now, and told in Linphone's provisioning format
//! ```
//! The QR code holds no secret: the link is worth one setting-up and no more, and what is
//! photographed off a screen later is worth nothing. Until it is used, the telephone that there is
//! goes on to work. A new link for an agent takes the one before back. Links are kept in memory, as
//! digests.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use axum::Json;
use axum::extract::{Path, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::{SignedDuration, Timestamp};
use qrcodegen::{QrCode, QrCodeEcc};
use routing::AgentId;
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::agents::{self, SipCard};
use crate::api::Api;
use crate::extract::Id;
use crate::organisation;
use crate::problem::{Kind, Problem};
use crate::router::Refusals;
use crate::secret::Secret;
use crate::totp;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(offer)).routes(routes!(provision))
}

/// Links that no softphone has used.
#[derive(Debug, Default)]
pub(crate) struct Links {
    unused: Mutex<HashMap<[u8; 32], (AgentId, Timestamp)>>,
}

impl Links {
    /// Keeps a link for an agent, instead of the one before; false while too many are unused.
    fn keep(&self, token: &str, agent: AgentId, now: Timestamp) -> bool {
        let mut unused = self.unused.lock().unwrap_or_else(PoisonError::into_inner);
        unused.retain(|_, (whose, until)| *whose != agent && *until > now);
        let room = unused.len() < UNUSED_MAX;
        if room {
            unused.insert(digest(token), (agent, now + LIFETIME));
        }
        room
    }

    /// Whose link it is and until when, which is used with that.
    fn spend(&self, token: &str, now: Timestamp) -> Option<(AgentId, Timestamp)> {
        let mut unused = self.unused.lock().unwrap_or_else(PoisonError::into_inner);
        let spent = unused.remove(&digest(token))?;
        (spent.1 > now).then_some(spent)
    }

    /// It set nothing up: it may be used once more, where no other was made meanwhile.
    fn give_back(&self, token: &str, spent: (AgentId, Timestamp)) {
        let mut unused = self.unused.lock().unwrap_or_else(PoisonError::into_inner);
        if unused.len() < UNUSED_MAX && unused.values().all(|(whose, _)| *whose != spent.0) {
            unused.insert(digest(token), spent);
        }
    }

    /// An agent's secret was made anew: no link from before makes another.
    pub(crate) fn withdraw(&self, agent: AgentId) {
        let mut unused = self.unused.lock().unwrap_or_else(PoisonError::into_inner);
        unused.retain(|_, (whose, _)| *whose != agent);
    }
}

/// A link that sets a softphone up, once.
#[derive(Debug, Serialize, ToSchema)]
struct ProvisioningLink {
    /// What the softphone reads; shown now and never again.
    url: String,
    /// The same as a QR code: its rows, dark squares as `1`, without the quiet margin.
    qr: Vec<String>,
    /// Until when it works.
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
}

/// Makes a link by which a softphone sets itself up for the agent, once and within ten minutes.
#[utoipa::path(post, path = "/v1/agents/{id}/provisioning", tag = "agents",
    operation_id = "offer_provisioning", params(("id" = Uuid, Path)),
    responses((status = 200, body = ProvisioningLink), Refusals))]
async fn offer(
    State(api): State<Api>,
    Id(id): Id<AgentId>,
) -> Result<Json<ProvisioningLink>, Problem> {
    api.store().agents().find(id).await?;
    let unknown = || Problem::new(Kind::Refused, "set http.public_url in the configuration");
    let origin = api.settings().public_origin.as_deref().ok_or_else(unknown)?;
    if !keeps_secrets(origin) {
        let why = "http.public_url must begin with https://: a secret travels by this link";
        return Err(Problem::new(Kind::Refused, why));
    }
    let token = Secret::random(24).map_err(Problem::internal)?;
    let now = api.now();
    if !api.provisioning().keep(token.reveal(), id, now) {
        return Err(Problem::new(Kind::Refused, "too many links wait to be used: try later"));
    }
    let url = format!("{}/v1/provisioning/{}", origin.trim_end_matches('/'), token.reveal());
    let qr = QrCode::encode_text(&url, QrCodeEcc::Medium).map_err(Problem::internal)?;
    Ok(Json(ProvisioningLink { url, qr: totp::rows(&qr), until: now + LIFETIME }))
}

/// Sets a softphone up: makes a new secret for the agent's extension and tells it, once.
#[utoipa::path(get, path = "/v1/provisioning/{token}", tag = "agents",
    operation_id = "provision", params(("token" = String, Path)), security(()),
    responses((status = 200, content_type = "application/xml", body = String), Refusals))]
async fn provision(
    State(api): State<Api>,
    method: Method,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    // Whoever only looks what a link leads to must not use it up.
    if method != Method::GET {
        return Ok(StatusCode::METHOD_NOT_ALLOWED.into_response());
    }
    let gone = || Problem::not_found("link: it was used, is too old, or never was");
    let spent = api.provisioning().spend(&token, api.now()).ok_or_else(gone)?;
    let card = match set_up(&api, spent.0).await {
        Ok(card) => card,
        Err(problem) => {
            api.provisioning().give_back(&token, spent);
            return Err(problem);
        }
    };
    let headers = [
        (header::CONTENT_TYPE, "application/xml; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, linphone(&card)).into_response())
}

async fn set_up(api: &Api, id: AgentId) -> Result<SipCard, Problem> {
    let agent = api.store().agents().find(id).await?.value;
    let organisation = organisation::required(api).await?;
    let card = agents::issue_secret(api, &agent, &organisation).await?;
    tracing::info!(agent = %id, "a softphone was set up by a provisioning link");
    Ok(card)
}

/// Nobody between us and the softphone reads along, or there is nobody between.
fn keeps_secrets(origin: &str) -> bool {
    let Some(plain) = origin.strip_prefix("http://") else { return true };
    let host = plain.rsplit_once(':').map_or(plain, |(host, _)| host);
    let host = host.trim_end_matches('/').trim_matches(['[', ']']);
    let address = host.parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// Linphone's remote provisioning, which other softphones read too.
fn linphone(card: &SipCard) -> String {
    let [user, password, domain, realm] =
        [card.username.as_str(), &card.password, &card.domain, &card.realm].map(escaped);
    let entry = |name: &str, value: &str| {
        format!("    <entry name=\"{name}\" overwrite=\"true\">{value}</entry>\n")
    };
    let account = [
        entry("reg_proxy", &format!("sip:{domain}")),
        entry("reg_identity", &format!("sip:{user}@{domain}")),
        entry("realm", &realm),
        entry("reg_sendregister", "1"),
    ];
    let proof = [
        entry("username", &user),
        entry("passwd", &password),
        entry("domain", &domain),
        entry("realm", &realm),
    ];
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <config xmlns=\"http://www.linphone.org/xsds/lpconfig.xsd\">\n  \
         <section name=\"proxy_0\">\n{}  </section>\n  \
         <section name=\"auth_info_0\">\n{}  </section>\n</config>\n",
        account.concat(),
        proof.concat()
    )
}

fn escaped(text: &str) -> String {
    let entity = |c: char| match c {
        '&' => "&amp;".to_owned(),
        '<' => "&lt;".to_owned(),
        '>' => "&gt;".to_owned(),
        '"' => "&quot;".to_owned(),
        other => other.to_string(),
    };
    text.chars().map(entity).collect()
}

fn digest(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// Long enough to take up a telephone, and too short to be found in a log.
const LIFETIME: SignedDuration = SignedDuration::from_mins(10);

const UNUSED_MAX: usize = 1_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_travels_where_nobody_reads_along() {
        for origin in [
            "https://pbx.example",
            "http://localhost:8080",
            "http://127.0.0.1:80",
            "http://[::1]:8",
        ] {
            assert!(keeps_secrets(origin), "{origin}");
        }
        for origin in ["http://pbx.example", "http://192.0.2.1:8080", "http://127.0.0.1.example"] {
            assert!(!keeps_secrets(origin), "{origin}");
        }
    }

    #[test]
    fn what_a_telephone_reads_is_text_whatever_the_realm() {
        assert_eq!(escaped("a<b>&\"c"), "a&lt;b&gt;&amp;&quot;c");
    }
}
