//! Computed fields through the API: shown everywhere, asked by filters and sorts, set by nobody, and said in the documents.

use acceptance::{App, Client, Folder};
use lithair_core::prelude::*;
use lithair_core::testing::TestServer;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_acceptance");

fn start(name: &str) -> (Folder, App) {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), name);
    let app = App::start(BINARY, &folder.join("data")).expect("starts");
    (folder, app)
}

fn send(client: &mut Client, method: &str, path: &str, body: &Value, status: u16) -> Value {
    let answer = client.send(method, path, body).expect("answers");
    assert_eq!(answer.status, status, "{method} {path} {body}: {}", answer.json());
    answer.json()
}

fn get(client: &mut Client, path: &str) -> Value {
    let answer = client.get(path).expect("answers");
    assert_eq!(answer.status, 200, "{path}: {}", answer.json());
    answer.json()
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Hall {
    #[db(primary_key, auto = sequence)]
    id: i64,
    name: String,
    #[computed(name.upper(), stored)]
    sign: String,
    #[relation(has_many = Chair, via = hall_id)]
    chairs: Many<Chair>,
    #[computed(count(chairs), stored)]
    seats: u32,
    #[http(read_only)]
    #[db(default = "")]
    seen: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Chair {
    #[db(primary_key, auto = sequence)]
    id: i64,
    #[relation(belongs_to = Hall)]
    hall_id: i64,
}

#[hooks]
impl Hall {
    #[hook(before(create))]
    fn furnish(&mut self, cx: &Context) {
        self.seen = format!("{} with {}", self.sign, self.seats);
        cx.create(&Chair { id: 0, hall_id: self.id });
    }
}

/// A record without what is counted was no struct, so the hook was passed over without a word.
#[test]
fn a_hook_sees_a_record_that_is_being_made_before_anything_is_counted() {
    let server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<Hall>().model::<Chair>());
    let hall = server.send("POST", "/api/halls", &json!({"name": "blue"})).json().expect("is JSON");
    assert_eq!((&hall["seen"], &hall["sign"], &hall["seats"]), (&json!("BLUE with 0"), &json!("BLUE"), &json!(1)));
}

/// Two bills; the first has two entries.
fn bills(client: &mut Client) {
    for payer in ["Ada", "Ben"] {
        send(client, "POST", "/api/bills", &json!({"payer": payer}), 201);
    }
    for (hours, rate) in [(2, "30.00"), (3, "12.50")] {
        send(client, "POST", "/api/entries", &json!({"bill_id": 1, "hours": hours, "rate": rate}), 201);
    }
}

#[test]
fn every_way_to_a_record_shows_what_is_computed() {
    let (_folder, app) = start("computed-shown");
    let client = &mut app.client();
    bills(client);
    let is_first = |bill: &Value| {
        assert_eq!(
            (&bill["total"], &bill["entry_count"], &bill["title"]),
            (&json!("97.50"), &json!(2), &json!("ADA: 2"))
        );
    };
    is_first(&get(client, "/api/bills/1"));
    is_first(&get(client, "/api/bills")["items"][0]);
    is_first(&get(client, "/api/entries/1?expand=bill")["bill"]);
    is_first(&get(client, "/api/entries/1/bill"));
    is_first(&send(client, "PATCH", "/api/bills/1", &json!({"payer": "Ada"}), 200));
    assert_eq!(get(client, "/api/bills/1/entries")["items"][1]["amount"], "37.50");
    let batch = json!({"operations": [{"op": "create", "collection": "entries", "data": {"bill_id": 2, "hours": 1, "rate": "9.00"}}]});
    let done = client.send("POST", "/api/:batch", &batch).expect("answers");
    if done.status == 200 {
        assert_eq!(get(client, "/api/bills/2")["total"], "9.00");
    }
    // Of the past: what was stored, and what was computed of that moment.
    let first = get(client, "/api/bills/1?rev=1");
    assert_eq!(
        (&first["total"], &first["entry_count"], &first["title"]),
        (&json!("0.00"), &json!(0), &json!("ADA: 0"))
    );
    let history = get(client, "/api/bills/1/history");
    assert_eq!(history["items"][0]["patch"], json!({"total": "97.50"}), "{history}");
}

#[test]
fn lists_ask_and_sort_by_what_is_computed() {
    let (_folder, app) = start("computed-asked");
    let client = &mut app.client();
    bills(client);
    let payers = |client: &mut Client, query: &str| {
        let list = get(client, &format!("/api/bills?{query}"));
        list["items"].as_array().expect("a list").iter().map(|bill| bill["payer"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(payers(client, "filter=entry_count%20%3E%201"), ["Ada"]);
    assert_eq!(payers(client, "filter=total%20%3D%200"), ["Ben"]);
    assert_eq!(payers(client, "sort=entry_count"), ["Ben", "Ada"]);
    assert_eq!(payers(client, "sort=-total"), ["Ada", "Ben"]);
    // Page by page, by a field that is in no row.
    let first = get(client, "/api/bills?sort=-entry_count&limit=1");
    let cursor = first["next_cursor"].as_str().expect("there is more");
    assert_eq!(payers(client, &format!("sort=-entry_count&limit=1&cursor={cursor}")), ["Ben"]);
    let among = get(client, "/api/entries?filter=bill.entry_count%20%3D%202");
    assert_eq!(among["items"].as_array().map(Vec::len), Some(2));
}

#[test]
fn what_is_computed_is_sent_back_as_it_is_and_not_otherwise() {
    let (_folder, app) = start("computed-sent");
    let client = &mut app.client();
    bills(client);
    let bill = get(client, "/api/bills/1");
    send(client, "PUT", "/api/bills/1", &bill, 200);
    for (field, value) in [("total", json!("1.00")), ("entry_count", json!(7)), ("title", json!("x"))] {
        let mut other = bill.clone();
        other[field] = value.clone();
        for (method, path, body) in [
            ("PUT", "/api/bills/1", other),
            ("PATCH", "/api/bills/1", json!({ field: value })),
            ("POST", "/api/bills", json!({ "payer": "Cy", field: value })),
        ] {
            let problem = send(client, method, path, &body, 422);
            let error = &problem["errors"][0];
            assert_eq!(
                (&error["pointer"], &error["code"]),
                (&json!(format!("/{field}")), &json!("read_only")),
                "{problem}"
            );
        }
    }
    // An hour too many for the field: refused, and not rounded.
    let problem = send(client, "POST", "/api/entries", &json!({"bill_id": 1, "hours": 100_000, "rate": "999.99"}), 422);
    assert_eq!(
        (&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]),
        (&json!("/amount"), &json!("computed"))
    );
    assert_eq!(get(client, "/api/bills/1"), bill);
}

#[test]
fn a_record_that_shows_what_others_come_to_has_no_entity_tag() {
    let (_folder, app) = start("computed-tags");
    let client = &mut app.client();
    bills(client);
    let tag = |client: &mut Client, path: &str| client.get(path).expect("answers").header("etag").map(str::to_owned);
    assert_eq!(tag(client, "/api/bills/1"), None);
    assert_eq!(tag(client, "/api/bills/1?fields=id,payer,total").as_deref(), Some("\"3\""));
    assert_eq!(tag(client, "/api/entries/1").as_deref(), Some("\"1\""));
}

#[test]
fn documents_say_what_is_computed() {
    let (_folder, app) = start("computed-documents");
    let client = &mut app.client();
    let openapi = get(client, "/_lithair/openapi.json");
    let schemas = &openapi["components"]["schemas"];
    assert_eq!(schemas["Bill"]["properties"]["total"]["readOnly"], true);
    assert!(schemas["Bill.Create"]["properties"].get("total").is_none(), "{}", schemas["Bill.Create"]);
    let schema = get(client, "/_lithair/schema.json");
    let bill =
        schema["models"].as_array().expect("models").iter().find(|model| model["name"] == "Bill").expect("is there");
    let computed = |name: &str| {
        let field = bill["fields"].as_array().expect("fields").iter().find(|field| field["name"] == name);
        field.expect("is there")["computed"].clone()
    };
    let sum = json!({"stored": true, "function": "sum", "relation": "entries", "value": "amount"});
    assert_eq!(computed("total"), sum);
    assert_eq!(computed("entry_count"), json!({"stored": false, "function": "count", "relation": "entries"}));
    assert_eq!(computed("title")["stored"], false);
}
