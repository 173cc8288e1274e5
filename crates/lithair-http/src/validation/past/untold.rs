//! What an earlier moment does not tell, and is not asked for: values that are not kept, and records around a list that the reader sees
//! today or saw then, and not both.

use lithair_model::{Condition, Expand, ModelEntry, Predicate, Query, Reader, Right, Way, reached};

use super::unkept_fields;
use crate::extract::parameters::invalid;
use crate::operation::Parent;
use crate::rejection::Rejection;

/// Refuses a list by fields of which an earlier moment shows nothing: the answer would tell.
pub(crate) fn refuse_fields(model: &ModelEntry, query: &Query, filter: Option<&Predicate>) -> Result<(), Rejection> {
    for place in unkept_fields(model) {
        let detail = || format!("values that `{}` had are not kept for lists", model.schema.fields[place].wire);
        if filter.is_some_and(|filter| filter.reads(place)) {
            return Err(invalid("filter", &detail()));
        }
        if query.search.is_some() && model.schema.fulltext.iter().any(|term| term.field == place) {
            return Err(invalid("search", &detail()));
        }
        if query.order.iter().any(|term| model.field_of_place(term.field) == place) {
            return Err(invalid("sort", &detail()));
        }
    }
    Ok(())
}

/// Refuses a relation by fields of which an earlier moment shows nothing.
pub(crate) fn refuse_link(reader: &Reader, parent: &Parent) -> Result<(), Rejection> {
    let models = &reader.catalog().models;
    for way in &models[parent.model].links[parent.link].ways {
        let (Way::Out { model, relation } | Way::In { model, relation }) = *way;
        let model = &models[model];
        let mut fields = model.schema.relations[relation].fields.iter();
        if let Some(&field) = fields.find(|&&field| !model.schema.fields[field].history.is_whole()) {
            return Err(invalid("as_of", &not_kept(model, field)));
        }
    }
    Ok(())
}

/// Refuses a list of `model` with relations to records of which the reader does not see all, and all of their past.
pub(crate) fn refuse_related(
    reader: &Reader,
    model: usize,
    filter: Option<&Predicate>,
    expands: &[Expand],
) -> Result<(), Rejection> {
    let catalog = reader.catalog();
    for place in reached(catalog, model, filter, expands) {
        let led_to = &catalog.models[place];
        let has_every_past = reader.right(place, Right::History) == Condition::Always;
        if !has_every_past || reader.sight(place).whole(&[]).is_none() {
            let path = led_to.schema.path;
            let detail =
                format!("not together with what relations lead to in `{path}`: a policy says who sees what of it");
            return Err(invalid("as_of", &detail));
        }
        if let Some(field) = unkept_fields(led_to).next().filter(|_| place != model) {
            return Err(invalid("as_of", &not_kept(led_to, field)));
        }
    }
    Ok(())
}

fn not_kept(model: &ModelEntry, field: usize) -> String {
    let (path, wire) = (model.schema.path, model.schema.fields[field].wire);
    format!("values that `{wire}` of `{path}` had are not kept for lists, so it is not asked about")
}
