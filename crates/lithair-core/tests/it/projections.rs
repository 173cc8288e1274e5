//! Rows that follow from the log: as if everything were folded at once, whatever happens in between.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lithair_core::model::{Backend as _, Key, ModelSchema, Position, RefusalReason, Value, encode_key};
use lithair_core::prelude::*;
use lithair_core::store::MemoryMedia;
use lithair_core::{Engine, EngineOptions, FoldError, ProjectionError, TransactionError};

#[derive(DeclarativeModel, Clone)]
#[permission(all = public)]
#[lifecycle(soft_delete)]
struct Sale {
    #[db(primary_key)]
    id: i64,
    shop: String,
    amount: i64,
    deleted_at: Option<Timestamp>,
}

#[derive(DomainEvent)]
struct Praised {
    shop: String,
}

#[commands]
impl Sale {
    #[command]
    fn praise(&mut self, _cx: &Context) -> Result<Praised, Infallible> {
        Ok(Praised { shop: self.shop.clone() })
    }
}

/// What a shop sells: of every sale that is in sight.
#[derive(DeclarativeModel, Debug, PartialEq)]
#[permission(all = public)]
#[http(ops(list, get))]
struct Turnover {
    #[db(primary_key)]
    shop: String,
    sales: i64,
    #[http(sort)]
    amount: i64,
    praise: i64,
    last: i64,
}

#[projection]
impl Turnover {
    #[fold(of = Sale, after(create, restore))]
    fn comes(rows: &mut Rows<Self>, sale: &Sale, fact: &Fact) {
        Self::add(rows, sale, 1, fact);
    }

    #[fold(of = Sale, after(delete))]
    fn goes(rows: &mut Rows<Self>, sale: &Sale, fact: &Fact) {
        Self::add(rows, sale, -1, fact);
    }

    #[fold(of = Sale, after(update))]
    fn changes(rows: &mut Rows<Self>, was: &Sale, is: &Sale, fact: &Fact) {
        Self::add(rows, was, -1, fact);
        Self::add(rows, is, 1, fact);
    }

    #[fold(of = Sale, after(praise))]
    fn praised(rows: &mut Rows<Self>, praised: &Praised, _fact: &Fact) {
        rows.update(&praised.shop, |row| row.praise += 1);
    }
}

impl Turnover {
    fn add(rows: &mut Rows<Self>, sale: &Sale, sign: i64, fact: &Fact) {
        let new = || Self { shop: sale.shop.clone(), sales: 0, amount: 0, praise: 0, last: 0 };
        rows.upsert(&sale.shop, new, |row| {
            row.sales += sign;
            row.amount += sign * sale.amount;
            row.last = i64::try_from(fact.position().get()).expect("few entries");
        });
        if rows.get(&sale.shop).is_some_and(|row| row.sales == 0) {
            rows.delete(&sale.shop);
        }
    }
}

fn open(media: &MemoryMedia, schemas: Vec<&'static ModelSchema>) -> Engine {
    Engine::open(Arc::new(media.clone()), schemas, EngineOptions::default(), Box::new(|_| {})).expect("opens")
}

fn engine(media: &MemoryMedia) -> Engine {
    open(media, vec![Sale::SCHEMA, Turnover::SCHEMA])
}

fn run(engine: &Engine, code: impl Fn(&Context<'_>) + Send + Sync + 'static) -> Result<(), TransactionError> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(engine.transaction(move |records| {
        code(records);
        Ok::<_, Infallible>(())
    }))
}

/// The rows, by their keys.
fn rows<M: Model>(engine: &Engine) -> Vec<M> {
    let place = engine.catalog().by_table(M::SCHEMA.table).expect("it is registered");
    let (entry, view) = (&engine.catalog().models[place], engine.state().view(None).expect("the present"));
    let values = view.records_of_model(place).map(|record| entry.decode_row(&record.row.bytes).expect("a row"));
    values.map(|values| M::from_values(values).expect("it fits")).collect()
}

/// The marker of a projection: version, position, rebuilding, error.
fn marker(engine: &Engine, projection: &str) -> Vec<Value> {
    let place = engine.catalog().by_table("lithair_projections").expect("it is registered");
    let entry = &engine.catalog().models[place];
    let key: Key = encode_key(&entry.key_terms, [&Value::Text(projection.to_owned())]);
    let row = engine.read(place, &key, None).expect("is read").row.expect("it is there");
    entry.decode_row(&row.bytes).expect("a row").split_off(1)
}

/// Numbers that look random.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from((self.0 >> 33) % limit).expect("small")
    }
}

