//! What stands on the struct.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Attribute, Ident, LitBool, LitInt, LitStr, Path, Token};

use super::duration::duration;
use super::history::History;
use super::item::{self, Item, Value};
use super::permission::Permissions;
use super::security::Security;
use super::words::{self, Place};
use crate::errors::Errors;
use crate::expr::{self, Node};

/// The attributes of a struct, typed.
#[derive(Default)]
pub(crate) struct StructAttributes {
    pub(crate) table: Option<LitStr>,
    pub(crate) renamed_from: Option<LitStr>,
    pub(crate) primary_key: Option<(Span, Vec<Ident>)>,
    pub(crate) uniques: Vec<Unique>,
    pub(crate) indexes: Vec<Index>,
    pub(crate) order: Vec<Term>,
    pub(crate) checks: Vec<Check>,
    pub(crate) fulltext: Vec<Weighted>,
    pub(crate) path: Option<LitStr>,
    /// The offered operations, by the variants of `OperationKind`.
    pub(crate) operations: Option<Vec<&'static str>>,
    pub(crate) page: Page,
    pub(crate) body_bytes_max: Option<u32>,
    /// The fields of `timestamps(created_at, updated_at)`.
    pub(crate) timestamps: Option<(Span, [Ident; 2])>,
    pub(crate) optimistic_lock: bool,
    pub(crate) soft_delete: Option<SoftDelete>,
    pub(crate) immutable_when: Option<Node>,
    pub(crate) history: History,
    pub(crate) security: Security,
    /// Whether a permission is declared, right or wrong.
    pub(crate) permission: bool,
    pub(crate) permissions: Permissions,
    /// What is declared and not enforced yet: it stops the start.
    pub(crate) unenforced: Vec<String>,
    /// `field_level_permissions`: what no permission of the struct says follows from those of the fields.
    pub(crate) by_field: bool,
    /// The field of `tenant = org_id`.
    pub(crate) tenant: Option<Ident>,
    pub(crate) krate: Option<Path>,
}

/// `soft_delete(cascade(comments), purge_after = "90d")`.
pub(crate) struct SoftDelete {
    pub(crate) span: Span,
    pub(crate) cascade: Vec<Ident>,
    /// In microseconds.
    pub(crate) purge_after: Option<i64>,
}

/// `unique(a, b, ci, where = ..)`. `ci` is among the fields: it may be one.
pub(crate) struct Unique {
    pub(crate) span: Span,
    pub(crate) fields: Vec<Ident>,
    pub(crate) condition: Option<Node>,
}

/// `index(a, -b)`.
pub(crate) struct Index {
    pub(crate) span: Span,
    pub(crate) terms: Vec<Term>,
}

/// `a` or `-a`; `a.b` is inside of `a`.
pub(crate) struct Term {
    pub(crate) field: Ident,
    pub(crate) inside: Vec<Ident>,
    pub(crate) descending: bool,
}

/// `title` or `title * 3`.
pub(crate) struct Weighted {
    pub(crate) field: Ident,
    pub(crate) weight: u16,
}

/// `check(condition, "message", on = field)`.
pub(crate) struct Check {
    pub(crate) condition: Node,
    pub(crate) message: LitStr,
    pub(crate) field: Option<Ident>,
}

/// `page(default = 50, max = 500)`.
#[derive(Clone, Copy, Default)]
pub(crate) struct Page {
    pub(crate) default: Option<u32>,
    pub(crate) max: Option<u32>,
}

pub(crate) fn parse(attributes: &[Attribute], errors: &Errors) -> StructAttributes {
    // Declared wrongly is declared: one mistake is one error.
    let permission = attributes.iter().any(|attribute| attribute.path().is_ident("permission"));
    let mut parsed = StructAttributes { permission, ..StructAttributes::default() };
    for (attribute, item) in item::items(attributes, Place::Struct, errors) {
        match attribute {
            "db" => parsed.db(&item, errors),
            "http" => parsed.http(&item, errors),
            "lifecycle" => parsed.lifecycle(&item, errors),
            "persistence" => durability(&item, errors),
            "permission" => parsed.permissions.take(&item, errors),
            "security" if ["rate_limit", "firewall"].iter().any(|word| item.key == word) => {
                parsed.security.take(&item, errors);
            }
            "security" => parsed.protection(&item, errors),
            "lithair" => parsed.krate = crate_path(&item, errors),
            _ => unreachable!("`{attribute}` has no word that is ready"),
        }
    }
    parsed
}

