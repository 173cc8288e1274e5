//! Every field of every record is a canary of its own. Callers ask everything they can think of; what they may not see never comes, in no body, header
//! or error, and what they may see does.

use acceptance::who::{Who, check, text};
use lithair_core::prelude::*;
use lithair_core::testing::TestServer;
use serde_json::{Value, json};

#[derive(DeclarativeModel)]
#[db(tenant = org, fulltext(body))]
#[permission(
    roles(Chief > Clerk),
    read = open || owner || role(Clerk),
    create = authenticated,
    update = owner || role(Clerk),
    delete = role(Chief),
    history = owner || role(Clerk),
    export = scope("export")
)]
struct Case {
    #[db(primary_key, auto = sequence)]
    number: i64,
    org: String,
    #[permission(owner)]
    holder: String,
    open: bool,
    #[http(filter, sort)]
    title: String,
    body: String,
    #[permission(read = owner || role(Chief))]
    #[http(filter(guarded))]
    secret: String,
    #[relation(has_many = Note, via = case_id)]
    notes: Many<Note>,
}

#[derive(DeclarativeModel)]
#[db(tenant = org)]
#[permission(read = check(case, update), create = check(case, update), history = public, export = public)]
struct Note {
    #[db(primary_key, auto = sequence)]
    number: i64,
    org: String,
    #[relation(on_delete = cascade)]
    case_id: Id<Case>,
    #[http(filter)]
    words: String,
}

const ANN: Who = Who::of("ann", &[]).at("acme");
const BOB: Who = Who::of("bob", &[]).at("acme");
const CLERK: Who = Who::of("cleo", &["Clerk"]).at("acme");
const CHIEF: Who = Who::of("chaz", &["Chief"]).at("acme");
const OTHER: Who = Who::of("olga", &["Chief"]).at("other");
const HOMELESS: Who = Who::of("hal", &["Chief"]);
const KEY: Who = Who::of("ann", &[]).at("acme").only(&["read"]);

/// Each asks everything. The last two words: whose records, and which role.
const CALLERS: [(Who, Option<&str>, &str, &str); 8] = [
    (Who::NOBODY, None, "", ""),
    (ANN, Some("acme"), "ann", ""),
    (BOB, Some("acme"), "bob", ""),
    (CLERK, Some("acme"), "cleo", "Clerk"),
    (CHIEF, Some("acme"), "chaz", "Chief"),
    (OTHER, Some("other"), "olga", "Chief"),
    (HOMELESS, None, "hal", "Chief"),
    (KEY, Some("acme"), "ann", ""),
];

/// A record as the oracle knows it.
struct Known {
    number: usize,
    org: &'static str,
    holder: &'static str,
    open: bool,
}

impl Known {
    /// The canaries of the record, each with whether a caller may see it.
    fn canaries(&self, org: Option<&str>, subject: &str, role: &str) -> [(String, bool); 4] {
        let is_ours = org == Some(self.org);
        let is_own = subject == self.holder;
        let sees = is_ours && (self.open || is_own || !role.is_empty());
        let sees_secret = sees && (is_own || role == "Chief");
        let sees_notes = is_ours && (is_own || !role.is_empty());
        let number = self.number;
        [
            (format!("title{number}x"), sees),
            (format!("body{number}x"), sees),
            (format!("secret{number}x"), sees_secret),
            (format!("words{number}x"), sees_notes),
        ]
    }
}

/// Cases of two tenants, open and not, each with a note; each changed once.
fn filled(server: &TestServer) -> Vec<Known> {
    let url = server.url();
    let holders = [(ANN, "acme", "ann"), (BOB, "acme", "bob"), (CHIEF, "acme", "chaz"), (OTHER, "other", "olga")];
    let mut known = Vec::new();
    for number in 1..=20 {
        let (who, org, holder) = holders[number % holders.len()];
        let open = number % 3 == 0;
        let canary = |word: &str| format!("{word}{number}x");
        let case =
            json!({ "open": open, "title": canary("title"), "body": canary("body"), "secret": canary("secret") });
        check(&who.ask(&url, "POST", "/api/cases", &case), "201");
        check(&who.ask(&url, "POST", "/api/notes", &json!({ "case_id": number, "words": canary("words") })), "201");
        let again = json!({ "title": format!("{} again", canary("title")) });
        check(&who.ask(&url, "PATCH", &format!("/api/cases/{number}"), &again), "200");
        known.push(Known { number, org, holder, open });
    }
    known
}

