//! Models with every form of computed field, and what they are computed from, computed again by other code than the server's.

use std::convert::Infallible;
use std::sync::Arc;

use lithair_core::model::{Backend as _, Decimal, ModelSchema, Page, Query, Row, Start, Tally, Value, with_computed};
use lithair_core::prelude::*;
use lithair_core::store::SharedMedia;
use lithair_core::{Engine, StartError};

#[derive(DeclarativeEnum, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Open,
    Paid,
    Sent,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(crate) struct Customer {
    #[db(primary_key)]
    pub(crate) id: i64,
    #[relation(has_many = Order, via = customer_id)]
    pub(crate) orders: Many<Order>,
    #[computed(count(orders), stored)]
    #[db(index)]
    pub(crate) order_count: u32,
    /// Of a computed field that is of computed fields, which are of computed fields.
    #[computed(sum(orders.total where stage != Stage::Open), stored)]
    #[db(decimal(12, 2))]
    pub(crate) spent: Decimal,
    #[computed(avg(orders.total), stored)]
    #[db(decimal(12, 3))]
    pub(crate) average: Option<Decimal>,
    #[computed(exists(orders where stage == Stage::Open), stored)]
    pub(crate) has_open: bool,
    #[computed(count(orders))]
    #[http(filter, sort)]
    pub(crate) orders_now: u32,
    #[computed(if has_open { "open" } else { "done" })]
    #[http(filter, sort)]
    pub(crate) word: String,
}

#[derive(DeclarativeModel)]
#[lifecycle(soft_delete, timestamps(made_at, changed_at), immutable_when = stage == Stage::Sent)]
#[db(check(item_count <= 8, "at most eight lines", on = item_count))]
#[permission(all = public)]
pub(crate) struct Order {
    #[db(primary_key)]
    pub(crate) id: i64,
    #[relation(belongs_to = Customer, on_delete = set_null)]
    pub(crate) customer_id: Option<Id<Customer>>,
    #[db(default = Stage::Open)]
    pub(crate) stage: Stage,
    #[db(decimal(8, 2), default = 0)]
    pub(crate) shipping: Decimal,
    #[relation(has_many = Line, via = order_id)]
    pub(crate) lines: Many<Line>,
    #[relation(many_to_many = Tag, through = Tagging)]
    pub(crate) tags: Many<Tag>,
    #[computed(count(lines), stored)]
    pub(crate) item_count: u32,
    #[computed(sum(lines.total), stored)]
    #[db(decimal(12, 2))]
    pub(crate) subtotal: Decimal,
    #[computed(subtotal + shipping, stored)]
    #[db(decimal(12, 2), index)]
    pub(crate) total: Decimal,
    #[computed(max(lines.quantity), stored)]
    pub(crate) most: Option<i64>,
    #[computed(min(lines.note where quantity > 1), stored)]
    pub(crate) first_note: Option<String>,
    #[computed(sum(lines.weight), stored)]
    pub(crate) weight: f64,
    #[computed(count(tags where rank >= 2), stored)]
    pub(crate) good_tags: u32,
    #[computed(sum(lines.total))]
    #[db(decimal(12, 2))]
    #[http(filter, sort)]
    pub(crate) subtotal_now: Decimal,
    #[computed(avg(lines.weight))]
    pub(crate) weight_now: Option<f64>,
    #[computed(subtotal_now / item_count)]
    pub(crate) price_now: Option<Decimal>,
    #[computed(count(tags where rank >= 2))]
    pub(crate) good_tags_now: u32,
    pub(crate) made_at: Timestamp,
    pub(crate) changed_at: Timestamp,
    pub(crate) deleted_at: Option<Timestamp>,
}

