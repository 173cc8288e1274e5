//! What records were: every way to ask for it gives the same answer, and what is let go is let go.

use acceptance::{App, Client, Folder, Response};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_acceptance");

fn start(name: &str) -> (Folder, App) {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), name);
    let app = App::start(BINARY, &folder.join("data")).expect("starts");
    (folder, app)
}

/// Creates a record; its path, and the record.
fn create(client: &mut Client, collection: &str, body: &Value) -> (String, Value) {
    let made = client.send("POST", &format!("/api/{collection}"), body).expect("answers");
    assert_eq!(made.status, 201, "{}", made.json());
    (made.header("location").expect("is there").to_owned(), made.json())
}

fn patch(client: &mut Client, path: &str, body: &Value) -> Value {
    let changed = client.send("PATCH", path, body).expect("answers");
    assert_eq!(changed.status, 200, "{}", changed.json());
    changed.json()
}

fn get(client: &mut Client, path: &str) -> Value {
    let read = client.get(path).expect("answers");
    assert_eq!(read.status, 200, "{path}: {}", read.json());
    read.json()
}

/// The status and the code of a refusal.
fn refusal(answer: &Response) -> (u16, String) {
    (answer.status, answer.json()["code"].as_str().unwrap_or_default().to_owned())
}

fn refused(client: &mut Client, path: &str) -> (u16, String) {
    refusal(&client.get(path).expect("answers"))
}

/// Of each item, these members.
fn column(page: &Value, name: &str) -> Vec<Value> {
    page["items"].as_array().expect("items").iter().map(|item| item[name].clone()).collect()
}

#[test]
fn history_says_what_was_done_newest_first() {
    let (_folder, app) = start("history-order");
    let client = &mut app.client();
    let (path, first) = create(client, "accounts", &json!({"name": "ada", "document": {"a": 1}}));
    patch(client, &path, &json!({"balance": 5}));
    patch(client, &path, &json!({"balance": 5}));
    patch(client, &path, &json!({"balance": 7, "note": "x", "document": {"b": 2}}));
    let history = get(client, &format!("{path}/history"));
    assert_eq!(column(&history, "rev"), [3, 2, 1], "what changed nothing is no revision: {history}");
    assert_eq!(column(&history, "op"), ["update", "update", "create"]);
    assert_eq!(column(&history, "whole"), [false, false, true]);
    assert_eq!(history["items"][0]["patch"], json!({"balance": 7, "note": "x", "document": {"a": 1, "b": 2}}));
    assert_eq!(history["items"][1]["patch"], json!({"balance": 5}));
    let mut created = first.clone();
    created.as_object_mut().expect("an object").remove("_rev");
    assert_eq!(history["items"][2]["patch"], created);
    assert_eq!(history["items"][0]["actor"], Value::Null);
    let times = column(&history, "at");
    assert!(times.iter().map(|at| at.as_str().expect("a time")).rev().is_sorted(), "{times:?}");

    assert_eq!(client.request("DELETE", &path, &[], b"").expect("answers").status, 204);
    assert_eq!(client.get(&path).expect("answers").status, 404);
    let history = get(client, &format!("{path}/history"));
    assert_eq!(column(&history, "rev"), [4, 3, 2, 1], "a record that is gone is remembered");
    assert_eq!((&history["items"][0]["op"], &history["items"][0]["patch"]), (&json!("delete"), &Value::Null));
    assert_eq!(
        refused(client, "/api/accounts/00000000-0000-7000-8000-000000000000/history"),
        (404, "record-not-found".to_owned())
    );
    let only = get(client, &format!("{path}/history?fields=note&limit=2"));
    assert_eq!(column(&only, "patch"), [Value::Null, json!({"note": "x"})]);
    assert_eq!(client.send("POST", &format!("{path}/history"), &json!({})).expect("answers").status, 405);
}

