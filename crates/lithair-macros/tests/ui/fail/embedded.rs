use lithair_core::prelude::*;

#[derive(DeclarativeStruct)]
struct Address {
    #[http(validate(len(1..=60)), filter)]
    city: String,
    #[http(validate(range(1..=9)))]
    zip: String,
    #[db(default = now())]
    since: Timestamp,
    #[db(unique)]
    code: String,
    shop: Id<Shop>,
    within: Vec<Address>,
    #[http(rename = "city")]
    town: String,
    shops: Many<Shop>,
}

#[derive(DeclarativeStruct)]
struct Nothing {}

#[derive(DeclarativeStruct)]
struct Tuple(i64);

#[derive(DeclarativeStruct)]
enum NoStruct {
    A,
}

#[derive(DeclarativeStruct)]
struct Generic<T> {
    a: T,
}

#[derive(DeclarativeEnum)]
enum Payment {
    Card {
        #[http(validate(range(1..=9)), normalize(trim))]
        last: String,
        #[db(decimal(2, 1))]
        count: i64,
        #[http(sort)]
        at: Timestamp,
    },
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(index(name.first), check(name.first > "a", "text"), check(area.len.is_none(), "list"), order(-boss.name))]
struct Shop {
    name: String,
    area: Vec<String>,
    address: Address,
    payment: Payment,
    boss: Option<Id<Shop>>,
    #[http(validate(json))]
    free: Json,
    #[http(validate(json(schema = Nothing)))]
    bound: String,
    #[http(validate(json(shema = Nothing)))]
    misspelled: Json,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(unique(address.city), unique(name, address.city))]
struct Office {
    name: String,
    address: Address,
}

fn main() {}
