//! What a trunk reaches, admits and presents, and how it refuses a wrong setting.

use super::*;
use uuid::Uuid;

fn trunk() -> Trunk {
    serde_json::from_value(serde_json::json!({
        "id": Uuid::from_u128(9), "name": "Carrier",
        "addresses": [{ "host": "192.0.2.10" }, { "host": "sip.example.net", "port": 5080 }],
        "destinations": ["1555", "44"],
    }))
    .unwrap()
}

/// FAULTS S4: destinations are denied by default.
#[test]
fn a_trunk_reaches_what_is_listed_and_nothing_else() {
    let trunk = trunk();
    assert_eq!(trunk.validate(), Ok(()));
    assert!(trunk.reaches("+15550100123".parse().unwrap()));
    assert!(trunk.reaches("+442079460123".parse().unwrap()));
    assert!(!trunk.reaches("+19005550123".parse().unwrap()));
    let open = Trunk { destinations: vec![], ..trunk.clone() };
    assert!(!open.reaches("+15550100123".parse().unwrap()));
    assert!(!Trunk { enabled: false, ..trunk }.reaches("+15550100123".parse().unwrap()));
}

/// FAULTS S4: an INVITE from an unknown source is no trunk's.
#[test]
fn a_trunk_admits_its_own_addresses_or_its_listed_sources() {
    let ip = |text: &str| text.parse::<IpAddr>().unwrap();
    let trunk = trunk();
    assert!(trunk.admits(ip("192.0.2.10")));
    assert!(trunk.admits(ip("::ffff:192.0.2.10")));
    assert!(!trunk.admits(ip("192.0.2.11")));
    let listed = Trunk { sources: vec![ip("198.51.100.1")], ..trunk };
    assert!(listed.admits(ip("198.51.100.1")));
    assert!(!listed.admits(ip("192.0.2.10")), "a list replaces what the addresses imply");
}

#[test]
fn a_carrier_that_takes_one_cli_only_gets_that_one() {
    let (own, fixed) = ("+15550100101".parse().unwrap(), "+15550100199".parse().unwrap());
    assert_eq!(trunk().presents(own), own);
    let forced = Trunk { cli: CliRule::Fixed { number: fixed }, ..trunk() };
    assert_eq!(forced.presents(own), fixed);
}

#[test]
fn a_wrong_trunk_names_the_field_down_to_the_entry() {
    let told = |change: fn(&mut Trunk)| {
        let mut trunk = trunk();
        change(&mut trunk);
        trunk.validate().unwrap_err().to_string()
    };
    assert_eq!(told(|t| t.addresses.clear()), "addresses: must hold 1 to 8 addresses");
    assert_eq!(
        told(|t| t.addresses[1].host = "sip host\r\n".into()),
        "addresses[1].host: expected an IP address or a host name"
    );
    assert_eq!(told(|t| t.addresses[0].port = Some(0)), "addresses[0].port: must not be 0");
    assert_eq!(told(|t| t.cps_max = 0), "cps_max: must be from 1 to 1000");
    assert_eq!(told(|t| t.silence_ms = 0), "silence_ms: must be from 500 to 32000");
    assert_eq!(told(|t| t.probe_s = 1), "probe_s: must be from 5 to 3600");
    assert_eq!(
        told(|t| t.domain = Some("a b".into())),
        "domain: expected an IP address or a host name"
    );
    assert_eq!(
        told(|t| t.identity.from = FromRule::Account),
        "identity.from: an account needs a registration"
    );
    assert_eq!(
        told(|t| t.destinations.push("+44".into())),
        "destinations[2]: expected 1 to 15 digits, as 44"
    );
}

#[test]
fn an_address_in_digits_has_its_transports_port_and_a_name_has_to_be_asked_for() {
    let address = |host: &str, transport| {
        let (host, transport) = (host.to_owned(), Some(transport));
        TrunkAddress { host, port: None, transport }
    };
    let socket = |host, transport| address(host, transport).socket().map(|at| at.to_string());
    assert_eq!(socket("192.0.2.10", Transport::Udp).unwrap(), "192.0.2.10:5060");
    assert_eq!(socket("2001:db8::1", Transport::Tls).unwrap(), "[2001:db8::1]:5061");
    assert_eq!(socket("sip.example.net", Transport::Udp), None);
}

/// A trunk that was stored before these settings existed reads as it always worked.
#[test]
fn an_old_trunk_reads_with_the_defaults_of_what_came_later() {
    let trunk = trunk();
    assert_eq!((trunk.priority, trunk.weight), (0, 0));
    assert_eq!((trunk.silence_ms, trunk.probe_s), (4_000, 30));
    assert_eq!(trunk.numbers.write("+15550100123".parse().unwrap()), "+15550100123");
    assert!(trunk.daily.allows(&Spent::default()));
}
