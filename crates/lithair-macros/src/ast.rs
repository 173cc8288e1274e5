//! The item that a derive stands on, with its attributes typed.

use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Data, DeriveInput, Fields, Ident, LitStr, Path, Type, Variant};

use crate::attr::enumeration::{self, EnumAttributes};
use crate::attr::field::{self, Auto, FieldAttributes};
use crate::attr::structure::{self, StructAttributes};
use crate::attr::words::Place;
use crate::errors::Errors;
use crate::types::{Shape, marker};

/// A struct that is a model.
pub(crate) struct Model {
    pub(crate) ident: Ident,
    pub(crate) attributes: StructAttributes,
    pub(crate) fields: Vec<Field>,
    /// The members that stand for records elsewhere.
    pub(crate) links: Vec<LinkField>,
}

/// A member that stands for records elsewhere: nothing of it is stored.
pub(crate) struct LinkField {
    pub(crate) ident: Ident,
    /// The name without `r#`.
    pub(crate) name: String,
    pub(crate) ty: Type,
    pub(crate) attributes: FieldAttributes,
}

/// A field of a model.
pub(crate) struct Field {
    pub(crate) ident: Ident,
    /// The name without `r#`.
    pub(crate) name: String,
    pub(crate) ty: Type,
    pub(crate) shape: Shape,
    pub(crate) attributes: FieldAttributes,
}

/// An enum that is the type of fields.
pub(crate) struct Enumeration {
    pub(crate) ident: Ident,
    pub(crate) krate: Option<Path>,
    pub(crate) variants: Vec<EnumVariant>,
}

/// A variant of an enum.
pub(crate) struct EnumVariant {
    pub(crate) ident: Ident,
    pub(crate) wire: String,
    /// The variant's fields, as those of a model without a key.
    pub(crate) form: Model,
}

/// Reads a struct.
pub(crate) fn model(input: &DeriveInput, errors: &Errors) -> Option<Model> {
    let attributes = structure::parse(&input.attrs, errors);
    generics(input, "a model", errors);
    let Data::Struct(data) = &input.data else {
        errors.at(input.ident.span(), "a model is a struct; for the type of a field there is `DeclarativeEnum`");
        return None;
    };
    let Fields::Named(named) = &data.fields else {
        errors.at(input.ident.span(), "a model is a struct with named fields");
        return None;
    };
    let (mut fields, mut links) = (Vec::new(), Vec::new());
    for field in &named.named {
        match read_member(field, errors) {
            Some(Member::Field(field)) => fields.push(*field),
            Some(Member::Link(link)) => links.push(*link),
            None => {}
        }
    }
    timestamps(&attributes, &mut fields, errors);
    soft_delete(&attributes, &mut fields, errors);
    Some(Model { ident: input.ident.clone(), attributes, fields, links })
}

/// What `timestamps` on the struct says of its fields.
fn timestamps(attributes: &StructAttributes, fields: &mut [Field], errors: &Errors) {
    let Some((_, names)) = &attributes.timestamps else { return };
    for (name, auto) in names.iter().zip([Auto::Created, Auto::Updated]) {
        match fields.iter_mut().find(|field| field.ident == *name) {
            Some(field) if field.attributes.auto.is_some() => {
                errors.at(name.span(), format!("`{name}` is filled by `auto` already"));
            }
            Some(field) => field.attributes.auto = Some((name.span(), auto)),
            None => errors.at(name.span(), format!("there is no field `{name}`: declare `{name}: Timestamp`")),
        }
    }
}

/// What `soft_delete` on the struct says of its field.
fn soft_delete(attributes: &StructAttributes, fields: &mut [Field], errors: &Errors) {
    let Some(soft) = &attributes.soft_delete else { return };
    match fields.iter_mut().find(|field| field.ident == "deleted_at") {
        Some(field) => field.attributes.auto = Some((soft.span, Auto::Deleted)),
        None => errors.at(soft.span, "there is no field `deleted_at`: declare `deleted_at: Option<Timestamp>`"),
    }
}

enum Member {
    Field(Box<Field>),
    Link(Box<LinkField>),
}

fn read_member(field: &syn::Field, errors: &Errors) -> Option<Member> {
    let ident = field.ident.clone()?;
    let (name, ty) = (ident.unraw().to_string(), field.ty.clone());
    let attributes = field::parse(&field.attrs, Place::Field, errors);
    if attributes.link.is_any() || marker(&ty).is_some() {
        return Some(Member::Link(Box::new(LinkField { name, ident, ty, attributes })));
    }
    let shape = Shape::of(&ty, errors);
    Some(Member::Field(Box::new(Field { name, ident, ty, shape, attributes })))
}

