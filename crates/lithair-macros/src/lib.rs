//! The derives of Lithair: parse, check, emit. Their documentation for users is `docs/models.md`.
//!
//! ```text
//! tokens -> ast (attr, expr, policy, types) -> check -> emit -> one constant and thin conversions
//!               |                      |
//!               +------- errors -------+---> every mistake at its span, and fallback implementations
//! ```
//!
//! A derive translates and does not think: what can be decided at run time is in `lithair-model`.

mod ast;
mod attr;
mod behaviour;
mod case;
mod check;
mod emit;
mod errors;
mod expand;
mod expr;
mod fallback;
mod logic;
mod policy;
mod suggest;
#[cfg(test)]
mod tests;
mod types;

use proc_macro::TokenStream;

/// A derive that knows the attributes of the language: rustc is told them by each derive, also of those that it refuses.
macro_rules! derives {
    ($($(#[$doc:meta])* $derive:ident: $name:ident => $expand:path;)*) => {$(
        $(#[$doc])*
        #[proc_macro_derive(
            $derive,
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
        pub fn $name(input: TokenStream) -> TokenStream {
            $expand(input.into()).into()
        }
    )*};
}

derives! {
    /// Makes a struct with named fields a model: its schema as a constant, and conversions to and from values.
    DeclarativeModel: declarative_model => expand::model;
    /// Makes a struct with named fields the type of a field: an object in JSON, a value of the record that it is in.
    DeclarativeStruct: declarative_struct => expand::embedded;
    /// Makes an enum the type of a field: variants without data are texts in JSON, others objects tagged by `type`.
    DeclarativeEnum: declarative_enum => expand::enumeration;
}

/// Makes the methods of an `impl` block that say `#[command]` commands of the model.
#[proc_macro_attribute]
pub fn commands(arguments: TokenStream, item: TokenStream) -> TokenStream {
    behaviour::commands(arguments.into(), item.into()).into()
}

/// Makes the methods of an `impl` block that say `#[hook(..)]` hooks of the model, and those that say `#[schedule(..)]` run at times.
#[proc_macro_attribute]
pub fn hooks(arguments: TokenStream, item: TokenStream) -> TokenStream {
    behaviour::hooks(arguments.into(), item.into()).into()
}

/// Makes the methods of an `impl` block that say `#[fold(..)]` the one way in which rows of the model come about.
#[proc_macro_attribute]
pub fn projection(arguments: TokenStream, item: TokenStream) -> TokenStream {
    behaviour::projection(arguments.into(), item.into()).into()
}

/// Makes a struct an event of a domain: what a command leaves in the log.
#[proc_macro_derive(DomainEvent, attributes(event, lithair))]
pub fn domain_event(input: TokenStream) -> TokenStream {
    behaviour::event(input.into()).into()
}

/// Makes an enum the reasons for which a command refuses.
#[proc_macro_derive(CommandError, attributes(error, lithair))]
pub fn command_error(input: TokenStream) -> TokenStream {
    behaviour::error(input.into()).into()
}

/// A policy as a value, for `DeclarativeServer::permission`: `policy!(created_by == actor.id || role(Admin))`.
#[proc_macro]
pub fn policy(input: TokenStream) -> TokenStream {
    expand::policy(input.into()).into()
}
