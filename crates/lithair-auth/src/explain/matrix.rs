//! Who can do something at all: of one right, and of all of them.

use lithair_model::{
    Asked, Asker, Attempt, Backend, Catalog, Left, ModelEntry, Principal, Right, Timestamp, Truth, Whom, right_text,
};
use serde_json::{Map, Value as Json, json};

use super::names::{field, invalid, model, right, rights};
use super::question::WhoCan;
use crate::admin::AdminError;
use crate::authority::Authority;

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
    let moment = backend.view(None).map_err(AdminError::Moment)?;
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
