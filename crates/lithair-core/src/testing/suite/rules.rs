//! Every rule, below, at and above its boundary; and conditions over whole records.

use lithair_model::{
    CheckSchema, Decimal, DecimalSchema, FieldSchema, Kind, ModelEntry, Mutability, OperationKind, Rule, RuleSchema,
    Value,
};
use serde_json::{Value as Document, json};

use super::{Suite, ensure, expect, json as body_of, points_at};
use crate::testing::factory::{broken, fitted, json_of, members, now, numbers, texts, writable};
use crate::testing::json_schema;
use crate::testing::verdict::{self, Verdict};

/// Each probe of each field, alone in a record that is valid otherwise.
pub(super) fn test(suite: &mut Suite, model: usize) -> Result<(), String> {
    if !suite.offers(model, &[OperationKind::Create]) {
        return Ok(());
    }
    let places: Vec<usize> = writable(suite.model(model)).collect();
    for place in places {
        let field = &suite.schema(model).fields[place];
        let is_reference = suite.schema(model).relations.iter().any(|relation| relation.fields.contains(&place));
        if is_reference {
            continue;
        }
        for probe in probes(suite, field) {
            one(suite, model, place, &probe)?;
        }
        wrong_types(suite, model, field)?;
    }
    Ok(())
}

/// Values at and around what the rules of a field name.
fn probes(suite: &mut Suite, field: &FieldSchema) -> Vec<Value> {
    let mut probes = Vec::new();
    if !field.optional || field.rules.iter().any(|rule| matches!(rule.rule, Rule::Required)) {
        probes.push(Value::Null);
    }
    if field.rules.iter().any(|rule| matches!(rule.rule, Rule::Each(_)))
        && let Kind::List(element) = &field.kind
    {
        let rules = field.rules.iter().find_map(|rule| match rule.rule {
            Rule::Each(rules) => Some(rules),
            _ => None,
        });
        let element =
            FieldSchema { kind: element.kind, rules: rules.unwrap_or_default(), ..FieldSchema::of::<bool>("element") };
        probes.extend(of_rules(suite, &element).into_iter().map(|value| Value::List(vec![value])));
    }
    probes.extend(of_rules(suite, field));
    probes.extend(inside(suite, field));
    probes
}

/// Values that are as they should be but for one thing inside of them: of embedded structs, variants, lists of such, and free JSON that
/// fits one.
fn inside(suite: &mut Suite, field: &FieldSchema) -> Vec<Value> {
    match field.kind {
        Kind::Struct(schema) => in_members(suite, schema.fields, Value::Struct),
        Kind::Enum(schema) => {
            let variants = schema.variants.iter();
            variants
                .flat_map(|variant| {
                    in_members(suite, variant.fields, |values| Value::Variant(variant.wire.into(), values))
                })
                .collect()
        }
        Kind::List(element) => {
            let element = FieldSchema { kind: element.kind, ..FieldSchema::of::<bool>("element") };
            inside(suite, &element).into_iter().map(|value| Value::List(vec![value])).collect()
        }
        Kind::Json => {
            let Some(element) = fitted(field) else { return Vec::new() };
            let element = FieldSchema { kind: element.kind, ..FieldSchema::of::<bool>("element") };
            let probes = inside(suite, &element);
            let json = |value: &Value| lithair_model::Json::parse(&json_of(&element, value).to_string()).ok();
            probes.iter().filter_map(json).map(Value::Json).collect()
        }
        _ => Vec::new(),
    }
}

/// One probe of one field each; the others are valid.
fn in_members(suite: &mut Suite, fields: &'static [FieldSchema], make: impl Fn(Vec<Value>) -> Value) -> Vec<Value> {
    let mut found = Vec::new();
    for (place, inner) in fields.iter().enumerate() {
        for probe in probes(suite, inner) {
            let Some(mut values) = members(fields, &mut suite.random) else { continue };
            values[place] = lithair_model::normalize(inner, probe);
            found.push(make(values));
        }
    }
    found
}