/// Reads an enum.
pub(crate) fn enumeration(input: &DeriveInput, errors: &Errors) -> Option<Enumeration> {
    let attributes = enumeration::parse(&input.attrs, Place::Enum, errors);
    generics(input, "the type of a field", errors);
    let Data::Enum(data) = &input.data else {
        errors.at(
            input.ident.span(),
            "`DeclarativeEnum` is for enums; for a struct in a field there is `DeclarativeStruct`, for records `DeclarativeModel`",
        );
        return None;
    };
    if data.variants.is_empty() {
        errors.at(input.ident.span(), "an enum without variants has no value");
    }
    let variants = data.variants.iter().map(|variant| read_variant(variant, &attributes, errors)).collect();
    let enumeration = Enumeration { ident: input.ident.clone(), krate: attributes.krate, variants };
    let wires = enumeration.variants.iter().map(|variant| (&variant.ident, variant.wire.as_str()));
    distinct("variant", wires, errors);
    Some(enumeration)
}

fn read_variant(variant: &Variant, attributes: &EnumAttributes, errors: &Errors) -> EnumVariant {
    let name = variant.ident.unraw().to_string();
    let rename = enumeration::rename(&variant.attrs, errors).map(|text| text.value());
    let wire = rename.unwrap_or_else(|| attributes.rename_all.map_or(name.clone(), |case| case.apply(&name)));
    if wire.is_empty() {
        errors.at(variant.ident.span(), "a variant has a name in JSON");
    }
    if let Fields::Unnamed(unnamed) = &variant.fields {
        errors.at(unnamed.span(), "name the variant's fields: in JSON they are members of an object");
    }
    let fields = variant.fields.iter().filter_map(|field| embedded_field(field, Place::VariantField, errors));
    let form = form(&variant.ident, fields.collect());
    EnumVariant { ident: variant.ident.clone(), wire, form }
}

/// Reads a struct that is the type of fields: its fields, as those of a model without a key.
pub(crate) fn embedded(input: &DeriveInput, errors: &Errors) -> Option<Model> {
    let attributes = enumeration::parse(&input.attrs, Place::Embedded, errors);
    generics(input, "the type of a field", errors);
    let Data::Struct(data) = &input.data else {
        errors.at(input.ident.span(), "`DeclarativeStruct` is for structs; for an enum there is `DeclarativeEnum`");
        return None;
    };
    let Fields::Named(named) = &data.fields else {
        errors.at(input.ident.span(), "name the struct's fields: in JSON they are members of an object");
        return None;
    };
    if named.named.is_empty() {
        errors.at(input.ident.span(), "a struct without fields has nothing to say");
    }
    let fields = named.named.iter().filter_map(|field| embedded_field(field, Place::EmbeddedField, errors));
    let mut form = form(&input.ident, fields.collect());
    form.attributes.krate = attributes.krate;
    if let Some(case) = attributes.rename_all {
        for field in form.fields.iter_mut().filter(|field| field.attributes.rename.is_none()) {
            field.attributes.rename = Some(LitStr::new(&case.apply(&field.name), field.ident.span()));
        }
    }
    Some(form)
}

/// Fields that stand together and are no model's.
fn form(ident: &Ident, fields: Vec<Field>) -> Model {
    Model { ident: ident.clone(), attributes: StructAttributes::default(), fields, links: Vec::new() }
}

fn embedded_field(field: &syn::Field, place: Place, errors: &Errors) -> Option<Field> {
    let ident = field.ident.clone()?;
    let attributes = field::parse(&field.attrs, place, errors);
    let shape = Shape::of(&field.ty, errors);
    Some(Field { name: ident.unraw().to_string(), ident, ty: field.ty.clone(), shape, attributes })
}

fn generics(input: &DeriveInput, what: &str, errors: &Errors) {
    if !input.generics.params.is_empty() {
        errors.at(input.generics.span(), format!("{what} has no generic parameters: it is stored as one thing"));
    }
}

/// Says which of these have a name in JSON that an earlier one has.
pub(crate) fn distinct<'a>(what: &str, wires: impl Iterator<Item = (&'a Ident, &'a str)>, errors: &Errors) {
    let mut seen = std::collections::HashMap::new();
    for (ident, wire) in wires {
        if let Some(other) = seen.insert(wire, ident) {
            errors.at(ident.span(), format!("the {what} `{other}` is `{wire}` in JSON too"));
        }
    }
}