#[test]
fn pages_of_a_history_are_the_history() {
    let (_folder, app) = start("history-pages");
    let client = &mut app.client();
    let (path, _) = create(client, "accounts", &json!({"name": "ada"}));
    let (other, _) = create(client, "accounts", &json!({"name": "bob"}));
    for balance in 1..40 {
        patch(client, &path, &json!({"balance": balance}));
        patch(client, &other, &json!({"balance": -balance}));
    }
    let whole = get(client, &format!("{path}/history?limit=100"));
    assert_eq!(whole["next_cursor"], Value::Null);
    assert_eq!(column(&whole, "rev"), (1..=40).rev().collect::<Vec<_>>());
    let (mut items, mut query) = (Vec::new(), "limit=7".to_owned());
    loop {
        let page = get(client, &format!("{path}/history?{query}"));
        items.extend(page["items"].as_array().expect("items").clone());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        // What is written meanwhile does not move the pages.
        patch(client, &path, &json!({"note": cursor}));
        query = format!("limit=7&cursor={cursor}");
        assert_eq!(refused(client, &format!("{other}/history?{query}")), (400, "bad-cursor".to_owned()));
    }
    assert_eq!(json!(items), whole["items"]);
}

#[test]
fn every_revision_and_every_moment_can_be_read() {
    let (_folder, app) = start("history-moments");
    let client = &mut app.client();
    let (path, first) = create(client, "accounts", &json!({"name": "ada"}));
    let mut versions = vec![first];
    for balance in 1..40 {
        versions.push(patch(client, &path, &json!({"balance": balance, "note": format!("n{}", balance / 3)})));
    }
    let history = get(client, &format!("{path}/history?limit=100"));
    for (item, version) in history["items"].as_array().expect("items").iter().rev().zip(&versions) {
        let (rev, seq, at) = (&item["rev"], &item["seq"], item["at"].as_str().expect("a time"));
        assert_eq!(get(client, &format!("{path}?rev={rev}")), *version);
        assert_eq!(get(client, &format!("{path}?as_of={seq}")), *version);
        let then = get(client, &format!("{path}?as_of={at}"));
        assert!(then["_rev"].as_u64() >= rev.as_u64(), "a time shows all that was written by then");
    }
    let seq = history["items"][39]["seq"].as_u64().expect("a position");
    assert_eq!(refused(client, &format!("{path}?as_of={}", seq - 1)), (404, "record-not-found".to_owned()));
    assert_eq!(refused(client, &format!("{path}?as_of=2000-01-01T00:00:00Z")), (404, "record-not-found".to_owned()));
    assert_eq!(refused(client, &format!("{path}?as_of=100000")), (503, "not-caught-up".to_owned()));
    assert_eq!(refused(client, &format!("{path}?as_of=2100-01-01T00:00:00Z")), (503, "not-caught-up".to_owned()));
    for revision in [0, 41] {
        assert_eq!(refused(client, &format!("{path}?rev={revision}")), (404, "revision-not-found".to_owned()));
    }
    for wrong in ["as_of=yesterday", "as_of=", "rev=x", "rev=1&as_of=5"] {
        assert_eq!(refused(client, &format!("{path}?{wrong}")), (400, "invalid-parameter".to_owned()), "{wrong}");
    }
    let answer = client.get(&format!("{path}?rev=3&fields=balance")).expect("answers");
    assert_eq!(answer.json(), json!({"balance": 2, "_rev": 3}));
    assert_eq!(answer.header("etag"), Some("\"3\""));
    let same = client.request("GET", &format!("{path}?rev=3"), &[("if-none-match", "\"3\"")], b"").expect("answers");
    assert_eq!(same.status, 304);

    // Gone, and made again: its revisions are those of its newest life, its moments those of all.
    let (currency, _) = create(client, "currencies", &json!({"code": "CHF", "name": "first"}));
    patch(client, &currency, &json!({"name": "second"}));
    client.request("DELETE", &currency, &[], b"").expect("answers");
    assert_eq!(get(client, &format!("{currency}?rev=2"))["name"], "second", "of what is gone the last life counts");
    create(client, "currencies", &json!({"code": "CHF", "name": "third"}));
    assert_eq!(get(client, &format!("{currency}?rev=1"))["name"], "third");
    let history = get(client, &format!("{currency}/history"));
    assert_eq!(column(&history, "op"), ["create", "delete", "update", "create"]);
    assert_eq!(column(&history, "rev"), [1, 3, 2, 1]);
    let names = column(&history, "seq").into_iter().map(|seq| {
        let then = client.get(&format!("{currency}?as_of={seq}")).expect("answers");
        (then.status, then.json()["name"].clone())
    });
    let none = Value::Null;
    let names: Vec<_> = names.collect();
    assert_eq!(names, [(200, json!("third")), (404, none), (200, json!("second")), (200, json!("first"))]);
}

