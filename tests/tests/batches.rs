//! What each operation of a batch is answered.

use acceptance::{App, Client, Folder};
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_acceptance");

/// The results of a batch that is carried out: the status of each, and of its record what `field` holds.
fn results(client: &mut Client, field: &str, ops: &Value) -> Vec<(u64, Value)> {
    let answer = client.send("POST", "/api/_batch", &json!({ "ops": ops })).expect("answers");
    assert_eq!(answer.status, 200, "{}", answer.json());
    let results = answer.json()["results"].as_array().expect("results").clone();
    let result = |result: &Value| {
        let status = result["status"].as_u64().expect("a status");
        assert_eq!(result.get("location").is_some(), status == 201 && result.get("data").is_some(), "{result}");
        (status, result["data"][field].clone())
    };
    results.iter().map(result).collect()
}

/// What the batch came to for a record was the answer of all its operations on it: a delete was answered 201.
#[test]
fn each_operation_is_answered_for_what_it_was_asked() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "batches-answers");
    let app = App::start(BINARY, &folder.join("data")).expect("starts");
    let client = &mut app.client();
    let create =
        json!({"op": "create", "collection": "currencies", "ref": "c", "data": {"code": "EUR", "name": "euro"}});
    let patch = json!({"op": "patch", "collection": "currencies", "id": "EUR", "data": {"name": "Euro"}});
    let replace = json!({"op": "replace", "collection": "currencies", "id": "EUR", "data": {"name": "EURO"}});
    let delete = json!({"op": "delete", "collection": "currencies", "id": "EUR"});
    let null = Value::Null;

    let gone = results(client, "name", &json!([create, delete]));
    assert_eq!(gone, [(201, null.clone()), (204, null.clone())], "there is nothing of it to show");
    let made = results(client, "name", &json!([create, patch]));
    assert_eq!(made, [(201, json!("Euro")), (200, json!("Euro"))], "records are shown as the batch left them");
    let changed = results(client, "name", &json!([replace, delete]));
    assert_eq!(changed, [(200, null.clone()), (204, null.clone())]);
    results(client, "name", &json!([create]));
    let again = results(client, "name", &json!([delete, create]));
    assert_eq!(again, [(204, null.clone()), (201, json!("euro"))], "it is there as it was: still each as asked");
    let same = results(client, "name", &json!([{"op": "patch", "collection": "currencies", "id": "EUR", "data": {}}]));
    assert_eq!(same, [(200, json!("euro"))]);

    let story = json!({"op": "create", "collection": "stories", "data": {"number": 1, "title": "a", "tags": []}});
    let out_of_sight = json!({"op": "delete", "collection": "stories", "id": 1});
    let soft = results(client, "title", &json!([story, out_of_sight]));
    assert_eq!(soft, [(201, null.clone()), (204, null)], "what is deleted softly is not shown either");
}

#[test]
fn the_words_of_a_problem_name_the_same_place_as_its_pointer() {
    let folder = Folder::new(env!("CARGO_TARGET_TMPDIR"), "batches-words");
    let app = App::start(BINARY, &folder.join("data")).expect("starts");
    let bill = json!({"op": "create", "collection": "bills", "data": {"payer": "ada"}});
    let entry = json!({"op": "create", "collection": "entries", "data": {"bill_id": "?", "hours": 1, "rate": "1"}});
    let answer = app.client().send("POST", "/api/_batch", &json!({"ops": [bill, entry]})).expect("answers").json();
    let place = "/ops/1/data/bill_id";
    assert_eq!((&answer["index"], &answer["errors"][0]["pointer"]), (&json!(1), &json!(place)), "{answer}");
    assert!(answer["detail"].as_str().is_some_and(|detail| detail.starts_with(&format!("{place}: "))), "{answer}");
}
