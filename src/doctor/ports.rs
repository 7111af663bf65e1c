//! Whether every port of the configuration can be had: SIP, HTTP and audio, and enough file
//! handles for the calls that are allowed.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

use config::Config;
use sip::Transport;

use super::Finding;
use super::line::Line;
use crate::switch::{Resolved, rank};

pub(super) async fn examine(config: &Config, line: &mut Line) -> Vec<Finding> {
    let mut found = vec![];
    for address in &config.sip.udp {
        found.push(udp(*address, line).await);
    }
    let sip = &config.sip;
    let streams =
        [("sip.tcp", &sip.tcp), ("sip.tls", &sip.tls), ("sip.ws", &sip.ws), ("sip.wss", &sip.wss)];
    for (key, listeners) in streams {
        found.extend(listeners.iter().map(|address| tcp(key, *address)));
    }
    found.push(tcp("http.listen", config.http.listen));
    found.push(audio(config));
    found.extend(handles(config));
    found
}

async fn udp(address: SocketAddr, line: &mut Line) -> Finding {
    let subject = format!("sip.udp {address}");
    let Err(error) = UdpSocket::bind(address) else { return Finding::fine(subject, "free") };
    if error.kind() == ErrorKind::AddrInUse {
        let (address, rank) = (reachable(address), rank(0, 0, 0));
        let there = Resolved { address, transport: Transport::Udp, rank };
        return match line.ask(there, None).await {
            Some(code) => {
                Finding::fine(subject, format!("taken by SIP that answers {code}: we run"))
            }
            None => Finding::wrong(
                subject,
                "taken by a program that does not answer SIP",
                format!("see who has it with: ss -lunp 'sport = :{}'", address.port()),
            ),
        };
    }
    refused(subject, address, &error)
}

fn tcp(key: &str, address: SocketAddr) -> Finding {
    let subject = format!("{key} {address}");
    let Err(error) = TcpListener::bind(address) else { return Finding::fine(subject, "free") };
    if error.kind() == ErrorKind::AddrInUse {
        return match TcpStream::connect_timeout(&reachable(address), CONNECT) {
            Ok(_) => Finding::fine(subject, "taken, and it accepts connections"),
            Err(_) => Finding::wrong(
                subject,
                "taken by a program that accepts no connection",
                format!("see who has it with: ss -ltnp 'sport = :{}'", address.port()),
            ),
        };
    }
    refused(subject, address, &error)
}

fn refused(subject: String, address: SocketAddr, error: &std::io::Error) -> Finding {
    let cure = match error.kind() {
        ErrorKind::AddrNotAvailable => format!(
            "no interface of this machine has {}: name one that is, or 0.0.0.0",
            address.ip()
        ),
        ErrorKind::PermissionDenied => {
            "give the program CAP_NET_BIND_SERVICE, or take a port above 1023".to_owned()
        }
        _ => "see the system's own message".to_owned(),
    };
    Finding::wrong(subject, error.to_string(), cure)
}

/// Where a listener can be asked: one on every address is asked on loopback.
fn reachable(mut address: SocketAddr) -> SocketAddr {
    if address.ip().is_unspecified() {
        let loopback = match address {
            SocketAddr::V4(_) => std::net::Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => std::net::Ipv6Addr::LOCALHOST.into(),
        };
        address.set_ip(loopback);
    }
    address
}

fn audio(config: &Config) -> Finding {
    let (range, ip) = (config.media.ports, config.media_address());
    let subject = format!("media.ports {range}");
    let mut taken = 0_usize;
    let mut looked_at = 0_usize;
    for port in range.first()..=range.last() {
        looked_at += 1;
        match UdpSocket::bind((ip, port)) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::AddrInUse => taken += 1,
            Err(error) => return refused(subject, (ip, port).into(), &error),
        }
    }
    // The switch holds some ahead of need, and two of each stream.
    if taken * 2 > looked_at {
        let seen = format!("{taken} of {looked_at} on {ip} are taken");
        return Finding::doubtful(subject, seen, "give audio a range that no program else uses");
    }
    Finding::fine(subject, format!("{} of {looked_at} on {ip} are free", looked_at - taken))
}

/// Each call takes four sockets of audio; a process may open only so many.
fn handles(config: &Config) -> Option<Finding> {
    let limits = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    let most: u64 = line.split_ascii_whitespace().next()?.parse().ok()?;
    let need = u64::from(config.limits.calls) * 4 + HANDLES_ELSE;
    let subject = "open files";
    if most >= need {
        return Some(Finding::fine(subject, format!("{most} allowed, {need} at full load")));
    }
    Some(Finding::doubtful(
        subject,
        format!("{most} allowed, but limits.calls = {} takes {need}", config.limits.calls),
        format!("LimitNOFILE={need} in the service's unit, or ulimit -n {need}"),
    ))
}

const CONNECT: Duration = Duration::from_secs(2);

/// Database, journal, recordings, listeners, and a desk for each agent.
const HANDLES_ELSE: u64 = 1_024;