/// One random change of a sale.
fn change(engine: &Engine, random: &mut Random) {
    let (id, shop, amount) = (random.below(40), format!("shop {}", random.below(5)), random.below(100));
    let what = random.below(6);
    let sale = Sale { id, shop, amount, deleted_at: None };
    let model = engine.catalog().by_table(Sale::SCHEMA.table).expect("it is registered");
    let key = encode_key(&engine.catalog().models[model].key_terms, [&Value::Int(id.into())]);
    let submit = |action| {
        use lithair_core::model::{Command, Expected, Operation};
        let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
        let operations = vec![Operation { model, action, expected: Expected::Anything }];
        let now = Timestamp::from_micros(1_769_860_800_000_000);
        // What is refused is one more entry that changes nothing.
        let _ = runtime.block_on(engine.submit(Command {
            now,
            principal: lithair_core::model::Principal::Anonymous,
            operations,
        }));
    };
    use lithair_core::model::{Action, Draft, Target};
    match what {
        0 => submit(Action::Delete(Target::Key(key))),
        1 => submit(Action::Undelete(Target::Key(key))),
        2 => submit(Action::Purge(Target::Key(key))),
        3 => submit(Action::Run(Target::Key(key), 0, Draft::default())),
        _ => {
            let put = move |records: &Context<'_>| {
                let changed = records.update(&id, |old: &mut Sale| {
                    old.shop.clone_from(&sale.shop);
                    old.amount = sale.amount;
                });
                if changed.is_none() {
                    records.create(&sale);
                }
            };
            let _ = run(engine, put);
        }
    }
}

/// What the rows have to be, read from the sales themselves. Praise is left out: only the log knows of it.
fn expected(engine: &Engine) -> BTreeMap<String, (i64, i64)> {
    let mut expected: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for sale in rows::<Sale>(engine).into_iter().filter(|sale| sale.deleted_at.is_none()) {
        let (sales, amount) = expected.entry(sale.shop).or_default();
        *sales += 1;
        *amount += sale.amount;
    }
    expected
}

#[test]
fn folding_as_it_comes_is_folding_everything_at_once() {
    let media = MemoryMedia::new();
    let mut random = Random(7);
    let mut now = engine(&media);
    for number in 0..3_000 {
        change(&now, &mut random);
        match random.below(40) {
            0 => now.fold_projections().expect("folds"),
            1 => {
                // What memory had of the past is gone then.
                drop(now);
                now = engine(&media);
            }
            _ => {}
        }
        if number % 250 == 249 {
            now.fold_projections().expect("folds");
            let before = rows::<Turnover>(&now);
            let shown = before.iter().map(|row| (row.shop.clone(), (row.sales, row.amount))).collect();
            assert_eq!(expected(&now), shown, "after {number}");
            let rebuilt = now.rebuild_projection("turnovers").expect("is rebuilt");
            assert_eq!((rebuilt.differed, rows::<Turnover>(&now)), (0, before), "after {number}");
        }
    }
    assert!(rows::<Turnover>(&now).iter().any(|row| row.praise > 0), "events are folded, too");
}

#[test]
fn two_who_fold_at_the_same_time_fold_once() {
    let media = MemoryMedia::new();
    let engine = engine(&media);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for id in 0..200 {
                let sale = Sale { id, shop: "one".to_owned(), amount: 1, deleted_at: None };
                run(&engine, move |records| drop(records.create(&sale))).expect("is made");
            }
        });
        for _ in 0..4 {
            scope.spawn(|| {
                while rows::<Turnover>(&engine).first().is_none_or(|row| row.sales < 200) {
                    engine.fold_projections().expect("folds");
                }
            });
        }
    });
    assert_eq!((rows::<Turnover>(&engine)[0].sales, rows::<Turnover>(&engine)[0].amount), (200, 200));
    let Value::Int(position) = marker(&engine, "turnovers")[1] else { panic!("a number") };
    assert!(position >= 200 && Position::new(u64::try_from(position).expect("small")) <= engine.position());
}

#[test]
fn nobody_else_writes_a_projection() {
    let media = MemoryMedia::new();
    let engine = engine(&media);
    let refused = |code: fn(&Context<'_>)| match run(&engine, code) {
        Err(
            TransactionError::Refused { reason: RefusalReason::Failed(failure), .. }
            | TransactionError::Failed(failure),
        ) => failure.code,
        other => panic!("{other:?}"),
    };
    assert_eq!(
        refused(|records| {
            let mine = "mine".to_owned();
            records.create(&Turnover { shop: mine, sales: 1, amount: 1, praise: 0, last: 0 });
        }),
        "projection"
    );
    run(&engine, |records| drop(records.create(&Sale { id: 1, shop: "a".into(), amount: 2, deleted_at: None })))
        .expect("is made");
    engine.fold_projections().expect("folds");
    assert_eq!(
        refused(|records| records.update(&"a".to_owned(), |row: &mut Turnover| row.amount = 0).unwrap_or_default()),
        "projection"
    );
    assert_eq!(refused(|records| records.delete::<Turnover>(&"a".to_owned())), "projection");
    assert_eq!(rows::<Turnover>(&engine)[0].amount, 2);
}

