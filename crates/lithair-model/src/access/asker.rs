//! A principal at a time: their rights as conditions, and what is said to whoever has none.

use std::borrow::Cow;

use super::rule::Rule;
use super::{Condition, FieldRules, ModelAccess};
use crate::predicate::{Constant, constant_value};
use crate::{
    AccessSchema, Catalog, Comparison, Fields, Kind, Literal, ModelEntry, Operand, Predicate, Principal, Right,
    Timestamp, Value, Way,
};

/// Somebody who asks, at a time: what policies are true or false of.
#[derive(Clone, Copy, Debug)]
pub struct Asker<'a> {
    /// All models.
    pub catalog: &'a Catalog,
    /// Who.
    pub principal: &'a Principal,
    /// When: the `now()` of policies.
    pub now: Timestamp,
}

impl Asker<'_> {
    /// Of which records of a model the principal has a right, with the credential that it shows. Predicates about a change are asked of
    /// [`Sides`].
    pub fn right(&self, model: usize, right: Right) -> Condition {
        if self.is_for(model, right) { self.given(model, right) } else { Condition::Never }
    }

    /// Of which records policies give the principal a right, whatever the credential is for.
    pub(super) fn given(&self, model: usize, right: Right) -> Condition {
        let access = &self.catalog.models[model].access;
        if access.is_open || self.principal.is_system() {
            return Condition::Always;
        }
        let denies = access.denies.iter().filter(|deny| deny.is_about(right));
        let denies = denies.map(|deny| self.condition(&deny.when).negated());
        Condition::all([self.tenant(model), self.allowed(model, right)].into_iter().chain(denies))
    }

    /// What the first deny says that is true of a change, if one is.
    pub fn denial(&self, model: usize, right: Right, fields: &dyn Fields) -> Option<&'static str> {
        let denies = self.catalog.models[model].access.denies.iter().filter(|deny| deny.is_about(right));
        let holds = |rule: &Rule| self.condition(rule).holds(fields, self.now);
        denies.filter(|deny| holds(&deny.when)).find_map(|deny| deny.message)
    }

    /// Whether a record may be stored as a change leaves it; else what the caller is told.
    ///
    /// # Errors
    /// The message of the first `after` that is false.
    pub fn after(&self, model: usize, right: Right, fields: &dyn Fields) -> Result<(), Option<&'static str>> {
        if self.principal.is_system() {
            return Ok(());
        }
        let afters = self.catalog.models[model].access.afters.iter().filter(|after| after.right == right);
        let mut failing = afters.filter(|after| !self.condition(&after.holds).holds(fields, self.now));
        failing.next().map_or(Ok(()), |after| Err(after.message))
    }

    /// In which records the principal may see a field, given that it may see the record.
    pub fn field_read(&self, model: usize, field: usize) -> Condition {
        self.field(model, field, |rules| rules.read.as_ref())
    }

    /// Of which changes the principal may set a field: of a create or of an update.
    pub fn field_write(&self, model: usize, field: usize, right: Right) -> Condition {
        self.field(model, field, |rules| match right {
            Right::Create => rules.create.as_ref(),
            _ => rules.update.as_ref(),
        })
    }

    fn field(&self, model: usize, field: usize, rule: impl Fn(&FieldRules) -> Option<&Rule>) -> Condition {
        let access = &self.catalog.models[model].access;
        match rule(&access.fields[field]) {
            Some(rule) if !self.principal.is_system() => self.condition(rule),
            _ => Condition::Always,
        }
    }

    /// The records of the principal's tenant.
    pub fn tenant(&self, model: usize) -> Condition {
        let entry = &self.catalog.models[model];
        let Some(field) = entry.access.tenant.filter(|_| !self.principal.is_system()) else {
            return Condition::Always;
        };
        let kind = entry.schema.fields[field].kind;
        equals(field, kind, self.principal.tenant().and_then(|tenant| text_value(tenant, &kind)))
    }

    fn allowed(&self, model: usize, right: Right) -> Condition {
        let entry = &self.catalog.models[model];
        let by = entry.access.by.iter().filter(|(name, _)| Right::Command(name) == right);
        let by: Vec<Condition> = by.map(|(_, rule)| self.condition(rule)).collect();
        let said = match entry.schema.access {
            AccessSchema::Public => Condition::Always,
            AccessSchema::Internal => Condition::Never,
            AccessSchema::Rules(_) => match entry.access.rule(right) {
                Some(rule) => self.condition(rule),
                None if !by.is_empty() => Condition::Always,
                None => entry.access.otherwise(right).map_or(Condition::Never, |rule| self.condition(rule)),
            },
        };
        Condition::all([said].into_iter().chain(by))
    }

    pub(super) fn condition(&self, rule: &Rule) -> Condition {
        match rule {
            Rule::All(inner) => Condition::all(inner.iter().map(|rule| self.condition(rule))),
            Rule::Any(inner) => Condition::any(inner.iter().map(|rule| self.condition(rule))),
            Rule::Not(inner) => self.condition(inner).negated(),
            Rule::Fixed(flag) => Condition::of(*flag),
            Rule::Authenticated => Condition::of(!self.principal.is_anonymous()),
            Rule::Anonymous => Condition::of(self.principal.is_anonymous()),
            Rule::Role(role) => Condition::of(self.catalog.roles.has(self.principal, role)),
            Rule::Scope(scope) => Condition::of(self.principal.has_scope(scope)),
            Rule::Subject { field, kind } => {
                equals(*field, *kind, self.principal.subject().and_then(|subject| text_value(subject, kind)))
            }
            Rule::Test(predicate) => Condition::When(predicate.clone().fixed(self.now)),
            Rule::Claim { operand, kind, comparison, claim } => self.claim(operand, *kind, *comparison, claim),
            Rule::AmongClaim { operand, kind, claim } => self.among(operand, *kind, claim),
            Rule::ClaimIs { claim, comparison, literal } => self.claim_is(claim, *comparison, literal),
            Rule::Related { ways, inner } => related(ways, self.condition(inner)),
            Rule::Check { ways, target, right } => related(ways, self.given(*target, *right)),
        }
    }

    fn claim(&self, operand: &Operand, kind: Kind, comparison: Comparison, claim: &str) -> Condition {
        let value = self.claimed(claim).and_then(|json| json_value(&json, &kind));
        let Some(right) = value.filter(|value| *value != Value::Null) else { return Condition::Never };
        let left = operand.clone();
        // Comparing with what is not there is false, whichever way.
        let there = Predicate::Compare {
            left: left.clone(),
            comparison: Comparison::NotEqual,
            right: Operand::Value(Value::Null),
            kind,
        };
        let compared = Predicate::Compare { left, comparison, right: Operand::Value(right), kind };
        match comparison {
            Comparison::NotEqual | Comparison::NotContains => Condition::When(Predicate::All(vec![there, compared])),
            _ => Condition::When(compared),
        }
    }

    fn among(&self, operand: &Operand, kind: Kind, claim: &str) -> Condition {
        let Some(serde_json::Value::Array(items)) = self.claimed(claim).map(Cow::into_owned) else {
            return Condition::Never;
        };
        let values: Vec<Value> = items.iter().filter_map(|json| json_value(json, &kind)).collect();
        let values: Vec<Value> = values.into_iter().filter(|value| *value != Value::Null).collect();
        match values.is_empty() {
            true => Condition::Never,
            false => Condition::When(Predicate::In { operand: operand.clone(), values, kind }),
        }
    }

    fn claim_is(&self, claim: &str, comparison: Comparison, literal: &Literal) -> Condition {
        let found = self.claimed(claim).filter(|json| !json.is_null());
        if *literal == Literal::Null {
            return Condition::of(found.is_some() == (comparison == Comparison::NotEqual));
        }
        Condition::of(found.is_some_and(|json| compares(&json, comparison, literal)))
    }

    /// A claim by its name. The server's own words come before those of a credential.
    fn claimed(&self, name: &str) -> Option<Cow<'_, serde_json::Value>> {
        let text = |text: &str| Cow::Owned(serde_json::Value::from(text));
        match name {
            "id" | "sub" => self.principal.subject().map(text),
            "tenant" => self.principal.tenant().map(text),
            name => self.principal.claim(name).map(Cow::Borrowed),
        }
    }
}

