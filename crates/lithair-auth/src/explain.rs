//! Who may do what, and why: what operators ask, by the command line, the socket of the data directory, and HTTP.
//!
//! Nothing is stored, and no value of a record is told: rules are, and whether they are true of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use lithair_model::{
    Asked, Asker, Attempt, Backend, Candidate, Catalog, Credential, Decision, DraftError, DraftMode, Identity, Key,
    Left, Literal, ModelEntry, Moment, Principal, Right, Row as Record, Scopes, Sides, Step, Supplied, Tally,
    Timestamp, Truth, Value, Whom, decode_draft, default_of, literal_value, merge_patch, nearest, right_text,
    text_value,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use crate::admin::AdminError;
use crate::authority::Authority;

/// The rights that every model has.
const RIGHTS: [Right; 6] = [Right::Read, Right::Create, Right::Update, Right::Delete, Right::History, Right::Export];
/// Related records that an explanation looks at.
const LOOKED_AT_MAX: u64 = 1_000_000;

/// Somebody, as an operator describes them.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Described {
    /// Their subject, or who they are as the history says it: `token:<subject>`, `user:<id>`, `key:<id>`.
    pub sub: String,
    /// Their roles.
    #[serde(default)]
    pub roles: Vec<String>,
    /// Their tenant.
    #[serde(default)]
    pub tenant: Option<String>,
    /// What their credential may be used for; everything where nothing is said.
    #[serde(default)]
    pub scopes: Option<Vec<String>>,
    /// What their credential says else.
    #[serde(default)]
    pub claims: Map<String, Json>,
    /// Whether the credential is an API key, which is held to the scopes `read` and `write`.
    #[serde(default)]
    pub key: bool,
}

/// Why somebody may do something, or may not.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Question {
    /// Who; without it, whoever shows no credential.
    #[serde(default, rename = "as")]
    pub who: Option<Described>,
    /// What: `read`, `create`, `update`, `delete`, `history`, `export`, or the name of a command.
    pub can: String,
    /// With what: `Article`, or one of them, `Article/7`.
    pub of: String,
    /// A field of it.
    #[serde(default)]
    pub field: Option<String>,
    /// What a create or an update sends.
    #[serde(default)]
    pub body: Option<Map<String, Json>>,
}

/// Who can do something at all.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WhoCan {
    /// What, as for [`Question::can`].
    pub can: String,
    /// With what: `Article`, or a field of it, `Article.title`.
    pub of: String,
}

/// Who has which right.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct MatrixOf {
    /// Whose; without it, of everybody by what they are.
    #[serde(default, rename = "as")]
    pub who: Option<Described>,
    /// To which model; to all of them, if nothing is said.
    #[serde(default)]
    pub of: Option<String>,
}

impl Described {
    /// Somebody who shows such a credential.
    pub(crate) fn principal(self) -> Principal {
        let credential = if self.key { Credential::ApiKey } else { Credential::Token };
        let identity = Identity::new(credential, &self.sub).with_scopes(Scopes::All);
        self.said_of(identity)
    }

    /// Somebody, with what is said of them.
    pub(crate) fn said_of(self, identity: Identity) -> Principal {
        let identity = identity.with_roles(self.roles);
        let identity = match self.scopes {
            Some(scopes) => identity.with_scopes(Scopes::Only(scopes.into_iter().collect::<BTreeSet<_>>())),
            None => identity,
        };
        let identity = if self.claims.is_empty() { identity } else { identity.with_claims(self.claims) };
        match self.tenant {
            Some(tenant) => identity.of_tenant(&tenant).into(),
            None => identity.into(),
        }
    }
}

/// Answers a question on the records as they are now. An administrator of one tenant asks about that one alone.
///
/// # Errors
/// It names what is not there, or cannot be.
pub fn explain(
    backend: &dyn Backend,
    mut question: Question,
    by: &Principal,
    now: Timestamp,
) -> Result<Json, AdminError> {
    let who = question.who.take().map_or(Principal::Anonymous, Described::principal);
    explain_of(backend, &who, question, by, now)
}

