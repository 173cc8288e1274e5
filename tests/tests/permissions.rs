//! Tenants, commands, states, permissions by name, the trash and imports: who may.

use acceptance::who::{Who, check, text};
use lithair_core::prelude::*;
use lithair_core::testing::TestServer;
use lithair_core::{ServeError, StartError};
use serde_json::{Value, json};

#[derive(DeclarativeEnum, PartialEq)]
enum Stage {
    Open,
    Paid,
    Void,
}

#[derive(DeclarativeModel)]
#[db(tenant = org, unique(org, code))]
#[lifecycle(soft_delete)]
#[permission(
    roles(Chief > Clerk),
    all = authenticated,
    delete = role(Clerk),
    command(purge) = role(Chief),
    command(refund) = role(Chief),
    on_deny = hide
)]
struct Bill {
    #[db(primary_key, auto = sequence)]
    number: i64,
    org: String,
    #[http(filter)]
    code: String,
    #[http(read_only)]
    #[db(default = 0)]
    paid: i64,
    #[lifecycle(states(initial = Open, pay: Open -> Paid by role(Clerk), void: Open | Paid -> Void))]
    stage: Stage,
    deleted_at: Option<Timestamp>,
    #[relation(has_many = Line, via = bill_id)]
    lines: Many<Line>,
}

#[commands]
impl Bill {
    #[command]
    fn refund(&mut self, _: &Context) -> Result<(), NotPaid> {
        self.paid = 0;
        Ok(())
    }

    #[command(by = scope("till"))]
    fn take(&mut self, _: &Context, amount: i64) -> Result<(), NotPaid> {
        self.paid += amount;
        Ok(())
    }
}

#[derive(CommandError)]
enum NotPaid {
    #[error(status = 422, "the bill is not paid")]
    #[expect(dead_code, reason = "an error that never happens is enough here")]
    NotPaid,
}

#[derive(DeclarativeModel)]
#[db(tenant = org)]
#[permission(all = authenticated)]
struct Line {
    #[db(primary_key, auto = sequence)]
    number: i64,
    org: String,
    #[relation(on_delete = cascade)]
    bill_id: Id<Bill>,
    #[http(filter)]
    text: String,
}

const ANN: Who = Who::of("ann", &["Clerk"]).at("acme");
const AL: Who = Who::of("al", &[]).at("acme");
const CHIEF: Who = Who::of("cy", &["Chief"]).at("acme");
const OTHER: Who = Who::of("olga", &["Chief"]).at("other");
const HOMELESS: Who = Who::of("hal", &["Chief"]);

/// 1 of acme with a line, 2 of other with a line.
fn bills() -> TestServer {
    let server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<Bill>().model::<Line>());
    for (who, number) in [(ANN, 1), (OTHER, 2)] {
        check(&who.ask(&server.url(), "POST", "/api/bills", &json!({ "code": "A" })), "201");
        let line = json!({ "bill_id": number, "text": format!("canary-{number}") });
        check(&who.ask(&server.url(), "POST", "/api/lines", &line), "201");
    }
    server
}

#[test]
fn a_tenant_is_alone() {
    let server = bills();
    let url = server.url();
    assert_eq!(ANN.numbers(&url, "/api/bills"), [1]);
    assert_eq!(OTHER.numbers(&url, "/api/bills?count=exact"), [2]);
    assert_eq!(ANN.get(&url, "/api/bills/1").json().expect("is JSON")["org"], "acme");
    for path in [
        "/api/bills/2",
        "/api/bills/2/lines",
        "/api/lines/2",
        "/api/lines/2/bill",
        "/api/bills/2?rev=1",
        "/api/bills/2/history",
    ] {
        check(&ANN.get(&url, path), "404 record-not-found");
    }
    for (method, path) in [
        ("DELETE", "/api/bills/2"),
        ("POST", "/api/bills/2:pay"),
        ("POST", "/api/bills/2:void"),
        ("POST", "/api/bills/2:purge"),
    ] {
        check(&CHIEF.ask(&url, method, path, &Value::Null), "404 record-not-found");
    }
    check(&ANN.ask(&url, "PATCH", "/api/lines/2", &json!({ "text": "x" })), "404 record-not-found");
    assert_eq!(ANN.numbers(&url, "/api/lines?filter=bill.code='A'"), [1]);
    assert_eq!(ANN.numbers(&url, "/api/bills?filter=any(lines,.text='canary-2')"), [0_i64; 0]);
    assert!(!text(&ANN.get(&url, "/api/bills?expand=lines")).contains("canary-2"));
    check(&ANN.ask(&url, "POST", "/api/lines", &json!({ "bill_id": 2, "text": "x" })), "409 reference-violation");
    assert_eq!(ANN.numbers(&url, "/api/bills?as_of=5"), [1]);
}

