//! A simulated carrier: one SIP socket, and behind it everybody the switch can call.
//!
//! A called number meets the fate that the [`Laws`] hold for it. Whoever answers gets an RTP
//! socket, a voice, an ear and a signature; when the call ends, what happened comes out as one
//! [`CallRecord`]. The carrier also places calls of its own, towards DIDs.
//!
//! ```text
//!   INVITE ─▶ fate ├ Person, Machine: 180 … 200 ─▶ talking ─▶ BYE from either side ─┐
//!                  ├ Announced: 183 + early media … 4xx ────────────────────────────┤
//!                  ├ NoAnswer: 180 … CANCEL ────────────────────────────────────────┤
//!                  └ Refused: (180 …) 4xx, 5xx, 6xx ────────────────────────────────┴▶ CallRecord
//!   place  ─▶ INVITE … 200 ─▶ talking ─▶ BYE from either side ─────────────────────────▶
//! ```
//! Invariant: every leg of the endpoint ends in exactly one record.

mod call;
mod customers;
mod exchange;
mod record;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

use self::exchange::{Exchange, Order};
pub use self::record::{CallRecord, Course, Direction};
use super::clips::Clips;
use super::outcomes::{Chance, Laws};
use super::party::Parties;
use super::signalling::Signalling;

/// What a carrier is started with.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Where its SIP socket is bound; port 0 takes any.
    pub address: SocketAddr,
    /// Sources whose INVITEs it takes.
    pub trusted: Vec<IpAddr>,
    /// What becomes of each number.
    pub laws: Laws,
    /// Every sound there is.
    pub clips: Arc<Clips>,
    /// The thread that carries its customers' audio.
    pub parties: Arc<Parties>,
}

/// A running carrier; it ends its calls and its task when this is dropped.
#[derive(Debug)]
pub struct Carrier {
    address: SocketAddr,
    orders: mpsc::Sender<Order>,
    task: JoinHandle<()>,
}

/// A call from a customer to a DID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    /// The switch's SIP address.
    pub to: SocketAddr,
    /// The number called, as digits.
    pub called: String,
    /// The caller's number.
    pub calling: String,
    /// The caller hangs up so long after dialling, answered or not.
    pub patience: Duration,
}

/// A carrier that has stopped takes no orders.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the simulated carrier has stopped")]
pub struct Stopped;

impl Carrier {
    /// Binds the socket and starts taking calls; ended calls come out of the receiver.
    ///
    /// When [`RECORDS_WAITING`] records are waiting there, further ones are dropped and logged.
    pub async fn start(setup: Setup) -> io::Result<(Self, mpsc::Receiver<CallRecord>)> {
        let mut chance = Chance::new(setup.laws.seed, "carrier");
        let config = sip::Config::new("carrier.invalid");
        let signalling = Signalling::bind(setup.address, config, chance.bytes()).await?;
        let address = signalling.local();
        let (orders, inbox) = mpsc::channel(ORDERS_WAITING);
        let (records, ended) = mpsc::channel(RECORDS_WAITING);
        let exchange = Exchange::new(setup, signalling, records);
        let task = tokio::spawn(exchange.run(inbox));
        Ok((Self { address, orders, task }, ended))
    }

    /// The address that a trunk to it names.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Calls the switch as a customer would.
    pub async fn place(&self, call: Placed) -> Result<(), Stopped> {
        self.orders.send(Order::Place(call)).await.map_err(|_| Stopped)
    }

    /// What is alive at this moment.
    pub async fn live(&self) -> Result<Live, Stopped> {
        let (reply, live) = oneshot::channel();
        self.orders.send(Order::Count(reply)).await.map_err(|_| Stopped)?;
        live.await.map_err(|_| Stopped)
    }

    /// Hangs up every call; new ones are still taken.
    pub async fn hang_up_all(&self) -> Result<(), Stopped> {
        self.orders.send(Order::HangUpAll).await.map_err(|_| Stopped)
    }
}

impl Drop for Carrier {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What is alive in a carrier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Live {
    /// Calls that have not ended.
    pub calls: usize,
    /// Customers with an open RTP socket.
    pub customers: usize,
    /// SIP transactions.
    pub transactions: usize,
}

const ORDERS_WAITING: usize = 256;

/// Records that may wait to be taken.
pub const RECORDS_WAITING: usize = 4_096;

#[cfg(test)]
mod tests;
