//! The fuzz bodies of `sip` and `routing`, by the names of their targets; the same run as plain
//! tests there.

#[path = "../../sip/tests/message/bodies.rs"]
mod bodies;
#[allow(dead_code, reason = "the model counts what only its own test looks at")]
#[path = "../../routing/tests/model/ledger.rs"]
mod ledger;
#[path = "../../sip/tests/machines/body.rs"]
mod machines;
#[path = "../../sip/tests/message/reprint.rs"]
mod reprint;

/// Takes any bytes; panics where a reader contradicts itself.
pub type Body = fn(&[u8]);

/// One message, read in every way.
pub const MESSAGE: Body = bodies::message;
/// A URI.
pub const URI: Body = bodies::uri;
/// A header with an address in it.
pub const HEADER: Body = bodies::header;
/// A Via.
pub const VIA: Body = bodies::via;
/// Parameters of a challenge or of credentials.
pub const DIGEST: Body = bodies::digest;
/// A TCP stream, cut into messages.
pub const STREAM: Body = bodies::stream;
/// A WebSocket after its handshake.
pub const WEBSOCKET: Body = bodies::websocket;
/// Two endpoints and what a network does between them: transactions, dialogs and legs.
pub const MACHINES: Body = machines::machines;
/// The floor under verbs in any order: agents, calls and queues.
pub const FLOOR: Body = ledger::floor;
