//! A shop: stock that is never sold twice, orders that walk through states, payments asked for after an order is placed, and a read model
//! of what sells.
//!
//! ```text
//! POST /api/orders/1:add {"product": 7, "quantity": 2}     stock goes down, a line and the total appear: one entry
//! POST /api/orders/1:place                                 later: a payment, by the outbox, and the sales of each product, by a projection
//! POST /api/payments/1:settle                              the order is paid
//! POST /api/orders/1:cancel                                the stock comes back
//! ```

mod catalogue;
mod orders;
mod payments;
mod sales;

use lithair_core::prelude::*;

fn program() -> DeclarativeServer {
    DeclarativeServer::new("127.0.0.1:8080")
        .model::<catalogue::Product>()
        .model::<orders::Order>()
        .model::<orders::OrderLine>()
        .model::<payments::Payment>()
        .model::<sales::ProductSales>()
}

fn main() -> impl std::process::Termination {
    program().run()
}

#[cfg(test)]
mod tests {
    use crate::catalogue::Product;
    use crate::orders::{Order, OrderLine};
    use crate::payments::Payment;
    use crate::sales::ProductSales;

    lithair_core::model_tests!(Product, Order, OrderLine, Payment, ProductSales);

    #[test]
    fn mutants_are_noticed() {
        lithair_core::testing::mutants::run(&crate::program());
    }
}