impl ModelAccess {
    fn rule(&self, right: Right) -> Option<&Rule> {
        self.rules.iter().find(|(of, _)| *of == right).map(|(_, rule)| rule)
    }

    /// The rule of what has none of its own: it is an update, or a delete, under another name.
    fn otherwise(&self, right: Right) -> Option<&Rule> {
        match right {
            Right::Command("purge" | "restore") => self.rule(Right::Delete),
            Right::Command(_) => self.rule(Right::Update),
            _ => None,
        }
    }
}

impl super::Deny {
    /// A deny of updates is one of everything that changes a record.
    pub(super) fn is_about(&self, right: Right) -> bool {
        let is_command = matches!(right, Right::Command(name) if !["purge", "restore"].contains(&name));
        let is_delete = matches!(right, Right::Command("purge" | "restore"));
        self.rights
            .iter()
            .any(|of| *of == right || is_command && *of == Right::Update || is_delete && *of == Right::Delete)
    }
}

fn equals(field: usize, kind: Kind, value: Option<Value>) -> Condition {
    let Some(value) = value else { return Condition::Never };
    let (left, right) = (Operand::Field(field), Operand::Value(value));
    Condition::When(Predicate::Compare { left, comparison: Comparison::Equal, right, kind })
}

/// True of records from which the steps lead to one that the condition is true of.
fn related(ways: &[Way], inner: Condition) -> Condition {
    let inner = match inner {
        Condition::Never => return Condition::Never,
        Condition::Always => Predicate::All(Vec::new()),
        Condition::When(predicate) => predicate,
    };
    let steps = ways.iter().rev();
    Condition::When(steps.fold(inner, |inner, &way| Predicate::Related { way, inner: Box::new(inner) }))
}

