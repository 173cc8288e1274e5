//! Names become places, and what a struct says as a whole must fit together. Everything goes on after a mistake.

mod computed;
mod constraints;
mod contradictions;
mod dead;
pub(crate) mod embedded;
mod expressions;
mod fields;
mod history;
pub(crate) mod keys;
mod links;
mod permission;
mod relations;
mod rules;
mod scope;
mod search;
mod typed;

use proc_macro2::Span;
use syn::{Ident, Type};

use crate::ast::{LinkField, Model};
use crate::attr::link::LinkKind;
use crate::case;
use crate::errors::Errors;
use crate::expr::Node;
pub(crate) use expressions::Named;
use scope::Scope;

/// A model as it is emitted: names are places in the schema's fields. Without errors all of it is right.
pub(crate) struct Checked<'a> {
    pub(crate) model: &'a Model,
    pub(crate) table: String,
    pub(crate) path: String,
    /// Whether the schema has a field `id` before those of the struct.
    pub(crate) implicit_key: bool,
    pub(crate) key: Vec<usize>,
    pub(crate) uniques: Vec<Unique<'a>>,
    pub(crate) indexes: Vec<Vec<Term>>,
    pub(crate) order: Vec<Term>,
    /// Fields that are searched, with their weights.
    pub(crate) fulltext: Vec<(usize, u16)>,
    pub(crate) checks: Vec<Check<'a>>,
    pub(crate) relations: Vec<Relation>,
    pub(crate) links: Vec<Link<'a>>,
    /// The field that says whose tenant a record is.
    pub(crate) tenant: Option<usize>,
    /// Records a page: by default, and at most.
    pub(crate) page: Option<(u32, u32)>,
    /// What expressions name and only rustc knows.
    pub(crate) named: Named,
}

pub(crate) struct Unique<'a> {
    pub(crate) fields: Vec<usize>,
    pub(crate) ignore_case: bool,
    pub(crate) condition: Option<&'a Node>,
}

#[derive(PartialEq, Eq)]
pub(crate) struct Term {
    pub(crate) field: usize,
    /// The path into the field, if it is not the field itself.
    pub(crate) inside: Option<Inside>,
    pub(crate) descending: bool,
}

/// A path into an embedded struct.
pub(crate) struct Inside {
    pub(crate) path: String,
    pub(crate) span: Span,
}

impl PartialEq for Inside {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path
    }
}

impl Eq for Inside {}

pub(crate) struct Check<'a> {
    pub(crate) condition: &'a Node,
    pub(crate) message: String,
    pub(crate) field: Option<usize>,
}

pub(crate) struct Relation {
    pub(crate) name: String,
    /// The fields that hold the key, and where they are said.
    pub(crate) fields: Vec<usize>,
    pub(crate) span: Span,
    pub(crate) target: Type,
    pub(crate) on_delete: crate::attr::field::OnDelete,
}

/// A way to records elsewhere.
pub(crate) struct Link<'a> {
    pub(crate) field: &'a LinkField,
    pub(crate) wire: String,
    pub(crate) kind: LinkKind,
    pub(crate) target: &'a Type,
    pub(crate) via: Option<&'a Ident>,
    pub(crate) through: Option<&'a Type>,
}

/// The page of a model that does not say: `PageSchema::DEFAULT`.
const PAGE: (u32, u32) = (50, 500);

pub(crate) fn model<'a>(model: &'a Model, errors: &Errors) -> Checked<'a> {
    is_permitted(model, errors);
    let implicit_key = keys::is_implicit(model);
    let scope = Scope::new(model, implicit_key);
    let key = keys::check(model, &scope, errors);
    fields::check(model, &key, &scope, errors);
    computed::check(model, &key, &scope, errors);
    constraints::immutable_when(model, &scope, errors);
    history::check(model, &key, |index| scope.place(index), errors);
    let relations = relations::check(model, &key, &scope, errors);
    permission::check(model, &relations, &scope, errors);
    Checked {
        table: table(model, errors),
        path: path(model, errors),
        uniques: constraints::uniques(model, &scope, errors),
        indexes: constraints::indexes(model, &scope, errors),
        order: constraints::terms("the order", &model.attributes.order, &scope, errors),
        fulltext: search::fulltext(model, &scope, errors),
        checks: constraints::checks(model, &scope, errors),
        links: links::check(model, &relations, &scope, errors),
        relations,
        page: page(model),
        tenant: model.attributes.tenant.as_ref().and_then(|field| scope.resolve(field, errors)),
        named: expressions::named(model, &scope),
        model,
        implicit_key,
        key,
    }
}

/// Fields of a form, which has no key and no permission: the parameters of a command, what is inside of a value.
pub(crate) fn form(model: &Model, errors: &Errors) {
    fields::check(model, &[], &Scope::new(model, false), errors);
    fields::no_code(model, errors);
}

/// What expressions of a form name and only rustc knows.
pub(crate) fn named_in_form(model: &Model) -> Named {
    expressions::named(model, &Scope::new(model, false))
}

fn is_permitted(model: &Model, errors: &Errors) {
    let is_by_field = model.attributes.by_field
        && model.fields.iter().any(|field| field.attributes.permissions.policies().next().is_some());
    if !model.attributes.permission && !is_by_field {
        let name = &model.ident;
        let message = format!(
            "nobody may do anything with `{name}`, because no permission is declared\n\
             say who may: `#[permission(read = public, write = role(Editor), delete = owner)]`\n\
             to open it to everybody, write `#[permission(all = public)]` on the struct"
        );
        errors.at(name.span(), message);
    }
}

fn table(model: &Model, errors: &Errors) -> String {
    let Some(table) = &model.attributes.table else { return case::plural(&case::snake(&model.ident.to_string())) };
    let name = table.value();
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.');
    if !name.starts_with(|first: char| first.is_ascii_alphanumeric()) || !name.chars().all(fits) {
        refuse_name("table", table.span(), errors);
    }
    name
}

fn path(model: &Model, errors: &Errors) -> String {
    let Some(path) = &model.attributes.path else {
        return case::plural(&case::snake(&model.ident.to_string())).replace('_', "-");
    };
    let name = path.value();
    let name = name.strip_prefix('/').unwrap_or(&name);
    let fits = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.');
    let is_segment =
        |part: &str| part.starts_with(|first: char| first.is_ascii_alphanumeric()) && part.chars().all(fits);
    if !name.split('/').all(is_segment) {
        refuse_name("path", path.span(), errors);
    }
    name.to_owned()
}

fn refuse_name(what: &str, span: Span, errors: &Errors) {
    errors.at(span, format!("a {what} is of letters, digits, `-`, `_` and `.`, and begins with a letter or digit"));
}

fn page(model: &Model) -> Option<(u32, u32)> {
    let page = model.attributes.page;
    match (page.default, page.max) {
        (None, None) => None,
        (Some(default), max) => Some((default, max.unwrap_or(PAGE.1.max(default)))),
        (None, Some(max)) => Some((PAGE.0.min(max), max)),
    }
}
