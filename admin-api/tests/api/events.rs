//! The event stream over a real socket: tickets, snapshots, resuming, scopes, and endings.

use std::net::SocketAddr;
use std::time::Duration;

use admin_api::live::{LiveEvent, Totals};
use admin_api::{Command, Control};
use futures_util::StreamExt;
use serde_json::{Value, json};
use store::users::Role;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::house::{As, House, request};

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

async fn serve(house: &House) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = house.router.clone().into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await.unwrap() });
    address
}

async fn ticket(who: &As<'_>) -> String {
    let answer = who.post("/v1/events/ticket", &Value::Null).await.expect(200);
    answer["ticket"].as_str().unwrap().to_owned()
}

async fn open(at: SocketAddr, who: &As<'_>, after: &str) -> Socket {
    let url = format!("ws://{at}/v1/events?ticket={}{after}", ticket(who).await);
    connect_async(url).await.unwrap().0
}

async fn next(socket: &mut Socket) -> Value {
    loop {
        match timeout(Duration::from_secs(5), socket.next()).await.unwrap().unwrap().unwrap() {
            Message::Text(text) => return serde_json::from_str(&text).unwrap(),
            Message::Ping(_) => {}
            other => panic!("{other:?}"),
        }
    }
}

async fn close_reason(socket: &mut Socket) -> (u16, String) {
    loop {
        match timeout(Duration::from_secs(5), socket.next()).await.unwrap() {
            Some(Ok(Message::Close(Some(frame)))) => {
                return (frame.code.into(), frame.reason.to_string());
            }
            Some(Ok(_)) => {}
            other => panic!("{other:?}"),
        }
    }
}

fn calls(n: u32) -> LiveEvent {
    LiveEvent::Totals(Totals { calls: n, ..Totals::default() })
}

#[tokio::test]
async fn a_stream_begins_with_a_snapshot_and_goes_on_in_order() {
    let house = House::new().await;
    let admin = house.administrator().await;
    let at = serve(&house).await;
    house.switch.hub().publish(calls(1));
    let mut socket = open(at, &admin, "").await;
    let first = next(&mut socket).await;
    assert_eq!(first["snapshot"]["seq"], 1000);
    assert_eq!(first["snapshot"]["events"][0]["event"]["calls"], 1);
    for n in 2..5 {
        house.switch.hub().publish(calls(n));
        let event = next(&mut socket).await;
        assert_eq!(event["seq"], 999 + n);
        assert_eq!(event["event"], {
            let mut expected = serde_json::to_value(Totals::default()).unwrap();
            expected["type"] = json!("totals");
            expected["calls"] = json!(n);
            expected
        });
    }
}

#[tokio::test]
async fn a_stream_resumes_without_a_gap_or_a_repeat() {
    let house = House::new().await;
    let admin = house.administrator().await;
    let at = serve(&house).await;
    for n in 0..5 {
        house.switch.hub().publish(calls(n));
    }
    let mut socket = open(at, &admin, "&after=1001").await;
    for n in [1002, 1003, 1004] {
        assert_eq!(next(&mut socket).await["seq"], n);
    }
    house.switch.hub().publish(calls(9));
    assert_eq!(next(&mut socket).await["seq"], 1005);
    // From another run of the switch: a snapshot, not silence.
    let mut old = open(at, &admin, "&after=7").await;
    assert_eq!(next(&mut old).await["snapshot"]["seq"], 1005);
}

#[tokio::test]
async fn the_live_page_is_what_a_stream_begins_with() {
    let house = House::new().await;
    let admin = house.administrator().await;
    house.switch.hub().publish(calls(3));
    let live = admin.get("/v1/live").await.expect(200);
    assert_eq!(live["seq"], 1000);
    assert_eq!(live["events"][0]["event"]["type"], "totals");
    // R67: what is everybody's is not an agent's.
    let ada = house.user("ada", Role::Agent, None).await;
    assert_eq!(ada.get("/v1/live").await.expect(200)["events"], json!([]));
}

