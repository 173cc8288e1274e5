//! Policies as a person would explain them: an interpreter of what a program declares that shares nothing with the engine but the words. For
//! tests; feature `testing`.
//!
//! It walks over whole worlds of records, compiles nothing and uses no index. What it does not know - what a function of the application gives,
//! say - it says so: none, which is neither true nor false.

mod expr;
mod shown;
mod verdict;
mod whole;
mod world;

pub use shown::Shown;
pub use verdict::Verdict;
pub use world::World;

use serde_json::{Map, Value as Json};

use crate::{AccessSchema, Comparison, Literal, ModelSchema, Policy, Right, Value};

/// Who asks. Nobody has no subject.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Caller {
    /// Who it is.
    pub subject: Option<String>,
    /// Of which tenant.
    pub tenant: Option<String>,
    /// Roles that the credential names.
    pub roles: Vec<String>,
    /// What it is for; none is everything.
    pub scopes: Option<Vec<String>>,
    /// What it says else.
    pub claims: Map<String, Json>,
    /// Whether it is an API key, which is held to the scopes `read` and `write`.
    pub is_key: bool,
}

/// A record, or a change of one, that a policy is asked about.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The model, as a place among the world's.
    pub model: usize,
    /// The record that bare names mean.
    pub own: &'a [Value],
    /// What it was; none of a new one.
    pub before: Option<&'a [Value]>,
    /// What was sent.
    pub input: &'a [(usize, Value)],
}

impl<'a> Asked<'a> {
    /// A record as it is.
    pub const fn of(model: usize, own: &'a [Value]) -> Self {
        Self { model, own, before: Some(own), input: &[] }
    }
}

impl Caller {
    /// A scope is for those who are known.
    fn has_scope(&self, scope: &str) -> bool {
        let is_one = |scopes: &Vec<String>| scopes.iter().any(|one| one == scope);
        self.subject.is_some() && self.scopes.as_ref().is_none_or(is_one)
    }

    /// Whether the credential is for `read` or `write` of a collection. Keys alone are held to it.
    pub fn is_for(&self, word: &str, collection: &str) -> bool {
        let is_it = |scope: &String| *scope == word || *scope == format!("{word}:{collection}");
        !self.is_key || self.scopes.as_ref().is_none_or(|scopes| scopes.iter().any(is_it))
    }

    fn claim(&self, name: &str) -> Option<Json> {
        let value = match name {
            "id" | "sub" => self.subject.clone().map(Json::from),
            "tenant" => self.tenant.clone().map(Json::from),
            name => self.claims.get(name).filter(|_| self.subject.is_some()).cloned(),
        };
        value.filter(|value| !value.is_null())
    }
}

