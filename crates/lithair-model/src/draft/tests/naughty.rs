//! The Big List of Naughty Strings: texts that break programs come back as they were sent.

use crate::testing::{FIELDS, every_kind, test_data};
use crate::validation::format_takes;
use crate::{DraftError, DraftMode, Format, Supplied, Value, decode_draft, write_json};

#[test]
fn naughty_strings_come_back_byte_for_byte() {
    let Some(path) = test_data("naughty-strings.json") else { return };
    let strings: Vec<String> =
        serde_json::from_slice(&std::fs::read(path).expect("a file")).expect("an array of texts");
    assert!(strings.len() > 400);
    let model = every_kind();
    let place = model.by_wire("text").expect("a field");
    for text in &strings {
        let mut body = b"{\"text\":".to_vec();
        write_json(&FIELDS[place], &Value::Text(text.clone()), &mut body);
        body.push(b'}');
        let draft = decode_draft(&model, &body, DraftMode::Patch, &|_| None).expect("a text is taken");
        match &draft.fields[..] {
            [(field, Supplied::Value(Value::Text(sent)))] => assert_eq!((*field, sent), (place, text)),
            other => panic!("{text:?}: {other:?}"),
        }
        // As any other type, and as a name, it is refused in words or taken; it never panics.
        for field in model.schema.fields {
            let body = String::from_utf8(body.clone()).expect("JSON is text").replacen("text", field.wire, 1);
            let _either = decode_draft(&model, body.as_bytes(), DraftMode::Import, &|_| None);
        }
        let name = String::from_utf8(body).expect("JSON is text").replacen("\"text\":", "", 1);
        let name = format!("{}:1}}", name.strip_suffix('}').expect("an object"));
        let refused = decode_draft(&model, name.as_bytes(), DraftMode::Create, &|_| None).expect_err("no such field");
        assert!(matches!(refused, DraftError::Invalid(_)), "{name}: {refused:?}");
        for format in FORMATS {
            format_takes(format, text);
        }
    }
}

const FORMATS: [Format; 12] = [
    Format::Email,
    Format::Url,
    Format::Uuid,
    Format::Phone,
    Format::Ip,
    Format::Hostname,
    Format::Slug,
    Format::Date,
    Format::Time,
    Format::DateTime,
    Format::Iso4217,
    Format::Iso3166,
];
