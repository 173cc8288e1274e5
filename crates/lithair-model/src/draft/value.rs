//! One JSON value as a value of a field's kind. Numbers are read from their text, so nothing passes through a float that is none.

use std::borrow::Cow;

use serde_json::value::RawValue;

use super::mistyped::{digits, mistyped, not_finite, out_of_range, untagged};
use super::{DraftMode, absent_member, object, pointer, required, strict, violation};
use crate::exact::exact_decimal;
use crate::{
    Decimal, DecimalSchema, Element, EnumSchema, Exposure, FieldSchema, Json, Kind, NotJson, StructSchema, Timestamp,
    Value, Violation,
};

/// A value, or everything that is wrong with it and its parts, with pointers that begin at the value.
type Decoded = Result<Value, Vec<Violation>>;

/// What a field says of the values in it.
#[derive(Clone, Copy)]
struct Shape {
    kind: Kind,
    decimal: Option<DecimalSchema>,
    mode: DraftMode,
}

/// Decodes what a body says of a field. Pointers of violations begin at the value.
pub(super) fn decode(field: &FieldSchema, raw: &str, mode: DraftMode) -> Decoded {
    // `null` is one of the values that `Json` stands for, unless the field says what its absence is.
    let is_absent = raw == "null" && (field.optional || !matches!(field.kind, Kind::Json));
    if is_absent {
        return Ok(Value::Null);
    }
    Shape { kind: field.kind, decimal: field.decimal, mode }.decode(raw)
}

impl Shape {
    fn decode(self, raw: &str) -> Decoded {
        let one = match &self.kind {
            Kind::List(element) => return self.list(element, raw),
            Kind::Enum(schema) if schema.has_data() => return tagged(schema, raw, self.mode),
            Kind::Struct(schema) => return embedded(schema, raw, self.mode),
            Kind::Bool => match raw {
                "true" => Ok(Value::Bool(true)),
                "false" => Ok(Value::Bool(false)),
                _ => Err(mistyped(&self.kind, raw)),
            },
            Kind::Int { min, max } => self.integer(*min, *max, raw),
            Kind::Float { bits } => float(&self.kind, *bits, raw),
            Kind::Decimal => self.number(raw),
            Kind::Json => json(raw),
            Kind::Text | Kind::Uuid | Kind::Date | Kind::Timestamp | Kind::Enum(_) => {
                let value = text(raw).and_then(|text| self.of_text(text));
                value.ok_or_else(|| mistyped(&self.kind, raw))
            }
        };
        one.map_err(|violation| vec![violation])
    }

    fn of_text(self, text: Cow<'_, str>) -> Option<Value> {
        match &self.kind {
            Kind::Text => Some(Value::Text(text.into_owned())),
            Kind::Enum(schema) => {
                schema.variants.iter().any(|variant| variant.wire == text).then(|| Value::Text(text.into_owned()))
            }
            Kind::Timestamp => {
                let sql = || if self.mode == DraftMode::Import { sql_timestamp(&text) } else { None };
                text.parse().ok().or_else(sql).map(Value::Timestamp)
            }
            kind => crate::literal::text_value(&text, kind),
        }
    }

    /// An integer, also one that is written with a point or an exponent, as JSON Schema counts `1.0`.
    fn integer(self, min: i128, max: i128, raw: &str) -> Result<Value, Violation> {
        let is_whole = is_number(raw) && !raw.contains(['.', 'e', 'E']);
        let written = raw.parse().ok().filter(|_| is_whole);
        let number = written.or_else(|| {
            let number = exact_decimal(raw).filter(|number| number.fract().is_zero())?;
            i128::try_from(number.trunc()).ok()
        });
        match number {
            Some(number) if (min..=max).contains(&number) => Ok(Value::Int(number)),
            // Digits that no integer holds are a number out of range too.
            None if !is_whole => Err(mistyped(&self.kind, raw)),
            _ => Err(out_of_range(min, max)),
        }
    }