impl StructAttributes {
    fn db(&mut self, item: &Item, errors: &Errors) {
        match item.key.to_string().as_str() {
            "table" => self.table = item.string(errors),
            "renamed_from" => self.renamed_from = item.string(errors),
            "primary_key" => {
                let fields = item.idents("primary_key(a, b)", errors);
                self.primary_key = fields.map(|fields| (item.key.span(), fields));
            }
            "unique" => self.uniques.extend(unique(item, errors)),
            "index" => {
                let terms = terms(item, "index(a, -b)", errors);
                self.indexes.extend(terms.map(|terms| Index { span: item.key.span(), terms }));
            }
            "order" => self.order = terms(item, "order(a, -b)", errors).unwrap_or_default(),
            "fulltext" => self.fulltext = fulltext(item, errors),
            "check" => self.checks.extend(check(item, errors)),
            "tenant" => self.tenant = item.word("tenant = org_id", errors),
            other => unreachable!("`db({other})` is ready and not read"),
        }
    }

    /// `encryption_at_rest = true` and its like.
    fn protection(&mut self, item: &Item, errors: &Errors) {
        let form = format!("{} = true", item.key);
        let Some(tokens) = item.equals(&form, errors) else { return };
        match syn::parse2::<LitBool>(tokens) {
            Ok(flag) if !flag.value => {}
            Ok(_) if item.key == "field_level_permissions" => self.by_field = true,
            Ok(_) => self.unenforced.push(format!("security({form})")),
            Err(_) => drop(item.malformed::<()>(&form, errors)),
        }
    }

    fn lifecycle(&mut self, item: &Item, errors: &Errors) {
        match item.key.to_string().as_str() {
            "timestamps" => self.timestamps = timestamps(item, errors),
            "soft_delete" => self.soft_delete = soft_delete(item, errors),
            "optimistic_lock" => self.optimistic_lock = item.flag(errors),
            "immutable_when" => {
                let tokens = item.equals("immutable_when = condition", errors);
                self.immutable_when = tokens.and_then(|tokens| errors.keep(expr::parse(tokens)));
            }
            _ if self.history.take(item, errors) => {}
            other => unreachable!("`lifecycle({other})` is ready and not read"),
        }
    }

    fn http(&mut self, item: &Item, errors: &Errors) {
        match item.key.to_string().as_str() {
            "path" => self.path = item.string(errors),
            "ops" => self.operations = operations(item, errors),
            "page" => self.page = page(item, errors),
            "body_limit" => self.body_bytes_max = item.string(errors).and_then(|text| errors.keep(bytes(&text))),
            other => unreachable!("`http({other})` is ready and not read"),
        }
    }
}

/// `timestamps`, or with the names of the fields.
fn timestamps(item: &Item, errors: &Errors) -> Option<(Span, [Ident; 2])> {
    let span = item.key.span();
    if let Value::None = item.value {
        return Some((span, ["created_at", "updated_at"].map(|name| Ident::new(name, span))));
    }
    let form = "timestamps` or `timestamps(created_at, updated_at)";
    match <[Ident; 2]>::try_from(item.idents(form, errors)?) {
        Ok(names) => Some((span, names)),
        Err(_) => item.malformed(form, errors),
    }
}

