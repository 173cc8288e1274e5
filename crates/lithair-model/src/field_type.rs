//! The Rust types that a field may have.

use rust_decimal::Decimal;
use uuid::Uuid;

use crate::{Date, Element, FieldType, Json, Kind, Mismatch, Timestamp, Value};

/// A type that is one variant of [`Value`], as it is.
macro_rules! whole {
    ($($type:ty => $variant:ident),* $(,)?) => {$(
        impl FieldType for $type {
            const KIND: Kind = Kind::$variant;

            fn to_value(&self) -> Value {
                Value::$variant(self.clone())
            }

            fn from_value(value: Value) -> Result<Self, Mismatch> {
                match value {
                    Value::$variant(inner) => Ok(inner),
                    found => Err(Mismatch { expected: Self::KIND.word(), found }),
                }
            }
        }
    )*};
}

whole!(
    bool => Bool,
    String => Text,
    Decimal => Decimal,
    Uuid => Uuid,
    Timestamp => Timestamp,
    Date => Date,
    Json => Json,
);

macro_rules! integers {
    ($($type:ty),*) => {$(
        impl FieldType for $type {
            const KIND: Kind = Kind::Int { min: <$type>::MIN as i128, max: <$type>::MAX as i128 };

            fn to_value(&self) -> Value {
                Value::Int(i128::from(*self))
            }

            fn from_value(value: Value) -> Result<Self, Mismatch> {
                match value {
                    Value::Int(number) => <$type>::try_from(number)
                        .map_err(|_| Mismatch { expected: stringify!($type), found: Value::Int(number) }),
                    found => Err(Mismatch { expected: Self::KIND.word(), found }),
                }
            }
        }
    )*};
}

integers!(i8, i16, i32, i64, u8, u16, u32, u64);

impl FieldType for f64 {
    const KIND: Kind = Kind::Float { bits: 64 };

    fn to_value(&self) -> Value {
        Value::Float(*self)
    }

    fn from_value(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::Float(number) => Ok(number),
            found => Err(Mismatch { expected: Self::KIND.word(), found }),
        }
    }
}

impl FieldType for f32 {
    const KIND: Kind = Kind::Float { bits: 32 };

    fn to_value(&self) -> Value {
        Value::Float(f64::from(*self))
    }

    #[expect(clippy::cast_possible_truncation, reason = "rounds to the nearest float of 32 bits")]
    fn from_value(value: Value) -> Result<Self, Mismatch> {
        let number = f64::from_value(value)?;
        let nearest = number as Self;
        // Finite floats only: beyond the largest one there is none.
        if nearest.is_finite() { Ok(nearest) } else { Err(Mismatch { expected: "f32", found: Value::Float(number) }) }
    }
}

impl<T: FieldType> FieldType for Option<T> {
    const KIND: Kind = T::KIND;
    const OPTIONAL: bool = true;

    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, T::to_value)
    }

    fn from_value(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::Null => Ok(None),
            present => T::from_value(present).map(Some),
        }
    }
}

impl<T: FieldType> FieldType for Vec<T> {
    const KIND: Kind = Kind::List(&Element { kind: T::KIND, optional: T::OPTIONAL });

    fn to_value(&self) -> Value {
        Value::List(self.iter().map(T::to_value).collect())
    }

    fn from_value(value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::List(elements) => elements.into_iter().map(T::from_value).collect(),
            found => Err(Mismatch { expected: Self::KIND.word(), found }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_that_does_not_fit_is_refused() {
        assert_eq!(i8::from_value(Value::Int(-128)), Ok(-128));
        assert_eq!(i8::from_value(Value::Int(128)).expect_err("too large").expected, "i8");
        assert_eq!(f32::from_value(Value::Float(1e300)).expect_err("too large").expected, "f32");
        assert_eq!(u64::from_value(Value::Text("1".into())).expect_err("a text").expected, "integer");
        assert_eq!(<Option<u8>>::from_value(Value::Null), Ok(None));
        assert!(u8::from_value(Value::Null).is_err());
        assert_eq!(<Vec<u8>>::from_value(vec![1_u8, 2].to_value()), Ok(vec![1, 2]));
    }
}
