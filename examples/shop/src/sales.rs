//! A read model: what sells, folded from the orders that were placed.

use lithair_core::prelude::*;

use crate::catalogue::Product;
use crate::orders::OrderLine;

/// The sales of a product, as far as the outbox has come.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[http(path = "sales", ops(list, get))]
#[db(order(-revenue))]
pub struct ProductSales {
    #[db(primary_key)]
    #[relation(belongs_to = Product, on_delete = cascade)]
    pub product_id: i64,
    #[http(sort)]
    pub sold: i64,
    #[db(decimal(14, 2), index)]
    pub revenue: Decimal,
    /// The log up to where this is counted: what comes twice is counted once.
    pub position: i64,
}

/// Counts a line of an order that was placed at a position of the log.
pub fn sold(records: &Context, line: &OrderLine, position: i64) {
    let revenue = line.price * Decimal::from(line.quantity);
    let counted = records.update(&line.product_id, |sales: &mut ProductSales| {
        if sales.position < position {
            sales.sold += line.quantity;
            sales.revenue += revenue;
            sales.position = position;
        }
    });
    if counted.is_none() {
        let (product_id, sold) = (line.product_id, line.quantity);
        records.create(&ProductSales { product_id, sold, revenue, position });
    }
}