#[test]
fn a_record_goes_back_like_it_goes_forward() {
    let (_folder, app) = start("history-restore");
    let client = &mut app.client();
    let (path, first) = create(client, "accounts", &json!({"name": "ada", "document": {"a": 1}}));
    patch(client, &path, &json!({"name": "grace", "note": "n", "document": {"b": 2}}));
    let restore = |client: &mut Client, path: &str, body: Value| {
        client.send("POST", &format!("{path}:restore"), &body).expect("answers")
    };
    let back = restore(client, &path, json!({"rev": 1}));
    assert_eq!(back.status, 200, "{}", back.json());
    let mut expected = first;
    expected["_rev"] = json!(3);
    assert_eq!(back.json(), expected, "a new revision that is what the old one was");
    assert_eq!(back.header("etag"), Some("\"3\""));
    assert_eq!(get(client, &path), expected);
    assert_eq!(column(&get(client, &format!("{path}/history")), "rev"), [3, 2, 1]);
    assert_eq!(restore(client, &path, json!({"rev": 3})).json()["_rev"], 3, "nothing to do");

    // Decided like any other change: uniques, references, conditions, rules of the lifecycle.
    create(client, "accounts", &json!({"name": "grace"}));
    assert_eq!(refusal(&restore(client, &path, json!({"rev": 2}))), (409, "unique-violation".to_owned()));
    let stale = client.request(
        "POST",
        &format!("{path}:restore"),
        &[("if-match", "\"2\""), ("content-type", "application/json")],
        br#"{"rev":1}"#,
    );
    assert_eq!(stale.expect("answers").status, 412);
    for (body, status) in
        [(json!({}), 400), (json!({"rev": 1, "x": 1}), 400), (json!({"rev": "1"}), 400), (json!({"rev": 9}), 404)]
    {
        assert_eq!(restore(client, &path, body.clone()).status, status, "{body}");
    }
    client.request("DELETE", &path, &[], b"").expect("answers");
    assert_eq!(refusal(&restore(client, &path, json!({"rev": 1}))), (404, "record-not-found".to_owned()));

    create(client, "currencies", &json!({"code": "CHF", "name": "franc"}));
    let (contract, _) = create(client, "contracts", &json!({"currency": "CHF", "pages": 1}));
    assert_eq!(refusal(&restore(client, &contract, json!({"rev": 1}))), (428, "revision-required".to_owned()));
    let locked = |client: &mut Client, method: &str, path: &str, revision: &str, body: Value| {
        let headers = [("if-match", revision), ("content-type", "application/json")];
        client.request(method, path, &headers, body.to_string().as_bytes()).expect("answers")
    };
    let grown = json!({"pages": 4, "signature": "s", "currency": null});
    assert_eq!(locked(client, "PATCH", &contract, "\"1\"", grown).status, 200);
    client.request("DELETE", "/api/currencies/CHF", &[], b"").expect("answers");
    let back = locked(client, "POST", &format!("{contract}:restore"), "\"2\"", json!({"rev": 1}));
    assert_eq!(back.status, 422, "{}", back.json());
    let mut pointers: Vec<_> =
        back.json()["errors"].as_array().expect("errors").iter().map(|error| error["pointer"].clone()).collect();
    pointers.sort_by_key(Value::to_string);
    assert_eq!(pointers, ["/pages", "/signature"], "monotonic and write_once hold");
    let (page, _) = create(client, "contracts", &json!({"currency": null}));
    create(client, "currencies", &json!({"code": "EUR", "name": "euro"}));
    assert_eq!(locked(client, "PATCH", &page, "\"1\"", json!({"currency": "EUR"})).status, 200);
    client.request("DELETE", "/api/currencies/EUR", &[], b"").expect("answers");
    let dangling = locked(client, "POST", &format!("{page}:restore"), "\"3\"", json!({"rev": 2}));
    assert_eq!(refusal(&dangling), (409, "reference-violation".to_owned()));
}

