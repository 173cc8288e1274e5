//! Values of several parts: embedded structs, lists of them, variants with data, free JSON that fits a type.

use acceptance::{App, Client, Folder};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_acceptance");
const PATH: &str = "/api/deliveries";

fn start(name: &str) -> (Folder, App) {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), name);
    let app = App::start(BINARY, &folder.join("data")).expect("starts");
    (folder, app)
}

fn address(city: &str) -> Value {
    json!({"street": "Weg 1", "city": city, "postalCode": "3011"})
}

fn delivery() -> Value {
    json!({
        "address": address("Bern"),
        "lines": [{"product": "tea", "quantity": 2, "unitPrice": "4.50"}, {"product": "pot", "unitPrice": 20}],
        "payment": {"type": "Card", "last": "4242"},
        "words": [["one", "two"]],
    })
}

fn create(client: &mut Client, body: &Value) -> Value {
    let made = client.send("POST", PATH, body).expect("answers");
    assert_eq!(made.status, 201, "{}", made.json());
    made.json()
}

/// The body with the value at a pointer replaced.
fn with(pointer: &str, value: Value) -> Value {
    let mut body = delivery();
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    match body.pointer_mut(parent).expect("is there") {
        Value::Array(items) => items[name.parse::<usize>().expect("a place")] = value,
        parent => parent[name] = value,
    }
    body
}

/// Pointers and codes of what is wrong.
fn wrong(client: &mut Client, method: &str, path: &str, body: &Value) -> Vec<String> {
    let answer = client.send(method, path, body).expect("answers");
    assert_eq!(answer.status, 422, "{body}: {}", answer.json());
    let problem = answer.json();
    let errors = problem["errors"].as_array().expect("errors");
    let mut told: Vec<String> = errors
        .iter()
        .map(|error| format!("{} {}", error["pointer"].as_str().unwrap_or(""), error["code"].as_str().unwrap_or("")))
        .collect();
    told.sort();
    told
}

#[test]
fn parts_come_back_as_they_were_given_with_their_defaults() {
    let (folder, app) = start("embedded-parts");
    let client = &mut app.client();
    let made = create(client, &delivery());
    let whole = json!({
        "street": "Weg 1", "city": "Bern", "postalCode": "3011", "country": "CH", "position": null,
    });
    assert_eq!(made["address"], whole);
    assert_eq!(made["billing"], Value::Null);
    assert_eq!(made["lines"][1], json!({"product": "pot", "quantity": 1, "unitPrice": "20.00", "note": null}));
    assert_eq!(made["payment"], json!({"type": "Card", "last": "4242", "saved": false}));
    let trimmed = create(client, &with("/address/street", json!("  Gasse 2 ")));
    assert_eq!(trimmed["address"]["street"], "Gasse 2", "normalized inside");
    let words = create(client, &with("/words", json!([[" ONE "], ["Two", "three"]])));
    assert_eq!(words["words"], json!([["one"], ["two", "three"]]), "in lists of lists too");
    let path = format!("{PATH}/{}", made["number"]);
    assert_eq!(client.get(&path).expect("answers").json(), made);
    app.kill();
    let app = App::start(BINARY, &folder.join("data")).expect("starts again");
    assert_eq!(app.client().get(&path).expect("answers").json(), made, "the log has all of it");
}