fn soft_delete(item: &Item, errors: &Errors) -> Option<SoftDelete> {
    let form = "soft_delete` or `soft_delete(cascade(comments), purge_after = \"90d\")";
    let mut soft = SoftDelete { span: item.key.span(), cascade: Vec::new(), purge_after: None };
    if let Value::None = item.value {
        return Some(soft);
    }
    for part in item.list(form, errors)? {
        let Some(part) = errors.keep(item::parse(part)) else { continue };
        match part.key.to_string().as_str() {
            "cascade" => soft.cascade = part.idents("cascade(comments)", errors)?,
            "purge_after" => soft.purge_after = part.string(errors).and_then(|text| errors.keep(duration(&text))),
            _ => return part.malformed(form, errors),
        }
    }
    Some(soft)
}

fn unique(item: &Item, errors: &Errors) -> Option<Unique> {
    let form = "unique(a, b)` or `unique(a, b, ci, where = condition)";
    let mut unique = Unique { span: item.key.span(), fields: Vec::new(), condition: None };
    let mut is_wrong = false;
    for part in item.list(form, errors)? {
        let dot = part.clone().into_iter().nth(1);
        if let Some(TokenTree::Punct(dot)) =
            dot.filter(|token| matches!(token, TokenTree::Punct(dot) if dot.as_char() == '.'))
        {
            errors.at(dot.span(), "a unique constraint has whole fields; for what is inside of one there is `index(a.b)`, which is not unique");
            is_wrong = true;
            continue;
        }
        let Some(part) = errors.keep(item::parse(part)) else {
            is_wrong = true;
            continue;
        };
        match part.value {
            Value::None => unique.fields.push(part.key),
            Value::Equals(tokens) if part.key == "where" && unique.condition.is_none() => {
                unique.condition = errors.keep(expr::parse(tokens));
            }
            _ => return part.malformed(form, errors),
        }
    }
    if unique.fields.is_empty() && !is_wrong {
        return item.malformed(form, errors);
    }
    // What is wrong with a part of it was said.
    (!is_wrong).then_some(unique)
}

fn terms(item: &Item, form: &str, errors: &Errors) -> Option<Vec<Term>> {
    let parts = item.list(form, errors)?;
    Some(parts.into_iter().filter_map(|part| errors.keep(item::read(part, term))).collect())
}

fn term(input: ParseStream<'_>) -> syn::Result<Term> {
    let descending = input.parse::<Option<Token![-]>>()?.is_some();
    let field = input.call(Ident::parse_any)?;
    let mut inside = Vec::new();
    while input.parse::<Option<Token![.]>>()?.is_some() {
        inside.push(input.call(Ident::parse_any)?);
    }
    Ok(Term { field, inside, descending })
}

fn fulltext(item: &Item, errors: &Errors) -> Vec<Weighted> {
    let parts = item.list("fulltext(title * 3, body)", errors).unwrap_or_default();
    parts.into_iter().filter_map(|part| errors.keep(item::read(part, weighted))).collect()
}

fn weighted(input: ParseStream<'_>) -> syn::Result<Weighted> {
    let field = input.call(Ident::parse_any)?;
    if input.parse::<Option<Token![*]>>()?.is_none() {
        return Ok(Weighted { field, weight: 1 });
    }
    let number: LitInt = input.parse()?;
    match number.base10_parse() {
        Ok(weight @ 1..=WEIGHT_MAX) => Ok(Weighted { field, weight }),
        _ => Err(syn::Error::new(number.span(), format!("a weight is 1 to {WEIGHT_MAX}"))),
    }
}

/// Words that a word in a field may be worth.
const WEIGHT_MAX: u16 = 100;

fn check(item: &Item, errors: &Errors) -> Option<Check> {
    let form = "check(condition, \"message\")` or `check(condition, \"message\", on = field)";
    let parts = item.list(form, errors)?;
    let (condition, message, on) = match parts.as_slice() {
        [condition, message] => (condition, message, None),
        [condition, message, on] => (condition, message, Some(on)),
        _ => return item.malformed(form, errors),
    };
    let condition = errors.keep(expr::parse(condition.clone()));
    let message = errors.keep(syn::parse2::<LitStr>(message.clone()));
    let field = match on {
        Some(on) => Some(named_field(on, item, form, errors)?),
        None => None,
    };
    Some(Check { condition: condition?, message: message?, field })
}

