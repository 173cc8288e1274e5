//! Relations in every direction: expanded, as collections of their own, and in filters.

use acceptance::{App, Client, Folder};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_acceptance");

fn start(name: &str) -> (Folder, App) {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), name);
    let app = App::start(BINARY, &folder.join("data")).expect("starts");
    (folder, app)
}

fn create(client: &mut Client, collection: &str, body: &Value) {
    let made = client.send("POST", &format!("/api/{collection}"), body).expect("answers");
    assert_eq!(made.status, 201, "{body}: {}", made.json());
}

/// Two authors, three articles, comments and tags.
fn library(client: &mut Client) {
    for name in ["Ada", "Ben", "Cy"] {
        create(client, "authors", &json!({"name": name}));
    }
    create(client, "profiles", &json!({"author_id": 1, "city": "Bern"}));
    for (follower, followed) in [(1, 2), (1, 3), (2, 3)] {
        create(client, "follows", &json!({"follower_id": follower, "followed_id": followed}));
    }
    for (title, rank, author) in [("first", 1, Some(1)), ("second", 2, Some(1)), ("third", 3, None)] {
        create(client, "articles", &json!({"title": title, "rank": rank, "author_id": author}));
    }
    let comments =
        [(1, Some(2), false), (1, Some(3), true), (1, None, false), (1, Some(2), false), (2, Some(2), false)];
    for (article, author, spam) in comments {
        let text = format!("of {article}");
        create(client, "comments", &json!({"article_id": article, "author": author, "spam": spam, "text": text}));
    }
    for name in ["rust", "db", "web"] {
        create(client, "tags", &json!({"name": name}));
    }
    for (article, tag) in [(1, "rust"), (1, "db"), (2, "rust"), (3, "web")] {
        create(client, "taggings", &json!({"article_id": article, "tag_name": tag}));
    }
}

fn get(client: &mut Client, path: &str) -> Value {
    let answer = client.get(path).expect("answers");
    assert_eq!(answer.status, 200, "{path}: {}", answer.json());
    answer.json()
}

/// What a member of the items of a list is.
fn column(list: &Value, member: &str) -> Vec<Value> {
    list["items"].as_array().expect("a list").iter().map(|item| item[member].clone()).collect()
}

