//! Conduit, as the people who write and read there see it.

use acceptance::{App, Client, Folder, Response};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_conduit");

fn start(name: &str) -> (Folder, App) {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), name);
    let app = App::start(BINARY, &folder.join("data")).expect("starts");
    (folder, app)
}

/// Somebody with a connection, and with a token once they have registered.
struct Person {
    client: Client,
    name: &'static str,
    token: Option<String>,
}

impl Person {
    fn stranger(app: &App) -> Self {
        Self { client: app.client(), name: "nobody", token: None }
    }

    fn registered(app: &App, name: &'static str) -> Self {
        let mut person = Self { client: app.client(), name, token: None };
        let new = json!({"user": {"username": name, "email": email(name), "password": "correct horse"}});
        let answer = person.ask("POST", "/users", &new);
        assert_eq!(answer.status, 201, "{}", answer.json());
        person.token = answer.json()["user"]["token"].as_str().map(str::to_owned);
        person
    }

    fn ask(&mut self, method: &str, path: &str, body: &Value) -> Response {
        let authorization = self.token.as_ref().map(|token| format!("Token {token}"));
        let mut headers = vec![("content-type", "application/json")];
        headers.extend(authorization.as_deref().map(|text| ("authorization", text)));
        let body = if body.is_null() { String::new() } else { body.to_string() };
        self.client.request(method, &format!("/conduit{path}"), &headers, body.as_bytes()).expect("answers")
    }

    /// What must be answered with 200 or 201.
    fn done(&mut self, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.ask(method, path, body);
        assert!([200, 201].contains(&answer.status), "{method} {path}: {} {}", answer.status, answer.json());
        answer.json()
    }

    fn get(&mut self, path: &str) -> Value {
        self.done("GET", path, &Value::Null)
    }

    fn post(&mut self, path: &str) -> Value {
        self.done("POST", path, &Value::Null)
    }

    fn delete(&mut self, path: &str) -> u16 {
        self.ask("DELETE", path, &Value::Null).status
    }

    /// Writes an article with this title, and returns its slug.
    fn writes(&mut self, title: &str, tags: &[&str]) -> String {
        let article = json!({"title": title, "description": "short", "body": "long", "tagList": tags});
        let answer = self.done("POST", "/articles", &json!({ "article": article }));
        answer["article"]["slug"].as_str().expect("a slug").to_owned()
    }

    /// The titles of a list, and how many there are in all.
    fn titles(&mut self, path: &str) -> (Vec<String>, u64) {
        let answer = self.get(path);
        let title = |article: &Value| article["title"].as_str().expect("a title").to_owned();
        let titles = answer["articles"].as_array().expect("a list").iter().map(title).collect();
        (titles, answer["articlesCount"].as_u64().expect("a count"))
    }

    /// The status of what is refused, and what the envelope says.
    fn refused(&mut self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let answer = self.ask(method, path, body);
        let json = answer.json();
        let members = json.as_object().expect("an object");
        assert!(members.len() == 1 && members["errors"].is_object(), "{method} {path}: {json}");
        assert_eq!(answer.header("content-type"), Some("application/json"));
        (answer.status, json["errors"].clone())
    }
}

fn email(name: &str) -> String {
    format!("{name}@example.org")
}

fn titles(titles: &[&str], count: u64) -> (Vec<String>, u64) {
    (titles.iter().map(|&title| title.to_owned()).collect(), count)
}

