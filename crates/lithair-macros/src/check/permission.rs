//! Policies name what is there, and can be true of somebody.

use proc_macro2::Span;
use syn::Ident;
use syn::ext::IdentExt;

use super::expressions::truth;
use super::scope::Scope;
use super::{Relation, dead};
use crate::ast::{Field, Model};
use crate::errors::Errors;
use crate::expr::Node;
use crate::policy::{self, Among, Form, Operand, Policy, Right};
use crate::suggest;
use crate::types::Class;

pub(super) fn check(model: &Model, relations: &[Relation], scope: &Scope<'_>, errors: &Errors) {
    let permissions = &model.attributes.permissions;
    let judge = Judge { model, relations, scope, errors };
    if let Some(all) = &permissions.all {
        judge.policy(all, &Right::Read);
    }
    if let Some(write) = &permissions.write {
        judge.policy(write, &Right::Create);
    }
    for (span, right, policy) in &permissions.rules {
        judge.policy(policy, right);
        let same = permissions.rules.iter().filter(|(_, of, _)| of == right).count();
        if same > 1 && matches!(right, Right::Command(_)) {
            errors.at(*span, "the command is there twice");
        }
    }
    for deny in &permissions.denies {
        deny.rights.iter().for_each(|right| judge.policy(&deny.when, right));
    }
    permissions.afters.iter().for_each(|after| judge.policy(&after.holds, &after.right));
    for field in &model.fields {
        field.attributes.permissions.policies().for_each(|(right, policy)| judge.policy(policy, &right));
        let ways = field.attributes.states.iter().flat_map(|states| &states.transitions);
        ways.filter_map(|way| Some((way, way.by.as_ref()?)))
            .for_each(|(way, by)| judge.policy(by, &Right::Command(way.name.to_string())));
    }
    roles(&permissions.roles, errors);
    owners(model, errors);
    fields(model, errors);
    dead::check(model, errors);
}

struct Judge<'a> {
    model: &'a Model,
    relations: &'a [Relation],
    scope: &'a Scope<'a>,
    errors: &'a Errors,
}

impl Judge<'_> {
    fn policy(&self, policy: &Policy, right: &Right) {
        policy.walk(&mut |part| self.part(part, right));
    }

    fn part(&self, part: &Policy, right: &Right) {
        match &part.form {
            Form::Test(node) => match &node.form {
                crate::expr::Form::Field(name) if self.scope.find(name).is_none() => self.unknown_word(name),
                _ => {
                    self.no_code(node);
                    truth(node, self.scope, self.errors);
                }
            },
            Form::Role(role) => self.role(role),
            Form::Owner if self.model.fields.iter().all(|field| field.attributes.permissions.owner.is_none()) => {
                self.errors
                    .at(part.span, "`owner`: no field says whose a record is; write `#[permission(owner)]` on one");
            }
            Form::Member(relation) | Form::Related(relation, _) | Form::Check(relation, _) => self.relation(relation),
            Form::Compare(left, _, other) => {
                self.operand(left, right);
                self.operand(other, right);
                if let (Operand::Claim(claim), Operand::Claim(_)) = (left, other) {
                    self.errors.at(claim.span(), "one side of a comparison is a field or a constant");
                }
            }
            Form::In(left, among) => {
                self.operand(left, right);
                match (left, among) {
                    (Operand::Claim(claim), Among::Claim(_)) => {
                        self.errors.at(claim.span(), "one side is a field or a list of constants");
                    }
                    (_, Among::List(list)) => list.iter().for_each(|node| self.constant(node)),
                    _ => {}
                }
            }
            Form::IsNull(operand, _) | Form::Flag(operand) => self.operand(operand, right),
            Form::All(_) | Form::Any(_) | Form::Not(_) | Form::Public | Form::Authenticated | Form::Anonymous => {}
            Form::Owner | Form::Scope(_) | Form::Permission(_) => {}
        }
    }

    /// A word alone is a field, or says who.
    fn unknown_word(&self, word: &Ident) {
        let spelled = word.unraw().to_string();
        let fields = self.model.fields.iter().map(|field| field.name.as_str());
        let hint = suggest::hint(&spelled, fields.chain(["public", "authenticated", "anonymous", "owner"]));
        self.errors.at(word.span(), format!("`{spelled}` is neither a field nor says who{hint}"));
    }

    fn constant(&self, node: &Node) {
        if !matches!(node.form, crate::expr::Form::Constant(_)) {
            self.errors.at(node.span, "a list is of constants");
        }
    }

    fn role(&self, role: &Ident) {
        let roles = &self.model.attributes.permissions.roles;
        let word = role.unraw().to_string();
        let known: Vec<String> = roles.iter().flatten().map(|role| role.unraw().to_string()).collect();
        if !known.is_empty() && !known.contains(&word) {
            let hint = suggest::hint(&word, known.iter().map(String::as_str));
            self.errors.at(role.span(), format!("unknown role `{word}`{hint}"));
        }
    }

    fn relation(&self, relation: &Ident) {
        let word = relation.unraw().to_string();
        let known = self.relations.iter().map(|relation| relation.name.as_str());
        let known: Vec<&str> = known.chain(self.model.links.iter().map(|link| link.name.as_str())).collect();
        if !known.contains(&word.as_str()) {
            let hint = suggest::hint(&word, known.iter().copied());
            self.errors.at(relation.span(), format!("unknown relation `{word}`{hint}"));
        }
    }

    fn operand(&self, operand: &Operand, right: &Right) {
        match operand {
            Operand::Before(node) if *right != Right::Update => {
                self.errors.at(node.span, "what a record was is known of a change only: `before` is for `update`");
            }
            Operand::Input(node) if !matches!(right, Right::Update | Right::Create) => {
                self.errors
                    .at(node.span, "what was sent is known of a change only: `input` is for `create` and `update`");
            }
            Operand::Before(node) | Operand::Input(node) => self.fields(node),
            Operand::Claim(_) => {}
            Operand::Value(node) => {
                self.no_code(node);
                self.fields(node);
            }
        }
    }

    /// What a function gives is not known of what is not at hand: no list could be filtered by it.
    fn no_code(&self, node: &Node) {
        node.walk(&mut |node| {
            if let crate::expr::Form::Code(_) = node.form {
                self.errors.at(node.span, policy::NO_CODE);
            }
        });
    }

    fn fields(&self, node: &Node) {
        node.walk(&mut |node| {
            if let crate::expr::Form::Field(name) = &node.form {
                self.scope.resolve(name, self.errors);
            }
        });
    }
}