/// The projection of the next version of the program: it counts twice.
mod next {
    use super::*;

    #[derive(DeclarativeModel, Debug, PartialEq)]
    #[permission(all = public)]
    #[http(ops(list, get))]
    pub(super) struct Turnover {
        #[db(primary_key)]
        shop: String,
        sales: i64,
        #[http(sort)]
        pub(super) amount: i64,
        praise: i64,
        last: i64,
    }

    #[projection(version = 2)]
    impl Turnover {
        #[fold(of = Sale, after(create))]
        fn comes(rows: &mut Rows<Self>, sale: &Sale, _fact: &Fact) {
            rows.put(&Self { shop: sale.shop.clone(), sales: 1, amount: 2 * sale.amount, praise: 0, last: 0 });
        }
    }
}

#[test]
fn another_version_folds_everything_again() {
    let media = MemoryMedia::new();
    let first = engine(&media);
    run(&first, |records| drop(records.create(&Sale { id: 1, shop: "a".into(), amount: 2, deleted_at: None })))
        .expect("is made");
    first.fold_projections().expect("folds");
    drop(first);
    let second = open(&media, vec![Sale::SCHEMA, next::Turnover::SCHEMA]);
    second.fold_projections().expect("folds");
    assert_eq!(rows::<next::Turnover>(&second)[0].amount, 4);
    assert_eq!(marker(&second, "turnovers")[0], Value::Int(2));
}

static IS_BROKEN: AtomicBool = AtomicBool::new(false);

/// Folds what it can.
#[derive(DeclarativeModel, Debug, PartialEq)]
#[permission(all = public)]
#[http(ops(list, get))]
struct Fragile {
    #[db(primary_key)]
    id: i64,
    #[http(validate(range(..=100)))]
    amount: i64,
}

#[projection]
impl Fragile {
    #[fold(of = Sale, after(create))]
    fn comes(rows: &mut Rows<Self>, sale: &Sale, _fact: &Fact) {
        assert!(sale.id != 3 || !IS_BROKEN.load(Ordering::SeqCst), "a bug");
        rows.put(&Self { id: sale.id, amount: sale.amount });
    }
}

#[test]
fn what_cannot_be_folded_is_told_and_nothing_behind_it_is_folded() {
    let media = MemoryMedia::new();
    let engine = open(&media, vec![Sale::SCHEMA, Fragile::SCHEMA]);
    engine.fold_projections().expect("folds");
    IS_BROKEN.store(true, Ordering::SeqCst);
    for id in 1..=5 {
        let sale = Sale { id, shop: "a".to_owned(), amount: id, deleted_at: None };
        run(&engine, move |records| drop(records.create(&sale))).expect("is made");
    }
    let told = |engine: &Engine| marker(engine, "fragiles")[3].clone();
    for _ in 0..2 {
        let failed = engine.fold_projections();
        let is_named = matches!(&failed, Err(ProjectionError::Fold(FoldError::Failed { fold: "comes", .. })));
        assert!(is_named, "{failed:?}");
        assert_eq!(rows::<Fragile>(&engine).iter().map(|row| row.id).collect::<Vec<_>>(), [1, 2]);
        assert!(matches!(told(&engine), Value::Text(reason) if reason.contains("panicked")));
    }
    IS_BROKEN.store(false, Ordering::SeqCst);
    engine.fold_projections().expect("folds");
    assert_eq!((rows::<Fragile>(&engine).len(), told(&engine)), (5, Value::Null));
    // What a fold makes of a row is held to the rules like any record. Those before it were held back with it.
    let mut faulty = Position::ZERO;
    for (id, amount) in [(7, 7), (8, 8), (9, 101), (10, 10)] {
        run(&engine, move |records| drop(records.create(&Sale { id, shop: "a".into(), amount, deleted_at: None })))
            .expect("is made");
        faulty = if id == 9 { engine.position() } else { faulty };
    }
    let why = "what was folded cannot be: Fields break rules: /amount: expected at most 100";
    let why = format!("the entry at position {faulty}: {why}");
    for _ in 0..2 {
        let failed = engine.fold_projections().expect_err("a row breaks a rule");
        assert_eq!(failed.to_string(), why);
        assert!(
            matches!(failed, ProjectionError::Fold(FoldError::Refused { position: Some(position), .. }) if position == faulty)
        );
        let ids: Vec<i64> = rows::<Fragile>(&engine).iter().map(|row| row.id).collect();
        assert_eq!((ids, told(&engine)), (vec![1, 2, 3, 4, 5, 7, 8], Value::Text(why.clone())));
    }
    let unknown = engine.rebuild_projection("fragils").expect_err("there is none of this name");
    assert_eq!(unknown.to_string(), "there is no projection `fragils`; is it `fragiles`?");
}
