//! References to a model whose key has two fields.

use acceptance::{App, Client, Folder, Response};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_acceptance");

fn start(name: &str) -> (Folder, App) {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), name);
    let app = App::start(BINARY, &folder.join("data")).expect("starts");
    (folder, app)
}

fn post(client: &mut Client, collection: &str, body: Value) -> Response {
    client.send("POST", &format!("/api/{collection}"), &body).expect("answers")
}

fn create(client: &mut Client, collection: &str, body: Value) -> Value {
    let made = post(client, collection, body);
    assert_eq!(made.status, 201, "{}", made.json());
    made.json()
}

fn get(client: &mut Client, path: &str) -> Value {
    let path = path.replace('"', "%22").replace(' ', "%20").replace('>', "%3E");
    let answer = client.get(&format!("/api/{path}")).expect("answers");
    assert_eq!(answer.status, 200, "{path}: {}", answer.json());
    answer.json()
}

fn delete(client: &mut Client, path: &str) -> u16 {
    client.request("DELETE", &format!("/api/{path}"), &[], b"").expect("answers").status
}

/// The ids of a list.
fn ids(list: &Value) -> Vec<i64> {
    let items = list["items"].as_array().expect("items").iter();
    items.map(|item| item["id"].as_i64().expect("an id")).collect()
}

/// Two houses with orders 0, 1 and 2 each, and payments 1 to 4.
fn fill(client: &mut Client) {
    for house in ["a", "b"] {
        create(client, "houses", json!({"code": house}));
        for number in 0..3 {
            create(client, "orders", json!({"house": house, "number": number}));
        }
    }
    for (house, order, cents) in [("a", 1, 10), ("a", 1, 20), ("a", 2, 30), ("b", 1, 40)] {
        create(client, "payments", json!({"house": house, "order_number": order, "cents": cents}));
    }
}

#[test]
fn a_reference_of_several_fields_is_to_a_record_that_is_there() {
    let (_folder, app) = start("composite-there");
    let client = &mut app.client();
    fill(client);
    let missing = post(client, "payments", json!({"house": "b", "order_number": 7, "cents": 1}));
    assert_eq!(missing.status, 409, "{}", missing.json());
    let pointers: Vec<_> =
        missing.json()["errors"].as_array().expect("errors").iter().map(|error| error["pointer"].clone()).collect();
    assert_eq!(pointers, ["/house", "/order_number"]);
    create(client, "payments", json!({"house": "b", "order_number": null, "cents": 1}));
    let moved = client.send("PATCH", "/api/payments/1", &json!({"order_number": 8})).expect("answers");
    assert_eq!(moved.status, 409, "either field names another record");
    let moved = client.send("PATCH", "/api/payments/1", &json!({"house": "b"})).expect("answers");
    assert_eq!(moved.status, 200, "which is there");
    let batch = json!({"ops": [
        {"op": "create", "collection": "orders", "data": {"house": "a", "number": 9}},
        {"op": "create", "collection": "payments", "data": {"house": "a", "order_number": 9, "cents": 90}},
    ]});
    assert_eq!(client.send("POST", "/api/_batch", &batch).expect("answers").status, 200);
}