/// No role is above itself.
fn roles(chains: &[Vec<Ident>], errors: &Errors) {
    let above = |one: &Ident, other: &Ident| {
        chains.iter().any(|chain| {
            let place = |role: &Ident| chain.iter().position(|known| known == role);
            place(one).zip(place(other)).is_some_and(|(one, other)| one < other)
        })
    };
    for (count, chain) in chains.iter().enumerate() {
        for (place, role) in chain.iter().enumerate() {
            if chain[..place].contains(role) {
                errors.at(role.span(), format!("`{role}` would be above itself"));
            }
            let contradicts = |higher: &Ident| above(role, higher);
            if count > 0 && chain[..place].iter().any(contradicts) {
                errors
                    .at(role.span(), format!("`{role}` would be above itself: an earlier chain says it the other way"));
            }
        }
    }
}

fn owners(model: &Model, errors: &Errors) {
    let owners = model.fields.iter().filter_map(|field| field.attributes.permissions.owner);
    owners.skip(1).for_each(|span| errors.at(span, "a record has one owner, and another field says so already"));
}

/// What asks about a field that not everybody sees would tell of it.
fn fields(model: &Model, errors: &Errors) {
    for field in &model.fields {
        let attributes = &field.attributes;
        if let Some(span) = attributes.guarded.filter(|_| !attributes.permissions.is_narrower()) {
            errors.at(span, "everybody who sees the record sees the field: `filter` is enough");
        }
        let narrower = "not everybody who sees the record sees this field";
        if attributes.permissions.is_narrower() {
            let told = |span: Span, what: &str| errors.at(span, format!("{narrower}: {what}"));
            if let Some(span) = attributes.filter.filter(|_| attributes.guarded.is_none()) {
                told(span, "write `filter(guarded)`, which asks only where the field is seen");
            }
            if let Some(span) = attributes.sort {
                told(span, "the order would tell what it is");
            }
            attributes.search.iter().for_each(|(span, _)| told(*span, "what is found would tell what it is"));
            if let Some(span) = attributes.primary_key {
                told(span, "the key is in every path");
            }
        }
        masked(field, errors);
    }
}

/// A mask stands for a text that somebody may not read.
fn masked(field: &Field, errors: &Errors) {
    let attributes = &field.attributes;
    let Some(mask) = attributes.permissions.mask else { return };
    if !matches!(field.shape.class, Class::Text | Class::Other) {
        errors.at(mask.span, format!("`mask` is for texts, and this is {}", field.shape.class.word()));
    }
    if attributes.permissions.read.as_ref().is_some_and(Policy::is_public) {
        errors.at(mask.span, "everybody reads the field, so nobody would see its mask: leave out one of the two");
    }
    if attributes.hidden.or(attributes.write_only).is_some() {
        errors.at(mask.span, "the field is shown to nobody, masked or not: leave out `mask`");
    }
}
