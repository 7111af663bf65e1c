//! SIP over UDP: one receiving thread a socket; sending happens on the brain's own thread.
//!
//! A datagram that the kernel cannot take at once is dropped, as any network may: SIP sends it
//! again. Receive buffers are large, since bursts are lost in the socket before the CPU runs out.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use bytes::Bytes;
use sip::{Flow, Transport};
use socket2::{Domain, Protocol, Socket, Type};

/// The UDP sockets that carry SIP.
#[derive(Debug)]
pub struct Udp {
    sockets: Vec<(SocketAddr, Arc<UdpSocket>)>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl Udp {
    /// Binds every address; port 0 takes a free one.
    pub fn bind(listen: &[SocketAddr]) -> io::Result<Self> {
        let sockets = listen
            .iter()
            .map(|address| {
                let socket = bind(*address)?;
                Ok((socket.local_addr()?, Arc::new(socket)))
            })
            .collect::<io::Result<_>>()?;
        Ok(Self { sockets, stop: Arc::default(), threads: vec![] })
    }

    /// The addresses that are bound.
    pub fn addresses(&self) -> impl Iterator<Item = SocketAddr> + '_ {
        self.sockets.iter().map(|(address, _)| *address)
    }

    /// Starts a thread a socket that hands every datagram to `deliver`.
    pub fn receive(
        &mut self,
        deliver: impl Fn(Flow, Bytes) + Clone + Send + 'static,
    ) -> io::Result<()> {
        for (local, socket) in &self.sockets {
            let (local, socket, stop) = (*local, socket.clone(), self.stop.clone());
            let deliver = deliver.clone();
            let thread = thread::Builder::new()
                .name("sip-udp".to_owned())
                .spawn(move || receive(local, &socket, &stop, &deliver))?;
            self.threads.push(thread);
        }
        Ok(())
    }

    /// Sends one datagram from the socket the flow belongs to.
    pub fn send(&self, flow: &Flow, bytes: &[u8]) -> io::Result<()> {
        let same = self.sockets.iter().find(|(local, _)| *local == flow.local);
        let family =
            || self.sockets.iter().find(|(local, _)| local.is_ipv4() == flow.remote.is_ipv4());
        let (_, socket) = same.or_else(family).ok_or(io::ErrorKind::AddrNotAvailable)?;
        match socket.send_to(bytes, flow.remote) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(()),
            sent => sent.map(drop),
        }
    }

    /// Ends the receiving threads.
    pub fn stop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a UDP thread had panicked");
            }
        }
    }
}

fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.set_recv_buffer_size(BUFFER_BYTES)?;
    socket.set_send_buffer_size(BUFFER_BYTES)?;
    socket.bind(&address.into())?;
    let socket = UdpSocket::from(socket);
    socket.set_read_timeout(Some(STOP_CHECK))?;
    Ok(socket)
}

fn receive(
    local: SocketAddr,
    socket: &UdpSocket,
    stop: &AtomicBool,
    deliver: &impl Fn(Flow, Bytes),
) {
    let mut buffer = vec![0; DATAGRAM_MAX];
    while !stop.load(Ordering::Relaxed) {
        match socket.recv_from(&mut buffer) {
            Ok((length, remote)) => {
                let flow = Flow { transport: Transport::Udp, local, remote, connection: 0 };
                deliver(flow, Bytes::copy_from_slice(&buffer[..length]));
            }
            Err(error) if is_idle(&error) => {}
            Err(error) => {
                tracing::warn!(%local, %error, "cannot receive SIP over UDP");
                thread::sleep(Duration::from_millis(10));
            }
        }
    }
}

/// A read that timed out, or an ICMP error that belongs to an earlier datagram.
fn is_idle(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionRefused, Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), ConnectionRefused | Interrupted | TimedOut | WouldBlock)
}

const BUFFER_BYTES: usize = 4 << 20;
const DATAGRAM_MAX: usize = 65_535;

/// How often a receiving thread looks whether it should end.
const STOP_CHECK: Duration = Duration::from_millis(200);

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc;

    #[test]
    fn a_datagram_arrives_with_its_path_and_the_reply_leaves_from_the_same_socket() {
        let mut udp = Udp::bind(&["127.0.0.1:0".parse().unwrap()]).unwrap();
        let local = udp.addresses().next().unwrap();
        let (sender, arrived) = mpsc::channel();
        udp.receive(move |flow, bytes| sender.send((flow, bytes)).unwrap()).unwrap();

        let phone = UdpSocket::bind("127.0.0.1:0").unwrap();
        phone.send_to(b"OPTIONS", local).unwrap();
        let (flow, bytes) = arrived.recv_timeout(Duration::from_secs(5)).unwrap();
        assert_eq!(&bytes[..], b"OPTIONS");
        assert_eq!(flow, Flow::udp(local, phone.local_addr().unwrap()));

        udp.send(&flow, b"200").unwrap();
        let mut buffer = [0; 16];
        let (length, from) = phone.recv_from(&mut buffer).unwrap();
        assert_eq!((&buffer[..length], from), (&b"200"[..], local));
        udp.stop();
    }
}
