//! Rules as keywords of JSON Schema: those whose verdict a schema can give.

use lithair_model::{FieldSchema, Format, Kind, Literal, MASK_SIGN, Rule, RuleSchema};
use serde_json::{Value, json};

/// Adds the keywords of a field's rules.
pub(super) fn apply(field: &FieldSchema, schema: &mut Value) {
    // What a client sends is not yet what the rules will see.
    if field.normalizers.is_empty() {
        all(field.rules, &field.kind, schema);
    }
    if field.access.mask.is_some() {
        schema["not"] = json!({ "pattern": format!(r"^\s*{MASK_SIGN}") });
    }
}

fn all(rules: &[RuleSchema], kind: &Kind, schema: &mut Value) {
    for rule in rules.iter().filter(|rule| rule.condition.is_none()) {
        one(&rule.rule, kind, schema);
    }
}

fn one(rule: &Rule, kind: &Kind, schema: &mut Value) {
    match rule {
        Rule::Len { min, max } => {
            let (least, most) =
                if matches!(kind, Kind::List(_)) { ("minItems", "maxItems") } else { ("minLength", "maxLength") };
            schema[least] = (*min).into();
            if *max < u64::MAX {
                schema[most] = (*max).into();
            }
        }
        Rule::NonEmpty if matches!(kind, Kind::List(_)) => schema["minItems"] = 1.into(),
        Rule::NonEmpty if matches!(kind, Kind::Text) => pattern(r"[^\p{White_Space}]", schema),
        Rule::Range { min, max } => {
            bound("minimum", min.as_ref(), kind, schema);
            bound("maximum", max.as_ref(), kind, schema);
        }
        Rule::Greater(least) => bound("exclusiveMinimum", Some(least), kind, schema),
        Rule::Less(most) => bound("exclusiveMaximum", Some(most), kind, schema),
        Rule::MultipleOf(step) if matches!(kind, Kind::Int { .. }) => bound("multipleOf", Some(step), kind, schema),
        Rule::OneOf(literals) if matches!(kind, Kind::Text | Kind::Int { .. } | Kind::Bool) => {
            schema["enum"] = literals.iter().filter_map(constant).collect::<Vec<_>>().into();
        }
        Rule::Regex(text) => {
            if let Some(text) = portable(text) {
                pattern(text, schema);
            }
        }
        Rule::Format(format) => named(*format, schema),
        Rule::StartsWith(text) => pattern(&format!("^{}", escaped(text)), schema),
        Rule::EndsWith(text) => pattern(&format!("{}$", escaped(text)), schema),
        Rule::Contains(text) => pattern(&escaped(text), schema),
        Rule::UniqueItems => schema["uniqueItems"] = true.into(),
        Rule::Each(rules) => {
            if let Kind::List(element) = kind {
                // Null elements keep the rules of present ones out of `anyOf`.
                let items = if element.optional { &mut schema["items"]["anyOf"][0] } else { &mut schema["items"] };
                all(rules, &element.kind, items);
            }
        }
        // Said by nullability, or not to be said.
        Rule::Required
        | Rule::NonEmpty
        | Rule::Bytes { .. }
        | Rule::MultipleOf(_)
        | Rule::OneOf(_)
        | Rule::Past
        | Rule::Future
        | Rule::Json(_)
        | Rule::With { .. } => {}
    }
}

/// Numbers have bounds in JSON Schema; decimals, which may be texts, and dates do not.
fn bound(keyword: &str, literal: Option<&Literal>, kind: &Kind, schema: &mut Value) {
    let is_number = matches!(kind, Kind::Int { .. } | Kind::Float { .. });
    if let Some(value) = literal.and_then(constant).filter(|value| is_number && value.is_number()) {
        schema[keyword] = value;
    }
}

fn constant(literal: &Literal) -> Option<Value> {
    match literal {
        Literal::Bool(flag) => Some((*flag).into()),
        Literal::Int(number) => i64::try_from(*number).ok().map(Value::from),
        Literal::Number(text) => serde_json::from_str(text).ok(),
        Literal::Text(text) => Some((*text).into()),
        Literal::Null | Literal::Variant(_) => None,
    }
}

/// Adds a pattern; a schema has one, so further ones go in `allOf`.
fn pattern(text: &str, schema: &mut Value) {
    if schema.get("pattern").is_none() {
        schema["pattern"] = text.into();
        return;
    }
    let also = json!({ "pattern": text });
    match schema.get_mut("allOf").and_then(Value::as_array_mut) {
        Some(all) => all.push(also),
        None => schema["allOf"] = json!([also]),
    }
}

/// The regular expression, if it means the same in ECMA-262, which JSON Schema speaks: `\w`, `\d`, `\s` and `\b` know
/// all of Unicode here and only ASCII there, and groups with flags or names are written differently.
fn portable(text: &'static str) -> Option<&'static str> {
    let differs = [
        "(?", "[[", "&&", "--", "~~", r"\w", r"\W", r"\d", r"\D", r"\s", r"\S", r"\b", r"\B", r"\A", r"\z", r"\x",
        r"\u", r"\U", r"\p", r"\P", r"\a",
    ];
    (!differs.iter().any(|part| text.contains(part))).then_some(text)
}

fn escaped(text: &str) -> String {
    text.chars().fold(String::new(), |mut escaped, letter| {
        if r"\^$.|?*+()[]{}/".contains(letter) {
            escaped.push('\\');
        }
        escaped.push(letter);
        escaped
    })
}

/// Hours, minutes and seconds, with at most microseconds.
const TIME: &str = r"^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6}0*)?$";

fn named(format: Format, schema: &mut Value) {
    let word = match format {
        // Letters before the `@` are of any script (RFC 6531).
        Format::Email => "idn-email",
        Format::Url => "uri",
        Format::Uuid => "uuid",
        Format::Hostname => "hostname",
        Format::Date => "date",
        // The format `time` is that of RFC 3339 with an offset, which a time of the day does not have.
        Format::Time => return pattern(TIME, schema),
        Format::DateTime => "date-time",
        Format::Ip => return schema["anyOf"] = json!([{ "format": "ipv4" }, { "format": "ipv6" }]),
        Format::Phone => return pattern(r"^\+[0-9]{7,15}$", schema),
        Format::Slug => return pattern("^[a-z0-9]+(-[a-z0-9]+)*$", schema),
        Format::Iso4217 => return pattern("^[A-Z]{3}$", schema),
        Format::Iso3166 => return pattern("^[A-Z]{2}$", schema),
    };
    schema["format"] = word.into();
}
