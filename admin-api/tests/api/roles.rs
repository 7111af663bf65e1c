//! Who may do what: every route of the OpenAPI document for every role, and roles that people made.

use serde_json::{Value, json};
use store::users::Role;

use crate::house::{As, House, request};

/// What needs no session; all the rest does.
const PUBLIC: &[(&str, &str)] = &[
    ("GET", "/v1/health"),
    ("GET", "/metrics"),
    ("POST", "/v1/login"),
    ("GET", "/v1/sign-in-methods"),
    ("POST", "/v1/provider-logins"),
    ("POST", "/v1/provider-logins/finish"),
    ("POST", "/v1/password-resets"),
    ("POST", "/v1/mailed-links/open"),
    ("POST", "/v1/mailed-links/use"),
    ("GET", "/v1/provisioning/{token}"),
    ("GET", "/v1/events"),
];

/// The roles of the house, in the order of the columns of [`MATRIX`].
const ROLES: [Role; 7] = [
    Role::Agent,
    Role::UnitManager,
    Role::Manager,
    Role::ComplianceOfficer,
    Role::SeniorManager,
    Role::Owner,
    Role::Administrator,
];

/// What each role may do, written down a second time and by hand: `+` everything, `-` nothing, `o`
/// within reach (own, unit or campaign) and a 404 beyond, `a` whoever has an agent profile.
const MATRIX: &[(&str, &[&str])] = &[
    (
        "+++++++",
        &[
            "POST /v1/logout",
            "GET /v1/session",
            "PUT /v1/session/password",
            "PUT /v1/session/email",
            "GET /v1/session/totp",
            "POST /v1/session/totp",
            "PUT /v1/session/totp",
            "POST /v1/session/totp/remove",
            "GET /v1/sessions",
            "GET /v1/tokens",
            "POST /v1/tokens",
            "DELETE /v1/tokens/{id}",
            "DELETE /v1/sessions/{id}",
            "GET /v1/security-policy",
            "POST /v1/events/ticket",
            "GET /v1/live",
            "GET /v1/me",
            "GET /v1/campaigns/{id}/dispositions",
            "GET /v1/pause-reasons",
            "GET /v1/pause-reasons/{id}",
            "GET /v1/phonebook",
            "GET /v1/phonebook/{id}",
            "GET /v1/prompts",
            "GET /v1/prompts/clips",
            "GET /v1/prompts/built-in/{name}/audio",
            "GET /v1/prompts/{id}",
            "GET /v1/prompts/{id}/audio",
            "GET /v1/prompts/{id}/versions",
            "GET /v1/prompts/{id}/uses",
        ],
    ),
    (
        "a------",
        &[
            "GET /v1/me/attendance",
            "GET /v1/me/calls",
            "GET /v1/me/callbacks",
            "GET /v1/me/returned-calls",
            "GET /v1/me/directory",
            "GET /v1/me/lead-campaigns",
            "GET /v1/me/leads",
            "GET /v1/me/queues",
            "GET /v1/me/voicemails",
            "GET /v1/me/voicemails/{id}/audio",
            "PUT /v1/me/voicemails/{id}/heard",
            "DELETE /v1/me/voicemails/{id}",
            "POST /v1/me/queues/{id}/active",
            "DELETE /v1/me/queues/{id}/active",
            "GET /v1/me/preview",
            "POST /v1/me/preview/dial",
            "POST /v1/me/preview/skip",
            "GET /v1/me/stats",
            "POST /v1/me/call",
            "POST /v1/me/help",
            "GET /v1/me/call-in",
            "PUT /v1/me/call-in-pin",
            "GET /v1/me/call-sheet",
            "GET /v1/me/calling-hours",
            "PUT /v1/me/call-sheet/answers",
            "GET /v1/me/telephone",
            "POST /v1/me/sip-token",
            "POST /v1/me/clock-in",
            "POST /v1/me/clock-out",
            "POST /v1/me/line",
            "POST /v1/me/ready",
            "POST /v1/me/pause",
            "POST /v1/me/hold",
            "POST /v1/me/resume",
            "POST /v1/me/recording/pause",
            "POST /v1/me/recording/resume",
            "POST /v1/me/hang-up",
            "POST /v1/me/dispose",
        ],
    ),
    (
        "oo+++++",
        &[
            "GET /v1/agents",
            "GET /v1/agents/{id}",
            "GET /v1/agents/{id}/telephone",
            "GET /v1/agents/{id}/invitation",
            "GET /v1/agents/{id}/call-in-pin",
        ],
    ),
    (
        "oo+-+++",
        &[
            "POST /v1/agents/{id}/clock-in",
            "POST /v1/agents/{id}/clock-out",
            "POST /v1/agents/{id}/ready",
            "POST /v1/agents/{id}/pause",
            "POST /v1/agents/{id}/hold",
            "POST /v1/agents/{id}/resume",
            "POST /v1/agents/{id}/recording/pause",
            "POST /v1/agents/{id}/recording/resume",
            "POST /v1/agents/{id}/hang-up",
            "POST /v1/agents/{id}/dispose",
        ],
    ),
    (
        "ooo++++",
        &[
            "GET /v1/agents/{id}/stats",
            "GET /v1/attendance",
            "GET /v1/reports",
            "GET /v1/reports/{report}",
            "GET /v1/reports/{report}/csv",
        ],
    ),
    (
        "-o+++++",
        &[
            "PUT /v1/agents/{id}",
            "DELETE /v1/agents/{id}",
            "POST /v1/agents/{id}/sip-secret",
            "POST /v1/agents/{id}/provisioning",
            "POST /v1/agents/{id}/invitation",
            "DELETE /v1/agents/{id}/invitation",
            "PUT /v1/agents/{id}/call-in-pin",
            "DELETE /v1/agents/{id}/call-in-pin",
        ],
    ),
    ("--+++++", &["POST /v1/agents", "POST /v1/agents/import"]),
    ("-o+-+++", &["POST /v1/agents/{id}/supervise"]),
    ("---++++", &["GET /v1/supervision", "GET /v1/permits", "GET /v1/reconciliation"]),
    (
        "ooo++++",
        &[
            "GET /v1/campaigns/{id}/pacing",
            "GET /v1/campaigns/{id}/funnel",
            "GET /v1/campaigns/{id}/amd",
        ],
    ),
    (
        "-oo++++",
        &[
            "GET /v1/calls",
            "GET /v1/calls/{id}",
            "GET /v1/calls/{id}/ladder",
            "GET /v1/calls/{id}/ladder.txt",
            "GET /v1/calls/{id}/ladder.pcap",
            "GET /v1/attempts",
            "GET /v1/attempts/{id}",
            "GET /v1/recordings",
            "GET /v1/recordings/completeness",
            "GET /v1/recordings/{id}",
            "GET /v1/recordings/{id}/audio",
            "GET /v1/recordings/{id}/peaks",
            "GET /v1/callbacks",
            "GET /v1/callbacks/{id}",
            "GET /v1/callback-report",
            "GET /v1/kept-places",
            "GET /v1/reports/{report}/calls",
        ],
    ),
    (
        "--o++++",
        &["POST /v1/callbacks", "POST /v1/callbacks/{id}/withdraw", "POST /v1/callbacks/{id}/move"],
    ),
    ("---++++", &["GET /v1/returned-calls", "DELETE /v1/kept-places/{id}"]),
    (
        "--+-+++",
        &[
            "POST /v1/calls/{id}/hang-up",
            "GET /v1/voicemails",
            "GET /v1/voicemails/{id}/audio",
            "PUT /v1/voicemails/{id}/heard",
            "DELETE /v1/voicemails/{id}",
            "GET /v1/verdicts",
            "GET /v1/verdicts/{id}/audio",
            "PUT /v1/verdicts/{id}/met",
        ],
    ),
    (
        "-++++++",
        &[
            "GET /v1/organisation",
            "GET /v1/teams",
            "GET /v1/teams/{id}",
            "GET /v1/queues",
            "GET /v1/queues/{id}",
            "GET /v1/campaigns",
            "GET /v1/scripts",
            "GET /v1/scripts/{id}",
            "GET /v1/campaigns/{id}",
            "GET /v1/campaigns/{id}/effective",
        ],
    ),
    (
        "--+++++",
        &[
            "GET /v1/trunks",
            "GET /v1/trunks/{id}",
            "GET /v1/clis",
            "GET /v1/clis/health",
            "GET /v1/clis/{id}",
            "GET /v1/dids",
            "GET /v1/dids/{id}",
            "GET /v1/workflows",
            "GET /v1/workflows/{id}",
            "GET /v1/workflows/{id}/versions",
            "GET /v1/workflows/{id}/uses",
            "POST /v1/workflows/simulate",
            "GET /v1/lists",
            "GET /v1/lists/{id}",
            "GET /v1/lists/{id}/leads",
            "GET /v1/leads",
            "GET /v1/leads/{id}",
            "GET /v1/leads/{id}/why",
            "GET /v1/dnc",
            "POST /v1/dnc",
            "POST /v1/dnc/remove",
            "GET /v1/dnc/check",
            "POST /v1/dnc/import",
            "GET /v1/dnc-registers",
            "POST /v1/dnc-registers",
            "GET /v1/dnc-registers/{id}",
            "PUT /v1/dnc-registers/{id}",
            "DELETE /v1/dnc-registers/{id}",
            "GET /v1/dnc-registers/{id}/numbers",
            "PUT /v1/dnc-registers/{id}/numbers",
            "GET /v1/legal-profiles",
            "GET /v1/legal-profiles/{id}",
            "GET /v1/retention-rules",
            "GET /v1/retention-rules/{id}",
            "GET /v1/legal-holds",
            "GET /v1/legal-holds/{id}",
        ],
    ),
    (
        "--+-+++",
        &[
            "POST /v1/teams",
            "PUT /v1/teams/{id}",
            "DELETE /v1/teams/{id}",
            "POST /v1/queues",
            "PUT /v1/queues/{id}",
            "DELETE /v1/queues/{id}",
            "POST /v1/campaigns",
            "POST /v1/scripts",
            "PUT /v1/scripts/{id}",
            "DELETE /v1/scripts/{id}",
            "PUT /v1/campaigns/{id}",
            "DELETE /v1/campaigns/{id}",
            "POST /v1/campaigns/{id}/start",
            "POST /v1/campaigns/{id}/stop",
            "POST /v1/lists",
            "PUT /v1/lists/{id}",
            "DELETE /v1/lists/{id}",
            "POST /v1/lists/{id}/leads",
            "PUT /v1/leads/{id}",
            "DELETE /v1/leads/{id}",
            "POST /v1/pause-reasons",
            "PUT /v1/pause-reasons/{id}",
            "DELETE /v1/pause-reasons/{id}",
            "POST /v1/phonebook",
            "PUT /v1/phonebook/{id}",
            "DELETE /v1/phonebook/{id}",
            "POST /v1/prompts",
            "POST /v1/prompts/spoken",
            "PUT /v1/prompts/{id}/audio",
            "PUT /v1/prompts/{id}/spoken",
            "DELETE /v1/prompts/{id}",
        ],
    ),
    (
        "---+-++",
        &[
            "GET /v1/audit",
            "GET /v1/audit.csv",
            "GET /v1/audit.ndjson",
            "POST /v1/legal-profiles",
            "PUT /v1/legal-profiles/{id}",
            "DELETE /v1/legal-profiles/{id}",
            "POST /v1/retention-rules",
            "PUT /v1/retention-rules/{id}",
            "DELETE /v1/retention-rules/{id}",
            "POST /v1/persons/collect",
            "POST /v1/persons/forget",
            "POST /v1/legal-holds",
            "PUT /v1/legal-holds/{id}",
            "DELETE /v1/legal-holds/{id}",
        ],
    ),
    (
        "-----++",
        &[
            "PUT /v1/organisation",
            "PUT /v1/security-policy",
            "GET /v1/users",
            "POST /v1/users",
            "GET /v1/users/{id}",
            "PUT /v1/users/{id}",
            "DELETE /v1/users/{id}",
            "PUT /v1/users/{id}/password",
            "POST /v1/invitations",
            "GET /v1/users/{id}/invitation",
            "POST /v1/users/{id}/invitation",
            "DELETE /v1/users/{id}/invitation",
            "GET /v1/users/{id}/sessions",
            "DELETE /v1/users/{id}/sessions",
            "DELETE /v1/users/{id}/totp",
            "GET /v1/users/{id}/provider-subject",
            "DELETE /v1/users/{id}/provider-subject",
            "GET /v1/identity-provider",
            "PUT /v1/identity-provider",
            "DELETE /v1/identity-provider",
            "PUT /v1/identity-provider/secret",
            "DELETE /v1/identity-provider/secret",
            "POST /v1/identity-provider/test",
            "GET /v1/users/{id}/tokens",
            "DELETE /v1/users/{id}/tokens",
            "GET /v1/roles",
            "POST /v1/roles",
            "GET /v1/roles/{id}",
            "PUT /v1/roles/{id}",
            "DELETE /v1/roles/{id}",
            "POST /v1/trunks",
            "PUT /v1/trunks/{id}",
            "DELETE /v1/trunks/{id}",
            "PUT /v1/trunks/{id}/secret",
            "DELETE /v1/trunks/{id}/secret",
            "POST /v1/clis",
            "PUT /v1/clis/{id}",
            "DELETE /v1/clis/{id}",
            "POST /v1/dids",
            "PUT /v1/dids/{id}",
            "DELETE /v1/dids/{id}",
            "POST /v1/workflows",
            "PUT /v1/workflows/{id}",
            "DELETE /v1/workflows/{id}",
            "GET /v1/webhooks",
            "POST /v1/webhooks",
            "GET /v1/webhooks/{id}",
            "PUT /v1/webhooks/{id}",
            "DELETE /v1/webhooks/{id}",
            "POST /v1/webhooks/{id}/secret",
            "POST /v1/webhooks/{id}/test",
            "POST /v1/webhooks/{id}/resume",
            "POST /v1/webhooks/{id}/replay",
            "GET /v1/webhook-deliveries",
            "GET /v1/webhook-deliveries/{id}",
            "POST /v1/webhook-deliveries/{id}/replay",
        ],
    ),
];

