//! Binding: every name gets its place, every constant the type of what it meets.

use std::fmt;

use thiserror::Error;

use super::typed::{self, Sort, is_number, typed, united};
use super::{Operand, Predicate};
use crate::exact::exact_decimal;
use crate::{
    Arithmetic, Code, Comparison, Date, EnumSchema, Expr, Function, Kind, Literal, Search, Timestamp, Value,
    VariantSchema, Way,
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
    Reckon(Box<Untyped>, Arithmetic, Box<Untyped>),
    Negative(Box<Untyped>),
    OrElse(Box<Untyped>, Box<Untyped>),
    Choice(Box<Untyped>, Box<Untyped>, Box<Untyped>),
    Rounded(Box<Untyped>, u8),
    /// Microseconds.
    Duration(i64),
    Code(Code),
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
                Expr::Field(name) => dotted(name),
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
                Expr::Reckon(one, arithmetic, other) => Node::Reckon(boxed(one), *arithmetic, boxed(other)),
                Expr::Negative(inner) => Node::Negative(boxed(inner)),
                Expr::OrElse(one, other) => Node::OrElse(boxed(one), boxed(other)),
                Expr::Choice(condition, one, other) => Node::Choice(boxed(condition), boxed(one), boxed(other)),
                Expr::Rounded(inner, places) => Node::Rounded(boxed(inner), *places),
                Expr::Duration(micros) => Node::Duration(*micros),
                Expr::Code(code) => Node::Code(*code),
            },
        )
    }
}

