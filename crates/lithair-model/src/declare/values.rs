//! Values on their way between structs and rows.

use crate::{FieldType, Mismatch, Value};

/// A variant of an enum without data.
pub fn named(name: &'static str) -> Value {
    Value::Text(name.to_owned())
}

/// A variant of an enum with data.
pub fn tagged<const N: usize>(name: &'static str, values: [Value; N]) -> Value {
    Value::Variant(name.into(), values.into())
}

/// An embedded struct.
pub fn members<const N: usize>(values: [Value; N]) -> Value {
    Value::Struct(values.into())
}

/// The values of a record or of a variant, one after the other. One too few is null.
pub struct Values(std::vec::IntoIter<Value>);

impl Values {
    /// All of these.
    pub fn new(values: Vec<Value>) -> Self {
        Self(values.into_iter())
    }

    /// Those of an embedded struct.
    ///
    /// # Errors
    /// It is none.
    pub fn of_members(expected: &'static str, value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::Struct(values) => Ok(Self::new(values)),
            found => Err(Mismatch { expected, found }),
        }
    }

    /// All but the first: an implicit key has no member.
    pub fn after_key(values: Vec<Value>) -> Self {
        let mut values = values.into_iter();
        values.next();
        Self(values)
    }

    /// The next one.
    ///
    /// # Errors
    /// It does not fit the type.
    pub fn take<T: FieldType>(&mut self) -> Result<T, Mismatch> {
        T::from_value(self.0.next().unwrap_or(Value::Null))
    }
}

/// What `from_value` and `from_values` return.
pub type Fit<T> = Result<T, Mismatch>;

/// The value is of another type.
///
/// # Errors
/// Always.
pub fn mismatch<T>(expected: &'static str, found: Value) -> Fit<T> {
    Err(Mismatch { expected, found })
}

/// Judges a value by a function of the application.
///
/// # Errors
/// What the function says, or that the value is not of the type.
pub fn judge<T: FieldType, E: std::fmt::Display>(
    value: &Value,
    function: impl FnOnce(&T) -> Result<(), E>,
) -> Result<(), String> {
    let value = T::from_value(value.clone()).map_err(|error| error.to_string())?;
    function(&value).map_err(|error| error.to_string())
}
