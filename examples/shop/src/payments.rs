//! What customers owe.

use lithair_core::prelude::*;

use crate::orders::{Order, Progress};

#[derive(DeclarativeEnum, Clone, Copy, PartialEq)]
pub enum Settlement {
    Asked,
    Settled,
}

/// Asked for by the outbox, settled by whoever brings the money.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[http(ops(list, get, history))]
pub struct Payment {
    /// The key of the delivery that asked for it.
    #[db(primary_key)]
    pub id: String,
    #[db(unique)]
    #[relation(belongs_to = Order)]
    pub order_id: i64,
    #[db(decimal(12, 2))]
    pub amount: Decimal,
    #[lifecycle(states(initial = Asked, settle: Asked -> Settled))]
    pub settlement: Settlement,
}

#[derive(CommandError, Debug)]
pub enum PaymentError {
    #[error(status = 409, "it is settled already")]
    SettledAlready,
    #[error(status = 409, "the order was cancelled")]
    Cancelled,
}

impl Payment {
    pub fn asked(id: String, order_id: i64, amount: Decimal) -> Self {
        Self { id, order_id, amount, settlement: Settlement::Asked }
    }
}

#[commands]
impl Payment {
    /// The money is there, and the order is paid.
    #[command]
    fn settle(&mut self, cx: &Context) -> Result<(), PaymentError> {
        if self.settlement == Settlement::Settled {
            return Err(PaymentError::SettledAlready);
        }
        let is_placed = |order: &mut Order| {
            let is_placed = order.progress == Progress::Placed;
            if is_placed {
                order.progress = Progress::Paid;
            }
            is_placed
        };
        if cx.update(&self.order_id, is_placed) != Some(true) {
            return Err(PaymentError::Cancelled);
        }
        self.settlement = Settlement::Settled;
        Ok(())
    }
}
