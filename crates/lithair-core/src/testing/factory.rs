//! Valid random records from the schema.

pub(crate) mod numbers;
#[cfg(test)]
mod tests;
pub(crate) mod texts;

use lithair_model::{
    Auto, Catalog, Decimal, Element, EnumSchema, Exposure, Expr, FieldSchema, Json, Kind, Literal, Model, ModelEntry,
    ModelSchema, Numbers, Rule, SchemaError, Timestamp, Uuid, Value, VariantSchema, default_of, judge, write_json,
};
use thiserror::Error;

use super::Random;

/// Values of a field that are tried before it is given up.
const VALUES_MAX: usize = 500;
/// Records that are tried before a model is given up.
const RECORDS_MAX: usize = 2_000;

/// Makes bodies that the models of a program take: each field keeps its rules, each record its checks.
///
/// Values are drawn near the bounds that rules and checks name, and drawn again until all of them are kept, at most 2,000 times.
/// References to other records are the caller's to give.
pub struct Factory {
    catalog: Catalog,
}

/// Why there is no record. The model's doing, or the factory's limits.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FactoryError {
    /// The factory was made without this model.
    #[error("{model} is not one of the factory's models")]
    Model {
        /// The model.
        model: &'static str,
    },
    /// No value was found that keeps the field's rules.
    #[error("{model}.{field}: {VALUES_MAX} random values were tried, and none keeps the rules: {rules}")]
    Value {
        /// The model.
        model: &'static str,
        /// The field.
        field: &'static str,
        /// What the last value broke.
        rules: String,
    },
    /// No record was found that keeps the rules of all.
    #[error("{model}: {RECORDS_MAX} random records were tried, and none keeps the checks: {checks}")]
    Record {
        /// The model.
        model: &'static str,
        /// What the last record broke.
        checks: String,
    },
}

/// The values of all fields, in the order of the schema, as far as callers give them; null elsewhere.
pub(crate) type Values = Vec<Value>;

