//! The shop, as its customers and its clerks see it.

use std::process::Command;
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

/// Waits until the sales have everything up to a position.
fn folded(client: &mut Client, position: u64) {
    let begin = Instant::now();
    while read(client, "lithair/projections/product_sales")["position"].as_u64().is_none_or(|done| done < position) {
        assert!(begin.elapsed() < Duration::from_secs(20), "not folded: {}", read(client, "lithair/projections"));
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

    folded(client, placed.position());
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

/// The rows of the read model were exported, and each of them refused when the folder was imported.
#[test]
fn what_was_exported_can_be_imported() {
    let (folder, app) = start("shop-export");
    let client = &mut app.client();
    fill(client);
    made(client, "orders", &json!({"customer": "ada@example.org"}));
    made(client, "orders/1:add", &json!({"product": 1, "quantity": 4}));
    let placed = post(client, "orders/1:place", &json!({})).position();
    delivered(client, "orders.bill", placed);
    folded(client, placed);
    assert!(app.stop().success());
    let run = |words: &[&str], data: &str| {
        let out = folder.join("out");
        let mut command = Command::new(BINARY);
        command.args(words).arg(&out).args(["--json", "--data"]).arg(folder.join(data));
        let output = command.output().expect("runs");
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{words:?}: {told}");
        (serde_json::from_slice::<Value>(&output.stdout).expect("JSON"), told)
    };
    let (exported, _) = run(&["export"], "data");
    assert_eq!(exported["collections"]["ProductSales"], 1, "rows of projections are data too");
    let records = exported["records"].as_u64().expect("a number") - 1;
    for (data, what) in [("data", "unchanged"), ("other", "created")] {
        let (imported, told) = run(&["import"], data);
        assert_eq!((&imported[what], &imported["failed"]), (&json!(records), &json!(0)), "{imported}");
        assert!(told.contains("ProductSales is a projection"), "{told}");
    }
    let alone = Command::new(BINARY)
        .arg("import")
        .arg(folder.join("out/ProductSales.ndjson"))
        .arg("--data")
        .arg(folder.join("data"))
        .output();
    let alone = alone.expect("runs");
    assert!(!alone.status.success() && String::from_utf8_lossy(&alone.stderr).contains("is a projection"));
}

/// `projections ..` of a shop that does not run: its line of JSON.
fn projections(folder: &Folder, words: &[&str]) -> Value {
    let mut command = Command::new(BINARY);
    command.arg("projections").args(words).args(["--json", "--data"]).arg(folder.join("data"));
    let output = command.output().expect("runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn sales_are_what_was_ordered_however_often_they_are_folded() {
    let (folder, app) = start("shop-sales");
    let mut client = app.client();
    fill(&mut client);
    let place = |client: &mut Client, number: i64| {
        made(client, "orders", &json!({"customer": "ada@example.org"}));
        made(client, &format!("orders/{number}:add"), &json!({"product": 1, "quantity": 2}));
        post(client, &format!("orders/{number}:place"), &json!({})).position()
    };
    place(&mut client, 1);
    let last = place(&mut client, 2);
    folded(&mut client, last);
    let sales = read(&mut client, "sales");
    assert_eq!((&sales["items"][0]["sold"], &sales["items"][0]["revenue"]), (&json!(4), &json!("18.00")));
    let expanded = read(&mut client, "sales?expand=product&filter=sold%3E3&sort=-sold");
    assert_eq!(expanded["items"][0]["product"]["name"], "Tea");
    for (method, path) in [("POST", "sales"), ("PATCH", "sales/1"), ("DELETE", "sales/1")] {
        let answer = client.send(method, &format!("/api/{path}"), &json!({"sold": 9})).expect("answers");
        assert_eq!(answer.status, 405, "{method}: nobody says what sold but the orders");
    }
    // A product that is gone has been sold nevertheless.
    assert_eq!(client.request("DELETE", "/api/products/2", &[], b"").expect("answers").status, 204);
    let began = post(&mut client, "lithair/projections/product_sales:rebuild", &json!({}));
    assert_eq!((began.status, &began.json()["rebuilding"]), (200, &json!(true)));
    folded(&mut client, began.position());
    assert_eq!(
        read(&mut client, "sales"),
        json!({"as_of": read(&mut client, "sales")["as_of"], "items": sales["items"],
        "next_cursor": null, "prev_cursor": null}),
        "folded again, they are the same"
    );
    app.stop();
    let rebuilt = projections(&folder, &["rebuild", "product_sales"]);
    assert_eq!(rebuilt["differed"], 0);
    assert_eq!(projections(&folder, &["list"])["position"], rebuilt["position"]);
    let wrong =
        Command::new(BINARY).args(["projections", "rebuild", "sale", "--data"]).arg(folder.join("data")).output();
    assert_eq!(wrong.expect("runs").status.code(), Some(2));

    let app = App::start(BINARY, &folder.join("data")).expect("starts");
    let mut client = app.client();
    assert_eq!(read(&mut client, "sales")["items"], sales["items"], "they are there after a start");
    let third = place(&mut client, 3);
    folded(&mut client, third);
    assert_eq!(read(&mut client, "sales")["items"][0]["sold"], 6, "and go on");
    let metrics = client.get("/metrics").expect("answers");
    assert!(String::from_utf8_lossy(&metrics.body).contains("lithair_projection_lag "), "how far behind is a metric");
}

#[test]
fn a_code_stays_with_a_product_in_the_trash() {
    let (_folder, app) = start("shop-trash");
    let client = &mut app.client();
    let product = json!({"sku": "tea", "name": "Tea", "price": "1.00", "stock": 1});
    let number = made(client, "products", &product)["number"].clone();
    let before = client.get("/api/products").expect("answers").position();
    let batch = json!({"ops": [
        {"op": "delete", "collection": "products", "id": number},
        {"op": "create", "collection": "products", "data": product},
    ]});
    let refused = post(client, "_batch", &batch);
    assert_eq!((refused.status, &refused.json()["code"]), (409, &json!("unique-violation")));
    assert_eq!((&refused.json()["index"], refused.position()), (&json!(1), before), "nothing is in the log");
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
