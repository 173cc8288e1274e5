//! Binding: every name gets its place, every constant the type of what it meets.

use std::fmt;

use thiserror::Error;

use super::{Operand, Predicate};
use crate::exact::exact_decimal;
use crate::{
    Comparison, Date, EnumSchema, Expr, Function, Kind, Literal, Search, Timestamp, Value, VariantSchema, Way,
};

/// An expression whose names are names and whose constants are as they were written.
#[derive(Clone, Debug)]
pub(crate) struct Untyped {
    /// The byte where it begins in the text it was written in; 0 in a schema.
    pub(crate) position: usize,
    pub(crate) node: Node,
}

#[derive(Clone, Debug)]
pub(crate) enum Node {
    All(Vec<Untyped>),
    Any(Vec<Untyped>),
    Not(Box<Untyped>),
    Compare(Box<Untyped>, Comparison, Box<Untyped>),
    In(Box<Untyped>, Vec<Untyped>),
    Field(String),
    /// An operand of the record that a relation leads to.
    Via(String, Box<Untyped>),
    /// Whether any record that a relation leads to, or any value of a list, is such.
    AnyOf(String, Option<Box<Untyped>>),
    /// Whether a relation leads to a record, or a field has a value.
    Exists(String),
    /// Whether the texts that are searched have these words.
    Search(Box<Search>),
    Call(Function, Box<Untyped>),
    Constant(Constant),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Constant {
    Null,
    Bool(bool),
    /// As it was written, so that decimals stay exact.
    Number(String),
    Text(String),
    /// An enum variant by its Rust name.
    Variant(String),
    /// The time of asking, plus so many microseconds.
    Now(i64),
}

impl Untyped {
    pub(crate) const fn at(position: usize, node: Node) -> Self {
        Self { position, node }
    }

    /// The same expression as a schema says it.
    pub(crate) fn of(expr: &Expr) -> Self {
        let all = |inner: &[Expr]| inner.iter().map(Self::of).collect();
        let boxed = |inner: &Expr| Box::new(Self::of(inner));
        Self::at(
            0,
            match expr {
                Expr::All(inner) => Node::All(all(inner)),
                Expr::Any(inner) => Node::Any(all(inner)),
                Expr::Not(inner) => Node::Not(boxed(inner)),
                Expr::Compare(left, comparison, right) => Node::Compare(boxed(left), *comparison, boxed(right)),
                Expr::In(operand, values) => Node::In(boxed(operand), all(values)),
                Expr::Field(name) => Node::Field((*name).to_owned()),
                Expr::Call(function, inner) => Node::Call(*function, boxed(inner)),
                Expr::Now(offset) => Node::Constant(Constant::Now(*offset)),
                Expr::Literal(literal) => Node::Constant(match literal {
                    Literal::Null => Constant::Null,
                    Literal::Bool(flag) => Constant::Bool(*flag),
                    Literal::Int(number) => Constant::Number(number.to_string()),
                    Literal::Number(text) => Constant::Number((*text).to_owned()),
                    Literal::Text(text) => Constant::Text((*text).to_owned()),
                    Literal::Variant(name) => Constant::Variant((*name).to_owned()),
                }),
            },
        )
    }
}

/// What is wrong with an expression.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub struct BindError {
    /// The byte where, in the text the expression was written in; 0 in a schema.
    pub position: usize,
    /// What was expected, and what is there.
    pub detail: String,
    /// What the author may have meant.
    pub suggestion: Option<String>,
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)?;
        self.suggestion.iter().try_for_each(|near| write!(f, "; did you mean `{near}`?"))
    }
}

impl BindError {
    pub(crate) fn new(position: usize, detail: impl Into<String>) -> Self {
        Self { position, detail: detail.into(), suggestion: None }
    }

    /// The same answer for a field that does not exist and one that may not be asked about.
    pub(crate) fn unknown(name: &str, near: Option<&str>) -> Self {
        Self { position: 0, detail: format!("`{name}` is not a field here"), suggestion: near.map(str::to_owned) }
    }
}

/// What names mean.
pub(crate) trait Scope {
    /// A field's place and kind.
    fn field(&self, name: &str) -> Result<(usize, Kind), BindError>;

    /// A relation.
    fn link(&self, name: &str) -> Result<Linked<'_>, BindError> {
        Err(BindError::unknown(name, None))
    }

    /// The fields that are searched by words.
    fn texts(&self) -> Vec<usize> {
        Vec::new()
    }
}

