//! What would change the truth of a policy, in words: alternatives, each with all that it takes.

use super::{Asker, Sides, Truth, policy_text};
use crate::Policy;

/// Alternatives that are told. A rule that has more is hard to read anyway.
const ALTERNATIVES_MAX: usize = 16;

impl Asker<'_> {
    /// What would make a policy true, or false.
    pub(super) fn change(
        &self,
        model: usize,
        policy: &Policy,
        to: bool,
        sides: Option<&Sides<'_>>,
    ) -> Vec<Vec<String>> {
        let part = |part: &Policy| self.change(model, part, to, sides);
        match policy {
            // Any is enough to make it true; to make it false takes all.
            Policy::Any(parts) if to => parts.iter().flat_map(part).take(ALTERNATIVES_MAX).collect(),
            Policy::All(parts) if !to => parts.iter().flat_map(part).take(ALTERNATIVES_MAX).collect(),
            Policy::Any(parts) | Policy::All(parts) => together(parts.iter().map(part)),
            Policy::Not(inner) => self.change(model, inner, !to, sides),
            Policy::Permission(name) => match self.catalog.bindings.meaning(name) {
                Some(meaning) => self.change(model, meaning, to, sides),
                None if to => vec![vec![format!("a meaning of the permission {name:?}: nothing is bound to it")]],
                None => vec![Vec::new()],
            },
            atom => self.atom(model, atom, to, sides),
        }
    }

    fn atom(&self, model: usize, atom: &Policy, to: bool, sides: Option<&Sides<'_>>) -> Vec<Vec<String>> {
        let is = self.truth(&self.of_policy(model, atom), sides);
        if is == Truth::of(to) {
            return vec![Vec::new()];
        }
        let words = self.words(model, atom, to);
        words.map(|words| vec![vec![words]]).unwrap_or_default()
    }

    /// What it takes for an atom to be true, or false. None where nothing does.
    fn words(&self, model: usize, atom: &Policy, to: bool) -> Option<String> {
        let schema = self.catalog.models[model].schema;
        let owner = || schema.fields.iter().find(|field| field.access.owner).map_or("owner", |field| field.name);
        Some(match (atom, to) {
            (Policy::Public, _) => return None,
            (Policy::Authenticated, true) | (Policy::Anonymous, false) => "a credential".to_owned(),
            (Policy::Authenticated, false) | (Policy::Anonymous, true) => "no credential".to_owned(),
            (Policy::Owner, true) => format!("being the owner: the subject that `{}` names", owner()),
            (Policy::Owner, false) => format!("not being the owner, whom `{}` names", owner()),
            (Policy::Role(role), true) => {
                let above: Vec<&str> = self.catalog.roles.above(role).collect();
                match above.is_empty() {
                    true => format!("role {role}"),
                    false => format!("role {role}, or {} above it", above.join(", ")),
                }
            }
            (Policy::Role(role), false) => format!("no role {role}, nor one above it"),
            (Policy::Scope(scope), true) => format!("a credential with the scope {scope:?}"),
            (Policy::Scope(scope), false) => format!("a credential without the scope {scope:?}"),
            (Policy::Member(relation), true) => format!("being one of `{relation}`"),
            (Policy::Member(relation), false) => format!("being none of `{relation}`"),
            (atom, true) => policy_text(atom),
            (atom, false) => format!("!({})", policy_text(atom)),
        })
    }
}

/// All of these at once: one alternative of each, in every combination.
pub(super) fn together(parts: impl Iterator<Item = Vec<Vec<String>>>) -> Vec<Vec<String>> {
    let mut all: Vec<Vec<String>> = vec![Vec::new()];
    for alternatives in parts {
        let mut joined = Vec::new();
        for (known, added) in all.iter().flat_map(|known| alternatives.iter().map(move |added| (known, added))) {
            let mut alternative = known.clone();
            alternative.extend(added.iter().filter(|words| !known.contains(words)).cloned());
            joined.push(alternative);
        }
        joined.truncate(ALTERNATIVES_MAX);
        all = joined;
    }
    all.retain(|alternative| !alternative.is_empty());
    all
}