impl World<'_> {
    /// Whether a policy is true of a caller and a record.
    pub fn holds(&self, policy: &Policy, caller: &Caller, asked: Asked<'_>) -> Option<bool> {
        let part = |part: &Policy| self.holds(part, caller, asked);
        match policy {
            Policy::All(parts) => every(parts.iter().map(part)),
            Policy::Any(parts) => some(parts.iter().map(part)),
            Policy::Not(inner) => part(inner).map(|holds| !holds),
            Policy::Public => Some(true),
            Policy::Authenticated => Some(caller.subject.is_some()),
            Policy::Anonymous => Some(caller.subject.is_none()),
            Policy::Owner => Some(self.is_owner(caller, asked)),
            Policy::Role(role) => Some(self.has_role(caller, role)),
            Policy::Scope(scope) => Some(caller.has_scope(scope)),
            Policy::Permission("Public") if self.bindings.meaning("Public").is_some() => {
                self.bindings.meaning("Public").map_or(Some(true), part)
            }
            Policy::Permission(name) => self.bindings.meaning(name).map_or(Some(false), part),
            Policy::Member(relation) => {
                let (target, rows) = self.related(asked, relation)?;
                let is_caller = |row: &&[Value]| match self.schemas[target].key {
                    [key] => is_subject(caller, &row[*key]),
                    _ => false,
                };
                Some(rows.iter().any(is_caller))
            }
            Policy::Related(relation, inner) => {
                let (target, rows) = self.related(asked, relation)?;
                some(
                    rows.into_iter()
                        .map(|row| self.holds(inner, caller, Asked { before: None, ..Asked::of(target, row) })),
                )
            }
            Policy::Check(relation, right) => {
                let (target, rows) = self.related(asked, relation)?;
                some(rows.into_iter().map(|row| self.given(caller, *right, Asked::of(target, row))))
            }
            Policy::Test(expr) => self.truth(expr, asked),
            Policy::Claim(expr, comparison, claim) => {
                let (left, kind) = self.value(expr, asked)?;
                let Some(right) = caller.claim(claim).and_then(|json| expr::of_json(&json, kind.as_ref()?)) else {
                    return Some(false);
                };
                if left == Value::Null {
                    return Some(false);
                }
                expr::compare(&left, *comparison, &right, kind.as_ref())
            }
            Policy::AmongClaim(expr, claim) => {
                let (left, kind) = self.value(expr, asked)?;
                let Some(Json::Array(items)) = caller.claim(claim) else { return Some(false) };
                let values = items.iter().filter_map(|json| expr::of_json(json, kind.as_ref()?));
                Some(left != Value::Null && values.into_iter().any(|value| value == left))
            }
            Policy::ClaimIs(claim, comparison, Literal::Null) => {
                Some(caller.claim(claim).is_some() == (*comparison == Comparison::NotEqual))
            }
            Policy::ClaimIs(claim, comparison, literal) => {
                let Some(json) = caller.claim(claim) else { return Some(false) };
                expr::claim_is(&json, *comparison, literal)
            }
        }
    }

    /// Whether somebody has a right to a record, with the credential that they show.
    pub fn may(&self, caller: &Caller, right: Right, asked: Asked<'_>) -> Option<bool> {
        let looks = matches!(right, Right::Read | Right::History | Right::Export);
        let is_for = caller.is_for(if looks { "read" } else { "write" }, self.schemas[asked.model].path);
        every([Some(is_for), self.given(caller, right, asked)])
    }

    /// Whether rules give somebody a right to a record: of their tenant, by a rule, by no deny.
    fn given(&self, caller: &Caller, right: Right, asked: Asked<'_>) -> Option<bool> {
        let schema = self.schemas[asked.model];
        let by = by(schema).filter(|(name, _)| Right::Command(name) == right).map(|(_, policy)| policy);
        let by: Vec<&Policy> = by.collect();
        let own = |right: Right| rules(schema).find(|(of, _)| *of == right).map(|(_, policy)| policy);
        let rule = match schema.access {
            AccessSchema::Public => Some(&Policy::Public),
            AccessSchema::Internal => None,
            AccessSchema::Rules(_) => own(right).or_else(|| match right {
                Right::Command(_) if !by.is_empty() => Some(&Policy::Public),
                Right::Command("purge" | "restore") => own(Right::Delete),
                Right::Command(_) => own(Right::Update),
                _ => None,
            }),
        };
        let is_ours = Some(self.is_of_tenant(caller, asked));
        let allowed = rule.map_or(Some(false), |policy| self.holds(policy, caller, asked));
        let by = every(by.into_iter().map(|policy| self.holds(policy, caller, asked)));
        let denied = self.denied(caller, right, asked);
        every([is_ours, allowed, by, denied.map(|denied| !denied)])
    }

    /// Whether a record is there for somebody.
    pub fn sees(&self, caller: &Caller, model: usize, row: &[Value]) -> Option<bool> {
        self.may(caller, Right::Read, Asked::of(model, row))
    }

    /// Whether somebody who sees a record sees a field of it.
    pub fn sees_field(&self, caller: &Caller, model: usize, row: &[Value], place: usize) -> Option<bool> {
        let access = self.schemas[model].fields[place].access;
        if access.mask.is_some() && access.read.is_none() {
            return Some(false);
        }
        access.read.map_or(Some(true), |policy| self.holds(policy, caller, Asked::of(model, row)))
    }

    /// Whether somebody may set a field, in a change that they may make.
    pub fn sets_field(&self, caller: &Caller, right: Right, place: usize, asked: Asked<'_>) -> Option<bool> {
        let access = self.schemas[asked.model].fields[place].access;
        let rule = if right == Right::Create { access.create } else { access.update };
        rule.map_or(Some(true), |policy| self.holds(policy, caller, asked))
    }

    fn denied(&self, caller: &Caller, right: Right, asked: Asked<'_>) -> Option<bool> {
        let AccessSchema::Rules(rules) = self.schemas[asked.model].access else { return Some(false) };
        // A command is an update by another name, and what is done to the trash a delete.
        let same = match right {
            Right::Command("purge" | "restore") => Some(Right::Delete),
            Right::Command(_) => Some(Right::Update),
            _ => None,
        };
        let is_about = |right_of: &Right| *right_of == right || Some(*right_of) == same;
        let denies = rules.denies.iter().filter(|deny| deny.rights.iter().any(is_about));
        some(denies.map(|deny| self.holds(&deny.when, caller, asked)))
    }

    fn is_of_tenant(&self, caller: &Caller, asked: Asked<'_>) -> bool {
        let Some(place) = self.schemas[asked.model].tenant else { return true };
        caller.subject.is_some() && caller.tenant.as_deref().is_some_and(|tenant| names(&asked.own[place], tenant))
    }

    fn is_owner(&self, caller: &Caller, asked: Asked<'_>) -> bool {
        let owner = self.schemas[asked.model].fields.iter().position(|field| field.access.owner);
        owner.is_some_and(|place| is_subject(caller, &asked.own[place]))
    }

    fn has_role(&self, caller: &Caller, role: &str) -> bool {
        let has = |role: &str| caller.roles.iter().any(|has| has == role);
        caller.subject.is_some() && (has(role) || self.above(role).iter().any(|role| has(role)))
    }
}

