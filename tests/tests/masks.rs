//! Texts of which others see the end: `security(mask(last = 4))`.

use acceptance::who::{Who, check, text};
use lithair_core::model::Backend as _;
use lithair_core::prelude::*;
use lithair_core::testing::TestServer;
use serde_json::{Value, json};

#[derive(DeclarativeModel)]
#[permission(roles(Chief > Clerk), all = authenticated, delete = role(Chief))]
struct Account {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[permission(owner)]
    holder: String,
    #[http(filter, sort)]
    name: String,
    /// The owner and a chief read it; the others see its end.
    #[permission(read = owner || role(Chief))]
    #[security(mask(last = 4))]
    #[http(filter(guarded), validate(len(1..=40)))]
    #[db(unique)]
    card: String,
    /// Nobody reads it.
    #[security(mask(last = 2))]
    phrase: Option<String>,
    #[relation(has_many = Payment, via = account_id)]
    payments: Many<Payment>,
}

#[commands]
impl Account {
    #[command]
    fn rename(&mut self, _: &Context, name: String) -> Result<(), NoName> {
        self.name = name;
        Ok(())
    }
}

#[derive(CommandError)]
enum NoName {
    #[error(status = 422, "this is no name")]
    #[expect(dead_code, reason = "an error that never happens is enough here")]
    NoName,
}

#[derive(DeclarativeModel)]
#[permission(all = authenticated)]
struct Payment {
    #[db(primary_key, auto = sequence)]
    number: i64,
    account_id: Id<Account>,
}

const ANN: Who = Who::of("ann", &[]);
const BOB: Who = Who::of("bob", &["Clerk"]);
const CHIEF: Who = Who::of("cy", &["Chief"]);

const CARD: &str = "4000-canary-1111";
const NEXT: &str = "5000-canary-2222";
const PHRASE: &str = "correct horse canary 77";

/// Ann's account, whose card was changed once, with a payment.
fn accounts() -> TestServer {
    let server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<Account>().model::<Payment>());
    let url = server.url();
    let account = json!({ "name": "main", "card": CARD, "phrase": PHRASE });
    check(&ANN.ask(&url, "POST", "/api/accounts", &account), "201");
    check(&ANN.ask(&url, "PATCH", "/api/accounts/1", &json!({ "card": NEXT })), "200");
    check(&ANN.ask(&url, "POST", "/api/payments", &json!({ "account_id": 1 })), "201");
    server
}

/// Whoever sees the mask alone does not read the field, and what nobody reads is said to be so.
#[test]
fn who_can_read_a_masked_field_is_who_reads_it_whole() {
    let program = DeclarativeServer::new("127.0.0.1:0").model::<Account>().model::<Payment>();
    let server = TestServer::start(program.setting("auth.admin_role", "Chief"));
    let who_can = |right: &str, of: &str| {
        let answer = CHIEF.ask(
            &server.url(),
            "POST",
            "/_lithair/admin",
            &json!({ "do": "rbac.who-can", "can": right, "of": of }),
        );
        check(&answer, "200");
        let items = answer.json().expect("JSON")["items"].clone();
        let can =
            |item: &Value| format!("{}: {}", item["who"].as_str().unwrap_or(""), item["can"].as_str().unwrap_or(""));
        items.as_array().expect("a list").iter().map(can).collect::<Vec<_>>()
    };
    let card = who_can("read", "Account.card");
    for said in ["anonymous: never", "authenticated: when", "owner: always", "role Chief: always", "role Clerk: when"] {
        assert!(card.iter().any(|item| item == said), "{said}: {card:?}");
    }
    let phrase = who_can("read", "Account.phrase");
    assert!(phrase.len() == 5 && phrase.iter().all(|item| item.ends_with(": never")), "{phrase:?}");
    let written = who_can("create", "Account.phrase");
    assert!(written.iter().any(|item| item == "role Clerk: always"), "{written:?}");
}

