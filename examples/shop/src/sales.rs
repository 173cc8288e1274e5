//! A read model: what sells, folded from the orders that were placed.

use lithair_core::prelude::*;

use crate::catalogue::Product;
use crate::orders::{Order, Placed};

/// The sales of a product. They say what was sold, whatever became of the product.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[http(path = "sales", ops(list, get))]
#[db(table = "product_sales", order(-revenue))]
pub struct ProductSales {
    #[db(primary_key)]
    #[relation(belongs_to = Product)]
    pub product_id: i64,
    #[http(filter, sort)]
    pub sold: i64,
    #[db(decimal(14, 2), index)]
    pub revenue: Decimal,
    /// When it was sold last.
    pub last_sold_at: Timestamp,
}

#[projection]
impl ProductSales {
    /// Counts what was ordered.
    #[fold(of = Order, after(place))]
    fn placed(rows: &mut Rows<Self>, placed: &Placed, fact: &Fact) {
        let lines = placed.products.iter().zip(&placed.quantities).zip(&placed.prices);
        for ((&product_id, &quantity), price) in lines {
            let new = || Self { product_id, sold: 0, revenue: Decimal::ZERO, last_sold_at: fact.at() };
            rows.upsert(&product_id, new, |sales| {
                sales.sold += quantity;
                sales.revenue += price * Decimal::from(quantity);
                sales.last_sold_at = fact.at();
            });
        }
    }
}