fn of_rules(suite: &mut Suite, field: &FieldSchema) -> Vec<Value> {
    let unit = numbers::unit(field);
    let around = |bound: Decimal| [bound - unit, bound, bound + unit];
    let bounds = numbers::bounds(field.rules, &field.kind);
    let mut probes: Vec<Value> =
        bounds.into_iter().flat_map(around).filter_map(|number| numbers::to_value(number, field)).collect();
    for rule in field.rules {
        match &rule.rule {
            Rule::Len { min, max } | Rule::Bytes { min, max } => {
                let lengths = [min.saturating_sub(1), *min, *max, max.saturating_add(1)];
                probes.extend(
                    lengths
                        .into_iter()
                        .filter(|length| *length <= 20_000)
                        .filter_map(|length| sized(suite, field, length)),
                );
            }
            Rule::NonEmpty => {
                probes.extend([Value::Text(String::new()), Value::Text("  ".to_owned()), Value::List(Vec::new())])
            }
            Rule::MultipleOf(_) => {
                let half = unit / Decimal::from(2);
                probes.extend(
                    [unit, half, unit + Decimal::ONE, unit - Decimal::ONE]
                        .into_iter()
                        .filter_map(|number| numbers::to_value(number, field)),
                );
            }
            Rule::OneOf(literals) => {
                probes.extend(literals.iter().filter_map(|literal| lithair_model::literal_value(literal, &field.kind)));
                probes.push(Value::Text("none-of-these".to_owned()));
            }
            Rule::Format(format) => probes.push(Value::Text(texts::misshaped(*format).to_owned())),
            Rule::StartsWith(part) | Rule::EndsWith(part) | Rule::Contains(part) => {
                // Each breaks one of these rules and leaves the others alone, as far as the parts allow it.
                let text = texts::any(field, &mut suite.random);
                let texts = [format!("x{text}"), format!("{text}x"), text.replace(part, ""), text, (*part).to_owned()];
                probes.extend(texts.map(Value::Text));
            }
            Rule::Regex(_) => probes.extend(["", "~", "A A", "0", "\u{1}"].map(|text| Value::Text(text.to_owned()))),
            Rule::UniqueItems => {
                if let Kind::List(element) = &field.kind
                    && let Some(item) = twin(element.kind)
                {
                    probes.push(Value::List(vec![item.clone(), item]));
                }
            }
            Rule::Past | Rule::Future => {
                const DAY_MICROS: i64 = 86_400_000_000;
                let moments = [now().plus_micros(-DAY_MICROS), now().plus_micros(DAY_MICROS)];
                probes.extend(moments.map(|moment| match field.kind {
                    Kind::Date => Value::Date(lithair_model::Date::from_days(
                        moment.date().days() + moment.micros().signum() as i32 - 1,
                    )),
                    _ => Value::Timestamp(moment),
                }));
            }
            _ => {}
        }
    }
    let is_typed = |value: &Value| match value {
        Value::Text(_) => matches!(field.kind, Kind::Text),
        Value::List(_) => matches!(field.kind, Kind::List(_)),
        _ => true,
    };
    probes.retain(is_typed);
    probes
}

fn sized(suite: &mut Suite, field: &FieldSchema, length: u64) -> Option<Value> {
    match &field.kind {
        Kind::Text => Some(Value::Text(texts::letters(length, &mut suite.random))),
        Kind::List(element) => {
            let items = (0..length).map(|place| match element.kind {
                Kind::Text => Some(Value::Text(format!("item{place}"))),
                Kind::Int { .. } => Some(Value::Int(place.into())),
                _ => None,
            });
            items.collect::<Option<Vec<_>>>().map(Value::List)
        }
        _ => None,
    }
}

fn twin(kind: Kind) -> Option<Value> {
    match kind {
        Kind::Text => Some(Value::Text("twin".to_owned())),
        Kind::Int { .. } => Some(Value::Int(2)),
        _ => None,
    }
}

