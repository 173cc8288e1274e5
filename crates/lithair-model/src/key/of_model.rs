//! The keys of a model: of its records, constraints, indexes and references, and their text in paths.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use unicase::UniCase;
use unicode_normalization::UnicodeNormalization;

use super::{CorruptKey, Key, KeyTerm, decode_key, encode_key};
use crate::{Kind, ModelEntry, Row, Value, Violation, literal};

/// What a part of a key is written as in a path: everything but the unreserved characters of RFC 3986, 2.3.
const PART: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl ModelEntry {
    /// The primary key of a record, from the values of all of its fields.
    pub fn key_of(&self, values: &[Value]) -> Key {
        encode_key(&self.key_terms, self.schema.key.iter().map(|&place| &values[place]))
    }

    /// The primary key of a row.
    pub fn row_key(&self, row: &Row) -> Key {
        encode_key(&self.key_terms, self.schema.key.iter().map(|&place| self.field(row, place)))
    }

    /// The values of a primary key, in the order of the key's fields.
    ///
    /// # Errors
    /// The bytes are not a key of this model.
    pub fn key_values(&self, key: &Key) -> Result<Vec<Value>, CorruptKey> {
        decode_key(&self.key_terms, key)
    }

    /// The value that a record claims in a unique constraint (a place in the schema's uniques), from the values of all
    /// of its fields; none if one of the constraint's fields is null. Whether the constraint's condition holds is not asked.
    pub fn unique_key(&self, constraint: usize, values: &[Value]) -> Option<Key> {
        let schema = &self.schema.uniques[constraint];
        let terms = &self.unique_terms[constraint];
        if !schema.ignore_case {
            return present_key(terms, schema.fields, values);
        }
        let folded: Vec<Value> = schema.fields.iter().map(|&place| fold_case(&values[place])).collect();
        present_key(terms, &(0..folded.len()).collect::<Vec<_>>(), &folded)
    }

    /// The key of a record in an index (a place in the schema's indexes), from the values of all of its fields. The
    /// index itself appends the primary key, which keeps records with equal values apart.
    pub fn index_key(&self, index: usize, values: &[Value]) -> Key {
        let fields = self.schema.indexes[index].terms.iter().map(|term| self.value_at(values, term.field));
        encode_key(&self.index_terms[index], fields)
    }

    /// The primary key of the record that a record refers to by a relation (a place in the schema's relations), from
    /// the values of all of its fields; none if one of the relation's fields is null.
    pub fn relation_key(&self, relation: usize, values: &[Value]) -> Option<Key> {
        present_key(&self.relation_terms[relation], self.schema.relations[relation].fields, values)
    }

    /// The key that a segment of a path means: the parts of a composite key joined by `,`, each percent-encoded.
    ///
    /// # Errors
    /// The text is no key of this model, and so no record has it. The pointer names the field.
    pub fn parse_key(&self, segment: &str) -> Result<Key, Violation> {
        // A single key may contain a comma that a client did not encode.
        let count = self.key_terms.len();
        let parts: Vec<&str> = if count == 1 { vec![segment] } else { segment.split(',').collect() };
        if parts.len() != count {
            let detail = format!("expected {count} parts joined by commas, found {}", parts.len());
            return Err(violation(String::new(), detail));
        }
        let values = self.schema.key.iter().zip(parts).map(|(&place, part)| self.parse_part(place, part));
        Ok(encode_key(&self.key_terms, &values.collect::<Result<Vec<_>, _>>()?))
    }

    fn parse_part(&self, place: usize, part: &str) -> Result<Value, Violation> {
        let field = &self.schema.fields[place];
        let text = if part.contains('%') { percent_decode_str(part).decode_utf8().ok() } else { Some(part.into()) };
        let value = text.and_then(|text| parse_value(&field.kind, &text));
        value.ok_or_else(|| violation(format!("/{}", field.wire), format!("expected {}", field.kind.word())))
    }

    /// The key of a row, as a segment of a path.
    pub fn key_text(&self, row: &Row) -> String {
        join(self.schema.key.iter().map(|&place| value_text(&self.schema.fields[place].kind, &self.field(row, place))))
    }

    /// A key as a segment of a path.
    ///
    /// # Errors
    /// The bytes are not a key of this model.
    pub fn key_segment(&self, key: &Key) -> Result<String, CorruptKey> {
        let values = self.key_values(key)?;
        let parts = self.schema.key.iter().zip(&values);
        Ok(join(parts.map(|(&place, value)| value_text(&self.schema.fields[place].kind, value))))
    }
}

