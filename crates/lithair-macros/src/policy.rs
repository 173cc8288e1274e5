//! Policies: who may, and of which records. Conditions on the record are those of `expr.rs`.
//!
//! ```text
//! or   := ..                    // of part: `logic.rs`
//! part := '(' or ')' | atom | condition
//! atom := public | authenticated | anonymous | owner | role(Role) | scope("s") | perm("p") | "p" | member(relation)
//!       | any(relation where or) | all(..) | none(..) | check(relation, right)
//! ```
//!
//! A condition may compare with `actor.claim`, `before.field` and `input.field`, which other expressions do not have.

use proc_macro2::{Span, TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::{Ident, LitStr, Token, parenthesized, token};

use crate::attr::item;
use crate::expr::{self, Comparison, Node};
use crate::logic::{Logic, or};
use crate::suggest;

/// A policy with its place in the source.
pub(crate) struct Policy {
    pub(crate) span: Span,
    pub(crate) form: Form,
}

/// What a policy is. Mirrors `lithair_model::Policy`.
pub(crate) enum Form {
    All(Vec<Policy>),
    Any(Vec<Policy>),
    Not(Box<Policy>),
    Public,
    Authenticated,
    Anonymous,
    Owner,
    Role(Ident),
    Scope(LitStr),
    Permission(LitStr),
    Member(Ident),
    /// Whether any record that a relation leads to is such; without a condition, whether there is one.
    Related(Ident, Option<Box<Policy>>),
    Check(Ident, Right),
    /// A condition on the record alone.
    Test(Node),
    Compare(Operand, Comparison, Operand),
    In(Operand, Among),
    /// `x.is_none()`; negated, `x.is_some()`.
    IsNull(Operand, bool),
    /// A side that is true or false.
    Flag(Operand),
}

/// One side of a comparison that other expressions do not have, or a value that they have.
pub(crate) enum Operand {
    /// A field as it was, or what is inside of one.
    Before(Node),
    /// A field as it was sent, or what is inside of one.
    Input(Node),
    Claim(Ident),
    Value(Node),
}

/// What something is one of.
pub(crate) enum Among {
    List(Vec<Node>),
    Claim(Ident),
}

/// What somebody may do.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Right {
    Read,
    Create,
    Update,
    Delete,
    History,
    Export,
    Command(String),
}

/// The words of rights, but for commands.
pub(crate) const RIGHTS: [(&str, Right); 6] = [
    ("read", Right::Read),
    ("create", Right::Create),
    ("update", Right::Update),
    ("delete", Right::Delete),
    ("history", Right::History),
    ("export", Right::Export),
];

/// Parses a whole policy.
pub(crate) fn parse(tokens: TokenStream) -> syn::Result<Policy> {
    item::read(tokens, |input| {
        let policy: Policy = or(input)?;
        if input.is_empty() { Ok(policy) } else { Err(input.error("expected `&&`, `||` or the end")) }
    })
}

/// Parses a right: its word, or `command(name)`.
pub(crate) fn right(input: ParseStream<'_>) -> syn::Result<Right> {
    let word = input.call(Ident::parse_any)?;
    let spelled = word.to_string();
    if spelled == "command" {
        let content;
        parenthesized!(content in input);
        return Ok(Right::Command(content.call(Ident::parse_any)?.unraw().to_string()));
    }
    if let Some((_, right)) = RIGHTS.into_iter().find(|(name, _)| *name == spelled) {
        return Ok(right);
    }
    let hint = suggest::hint(&spelled, RIGHTS.iter().map(|(name, _)| *name).chain(["command"]));
    Err(syn::Error::new(word.span(), format!("unknown operation `{spelled}`{hint}")))
}

/// Parses what is in parentheses, or what has none.
fn part(input: ParseStream<'_>) -> syn::Result<Policy> {
    if input.peek(token::Paren) && stands_alone(input) {
        let content;
        parenthesized!(content in input);
        let inner = or(&content)?;
        return if content.is_empty() { Ok(inner) } else { Err(content.error("expected `)`")) };
    }
    leaf(input)
}

