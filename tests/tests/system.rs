//! What the program does itself, by schedules, hooks and the purge, is not a caller's to do, and not a caller's to stop.

use acceptance::who::{Who, check, text};
use lithair_core::model::Backend as _;
use lithair_core::prelude::*;
use lithair_core::testing::TestServer;
use serde_json::{Value, json};

const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

/// Nobody changes a task, and only its owner sees and deletes it.
#[derive(DeclarativeModel)]
#[lifecycle(soft_delete(purge_after = "30d"))]
#[permission(read = owner, create = authenticated, delete = owner, command(purge) = role(Janitor), command(nudge) = role(Janitor))]
struct Task {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[permission(owner)]
    holder: String,
    title: String,
    /// What a hook and a schedule count.
    #[permission(read = role(Janitor), write = role(Janitor))]
    #[db(default = 0)]
    rounds: i64,
    deleted_at: Option<Timestamp>,
}

/// Written by hooks and schedules alone.
#[derive(DeclarativeModel)]
#[permission(roles(Janitor), read = role(Janitor), history = role(Janitor))]
struct Entry {
    #[db(primary_key, auto = sequence)]
    number: i64,
    text: String,
}

#[hooks]
impl Task {
    #[hook(before(create))]
    fn noted(&mut self, cx: &Context) {
        self.rounds = 1;
        cx.create(&Entry { number: 0, text: format!("{} has {}", self.holder, self.title) });
    }

    /// Goes around every night, to tasks of whomever.
    #[schedule(cron = "0 3 * * *")]
    fn go_around(cx: &Context, _due: Timestamp) {
        for number in 1..=2 {
            if cx.update::<Self, _>(&number, |task| task.rounds += 1).is_some() {
                cx.create(&Entry { number: 0, text: format!("round to {number} by {:?}", cx.principal().subject()) });
            }
        }
    }
}

#[commands]
impl Task {
    #[command]
    fn nudge(&mut self, _: &Context) -> Result<(), NoNudge> {
        self.rounds += 1;
        Ok(())
    }
}

#[derive(CommandError)]
enum NoNudge {
    #[error(status = 422, "there is nothing to nudge")]
    #[expect(dead_code, reason = "an error that never happens is enough here")]
    Nothing,
}

const ANN: Who = Who::of("ann", &[]);
const BOB: Who = Who::of("bob", &[]);
const JANITOR: Who = Who::of("jo", &["Janitor"]);

/// Callers who call themselves what the program is called.
const PRETENDERS: [Who; 4] = [
    Who::of("system", &["system", "System"]),
    Who::of("lithair", &["lithair.administrator", ""]),
    Who::of("purge", &["Purge"]),
    Who::NOBODY,
];

fn tasks() -> TestServer {
    let server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<Task>().model::<Entry>());
    let url = server.url();
    for who in [ANN, BOB] {
        check(&who.ask(&url, "POST", "/api/tasks", &json!({ "title": "sweep" })), "201");
    }
    server
}

fn entries(url: &str) -> Vec<String> {
    let list = JANITOR.get(url, "/api/entries").json().expect("is JSON");
    let items = list["items"].as_array().expect("a list has items");
    items.iter().map(|item| item["text"].as_str().expect("a text").to_owned()).collect()
}

#[test]
fn hooks_and_schedules_write_what_their_caller_may_not_and_nobody_else_does() {
    let mut server = tasks();
    let url = server.url();
    assert_eq!(entries(&url), ["ann has sweep", "bob has sweep"], "the hook of a caller who may not add entries");
    assert_eq!(server.pass(DAY), 1);
    assert_eq!(entries(&url)[2..], ["round to 1 by None", "round to 2 by None"]);
    let answer = ANN.get(&url, "/api/tasks/1").json().expect("is JSON");
    assert_eq!((answer.get("rounds"), &answer["_redacted"]), (None, &json!(["rounds"])));

    let position = server.engine().position();
    for who in PRETENDERS.into_iter().chain([ANN, BOB]) {
        for (method, path, body) in [
            ("POST", "/api/entries", json!({ "text": "forged" })),
            ("PATCH", "/api/entries/1", json!({ "text": "forged" })),
            ("DELETE", "/api/entries/1", Value::Null),
            ("PATCH", "/api/tasks/1", json!({ "rounds": 9 })),
            ("PATCH", "/api/tasks/1", json!({ "title": "rest" })),
            ("POST", "/api/tasks/1:nudge", Value::Null),
            ("POST", "/api/tasks/1:purge", Value::Null),
            ("POST", "/api/tasks:go_around", Value::Null),
            ("POST", "/api/tasks/1:go_around", Value::Null),
            ("POST", "/api/tasks/1:noted", Value::Null),
            ("PATCH", "/api/lithair/schedules/tasks.go_around", json!({ "next_at": "2020-01-01T00:00:00Z" })),
            ("POST", "/_lithair/admin", json!({ "do": "keys.list" })),
        ] {
            let answer = who.ask(&url, method, path, &body);
            assert!((400..500).contains(&answer.status), "{who:?} {method} {path}: {}", text(&answer));
        }
        check(
            &who.get(&url, "/api/lithair/schedules"),
            if who.said().is_some() { "403 forbidden" } else { "401 authentication-required" },
        );
        assert!([401, 403].contains(&who.get(&url, "/api/entries").status), "{who:?}");
    }
    assert_eq!(server.engine().position(), position, "nothing is stored");
}