#[test]
fn people_register_log_in_and_say_who_they_are() {
    let (_folder, app) = start("conduit-users");
    let mut ada = Person::registered(&app, "ada");
    let user = ada.get("/user")["user"].clone();
    assert_eq!((&user["username"], &user["bio"]), (&json!("ada"), &Value::Null));
    let login = json!({"user": {"email": " Ada@Example.org", "password": "correct horse"}});
    let again = Person::stranger(&app).done("POST", "/users/login", &login);
    assert_eq!(again["user"]["email"], "ada@example.org");

    let change =
        json!({"user": {"bio": "counts", "image": "a.png", "username": "lovelace", "password": "battery staple"}});
    assert_eq!(ada.done("PUT", "/user", &change)["user"]["username"], "lovelace");
    assert_eq!(ada.done("PUT", "/user", &json!({"user": {"image": ""}}))["user"]["image"], Value::Null);
    assert_eq!(ada.get("/user")["user"]["bio"], "counts", "what is left out stays");
    let mut stranger = Person::stranger(&app);
    assert_eq!(stranger.refused("POST", "/users/login", &login).0, 401, "the former password");
    let login = json!({"user": {"email": "ada@example.org", "password": "battery staple"}});
    assert_eq!(stranger.done("POST", "/users/login", &login)["user"]["username"], "lovelace");
}

#[test]
fn a_login_does_not_say_what_is_wrong() {
    let (_folder, app) = start("conduit-login");
    Person::registered(&app, "ada");
    let mut stranger = Person::stranger(&app);
    let wrong = (401, json!({"email or password": ["is invalid"]}));
    let injection = "x\" or username = \"ada";
    for (email, password) in
        [("ada@example.org", "wrong horse"), ("eve@example.org", "correct horse"), (injection, "correct horse")]
    {
        let login = json!({"user": {"email": email, "password": password}});
        assert_eq!(stranger.refused("POST", "/users/login", &login), wrong, "{email}");
    }
    assert_eq!(stranger.refused("POST", "/users/login", &json!({"user": {}})), wrong);
}

#[test]
fn a_registration_is_held_to_the_model() {
    let (_folder, app) = start("conduit-register");
    Person::registered(&app, "ada");
    let mut eve = Person::stranger(&app);
    let mut refused = |user: Value| eve.refused("POST", "/users", &json!({ "user": user }));
    let taken = refused(json!({"username": "ada", "email": "eve@example.org", "password": "correct horse"}));
    assert_eq!(taken, (422, json!({"username": ["another record has this value"]})));
    let taken = refused(json!({"username": "eve", "email": "ADA@example.org", "password": "correct horse"}));
    assert_eq!(taken, (422, json!({"email": ["another record has this value"]})));
    let (status, errors) = refused(json!({"username": "", "email": "nowhere", "password": "correct horse"}));
    assert_eq!((status, errors["username"].is_array(), errors["email"].is_array()), (422, true, true), "{errors}");
    let short = refused(json!({"username": "eve", "email": "eve@example.org", "password": "short"}));
    assert_eq!(short, (422, json!({"password": ["has 8 characters or more"]})));
    for body in [Value::Null, json!({}), json!([]), json!({"user": {"email": 7}})] {
        assert_eq!(eve.refused("POST", "/users", &body).0, 422, "{body}");
    }
}

#[test]
fn only_who_shows_a_good_token_is_somebody() {
    let (_folder, app) = start("conduit-tokens");
    let mut ada = Person::registered(&app, "ada");
    let slug = ada.writes("Tea", &[]);
    let comments = format!("/articles/{slug}/comments");
    let closed = [
        ("GET", "/user".to_owned()),
        ("PUT", "/user".to_owned()),
        ("GET", "/articles/feed".to_owned()),
        ("POST", "/articles".to_owned()),
        ("PUT", format!("/articles/{slug}")),
        ("DELETE", format!("/articles/{slug}")),
        ("POST", format!("/articles/{slug}/favorite")),
        ("DELETE", format!("/articles/{slug}/favorite")),
        ("POST", comments.clone()),
        ("DELETE", format!("{comments}/1")),
        ("POST", "/profiles/ada/follow".to_owned()),
        ("DELETE", "/profiles/ada/follow".to_owned()),
    ];
    let told = (401, json!({"token": ["is missing or not good"]}));
    let mut stranger = Person::stranger(&app);
    for (method, path) in &closed {
        assert_eq!(stranger.refused(method, path, &Value::Null), told, "{method} {path}");
    }
    // One letter of the signature is another one.
    let good = ada.token.clone().expect("a token");
    let middle = good.len() - 10;
    let other = if &good[middle..=middle] == "a" { "b" } else { "a" };
    for bad in [format!("{}{other}{}", &good[..middle], &good[middle + 1..]), "x".to_owned(), String::new()] {
        stranger.token = Some(bad);
        // Where nobody needs a token, a bad one is no token either.
        for path in ["/user", "/articles", "/tags"] {
            assert_eq!(stranger.refused("GET", path, &Value::Null), told, "{path}");
        }
    }
}