    /// A decimal as a number or as a text, with exactly the places that its field has; never rounded.
    fn number(self, raw: &str) -> Result<Value, Violation> {
        let written = text(raw).unwrap_or(Cow::Borrowed(raw));
        match (exact_decimal(&written), self.decimal) {
            (Some(number), Some(schema)) => {
                fit_decimal(number, schema).map(Value::Decimal).ok_or_else(|| digits(schema))
            }
            (Some(number), None) => Ok(Value::Decimal(number)),
            // A number with more digits than any decimal has.
            (None, Some(schema)) if is_number(&written) && serde_json::from_str::<&RawValue>(&written).is_ok() => {
                Err(digits(schema))
            }
            (None, _) => Err(mistyped(&self.kind, raw)),
        }
    }

    fn list(self, element: &Element, raw: &str) -> Decoded {
        let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(raw) else {
            return Err(vec![mistyped(&self.kind, raw)]);
        };
        let inner = Self { kind: element.kind, mode: whole(self.mode), ..self };
        let items = items.iter().enumerate().map(|(place, item)| match item.get() {
            "null" if element.optional => Ok(Value::Null),
            raw => inner.decode(raw).map_err(|wrong| below(&format!("/{place}"), wrong)),
        });
        all(items).map(Value::List)
    }
}

/// Violations of a part as violations of the whole.
pub(super) fn below(part: &str, mut violations: Vec<Violation>) -> Vec<Violation> {
    violations.iter_mut().for_each(|violation| violation.pointer.insert_str(0, part));
    violations
}

/// All values, or everything that is wrong with any of them.
fn all(decoded: impl Iterator<Item = Decoded>) -> Result<Vec<Value>, Vec<Violation>> {
    let (mut values, mut violations) = (Vec::new(), Vec::new());
    for one in decoded {
        match one {
            Ok(value) => values.push(value),
            Err(wrong) => violations.extend(wrong),
        }
    }
    if violations.is_empty() { Ok(values) } else { Err(violations) }
}

fn is_number(raw: &str) -> bool {
    raw.strip_prefix('-').unwrap_or(raw).starts_with(|c: char| c.is_ascii_digit())
}

/// What is stored is what the field's Rust type holds.
fn float(kind: &Kind, bits: u8, raw: &str) -> Result<Value, Violation> {
    if !is_number(raw) {
        return Err(mistyped(kind, raw));
    }
    let number = crate::literal::float(raw, bits).filter(|number| number.is_finite());
    number.map(Value::Float).ok_or_else(|| not_finite(bits))
}

/// The text of a JSON string; none for another value.
fn text(raw: &str) -> Option<Cow<'_, str>> {
    if raw.starts_with('"') { strict::unescaped(raw) } else { None }
}

fn json(raw: &str) -> Result<Value, Violation> {
    match Json::parse(raw) {
        Ok(json) => Ok(Value::Json(json)),
        Err(NotJson::TooDeep) => Err(violation("", "depth", NotJson::TooDeep.to_string())),
        Err(NotJson::Malformed(_)) => Err(mistyped(&Kind::Json, raw)),
    }
}

/// `2026-01-31 12:00:00`, as databases write a time: UTC.
fn sql_timestamp(text: &str) -> Option<Timestamp> {
    let (date, time) = text.split_once(' ')?;
    format!("{date}T{time}Z").parse().ok()
}

/// An object tagged by `type`, with the variant's fields.
fn tagged(schema: &'static EnumSchema, raw: &str, mode: DraftMode) -> Decoded {
    let Some(members) = object::of_value(raw) else { return Err(vec![untagged(raw)]) };
    let Some((_, tag)) = members.iter().find(|(name, _)| name == "type") else {
        return Err(vec![required("/type")]);
    };
    let word = text(tag);
    let Some(variant) = schema.variants.iter().find(|variant| Some(variant.wire) == word.as_deref()) else {
        return Err(vec![Violation { pointer: "/type".to_owned(), ..mistyped(&Kind::Enum(schema), tag) }]);
    };
    let strangers = strangers((variant.wire, variant.fields), Some("type"), &members);
    let values = all(variant.fields.iter().map(|field| member(field, &members, whole(mode))));
    known(strangers, values).map(|values| Value::Variant(variant.wire.into(), values))
}