#[test]
fn the_tenant_is_the_servers_to_say_and_nobody_is_of_none() {
    let server = bills();
    let url = server.url();
    for who in [Who::NOBODY, HOMELESS] {
        let verdict = if who.said().is_none() { "401 authentication-required" } else { "403 forbidden" };
        check(&who.get(&url, "/api/bills"), verdict);
        check(&who.ask(&url, "POST", "/api/bills", &json!({ "code": "B" })), verdict);
    }
    for body in [
        json!({ "org": "other", "code": "B" }),
        json!({ "org": "acme", "code": "B" }),
        json!({ "paid": 7, "code": "B" }),
    ] {
        check(&ANN.ask(&url, "POST", "/api/bills", &body), "422 validation-failed");
        let batch = json!({ "ops": [{ "op": "create", "collection": "bills", "data": body }] });
        check(&ANN.ask(&url, "POST", "/api/_batch", &batch), "422 validation-failed");
    }
    for body in [
        json!({ "org": "other" }),
        json!({ "paid": 7 }),
        json!({ "number": 7 }),
        json!({ "deleted_at": "2026-01-01T00:00:00Z" }),
    ] {
        check(&ANN.ask(&url, "PATCH", "/api/bills/1", &body), "422 validation-failed");
    }
    // The same code in two tenants is no conflict; in one it is, and nothing of it is said.
    check(&ANN.ask(&url, "POST", "/api/bills", &json!({ "code": "A" })), "409 unique-violation");
    assert_eq!(ANN.numbers(&url, "/api/bills"), [1]);
}

#[test]
fn an_import_says_no_more_than_its_caller_may() {
    let server = bills();
    let url = server.url();
    let import = |who: Who, line: Value| {
        let answer = who.send(&url, "POST", "/api/bills:import", "application/x-ndjson", line.to_string());
        let report = answer.json().expect("is JSON");
        (report["created"].clone(), report["failed"].clone(), report["errors"][0]["code"].clone())
    };
    for line in [
        json!({ "code": "B", "org": "other", "paid": 0, "stage": "Open" }),
        json!({ "code": "B", "paid": 7, "stage": "Open" }),
        json!({ "number": 9, "code": "B", "paid": 0, "stage": "Open" }),
        json!({ "code": "B", "paid": 0, "stage": "Open", "deleted_at": "2026-01-01T00:00:00Z" }),
    ] {
        assert_eq!(import(ANN, line.clone()), (json!(0), json!(1), json!("validation-failed")), "{line}");
    }
    let taken = json!({ "number": 2, "code": "B", "org": "acme", "paid": 0, "stage": "Open" });
    assert_eq!(import(ANN, taken), (json!(0), json!(1), json!("key-taken")));
    assert_eq!(OTHER.get(&url, "/api/bills/2").json().expect("is JSON")["code"], "A");
    assert_eq!(import(ANN, json!({ "code": "B", "stage": "Open" })), (json!(1), json!(0), Value::Null));
    assert_eq!(ANN.numbers(&url, "/api/bills").len(), 2);
}

#[test]
fn commands_and_transitions_are_for_whom_they_say() {
    let server = bills();
    let url = server.url();
    let act = |who: Who, name: &str| who.ask(&url, "POST", &format!("/api/bills/1:{name}"), &Value::Null);
    check(&act(AL, "pay"), "404 record-not-found");
    // A state that is set like a field goes the same way, and is for the same people.
    check(&AL.ask(&url, "PATCH", "/api/bills/1", &json!({ "stage": "Paid" })), "404 record-not-found");
    check(&act(ANN, "refund"), "404 record-not-found");
    check(&act(CHIEF, "refund"), "200");
    check(&act(ANN, "pay"), "200");
    check(&act(AL, "void"), "200");
    let take = |who: Who| who.ask(&url, "POST", "/api/bills/1:take", &json!({ "amount": 3 }));
    check(&take(CHIEF.only(&["read"])), "404 record-not-found");
    check(&take(AL.only(&["till"])), "200");
}

