//! Which fields are asked for: `fields`.

use lithair_model::{Exposure, ModelEntry, Reader, Selection};

use crate::extract::parameters::{Parameters, invalid};
use crate::rejection::{Problem, Rejection};

/// The fields that are asked for. A field that callers may not see is as unknown as one that does not exist.
pub(super) fn asked(reader: &Reader, model: &ModelEntry, parameters: &Parameters) -> Result<Selection, Rejection> {
    let Some(fields) = parameters.value("fields") else { return Ok(Selection::all()) };
    let places = fields.split(',').map(|name| field(reader, model, name.trim()));
    Ok(Selection::of(places.collect::<Result<Vec<_>, _>>()?))
}

/// Whether answers have the field at this place.
pub(super) fn is_shown(model: &ModelEntry, place: usize) -> bool {
    matches!(model.schema.fields[place].exposure, Exposure::Open | Exposure::ReadOnly)
}

fn field(reader: &Reader, model: &ModelEntry, name: &str) -> Result<usize, Rejection> {
    // To whom a field is masked it is known.
    let is_known =
        |place: usize| reader.sight(model.place).knows(place) || model.schema.fields[place].access.mask.is_some();
    let is_shown = |place: &usize| is_shown(model, *place) && is_known(*place);
    if let Some(place) = model.by_wire(name).filter(is_shown) {
        return Ok(place);
    }
    if let Some((first, _)) = name.split_once('.') {
        return Err(match model.by_wire(first).filter(is_shown) {
            Some(_) => invalid("fields", &format!("`{name}` is inside of `{first}`: fields are asked for whole")),
            None => Problem::NotSupportedYet.because("fields of related records"),
        });
    }
    let near = model.nearest_wire(name).filter(|near| model.by_wire(near).as_ref().is_some_and(is_shown));
    Err(invalid(
        "fields",
        &match near {
            Some(near) => format!("there is no field `{name}`; is it `{near}`?"),
            None => format!("there is no field `{name}`"),
        },
    ))
}
