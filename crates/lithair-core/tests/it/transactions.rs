//! Transactions from Rust: several records, one entry, decided on the state that it changes.

use std::convert::Infallible;
use std::sync::Arc;

use lithair_core::model::{Backend as _, Credential, HistoryQuery, Identity, RefusalReason, Value, encode_key};
use lithair_core::prelude::*;
use lithair_core::store::MemoryMedia;
use lithair_core::{Engine, EngineOptions, TransactionError};

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(check(balance >= 0, "an account is not overdrawn"))]
struct Account {
    #[db(primary_key)]
    name: String,
    balance: i64,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
struct Transfer {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[relation(belongs_to = Account, on_delete = cascade)]
    payer_id: Id<Account>,
    amount: i64,
}

#[derive(CommandError, Debug)]
enum NoTransfer {
    #[error(status = 404, "there is no account {name}")]
    NoAccount { name: String },
}

fn engine(media: &MemoryMedia) -> Engine {
    let schemas = vec![Account::SCHEMA, Transfer::SCHEMA];
    Engine::open(Arc::new(media.clone()), schemas, EngineOptions::default(), Box::new(|_| {})).expect("opens")
}

fn run<R: Send + 'static, E: CommandError>(
    engine: &Engine,
    code: impl Fn(&Context<'_>) -> Result<R, E> + Send + Sync + 'static,
) -> Result<R, TransactionError> {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(engine.transaction(code))
}

fn transfer(amount: i64) -> impl Fn(&Context<'_>) -> Result<i64, NoTransfer> + Send + Sync {
    move |records| {
        let missing = |name: &str| NoTransfer::NoAccount { name: name.to_owned() };
        records
            .update(&"ada".to_owned(), |payer: &mut Account| payer.balance -= amount)
            .ok_or_else(|| missing("ada"))?;
        records
            .update(&"bob".to_owned(), |payee: &mut Account| payee.balance += amount)
            .ok_or_else(|| missing("bob"))?;
        let made = records.create(&Transfer { number: 0, payer_id: Id::new("ada".to_owned()), amount });
        Ok(made.number)
    }
}

fn balances(engine: &Engine) -> [Option<i64>; 2] {
    let names = ["ada", "bob"];
    let read = move |records: &Context<'_>| {
        let balance = |name: &str| records.get::<Account>(&name.to_owned()).map(|account| account.balance);
        Ok::<_, Infallible>(names.map(balance))
    };
    run(engine, read).expect("reading is not refused")
}

fn filled(media: &MemoryMedia) -> Engine {
    let engine = engine(media);
    let open = |records: &Context<'_>| {
        for name in ["ada", "bob"] {
            records.create(&Account { name: name.to_owned(), balance: 100 });
        }
        Ok::<_, Infallible>(())
    };
    run(&engine, open).expect("is carried out");
    engine
}

#[test]
fn all_of_it_is_one_entry_and_survives() {
    let media = MemoryMedia::new();
    let engine = filled(&media);
    let before = engine.position();
    assert_eq!(run(&engine, transfer(30)), Ok(1));
    assert_eq!(engine.position(), before.next(), "one entry");
    assert_eq!(run(&engine, transfer(5)), Ok(2));
    assert_eq!(balances(&engine), [Some(65), Some(135)]);
    assert_eq!(engine.position(), before.next().next(), "reading writes nothing");
    drop(engine);
    assert_eq!(balances(&self::engine(&media)), [Some(65), Some(135)]);
}

#[test]
fn nothing_happens_if_a_part_of_it_cannot() {
    let media = MemoryMedia::new();
    let engine = filled(&media);
    let before = engine.position();
    let overdrawn = run(&engine, transfer(101)).expect_err("a check");
    assert!(
        matches!(&overdrawn, TransactionError::Refused { reason: RefusalReason::Invalid(wrong), .. } if wrong[0].code == "check")
    );
    assert_eq!(overdrawn.to_string(), "Fields break rules: Account: an account is not overdrawn");
    let close = |records: &Context<'_>| {
        records.delete::<Account>(&"bob".to_owned());
        Ok::<_, Infallible>(())
    };
    run(&engine, close).expect("is carried out");
    let gone = run(&engine, transfer(1)).expect_err("the code says no");
    assert_eq!(gone.to_string(), "there is no account bob");
    assert_eq!(balances(&engine), [Some(100), None]);
    assert_eq!(engine.position(), before.next(), "one entry, the delete's");
}