fn is_subject(caller: &Caller, value: &Value) -> bool {
    caller.subject.as_deref().is_some_and(|subject| names(value, subject))
}

/// Whether a text is how a value is written that names somebody.
fn names(value: &Value, text: &str) -> bool {
    match value {
        Value::Text(value) => value == text,
        Value::Int(number) => number.to_string() == text,
        Value::Uuid(id) => text.parse::<crate::Uuid>().is_ok_and(|other| *id == other),
        _ => false,
    }
}

/// The rules of the rights of a model.
pub(super) fn rules(schema: &ModelSchema) -> impl Iterator<Item = (Right, &'static Policy)> {
    let rules = match schema.access {
        AccessSchema::Rules(rules) => rules.rules,
        AccessSchema::Public | AccessSchema::Internal => &[],
    };
    rules.iter().map(|(right, policy)| (*right, policy))
}

fn by(schema: &ModelSchema) -> impl Iterator<Item = (&'static str, &'static Policy)> {
    let commands = schema.commands.iter().filter_map(|command| Some((command.name, command.by?)));
    let states = schema.fields.iter().filter_map(|field| field.states);
    let ways = states.flat_map(|states| states.transitions).filter_map(|way| Some((way.name, way.by?)));
    commands.chain(ways)
}

/// False where one is, whatever the unknown are.
pub fn every(parts: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    let mut known = Some(true);
    for part in parts {
        match part {
            Some(false) => return Some(false),
            Some(true) => {}
            None => known = None,
        }
    }
    known
}

/// True where one is, whatever the unknown are.
pub(crate) fn some(parts: impl IntoIterator<Item = Option<bool>>) -> Option<bool> {
    every(parts.into_iter().map(|part| part.map(|holds| !holds))).map(|none| !none)
}