/// The field of `on = field`.
fn named_field(tokens: &TokenStream, check: &Item, form: &str, errors: &Errors) -> Option<Ident> {
    let on = errors.keep(item::parse(tokens.clone()))?;
    if on.key != "on" {
        return check.malformed(form, errors);
    }
    on.word("on = field", errors)
}

/// The operations of `ops(..)` and the variants of `OperationKind` they are.
const OPERATIONS: [(&str, &str); 8] = [
    ("list", "List"),
    ("get", "Get"),
    ("create", "Create"),
    ("update", "Update"),
    ("delete", "Delete"),
    ("history", "History"),
    ("bulk", "Bulk"),
    ("export", "Export"),
];

fn operations(item: &Item, errors: &Errors) -> Option<Vec<&'static str>> {
    // Said to be none: then the model is the program's own.
    if item.is_empty_list() {
        return Some(Vec::new());
    }
    let mut operations = Vec::new();
    for word in item.idents("ops(list, get, create)", errors)? {
        let operation = words::one_of("operation", &word, &OPERATIONS, &["live"], errors);
        let Some(operation) = operation else { continue };
        if operations.contains(&operation) {
            errors.at(word.span(), format!("`{word}` is there twice"));
        }
        operations.push(operation);
    }
    Some(operations)
}

fn page(item: &Item, errors: &Errors) -> Page {
    let form = "page(default = 50, max = 500)";
    let mut page = Page::default();
    for part in item.list(form, errors).unwrap_or_default() {
        let Some(part) = errors.keep(item::parse(part)) else { continue };
        let number = part.equals(form, errors).and_then(|tokens| errors.keep(syn::parse2::<LitInt>(tokens)));
        let number = number.and_then(|number| errors.keep(number.base10_parse::<u32>()));
        match part.key.to_string().as_str() {
            "default" if page.default.is_none() => page.default = number,
            "max" if page.max.is_none() => page.max = number,
            "default" | "max" => errors.at(part.key.span(), format!("`{}` is there twice", part.key)),
            other => {
                let hint = crate::suggest::hint(other, ["default", "max"]);
                errors.at(part.key.span(), format!("unknown key `{other}`{hint}"));
            }
        }
    }
    let (default, max) = (page.default.unwrap_or(1), page.max.unwrap_or(u32::MAX));
    if default == 0 || default > max {
        errors.at(item.key.span(), "a page has at least 1 record by default, and at most `max`");
    }
    page
}

/// Units of `body_limit`, in bytes, the longer words first.
const UNITS: [(&str, u32); 3] = [("KiB", 1024), ("MiB", 1024 * 1024), ("B", 1)];

fn bytes(text: &LitStr) -> syn::Result<u32> {
    let refuse = || syn::Error::new(text.span(), "expected bytes with a unit, `\"64KiB\"` or `\"2MiB\"`, below 4 GiB");
    let value = text.value();
    let found = UNITS.iter().find_map(|(unit, bytes)| Some((value.strip_suffix(unit)?, bytes)));
    let (number, unit) = found.ok_or_else(refuse)?;
    let number: u32 = number.trim().parse().map_err(|_| refuse())?;
    number.checked_mul(*unit).filter(|bytes| *bytes > 0).ok_or_else(refuse)
}

/// `durability = fsync`: what is so for every model, said where somebody wants to see it.
fn durability(item: &Item, errors: &Errors) {
    let Some(word) = item.word("durability = fsync", errors) else { return };
    if word != "fsync" {
        let message = "every write is on the disk before it is acknowledged, and there is no other way to have it: \
                       `durability = fsync`";
        errors.at(word.span(), message);
    }
}
/// The path of `crate = path`.
pub(super) fn crate_path(item: &Item, errors: &Errors) -> Option<Path> {
    let tokens = item.equals("crate = path", errors)?;
    errors.keep(item::read(tokens, Path::parse_mod_style))
}
