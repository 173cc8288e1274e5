//! The derives of Lithair: parse, check, emit. Their documentation for users is `docs/models.md`.
//!
//! ```text
//! tokens -> ast (attr, expr, types) -> check -> emit -> one constant and thin conversions
//!               |                      |
//!               +------- errors -------+---> every mistake at its span, and fallback implementations
//! ```
//!
//! A derive translates and does not think: what can be decided at run time is in `lithair-model`.

mod ast;
mod attr;
mod case;
mod check;
mod emit;
mod errors;
mod expand;
mod expr;
mod fallback;
mod suggest;
#[cfg(test)]
mod tests;
mod types;

use proc_macro::TokenStream;

/// Makes a struct with named fields a model: its schema as a constant, and conversions to and from values.
#[proc_macro_derive(
    DeclarativeModel,
    attributes(
        db,
        http,
        permission,
        lifecycle,
        persistence,
        security,
        encryption,
        audit,
        relation,
        computed,
        rbac,
        firewall,
        lithair
    )
)]
pub fn declarative_model(input: TokenStream) -> TokenStream {
    expand::model(input.into()).into()
}

/// Makes an enum the type of a field: variants without data are texts in JSON, others objects tagged by `type`.
#[proc_macro_derive(
    DeclarativeEnum,
    attributes(
        db,
        http,
        permission,
        lifecycle,
        persistence,
        security,
        encryption,
        audit,
        relation,
        computed,
        rbac,
        firewall,
        lithair
    )
)]
pub fn declarative_enum(input: TokenStream) -> TokenStream {
    expand::enumeration(input.into()).into()
}
