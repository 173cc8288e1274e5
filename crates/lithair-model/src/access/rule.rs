//! Policies whose names are places: what is left is who asks.

use super::Bindings;
use crate::catalog::{Target, ways_of};
use crate::computed::OfFields;
use crate::predicate::{Scope, Untyped, bind, bind_operand, inside};
use crate::{BindError, Comparison, Expr, Kind, Literal, ModelSchema, Operand, Policy, Predicate, Right, Way};

/// A compiled policy.
#[derive(Clone, Debug)]
pub(super) enum Rule {
    All(Vec<Rule>),
    Any(Vec<Rule>),
    Not(Box<Rule>),
    Fixed(bool),
    Authenticated,
    Anonymous,
    Role(&'static str),
    Scope(&'static str),
    /// A field of the record is the principal's subject.
    Subject {
        field: usize,
        kind: Kind,
    },
    Test(Predicate),
    Claim {
        operand: Operand,
        kind: Kind,
        comparison: Comparison,
        claim: &'static str,
    },
    AmongClaim {
        operand: Operand,
        kind: Kind,
        claim: &'static str,
    },
    ClaimIs {
        claim: &'static str,
        comparison: Comparison,
        literal: Literal,
    },
    /// Any record that the steps lead to is such.
    Related {
        ways: Vec<Way>,
        inner: Box<Rule>,
    },
    /// The principal has a right to any record of a model that the steps lead to.
    Check {
        ways: Vec<Way>,
        target: usize,
        right: Right,
    },
}

/// Compiles the policies of a program.
pub(super) struct Compiler<'a> {
    pub(super) schemas: &'a [&'static ModelSchema],
    pub(super) bindings: &'a Bindings,
}

impl Compiler<'_> {
    /// The rule that a policy is for the model at `place`.
    ///
    /// # Errors
    /// A name that means nothing there, or values that do not fit each other.
    pub(super) fn rule(&self, place: usize, policy: &Policy) -> Result<Rule, BindError> {
        let all = |inner: &[Policy]| inner.iter().map(|policy| self.rule(place, policy)).collect::<Result<Vec<_>, _>>();
        let sides = SidesOf(self.schemas[place]);
        let operand = |expr: &Expr| bind_operand(&Untyped::of(expr), &sides);
        Ok(match policy {
            Policy::All(inner) => Rule::All(all(inner)?),
            Policy::Any(inner) => Rule::Any(all(inner)?),
            Policy::Not(inner) => Rule::Not(Box::new(self.rule(place, inner)?)),
            Policy::Public => Rule::Fixed(true),
            Policy::Authenticated => Rule::Authenticated,
            Policy::Anonymous => Rule::Anonymous,
            Policy::Owner => self.owner(place)?,
            Policy::Role(role) => Rule::Role(role),
            Policy::Scope(scope) => Rule::Scope(scope),
            // What is not bound stops the start of a server; elsewhere it is nobody's.
            Policy::Permission(name) => match self.bindings.meaning(name) {
                Some(policy) => self.rule(place, policy)?,
                None => Rule::Fixed(false),
            },
            Policy::Member(relation) => {
                let Target { ways, model } = self.related(place, relation)?;
                let inner = Box::new(self.is_subject(model, relation)?);
                Rule::Related { ways, inner }
            }
            Policy::Related(relation, inner) => {
                let Target { ways, model } = self.related(place, relation)?;
                Rule::Related { ways, inner: Box::new(self.rule(model, inner)?) }
            }
            Policy::Check(relation, right) => {
                let Target { ways, model } = self.related(place, relation)?;
                Rule::Check { ways, target: model, right: *right }
            }
            Policy::Test(expr) => Rule::Test(bind(&Untyped::of(expr), &sides)?),
            Policy::Claim(expr, comparison, claim) => {
                let (operand, kind) = operand(expr)?;
                Rule::Claim { operand, kind, comparison: *comparison, claim }
            }
            Policy::AmongClaim(expr, claim) => {
                let (operand, kind) = operand(expr)?;
                Rule::AmongClaim { operand, kind, claim }
            }
            Policy::ClaimIs(claim, comparison, literal) => {
                Rule::ClaimIs { claim, comparison: *comparison, literal: *literal }
            }
        })
    }

    fn owner(&self, place: usize) -> Result<Rule, BindError> {
        let schema = self.schemas[place];
        let field = schema.fields.iter().position(|field| field.access.owner);
        let field = field.ok_or_else(|| {
            BindError::new(0, format!("`owner`: no field of `{}` says `#[permission(owner)]`", schema.name))
        })?;
        Ok(Rule::Subject { field, kind: schema.fields[field].kind })
    }

    /// True of the record whose key is the subject.
    fn is_subject(&self, model: usize, relation: &str) -> Result<Rule, BindError> {
        let schema = self.schemas[model];
        let [field] = *schema.key else {
            let detail = format!("`member({relation})`: the key of `{}` has several fields", schema.name);
            return Err(BindError::new(0, detail));
        };
        Ok(Rule::Subject { field, kind: schema.fields[field].kind })
    }

    fn related(&self, place: usize, relation: &str) -> Result<Target, BindError> {
        ways_of(place, relation, self.schemas)
    }
}

/// Names of a record's fields, and of what they were and what was sent: the places behind those of the record.
struct SidesOf(&'static ModelSchema);

impl SidesOf {
    /// A field, or what is inside of one, of another side than the record's own.
    fn of_side(&self, side: usize, name: &str, within: &[&str]) -> Result<(Operand, Kind), BindError> {
        let fields = self.0.fields;
        let (field, kind) = self.field(name)?;
        // What is computed when it is read is known of the record alone, and nobody sends what is computed.
        if fields[field].computed.is_some_and(|computed| !computed.stored || side == INPUT) {
            let detail = format!("`{name}` is computed: of what a record was, and of what is sent, it is not known");
            return Err(BindError::new(0, detail));
        }
        let place = side * fields.len() + field;
        if within.is_empty() {
            return Ok((Operand::Field(place), kind));
        }
        let mut path = vec![place];
        let no_struct = || Err(BindError::new(0, format!("`{name}`: {} has no fields", kind.phrase())));
        let kind = inside::walk(kind, &mut path, within, inside::by_name).unwrap_or_else(no_struct)?;
        // No index has it, so the place is nobody's.
        Ok((Operand::Inside { place: usize::MAX, path }, kind))
    }
}

const BEFORE: usize = 1;
const INPUT: usize = 2;

impl Scope for SidesOf {
    fn field(&self, name: &str) -> Result<(usize, Kind), BindError> {
        OfFields::new(self.0.fields).field(name)
    }

    fn operand(&self, name: &str) -> Result<(Operand, Kind), BindError> {
        OfFields::new(self.0.fields).operand(name)
    }

    fn inside(&self, names: &[&str]) -> Option<Result<(Operand, Kind), BindError>> {
        match names {
            ["before", name, within @ ..] => Some(self.of_side(BEFORE, name, within)),
            ["input", name, within @ ..] => Some(self.of_side(INPUT, name, within)),
            _ => OfFields::new(self.0.fields).inside(names),
        }
    }
}