#[test]
fn a_token_is_good_after_a_restart() {
    let (folder, app) = start("conduit-restart");
    let mut ada = Person::registered(&app, "ada");
    assert!(app.stop().success());
    let app = App::start(BINARY, &folder.join("data")).expect("starts");
    ada.client = app.client();
    assert_eq!(ada.get("/user")["user"]["username"], ada.name);
}

#[test]
fn a_feed_has_the_articles_of_those_who_are_followed() {
    let (_folder, app) = start("conduit-feed");
    let [mut ada, mut bob, mut eve] = ["ada", "bob", "eve"].map(|name| Person::registered(&app, name));
    bob.writes("Bob's", &[]);
    eve.writes("Eve's", &[]);
    assert_eq!(ada.titles("/articles/feed"), titles(&[], 0));
    for _ in 0..2 {
        assert_eq!(ada.post("/profiles/bob/follow")["profile"]["following"], true, "twice is as good as once");
    }
    assert_eq!(ada.titles("/articles/feed"), titles(&["Bob's"], 1));
    assert_eq!(eve.titles("/articles/feed"), titles(&[], 0), "who ada follows is hers");
    assert_eq!(eve.get("/profiles/bob")["profile"]["following"], false);
    assert_eq!(Person::stranger(&app).get("/profiles/bob")["profile"]["following"], false);
    let article = ada.get("/articles/feed")["articles"][0].clone();
    assert_eq!((&article["author"]["following"], article.get("body")), (&json!(true), None));
    ada.post("/profiles/eve/follow");
    assert_eq!(ada.titles("/articles/feed?limit=1"), titles(&["Eve's"], 2));
    assert_eq!(ada.delete("/profiles/bob/follow"), 200);
    assert_eq!(ada.titles("/articles/feed"), titles(&["Eve's"], 1));
    assert_eq!(ada.refused("POST", "/profiles/ada/follow", &Value::Null).0, 422, "nobody follows themselves");
    let nobody = ada.refused("POST", "/profiles/nobody/follow", &Value::Null);
    assert_eq!(nobody, (404, json!({"profile": ["is not there"]})));
}

