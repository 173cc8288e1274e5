//! Binding: the names of a schema's expressions, and what computed fields come from.

use std::sync::Arc;

use crate::catalog::resolve_link;
use crate::embedded::members;
use crate::predicate::{Scope, Untyped, bind, bind_operand, bind_value, inside};
use crate::{
    Aggregate, Aggregation, BindError, ComputedFrom, ComputedSchema, Expr, FieldSchema, Kind, ModelSchema, Operand,
    RelatedSchema, Value, nearest,
};

/// Operands of one field at most: expressions are inlined in one another.
const OPERANDS_MAX: usize = 512;

/// A computed field, bound.
#[derive(Debug)]
pub struct Computed {
    /// Whether it is kept with the record.
    pub is_stored: bool,
    /// What it is.
    pub operand: Operand,
}

impl Computed {
    /// What it is over related records, if it is that.
    pub fn aggregate(&self) -> Option<&Aggregate> {
        match &self.operand {
            Operand::Aggregate(aggregate) => Some(aggregate),
            _ => None,
        }
    }
}

/// What names mean in the expressions of a schema. What is computed when it is read is what it is computed from.
pub(crate) struct OfFields<'a> {
    fields: &'static [FieldSchema],
    /// The model's place among all models, where related records may be asked.
    models: Option<(usize, &'a [&'static ModelSchema])>,
    /// The computed field whose expression this is, and where it is inlined.
    within: Option<(&'static str, &'a OfFields<'a>)>,
}

impl<'a> OfFields<'a> {
    /// Fields that stand together: a record's, or those of an embedded struct.
    pub(crate) const fn new(fields: &'static [FieldSchema]) -> Self {
        Self { fields, models: None, within: None }
    }

    fn is_within(&self, name: &str) -> bool {
        self.within.is_some_and(|(field, outer)| field == name || outer.is_within(name))
    }

    fn inlined(
        &self,
        field: &'static FieldSchema,
        computed: &ComputedSchema,
        place: usize,
    ) -> Result<Operand, BindError> {
        let refused = |detail: String| BindError::new(0, detail);
        match (&computed.from, self.models) {
            (ComputedFrom::Expr(_), _) if self.is_within(field.name) => {
                Err(refused(format!("`{}` is computed from itself", field.name)))
            }
            (ComputedFrom::Expr(expr), models) => {
                let scope = OfFields { fields: self.fields, models, within: Some((field.name, self)) };
                bind_value(&Untyped::of(expr), &field.kind, &scope)
            }
            (ComputedFrom::Related(_), None) => Err(refused(format!(
                "`{}` is computed from other records when it is read, so its value is not known here: let it be `stored`",
                field.name
            ))),
            (ComputedFrom::Related(related), Some((model, schemas))) => aggregate(model, place, related, schemas)
                .map(|found| Operand::Aggregate(Arc::new(found)))
                .map_err(refused),
        }
    }
}

impl Scope for OfFields<'_> {
    fn field(&self, name: &str) -> Result<(usize, Kind), BindError> {
        let place = self.fields.iter().position(|field| field.name == name);
        place.map(|place| (place, self.fields[place].kind)).ok_or_else(|| {
            let near = nearest(name, self.fields.iter().map(|field| field.name));
            BindError::unknown(name, near)
        })
    }

    fn inside(&self, names: &[&str]) -> Option<Result<(Operand, Kind), BindError>> {
        let (first, rest) = names.split_first().filter(|(_, rest)| !rest.is_empty())?;
        let (place, kind) = self.field(first).ok()?;
        let mut path = vec![place];
        Some(
            inside::walk(kind, &mut path, rest, inside::by_name)?
                .map(|kind| (inside::inside_of(self.fields, path), kind)),
        )
    }

    fn operand(&self, name: &str) -> Result<(Operand, Kind), BindError> {
        let (place, kind) = self.field(name)?;
        let field = &self.fields[place];
        match &field.computed {
            Some(computed) if !computed.stored => Ok((self.inlined(field, computed, place)?, kind)),
            _ => Ok((Operand::Field(place), kind)),
        }
    }

    fn whole(&self) -> Result<Vec<Operand>, BindError> {
        // A function that computes a field sees no computed one: it would see itself.
        let is_computing = self.within.is_some();
        let value = |field: &'static FieldSchema| match &field.computed {
            Some(_) if is_computing => {
                Ok(Operand::Value(if field.optional { Value::Null } else { field.kind.blank() }))
            }
            _ => self.operand(field.name).map(|(operand, _)| operand),
        };
        let of_whole =
            |error: BindError| BindError { detail: format!("`fn(path)` takes the whole record: {error}"), ..error };
        self.fields.iter().map(|field| value(field).map_err(of_whole)).collect()
    }
}

