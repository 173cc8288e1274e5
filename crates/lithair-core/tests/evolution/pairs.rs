//! The labelled pairs: the program of [`crate::before`], and one that comes after it.

mod additions;
mod backfills;
mod computed;
mod constraints;
mod leaving_out;
mod together;
mod upcasts;

/// `name: label, [tables of before that are replaced], [models that replace them], what is told and what the records are then;`
macro_rules! pairs {
    ($($name:ident: $label:ident, [$($table:literal),*], [$($model:expr),*], $after:expr;)*) => {$(
        #[test]
        fn $name() {
            let models = vec![$($model),*];
            crate::harness::Pair { label: $label, replaces: &[$($table),*], models, after: $after }.check();
        }
    )*};
}
pub(crate) use pairs;
