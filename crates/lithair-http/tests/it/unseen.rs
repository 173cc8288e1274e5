//! What is not seen costs what is not there costs: counted in questions to the records, since time is no measure.

use lithair_model::{AccessSchema, Expr, FieldSchema, ModelSchema, Policy, PolicySchema, Right};

use crate::client::Service;

const OPEN: Policy = Policy::Test(Expr::Field("open"));

/// Seen where it is open.
static PAPER: ModelSchema = ModelSchema {
    name: "Paper",
    table: "papers",
    path: "papers",
    fields: &[FieldSchema::of::<i64>("id"), FieldSchema::of::<bool>("open")],
    key: &[0],
    access: AccessSchema::Rules(&PolicySchema {
        rules: &[
            (Right::Read, OPEN),
            (Right::Create, Policy::Public),
            (Right::Update, OPEN),
            (Right::History, Policy::Public),
        ],
        ..PolicySchema::CLOSED
    }),
    ..ModelSchema::PLAIN
};

#[test]
fn what_is_not_seen_costs_as_many_questions_as_what_is_not_there() {
    let service = Service::of(vec![&PAPER], |_| ());
    // The first is seen, so that counting counts something.
    for body in [r#"{"id":1,"open":true}"#, r#"{"id":2,"open":false}"#] {
        let made = service.send(&format!("POST /api/papers\n\n{body}"));
        assert_eq!(made.status, 201, "{}", made.text());
    }
    for (method, rest, body) in [
        ("GET", "", ""),
        ("HEAD", "", ""),
        ("GET", "?fields=open", ""),
        ("GET", "?rev=1", ""),
        ("GET", "?rev=9", ""),
        ("GET", "?as_of=2", ""),
        ("GET", "/history", ""),
        ("POST", ":restore", r#"{"rev":1}"#),
    ] {
        let ask = |key: u32| {
            service.backend.take_asked();
            let answer = service.send(&format!("{method} /api/papers/{key}{rest}\n\n{body}"));
            (answer.status, service.backend.take_asked())
        };
        let ((_, seen), (hidden, asked), (absent, asked_of_absent)) = (ask(1), ask(2), ask(77));
        assert!(!seen.is_empty(), "{method} {rest}");
        assert_eq!(asked, asked_of_absent, "{method} {rest}: {hidden} {absent}");
    }
}
