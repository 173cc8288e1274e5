//! `validate(..)`: rules.

use proc_macro2::{Span, TokenStream};
use syn::parse::ParseStream;
use syn::{Ident, LitStr, Path, Token, Type};

use super::item::{self, Item, Value};
use crate::errors::Errors;
use crate::expr::{self, Constant, Node};
use crate::suggest;

/// A rule of a field or of a list's elements.
pub(crate) struct Rule {
    pub(crate) word: Ident,
    pub(crate) form: RuleForm,
    pub(crate) message: Option<LitStr>,
    pub(crate) condition: Option<Node>,
    /// The rule as it is written, to find what is written twice.
    text: String,
}

/// What a rule demands. Mirrors `lithair_model::Rule`.
pub(crate) enum RuleForm {
    Required,
    NonEmpty,
    Len(u64, u64),
    Bytes(u64, u64),
    Range(Option<RuleConstant>, Option<RuleConstant>),
    Greater(RuleConstant),
    Less(RuleConstant),
    MultipleOf(RuleConstant),
    OneOf(Vec<RuleConstant>),
    Regex(LitStr),
    /// A variant of `Format`.
    Format(&'static str),
    Past,
    Future,
    StartsWith(LitStr),
    EndsWith(LitStr),
    Contains(LitStr),
    UniqueItems,
    Each(Vec<Rule>),
    /// `json(schema = T)`: the type.
    Json(Box<Type>),
    With(Path),
}

/// A constant of a rule, with its place.
#[derive(Clone)]
pub(crate) struct RuleConstant {
    pub(crate) span: Span,
    pub(crate) value: Constant,
}

/// Formats by word, with the variants of `Format`.
const FORMATS: [(&str, &str); 12] = [
    ("email", "Email"),
    ("url", "Url"),
    ("uuid", "Uuid"),
    ("phone", "Phone"),
    ("ip", "Ip"),
    ("hostname", "Hostname"),
    ("slug", "Slug"),
    ("date", "Date"),
    ("time", "Time"),
    ("datetime", "DateTime"),
    ("iso4217", "Iso4217"),
    ("iso3166", "Iso3166"),
];

/// The rules that are no formats.
const OTHERS: [&str; 21] = [
    "required",
    "non_empty",
    "len",
    "bytes",
    "range",
    "gt",
    "gte",
    "lt",
    "lte",
    "multiple_of",
    "one_of",
    "regex",
    "past",
    "future",
    "starts_with",
    "ends_with",
    "contains",
    "unique_items",
    "each",
    "json",
    "with",
];

/// The rules of `validate(rule, ..)` or `each(rule, ..)`.
pub(crate) fn rules(item: &Item, errors: &Errors) -> Vec<Rule> {
    let parts = item.list(&format!("{}(rule, ..)", item.key), errors).unwrap_or_default();
    read(parts, errors)
}

fn read(parts: Vec<TokenStream>, errors: &Errors) -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    for part in parts {
        let text = part.to_string();
        let Some(item) = errors.keep(item::parse(part)) else { continue };
        let Some(rule) = rule(&item, text, errors) else { continue };
        if rules.iter().any(|other| other.text == rule.text) {
            errors.at(rule.word.span(), format!("the rule `{}` is there twice", rule.text));
        }
        rules.push(rule);
    }
    rules
}

/// One rule: `word`, `word(arguments)`, and `msg` and `when` behind the arguments.
fn rule(item: &Item, text: String, errors: &Errors) -> Option<Rule> {
    let parts = match &item.value {
        Value::None => Vec::new(),
        Value::List(tokens) => item::parts(tokens, errors),
        Value::Equals(_) | Value::ListEquals(..) => {
            return item.malformed(&format!("{0}` or `{0}(..)", item.key), errors);
        }
    };
    let mut arguments = Arguments::split(item, parts, errors);
    let form = arguments.form(errors);
    arguments.nothing_left(errors);
    let Arguments { message, condition, .. } = arguments;
    Some(Rule { word: item.key.clone(), form: form?, message, condition, text })
}

