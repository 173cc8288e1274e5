//! A rule of permissions less, or another one.

use lithair_model::{
    AccessSchema, AfterRuleSchema, CommandSchema, DenySchema, FieldAccess, FieldSchema, Mask, ModelSchema,
    OperationKind, Policy, PolicySchema, Right, StatesSchema, TransitionSchema, policy_text, right_text,
};

use super::{Changed, Concern, changed, copy_command, leak, with, without};

/// Everything that a model says of who may, changed in one place.
pub(super) fn of_access(schema: &'static ModelSchema) -> Vec<Changed> {
    let mut all = Vec::new();
    let mut push = |what: String, schema: ModelSchema| all.push(changed(what, Concern::Access, schema));
    if let AccessSchema::Rules(rules) = schema.access {
        for (what, rules) in of_rules(schema, rules) {
            push(what, ModelSchema { access: AccessSchema::Rules(leak(rules)), ..*schema });
        }
    }
    if schema.tenant.is_some() {
        push(": no tenant".to_owned(), ModelSchema { tenant: None, ..*schema });
    }
    for (place, field) in schema.fields.iter().enumerate() {
        for (what, access) in of_field(schema, field) {
            let fields = with(schema.fields, place, FieldSchema { access, ..*field });
            push(format!(".{}: {what}", field.name), ModelSchema { fields, ..*schema });
        }
        if let Some(states) = field.states {
            for (what, states) in of_states(states) {
                let fields = with(schema.fields, place, FieldSchema { states: Some(leak(states)), ..*field });
                push(format!(".{}: {what}", field.name), ModelSchema { fields, ..*schema });
            }
        }
    }
    if let Some(fields) = another_owner(schema) {
        push(": another owner".to_owned(), ModelSchema { fields, ..*schema });
    }
    for (place, command) in schema.commands.iter().enumerate().filter(|(_, command)| command.by.is_some()) {
        let other = |by| {
            let commands = schema.commands.iter().enumerate().map(|(other, command)| match other == place {
                true => CommandSchema { by, ..copy_command(command) },
                false => copy_command(command),
            });
            ModelSchema { commands: commands.collect::<Vec<_>>().leak(), ..*schema }
        };
        push(format!(": {} by anybody", command.name), other(None));
    }
    all
}

fn of_rules(schema: &ModelSchema, rules: &'static PolicySchema) -> Vec<(String, PolicySchema)> {
    let mut all = Vec::new();
    for (place, (right, policy)) in rules.rules.iter().enumerate().filter(|(_, (right, _))| is_offered(schema, *right))
    {
        let word = right_text(*right);
        all.push((format!(": nobody may {word}"), PolicySchema { rules: without(rules.rules, place), ..*rules }));
        // Whose a record would be, nobody is who is not known.
        let is_somebodys =
            schema.tenant.is_some() || schema.fields.iter().any(|field| field.access.owner && !field.optional);
        let known = *right == Right::Create && is_somebodys;
        let is_same = |other: &Policy| known && without_known(other) == without_known(policy);
        for (what, policy) in others(policy).into_iter().filter(|(_, other)| !is_same(other)) {
            let rules_of = with(rules.rules, place, (*right, policy));
            all.push((format!(": {word} = {what}"), PolicySchema { rules: rules_of, ..*rules }));
        }
    }
    for (place, deny) in rules.denies.iter().enumerate().filter(|(_, deny)| is_any_offered(schema, deny.rights)) {
        let word = policy_text(&deny.when);
        all.push((format!(": no deny when {word}"), PolicySchema { denies: without(rules.denies, place), ..*rules }));
        for (what, when) in others(&deny.when) {
            let denies = with(rules.denies, place, DenySchema { when, ..*deny });
            all.push((format!(": deny when {what}"), PolicySchema { denies, ..*rules }));
        }
    }
    for (place, after) in rules.afters.iter().enumerate().filter(|(_, after)| is_offered(schema, after.right)) {
        let word = policy_text(&after.holds);
        let without: &'static [AfterRuleSchema] = without(rules.afters, place);
        all.push((format!(": not after({word})"), PolicySchema { afters: without, ..*rules }));
    }
    let hides =
        schema.operations.iter().any(|operation| [OperationKind::Update, OperationKind::Delete].contains(operation));
    if hides {
        all.push((": the other on_deny".to_owned(), PolicySchema { hides: !rules.hides, ..*rules }));
    }
    all
}

/// Whether callers can ask for it by HTTP.
fn is_offered(schema: &ModelSchema, right: Right) -> bool {
    let offers = |operation| schema.operations.contains(&operation);
    match right {
        Right::Read => offers(OperationKind::Get) || offers(OperationKind::List),
        Right::Create => offers(OperationKind::Create),
        Right::Update => offers(OperationKind::Update),
        Right::Delete => offers(OperationKind::Delete),
        Right::History => offers(OperationKind::History),
        Right::Export => offers(OperationKind::Export),
        Right::Command(_) => true,
    }
}

fn is_any_offered(schema: &ModelSchema, rights: &[Right]) -> bool {
    rights.iter().any(|right| is_offered(schema, *right))
}

