//! Searching by words: what is found, in which order, and what is not.

use acceptance::{App, Client, Folder, Response};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_acceptance");

fn start(name: &str) -> (Folder, App) {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), name);
    let app = App::start(BINARY, &folder.join("data")).expect("starts");
    (folder, app)
}

fn create(client: &mut Client, body: &Value) {
    let mut body = body.clone();
    if body["tags"].is_null() {
        body["tags"] = json!([]);
    }
    let made = client.send("POST", "/api/stories", &body).expect("answers");
    assert_eq!(made.status, 201, "{}", made.json());
}

fn fill(client: &mut Client) {
    create(client, &json!({"number": 1, "title": "Crème brûlée", "body": "sugar, and a flame", "stars": 5}));
    create(client, &json!({"number": 2, "title": "Pudding", "body": "a cream of sugar and creme", "stars": 9}));
    create(client, &json!({"number": 3, "title": "東京タワー", "tags": ["tower 🎉", "city"]}));
    create(client, &json!({"number": 4, "title": "The tower", "body": "no sugar in the city"}));
}

fn get(client: &mut Client, query: &str) -> Response {
    client.get(&format!("/api/stories?{query}")).expect("answers")
}

/// The numbers of the stories that a query finds, in order.
fn found(client: &mut Client, query: &str) -> Vec<i64> {
    let page = get(client, query).json();
    let items = page["items"].as_array().unwrap_or_else(|| panic!("{query}: {page}"));
    items.iter().map(|item| item["number"].as_i64().expect("a number")).collect()
}

#[test]
fn records_are_found_by_their_words_the_best_first() {
    let (_folder, app) = start("search-words");
    let client = &mut app.client();
    fill(client);
    for (query, expected) in [
        ("search=creme", &[1, 2][..]),
        ("search=CR%C3%88ME+sugar", &[1, 2]),
        ("search=cre*&sort=-stars", &[2, 1]),
        ("search=%22sugar+and%22", &[1, 2]),
        ("search=%22and+sugar%22", &[]),
        ("search=%E6%9D%B1%E4%BA%AC", &[3]),
        ("search=%E4%BA%AC%E6%9D%B1", &[]),
        ("search=%F0%9F%8E%89", &[3]),
        ("search=tower", &[4, 3]),
        ("search=tower+city", &[4, 3]),
        ("search=sugar&filter=stars%3E5", &[2]),
        ("search=nowhere", &[]),
        ("filter=search(%22sugar%22)%20and%20stars%3E5&sort=number", &[2]),
        ("filter=not%20search(%22sugar%20creme%22)&sort=number", &[3, 4]),
        ("search=tower&filter=search(%22city%22)%20and%20any(tags)", &[3]),
        ("filter=any(tags,%20.%20~%20%22tower%22)", &[3]),
        ("filter=has(tags,%22city%22)", &[3]),
    ] {
        assert_eq!(found(client, query), expected, "{query}");
    }
    let body =
        client.request("QUERY", "/api/stories", &[("content-type", "application/json")], br#"{"search":"flame"}"#);
    assert_eq!(body.expect("answers").json()["items"][0]["number"], 1);
}

#[test]
fn what_is_changed_or_deleted_is_found_as_it_is_now_and_as_it_was_then() {
    let (_folder, app) = start("search-changes");
    let client = &mut app.client();
    fill(client);
    let before = get(client, "").json()["as_of"].as_u64().expect("a position");
    let patched = client.request(
        "PATCH",
        "/api/stories/2",
        &[("content-type", "application/merge-patch+json")],
        br#"{"title":"Pudding","body":"of vanilla"}"#,
    );
    assert_eq!(patched.expect("answers").status, 200);
    assert_eq!(client.request("DELETE", "/api/stories/4", &[], b"").expect("answers").status, 204);
    assert_eq!(found(client, "search=sugar"), [1]);
    assert_eq!(found(client, "search=vanilla"), [2]);
    assert_eq!(found(client, "search=sugar&include_deleted=only"), [4]);
    assert_eq!(found(client, &format!("search=sugar&sort=number&as_of={before}")), [1, 2, 4]);
    assert_eq!(found(client, &format!("search=vanilla&as_of={before}")), [0; 0]);
}

#[test]
fn pages_of_a_search_are_of_one_moment() {
    let (folder, app) = start("search-pages");
    let client = &mut app.client();
    for number in 0..9 {
        create(client, &json!({"number": number, "title": "word ".repeat(number % 3 + 1), "body": "word"}));
    }
    let all = found(client, "search=word");
    let mut seen = Vec::new();
    let mut page = get(client, "search=word&limit=2&count=exact").json();
    loop {
        assert_eq!(page["total"], 9);
        seen.extend(page["items"].as_array().expect("items").iter().map(|item| item["number"].as_i64().expect("one")));
        // What happens between two pages changes neither what is found nor the ranks.
        let number = 100 + seen.len();
        create(client, &json!({"number": number, "title": "word word word other"}));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        let refused = get(client, &format!("search=other&limit=2&count=exact&cursor={cursor}"));
        assert_eq!(refused.json()["code"], "bad-cursor");
        page = get(client, &format!("search=word&limit=2&count=exact&cursor={cursor}")).json();
    }
    assert_eq!(seen, all);
    let now = found(client, "search=word");
    drop(app);
    let app = App::start(BINARY, &folder.join("data")).expect("starts");
    assert_eq!(found(&mut app.client(), "search=word"), now, "a restart builds the same index");
}

#[test]
fn what_is_no_search_is_refused() {
    let (_folder, app) = start("search-refused");
    let client = &mut app.client();
    for (query, detail) in [
        ("stories?search=", "expected a word"),
        ("stories?search=--", "expected a word"),
        ("stories?search=%22open", "does not end"),
        ("stories?search=a+b+c+d+e+f+g+h+i+j+k+l+m+n+o+p+q", "more than 16 words"),
        ("accounts?search=x", "no field whose words are searched"),
    ] {
        let answer = client.get(&format!("/api/{query}")).expect("answers");
        assert_eq!((answer.status, &answer.json()["code"]), (400, &json!("invalid-parameter")), "{query}");
        let told = answer.json()["detail"].as_str().expect("a detail").to_owned();
        assert!(told.contains(detail), "{told}");
    }
    let openapi = client.get("/_lithair/openapi.json").expect("answers").json();
    let offers = |path: &str| {
        let parameters = openapi["paths"][path]["get"]["parameters"].as_array().expect("parameters");
        parameters.iter().any(|parameter| parameter["name"] == "search")
    };
    assert!(offers("/api/stories") && !offers("/api/accounts"));
}