/// An object with the fields of an embedded struct. A patch gives those that it changes.
fn embedded(schema: &'static StructSchema, raw: &str, mode: DraftMode) -> Decoded {
    let Some(members) = object::of_value(raw) else { return Err(vec![mistyped(&Kind::Struct(schema), raw)]) };
    let strangers = strangers((schema.name, schema.fields), None, &members);
    if mode != DraftMode::Patch {
        let values = all(schema.fields.iter().map(|field| member(field, &members, mode)));
        return known(strangers, values).map(Value::Struct);
    }
    let is_given = |field: &FieldSchema| members.iter().any(|(name, _)| name == field.wire);
    let given: Vec<_> = schema.fields.iter().enumerate().filter(|(_, field)| is_given(field)).collect();
    let values = all(given.iter().map(|(_, field)| member(field, &members, mode)));
    let places = given.iter().map(|(place, _)| *place);
    known(strangers, values).map(|values| Value::Members(places.zip(values).collect()))
}

/// The values, unless there are members that are no fields.
fn known(strangers: Vec<Violation>, values: Result<Vec<Value>, Vec<Violation>>) -> Result<Vec<Value>, Vec<Violation>> {
    match values {
        Ok(values) if strangers.is_empty() => Ok(values),
        values => Err(strangers.into_iter().chain(values.err().unwrap_or_default()).collect()),
    }
}

/// A patch replaces a list, and the data of a variant, as one value: what is inside is given whole.
fn whole(mode: DraftMode) -> DraftMode {
    if mode == DraftMode::Patch { DraftMode::Replace } else { mode }
}

/// Members that are no fields of the struct or variant of this name.
fn strangers(
    (owner, fields): (&str, &'static [FieldSchema]),
    tag: Option<&str>,
    members: &object::Members<'_>,
) -> Vec<Violation> {
    let open = || fields.iter().filter(|field| field.exposure != Exposure::Hidden);
    let is_stranger = |name: &str| Some(name) != tag && !open().any(|field| field.wire == name);
    let told = |(name, _): &(Cow<'_, str>, &str)| {
        let near = crate::nearest(name, open().map(|field| field.wire));
        let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        let detail = format!("this is not a field of {owner}{hint}");
        violation(&pointer(name), "unknown_field", detail)
    };
    members.iter().filter(|(name, _)| is_stranger(name)).map(told).collect()
}

fn member(field: &FieldSchema, members: &object::Members<'_>, mode: DraftMode) -> Decoded {
    let given = members.iter().find(|(name, _)| name == field.wire);
    let absent = || Ok(absent_member(field));
    let decoded = given.map_or_else(absent, |(_, raw)| decode(field, raw, mode));
    let decoded = match decoded {
        Ok(Value::Null) if !field.optional => Err(vec![required("")]),
        other => other,
    };
    decoded.map_err(|wrong| below(&pointer(field.wire), wrong))
}

/// The number with exactly the places its field has, never rounded; none if it has more digits than the field.
pub(crate) fn fit_decimal(mut number: Decimal, schema: DecimalSchema) -> Option<Decimal> {
    let (places, whole) = (u32::from(schema.scale), u32::from(schema.precision - schema.scale));
    let is_exact = number.scale() <= places || number.normalize().scale() <= places;
    let whole_digits = number.trunc().mantissa().unsigned_abs().checked_ilog10().map_or(0, |digits| digits + 1);
    if !is_exact || whole_digits > whole {
        return None;
    }
    number.rescale(places);
    Some(number)
}