#[test]
fn everything_that_is_wrong_inside_is_told_at_its_place() {
    let (_folder, app) = start("embedded-wrong");
    let client = &mut app.client();
    let body = json!({
        "address": {"street": "", "postalCode": "30", "cty": "Bern", "position": {"latitude": 91, "longitude": "x"}},
        "billing": 7,
        "lines": [{"product": "Tea Pot", "quantity": 0, "unitPrice": "1.234"}, null, {"quantity": 1.5, "unitPrice": 1}],
        "payment": {"type": "Card", "last": "42", "more": 1},
        "words": [["ok"], ["ok"], []],
    });
    let mut expected = vec![
        "/address/city required",
        "/address/cty unknown_field",
        "/address/position/longitude type",
        "/billing type",
        "/lines/0/unitPrice decimal",
        "/lines/1 type",
        "/lines/2/product required",
        "/lines/2/quantity type",
        "/payment/more unknown_field",
        "/words unique_items",
        "/words/2 len",
    ];
    expected.sort_unstable();
    assert_eq!(wrong(client, "POST", PATH, &body), expected);
    let rules = json!({
        "address": {"street": " ", "city": "", "postalCode": "30", "position": {"latitude": 91, "longitude": 0}},
        "lines": [{"product": "Tea Pot", "quantity": 0, "unitPrice": "-1.00"}],
        "payment": {"type": "Transfer", "account": " 12 ", "payer": {"street": "a", "city": "b", "postalCode": "x"}},
        "words": [["x"]],
        "extra": {"product": "a", "quantity": 2000},
    });
    let mut expected = vec![
        "/address/street len",
        "/address/city non_empty",
        "/address/postalCode regex",
        "/address/position/latitude range",
        "/extra/unitPrice required",
        "/lines/0/product slug",
        "/lines/0/quantity range",
        "/lines/0/unitPrice range",
        "/payment/account len",
        "/payment/payer/postalCode regex",
        "/words/0/0 len",
    ];
    expected.sort_unstable();
    assert_eq!(wrong(client, "POST", PATH, &rules), expected);
    let abroad = json!({"street": "a", "city": "b", "postalCode": "SW1A", "country": "GB"});
    create(client, &with("/address", abroad));
}

