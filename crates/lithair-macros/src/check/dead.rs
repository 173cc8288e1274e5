//! Rules that decide nothing: that nobody can ever fulfil, that denies take away whole, that others say already, and those of fields that are
//! wider than the struct's.
//!
//! A policy is a formula over a few atoms. Every assignment is tried that can be: nobody is anonymous and known, who has a role has those
//! below it, a field has one value. What is too large to try is left alone.

use std::collections::BTreeMap;

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
        repeated(model, policy, errors);
    }
    for right in denied_rights(model) {
        shadowed(model, right, errors);
    }
    for field in &model.fields {
        for (right, policy) in field.attributes.permissions.policies() {
            wider(model, &right, policy, errors);
        }
    }
}

fn field_policies(model: &Model) -> impl Iterator<Item = &Policy> {
    model.fields.iter().flat_map(|field| field.attributes.permissions.policies().map(|(_, policy)| policy))
}

/// Each alternative of a policy can be true; else that one is said.
fn clauses(model: &Model, policy: &Policy, errors: &Errors) {
    for part in alternatives(policy).iter().filter(|part| !possible(model, &[(part, true)])) {
        errors.at(part.span, "this is never true of anybody and any record");
    }
}

fn alternatives(policy: &Policy) -> &[Policy] {
    match &policy.form {
        Form::Any(parts) => parts.as_slice(),
        _ => std::slice::from_ref(policy),
    }
}

/// Whatever a deny is about: a command is an update by another name, and has its own rule.
fn denied_rights(model: &Model) -> Vec<&Right> {
    let permissions = &model.attributes.permissions;
    let denied = permissions.denies.iter().flat_map(|deny| &deny.rights);
    let commands =
        permissions.rules.iter().map(|(_, right, _)| right).filter(|right| matches!(right, Right::Command(_)));
    let mut rights: Vec<&Right> = Vec::new();
    for right in denied.chain(commands) {
        if !rights.contains(&right) {
            rights.push(right);
        }
    }
    rights
}

/// Says which deny takes away all that a rule gives, or else which alternatives of the rule the denies take away.
fn shadowed(model: &Model, right: &Right, errors: &Errors) {
    let permissions = &model.attributes.permissions;
    let Some(rule) = permissions.of(right).filter(|rule| possible(model, &[(rule, true)])) else { return };
    let is_command = |name: &String| !["purge", "restore"].contains(&name.as_str());
    let is_about = |of: &Right| match right {
        Right::Command(name) if is_command(name) => of == right || *of == Right::Update,
        Right::Command(_) => of == right || *of == Right::Delete,
        right => of == right,
    };
    let denies = permissions.denies.iter().filter(|deny| deny.rights.iter().any(is_about));
    let mut spared: Vec<(&Policy, bool)> = Vec::new();
    for deny in denies {
        spared.push((&deny.when, false));
        if !possible(model, &[&[(rule, true)], spared.as_slice()].concat()) {
            let word = crate::policy::RIGHTS.iter().find(|(_, of)| of == right).map_or("command", |(word, _)| word);
            let with = if spared.len() > 1 { "with the denies before it, this" } else { "this" };
            let what = format!("{with} denies `{word}` to everybody whom its rule allows: nobody could ever do it");
            return errors.at(deny.span, what);
        }
    }
    // What is said of several rights may be denied of one of them.
    let own = permissions.rules.iter().find(|(_, of, _)| of == right).map(|(_, _, policy)| policy);
    let alternatives = own.map(alternatives).unwrap_or_default();
    for part in alternatives.iter().filter(|part| possible(model, &[(part, true)])) {
        if !possible(model, &[&[(part, true)], spared.as_slice()].concat()) {
            errors.at(part.span, "a deny takes away all that this allows: it decides nothing");
        }
    }
}

/// Parts that others of the same policy say already: a role below which another one stands, something twice.
fn repeated(model: &Model, policy: &Policy, errors: &Errors) {
    let (parts, is_any) = match &policy.form {
        Form::Any(parts) => (parts, true),
        Form::All(parts) => (parts, false),
        Form::Not(inner) => return repeated(model, inner, errors),
        _ => return,
    };
    parts.iter().for_each(|part| repeated(model, part, errors));
    // Of an alternative, that another one is true with it; of a condition, that another one is true only with it.
    let implies = |one: &Policy, other: &Policy| !possible(model, &[(one, true), (other, false)]);
    for (place, part) in parts.iter().enumerate() {
        // That somebody is known is worth saying even where it follows.
        let is_said_for_clarity = !is_any && matches!(part.form, Form::Authenticated);
        let is_dead = !possible(model, &[(part, true)]) || !possible(model, &[(part, false)]);
        if is_said_for_clarity || is_dead {
            continue;
        }
        let by = parts.iter().enumerate().find(|(other_place, other)| {
            let (follows, is_followed) = match is_any {
                true => (implies(part, other), implies(other, part)),
                false => (implies(other, part), implies(part, other)),
            };
            // Of two that are the same, the later one is said.
            *other_place != place
                && possible(model, &[(other, true)])
                && follows
                && (!is_followed || *other_place < place)
        });
        if let Some((_, by)) = by {
            errors.at(part.span, already(part, by, is_any));
        }
    }
}

fn already(part: &Policy, by: &Policy, is_any: bool) -> String {
    match (&part.form, &by.form) {
        (Form::Role(role), Form::Role(other)) if is_any && role != other => {
            format!("`{role}` is above `{other}`, which is enough: leave it out")
        }
        (Form::Role(role), Form::Role(other)) if role != other => {
            format!("whoever is `{other}` is `{role}`, too: leave it out")
        }
        _ if is_any => "wherever this is true, another alternative is true already: leave it out".to_owned(),
        _ => "what stands beside it says so already: leave it out".to_owned(),
    }
}

/// A field narrows what the struct says.
fn wider(model: &Model, right: &Right, policy: &Policy, errors: &Errors) {
    let Some(rule) = model.attributes.permissions.of(right).filter(|rule| !rule.is_public()) else { return };
    let is_wider =
        !possible(model, &[(rule, true), (policy, false)]) && possible(model, &[(rule, false), (policy, true)]);
    if is_wider {
        errors.at(policy.span, "a field narrows what the struct says, and this is wider: leave it out");
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
