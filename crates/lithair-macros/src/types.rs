//! What the tokens of a field's type say. A name is taken for what it usually is; rustc has the last word.

use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{GenericArgument, Ident, PathArguments, PathSegment, Type};

use crate::errors::Errors;

/// A field's type as far as its tokens tell.
pub(crate) struct Shape {
    /// Whether null is a value: `Option<T>`.
    pub(crate) optional: bool,
    /// The type of a present value.
    pub(crate) inner: Type,
    /// What the type of a present value is.
    pub(crate) class: Class,
}

/// What a type is.
pub(crate) enum Class {
    Bool,
    Int {
        min: i128,
        max: i128,
    },
    Float,
    Text,
    Decimal,
    Uuid,
    Timestamp,
    Date,
    Json,
    List(Box<Shape>),
    /// `Id<T>`: the target.
    Reference(Box<Type>),
    /// A name that says nothing: an enum, most likely.
    Other,
}

impl Class {
    /// The word for the type in messages.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Bool => "a bool",
            Self::Int { .. } => "an integer",
            Self::Float => "a float",
            Self::Text => "a text",
            Self::Decimal => "a decimal",
            Self::Uuid => "a uuid",
            Self::Timestamp => "a timestamp",
            Self::Date => "a date",
            Self::Json => "free JSON",
            Self::List(_) => "a list",
            Self::Reference(_) => "a reference",
            Self::Other => "a type of the application",
        }
    }

    /// Whether values have an order that callers would expect, and so can be in keys and indexes.
    pub(crate) fn is_comparable(&self) -> bool {
        !matches!(self, Self::List(_) | Self::Json)
    }

    pub(crate) fn is_number(&self) -> bool {
        matches!(self, Self::Int { .. } | Self::Float | Self::Decimal)
    }

    pub(crate) fn is_time(&self) -> bool {
        matches!(self, Self::Timestamp | Self::Date)
    }

    /// Whether nothing is known: a reference is of its target's key type, which is written elsewhere.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self, Self::Other | Self::Reference(_))
    }
}

impl Shape {
    /// Reads a type; says what cannot be a field.
    pub(crate) fn of(ty: &Type, errors: &Errors) -> Self {
        let ty = plain(ty);
        match generic(ty, "Option") {
            Some(inner) => {
                if generic(plain(inner), "Option").is_some() {
                    errors.at(ty.span(), "an `Option` in an `Option` has two nulls and JSON has one");
                }
                Self { optional: true, inner: inner.clone(), class: class(inner, errors) }
            }
            None => Self { optional: false, inner: ty.clone(), class: class(ty, errors) },
        }
    }

    /// The field's type where there is no member: an implicit key.
    pub(crate) fn uuid() -> Self {
        Self { optional: false, inner: Type::Verbatim(Default::default()), class: Class::Uuid }
    }
}

fn class(ty: &Type, errors: &Errors) -> Class {
    let ty = plain(ty);
    if let Some(element) = generic(ty, "Vec") {
        let element = Shape::of(element, errors);
        if matches!(element.class, Class::Reference(_)) {
            errors.at(ty.span(), "a list of references is not supported yet: the store would not check them");
        }
        return Class::List(Box::new(element));
    }
    if let Some(target) = generic(ty, "Id") {
        return Class::Reference(Box::new(target.clone()));
    }
    match ty {
        Type::Path(path) => path.path.segments.last().map_or(Class::Other, |last| named(last, ty.span(), errors)),
        _ => {
            errors.at(ty.span(), "a field cannot have this type; `docs/models.md` lists those it can");
            Class::Other
        }
    }
}

fn named(segment: &PathSegment, span: Span, errors: &Errors) -> Class {
    let int = |min: i128, max: i128| Class::Int { min, max };
    let name = segment.ident.to_string();
    match name.as_str() {
        "bool" => Class::Bool,
        "i8" => int(i8::MIN.into(), i8::MAX.into()),
        "i16" => int(i16::MIN.into(), i16::MAX.into()),
        "i32" => int(i32::MIN.into(), i32::MAX.into()),
        "i64" => int(i64::MIN.into(), i64::MAX.into()),
        "u8" => int(0, u8::MAX.into()),
        "u16" => int(0, u16::MAX.into()),
        "u32" => int(0, u32::MAX.into()),
        "u64" => int(0, u64::MAX.into()),
        "f32" | "f64" => Class::Float,
        "String" => Class::Text,
        "Decimal" => Class::Decimal,
        "Uuid" => Class::Uuid,
        "Timestamp" => Class::Timestamp,
        "Date" => Class::Date,
        "Json" => Class::Json,
        other => {
            if let Some((_, instead)) = NO_FIELDS.iter().find(|(name, _)| *name == other) {
                errors.at(span, format!("`{other}` is not a type of fields: use {instead}"));
            }
            Class::Other
        }
    }
}

/// Types that people try, and what does what they want.
const NO_FIELDS: [(&str, &str); 10] = [
    ("usize", "`u64`, which is the same on every machine"),
    ("isize", "`i64`, which is the same on every machine"),
    ("u128", "`u64`, `Decimal` or `Uuid`"),
    ("i128", "`i64` or `Decimal`"),
    ("char", "`String` with `validate(len(1..=1))`"),
    ("str", "`String`"),
    ("HashMap", "`Json`, or a model of its own"),
    ("BTreeMap", "`Json`, or a model of its own"),
    ("HashSet", "`Vec` with `validate(unique_items)`"),
    ("SystemTime", "`Timestamp`"),
];

/// Whether a type is a marker for records elsewhere, and of which model: `Many<T>`, `One<T>`.
pub(crate) fn marker(ty: &Type) -> Option<(&'static str, &Type)> {
    let ty = plain(ty);
    ["Many", "One"].into_iter().find_map(|name| Some((name, generic(ty, name)?)))
}

/// The type without parentheses and the invisible groups of macros.
fn plain(ty: &Type) -> &Type {
    match ty {
        Type::Group(group) => plain(&group.elem),
        Type::Paren(paren) => plain(&paren.elem),
        _ => ty,
    }
}

/// `T` of `Name<T>`.
fn generic<'a>(ty: &'a Type, name: &str) -> Option<&'a Type> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == name)?;
    match &last.arguments {
        PathArguments::AngleBracketed(arguments) if arguments.args.len() == 1 => match arguments.args.first() {
            Some(GenericArgument::Type(inner)) => Some(plain(inner)),
            _ => None,
        },
        _ => None,
    }
}

/// The name of a model's type without the modules before it. `own` is what `Self` means.
pub(crate) fn model_name(ty: &Type, own: &Ident) -> Option<Ident> {
    let Type::Path(path) = plain(ty) else { return None };
    let last = &path.path.segments.last()?.ident;
    Some(if last == "Self" { own.clone() } else { last.clone() })
}