#[test]
fn the_purge_removes_what_no_caller_could() {
    let server = tasks();
    let url = server.url();
    check(&ANN.ask(&url, "DELETE", "/api/tasks/1", &Value::Null), "204");
    for who in PRETENDERS.into_iter().chain([ANN, BOB]) {
        let answer = who.ask(&url, "POST", "/api/tasks/1:purge", &Value::Null);
        assert!([401, 403, 404].contains(&answer.status), "{who:?}: {}", text(&answer));
    }
    let now = |days: i64| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("after 1970").as_micros();
        Timestamp::from_micros(i64::try_from(now).expect("a time")).plus_micros(days * 86_400_000_000)
    };
    assert_eq!(server.engine().purge_expired(now(29)), 0);
    assert_eq!(server.engine().purge_expired(now(31)), 1);
    check(&ANN.ask(&url, "POST", "/api/tasks/1:restore", &json!({})), "404 record-not-found");
    check(&BOB.get(&url, "/api/tasks/2"), "200");
}

/// Where no role is named, nobody is an administrator, whatever they call themselves.
#[test]
fn without_a_role_of_administrators_nobody_is_one() {
    for role in [None, Some("")] {
        let program = DeclarativeServer::new("127.0.0.1:0").model::<Task>().model::<Entry>();
        let program = role.into_iter().fold(program, |program, role| program.setting("auth.admin_role", role));
        let server = TestServer::start(program);
        let url = server.url();
        for who in PRETENDERS.into_iter().chain([Who::of("root", &["Root", "Admin", "Janitor", " "])]) {
            let answer =
                who.ask(&url, "POST", "/_lithair/admin", &json!({ "do": "keys.create", "expires_seconds": 60 }));
            check(&answer, "404 no-such-path");
            let listed = who.get(&url, "/api/lithair/schedules");
            assert!([401, 403].contains(&listed.status), "{who:?}: {}", text(&listed));
            let one = who.get(&url, "/api/lithair/schedules/tasks.go_around");
            assert!([401, 404].contains(&one.status), "{who:?}: {}", text(&one));
        }
    }
    let program =
        DeclarativeServer::new("127.0.0.1:0").model::<Task>().model::<Entry>().setting("auth.admin_role", "Root");
    let server = TestServer::start(program);
    check(&Who::of("root", &["Root"]).get(&server.url(), "/api/lithair/schedules"), "200");
}

/// Two in a day for each who is known; to add one takes the role.
#[derive(DeclarativeModel)]
#[permission(roles(Writer), read = authenticated, create = role(Writer))]
#[security(rate_limit(create, "2/d", per = principal), rate_limit(get, "3/d", per = principal))]
struct Letter {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[permission(read = role(Writer))]
    text: String,
}

#[test]
fn limits_of_principals_and_policies_hold_together() {
    let server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<Letter>());
    let url = server.url();
    let add = |who: Who| who.ask(&url, "POST", "/api/letters", &json!({ "text": "t" })).status;
    let (wanda, will) = (Who::of("wanda", &["Writer"]), Who::of("will", &["Writer"]));
    // Whoever may not is refused as such, however often, and it is nobody else's count.
    assert_eq!([add(BOB), add(BOB), add(BOB)], [403, 403, 403]);
    assert_eq!([add(wanda), add(wanda), add(wanda)], [201, 201, 429]);
    assert_eq!(add(will), 201);
    // Another credential of the same somebody is the same somebody, whose rights are those of the credential.
    assert_eq!(add(Who::of("wanda", &["Writer"]).only(&["read"])), 429);
    // A batch goes no other way around.
    let ops = json!({ "ops": [{ "op": "create", "collection": "letters", "data": { "text": "t" } }] });
    assert_eq!(will.ask(&url, "POST", "/api/_batch", &ops).status, 200);
    assert_eq!(will.ask(&url, "POST", "/api/_batch", &ops).status, 429);
    let read = |who: Who| {
        let answer = who.get(&url, "/api/letters/1");
        (answer.status, text(&answer).contains("\"text\":\"t\""))
    };
    assert_eq!([read(BOB), read(BOB), read(BOB), read(BOB)], [(200, false), (200, false), (200, false), (429, false)]);
    assert_eq!(read(wanda), (200, true));
    let numbers = will.numbers(&url, "/api/letters");
    assert_eq!(numbers.len(), 4, "what was refused is not stored");
}