/// The same, of somebody whom the server knows.
pub(crate) fn explain_of(
    backend: &dyn Backend,
    who: &Principal,
    question: Question,
    by: &Principal,
    now: Timestamp,
) -> Result<Json, AdminError> {
    let catalog = backend.catalog();
    let (name, key) = match question.of.split_once('/') {
        Some((name, key)) => (name, Some(key)),
        None => (question.of.as_str(), None),
    };
    let model = model(catalog, name)?;
    let right = right(model, &question.can)?;
    let field = question.field.as_deref().map(|name| field(model, name)).transpose()?;
    if !who.is_anonymous() {
        Authority::new(catalog, by).is_over(who.tenant())?;
    }
    let asker = Asker { catalog, principal: who, now };
    let moment = backend.view(None).map_err(|error| AdminError::Invalid(format!("{error:?}")))?;
    let found = Found::of(model, key, &*moment)?.known_to(model, by);
    let hooks = hooks(model, right).filter(|_| question.body.is_some()).collect::<Vec<_>>();
    let asked = Wanted { right, field, body: question.body };
    let decision = found.decide(&asker, model, asked, &*moment)?;
    let who = who.actor().unwrap_or("anonymous");
    let asked = json!({ "who": who, "can": right_text(right), "of": question.of });
    let mut told = json!({ "asked_by": by.actor(), "position": moment.position().get() });
    if !hooks.is_empty() {
        told["hooks_not_run"] = hooks.into();
    }
    Ok(merged([asked, document(model, &decision, right, field), told]))
}

/// The hooks that a change runs on what is sent before it is judged. Nothing is explained by running the application's code, so what they
/// would make of it is not known.
fn hooks(model: &ModelEntry, right: Right) -> impl Iterator<Item = &'static str> {
    let runs = move |hook: &&lithair_model::BeforeSchema| match right {
        Right::Create => hook.create,
        Right::Update => hook.update,
        _ => false,
    };
    model.schema.hooks_before.iter().filter(runs).map(|hook| hook.name)
}

/// What is wanted of the record.
struct Wanted {
    right: Right,
    field: Option<usize>,
    body: Option<Map<String, Json>>,
}

/// The record that is asked about.
struct Found {
    record: Asked,
    key: Option<Key>,
    before: Option<Vec<Value>>,
}

impl Found {
    fn of(model: &ModelEntry, key: Option<&str>, moment: &dyn Moment) -> Result<Self, AdminError> {
        let Some(key) = key else { return Ok(Self { record: Asked::Any, key: None, before: None }) };
        let key = model.parse_key(key).map_err(|violation| invalid(format!("of: {}", violation.detail)))?;
        let values = |row: Arc<Record>| (0..model.schema.fields.len()).map(|place| model.field(&row, place)).collect();
        let before: Option<Vec<Value>> = moment.row(model.place, &key).map(values);
        let record = match &before {
            None => Asked::Absent,
            Some(values) if model.is_deleted(values) => Asked::Trash,
            Some(_) => Asked::There,
        };
        Ok(Self { record, key: Some(key), before })
    }

    /// The same for an administrator of one tenant, to whom records of another one are not there.
    fn known_to(self, model: &ModelEntry, by: &Principal) -> Self {
        let whose = model.access.tenant.zip(self.before.as_ref()).map(|(place, values)| &values[place]);
        let (Some(whose), Some(own), Some(place)) = (whose, by.tenant(), model.access.tenant) else { return self };
        let is_theirs = text_value(own, &model.schema.fields[place].kind).as_ref() == Some(whose);
        if is_theirs { self } else { Self { record: Asked::Absent, before: None, ..self } }
    }

