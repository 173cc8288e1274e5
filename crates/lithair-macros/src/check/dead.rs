//! Rules that nobody can ever fulfil, and those that a deny takes away whole.
//!
//! A policy is a formula over a few atoms. Every assignment is tried that can be: nobody is anonymous and known, who has a role has those
//! below it, a field has one value. What is too large to try is left alone.

use std::collections::BTreeMap;

use proc_macro2::Span;
use quote::ToTokens;
use syn::ext::IdentExt;

use crate::ast::Model;
use crate::errors::Errors;
use crate::expr::{self, Comparison, Constant, Node};
use crate::policy::{Form, Policy, Right};

/// Atoms of a formula that is tried.
const ATOMS_MAX: usize = 12;

pub(super) fn check(model: &Model, errors: &Errors) {
    let permissions = &model.attributes.permissions;
    for policy in permissions.policies().chain(field_policies(model)) {
        clauses(model, policy, errors);
    }
    for deny in &permissions.denies {
        for right in &deny.rights {
            if let Some(rule) = permissions.of(right)
                && !possible(model, &[(rule, true), (&deny.when, false)])
                && possible(model, &[(rule, true)])
            {
                shadowed(deny.span, right, errors);
            }
        }
    }
}

fn field_policies(model: &Model) -> impl Iterator<Item = &Policy> {
    model.fields.iter().flat_map(|field| field.attributes.permissions.policies().map(|(_, policy)| policy))
}

fn shadowed(span: Span, right: &Right, errors: &Errors) {
    let word = crate::policy::RIGHTS.iter().find(|(_, of)| of == right).map_or("command", |(word, _)| word);
    errors.at(span, format!("this denies `{word}` to everybody whom its rule allows: nobody could ever do it"));
}

/// Each alternative of a policy can be true; else that one is said.
fn clauses(model: &Model, policy: &Policy, errors: &Errors) {
    let alternatives = match &policy.form {
        Form::Any(parts) => parts.as_slice(),
        _ => std::slice::from_ref(policy),
    };
    for part in alternatives.iter().filter(|part| !possible(model, &[(part, true)])) {
        errors.at(part.span, "this is never true of anybody and any record");
    }
}

/// Whether all formulas can have these values at once.
fn possible(model: &Model, formulas: &[(&Policy, bool)]) -> bool {
    let mut atoms = Atoms::default();
    formulas.iter().for_each(|(policy, _)| policy.walk(&mut |part| atoms.add(part)));
    let count = atoms.places.len();
    if count > ATOMS_MAX {
        return true;
    }
    let fits = |truth: u32| {
        atoms.can_be(model, truth) && formulas.iter().all(|(policy, value)| atoms.value(policy, truth) == *value)
    };
    (0..1_u32 << count).any(fits)
}

/// What a formula is made of, by its text.
#[derive(Default)]
struct Atoms {
    places: BTreeMap<String, usize>,
}

const ANONYMOUS: &str = "anonymous";

impl Atoms {
    fn add(&mut self, part: &Policy) {
        if let Some((name, _)) = atom(part) {
            let next = self.places.len();
            self.places.entry(name).or_insert(next);
        }
    }

    fn holds(&self, name: &str, truth: u32) -> Option<bool> {
        self.places.get(name).map(|place| truth >> place & 1 == 1)
    }

    fn value(&self, policy: &Policy, truth: u32) -> bool {
        match &policy.form {
            Form::All(parts) => parts.iter().all(|part| self.value(part, truth)),
            Form::Any(parts) => parts.iter().any(|part| self.value(part, truth)),
            Form::Not(inner) => !self.value(inner, truth),
            Form::Public => true,
            _ => {
                let (name, is_positive) = atom(policy).expect("what is no connective is an atom");
                self.holds(&name, truth).expect("every atom was added") == is_positive
            }
        }
    }

    /// Whether an assignment is one that there can be.
    fn can_be(&self, model: &Model, truth: u32) -> bool {
        let is_anonymous = self.holds(ANONYMOUS, truth);
        let mut equal: BTreeMap<&str, usize> = BTreeMap::new();
        for name in self.places.keys().filter(|name| self.holds(name, truth) == Some(true)) {
            let is_of_the_known = ["owner", "role ", "scope ", "member "].iter().any(|word| name.starts_with(word));
            if is_of_the_known && is_anonymous == Some(true) {
                return false;
            }
            if let Some((field, _)) = name.strip_prefix("equal ").and_then(|rest| rest.split_once(' ')) {
                *equal.entry(field).or_default() += 1;
            }
            if let Some(role) = name.strip_prefix("role ") {
                let below = below(model, role);
                if below.iter().any(|lower| self.holds(&format!("role {lower}"), truth) == Some(false)) {
                    return false;
                }
            }
        }
        equal.values().all(|count| *count <= 1)
    }
}

/// The roles below one, by the chains of the struct.
fn below(model: &Model, role: &str) -> Vec<String> {
    let mut found = Vec::new();
    for chain in &model.attributes.permissions.roles {
        let names: Vec<String> = chain.iter().map(|role| role.unraw().to_string()).collect();
        if let Some(place) = names.iter().position(|name| name == role) {
            found.extend_from_slice(&names[place + 1..]);
        }
    }
    found
}

/// The name of an atom, and whether the part says it or its contrary. None of connectives.
fn atom(part: &Policy) -> Option<(String, bool)> {
    Some(match &part.form {
        Form::All(_) | Form::Any(_) | Form::Not(_) | Form::Public => return None,
        Form::Anonymous => (ANONYMOUS.to_owned(), true),
        Form::Authenticated => (ANONYMOUS.to_owned(), false),
        Form::Owner => ("owner".to_owned(), true),
        Form::Role(role) => (format!("role {}", role.unraw()), true),
        Form::Scope(scope) => (format!("scope {}", scope.value()), true),
        Form::Permission(name) => (format!("permission {}", name.value()), true),
        Form::Member(relation) => (format!("member {relation}"), true),
        Form::Test(node) => condition(node),
        // Of these nothing is known but that they are what they are.
        _ => (format!("part {:p}", part), true),
    })
}

fn condition(node: &Node) -> (String, bool) {
    let opaque = || (format!("part {node:p}"), true);
    match &node.form {
        expr::Form::Field(name) => (format!("flag {name}"), true),
        expr::Form::Not(inner) => {
            let (name, is_positive) = condition(inner);
            (name, !is_positive)
        }
        expr::Form::Compare(left, comparison, right) => match (&left.form, &right.form) {
            (expr::Form::Field(name), expr::Form::Constant(value))
                if matches!(comparison, Comparison::Equal | Comparison::NotEqual) =>
            {
                (format!("equal {name} {}", text(value)), *comparison == Comparison::Equal)
            }
            _ => opaque(),
        },
        expr::Form::IsNull(inner, is_some) => match &inner.form {
            expr::Form::Field(name) => (format!("equal {name} null"), !is_some),
            _ => opaque(),
        },
        _ => opaque(),
    }
}

fn text(constant: &Constant) -> String {
    match constant {
        Constant::Bool(flag) => flag.to_string(),
        Constant::Int(number) => number.to_string(),
        Constant::Number(text) => text.clone(),
        Constant::Text(text) => format!("{text:?}"),
        Constant::Variant(path) => {
            path.segments.last().map(|last| last.to_token_stream().to_string()).unwrap_or_default()
        }
    }
}
