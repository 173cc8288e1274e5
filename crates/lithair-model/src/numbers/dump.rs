//! Rows and keys as JSON for those who have a log and not the program that wrote it.
//!
//! What the log says of itself is enough: names and types of fields, and which of them are the key. Everything is shown,
//! also what callers of the API never see.

use minicbor::Decoder;
use minicbor::data::Type;

use super::{ModelNumbers, Numbers};
use crate::cbor::{self, Shape};
use crate::projection::{transcode, write_shape, write_text};
use crate::{CorruptRow, Key, KeyTerm, Kind, ModelId, decode_key};

/// How deep values may nest: an enum's data in a list, and then some.
const DEPTH_MAX: u8 = 16;

type Shown = Result<(), minicbor::decode::Error>;

impl Numbers {
    /// The table of the model with this number.
    pub fn table(&self, model: ModelId) -> Option<&str> {
        let live = self.models.iter().find(|(_, known)| known.id == model).map(|(table, _)| table.as_str());
        live.or_else(|| self.gone.get(&model).map(|(table, _)| table.as_str()))
    }

    /// A row or a patch as a JSON object by the fields' names in Rust. A field without a name is `#` and its number.
    ///
    /// # Errors
    /// The bytes are not a row.
    pub fn row_json(&self, model: ModelId, bytes: &[u8]) -> Result<String, CorruptRow> {
        let mut out = Vec::with_capacity(bytes.len() * 3);
        let mut reader = Decoder::new(bytes);
        for place in 0..cbor::definite(reader.map()?)? {
            out.push(if place == 0 { b'{' } else { b',' });
            let number = reader.u32()?;
            let known = self.by_id(model).and_then(|model| model.field(number));
            match known {
                Some((name, _)) => write_text(name, &mut out),
                None => write_text(&format!("#{number}"), &mut out),
            }
            out.push(b':');
            show(known.map_or("", |(_, word)| word), &mut reader, &mut out)?;
        }
        out.extend_from_slice(if out.is_empty() { b"{}" } else { b"}" });
        Ok(text(out))
    }

    /// A key as a JSON array of its fields' values; none for a key that takes the program to read (one with an enum).
    pub fn key_json(&self, model: ModelId, key: &Key) -> Option<String> {
        let kinds: Vec<Kind> = self.by_id(model)?.key_words()?.iter().map(|word| kind(word)).collect::<Option<_>>()?;
        let terms: Vec<KeyTerm> = kinds.iter().copied().map(KeyTerm::ascending).collect();
        let values = decode_key(&terms, key).ok()?;
        let mut out = Vec::new();
        for (place, (kind, value)) in kinds.iter().zip(&values).enumerate() {
            out.push(if place == 0 { b'[' } else { b',' });
            write_shape(Shape { kind, scale: None }, value, &mut out);
        }
        out.push(b']');
        Some(text(out))
    }

    fn by_id(&self, model: ModelId) -> Option<&ModelNumbers> {
        let live = self.models.values().find(|known| known.id == model);
        live.or_else(|| self.gone.get(&model).map(|(_, known)| known))
    }
}

impl ModelNumbers {
    /// The name and the type word of a field.
    fn field(&self, sought: u32) -> Option<(&str, &str)> {
        let found = self.fields.iter().find(|(_, (number, _))| *number == sought);
        let retired = || self.retired.get(&sought).map(|(name, word)| (name.as_str(), word.as_str()));
        found.map(|(name, (_, word))| (name.as_str(), word.as_str())).or_else(retired)
    }

    /// The type words of the key's fields, as the last schema that the log learned names them.
    fn key_words(&self) -> Option<Vec<&str>> {
        let document: serde_json::Value = serde_json::from_str(&self.document).ok()?;
        let names = document.get("key")?.as_array()?.iter();
        let words = names.map(|name| self.fields.get(name.as_str()?).map(|(_, word)| word.as_str()));
        words.collect::<Option<Vec<_>>>().filter(|words| !words.is_empty())
    }
}

fn text(json: Vec<u8>) -> String {
    String::from_utf8(json).expect("JSON that was written from texts is UTF-8")
}

/// The type that a word of the log means, for types whose values a word is enough to read.
fn kind(word: &str) -> Option<Kind> {
    let kinds = [
        Kind::Bool,
        Kind::Int { min: i64::MIN as i128, max: u64::MAX as i128 },
        Kind::Float { bits: 64 },
        Kind::Text,
        Kind::Decimal,
        Kind::Uuid,
        Kind::Timestamp,
        Kind::Date,
        Kind::Json,
    ];
    kinds.into_iter().find(|kind| kind.word() == word)
}

/// Shows the value at the reader; a list by its elements' word, an enum as it is stored.
fn show(word: &str, reader: &mut Decoder<'_>, out: &mut Vec<u8>) -> Shown {
    match (word.strip_prefix("array of "), kind(word)) {
        (Some(element), _) if reader.datatype()? == Type::Array => {
            elements(reader, out, |reader, out| show(element, reader, out))
        }
        (None, Some(kind)) => transcode(Shape { kind: &kind, scale: None }, reader, out),
        _ => as_stored(DEPTH_MAX, reader, out),
    }
}

