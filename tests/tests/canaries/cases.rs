//! Cases and the notes on them: every field a canary of its own, and who may see it, said apart from the engine.

use acceptance::who::{Who, check};
use lithair_core::prelude::*;
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
pub(crate) struct Case {
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
    /// Of which others see the end: the `x` behind the canary and three letters more.
    #[permission(read = owner || role(Chief))]
    #[security(mask(last = 4))]
    #[http(filter(guarded))]
    account: String,
    #[relation(has_many = Note, via = case_id)]
    notes: Many<Note>,
}

#[derive(DeclarativeModel)]
#[db(tenant = org)]
#[permission(read = check(case, update), create = check(case, update), history = public, export = public)]
pub(crate) struct Note {
    #[db(primary_key, auto = sequence)]
    number: i64,
    org: String,
    #[relation(on_delete = cascade)]
    case_id: Id<Case>,
    #[http(filter)]
    words: String,
}

pub(crate) fn program() -> DeclarativeServer {
    DeclarativeServer::new("127.0.0.1:0").model::<Case>().model::<Note>()
}

const ANN: Who = Who::of("ann", &[]).at("acme");
const BOB: Who = Who::of("bob", &[]).at("acme");
const CHIEF: Who = Who::of("chaz", &["Chief"]).at("acme");
const OTHER: Who = Who::of("olga", &["Chief"]).at("other");

/// How many cases there are. Each has a note, by the same number.
pub(crate) const CASES: usize = 20;

/// A record as the oracle knows it.
pub(crate) struct Known {
    pub(crate) number: usize,
    org: &'static str,
    holder: &'static str,
    open: bool,
}

/// Somebody, as the oracle knows them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Standing {
    pub(crate) org: Option<&'static str>,
    pub(crate) subject: &'static str,
    pub(crate) role: &'static str,
}

impl Known {
    fn is_seen(&self, by: Standing) -> bool {
        by.org == Some(self.org) && (self.open || by.subject == self.holder || !by.role.is_empty())
    }

    /// Whether somebody sees the case of these.
    pub(crate) fn seen(known: &[Self], by: Standing) -> Vec<usize> {
        known.iter().filter(|case| case.is_seen(by)).map(|case| case.number).collect()
    }

    /// The canaries of the record, each with whether somebody may see it.
    pub(crate) fn canaries(&self, by: Standing) -> [(String, bool); 5] {
        let (is_own, number) = (by.subject == self.holder, self.number);
        let sees = self.is_seen(by);
        let sees_secrets = sees && (is_own || by.role == "Chief");
        let sees_notes = by.org == Some(self.org) && (is_own || !by.role.is_empty());
        [
            (format!("title{number}x"), sees),
            (format!("body{number}x"), sees),
            (format!("secret{number}x"), sees_secrets),
            (format!("account{number}x"), sees_secrets),
            (format!("words{number}x"), sees_notes),
        ]
    }
}

/// Cases of two tenants, open and not, each with a note; each changed once.
pub(crate) fn filled(url: &str) -> Vec<Known> {
    let holders = [(ANN, "acme", "ann"), (BOB, "acme", "bob"), (CHIEF, "acme", "chaz"), (OTHER, "other", "olga")];
    let mut known = Vec::new();
    for number in 1..=CASES {
        let (who, org, holder) = holders[number % holders.len()];
        let open = number.is_multiple_of(3);
        let canary = |word: &str| format!("{word}{number}x");
        let case = json!({
            "open": open, "title": canary("title"), "body": canary("body"), "secret": canary("secret"),
            "account": format!("{}end", canary("account")),
        });
        check(&who.ask(url, "POST", "/api/cases", &case), "201");
        check(&who.ask(url, "POST", "/api/notes", &json!({ "case_id": number, "words": canary("words") })), "201");
        let again = json!({ "title": format!("{} again", canary("title")) });
        check(&who.ask(url, "PATCH", &format!("/api/cases/{number}"), &again), "200");
        known.push(Known { number, org, holder, open });
    }
    known
}

/// What is asked of every record, and of the collections.
pub(crate) fn questions() -> Vec<(&'static str, String, Value)> {
    let get = |path: String| ("GET", path, Value::Null);
    let mut asked: Vec<_> = [
        "/api/cases",
        "/api/cases?count=exact&limit=3",
        "/api/cases?expand=notes",
        "/api/cases?sort=-title",
        "/api/cases?sort=-title&limit=2",
        "/api/cases?sort=secret",
        "/api/cases?sort=account",
        "/api/cases?fields=secret",
        "/api/cases?fields=title,secret,account",
        "/api/cases?filter=secret!='z'",
        "/api/cases?filter=not(secret='z')",
        "/api/cases?filter=secret^='secret'",
        "/api/cases?filter=account^='account'",
        "/api/cases?filter=not(account='z')",
        "/api/cases?filter=any(notes,.words^='words')",
        "/api/cases?filter=none(notes,.words='z')",
        "/api/cases?filter=all(notes,.words^='words')",
        "/api/cases?as_of=30",
        "/api/cases?as_of=30&count=exact",
        "/api/cases?search=body1x",
        "/api/cases?search=body*",
        "/api/cases?filter=secert='z'",
        "/api/cases?limit=x",
        "/api/cases/x",
        "/api/notes",
        "/api/notes?expand=case",
        "/api/notes?expand=case.notes",
        "/api/notes?filter=case.title!='z'",
        "/api/notes?filter=case.secret='secret1x'",
        "/api/notes?filter=not(case.secret='z')",
        "/api/notes?filter=case.account^='account'",
        "/api/notes?as_of=40",
        "/_lithair/schema.json",
        "/_lithair/openapi.json",
        "/metrics",
        "/health/ready",
    ]
    .map(|path| get(path.to_owned()))
    .into();
    asked.push(("POST", "/api/cases:query".to_owned(), json!({ "filter": "secret != 'z'", "expand": ["notes"] })));
    for number in 1..=CASES {
        for rest in
            ["", "?expand=notes", "?rev=1", "?as_of=50", "/history", "/notes", "?fields=secret", "?fields=account"]
        {
            asked.push(get(format!("/api/cases/{number}{rest}")));
        }
        for rest in ["", "?expand=case", "/case", "/history", "?rev=1"] {
            asked.push(get(format!("/api/notes/{number}{rest}")));
        }
        asked.extend(changes(number));
    }
    asked
}

/// Changes that are refused, or change nothing: what they answer is an answer too.
fn changes(number: usize) -> Vec<(&'static str, String, Value)> {
    let case = format!("/api/cases/{number}");
    let open = json!({ "open": number.is_multiple_of(3) });
    let op = json!({ "op": "patch", "collection": "cases", "id": number, "data": open });
    vec![
        ("PATCH", case.clone(), open),
        ("PATCH", case.clone(), json!({ "holder": "ann" })),
        ("PATCH", case.clone(), json!({ "org": "other" })),
        ("PATCH", case.clone(), json!({ "account": "••••xend" })),
        ("PUT", case, json!({ "open": 7 })),
        ("POST", "/api/_batch".to_owned(), json!({ "ops": [op] })),
        ("POST", "/api/notes".to_owned(), json!({ "case_id": number, "words": 7 })),
    ]
}
