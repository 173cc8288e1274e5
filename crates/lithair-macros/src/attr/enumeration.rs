//! What stands on an enum, on its variants, and on an embedded struct.

use syn::{Attribute, LitStr, Path};

use super::item;
use super::structure::crate_path;
use super::words::Place;
use crate::case::Case;
use crate::errors::Errors;
use crate::suggest;

/// The attributes of an enum, or of an embedded struct, typed.
#[derive(Default)]
pub(crate) struct EnumAttributes {
    pub(crate) rename_all: Option<Case>,
    pub(crate) krate: Option<Path>,
}

pub(crate) fn parse(attributes: &[Attribute], place: Place, errors: &Errors) -> EnumAttributes {
    let mut parsed = EnumAttributes::default();
    for (attribute, item) in item::items(attributes, place, errors) {
        match attribute {
            "http" => parsed.rename_all = item.string(errors).and_then(|text| case(&text, errors)),
            _ => parsed.krate = crate_path(&item, errors),
        }
    }
    parsed
}

/// The new name of a variant.
pub(crate) fn rename(attributes: &[Attribute], errors: &Errors) -> Option<LitStr> {
    let items = item::items(attributes, Place::Variant, errors);
    items.iter().find_map(|(_, item)| item.string(errors))
}

fn case(text: &LitStr, errors: &Errors) -> Option<Case> {
    let word = text.value();
    let found = Case::ALL.iter().find(|(name, _)| *name == word).map(|(_, case)| *case);
    if found.is_none() {
        let names = Case::ALL.iter().map(|(name, _)| *name);
        let hint = match suggest::nearest(&word, names.clone()) {
            Some(near) => format!("did you mean `{near}`?"),
            None => format!("expected `{}`", names.collect::<Vec<_>>().join("`, `")),
        };
        errors.at(text.span(), format!("unknown case `{word}`; {hint}"));
    }
    found
}