#[test]
fn what_is_masked_is_shown_by_its_end_on_every_path() {
    let server = accounts();
    let url = server.url();
    let masks = |answer: &str, end: &str| answer.matches(&format!("\"card\":\"••••{end}\"")).count();
    let past = ANN.get(&url, "/api/accounts/1/history").json().expect("is JSON");
    let first = &past["items"][1]["seq"];
    let (one_then, all_then) = (format!("/api/accounts/1?as_of={first}"), format!("/api/accounts?as_of={first}"));
    let patch = json!({ "op": "patch", "collection": "accounts", "id": 1, "data": { "name": "main" } });
    let null = Value::Null;
    for (method, path, body, end) in [
        ("GET", "/api/accounts/1", null.clone(), "2222"),
        ("GET", "/api/accounts/1?fields=card", null.clone(), "2222"),
        ("GET", "/api/accounts/1?rev=1", null.clone(), "1111"),
        ("GET", one_then.as_str(), null.clone(), "1111"),
        ("GET", "/api/accounts/1/history", null.clone(), "2222"),
        ("GET", "/api/accounts/1/history", null.clone(), "1111"),
        ("GET", "/api/accounts", null.clone(), "2222"),
        ("GET", all_then.as_str(), null.clone(), "1111"),
        ("GET", "/api/payments?expand=account", null.clone(), "2222"),
        ("GET", "/api/payments/1/account", null.clone(), "2222"),
        ("PATCH", "/api/accounts/1", json!({ "name": "main" }), "2222"),
        ("POST", "/api/_batch", json!({ "ops": [patch] }), "2222"),
        ("POST", "/api/accounts/1:rename", json!({ "name": "main" }), "2222"),
        ("POST", "/api/accounts:query", json!({ "filter": "name = 'main'" }), "2222"),
    ] {
        let answer = text(&BOB.ask(&url, method, path, &body));
        assert_eq!(masks(&answer, end), 1, "{method} {path}: {answer}");
        assert!(!answer.contains("canary"), "{method} {path}: {answer}");
        let whole = text(&CHIEF.ask(&url, method, path, &body));
        assert!(whole.contains(if end == "1111" { CARD } else { NEXT }), "{method} {path}: {whole}");
        assert!(!whole.contains("horse"), "{method} {path}: {whole}");
    }
    let said = BOB.said().expect("is somebody");
    let headers = [("accept", "application/x-ndjson"), ("lithair-test-principal", said.as_str())];
    let export = text(&server.client().request("GET", "/api/accounts", &headers, "").expect("the server answers"));
    assert!(masks(&export, "2222") == 1 && !export.contains("canary"), "{export}");
    let headers = [("accept", "text/csv"), headers[1]];
    let export = text(&server.client().request("GET", "/api/accounts", &headers, "").expect("the server answers"));
    assert!(export.contains("••••2222") && !export.contains("canary"), "{export}");

    let record = |who: Who| who.get(&url, "/api/accounts/1").json().expect("is JSON");
    assert_eq!(record(BOB)["_redacted"], json!(["card", "phrase"]));
    assert_eq!((&record(ANN)["card"], &record(ANN)["_redacted"]), (&json!(NEXT), &json!(["phrase"])));
    assert_eq!(record(CHIEF)["phrase"], json!("••••77"), "without `read` it is masked for everybody");
}

#[test]
fn of_a_short_text_nothing_is_shown_and_of_none_that_there_is_none() {
    let server = accounts();
    let url = server.url();
    for (number, card, phrase) in [(2, "1234567", json!("abc")), (3, "x", Value::Null)] {
        let account = json!({ "name": "short", "card": card, "phrase": phrase });
        check(&ANN.ask(&url, "POST", "/api/accounts", &account), "201");
        let shown = BOB.get(&url, &format!("/api/accounts/{number}")).json().expect("is JSON");
        let mask = if phrase.is_null() { Value::Null } else { json!("••••") };
        assert_eq!((&shown["card"], &shown["phrase"]), (&json!("••••"), &mask));
    }
}