#[test]
fn every_way_along_it_is_open() {
    let (_folder, app) = start("composite-ways");
    let client = &mut app.client();
    fill(client);
    create(client, "invoices", json!({"house": "a", "order_number": 1}));
    for name in ["red", "blue"] {
        create(client, "labels", json!({"name": name}));
        create(client, "labellings", json!({"house": "a", "number": 1, "label": name}));
    }
    let paid = get(client, "payments/1?expand=order");
    assert_eq!(paid["order"], json!({"house": "a", "number": 1, "status": "open", "_rev": 1}));
    let order = get(client, "orders/a,1?expand=payments,invoice,labels");
    assert_eq!(order["payments"].as_array().map(Vec::len), Some(2));
    assert_eq!(order["invoice"]["id"], 1);
    assert_eq!(order["labels"], json!([{"name": "blue", "_rev": 1}, {"name": "red", "_rev": 1}]));
    assert_eq!(ids(&get(client, "orders/a,1/payments")), [1, 2]);
    assert_eq!(get(client, "orders/a,1/invoice")["id"], 1);
    assert_eq!(get(client, "labels/red/orders")["items"][0]["number"], 1);
    assert_eq!(get(client, "payments/4/order")["house"], "b");
    assert_eq!(client.get("/api/orders/a,2/invoice").expect("answers").status, 404);
    client.send("PATCH", "/api/orders/a,1", &json!({"status": "shut"})).expect("answers");
    assert_eq!(ids(&get(client, "payments?filter=order.status=\"shut\"")), [1, 2]);
    assert_eq!(ids(&get(client, "payments?filter=house=\"a\" and order_number=2")), [3], "the relation is an index");
    let some = get(client, "orders?filter=any(payments, .cents > 25)");
    let found: Vec<_> = some["items"].as_array().expect("items").iter().map(|order| &order["house"]).collect();
    assert_eq!(found, ["a", "b"]);
    assert_eq!(get(client, "houses/a?expand=orders.payments")["orders"][1]["payments"][0]["cents"], 10);
}

#[test]
fn each_mode_says_what_becomes_of_it() {
    let (_folder, app) = start("composite-deletes");
    let client = &mut app.client();
    fill(client);
    create(client, "invoices", json!({"house": "a", "order_number": 1}));
    create(client, "labels", json!({"name": "red"}));
    create(client, "labellings", json!({"house": "a", "number": 2, "label": "red"}));
    create(client, "leftovers", json!({"house": "a", "order_number": 2}));
    assert_eq!(delete(client, "orders/a,1"), 409, "the invoice restricts");
    assert_eq!(delete(client, "orders/a,2"), 204);
    let paid = get(client, "payments/3");
    assert_eq!((&paid["house"], &paid["order_number"]), (&json!("a"), &json!(null)), "what cannot be null stays");
    let left = get(client, "leftovers/1");
    assert_eq!((&left["house"], &left["order_number"]), (&json!("a"), &json!(0)));
    assert_eq!(get(client, "labellings")["items"], json!([]), "a cascade");
    assert_eq!(delete(client, "houses/a"), 409, "the invoice restricts two levels below");
    assert_eq!(delete(client, "invoices/1"), 204);
    assert_eq!(delete(client, "houses/a"), 409, "leftovers go to an order that goes too");
    assert_eq!(delete(client, "leftovers/1"), 204);
    assert_eq!(delete(client, "houses/a"), 409, "payments refer to the house itself");
    for payment in 1..=3 {
        assert_eq!(delete(client, &format!("payments/{payment}")), 204);
    }
    assert_eq!(delete(client, "houses/a"), 204);
    assert_eq!(get(client, "orders?filter=house=\"a\"")["items"], json!([]));
}

#[test]
fn an_import_loads_what_is_referred_to_first() {
    let (folder, app) = start("composite-import");
    let client = &mut app.client();
    fill(client);
    let files = folder.join("files");
    std::fs::create_dir(&files).expect("is made");
    for (file, collection) in [("Payment", "payments"), ("Order", "orders"), ("House", "houses")] {
        let lines = client.request("GET", &format!("/api/{collection}"), &[("accept", "application/x-ndjson")], b"");
        std::fs::write(files.join(format!("{file}.ndjson")), lines.expect("answers").body).expect("is written");
    }
    let data = folder.join("other");
    let loaded = std::process::Command::new(BINARY).arg("import").arg(&files).arg("--data").arg(&data).output();
    let loaded = loaded.expect("runs");
    assert!(loaded.status.success(), "{}", String::from_utf8_lossy(&loaded.stderr));
    let other = App::start(BINARY, &data).expect("starts");
    assert_eq!(ids(&get(&mut other.client(), "orders/a,1/payments")), [1, 2]);
}
