//! Understands `GET /{collection}/{key}/{relation}`.

use super::list::{self, ListSource, Written};
use super::{Context, key_of, past, query, selection};
use crate::extract::parameters::Parameters;
use crate::operation::{Operation, Parent, RelatedPlan};
use crate::rejection::Rejection;

/// Many records are a list like any other, one is a record.
pub(super) fn plan(
    context: Context<'_>,
    (place, key, link): (usize, &str, usize),
    parameters: &Parameters,
) -> Result<Operation, Rejection> {
    let reader = context.reader;
    let model = context.model(place);
    let parent = Parent { model: place, key: key_of(model, key)?, link };
    let link = &model.links[link];
    // Where the record was is asked of its past, too.
    past::as_of(reader, model, parameters)?;
    if link.is_many {
        return list::plan(context, ListSource::Related(parent), parameters, Written::InUrl);
    }
    let target = context.model(link.target);
    let selection = selection::asked(reader, target, parameters)?;
    let expands = query::expands(reader, target, parameters)?;
    let as_of = past::as_of(reader, target, parameters)?;
    if as_of.is_some() {
        past::untold::refuse_link(reader, &parent)?;
        past::untold::refuse_related(reader, link.target, None, &expands)?;
    }
    Ok(Operation::Related(RelatedPlan { parent, selection, expands, as_of }))
}