    fn decide(
        self,
        asker: &Asker<'_>,
        model: &ModelEntry,
        Wanted { right, field, body }: Wanted,
        moment: &dyn Moment,
    ) -> Result<Decision, AdminError> {
        let Self { record, key, before } = self;
        let word = right_text(right);
        match (&body, right) {
            (Some(_), Right::Create) => {}
            (Some(_), Right::Update) if before.is_some() => {}
            (Some(_), Right::Update) => {
                return Err(invalid("of: expected a record that is there, `Article/7`: the body is for one"));
            }
            (Some(_), _) => return Err(invalid(format!("body: a `{word}` has none"))),
            (None, _) => {}
        }
        if right == Right::Create && record != Asked::Any {
            return Err(invalid("of: a new record has no key yet; name the model"));
        }
        let is_sent = body.is_some();
        let input = body.map(|body| sent(model, right, &body)).transpose()?.unwrap_or_default();
        let after = match &before {
            _ if !is_sent => None,
            None => Some(created(model, asker, &input)),
            Some(before) => Some(patched(model, before, &input)),
        };
        let (tally, catalog) = (Tally::new(LOOKED_AT_MAX), asker.catalog);
        let around = |values| Candidate { catalog, moment, model, values, key: key.clone(), tally: &tally };
        let (is, would_be) = (before.as_deref().map(around), after.as_deref().map(around));
        let (before, input) = (before.as_deref(), &input[..]);
        let is = is.as_ref().map(|own| Sides { model, own, before, input });
        let would_be = would_be.as_ref().map(|own| Sides { model, own, before, input });
        let fields: Vec<usize> = field.into_iter().chain(input.iter().map(|(place, _)| *place)).collect();
        let attempt = Attempt {
            model: model.place,
            right,
            before: is.as_ref(),
            after: would_be.as_ref(),
            fields: &fields,
            record,
        };
        let decision = asker.explain(&attempt);
        match tally.is_spent() {
            true => Err(invalid(format!("more than {LOOKED_AT_MAX} related records would be looked at"))),
            false => Ok(decision),
        }
    }
}

/// The fields that a body gives.
fn sent(model: &ModelEntry, right: Right, body: &Map<String, Json>) -> Result<Vec<(usize, Value)>, AdminError> {
    // A create may name what is not the caller's to set: that it is not is part of the answer.
    let mode = if right == Right::Create { DraftMode::Import } else { DraftMode::Patch };
    let text = serde_json::to_vec(body).expect("an object is JSON");
    let draft = decode_draft(model, &text, mode, &|_| None).map_err(|error| match error {
        DraftError::Malformed { detail, .. } => invalid(format!("body: {detail}")),
        DraftError::Invalid(violations) => {
            let each = violations.iter().map(|violation| format!("body{}: {}", violation.pointer, violation.detail));
            invalid(each.collect::<Vec<_>>().join("; "))
        }
    })?;
    let value = |(place, supplied)| match supplied {
        Supplied::Value(value) => Some((place, value)),
        Supplied::Reference { .. } => None,
    };
    Ok(draft.fields.into_iter().filter_map(value).collect())
}

/// A new record, before hooks have their say: what is sent, whose it would be, and defaults.
fn created(model: &ModelEntry, asker: &Asker<'_>, input: &[(usize, Value)]) -> Vec<Value> {
    let access = &model.access;
    let whose = |place: usize, subject: Option<&str>| text_value(subject?, &model.schema.fields[place].kind);
    let value = |place: usize| {
        let sent = input.iter().find(|(sent, _)| *sent == place).map(|(_, value)| value.clone());
        let field = &model.schema.fields[place];
        let state = field.states.and_then(|states| literal_value(&Literal::Variant(states.initial), &field.kind));
        let value = match place {
            _ if access.owner == Some(place) => whose(place, asker.principal.subject()),
            _ if access.tenant == Some(place) => whose(place, asker.principal.tenant()),
            _ => sent.or(state).or_else(|| default_of(model, place, asker.now)),
        };
        value.unwrap_or(Value::Null)
    };
    let mut values = (0..model.schema.fields.len()).map(value).collect::<Vec<_>>();
    // What cannot be computed is refused by a create for reasons of its own.
    let _ = model.compute_own(&mut values);
    values
}

fn patched(model: &ModelEntry, before: &[Value], input: &[(usize, Value)]) -> Vec<Value> {
    let mut values = before.to_vec();
    for (place, value) in input {
        values[*place] = merge_patch(&model.schema.fields[*place], &before[*place], value);
    }
    let _ = model.compute_own(&mut values);
    values
}

