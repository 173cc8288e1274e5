//! What stands in a struct for records that are elsewhere.

use std::fmt;
use std::marker::PhantomData;

/// Makes a marker: the name, and what it stands for.
macro_rules! marker {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// Nothing of them is in the struct: it says that the relation is there.
        pub struct $name<T>(PhantomData<fn() -> T>);

        impl<T> Default for $name<T> {
            fn default() -> Self {
                Self(PhantomData)
            }
        }

        impl<T> Clone for $name<T> {
            fn clone(&self) -> Self {
                *self
            }
        }

        impl<T> Copy for $name<T> {}

        impl<T> PartialEq for $name<T> {
            fn eq(&self, _: &Self) -> bool {
                true
            }
        }

        impl<T> Eq for $name<T> {}

        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(stringify!($name))
            }
        }
    };
}

marker! {
    /// The records of `T` that a relation leads to: `has_many`, `many_to_many`.
    Many
}

marker! {
    /// The record of `T` that a relation leads to, if there is one: `has_one`.
    One
}

const _: () = assert!(size_of::<Many<String>>() == 0 && size_of::<One<String>>() == 0, "markers are not stored");