/// What stands in the parentheses of a rule.
struct Arguments<'a> {
    item: &'a Item,
    parts: std::vec::IntoIter<TokenStream>,
    message: Option<LitStr>,
    condition: Option<Node>,
    /// `schema = T`, of `json`.
    schema: Option<TokenStream>,
}

impl<'a> Arguments<'a> {
    /// Takes `msg = ..` and `when = ..` out.
    fn split(item: &'a Item, parts: Vec<TokenStream>, errors: &Errors) -> Self {
        let mut rest = Vec::new();
        let (mut message, mut condition, mut schema) = (None, None, None);
        for part in parts {
            match item::parse(part.clone()) {
                Ok(Item { key, value: Value::Equals(tokens) }) => match key.to_string().as_str() {
                    "msg" if message.is_none() => message = errors.keep(syn::parse2(tokens)),
                    "when" if condition.is_none() => condition = errors.keep(expr::parse(tokens)),
                    "msg" | "when" => errors.at(key.span(), format!("`{key}` is there twice")),
                    "schema" if item.key == "json" && schema.is_none() => schema = Some(tokens),
                    other => {
                        let hint = suggest::hint(other, ["msg", "when"]);
                        errors.at(key.span(), format!("unknown key `{other}`{hint}"));
                    }
                },
                _ => rest.push(part),
            }
        }
        Self { item, parts: rest.into_iter(), message, condition, schema }
    }

    fn form(&mut self, errors: &Errors) -> Option<RuleForm> {
        let word = self.item.key.to_string();
        if let Some((_, format)) = FORMATS.iter().find(|(name, _)| *name == word) {
            return Some(RuleForm::Format(format));
        }
        match word.as_str() {
            "required" => Some(RuleForm::Required),
            "non_empty" => Some(RuleForm::NonEmpty),
            "len" => self.counts(errors).map(|(min, max)| RuleForm::Len(min, max)),
            "bytes" => self.counts(errors).map(|(min, max)| RuleForm::Bytes(min, max)),
            "range" => self.one("range(0..=100)", range, errors).map(|(min, max)| RuleForm::Range(min, max)),
            "gt" => self.constant(errors).map(RuleForm::Greater),
            "gte" => self.constant(errors).map(|min| RuleForm::Range(Some(min), None)),
            "lt" => self.constant(errors).map(RuleForm::Less),
            "lte" => self.constant(errors).map(|max| RuleForm::Range(None, Some(max))),
            "multiple_of" => self.constant(errors).map(RuleForm::MultipleOf),
            "one_of" => self.constants(errors).map(RuleForm::OneOf),
            "regex" => self.text(errors).map(RuleForm::Regex),
            "past" => Some(RuleForm::Past),
            "future" => Some(RuleForm::Future),
            "starts_with" => self.text(errors).map(RuleForm::StartsWith),
            "ends_with" => self.text(errors).map(RuleForm::EndsWith),
            "contains" => self.text(errors).map(RuleForm::Contains),
            "unique_items" => Some(RuleForm::UniqueItems),
            "each" => self.each(errors).map(RuleForm::Each),
            "json" => self.json(errors),
            "with" => self.one("with(path)", Path::parse_mod_style, errors).map(RuleForm::With),
            _ => self.unknown(&word, errors),
        }
    }

    fn unknown(&mut self, word: &str, errors: &Errors) -> Option<RuleForm> {
        let span = self.item.key.span();
        self.parts = Vec::new().into_iter();
        let known = FORMATS.iter().map(|(name, _)| *name).chain(OTHERS);
        errors.at(span, format!("unknown rule `{word}`{}", suggest::hint(word, known)));
        None
    }

    fn json(&mut self, errors: &Errors) -> Option<RuleForm> {
        match self.schema.take() {
            Some(tokens) => errors.keep(syn::parse2(tokens)).map(|ty| RuleForm::Json(Box::new(ty))),
            None => self.item.malformed("json(schema = Type)", errors),
        }
    }