#[derive(DeclarativeModel)]
#[lifecycle(soft_delete)]
#[permission(all = public)]
pub(crate) struct Line {
    #[db(primary_key)]
    pub(crate) id: i64,
    #[relation(belongs_to = Order, on_delete = cascade)]
    pub(crate) order_id: Id<Order>,
    pub(crate) quantity: i64,
    #[db(decimal(8, 2))]
    pub(crate) price: Decimal,
    #[db(default = 0.1)]
    pub(crate) weight: f64,
    pub(crate) note: Option<String>,
    #[computed(quantity * price, stored)]
    #[db(decimal(10, 2))]
    pub(crate) total: Decimal,
    #[computed(note.unwrap_or("-").upper().trim())]
    pub(crate) label: String,
    pub(crate) deleted_at: Option<Timestamp>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(crate) struct Tag {
    #[db(primary_key)]
    pub(crate) id: i64,
    pub(crate) rank: i64,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(crate) struct Tagging {
    #[db(primary_key, auto = sequence)]
    pub(crate) number: i64,
    #[relation(belongs_to = Order, on_delete = cascade)]
    pub(crate) order_id: Id<Order>,
    #[relation(belongs_to = Tag, on_delete = cascade)]
    pub(crate) tag_id: Id<Tag>,
}

/// Below others of its kind.
#[derive(DeclarativeModel)]
#[permission(all = public)]
pub(crate) struct Node {
    #[db(primary_key)]
    pub(crate) id: i64,
    #[relation(belongs_to = Node, on_delete = cascade)]
    pub(crate) parent_id: Option<Id<Node>>,
    pub(crate) size: i32,
    #[relation(has_many = Node, via = parent_id)]
    pub(crate) children: Many<Node>,
    #[computed(count(children), stored)]
    pub(crate) child_count: i64,
    #[computed(sum(children.size), stored)]
    pub(crate) below: i64,
    #[computed(size + below, stored)]
    pub(crate) with_below: i64,
}

#[derive(DomainEvent)]
pub(crate) struct Discounted {
    pub(crate) by: Decimal,
}

#[commands]
impl Order {
    /// Takes a part off every line's price, and adds a line.
    #[command]
    fn discount(&mut self, cx: &Context, new_line: i64) -> Result<Discounted, Infallible> {
        for line in cx.referring::<Line>("order", &self.id) {
            cx.update::<Line, _>(&line.id, |line| line.price = (line.price / Decimal::TWO).round_dp(2));
        }
        self.shipping = Decimal::ONE;
        if cx.get::<Line>(&new_line).is_none() {
            cx.create(&Line {
                id: new_line,
                order_id: Id::new(self.id),
                quantity: 1,
                price: Decimal::ONE,
                weight: 0.3,
                note: Some("new".to_owned()),
                total: Decimal::ZERO,
                label: String::new(),
                deleted_at: None,
            });
        }
        Ok(Discounted { by: Decimal::TWO })
    }
}

pub(crate) const CUSTOMER: usize = 0;
pub(crate) const ORDER: usize = 1;
pub(crate) const LINE: usize = 2;
pub(crate) const TAG: usize = 3;
pub(crate) const TAGGING: usize = 4;
pub(crate) const NODE: usize = 5;
pub(crate) const MODELS: [usize; 6] = [CUSTOMER, ORDER, LINE, TAG, TAGGING, NODE];

pub(crate) fn schemas() -> Vec<&'static ModelSchema> {
    vec![Customer::SCHEMA, Order::SCHEMA, Line::SCHEMA, Tag::SCHEMA, Tagging::SCHEMA, Node::SCHEMA]
}

pub(crate) fn open(media: SharedMedia) -> Result<Engine, StartError> {
    Engine::open(media, schemas(), crate::engine::options(), Box::new(|_| {}))
}

/// Every record of a model.
pub(crate) fn query(model: usize) -> Query {
    Query {
        model,
        filter: None,
        search: None,
        order: Vec::new(),
        start: Start::First,
        limit: 1_000_000,
        count: false,
        at: None,
        scan_rows_max: u64::MAX,
    }
}

/// All records of a model as they are read.
pub(crate) fn read<M: Model>(engine: &Engine, model: usize) -> Vec<M> {
    let Page { rows, .. } = engine.list(&query(model)).expect("is listed");
    let view = engine.view(None).expect("is there");
    let catalog = engine.catalog();
    let shown = |row: Arc<Row>| {
        let row = with_computed(catalog, &*view, &catalog.models[model], row, &Tally::new(u64::MAX));
        row.expect("within the budget")
    };
    rows.into_iter().map(|row| record(engine, model, &shown(row))).collect()
}

pub(crate) fn record<M: Model>(engine: &Engine, model: usize, row: &Row) -> M {
    let values: Vec<Value> = engine.catalog().models[model].decode_row(&row.bytes).expect("is a row");
    M::from_values(values).expect("is a record")
}

/// Everything that there is.
pub(crate) struct All {
    pub(crate) customers: Vec<Customer>,
    pub(crate) orders: Vec<Order>,
    pub(crate) lines: Vec<Line>,
    pub(crate) tags: Vec<Tag>,
    pub(crate) taggings: Vec<Tagging>,
    pub(crate) nodes: Vec<Node>,
}

impl All {
    pub(crate) fn of(engine: &Engine) -> Self {
        Self {
            customers: read(engine, CUSTOMER),
            orders: read(engine, ORDER),
            lines: read(engine, LINE),
            tags: read(engine, TAG),
            taggings: read(engine, TAGGING),
            nodes: read(engine, NODE),
        }
    }

