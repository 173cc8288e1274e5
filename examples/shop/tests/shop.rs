//! The shop, as its customers and its clerks see it.

use std::thread;
use std::time::{Duration, Instant};

use acceptance::{App, Client, Folder, Response};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_shop");

fn start(name: &str) -> (Folder, App) {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), name);
    let app = App::start(BINARY, &folder.join("data")).expect("starts");
    (folder, app)
}

fn post(client: &mut Client, path: &str, body: &Value) -> Response {
    client.send("POST", &format!("/api/{path}"), body).expect("answers")
}

fn made(client: &mut Client, path: &str, body: &Value) -> Value {
    let answer = post(client, path, body);
    assert!([200, 201].contains(&answer.status), "{path}: {}", answer.json());
    answer.json()
}

fn read(client: &mut Client, path: &str) -> Value {
    client.get(&format!("/api/{path}")).expect("answers").json()
}

fn reason(answer: &Response) -> (u16, String) {
    (answer.status, answer.json()["reason"].as_str().unwrap_or_default().to_owned())
}

/// Waits until the outbox has done everything up to a position.
fn delivered(client: &mut Client, hook: &str, position: u64) {
    let begin = Instant::now();
    while read(client, &format!("lithair/deliveries/{hook}"))["position"].as_u64().is_none_or(|done| done < position) {
        assert!(begin.elapsed() < Duration::from_secs(60), "{hook}");
    }
}

fn fill(client: &mut Client) {
    made(client, "products", &json!({"sku": "tea", "name": "Tea", "price": "4.50", "stock": 10}));
    made(client, "products", &json!({"sku": "pot", "name": "Pot", "price": "20.00", "stock": 1}));
}

#[test]
fn an_order_is_filled_placed_paid_and_shipped() {
    let (_folder, app) = start("shop-order");
    let client = &mut app.client();
    fill(client);
    made(client, "orders", &json!({"customer": "Ada@Example.org"}));
    made(client, "orders/1:add", &json!({"product": 1, "quantity": 3}));
    let order = made(client, "orders/1:add", &json!({"product": 2, "quantity": 1}));
    assert_eq!((&order["total"], &order["customer"]), (&json!("33.50"), &json!("ada@example.org")));
    assert_eq!(reason(&post(client, "orders/1:add", &json!({"product": 1, "quantity": 1}))).1, "added-already");
    assert_eq!(
        reason(&post(client, "orders/1:add", &json!({"product": 9, "quantity": 1}))),
        (422, "no-product".into())
    );
    assert_eq!(post(client, "orders/1:add", &json!({"product": 1, "quantity": 101})).status, 422);
    assert_eq!(read(client, "products/1")["stock"], 7);

    let placed = post(client, "orders/1:place", &json!({}));
    assert_eq!((placed.status, &placed.json()["progress"]), (200, &json!("Placed")));
    assert_eq!(reason(&post(client, "orders/1:pay", &json!({}))).1, "not-settled", "nobody pays by saying so");
    let past = client.send("PATCH", "/api/orders/1", &json!({"progress": "Paid"})).expect("answers");
    assert_eq!(past.status, 409, "a way that has a command is gone by the command alone");

    delivered(client, "orders.bill", placed.position());
    let bill = read(client, "orders/1/payment");
    assert_eq!((&bill["amount"], &bill["settlement"]), (&json!("33.50"), &json!("Asked")));
    made(client, &format!("payments/{}:settle", bill["id"].as_str().expect("a text")), &json!({}));
    assert_eq!(read(client, "orders/1")["progress"], "Paid");
    assert_eq!(reason(&post(client, "orders/1:cancel", &json!({}))).1, "too-late");
    made(client, "orders/1:ship", &json!({}));
    let gone = client.request("DELETE", "/api/orders/1", &[], b"").expect("answers");
    assert_eq!(gone.json()["code"], "record-immutable", "what is shipped stays");

    delivered(client, "orders.count", placed.position());
    let sales = read(client, "sales");
    let sold: Vec<_> = sales["items"].as_array().expect("a list").iter().map(|row| &row["revenue"]).collect();
    assert_eq!(sold, ["20.00", "13.50"], "what brings most comes first");
    let whole = read(client, "orders/1?expand=lines.product,payment");
    assert_eq!(whole["lines"][0]["product"]["name"], "Tea");
    assert_eq!(read(client, "orders/1/lines?sort=-number")["items"].as_array().map(Vec::len), Some(2));
    let history = read(client, "orders/1/history");
    assert!(history["items"].to_string().contains("Placed"), "{history}");
}

#[test]
fn what_is_cancelled_comes_back() {
    let (_folder, app) = start("shop-cancel");
    let client = &mut app.client();
    fill(client);
    made(client, "orders", &json!({"customer": "ada@example.org"}));
    assert_eq!(reason(&post(client, "orders/1:place", &json!({}))).1, "empty");
    made(client, "orders/1:add", &json!({"product": 1, "quantity": 4}));
    let placed = post(client, "orders/1:place", &json!({}));
    delivered(client, "orders.bill", placed.position());
    assert_eq!(made(client, "orders/1:cancel", &json!({}))["progress"], "Cancelled");
    assert_eq!(read(client, "products/1")["stock"], 10);
    let bill = read(client, "orders/1/payment")["id"].as_str().expect("a text").to_owned();
    assert_eq!(reason(&post(client, &format!("payments/{bill}:settle"), &json!({}))).1, "cancelled");
    assert_eq!(reason(&post(client, "orders/1:add", &json!({"product": 1, "quantity": 1}))).1, "not-open");
}

#[test]
fn nothing_is_sold_twice() {
    let (_folder, app) = start("shop-race");
    fill(&mut app.client());
    let sold: i64 = thread::scope(|scope| {
        let buyers: Vec<_> = (0..16)
            .map(|buyer| {
                let app = &app;
                scope.spawn(move || {
                    let client = &mut app.client();
                    let order = made(client, "orders", &json!({"customer": format!("b{buyer}@example.org")}));
                    let path = format!("orders/{}:add", order["number"]);
                    let answer = post(client, &path, &json!({"product": 1, "quantity": 1}));
                    match answer.status {
                        200 => 1,
                        _ => {
                            assert_eq!(reason(&answer), (409, "out-of-stock".into()), "{}", answer.json());
                            0
                        }
                    }
                })
            })
            .collect();
        buyers.into_iter().map(|buyer| buyer.join().expect("a buyer")).sum()
    });
    let client = &mut app.client();
    assert_eq!((sold, &read(client, "products/1")["stock"]), (10, &json!(0)));
    assert_eq!(read(client, "order-lines?count=exact")["total"], 10);
}