#[test]
fn free_json_fits_its_type_or_is_refused_inside() {
    let (_folder, app) = start("embedded-json");
    let client = &mut app.client();
    let line = json!({"product": "tea", "unitPrice": "1.5"});
    assert_eq!(create(client, &with("/extra", line.clone()))["extra"], line, "stored as it was sent");
    for (extra, told) in [
        (json!({"product": "tea", "unitPrice": 1, "quantity": 5000}), vec!["/extra/quantity range"]),
        (json!({"product": "A B", "unitPrice": "x"}), vec!["/extra/unitPrice type"]),
        (json!([1]), vec!["/extra type"]),
        (json!({"product": "tea", "unitPrice": 1, "colour": 1}), vec!["/extra/colour unknown_field"]),
    ] {
        assert_eq!(wrong(client, "POST", PATH, &with("/extra", extra)), told);
    }
    // Of a value without a type the name may come twice.
    let twice = with("/extra", json!("TWICE")).to_string().replace("\"TWICE\"", r#"{"product": "a", "product": "b"}"#);
    let told =
        client.request("POST", PATH, &[("content-type", "application/json")], twice.as_bytes()).expect("answers");
    let detail = "expected an object in which no name comes twice";
    assert_eq!(told.json()["errors"], json!([{"pointer": "/extra", "code": "type", "detail": detail}]));
    let path = format!("{PATH}/{}", create(client, &with("/extra", line))["number"]);
    let patch = json!({"extra": {"quantity": 7}});
    assert_eq!(client.send("PATCH", &path, &patch).expect("answers").json()["extra"]["quantity"], 7);
    assert_eq!(wrong(client, "PATCH", &path, &json!({"extra": {"quantity": -7}})), ["/extra/quantity range"]);
}

#[test]
fn a_patch_changes_what_it_names_and_nothing_else() {
    let (_folder, app) = start("embedded-patch");
    let client = &mut app.client();
    let made = create(client, &with("/address/position", json!({"latitude": 46.9, "longitude": 7.4})));
    let path = format!("{PATH}/{}", made["number"]);
    let patch = |client: &mut Client, body: Value| {
        let answer = client.send("PATCH", &path, &body).expect("answers");
        assert_eq!(answer.status, 200, "{}", answer.json());
        answer.json()
    };
    let changed = patch(client, json!({"address": {"city": " Thun ", "position": {"longitude": 7.6}}}));
    assert_eq!(changed["address"]["city"], "Thun");
    assert_eq!(changed["address"]["street"], "Weg 1");
    assert_eq!(changed["address"]["position"], json!({"latitude": 46.9, "longitude": 7.6}));
    let gone = patch(client, json!({"address": {"position": null}}));
    assert_eq!(gone["address"]["position"], Value::Null);
    let told = wrong(client, "PATCH", &path, &json!({"address": {"position": {"latitude": 1}}}));
    assert_eq!(told, ["/address/position/longitude required"], "there was none to merge with");
    assert_eq!(wrong(client, "PATCH", &path, &json!({"address": {"city": null}})), ["/address/city required"]);
    assert_eq!(wrong(client, "PATCH", &path, &json!({"billing": {"city": "Bern"}})).len(), 2);
    let billed = patch(client, json!({"billing": address("Genf")}));
    assert_eq!(billed["billing"]["country"], "CH", "made of what is given and of defaults");
    assert_eq!(patch(client, json!({"billing": null}))["billing"], Value::Null);
    let lines = patch(client, json!({"lines": [{"product": "cup", "unitPrice": 3}]}));
    assert_eq!(lines["lines"].as_array().map(Vec::len), Some(1), "a list is one value");
    assert_eq!(wrong(client, "PATCH", &path, &json!({"lines": [{"quantity": 3}]})).len(), 2);
    let before = client.get(&path).expect("answers").json();
    let same = patch(client, json!({"address": {"city": "Thun"}}));
    assert_eq!(same["_rev"], before["_rev"], "nothing changed");
}

#[test]
fn parts_travel_in_lines_and_in_cells() {
    let (folder, app) = start("embedded-files");
    let client = &mut app.client();
    let full = json!({
        "address": address("Bern"), "billing": address("Basel"),
        "lines": [{"product": "tea", "unitPrice": "4.50"}], "words": [["a,b", "c\"d"]],
        "payment": {"type": "Transfer", "account": "CH12", "payer": address("Chur")}, "extra": null,
    });
    create(client, &full);
    create(client, &delivery());
    let list = |client: &mut Client| client.get(PATH).expect("answers").json()["items"].clone();
    let before = list(client);
    let exported = client.request("GET", PATH, &[("accept", "application/x-ndjson")], b"").expect("answers");
    let lines = String::from_utf8(exported.body).expect("text");
    std::fs::write(folder.join("Delivery.ndjson"), &lines).expect("written");
    std::fs::write(folder.join("Delivery.csv"), csv(&lines)).expect("written");
    for form in ["csv", "ndjson"] {
        let data = folder.join(form);
        let file = folder.join(&format!("Delivery.{form}"));
        let loaded = std::process::Command::new(BINARY).arg("import").arg(&file).arg("--data").arg(&data).output();
        let loaded = loaded.expect("runs");
        assert!(loaded.status.success(), "{form}: {}", String::from_utf8_lossy(&loaded.stderr));
        let other = App::start(BINARY, &data).expect("starts");
        assert_eq!(list(&mut other.client()), before, "{form}");
    }
}

/// The records as CSV: what has parts is JSON in its cell.
fn csv(lines: &str) -> String {
    let records: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).expect("is JSON")).collect();
    let names: Vec<String> = records[0].as_object().expect("an object").keys().cloned().collect();
    let cell = |value: &Value| match value {
        Value::Null => String::new(),
        value => format!("\"{}\"", value.to_string().replace('"', "\"\"")),
    };
    let row = |record: &Value| names.iter().map(|name| cell(&record[name])).collect::<Vec<_>>().join(",");
    let rows: Vec<String> = std::iter::once(names.join(",")).chain(records.iter().map(row)).collect();
    rows.join("\n") + "\n"
}