/// What a relation's name means.
pub(crate) struct Linked<'a> {
    pub(crate) ways: &'a [Way],
    pub(crate) is_many: bool,
    /// What names mean of the records that it leads to.
    pub(crate) scope: Box<dyn Scope + 'a>,
}

/// Where records stand alone, there are fields only.
impl<F: Fn(&str) -> Result<(usize, Kind), BindError>> Scope for F {
    fn field(&self, name: &str) -> Result<(usize, Kind), BindError> {
        self(name)
    }
}

/// A value of a list stands alone: its name is empty.
struct ValueOf(Kind);

impl Scope for ValueOf {
    fn field(&self, name: &str) -> Result<(usize, Kind), BindError> {
        match name {
            "" => Ok((0, self.0)),
            _ => Err(BindError::new(0, format!("a value of a list has no field `{name}`: it is `.` itself"))),
        }
    }
}

type Resolve<'a> = dyn Scope + 'a;

pub(crate) fn bind(expr: &Untyped, resolve: &Resolve<'_>) -> Result<Predicate, BindError> {
    let all = |inner: &[Untyped]| inner.iter().map(|expr| bind(expr, resolve)).collect::<Result<Vec<_>, _>>();
    match &expr.node {
        Node::All(inner) => all(inner).map(Predicate::All),
        Node::Any(inner) => all(inner).map(Predicate::Any),
        Node::Not(inner) => bind(inner, resolve).map(|inner| Predicate::Not(Box::new(inner))),
        Node::Compare(left, comparison, right) => compare(left, *comparison, right, resolve),
        Node::In(operand, values) => {
            let (operand, kind) = typed(operand, resolve)?;
            one_of(operand, values, kind)
        }
        Node::AnyOf(name, inner) => any_of(expr.position, name, inner.as_deref(), resolve),
        Node::Exists(name) => exists(expr.position, name, resolve),
        Node::Search(search) => match resolve.texts() {
            texts if texts.is_empty() => Err(BindError::new(expr.position, "no field here is searched by words")),
            texts => Ok(Predicate::Search { texts, search: search.clone() }),
        },
        Node::Field(_) | Node::Via(..) | Node::Call(..) | Node::Constant(_) => match typed(expr, resolve)? {
            (operand, Kind::Bool) => Ok(Predicate::Flag(operand)),
            (_, kind) => Err(BindError::new(expr.position, format!("expected a condition, found {}", kind.phrase()))),
        },
    }
}

fn any_of(at: usize, name: &str, inner: Option<&Untyped>, resolve: &Resolve<'_>) -> Result<Predicate, BindError> {
    let bound = |scope: &Resolve<'_>| inner.map_or_else(|| Ok(Predicate::All(Vec::new())), |inner| bind(inner, scope));
    let linked = match resolve.link(name) {
        Ok(linked) => linked,
        Err(error) => {
            let Ok((list, Kind::List(element))) = resolve.field(name) else {
                return Err(BindError { position: at, ..error });
            };
            let inner = Box::new(bound(&ValueOf(element.kind))?);
            return Ok(Predicate::Element { list, inner });
        }
    };
    let inner = bound(&*linked.scope)?;
    let steps = linked.ways.iter().rev();
    Ok(steps.fold(inner, |inner, &way| Predicate::Related { way, inner: Box::new(inner) }))
}

/// A reference's relation may have the name of its field: then both mean the same.
fn exists(at: usize, name: &str, resolve: &Resolve<'_>) -> Result<Predicate, BindError> {
    if resolve.link(name).is_ok() {
        return any_of(at, name, None, resolve);
    }
    let (field, kind) = resolve.field(name).map_err(|error| BindError { position: at, ..error })?;
    let (left, right) = (Operand::Field(field), Operand::Value(Value::Null));
    Ok(Predicate::Compare { left, comparison: Comparison::NotEqual, right, kind })
}

/// Constants are listed; the time of asking, which is none yet, is compared with.
fn one_of(operand: Operand, values: &[Untyped], kind: Kind) -> Result<Predicate, BindError> {
    let (mut listed, mut compared) = (Vec::with_capacity(values.len()), Vec::new());
    for value in values {
        match (&value.node, &kind) {
            (Node::Constant(Constant::Now(offset)), Kind::Timestamp | Kind::Date) => {
                let (left, right) = (operand.clone(), Operand::Now(*offset));
                compared.push(Predicate::Compare { left, comparison: Comparison::Equal, right, kind });
            }
            _ => listed.push(constant_of(value, &kind)?),
        }
    }
    let listed = Predicate::In { operand, values: listed, kind };
    if compared.is_empty() {
        return Ok(listed);
    }
    compared.push(listed);
    Ok(Predicate::Any(compared))
}

