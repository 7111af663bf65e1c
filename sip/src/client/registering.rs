//! One registration of ours, kept up: RFC 3261 §10.2, refreshed early and retried patiently (I22).
//!
//! ```text
//!  Asking ──200──▶ Up ──50-90 % of the lifetime──▶ Asking
//!    │ 401, 407: answer it; 423: ask for more
//!    └── refusal, silence ──▶ Waiting ──30 s … 30 min──▶ Asking
//!  any ──leave──▶ Leaving (expires=0) ──any answer──▶ Gone
//! ```

use std::time::{Duration, Instant};

use super::{Registration, RegistrationId};
use crate::dialog::{contact, via};
use crate::digest::{answer_challenge, is_stale};
use crate::endpoint::{Event, Flow};
use crate::header::Name;
use crate::leg::Context;
use crate::message::{Method, Response, Unprintable, Writer};
use crate::transaction::{ClientId, Outgoing, Owner};
use crate::uri::{Uri, escape_user};

#[derive(Debug)]
pub(crate) struct Registering {
    id: RegistrationId,
    order: Registration,
    call_id: String,
    tag: String,
    cseq: u32,
    state: State,
    /// Lifetime to ask for: what was ordered, or what a 423 demanded.
    wished: Duration,
    /// Challenges answered since the last success.
    tries: u8,
    backoff: Duration,
    is_up: bool,
    pub(crate) armed: Option<Instant>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Asking(ClientId),
    Up { refresh: Instant },
    Waiting { again: Instant },
    Leaving(ClientId),
    Gone,
}

impl Registering {
    /// Sends the first REGISTER.
    pub(crate) fn start(
        id: RegistrationId,
        order: Registration,
        context: &mut Context<'_>,
    ) -> Self {
        let call_id = format!("{:016x}{:016x}", context.random.number(), context.random.number());
        let mut registering = Self {
            id,
            wished: order.expires,
            order,
            call_id,
            tag: format!("{:016x}", context.random.number()),
            cseq: 0,
            state: State::Gone,
            tries: 0,
            backoff: BACKOFF_MIN,
            is_up: false,
            armed: None,
        };
        registering.ask(context, None);
        registering
    }

    /// Takes the contact back; the registration is gone once that is answered or given up.
    pub(crate) fn leave(&mut self, context: &mut Context<'_>) {
        let bound = self.is_up || matches!(self.state, State::Asking(_));
        self.is_up = false;
        self.wished = Duration::ZERO;
        self.tries = 0;
        self.state = if bound { self.leaving(context, None) } else { State::Gone };
    }

    /// Its registrar was found elsewhere.
    pub(crate) fn redirect(&mut self, flow: Flow) {
        self.order.flow = flow;
    }

    pub(crate) fn is_gone(&self) -> bool {
        self.state == State::Gone
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        match self.state {
            State::Up { refresh: at } | State::Waiting { again: at } => Some(at),
            State::Asking(_) | State::Leaving(_) | State::Gone => None,
        }
    }

    pub(crate) fn tick(&mut self, context: &mut Context<'_>) {
        if self.deadline().is_some_and(|at| context.now >= at) {
            self.tries = 0;
            self.ask(context, None);
        }
    }

    pub(crate) fn response(
        &mut self,
        context: &mut Context<'_>,
        client: ClientId,
        response: &Response,
        flow: Flow,
    ) {
        let current = matches!(self.state, State::Asking(id) | State::Leaving(id) if id == client);
        let code = response.status().code();
        if !current || code < 200 {
            return;
        }
        if flow.transport.is_reliable() {
            self.order.flow = flow;
        }
        if matches!(code, 401 | 407)
            && let Some(proof) = self.proof(context, response)
        {
            self.tries += 1;
            match self.state {
                State::Leaving(_) => self.state = self.leaving(context, Some(&proof)),
                _ => self.ask(context, Some(&proof)),
            }
        } else if matches!(self.state, State::Leaving(_)) {
            self.state = State::Gone;
        } else if code < 300 {
            self.granted(context, response);
        } else if let (423, Ok(Some(seconds))) = (code, response.min_expires())
            && Duration::from_secs(u64::from(seconds)) > self.wished
        {
            self.wished = Duration::from_secs(u64::from(seconds));
            self.tries = 0;
            self.ask(context, None);
        } else {
            self.refused(context, Some(code));
        }
    }

    /// The REGISTER had no answer.
    pub(crate) fn failed(&mut self, context: &mut Context<'_>, client: ClientId) {
        match self.state {
            State::Asking(id) if id == client => self.refused(context, None),
            State::Leaving(id) if id == client => self.state = State::Gone,
            _ => {}
        }
    }

