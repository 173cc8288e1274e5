use lithair_core::model::{
    DraftMode, Predicate, Reader, Supplied, Timestamp, Value, decode_draft, parse_filter, parse_sort,
};

use super::models::CATALOG;

const RECORDS: [&str; 3] = [
    r#"{"id":1,"name":"","flag":true}"#,
    r#"{"id":2,"name":"É\u0000x","code":"A","tiny":-128,"huge":18446744073709551615,"float":0.5,"double":1e300,"price":"12.500","at":"2026-01-31T12:00:00Z","day":"2026-01-31","low":-1,"high":7,"level":"High"}"#,
    r#"{"id":3,"name":"z","uuid":"00000000-0000-7000-8000-000000000000","shape":{"type":"Circle","radius":2.5},"tags":["a","b"],"document":{"a":[1]}}"#,
];

/// Any text is a filter, or an error that points into it; a filter means the same after it was negated twice. Any text is an
/// order, or an error.
///
/// # Panics
/// If not.
pub fn filter(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let model = &CATALOG.models[0];
    if let Err(error) = parse_sort(model, &text) {
        assert!(error.position <= text.len(), "{error:?} points into {text:?}");
    }
    let predicate = match parse_filter(&Reader::system(&CATALOG), model, &text, 64 * 1024) {
        Ok(predicate) => predicate,
        Err(error) => {
            assert!(error.position <= text.len(), "{error:?} points into {text:?}");
            return;
        }
    };
    let twice = Predicate::Not(Box::new(Predicate::Not(Box::new(predicate.clone()))));
    for record in RECORDS {
        let values = values(record);
        let now = Timestamp::from_micros(1_769_860_800_000_000);
        let found = predicate.matches(values.as_slice(), now);
        assert_eq!(twice.matches(values.as_slice(), now), found, "{text:?} of {record}");
        assert_eq!(predicate.clone().fixed(now).matches(values.as_slice(), now), found, "{text:?} of {record}");
    }
}

fn values(record: &str) -> Vec<Value> {
    let model = &CATALOG.models[0];
    let draft = decode_draft(model, record.as_bytes(), DraftMode::Import, &|_| None).expect("the record is right");
    let mut values = vec![Value::Null; model.schema.fields.len()];
    for (place, supplied) in draft.fields {
        if let Supplied::Value(value) = supplied {
            values[place] = value;
        }
    }
    values
}