#[test]
fn lists_of_a_moment_show_the_moment() {
    let (folder, app) = start("history-lists");
    let mut client = app.client();
    let mut moments = Vec::new();
    for round in 0..30 {
        create(&mut client, "accounts", &json!({"name": format!("n{round}"), "balance": round % 5}));
        if round % 3 == 2 {
            let first = get(&mut client, "/api/accounts?sort=name&limit=1");
            let id = first["items"][0]["id"].as_str().expect("an id").to_owned();
            client.request("DELETE", &format!("/api/accounts/{id}"), &[], b"").expect("answers");
        }
        let list = get(&mut client, "/api/accounts?sort=-balance,name&limit=500&count=exact");
        moments.push((list["as_of"].as_u64().expect("a position"), list));
    }
    app.stop();
    // What the running state forgot is rebuilt from the log.
    let app = App::start(BINARY, &folder.join("data")).expect("starts again");
    let client = &mut app.client();
    for (position, then) in moments.iter().rev() {
        let list = get(client, &format!("/api/accounts?sort=-balance,name&limit=500&count=exact&as_of={position}"));
        assert_eq!(list, *then);
    }
    let (position, then) = &moments[20];
    let queried = client.send(
        "QUERY",
        "/api/accounts",
        &json!({"sort": "-balance,name", "limit": 500, "count": "exact", "as_of": position}),
    );
    assert_eq!(queried.expect("answers").json(), *then);
    let (mut items, mut query) = (Vec::new(), "limit=4".to_owned());
    loop {
        let page = get(client, &format!("/api/accounts?sort=-balance,name&as_of={position}&{query}"));
        items.extend(page["items"].as_array().expect("items").clone());
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        let alone = refused(client, &format!("/api/accounts?sort=-balance,name&cursor={cursor}"));
        assert_eq!(alone, (400, "bad-cursor".to_owned()), "a cursor is of its moment");
        query = format!("limit=4&cursor={cursor}");
    }
    assert_eq!(json!(items), then["items"]);
    let filtered = get(client, &format!("/api/accounts?filter=balance%3D2&limit=500&as_of={position}"));
    let expected = then["items"].as_array().expect("items").iter().filter(|item| item["balance"] == 2).count();
    assert_eq!(filtered["items"].as_array().map(Vec::len), Some(expected));
    assert_eq!(get(client, "/api/accounts?as_of=0")["items"], json!([]));
    assert_eq!(refused(client, "/api/accounts?as_of=99999"), (503, "not-caught-up".to_owned()));
}

