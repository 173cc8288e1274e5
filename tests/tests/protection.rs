//! Who may come, and how often: said on a struct or for the whole server.

use std::net::TcpListener;
use std::process::Command;

use acceptance::{App, Folder};
use lithair_core::testing::TestServer;
use lithair_core::{ServeError, prelude::*};
use serde_json::json;

#[derive(DeclarativeEnum, Clone, Copy, PartialEq)]
enum Phase {
    Draft,
    Live,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[security(
    rate_limit(create, "2/d", per = ip),
    rate_limit(publish, rename, "1/h", per = model, burst = 2),
    rate_limit(all, "1000/s"),
    firewall(allow("127.0.0.0/8", "192.0.2.0/24"), deny("192.0.2.66"))
)]
struct Poster {
    #[db(primary_key)]
    number: i64,
    #[db(default = "")]
    title: String,
    #[lifecycle(states(initial = Draft, publish: Draft -> Live))]
    phase: Phase,
}

#[derive(DomainEvent)]
struct Renamed {
    title: String,
}

#[derive(CommandError)]
enum RenameError {
    #[error(status = 409, "it has this title")]
    Same,
}

#[commands]
impl Poster {
    #[command]
    fn rename(&mut self, _cx: &Context<'_>, title: String) -> Result<Renamed, RenameError> {
        if self.title == title {
            return Err(RenameError::Same);
        }
        self.title.clone_from(&title);
        Ok(Renamed { title })
    }
}

/// As in the public crate of this name.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[firewall(enabled = true, allow = "127.0.0.1, 192.0.2.0/24", deny("192.0.2.66"), per_ip_qps = 50, global_qps = 500)]
#[firewall(rate_limit(delete, "1/d"))]
struct Leaflet {
    #[db(primary_key)]
    number: i64,
}

fn program() -> DeclarativeServer {
    let firewall = Firewall::new().trusted_proxy("127.0.0.1").deny("203.0.113.0/24").rate("10000/s");
    DeclarativeServer::new("127.0.0.1:0")
        .model::<Poster>()
        .model::<Leaflet>()
        .with_firewall(firewall)
        .with_cors(Cors::new().origin("https://app.example.com"))
}

/// The status of a request that a proxy brings for this client.
fn ask(server: &TestServer, client: &str, method: &str, path: &str, body: &serde_json::Value) -> u16 {
    let headers = [("x-forwarded-for", client), ("content-type", "application/json")];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let headers = if body.is_empty() { &headers[..1] } else { &headers[..] };
    server.client().request(method, path, headers, body).expect("answers").status
}

#[test]
fn a_rate_holds_for_the_operations_that_it_names() {
    let server = TestServer::start(program());
    let create = |client: &str, number: i64| ask(&server, client, "POST", "/api/posters", &json!({ "number": number }));
    assert_eq!([create("192.0.2.1", 1), create("192.0.2.1", 2), create("192.0.2.1", 3)], [201, 201, 429]);
    assert_eq!(create("192.0.2.2", 3), 201);
    // One count for a transition and a command, of all clients.
    let act = |client: &str, action: &str, body| ask(&server, client, "POST", &format!("/api/posters/{action}"), &body);
    assert_eq!(act("192.0.2.1", "1:publish", json!(null)), 200);
    assert_eq!(act("192.0.2.2", "1:rename", json!({"title": "b"})), 200);
    assert_eq!(act("192.0.2.3", "2:rename", json!({"title": "c"})), 429);
    assert_eq!(act("192.0.2.3", "2:publish", json!(null)), 429);
    assert_eq!(ask(&server, "192.0.2.1", "GET", "/api/posters", &json!(null)), 200);
}

#[test]
fn networks_are_let_in_or_not_by_model_and_by_server() {
    let server = TestServer::start(program());
    for path in ["/api/posters", "/api/leaflets"] {
        for (client, status) in [("192.0.2.1", 200), ("192.0.2.66", 403), ("198.51.100.1", 403), ("203.0.113.1", 403)] {
            assert_eq!(ask(&server, client, "GET", path, &json!(null)), status, "{path} {client}");
        }
    }
    assert_eq!(ask(&server, "198.51.100.1", "GET", "/health/live", &json!(null)), 200);
    assert_eq!(ask(&server, "203.0.113.1", "GET", "/health/live", &json!(null)), 403);
}

#[test]
fn a_firewall_is_spelled_as_in_the_public_crate() {
    let schema = Leaflet::SCHEMA.security;
    assert_eq!((schema.allow, schema.deny), (&["127.0.0.1", "192.0.2.0/24"][..], &["192.0.2.66"][..]));
    let limits: Vec<String> = schema
        .rate_limits
        .iter()
        .map(|limit| format!("{} {} {}", limit.operations.join(" "), limit.rate, limit.per.word()))
        .collect();
    assert_eq!(limits, ["all 50/s ip", "all 500/s model", "delete 1/d ip"]);
    let server = TestServer::start(program());
    let delete = || ask(&server, "192.0.2.1", "DELETE", "/api/leaflets/1", &json!(null));
    assert_eq!([delete(), delete()], [404, 429]);
}

#[test]
fn pages_of_other_origins_ask_where_the_program_says_so() {
    let server = TestServer::start(program());
    let origin = |origin: &str| {
        let answer = server.client().request("GET", "/api/leaflets", &[("origin", origin)], "").expect("answers");
        answer.header("access-control-allow-origin").map(str::to_owned)
    };
    assert_eq!(origin("https://app.example.com").as_deref(), Some("https://app.example.com"));
    assert_eq!(origin("https://evil.example.com"), None);
}

#[test]
fn a_wrong_network_stops_the_start_with_its_name() {
    let wrong = DeclarativeServer::new("127.0.0.1:0").with_firewall(Firewall::new().deny("10.0.0.0/40"));
    let Err(ServeError::Config(error)) = TestServer::try_start(wrong) else { panic!("is refused") };
    assert!(
        error.problems[0].starts_with("firewall.deny = \"10.0.0.0/40\" (the program): expected a network"),
        "{error}"
    );
}

/// The directory was made before the port was found to be taken, and stayed behind.
#[test]
fn a_program_whose_port_is_taken_leaves_nothing_behind() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "port-taken");
    let data = folder.join("data");
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let addr = taken.local_addr().expect("an address").to_string();
    let mut serve = Command::new(env!("CARGO_BIN_EXE_acceptance"));
    serve.args(["serve", "--addr", &addr, "--data"]).arg(&data);
    let error = App::spawn(serve).expect_err("is refused");
    assert!(error.contains(&addr), "{error}");
    assert!(!data.exists(), "nothing was made");
}
