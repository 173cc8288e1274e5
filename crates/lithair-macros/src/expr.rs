//! Expressions: Rust-shaped, with `x in [..]`, which is not Rust.
//!
//! ```text
//! or    := and ('||' and)*
//! and   := not ('&&' not)*
//! not   := '!' not | cmp
//! cmp   := value (('=='|'!='|'<'|'<='|'>'|'>=') value | 'in' '[' value,* ']')?
//! value := ['-'] literal | Enum::Variant | now() | field | field.len() | field.is_none() | field.is_some() | '(' or ')'
//! ```

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Ident, Lit, Path, Token, bracketed, parenthesized, token};

use crate::attr::item;
use crate::suggest;

/// An expression with its place in the source.
pub(crate) struct Node {
    pub(crate) span: Span,
    pub(crate) form: Form,
}

/// What an expression is. Mirrors `lithair_model::Expr`.
pub(crate) enum Form {
    All(Vec<Node>),
    Any(Vec<Node>),
    Not(Box<Node>),
    Compare(Box<Node>, Comparison, Box<Node>),
    In(Box<Node>, Vec<Node>),
    Field(Ident),
    Len(Box<Node>),
    Now,
    /// `x.is_none()`; negated, `x.is_some()`.
    IsNull(Box<Node>, bool),
    Constant(Constant),
}

/// How two values are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    /// Whether it asks which is larger.
    pub(crate) fn is_ordering(self) -> bool {
        !matches!(self, Self::Equal | Self::NotEqual)
    }
}

/// A constant.
#[derive(Clone)]
pub(crate) enum Constant {
    Bool(bool),
    Int(i128),
    /// A number with a point, as it was written.
    Number(String),
    Text(String),
    /// `Enum::Variant`.
    Variant(Path),
}

/// Parses a whole expression.
pub(crate) fn parse(tokens: TokenStream) -> syn::Result<Node> {
    item::read(tokens, |input| {
        let node = or(input)?;
        if input.is_empty() { Ok(node) } else { Err(input.error("expected a comparison, `&&`, `||` or the end")) }
    })
}

/// Parses `['-'] literal` or `Enum::Variant`.
pub(crate) fn constant(input: ParseStream<'_>) -> syn::Result<(Span, Constant)> {
    let node = value(input)?;
    match node.form {
        Form::Constant(constant) => Ok((node.span, constant)),
        _ => Err(syn::Error::new(node.span, "expected a literal or `Enum::Variant`")),
    }
}

fn or(input: ParseStream<'_>) -> syn::Result<Node> {
    let mut nodes = vec![and(input)?];
    while input.parse::<Option<Token![||]>>()?.is_some() {
        nodes.push(and(input)?);
    }
    Ok(joined(nodes, Form::Any))
}

fn and(input: ParseStream<'_>) -> syn::Result<Node> {
    let mut nodes = vec![not(input)?];
    while input.parse::<Option<Token![&&]>>()?.is_some() {
        nodes.push(not(input)?);
    }
    Ok(joined(nodes, Form::All))
}

/// One node as it is, several as one.
fn joined(mut nodes: Vec<Node>, form: fn(Vec<Node>) -> Form) -> Node {
    match nodes.len() {
        1 => nodes.pop().expect("there is one"),
        _ => Node { span: nodes[0].span, form: form(nodes) },
    }
}

fn not(input: ParseStream<'_>) -> syn::Result<Node> {
    match input.parse::<Option<Token![!]>>()? {
        Some(sign) => Ok(Node { span: sign.span, form: Form::Not(Box::new(not(input)?)) }),
        None => compare(input),
    }
}

pub(crate) fn compare(input: ParseStream<'_>) -> syn::Result<Node> {
    let left = value(input)?;
    let span = left.span;
    if input.parse::<Option<Token![in]>>()?.is_some() {
        return Ok(Node { span, form: Form::In(Box::new(left), list(input)?) });
    }
    let Some(comparison) = comparison(input)? else { return Ok(left) };
    let right = value(input)?;
    if let Some(second) = comparison_ahead(input) {
        return Err(syn::Error::new(second, "comparisons do not chain: join two with `&&`"));
    }
    Ok(Node { span, form: Form::Compare(Box::new(left), comparison, Box::new(right)) })
}

pub(crate) fn list(input: ParseStream<'_>) -> syn::Result<Vec<Node>> {
    if !input.peek(token::Bracket) {
        return Err(input.error("expected a list, `x in [1, 2]`"));
    }
    let content;
    bracketed!(content in input);
    Ok(content.parse_terminated(value, Token![,])?.into_iter().collect())
}

pub(crate) fn comparison(input: ParseStream<'_>) -> syn::Result<Option<Comparison>> {
    // The longer signs first: `<=` begins with `<`.
    macro_rules! sign {
        ($($token:tt => $comparison:ident),*) => {$(
            if input.parse::<Option<Token![$token]>>()?.is_some() {
                return Ok(Some(Comparison::$comparison));
            }
        )*};
    }
    sign!(== => Equal, != => NotEqual, <= => LessOrEqual, >= => GreaterOrEqual, < => Less, > => Greater);
    if input.peek(Token![=]) {
        return Err(input.error("equality is `==`"));
    }
    Ok(None)
}

fn comparison_ahead(input: ParseStream<'_>) -> Option<Span> {
    let ahead = input.fork();
    matches!(comparison(&ahead), Ok(Some(_))).then(|| input.span())
}

