//! A name server on loopback that knows one zone, asked by the real resolver.

use hickory_resolver::config::{NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::op::{Message, ResponseCode};
use hickory_resolver::proto::rr::rdata::{A, NAPTR, SRV};
use hickory_resolver::proto::rr::{Name, Record};
use tokio::net::UdpSocket;

use super::*;

type Zone = Vec<(&'static str, RData)>;

fn name(text: &str) -> Name {
    Name::from_ascii(text).unwrap()
}

fn a(last: u8) -> RData {
    RData::A(A::new(192, 0, 2, last))
}

fn srv(priority: u16, weight: u16, port: u16, target: &str) -> RData {
    RData::SRV(SRV::new(priority, weight, port, name(target)))
}

fn naptr(order: u16, service: &str, replacement: &str) -> RData {
    let (flags, services, regexp) = (b"s", service.as_bytes(), []);
    RData::NAPTR(NAPTR::new(
        order,
        10,
        Box::new(*flags),
        services.into(),
        Box::new(regexp),
        name(replacement),
    ))
}

/// Answers from `zone` until the test ends.
async fn serve(zone: Zone) -> TokioResolver {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let at = socket.local_addr().unwrap();
    tokio::spawn(async move {
        let mut bytes = vec![0; 2_048];
        loop {
            let (length, asker) = socket.recv_from(&mut bytes).await.unwrap();
            let answer = answer(&zone, &bytes[..length]);
            socket.send_to(&answer, asker).await.unwrap();
        }
    });
    let mut server = NameServerConfig::udp(at.ip());
    for connection in &mut server.connections {
        connection.port = at.port();
    }
    let config = ResolverConfig::from_parts(None, vec![], vec![server]);
    let provider = TokioRuntimeProvider::default();
    TokioResolver::builder_with_config(config, provider).build().unwrap()
}

fn answer(zone: &Zone, question: &[u8]) -> Vec<u8> {
    let asked = Message::from_vec(question).unwrap();
    let query = asked.queries[0].clone();
    let mut said = asked.clone().into_response();
    let fits = |(owner, data): &&(&str, RData)| {
        name(owner) == *query.name() && data.record_type() == query.query_type()
    };
    for (owner, data) in zone.iter().filter(fits) {
        said.add_answer(Record::from_rdata(name(owner), 300, data.clone()));
    }
    if !zone.iter().any(|(owner, _)| name(owner) == *query.name()) {
        said.metadata.response_code = ResponseCode::NXDomain;
    }
    said.to_vec().unwrap()
}

fn trunk(addresses: &serde_json::Value) -> Trunk {
    serde_json::from_value(serde_json::json!({
        "id": uuid::Uuid::from_u128(1), "name": "Carrier", "addresses": addresses,
    }))
    .unwrap()
}

/// `192.0.2.1:5060 UDP 0/0`: address, transport and rank of each target.
async fn found(zone: Zone, addresses: serde_json::Value) -> Vec<String> {
    let dns = serve(zone).await;
    let found = find(&dns, &trunk(&addresses)).await;
    assert!(found.age <= Duration::from_mins(5) || found.targets.is_empty());
    let line =
        |at: &Resolved| format!("{} {} {}/{}", at.address, at.transport, at.rank.0, at.rank.1);
    found.targets.iter().map(line).collect()
}

/// RFC 3263 §4.1: NAPTR chooses the transport, SRV the hosts, each with its own rank.
#[tokio::test]
async fn naptr_leads_to_srv_and_srv_to_addresses_in_their_order() {
    let zone = vec![
        ("carrier.test.", naptr(20, "SIP+D2U", "_sip._udp.carrier.test.")),
        ("carrier.test.", naptr(10, "SIP+D2T", "_sip._tcp.carrier.test.")),
        ("carrier.test.", naptr(5, "E2U+sip", "unrelated.test.")),
        ("_sip._tcp.carrier.test.", srv(10, 60, 5070, "one.carrier.test.")),
        ("_sip._tcp.carrier.test.", srv(10, 40, 5071, "two.carrier.test.")),
        ("_sip._tcp.carrier.test.", srv(20, 0, 5072, "three.carrier.test.")),
        ("_sip._udp.carrier.test.", srv(1, 0, 5060, "one.carrier.test.")),
        ("one.carrier.test.", a(1)),
        ("two.carrier.test.", a(2)),
        ("three.carrier.test.", a(3)),
    ];
    let mut got = found(zone, serde_json::json!([{ "host": "carrier.test" }])).await;
    got[..2].sort();
    assert_eq!(
        got,
        [
            "192.0.2.1:5070 TCP 0/60",
            "192.0.2.2:5071 TCP 0/40",
            "192.0.2.3:5072 TCP 1/0",
            "192.0.2.1:5060 UDP 2/0",
        ]
    );
}

/// RFC 3263 §4.2: without NAPTR the SRV of a supported transport, and without that the address.
#[tokio::test]
async fn without_naptr_srv_is_asked_and_without_srv_the_address() {
    let zone = vec![
        ("_sip._tcp.carrier.test.", srv(10, 0, 5080, "one.carrier.test.")),
        ("one.carrier.test.", a(1)),
        ("carrier.test.", a(9)),
    ];
    let by_name = serde_json::json!([{ "host": "carrier.test" }]);
    assert_eq!(found(zone.clone(), by_name).await, ["192.0.2.1:5080 TCP 0/0"]);
    let by_transport = serde_json::json!([{ "host": "carrier.test", "transport": "udp" }]);
    assert_eq!(found(zone.clone(), by_transport).await, ["192.0.2.9:5060 UDP 0/0"]);
    let by_port = serde_json::json!([{ "host": "carrier.test", "port": 5090 }]);
    assert_eq!(found(zone, by_port).await, ["192.0.2.9:5090 UDP 0/0"]);
}

/// The order of a trunk's own addresses goes before what the DNS says within each.
#[tokio::test]
async fn a_second_name_ranks_behind_the_first() {
    let zone = vec![("one.test.", a(1)), ("two.test.", a(2))];
    let both = serde_json::json!([{ "host": "one.test" }, { "host": "two.test" }]);
    assert_eq!(found(zone, both).await, ["192.0.2.1:5060 UDP 0/0", "192.0.2.2:5060 UDP 8192/0"]);
}

/// FAULTS F13: a name that leads nowhere is no error and no target.
#[tokio::test]
async fn a_name_that_leads_nowhere_is_left_out() {
    let zone = vec![("_sip._udp.none.test.", srv(1, 0, 5060, ".")), ("one.test.", a(1))];
    let both = serde_json::json!([{ "host": "none.test" }, { "host": "one.test" }]);
    assert_eq!(found(zone, both).await, ["192.0.2.1:5060 UDP 8192/0"]);
}