#[test]
fn what_is_let_go_is_gone_by_every_path() {
    let (folder, app) = start("history-gone");
    let mut client = app.client();
    let (memo, _) = create(&mut client, "memos", &json!({"text": "v1", "pin": "p1"}));
    for number in 2..=5 {
        patch(&mut client, &memo, &json!({"text": format!("v{number}"), "pin": format!("p{number}")}));
    }
    let (whisper, _) = create(&mut client, "whispers", &json!({"text": "v1"}));
    patch(&mut client, &whisper, &json!({"text": "v2"}));
    app.stop();
    let app = App::start(BINARY, &folder.join("data")).expect("starts again");
    let client = &mut app.client();

    let gone = (410, "history-gone".to_owned());
    let history = get(client, &format!("{memo}/history"));
    assert_eq!(column(&history, "rev"), [5, 4, 3]);
    assert_eq!(
        column(&history, "patch"),
        [json!({"text": "v5", "pin": "p5"}), json!({"text": "v4"}), json!({"number": 1, "text": "v3"})]
    );
    let third = history["items"][2]["seq"].as_u64().expect("a position");
    assert_eq!(get(client, &format!("{memo}?rev=3")), json!({"number": 1, "text": "v3", "_rev": 3}));
    assert_eq!(get(client, &format!("{memo}?as_of={third}")), json!({"number": 1, "text": "v3", "_rev": 3}));
    let list = get(client, &format!("/api/memos?as_of={third}&fields=text,pin"));
    assert_eq!(list["items"], json!([{"text": "v3", "_rev": 3}]));
    for parameters in ["sort=pin", "filter=pin%3D%22p3%22"] {
        let asked = refused(client, &format!("/api/memos?as_of={third}&{parameters}"));
        assert_eq!(asked, (400, "invalid-parameter".to_owned()), "{parameters}");
    }
    for past in
        [format!("{memo}?rev=2"), format!("{memo}?as_of={}", third - 1), format!("/api/memos?as_of={}", third - 1)]
    {
        assert_eq!(refused(client, &past), gone, "{past}");
    }
    let restore = |client: &mut Client, path: &str, revision: u64| {
        client.send("POST", &format!("{path}:restore"), &json!({"rev": revision})).expect("answers")
    };
    assert_eq!(refusal(&restore(client, &memo, 2)), gone);
    assert_eq!(restore(client, &memo, 3).json(), json!({"number": 1, "text": "v3", "pin": "p5", "_rev": 6}));

    let history = get(client, &format!("{whisper}/history"));
    assert_eq!((column(&history, "rev"), column(&history, "whole")), (vec![json!(2)], vec![json!(true)]));
    let seq = history["items"][0]["seq"].as_u64().expect("a position");
    for past in
        [format!("{whisper}?rev=1"), format!("{whisper}?as_of={}", seq - 1), format!("/api/whispers?as_of={}", seq - 1)]
    {
        assert_eq!(refused(client, &past), gone, "{past}");
    }
    client.request("DELETE", &whisper, &[], b"").expect("answers");
    assert_eq!(refused(client, &format!("{whisper}/history")), (404, "record-not-found".to_owned()));
    assert_eq!(refused(client, &format!("{whisper}?rev=2")), (404, "record-not-found".to_owned()));
    assert_eq!(refused(client, &format!("{whisper}?as_of={seq}")), gone);

    let (oath, _) = create(client, "oaths", &json!({"text": "v1"}));
    patch(client, &oath, &json!({"text": "v2"}));
    assert_eq!(client.get(&format!("{oath}/history")).expect("answers").status, 405);
    assert_eq!(restore(client, &oath, 1).status, 405);
    for past in [format!("{oath}?rev=1"), format!("{oath}?as_of=1"), "/api/oaths?as_of=1".to_owned()] {
        assert_eq!(refused(client, &past), (400, "invalid-parameter".to_owned()), "{past}");
    }
    let schema = get(client, "/_lithair/schema.json");
    let model = |name: &str| {
        schema["models"]
            .as_array()
            .expect("models")
            .iter()
            .find(|model| model["name"] == name)
            .expect("is there")
            .clone()
    };
    assert_eq!((&model("Memo")["versions"], &model("Memo")["fields"][2]["snapshot_only"]), (&json!(3), &json!(true)));
    assert_eq!(model("Whisper")["snapshot_only"], true);
}