fn compare(
    left: &Untyped,
    comparison: Comparison,
    right: &Untyped,
    resolve: &Resolve<'_>,
) -> Result<Predicate, BindError> {
    // A constant takes its type from the other side, so that side comes first.
    if matches!(left.node, Node::Constant(_)) && !matches!(right.node, Node::Constant(_)) {
        return match mirrored(comparison) {
            Some(mirrored) => compare(right, mirrored, left, resolve),
            None => Err(BindError::new(left.position, "expected a field on the left of this operator")),
        };
    }
    let (left_operand, kind) = typed(left, resolve)?;
    if !applies(comparison, &kind) {
        let detail = format!("this operator does not apply to {}", kind.phrase());
        return Err(BindError::new(left.position, detail));
    }
    let right_operand = match &right.node {
        Node::Constant(Constant::Now(offset)) if matches!(kind, Kind::Timestamp | Kind::Date) => Operand::Now(*offset),
        Node::Constant(_) => Operand::Value(constant_of(right, &kind)?),
        _ => {
            let (operand, other) = typed(right, resolve)?;
            if !comparable(&kind, &other) {
                let detail = format!("{} cannot be compared with {}", kind.phrase(), other.phrase());
                return Err(BindError::new(right.position, detail));
            }
            operand
        }
    };
    if right_operand == Operand::Value(Value::Null) && !matches!(comparison, Comparison::Equal | Comparison::NotEqual) {
        return Err(BindError::new(right.position, "null can only be compared with `=` and `!=`"));
    }
    Ok(Predicate::Compare { left: left_operand, comparison, right: right_operand, kind })
}

/// The comparison with its sides exchanged, if there is one.
const fn mirrored(comparison: Comparison) -> Option<Comparison> {
    Some(match comparison {
        Comparison::Equal => Comparison::Equal,
        Comparison::NotEqual => Comparison::NotEqual,
        Comparison::Less => Comparison::Greater,
        Comparison::LessOrEqual => Comparison::GreaterOrEqual,
        Comparison::Greater => Comparison::Less,
        Comparison::GreaterOrEqual => Comparison::LessOrEqual,
        Comparison::Contains | Comparison::NotContains | Comparison::StartsWith | Comparison::EndsWith => return None,
    })
}

fn comparable(left: &Kind, right: &Kind) -> bool {
    match (left, right) {
        (Kind::Enum(left), Kind::Enum(right)) => left.is_same(right),
        _ => std::mem::discriminant(left) == std::mem::discriminant(right),
    }
}

fn applies(comparison: Comparison, kind: &Kind) -> bool {
    use Comparison::{Contains, EndsWith, Equal, NotContains, NotEqual, StartsWith};
    match comparison {
        Equal | NotEqual => true,
        Contains | NotContains | StartsWith | EndsWith => matches!(kind, Kind::Text),
        _ => !matches!(kind, Kind::List(_) | Kind::Json),
    }
}

/// An operand that has a type of its own.
pub(crate) fn typed(expr: &Untyped, resolve: &Resolve<'_>) -> Result<(Operand, Kind), BindError> {
    let at = expr.position;
    match &expr.node {
        Node::Field(name) => {
            let (place, kind) = resolve.field(name).map_err(|error| BindError { position: at, ..error })?;
            Ok((Operand::Field(place), kind))
        }
        Node::Via(name, inner) => {
            let linked = resolve.link(name).map_err(|error| BindError { position: at, ..error })?;
            if linked.is_many {
                let detail = format!("`{name}` leads to many records: ask `any({name}, ..)`, `all(..)` or `none(..)`");
                return Err(BindError::new(at, detail));
            }
            let (operand, kind) = typed(inner, &*linked.scope)?;
            let steps = linked.ways.iter().rev();
            Ok((steps.fold(operand, |operand, &way| Operand::Via(way, Box::new(operand))), kind))
        }
        Node::Call(function, inner) => {
            let (operand, kind) = typed(inner, resolve)?;
            let result = match (function, kind) {
                (Function::Lower, Kind::Text) => Kind::Text,
                (Function::Len, Kind::Text | Kind::List(_)) => Kind::Int { min: 0, max: i128::MAX },
                (Function::Date, Kind::Timestamp | Kind::Date) => Kind::Date,
                (Function::Year, Kind::Timestamp | Kind::Date) => Kind::Int { min: 0, max: 9_999 },
                (_, kind) => {
                    return Err(BindError::new(at, format!("this function does not apply to {}", kind.phrase())));
                }
            };
            Ok((Operand::Call(*function, Box::new(operand)), result))
        }
        Node::Constant(Constant::Bool(flag)) => Ok((Operand::Value(Value::Bool(*flag)), Kind::Bool)),
        Node::Constant(Constant::Now(offset)) => Ok((Operand::Now(*offset), Kind::Timestamp)),
        Node::Constant(_) => Err(BindError::new(at, "expected a field, found a constant")),
        _ => Err(BindError::new(at, "expected a value, found a condition")),
    }
}