/// What decided, as JSON.
fn document(model: &ModelEntry, decision: &Decision, right: Right, field: Option<usize>) -> Json {
    let decided = &decision.steps[decision.decided_by];
    let mut said = json!({
        "allowed": decision.allowed.word(),
        "status": decision.status,
        "decided_by": { "clause": decided.clause, "rule": decided.rule, "of": decided.of },
        "would_change": decision.would_change,
        "steps": decision.steps.iter().map(step).collect::<Vec<_>>(),
    });
    if let (Right::Read, Some(place), true) = (right, field, decision.status == 200) {
        let field = model.schema.fields[place];
        said["shown"] = match decision.allowed {
            Truth::Yes => json!(format!("`{}` is shown", field.wire)),
            Truth::No if field.access.mask.is_some() => {
                json!(format!("`{}` is masked, and named in `_redacted`", field.wire))
            }
            Truth::No => json!(format!("`{}` is left out, and named in `_redacted`", field.wire)),
            Truth::Depends => json!(format!("whether `{}` is shown depends on the record", field.wire)),
        };
    }
    said
}

fn step(step: &Step) -> Json {
    let parts: Vec<Json> =
        step.parts.iter().map(|(what, holds)| json!({ "what": what, "holds": holds.word() })).collect();
    let mut said = json!({ "clause": step.clause, "rule": step.rule, "of": step.of, "holds": step.holds.word() });
    if !parts.is_empty() {
        said["any_of"] = parts.into();
    }
    said
}

fn merged(parts: [Json; 3]) -> Json {
    let members = parts.into_iter().filter_map(|part| match part {
        Json::Object(members) => Some(members),
        _ => None,
    });
    members.flatten().collect::<Map<_, _>>().into()
}

/// Who can do something with any record of a model, or with a field.
///
/// # Errors
/// It names what is not there.
pub fn who_can(catalog: &Catalog, question: &WhoCan) -> Result<Json, AdminError> {
    let (name, wanted) = match question.of.split_once('.') {
        Some((name, field)) => (name, Some(field)),
        None => (question.of.as_str(), None),
    };
    let model = model(catalog, name)?;
    let right = right(model, &question.can)?;
    let place = wanted.map(|name| field(model, name)).transpose()?;
    if let (Some(name), Right::Delete | Right::History | Right::Export | Right::Command(_)) = (wanted, right) {
        return Err(invalid(format!("of: `{}` is not about one field, such as `{name}`", right_text(right))));
    }
    let whom = |whom: Whom| {
        let left = catalog.who_can(model.place, right, place, &whom);
        let mut said = json!({ "who": whom.name(), "can": left.word() });
        if let Left::When(words) = left {
            said["when"] = words.into();
        }
        said
    };
    let all = Whom::all(&catalog.roles, model.access.owner.is_some());
    let items: Vec<Json> = all.into_iter().map(whom).collect();
    Ok(json!({ "can": right_text(right), "of": question.of, "items": items }))
}

/// Who has which right to which model, or to one of them, and to which field that has a rule of its own.
///
/// # Errors
/// There is no such model.
pub fn matrix(catalog: &Catalog, of: Option<&str>) -> Result<Json, AdminError> {
    let models = models(catalog, of)?;
    let all = Whom::all(&catalog.roles, models.iter().any(|model| model.access.owner.is_some()));
    let columns: Vec<String> = all.iter().map(Whom::name).collect();
    let item = |(model, Row { of, right, field }): (&ModelEntry, Row)| {
        let cell = |whom: &Whom| (whom.name(), json!(catalog.who_can(model.place, right, field, whom).words()));
        let who: Map<String, Json> = all.iter().map(cell).collect();
        json!({ "model": of, "right": right_text(right), "who": who })
    };
    let rows = models.into_iter().flat_map(|model| rows(model).map(move |row| (model, row)));
    Ok(json!({ "columns": columns, "items": rows.map(item).collect::<Vec<_>>() }))
}

