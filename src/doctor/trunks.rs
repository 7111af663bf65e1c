//! Whether every trunk's names lead somewhere, and whether somebody answers there.

use config::Config;
use routing::Trunk;
use store::{Place, Store};

use super::Finding;
use super::line::Line;
use crate::io::{database, load, resolve};
use crate::switch::{Resolved, literal};

pub(super) async fn examine(config: &Config, line: &mut Line) -> Vec<Finding> {
    let place = match database::place(config) {
        Ok(place) => place,
        Err(error) => return vec![Finding::wrong("database", format!("{error:#}"), "mend it")],
    };
    if matches!(&place, Place::File(file) if !file.exists()) {
        return vec![Finding::fine("trunks", "none yet: the switch has never run")];
    }
    let trunks = match Store::open_to_read(place.clone()).await {
        Ok(store) => load::all(&store.trunks()).await,
        Err(error) => Err(error.into()),
    };
    let trunks: Vec<Trunk> = match trunks {
        Ok(trunks) => trunks,
        Err(error) => {
            let cure = format!("look at {place}");
            return vec![Finding::wrong("trunks", format!("{error:#}"), cure)];
        }
    };
    let mut found = vec![];
    for trunk in trunks.iter().filter(|trunk| trunk.enabled) {
        let targets = targets(trunk, &mut found).await;
        for target in targets {
            found.push(ask(trunk, target, line).await);
        }
    }
    if found.is_empty() {
        found.push(Finding::doubtful("trunks", "none is enabled", "add one to call anybody"));
    }
    found
}

/// Where a trunk is, its names looked up.
async fn targets(trunk: &Trunk, found: &mut Vec<Finding>) -> Vec<Resolved> {
    let mut targets: Vec<_> = literal(trunk).collect();
    let names = trunk.addresses.iter().filter(|address| address.socket().is_none());
    let names: Vec<_> = names.map(|address| address.host.as_str()).collect();
    if names.is_empty() {
        return targets;
    }
    let subject = format!("DNS of trunk {}", trunk.name);
    let names = names.join(", ");
    match resolve::once(trunk).await {
        Ok(led) if led.is_empty() => found.push(Finding::wrong(
            subject,
            format!("{names} leads nowhere"),
            "ask the carrier for the name, and the system's resolver for why",
        )),
        Ok(led) => {
            found.push(Finding::fine(subject, format!("{names} leads to {} addresses", led.len())));
            targets.extend(led);
        }
        Err(error) => found.push(Finding::wrong(
            subject,
            format!("{error:#}"),
            "see /etc/resolv.conf: no name server can be asked",
        )),
    }
    targets
}

/// INTEROP 25: any answer but 408 and 503 means alive.
async fn ask(trunk: &Trunk, target: Resolved, line: &mut Line) -> Finding {
    let subject = format!("trunk {}", trunk.name);
    let at = format!("{} over {}", target.address, target.transport);
    let cure = "let our address through at the carrier and at the firewall, and check the port";
    match line.ask(target, trunk.domain.as_deref()).await {
        Some(code @ (408 | 503)) => Finding::wrong(
            subject,
            format!("{at} answers OPTIONS with {code}: it takes no calls now"),
            "ask the carrier",
        ),
        Some(code) => Finding::fine(subject, format!("{at} answers OPTIONS with {code}")),
        None if trunk.probe_s == 0 => Finding::doubtful(
            subject,
            format!("{at} does not answer OPTIONS, which this trunk is not asked by"),
            cure,
        ),
        None => Finding::wrong(subject, format!("{at} does not answer OPTIONS in 4 s"), cure),
    }
}