#[test]
fn history_tells_events_and_going_back_keeps_to_the_states() {
    let (_folder, app) = start("history-events");
    let client = &mut app.client();
    let (essay, _) = create(client, "essays", &json!({"title": "On Logs", "words": 150}));
    for (action, body) in [("submit", json!({})), ("praise", json!({"points": 3, "by": "ada"})), ("publish", json!({}))]
    {
        let done = client.send("POST", &format!("{essay}:{action}"), &body).expect("answers");
        assert_eq!(done.status, 200, "{action}: {}", done.json());
    }
    let history = get(client, &format!("{essay}/history"));
    let events: Vec<Value> = column(&history, "events");
    assert_eq!(events[1], json!([{"name": "Praised", "data": {"points": 3, "by": "ada"}}]));
    assert_eq!((events[0].as_array().map(Vec::len), &events[3]), (Some(1), &json!([])));
    assert_eq!(history["items"][1]["patch"], json!({"praise": 3}));
    let back = client.send("POST", &format!("{essay}:restore"), &json!({"rev": 2})).expect("answers");
    assert_eq!(refusal(&back), (409, "state-transition".to_owned()), "no way leads back from there");
    patch(client, &essay, &json!({"title": "On Other Logs"}));
    let back = client.send("POST", &format!("{essay}:restore"), &json!({"rev": 4})).expect("answers").json();
    assert_eq!((&back["title"], &back["slug"], &back["_rev"]), (&json!("On Logs"), &json!("on-logs"), &json!(6)));
}

#[test]
fn what_is_in_the_trash_has_a_past_and_what_is_purged_has_none() {
    let (_folder, app) = start("history-trash");
    let client = &mut app.client();
    let (binder, _) = create(client, "binders", &json!({"name": "v1"}));
    let (other, _) = create(client, "binders", &json!({"name": "other"}));
    patch(client, &binder, &json!({"name": "v2"}));
    let two = get(client, "/api/binders")["as_of"].as_u64().expect("a position");
    assert_eq!(client.request("DELETE", &binder, &[], b"").expect("answers").status, 204);
    let act = |client: &mut Client, action: &str, body: Value| {
        client.send("POST", &format!("{binder}:{action}"), &body).expect("answers")
    };

    let history = get(client, &format!("{binder}/history"));
    assert_eq!(column(&history, "op"), ["delete", "update", "create"]);
    let names = |client: &mut Client, parameters: &str| {
        column(&get(client, &format!("/api/binders?sort=number&{parameters}")), "name")
    };
    assert_eq!(names(client, ""), ["other"]);
    assert_eq!(names(client, &format!("as_of={two}")), ["v2", "other"]);
    assert_eq!(names(client, &format!("as_of={}", two - 1)), ["v1", "other"]);
    assert_eq!(get(client, &format!("{binder}?rev=1"))["name"], "v1");
    assert_eq!(get(client, &format!("{binder}?as_of={two}"))["name"], "v2");
    assert_eq!(refused(client, &format!("{binder}?rev=3")), (410, "record-deleted".to_owned()));
    assert_eq!(get(client, &format!("{binder}?rev=3&include_deleted=true"))["name"], "v2");
    assert_eq!(refusal(&act(client, "restore", json!({"rev": 1}))), (410, "record-deleted".to_owned()));
    assert_eq!(act(client, "restore", json!({})).json()["name"], "v2", "out of the trash");
    let back = act(client, "restore", json!({"rev": 1})).json();
    assert_eq!((&back["name"], &back["_rev"], &back["deleted_at"]), (&json!("v1"), &json!(5), &Value::Null));
    assert_eq!(
        column(&get(client, &format!("{binder}/history")), "op"),
        ["update", "restore", "delete", "update", "create"]
    );

    client.request("DELETE", &binder, &[], b"").expect("answers");
    assert_eq!(names(client, &format!("as_of={two}")), ["v2", "other"], "rebuilt, and kept for the next page");
    assert_eq!(act(client, "purge", json!({})).status, 204);
    let gone = (404, "record-not-found".to_owned());
    for past in [
        "/history".to_owned(),
        "?rev=1".to_owned(),
        format!("?as_of={two}"),
        format!("?as_of={two}&include_deleted=true"),
    ] {
        assert_eq!(refused(client, &format!("{binder}{past}")), gone, "{past}");
    }
    assert_eq!(names(client, &format!("as_of={two}")), ["other"]);
    assert_eq!(names(client, &format!("as_of={two}&include_deleted=true")), ["other"]);
    assert_eq!(column(&get(client, &format!("{other}/history")), "op"), ["create"]);
}