fn constant_of(expr: &Untyped, kind: &Kind) -> Result<Value, BindError> {
    let Node::Constant(constant) = &expr.node else {
        return Err(BindError::new(expr.position, "expected a constant"));
    };
    constant_value(constant, kind).ok_or_else(|| mistyped(expr.position, constant, kind))
}

pub(crate) fn constant_value(constant: &Constant, kind: &Kind) -> Option<Value> {
    match (constant, kind) {
        (Constant::Null, _) => Some(Value::Null),
        (Constant::Bool(flag), Kind::Bool) => Some(Value::Bool(*flag)),
        (Constant::Number(text), Kind::Int { .. }) => text.parse().ok().map(Value::Int),
        (Constant::Number(text), Kind::Float { bits }) => {
            crate::literal::float(text, *bits).filter(|number| number.is_finite()).map(Value::Float)
        }
        (Constant::Number(text) | Constant::Text(text), Kind::Decimal) => exact_decimal(text).map(Value::Decimal),
        (Constant::Text(text), Kind::Enum(schema)) => plain_variant(schema, |variant| variant.wire == text),
        (Constant::Variant(name), Kind::Enum(schema)) => plain_variant(schema, |variant| variant.name == name),
        // A day is the moment it begins.
        (Constant::Text(text), Kind::Timestamp) => {
            let day = || text.parse::<Date>().ok().map(Date::midnight);
            text.parse::<Timestamp>().ok().or_else(day).map(Value::Timestamp)
        }
        (Constant::Text(text), Kind::Text | Kind::Uuid | Kind::Date) => crate::literal::text_value(text, kind),
        _ => None,
    }
}

/// A variant without data.
fn plain_variant(schema: &EnumSchema, is_meant: impl Fn(&VariantSchema) -> bool) -> Option<Value> {
    let variant = schema.variants.iter().find(|variant| is_meant(variant) && variant.fields.is_empty())?;
    Some(match schema.has_data() {
        true => Value::Variant(variant.wire.into(), Vec::new()),
        false => Value::Text(variant.wire.to_owned()),
    })
}

fn mistyped(position: usize, constant: &Constant, kind: &Kind) -> BindError {
    let found = match constant {
        Constant::Null => "null".to_owned(),
        Constant::Bool(flag) => flag.to_string(),
        Constant::Number(text) | Constant::Variant(text) => text.clone(),
        Constant::Text(text) => format!("{text:?}"),
        Constant::Now(_) => "the time".to_owned(),
    };
    match kind {
        Kind::Enum(schema) => not_a_variant(position, schema, constant, &found),
        Kind::List(_) | Kind::Json => {
            BindError::new(position, format!("{} can only be compared with null", kind.phrase()))
        }
        _ => BindError::new(position, format!("expected {}, found {found}", kind.phrase())),
    }
}

fn not_a_variant(position: usize, schema: &EnumSchema, constant: &Constant, found: &str) -> BindError {
    let plain = schema.variants.iter().filter(|variant| variant.fields.is_empty());
    let names: Vec<&str> = plain.map(|variant| variant.wire).collect();
    let mut error = BindError::new(position, format!("expected one of {}, found {found}", names.join(", ")));
    if let Constant::Text(word) | Constant::Variant(word) = constant {
        error.suggestion = crate::nearest(word, names).map(str::to_owned);
    }
    error
}