/// What is asked of every record, and of the collections.
fn questions() -> Vec<(&'static str, String, Value)> {
    let get = |path: String| ("GET", path, Value::Null);
    let mut asked: Vec<_> = [
        "/api/cases",
        "/api/cases?count=exact&limit=3",
        "/api/cases?expand=notes",
        "/api/cases?sort=-title",
        "/api/cases?sort=secret",
        "/api/cases?fields=secret",
        "/api/cases?fields=title,secret",
        "/api/cases?filter=secret!='z'",
        "/api/cases?filter=not(secret='z')",
        "/api/cases?filter=secret^='secret'",
        "/api/cases?filter=any(notes,.words^='words')",
        "/api/cases?filter=none(notes,.words='z')",
        "/api/cases?filter=all(notes,.words^='words')",
        "/api/cases?as_of=30",
        "/api/cases?as_of=30&count=exact",
        "/api/cases?search=body1x",
        "/api/cases?search=body*",
        "/api/cases?filter=secert='z'",
        "/api/notes",
        "/api/notes?expand=case",
        "/api/notes?expand=case.notes",
        "/api/notes?filter=case.title!='z'",
        "/api/notes?filter=case.secret='secret1x'",
        "/api/notes?filter=not(case.secret='z')",
        "/api/notes?as_of=40",
        "/_lithair/schema.json",
        "/_lithair/openapi.json",
        "/metrics",
    ]
    .map(|path| get(path.to_owned()))
    .into();
    asked.push(("POST", "/api/cases:query".to_owned(), json!({ "filter": "secret != 'z'", "expand": ["notes"] })));
    for number in 1..=20 {
        for rest in ["", "?expand=notes", "?rev=1", "?as_of=50", "/history", "/notes", "?fields=secret"] {
            asked.push(get(format!("/api/cases/{number}{rest}")));
        }
        for rest in ["", "?expand=case", "/case", "/history", "?rev=1"] {
            asked.push(get(format!("/api/notes/{number}{rest}")));
        }
        // Changes that are refused, or change nothing: what they answer is an answer too.
        let case = format!("/api/cases/{number}");
        asked.push(("PATCH", case.clone(), json!({ "open": number % 3 == 0 })));
        asked.push(("PATCH", case.clone(), json!({ "holder": "ann" })));
        asked.push(("PATCH", case.clone(), json!({ "org": "other" })));
        let op = json!({ "op": "patch", "collection": "cases", "id": number, "data": { "open": number % 3 == 0 } });
        asked.push(("POST", "/api/_batch".to_owned(), json!({ "ops": [op] })));
        asked.push(("POST", "/api/notes".to_owned(), json!({ "case_id": number, "words": 7 })));
    }
    asked
}

#[test]
fn no_canary_reaches_who_may_not_see_it_and_each_reaches_who_may() {
    let server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<Case>().model::<Note>());
    let (url, known) = (server.url(), filled(&server));
    let mut decisions = 0_u64;
    for (who, org, subject, role) in CALLERS {
        let canaries: Vec<_> = known.iter().flat_map(|case| case.canaries(org, subject, role)).collect();
        let mut arrived = vec![false; canaries.len()];
        let export = |answer: &mut Vec<String>| {
            let said = who.said().unwrap_or_default();
            let headers = [("accept", "application/x-ndjson"), ("lithair-test-principal", said.as_str())];
            let headers = if said.is_empty() { &headers[..1] } else { &headers[..] };
            for path in ["/api/cases", "/api/notes"] {
                let response = server.client().request("GET", path, headers, "").expect("the server answers");
                answer.push(text(&response));
            }
        };
        let mut answers = Vec::new();
        export(&mut answers);
        for (method, path, body) in questions() {
            let response = who.ask(&url, method, &path, &body);
            assert!(response.status < 500, "{method} {path}: {}", text(&response));
            let headers: Vec<String> = response
                .headers
                .iter()
                .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or_default()))
                .collect();
            answers.push(format!("{method} {path}\n{}\n{}", headers.join("\n"), text(&response)));
        }
        for answer in &answers {
            // What the caller wrote itself comes back in paths and parameters.
            let (asked, answered) = answer.split_once('\n').unwrap_or(("", answer));
            for ((canary, may_see), arrived) in canaries.iter().zip(&mut arrived) {
                decisions += 1;
                let is_there = answered.contains(canary.as_str()) && !asked.contains(canary.as_str());
                assert!(*may_see || !is_there, "{canary} reaches {who:?}: {answer}");
                *arrived |= is_there;
            }
        }
        for ((canary, may_see), arrived) in canaries.iter().zip(&arrived) {
            assert_eq!(may_see, arrived, "{canary} of {who:?}");
        }
        let total = who.get(&url, "/api/cases?count=exact").json().expect("is JSON")["total"].as_u64();
        let seen = canaries.iter().filter(|(canary, may_see)| *may_see && canary.starts_with("title")).count() as u64;
        assert_eq!(total.unwrap_or_default(), seen, "{who:?}");
    }
    eprintln!("{decisions} decisions");
    assert!(decisions >= 50_000, "{decisions}");
}
