//! Who can, whoever they are: of a rule, what is left of it once it is known what somebody is, and not which record they ask about.

use super::{policy_text, said};
use crate::access::Roles;
use crate::{AccessSchema, Catalog, Policy, Right};

/// Somebody of a kind, in a table of permissions. Scopes and claims are not known of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whom {
    /// Nobody in particular.
    Anonymous,
    /// Somebody without a role.
    Authenticated,
    /// Whoever owns the record, without a role.
    Owner,
    /// Somebody with this role.
    Role(String),
}

/// What is left of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// It is never true.
    Never,
    /// It is always true.
    Always,
    /// It is true where this is, in the words of policies.
    When(String),
}

/// The same while it is put together.
enum Rest {
    Fixed(bool),
    All(Vec<Rest>),
    Any(Vec<Rest>),
    Not(Box<Rest>),
    Words(String),
}

impl Whom {
    /// Every kind that the rules of a program tell apart: the owner only where a model has one.
    pub fn all(roles: &Roles, has_owner: bool) -> Vec<Self> {
        let plain = [Self::Anonymous, Self::Authenticated].into_iter().chain(has_owner.then_some(Self::Owner));
        plain.chain(roles.names().map(|role| Self::Role(role.to_owned()))).collect()
    }

    /// What tables call them.
    pub fn name(&self) -> String {
        match self {
            Self::Anonymous => "anonymous".to_owned(),
            Self::Authenticated => "authenticated".to_owned(),
            Self::Owner => "owner".to_owned(),
            Self::Role(role) => format!("role {role}"),
        }
    }
}

impl Left {
    /// `yes`, `no`, or `if ..`.
    pub fn words(&self) -> String {
        match self {
            Self::Never => "no".to_owned(),
            Self::Always => "yes".to_owned(),
            Self::When(words) => format!("if {words}"),
        }
    }

    /// `always`, `never`, or `when`.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Never => "never",
            Self::Always => "always",
            Self::When(_) => "when",
        }
    }
}

impl Catalog {
    /// Of which records of a model somebody of a kind has a right; of a field, too. Of what they do not see, they have none.
    pub fn who_can(&self, model: usize, right: Right, field: Option<usize>, whom: &Whom) -> Left {
        let mut parts = Vec::new();
        if right != Right::Create && right != Right::Read {
            parts.push(self.of_right(model, Right::Read, whom));
        }
        parts.push(self.of_right(model, right, whom));
        let access = field.map(|place| self.models[model].schema.fields[place].access);
        let rule = access.and_then(|access| match right {
            Right::Create => access.create,
            Right::Update => access.update,
            _ => access.read,
        });
        parts.extend(rule.map(|policy| self.rest(policy, whom)));
        let servers = field.is_some_and(|place| crate::is_servers(&self.models[model], place));
        let is_masked = access.is_some_and(|access| access.mask.is_some() && access.read.is_none());
        if servers && matches!(right, Right::Create | Right::Update) || is_masked && right == Right::Read {
            return Left::Never;
        }
        match all(parts) {
            Rest::Fixed(false) => Left::Never,
            Rest::Fixed(true) => Left::Always,
            rest => Left::When(text(&rest, false)),
        }
    }

    fn of_right(&self, model: usize, right: Right, whom: &Whom) -> Rest {
        let schema = self.models[model].schema;
        let mut parts = Vec::new();
        if let Some(tenant) = schema.tenant {
            parts.push(match whom {
                Whom::Anonymous => Rest::Fixed(false),
                _ => Rest::Words(format!("{} = actor.tenant", schema.fields[tenant].name)),
            });
        }
        parts.push(said(schema, right).map_or(Rest::Fixed(false), |(_, policy)| self.rest(policy, whom)));
        let by = crate::access::by(schema).filter(|(name, _)| Right::Command(name) == right);
        parts.extend(by.map(|(_, policy)| self.rest(policy, whom)));
        if let AccessSchema::Rules(rules) = schema.access {
            let denies = rules.denies.iter().zip(&self.models[model].access.denies);
            let denies = denies.filter(|(_, deny)| deny.is_about(right));
            parts.extend(denies.map(|(deny, _)| not(self.rest(&deny.when, whom))));
        }
        all(parts)
    }

