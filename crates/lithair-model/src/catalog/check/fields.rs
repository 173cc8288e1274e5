//! What a field declares goes together: its type, who sets it, what it is without a value.

use super::{Report, rules};
use crate::literal::literal_text;
use crate::{Auto, DefaultValue, Expr, FieldSchema, Kind, Literal, Normalizer, Value, literal_value};

/// Each field, by itself.
pub(super) fn check(report: &mut Report<'_>) {
    let mut sequences = 0;
    for (place, field) in report.schema.fields.iter().enumerate() {
        let mut wrong = Vec::new();
        values(field, &mut wrong);
        auto(field, &mut wrong);
        given("on_update", field.on_update.as_ref(), field, &mut wrong);
        sequences += usize::from(field.auto == Some(Auto::Sequence));
        if field.auto == Some(Auto::Sequence) && sequences > 1 {
            wrong.push("a model has one `sequence`".to_owned());
        }
        // By what is inside of a struct, lists are sorted.
        if field.sort && !is_comparable(&field.kind) && !matches!(field.kind, Kind::Struct(_)) {
            wrong.push(format!("a field of type {} cannot be sorted by", field.kind.word()));
        }
        wrong.into_iter().for_each(|detail| report.field(place, detail));
    }
}

/// What is said of the values of a field, or of a command's parameter, and of those inside of them.
pub(super) fn values(field: &FieldSchema, wrong: &mut Vec<String>) {
    decimal(field, wrong);
    given("default", field.default.as_ref(), field, wrong);
    example(field, wrong);
    normalizers(field, wrong);
    rules::check(field.rules, &field.kind, wrong);
    inside(&field.kind, wrong);
}

/// The fields of embedded structs and of variants, wherever they are in a type.
pub(super) fn inside(kind: &Kind, wrong: &mut Vec<String>) {
    match kind {
        Kind::Struct(schema) => members(schema.name, schema.fields, wrong),
        Kind::Enum(schema) => {
            schema.variants.iter().for_each(|variant| members(variant.name, variant.fields, wrong));
        }
        Kind::List(element) => inside(&element.kind, wrong),
        _ => {}
    }
}

fn members(owner: &str, fields: &[FieldSchema], wrong: &mut Vec<String>) {
    for field in fields {
        let mut own = Vec::new();
        values(field, &mut own);
        if matches!(field.default, Some(DefaultValue::Expr(Expr::Now(_)))) {
            own.push("`default = now()` is for fields of models".to_owned());
        }
        wrong.extend(own.into_iter().map(|detail| format!("`{owner}.{}`: {detail}", field.name)));
    }
}

/// Whether values of this type can be in a key: lists and free JSON have no order that callers would expect.
pub(crate) fn is_comparable(kind: &Kind) -> bool {
    match kind {
        Kind::List(_) | Kind::Json | Kind::Struct(_) => false,
        Kind::Enum(schema) => !schema.has_data(),
        _ => true,
    }
}

fn decimal(field: &FieldSchema, wrong: &mut Vec<String>) {
    let Some(decimal) = field.decimal else { return };
    let kind = match field.kind {
        Kind::List(element) => element.kind,
        kind => kind,
    };
    if !matches!(kind, Kind::Decimal) {
        wrong.push("`decimal(..)` is for decimals".to_owned());
    }
    if !(1..=28).contains(&decimal.precision) || decimal.scale > decimal.precision {
        wrong.push(format!(
            "`decimal({},{})`: 1 to 28 digits in all, and no more of them behind the point",
            decimal.precision, decimal.scale
        ));
    }
}

fn auto(field: &FieldSchema, wrong: &mut Vec<String>) {
    let Some(auto) = field.auto else { return };
    let (word, fits) = match auto {
        Auto::Uuid7 => ("uuid7", matches!(field.kind, Kind::Uuid)),
        Auto::Ulid => ("ulid", matches!(field.kind, Kind::Text)),
        Auto::Sequence => ("sequence", matches!(field.kind, Kind::Int { .. })),
        Auto::Created => ("created", matches!(field.kind, Kind::Timestamp)),
        Auto::Deleted => ("deleted", matches!(field.kind, Kind::Timestamp)),
        Auto::Updated => ("updated", matches!(field.kind, Kind::Timestamp)),
    };
    if !fits || field.optional != (auto == Auto::Deleted) {
        wrong.push(format!("`auto = {word}` does not give values of this type"));
    } else if matches!((auto, field.kind), (Auto::Sequence, Kind::Int { max, .. }) if max < i128::from(i32::MAX)) {
        wrong.push(
            "`auto = sequence` needs an integer of 32 bits or more: a create that is refused takes a number too"
                .to_owned(),
        );
    }
    if field.default.is_some() || field.on_update.is_some() {
        wrong.push(format!("`auto = {word}` and a default or `on_update` both give the value"));
    }
}

/// A value that the server gives, by `default` or `on_update`.
fn given(word: &str, value: Option<&DefaultValue>, field: &FieldSchema, wrong: &mut Vec<String>) {
    let Some(DefaultValue::Expr(expr)) = value else { return };
    match expr {
        Expr::Literal(literal) => constant(word, literal, field, wrong),
        Expr::Now(_) if matches!(field.kind, Kind::Timestamp | Kind::Date) => {}
        Expr::Now(_) => wrong.push(format!("`{word} = now()` is for timestamps and dates")),
        _ => wrong.push(format!("`{word}` is a literal, a variant or `now()`; for more there is `fn(path)`")),
    }
}

fn example(field: &FieldSchema, wrong: &mut Vec<String>) {
    if let Some(literal) = &field.example {
        constant("example", literal, field, wrong);
    }
}

/// The constant is a value of the field.
fn constant(word: &str, literal: &Literal, field: &FieldSchema, wrong: &mut Vec<String>) {
    match literal_value(literal, &field.kind) {
        Some(Value::Null) if !field.optional => {
            wrong.push(format!("`{word}` is null and the field is not optional"));
        }
        Some(Value::Decimal(number))
            if field.decimal.is_some_and(|declared| number.normalize().scale() > u32::from(declared.scale)) =>
        {
            wrong.push(format!("`{word} = {number}` has more places than declared"));
        }
        Some(_) => {}
        None => wrong.push(format!("`{word} = {}` is not of type {}", literal_text(literal), field.kind.word())),
    }
}

fn normalizers(field: &FieldSchema, wrong: &mut Vec<String>) {
    if field.normalizers.is_empty() || is_text(&field.kind) {
        return;
    }
    let words: Vec<&str> = field.normalizers.iter().map(word).collect();
    wrong.push(format!("`normalize({})` is for texts", words.join(", ")));
}

/// A text, or a list of texts however deep.
fn is_text(kind: &Kind) -> bool {
    match kind {
        Kind::List(element) => is_text(&element.kind),
        kind => matches!(kind, Kind::Text),
    }
}

fn word(normalizer: &Normalizer) -> &'static str {
    match normalizer {
        Normalizer::Trim => "trim",
        Normalizer::Lower => "lower",
        Normalizer::Nfc => "nfc",
    }
}