/// Sends a record with this value, new and as a change, and compares with what the rules say.
fn one(suite: &mut Suite, model: usize, place: usize, probe: &Value) -> Result<(), String> {
    let field = &suite.schema(model).fields[place];
    let probe = &lithair_model::normalize(field, probe.clone());
    let mut values = suite.draw(model, &[], &|_, _| true, 8)?;
    values[place] = probe.clone();
    let mut verdict = verdict::of(field, probe);
    let mut computed = values.clone();
    let mut told = suite.model(model).compute_own(&mut computed);
    told.extend(lithair_model::judge(suite.model(model), &computed, now()));
    let at = format!("/{}", field.wire);
    let is_known = verdict != Verdict::Unknown;
    if !is_known {
        let breaks = told.iter().any(|violation| violation.code != "check" && violation.pointer.starts_with(&at));
        verdict = if breaks { Verdict::Breaks } else { Verdict::Keeps };
    }
    let body = suite.factory.json(model, &values);
    let (collection, what) = (suite.collection(model), format!("{} = {}", field.wire, json_of(field, probe)));
    let answer = suite.send("POST", &collection, Some(&body))?;
    by_schema(suite, model, &body, answer.status, &what)?;
    // A record may break a check, or be refused by code; the field's rules are what is asked here.
    match verdict {
        Verdict::Breaks => {
            refused(&answer, field, &format!("POST {what}"))?;
            let is_taken = is_sayable(field) && accepts(suite, model, &body)?;
            ensure(!is_taken, || format!("{what} breaks a rule, and OpenAPI's schema takes it"))?;
            let expected = told.iter().filter(|violation| violation.pointer.starts_with(&at));
            same_codes(&answer, &at, expected.map(|violation| violation.code).collect(), &what)?;
        }
        Verdict::Keeps if is_known => only_checks(&answer, &at, &what)?,
        // What other records come to is not known here.
        _ if has_late_check(suite.model(model), place) => only_checks(&answer, &at, &what)?,
        // The rules that break are named, and no others.
        _ if !broken(suite.model(model), &values, now()).is_empty() => {
            let expected = told.iter().filter(|violation| violation.pointer.starts_with(&at));
            same_codes(&answer, &at, expected.map(|violation| violation.code).collect(), &what)?;
        }
        _ => ensure(!points_at(&answer, field.wire), || {
            format!("POST {what} keeps its rules and is refused: {}", body_of(&answer))
        })?,
    }
    if verdict == Verdict::Breaks {
        let batch = json!({"ops": [{"op": "create", "collection": suite.schema(model).path, "data": body}]});
        let answer = suite.send("POST", "/api/_batch", Some(&batch))?;
        expect(&answer, 422, || format!("in a batch, {what}"))?;
    }
    // A null inside of free JSON takes a member away.
    let is_merged = matches!(field.kind, Kind::Json);
    let is_changeable = field.mutability == Mutability::Free && !is_merged && !suite.model(model).is_key(place);
    if verdict == Verdict::Breaks && is_changeable && suite.offers(model, &[OperationKind::Update, OperationKind::Get])
    {
        let Ok(made) = suite.create_with(model, &[], &suite.is_open(model)) else { return Ok(()) };
        let change = json!({ field.wire: json_of(field, probe) });
        let answer = suite.change("PATCH", &made.path, Some(&change))?;
        refused(&answer, field, &format!("PATCH {what}"))?;
    }
    Ok(())
}

/// Refused for a rule of the field: a check that the record breaks besides would hide that nobody asked it.
fn refused(answer: &crate::client::Response, field: &FieldSchema, what: &str) -> Result<(), String> {
    expect(answer, 422, || format!("{what} breaks a rule"))?;
    ensure(names(answer, field, |code| code != "check"), || {
        format!("{what}: no rule of /{} is named: {}", field.wire, body_of(answer))
    })
}

/// Whether an answer has an error about a field whose code is such.
fn names(answer: &crate::client::Response, field: &FieldSchema, is_such: impl Fn(&str) -> bool) -> bool {
    let (problem, at) = (body_of(answer), format!("/{}", field.wire));
    let errors = problem["errors"].as_array().into_iter().flatten();
    let mut here = errors.filter(|error| error["pointer"].as_str().is_some_and(|pointer| pointer.starts_with(&at)));
    here.any(|error| error["code"].as_str().is_some_and(&is_such))
}

/// Whether a check that points at the field asks what other records come to.
fn has_late_check(entry: &ModelEntry, place: usize) -> bool {
    let mut checks = entry.schema.checks.iter().enumerate();
    checks.any(|(number, check)| check.field == Some(place) && entry.is_late_check(number))
}