    fn rest(&self, policy: &Policy, whom: &Whom) -> Rest {
        let is_anonymous = *whom == Whom::Anonymous;
        // Whoever is unknown has no subject, no scope and no claim.
        let of_the_known = || if is_anonymous { Rest::Fixed(false) } else { Rest::Words(policy_text(policy)) };
        match policy {
            Policy::All(parts) => all(parts.iter().map(|part| self.rest(part, whom))),
            Policy::Any(parts) => any(parts.iter().map(|part| self.rest(part, whom))),
            Policy::Not(inner) => not(self.rest(inner, whom)),
            Policy::Public => Rest::Fixed(true),
            Policy::Authenticated => Rest::Fixed(!is_anonymous),
            Policy::Anonymous => Rest::Fixed(is_anonymous),
            Policy::Owner if *whom == Whom::Owner => Rest::Fixed(true),
            Policy::Role(role) => Rest::Fixed(match whom {
                Whom::Role(has) => has == role || self.roles.above(role).any(|above| above == has),
                _ => false,
            }),
            Policy::Permission(name) => match self.bindings.meaning(name) {
                Some(meaning) => self.rest(meaning, whom),
                None => Rest::Fixed(false),
            },
            Policy::ClaimIs(_, crate::Comparison::Equal, crate::Literal::Null) if is_anonymous => Rest::Fixed(true),
            Policy::Owner
            | Policy::Scope(_)
            | Policy::Member(_)
            | Policy::Claim(..)
            | Policy::AmongClaim(..)
            | Policy::ClaimIs(..) => of_the_known(),
            Policy::Related(..) | Policy::Check(..) | Policy::Test(_) => Rest::Words(policy_text(policy)),
        }
    }
}

fn all(parts: impl IntoIterator<Item = Rest>) -> Rest {
    joined(parts, false, Rest::All)
}

fn any(parts: impl IntoIterator<Item = Rest>) -> Rest {
    joined(parts, true, Rest::Any)
}

/// Parts of which one with the value `decides` is enough.
fn joined(parts: impl IntoIterator<Item = Rest>, decides: bool, form: fn(Vec<Rest>) -> Rest) -> Rest {
    let mut kept: Vec<Rest> = Vec::new();
    for part in parts {
        match part {
            Rest::Fixed(flag) if flag == decides => return Rest::Fixed(decides),
            Rest::Fixed(_) => {}
            Rest::All(inner) if !decides => inner.into_iter().for_each(|part| add(&mut kept, part)),
            Rest::Any(inner) if decides => inner.into_iter().for_each(|part| add(&mut kept, part)),
            part => add(&mut kept, part),
        }
    }
    match kept.len() {
        0 => Rest::Fixed(!decides),
        1 => kept.remove(0),
        _ => form(kept),
    }
}

/// What is said already is not said again.
fn add(kept: &mut Vec<Rest>, part: Rest) {
    if !kept.iter().any(|known| text(known, false) == text(&part, false)) {
        kept.push(part);
    }
}

fn not(rest: Rest) -> Rest {
    match rest {
        Rest::Fixed(flag) => Rest::Fixed(!flag),
        Rest::Not(inner) => *inner,
        rest => Rest::Not(Box::new(rest)),
    }
}

fn text(rest: &Rest, is_part: bool) -> String {
    let joined = |parts: &[Rest], sign: &str| {
        let words = parts.iter().map(|part| text(part, true)).collect::<Vec<_>>().join(sign);
        if is_part { format!("({words})") } else { words }
    };
    match rest {
        Rest::Fixed(flag) => flag.to_string(),
        Rest::All(parts) => joined(parts, " && "),
        Rest::Any(parts) => joined(parts, " || "),
        Rest::Not(inner) => format!("!({})", text(inner, false)),
        Rest::Words(words) => words.clone(),
    }
}
