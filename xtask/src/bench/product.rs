//! The product of the benchmark of creates, as a program declares it.

use lithair_core::prelude::*;

/// The record of the benchmark of creates.
#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(super) struct Product {
    #[db(primary_key)]
    id: i64,
    #[db(unique)]
    code: String,
    name: String,
    description: String,
    #[db(index)]
    price: i64,
    stock: i64,
    active: bool,
    note: Option<String>,
}