/// What the matrix says of a route for the role in a column.
fn told(method: &str, path: &str, column: usize) -> char {
    let route = format!("{method} {path}");
    let rows = MATRIX.iter().filter(|(_, routes)| routes.contains(&&*route));
    let rows: Vec<_> = rows.map(|(row, _)| row).collect();
    assert_eq!(rows.len(), 1, "{route} stands in the matrix once");
    rows[0].chars().nth(column).unwrap()
}

fn routes() -> Vec<(String, String)> {
    let document = serde_json::to_value(admin_api::openapi()).unwrap();
    let mut routes = vec![];
    for (path, item) in document["paths"].as_object().unwrap() {
        for method in item.as_object().unwrap().keys() {
            routes.push((method.to_uppercase(), path.clone()));
        }
    }
    assert!(routes.len() > 80, "the document lists only {} operations", routes.len());
    routes
}

/// A path with what it names.
fn filled(path: &str, id: &str) -> String {
    path.replace("{id}", id).replace("{report}", "agents")
}

fn is_in(list: &[(&str, &str)], method: &str, path: &str) -> bool {
    list.contains(&(method, path))
}

const FOREIGN: &str = "0190a5f0-7c1e-7000-8000-00000000002a";

#[tokio::test]
async fn without_a_session_every_route_but_the_public_ones_is_401() {
    let house = House::new().await;
    for (method, path) in routes() {
        let path = filled(&path, FOREIGN);
        let reception = house.send(request(&method, &path, &json!({}))).await;
        if is_in(PUBLIC, &method, &path) {
            assert_ne!(reception.status.as_u16(), 403, "{method} {path}");
        } else {
            reception.problem(401);
            assert_eq!(reception.header("www-authenticate"), "Bearer", "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_made_up_token_is_no_session() {
    let house = House::new().await;
    for token in ["", "x", &"0".repeat(64), "a\u{7f}b"] {
        let nobody = As { house: &house, token: token.replace('\u{7f}', "") };
        nobody.get("/v1/queues").await.problem(401);
    }
}

/// R68, R69, FAULTS S13: every route of the document for every role, on an object within reach and
/// on one beyond.
#[tokio::test]
async fn every_role_may_do_what_the_matrix_says_on_every_route() {
    let house = House::new().await;
    let world = World::new(&house).await;
    for (column, role) in ROLES.into_iter().enumerate() {
        let who = world.user(&house, &format!("user{column}"), role).await;
        for (method, path) in routes() {
            if is_in(PUBLIC, &method, &path) || path == "/v1/logout" {
                continue;
            }
            let told = told(&method, &path, column);
            let (own, foreign) = world.objects(&path);
            let mut answers = vec![];
            for id in [own, foreign] {
                // A body that nothing takes: what is not refused stays as it was.
                let reception = who.call(&method, &filled(&path, id), &json!([])).await;
                answers.push(reception.status.as_u16());
            }
            let at = format!("{role:?} {method} {path}: {answers:?}, told {told}");
            assert!(!answers.contains(&401) && answers.iter().all(|status| *status < 500), "{at}");
            match told {
                '-' => assert_eq!(answers, [403, 403], "{at}"),
                'o' => {
                    assert_ne!(answers[0], 403, "{at}");
                    let named = path.contains("{id}");
                    assert!(if named { answers[1] == 404 } else { answers[1] != 403 }, "{at}");
                    assert!(!World::has(&path, role) || answers[0] != 404, "{at}");
                }
                _ => assert!(!answers.contains(&403), "{at}"),
            }
        }
    }
}

/// Deny by default: a role that names nothing grants nothing beyond the session.
#[tokio::test]
async fn a_role_that_grants_nothing_opens_nothing() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let role = admin.post("/v1/roles", &json!({ "name": "Guest", "grants": {} })).await.expect(201);
    let role = Role::Custom(role["id"].as_str().unwrap().parse::<uuid::Uuid>().unwrap().into());
    let guest = house.user("guest", role, None).await;
    for (method, path) in routes() {
        if is_in(PUBLIC, &method, &path) || path == "/v1/logout" {
            continue;
        }
        let open = told(&method, &path, 0) == '+';
        let status = guest.call(&method, &filled(&path, FOREIGN), &json!([])).await.status;
        assert_eq!(status.as_u16() == 403, !open, "{method} {path} is {status}");
    }
}

/// Agents and campaigns within reach and beyond.
struct World {
    team: String,
    campaigns: [String; 2],
    agents: [String; 2],
}

impl World {
    async fn new(house: &House) -> Self {
        let admin = house.set_up().await;
        let team = admin.post("/v1/teams", &json!({ "name": "Loans" })).await.expect(201);
        let team = team["id"].as_str().unwrap().to_owned();
        let mut campaigns = vec![];
        for name in ["Spring", "Autumn"] {
            let made = admin.post("/v1/campaigns", &json!({ "name": name })).await.expect(201);
            campaigns.push(made["id"].as_str().unwrap().to_owned());
        }
        let campaigns: [String; 2] = campaigns.try_into().unwrap();
        let mut agents = vec![];
        for number in 1..=2 {
            let mut agent = json!({
                "number": number, "code": format!("E-{number}"), "first_name": "Ada",
                "last_name": "Byron", "time_zone": "Europe/London",
            });
            if number == 1 {
                agent["teams"] = json!([team]);
                agent["campaigns"] = json!([{ "campaign": campaigns[0], "priority": "medium" }]);
            }
            let made = admin.post("/v1/agents", &agent).await.expect(201);
            agents.push(made["id"].as_str().unwrap().to_owned());
        }
        Self { team, campaigns, agents: agents.try_into().unwrap() }
    }

    /// A user whose reach is the first agent and the first campaign.
    async fn user<'h>(&self, house: &'h House, name: &str, role: Role) -> As<'h> {
        let agent = (role == Role::Agent).then(|| self.agents[0].parse().unwrap());
        let who = house.user(name, role, agent).await;
        let users = house.store.users();
        let found = users.credentials(name).await.unwrap().user;
        let teams = vec![self.team.parse::<uuid::Uuid>().unwrap().into()];
        let campaigns = vec![self.campaigns[0].parse::<uuid::Uuid>().unwrap().into()];
        let user = store::users::User { teams, campaigns, ..found };
        users.update(&user, 1, house.now()).await.unwrap();
        who
    }

    /// An object of the path's kind within reach, and one beyond.
    fn objects(&self, path: &str) -> (&str, &str) {
        if path.starts_with("/v1/agents/") {
            (&self.agents[0], &self.agents[1])
        } else if path.starts_with("/v1/campaigns/") {
            (&self.campaigns[0], &self.campaigns[1])
        } else {
            (FOREIGN, FOREIGN)
        }
    }

    /// Whether the first of them is really within the role's reach: an agent or a unit has no
    /// campaigns.
    fn has(path: &str, role: Role) -> bool {
        let of_campaign = matches!(role, Role::Manager);
        path.starts_with("/v1/agents/") || (of_campaign && path.starts_with("/v1/campaigns/"))
    }
}

