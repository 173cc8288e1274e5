//! Computed fields: kept by the entry that changes what they are computed from, and computed when they are read.

mod random;
pub(crate) mod shop;

use std::sync::Arc;

use lithair_core::Engine;
use lithair_core::model::{
    Action, Backend as _, Decimal, Expected, ModelSchema, Operation, OperationResult, Query, RefusalReason, SortTerm,
    Target, Timestamp, Value, parse_filter,
};
use lithair_core::prelude::*;
use lithair_core::store::{MemoryMedia, SharedMedia};
use serde_json::json;

use crate::engine::{create, delete, key_of, patch, run, submit};
use shop::{All, CUSTOMER, Customer, LINE, NODE, ORDER, Order, open, query, read};

fn engine() -> Engine {
    open(Arc::new(MemoryMedia::new())).expect("opens")
}

/// A customer with an order.
fn begin(engine: &Engine) {
    let customer = create(engine, CUSTOMER, &json!({"id": 1}));
    let order = create(engine, ORDER, &json!({"id": 1, "customer_id": 1, "shipping": "4.00"}));
    submit(engine, vec![customer, order]).expect("are new");
}

fn line(engine: &Engine, id: i64, quantity: i64, price: &str) -> Operation {
    create(engine, LINE, &json!({"id": id, "order_id": 1, "quantity": quantity, "price": price}))
}

fn order(engine: &Engine) -> Order {
    read(engine, ORDER).into_iter().next().expect("there is one")
}