fn encoded(filter: &str) -> String {
    filter.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

/// The titles of the articles that a filter means, in order.
fn titles(client: &mut Client, filter: &str) -> Vec<String> {
    let list = get(client, &format!("/api/articles?sort=id&filter={}", encoded(filter)));
    column(&list, "title").iter().map(|title| title.as_str().expect("a text").to_owned()).collect()
}

/// Status and detail of what is refused.
fn refused(client: &mut Client, path: &str) -> (u16, String) {
    let answer = client.get(path).expect("answers");
    (answer.status, answer.json()["detail"].as_str().unwrap_or_default().to_owned())
}

#[test]
fn records_are_shown_with_those_around_them() {
    let (_folder, app) = start("relations-expand");
    let client = &mut app.client();
    library(client);
    let article = get(client, "/api/articles/1?expand=author.profile,comments.author,labels&fields=title");
    let comment = |id: i64, author: Value, spam: bool| json!({"id": id, "article_id": 1, "author": author, "spam": spam, "text": "of 1", "_rev": 1});
    let ben = json!({"id": 2, "name": "Ben", "_rev": 1});
    let cy = json!({"id": 3, "name": "Cy", "_rev": 1});
    let expected = json!({
        "title": "first",
        "author": {
            "id": 1, "name": "Ada", "_rev": 1,
            "profile": {"id": 1, "author_id": 1, "city": "Bern", "_rev": 1},
        },
        "comments": [comment(1, ben, false), comment(2, cy, true), comment(3, json!(null), false)],
        "labels": [{"name": "db", "_rev": 1}, {"name": "rust", "_rev": 1}],
        "_more": ["comments"],
        "_rev": 1,
    });
    assert_eq!(article, expected, "three comments are a page, and there are four");
    let list = get(client, "/api/articles?sort=id&expand=author,comments");
    assert_eq!(column(&list, "author")[2], Value::Null, "a reference to nothing");
    assert_eq!(column(&list, "comments")[2], json!([]), "nobody said anything");
    assert_eq!(column(&list, "_more"), [json!(["comments"]), Value::Null, Value::Null]);
    let author = get(client, "/api/authors/2?expand=profile,follows,articles");
    assert_eq!((&author["profile"], &author["articles"]), (&Value::Null, &json!([])));
    assert_eq!(author["follows"][0]["name"], "Cy");
    let body = json!({"expand": ["articles.comments.author"], "sort": "id", "limit": 1});
    let queried = client.send("POST", "/api/authors:query", &body).expect("answers").json();
    let articles = &queried["items"][0]["articles"];
    assert_eq!(articles[0]["title"], "second", "in the order of their model: by rank, the largest first");
    assert_eq!(articles[1]["comments"][1]["author"]["name"], "Cy");
}

#[test]
fn an_expansion_is_bounded_and_typed() {
    let (_folder, app) = start("relations-expand-refused");
    let client = &mut app.client();
    library(client);
    let expand = |client: &mut Client, paths: &str| refused(client, &format!("/api/articles/1?expand={paths}"));
    let (status, detail) = expand(client, "autor");
    assert_eq!(status, 400);
    assert!(detail.contains("`autor` is not a relation here"), "{detail}");
    assert_eq!(expand(client, "author.comments").0, 400, "articles have them, authors do not");
    assert_eq!(expand(client, "taggings").0, 400);
    assert_eq!(expand(client, "comments.author.articles").0, 200);
    let (status, detail) = expand(client, "comments.author.articles.comments");
    assert!(status == 400 && detail.contains("more than 3 relations"), "{detail}");
    let nine = "author,author.profile,author.articles,author.follows,comments,comments.author,comments.article,labels,labels.articles";
    let (status, detail) = expand(client, nine);
    assert!(status == 400 && detail.contains("at most 8 paths"), "{detail}");
    assert_eq!(expand(client, nine.strip_suffix(",labels.articles").expect("ends so")).0, 200);
    assert_eq!(expand(client, "author,author").0, 400, "twice");
    assert_eq!(expand(client, "").0, 400);
    let lines = client.request("GET", "/api/articles?expand=author", &[("accept", "application/x-ndjson")], b"");
    assert_eq!(lines.expect("answers").status, 400, "an export has no expansion");
}

#[test]
fn what_shows_other_records_has_no_entity_tag() {
    let (_folder, app) = start("relations-etag");
    let client = &mut app.client();
    library(client);
    let alone = client.get("/api/articles/1").expect("answers");
    assert_eq!(alone.header("etag"), Some("\"1\""));
    let path = "/api/articles/1?expand=author";
    assert_eq!(client.get(path).expect("answers").header("etag"), None);
    let body = json!({"name": "Ada Lovelace"});
    assert_eq!(client.send("PATCH", "/api/authors/1", &body).expect("answers").status, 200);
    let again = client.request("GET", path, &[("if-none-match", "\"1\"")], b"").expect("answers");
    assert_eq!((again.status, again.json()["author"]["name"].as_str()), (200, Some("Ada Lovelace")));
    let profile = client.get("/api/authors/1/profile").expect("answers");
    assert_eq!((profile.status, profile.header("etag")), (200, None), "tomorrow another record may stand here");
    assert_eq!(profile.header("content-location"), Some("/api/profiles/1"));
}

#[test]
fn related_records_are_a_collection() {
    let (_folder, app) = start("relations-collections");
    let client = &mut app.client();
    library(client);
    let comments = "/api/articles/1/comments";
    let page = get(client, comments);
    assert_eq!(column(&page, "id"), [1, 2], "a page as the model says");
    let next = page["next_cursor"].as_str().expect("there are more").to_owned();
    assert_eq!(column(&get(client, &format!("{comments}?cursor={next}")), "id"), [3, 4]);
    let other = client.get(&format!("/api/articles/2/comments?cursor={next}")).expect("answers");
    assert_eq!(other.status, 400, "a cursor is of its record");
    assert_eq!(client.get(&format!("/api/comments?cursor={next}")).expect("answers").status, 400);
    let filtered = get(client, &format!("{comments}?filter=spam=true&count=exact&fields=id&expand=author&offset=0"));
    assert_eq!((&filtered["total"], &filtered["items"][0]["author"]["name"]), (&json!(1), &json!("Cy")));
    assert_eq!(column(&get(client, "/api/articles/1/labels"), "name"), ["db", "rust"]);
    assert_eq!(column(&get(client, "/api/articles/1/labels?sort=-name&limit=1"), "name"), ["rust"]);
    assert_eq!(column(&get(client, "/api/tags/rust/articles"), "title"), ["second", "first"]);
    assert_eq!(column(&get(client, "/api/authors/1/follows?sort=-name"), "name"), ["Cy", "Ben"]);
    assert_eq!(get(client, "/api/authors/1/profile?fields=city")["city"], "Bern");
    assert_eq!(get(client, "/api/comments/1/article")["title"], "first");
    for absent in
        ["/api/authors/2/profile", "/api/articles/9/comments", "/api/comments/3/author", "/api/authors/9/profile"]
    {
        let answer = client.get(absent).expect("answers");
        assert_eq!((answer.status, &answer.json()["code"]), (404, &json!("record-not-found")), "{absent}");
    }
    for no_path in
        ["/api/articles/1/taggings", "/api/tags/rust/taggings", "/api/articles//comments", "/api/articles/1/comment"]
    {
        assert_eq!(client.get(no_path).expect("answers").json()["code"], "no-such-path", "{no_path}");
    }
    for path in [comments, "/api/authors/1/profile"] {
        let refused = client.send("POST", path, &json!({})).expect("answers");
        assert_eq!((refused.status, refused.header("allow")), (405, Some("GET, HEAD, OPTIONS")));
    }
    let list = get(client, "/api/articles/1/comments?filter=any(article,.rank=1)");
    assert_eq!(list["items"].as_array().map(Vec::len), Some(2));
}

#[test]
fn filters_ask_about_related_records() {
    let (_folder, app) = start("relations-filters");
    let client = &mut app.client();
    library(client);
    let cases: &[(&str, &[&str])] = &[
        ("any(comments, .spam = true)", &["first"]),
        ("none(comments, .spam = true)", &["second", "third"]),
        ("all(comments, .spam = false)", &["second", "third"]),
        ("all(comments, .author = 2)", &["second", "third"]),
        ("any(comments)", &["first", "second"]),
        ("none(comments)", &["third"]),
        ("not any(comments)", &["third"]),
        ("exists(author)", &["first", "second"]),
        ("not exists(author_id)", &["third"]),
        ("exists(author.profile)", &["first", "second"]),
        ("author.name = \"Ada\"", &["first", "second"]),
        ("author.name != \"Ada\"", &["third"]),
        ("author.name = null", &["third"]),
        ("author.profile.city ^= \"be\"", &["first", "second"]),
        ("lower(author.name) in (\"ada\", \"ben\")", &["first", "second"]),
        ("any(comments.author, .name = \"Cy\")", &["first"]),
        ("any(comments, .author.name = \"Cy\" and .spam = true)", &["first"]),
        ("any(comments, .author.name = \"Ben\" and .spam = true)", &[]),
        ("any(author.follows, .name = \"Cy\")", &["first", "second"]),
        ("any(labels, .name = \"rust\")", &["first", "second"]),
        ("all(labels, .name in (\"rust\", \"db\"))", &["first", "second"]),
        ("none(labels, .name = \"rust\")", &["third"]),
        ("any(labels.articles, .rank = 2)", &["first", "second"]),
        ("rank > 1 and any(comments, .text = \"of 2\")", &["second"]),
        ("any(comments, any(.article, .rank = 2))", &["second"]),
        ("any(comments, exists(.author) and not .spam)", &["first", "second"]),
    ];
    for (filter, expected) in cases {
        assert_eq!(titles(client, filter), *expected, "{filter}");
        let inverse = format!("not ({filter})");
        assert_eq!(titles(client, &inverse).len(), 3 - expected.len(), "{inverse}");
        let export = format!("/api/articles?filter={}", encoded(filter));
        let lines = client.request("GET", &export, &[("accept", "application/x-ndjson")], b"").expect("answers");
        assert_eq!(String::from_utf8_lossy(&lines.body).lines().count(), expected.len(), "{filter} as an export");
    }
    let body = json!({"filter": "any(comments, .spam = true)", "count": "exact"});
    assert_eq!(client.send("POST", "/api/articles:query", &body).expect("answers").json()["total"], 1);
}

#[test]
fn filters_about_relations_are_typed_and_bounded() {
    let (_folder, app) = start("relations-filters-refused");
    let client = &mut app.client();
    library(client);
    let deep = (0..17).map(|_| "any(comments)").collect::<Vec<_>>().join(" or ");
    let cases: &[(&str, &str)] = &[
        ("any(coments)", "`coments` is not a field here"),
        ("any(taggings)", "`taggings` is not a field here"),
        ("any(title)", "`title` is not a field here"),
        ("any(comments, .secret = 'x')", "`secret` is not a field here"),
        ("any(comments, .article_id = 'x')", "expected an integer"),
        ("any(comments, spam = true)", "names are of the related record: `.spam`"),
        (".title = 'x'", "a dot begins a name only within"),
        ("comments.spam = true", "leads to many records"),
        ("all(comments)", "`all` is always true"),
        ("author.nam = 'x'", "`nam` is not a field here"),
        ("any(comments, any(.article.author.articles))", "at most 3 relations behind each other"),
        ("any(comments.article.author.articles)", "at most 3 relations behind each other"),
        (&deep, "at most 16 relations"),
        ("any(comments", "expected `)`"),
        ("any(comments, .spam = true) = true", "expected a value, found a condition"),
        ("exists(titel)", "`titel` is not a field here"),
    ];
    for (filter, expected) in cases {
        let (status, detail) = refused(client, &format!("/api/articles?filter={}", encoded(filter)));
        assert!(status == 400 && detail.contains(expected), "{filter}: {status} {detail}");
    }
}

#[test]
fn deletes_go_through_three_levels_or_not_at_all() {
    let (_folder, app) = start("relations-deletes");
    let client = &mut app.client();
    library(client);
    let delete = |client: &mut Client, path: &str| client.request("DELETE", path, &[], b"").expect("answers").status;
    assert_eq!(delete(client, "/api/authors/1"), 409, "articles restrict it");
    assert_eq!(get(client, "/api/authors/1?expand=profile,follows")["follows"].as_array().map(Vec::len), Some(2));
    assert_eq!(delete(client, "/api/articles/1"), 204, "comments and taggings go too");
    assert_eq!(get(client, "/api/authors/2?expand=articles")["articles"], json!([]));
    assert_eq!(get(client, "/api/comments?count=exact")["total"], 1);
    assert_eq!(column(&get(client, "/api/tags/rust/articles"), "title"), ["second"]);
    assert_eq!(client.get("/api/articles/1/comments").expect("answers").status, 404);
    assert_eq!(delete(client, "/api/articles/2"), 204);
    assert_eq!(delete(client, "/api/authors/1"), 204, "its profile and whom it follows go too");
    assert_eq!(get(client, "/api/profiles?count=exact")["total"], 0);
    assert_eq!(get(client, "/api/follows?count=exact")["total"], 1);
    assert_eq!(delete(client, "/api/tags/web"), 204);
    assert_eq!(get(client, "/api/articles/3?expand=labels")["labels"], json!([]));
}

#[test]
fn pages_of_related_records_show_one_moment() {
    let (_folder, app) = start("relations-cursors");
    let client = &mut app.client();
    library(client);
    for text in 0..20 {
        create(client, "comments", &json!({"article_id": 3, "text": text.to_string()}));
    }
    let first = get(client, "/api/articles/3/comments?limit=3&sort=-id&expand=article");
    let mut seen = column(&first, "text");
    let mut cursor = first["next_cursor"].clone();
    // While they are read: some go, others come, the record itself changes and goes.
    create(client, "comments", &json!({"article_id": 3, "text": "new"}));
    for id in [6, 10, 14] {
        assert_eq!(client.request("DELETE", &format!("/api/comments/{id}"), &[], b"").expect("answers").status, 204);
    }
    assert_eq!(client.send("PATCH", "/api/articles/3", &json!({"title": "changed"})).expect("answers").status, 200);
    assert_eq!(client.request("DELETE", "/api/articles/3", &[], b"").expect("answers").status, 204);
    while let Some(place) = cursor.as_str() {
        let path = format!("/api/articles/3/comments?limit=3&sort=-id&expand=article&cursor={place}");
        let page = get(client, &path);
        seen.extend(column(&page, "text"));
        assert!(page["items"].as_array().into_iter().flatten().all(|item| item["article"]["title"] == "third"));
        cursor = page["next_cursor"].clone();
    }
    let expected: Vec<Value> = (0..20).rev().map(|text| json!(text.to_string())).collect();
    assert_eq!(seen, expected);
    assert_eq!(client.get("/api/articles/3/comments").expect("answers").status, 404, "and now there are none");
}

#[test]
fn what_is_in_the_trash_is_not_there() {
    let (_folder, app) = start("relations-trash");
    let client = &mut app.client();
    create(client, "binders", &json!({"name": "b"}));
    for title in ["a", "b", "c"] {
        create(client, "papers", &json!({"binder_id": 1, "title": title}));
    }
    let delete = |client: &mut Client, path: &str| client.request("DELETE", path, &[], b"").expect("answers").status;
    assert_eq!(delete(client, "/api/papers/1"), 204);
    let shown = get(client, "/api/binders/1?expand=papers");
    let titles = |papers: &Value| {
        papers.as_array().expect("a list").iter().map(|paper| paper["title"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(titles(&shown["papers"]), ["b", "c"]);
    assert_eq!(column(&get(client, "/api/binders/1/papers"), "title"), ["b", "c"]);
    assert_eq!(column(&get(client, "/api/binders/1/papers?include_deleted=only"), "title"), ["a"]);
    for (filter, count) in [
        ("any(papers, .title = \"a\")", 0),
        ("any(papers, .number = 1)", 0),
        ("any(papers, .title = \"b\")", 1),
        ("any(papers, .number = 2)", 1),
        ("all(papers, .title != \"a\")", 1),
    ] {
        let list = get(client, &format!("/api/binders?count=exact&filter={}", encoded(filter)));
        assert_eq!(list["total"], count, "{filter}");
    }
    assert_eq!(delete(client, "/api/binders/1"), 204);
    for path in ["/api/binders/1/papers", "/api/papers/2/binder"] {
        let gone = client.get(path).expect("answers");
        assert_eq!((gone.status, &gone.json()["code"]), (410, &json!("record-deleted")), "{path}");
    }
    let paper = get(client, "/api/papers/2?include_deleted=true&expand=binder");
    assert_eq!((&paper["binder"], &paper["binder_id"]), (&Value::Null, &json!(1)));
    let list = get(client, "/api/papers?include_deleted=only&count=exact&filter=not%20exists(binder)");
    assert_eq!(list["total"], 3);
}

#[test]
fn what_was_around_a_record_is_asked_of_a_moment_and_not_of_a_revision() {
    let (_folder, app) = start("relations-past-revision");
    let client = &mut app.client();
    library(client);
    let answer = client.get("/api/articles/1?rev=1&expand=author").expect("answers");
    assert_eq!((answer.status, &answer.json()["code"]), (400, &json!("not-supported-yet")));
}

#[test]
fn what_a_record_led_to_is_what_was_there_then() {
    let (_folder, app) = start("relations-past");
    let client = &mut app.client();
    library(client);
    let full = get(client, "/api/authors")["as_of"].as_u64().expect("a position");
    let send = |client: &mut Client, method: &str, path: &str, body: Value| {
        let answer = client.send(method, path, &body).expect("answers");
        assert_eq!(answer.status, 200, "{method} {path}: {}", answer.json());
    };
    send(client, "PATCH", "/api/articles/1", json!({"author_id": 2}));
    send(client, "PATCH", "/api/authors/1", json!({"name": "Ann"}));
    send(client, "PATCH", "/api/profiles/1", json!({"author_id": 2}));
    for path in ["/api/comments/2", "/api/articles/2"] {
        assert_eq!(client.request("DELETE", path, &[], b"").expect("answers").status, 204, "{path}");
    }

    let author = client.get(&format!("/api/articles/1/author?as_of={full}&expand=profile")).expect("answers");
    assert_eq!(author.header("content-location"), Some("/api/authors/1"));
    assert_eq!(author.header("lithair-seq"), Some(full.to_string().as_str()));
    assert_eq!(author.header("etag"), None);
    let profile = json!({"id": 1, "author_id": 1, "city": "Bern", "_rev": 1});
    assert_eq!(author.json(), json!({"id": 1, "name": "Ada", "profile": profile, "_rev": 1}));
    assert_eq!(get(client, "/api/articles/1/author")["name"], "Ben");
    assert_eq!(get(client, &format!("/api/authors/1/profile?as_of={full}"))["city"], "Bern");
    assert_eq!(refused(client, "/api/authors/1/profile").0, 404);

    let comments = format!("/api/articles/1/comments?as_of={full}&limit=3");
    let page = get(client, &comments);
    assert_eq!(column(&page, "id"), [1, 2, 3]);
    let next = format!("{comments}&cursor={}", page["next_cursor"].as_str().expect("there are four"));
    assert_eq!(column(&get(client, &next), "id"), [4]);
    assert_eq!(column(&get(client, &format!("/api/articles/2/labels?as_of={full}")), "name"), ["rust"]);
    let asked =
        format!("/api/authors/1/articles?as_of={full}&count=exact&filter={}", encoded("any(comments, .spam = true)"));
    assert_eq!(get(client, &asked)["total"], 1);

    for path in ["articles/2/comments", "articles/2/author", "articles/2/labels"] {
        assert_eq!(refused(client, &format!("/api/{path}")), (404, "no record of the collection has this key".into()));
        let before = refused(client, &format!("/api/{path}?as_of=1"));
        assert_eq!(before, (404, "no record of the collection had this key then".into()), "{path}");
    }
    let nobody = refused(client, &format!("/api/articles/3/author?as_of={full}"));
    assert_eq!(nobody, (404, "the record's `author` leads to no record".into()));
    for path in ["articles/1/comments", "articles/1/author"] {
        assert_eq!(refused(client, &format!("/api/{path}?as_of=999")).0, 503, "{path}");
        assert_eq!(refused(client, &format!("/api/{path}?as_of=soon")).0, 400, "{path}");
    }
}

#[test]
fn documents_show_what_is_related() {
    let (_folder, app) = start("relations-documents");
    let client = &mut app.client();
    let schema = get(client, "/_lithair/schema.json");
    let models = schema["models"].as_array().expect("a list");
    let links = |name: &str| models.iter().find(|model| model["name"] == name).expect("is there")["links"].clone();
    let expected = json!([
        {"kind": "has_many", "name": "comments", "target": "Comment", "via": "article_id"},
        {"kind": "many_to_many", "name": "labels", "target": "Tag", "through": "Tagging"},
    ]);
    assert_eq!(links("Article"), expected);
    assert_eq!(links("Author")[2]["via"], "follower_id");
    let openapi = get(client, "/_lithair/openapi.json");
    let paths = &openapi["paths"];
    let parameters = |path: &str| -> Vec<String> {
        let parameters = paths[path]["get"]["parameters"].as_array().unwrap_or_else(|| panic!("{path} is there"));
        parameters.iter().map(|parameter| parameter["name"].as_str().expect("a text").to_owned()).collect()
    };
    for path in ["/api/articles", "/api/articles/{key}", "/api/articles/{key}/comments", "/api/authors/{key}/profile"] {
        assert!(parameters(path).contains(&"expand".to_owned()), "{path}");
    }
    assert!(parameters("/api/articles/{key}/labels").contains(&"cursor".to_owned()));
    assert!(paths["/api/articles/{key}/taggings"].is_null());
    let article = &openapi["components"]["schemas"]["Article"]["properties"];
    assert_eq!(article["comments"]["items"]["$ref"], "#/components/schemas/Comment");
    assert!(article["author"].is_object() && article["_more"].is_object());
}

/// What lists showed at a moment, with the records around theirs, they show of it later: before and after a restart that leaves no
/// version in memory.
#[test]
fn a_moment_shows_what_was_around_its_records() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "relations-moments");
    let data = folder.join("data");
    let app = App::start(BINARY, &data).expect("starts");
    let mut client = app.client();
    let mut random = acceptance::Random::new(7);
    let lists = [
        "authors?expand=articles.comments,profile&sort=name",
        "articles?expand=author.profile,labels&sort=rank",
        "articles?filter=any(comments,.spam=true)&sort=rank",
        "articles?filter=author.name=%22n2%22%20and%20none(labels)",
        "comments?filter=article.author.name!=null&expand=article",
    ];
    let send = |client: &mut Client, method: &str, path: String, body: Value| {
        let answer = client.send(method, &format!("/api/{path}"), &body).expect("answers");
        assert!(answer.status < 500, "{}", answer.json());
        answer.position()
    };
    for name in ["red", "blue"] {
        send(&mut client, "POST", "tags".to_owned(), json!({"name": name}));
    }
    let (mut seen, mut seen_alone, mut seen_around) = (Vec::new(), Vec::new(), Vec::new());
    for step in 0..160_u64 {
        let (one, other) = (1 + random.below(4), 1 + random.below(20));
        let position = match random.below(12) {
            0 => send(&mut client, "POST", "authors".to_owned(), json!({"name": format!("n{}", random.below(4))})),
            1 => {
                send(&mut client, "POST", "profiles".to_owned(), json!({"author_id": one, "city": format!("c{step}")}))
            }
            2 | 3 => {
                send(&mut client, "POST", "articles".to_owned(), json!({"title": "t", "rank": step, "author_id": one}))
            }
            4 | 9 | 10 => {
                send(&mut client, "POST", "comments".to_owned(), json!({"article_id": other, "spam": step % 2 == 0}))
            }
            5 => send(&mut client, "PATCH", format!("authors/{one}"), json!({"name": format!("n{}", step % 4)})),
            6 => send(&mut client, "PATCH", format!("articles/{other}"), json!({"author_id": one})),
            7 => send(&mut client, "POST", "taggings".to_owned(), json!({"article_id": other, "tag_name": "red"})),
            _ => send(&mut client, "DELETE", format!("articles/{other}"), json!({})),
        };
        if step % 10 == 9 {
            for number in 1..=12 {
                for record in [
                    format!("articles/{number}?expand=author.profile,labels,comments"),
                    format!("articles/{number}/author?expand=profile"),
                    format!("authors/{number}/profile?fields=city"),
                ] {
                    let answer = client.get(&format!("/api/{record}")).expect("answers");
                    seen_alone.push((position, record, answer.status, answer.json()));
                }
                for list in ["articles/NUMBER/comments?sort=-id", "articles/NUMBER/labels?count=exact"] {
                    let list = list.replace("NUMBER", &number.to_string());
                    let answer = client.get(&format!("/api/{list}")).expect("answers");
                    seen_around.push((position, list, answer.status, answer.json()["items"].clone()));
                }
            }
            for list in lists {
                let answer = client.get(&format!("/api/{list}")).expect("answers");
                assert_eq!(answer.status, 200, "{list}: {}", answer.json());
                seen.push((position, list, answer.json()["items"].clone()));
            }
        }
    }
    assert!(seen.iter().any(|(_, list, items)| list.contains("spam") && !items.as_array().expect("items").is_empty()));
    assert!(seen_alone.iter().filter(|(_, _, status, _)| *status == 200).count() > 30);
    let check = |client: &mut Client| {
        for (position, record, status, body) in &seen_alone {
            let answer = client.get(&format!("/api/{record}&as_of={position}")).expect("answers");
            assert_eq!(answer.status, *status, "{record} at {position}");
            if *status == 200 {
                assert_eq!(answer.json(), *body, "{record} at {position}");
            }
        }
        for (position, list, status, items) in &seen_around {
            let answer = client.get(&format!("/api/{list}&as_of={position}")).expect("answers");
            assert_eq!((answer.status, &answer.json()["items"]), (*status, items), "{list} at {position}");
        }
        for (position, list, items) in &seen {
            let answer = client.get(&format!("/api/{list}&as_of={position}")).expect("answers");
            assert_eq!(answer.json()["items"], *items, "{list} at {position}");
        }
    };
    check(&mut client);
    app.kill();
    let app = App::start(BINARY, &data).expect("starts again");
    check(&mut app.client());
}