/// A list shows what is within reach, and an assignment is in force with the next request.
#[tokio::test]
async fn a_list_shows_what_is_within_reach() {
    let house = House::new().await;
    let world = World::new(&house).await;
    let numbers = async |who: &As<'_>| {
        let listed = who.get("/v1/agents").await.expect(200);
        let items = listed["items"].as_array().unwrap().clone();
        items.iter().map(|agent| agent["number"].as_u64().unwrap()).collect::<Vec<_>>()
    };
    let unit = world.user(&house, "unit", Role::UnitManager).await;
    assert_eq!(numbers(&unit).await, [1]);
    let manager = world.user(&house, "manager", Role::Manager).await;
    assert_eq!(numbers(&manager).await, [1, 2]);
    let own = world.user(&house, "own", Role::Agent).await;
    assert_eq!(numbers(&own).await, [1]);
    let users = house.store.users();
    let found = users.credentials("unit").await.unwrap().user;
    let version = users.find(found.id).await.unwrap().version;
    let alone = store::users::User { teams: vec![], ..found };
    users.update(&alone, version, house.now()).await.unwrap();
    assert_eq!(numbers(&unit).await, [0; 0]);
}

/// Nobody gives away, or gets into, more than they have.
#[tokio::test]
async fn nobody_grants_more_than_they_have() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let grants = json!({ "users": "all", "calls_read": "team" });
    let role = json!({ "name": "Staff office", "grants": grants });
    let role = admin.post("/v1/roles", &role).await.expect(201);
    let id = role["id"].as_str().unwrap();
    let new = json!({ "username": "hr", "role": id, "password": "the right password" });
    admin.post("/v1/users", &new).await.expect(201);
    let office = house.sign_in_for_good("hr", "the right password").await;
    let user = |name: &str, role: &str| json!({ "username": name, "role": role });
    office.post("/v1/users", &user("boss", "administrator")).await.problem(403);
    office.post("/v1/users", &user("ada", "agent")).await.problem(403);
    office.post("/v1/users", &user("second", id)).await.expect(201);
    let users = admin.get("/v1/users?text=admin").await.expect(200);
    let boss = format!("/v1/users/{}", users["items"][0]["id"].as_str().unwrap());
    office.put(&format!("{boss}/password"), None, &Value::Null).await.problem(403);
    office.delete(&format!("{boss}/totp"), None).await.problem(403);
    office.delete(&format!("{boss}/sessions"), None).await.problem(403);
    office.put(&boss, Some("*"), &user("admin", id)).await.problem(403);
    office.delete(&boss, Some("*")).await.problem(403);
    let wider = json!({ "name": "Wider", "grants": { "calls_read": "all" } });
    office.post("/v1/roles", &wider).await.problem(403);
    let own = json!({ "name": "Same", "grants": { "calls_read": "team" } });
    office.post("/v1/roles", &own).await.expect(201);
}

