//! What a verb may touch beside its leg.

use std::time::Instant;

use bytes::Bytes;

use crate::endpoint::{Config, Event, Flow, Output, Random};
use crate::header::Name;
use crate::message::{Request, Status, Unprintable, Writer};
use crate::transaction::{Layer, ServerId};

/// The endpoint around a leg.
pub(crate) struct Context<'a> {
    pub(crate) now: Instant,
    pub(crate) layer: &'a mut Layer,
    pub(crate) random: &'a mut Random,
    pub(crate) config: &'a Config,
    pub(crate) out: &'a mut Vec<Output>,
}

impl Context<'_> {
    pub(crate) fn event(&mut self, event: Event) {
        self.out.push(Output::Event(event));
    }

    pub(crate) fn send(&mut self, flow: Flow, bytes: Bytes) {
        self.out.push(Output::Send { flow, bytes });
    }

    /// Answers a request; a response that cannot be printed is replaced by a bare 500.
    pub(crate) fn respond(
        &mut self,
        server: ServerId,
        received: &Received,
        code: u16,
        response: Result<Bytes, Unprintable>,
    ) {
        let fallback = || received.response(500, None, self.config).finish().ok();
        match (response, code) {
            (Ok(bytes), _) => self.layer.respond(self.now, server, code, bytes, self.out),
            (Err(_), 200..) => {
                if let Some(bytes) = fallback() {
                    self.layer.respond(self.now, server, 500, bytes, self.out);
                }
            }
            (Err(_), _) => {}
        }
    }
}

/// A request and the path it came by.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    pub(crate) request: Request,
    pub(crate) flow: Flow,
}

impl Received {
    /// Starts a response to it.
    pub(crate) fn response(&self, code: u16, to_tag: Option<&str>, config: &Config) -> Writer {
        let status = Status::new(code).unwrap_or(Status::SERVER_INTERNAL_ERROR);
        let mut writer = Writer::response_to(&self.request, status, to_tag, self.flow.remote);
        writer.header(Name::Server, &config.user_agent);
        writer
    }
}

/// Methods we take inside a dialog and at its start.
pub(crate) const ALLOW: &str = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO, PRACK, REFER, \
    REGISTER, SUBSCRIBE";