    /// Asserts that every computed field is what computing it again gives; how many were compared.
    pub(crate) fn check(&self) -> usize {
        self.lines.iter().for_each(check_line);
        self.orders.iter().for_each(|order| self.check_order(order));
        self.customers.iter().for_each(|customer| self.check_customer(customer));
        self.nodes.iter().for_each(|node| self.check_node(node));
        2 * self.lines.len() + 11 * self.orders.len() + 6 * self.customers.len() + 3 * self.nodes.len()
    }

    fn check_order(&self, order: &Order) {
        let lines: Vec<&Line> =
            self.lines.iter().filter(|line| *line.order_id.key() == order.id && line.deleted_at.is_none()).collect();
        let subtotal: Decimal = lines.iter().map(|line| line.total).sum();
        let weight = lines.iter().fold(0.0, |sum, line| sum + line.weight);
        let notes = lines.iter().filter(|line| line.quantity > 1).filter_map(|line| line.note.clone());
        let tagged = |tag: &&Tag| {
            let leads = |tagging: &Tagging| *tagging.order_id.key() == order.id && *tagging.tag_id.key() == tag.id;
            tag.rank >= 2 && self.taggings.iter().any(leads)
        };
        let good = count(self.tags.iter().filter(tagged).count());
        let at = format!("of order {}", order.id);
        assert_eq!(order.item_count, count(lines.len()), "{at}");
        assert_eq!((order.subtotal, order.subtotal_now), (subtotal, subtotal), "{at}");
        assert_eq!(order.total, subtotal + order.shipping, "{at}");
        assert_eq!(order.most, lines.iter().map(|line| line.quantity).max(), "{at}");
        assert_eq!(order.first_note, notes.min(), "{at}");
        assert_eq!(order.weight.to_bits(), weight.to_bits(), "{at}");
        assert_eq!((order.good_tags, order.good_tags_now), (good, good), "{at}");
        let mean = (!lines.is_empty()).then(|| weight / f64::from(count(lines.len())));
        assert_eq!(order.weight_now, mean, "{at}");
        let price = (!lines.is_empty()).then(|| subtotal / Decimal::from(lines.len()));
        assert_eq!(order.price_now, price, "{at}");
    }

    fn check_customer(&self, customer: &Customer) {
        let is_of = |order: &&Order| order.customer_id.as_ref().is_some_and(|of| *of.key() == customer.id);
        let orders: Vec<&Order> = self.orders.iter().filter(is_of).filter(|order| order.deleted_at.is_none()).collect();
        let at = format!("of customer {}", customer.id);
        let spent: Decimal = orders.iter().filter(|order| order.stage != Stage::Open).map(|order| order.total).sum();
        let sum: Decimal = orders.iter().map(|order| order.total).sum();
        // Sums are positive, so half away from zero is half up.
        let half_up =
            |number: Decimal| (number * Decimal::ONE_THOUSAND + "0.5".parse::<Decimal>().expect("is a number")).floor();
        let average = (!orders.is_empty()).then(|| half_up(sum / Decimal::from(orders.len())) / Decimal::ONE_THOUSAND);
        let has_open = orders.iter().any(|order| order.stage == Stage::Open);
        assert_eq!((customer.order_count, customer.orders_now), (count(orders.len()), count(orders.len())), "{at}");
        assert_eq!(customer.spent, spent, "{at}");
        assert_eq!(customer.average, average, "{at}");
        assert_eq!(
            (customer.has_open, customer.word.as_str()),
            (has_open, if has_open { "open" } else { "done" }),
            "{at}"
        );
    }

    fn check_node(&self, node: &Node) {
        let is_child = |child: &&Node| child.parent_id.as_ref().is_some_and(|of| *of.key() == node.id);
        let children: Vec<&Node> = self.nodes.iter().filter(is_child).collect();
        let below: i64 = children.iter().map(|child| i64::from(child.size)).sum();
        let expected = (i64::from(count(children.len())), below, below + i64::from(node.size));
        assert_eq!((node.child_count, node.below, node.with_below), expected, "of node {}", node.id);
    }
}

fn check_line(line: &Line) {
    assert_eq!(line.total, line.price * Decimal::from(line.quantity), "of line {}", line.id);
    let label = line.note.as_deref().unwrap_or("-").to_uppercase();
    assert_eq!(line.label, label.trim(), "of line {}", line.id);
}

fn count(count: usize) -> u32 {
    u32::try_from(count).expect("few")
}
