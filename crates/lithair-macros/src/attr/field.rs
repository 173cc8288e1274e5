//! What stands on a field.

use proc_macro2::{Span, TokenStream};
use syn::parse::ParseStream;
use syn::{Attribute, Ident, LitInt, LitStr, Path, Token, Type, parenthesized};

use super::computed::{self, Computed};
use super::history::History;
use super::item::{self, Item, Value};
use super::link::{self, LinkAttributes};
use super::permission::{self, FieldPermissions};
use super::rule::{self, Rule, RuleConstant};
use super::states::States;
use super::upcast::{self, Upcast};
use super::words::{self, Place};
use crate::errors::Errors;
use crate::expr::{self, Node};

/// The attributes of a field, typed. A span says that something is declared, and where.
#[derive(Default)]
pub(crate) struct FieldAttributes {
    pub(crate) primary_key: Option<Span>,
    pub(crate) auto: Option<(Span, Auto)>,
    pub(crate) unique: Option<Unique>,
    pub(crate) index: Option<Span>,
    pub(crate) default: Option<DefaultValue>,
    pub(crate) on_update: Option<DefaultValue>,
    pub(crate) backfill: Option<DefaultValue>,
    pub(crate) upcast: Option<Upcast>,
    pub(crate) decimal: Option<Decimal>,
    pub(crate) hidden: Option<Span>,
    pub(crate) read_only: Option<Span>,
    pub(crate) write_only: Option<Span>,
    pub(crate) rename: Option<LitStr>,
    pub(crate) renamed_from: Option<LitStr>,
    pub(crate) rules: Vec<Rule>,
    /// The variants of `Normalizer`, in order.
    pub(crate) normalizers: Vec<(Span, &'static str)>,
    pub(crate) example: Option<RuleConstant>,
    pub(crate) deprecated: Option<LitStr>,
    pub(crate) filter: Option<Span>,
    /// `filter(guarded)`
    pub(crate) guarded: Option<Span>,
    pub(crate) sort: Option<Span>,
    /// `db(fulltext)` or `http(search)`, with the word.
    pub(crate) search: Vec<(Span, &'static str)>,
    /// At most one, once it is checked.
    pub(crate) mutability: Vec<(Span, Mutability)>,
    pub(crate) history: History,
    pub(crate) permissions: FieldPermissions,
    /// What is declared and not enforced yet: it stops the start.
    pub(crate) unenforced: Vec<String>,
    pub(crate) states: Option<States>,
    pub(crate) belongs_to: Option<(Span, Type)>,
    /// `fields(a, b)`: the fields of a reference of several.
    pub(crate) refers_by: Option<(Span, Vec<Ident>)>,
    pub(crate) on_delete: Option<(Span, OnDelete)>,
    pub(crate) link: LinkAttributes,
    pub(crate) computed: Option<Computed>,
    /// Every word that is there, with its attribute.
    pub(crate) words: Vec<(&'static str, Ident)>,
}

/// `auto = ..`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Auto {
    Uuid7,
    Ulid,
    Sequence,
    /// By `timestamps` on the struct.
    Created,
    Updated,
    /// By `soft_delete` on the struct.
    Deleted,
}

/// How a stored value may change.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mutability {
    Immutable,
    WriteOnce,
    Monotonic,
}

impl Mutability {
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Immutable => "immutable",
            Self::WriteOnce => "write_once",
            Self::Monotonic => "monotonic",
        }
    }
}

/// `unique` or `unique(ci)`.
pub(crate) struct Unique {
    pub(crate) span: Span,
    pub(crate) ignore_case: bool,
}

/// `default = ..`.
pub(crate) enum DefaultValue {
    Expr(Node),
    /// `fn(path)`.
    Function(Path),
}

/// `decimal(12, 2)`.
pub(crate) struct Decimal {
    pub(crate) span: Span,
    pub(crate) precision: u8,
    pub(crate) scale: u8,
}

/// `on_delete = ..`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnDelete {
    Restrict,
    Cascade,
    SetNull,
    SetDefault,
    Soft,
}

