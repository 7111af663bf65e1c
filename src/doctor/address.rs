//! Whether the address that SDP, Via and Contact will show is one that others can send to.

use std::net::IpAddr;

use config::Config;

use super::Finding;
use crate::io::stun;

/// Adds what was found; gives the address that will be shown.
pub(super) async fn examine(config: &Config, found: &mut Vec<Finding>) -> IpAddr {
    let bound = config.media_address();
    let learned = match &config.sip.stun_server {
        Some(server) => match stun::learn(server, bound).await {
            Ok(learned) => Some(learned),
            Err(error) => {
                found.push(Finding::wrong(
                    format!("sip.stun_server {server}"),
                    format!("{error:#}"),
                    "let UDP out to it, or write the address into sip.public_address",
                ));
                None
            }
        },
        None => None,
    };
    let shown = config.sip.public_address.or(learned).unwrap_or(bound);
    found.push(judge(bound, config.sip.public_address, learned));
    shown
}

fn judge(bound: IpAddr, stated: Option<IpAddr>, learned: Option<IpAddr>) -> Finding {
    let subject = "address in SDP";
    match (stated, learned) {
        (Some(stated), Some(learned)) if stated != learned => Finding::wrong(
            subject,
            format!("SDP says {stated}, and the world sees us as {learned}"),
            format!("sip.public_address = \"{learned}\", or leave it out to have it learned"),
        ),
        (Some(shown), _) | (None, Some(shown)) if shown != bound => Finding::fine(
            subject,
            format!("{shown}, with audio on {bound}: forward sip.udp and media.ports to us"),
        ),
        _ if bound.is_unspecified() => Finding::wrong(
            subject,
            format!("SDP would say {bound}, which nobody can send audio to"),
            "set sip.public_address or sip.stun_server, or bind media.address to one address",
        ),
        _ if bound.is_loopback() => Finding::doubtful(
            subject,
            format!("{bound}: only programs on this machine can call"),
            "name the network's address in sip.udp, sip.tcp and media.address",
        ),
        (None, None) if sip::is_private(bound) => Finding::doubtful(
            subject,
            format!("{bound}: carriers on the internet cannot send audio there"),
            "set sip.public_address or sip.stun_server, unless every trunk is in this network",
        ),
        _ => Finding::fine(subject, bound.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Verdict;
    use super::*;

    fn verdict(bound: &str, stated: Option<&str>, learned: Option<&str>) -> Verdict {
        let ip = |text: &str| text.parse().unwrap();
        judge(ip(bound), stated.map(ip), learned.map(ip)).verdict
    }

    /// Each way in which callers would hear nothing, and its neighbours in which they do.
    #[test]
    fn an_address_that_nobody_can_send_to_is_told() {
        assert_eq!(verdict("0.0.0.0", None, None), Verdict::Wrong);
        assert_eq!(verdict("0.0.0.0", Some("203.0.113.7"), None), Verdict::Fine);
        assert_eq!(verdict("10.0.0.5", None, None), Verdict::Doubtful);
        assert_eq!(verdict("10.0.0.5", None, Some("203.0.113.7")), Verdict::Fine);
        assert_eq!(verdict("10.0.0.5", Some("203.0.113.9"), Some("203.0.113.7")), Verdict::Wrong);
        assert_eq!(verdict("127.0.0.1", None, None), Verdict::Doubtful);
        assert_eq!(verdict("198.51.100.4", None, None), Verdict::Fine);
    }
}
