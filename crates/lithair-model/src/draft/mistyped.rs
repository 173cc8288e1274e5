//! The words for a value that is none of its field's type. Pointers begin at the value.

use super::violation;
use crate::{DecimalSchema, Kind, Violation};

/// A value of another type, or a text that does not mean a value of this one.
pub(super) fn mistyped(kind: &Kind, raw: &str) -> Violation {
    if let Kind::Enum(schema) = kind {
        let names: Vec<&str> = schema.variants.iter().map(|variant| variant.wire).collect();
        let near = crate::nearest(raw.trim_matches('"'), names.iter().copied());
        let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        return violation("", "enum", format!("expected one of {}{hint}", names.join(", ")));
    }
    let expected = match kind {
        // Finer times are none of ours and are not rounded.
        Kind::Timestamp => "an RFC 3339 time such as \"2026-01-31T12:00:00Z\", to the microsecond",
        Kind::Date => "a date such as \"2026-01-31\"",
        Kind::Decimal => "a decimal such as \"12.50\", of at most 28 digits",
        Kind::Uuid => "a UUID such as \"01890a5d-ac96-774b-bcce-b302099a8057\"",
        kind => kind.phrase(),
    };
    // For a text that should have been another text, the example says more than the type.
    let is_written_as_text = matches!(kind, Kind::Timestamp | Kind::Date | Kind::Decimal | Kind::Uuid);
    let detail = match found(raw) {
        // It would have been read: within a `Json` value, names may come twice.
        "an object" if matches!(kind, Kind::Struct(_)) => TWICE.to_owned(),
        "a string" if is_written_as_text => format!("expected {expected}"),
        "a number" if matches!(kind, Kind::Decimal) => format!("expected {expected}"),
        found => format!("expected {expected}, found {found}"),
    };
    violation("", "type", detail)
}

/// What is wrong with an object that cannot be read as one.
const TWICE: &str = "expected an object in which no name comes twice";

fn found(raw: &str) -> &'static str {
    match raw.as_bytes().first() {
        Some(b'"') => "a string",
        Some(b'{') => "an object",
        Some(b'[') => "an array",
        Some(b't' | b'f') => "a boolean",
        Some(b'n') => "null",
        _ => "a number",
    }
}

/// What should have been a variant with data.
pub(super) fn untagged(raw: &str) -> Violation {
    let detail = match found(raw) {
        "an object" => TWICE.to_owned(),
        found => format!("expected an object with a `type`, found {found}"),
    };
    violation("", "type", detail)
}

pub(super) fn out_of_range(min: i128, max: i128) -> Violation {
    let mut violation = violation("", "range", format!("expected an integer from {min} to {max}"));
    violation.params = vec![("min", min.to_string()), ("max", max.to_string())];
    violation
}

pub(super) fn not_finite(bits: u8) -> Violation {
    let max = if bits == 32 { f64::from(f32::MAX) } else { f64::MAX };
    let mut violation = violation("", "range", format!("expected a number that {bits} bits hold, at most {max:e}"));
    violation.params = vec![("min", format!("{:e}", -max)), ("max", format!("{max:e}"))];
    violation
}

/// More digits than the field has.
pub(crate) fn digits(DecimalSchema { precision, scale }: DecimalSchema) -> Violation {
    let detail = format!("expected at most {} digits before the point and {scale} after it", precision - scale);
    let mut violation = violation("", "decimal", detail);
    violation.params = vec![("precision", precision.to_string()), ("scale", scale.to_string())];
    violation
}
