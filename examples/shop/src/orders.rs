//! Orders and their lines.

use lithair_core::prelude::*;

use crate::catalogue::Product;
use crate::payments::{Payment, Settlement};

#[derive(DeclarativeEnum, Clone, Copy, PartialEq)]
pub enum Progress {
    Open,
    Placed,
    Paid,
    Shipped,
    Cancelled,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(index(customer, -placed_at))]
#[lifecycle(immutable_when = progress == Progress::Shipped)]
pub struct Order {
    #[db(primary_key, auto = sequence)]
    pub number: i64,
    #[http(validate(email), normalize(trim, lower), filter)]
    #[lifecycle(immutable)]
    pub customer: String,
    #[computed(sum(lines.amount), stored)]
    #[db(decimal(12, 2), index)]
    pub total: Decimal,
    #[computed(count(lines), stored)]
    pub line_count: u32,
    #[http(read_only)]
    pub placed_at: Option<Timestamp>,
    #[http(filter)]
    #[lifecycle(states(initial = Open,
        place: Open -> Placed,
        pay: Placed -> Paid,
        ship: Paid -> Shipped,
        cancel: Open | Placed -> Cancelled))]
    pub progress: Progress,
    #[relation(has_many = OrderLine, via = order_id)]
    pub lines: Many<OrderLine>,
    #[relation(has_one = Payment, via = order_id)]
    pub payment: One<Payment>,
}

/// Made and changed by the order's commands alone.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[http(ops(list, get))]
#[db(unique(order_id, product_id))]
pub struct OrderLine {
    #[db(primary_key, auto = sequence)]
    pub number: i64,
    #[relation(belongs_to = Order, on_delete = cascade)]
    pub order_id: i64,
    #[relation(belongs_to = Product)]
    pub product_id: i64,
    pub quantity: i64,
    #[db(decimal(10, 2))]
    pub price: Decimal,
    #[computed(price * quantity, stored)]
    #[db(decimal(12, 2))]
    pub amount: Decimal,
}

#[derive(DomainEvent)]
pub struct Added {
    pub product: i64,
    pub quantity: i64,
}

#[derive(DomainEvent)]
pub struct Placed {
    pub order: i64,
    pub total: Decimal,
    /// What was ordered: number, quantity and price of each product.
    pub products: Vec<i64>,
    pub quantities: Vec<i64>,
    pub prices: Vec<Decimal>,
}

#[derive(CommandError, Debug)]
pub enum OrderError {
    #[error(status = 409, "the order is not open any more")]
    NotOpen,
    #[error(status = 422, "there is no product {product}")]
    NoProduct { product: i64 },
    #[error(status = 409, "only {left} are left")]
    OutOfStock { left: i64 },
    #[error(status = 409, "the product is in the order already")]
    AddedAlready,
    #[error(status = 409, "there is nothing in the order")]
    Empty,
    #[error(status = 409, "what is paid is not cancelled")]
    TooLate,
    #[error(status = 409, "the payment is not settled")]
    NotSettled,
}

#[commands]
impl Order {
    /// Puts a product in the order, and its stock aside.
    #[command]
    fn add(
        &mut self,
        cx: &Context,
        product: i64,
        #[http(validate(range(1..=100)))] quantity: i64,
    ) -> Result<Added, OrderError> {
        if self.progress != Progress::Open {
            return Err(OrderError::NotOpen);
        }
        if self.lines(cx).iter().any(|line| line.product_id == product) {
            return Err(OrderError::AddedAlready);
        }
        let Some(Product { stock: left, price, .. }) = cx.get(&product) else {
            return Err(OrderError::NoProduct { product });
        };
        if left < quantity {
            return Err(OrderError::OutOfStock { left });
        }
        cx.update(&product, |product: &mut Product| product.stock -= quantity);
        // What the server gives is written by nobody: the number, and the amount, of which the order's total is made.
        let (number, amount) = (0, Decimal::ZERO);
        cx.create(&OrderLine { number, order_id: self.number, product_id: product, quantity, price, amount });
        Ok(Added { product, quantity })
    }

    /// Orders what is in the order.
    #[command]
    fn place(&mut self, cx: &Context) -> Result<Placed, OrderError> {
        if self.progress != Progress::Open {
            return Err(OrderError::NotOpen);
        }
        let lines = self.lines(cx);
        if self.line_count == 0 {
            return Err(OrderError::Empty);
        }
        self.progress = Progress::Placed;
        self.placed_at = Some(cx.now());
        Ok(Placed {
            order: self.number,
            total: self.total,
            products: lines.iter().map(|line| line.product_id).collect(),
            quantities: lines.iter().map(|line| line.quantity).collect(),
            prices: lines.iter().map(|line| line.price).collect(),
        })
    }

    /// What settling the payment does; nobody else can.
    #[command]
    fn pay(&mut self, cx: &Context) -> Result<(), OrderError> {
        let payments: Vec<Payment> = cx.referring("order", &self.number);
        if !payments.iter().any(|payment| payment.settlement == Settlement::Settled) {
            return Err(OrderError::NotSettled);
        }
        self.progress = Progress::Paid;
        Ok(())
    }

    /// Gives the stock back.
    #[command]
    fn cancel(&mut self, cx: &Context) -> Result<(), OrderError> {
        if !matches!(self.progress, Progress::Open | Progress::Placed) {
            return Err(OrderError::TooLate);
        }
        for line in self.lines(cx) {
            cx.update(&line.product_id, |product: &mut Product| product.stock += line.quantity);
        }
        self.progress = Progress::Cancelled;
        Ok(())
    }
}

impl Order {
    fn lines(&self, cx: &Context) -> Vec<OrderLine> {
        cx.referring("order", &self.number)
    }
}

#[hooks]
impl Order {
    /// Asks for the money. The key of the delivery makes a second one change nothing.
    #[hook(after(place), outbox)]
    async fn bill(placed: &Placed, fx: &Effects) -> Result<(), HookError> {
        let (order, key) = (placed.order, fx.key());
        fx.transaction(move |records| {
            if records.get::<Payment>(&key).is_none()
                && let Some(Order { total, .. }) = records.get::<Order>(&order)
            {
                records.create(&Payment::asked(key.clone(), order, total));
            }
            Ok::<_, std::convert::Infallible>(())
        })
        .await
    }
}
