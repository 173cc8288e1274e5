//! The names that attributes of a struct may use.

use syn::Ident;
use syn::ext::IdentExt;

use crate::ast::Model;
use crate::errors::Errors;
use crate::suggest;
use crate::types::Shape;

/// The fields that names of a struct's attributes mean.
pub(super) struct Scope<'a> {
    model: &'a Model,
    /// The implicit key, if there is one: place 0, before the struct's fields.
    implicit: Option<Shape>,
}

impl<'a> Scope<'a> {
    pub(super) fn new(model: &'a Model, implicit_key: bool) -> Self {
        Self { model, implicit: implicit_key.then(Shape::uuid) }
    }

    /// The place in the schema of the struct's field at `index`.
    pub(super) fn place(&self, index: usize) -> usize {
        index + usize::from(self.implicit.is_some())
    }

    /// The struct's field at a place of the schema; none for an implicit key.
    pub(super) fn field(&self, place: usize) -> Option<&'a crate::ast::Field> {
        self.model.fields.get(place.checked_sub(usize::from(self.implicit.is_some()))?)
    }

    /// Whether the field at a place is computed when it is read.
    pub(super) fn is_virtual(&self, place: usize) -> bool {
        let computed = self.field(place).and_then(|field| field.attributes.computed.as_ref());
        computed.is_some_and(|computed| computed.stored.is_none())
    }

    /// What the field at a place is.
    pub(super) fn shape(&self, place: usize) -> &Shape {
        match (&self.implicit, self.field(place)) {
            (_, Some(field)) => &field.shape,
            (Some(id), None) => id,
            (None, None) => unreachable!("a place of the schema is one of its fields"),
        }
    }

    /// The place of the field with this name, if there is one. Says nothing.
    pub(super) fn find(&self, name: &Ident) -> Option<usize> {
        let name = name.unraw().to_string();
        self.names().position(|field| field == name)
    }

    /// The place of the field with this name; says that there is none.
    pub(super) fn resolve(&self, name: &Ident, errors: &Errors) -> Option<usize> {
        let place = self.find(name);
        if place.is_none() {
            let word = name.unraw().to_string();
            errors.at(name.span(), format!("unknown field `{word}`{}", suggest::hint(&word, self.names())));
        }
        place
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.implicit.iter().map(|_| "id").chain(self.model.fields.iter().map(|field| field.name.as_str()))
    }
}
