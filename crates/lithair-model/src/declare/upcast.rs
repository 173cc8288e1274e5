//! Functions of the application that make a field from former ones: any function of up to four fields' types.

use std::fmt::Display;

use crate::{FieldType, UpcastInput, Value};

/// A function from former fields to a `T`. `A` is the tuple of what it takes.
pub trait Upcaster<T, A> {
    /// What it takes.
    const INPUTS: &'static [UpcastInput];

    /// Calls it.
    ///
    /// # Errors
    /// A value is not one that it takes, or what it says.
    fn call(self, values: Vec<Value>) -> Result<T, String>;
}

/// What an upcast function may return for a field of type `T`: the value, or a reason why there is none.
#[diagnostic::on_unimplemented(
    message = "the function gives `{Self}`, and the field is `{T}`",
    label = "gives `{Self}`",
    note = "an upcast function returns the field's type, or a `Result` of it"
)]
pub trait Upcasted<T> {
    /// As a result.
    ///
    /// # Errors
    /// The function's.
    fn outcome(self) -> Result<T, String>;
}

impl<T: FieldType> Upcasted<T> for T {
    fn outcome(self) -> Result<T, String> {
        Ok(self)
    }
}

impl<T: FieldType, E: Display> Upcasted<T> for Result<T, E> {
    fn outcome(self) -> Result<T, String> {
        self.map_err(|error| error.to_string())
    }
}

macro_rules! upcasters {
    ($($($argument:ident)+;)*) => {$(
        impl<T, R: Upcasted<T>, F: Fn($($argument),+) -> R, $($argument: FieldType),+> Upcaster<T, ($($argument,)+)> for F {
            const INPUTS: &'static [UpcastInput] =
                &[$(UpcastInput { kind: $argument::KIND, optional: $argument::OPTIONAL }),+];

            fn call(self, values: Vec<Value>) -> Result<T, String> {
                let mut values = values.into_iter();
                self($(argument::<$argument>(values.next())?),+).outcome()
            }
        }
    )*};
}

upcasters! {
    A;
    A B;
    A B C;
    A B C D;
}

fn argument<T: FieldType>(value: Option<Value>) -> Result<T, String> {
    T::from_value(value.unwrap_or(Value::Null)).map_err(|error| match error.found {
        Value::Null => format!("there is no value, and the function takes {}", error.expected),
        // Values are not shown.
        _ => format!("the value is not {}", error.expected),
    })
}

/// The value of a field by a function of former ones.
///
/// # Errors
/// What the function says, or that a value is not one that it takes.
pub fn upcast<T: FieldType, A, F: Upcaster<T, A>>(function: F, values: Vec<Value>) -> Result<Value, String> {
    function.call(values).map(|value| value.to_value())
}

/// What a function takes.
pub fn upcast_inputs<T, A, F: Upcaster<T, A>>(_: F) -> Vec<UpcastInput> {
    F::INPUTS.to_vec()
}