/// Whether the next token is a part by itself, and no side of a comparison.
fn stands_alone(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    let _: syn::Result<TokenTree> = ahead.parse();
    ahead.is_empty() || ahead.peek(Token![&&]) || ahead.peek(Token![||])
}

fn leaf(input: ParseStream<'_>) -> syn::Result<Policy> {
    let span = input.span();
    let of = |form| Ok(Policy { span, form });
    if input.peek(LitStr) && stands_alone(input) {
        return of(Form::Permission(input.parse()?));
    }
    if input.peek(Token![fn]) {
        return Err(input.error(NO_CODE));
    }
    if input.peek(Ident::peek_any) && stands_alone(input) {
        let ahead = input.fork();
        let word = ahead.call(Ident::parse_any)?;
        let form = match word.to_string().as_str() {
            "public" => Some(Form::Public),
            "authenticated" => Some(Form::Authenticated),
            "anonymous" => Some(Form::Anonymous),
            "owner" => Some(Form::Owner),
            _ => None,
        };
        if let Some(form) = form {
            input.call(Ident::parse_any)?;
            return of(form);
        }
    }
    if input.peek(Ident::peek_any) && input.peek2(token::Paren) {
        let ahead = input.fork();
        let word = ahead.call(Ident::parse_any)?;
        if FUNCTIONS.iter().any(|name| word == name) {
            let word = input.call(Ident::parse_any)?;
            let content;
            parenthesized!(content in input);
            let policy = function(&word, &content)?;
            return if content.is_empty() { Ok(policy) } else { Err(content.error("expected `)`")) };
        }
        if expr::functions().all(|name| word != name) && expr::AGGREGATES.iter().all(|name| word != name) {
            let hint = suggest::hint(&word.to_string(), FUNCTIONS.into_iter().chain(expr::functions()));
            return Err(syn::Error::new(word.span(), format!("unknown function `{word}`{hint}")));
        }
    }
    if names_a_side(input) { sided(input) } else { of(Form::Test(expr::compare(input)?)) }
}

/// Why functions of the application decide nothing here.
pub(crate) const NO_CODE: &str = "`fn(path)` is not part of a policy: no list could be filtered by it";

const FUNCTIONS: [&str; 8] = ["role", "scope", "perm", "member", "any", "all", "none", "check"];

fn function(word: &Ident, input: ParseStream<'_>) -> syn::Result<Policy> {
    let span = word.span();
    let form = match word.to_string().as_str() {
        "role" if input.peek(LitStr) => {
            let text: LitStr = input.parse()?;
            Form::Role(text.parse()?)
        }
        "role" => Form::Role(input.parse()?),
        "scope" => Form::Scope(input.parse()?),
        "perm" => Form::Permission(input.parse()?),
        "member" => Form::Member(input.parse()?),
        "check" => {
            let relation = input.parse()?;
            input.parse::<Token![,]>()?;
            Form::Check(relation, right(input)?)
        }
        quantifier => {
            let relation: Ident = input.parse()?;
            let such = input.parse::<Option<Token![where]>>()?.map(|_| or::<Policy>(input)).transpose()?;
            match (quantifier, such) {
                ("any", such) => Form::Related(relation, such.map(Box::new)),
                ("none", such) => negated(span, Form::Related(relation, such.map(Box::new))),
                (_, Some(such)) => {
                    let not_such = Policy { span, form: negated(span, such.form) };
                    negated(span, Form::Related(relation, Some(Box::new(not_such))))
                }
                (_, None) => return Err(syn::Error::new(span, "expected `all(relation where condition)`")),
            }
        }
    };
    Ok(Policy { span, form })
}

fn negated(span: Span, form: Form) -> Form {
    Form::Not(Box::new(Policy { span, form }))
}

const SIDES: [&str; 3] = ["actor", "before", "input"];

/// Whether the condition that comes next names a side that only policies have.
fn names_a_side(input: ParseStream<'_>) -> bool {
    let ahead = input.fork();
    while !(ahead.is_empty() || ahead.peek(Token![&&]) || ahead.peek(Token![||])) {
        if at_side(&ahead) {
            return true;
        }
        if ahead.parse::<TokenTree>().is_err() {
            return false;
        }
    }
    false
}