/// The computed field at a place of the model at `model`, if it is one.
///
/// # Errors
/// What is wrong with it.
pub(crate) fn compile(
    model: usize,
    place: usize,
    schemas: &[&'static ModelSchema],
) -> Result<Option<Computed>, String> {
    let schema = schemas[model];
    let field = &schema.fields[place];
    let Some(computed) = &field.computed else { return Ok(None) };
    if matches!(field.kind, Kind::Float { bits } if bits != 64) {
        return Err("a computed float is an `f64`: one of 32 bits would be rounded".to_owned());
    }
    let operand = match &computed.from {
        ComputedFrom::Related(related) => Operand::Aggregate(Arc::new(aggregate(model, place, related, schemas)?)),
        ComputedFrom::Expr(expr) => {
            let top = OfFields::new(schema.fields);
            let models = (!computed.stored).then_some((model, schemas));
            let scope = OfFields { fields: schema.fields, models, within: Some((field.name, &top)) };
            let operand = bind_value(&Untyped::of(expr), &field.kind, &scope).map_err(|error| error.to_string())?;
            let (mut count, mut asks_time) = (0, false);
            operand.walk(&mut |operand| {
                count += 1;
                asks_time |= matches!(operand, Operand::Now(_));
            });
            if asks_time {
                return Err(
                    "a computed field does not change with time alone: compare with `@now` in a filter".to_owned()
                );
            }
            if count > OPERANDS_MAX {
                return Err(format!("the expression, with those it is made of, has more than {OPERANDS_MAX} parts"));
            }
            operand
        }
    };
    let nullable = is_nullable(&operand, schema);
    if nullable && !field.optional {
        return Err(format!(
            "{} may be null: let the field be an `Option`, or say `.unwrap_or(..)`",
            why_null(&operand)
        ));
    }
    if !nullable && field.optional && matches!(operand, Operand::Aggregate(_)) {
        return Err("it is never null, so the field is no `Option`".to_owned());
    }
    Ok(Some(Computed { is_stored: computed.stored, operand }))
}

fn why_null(operand: &Operand) -> &'static str {
    match operand {
        Operand::Aggregate(_) => "the result of no records is nothing, so it",
        _ => "a part of the expression",
    }
}

/// Whether an operand may be null for a record whose fields are as they are declared.
fn is_nullable(operand: &Operand, schema: &ModelSchema) -> bool {
    let inner = |operand: &Operand| is_nullable(operand, schema);
    match operand {
        Operand::Field(place) => schema.fields[*place].optional,
        Operand::Inside { place, .. } => members(schema.fields)[place - schema.fields.len()].optional,
        Operand::Value(value) => *value == Value::Null,
        Operand::Reckon(one, crate::Arithmetic::Divide, other) => inner(one) || !is_divisor(other),
        Operand::Reckon(one, _, other) => inner(one) || inner(other),
        Operand::Call(_, part)
        | Operand::Negative(part)
        | Operand::Rounded(part, _)
        | Operand::As(_, part)
        | Operand::Virtual(_, part) => inner(part),
        Operand::OrElse(_, other) => inner(other),
        Operand::Choice(_, one, other) => inner(one) || inner(other),
        Operand::Code(code, _) => code.optional,
        Operand::Aggregate(aggregate) => {
            matches!(aggregate.function, Aggregation::Min | Aggregation::Max | Aggregation::Average)
        }
        Operand::Truth(_) | Operand::Now(_) => false,
        Operand::Via(..) | Operand::Seen(..) => true,
    }
}