/// The key of some of a record's fields, if all of them are there.
fn present_key(terms: &[KeyTerm], fields: &[usize], values: &[Value]) -> Option<Key> {
    let present = fields.iter().all(|&place| !matches!(values[place], Value::Null));
    present.then(|| encode_key(terms, fields.iter().map(|&place| &values[place])))
}

fn fold_case(value: &Value) -> Value {
    match value {
        Value::Text(text) => Value::Text(folded(text)),
        other => other.clone(),
    }
}

/// What texts that differ in case only have in common: full case folding of what is decomposed (Unicode, 3.13, D145), composed. `ß` is
/// `SS`, and `É` is `e` with an accent behind it.
fn folded(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    let decomposed: String = text.nfd().collect();
    UniCase::unicode(decomposed).to_folded_case().nfc().collect()
}

fn join(parts: impl Iterator<Item = String>) -> String {
    let mut joined = String::new();
    for (place, part) in parts.enumerate() {
        if place > 0 {
            joined.push(',');
        }
        joined.extend(utf8_percent_encode(&part, PART));
    }
    joined
}

fn violation(pointer: String, detail: String) -> Violation {
    Violation { pointer, code: "type", detail, params: Vec::new() }
}

/// The value that a text means where this type is expected; none for what cannot be a key.
fn parse_value(kind: &Kind, text: &str) -> Option<Value> {
    match kind {
        Kind::Bool => text.parse().ok().map(Value::Bool),
        Kind::Int { min, max } => {
            let number: i128 = canonical_integer(text)?.parse().ok()?;
            (min..=max).contains(&&number).then_some(Value::Int(number))
        }
        Kind::Float { bits } => literal::float(text, *bits).filter(|number| number.is_finite()).map(Value::Float),
        Kind::Enum(schema) if !schema.has_data() => {
            schema.variants.iter().any(|variant| variant.wire == text).then(|| Value::Text(text.to_owned()))
        }
        Kind::Enum(_) | Kind::Struct(_) | Kind::List(_) | Kind::Json => None,
        _ => literal::text_value(text, kind),
    }
}

/// `007` and `+7` are not `7`: a record has one address.
fn canonical_integer(text: &str) -> Option<&str> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let canonical = !digits.starts_with('0') && !digits.starts_with('+') || text == "0";
    canonical.then_some(text)
}

/// The text of a value that a key can have, before percent-encoding: what the record shows.
#[expect(clippy::cast_possible_truncation, reason = "a field of 32 bits has values of 32 bits")]
fn value_text(kind: &Kind, value: &Value) -> String {
    match value {
        Value::Float(number) if matches!(kind, Kind::Float { bits: 32 }) => (*number as f32).to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Text(text) => text.clone(),
        Value::Decimal(number) => number.to_string(),
        Value::Uuid(id) => id.to_string(),
        Value::Timestamp(moment) => moment.to_string(),
        Value::Date(date) => date.to_string(),
        // Not keys; the catalog refuses them.
        Value::Null | Value::List(_) | Value::Json(_) | Value::Variant(..) | Value::Struct(_) | Value::Members(_) => {
            String::new()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::folded;

    #[test]
    fn texts_that_differ_in_case_only_fold_to_one() {
        let same = [
            ["Straße", "STRASSE", "strasse"],
            ["ΌΣΟΣ", "όσος", "ο\u{301}σοσ"],
            ["Ada", "ADA", "ada"],
            ["É", "e\u{301}", "E\u{301}"],
            ["\u{fb03}", "FFI", "ffi"],
            ["ǰ", "J\u{30c}", "j\u{30c}"],
        ];
        for texts in same {
            assert!(texts.iter().all(|text| folded(text) == folded(texts[0])), "{texts:?}");
        }
        for [one, other] in [["ı", "i"], ["ö", "o"], ["a", "а"]] {
            assert_ne!(folded(one), folded(other), "another letter");
        }
    }
}
