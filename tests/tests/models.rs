//! Models that use every attribute, asked by `model_tests!` what each of them owes.

use lithair_core::prelude::*;

#[derive(DeclarativeEnum, Clone, Copy, PartialEq)]
enum Grade {
    Plain,
    #[http(rename = "very-fine")]
    Fine,
}

#[derive(DeclarativeEnum, Clone, Copy, PartialEq)]
enum Phase {
    Draft,
    Review,
    Live,
    Closed,
}

/// Every rule there is.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(table = "rulebooks", unique(code, grade), check(low <= high, "low is above high", on = high), check(high < 5000, "too high"))]
#[http(path = "rule-books", page(default = 5, max = 50), body_limit = "128KiB")]
struct RuleBook {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[http(validate(len(2..=12)), normalize(trim, nfc), filter, sort)]
    code: String,
    #[db(default = Grade::Plain, index)]
    #[http(filter)]
    grade: Grade,
    #[http(validate(range(-5..=2000)), example = 7)]
    low: i64,
    #[http(validate(gt(0)))]
    high: i64,
    #[http(validate(gte(3), lt(9)))]
    third: Option<i32>,
    #[http(validate(multiple_of(5), lte(100)))]
    step: Option<i64>,
    #[db(decimal(8, 2))]
    #[http(validate(range(0.01..=99.5)))]
    price: Decimal,
    #[http(validate(range(-1.5..=1.5)))]
    ratio: Option<f64>,
    #[http(validate(one_of("red", "green", "blue")))]
    colour: String,
    #[http(validate(regex("^[A-Z]{2}-[0-9]{3}$")))]
    plate: String,
    #[http(validate(email), normalize(lower))]
    mail: Option<String>,
    #[http(validate(url))]
    page: Option<String>,
    #[http(validate(uuid))]
    token: Option<String>,
    #[http(validate(phone))]
    phone: Option<String>,
    #[http(validate(ip))]
    address: Option<String>,
    #[http(validate(hostname))]
    host: Option<String>,
    #[http(validate(slug))]
    slug: Option<String>,
    #[http(validate(date))]
    day: Option<String>,
    #[http(validate(time))]
    hour: Option<String>,
    #[http(validate(datetime))]
    moment: Option<String>,
    #[http(validate(iso4217))]
    currency: Option<String>,
    #[http(validate(iso3166))]
    country: Option<String>,
    #[http(validate(past))]
    born_at: Option<Timestamp>,
    #[http(validate(future))]
    due_at: Option<Timestamp>,
    #[http(validate(starts_with("a"), ends_with("z"), contains("m")))]
    word: Option<String>,
    #[http(validate(bytes(..=6)))]
    short: Option<String>,
    #[http(validate(non_empty))]
    filled: Option<String>,
    #[http(validate(required))]
    needed: Option<bool>,
    #[http(validate(len(1..=3), unique_items, each(len(2..=20))))]
    tags: Vec<String>,
    #[http(validate(with(is_even)))]
    even: Option<i64>,
    extra: Option<Json>,
    on: Option<Date>,
}

fn is_even(number: &i64) -> Result<(), &'static str> {
    if number % 2 == 0 { Ok(()) } else { Err("expected an even number") }
}

/// When and how records change, and what is seen of them.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(unique(shelf, label), unique(badge, where = phase != Phase::Closed), order(-weight))]
#[lifecycle(timestamps, optimistic_lock, immutable_when = sealed)]
struct Crate {
    #[db(primary_key, auto = ulid)]
    id: String,
    #[db(unique(ci))]
    #[http(validate(len(4..=40)), filter, sort)]
    name: String,
    #[http(rename = "shelfName", validate(len(3..=20)))]
    shelf: String,
    label: i64,
    badge: Option<i64>,
    #[db(default = 3)]
    #[lifecycle(monotonic)]
    weight: i64,
    #[lifecycle(immutable)]
    origin: String,
    #[lifecycle(write_once)]
    signature: Option<String>,
    #[http(write_only)]
    pin: Option<String>,
    #[http(hidden)]
    note: Option<String>,
    #[db(default = 9)]
    #[http(read_only)]
    given: i64,
    #[db(default = 0, on_update = 7)]
    touched: i64,
    #[db(default = false)]
    sealed: bool,
    #[lifecycle(states(initial = Draft,
        submit: Draft -> Review,
        reject: Review -> Draft,
        publish: Review -> Live if label >= 100,
        close: Draft | Review | Live -> Closed))]
    phase: Phase,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// Has a key that callers give, and a trash.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[security(firewall(allow("10.0.0.0/8", "2001:db8::/32"), deny("10.1.0.0/16")))]
#[db(unique(title, where = deleted_at.is_none()))]
#[lifecycle(soft_delete)]
struct Shelf {
    #[db(primary_key)]
    #[http(validate(len(2..=20)))]
    code: String,
    title: String,
    #[db(default = 0, on_update = 7)]
    touched: i64,
    deleted_at: Option<Timestamp>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(soft_delete)]