#[test]
fn documents_say_what_is_inside() {
    let (_folder, app) = start("embedded-documents");
    let client = &mut app.client();
    let open = client.get("/_lithair/openapi.json").expect("answers").json();
    let schemas = &open["components"]["schemas"];
    let address = &schemas["Delivery.Create"]["properties"]["address"];
    assert_eq!(address["title"], "Address");
    assert_eq!(address["required"], json!(["street", "city", "postalCode"]));
    assert_eq!(address["additionalProperties"], false);
    assert_eq!(address["properties"]["street"]["examples"], json!(["Hauptstrasse 1"]));
    assert_eq!(schemas["Delivery.Patch"]["properties"]["address"]["required"], json!([]));
    let extra = &schemas["Delivery.Create"]["properties"]["extra"]["anyOf"][0];
    assert_eq!(extra["title"], "Line");
    assert_eq!(extra["properties"]["quantity"]["maximum"], 1000);
    let card = &schemas["Delivery.Create"]["properties"]["payment"]["oneOf"][1];
    assert_eq!(card["properties"]["last"]["pattern"], "^[0-9]{4}$");
    assert_eq!(card["required"], json!(["type", "last"]));
    let schema = client.get("/_lithair/schema.json").expect("answers").json();
    let models = schema["models"].as_array().expect("models");
    let delivery = models.iter().find(|model| model["name"] == "Delivery").expect("the model");
    assert_eq!(delivery["fields"][1]["type"]["struct"]["fields"][2]["wire"], "postalCode");
}

/// The list's path with a query, percent-encoded as far as tests need it.
fn url(query: &str) -> String {
    let encoded = [(" ", "%20"), ("\"", "%22"), ("<", "%3C"), (">", "%3E")];
    format!("{PATH}?{}", encoded.iter().fold(query.to_owned(), |text, (from, to)| text.replace(from, to)))
}

/// The numbers of the deliveries that a query gives.
fn numbers(client: &mut Client, query: &str) -> Vec<i64> {
    let answer = client.get(&url(query)).expect("answers");
    assert_eq!(answer.status, 200, "{query}: {}", answer.json());
    let list = answer.json();
    let items = list["items"].as_array().expect("items").iter();
    items.map(|item| item["number"].as_i64().expect("a number")).collect()
}

/// Seven deliveries: in Bern, Thun, Bern, Chur, Bern, Thun, Bern; to the north with every other one; each with more of everything.
fn seven(client: &mut Client) {
    for (number, city) in ["Bern", "Thun", "Bern", "Chur", "Bern", "Thun", "Bern"].into_iter().enumerate() {
        let mut body = delivery();
        body["address"]["city"] = city.into();
        body["address"]["position"] = json!({"latitude": 40 + number, "longitude": 7});
        if number % 2 == 0 {
            body["billing"] = address(city);
            body["billing"]["position"] = json!({"latitude": 50 - number, "longitude": 8});
        }
        let lines = (0..number).map(|line| json!({"product": format!("p{line}"), "unitPrice": number, "quantity": 7}));
        body["lines"] = lines.collect();
        create(client, &body);
    }
}

