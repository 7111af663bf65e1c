//! A caller is led by a workflow: SIPp calls, keys are pressed as telephone events, a server is
//! asked, and the agent of the queue hears and is heard.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use routing::{DidTarget, StateName, Workflow};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use uuid::Uuid;

use super::baresip::Baresip;
use super::customer::Customer;
use super::product::Product;
use super::sipp::Sipp;
use crate::{AGENT_HZ, CUSTOMER_HZ};

/// Issue 5, point 7: clip, keys, webhook, branch and queue, with audio at both ends.
#[tokio::test(flavor = "multi_thread")]
async fn a_caller_gives_an_account_by_keys_and_is_led_to_an_agent() {
    let carrier = Product::free_port();
    let (url, posted) = gold_for_everybody().await;
    let product = Product::start_with(carrier, |config, scene| {
        config.webhooks.private = vec!["127.0.0.1".parse().unwrap()];
        let workflow = account(&url, *scene.queue.id.as_uuid());
        scene.dids[0].target = DidTarget::Workflow { workflow: workflow.id };
        scene.workflows = vec![workflow];
    })
    .await;
    let telephone = Baresip::register(&product, AGENT_HZ).await;
    let customer = Customer::listen(CUSTOMER_HZ);
    product.at_work().await;
    product.wait_for(StateName::Ready).await;

    let caller = Sipp::waiting_caller(carrier, &product, customer.port());
    customer.hears_speech().await;
    assert!(!customer.heard(AGENT_HZ), "the agent was heard before a key was pressed");
    customer.press("42#");
    customer.hears(AGENT_HZ).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    product.end_inbound().await;
    caller.finished().await;
    product.wait_for(StateName::WrapUp).await;

    let calls = product.calls(1).await;
    assert_eq!((calls[0].queue, calls[0].abandoned), (Some(product.queue()), false));
    let posted: Vec<Value> = posted.lock().unwrap().clone();
    let [asked] = posted.as_slice() else { panic!("asked {} times", posted.len()) };
    assert_eq!((&asked["values"]["account"], &asked["step"]), (&json!("42"), &json!("ask")));
    assert_eq!(asked["values"]["calling"], json!(calls[0].calling));
    let recording = telephone.hang_up_and_listen().await;
    assert!(recording.heard(CUSTOMER_HZ), "the agent did not hear the caller");
    product.stop_clean().await;
}

fn account(url: &str, queue: Uuid) -> Workflow {
    let steps = json!({
        "account": { "do": "gather", "clip": "leave-a-message", "into": "account",
            "digits_min": 2, "digits_max": 8, "wait_ms": 20_000, "then": "ask",
            "otherwise": "end" },
        "ask": { "do": "webhook", "url": url, "wait_ms": 10_000, "then": "tier",
            "failed": "end" },
        "tier": { "do": "branch", "value": "tier", "cases": { "gold": "agents" },
            "otherwise": "end" },
        "agents": { "do": "queue", "queue": queue },
        "end": { "do": "hang_up" },
    });
    let json = json!({ "id": Uuid::now_v7(), "name": "Accounts", "start": "account",
        "steps": steps });
    let workflow: Workflow = serde_json::from_value(json).unwrap();
    assert_eq!(workflow.faults(), []);
    workflow
}

/// A server that keeps what it is posted; where it is.
async fn gold_for_everybody() -> (String, Arc<Mutex<Vec<Value>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/ivr", listener.local_addr().unwrap());
    let posted: Arc<Mutex<Vec<Value>>> = Arc::default();
    let kept = posted.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (mut request, mut body) = (vec![], None);
            while body.is_none() && stream.read_buf(&mut request).await.unwrap() > 0 {
                let text = String::from_utf8_lossy(&request);
                let rest = text.split_once("\r\n\r\n").map(|(_, rest)| rest.to_owned());
                body = rest.and_then(|rest| serde_json::from_str(&rest).ok());
            }
            kept.lock().unwrap().extend(body);
            let answer = "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"tier\":\"gold\"}";
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (url, posted)
}