#[test]
fn nothing_is_asked_of_what_is_masked() {
    let server = accounts();
    let url = server.url();
    for filter in [format!("card='{NEXT}'"), "card!='z'".to_owned(), "not(card='z')".to_owned(), "card^='5'".to_owned()]
    {
        assert_eq!(ANN.numbers(&url, &format!("/api/accounts?filter={filter}")), [1], "{filter}");
        // Whatever is guessed, right or wrong, the answer is the same.
        let around =
            |filter: &str| format!("/api/payments?filter=account.{filter}").replace("account.not(", "not(account.");
        let guesses = [filter.clone(), filter.replace(NEXT, "6000"), filter.replace("'z'", &format!("'{NEXT}'"))];
        for path in [|filter: &str| format!("/api/accounts?filter={filter}"), around] {
            let answers = guesses.clone().map(|guess| BOB.numbers(&url, &path(&guess)));
            assert!(answers.iter().all(|answer| *answer == answers[0]), "{filter}: {answers:?}");
        }
    }
    // What nobody may ask is answered as what does not exist.
    let detail = |path: &str, name: &str| {
        let answer = BOB.get(&url, path).json().expect("is JSON");
        (answer["status"].clone(), answer["code"].clone(), answer["detail"].to_string().replace(name, "NAME"))
    };
    for (of_mask, of_nothing) in [
        ("/api/accounts?filter=phrase='x'", "/api/accounts?filter=nowhere='x'"),
        ("/api/accounts?sort=phrase", "/api/accounts?sort=nowhere"),
        ("/api/accounts?sort=card", "/api/accounts?sort=nowhere"),
    ] {
        let name = if of_mask.ends_with("card") { "card" } else { "phrase" };
        assert_eq!(detail(of_mask, name), detail(of_nothing, "nowhere"), "{of_mask}");
    }
    check(&BOB.ask(&url, "POST", "/api/accounts", &json!({ "name": "x", "card": NEXT })), "409 unique-violation");
    let taken = BOB.ask(&url, "POST", "/api/accounts", &json!({ "name": "x", "card": NEXT }));
    assert!(!text(&taken).contains("canary"), "{}", text(&taken));
}

#[test]
fn a_mask_is_not_written_back() {
    let server = accounts();
    let url = server.url();
    let engine = server.engine();
    let before = engine.position();
    let mask = "••••2222";
    let (whole, part) = (json!({ "name": "y", "card": mask }), json!({ "card": mask }));
    let op = |op: &str, data: &Value| json!({ "ops": [{ "op": op, "collection": "accounts", "id": 1, "data": data }] });
    for who in [BOB, CHIEF, ANN] {
        for (method, path, body, pointer) in [
            ("PATCH", "/api/accounts/1", part.clone(), "/card"),
            ("PATCH", "/api/accounts/1", json!({ "card": " ••••" }), "/card"),
            ("PATCH", "/api/accounts/1", json!({ "phrase": "••••77" }), "/phrase"),
            ("PUT", "/api/accounts/1", whole.clone(), "/card"),
            ("POST", "/api/accounts", whole.clone(), "/card"),
            ("POST", "/api/_batch", op("patch", &part), "/ops/0/data/card"),
        ] {
            let answer = who.ask(&url, method, path, &body);
            check(&answer, "422 validation-failed");
            let errors = answer.json().expect("is JSON")["errors"].clone();
            assert_eq!((&errors[0]["pointer"], &errors[0]["code"]), (&json!(pointer), &json!("mask")), "{errors}");
        }
        let line = json!({ "number": 9, "name": "y", "card": mask }).to_string();
        let answer = who.send(&url, "POST", "/api/accounts:import", "application/x-ndjson", line);
        let said = text(&answer);
        assert!(said.contains("\"/card\"") && said.contains("\"mask\""), "{said}");
    }
    assert_eq!(engine.position(), before, "nothing is stored");
    // What is read can be sent back without it: the value stays.
    let mut read = BOB.get(&url, "/api/accounts/1").json().expect("is JSON");
    for name in ["card", "phrase"] {
        read.as_object_mut().expect("an object").remove(name);
    }
    read["name"] = json!("other");
    check(&BOB.ask(&url, "PUT", "/api/accounts/1", &read), "200");
    assert_eq!(ANN.get(&url, "/api/accounts/1").json().expect("is JSON")["card"], NEXT);
}

#[test]
fn documents_say_that_it_is_a_text_and_masked() {
    let server = accounts();
    let url = server.url();
    let openapi = BOB.get(&url, "/_lithair/openapi.json").json().expect("is JSON");
    let schemas = &openapi["components"]["schemas"];
    let shown = &schemas["Account"]["properties"]["card"];
    assert_eq!((&shown["type"], shown.get("maxLength"), shown.get("not")), (&json!("string"), None, None));
    assert_eq!(shown["description"], "To whom may not see it: `••••` and the last 4 characters.");
    assert_eq!(schemas["Account.Create"]["properties"]["card"]["not"]["pattern"], r"^\s*••••");
    let schema = BOB.get(&url, "/_lithair/schema.json").json().expect("is JSON").to_string();
    assert!(schema.contains(r#""mask":{"last":4}"#), "{schema}");
}