#[test]
fn the_trash_is_for_who_may_delete() {
    let server = bills();
    let url = server.url();
    check(&AL.ask(&url, "DELETE", "/api/bills/1", &Value::Null), "404 record-not-found");
    check(&ANN.ask(&url, "DELETE", "/api/bills/1", &Value::Null), "204");
    check(&AL.get(&url, "/api/bills/1"), "410 record-deleted");
    check(&OTHER.get(&url, "/api/bills/1"), "404 record-not-found");
    check(&OTHER.get(&url, "/api/bills/1?include_deleted=true"), "404 record-not-found");
    assert_eq!(OTHER.numbers(&url, "/api/bills?include_deleted=only"), [0_i64; 0]);
    check(&AL.ask(&url, "POST", "/api/bills/1:restore", &json!({})), "404 record-not-found");
    check(&OTHER.ask(&url, "POST", "/api/bills/1:restore", &json!({})), "404 record-not-found");
    check(&ANN.ask(&url, "POST", "/api/bills/1:purge", &Value::Null), "404 record-not-found");
    check(&ANN.ask(&url, "POST", "/api/bills/1:restore", &json!({})), "200");
    check(&ANN.ask(&url, "DELETE", "/api/bills/1", &Value::Null), "204");
    check(&CHIEF.ask(&url, "POST", "/api/bills/1:purge", &Value::Null), "204");
}

/// As the mission prints it.
#[expect(missing_docs, reason = "it is printed so")]
#[derive(DeclarativeModel)]
#[security(encryption_at_rest = true, audit_all_operations = true, field_level_permissions = true)]
pub struct SecureDocument {
    #[permission(read = "DocumentOwner", write = "DocumentOwner")]
    #[encryption(algorithm = "AES256")]
    pub sensitive_data: String,

    #[audit(track_all_changes)]
    #[permission(read = "Public")]
    pub public_metadata: String,

    #[lifecycle(immutable)]
    #[audit(tamper_evidence)]
    pub created_by: Uuid,
}

const MAKER: Who = Who::of("0198a4b2-0000-7000-8000-000000000001", &[]);
const STRANGER: Who = Who::of("0198a4b2-0000-7000-8000-000000000002", &[]);

#[test]
fn the_missions_document_starts_only_for_development_until_all_it_declares_is_enforced() {
    let program = || DeclarativeServer::new("127.0.0.1:0").model::<SecureDocument>();
    let owner = policy!(created_by == actor.id);
    let Err(error) = TestServer::try_start(program().permission("DocumentOwner", owner)) else { panic!("it starts") };
    let told = error.to_string();
    for what in [
        "encryption_at_rest",
        "audit_all_operations",
        "encryption(algorithm) of `sensitive_data`",
        "without_unenforced_for_development",
    ] {
        assert!(told.contains(what), "{told}");
    }
    let Err(error) = TestServer::try_start(program().without_unenforced_for_development()) else { panic!("it starts") };
    assert!(matches!(error, ServeError::Start(StartError::Unbound(_))), "{error}");
    assert!(error.to_string().contains("\"DocumentOwner\" is not bound"), "{error}");
}

#[test]
fn the_missions_document_is_for_its_owner_and_its_metadata_for_everybody() {
    let program = DeclarativeServer::new("127.0.0.1:0").model::<SecureDocument>();
    let program = program.permission("DocumentOwner", policy!(created_by == actor.id));
    let server = TestServer::start(program.without_unenforced_for_development());
    let url = server.url();
    let own = |subject: &str| json!({ "sensitive_data": "canary", "public_metadata": "open", "created_by": subject });
    let mine = own("0198a4b2-0000-7000-8000-000000000001");
    check(&STRANGER.ask(&url, "POST", "/api/secure-documents", &mine), "403 forbidden");
    check(&Who::NOBODY.ask(&url, "POST", "/api/secure-documents", &mine), "401 authentication-required");
    let created = MAKER.ask(&url, "POST", "/api/secure-documents", &mine);
    check(&created, "201");
    let path = created.headers["location"].to_str().expect("is text").to_owned();
    assert_eq!(created.json().expect("is JSON")["sensitive_data"], "canary");
    for who in [STRANGER, Who::NOBODY] {
        let shown = who.get(&url, &path).json().expect("is JSON");
        assert_eq!((&shown["public_metadata"], &shown["_redacted"]), (&json!("open"), &json!(["sensitive_data"])));
        assert!(shown.get("sensitive_data").is_none());
        check(&STRANGER.ask(&url, "PATCH", &path, &json!({ "public_metadata": "x" })), "403 forbidden");
        check(&STRANGER.ask(&url, "DELETE", &path, &Value::Null), "403 forbidden");
    }
    check(
        &MAKER.ask(&url, "PATCH", &path, &json!({ "created_by": "0198a4b2-0000-7000-8000-000000000002" })),
        "422 validation-failed",
    );
    check(&MAKER.ask(&url, "PATCH", &path, &json!({ "sensitive_data": "new" })), "200");
}