/// FAULTS S10: the status of a handshake that was refused.
async fn refused(url: String, origin: Option<&str>) -> u16 {
    let mut request = url.into_client_request().unwrap();
    if let Some(origin) = origin {
        request.headers_mut().insert("origin", origin.parse().unwrap());
    }
    match connect_async(request).await {
        Err(Error::Http(response)) => {
            assert_eq!(response.headers()["content-type"], "application/problem+json");
            response.status().as_u16()
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_ticket_is_good_for_one_use_within_half_a_minute_from_our_own_page() {
    let house = House::new().await;
    let admin = house.administrator().await;
    let at = serve(&house).await;
    let url = |ticket: &str| format!("ws://{at}/v1/events?ticket={ticket}");
    let spent = ticket(&admin).await;
    connect_async(url(&spent)).await.unwrap();
    assert_eq!(refused(url(&spent), None).await, 401);
    assert_eq!(refused(url("made-up"), None).await, 401);
    assert_eq!(refused(format!("ws://{at}/v1/events"), None).await, 400);
    let foreign = ticket(&admin).await;
    assert_eq!(refused(url(&foreign), Some("https://evil.example")).await, 403);
    let own = format!("http://{at}");
    let mut request = url(&foreign).into_client_request().unwrap();
    request.headers_mut().insert("origin", own.parse().unwrap());
    connect_async(request).await.unwrap();
    let old = ticket(&admin).await;
    house.pass(Duration::from_secs(30));
    assert_eq!(refused(url(&old), None).await, 401);
}

#[tokio::test]
async fn a_plain_get_is_told_to_open_a_websocket() {
    let house = House::new().await;
    let admin = house.administrator().await;
    let path = format!("/v1/events?ticket={}", ticket(&admin).await);
    house.send(request("GET", &path, &Value::Null)).await.problem(400);
}

/// FAULTS S14: within a second or so.
#[tokio::test]
async fn a_logout_ends_the_stream() {
    let house = House::new().await;
    let admin = house.administrator().await;
    let at = serve(&house).await;
    let mut socket = open(at, &admin, "").await;
    next(&mut socket).await;
    admin.post("/v1/logout", &Value::Null).await.expect(204);
    assert_eq!(close_reason(&mut socket).await, (4001, "signed out".to_owned()));
}

#[tokio::test]
async fn a_viewer_who_talks_is_closed() {
    let house = House::new().await;
    let admin = house.administrator().await;
    let at = serve(&house).await;
    let mut socket = open(at, &admin, "").await;
    next(&mut socket).await;
    futures_util::SinkExt::send(&mut socket, Message::text("hello")).await.unwrap();
    assert_eq!(close_reason(&mut socket).await.0, u16::from(CloseCode::Unsupported));
}

/// F23: the slow one is dropped with the reason; the others notice nothing.
#[tokio::test]
async fn a_viewer_that_falls_out_of_the_ring_is_closed_with_the_reason() {
    let house = House::new().await;
    let admin = house.administrator().await;
    let at = serve(&house).await;
    let mut slow = open(at, &admin, "").await;
    next(&mut slow).await;
    // The runtime of this test has one thread: nothing is sent before the ring has turned over.
    for n in 0..20_000 {
        house.switch.hub().publish(calls(n));
    }
    let (code, reason) = close_reason(&mut slow).await;
    assert_eq!(code, 4000);
    assert!(reason.starts_with("too slow"), "{reason}");
}

#[tokio::test]
async fn one_viewer_more_than_allowed_is_a_503() {
    let house = House::with(|settings| settings.viewers_max = 1).await;
    let admin = house.administrator().await;
    let at = serve(&house).await;
    let mut first = open(at, &admin, "").await;
    next(&mut first).await;
    let url = format!("ws://{at}/v1/events?ticket={}", ticket(&admin).await);
    assert_eq!(refused(url.clone(), None).await, 503);
    drop(first);
    for _ in 0..50 {
        tokio::time::sleep(Duration::from_millis(20)).await;
        let url = format!("ws://{at}/v1/events?ticket={}", ticket(&admin).await);
        if connect_async(url).await.is_ok() {
            return;
        }
    }
    panic!("the place of a viewer who left was not given back");
}

/// FAULTS F11: the switch is told when the last window of a desk closes, and not before.
#[tokio::test]
async fn the_switch_hears_when_an_agents_desk_opens_and_when_its_last_window_closes() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let id = admin.agent(1).await;
    let agent = house.user("ada", Role::Agent, Some(id.parse().unwrap())).await;
    let at = serve(&house).await;
    let told = async |expected: &[bool]| {
        for _ in 0..500 {
            let commands = house.switch.commands.lock().unwrap().clone();
            let desks = commands.iter().filter_map(|command| match command {
                Command::Desk { agent, open } if agent.to_string() == id => Some(*open),
                _ => None,
            });
            if desks.collect::<Vec<_>>() == expected {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        false
    };
    let mut first = open(at, &agent, "").await;
    next(&mut first).await;
    let mut second = open(at, &agent, "").await;
    next(&mut second).await;
    drop(first);
    let mut boss = open(at, &admin, "").await;
    next(&mut boss).await;
    drop(boss);
    assert!(told(&[true]).await, "one desk, opened once");
    drop(second);
    assert!(told(&[true, false]).await);
}
