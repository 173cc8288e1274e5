//! Filters of the HTTP API with values from Rust.

use lithair_model::{FieldType, Value};

/// Which records: a filter of the HTTP API, in whose text each `?` stands for a value. A value is never read as a filter, whatever it holds,
/// so what a caller wrote goes in by [`Filter::bind`] and never into the text.
///
/// ```
/// # use lithair_core::Filter;
/// let mine = Filter::new("owner = ? and stock > ?").bind("Ada").bind(&5);
/// let both = mine.and(Filter::new("number in ?").bind(&[1, 2, 3][..]));
/// ```
#[derive(Clone, Debug)]
pub struct Filter {
    pub(super) text: String,
    pub(super) values: Vec<Value>,
}

/// What a filter can be given: whatever a field may hold, and a text or a list as they are borrowed.
pub trait Bound {
    /// As the filter compares it.
    fn bound(&self) -> Value;
}

impl<T: FieldType> Bound for T {
    fn bound(&self) -> Value {
        self.to_value()
    }
}

impl Bound for str {
    fn bound(&self) -> Value {
        Value::Text(self.to_owned())
    }
}

impl<T: FieldType> Bound for [T] {
    fn bound(&self) -> Value {
        Value::List(self.iter().map(FieldType::to_value).collect())
    }
}

impl Filter {
    /// The filter of this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), values: Vec::new() }
    }

    /// With the value of the next `?`. Behind `in` and `between` that is a list.
    #[must_use]
    pub fn bind(mut self, value: &(impl Bound + ?Sized)) -> Self {
        self.values.push(value.bound());
        self
    }

    /// What this one and another one let through.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.text = format!("({}) and ({})", self.text, other.text);
        self.values.extend(other.values);
        self
    }
}

impl From<&str> for Filter {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}

impl From<String> for Filter {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}