fn at_side(input: ParseStream<'_>) -> bool {
    input.peek(Ident::peek_any)
        && input.peek2(Token![.])
        && input.fork().call(Ident::parse_any).is_ok_and(|word| SIDES.iter().any(|side| word == side))
}

/// A condition with a side.
fn sided(input: ParseStream<'_>) -> syn::Result<Policy> {
    let span = input.span();
    let left = operand(input)?;
    if let Some(is_some) = is_null(input)? {
        return Ok(Policy { span, form: Form::IsNull(left, is_some) });
    }
    if input.parse::<Option<Token![in]>>()?.is_some() {
        let among = match at_side(input) {
            true => match operand(input)? {
                Operand::Claim(claim) => Among::Claim(claim),
                _ => return Err(syn::Error::new(span, "something is `in [..]`, or in `actor.claim`")),
            },
            false => Among::List(expr::list(input)?),
        };
        return Ok(Policy { span, form: Form::In(left, among) });
    }
    let Some(comparison) = expr::comparison(input)? else { return Ok(Policy { span, form: Form::Flag(left) }) };
    Ok(Policy { span, form: Form::Compare(left, comparison, operand(input)?) })
}

fn operand(input: ParseStream<'_>) -> syn::Result<Operand> {
    if !at_side(input) {
        return expr::sum(input).map(Operand::Value);
    }
    let side = input.call(Ident::parse_any)?;
    input.parse::<Token![.]>()?;
    let name = input.call(Ident::parse_any)?;
    Ok(match side.to_string().as_str() {
        "before" => Operand::Before(inside(name, input)?),
        "input" => Operand::Input(inside(name, input)?),
        _ => Operand::Claim(name),
    })
}

/// A field of a side, or what is inside of one: `address`, `address.city`.
fn inside(field: Ident, input: ParseStream<'_>) -> syn::Result<Node> {
    let mut node = Node { span: field.span(), form: expr::Form::Field(field) };
    // `.is_none()` is no field.
    while input.peek(Token![.]) && input.peek2(Ident::peek_any) && !input.peek3(token::Paren) {
        input.parse::<Token![.]>()?;
        let name = input.call(Ident::parse_any)?;
        node = Node { span: node.span, form: expr::Form::Member(Box::new(node), name) };
    }
    Ok(node)
}

/// `.is_none()` or `.is_some()`, which follows a side.
fn is_null(input: ParseStream<'_>) -> syn::Result<Option<bool>> {
    if input.parse::<Option<Token![.]>>()?.is_none() {
        return Ok(None);
    }
    let name = input.call(Ident::parse_any)?;
    let content;
    parenthesized!(content in input);
    match name.to_string().as_str() {
        "is_none" if content.is_empty() => Ok(Some(false)),
        "is_some" if content.is_empty() => Ok(Some(true)),
        other => {
            let hint = suggest::hint(other, ["is_none", "is_some"]);
            Err(syn::Error::new(name.span(), format!("unknown function `{other}`{hint}")))
        }
    }
}

impl Logic for Policy {
    fn part(input: ParseStream<'_>) -> syn::Result<Self> {
        part(input)
    }

    fn span(&self) -> Span {
        self.span
    }

    fn all(span: Span, parts: Vec<Self>) -> Self {
        Self { span, form: Form::All(parts) }
    }

    fn any(span: Span, parts: Vec<Self>) -> Self {
        Self { span, form: Form::Any(parts) }
    }

    fn negated(span: Span, part: Self) -> Self {
        Self { span, form: Form::Not(Box::new(part)) }
    }
}

impl Policy {
    /// Calls `found` with every part that is about the record itself, this one first: what is asked of related records is theirs.
    pub(crate) fn walk<'a>(&'a self, found: &mut impl FnMut(&'a Policy)) {
        found(self);
        match &self.form {
            Form::All(inner) | Form::Any(inner) => inner.iter().for_each(|policy| policy.walk(found)),
            Form::Not(inner) => inner.walk(found),
            _ => {}
        }
    }

    /// Whether it is true of everybody, as it is written.
    pub(crate) fn is_public(&self) -> bool {
        match &self.form {
            Form::Public => true,
            Form::Permission(name) => name.value() == "Public",
            _ => false,
        }
    }
}
