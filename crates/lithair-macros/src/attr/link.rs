//! What a field says that stands for records elsewhere: `has_many`, `has_one`, `many_to_many`.

use proc_macro2::Span;
use syn::{Ident, Type};

use super::item::Item;
use crate::errors::Errors;

/// The words of a link, typed.
#[derive(Default)]
pub(crate) struct LinkAttributes {
    /// Each that is there; one, once it is checked.
    pub(crate) kinds: Vec<(Span, LinkKind, Type)>,
    pub(crate) via: Option<Ident>,
    pub(crate) through: Option<(Span, Type)>,
}

/// How a link leads to records.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum LinkKind {
    HasMany,
    HasOne,
    ManyToMany,
}

impl LinkKind {
    pub(crate) const ALL: [Self; 3] = [Self::HasMany, Self::HasOne, Self::ManyToMany];

    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::HasMany => "has_many",
            Self::HasOne => "has_one",
            Self::ManyToMany => "many_to_many",
        }
    }

    /// The marker that the field is of.
    pub(crate) const fn marker(self) -> &'static str {
        match self {
            Self::HasOne => "One",
            Self::HasMany | Self::ManyToMany => "Many",
        }
    }
}

impl LinkAttributes {
    /// Whether any word of a link is there.
    pub(crate) fn is_any(&self) -> bool {
        !self.kinds.is_empty() || self.via.is_some() || self.through.is_some()
    }

    /// Takes an item of `relation`, if it is a link's.
    pub(crate) fn take(&mut self, item: &Item, errors: &Errors) -> bool {
        let kind = match item.key.to_string().as_str() {
            "has_many" => LinkKind::HasMany,
            "has_one" => LinkKind::HasOne,
            "many_to_many" => LinkKind::ManyToMany,
            "via" => {
                self.via = item.word("via = field", errors);
                return true;
            }
            "through" => {
                self.through = model(item, "through = Model", errors).map(|model| (item.key.span(), model));
                return true;
            }
            _ => return false,
        };
        let target = model(item, &format!("{} = Model", kind.word()), errors);
        self.kinds.extend(target.map(|target| (item.key.span(), kind, target)));
        true
    }
}

/// The model of `key = Model`.
pub(crate) fn model(item: &Item, form: &str, errors: &Errors) -> Option<Type> {
    let tokens = item.equals(form, errors)?;
    errors.keep(syn::parse2(tokens))
}
