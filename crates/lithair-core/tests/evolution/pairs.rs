//! The labelled pairs: the program of [`crate::before`], and one that comes after it.

mod additions;
mod backfills;
mod computed;
mod constraints;
mod leaving_out;
mod together;
mod upcasts;

/// `name: label, [tables of before that are replaced] => { models that replace them } with { what these use }, what is told and what the
/// records are then;`
///
/// The first field of a model is its key.
macro_rules! pairs {
    ($($name:ident: $label:ident, [$($table:literal),*] => {
        $($(#[$($attribute:tt)*])* struct $model:ident { $($fields:tt)* })*
    } $(with { $($item:item)* })?, $after:expr;)*) => {$(
        #[test]
        fn $name() {
            $($($item)*)?
            $(
                #[derive(DeclarativeModel)]
                #[permission(all = public)]
                $(#[$($attribute)*])*
                struct $model {
                    #[db(primary_key)]
                    $($fields)*
                }
            )*
            let models = vec![$($model::SCHEMA),*];
            crate::harness::Pair { label: $label, replaces: &[$($table),*], models, after: $after }.check();
        }
    )*};
}
pub(crate) use pairs;
