//! Recursive descent, one function a line of the grammar; depth and size are bounded.

use super::lexer::{Token, tokens};
use super::{DEPTH_MAX, FilterError, IN_MAX, LINK_DEPTH_MAX, LINKS_MAX, NODES_MAX};
use crate::predicate::{Constant, Node, Untyped};
use crate::{Comparison, Function, Search, Value};

/// The tree of a text. Each `?` in it is the next one of `values`.
pub(super) fn parse(text: &str, values: &[Value]) -> Result<Untyped, FilterError> {
    let mut parser = Parser {
        text,
        tokens: tokens(text)?,
        at: 0,
        nodes: 0,
        depth: 0,
        links: 0,
        inside: None,
        values: values.iter(),
    };
    let tree = parser.or()?;
    match parser.peek() {
        Token::End if parser.values.len() == 0 => Ok(tree),
        Token::End => {
            let places = values.len() - parser.values.len();
            let detail = format!("{} values are bound, and the filter has {places} `?` for them", values.len());
            Err(FilterError::new(text.len(), detail))
        }
        // Between two names it would be a part of one.
        Token::Minus => Err(parser.expected("`and`, `or` or the end (a name with a `-` stands in back quotes)")),
        _ => Err(parser.expected("`and`, `or` or the end")),
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: Vec<(usize, Token)>,
    at: usize,
    nodes: usize,
    depth: usize,
    /// Relations so far.
    links: usize,
    /// Within `any(..)` and the like: the relations between the record that the filter is about and the one that paths
    /// are about, which then begin with a dot.
    inside: Option<usize>,
    /// Values for those `?` that were not met yet.
    values: std::slice::Iter<'a, Value>,
}

/// `any`, `all`, `none`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quantifier {
    Any,
    All,
    None,
}

type Parsed = Result<Untyped, FilterError>;
/// A name, and the byte where it begins.
type Name = (usize, String);

