//! Expressions: Rust-shaped, with `x in [..]`, which is not Rust.
//!
//! ```text
//! or      := ..                    // of cmp: `logic.rs`
//! cmp     := sum (('=='|'!='|'<'|'<='|'>'|'>=') sum | 'in' '[' sum,* ']')?
//! sum     := product (('+'|'-') product)*
//! product := unary (('*'|'/') unary)*
//! unary   := '-' unary | path ('.' function '(' or,* ')')*
//! path    := value ('.' field)*    // into embedded structs
//! value   := literal | Enum::Variant | field | function '(' or,* ')' | fn '(' path ')'
//!          | 'if' or '{' or '}' 'else' '{' or '}' | '(' or ')'
//! ```
//!
//! Functions: `calls.rs`. What is constant is folded here: `now() + days(30)` is one time.

mod calls;

pub(crate) use calls::{AGGREGATES, functions};

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::spanned::Spanned;
use syn::{Ident, Lit, Path, Token, braced, bracketed, parenthesized, token};

use crate::attr::item;
use crate::logic::{Logic, or};

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
    /// A field of an embedded struct.
    Member(Box<Node>, Ident),
    Call(Function, Box<Node>),
    /// The time of sealing, plus so many microseconds.
    Now(i64),
    Reckon(Box<Node>, Arithmetic, Box<Node>),
    Negative(Box<Node>),
    OrElse(Box<Node>, Box<Node>),
    Choice(Box<Node>, Box<Node>, Box<Node>),
    Rounded(Box<Node>, u8),
    /// Microseconds.
    Duration(i64),
    /// `fn(path)`.
    Code(Path),
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

/// How two values are reckoned with.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
}

impl Arithmetic {
    pub(crate) const fn sign(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
        }
    }
}

/// A function of one value.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Function {
    Len,
    Lower,
    Upper,
    Trim,
    Abs,
    Date,
    Year,
    Month,
    Day,
}

impl Function {
    pub(crate) const ALL: [Self; 9] =
        [Self::Len, Self::Lower, Self::Upper, Self::Trim, Self::Abs, Self::Date, Self::Year, Self::Month, Self::Day];

    /// The word, which is the one of `lithair_model::declare` too.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Len => "len",
            Self::Lower => "lower",
            Self::Upper => "upper",
            Self::Trim => "trim",
            Self::Abs => "abs",
            Self::Date => "date",
            Self::Year => "year",
            Self::Month => "month",
            Self::Day => "day",
        }
    }
}

/// A constant.
#[derive(Clone, PartialEq)]
pub(crate) enum Constant {
    Bool(bool),
    Int(i128),
    /// A number with a point, as it was written.
    Number(String),
    Text(String),
    /// `Enum::Variant`.
    Variant(Path),
}

/// How deep expressions nest. Evaluating them is as deep.
const DEPTH_MAX: usize = 32;

/// Parses a whole expression.
pub(crate) fn parse(tokens: TokenStream) -> syn::Result<Node> {
    item::read(tokens, whole)
}

/// Parses everything that is left as an expression.
pub(crate) fn whole(input: ParseStream<'_>) -> syn::Result<Node> {
    let node: Node = or(input)?;
    if !input.is_empty() {
        return Err(input.error("expected a comparison, `&&`, `||` or the end"));
    }
    if node.depth() > DEPTH_MAX {
        return Err(syn::Error::new(node.span, format!("an expression nests at most {DEPTH_MAX} deep")));
    }
    Ok(node)
}

/// Parses `['-'] literal` or `Enum::Variant`.
pub(crate) fn constant(input: ParseStream<'_>) -> syn::Result<(Span, Constant)> {
    let node = unary(input)?;
    match node.form {
        Form::Constant(constant) => Ok((node.span, constant)),
        _ => Err(syn::Error::new(node.span, "expected a literal or `Enum::Variant`")),
    }
}