pub(crate) fn value(input: ParseStream<'_>) -> syn::Result<Node> {
    let span = input.span();
    if let Some(sign) = input.parse::<Option<Token![-]>>()? {
        let literal: Lit = input.parse()?;
        return Ok(Node { span: sign.span, form: Form::Constant(literal_constant(&literal, true)?) });
    }
    if input.peek(Lit) {
        let literal: Lit = input.parse()?;
        return Ok(Node { span, form: Form::Constant(literal_constant(&literal, false)?) });
    }
    if input.peek(token::Paren) {
        let content;
        parenthesized!(content in input);
        let inner = or(&content)?;
        return if content.is_empty() { Ok(inner) } else { Err(content.error("expected `)`")) };
    }
    if input.peek(Token![fn]) {
        return Err(input.error("`fn(path)` is not supported here yet"));
    }
    if input.peek(Ident::peek_any) || input.peek(Token![::]) {
        return named(input);
    }
    Err(input.error("expected a field, a literal, `Enum::Variant` or `now()`"))
}

fn literal_constant(literal: &Lit, negative: bool) -> syn::Result<Constant> {
    let refuse = |message: &str| syn::Error::new(literal.span(), message);
    let sign = if negative { "-" } else { "" };
    match literal {
        Lit::Int(number) if number.suffix().is_empty() => {
            let digits = format!("{sign}{}", number.base10_digits());
            digits.parse().map(Constant::Int).map_err(|_| refuse("no field has a number this large"))
        }
        Lit::Float(number) if number.suffix().is_empty() => {
            Ok(Constant::Number(format!("{sign}{}", number.base10_digits())))
        }
        Lit::Int(_) | Lit::Float(_) => Err(refuse("a number has the type of its field: leave the suffix out")),
        Lit::Str(text) if !negative => Ok(Constant::Text(text.value())),
        Lit::Bool(flag) if !negative => Ok(Constant::Bool(flag.value)),
        _ => Err(refuse("expected a number, a text, `true` or `false`")),
    }
}

/// What begins with a name: a field, a variant, `now()`, a call on a field.
fn named(input: ParseStream<'_>) -> syn::Result<Node> {
    let path = input.call(Path::parse_mod_style)?;
    let Some(name) = path.get_ident() else {
        return Ok(Node { span: path.span(), form: Form::Constant(Constant::Variant(path)) });
    };
    if input.peek(token::Paren) {
        return function(name, input);
    }
    if name == "None" {
        return Err(syn::Error::new(name.span(), "write `x.is_none()` or `x.is_some()`"));
    }
    let mut node = Node { span: name.span(), form: Form::Field(name.clone()) };
    while input.parse::<Option<Token![.]>>()?.is_some() {
        node = method(node, input)?;
    }
    Ok(node)
}

/// Functions of policies, which records' conditions do not have.
const POLICY: [&str; 9] = ["role", "perm", "scope", "member", "any", "all", "none", "check", "owner"];

fn function(name: &Ident, input: ParseStream<'_>) -> syn::Result<Node> {
    let content;
    parenthesized!(content in input);
    let word = name.to_string();
    if word == "now" && content.is_empty() {
        return Ok(Node { span: name.span(), form: Form::Now });
    }
    let message = match word.as_str() {
        "now" => "`now()` takes nothing".to_owned(),
        policy if POLICY.contains(&policy) => {
            format!("`{policy}(..)` is about who asks: it belongs in `permission(..)`")
        }
        _ => format!("unknown function `{word}`{}", suggest::hint(&word, ["now"])),
    };
    Err(syn::Error::new(name.span(), message))
}

/// Sides of policies, which records' conditions do not have.
const SIDES: [&str; 3] = ["before", "input", "actor"];

fn method(receiver: Node, input: ParseStream<'_>) -> syn::Result<Node> {
    let name = input.call(Ident::parse_any)?;
    if !input.peek(token::Paren) {
        let message = match &receiver.form {
            Form::Field(side) if SIDES.iter().any(|word| side == word) => {
                format!("`{side}.` is about who asks and what changes: it belongs in `permission(..)`")
            }
            _ => "a field of another record is not supported yet".to_owned(),
        };
        return Err(syn::Error::new(receiver.span, message));
    }
    let content;
    parenthesized!(content in input);
    if !content.is_empty() {
        return Err(content.error(format!("`{name}()` takes nothing")));
    }
    let span = receiver.span;
    let inner = Box::new(receiver);
    let form = match name.to_string().as_str() {
        "is_none" => Form::IsNull(inner, false),
        "is_some" => Form::IsNull(inner, true),
        "len" => Form::Len(inner),
        other => {
            let hint = suggest::hint(other, ["is_none", "is_some", "len"]);
            return Err(syn::Error::new(name.span(), format!("unknown function `{other}`{hint}")));
        }
    };
    Ok(Node { span, form })
}

impl Node {
    /// Calls `found` with every node, this one first.
    pub(crate) fn walk<'a>(&'a self, found: &mut impl FnMut(&'a Node)) {
        found(self);
        match &self.form {
            Form::All(inner) | Form::Any(inner) => inner.iter().for_each(|node| node.walk(found)),
            Form::Not(inner) | Form::Len(inner) | Form::IsNull(inner, _) => inner.walk(found),
            Form::Compare(left, _, right) => {
                left.walk(found);
                right.walk(found);
            }
            Form::In(left, list) => {
                left.walk(found);
                list.iter().for_each(|node| node.walk(found));
            }
            Form::Field(_) | Form::Now | Form::Constant(_) => {}
        }
    }
}
