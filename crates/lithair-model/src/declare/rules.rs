//! Rules and what goes with them.

use super::List;
use crate::{Element, Expr, FieldType, Format, Literal, Rule, RuleSchema, Value};

impl RuleSchema {
    /// `msg = ..`
    pub const fn message(mut self, message: &'static str) -> Self {
        self.message = Some(message);
        self
    }

    /// `when = ..`
    pub const fn when(mut self, condition: Expr) -> Self {
        self.condition = Some(condition);
        self
    }
}

/// Constructors of rules.
macro_rules! rules {
    ($($name:ident($($argument:ident: $type:ty),*) => $rule:expr;)*) => {$(
        #[doc = concat!("`", stringify!($name), "`")]
        pub const fn $name($($argument: $type),*) -> RuleSchema {
            RuleSchema::of($rule)
        }
    )*};
}

rules! {
    required() => Rule::Required;
    non_empty() => Rule::NonEmpty;
    length(min: u64, max: u64) => Rule::Len { min, max };
    bytes(min: u64, max: u64) => Rule::Bytes { min, max };
    between(min: Literal, max: Literal) => Rule::Range { min: Some(min), max: Some(max) };
    at_least(min: Literal) => Rule::Range { min: Some(min), max: None };
    at_most(max: Literal) => Rule::Range { min: None, max: Some(max) };
    above(bound: Literal) => Rule::Greater(bound);
    below(bound: Literal) => Rule::Less(bound);
    multiple_of(factor: Literal) => Rule::MultipleOf(factor);
    one_of(values: List<Literal>) => Rule::OneOf(values);
    regex(pattern: &'static str) => Rule::Regex(pattern);
    format(format: Format) => Rule::Format(format);
    past() => Rule::Past;
    future() => Rule::Future;
    starts_with(text: &'static str) => Rule::StartsWith(text);
    ends_with(text: &'static str) => Rule::EndsWith(text);
    contains(text: &'static str) => Rule::Contains(text);
    unique_items() => Rule::UniqueItems;
    each(rules: List<RuleSchema>) => Rule::Each(rules);
    with(path: &'static str, check: fn(&Value) -> Result<(), String>) => Rule::With { path, check };
}

/// `json(schema = T)`
pub const fn json<T: FieldType>() -> RuleSchema {
    RuleSchema::of(Rule::Json(const { &Element { kind: T::KIND, optional: T::OPTIONAL } }))
}
