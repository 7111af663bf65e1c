//! Routes: which stream is on whose list, and what is heard in the instant of a change.
//!
//! Invariant: a stream's `heard_by` names exactly the listeners whose row names it, and it has a
//! [`Playout`] exactly while one of those mixes. A source alone at 0 dB whose codec is not the
//! listener's is a mix of one: decoded in order, through the jitter buffer.

use std::time::Instant;

use super::{Out, Session, failed, hearing::Hearing, playout::Playout, stream::Stream};
use crate::{
    command::StreamId,
    event::Failure,
    route::{Route, Row},
};

impl Session {
    /// Sets all rows before anybody hears by one of them.
    pub(super) fn route(&mut self, now: Instant, route: Route, out: &mut Out) {
        let mut changed = Vec::with_capacity(route.rows.len());
        for mut row in route.rows {
            if !self.streams.contains_key(&row.listener) {
                out.events.push(failed(row.listener, Failure::UnknownStream));
                continue;
            }
            row.hears.retain(|heard| {
                let known = self.streams.contains_key(&heard.from);
                if !known {
                    out.events.push(failed(heard.from, Failure::UnknownStream));
                }
                known
            });
            if self.set(&row) {
                changed.push(row.listener);
            }
        }
        for listener in changed {
            self.listen(now, listener, out);
        }
    }

    /// Sets one row; false if the listener hears as before.
    fn set(&mut self, row: &Row) -> bool {
        let id = row.listener;
        let Some(listener) = self.streams.get_mut(&id) else { return false };
        let before = std::mem::take(&mut listener.hearing);
        let (sources_before, mixed_before) = (before.sources(), before.is_mix());
        let relayed_before = if let Hearing::Relay(from) = before { Some(from) } else { None };
        let codec = listener.negotiated.codec;
        let relays = |from| {
            let source = self.streams.get(&from);
            source.is_some_and(|source: &Stream| source.negotiated.codec.relays_to(codec))
        };
        let hearing = Hearing::compile(&row.hears, before, relays);
        let (sources, mixes) = (hearing.sources(), hearing.is_mix());
        let same = matches!(hearing, Hearing::Relay(from) if Some(from) == relayed_before);
        if let Some(listener) = self.streams.get_mut(&id) {
            listener.hearing = hearing;
        }
        for source in sources {
            self.hear(id, source, mixes);
        }
        for source in sources_before {
            let kept = self.streams.get(&id).is_some_and(|l| l.hearing.sources().contains(&source));
            if !kept || (mixed_before && !mixes) {
                self.unhear_unless(id, source, kept);
            }
        }
        !same
    }

    /// A stream's codec may have changed: who hears it alone, and whom it hears alone, is relayed
    /// where the codecs agree, and decoded where they do not.
    pub(super) fn suit(&mut self, now: Instant, id: StreamId, out: &mut Out) {
        let Some(stream) = self.streams.get(&id) else { return };
        let listeners: Vec<_> = stream.heard_by.iter().copied().chain([id]).collect();
        for listener in listeners {
            let hearing = self.streams.get(&listener).map(|stream| &stream.hearing);
            let alone = hearing.and_then(Hearing::alone);
            if let Some(from) = alone
                && self.set(&Row::relay(listener, from))
            {
                self.listen(now, listener, out);
            }
        }
    }

    fn hear(&mut self, listener: StreamId, source: StreamId, mixes: bool) {
        let Some(source) = self.streams.get_mut(&source) else { return };
        if !source.heard_by.contains(&listener) {
            source.heard_by.push(listener);
        }
        if mixes {
            source.playout.get_or_insert_with(Playout::new);
        }
    }

    fn unhear_unless(&mut self, listener: StreamId, source: StreamId, kept: bool) {
        if kept {
            self.drop_unused_playout(source);
        } else {
            self.unhear(listener, source, true);
        }
    }

    pub(super) fn unhear(&mut self, listener: StreamId, source: StreamId, mixed: bool) {
        if let Some(stream) = self.streams.get_mut(&source) {
            stream.heard_by.retain(|id| *id != listener);
        }
        if mixed {
            self.drop_unused_playout(source);
        }
    }

    fn drop_unused_playout(&mut self, source: StreamId) {
        let Some(stream) = self.streams.get(&source) else { return };
        let mixes = |id| self.streams.get(id).is_some_and(|l: &Stream| l.hearing.is_mix());
        if !stream.heard_by.iter().any(mixes)
            && let Some(stream) = self.streams.get_mut(&source)
        {
            stream.playout = None;
        }
    }

    /// A listener's ears were turned: what its one source said last is sent at once, so that an
    /// agent's first word need not wait for the agent's next packet.
    pub(super) fn listen(&mut self, now: Instant, id: StreamId, out: &mut Out) {
        let Some(listener) = self.streams.get_mut(&id) else { return };
        if listener.player.is_some() {
            return;
        }
        match &listener.hearing {
            Hearing::Nobody => listener.frame_at = None,
            Hearing::Mix(_) => {
                let frame_time = listener.frame_time();
                listener.frame_at.get_or_insert(now + frame_time);
            }
            Hearing::Relay(from) => {
                let from = *from;
                listener.frame_at = None;
                let source = self.streams.get(&from);
                let last = source.and_then(|source| source.fresh(now));
                let last = last.map(|last| (last.incoming.clone(), last.payload.clone()));
                if let Some((incoming, payload)) = last {
                    self.deliver(now, id, &incoming, &payload, out);
                }
            }
        }
        self.schedule(id);
    }
}