#[test]
fn an_article_is_its_authors_to_change() {
    let (_folder, app) = start("conduit-articles");
    let [mut ada, mut bob] = ["ada", "bob"].map(|name| Person::registered(&app, name));
    let slug = ada.writes("How to train  your Drägon!", &["training", "dragons", " dragons "]);
    assert_eq!(slug, "how-to-train-your-drägon-1");
    let path = &format!("/articles/{}", slug.replace('ä', "%C3%A4"));
    let article = Person::stranger(&app).get(path)["article"].clone();
    assert_eq!((&article["body"], &article["author"]["username"]), (&json!("long"), &json!("ada")));
    assert_eq!(article["tagList"], json!(["dragons", "training"]));

    let change = json!({"article": {"body": "longer"}});
    let theirs = (403, json!({"article": ["is somebody else's"]}));
    assert_eq!(bob.refused("PUT", path, &change), theirs);
    assert_eq!(bob.refused("DELETE", path, &Value::Null), theirs);
    let changed = ada.done("PUT", path, &change)["article"].clone();
    assert_eq!((&changed["body"], &changed["title"]), (&json!("longer"), &article["title"]));
    assert!(
        changed["updatedAt"].as_str() > article["updatedAt"].as_str() && changed["createdAt"] == article["createdAt"]
    );
    let renamed = ada.done("PUT", path, &json!({"article": {"title": "Dragons"}}));
    assert_eq!(renamed["article"]["slug"], "dragons-1", "the slug follows the title");
    assert_eq!(ada.refused("GET", path, &Value::Null), (404, json!({"article": ["is not there"]})));

    let (status, errors) = ada.refused("POST", "/articles", &json!({"article": {"title": " ", "body": "b"}}));
    assert_eq!((status, errors["title"].is_array(), errors["description"].is_array()), (422, true, true), "{errors}");
    assert_eq!(ada.refused("PUT", "/articles/dragons-1", &json!({"article": {"title": ""}})).0, 422);
    let tagged =
        json!({"article": {"title": "t", "description": "d", "body": "b", "tagList": ["fine", "", "a".repeat(41)]}});
    let (status, errors) = ada.refused("POST", "/articles", &tagged);
    assert_eq!((status, errors["tagList/0"].is_array()), (422, true), "{errors}");
    assert_eq!(ada.refused("GET", "/nowhere", &Value::Null), (404, json!({"path": ["is not there"]})));
}

#[test]
fn lists_are_narrowed_and_come_in_pages_the_newest_first() {
    let (_folder, app) = start("conduit-lists");
    let [mut ada, mut bob] = ["ada", "bob"].map(|name| Person::registered(&app, name));
    ada.writes("one", &["x"]);
    let second = bob.writes("two", &["x", "y"]);
    ada.writes("three", &["y"]);
    ada.post(&format!("/articles/{second}/favorite"));
    let mut stranger = Person::stranger(&app);
    for (query, expected) in [
        ("", titles(&["three", "two", "one"], 3)),
        ("?limit=2", titles(&["three", "two"], 3)),
        ("?limit=2&offset=2", titles(&["one"], 3)),
        ("?limit=0", titles(&[], 3)),
        ("?author=ada", titles(&["three", "one"], 2)),
        ("?author=nobody", titles(&[], 0)),
        ("?tag=x", titles(&["two", "one"], 2)),
        ("?tag=x&author=ada", titles(&["one"], 1)),
        ("?favorited=ada", titles(&["two"], 1)),
        ("?favorited=bob", titles(&[], 0)),
        ("?tag=x%22)%20or%20any(taggings,%20.tag%20%3D%20%22y", titles(&[], 0)),
    ] {
        assert_eq!(stranger.titles(&format!("/articles{query}")), expected, "{query}");
    }
    for query in ["?limit=many", "?offset=-1"] {
        assert_eq!(stranger.refused("GET", &format!("/articles{query}"), &Value::Null).0, 422, "{query}");
    }
}

#[test]
fn favorites_are_counted_and_each_is_somebodys() {
    let (_folder, app) = start("conduit-favorites");
    let [mut ada, mut bob] = ["ada", "bob"].map(|name| Person::registered(&app, name));
    let path = &format!("/articles/{}/favorite", ada.writes("Tea", &[]));
    let counted =
        |answer: &Value| (answer["article"]["favorited"].clone(), answer["article"]["favoritesCount"].clone());
    for _ in 0..2 {
        assert_eq!(counted(&ada.post(path)), (json!(true), json!(1)), "twice is as good as once");
    }
    assert_eq!(counted(&bob.post(path)), (json!(true), json!(2)));
    assert_eq!(counted(&ada.done("DELETE", path, &Value::Null)), (json!(false), json!(1)));
    assert_eq!(counted(&ada.done("DELETE", path, &Value::Null)), (json!(false), json!(1)));
    assert_eq!(counted(&bob.get("/articles/tea-1")), (json!(true), json!(1)), "bob's is still there");
    assert_eq!(ada.refused("POST", "/articles/nothing/favorite", &Value::Null).0, 404);
}

