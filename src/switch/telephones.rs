//! Agents' telephones: what they prove themselves with, where they are, and why one was turned
//! away.
//!
//! A secret and the settings of its agent arrive as two changes in either order; the account is in
//! force once the secret is there, and follows each of them.

use std::time::Duration;

use admin_api::telephones::{Cause, Contact, Refused, Telephone};
use routing::{AgentId, DigestChoice};
use sip::{Account, Algorithms, Denial, Flow, Secret, Token};
use store::agents::SipSecret;
use store::sessions::SessionId;

use super::{Now, Output, Switch};

/// What is known of one agent's telephone.
#[derive(Debug, Default)]
pub(super) struct Phone {
    secret: Option<SipSecret>,
    settings: routing::Telephone,
    refused: Option<Refused>,
}

impl Switch {
    /// A telephone's secret is new; an extension that changed with it is known no more.
    pub(super) fn set_secret(&mut self, now: Now, secret: SipSecret, out: &mut Vec<Output>) {
        let (agent, user) = (secret.agent, secret.username.clone());
        if let Some(old) = self.directory.set_extension(agent, &user) {
            self.sip(out, |sip, o| sip.remove_account(now.at, &old, o));
        }
        self.directory.phones.entry(agent).or_default().secret = Some(secret);
        self.set_account(agent);
    }

    /// An agent's settings say how the telephone is asked, and from where it may come.
    pub(super) fn set_telephone(&mut self, agent: AgentId, settings: routing::Telephone) {
        let phone = self.directory.phones.entry(agent).or_default();
        if phone.settings != settings {
            phone.settings = settings;
            self.set_account(agent);
        }
    }

    fn set_account(&mut self, agent: AgentId) {
        let Some(phone) = self.directory.phones.get(&agent) else { return };
        let Some(secret) = &phone.secret else { return };
        let algorithms = match phone.settings.digest {
            DigestChoice::Md5 => Algorithms::Md5,
            DigestChoice::StrongestFirst => Algorithms::StrongestFirst,
            DigestChoice::StrongOnly => Algorithms::StrongOnly,
        };
        let networks = phone.settings.networks.iter().filter_map(|text| text.parse().ok());
        let networks: Vec<_> = networks.collect();
        // A range that cannot be read must not open the account to every address.
        if networks.len() == phone.settings.networks.len() {
            let (user, secret) = (secret.username.clone(), ha1(secret));
            self.sip.set_account(Account { user, secret, algorithms, networks });
        }
    }

    /// A page may register as the agent for a while.
    pub(super) fn grant_token(
        &mut self,
        now: Now,
        secret: &SipSecret,
        holder: SessionId,
        lifetime: Duration,
    ) {
        let token = Token {
            holder: *holder.as_bytes(),
            secret: ha1(secret),
            expires_at: now.at + lifetime,
        };
        self.sip.grant_token(now.at, &secret.username, &token);
    }

    /// Somebody was turned away who knows the name of an agent's extension.
    pub(super) fn denied(&mut self, now: Now, user: &str, why: Denial, flow: Flow) {
        let Some(agent) = self.directory.agent_at(user) else { return };
        let why = match why {
            Denial::WrongSecret => Cause::WrongSecret,
            Denial::WrongRealm => Cause::WrongRealm,
            Denial::Algorithm => Cause::Algorithm,
            Denial::OldChallenge => Cause::ClockSkew,
            Denial::Address => Cause::Address,
            Denial::LockedOut => Cause::LockedOut,
            Denial::AddressOfRecord => Cause::OtherExtension,
        };
        let refused = Refused { at: now.wall, from: flow.remote, why };
        self.directory.phones.entry(agent).or_default().refused = Some(refused);
    }

    /// The agent's telephone has registered: what was wrong is mended.
    pub(super) fn forget_refusal(&mut self, agent: AgentId) {
        if let Some(phone) = self.directory.phones.get_mut(&agent) {
            phone.refused = None;
        }
    }

    /// What the telephone of an agent is doing; none for an agent nobody knows.
    pub(super) fn telephone(&self, agent: AgentId) -> Option<Telephone> {
        let phone = self.directory.phones.get(&agent)?;
        let extension = self.directory.extension(agent).unwrap_or_default();
        let contacts = self.sip.bindings(extension).iter().map(|binding| Contact {
            uri: binding.contact.clone(),
            from: binding.flow.remote,
            transport: binding.flow.transport.via(),
            expires_at: self.wall(binding.expires_at),
        });
        Some(Telephone { contacts: contacts.collect(), refused: phone.refused })
    }
}

fn ha1(secret: &SipSecret) -> Secret {
    Secret::Ha1 {
        md5: secret.ha1_md5,
        sha256: secret.ha1_sha256,
        sha512_256: secret.ha1_sha512_256,
    }
}