#[tokio::test]
async fn a_custom_role_is_checked_changed_and_kept_while_it_is_somebodys() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let role = |grants: Value| json!({ "name": "Quality", "grants": grants });
    let far = admin.post("/v1/roles", &role(json!({ "dnc_read": "team" }))).await;
    assert_eq!(far.problem(422), "/grants/dnc_read");
    admin.post("/v1/roles", &role(json!({ "fly": "all" }))).await.problem(422);
    let made = admin.post("/v1/roles", &role(json!({ "queues_read": "all" }))).await.expect(201);
    let path = format!("/v1/roles/{}", made["id"].as_str().unwrap());
    let id: uuid::Uuid = made["id"].as_str().unwrap().parse().unwrap();
    let quality = house.user("quality", Role::Custom(id.into()), None).await;
    quality.get("/v1/queues").await.expect(200);
    let shown = quality.get("/v1/session").await.expect(200);
    assert_eq!(shown["user"]["grants"], json!({ "queues_read": "all" }));
    quality.get("/v1/trunks").await.problem(403);
    let changed = role(json!({ "telephony_read": "all" }));
    admin.put(&path, Some("\"1\""), &changed).await.expect(200);
    quality.get("/v1/queues").await.problem(403);
    quality.get("/v1/trunks").await.expect(200);
    admin.delete(&path, Some("*")).await.problem(409);
    let listed = admin.get("/v1/roles").await.expect(200);
    assert_eq!(listed["items"][0]["name"], "Quality");
    assert_eq!(listed["house"]["agent"]["agents_read"], "own");
    let stray = json!({ "username": "stray", "role": FOREIGN });
    assert_eq!(admin.post("/v1/users", &stray).await.problem(422), "/role");
}

