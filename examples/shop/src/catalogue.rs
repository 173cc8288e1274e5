//! What is for sale.

use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(check(stock >= 0, "no more than there is"))]
#[lifecycle(timestamps, soft_delete)]
pub struct Product {
    #[db(primary_key, auto = sequence)]
    pub number: i64,
    #[db(unique(ci))]
    #[http(validate(slug, len(..=40)))]
    pub sku: String,
    #[http(validate(len(1..=80)), normalize(trim), filter, sort)]
    pub name: String,
    #[db(decimal(10, 2))]
    #[http(validate(gt(0)), filter, sort)]
    pub price: Decimal,
    #[http(filter)]
    pub stock: i64,
    #[computed(price * stock)]
    #[db(decimal(14, 2))]
    #[http(filter, sort)]
    pub stock_value: Decimal,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub deleted_at: Option<Timestamp>,
}
