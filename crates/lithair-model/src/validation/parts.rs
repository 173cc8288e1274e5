//! What is demanded of a field's value, and of what is inside of it: embedded structs, variants with data, elements of lists.

use super::rules::Context;
use super::{CompiledRule, shape};
use crate::draft::{pointer, required, violation};
use crate::{FieldSchema, Kind, MASK_SIGN, Mask, Value, Violation};

/// What is demanded of a field.
#[derive(Debug)]
pub(crate) struct Demands {
    field: &'static FieldSchema,
    rules: Vec<CompiledRule>,
    parts: Parts,
}

/// What is demanded of what is inside of a value.
#[derive(Debug)]
pub(crate) enum Parts {
    /// Nothing: nothing is inside, or nothing that demands anything.
    None,
    /// Of the fields of an embedded struct.
    Members(Vec<Demands>),
    /// Of the fields of each variant.
    Variants(Vec<(&'static str, Vec<Demands>)>),
    /// Of each element of a list.
    Elements(Box<Parts>),
}

impl Demands {
    /// The demands of a field that the catalog has checked. `siblings` are the fields that conditions of its rules name.
    pub(crate) fn of(field: &'static FieldSchema, siblings: &'static [FieldSchema]) -> Self {
        Self { field, rules: CompiledRule::of(field, siblings), parts: Parts::of(field.kind) }
    }

    /// Adds what is wrong with a value of the field, which is at `at`.
    pub(super) fn judge(
        &self,
        value: &Value,
        context: Context<'_>,
        at: &dyn Fn() -> String,
        violations: &mut Vec<Violation>,
    ) {
        // What is computed lacks a value where what it is computed from does, and that is said.
        if value.is_null() && self.field.computed.is_some() {
            return;
        }
        if value.is_null() && !self.field.optional {
            violations.push(required(&at()));
            return;
        }
        if let Some(wrong) = shape::wrong(self.field, value, at) {
            violations.push(wrong);
            return;
        }
        if self.field.access.mask.is_some() && Mask::resembles(value) {
            let detail = format!(
                "`{MASK_SIGN}` begins what is shown instead of the value: send the value, or leave the field out"
            );
            violations.push(violation(&at(), "mask", detail));
            return;
        }
        // What is said of the whole cannot be asked of a part.
        if !matches!(value, Value::Members(_)) {
            self.rules.iter().for_each(|rule| rule.apply(value, context, at, violations));
        }
        self.parts.judge(value, context, at, violations);
    }

    fn below(&self, value: &Value, context: Context<'_>, at: &dyn Fn() -> String, violations: &mut Vec<Violation>) {
        self.judge(value, context, &|| at() + &pointer(self.field.wire), violations);
    }
}

impl Parts {
    /// What is demanded of what is inside of values of a type.
    pub(super) fn of(kind: Kind) -> Self {
        let all = |fields: &'static [FieldSchema]| fields.iter().map(|field| Demands::of(field, fields)).collect();
        match kind {
            Kind::Struct(schema) => Self::Members(all(schema.fields)),
            Kind::Enum(schema) if schema.has_data() => {
                Self::Variants(schema.variants.iter().map(|variant| (variant.wire, all(variant.fields))).collect())
            }
            Kind::List(element) => match Self::of(element.kind) {
                Self::None => Self::None,
                inner => Self::Elements(Box::new(inner)),
            },
            _ => Self::None,
        }
    }

    /// Adds what is wrong inside of a value.
    pub(super) fn judge(
        &self,
        value: &Value,
        context: Context<'_>,
        at: &dyn Fn() -> String,
        violations: &mut Vec<Violation>,
    ) {
        match (self, value) {
            (Self::Members(demands), Value::Struct(values)) => all(demands, values, context, at, violations),
            (Self::Members(demands), Value::Members(given)) => {
                let given = given.iter().filter_map(|(place, value)| Some((demands.get(*place)?, value)));
                given.for_each(|(demands, value)| demands.below(value, Context::Alone, at, violations));
            }
            (Self::Variants(variants), Value::Variant(name, values)) => {
                if let Some((_, demands)) = variants.iter().find(|(wire, _)| wire == name) {
                    all(demands, values, context, at, violations);
                }
            }
            (Self::Elements(inner), Value::List(items)) => {
                for (place, item) in items.iter().enumerate() {
                    inner.judge(item, context, &|| format!("{}/{place}", at()), violations);
                }
            }
            _ => {}
        }
    }
}

/// The fields of one struct or variant. What a condition of their rules names is one of them.
fn all(
    demands: &[Demands],
    values: &[Value],
    context: Context<'_>,
    at: &dyn Fn() -> String,
    violations: &mut Vec<Violation>,
) {
    let inside = match context {
        Context::Record(_, now) => Context::Record(values, now),
        Context::Alone => Context::Alone,
    };
    let fields = demands.iter().zip(values);
    fields.for_each(|(demands, value)| demands.below(value, inside, at, violations));
}