/// Parses a comparison, or a value alone.
pub(crate) fn compare(input: ParseStream<'_>) -> syn::Result<Node> {
    let left = sum(input)?;
    let span = left.span;
    if input.parse::<Option<Token![in]>>()?.is_some() {
        return Ok(Node { span, form: Form::In(Box::new(left), list(input)?) });
    }
    let Some(comparison) = comparison(input)? else { return Ok(left) };
    let right = sum(input)?;
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
    Ok(content.parse_terminated(sum, Token![,])?.into_iter().collect())
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

/// Parses a value that may be reckoned with others.
pub(crate) fn sum(input: ParseStream<'_>) -> syn::Result<Node> {
    let mut node = product(input)?;
    loop {
        let arithmetic = if input.parse::<Option<Token![+]>>()?.is_some() {
            Arithmetic::Add
        } else if input.parse::<Option<Token![-]>>()?.is_some() {
            Arithmetic::Subtract
        } else {
            return Ok(node);
        };
        node = calls::reckoned(node, arithmetic, product(input)?);
    }
}

fn product(input: ParseStream<'_>) -> syn::Result<Node> {
    let mut node = unary(input)?;
    loop {
        let arithmetic = if input.parse::<Option<Token![*]>>()?.is_some() {
            Arithmetic::Multiply
        } else if input.parse::<Option<Token![/]>>()?.is_some() {
            Arithmetic::Divide
        } else {
            return Ok(node);
        };
        node = calls::reckoned(node, arithmetic, unary(input)?);
    }
}

fn unary(input: ParseStream<'_>) -> syn::Result<Node> {
    let Some(sign) = input.parse::<Option<Token![-]>>()? else { return postfix(input) };
    if input.peek(Lit) {
        let literal: Lit = input.parse()?;
        return Ok(Node { span: sign.span, form: Form::Constant(literal_constant(&literal, true)?) });
    }
    Ok(Node { span: sign.span, form: Form::Negative(Box::new(unary(input)?)) })
}

/// A value and the functions that are called on it.
fn postfix(input: ParseStream<'_>) -> syn::Result<Node> {
    let mut node = value(input)?;
    // Two dots are a range's, of whose bounds this may be one.
    while !input.peek(Token![..]) && input.parse::<Option<Token![.]>>()?.is_some() {
        node = calls::method(node, input)?;
    }
    Ok(node)
}

/// A value of a field, with the functions that are called on it: what follows a relation's name and a dot.
pub(crate) fn of_related(input: ParseStream<'_>) -> syn::Result<Node> {
    postfix(input)
}

fn value(input: ParseStream<'_>) -> syn::Result<Node> {
    let span = input.span();
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
    if input.parse::<Option<Token![fn]>>()?.is_some() {
        let content;
        parenthesized!(content in input);
        return Ok(Node { span, form: Form::Code(content.call(Path::parse_mod_style)?) });
    }
    if input.parse::<Option<Token![if]>>()?.is_some() {
        return choice(span, input);
    }
    if input.peek(Ident::peek_any) || input.peek(Token![::]) {
        return named(input);
    }
    Err(input.error("expected a field, a literal, `Enum::Variant` or `now()`"))
}

/// `if condition { one } else { other }`, behind its `if`.
fn choice(span: Span, input: ParseStream<'_>) -> syn::Result<Node> {
    let condition = or(input)?;
    let one = block(input)?;
    if input.parse::<Option<Token![else]>>()?.is_none() {
        return Err(input.error("both cases have a value: expected `else { .. }`"));
    }
    let other = match input.peek(Token![if]) {
        true => value(input)?,
        false => block(input)?,
    };
    Ok(Node { span, form: Form::Choice(Box::new(condition), Box::new(one), Box::new(other)) })
}

fn block(input: ParseStream<'_>) -> syn::Result<Node> {
    if !input.peek(token::Brace) {
        return Err(input.error("expected `{ value }`"));
    }
    let content;
    braced!(content in input);
    let node = or(&content)?;
    if content.is_empty() { Ok(node) } else { Err(content.error("expected `}`")) }
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

/// What begins with a name: a field, a variant, `now()`, a function.
fn named(input: ParseStream<'_>) -> syn::Result<Node> {
    let path = input.call(Path::parse_mod_style)?;
    let Some(name) = path.get_ident() else {
        return Ok(Node { span: path.span(), form: Form::Constant(Constant::Variant(path)) });
    };
    if input.peek(token::Paren) {
        return calls::function(name, input);
    }
    if name == "None" {
        return Err(syn::Error::new(name.span(), "write `x.is_none()` or `x.is_some()`"));
    }
    Ok(Node { span: name.span(), form: Form::Field(name.clone()) })
}

impl Logic for Node {
    fn part(input: ParseStream<'_>) -> syn::Result<Self> {
        compare(input)
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

impl Node {
    /// The field and the path into it, if this is what is inside of a field.
    pub(crate) fn inside(&self) -> Option<(&Ident, String)> {
        let Form::Member(outer, name) = &self.form else { return None };
        match &outer.form {
            Form::Field(field) => Some((field, name.unraw().to_string())),
            _ => outer.inside().map(|(field, path)| (field, format!("{path}.{}", name.unraw()))),
        }
    }

    /// Calls `found` with every node, this one first.
    pub(crate) fn walk<'a>(&'a self, found: &mut impl FnMut(&'a Node)) {
        found(self);
        match &self.form {
            Form::All(inner) | Form::Any(inner) => inner.iter().for_each(|node| node.walk(found)),
            Form::Not(inner)
            | Form::Call(_, inner)
            | Form::IsNull(inner, _)
            | Form::Member(inner, _)
            | Form::Negative(inner)
            | Form::Rounded(inner, _) => inner.walk(found),
            Form::Compare(left, _, right) | Form::Reckon(left, _, right) | Form::OrElse(left, right) => {
                left.walk(found);
                right.walk(found);
            }
            Form::Choice(condition, one, other) => {
                [condition, one, other].into_iter().for_each(|node| node.walk(found))
            }
            Form::In(left, list) => {
                left.walk(found);
                list.iter().for_each(|node| node.walk(found));
            }
            Form::Field(_) | Form::Now(_) | Form::Constant(_) | Form::Duration(_) | Form::Code(_) => {}
        }
    }

    /// How deep it nests.
    fn depth(&self) -> usize {
        let deepest = match &self.form {
            Form::All(inner) | Form::Any(inner) => inner.iter().map(Self::depth).max(),
            Form::Not(inner)
            | Form::Call(_, inner)
            | Form::IsNull(inner, _)
            | Form::Member(inner, _)
            | Form::Negative(inner)
            | Form::Rounded(inner, _) => Some(inner.depth()),
            Form::Compare(left, _, right) | Form::Reckon(left, _, right) | Form::OrElse(left, right) => {
                Some(left.depth().max(right.depth()))
            }
            Form::Choice(condition, one, other) => Some(condition.depth().max(one.depth()).max(other.depth())),
            Form::In(left, list) => list.iter().chain([&**left]).map(Self::depth).max(),
            Form::Field(_) | Form::Now(_) | Form::Constant(_) | Form::Duration(_) | Form::Code(_) => None,
        };
        deepest.unwrap_or(0) + 1
    }

    /// Whether two expressions say the same.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        let all = |one: &[Self], other: &[Self]| {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| one.is_same(other))
        };
        match (&self.form, &other.form) {
            (Form::All(one), Form::All(other)) | (Form::Any(one), Form::Any(other)) => all(one, other),
            (Form::Not(one), Form::Not(other)) | (Form::Negative(one), Form::Negative(other)) => one.is_same(other),
            (Form::Member(one, field), Form::Member(other, same)) => field == same && one.is_same(other),
            (Form::Compare(left, sign, right), Form::Compare(other_left, other_sign, other_right)) => {
                sign == other_sign && left.is_same(other_left) && right.is_same(other_right)
            }
            (Form::Reckon(left, sign, right), Form::Reckon(other_left, other_sign, other_right)) => {
                sign == other_sign && left.is_same(other_left) && right.is_same(other_right)
            }
            (Form::In(one, list), Form::In(other, other_list)) => one.is_same(other) && all(list, other_list),
            (Form::Field(one), Form::Field(other)) => one == other,
            (Form::Call(function, one), Form::Call(other_function, other)) => {
                function == other_function && one.is_same(other)
            }
            (Form::IsNull(one, negated), Form::IsNull(other, other_negated)) => {
                negated == other_negated && one.is_same(other)
            }
            (Form::Rounded(one, places), Form::Rounded(other, other_places)) => {
                places == other_places && one.is_same(other)
            }
            (Form::OrElse(left, right), Form::OrElse(other_left, other_right)) => {
                left.is_same(other_left) && right.is_same(other_right)
            }
            (Form::Choice(condition, one, other), Form::Choice(condition_2, one_2, other_2)) => {
                condition.is_same(condition_2) && one.is_same(one_2) && other.is_same(other_2)
            }
            (Form::Now(one), Form::Now(other)) | (Form::Duration(one), Form::Duration(other)) => one == other,
            (Form::Constant(one), Form::Constant(other)) => one == other,
            (Form::Code(one), Form::Code(other)) => one == other,
            _ => false,
        }
    }
}