    /// The next argument, which there must be.
    fn one<T>(
        &mut self,
        form: &str,
        parser: impl FnOnce(ParseStream<'_>) -> syn::Result<T>,
        errors: &Errors,
    ) -> Option<T> {
        match self.parts.next() {
            Some(part) => errors.keep(item::read(part, parser)),
            None => self.item.malformed(form, errors),
        }
    }

    fn text(&mut self, errors: &Errors) -> Option<LitStr> {
        let form = format!("{}(\"..\")", self.item.key);
        self.one(&form, |input| input.parse(), errors)
    }

    fn constant(&mut self, errors: &Errors) -> Option<RuleConstant> {
        let form = format!("{}(1)", self.item.key);
        self.one(&form, constant, errors)
    }

    fn constants(&mut self, errors: &Errors) -> Option<Vec<RuleConstant>> {
        let constants: Vec<_> =
            self.parts.by_ref().filter_map(|part| errors.keep(item::read(part, constant))).collect();
        if constants.is_empty() { self.item.malformed("one_of(\"a\", \"b\")", errors) } else { Some(constants) }
    }

    /// Bounds of a number of things.
    fn counts(&mut self, errors: &Errors) -> Option<(u64, u64)> {
        let form = format!("{}(1..=200)", self.item.key);
        let (min, max) = self.one(&form, range, errors)?;
        let count = |bound: Option<RuleConstant>, open: u64| match bound {
            None => Some(open),
            Some(RuleConstant { value: Constant::Int(number), .. }) if u64::try_from(number).is_ok() => {
                u64::try_from(number).ok()
            }
            Some(bound) => {
                errors.at(bound.span, "expected a whole number that is not negative");
                None
            }
        };
        Some((count(min, 0)?, count(max, u64::MAX)?))
    }

    fn each(&mut self, errors: &Errors) -> Option<Vec<Rule>> {
        let parts: Vec<_> = self.parts.by_ref().collect();
        if parts.is_empty() {
            return self.item.malformed("each(rule, ..)", errors);
        }
        Some(read(parts, errors))
    }

    fn nothing_left(&mut self, errors: &Errors) {
        if self.parts.next().is_some() {
            errors.at(self.item.key.span(), format!("`{}` has more arguments than it takes", self.item.key));
        }
    }
}

/// The constant of `key = constant`.
pub(crate) fn constant_of(item: &Item, errors: &Errors) -> Option<RuleConstant> {
    let tokens = item.equals(&format!("{} = value", item.key), errors)?;
    errors.keep(item::read(tokens, constant))
}

fn constant(input: ParseStream<'_>) -> syn::Result<RuleConstant> {
    expr::constant(input).map(|(span, value)| RuleConstant { span, value })
}

/// The bounds of `min..=max`, `min..` or `..=max`.
fn range(input: ParseStream<'_>) -> syn::Result<(Option<RuleConstant>, Option<RuleConstant>)> {
    let begin = input.span();
    let is_open = |input: ParseStream<'_>| input.is_empty() || input.peek(Token![..]);
    let min = if is_open(input) { None } else { Some(constant(input)?) };
    if input.is_empty() {
        return Err(syn::Error::new(begin, "expected a range, `1..=200`, `1..` or `..=200`"));
    }
    let is_closed = input.parse::<Option<Token![..=]>>()?.is_some();
    if !is_closed {
        input.parse::<Token![..]>()?;
    }
    let max = if input.is_empty() { None } else { Some(constant(input)?) };
    match (&min, &max, is_closed) {
        (None, None, _) => Err(syn::Error::new(begin, "a range without bounds demands nothing")),
        (_, Some(max), false) => Err(syn::Error::new(max.span, "the upper bound is included: write `..=`")),
        _ => Ok((min, max)),
    }
}
