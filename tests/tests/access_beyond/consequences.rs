//! What is told of a record for which something is wrong that follows from another one.

use acceptance::who::{Who, check};
use lithair_core::prelude::*;
use lithair_core::testing::TestServer;
use serde_json::{Value, json};

const ANN: Who = Who::of("ann", &[]);
const BOSS: Who = Who::of("bo", &["Boss"]);

/// Who does not see it may change what it comes to.
#[derive(DeclarativeModel)]
#[permission(read = is_known || role(Boss), write = role(Boss))]
#[db(check(spent <= most, "the purse is empty", on = spent))]
struct Purse {
    #[db(primary_key, auto = sequence)]
    id: i64,
    is_known: bool,
    most: i64,
    #[relation(has_many = Payment, via = purse_id)]
    payments: Many<Payment>,
    #[computed(sum(payments.amount), stored)]
    spent: i64,
}

#[derive(DeclarativeModel)]
#[permission(all = authenticated)]
struct Payment {
    #[db(primary_key, auto = sequence)]
    id: i64,
    #[relation(belongs_to = Purse)]
    purse_id: i64,
    amount: i64,
}

fn told(server: &TestServer, who: Who, path: &str, body: &Value) -> (u16, Value, Value) {
    let answer = who.ask(&server.url(), "PATCH", path, body);
    let problem = answer.json().expect("is JSON");
    (answer.status, problem["errors"][0]["pointer"].clone(), problem["errors"][0]["detail"].clone())
}

#[test]
fn what_follows_for_another_record_is_told_to_who_sees_it_in_words_of_its_model() {
    let server = TestServer::start(DeclarativeServer::new("127.0.0.1:0").model::<Purse>().model::<Payment>());
    for (number, is_known) in [(1, true), (2, false)] {
        check(&BOSS.ask(&server.url(), "POST", "/api/purses", &json!({ "is_known": is_known, "most": 10 })), "201");
        let payment = json!({ "purse_id": number, "amount": 5 });
        check(&BOSS.ask(&server.url(), "POST", "/api/payments", &payment), "201");
    }
    let too_much = json!({ "amount": 11 });
    let elsewhere = (422, json!(""), json!("Purse/spent: the purse is empty"));
    assert_eq!(told(&server, ANN, "/api/payments/1", &too_much), elsewhere);
    assert_eq!(told(&server, BOSS, "/api/payments/2", &too_much), elsewhere, "whoever sees it is told");
    assert_eq!(told(&server, ANN, "/api/payments/2", &too_much), (403, Value::Null, Value::Null));
    // Of the record that is asked for, the place.
    let place = (422, json!("/spent"), json!("the purse is empty"));
    assert_eq!(told(&server, BOSS, "/api/purses/1", &json!({ "most": 1 })), place);
}