#[test]
fn what_refers_is_found_and_goes_with_its_target() {
    let engine = filled(&MemoryMedia::new());
    for amount in [1, 2, 3] {
        run(&engine, transfer(amount)).expect("is carried out");
    }
    let amounts = |records: &Context<'_>| {
        let made = records.referring::<Transfer>("payer", &"ada".to_owned());
        Ok::<_, Infallible>(made.into_iter().map(|transfer| transfer.amount).collect::<Vec<_>>())
    };
    assert_eq!(run(&engine, amounts), Ok(vec![1, 2, 3]));
    let close = |records: &Context<'_>| {
        records.delete::<Account>(&"ada".to_owned());
        Ok::<_, Infallible>(records.referring::<Transfer>("payer", &"ada".to_owned()).len())
    };
    assert_eq!(run(&engine, close), Ok(0), "what was done so far is seen");
    assert_eq!(run(&engine, amounts), Ok(vec![]));
}

#[test]
fn transactions_that_meet_are_decided_again() {
    let engine = Arc::new(filled(&MemoryMedia::new()));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..10).for_each(|_| assert!(run(&engine, transfer(1)).is_ok())));
        }
    });
    assert_eq!(balances(&engine), [Some(20), Some(180)]);
}

#[test]
fn code_sees_who_asks_and_the_entry_names_them() {
    let media = MemoryMedia::new();
    let engine = engine(&media);
    let open = |name: &'static str| {
        move |records: &Context<'_>| {
            let (subject, actor) =
                (records.principal().subject().map(str::to_owned), records.actor().map(str::to_owned));
            records.create(&Account { name: name.to_owned(), balance: 0 });
            Ok::<_, Infallible>((subject, actor))
        }
    };
    let ada = Identity::new(Credential::Session, "ada").into();
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let seen = runtime.block_on(engine.transaction_as(ada, open("ada"))).expect("is carried out");
    assert_eq!(seen, (Some("ada".to_owned()), Some("user:ada".to_owned())));
    let seen = run(&engine, open("bob")).expect("is carried out");
    assert_eq!(seen, (None, Some("system:code".to_owned())));

    let account = engine.catalog().by_table(Account::SCHEMA.table).expect("is registered");
    let actor = |name: &str| {
        let key = encode_key(&engine.catalog().models[account].key_terms, [&Value::Text(name.to_owned())]);
        let query = HistoryQuery { model: account, key, before: None, limit: 1, now: Timestamp::from_micros(i64::MAX) };
        engine.history(&query).expect("is kept").revisions[0].actor.clone()
    };
    assert_eq!(actor("ada").as_deref(), Some("user:ada"));
    assert_eq!(actor("bob").as_deref(), Some("system:code"));
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(primary_key(house, floor, room, shelf))]
struct Place {
    house: String,
    floor: i64,
    room: i64,
    shelf: i64,
    what: String,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[db(primary_key(a, b, c, d, e, f, g, h))]
struct Eight {
    a: i64,
    b: i64,
    c: i64,
    d: i64,
    e: i64,
    f: i64,
    g: i64,
    h: String,
    what: String,
}

/// A key of four fields compiled, and nothing that takes a key did.
#[test]
fn a_record_is_found_by_a_key_of_up_to_eight_fields() {
    let schemas = vec![Place::SCHEMA, Eight::SCHEMA];
    let media = Arc::new(MemoryMedia::new());
    let engine = Engine::open(media, schemas, EngineOptions::default(), Box::new(|_| {})).expect("opens");
    let found = run(&engine, |records: &Context<'_>| {
        let what = String::new;
        records.create(&Place { house: "A".to_owned(), floor: 1, room: 2, shelf: 3, what: what() });
        records.create(&Eight { a: 1, b: 2, c: 3, d: 4, e: 5, f: 6, g: 7, h: "h".to_owned(), what: what() });
        let (four, eight) = (("A".to_owned(), 1, 2, 3), (1, 2, 3, 4, 5, 6, 7, "h".to_owned()));
        records.update(&four, |place: &mut Place| place.what = "books".to_owned());
        records.update(&eight, |eight: &mut Eight| eight.what = "all".to_owned());
        let none = records.get::<Place>(&("A".to_owned(), 1, 2, 4)).is_none();
        let what = (records.get::<Place>(&four).map(|it| it.what), records.get::<Eight>(&eight).map(|it| it.what));
        Ok::<_, Infallible>((none, what))
    });
    assert_eq!(found.expect("is carried out"), (true, (Some("books".to_owned()), Some("all".to_owned()))));
}