#[test]
fn filters_and_sorts_reach_into_parts() {
    let (_folder, app) = start("embedded-filters");
    let client = &mut app.client();
    seven(client);
    for (query, found) in [
        ("filter=address.city=\"Bern\"", vec![1, 3, 5, 7]),
        ("filter=address.city=\"Bern\" and address.position.latitude>43", vec![5, 7]),
        ("filter=address.city~\"hu\"&sort=-address.position.latitude", vec![6, 4, 2]),
        ("filter=address.city in (\"Chur\",\"Thun\")&sort=address.city", vec![4, 2, 6]),
        ("filter=len(address.city)=4 and address.postalCode=\"3011\"", vec![1, 2, 3, 4, 5, 6, 7]),
        ("filter=billing.position.latitude>=46", vec![1, 3, 5]),
        ("filter=billing.position.latitude=null", vec![2, 4, 6]),
        ("filter=exists(address.position)", vec![1, 2, 3, 4, 5, 6, 7]),
        ("filter=any(lines,.product=\"p4\")", vec![6, 7]),
        ("filter=any(lines,.product=\"p1\" and .unitPrice>4)", vec![6, 7]),
        ("filter=none(lines)", vec![1]),
        ("filter=all(lines,.unitPrice<3)", vec![1, 2, 3]),
        ("sort=address.city,-address.position.latitude", vec![7, 5, 3, 1, 4, 6, 2]),
        ("sort=-address.city", vec![2, 6, 4, 1, 3, 5, 7]),
    ] {
        assert_eq!(numbers(client, query), found, "{query}");
    }
    // Page by page in an order that an index of a part has, and in one that none has.
    for sort in ["address.city,-number", "-address.position.longitude,address.city"] {
        let (mut found, mut path) = (Vec::new(), format!("{PATH}?limit=2&sort={sort}"));
        loop {
            let page = client.get(&path).expect("answers").json();
            found.extend(page["items"].as_array().expect("items").iter().map(|item| item["number"].clone()));
            let Some(next) = page["next_cursor"].as_str() else { break };
            path = format!("{PATH}?limit=2&sort={sort}&cursor={next}");
        }
        let whole: Vec<Value> = numbers(client, &format!("sort={sort}")).into_iter().map(Value::from).collect();
        assert_eq!((found.len(), found), (7, whole), "{sort}");
    }
    for (query, word) in [
        ("filter=address.cty=1", "city"),
        ("filter=billing.city=\"Bern\"", "billing"),
        ("filter=address=1", "null"),
        ("filter=address.city.x=1", "no fields"),
        ("filter=any(lines,.produkt=1)", "product"),
        ("sort=billing.city", "billing.city"),
        ("sort=address", "address"),
        ("filter=payment.last=\"1\"", "payment"),
    ] {
        let answer = client.get(&url(query)).expect("answers");
        assert_eq!(answer.status, 400, "{query}");
        assert!(answer.json().to_string().contains(word), "{query}: {}", answer.json());
    }
}

#[test]
fn checks_and_indexes_see_what_changes_inside() {
    let (_folder, app) = start("embedded-checks");
    let client = &mut app.client();
    seven(client);
    let mut long = with("/address/postalCode", json!("1234567890"));
    long["address"]["country"] = json!("GB");
    assert_eq!(wrong(client, "POST", PATH, &long), ["/address check"]);
    let patch = |client: &mut Client, number: i64, body: &Value| {
        assert_eq!(client.send("PATCH", &format!("{PATH}/{number}"), body).expect("answers").status, 200);
    };
    patch(client, 3, &json!({"address": {"city": "Thun"}}));
    patch(client, 4, &json!({"address": {"city": "Bern"}}));
    assert_eq!(numbers(client, "filter=address.city=\"Bern\"&sort=-number"), [7, 5, 4, 1]);
    assert_eq!(numbers(client, "filter=address.city=\"Thun\""), [2, 3, 6]);
    patch(client, 1, &json!({"billing": null}));
    assert_eq!(numbers(client, "filter=billing.position.latitude>0"), [3, 5, 7]);
    let schema = client.get("/_lithair/schema.json").expect("answers").json();
    let models = schema["models"].as_array().expect("models");
    let delivery = models.iter().find(|model| model["name"] == "Delivery").expect("the model");
    assert_eq!(delivery["indexes"], json!([["address.city", "-number"], ["billing.position.latitude"]]));
    assert_eq!(delivery["checks"][0]["condition"], "len(address.zip) <= 9");
}

#[test]
fn fields_are_asked_for_whole() {
    let (_folder, app) = start("embedded-fields");
    let client = &mut app.client();
    create(client, &delivery());
    let whole = client.get("/api/deliveries/1?fields=address").expect("answers").json();
    assert_eq!(whole["address"]["city"], "Bern");
    let part = client.get("/api/deliveries/1?fields=address.city").expect("answers").json();
    assert_eq!(part["code"], "invalid-parameter");
    assert_eq!(part["errors"][0]["detail"], "`address.city` is inside of `address`: fields are asked for whole");
    let other = client.get("/api/deliveries/1?fields=shop.city").expect("answers").json();
    assert_eq!((&other["code"], &other["detail"]), (&json!("not-supported-yet"), &json!("fields of related records")));
}