/// A value that keeps the field's rules may break checks at most.
fn only_checks(answer: &crate::client::Response, at: &str, what: &str) -> Result<(), String> {
    let problem = body_of(answer);
    let errors = problem["errors"].as_array().into_iter().flatten();
    let mut here = errors.filter(|error| error["pointer"].as_str().is_some_and(|pointer| pointer.starts_with(at)));
    ensure(here.all(|error| error["code"] == "check"), || {
        format!("POST {what} keeps its rules and is refused: {problem}")
    })
}

/// The broken rules are named, and no other: where two stand in the way of a value, one of them alone would hide the other.
fn same_codes(answer: &crate::client::Response, at: &str, mut expected: Vec<&str>, what: &str) -> Result<(), String> {
    let problem = body_of(answer);
    let errors = problem["errors"].as_array().into_iter().flatten();
    let here = errors.filter(|error| error["pointer"].as_str().is_some_and(|pointer| pointer.starts_with(at)));
    let mut found: Vec<&str> = here.filter_map(|error| error["code"].as_str()).collect();
    // Checks are of the whole record, and not asked of one that is not typed.
    found.retain(|code| *code != "check");
    expected.retain(|code| *code != "check");
    found.sort_unstable();
    expected.sort_unstable();
    ensure(found == expected, || format!("POST {what}: expected {expected:?}, found {found:?}"))
}

/// What the server takes, OpenAPI's schema takes too.
fn by_schema(suite: &mut Suite, model: usize, body: &Document, status: u16, what: &str) -> Result<(), String> {
    let accepts = accepts(suite, model, body)?;
    ensure(accepts || status != 201, || format!("{what} is taken, and OpenAPI's schema refuses it: {body}"))
}

fn accepts(suite: &mut Suite, model: usize, body: &Document) -> Result<bool, String> {
    let name = format!("{}.Create", suite.schema(model).name);
    Ok(json_schema::accepts(&suite.openapi()?["components"]["schemas"][&name], body))
}

/// Whether a JSON Schema can say all rules of a field, as far as ours reads it.
fn is_sayable(field: &FieldSchema) -> bool {
    let is_number = matches!(field.kind, Kind::Int { .. } | Kind::Float { .. });
    let can_say = |rule: &RuleSchema| match rule.rule {
        _ if rule.condition.is_some() => false,
        Rule::Len { .. } => true,
        Rule::Range { .. } | Rule::Greater(_) | Rule::Less(_) => is_number,
        Rule::OneOf(_) => matches!(field.kind, Kind::Text | Kind::Int { .. }),
        _ => false,
    };
    let all = |fields: &[FieldSchema]| fields.iter().all(is_sayable);
    let is_sayable_inside = match field.kind {
        Kind::Struct(schema) => all(schema.fields),
        Kind::Enum(schema) => schema.variants.iter().all(|variant| all(variant.fields)),
        Kind::List(element) => is_sayable(&FieldSchema { kind: element.kind, ..FieldSchema::of::<bool>("element") }),
        _ => true,
    };
    field.normalizers.is_empty() && field.rules.iter().all(can_say) && is_sayable_inside
}

/// A value of another type is refused at its field.
fn wrong_types(suite: &mut Suite, model: usize, field: &'static FieldSchema) -> Result<(), String> {
    let wrong = match field.kind {
        Kind::Json => return Ok(()),
        Kind::Bool => json!("yes"),
        Kind::Text => json!(7),
        _ => json!({"no": "such"}),
    };
    let values = suite.draw(model, &[], &|_, _| true, 8)?;
    let mut body = suite.factory.json(model, &values);
    body[field.wire] = wrong;
    let collection = suite.collection(model);
    let answer = suite.send("POST", &collection, Some(&body))?;
    refused(&answer, field, &format!("POST {} of another type", field.wire))?;
    let Some(decimal) = field.decimal.filter(|_| matches!(field.kind, Kind::Decimal)) else { return Ok(()) };
    for digits in more_digits(decimal) {
        body[field.wire] = json!(digits);
        let answer = suite.send("POST", &collection, Some(&body))?;
        // What a decimal is cut to may break another rule: that it was cut is what is asked here.
        ensure(names(&answer, field, |code| code == "decimal"), || {
            format!("POST {} = {digits} has more digits than the field: {}", field.wire, body_of(&answer))
        })?;
    }
    Ok(())
}