/// The pointers and codes of what was refused.
fn faults(refused: Result<Vec<OperationResult>, RefusalReason>) -> Vec<(String, &'static str)> {
    match refused {
        Err(RefusalReason::Invalid(violations)) => {
            violations.into_iter().map(|violation| (violation.pointer, violation.code)).collect()
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn one_entry_has_the_change_and_everything_that_follows() {
    let engine = engine();
    begin(&engine);
    let before = engine.position();
    submit(&engine, vec![line(&engine, 1, 3, "19.99")]).expect("is new");
    assert_eq!(engine.position().since(before), 1, "one entry");
    let (order, customer) = (order(&engine), read::<Customer>(&engine, CUSTOMER).remove(0));
    assert_eq!(
        (order.item_count, order.subtotal.to_string(), order.total.to_string()),
        (1, "59.97".into(), "63.97".into())
    );
    assert_eq!(customer.average.map(|average| average.to_string()), Some("63.970".into()));
    All::of(&engine).check();
}

#[test]
fn what_follows_moves_the_revision_and_nothing_else() {
    let engine = engine();
    begin(&engine);
    submit(&engine, vec![line(&engine, 1, 1, "1.00")]).expect("is new");
    submit(&engine, vec![patch(&engine, ORDER, "1", &json!({"stage": "Sent"}))]).expect("is sent");
    let key = key_of(&engine, ORDER, "1");
    let (first, changed_at) = (engine.read(ORDER, &key, None).expect("is read"), order(&engine).changed_at);
    // The order does not change any more; what its lines come to still does.
    let own = submit(&engine, vec![patch(&engine, ORDER, "1", &json!({"shipping": "5.00"}))]);
    assert!(matches!(own, Err(RefusalReason::Immutable)), "{own:?}");
    submit(&engine, vec![patch(&engine, LINE, "1", &json!({"quantity": 2}))]).expect("is a line's matter");
    let second = engine.read(ORDER, &key, None).expect("is read");
    let revision = |read: &lithair_core::model::Read| read.row.as_ref().map_or(0, |row| row.revision);
    assert_eq!(revision(&second), revision(&first) + 1);
    assert_eq!((order(&engine).subtotal, order(&engine).changed_at), (Decimal::TWO, changed_at));
    // What changes nothing of an order does not touch it.
    submit(&engine, vec![patch(&engine, LINE, "1", &json!({"quantity": 2}))]).expect("is so already");
    assert_eq!(revision(&engine.read(ORDER, &key, None).expect("is read")), revision(&second));
}

#[test]
fn what_does_not_fit_is_refused_and_never_rounded() {
    let engine = engine();
    begin(&engine);
    // 10 digits in all for a line's total.
    let refused = submit(&engine, vec![line(&engine, 1, 1_000_000_000, "99.99")]);
    assert_eq!(faults(refused), [("/total".to_owned(), "computed")]);
    // A sum of sizes is held by the field of the record above.
    let node = |id: i64, parent: Option<i64>, size: i64| {
        create(&engine, NODE, &json!({"id": id, "parent_id": parent, "size": size}))
    };
    submit(&engine, vec![node(1, None, 0), node(2, Some(1), i32::MAX.into())]).expect("fits");
    All::of(&engine).check();
    // A check over what other records come to is held by those who change them.
    let lines = (1..=8).map(|id| line(&engine, id, 1, "1.00")).collect();
    submit(&engine, lines).expect("eight lines are not too many");
    let refused = submit(&engine, vec![line(&engine, 9, 1, "1.00")]);
    let Err(RefusalReason::Invalid(violations)) = refused else { panic!("{refused:?}") };
    assert_eq!((violations[0].code, violations[0].detail.as_str()), ("check", "Order/item_count: at most eight lines"));
    submit(&engine, vec![line(&engine, 9, 1, "1.00"), delete(&engine, LINE, "1")]).expect("one comes, one goes");
    All::of(&engine).check();
}

#[test]
fn a_record_that_takes_the_place_of_another_has_what_belongs_there() {
    let engine = engine();
    begin(&engine);
    let node = |id: i64, parent: Option<i64>| create(&engine, NODE, &json!({"id": id, "parent_id": parent, "size": 5}));
    submit(&engine, vec![node(1, None), node(2, Some(1)), node(3, Some(1))]).expect("are new");
    // Its children go with the first one; one of them comes back below the second.
    submit(&engine, vec![delete(&engine, NODE, "1"), node(1, None), node(3, Some(1))]).expect("one for the other");
    All::of(&engine).check();
    // The orders of a customer let go, and one of them turns to the next.
    let next = patch(&engine, ORDER, "1", &json!({"customer_id": 1}));
    submit(&engine, vec![delete(&engine, CUSTOMER, "1"), create(&engine, CUSTOMER, &json!({"id": 1})), next])
        .expect("is the same");
    All::of(&engine).check();
    assert_eq!(read::<Customer>(&engine, CUSTOMER)[0].order_count, 1);
}

#[test]
fn nobody_sets_what_is_computed() {
    let engine = engine();
    begin(&engine);
    submit(&engine, vec![line(&engine, 1, 2, "3.00")]).expect("is new");
    let read_only = |wire: &str| vec![(format!("/{wire}"), "read_only")];
    for (wire, other, same) in [
        ("total", json!("11.00"), json!("10.00")),
        ("item_count", json!(2), json!(1)),
        ("subtotal_now", json!("7.00"), json!("6.00")),
    ] {
        let refused = submit(&engine, vec![patch(&engine, ORDER, "1", &json!({ wire: other }))]);
        assert_eq!(faults(refused), read_only(wire));
        // What was read may be sent back as it is.
        submit(&engine, vec![patch(&engine, ORDER, "1", &json!({ wire: same }))]).expect("is so already");
    }
    submit(&engine, vec![run(&engine, ORDER, "1", &json!({"new_line": 2}))]).expect("commands do not set them");
    All::of(&engine).check();
    let set = |code: fn(&mut Order)| {
        let procedure = move |records: &Context<'_>| {
            records.update::<Order, _>(&1, code);
            Ok(())
        };
        let action = Action::Transaction(lithair_core::model::Procedure(Arc::new(procedure)));
        faults(submit(&engine, vec![Operation { model: ORDER, action, expected: Expected::Anything }]))
    };
    assert_eq!(set(|order| order.total += Decimal::ONE)[0].1, "read_only");
    assert_eq!(set(|order| order.good_tags_now += 1)[0].1, "read_only");
}

#[test]
fn filters_and_sorts_ask_what_is_computed_when_it_is_read() {
    let engine = engine();
    begin(&engine);
    for id in 2..=5 {
        submit(&engine, vec![create(&engine, ORDER, &json!({"id": id}))]).expect("is new");
        for number in 0..id {
            let body = json!({"id": id * 10 + number, "order_id": id, "quantity": 1, "price": "1.00"});
            submit(&engine, vec![create(&engine, LINE, &body)]).expect("is new");
        }
    }
    let catalog = engine.catalog();
    let model = &catalog.models[ORDER];
    let filter = parse_filter(&lithair_core::model::Reader::system(catalog), model, "subtotal_now >= 3", 100)
        .expect("is a filter");
    let place = model.by_name("subtotal_now").expect("is a field");
    let order = vec![SortTerm { field: place, descending: true }];
    let keys = |query: &Query| {
        let rows = engine.list(query).expect("is listed").rows;
        rows.iter().map(|row| model.key_text(row)).collect::<Vec<_>>()
    };
    let asked = Query { filter: Some(filter), order, ..query(ORDER) };
    assert_eq!(keys(&asked), ["5", "4", "3"]);
    assert_eq!(keys(&Query { limit: 2, ..asked.clone() }), ["5", "4"]);
    let refused = engine.list(&Query { scan_rows_max: 8, ..asked });
    assert!(matches!(refused, Err(lithair_core::model::QueryError::TooExpensive { .. })), "{refused:?}");
}

#[test]
fn two_writers_below_one_record_both_succeed() {
    let engine = Arc::new(engine());
    begin(&engine);
    let customers: Vec<Operation> =
        (0..4).map(|id| create(&engine, ORDER, &json!({"id": 10 + id, "customer_id": 1}))).collect();
    submit(&engine, customers).expect("are new");
    std::thread::scope(|scope| {
        for writer in 0..4_i64 {
            let engine = &engine;
            scope.spawn(move || {
                // Sums, averages, the most and the least of one customer and, two by two, of one order.
                for number in 0..8 {
                    let id = 100 + writer * 100 + number;
                    let order_id = 10 + writer % 2;
                    let body = json!({"id": id, "order_id": order_id, "quantity": id % 7, "price": "2.50", "note": format!("n{id}")});
                    let made = submit(engine, vec![create(engine, LINE, &body)]);
                    // Eight lines are the most of an order.
                    if let Err(reason) = made {
                        assert!(matches!(&reason, RefusalReason::Invalid(wrong) if wrong[0].code == "check"), "{reason:?}");
                    }
                    let body = json!({"shipping": format!("{}.50", id % 9)});
                    submit(engine, vec![patch(engine, ORDER, &(10 + writer).to_string(), &body)]).expect("is a change");
                    if number % 3 == 2 {
                        let _ = submit(engine, vec![delete(engine, LINE, &(id - 1).to_string())]);
                    }
                }
            });
        }
    });
    All::of(&engine).check();
}

/// One model, whose sum is of what the definition says.
macro_rules! shelves {
    ($name:ident: $($long:tt)*) => {
        mod $name {
            use lithair_core::prelude::*;

            #[derive(DeclarativeModel)]
            #[permission(all = public)]
            pub(super) struct Shelf {
                #[db(primary_key)]
                pub(super) id: i64,
                #[relation(has_many = Book, via = shelf_id)]
                pub(super) books: Many<Book>,
                #[computed(sum(books.long where pages > 10), stored)]
                pub(super) pages: i64,
            }

            #[derive(DeclarativeModel)]
            #[permission(all = public)]
            pub(super) struct Book {
                #[db(primary_key)]
                pub(super) id: i64,
                #[relation(belongs_to = Shelf)]
                pub(super) shelf_id: i64,
                pub(super) pages: i64,
                #[computed($($long)*)]
                pub(super) long: i64,
            }
        }
    };
}

shelves!(earlier: pages * 2);
shelves!(later: pages * 3);

#[test]
fn another_definition_is_computed_for_old_records() {
    use lithair_core::migration::{apply, survey};
    let media: SharedMedia = Arc::new(MemoryMedia::new());
    let start = |models: Vec<&'static ModelSchema>| {
        Engine::open(Arc::clone(&media), models, crate::engine::options(), Box::new(|_| {}))
    };
    let engine = start(vec![earlier::Shelf::SCHEMA, earlier::Book::SCHEMA]).expect("opens");
    let (shelf, book) = (0, 1);
    submit(&engine, vec![create(&engine, shelf, &json!({"id": 1}))]).expect("is new");
    for (id, pages) in [(1, 5), (2, 20), (3, 30)] {
        submit(&engine, vec![create(&engine, book, &json!({"id": id, "shelf_id": 1, "pages": pages}))])
            .expect("is new");
    }
    let pages = |engine: &Engine| {
        let row = engine.read(shelf, &key_of(engine, shelf, "1"), None).expect("is read").row.expect("is there");
        let model = &engine.catalog().models[shelf];
        model.field(&row, model.by_name("pages").expect("is a field"))
    };
    assert_eq!(pages(&engine), Value::Int(100));
    drop(engine);
    // The sum is declared as before; what it is of means another number.
    let models = || vec![later::Shelf::SCHEMA, later::Book::SCHEMA];
    let refused = start(models()).map(drop).expect_err("needs a plan").to_string();
    assert!(refused.contains("`Shelf.pages` is computed from something else"), "{refused}");
    let found = survey(Arc::clone(&media), models(), &crate::engine::options()).expect("is compared");
    assert_eq!(found.class(), lithair_core::model::Class::Plan, "{:?}", found.problems());
    let applied = apply(Arc::clone(&media), models(), crate::engine::options(), &|_| {}).expect("is migrated");
    assert_eq!(applied.records, 1);
    assert_eq!(pages(&start(models()).expect("opens")), Value::Int(150));
}

#[test]
fn an_answer_shows_what_is_computed_of_its_moment() {
    let engine = engine();
    begin(&engine);
    let made =
        submit(&engine, vec![line(&engine, 1, 2, "3.00"), patch(&engine, ORDER, "1", &json!({"stage": "Paid"}))]);
    let made = made.expect("is new");
    let OperationResult::Updated(row) = &made[1] else { panic!("{made:?}") };
    let order: Order = shop::record(&engine, ORDER, row);
    assert_eq!((order.subtotal_now.to_string(), order.price_now), ("6.00".into(), Some(Decimal::from(6))));
    assert!(order.made_at > Timestamp::from_micros(0));
    let deleted = Operation {
        model: ORDER,
        action: Action::Delete(Target::Key(key_of(&engine, ORDER, "1"))),
        expected: Expected::Anything,
    };
    submit(&engine, vec![deleted]).expect("goes out of sight");
    let customer = read::<Customer>(&engine, CUSTOMER).remove(0);
    assert_eq!((customer.order_count, customer.orders_now, customer.average), (0, 0, None));
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(check(spent <= most, "more than there is", on = most))]
struct Budget {
    #[db(primary_key)]
    id: i64,
    most: i64,
    #[relation(has_many = Cost, via = budget_id)]
    costs: Many<Cost>,
    #[computed(sum(costs.amount), stored)]
    spent: i64,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Cost {
    #[db(primary_key)]
    id: i64,
    #[relation(belongs_to = Budget)]
    budget_id: i64,
    amount: i64,
}

/// Who changed the record itself was told of it as of another one, and not where in the body.
#[test]
fn a_check_over_what_others_come_to_points_into_the_operations_own_record() {
    let media: SharedMedia = Arc::new(MemoryMedia::new());
    let schemas = vec![Budget::SCHEMA, Cost::SCHEMA];
    let engine = Engine::open(media, schemas, lithair_core::EngineOptions::default(), Box::new(|_| {})).expect("opens");
    let refused = submit(&engine, vec![create(&engine, 0, &json!({"id": 1, "most": -1}))]);
    assert_eq!(faults(refused), [("/most".to_owned(), "check")]);
    let budget = create(&engine, 0, &json!({"id": 1, "most": 9}));
    submit(&engine, vec![budget, create(&engine, 1, &json!({"id": 1, "budget_id": 1, "amount": 5}))]).expect("fits");
    let less = || patch(&engine, 0, "1", &json!({"most": 4}));
    assert_eq!(faults(submit(&engine, vec![less()])), [("/most".to_owned(), "check")]);
    let more = || create(&engine, 1, &json!({"id": 2, "budget_id": 1, "amount": 5}));
    assert_eq!(faults(submit(&engine, vec![more()])), [(String::new(), "check")], "of another record");
    // The budget's operation comes first, and is the one that is told.
    assert_eq!(faults(submit(&engine, vec![less(), more()])), [("/most".to_owned(), "check")]);
}
