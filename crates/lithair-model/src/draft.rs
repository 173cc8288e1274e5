//! JSON bodies as drafts of records: typed, normalized, with everything that is wrong said at once.

mod mistyped;
pub(crate) mod object;
mod strict;
mod value;

pub(crate) use mistyped::digits;
use strict::Twice;
pub(crate) use value::fit_decimal;

use crate::validation::{normalize, violations_of_value};
use crate::{
    DefaultValue, Draft, Exposure, Expr, FieldSchema, Kind, ModelEntry, Mutability, Supplied, Timestamp, Value,
    Violation,
};

/// What a body is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DraftMode {
    /// A new record: what the server fills may not be there.
    Create,
    /// A whole record for one that exists. Keys and what the server fills may be there, for the decision to compare.
    Replace,
    /// Some fields of a record that exists (RFC 7396). As for `Replace`. What a value does to the one that is there, [`crate::merge_patch`]
    /// says.
    Patch,
    /// A whole record from elsewhere, with keys and what the server would have filled. Times may be written as SQL does, without
    /// an offset: they are UTC. `_rev`, which every export has, is passed over: it counts the changes of the record there.
    Import,
}

/// What is wrong with a body. The caller's doing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DraftError {
    /// Not a JSON object: not JSON, a name twice, nested too deep.
    Malformed {
        /// The byte of the body, at or just behind the fault.
        position: usize,
        /// What is wrong there.
        detail: String,
    },
    /// Fields that cannot be: all of them.
    Invalid(Vec<Violation>),
}

/// Finds what a text such as `"$a.id"` refers to; none for a plain text, and what is wrong with one that refers to nothing that is there.
pub type ResolveReference<'a> = dyn Fn(&str) -> Option<Result<Supplied, String>> + 'a;

/// The draft that a JSON object is.
///
/// On success the values have their fields' types and are normalized; rules are for [`crate::judge`], which sees the whole record. On
/// failure the broken rules of the fields that are well typed are told too, so that a caller mends everything in one go.
///
/// # Errors
/// The bytes are not a JSON object, or fields of it are unknown, not the caller's to set, or of another type.
pub fn decode_draft(
    model: &ModelEntry,
    bytes: &[u8],
    mode: DraftMode,
    resolve: &ResolveReference<'_>,
) -> Result<Draft, DraftError> {
    let members = object::of_body(bytes, |name| twice(model, name, mode))?;
    let mut draft = Draft { fields: Vec::with_capacity(members.len()), revision: None };
    let mut violations = Vec::new();
    // Where the next field stands if the body names them in their order, as most do: one comparison instead of a look-up.
    let mut next = 0;
    for (name, raw) in members {
        if name == "_rev" && mode != DraftMode::Create {
            match revision(raw) {
                Ok(revision) => draft.revision = (mode != DraftMode::Import).then_some(revision),
                Err(violation) => violations.push(violation),
            }
            continue;
        }
        // A body that was read can be sent back: what it says of itself is no field.
        if name == "_redacted"
            && mode != DraftMode::Create
            && model.schema.fields.iter().any(|field| field.access.is_narrower())
        {
            continue;
        }
        let is_next = model.schema.fields.get(next).is_some_and(|field| field.wire == name);
        let place = if is_next { Some(next) } else { model.by_wire(&name) };
        let Some(place) = place.filter(|&place| is_open(model, place)) else {
            violations.push(unknown_field(model, &name));
            continue;
        };
        next = place + 1;
        if mode == DraftMode::Create && is_servers(model, place) {
            violations.push(read_only(model, place));
            continue;
        }
        match supplied(&model.schema.fields[place], raw, mode, resolve) {
            Ok(value) => draft.fields.push((place, value)),
            Err(wrong) => violations.extend(wrong),
        }
    }
    draft.fields.sort_unstable_by_key(|(place, _)| *place);
    if violations.is_empty() {
        return Ok(draft);
    }
    add_what_else_is_wrong(model, &draft, mode, &mut violations);
    Err(DraftError::Invalid(violations))
}

fn supplied(
    field: &FieldSchema,
    raw: &str,
    mode: DraftMode,
    resolve: &ResolveReference<'_>,
) -> Result<Supplied, Vec<Violation>> {
    if (raw.starts_with("\"$") || raw.starts_with("\"\\u0024"))
        && let Some(reference) = strict::unescaped(raw).and_then(|text| resolve(&text))
    {
        return reference.map_err(|detail| vec![violation(&pointer(field.wire), "reference", detail)]);
    }
    let value = value::decode(field, raw, mode).map_err(|wrong| value::below(&pointer(field.wire), wrong))?;
    Ok(Supplied::Value(normalize(field, value)))
}

/// Whether a member's objects may have a name twice: where the text itself is the value. A merge patch of such a value is read.
fn twice(model: &ModelEntry, name: &str, mode: DraftMode) -> Twice {
    use crate::{Element, Kind};
    let place = model.by_wire(name).filter(|&place| is_open(model, place));
    match place.map(|place| model.schema.fields[place].kind) {
        Some(Kind::Json | Kind::List(Element { kind: Kind::Json, .. })) if mode != DraftMode::Patch => Twice::Kept,
        _ => Twice::Refused,
    }
}

/// Whether callers may know of the field.
fn is_open(model: &ModelEntry, place: usize) -> bool {
    model.schema.fields[place].exposure != Exposure::Hidden
}

/// Whether only the server sets the field.
pub fn is_servers(model: &ModelEntry, place: usize) -> bool {
    let field = &model.schema.fields[place];
    field.auto.is_some()
        || field.computed.is_some()
        || field.exposure == Exposure::ReadOnly
        || field.access.owner
        || model.schema.tenant == Some(place)
}

