//! References to a model whose key has two fields, in every mode, and every way along them.

use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(crate) struct House {
    #[db(primary_key)]
    #[http(validate(len(1..=12)))]
    code: String,
    #[relation(has_many = Order, via = house)]
    orders: Many<Order>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(primary_key(house, number))]
pub(crate) struct Order {
    #[relation(belongs_to = House, on_delete = cascade)]
    house: Id<House>,
    number: i64,
    #[db(default = "open")]
    #[http(filter)]
    status: String,
    #[relation(has_many = Payment, via = order)]
    payments: Many<Payment>,
    #[relation(has_one = Invoice, via = order)]
    invoice: One<Invoice>,
    #[relation(many_to_many = Label, through = Labelling)]
    labels: Many<Label>,
}

/// Its order may go: the house stays.
#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(crate) struct Payment {
    #[db(primary_key, auto = sequence)]
    id: i64,
    #[http(filter)]
    house: Id<House>,
    order_number: Option<i64>,
    #[http(filter)]
    cents: i64,
    #[relation(belongs_to = Order, fields(house, order_number), on_delete = set_null)]
    order: One<Order>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(unique(house, order_number))]
pub(crate) struct Invoice {
    #[db(primary_key, auto = sequence)]
    id: i64,
    house: String,
    order_number: i64,
    #[relation(belongs_to = Order, fields(house, order_number), on_delete = restrict)]
    order: One<Order>,
}

/// Goes to order 0 of the house, which is the one for leftovers.
#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(crate) struct Leftover {
    #[db(primary_key, auto = sequence)]
    id: i64,
    house: String,
    #[db(default = 0)]
    order_number: i64,
    #[relation(belongs_to = Order, fields(house, order_number), on_delete = set_default)]
    order: One<Order>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(crate) struct Label {
    #[db(primary_key)]
    name: String,
    #[relation(many_to_many = Order, through = Labelling)]
    orders: Many<Order>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(primary_key(house, number, label))]
pub(crate) struct Labelling {
    house: String,
    number: i64,
    #[relation(belongs_to = Label, on_delete = cascade)]
    label: Id<Label>,
    #[relation(belongs_to = Order, fields(house, number), on_delete = cascade)]
    order: One<Order>,
}
