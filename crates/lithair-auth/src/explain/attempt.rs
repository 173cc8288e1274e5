//! What would be done: the record that is asked about, what it would become, and what is decided of it.

use std::sync::Arc;

use lithair_model::{
    Asked, Asker, Attempt, Candidate, Decision, DraftError, DraftMode, Key, Literal, ModelEntry, Moment, Principal,
    Right, Row, Sides, Supplied, Tally, Value, decode_draft, default_of, literal_value, merge_patch, right_text,
    text_value,
};
use serde_json::{Map, Value as Json};

use super::names::invalid;
use crate::admin::AdminError;

/// Related records that an explanation looks at.
const LOOKED_AT_MAX: u64 = 1_000_000;

/// What is wanted of the record.
pub(super) struct Wanted {
    pub(super) right: Right,
    pub(super) field: Option<usize>,
    pub(super) body: Option<Map<String, Json>>,
}

/// The record that is asked about.
pub(super) struct Found {
    record: Asked,
    key: Option<Key>,
    before: Option<Vec<Value>>,
}

impl Found {
    pub(super) fn of(model: &ModelEntry, key: Option<&str>, moment: &dyn Moment) -> Result<Self, AdminError> {
        let Some(key) = key else { return Ok(Self { record: Asked::Any, key: None, before: None }) };
        let key = model.parse_key(key).map_err(|violation| invalid(format!("of: {}", violation.detail)))?;
        let values = |row: Arc<Row>| (0..model.schema.fields.len()).map(|place| model.field(&row, place)).collect();
        let before: Option<Vec<Value>> = moment.row(model.place, &key).map(values);
        let record = match &before {
            None => Asked::Absent,
            Some(values) if model.is_deleted(values) => Asked::Trash,
            Some(_) => Asked::There,
        };
        Ok(Self { record, key: Some(key), before })
    }

    /// The same for an administrator of one tenant, to whom records of another one are not there.
    pub(super) fn known_to(self, model: &ModelEntry, by: &Principal) -> Self {
        let whose = model.access.tenant.zip(self.before.as_ref()).map(|(place, values)| &values[place]);
        let (Some(whose), Some(own), Some(place)) = (whose, by.tenant(), model.access.tenant) else { return self };
        let is_theirs = text_value(own, &model.schema.fields[place].kind).as_ref() == Some(whose);
        if is_theirs { self } else { Self { record: Asked::Absent, before: None, ..self } }
    }

    pub(super) fn decide(
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
///
/// `lithair_state::decide` makes the records that are stored (`candidate.rs`). This is none of them, and differs: what is `auto` is null, for an
/// explanation takes no identifier and no number of a sequence; owner, tenant and first state, which are supplied there before it is decided,
/// are put in here.
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

/// A record with what is sent, merged as it is for a change. What a change sets by itself, times and `on_update`, is as it was.
fn patched(model: &ModelEntry, before: &[Value], input: &[(usize, Value)]) -> Vec<Value> {
    let mut values = before.to_vec();
    for (place, value) in input {
        values[*place] = merge_patch(&model.schema.fields[*place], &before[*place], value);
    }
    let _ = model.compute_own(&mut values);
    values
}