/// R66.
#[tokio::test]
async fn an_agent_user_without_a_profile_is_told_so() {
    let house = House::new().await;
    house.set_up().await;
    let agent = house.user("ada", Role::Agent, None).await;
    let reception = agent.post("/v1/me/ready", &Value::Null).await;
    reception.problem(404);
    assert!(reception.text.contains("no agent profile is linked"), "{}", reception.text);
    assert_eq!(agent.get("/v1/me").await.expect(200)["agent"], Value::Null);
}

/// FAULTS S14: in force with the next request.
#[tokio::test]
async fn a_changed_role_is_in_force_at_once() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let max = house.user("max", Role::SeniorManager, None).await;
    max.get("/v1/queues").await.expect(200);
    let users = admin.get("/v1/users?text=max").await.expect(200);
    let path = format!("/v1/users/{}", users["items"][0]["id"].as_str().unwrap());
    let settings = json!({ "username": "max", "role": "agent" });
    admin.put(&path, Some("*"), &settings).await.expect(200);
    max.get("/v1/queues").await.problem(403);
    admin.delete(&path, Some("*")).await.expect(204);
    max.get("/v1/session").await.problem(401);
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let house = House::new().await;
    let admin = house.set_up().await;
    let users = admin.get("/v1/users").await.expect(200);
    let path = format!("/v1/users/{}", users["items"][0]["id"].as_str().unwrap());
    admin.delete(&path, Some("*")).await.problem(409);
    let demoted = json!({ "username": "admin", "role": "manager" });
    admin.put(&path, Some("*"), &demoted).await.problem(409);
    let shut =
        json!({ "username": "admin", "role": "administrator", "login": "disabled_by_admin" });
    admin.put(&path, Some("*"), &shut).await.problem(409);
    house.user("second", Role::Administrator, None).await;
    admin.put(&path, Some("*"), &demoted).await.expect(200);
}