impl Factory {
    /// A factory for the models of a program.
    ///
    /// # Errors
    /// The schemas do not belong together.
    pub fn new(schemas: &[&'static ModelSchema]) -> Result<Self, SchemaError> {
        Ok(Self { catalog: Catalog::new(schemas.to_vec(), &Numbers::of(schemas))? })
    }

    /// A body for `POST`. References to other records are null: they are the caller's to fill in.
    ///
    /// # Errors
    /// The factory has no such model, or no record was found in a bounded number of tries.
    pub fn body<M: Model>(&self, random: &mut Random) -> Result<serde_json::Value, FactoryError> {
        let model = self.catalog.by_table(M::SCHEMA.table).ok_or(FactoryError::Model { model: M::SCHEMA.name })?;
        let values = self.values(model, &[], &|_, _| true, random)?;
        Ok(self.json(model, &values))
    }

    /// A body for a command of this name, whose parameters keep their rules.
    ///
    /// # Errors
    /// The factory has no such model or command, or no input was found in a bounded number of tries.
    pub fn command<M: Model>(&self, name: &str, random: &mut Random) -> Result<serde_json::Value, FactoryError> {
        let model = self.catalog.by_table(M::SCHEMA.table).ok_or(FactoryError::Model { model: M::SCHEMA.name })?;
        let command = M::SCHEMA.commands.iter().position(|command| command.name == name);
        self.input(model, command.ok_or(FactoryError::Model { model: M::SCHEMA.name })?, random)
    }

    /// A body for the command at this place.
    pub(crate) fn input(
        &self,
        model: usize,
        command: usize,
        random: &mut Random,
    ) -> Result<serde_json::Value, FactoryError> {
        let form = &self.model(model).inputs[command];
        let mut values = vec![Value::Null; form.schema.fields.len()];
        for place in 0..values.len() {
            values[place] = fitting_value(form, place, &values, random)?;
        }
        let members = form.schema.fields.iter().zip(&values);
        Ok(members.map(|(field, value)| (field.wire.to_owned(), json_of(field, value))).collect())
    }

    /// The models.
    pub(crate) const fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    pub(crate) fn model(&self, model: usize) -> &ModelEntry {
        &self.catalog.models[model]
    }

    /// Values of a new record that keep all rules and for which `wanted` is true.
    pub(crate) fn values(
        &self,
        model: usize,
        given: &[(usize, Value)],
        wanted: &dyn Fn(&[Value], Timestamp) -> bool,
        random: &mut Random,
    ) -> Result<Values, FactoryError> {
        let entry = self.model(model);
        let mut checks = "what is wanted of the record".to_owned();
        for _ in 0..RECORDS_MAX {
            let values = self.guess(model, given, random)?;
            let now = now();
            let broken = broken(entry, &values, now);
            if broken.is_empty() && wanted(&values, now) {
                return Ok(values);
            }
            if !broken.is_empty() {
                checks = broken.join(", ");
            }
        }
        Err(FactoryError::Record { model: entry.schema.name, checks })
    }

    /// Values whose fields keep their rules, one by one.
    pub(crate) fn guess(
        &self,
        model: usize,
        given: &[(usize, Value)],
        random: &mut Random,
    ) -> Result<Values, FactoryError> {
        let entry = self.model(model);
        let mut values: Values = (0..entry.schema.fields.len()).map(|place| server_value(entry, place)).collect();
        // A default names a record that may not be there.
        entry
            .schema
            .relations
            .iter()
            .flat_map(|relation| relation.fields)
            .for_each(|place| values[*place] = Value::Null);
        for (place, value) in given {
            values[*place] = value.clone();
        }
        for place in writable(entry) {
            let is_given = given.iter().any(|(other, _)| *other == place);
            let is_reference = entry.schema.relations.iter().any(|relation| relation.fields.contains(&place));
            if !is_given && !is_reference {
                values[place] = self.value(model, place, &values, random)?;
            }
        }
        Ok(values)
    }

    /// A value of one field that keeps the field's rules in a record of these values.
    pub(crate) fn value(
        &self,
        model: usize,
        place: usize,
        values: &[Value],
        random: &mut Random,
    ) -> Result<Value, FactoryError> {
        fitting_value(self.model(model), place, values, random)
    }

    /// The JSON of the values that callers give.
    pub(crate) fn json(&self, model: usize, values: &[Value]) -> serde_json::Value {
        let entry = self.model(model);
        let member = |place: usize| {
            (entry.schema.fields[place].wire.to_owned(), json_of(&entry.schema.fields[place], &values[place]))
        };
        writable(entry).map(member).collect::<serde_json::Map<_, _>>().into()
    }
}

/// A value of one field that keeps the field's rules in a record of these values.
fn fitting_value(
    entry: &ModelEntry,
    place: usize,
    values: &[Value],
    random: &mut Random,
) -> Result<Value, FactoryError> {
    let field = &entry.schema.fields[place];
    let hints = hints(entry.schema, field);
    let mut values = values.to_vec();
    let mut rules = String::new();
    for _ in 0..VALUES_MAX {
        let Some(value) = any_value(field, &hints, random) else { continue };
        let value = lithair_model::normalize(field, value);
        values[place] = value.clone();
        let at = format!("/{}", field.wire);
        let broken: Vec<_> = judge(entry, &values, now())
            .into_iter()
            .filter(|violation| violation.code != "check")
            .filter(|violation| {
                // `/date` is no part of `/datetime`.
                violation.pointer.strip_prefix(&at).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
            .collect();
        if broken.is_empty() {
            return Ok(value);
        }
        rules = broken.into_iter().map(|violation| violation.detail).collect::<Vec<_>>().join(", ");
    }
    Err(FactoryError::Value { model: entry.schema.name, field: field.name, rules })
}

/// The fields that a new record's body has: what callers give, states apart, which begin where they are declared to.
pub(crate) fn writable(entry: &ModelEntry) -> impl Iterator<Item = usize> + '_ {
    let is_writable = |field: &FieldSchema| {
        let is_servers = field.auto.is_some() || field.states.is_some() || field.computed.is_some();
        !is_servers && matches!(field.exposure, Exposure::Open | Exposure::WriteOnly)
    };
    (0..entry.schema.fields.len()).filter(move |place| is_writable(&entry.schema.fields[*place]))
}

/// A value as JSON.
pub(crate) fn json_of(field: &FieldSchema, value: &Value) -> serde_json::Value {
    let mut text = Vec::new();
    write_json(field, value, &mut text);
    serde_json::from_slice(&text).expect("what the model writes is JSON")
}

/// The time now, as requests have it.
pub(crate) fn now() -> Timestamp {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    Timestamp::from_micros(i64::try_from(since.as_micros()).unwrap_or(i64::MAX))
}

/// Which rules and checks a record breaks, as far as callers decide it.
pub(crate) fn broken(entry: &ModelEntry, values: &[Value], now: Timestamp) -> Vec<String> {
    let is_callers = |pointer: &str| {
        writable(entry).any(|place| pointer.trim_start_matches('/').starts_with(entry.schema.fields[place].wire))
    };
    let mut computed = values.to_vec();
    let misfits = entry.compute_own(&mut computed);
    let violations = misfits.into_iter().chain(judge(entry, &computed, now));
    let is_open_reference = |pointer: &str| {
        let places = entry.schema.relations.iter().flat_map(|relation| relation.fields);
        let mut open = places.filter(|place| values[**place] == Value::Null);
        open.any(|place| pointer.strip_prefix('/') == Some(entry.schema.fields[*place].wire))
    };
    let is_asked = |pointer: &str| is_callers(pointer) && !is_open_reference(pointer);
    let violations =
        violations.filter(|violation| matches!(violation.code, "check" | "computed") || is_asked(&violation.pointer));
    violations.map(|violation| format!("{}: {}", violation.pointer, violation.detail)).collect()
}

/// What the server gives a field, so that checks have something to read.
fn server_value(entry: &ModelEntry, place: usize) -> Value {
    let field = &entry.schema.fields[place];
    if let Some(states) = field.states
        && let Some(value) = lithair_model::literal_value(&Literal::Variant(states.initial), &field.kind)
    {
        return value;
    }
    match field.auto {
        Some(Auto::Uuid7) => Value::Uuid(Uuid::nil()),
        Some(Auto::Ulid) => Value::Text("0".repeat(26)),
        Some(Auto::Sequence) => Value::Int(1),
        Some(Auto::Created | Auto::Updated) => Value::Timestamp(now()),
        Some(_) => Value::Null,
        None => default_of(entry, place, now()).unwrap_or(Value::Null),
    }
}

/// Numbers that conditions of the model compare the field with, or any field: bounds to be near of.
fn hints(schema: &ModelSchema, field: &FieldSchema) -> Vec<Decimal> {
    let mut found = Vec::new();
    let conditions = schema.checks.iter().map(|check| &check.condition);
    let conditions = conditions.chain(schema.uniques.iter().filter_map(|unique| unique.condition.as_ref()));
    let guards = schema.fields.iter().filter_map(|field| field.states).flat_map(|states| states.transitions);
    let conditions = conditions.chain(guards.filter_map(|way| way.guard.as_ref()));
    let conditions = conditions.chain(schema.lifecycle.immutable_when.as_ref());
    conditions.for_each(|condition| literals(condition, schema, field, &mut found));
    found
}

fn literals(expr: &Expr, schema: &ModelSchema, field: &FieldSchema, found: &mut Vec<Decimal>) {
    match expr {
        Expr::All(parts) | Expr::Any(parts) => parts.iter().for_each(|part| literals(part, schema, field, found)),
        Expr::Not(inner) => literals(inner, schema, field, found),
        Expr::Compare(left, _, right) => {
            for (one, other) in [(left, right), (right, left)] {
                match (one, other) {
                    (Expr::Field(name), Expr::Literal(literal)) if *name == field.name => {
                        found.extend(numbers::of_literal(literal, &field.kind));
                    }
                    // Where the other field is, as far as its rules say so.
                    (Expr::Field(name), Expr::Field(other)) if *name == field.name => {
                        let other = schema.fields.iter().find(|field| field.name == *other);
                        found.extend(other.into_iter().flat_map(|other| numbers::bounds(other.rules, &other.kind)));
                    }
                    _ => {}
                }
            }
        }
        _ => {}
    }
}

/// A value of a field's type, null included; none where the bounds met the end of the type.
fn any_value(field: &FieldSchema, hints: &[Decimal], random: &mut Random) -> Option<Value> {
    if field.optional && random.once_in(5) { Some(Value::Null) } else { present(field, hints, random) }
}

fn present(field: &FieldSchema, hints: &[Decimal], random: &mut Random) -> Option<Value> {
    if let Some(literals) = field.rules.iter().find_map(|rule| match rule.rule {
        Rule::OneOf(literals) => Some(literals),
        _ => None,
    }) {
        return lithair_model::literal_value(random.pick(literals)?, &field.kind);
    }
    match field.kind {
        Kind::Bool => Some(Value::Bool(random.once_in(2))),
        Kind::Int { .. } | Kind::Float { .. } | Kind::Decimal | Kind::Date => numbers::any(field, hints, random),
        Kind::Timestamp => moment(field, hints, random),
        Kind::Text => Some(Value::Text(texts::any(field, random))),
        Kind::Uuid => {
            let bits = u128::from(random.bits()) << 64 | u128::from(random.bits());
            Some(Value::Uuid(uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid()))
        }
        Kind::Enum(schema) => variant(schema, random),
        Kind::Struct(schema) => members(schema.fields, random).map(Value::Struct),
        Kind::List(element) => list(field, element.kind, random),
        Kind::Json => {
            if let Some(element) = fitted(field) {
                return fitting(element, random);
            }
            Json::parse(random.pick(&["{\"a\":[1,2]}", "[]", "\"text\"", "1.5", "{\"b\":null}"])?).ok().map(Value::Json)
        }
    }
}

fn moment(field: &FieldSchema, hints: &[Decimal], random: &mut Random) -> Option<Value> {
    const DAY_MICROS: i128 = 86_400_000_000;
    let sign = field.rules.iter().find_map(|rule| match rule.rule {
        Rule::Past => Some(-1),
        Rule::Future => Some(1),
        _ => None,
    });
    match sign {
        Some(sign) => {
            let micros = i64::try_from(sign * random.between(DAY_MICROS, DAY_MICROS * 1_000)).ok()?;
            Some(Value::Timestamp(now().plus_micros(micros)))
        }
        None => numbers::any(field, hints, random),
    }
}

fn variant(schema: &'static EnumSchema, random: &mut Random) -> Option<Value> {
    let variant: &VariantSchema = random.pick(schema.variants)?;
    if !schema.has_data() {
        return Some(Value::Text(variant.wire.to_owned()));
    }
    members(variant.fields, random).map(|fields| Value::Variant(variant.wire.into(), fields))
}

/// Values of the fields of an embedded struct or of a variant, each by itself as its rules want it.
pub(crate) fn members(fields: &'static [FieldSchema], random: &mut Random) -> Option<Vec<Value>> {
    (0..fields.len()).map(|place| member(fields, place, random)).collect()
}

fn member(fields: &'static [FieldSchema], place: usize, random: &mut Random) -> Option<Value> {
    let field = &fields[place];
    let mut drawn = || any_value(field, &[], random).map(|value| lithair_model::normalize(field, value));
    let keeps = |value: &Value| lithair_model::judge_value(fields, place, value).is_empty();
    (0..VALUES_MAX).find_map(|_| drawn().filter(keeps))
}

/// The type that free JSON has to fit.
pub(crate) fn fitted(field: &FieldSchema) -> Option<&'static Element> {
    field.rules.iter().find_map(|rule| match rule.rule {
        Rule::Json(element) => Some(element),
        _ => None,
    })
}

fn fitting(element: &'static Element, random: &mut Random) -> Option<Value> {
    let field = FieldSchema { kind: element.kind, ..FieldSchema::of::<bool>("fitting") };
    let value = present(&field, &[], random)?;
    Json::parse(&json_of(&field, &value).to_string()).ok().map(Value::Json)
}

fn list(field: &FieldSchema, kind: Kind, random: &mut Random) -> Option<Value> {
    let (low, high) = texts::span(field);
    let count = random.between(low.into(), u128::from(high.min(low.saturating_add(3))).try_into().ok()?);
    let rules = field.rules.iter().find_map(|rule| match rule.rule {
        Rule::Each(rules) => Some(rules),
        _ => None,
    });
    let element = FieldSchema {
        kind,
        decimal: field.decimal,
        rules: rules.unwrap_or_default(),
        ..FieldSchema::of::<bool>("element")
    };
    (0..count).map(|_| present(&element, &[], random)).collect::<Option<Vec<_>>>().map(Value::List)
}
