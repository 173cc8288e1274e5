//! What can be wrong with the permissions of a program. The derive refuses most of it at its span.

use std::collections::BTreeSet;

use super::rule::Compiler;
use super::{Bindings, Roles, right_text};
use crate::catalog::ways_of;
use crate::{
    AccessSchema, ComputedFrom, ComputedSchema, Expr, Kind, ModelSchema, Policy, Right, SchemaProblem, nearest,
};

/// What is wrong with these models' permissions.
pub(crate) fn problems(schemas: &[&'static ModelSchema], bindings: &Bindings) -> Vec<SchemaProblem> {
    let mut problems = Vec::new();
    let roles = match Roles::of(schemas, bindings) {
        Ok(roles) => roles,
        Err(detail) => return vec![SchemaProblem { model: schemas[0].name, field: None, detail }],
    };
    for (place, schema) in schemas.iter().enumerate() {
        let mut tell = |detail: String| problems.push(SchemaProblem { model: schema.name, field: None, detail });
        for (right, policy) in policies(schema) {
            if let Err(error) = (Compiler { schemas, bindings }).rule(place, policy) {
                tell(format!("`{}`: {error}", right_text(right)));
            }
            sides(right, policy, &mut tell);
            // The server's own models name a role that a program need not have.
            if !schema.path.starts_with("lithair/") {
                known_roles(&roles, policy, &mut tell);
            }
        }
        commands(schema, &mut tell);
        fields(schema, &mut tell);
        tenant(schema, &mut tell);
        if leads_to_itself(schemas, bindings, (place, Right::Read), &mut Vec::new()) {
            tell("`check(..)`: the rule asks itself, by way of others".to_owned());
        }
    }
    problems
}

/// The names of permissions that the policies of a model name.
pub(crate) fn permissions_of(schema: &'static ModelSchema) -> BTreeSet<&'static str> {
    let mut names = BTreeSet::new();
    for (_, policy) in policies(schema) {
        walk(policy, &mut |policy| {
            if let Policy::Permission(name) = policy {
                names.insert(*name);
            }
        });
    }
    names
}

/// Every policy of a model, with the right that it is about.
pub(super) fn policies(schema: &'static ModelSchema) -> Vec<(Right, &'static Policy)> {
    let mut found = Vec::new();
    if let AccessSchema::Rules(policy) = schema.access {
        found.extend(policy.rules.iter().map(|(right, policy)| (*right, policy)));
        found.extend(policy.denies.iter().flat_map(|deny| deny.rights.iter().map(|right| (*right, &deny.when))));
        found.extend(policy.afters.iter().map(|after| (after.right, &after.holds)));
    }
    found.extend(super::by(schema).map(|(name, policy)| (Right::Command(name), policy)));
    for field in schema.fields {
        let access = &field.access;
        found.extend(access.read.map(|policy| (Right::Read, policy)));
        found.extend(access.create.map(|policy| (Right::Create, policy)));
        found.extend(access.update.map(|policy| (Right::Update, policy)));
    }
    found
}

pub(super) fn walk(policy: &Policy, found: &mut dyn FnMut(&Policy)) {
    found(policy);
    match policy {
        Policy::All(inner) | Policy::Any(inner) => inner.iter().for_each(|policy| walk(policy, found)),
        Policy::Not(inner) | Policy::Related(_, inner) => walk(inner, found),
        _ => {}
    }
}

/// What a record was and what was sent is known of changes only.
fn sides(right: Right, policy: &Policy, tell: &mut dyn FnMut(String)) {
    let is_of_change = matches!(right, Right::Update);
    walk(policy, &mut |policy| {
        let expr = match policy {
            Policy::Test(expr) => expr,
            Policy::Claim(expr, ..) | Policy::AmongClaim(expr, _) => *expr,
            _ => return,
        };
        let may_send = is_of_change || matches!(right, Right::Create);
        names(expr, &mut |name| {
            if name.starts_with("before.") && !is_of_change || name.starts_with("input.") && !may_send {
                tell(format!("`{}`: `{name}` is known of a change only", right_text(right)));
            }
        });
    });
}

fn names(expr: &Expr, found: &mut dyn FnMut(&'static str)) {
    let mut names = Vec::new();
    expr.names(&mut names);
    names.into_iter().for_each(found);
}

/// Where any role is declared, all that are named are. A program that declares none has those that it names.
fn known_roles(roles: &Roles, policy: &Policy, tell: &mut dyn FnMut(String)) {
    walk(policy, &mut |policy| {
        if let Policy::Role(role) = policy
            && roles.names().next().is_some()
            && !roles.knows(role)
        {
            let near = nearest(role, roles.names()).map(|near| format!("; did you mean `{near}`?"));
            tell(format!("`role({role})`: no `roles(..)` names it{}", near.unwrap_or_default()));
        }
    });
}

/// `command(..)` names a command, a transition, or what is done to the trash.
fn commands(schema: &'static ModelSchema, tell: &mut dyn FnMut(String)) {
    let transitions = schema.fields.iter().filter_map(|field| field.states).flat_map(|states| states.transitions);
    let known = schema.commands.iter().map(|command| command.name).chain(transitions.map(|way| way.name));
    let trash = ["purge", "restore"].into_iter().filter(|_| schema.lifecycle.soft_delete.is_some());
    let known: Vec<&str> = known.chain(trash).collect();
    for (right, _) in policies(schema) {
        if let Right::Command(name) = right
            && !known.contains(&name)
        {
            let near = nearest(name, known.iter().copied()).map(|near| format!("; did you mean `{near}`?"));
            tell(format!("`command({name})`: there is no such command{}", near.unwrap_or_default()));
        }
    }
}

fn fields(schema: &'static ModelSchema, tell: &mut dyn FnMut(String)) {
    let owners = schema.fields.iter().filter(|field| field.access.owner);
    for (count, owner) in owners.enumerate() {
        if count > 0 {
            tell(format!("`{}`: a record has one owner", owner.name));
        }
        if !names_somebody(&owner.kind) {
            tell(format!("`{}`: an owner is named by a text, a whole number or an identifier", owner.name));
        }
    }
    for field in schema.fields.iter().filter(|field| field.access.mask.is_some()) {
        if field.kind != Kind::Text {
            tell(format!("`{}`: only texts have a `mask`", field.name));
        }
        if field.access.read == Some(&Policy::Public) {
            tell(format!("`{}`: everybody reads it, so nobody would see its `mask`", field.name));
        }
    }
    for (place, field) in schema.fields.iter().enumerate().filter(|(_, field)| field.access.is_narrower()) {
        let mut refuse =
            |what: &str| tell(format!("`{}`: not everybody who sees a record sees the field, so {what}", field.name));
        if schema.key.contains(&place) {
            refuse("it cannot be part of the key, which is in every path");
        }
        let is_of_field = |ordered: usize| match ordered.checked_sub(schema.fields.len()) {
            None => ordered == place,
            Some(inside) => crate::embedded::members(schema.fields)[inside].path[0] == place,
        };
        if field.sort || schema.order.iter().any(|term| is_of_field(term.field)) {
            refuse("nothing is sorted by it: the order would tell");
        }
        if schema.fulltext.iter().any(|term| term.field == place) {
            refuse("its words are not searched: what is found would tell");
        }
        if field.filter && !field.access.guarded {
            refuse("`filter` needs `filter(guarded)`: it then asks only where the field is seen");
        }
    }
    for (_, policy) in policies(schema).into_iter().filter(|(right, _)| *right == Right::Read) {
        walk(policy, &mut |policy| {
            let expr = match policy {
                Policy::Test(expr) => expr,
                Policy::Claim(expr, ..) | Policy::AmongClaim(expr, _) => *expr,
                _ => return,
            };
            names(expr, &mut |name| {
                if !is_kept(schema, name) {
                    tell(format!(
                        "`read` asks `{name}`, and what it was is not kept: nobody could say who saw a record then"
                    ));
                }
            });
        });
    }
}

/// Whether it can be said what a field was, or what it would have been computed from.
fn is_kept(schema: &'static ModelSchema, name: &str) -> bool {
    let field = name.split('.').next().and_then(|first| schema.fields.iter().find(|field| field.name == first));
    let Some(field) = field else { return true };
    match field.computed {
        Some(ComputedSchema { stored: false, from: ComputedFrom::Expr(expr) }) => {
            let mut names = Vec::new();
            expr.names(&mut names);
            names.into_iter().all(|name| name == field.name || is_kept(schema, name))
        }
        _ => field.history.is_whole(),
    }
}

fn tenant(schema: &ModelSchema, tell: &mut dyn FnMut(String)) {
    let Some(place) = schema.tenant else { return };
    let Some(field) = schema.fields.get(place) else { return tell("`tenant` names no field".to_owned()) };
    if !names_somebody(&field.kind) || field.optional {
        tell(format!(
            "`{}`: a tenant is named by a text, a whole number or an identifier, never by nothing",
            field.name
        ));
    }
    if field.access != crate::FieldAccess::OPEN {
        tell(format!("`{}`: the tenant is set by the server, and seen by whoever is of it", field.name));
    }
    let is_given = |&place: &usize| schema.fields[place].auto.is_none();
    if !schema.key.contains(&place) && schema.key.iter().any(is_given) {
        tell(format!(
            "the key is given by callers, and would tell one tenant which keys another has: let the server give it \
             (`auto`), or make `{}` part of it",
            field.name
        ));
    }
    for unique in schema.uniques.iter().filter(|unique| unique.fields != schema.key) {
        if !unique.fields.contains(&place) {
            let fields: Vec<_> = unique.fields.iter().map(|&place| schema.fields[place].name).collect();
            tell(format!(
                "`unique({})`: `{}` is not part of it, so one tenant would tell what another has",
                fields.join(", "),
                field.name
            ));
        }
    }
}

fn names_somebody(kind: &Kind) -> bool {
    matches!(kind, Kind::Text | Kind::Uuid | Kind::Int { .. })
}

/// Whether a rule asks itself by `check(..)`.
fn leads_to_itself(
    schemas: &[&'static ModelSchema],
    bindings: &Bindings,
    at: (usize, Right),
    path: &mut Vec<(usize, Right)>,
) -> bool {
    if path.contains(&at) {
        return true;
    }
    path.push(at);
    let (place, right) = at;
    let mut asked = Vec::new();
    for (_, policy) in policies(schemas[place]).into_iter().filter(|(of, _)| *of == right) {
        walk(policy, &mut |policy| {
            // What a name is bound to asks in its place.
            let mut ask = |policy: &Policy| {
                if let Policy::Check(relation, right) = policy
                    && let Ok(target) = ways_of(place, relation, schemas)
                {
                    asked.push((target.model, *right));
                }
            };
            match policy {
                Policy::Permission(name) => bindings.meaning(name).into_iter().for_each(|bound| walk(bound, &mut ask)),
                policy => ask(policy),
            }
        });
    }
    let found = asked.into_iter().any(|next| leads_to_itself(schemas, bindings, next, path));
    path.pop();
    found
}