#[test]
fn comments_are_their_authors_and_go_with_the_article() {
    let (_folder, app) = start("conduit-comments");
    let [mut ada, mut bob] = ["ada", "bob"].map(|name| Person::registered(&app, name));
    let (slug, other) = (ada.writes("Tea", &["tea"]), ada.writes("Pots", &["pots"]));
    let path = format!("/articles/{slug}/comments");
    for text in ["first", "second"] {
        let comment = bob.done("POST", &path, &json!({"comment": {"body": text}}))["comment"].clone();
        assert_eq!((&comment["body"], &comment["author"]["username"]), (&json!(text), &json!("bob")));
    }
    let bodies = |answer: &Value| -> Vec<Value> {
        answer["comments"].as_array().expect("a list").iter().map(|comment| comment["body"].clone()).collect()
    };
    assert_eq!(bodies(&Person::stranger(&app).get(&path)), ["second", "first"]);
    assert_eq!(bob.refused("POST", &path, &json!({"comment": {"body": " "}})).0, 422);
    let theirs = (403, json!({"comment": ["is somebody else's"]}));
    assert_eq!(ada.refused("DELETE", &format!("{path}/1"), &Value::Null), theirs, "not even on her article");
    for nowhere in [format!("/articles/{other}/comments/1"), format!("{path}/9"), format!("{path}/x")] {
        assert_eq!(bob.refused("DELETE", &nowhere, &Value::Null), (404, json!({"comment": ["is not there"]})));
    }
    assert_eq!(bob.delete(&format!("{path}/1")), 204);
    assert_eq!(bodies(&bob.get(&path)), ["second"]);

    assert_eq!(ada.get("/tags")["tags"], json!(["pots", "tea"]));
    assert_eq!(ada.delete(&format!("/articles/{slug}")), 204);
    assert_eq!(ada.get("/tags")["tags"], json!(["pots"]), "tags of nothing are not shown");
    assert_eq!(ada.refused("GET", &path, &Value::Null).0, 404);
    let left = app.client().get("/api/comments").expect("answers").json();
    assert_eq!(left["items"], json!([]), "no comment is left of an article that is gone");
}

#[test]
fn the_generated_api_shows_what_is_public_and_changes_nothing() {
    let (_folder, app) = start("conduit-api");
    let mut ada = Person::registered(&app, "ada");
    let slug = ada.writes("Tea", &["tea"]);
    ada.post(&format!("/articles/{slug}/favorite"));
    let client = &mut app.client();
    let article = client.get("/api/articles/1").expect("answers").json();
    assert_eq!((&article["slug"], &article["favorites_count"]), (&json!("tea-1"), &json!(1)));
    for collection in ["users", "follows"] {
        for (method, path) in [
            ("GET", format!("/api/{collection}")),
            ("GET", format!("/api/{collection}/1")),
            ("GET", format!("/api/{collection}/1/history")),
            ("POST", format!("/api/{collection}")),
            ("POST", format!("/api/{collection}:query")),
            ("PATCH", format!("/api/{collection}/1")),
            ("DELETE", format!("/api/{collection}/1")),
        ] {
            let answer = client.send(method, &path, &json!({})).expect("answers");
            assert!([404, 405].contains(&answer.status), "{method} {path}: {}", answer.status);
        }
    }
    for path in ["articles/1?expand=author", "articles/1/author", "articles?filter=author.email~%22ada%22"] {
        let answer = client.get(&format!("/api/{path}")).expect("answers");
        assert!((400..500).contains(&answer.status), "{path}: {}", answer.status);
    }
    for (method, path) in
        [("POST", "articles"), ("PATCH", "articles/1"), ("DELETE", "articles/1"), ("DELETE", "comments/1")]
    {
        let answer = client.send(method, &format!("/api/{path}"), &json!({})).expect("answers");
        assert_eq!(answer.status, 405, "{method} {path}");
    }
}
