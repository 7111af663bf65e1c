//! 300 pairs in one session: the scene of the wall-clock benchmark and of the counted one.

use std::{
    net::SocketAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use media::{
    Command, Heard, Route, Row, StreamId,
    library::Library,
    rtp::Header,
    sdp::{Codec, Direction, Negotiated},
    session::{Input, Out, Session, Setup},
};

/// Six hundred parties in one session, and its clock.
pub(super) struct Stage {
    session: Session,
    now: Instant,
    out: Out,
    sent: u32,
    /// Of whoever speaks.
    codec: Codec,
}

/// 300 pairs, the first of which speaks `codec` and the second `other`.
pub(super) fn stage(codec: Codec, other: Codec) -> Stage {
    let now = Instant::now();
    let setup = Setup::new(Arc::new(Library::default()), None, now);
    let mut stage =
        Stage { session: Session::new(setup, [1; 32]), now, out: Out::default(), sent: 0, codec };
    for id in 0..600 {
        let codec = if id % 2 == 0 { codec } else { other };
        let remote = address(id);
        let negotiated = Negotiated {
            remote,
            rtcp: remote,
            rtcp_mux: true,
            codec,
            payload_type_send: codec.payload_type(),
            payload_type_recv: codec.payload_type(),
            dtmf: None,
            ptime_ms: 20,
            direction: Direction::SendRecv,
            dtx: false,
            srtp: None,
            web: None,
        };
        let stream = StreamId(id);
        stage.command(Command::Open { stream, port: 0, negotiated, signalling: remote.ip() });
    }
    for id in (0..600).step_by(2) {
        stage.command(Command::Route(Route::between(StreamId(id), StreamId(id + 1))));
    }
    stage
}

/// 300 parties, each of whom hears two others.
pub(super) fn mixing() -> Stage {
    let mut mix = stage(Codec::Pcma, Codec::Pcmu);
    for id in (0..600).step_by(2) {
        let sources = [id, (id + 2) % 600];
        let hears = sources.map(|from| Heard { from: StreamId(from), gain_db: 0 }).to_vec();
        mix.command(Command::Route(Route {
            rows: vec![Row { listener: StreamId(id + 1), hears }],
        }));
    }
    mix
}

impl Stage {
    pub(super) fn command(&mut self, command: Command) {
        self.session.handle(self.now, Input::Command(command), &mut self.out);
        self.out.clear();
    }

    /// One packet of every first party and all that time brings; 300 packets in.
    pub(super) fn round(&mut self) {
        self.sent += 1;
        self.now += Duration::from_millis(20);
        for id in (0..600).step_by(2) {
            let header = Header {
                marker: false,
                payload_type: self.codec.payload_type(),
                sequence: u16::try_from(self.sent & 0xFFFF).unwrap(),
                timestamp: self.sent * 160,
                ssrc: 1,
            };
            let mut packet = [0x55; 172];
            packet[..Header::LEN].copy_from_slice(&header.write());
            let (stream, from) = (StreamId(id), address(id));
            let input = Input::Packet { stream, from, packet: &packet };
            self.session.handle(self.now, input, &mut self.out);
            self.out.clear();
        }
        self.session.handle(self.now, Input::Tick, &mut self.out);
        self.out.clear();
    }
}

fn address(id: u64) -> SocketAddr {
    let [.., high, low] = id.to_be_bytes();
    SocketAddr::from(([203, 0, high, low], 4000))
}
