//! Policies and rights as an author writes them.

use crate::document::{comparison_word, expression};
use crate::literal::literal_text;
use crate::{Policy, Right};

/// A policy as text.
pub fn policy_text(policy: &Policy) -> String {
    match policy {
        Policy::All(parts) => joined(parts, " && "),
        Policy::Any(parts) => joined(parts, " || "),
        Policy::Not(inner) => format!("!({})", policy_text(inner)),
        Policy::Public => "public".to_owned(),
        Policy::Authenticated => "authenticated".to_owned(),
        Policy::Anonymous => "anonymous".to_owned(),
        Policy::Owner => "owner".to_owned(),
        Policy::Role(role) => format!("role({role})"),
        Policy::Scope(scope) => format!("scope({scope:?})"),
        Policy::Permission(name) => format!("perm({name:?})"),
        Policy::Member(relation) => format!("member({relation})"),
        Policy::Related(relation, Policy::All([])) => format!("any({relation})"),
        Policy::Related(relation, inner) => format!("any({relation} where {})", policy_text(inner)),
        Policy::Check(relation, right) => format!("check({relation}, {})", right_text(*right)),
        Policy::Test(expr) => expression(expr),
        Policy::Claim(expr, comparison, claim) => {
            format!("{} {} actor.{claim}", expression(expr), comparison_word(*comparison))
        }
        Policy::AmongClaim(expr, claim) => format!("{} in actor.{claim}", expression(expr)),
        Policy::ClaimIs(claim, comparison, literal) => {
            format!("actor.{claim} {} {}", comparison_word(*comparison), literal_text(literal))
        }
    }
}

fn joined(parts: &[Policy], separator: &str) -> String {
    let inner = |part: &Policy| match part {
        Policy::All(_) | Policy::Any(_) => format!("({})", policy_text(part)),
        _ => policy_text(part),
    };
    parts.iter().map(inner).collect::<Vec<_>>().join(separator)
}

/// A right as text: `read`, `command(publish)`.
pub fn right_text(right: Right) -> String {
    match right {
        Right::Read => "read".to_owned(),
        Right::Create => "create".to_owned(),
        Right::Update => "update".to_owned(),
        Right::Delete => "delete".to_owned(),
        Right::History => "history".to_owned(),
        Right::Export => "export".to_owned(),
        Right::Command(name) => format!("command({name})"),
    }
}