    fn proof(&self, context: &mut Context<'_>, response: &Response) -> Option<(Name, String)> {
        // A second challenge means a wrong secret, unless it says that the nonce was too old.
        let worth = self.tries == 0 || (self.tries == 1 && is_stale(response));
        let order = &self.order;
        let user = order.auth_user.as_ref().unwrap_or(&order.user);
        let uri = format!("sip:{}", order.host);
        let answer =
            || answer_challenge(response, user, &order.secret, "REGISTER", &uri, context.random);
        worth.then(answer).flatten()
    }

    fn granted(&mut self, context: &mut Context<'_>, response: &Response) {
        let expires = self.granted_lifetime(context, response);
        let refresh = context.random.between(expires / 2, expires * 9 / 10);
        self.state = State::Up { refresh: context.now + refresh };
        self.backoff = BACKOFF_MIN;
        self.tries = 0;
        if !std::mem::replace(&mut self.is_up, true) {
            context.event(Event::RegistrationUp { id: self.id, expires });
        }
    }

    /// What our own contact got, else what the whole response says, else what we wished.
    fn granted_lifetime(&self, context: &Context<'_>, response: &Response) -> Duration {
        let ours = self.contact(context);
        let ours = Uri::parse(ours.trim_matches(['<', '>'])).ok();
        let of_contact = response.contacts().filter_map(Result::ok).find_map(|contact| {
            let address = contact.address()?;
            let same = ours.is_some_and(|ours| ours.is_equivalent(&address.uri));
            address.expires().ok().flatten().filter(|_| same)
        });
        let seconds = of_contact.or(response.expires().ok().flatten());
        let granted = seconds.map(|seconds| Duration::from_secs(u64::from(seconds)));
        granted.unwrap_or(self.wished).max(LIFETIME_MIN)
    }

    fn refused(&mut self, context: &mut Context<'_>, code: Option<u16>) {
        let wait = context.random.between(self.backoff / 2, self.backoff);
        self.state = State::Waiting { again: context.now + wait };
        self.backoff = (self.backoff * 2).min(BACKOFF_MAX);
        self.is_up = false;
        let retry_in = Some(wait);
        context.event(Event::RegistrationFailed { id: self.id, code, retry_in });
    }

    fn ask(&mut self, context: &mut Context<'_>, proof: Option<&(Name, String)>) {
        self.state = match self.send(context, proof) {
            Ok(client) => State::Asking(client),
            Err(_) => self.unprintable(context),
        };
    }

    fn leaving(&mut self, context: &mut Context<'_>, proof: Option<&(Name, String)>) -> State {
        self.send(context, proof).map_or(State::Gone, State::Leaving)
    }

    /// The order holds text that no header can hold: no try will be better than this one.
    fn unprintable(&self, context: &mut Context<'_>) -> State {
        context.event(Event::RegistrationFailed { id: self.id, code: None, retry_in: None });
        State::Gone
    }

    fn send(
        &mut self,
        context: &mut Context<'_>,
        proof: Option<&(Name, String)>,
    ) -> Result<ClientId, Unprintable> {
        self.cseq += 1;
        let order = &self.order;
        let branch = context.layer.branch(context.random);
        let aor = format!("<sip:{}@{}>", escape_user(&order.user), order.host);
        let mut writer = Writer::request(Method::Register, format_args!("sip:{}", order.host));
        writer.header(Name::Via, via(context.config, order.flow, branch));
        writer.header(Name::MaxForwards, 70);
        writer.header(Name::From, format_args!("{aor};tag={}", self.tag));
        writer.header(Name::To, &aor);
        writer.header(Name::CallId, &self.call_id);
        writer.header(Name::CSeq, format_args!("{} REGISTER", self.cseq));
        writer.header(Name::Contact, self.contact(context));
        writer.header(Name::Expires, self.wished.as_secs());
        writer.header(Name::UserAgent, &context.config.user_agent);
        if let Some((name, value)) = proof {
            writer.header(*name, value);
        }
        let outgoing = Outgoing {
            branch,
            method: Method::Register,
            flow: order.flow,
            bytes: writer.finish()?,
            owner: Owner::Registration(self.id),
            patience: None,
        };
        Ok(context.layer.start(context.now, outgoing, context.out))
    }

    fn contact(&self, context: &Context<'_>) -> String {
        let user = self.order.contact_user.as_ref().unwrap_or(&self.order.user);
        contact(context.config, &escape_user(user), self.order.flow)
    }
}

const BACKOFF_MIN: Duration = Duration::from_secs(30);
const BACKOFF_MAX: Duration = Duration::from_mins(30);

/// A shorter grant would have us ask without pause.
const LIFETIME_MIN: Duration = Duration::from_secs(10);