fn elements(
    reader: &mut Decoder<'_>,
    out: &mut Vec<u8>,
    mut element: impl FnMut(&mut Decoder<'_>, &mut Vec<u8>) -> Shown,
) -> Shown {
    let length = cbor::definite(reader.array()?)?;
    out.push(b'[');
    for place in 0..length {
        if place > 0 {
            out.push(b',');
        }
        element(reader, out)?;
    }
    out.push(b']');
    Ok(())
}

/// Shows an embedded struct: the log has its fields' names.
fn members(depth: u8, reader: &mut Decoder<'_>, out: &mut Vec<u8>) -> Shown {
    out.push(b'{');
    for place in 0..cbor::definite(reader.map()?)? {
        if place > 0 {
            out.push(b',');
        }
        write_text(reader.str()?, out);
        out.push(b':');
        as_stored(depth, reader, out)?;
    }
    out.push(b'}');
    Ok(())
}

/// Shows a value by its CBOR type; bytes in hexadecimal.
fn as_stored(depth: u8, reader: &mut Decoder<'_>, out: &mut Vec<u8>) -> Shown {
    let kind = match reader.datatype()? {
        Type::Array => {
            let depth = depth.checked_sub(1).ok_or_else(|| minicbor::decode::Error::message("nested too deep"))?;
            return elements(reader, out, |reader, out| as_stored(depth, reader, out));
        }
        Type::Map => {
            let depth = depth.checked_sub(1).ok_or_else(|| minicbor::decode::Error::message("nested too deep"))?;
            return members(depth, reader, out);
        }
        Type::Bytes => {
            let hex: String = reader.bytes()?.iter().map(|byte| format!("{byte:02x}")).collect();
            write_text(&hex, out);
            return Ok(());
        }
        Type::Bool => Kind::Bool,
        Type::F64 => Kind::Float { bits: 64 },
        Type::String | Type::Null => Kind::Text,
        _ => Kind::Int { min: i64::MIN.into(), max: u64::MAX.into() },
    };
    transcode(Shape { kind: &kind, scale: None }, reader, out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::testing::{EVERY_KIND, any_record, every_kind};
    use crate::{Decimal, Json, KeyTerm, Kind, ModelId, Numbers, Value, encode_key};

    #[test]
    fn a_row_is_readable_without_the_program() {
        let model = every_kind();
        let patch = model.encode_patch(&[
            (2, Value::Int(-7)),
            (5, Value::Float(0.5)),
            (6, Value::Text("a\"b".into())),
            (8, Value::Decimal(Decimal::new(15, 1))),
            (10, Value::Timestamp("2026-01-31T12:00:00Z".parse().expect("is a moment"))),
            (12, Value::Text("red".into())),
            (13, Value::Variant("Box".into(), vec![Value::Int(1), Value::Null, Value::Null])),
            (14, Value::List(vec![Value::Text("x".into()), Value::Null])),
            (15, Value::Json(Json::parse("{\"a\":1}").expect("is JSON"))),
            (17, Value::Text("operators see it".into())),
        ]);
        let shown = Numbers::of(&[&EVERY_KIND]).row_json(model.id, &patch).expect("is a row");
        let expected = concat!(
            r#"{"whole":-7,"short_real":0.5,"text":"a\"b","price":"1.50","at":"2026-01-31T12:00:00Z","colour":"red","#,
            r#""shape":["Box",1,null,null],"tags":["x",null],"extra":{"a":1},"password":"operators see it"}"#
        );
        assert_eq!(shown, expected);
        let nameless = Numbers::new().row_json(model.id, &patch).expect("is a row");
        assert!(nameless.starts_with(r##"{"#2":-7,"#5":0.5,"##), "{nameless}");
    }

    #[test]
    fn a_key_is_readable_without_the_program() {
        let numbers = Numbers::of(&[&EVERY_KIND]);
        let term = [KeyTerm::ascending(Kind::Int { min: 0, max: 9 })];
        assert_eq!(numbers.key_json(ModelId(1), &encode_key(&term, [&Value::Int(7)])).as_deref(), Some("[7]"));
        assert_eq!(numbers.key_json(ModelId(2), &encode_key(&term, [&Value::Int(7)])), None);
        assert_eq!(numbers.table(ModelId(1)), Some("everythings"));
    }

    proptest! {
        #[test]
        fn every_row_is_shown_and_garbage_never_panics(
            values in any_record(), garbage in proptest::collection::vec(any::<u8>(), 0..60),
        ) {
            let (model, numbers) = (every_kind(), Numbers::of(&[&EVERY_KIND]));
            let shown = numbers.row_json(model.id, &model.encode_row(&values))?;
            prop_assert!(serde_json::from_str::<serde::de::IgnoredAny>(&shown).is_ok(), "{}", shown);
            let _ = numbers.row_json(model.id, &garbage);
        }
    }
}