/// Numbers of one digit more than a decimal has, behind the point and before it.
fn more_digits(decimal: DecimalSchema) -> [String; 2] {
    let zeros = |count: u8| "0".repeat(count.into());
    [format!("0.{}1", zeros(decimal.scale)), format!("1{}", zeros(decimal.precision - decimal.scale))]
}

/// Records that break a check and nothing else are refused, new and as changes; those at its boundary are taken.
pub(super) fn checks(suite: &mut Suite, model: usize) -> Result<(), String> {
    if !suite.offers(model, &[OperationKind::Create]) {
        return Ok(());
    }
    for (place, check) in suite.schema(model).checks.iter().enumerate() {
        // What other records come to is nothing that a record's own body breaks.
        let is_own = !suite.model(model).is_late_check(place);
        for _ in 0..if is_own { 12 } else { 0 } {
            let Some(values) = breaking(suite, model, check)? else { break };
            let body = suite.factory.json(model, &values);
            let collection = suite.collection(model);
            let answer = suite.send("POST", &collection, Some(&body))?;
            expect(&answer, 422, || format!("POST {body} breaks the check \"{}\"", check.message))?;
            if let Some(place) = check.field {
                let wire = suite.schema(model).fields[place].wire;
                ensure(points_at(&answer, wire), || format!("no error points at /{wire}: {}", body_of(&answer)))?;
            }
            change_into(suite, model, &values, check.message)?;
        }
        // Close to the boundary, and kept: the factory draws there.
        for _ in 0..12 {
            suite.create(model)?;
        }
    }
    Ok(())
}

/// A record in which only this condition does not hold.
fn breaking(suite: &mut Suite, model: usize, check: &CheckSchema) -> Result<Option<Vec<Value>>, String> {
    let Ok(predicate) = lithair_model::Predicate::bind(&check.condition, suite.schema(model)) else { return Ok(None) };
    let given = suite.with_targets(model, &[], 8)?;
    for _ in 0..500 {
        let values = suite.factory.guess(model, &given, &mut suite.random).map_err(|error| error.to_string())?;
        let broken = broken(suite.model(model), &values, now());
        let others = broken.iter().filter(|broken| !broken.ends_with(check.message)).count();
        let mut computed = values.clone();
        suite.model(model).compute_own(&mut computed);
        if !predicate.matches(computed.as_slice(), now()) && others == 0 {
            return Ok(Some(values));
        }
    }
    Ok(None)
}

fn change_into(suite: &mut Suite, model: usize, values: &[Value], message: &str) -> Result<(), String> {
    if !suite.offers(model, &[OperationKind::Update, OperationKind::Get]) {
        return Ok(());
    }
    let Ok(made) = suite.create_with(model, &[], &suite.is_open(model)) else { return Ok(()) };
    let entry = suite.model(model);
    let places: Vec<usize> = writable(entry)
        .filter(|place| entry.schema.fields[*place].mutability == Mutability::Free && !entry.is_key(*place))
        .filter(|place| !entry.schema.relations.iter().any(|relation| relation.fields.contains(place)))
        .collect();
    // Only where the fields that change are enough to break it.
    let mut after = made.values.clone();
    places.iter().for_each(|place| after[*place] = values[*place].clone());
    if broken(entry, &after, now()).is_empty() {
        return Ok(());
    }
    let change: serde_json::Map<_, _> = places
        .iter()
        .map(|place| {
            (entry.schema.fields[*place].wire.to_owned(), json_of(&entry.schema.fields[*place], &values[*place]))
        })
        .collect();
    let answer = suite.change("PATCH", &made.path, Some(&change.into()))?;
    expect(&answer, 422, || format!("PATCH into a record that breaks the check \"{message}\""))
}

impl Suite {
    /// A record that is not closed by `immutable_when`.
    pub(super) fn is_open(&self, model: usize) -> impl Fn(&[Value], lithair_model::Timestamp) -> bool + use<> {
        let condition = self.schema(model).lifecycle.immutable_when.as_ref();
        let closed = condition.and_then(|condition| lithair_model::Predicate::bind(condition, self.schema(model)).ok());
        move |values, now| closed.as_ref().is_none_or(|closed| !closed.matches(values, now))
    }

    pub(super) fn openapi(&mut self) -> Result<Document, String> {
        if self.openapi.is_null() {
            self.openapi = self.get("/_lithair/openapi.json")?;
        }
        Ok(self.openapi.clone())
    }
}