/// The attributes of a field: of a model, a variant, an embedded struct, or the form that the parameters of a command are.
pub(crate) fn parse(attributes: &[Attribute], place: Place, errors: &Errors) -> FieldAttributes {
    let computed = (place == Place::Field).then(|| computed::parse(attributes, errors)).flatten();
    let mut parsed = FieldAttributes { computed, ..FieldAttributes::default() };
    for (attribute, item) in item::items(attributes, place, errors) {
        parsed.words.push((attribute, item.key.clone()));
        match attribute {
            "db" => parsed.db(&item, errors),
            "http" => parsed.http(&item, errors),
            "lifecycle" => parsed.lifecycle(&item, errors),
            "relation" => parsed.relation(&item, errors),
            "permission" => parsed.permissions.take(&item, errors),
            "security" => parsed.permissions.mask = permission::mask(&item, errors),
            "encryption" => {
                let known = [("AES256", ())];
                let word = item.string(errors).and_then(|text| errors.keep(text.parse::<Ident>()));
                if let Some(word) = word {
                    words::one_of("algorithm", &word, &known, &[], errors);
                }
                parsed.unenforced.push("encryption(algorithm)".to_owned());
            }
            "audit" => {
                if item.flag(errors) {
                    parsed.unenforced.push(format!("audit({})", item.key));
                }
            }
            _ => unreachable!("`{attribute}` has no word that is ready"),
        }
    }
    parsed
}

impl FieldAttributes {
    fn db(&mut self, item: &Item, errors: &Errors) {
        match item.key.to_string().as_str() {
            "primary_key" => self.primary_key = flag(item, errors),
            "auto" => self.auto = auto(item, errors),
            "unique" => self.unique = unique(item, errors),
            "index" => self.index = flag(item, errors),
            "default" => self.default = default(item, errors),
            "on_update" => self.on_update = default(item, errors),
            "backfill" => self.backfill = default(item, errors),
            "upcast" => self.upcast = upcast::upcast(item, errors),
            "renamed_from" => self.renamed_from = item.string(errors),
            "fulltext" => self.search.extend(flag(item, errors).map(|span| (span, "fulltext"))),
            "decimal" => self.decimal = decimal(item, errors),
            other => unreachable!("`db({other})` is ready and not read"),
        }
    }

    fn http(&mut self, item: &Item, errors: &Errors) {
        match item.key.to_string().as_str() {
            "hidden" => self.hidden = flag(item, errors),
            "read_only" => self.read_only = flag(item, errors),
            "write_only" => self.write_only = flag(item, errors),
            "rename" => self.rename = item.string(errors),
            "validate" => self.rules = rule::rules(item, errors),
            "normalize" => self.normalizers = normalizers(item, errors),
            "example" => self.example = rule::constant_of(item, errors),
            "deprecated" => self.deprecated = item.string(errors),
            "filter" => self.filter(item, errors),
            "search" => self.search.extend(flag(item, errors).map(|span| (span, "search"))),
            "sort" => self.sort = flag(item, errors),
            other => unreachable!("`http({other})` is ready and not read"),
        }
    }

    /// `filter`, or `filter(guarded)`.
    fn filter(&mut self, item: &Item, errors: &Errors) {
        self.filter = Some(item.key.span());
        if let Value::None = item.value {
            return;
        }
        let form = "filter` or `filter(guarded)";
        match item.idents(form, errors).as_deref() {
            Some([word]) if word == "guarded" => self.guarded = Some(word.span()),
            Some(_) => drop(item.malformed::<()>(form, errors)),
            None => {}
        }
    }

    fn lifecycle(&mut self, item: &Item, errors: &Errors) {
        if item.key == "states" {
            self.states = super::states::states(item, errors);
            return;
        }
        let mutability = match item.key.to_string().as_str() {
            "immutable" => Mutability::Immutable,
            "write_once" => Mutability::WriteOnce,
            "monotonic" => Mutability::Monotonic,
            _ if self.history.take(item, errors) => return,
            other => unreachable!("`lifecycle({other})` is ready and not read"),
        };
        self.mutability.extend(flag(item, errors).map(|span| (span, mutability)));
    }

