//! An agent's telephone: what it is doing, why it was turned away, and a page's token.

use admin_api::telephones::{Cause, Contact, Refused, Telephone};
use admin_api::{Command, Reply};
use serde_json::Value;
use store::users::Role;

use crate::house::House;

/// Issue 3: a failed registration is explained in words to its agent, with what helps.
#[tokio::test]
async fn an_agent_reads_why_the_telephone_was_turned_away() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let id = admin.agent(1).await;
    let agent = house.user("ada", Role::Agent, Some(id.parse().unwrap())).await;
    for (why, words) in [
        (Cause::WrongSecret, "wrong secret"),
        (Cause::ClockSkew, "clock skew"),
        (Cause::Address, "not from this address"),
    ] {
        let refused = Refused {
            at: "2026-11-22T02:00:00Z".parse().unwrap(),
            from: "192.0.2.7:5060".parse().unwrap(),
            why,
        };
        let telephone = Telephone { contacts: vec![], refused: Some(refused) };
        house.switch.answers.lock().unwrap().push(Ok(Reply::Telephone(telephone)));
        let shown = agent.get("/v1/me/telephone").await.expect(200);
        assert_eq!(shown["registered"], false);
        assert!(shown["refused"]["why"].as_str().unwrap().contains(words), "{shown}");
        assert!(!shown["refused"]["cure"].as_str().unwrap().is_empty());
        assert_eq!(shown["refused"]["from"], "192.0.2.7:5060");
    }
    let contact = Contact {
        uri: "sip:x@k3m9.invalid;transport=ws".to_owned(),
        from: "192.0.2.7:40404".parse().unwrap(),
        transport: "WSS",
        expires_at: "2026-11-22T02:10:00Z".parse().unwrap(),
    };
    let telephone = Telephone { contacts: vec![contact], refused: None };
    house.switch.answers.lock().unwrap().push(Ok(Reply::Telephone(telephone)));
    let shown = admin.get(&format!("/v1/agents/{id}/telephone")).await.expect(200);
    assert_eq!(shown["registered"], true);
    assert_eq!(shown["contacts"][0]["transport"], "WSS");
    assert_eq!(shown.get("refused"), None);
}

/// No SIP secret lies in a page: it gets a token that the switch knows by its digests alone, for an
/// hour, and that ends with its session.
#[tokio::test]
async fn a_page_gets_a_token_that_ends_with_its_session() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let id = admin.agent(1).await;
    let agent = house.user("ada", Role::Agent, Some(id.parse().unwrap())).await;
    let token = agent.post("/v1/me/sip-token", &Value::Null).await.expect(200);
    let password = token["password"].as_str().unwrap();
    assert!(password.len() >= 24, "96 bits or more");
    assert_eq!(token["websocket_path"], "/sip");
    let Some(Command::GrantSipToken { secret, holder, lifetime }) = house.commands().pop() else {
        panic!("the switch was not told");
    };
    assert_eq!(secret.agent.to_string(), id);
    assert_eq!(secret.username, token["username"].as_str().unwrap());
    assert_eq!(lifetime.as_secs(), 3_600);
    let again = agent.post("/v1/me/sip-token", &Value::Null).await.expect(200);
    assert_ne!(again["password"], token["password"]);
    agent.post("/v1/logout", &Value::Null).await.expect(204);
    let revoked = house.commands().into_iter().find_map(|command| match command {
        Command::RevokeSipTokens { holder } => Some(holder),
        _ => None,
    });
    assert_eq!(revoked, Some(holder));
}
