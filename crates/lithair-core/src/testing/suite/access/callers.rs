//! Who asks: one of every kind that the rules of the program tell apart.

use std::collections::BTreeSet;

use lithair_model::oracle::Caller;
use lithair_model::{
    AccessSchema, Bindings, Expr, FieldSchema, Kind, Literal, ModelSchema, Policy, Value, literal_value,
};
use serde_json::{Map, Value as Document, json};

use super::Scene;
use crate::testing::factory::json_of;

/// What the rules of a program name.
#[derive(Default)]
pub(super) struct Named {
    roles: BTreeSet<String>,
    scopes: BTreeSet<&'static str>,
    claims: Vec<Claim>,
    /// Fields that conditions ask about, by model and name.
    pub(super) fields: BTreeSet<(usize, String)>,
    /// Constants that fields are compared with, by the field's name.
    pub(super) literals: Vec<(String, Literal)>,
}

/// A claim that rules name.
struct Claim {
    name: &'static str,
    /// The field that it is compared with, by model and name.
    field: Option<(usize, &'static str)>,
    /// The constant that it is compared with.
    literal: Option<Literal>,
    is_list: bool,
}

impl Named {
    /// Everything that the policies of these models name.
    pub(super) fn by(schemas: &[&'static ModelSchema], bindings: &Bindings) -> Self {
        let mut named = Self::default();
        for (model, schema) in schemas.iter().enumerate() {
            for policy in policies(schema) {
                named.note(model, schemas, bindings, policy);
            }
            if let AccessSchema::Rules(rules) = schema.access {
                named.roles.extend(rules.roles.iter().copied().flatten().map(|role| (*role).to_owned()));
            }
        }
        named.roles.extend(bindings.chains().iter().flatten().cloned());
        named
    }

    fn note(&mut self, model: usize, schemas: &[&'static ModelSchema], bindings: &Bindings, policy: &Policy) {
        match policy {
            Policy::All(parts) | Policy::Any(parts) => {
                parts.iter().for_each(|part| self.note(model, schemas, bindings, part));
            }
            Policy::Not(inner) => self.note(model, schemas, bindings, inner),
            Policy::Role(role) => drop(self.roles.insert((*role).to_owned())),
            Policy::Scope(scope) => drop(self.scopes.insert(scope)),
            Policy::Permission(name) => {
                if let Some(meaning) = bindings.meaning(name).copied() {
                    self.note(model, schemas, bindings, &meaning);
                }
            }
            Policy::Related(_, inner) => {
                // Of which model it is, is not looked up: the names of fields are enough to vary them.
                (0..schemas.len()).for_each(|model| self.note(model, schemas, bindings, inner));
            }
            Policy::Test(expr) => self.expr(model, expr),
            Policy::Claim(expr, _, claim) => self.claim(model, expr, claim, false),
            Policy::AmongClaim(expr, claim) => self.claim(model, expr, claim, true),
            Policy::ClaimIs(name, _, literal) => {
                self.claims.push(Claim { name, field: None, literal: Some(*literal), is_list: false });
            }
            Policy::Public
            | Policy::Authenticated
            | Policy::Anonymous
            | Policy::Owner
            | Policy::Member(_)
            | Policy::Check(..) => {}
        }
    }

    fn claim(&mut self, model: usize, expr: &Expr, claim: &'static str, is_list: bool) {
        self.expr(model, expr);
        let field = if let Expr::Field(name) = expr { Some((model, *name)) } else { None };
        self.claims.push(Claim { name: claim, field, literal: None, is_list });
    }

    fn expr(&mut self, model: usize, expr: &Expr) {
        let mut names = Vec::new();
        expr.names(&mut names);
        let own = |name: &str| name.trim_start_matches("before.").trim_start_matches("input.").to_owned();
        self.fields.extend(names.iter().map(|name| (model, own(name))));
        literals(expr, &mut |name, literal| self.literals.push((own(name), literal)));
    }

    /// A constant that the field is compared with, or one beside it.
    pub(super) fn literal(&self, field: &FieldSchema, number: usize) -> Option<Value> {
        let mut known = self.literals.iter().filter(|(name, _)| name == field.name);
        let count = known.clone().count().max(1);
        let (_, literal) = known.nth(number % count)?;
        match (literal, number % 3) {
            (Literal::Int(bound), shift) => Some(Value::Int(bound + i128::try_from(shift).unwrap_or(0) - 1)),
            (_, 2) => None,
            (literal, _) => literal_value(literal, &field.kind).filter(|value| *value != Value::Null),
        }
    }

    /// One of every kind. `subjects` are those whom records name.
    pub(super) fn callers(&self, scene: &Scene, subjects: &[String], tenants: &[String]) -> Vec<Caller> {
        let has_tenants = scene.schemas.iter().any(|schema| schema.tenant.is_some());
        let tenant = |place: usize| has_tenants.then(|| tenants[place].clone());
        let plain = |place: usize| Caller {
            subject: Some(subjects[place % subjects.len()].clone()),
            tenant: tenant(0),
            ..Caller::default()
        };
        let all: Vec<String> = self.roles.iter().cloned().collect();
        let mut callers = vec![Caller::default(), plain(0), plain(1)];
        callers.extend(all.iter().map(|role| Caller { roles: vec![role.clone()], ..plain(2) }));
        if has_tenants {
            callers.push(Caller { tenant: tenant(1), roles: all.clone(), ..plain(0) });
            callers.push(Caller { tenant: None, roles: all.clone(), ..plain(0) });
        }
        for scope in &self.scopes {
            callers.push(Caller { scopes: Some(vec![(*scope).to_owned()]), ..plain(0) });
        }
        callers.push(Caller { scopes: Some(vec!["read".to_owned()]), roles: all.clone(), is_key: true, ..plain(0) });
        // A key is for one collection, or for changing alone.
        let guarded = scene.schemas.iter().filter(|schema| super::is_guarded(schema)).map(|schema| schema.path);
        let scopes: Vec<String> =
            guarded.take(1).map(|path| format!("read:{path}")).chain(["write".to_owned()]).collect();
        callers.push(Caller { scopes: Some(scopes), roles: all, is_key: true, ..plain(0) });
        if !self.claims.is_empty() {
            callers.extend([0, 1].map(|row| Caller { claims: self.claims(scene, row), ..plain(row + 1) }));
            let claims = self.claims(scene, 0);
            let alone = claims.into_iter().map(|(name, value)| Map::from_iter([(name, value)]));
            callers.extend(alone.map(|claims| Caller { claims, ..plain(2) }));
        }
        callers
    }

    /// Claims that are true of the record at this place, as far as they are compared with one.
    fn claims(&self, scene: &Scene, place: usize) -> Map<String, Document> {
        let mut claims = Map::new();
        for Claim { name: claim, field, literal, is_list } in &self.claims {
            if ["id", "sub", "tenant"].contains(claim) {
                continue;
            }
            let of_field = |(model, name): &(usize, &'static str)| {
                let schema = scene.schemas[*model];
                let field = schema.fields.iter().position(|field| field.name == *name)?;
                let row = scene.rows[*model].iter().filter(|row| row[field] != Value::Null).nth(place)?;
                Some(json_of(&schema.fields[field], &row[field]))
            };
            let value = field.as_ref().and_then(of_field).or_else(|| literal.as_ref().and_then(of_literal));
            let value = value.unwrap_or_else(|| json!("something"));
            claims.insert((*claim).to_owned(), if *is_list { json!([value]) } else { value });
        }
        claims
    }
}

fn of_literal(literal: &Literal) -> Option<Document> {
    match literal {
        Literal::Bool(flag) => Some(json!(flag)),
        Literal::Int(number) => i64::try_from(*number).ok().map(|number| json!(number)),
        Literal::Text(text) | Literal::Variant(text) => Some(json!(text)),
        Literal::Null | Literal::Number(_) => None,
    }
}

/// Fields that are compared with constants, and the constants.
fn literals(expr: &Expr, found: &mut dyn FnMut(&str, Literal)) {
    match expr {
        Expr::All(parts) | Expr::Any(parts) => parts.iter().for_each(|part| literals(part, found)),
        Expr::Not(inner) => literals(inner, found),
        Expr::In(Expr::Field(name), list) => list.iter().for_each(|item| {
            if let Expr::Literal(literal) = item {
                found(name, *literal);
            }
        }),
        Expr::Compare(Expr::Field(name), _, Expr::Literal(literal))
        | Expr::Compare(Expr::Literal(literal), _, Expr::Field(name)) => found(name, *literal),
        _ => {}
    }
}

/// Every policy of a model.
pub(super) fn policies(schema: &'static ModelSchema) -> Vec<&'static Policy> {
    let mut found: Vec<&'static Policy> = Vec::new();
    if let AccessSchema::Rules(rules) = schema.access {
        found.extend(rules.rules.iter().map(|(_, policy)| policy));
        found.extend(rules.denies.iter().map(|deny| &deny.when));
        found.extend(rules.afters.iter().map(|after| &after.holds));
    }
    let access = schema.fields.iter().map(|field| &field.access);
    found.extend(access.flat_map(|access| [access.read, access.create, access.update]).flatten());
    found.extend(schema.commands.iter().filter_map(|command| command.by));
    let states = schema.fields.iter().filter_map(|field| field.states).flat_map(|states| states.transitions);
    found.extend(states.filter_map(|way| way.by));
    found
}

/// Subjects that fit whatever names somebody: keys of other records, too.
pub(super) fn subjects(schemas: &[&'static ModelSchema], bindings: &Bindings) -> Vec<String> {
    let owners = schemas.iter().flat_map(|schema| schema.fields).filter(|field| field.access.owner);
    let kinds: Vec<Kind> = owners.map(|field| field.kind).collect();
    let members = schemas.iter().flat_map(|schema| policies(schema).into_iter().map(move |policy| (schema, policy)));
    let members = members.flat_map(|(schema, policy)| member_kinds(schema, policy));
    let compared = schemas
        .iter()
        .flat_map(|schema| policies(schema).into_iter().flat_map(move |policy| compared(schema, bindings, policy)));
    let kinds: Vec<Kind> = kinds.into_iter().chain(members).chain(compared).collect();
    let has = |wanted: fn(&Kind) -> bool| kinds.iter().any(wanted);
    let numbers = ["1000000001", "1000000002", "1000000003"].map(str::to_owned);
    let ids = [1, 2, 3].map(|number| format!("0198a4b2-0000-7000-8000-00000000000{number}"));
    match (has(|kind| matches!(kind, Kind::Int { .. })), has(|kind| matches!(kind, Kind::Uuid))) {
        (true, false) => numbers.to_vec(),
        (false, true) => ids.to_vec(),
        (true, true) => vec![numbers[0].clone(), ids[0].clone(), numbers[1].clone()],
        (false, false) => ["ann-of-rows", "bob-of-rows", "cyd-of-rows"].map(str::to_owned).to_vec(),
    }
}

/// The types of keys that `member(..)` compares a subject with.
fn member_kinds(schema: &ModelSchema, policy: &Policy) -> Vec<Kind> {
    let inner = |part: &Policy| member_kinds(schema, part);
    match policy {
        Policy::All(parts) | Policy::Any(parts) => parts.iter().flat_map(inner).collect(),
        Policy::Not(part) => inner(part),
        Policy::Member(name) => {
            let relation =
                schema.relations.iter().find(|relation| relation.name == *name).map(|relation| (relation.target)());
            let link = schema.links.iter().find(|link| link.name == *name).map(|link| (link.target)());
            let target = relation.or(link);
            target.into_iter().flat_map(|target| target.key.iter().map(|place| target.fields[*place].kind)).collect()
        }
        _ => Vec::new(),
    }
}

/// The types of fields that are compared with the subject: `created_by == actor.id`.
fn compared(schema: &ModelSchema, bindings: &Bindings, policy: &Policy) -> Vec<Kind> {
    let inner = |part: &Policy| compared(schema, bindings, part);
    match policy {
        Policy::Permission(name) => bindings.meaning(name).map(inner).unwrap_or_default(),
        Policy::All(parts) | Policy::Any(parts) => parts.iter().flat_map(inner).collect(),
        Policy::Not(part) | Policy::Related(_, part) => inner(part),
        Policy::Claim(Expr::Field(name), _, "id" | "sub") => {
            schema.fields.iter().find(|field| field.name == *name).map(|field| field.kind).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// What the header of a request says.
pub(super) fn said(caller: &Caller) -> String {
    let Some(subject) = &caller.subject else { return "nobody".to_owned() };
    let mut said = json!({ "sub": subject, "roles": caller.roles, "claims": caller.claims });
    if let Some(tenant) = &caller.tenant {
        said["tenant"] = json!(tenant);
    }
    if let Some(scopes) = &caller.scopes {
        said["scopes"] = json!(scopes);
    }
    if caller.is_key {
        said["key"] = json!(true);
    }
    said.to_string()
}