/// Other fields' broken rules and missing fields, so that all is said at once.
fn add_what_else_is_wrong(model: &ModelEntry, draft: &Draft, mode: DraftMode, violations: &mut Vec<Violation>) {
    let told: Vec<String> = violations.iter().map(|violation| violation.pointer.clone()).collect();
    for (place, supplied) in &draft.fields {
        if let Supplied::Value(value) = supplied {
            violations.extend(violations_of_value(model, *place, value));
        }
    }
    for (place, field) in model.schema.fields.iter().enumerate() {
        let at = pointer(field.wire);
        let is_told = told
            .iter()
            .any(|told| told.strip_prefix(&at).is_some_and(|rest| matches!(rest.get(..1), None | Some("/"))));
        let is_given = is_told || draft.fields.iter().any(|(given, _)| *given == place);
        if !is_given && is_missed(model, place, mode) {
            violations.push(required(&at));
        }
    }
}

/// Whether a body has to give the field.
fn is_missed(model: &ModelEntry, place: usize, mode: DraftMode) -> bool {
    let field = &model.schema.fields[place];
    let is_given = field.computed.is_some() || is_servers(model, place) && field.exposure == Exposure::Open;
    if field.optional || field.default.is_some() || is_given {
        return false;
    }
    let is_open = field.exposure == Exposure::Open;
    match mode {
        DraftMode::Create | DraftMode::Import => is_open || field.exposure == Exposure::WriteOnly,
        // The rest keeps its value.
        DraftMode::Replace => {
            let keeps = field.access.is_narrower() || field.access.update.is_some();
            is_open && field.mutability != Mutability::Immutable && !model.is_key(place) && !keeps
        }
        DraftMode::Patch => false,
    }
}

fn revision(raw: &str) -> Result<u64, Violation> {
    raw.parse().map_err(|_| violation("/_rev", "type", "expected the record's revision, a positive integer"))
}

pub(crate) fn violation(pointer: &str, code: &'static str, detail: impl Into<String>) -> Violation {
    Violation { pointer: pointer.to_owned(), code, detail: detail.into(), params: Vec::new() }
}

pub(crate) fn required(pointer: &str) -> Violation {
    violation(pointer, "required", "a value is required")
}

/// The violation of a caller that sets what the server sets.
pub fn read_only(model: &ModelEntry, place: usize) -> Violation {
    violation(&pointer(model.schema.fields[place].wire), "read_only", "the server sets this field")
}

fn unknown_field(model: &ModelEntry, name: &str) -> Violation {
    let near = model.nearest_wire(name).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    violation(&pointer(name), "unknown_field", format!("this is not a field of {}{near}", model.schema.name))
}

/// The pointer to a member (RFC 6901, 3).
pub(crate) fn pointer(name: &str) -> String {
    format!("/{}", name.replace('~', "~0").replace('/', "~1"))
}

/// A value of an event's field, from the JSON that was written of it.
pub(crate) fn event_value(field: &FieldSchema, raw: &str) -> Result<Value, String> {
    let wrong =
        |violations: Vec<Violation>| violations.into_iter().map(|wrong| wrong.detail).collect::<Vec<_>>().join("; ");
    value::decode(field, raw, DraftMode::Import).map_err(wrong)
}

/// A value that stands in free JSON, as the value of a field; or what is wrong, with pointers that begin at the value.
pub(crate) fn member_value(field: &FieldSchema, raw: &str) -> Result<Value, Vec<Violation>> {
    match value::decode(field, raw, DraftMode::Create)? {
        Value::Null if !field.optional => Err(vec![required("")]),
        value => Ok(value),
    }
}

/// The value of a field that a create leaves out, at a time of sealing; none if the field has no default.
pub fn default_of(model: &ModelEntry, place: usize, now: Timestamp) -> Option<Value> {
    let field = &model.schema.fields[place];
    given(field, field.default.as_ref()?, now)
}

/// The value that a change gives a field that it leaves alone, at a time of sealing; none if the field declares none.
pub fn on_update_of(model: &ModelEntry, place: usize, now: Timestamp) -> Option<Value> {
    let field = &model.schema.fields[place];
    given(field, field.on_update.as_ref()?, now)
}

/// What a field of an embedded struct, or of a variant, has that is left out: its default, which knows no time, or null.
pub(crate) fn absent_member(field: &FieldSchema) -> Value {
    let default = field.default.as_ref().and_then(|default| given(field, default, Timestamp::MIN));
    default.unwrap_or(Value::Null)
}

pub(crate) fn given(field: &FieldSchema, value: &DefaultValue, now: Timestamp) -> Option<Value> {
    let value = match value {
        DefaultValue::Function(make) => make(),
        DefaultValue::Expr(Expr::Now(offset)) => match field.kind {
            Kind::Date => Value::Date(now.plus_micros(*offset).date()),
            _ => Value::Timestamp(now.plus_micros(*offset)),
        },
        DefaultValue::Expr(expr) => crate::literal::constant(expr, &field.kind)?,
    };
    Some(tidy(field, value))
}

/// A value in the form that input has: normalized, with the digits that its field has.
pub(crate) fn tidy(field: &FieldSchema, value: Value) -> Value {
    with_digits(field, normalize(field, value))
}

/// A value with the digits that its field has. One that does not fit is left as it is, for the rules to refuse: nothing is rounded.
pub(crate) fn with_digits(field: &FieldSchema, value: Value) -> Value {
    match (value, field.decimal) {
        (Value::Decimal(number), Some(digits)) => Value::Decimal(fit_decimal(number, digits).unwrap_or(number)),
        (value, _) => value,
    }
}

#[cfg(test)]
mod tests;