/// A text, as who or whose, as a value of a kind; none if it is not one.
pub fn text_value(text: &str, kind: &Kind) -> Option<Value> {
    let text = text.to_owned();
    let constant = match kind {
        // `01` and `+1` are not `1`: a subject has one text.
        Kind::Int { .. } => {
            text.parse::<i128>().ok().filter(|number| number.to_string() == text).map(|_| Constant::Number(text))?
        }
        _ => Constant::Text(text),
    };
    constant_value(&constant, kind)
}

fn json_value(json: &serde_json::Value, kind: &Kind) -> Option<Value> {
    match json {
        serde_json::Value::String(text) => text_value(text, kind),
        serde_json::Value::Number(number) => constant_value(&Constant::Number(number.to_string()), kind),
        serde_json::Value::Bool(flag) => constant_value(&Constant::Bool(*flag), kind),
        _ => None,
    }
}

/// Whether a claim compares so with a constant. What is of another type does not.
fn compares(json: &serde_json::Value, comparison: Comparison, literal: &Literal) -> bool {
    let kind = match literal {
        Literal::Bool(_) => Kind::Bool,
        Literal::Int(_) | Literal::Number(_) => Kind::Decimal,
        _ => Kind::Text,
    };
    let is_alike = match json {
        serde_json::Value::String(_) => matches!(kind, Kind::Text),
        serde_json::Value::Number(_) => matches!(kind, Kind::Decimal),
        serde_json::Value::Bool(_) => matches!(kind, Kind::Bool),
        _ => false,
    };
    let right = match literal {
        Literal::Variant(name) => Some(Value::Text((*name).to_owned())),
        Literal::Int(number) => constant_value(&Constant::Number(number.to_string()), &kind),
        literal => crate::literal_value(literal, &kind),
    };
    let (Some(left), Some(right), true) = (json_value(json, &kind), right, is_alike) else { return false };
    let (left, right) = (Operand::Value(left), Operand::Value(right));
    Predicate::Compare { left, comparison, right, kind }.matches::<[Value]>(&[], Timestamp::MIN)
}

/// A record as a change would leave it, with what it was and what was sent.
pub struct Sides<'a> {
    /// The record's model.
    pub model: &'a ModelEntry,
    /// The record that bare names mean, with those around it.
    pub own: &'a dyn Fields,
    /// What it was; none of a new one.
    pub before: Option<&'a [Value]>,
    /// What the caller sent.
    pub input: &'a [(usize, Value)],
}

impl Fields for Sides<'_> {
    fn field(&self, place: usize) -> Cow<'_, Value> {
        let count = self.model.schema.fields.len();
        match (place / count, place % count) {
            (0, place) => self.own.field(place),
            (1, place) => self.before.map_or(Cow::Owned(Value::Null), |before| Cow::Borrowed(&before[place])),
            (_, place) => {
                let sent = self.input.iter().find(|(sent, _)| *sent == place);
                sent.map_or(Cow::Owned(Value::Null), |(_, value)| Cow::Borrowed(value))
            }
        }
    }

    fn related(&self, way: Way, each: &mut dyn FnMut(&dyn Fields) -> bool) {
        self.own.related(way, each);
    }
}