/// Whether nothing is divided by zero where this is divided by.
fn is_divisor(operand: &Operand) -> bool {
    match operand {
        Operand::Value(Value::Int(number)) => *number != 0,
        Operand::Value(Value::Decimal(number)) => !number.is_zero(),
        Operand::Value(Value::Float(number)) => *number != 0.0,
        _ => false,
    }
}

/// An aggregate over the records that a link of the model leads to.
fn aggregate(
    model: usize,
    place: usize,
    related: &RelatedSchema,
    schemas: &[&'static ModelSchema],
) -> Result<Aggregate, String> {
    let (schema, field) = (schemas[model], &schemas[model].fields[place]);
    let Some(link) = schema.links.iter().find(|link| link.name == related.link) else {
        let near = nearest(related.link, schema.links.iter().map(|link| link.name));
        let hint = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        return Err(format!("`{}` is no relation to other records{hint}", related.link));
    };
    let link = resolve_link(model, link, schemas)?;
    let scope = OfFields::new(schemas[link.target].fields);
    let of_target = |error: BindError| format!("of `{}`: {error}", schemas[link.target].name);
    let condition = related.condition.as_ref().map(|expr| bind(&Untyped::of(expr), &scope)).transpose();
    let condition = condition.map_err(of_target)?;
    let value = related.value.as_ref().map(|expr: &Expr| bind_operand(&Untyped::of(expr), &scope)).transpose();
    let value = value.map_err(of_target)?;
    if condition.as_ref().is_some_and(|condition| condition.asks_time()) {
        return Err("a computed field does not change with time alone: leave `now()` out".to_owned());
    }
    let kind = value.as_ref().map_or(Kind::Int { min: 0, max: 1 }, |(_, kind)| *kind);
    result_fits(related.function, &kind, field)?;
    Ok(Aggregate {
        function: related.function,
        ways: link.ways,
        target: link.target,
        operand: value.map(|(operand, _)| operand),
        kind,
        condition,
        result: field.kind,
        digits: field.decimal,
    })
}

/// Whether the field can be what the aggregate of these values is.
fn result_fits(function: Aggregation, kind: &Kind, field: &FieldSchema) -> Result<(), String> {
    let word = function.word();
    let is_number = matches!(kind, Kind::Int { .. } | Kind::Decimal | Kind::Float { .. });
    let is_ordered = is_number || matches!(kind, Kind::Text | Kind::Timestamp | Kind::Date);
    let is_same = std::mem::discriminant(kind) == std::mem::discriminant(&field.kind);
    let (takes, fits, expected) = match function {
        Aggregation::Count => (true, matches!(field.kind, Kind::Int { .. }), "an integer"),
        Aggregation::Exists => (true, matches!(field.kind, Kind::Bool), "a `bool`"),
        Aggregation::Sum => (is_number, is_same, kind.phrase()),
        Aggregation::Min | Aggregation::Max => (is_ordered, is_same, kind.phrase()),
        Aggregation::Average => {
            let is_decimal = matches!(field.kind, Kind::Decimal) && !matches!(kind, Kind::Float { .. });
            (
                is_number,
                is_decimal || matches!(field.kind, Kind::Float { .. }),
                "an `Option<f64>` or, of exact numbers, an `Option<Decimal>`",
            )
        }
    };
    if !takes {
        return Err(format!("`{word}` does not apply to {}", kind.phrase()));
    }
    if fits { Ok(()) } else { Err(format!("`{word}` gives {expected}, and the field is {}", field.kind.phrase())) }
}