/// The same of one principal: yes, no, or that it depends on the record; by which clause.
///
/// # Errors
/// There is no such model, or who asks is not over whom they ask about.
pub(crate) fn matrix_of(
    backend: &dyn Backend,
    who: &Principal,
    of: Option<&str>,
    by: &Principal,
    now: Timestamp,
) -> Result<Json, AdminError> {
    let catalog = backend.catalog();
    let models = models(catalog, of)?;
    Authority::new(catalog, by).is_over(who.tenant())?;
    let asker = Asker { catalog, principal: who, now };
    let name = who.actor().unwrap_or("anonymous");
    let item = |(model, Row { of, right, field }): (&ModelEntry, Row)| {
        let fields: Vec<usize> = field.into_iter().collect();
        let (record, model_place) = (Asked::Any, model.place);
        let attempt = Attempt { model: model_place, right, before: None, after: None, fields: &fields, record };
        let decision = asker.explain(&attempt);
        let decided = &decision.steps[decision.decided_by];
        let mut item = json!({
            "who": name, "model": of, "right": right_text(right), "allowed": decision.allowed.word(),
            "decided_by": { "clause": decided.clause, "rule": decided.rule },
        });
        let mask = field.and_then(|place| model.schema.fields[place].access.mask).filter(|_| right == Right::Read);
        if mask.is_some() && decision.allowed != Truth::Yes {
            item["masked"] = json!(true);
        }
        item
    };
    let rows = models.into_iter().flat_map(|model| rows(model).map(move |row| (model, row)));
    let items: Vec<Json> = rows.map(item).collect();
    let moment = backend.view(None).map_err(|error| AdminError::Invalid(format!("{error:?}")))?;
    Ok(json!({ "who": name, "items": items, "asked_by": by.actor(), "position": moment.position().get() }))
}

/// A line of the matrix.
struct Row {
    /// A model, or a field of it.
    of: String,
    right: Right,
    field: Option<usize>,
}

/// The rights to a model, and to each of its fields that has a rule of its own, or a mask.
fn rows(model: &ModelEntry) -> impl Iterator<Item = Row> {
    let name = model.schema.name;
    let own = rights(model).map(|right| Row { of: name.to_owned(), right, field: None });
    let fields = model.schema.fields.iter().enumerate().flat_map(move |(place, field)| {
        let access = &field.access;
        let is_read = access.read.is_some() || access.mask.is_some();
        let ruled = [
            (Right::Read, is_read),
            (Right::Create, access.create.is_some()),
            (Right::Update, access.update.is_some()),
        ];
        let row = move |right| Row { of: format!("{name}.{}", field.name), right, field: Some(place) };
        ruled.into_iter().filter(|(_, is_ruled)| *is_ruled).map(move |(right, _)| row(right))
    });
    own.chain(fields)
}

/// The model that is named; all that are shown, if none is.
fn models<'a>(catalog: &'a Catalog, of: Option<&str>) -> Result<Vec<&'a ModelEntry>, AdminError> {
    match of {
        Some(name) => Ok(vec![model(catalog, name)?]),
        None => Ok(catalog.shown().collect()),
    }
}

/// The rights to a model: those that all have, and its commands.
fn rights(model: &ModelEntry) -> impl Iterator<Item = Right> {
    let restore = model.deleted_at.map(|_| "restore");
    RIGHTS.into_iter().chain(model.actions().chain(restore).map(Right::Command))
}

fn model<'a>(catalog: &'a Catalog, name: &str) -> Result<&'a ModelEntry, AdminError> {
    let found = catalog.shown().find(|model| model.schema.name == name || model.schema.path == name);
    found.ok_or_else(|| {
        let near = nearest(name, catalog.shown().map(|model| model.schema.name));
        invalid(format!("of: there is no model `{name}`{}", hint(near)))
    })
}

fn right(model: &ModelEntry, word: &str) -> Result<Right, AdminError> {
    let is_it = |right: &Right| right_text(*right) == word || matches!(right, Right::Command(name) if *name == word);
    rights(model).find(is_it).ok_or_else(|| {
        let words: Vec<String> = rights(model).map(right_text).collect();
        let near = nearest(word, words.iter().map(String::as_str));
        invalid(format!("can: `{word}` is no right to `{}`{}", model.schema.name, hint(near)))
    })
}

fn field(model: &ModelEntry, name: &str) -> Result<usize, AdminError> {
    model.by_name(name).or_else(|| model.by_wire(name)).ok_or_else(|| {
        let near = nearest(name, model.schema.fields.iter().map(|field| field.name));
        invalid(format!("field: `{}` has no field `{name}`{}", model.schema.name, hint(near)))
    })
}

fn hint(near: Option<&str>) -> String {
    near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

fn invalid(detail: impl Into<String>) -> AdminError {
    AdminError::Invalid(detail.into())
}
