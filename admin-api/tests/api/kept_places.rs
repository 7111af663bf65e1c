//! Places in line that callers kept, as supervisors read and remove them.

use admin_api::control::{Command, CommandError, Reply};
use jiff::{SignedDuration, Timestamp};
use routing::{CallId, KeptPlace, PlaceEnd};
use serde_json::{Value, json};
use store::Event;
use store::users::Role;
use uuid::Uuid;

use crate::house::House;

fn call(n: u128) -> CallId {
    Uuid::from_u128(n).into()
}

fn place(n: u128, queue: &str, campaign: &str) -> Event {
    let now = Timestamp::now();
    Event::PlaceKept {
        place: Box::new(KeptPlace {
            call: call(n),
            queue: queue.parse().unwrap(),
            campaign: campaign.parse().unwrap(),
            number: format!("+120255501{n:02}").parse().unwrap(),
            arrived_at: now - SignedDuration::from_mins(5),
            kept_at: now,
            until: now + SignedDuration::from_hours(24),
            tries_max: 3,
            retry_s: 300,
        }),
    }
}

/// A queue offers it under terms that are checked; what came of each place is read, by queue and by
/// whether it is kept still.
#[tokio::test]
async fn places_are_listed_the_latest_first_with_what_came_of_them() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let campaign = Uuid::from_u128(0xca).to_string();
    let made = admin.post("/v1/queues", &json!({ "name": "Sales" })).await.expect(201);
    let (sales, other) = (made["id"].as_str().unwrap(), Uuid::from_u128(9).to_string());
    let agent = admin.agent(1).await.parse().unwrap();
    house
        .happened([
            place(1, sales, &campaign),
            place(2, &other, &campaign),
            place(3, sales, &campaign),
            Event::PlaceCalled { place: call(1), call: call(100), agent },
            Event::PlaceClosed { place: call(1), how: PlaceEnd::Reached },
        ])
        .await;
    let listed = async |query: &str| {
        let page = admin.get(&format!("/v1/kept-places{query}")).await.expect(200);
        let items = page["items"].as_array().unwrap().clone();
        let told = |place: &Value| {
            (place["number"].as_str().unwrap().to_owned(), place["closing"].clone())
        };
        items.iter().map(told).collect::<Vec<_>>()
    };
    let shown = |n: u8, closing: Value| (format!("+120255501{n:02}"), closing);
    let (third, second) = (shown(3, Value::Null), shown(2, Value::Null));
    let first = shown(1, json!("reached"));
    assert_eq!(listed("").await, [third.clone(), second.clone(), first.clone()]);
    assert_eq!(listed("?open=true").await, [third.clone(), second]);
    assert_eq!(listed(&format!("?queue={sales}")).await, [third, first]);
    let page = admin.get(&format!("/v1/kept-places?queue={sales}")).await.expect(200);
    assert_eq!(
        (&page["items"][1]["tries"], &page["items"][1]["tries_max"]),
        (&json!(1), &json!(3))
    );
    assert_eq!(admin.get("/v1/kept-places?limit=0").await.problem(400), "limit");
    assert_eq!(admin.get("/v1/kept-places?queue=sales").await.problem(400), "queue");
}

/// The switch removes a place, and says where there is none; an agent may not ask it to.
#[tokio::test]
async fn a_place_is_removed_by_the_switch_for_those_who_may() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let path = format!("/v1/kept-places/{}", Uuid::from_u128(1));
    house.switch.answers.lock().unwrap().push(Ok(Reply::Done));
    admin.delete(&path, None).await.expect(204);
    let asked = house.commands().pop();
    assert!(matches!(asked, Some(Command::RemovePlace(place)) if place == call(1)), "{asked:?}");
    house.switch.answers.lock().unwrap().push(Err(CommandError::Unknown));
    admin.delete(&path, None).await.problem(404);
    let agent = house.user("ada", Role::Agent, None).await;
    agent.delete(&path, None).await.problem(403);
    agent.get("/v1/kept-places").await.problem(403);
}

/// A queue's offer is refused at its field.
#[tokio::test]
async fn the_terms_of_a_call_back_are_checked() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let campaign = Uuid::from_u128(0xca);
    for (field, value) in [("digit", 0), ("tries_max", 11), ("retry_s", 29), ("keep_s", 604_801)] {
        let mut terms = json!({ "campaign": campaign });
        terms[field] = json!(value);
        let queue = json!({ "name": "Sales", "call_back": terms });
        assert_eq!(
            admin.post("/v1/queues", &queue).await.problem(422),
            format!("/call_back/{field}")
        );
    }
    let queue = json!({ "name": "Sales", "call_back": { "campaign": campaign } });
    assert_eq!(admin.post("/v1/queues", &queue).await.problem(422), "/call_back/campaign");
}