impl Parser<'_> {
    fn peek(&self) -> &Token {
        &self.tokens[self.at].1
    }

    fn position(&self) -> usize {
        self.tokens[self.at].0
    }

    fn next(&mut self) -> Token {
        let token = self.peek().clone();
        self.at = (self.at + 1).min(self.tokens.len() - 1);
        token
    }

    /// Takes the token if it is this one.
    fn eat(&mut self, token: &Token) -> bool {
        let is = self.peek() == token;
        if is {
            self.next();
        }
        is
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let is = matches!(self.peek(), Token::Word(found) if found == word);
        if is {
            self.next();
        }
        is
    }

    fn expected(&self, what: &str) -> FilterError {
        let found = match self.peek() {
            Token::End => "the end".to_owned(),
            _ => format!("`{}`", self.written()),
        };
        FilterError::new(self.position(), format!("expected {what}, found {found}"))
    }

    /// The token as it is written.
    fn written(&self) -> &str {
        let end = self.tokens.get(self.at + 1).map_or(self.text.len(), |(position, _)| *position);
        self.text[self.position()..end].trim_end()
    }

    fn node(&mut self, position: usize, node: Node) -> Parsed {
        self.nodes += 1;
        if self.nodes > NODES_MAX {
            return Err(FilterError::new(position, format!("a filter has at most {NODES_MAX} parts")));
        }
        Ok(Untyped::at(position, node))
    }

    fn deeper(&mut self, parse: impl FnOnce(&mut Self) -> Parsed) -> Parsed {
        if self.depth == DEPTH_MAX {
            return Err(FilterError::new(self.position(), format!("a filter nests at most {DEPTH_MAX} levels")));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn or(&mut self) -> Parsed {
        let position = self.position();
        let mut parts = vec![self.and()?];
        while self.eat(&Token::Or) || self.eat_word("or") {
            parts.push(self.and()?);
        }
        self.joined(position, parts, Node::Any)
    }

    fn and(&mut self) -> Parsed {
        let position = self.position();
        let mut parts = vec![self.unary()?];
        while self.eat(&Token::And) || self.eat_word("and") {
            parts.push(self.unary()?);
        }
        self.joined(position, parts, Node::All)
    }

    fn joined(&mut self, position: usize, mut parts: Vec<Untyped>, join: impl Fn(Vec<Untyped>) -> Node) -> Parsed {
        match parts.len() {
            1 => Ok(parts.remove(0)),
            _ => self.node(position, join(parts)),
        }
    }

    fn unary(&mut self) -> Parsed {
        let position = self.position();
        if self.eat(&Token::Not) || self.eat_word("not") {
            let inner = self.deeper(Self::unary)?;
            return self.node(position, Node::Not(Box::new(inner)));
        }
        if self.eat(&Token::Open) {
            let inner = self.deeper(Self::or)?;
            return if self.eat(&Token::Close) { Ok(inner) } else { Err(self.expected("`)`")) };
        }
        self.compare()
    }

    fn compare(&mut self) -> Parsed {
        let position = self.position();
        let left = self.operand()?;
        if let Token::Operator(comparison) = *self.peek() {
            self.next();
            let right = self.operand()?;
            return self.node(position, Node::Compare(Box::new(left), comparison, Box::new(right)));
        }
        let negated = self.eat_word("not");
        let found = if self.eat_word("in") {
            let values = self.list()?;
            self.node(position, Node::In(Box::new(left), values))?
        } else if self.eat_word("between") {
            self.between(position, left)?
        } else if negated {
            return Err(self.expected("`in` or `between`"));
        } else {
            // A boolean field alone is a condition; binding refuses anything else.
            return Ok(left);
        };
        if negated { self.node(position, Node::Not(Box::new(found))) } else { Ok(found) }
    }

    fn between(&mut self, position: usize, operand: Untyped) -> Parsed {
        let list_at = self.position();
        let bounds: Result<[Untyped; 2], _> = self.list()?.try_into();
        let Ok([low, high]) = bounds else { return Err(FilterError::new(list_at, "expected two bounds")) };
        let again = Box::new(operand.clone());
        let low = self.node(position, Node::Compare(Box::new(operand), Comparison::GreaterOrEqual, Box::new(low)))?;
        let high = self.node(position, Node::Compare(again, Comparison::LessOrEqual, Box::new(high)))?;
        self.node(position, Node::All(vec![low, high]))
    }

    /// `(1, 2)`, or a list that is bound.
    fn list(&mut self) -> Result<Vec<Untyped>, FilterError> {
        let position = self.position();
        if self.peek() == &Token::Bound {
            let Value::List(values) = self.bound()? else {
                return Err(FilterError::new(position, "expected a list to be bound here"));
            };
            if values.len() > IN_MAX {
                return Err(FilterError::new(position, format!("a list has at most {IN_MAX} values")));
            }
            let constants =
                values.iter().map(|value| Ok(Untyped::at(position, Node::Constant(known(position, value)?))));
            return constants.collect();
        }
        if !self.eat(&Token::Open) {
            return Err(self.expected("`(`"));
        }
        let mut values = vec![self.literal()?];
        while self.eat(&Token::Comma) {
            if values.len() == IN_MAX {
                return Err(FilterError::new(self.position(), format!("a list has at most {IN_MAX} values")));
            }
            values.push(self.literal()?);
        }
        if self.eat(&Token::Close) { Ok(values) } else { Err(self.expected("`,` or `)`")) }
    }

    fn literal(&mut self) -> Parsed {
        let position = self.position();
        match self.constant()? {
            Some(constant) => Ok(Untyped::at(position, Node::Constant(constant))),
            None => Err(self.expected("a value")),
        }
    }

    fn operand(&mut self) -> Parsed {
        let position = self.position();
        if let Some(constant) = self.constant()? {
            return self.node(position, Node::Constant(constant));
        }
        if let Token::Word(word) = self.peek().clone()
            && self.tokens.get(self.at + 1).is_some_and(|(_, token)| *token == Token::Open)
        {
            self.next();
            return self.call(position, &word);
        }
        let (mut names, (at, field)) = self.path("a field or a value")?;
        self.follow(position, names.len())?;
        let mut operand = self.node(at, Node::Field(field))?;
        while let Some((at, name)) = names.pop() {
            operand = self.node(at, Node::Via(name, Box::new(operand)))?;
        }
        Ok(operand)
    }

    /// `name`, `relation.name`; within a quantifier with a dot before it. What stands before the last name are relations. A dot alone
    /// is a value of a list, whose name is empty.
    fn path(&mut self, expected: &str) -> Result<(Vec<Name>, Name), FilterError> {
        let dot_at = self.position();
        let has_dot = self.eat(&Token::Dot);
        let is_name = self.name().is_some() && self.position() == dot_at + 1;
        if has_dot && self.inside.is_some() && !is_name {
            return Ok((Vec::new(), (dot_at, String::new())));
        }
        let Some(name) = self.name() else {
            return Err(self.expected(if has_dot { "a field after the dot" } else { expected }));
        };
        match (has_dot, self.inside) {
            (false, Some(_)) => {
                let written = super::filter_name(&name);
                let detail = format!("within `any`, `all` and `none`, names are of the related record: `.{written}`");
                return Err(FilterError::new(self.position(), detail));
            }
            (true, None) => return Err(FilterError::new(self.position(), "a dot begins a name only within `any(..)`")),
            _ => {}
        }
        let mut last = (self.position(), name);
        self.next();
        let mut names = Vec::new();
        while self.eat(&Token::Dot) {
            let Some(name) = self.name() else { return Err(self.expected("a name")) };
            names.push(std::mem::replace(&mut last, (self.position(), name)));
            self.next();
        }
        Ok((names, last))
    }

    /// The name that is next, as a word or in back quotes.
    fn name(&self) -> Option<String> {
        match self.peek() {
            Token::Word(name) | Token::Name(name) => Some(name.clone()),
            _ => None,
        }
    }

    /// Counts relations that are followed one behind the other.
    fn follow(&mut self, position: usize, count: usize) -> Result<usize, FilterError> {
        let depth = self.inside.unwrap_or(0) + count;
        self.links += count;
        if depth > LINK_DEPTH_MAX {
            let detail = format!("a filter follows at most {LINK_DEPTH_MAX} relations behind each other");
            return Err(FilterError::new(position, detail));
        }
        if self.links > LINKS_MAX {
            return Err(FilterError::new(position, format!("a filter follows at most {LINKS_MAX} relations")));
        }
        Ok(depth)
    }

    /// What follows `any`, `all` or `none`: `(path)`, `(path, condition)`.
    fn quantified(&mut self, position: usize, quantifier: Quantifier) -> Parsed {
        self.next();
        let (mut names, last) = self.path("a relation")?;
        names.push(last);
        let depth = self.follow(position, names.len())?;
        let comma_at = self.position();
        let mut inner = None;
        if self.eat(&Token::Comma) {
            let outside = self.inside.replace(depth);
            inner = Some(self.deeper(Self::or)?);
            self.inside = outside;
        } else if quantifier == Quantifier::All {
            return Err(FilterError::new(comma_at, "expected `,` and a condition: without one, `all` is always true"));
        }
        if !self.eat(&Token::Close) {
            return Err(self.expected("`)`"));
        }
        // All are such: none is not.
        if let (Quantifier::All, Some(condition)) = (quantifier, inner.take_if(|_| quantifier == Quantifier::All)) {
            inner = Some(self.node(position, Node::Not(Box::new(condition)))?);
        }
        let found = self.any_of(names, inner)?;
        if quantifier == Quantifier::Any { Ok(found) } else { self.node(position, Node::Not(Box::new(found))) }
    }

    /// Whether any record at the end of a path is such.
    fn any_of(&mut self, names: Vec<Name>, inner: Option<Untyped>) -> Parsed {
        let mut inner = inner;
        for (at, name) in names.into_iter().rev() {
            inner = Some(self.node(at, Node::AnyOf(name, inner.map(Box::new)))?);
        }
        Ok(inner.expect("a path has a name"))
    }

    /// What follows `exists`: `(path)`.
    fn exists(&mut self, position: usize) -> Parsed {
        self.next();
        let (names, (at, name)) = self.path("a relation or a field")?;
        self.follow(position, names.len() + 1)?;
        let last = self.node(at, Node::Exists(name))?;
        if !self.eat(&Token::Close) {
            return Err(self.expected("`)`"));
        }
        if names.is_empty() { Ok(last) } else { self.any_of(names, Some(last)) }
    }

    /// What follows `has`: `(path, value)`, which is `any(path, . = value)`.
    fn has(&mut self, position: usize) -> Parsed {
        self.next();
        let (mut names, last) = self.path("a list")?;
        names.push(last);
        self.follow(position, names.len())?;
        if !self.eat(&Token::Comma) {
            return Err(self.expected("`,` and a value"));
        }
        let value_at = self.position();
        let value = self.literal()?;
        if !self.eat(&Token::Close) {
            return Err(self.expected("`)`"));
        }
        let element = self.node(value_at, Node::Field(String::new()))?;
        let is_it = self.node(value_at, Node::Compare(Box::new(element), Comparison::Equal, Box::new(value)))?;
        self.any_of(names, Some(is_it))
    }

    /// What follows `search`: `("words")`. Within a quantifier, the texts are those of the related record.
    fn search(&mut self, position: usize) -> Parsed {
        self.next();
        let text_at = self.position();
        let Some(Constant::Text(text)) = self.constant()? else { return Err(self.expected("a text")) };
        if !self.eat(&Token::Close) {
            return Err(self.expected("`)`"));
        }
        let search = Search::parse(&text).map_err(|error| FilterError::new(text_at, error.to_string()))?;
        self.node(position, Node::Search(Box::new(search)))
    }

    fn call(&mut self, position: usize, name: &str) -> Parsed {
        let function = match name {
            "lower" => Function::Lower,
            "len" => Function::Len,
            "date" => Function::Date,
            "year" => Function::Year,
            "any" => return self.quantified(position, Quantifier::Any),
            "all" => return self.quantified(position, Quantifier::All),
            "none" => return self.quantified(position, Quantifier::None),
            "exists" => return self.exists(position),
            "has" => return self.has(position),
            "search" => return self.search(position),
            _ => {
                let mut error = FilterError::new(position, format!("`{name}` is not a function"));
                error.suggestion = crate::nearest(
                    name,
                    ["lower", "len", "date", "year", "any", "all", "none", "exists", "has", "search"],
                )
                .map(str::to_owned);
                return Err(error);
            }
        };
        self.next();
        let inner = self.deeper(Self::operand)?;
        if !self.eat(&Token::Close) {
            return Err(self.expected("`)`"));
        }
        self.node(position, Node::Call(function, Box::new(inner)))
    }

    /// Takes a `?`: its value.
    fn bound(&mut self) -> Result<&Value, FilterError> {
        let position = self.position();
        self.next();
        self.values.next().ok_or_else(|| FilterError::new(position, "no value is bound to this `?`"))
    }

    /// Takes a constant, if one is next.
    fn constant(&mut self) -> Result<Option<Constant>, FilterError> {
        let position = self.position();
        let constant = match self.peek().clone() {
            Token::Bound => return known(position, self.bound()?).map(Some),
            Token::Text(text) => Constant::Text(text),
            Token::Number(number) => Constant::Number(number),
            Token::Word(word) if word == "true" => Constant::Bool(true),
            Token::Word(word) if word == "false" => Constant::Bool(false),
            Token::Word(word) if word == "null" => Constant::Null,
            Token::At(word) => return self.at_word(&word).map(Some),
            _ => return Ok(None),
        };
        self.next();
        Ok(Some(constant))
    }

    fn at_word(&mut self, word: &str) -> Result<Constant, FilterError> {
        match word {
            "now" => {
                self.next();
                self.offset().map(Constant::Now)
            }
            "user" => Err(FilterError::new(self.position(), "`@user` is not supported yet")),
            _ => Err(self.expected("`@now`")),
        }
    }

    /// `+ 3d`, `- 90m`; nothing is no offset. Microseconds.
    fn offset(&mut self) -> Result<i64, FilterError> {
        let position = self.position();
        let sign = match self.peek() {
            Token::Plus => Some(1),
            Token::Minus => Some(-1),
            // The lexer takes a sign before a digit for the number's.
            Token::Number(number) if number.starts_with('-') => None,
            _ => return Ok(0),
        };
        if sign.is_some() {
            self.next();
        }
        let expected = "a whole number and one of s, m, h, d, w";
        let Token::Number(number) = self.peek().clone() else { return Err(self.expected(expected)) };
        let is_whole = number.strip_prefix('-').filter(|_| sign.is_none()).unwrap_or(&number);
        if !is_whole.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(self.expected(expected));
        }
        self.next();
        let unit = self.unit()?;
        let count: Option<i64> = number.parse().ok();
        count
            .and_then(|count| count.checked_mul(sign.unwrap_or(1)))
            .and_then(|count| count.checked_mul(unit))
            .ok_or_else(|| FilterError::new(position, "this offset is too large"))
    }

    /// Microseconds of a unit.
    fn unit(&mut self) -> Result<i64, FilterError> {
        let seconds = match self.peek() {
            Token::Word(unit) => match unit.as_str() {
                "s" => 1,
                "m" => 60,
                "h" => 3_600,
                "d" => 86_400,
                "w" => 604_800,
                _ => 0,
            },
            _ => 0,
        };
        if seconds == 0 {
            return Err(self.expected("one of s, m, h, d, w"));
        }
        self.next();
        Ok(seconds * 1_000_000)
    }
}

/// The constant that a bound value is.
fn known(position: usize, value: &Value) -> Result<Constant, FilterError> {
    Ok(match value {
        Value::Null => Constant::Null,
        Value::Bool(flag) => Constant::Bool(*flag),
        Value::Int(number) => Constant::Number(number.to_string()),
        Value::Float(number) => Constant::Number(number.to_string()),
        Value::Decimal(number) => Constant::Number(number.to_string()),
        Value::Text(text) => Constant::Text(text.clone()),
        Value::Uuid(id) => Constant::Text(id.to_string()),
        Value::Timestamp(time) => Constant::Text(time.to_string()),
        Value::Date(date) => Constant::Text(date.to_string()),
        Value::Variant(name, data) if data.is_empty() => Constant::Text(name.to_string()),
        Value::List(_) => return Err(FilterError::new(position, "a list is bound behind `in` or `between`")),
        Value::Variant(..) | Value::Json(_) | Value::Struct(_) | Value::Members(_) => {
            return Err(FilterError::new(position, "a filter knows no such values"));
        }
    })
}