struct Slot {
    #[db(primary_key, auto = uuid7)]
    id: Uuid,
    #[relation(belongs_to = Shelf, on_delete = soft)]
    shelf: Id<Shelf>,
    #[db(unique)]
    place: i64,
    deleted_at: Option<Timestamp>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Owner {
    #[db(primary_key, auto = sequence)]
    id: i64,
    name: String,
}

/// Every mode of `on_delete`.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(primary_key(owner_id, number))]
struct Piece {
    #[relation(belongs_to = Owner, on_delete = cascade)]
    owner_id: Id<Owner>,
    number: i64,
    #[relation(belongs_to = Owner, on_delete = set_null)]
    lender_id: Option<i64>,
    #[relation(belongs_to = Owner, on_delete = restrict)]
    keeper_id: Option<i64>,
    #[relation(belongs_to = Shelf, on_delete = set_null)]
    shelf: Option<Id<Shelf>>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Room {
    #[db(primary_key)]
    #[http(validate(len(1..=30)))]
    code: String,
    size: i32,
}

/// The third level below an owner.
#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Scratch {
    #[db(primary_key, auto = sequence)]
    id: i64,
    #[relation(belongs_to = Diary, on_delete = cascade)]
    diary_id: Id<Diary>,
    #[relation(belongs_to = Crate, on_delete = cascade)]
    crate_id: Option<Id<Crate>>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[lifecycle(versions(3))]
struct Diary {
    #[db(primary_key, auto = sequence)]
    id: i64,
    #[db(default = 1)]
    #[relation(belongs_to = Owner, on_delete = set_null)]
    owner_id: Option<i64>,
    #[db(default = "main")]
    #[relation(belongs_to = Room, on_delete = set_default)]
    room: Id<Room>,
    text: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[security(rate_limit(create, "3/h"), rate_limit(update, delete, "10/d", per = model, burst = 2), rate_limit(all, "900/h"))]
#[persistence(durability = fsync)]
#[lifecycle(snapshot_only)]
struct Rumour {
    #[db(primary_key, auto = sequence)]
    id: i64,
    text: String,
}

/// Every form of computed field.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(check(pieces <= 25, "too many pieces", on = pieces), unique(word, where = pieces > 1000))]
struct Basket {
    #[db(primary_key, auto = sequence)]
    id: i64,
    #[http(validate(len(1..=12)))]
    name: String,
    #[db(decimal(8, 2))]
    #[http(validate(range(0..=50)))]
    shipping: Decimal,
    note: Option<String>,
    #[relation(has_many = Good, via = basket_id)]
    goods: Many<Good>,
    #[relation(many_to_many = Owner, through = Share)]
    owners: Many<Owner>,
    #[computed(count(goods where !gift), stored)]
    #[db(index)]
    bought: u32,
    #[computed(sum(goods.pieces), stored)]
    pieces: i64,
    #[computed(sum(goods.amount where pieces > 1), stored)]
    #[db(decimal(14, 2))]
    goods_amount: Decimal,
    #[computed(goods_amount + shipping, stored)]
    #[db(decimal(14, 2))]
    #[http(filter, sort)]
    total: Decimal,
    #[computed(max(goods.price), stored)]
    #[db(decimal(8, 2))]
    dearest: Option<Decimal>,
    #[computed(avg(goods.price), stored)]
    #[db(decimal(10, 4))]
    average: Option<Decimal>,
    #[computed(exists(goods where gift), stored)]
    has_gift: bool,
    #[computed(count(owners), stored)]
    owner_count: u32,
    #[computed(min(goods.pieces))]
    #[http(filter, sort)]
    least: Option<i64>,
    #[computed(avg(goods.pieces))]
    mean: Option<f64>,
    #[computed(if note.is_some() { name + "*" } else { name.upper() }, stored)]
    word: String,
    #[computed(total / bought)]
    each: Option<Decimal>,
    #[computed(fn(letters))]
    letters: i64,
}

fn costs_little(good: &Good) -> bool {
    good.amount < Decimal::from(800)
}

fn letters(basket: &Basket) -> i64 {
    i64::try_from(basket.name.chars().count()).unwrap_or(i64::MAX)
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(check(fn(costs_little), "too dear", on = price), check(price * pieces + 1 < 900, "too dear by far"))]
#[lifecycle(soft_delete)]
struct Good {
    #[db(primary_key, auto = sequence)]
    id: i64,
    #[relation(belongs_to = Basket, on_delete = cascade)]
    basket_id: i64,
    #[http(validate(range(0..=9)))]
    pieces: i64,
    #[db(decimal(8, 2))]
    #[http(validate(range(0..=99)))]
    price: Decimal,
    #[db(default = false)]
    gift: bool,
    #[computed(price * pieces, stored)]
    #[db(decimal(10, 2))]
    amount: Decimal,
    deleted_at: Option<Timestamp>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(primary_key(basket_id, owner_id))]
struct Share {
    #[relation(belongs_to = Basket, on_delete = cascade)]
    basket_id: i64,
    #[relation(belongs_to = Owner, on_delete = cascade)]
    owner_id: i64,
}

fn program() -> DeclarativeServer {
    DeclarativeServer::new("127.0.0.1:0")
        .model::<RuleBook>()
        .model::<Crate>()
        .model::<Shelf>()
        .model::<Slot>()
        .model::<Owner>()
        .model::<Piece>()
        .model::<Room>()
        .model::<Diary>()
        .model::<Scratch>()
        .model::<Rumour>()
        .model::<Basket>()
        .model::<Good>()
        .model::<Share>()
}

lithair_core::model_tests!(RuleBook, Crate, Shelf, Slot, Owner, Piece, Room, Diary, Scratch, Rumour, Basket, Good, Share; server = program());

/// The tests are tested: programs that are declared otherwise are noticed.
#[test]
fn mutants_are_noticed() {
    lithair_core::testing::mutants::run(&program());
}