/// A name, or a path into an embedded struct: `address.city`.
fn dotted(name: &str) -> Node {
    match name.split_once('.') {
        Some((first, rest)) => Node::Via(first.to_owned(), Box::new(Untyped::at(0, dotted(rest)))),
        None => Node::Field(name.to_owned()),
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

    /// What a field's name means as a value: one that is computed when it is read is what it is computed from.
    fn operand(&self, name: &str) -> Result<(Operand, Kind), BindError> {
        self.field(name).map(|(place, kind)| (Operand::Field(place), kind))
    }

    /// All fields, for a function that takes the whole record.
    fn whole(&self) -> Result<Vec<Operand>, BindError> {
        Err(BindError::new(0, "`fn(path)` is not supported here: it takes a whole record of this model"))
    }

    /// What is inside of an embedded struct, by the names that lead there; none if the first name is no such struct.
    fn inside(&self, _names: &[&str]) -> Option<Result<(Operand, Kind), BindError>> {
        None
    }

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

/// A value of a list stands alone: its name is empty.
struct ValueOf(Kind);

impl Scope for ValueOf {
    fn field(&self, name: &str) -> Result<(usize, Kind), BindError> {
        match name {
            "" => Ok((0, self.0)),
            _ => Err(BindError::new(0, format!("a value of a list has no field `{name}`: it is `.` itself"))),
        }
    }

    fn inside(&self, names: &[&str]) -> Option<Result<(Operand, Kind), BindError>> {
        let mut path = vec![0];
        let found = super::inside::walk(self.0, &mut path, names, super::inside::by_wire)?;
        // No index has the values of lists, so the place is nobody's.
        Some(found.map(|kind| (Operand::Inside { place: usize::MAX, path }, kind)))
    }
}

pub(super) type Resolve<'a> = dyn Scope + 'a;

pub(crate) fn bind(expr: &Untyped, resolve: &Resolve<'_>) -> Result<Predicate, BindError> {
    let all = |inner: &[Untyped]| inner.iter().map(|expr| bind(expr, resolve)).collect::<Result<Vec<_>, _>>();
    match &expr.node {
        Node::All(inner) => all(inner).map(Predicate::All),
        Node::Any(inner) => all(inner).map(Predicate::Any),
        Node::Not(inner) => bind(inner, resolve).map(|inner| Predicate::Not(Box::new(inner))),
        Node::Compare(left, comparison, right) => compare(left, *comparison, right, resolve),
        Node::In(operand, values) => {
            let at = operand.position;
            match typed(operand, resolve)? {
                (operand, Sort::Of(kind)) => one_of(operand, values, kind),
                (_, Sort::Duration) => Err(BindError::new(at, "a duration is compared, not listed")),
            }
        }
        Node::AnyOf(name, inner) => any_of(expr.position, name, inner.as_deref(), resolve),
        Node::Exists(name) => exists(expr.position, name, resolve),
        Node::Search(search) => match resolve.texts() {
            texts if texts.is_empty() => Err(BindError::new(expr.position, "no field here is searched by words")),
            texts => Ok(Predicate::Search { texts, search: search.clone() }),
        },
        _ => match typed(expr, resolve)? {
            (operand, Sort::Of(Kind::Bool)) => Ok(Predicate::Flag(operand)),
            (_, sort) => Err(BindError::new(expr.position, format!("expected a condition, found {}", sort.phrase()))),
        },
    }
}

/// The names of a path whose last one is a field's, and nothing else.
pub(super) fn path_of(expr: &Untyped) -> Option<Vec<&str>> {
    match &expr.node {
        Node::Field(name) if !name.is_empty() => Some(vec![name]),
        Node::Via(name, inner) => {
            let mut names = path_of(inner)?;
            names.insert(0, name);
            Some(names)
        }
        _ => None,
    }
}

/// What is asked of a list inside of an embedded struct, or whether something there is not null.
fn any_inside(
    at: usize,
    name: &str,
    inner: Option<&Untyped>,
    resolve: &Resolve<'_>,
) -> Option<Result<Predicate, BindError>> {
    let (mut names, mut inner) = (vec![name], inner);
    loop {
        match resolve.inside(&names) {
            Some(Ok((list, Kind::List(element)))) => return Some(of_element(list, element.kind, inner)),
            Some(Err(error)) => return Some(Err(BindError { position: at, ..error })),
            _ => {}
        }
        match inner.map(|inner| &inner.node) {
            Some(Node::AnyOf(next, deeper)) => {
                names.push(next);
                inner = deeper.as_deref();
            }
            Some(Node::Exists(last)) => {
                names.push(last);
                let found = resolve.inside(&names)?.map_err(|error| BindError { position: at, ..error });
                return Some(found.map(|(left, kind)| is_there(left, kind)));
            }
            _ => return None,
        }
    }
}

fn of_element(list: Operand, element: Kind, inner: Option<&Untyped>) -> Result<Predicate, BindError> {
    let bound = inner.map_or_else(|| Ok(Predicate::All(Vec::new())), |inner| bind(inner, &ValueOf(element)));
    bound.map(|inner| Predicate::Element { list, inner: Box::new(inner) })
}

fn is_there(left: Operand, kind: Kind) -> Predicate {
    Predicate::Compare { left, comparison: Comparison::NotEqual, right: Operand::Value(Value::Null), kind }
}

fn any_of(at: usize, name: &str, inner: Option<&Untyped>, resolve: &Resolve<'_>) -> Result<Predicate, BindError> {
    if let Some(found) = any_inside(at, name, inner, resolve) {
        return found;
    }
    let bound = |scope: &Resolve<'_>| inner.map_or_else(|| Ok(Predicate::All(Vec::new())), |inner| bind(inner, scope));
    let linked = match resolve.link(name) {
        Ok(linked) => linked,
        Err(error) => {
            let Ok((list, Kind::List(element))) = resolve.field(name) else {
                return Err(BindError { position: at, ..error });
            };
            return of_element(Operand::Field(list), element.kind, inner);
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
    if let Some(found) = resolve.inside(&[name]) {
        let (left, kind) = found.map_err(|error| BindError { position: at, ..error })?;
        return Ok(is_there(left, kind));
    }
    let (left, kind) = resolve.operand(name).map_err(|error| BindError { position: at, ..error })?;
    Ok(is_there(left, kind))
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
    let Sort::Of(kind) = kind else { return durations(left_operand, comparison, right, resolve) };
    if !applies(comparison, &kind) {
        let detail = format!("this operator does not apply to {}", kind.phrase());
        return Err(BindError::new(left.position, detail));
    }
    let (left_operand, right_operand, kind) = match &right.node {
        Node::Constant(Constant::Now(offset)) if matches!(kind, Kind::Timestamp | Kind::Date) => {
            (left_operand, Operand::Now(*offset), kind)
        }
        Node::Constant(_) => (left_operand, Operand::Value(constant_of(right, &kind)?), kind),
        _ => {
            let (operand, other) = typed(right, resolve)?;
            matched(right.position, (left_operand, kind), (operand, other))?
        }
    };
    if right_operand == Operand::Value(Value::Null) && !matches!(comparison, Comparison::Equal | Comparison::NotEqual) {
        return Err(BindError::new(right.position, "null can only be compared with `=` and `!=`"));
    }
    Ok(Predicate::Compare { left: left_operand, comparison, right: right_operand, kind })
}

/// Two operands as they are compared. Where one is reckoned, an integer is compared with a decimal or a float too.
fn matched(
    at: usize,
    (left, kind): (Operand, Kind),
    (right, other): (Operand, Sort),
) -> Result<(Operand, Operand, Kind), BindError> {
    let is_plain =
        matches!((&left, &right), (Operand::Field(_) | Operand::Via(..), Operand::Field(_) | Operand::Via(..)));
    match other {
        Sort::Of(other) if comparable(&kind, &other) => Ok((left, right, kind)),
        Sort::Of(other) if !is_plain && is_number(&kind) && is_number(&other) => {
            united(at, (left, kind), (right, other))
        }
        other => Err(BindError::new(at, format!("{} cannot be compared with {}", kind.phrase(), other.phrase()))),
    }
}

/// Times between times, in microseconds.
fn durations(
    left: Operand,
    comparison: Comparison,
    right: &Untyped,
    resolve: &Resolve<'_>,
) -> Result<Predicate, BindError> {
    let is_null = matches!(right.node, Node::Constant(Constant::Null));
    let right_operand = match typed(right, resolve) {
        _ if is_null => Operand::Value(Value::Null),
        Ok((operand, Sort::Duration)) => operand,
        _ => {
            return Err(BindError::new(
                right.position,
                "a time between two times is compared with a duration: `days(30)`",
            ));
        }
    };
    Ok(Predicate::Compare { left, comparison, right: right_operand, kind: typed::MICROS })
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

pub(super) fn comparable(left: &Kind, right: &Kind) -> bool {
    match (left, right) {
        (Kind::Enum(left), Kind::Enum(right)) => left.is_same(right),
        (Kind::Struct(left), Kind::Struct(right)) => left.is_same(right),
        _ => std::mem::discriminant(left) == std::mem::discriminant(right),
    }
}

fn applies(comparison: Comparison, kind: &Kind) -> bool {
    use Comparison::{Contains, EndsWith, Equal, NotContains, NotEqual, StartsWith};
    match comparison {
        Equal | NotEqual => true,
        Contains | NotContains | StartsWith | EndsWith => matches!(kind, Kind::Text),
        _ => !matches!(kind, Kind::List(_) | Kind::Json | Kind::Struct(_)),
    }
}

pub(super) fn constant_of(expr: &Untyped, kind: &Kind) -> Result<Value, BindError> {
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
        Kind::List(_) | Kind::Json | Kind::Struct(_) => {
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
