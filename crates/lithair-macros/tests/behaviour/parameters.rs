//! The parameters of a command: fields of a form, which is decoded and judged like a model's.

use std::convert::Infallible;

use lithair_core::__private::*;
use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Parcel {
    #[db(primary_key, auto = sequence)]
    number: i64,
    weight: Decimal,
}

#[commands]
impl Parcel {
    /// Weighs the parcel.
    #[command]
    fn weigh(
        &mut self,
        _cx: &Context,
        #[db(decimal(6, 2), default = 1)] weight: Decimal,
        #[http(rename = "place", normalize(trim, lower), validate(len(1..=5)), example = "basel")] whereabouts: String,
        #[http(deprecated = "nobody reads it")] note: Option<String>,
    ) -> Result<(), Infallible> {
        let _ = (whereabouts, note);
        self.weight = weight;
        Ok(())
    }
}

fn catalog() -> Catalog {
    Catalog::new(vec![Parcel::SCHEMA], &Numbers::of(&[Parcel::SCHEMA])).expect("the schema is right")
}

/// The values that a body gives, the defaults of those that it leaves out, and everything that is wrong.
fn sent(body: &str) -> Result<Vec<Value>, Vec<Violation>> {
    let catalog = catalog();
    let form = &catalog.models[0].inputs[0];
    let draft = decode_draft(form, body.as_bytes(), DraftMode::Create, &|_| None);
    let draft = draft.map_err(|error| match error {
        DraftError::Invalid(violations) => violations,
        DraftError::Malformed { detail, .. } => panic!("{detail}"),
    })?;
    let given = |place: usize| {
        draft.fields.iter().find_map(|(given, supplied)| match supplied {
            Supplied::Value(value) if *given == place => Some(value.clone()),
            _ => None,
        })
    };
    let default = |place| default_of(form, place, Timestamp::MIN).unwrap_or(Value::Null);
    let values: Vec<Value> = (0..3).map(|place| given(place).unwrap_or_else(|| default(place))).collect();
    let violations = judge(form, &values, Timestamp::MIN);
    if violations.is_empty() { Ok(values) } else { Err(violations) }
}

#[test]
fn what_is_declared_of_a_parameter_holds() {
    let text = |text: &str| Value::Text(text.to_owned());
    let decimal = |text: &str| Value::Decimal(text.parse().expect("a decimal"));
    assert_eq!(sent(r#"{"place": " Bern "}"#), Ok(vec![decimal("1.00"), text("bern"), Value::Null]));
    assert_eq!(sent(r#"{"weight": 2.5, "place": "a", "note": ""}"#), Ok(vec![decimal("2.50"), text("a"), text("")]));
    let pointers = |body: &str| -> Vec<String> {
        sent(body).expect_err("it is wrong").into_iter().map(|violation| violation.pointer).collect()
    };
    assert_eq!(pointers(r#"{"place": "Winterthur"}"#), ["/place"]);
    assert_eq!(pointers(r#"{"weight": 0.125, "whereabouts": "a", "place": "a"}"#), ["/weight", "/whereabouts"]);
}

#[test]
fn what_is_declared_of_a_parameter_is_in_the_schema() {
    let fields = Parcel::SCHEMA.commands[0].input.fields;
    assert_eq!(fields[1].example, Some(Literal::Text("basel")));
    assert_eq!(fields[2].deprecated, Some("nobody reads it"));
}