/// The policy as text, where everybody who asks is known.
fn without_known(policy: &Policy) -> String {
    match policy {
        Policy::All(parts) => {
            let parts = parts.iter().map(without_known).filter(|part| !part.is_empty());
            parts.collect::<Vec<_>>().join(" && ")
        }
        Policy::Public | Policy::Authenticated => String::new(),
        policy => policy_text(policy),
    }
}

/// Whether it is true of everybody, as it is written: with less of it, or more, it stays so.
fn is_public(policy: &Policy) -> bool {
    match policy {
        Policy::Public | Policy::Permission("Public") => true,
        Policy::Any(parts) => parts.iter().any(is_public),
        _ => false,
    }
}

/// The policy with one part less, or with everybody instead of somebody.
fn others(policy: &'static Policy) -> Vec<(String, Policy)> {
    if is_public(policy) {
        return Vec::new();
    }
    fn all(policy: &'static Policy) -> Vec<Policy> {
        let of_parts = |parts: &'static [Policy], form: fn(&'static [Policy]) -> Policy| {
            let fewer = (0..parts.len()).filter(|_| parts.len() > 1).map(|place| form(without(parts, place)));
            let inner = parts.iter().enumerate();
            let inner =
                inner.flat_map(|(place, part)| all(part).into_iter().map(move |part| form(with(parts, place, part))));
            fewer.chain(inner).collect()
        };
        match policy {
            Policy::Any(parts) => of_parts(parts, Policy::Any),
            Policy::All(parts) => of_parts(parts, Policy::All),
            Policy::Not(inner) => vec![**inner],
            Policy::Role(_)
            | Policy::Owner
            | Policy::Scope(_)
            | Policy::Permission(_)
            | Policy::Member(_)
            | Policy::Check(..) => {
                vec![Policy::Public, Policy::Authenticated]
            }
            Policy::Authenticated => vec![Policy::Public],
            Policy::Related(relation, inner) => {
                all(inner).into_iter().map(|inner| Policy::Related(relation, leak(inner))).collect()
            }
            Policy::Test(_) | Policy::Claim(..) | Policy::AmongClaim(..) | Policy::ClaimIs(..) => vec![Policy::Public],
            Policy::Public | Policy::Anonymous => Vec::new(),
        }
    }
    all(policy).into_iter().map(|other| (policy_text(&other), other)).collect()
}

fn of_field(schema: &ModelSchema, field: &FieldSchema) -> Vec<(String, FieldAccess)> {
    let access = field.access;
    let is_set = field.auto.is_none() && field.computed.is_none() && field.exposure == lithair_model::Exposure::Open;
    let mut all = Vec::new();
    if access.read.is_some_and(|policy| !is_public(policy)) {
        all.push(("read as the record".to_owned(), FieldAccess { read: None, ..access }));
        all.push(("read by nobody".to_owned(), FieldAccess { read: Some(&Policy::Any(&[])), ..access }));
    }
    for (what, policy) in access.read.map(others).unwrap_or_default() {
        all.push((format!("read = {what}"), FieldAccess { read: Some(leak(policy)), ..access }));
    }
    if let Some(mask) = access.mask {
        all.push(("no mask".to_owned(), FieldAccess { mask: None, ..access }));
        let more = Mask { last: mask.last + 1 };
        all.push((format!("mask(last = {})", more.last), FieldAccess { mask: Some(more), ..access }));
    }
    // What says the same as the rule of the record narrows nothing.
    let is_own = |policy: Option<&'static Policy>, right: Right| {
        let rules = if let AccessSchema::Rules(rules) = schema.access { rules.rules } else { &[] };
        let of_record = rules.iter().find(|(of, _)| *of == right).map(|(_, policy)| policy_text(policy));
        is_set && is_offered(schema, right) && policy.is_some_and(|policy| Some(policy_text(policy)) != of_record)
    };
    if is_own(access.create, Right::Create) {
        all.push(("created by anybody".to_owned(), FieldAccess { create: None, ..access }));
    }
    if is_own(access.update, Right::Update) {
        all.push(("updated by anybody".to_owned(), FieldAccess { update: None, ..access }));
    }
    all
}

fn of_states(states: &'static StatesSchema) -> Vec<(String, StatesSchema)> {
    let ways = states.transitions.iter().enumerate().filter(|(_, way)| way.by.is_some());
    let free = |(place, way): (usize, &TransitionSchema)| {
        let transitions = with(states.transitions, place, TransitionSchema { by: None, ..*way });
        (format!("{} by anybody", way.name), StatesSchema { transitions, ..*states })
    };
    ways.map(free).collect()
}

/// Another field of the same type names the owner.
fn another_owner(schema: &ModelSchema) -> Option<&'static [FieldSchema]> {
    let owner = schema.fields.iter().position(|field| field.access.owner)?;
    let is_like = |place: &usize| {
        let field = &schema.fields[*place];
        let is_plain = field.auto.is_none() && field.computed.is_none() && schema.tenant != Some(*place);
        *place != owner
            && is_plain
            && !schema.key.contains(place)
            && field.kind == schema.fields[owner].kind
            && field.rules.is_empty()
    };
    let other = (0..schema.fields.len()).find(is_like)?;
    let named = |place: usize, owner: bool| {
        let field = schema.fields[place];
        FieldSchema { access: FieldAccess { owner, ..field.access }, ..field }
    };
    Some(with(with(schema.fields, owner, named(owner, false)), other, named(other, true)))
}
