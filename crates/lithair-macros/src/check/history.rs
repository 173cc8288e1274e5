//! What is said of the past must have an effect, and not two.

use crate::ast::{Field, Model};
use crate::attr::field::Auto;
use crate::attr::history::History;
use crate::errors::Errors;

pub(super) fn check(model: &Model, key: &[usize], place: impl Fn(usize) -> usize, errors: &Errors) {
    let of_model = &model.attributes.history;
    by_itself(of_model, errors);
    for (index, field) in model.fields.iter().enumerate() {
        by_itself(&field.attributes.history, errors);
        if let Some((word, span)) = field.attributes.history.declared().next() {
            if key.contains(&place(index)) {
                errors.at(span, format!("`{word}`: a key never changes, leave it out"));
            } else if matches!(field.attributes.auto, Some((_, Auto::Deleted))) {
                errors.at(
                    span,
                    format!("`{word}`: what says that a record is deleted is kept like the record, leave it out"),
                );
            } else if of_model.snapshot_only.is_some() {
                errors.at(span, format!("`{word}`: the model keeps nothing of the past already"));
            }
        }
        within(field, of_model, errors);
    }
}

fn by_itself(history: &History, errors: &Errors) {
    if history.snapshot_only.is_none() {
        return;
    }
    for (word, span) in history.declared().filter(|(word, _)| *word != "snapshot_only") {
        errors.at(span, format!("`{word}` and `snapshot_only` contradict each other"));
    }
}

/// A field keeps less than its model, or it need not say it.
fn within(field: &Field, of_model: &History, errors: &Errors) {
    let of_field = &field.attributes.history;
    if let (Some((span, own)), Some((_, Some(all)))) = (of_field.versions, of_model.versions)
        && own.is_none_or(|own| own >= all)
    {
        errors.at(span, format!("the model keeps {all} versions: a field keeps fewer, or leaves it out"));
    }
    if let (Some((span, own)), Some((_, all))) = (of_field.retention, of_model.retention)
        && own >= all
    {
        errors.at(span, "the model's `retention` is no longer: a field's is shorter, or left out");
    }
}