    fn relation(&mut self, item: &Item, errors: &Errors) {
        if self.link.take(item, errors) {
            return;
        }
        match item.key.to_string().as_str() {
            "belongs_to" => {
                let target = link::model(item, "belongs_to = Model", errors);
                self.belongs_to = target.map(|target| (item.key.span(), target));
            }
            "fields" => {
                let names = item.idents("fields(a, b)", errors);
                self.refers_by = names.map(|names| (item.key.span(), names));
            }
            "on_delete" => self.on_delete = on_delete(item, errors),
            other => unreachable!("`relation({other})` is ready and not read"),
        }
    }
}

fn flag(item: &Item, errors: &Errors) -> Option<Span> {
    item.flag(errors).then(|| item.key.span())
}

fn auto(item: &Item, errors: &Errors) -> Option<(Span, Auto)> {
    let word = item.word("auto = uuid7`, `auto = ulid` or `auto = sequence", errors)?;
    let known = [("uuid7", Auto::Uuid7), ("ulid", Auto::Ulid), ("sequence", Auto::Sequence)];
    words::one_of("source", &word, &known, &[], errors).map(|auto| (word.span(), auto))
}

fn unique(item: &Item, errors: &Errors) -> Option<Unique> {
    let span = item.key.span();
    if let Value::None = item.value {
        return Some(Unique { span, ignore_case: false });
    }
    let form = "unique` or `unique(ci)";
    let parts: Vec<_> = item.list(form, errors)?.into_iter().map(item::parse).collect();
    match parts.as_slice() {
        [Ok(Item { key, value: Value::None })] if key == "ci" => Some(Unique { span, ignore_case: true }),
        [Ok(Item { key, .. })] if key == "where" => {
            errors.at(span, "`where` belongs on the struct: `#[db(unique(field, where = condition))]`");
            None
        }
        _ => item.malformed(form, errors),
    }
}

fn default(item: &Item, errors: &Errors) -> Option<DefaultValue> {
    let tokens = item.equals(&format!("{} = value", item.key), errors)?;
    let parsed = |input: ParseStream<'_>| {
        if input.peek(Token![fn]) {
            function(input).map(DefaultValue::Function)
        } else {
            expression(input).map(DefaultValue::Expr)
        }
    };
    errors.keep(item::read(tokens, parsed))
}

fn expression(input: ParseStream<'_>) -> syn::Result<Node> {
    expr::parse(input.parse::<TokenStream>()?)
}

fn function(input: ParseStream<'_>) -> syn::Result<Path> {
    input.parse::<Token![fn]>()?;
    let content;
    parenthesized!(content in input);
    content.call(Path::parse_mod_style)
}

fn decimal(item: &Item, errors: &Errors) -> Option<Decimal> {
    let form = "decimal(12, 2)";
    let parts = item.list(form, errors)?;
    let numbers: Option<Vec<u8>> = parts
        .into_iter()
        .map(|part| errors.keep(syn::parse2::<LitInt>(part).and_then(|number| number.base10_parse())))
        .collect();
    let &[precision, scale] = numbers?.as_slice() else { return item.malformed(form, errors) };
    if !(1..=28).contains(&precision) || scale > precision {
        errors.at(item.key.span(), "a decimal has 1 to 28 digits in all, and no more of them behind the point");
    }
    Some(Decimal { span: item.key.span(), precision, scale })
}

fn normalizers(item: &Item, errors: &Errors) -> Vec<(Span, &'static str)> {
    let known = [("trim", "Trim"), ("lower", "Lower"), ("nfc", "Nfc")];
    let mut found: Vec<(Span, &'static str)> = Vec::new();
    for word in item.idents("normalize(trim, lower, nfc)", errors).unwrap_or_default() {
        let Some(normalizer) = words::one_of("normalizer", &word, &known, &[], errors) else { continue };
        if found.iter().any(|(_, other)| *other == normalizer) {
            errors.at(word.span(), format!("`{word}` is there twice"));
        }
        found.push((word.span(), normalizer));
    }
    found
}

fn on_delete(item: &Item, errors: &Errors) -> Option<(Span, OnDelete)> {
    let word = item.word("on_delete = restrict", errors)?;
    let known = [
        ("restrict", OnDelete::Restrict),
        ("cascade", OnDelete::Cascade),
        ("set_null", OnDelete::SetNull),
        ("set_default", OnDelete::SetDefault),
        ("soft", OnDelete::Soft),
    ];
    words::one_of("mode", &word, &known, &[], errors).map(|mode| (word.span(), mode))
}
