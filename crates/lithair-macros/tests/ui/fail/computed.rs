use lithair_core::prelude::*;

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Line {
    #[relation(belongs_to = Order, on_delete = cascade)]
    order_id: Id<Order>,
    price: Decimal,
    open: bool,
}

#[derive(DeclarativeModel)]
#[db(unique(doubled), index(-doubled), order(doubled), check(count_now > 1, "others"), check(fn(is_fine), "fine"))]
#[permission(all = public)]
struct Order {
    #[relation(has_many = Line, via = order_id)]
    lines: Many<Line>,
    #[relation(has_many = Line, via = order_id)]
    #[computed(count(lines))]
    more: Many<Line>,
    a: i64,
    b: Option<i64>,
    price: Decimal,
    ratio: f64,
    name: String,
    at: Timestamp,
    #[computed(a * 2)]
    doubled: i64,
    #[computed(count(lines))]
    count_now: u32,
    #[computed(lines)]
    not_an_expression: i64,
    #[computed]
    nothing: i64,
    #[computed()]
    empty: i64,
    #[computed(a, kept)]
    mode: i64,
    #[computed(a)]
    #[computed(b)]
    twice: i64,
    #[computed(a + b)]
    may_be_nothing: i64,
    #[computed(a / price)]
    divided: Decimal,
    #[computed(price * ratio)]
    mixed: f64,
    #[computed(name)]
    other_type: i64,
    #[computed(a > 1)]
    truth: i64,
    #[computed(at > now())]
    time: bool,
    #[computed(7)]
    constant: i64,
    #[computed(x + 1)]
    unknown: i64,
    #[computed(one + 1)]
    two: i64,
    #[computed(two - 1)]
    one: i64,
    #[computed(count_now + 1, stored)]
    of_virtual: i64,
    #[computed(a)]
    #[db(default = 1, index)]
    #[http(validate(range(0..=9)), read_only)]
    #[lifecycle(immutable)]
    set: i64,
    #[computed(fn(wrong), stored)]
    function: i64,
    #[computed(count(lines.price))]
    counted_value: u32,
    #[computed(sum(lines))]
    sum_of_what: Decimal,
    #[computed(count(line where open))]
    no_link: u32,
    #[computed(count(lines where at > now()))]
    timed: u32,
    #[computed(count(lines where fn(is_fine)))]
    by_function: u32,
    #[computed(count(lines))]
    a_text: String,
    #[computed(count(lines))]
    optional: Option<u32>,
    #[computed(min(lines.price))]
    least: Decimal,
    #[computed(avg(lines.price))]
    average: Option<i64>,
    #[computed(exists(lines))]
    there: u8,
    #[computed(count(lines) + 1)]
    reckoned: u32,
    #[computed(count(lines open))]
    no_where: u32,
    #[computed(a, stored)]
    #[db(primary_key)]
    key: i64,
}

fn is_fine(order: &Order) -> i64 {
    order.a
}

fn wrong(_: &Order) -> String {
    String::new()
}

#[derive(DeclarativeModel)]
#[db(unique(a, where = fn(is_even)))]
#[permission(all = public)]
struct Even {
    a: i64,
}

fn is_even(even: &Even) -> bool {
    even.a % 2 == 0
}

fn main() {}
