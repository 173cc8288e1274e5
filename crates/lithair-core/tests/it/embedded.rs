//! Embedded structs in data that was written before: what is added, renamed, left out or of another type inside of them.

use std::convert::Infallible;
use std::sync::Arc;

use lithair_core::model::{ModelSchema, Value};
use lithair_core::prelude::*;
use lithair_core::store::MemoryMedia;
use lithair_core::{Engine, StartError, migration};

use crate::engine::options;

/// A program with a shop whose address, and whose stops, are of the struct that stands here; and a variant with data.
macro_rules! programs {
    ($($name:ident { $($address:tt)* } $(with $field:meta)? ;)*) => {$(
        mod $name {
            use super::*;

            #[derive(DeclarativeStruct)]
            #[allow(dead_code, reason = "read by the log")]
            pub(super) struct Address { $($address)* }

            #[derive(DeclarativeModel)]
            #[permission(all = public)]
            #[allow(dead_code, reason = "read by the log")]
            pub(super) struct Shop {
                #[db(primary_key)]
                pub(super) id: i64,
                $(#[$field])?
                pub(super) address: Address,
                $(#[$field])?
                pub(super) stops: Address,
            }

            impl Shop {
                pub(super) const ALL: &'static [&'static ModelSchema] = &[<Self as lithair_core::model::Model>::SCHEMA];
            }
        }
    )*};
}

programs! {
    first { pub(super) city: String, pub(super) rank: i64, };
    with_more { #[db(default = 7)] zip: i32, note: Option<String>, rank: i64, city: String, };
    renamed { #[db(renamed_from = "city")] town: String, rank: i64, };
    with_a_new_one_that_is_needed { city: String, rank: i64, zip: String, };
    with_a_default { city: String, rank: i64, #[db(default = 7)] zip: i32, note: Option<String>, };
    with_another_default { city: String, rank: i64, #[db(default = 8)] zip: i32, note: Option<String>, };
    without_a_default { city: String, rank: i64, zip: i32, note: Option<String>, };
    with_a_default_of_an_option { city: String, rank: i64, #[db(default = 7)] zip: i32, #[db(default = "new")] note: Option<String>, };
    with_another_default_and_without_one { city: String, #[db(default = 8)] zip: i32, note: Option<String>, };
    without_one { city: String, };
    with_one_of_a_former_name { city: String, rank: Option<i64>, };
    of_another_type { city: String, rank: String, };
    ruled { #[http(validate(len(..=3)))] city: String, rank: i64, };
    converted { pub(super) place: String, } with db(upcast = super::placed);
}

/// The former struct under another name.
#[derive(DeclarativeStruct)]
pub(crate) struct AddressBefore {
    city: String,
    rank: i64,
}

fn placed(before: AddressBefore) -> converted::Address {
    converted::Address { place: format!("{} ({})", before.city, before.rank) }
}

fn start(media: &MemoryMedia, schemas: &[&'static ModelSchema]) -> Result<Engine, StartError> {
    Engine::open(Arc::new(media.clone()), schemas.to_vec(), options(), Box::new(|_| {}))
}

fn written() -> MemoryMedia {
    let media = MemoryMedia::new();
    let engine = start(&media, first::Shop::ALL).expect("starts");
    let code = |records: &Context<'_>| {
        for (id, city) in [(1, "Bern"), (2, "Chur")] {
            let address = || first::Address { city: city.to_owned(), rank: id };
            records.create(&first::Shop { id, address: address(), stops: address() });
        }
        Ok::<_, Infallible>(())
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(engine.transaction(code)).expect("is carried out");
    engine.close();
    media
}

/// The addresses of all shops.
fn addresses(engine: &Engine) -> Vec<Value> {
    let model = &engine.state().catalog().models[0];
    let view = engine.state().view(None).expect("the present");
    view.records_of_model(0).map(|record| model.decode_row(&record.row.bytes).expect("is a row").remove(1)).collect()
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

#[test]
fn what_is_added_moved_or_renamed_inside_is_taken() {
    let media = written();
    let engine = start(&media, with_more::Shop::ALL).expect("starts");
    let of = |rank: i128, city: &str| Value::Struct(vec![Value::Int(7), Value::Null, Value::Int(rank), text(city)]);
    assert_eq!(addresses(&engine), [of(1, "Bern"), of(2, "Chur")]);
    drop(engine);
    let error = start(&media, first::Shop::ALL).map(drop).expect_err("an earlier program").to_string();
    assert!(error.contains("`Shop.address.zip` is left out"), "{error}");

    let media = written();
    let engine = start(&media, renamed::Shop::ALL).expect("starts");
    assert_eq!(addresses(&engine)[0], Value::Struct(vec![text("Bern"), Value::Int(1)]));
}

#[test]
fn what_old_values_cannot_be_is_refused_by_name() {
    let media = written();
    let cases = [
        (with_a_new_one_that_is_needed::Shop::ALL, "`Shop.address.zip` is new and old values have none"),
        (of_another_type::Shop::ALL, "`Shop.address.rank` has values of type `integer` in the log"),
        (ruled::Shop::ALL, "address/city: expected at most 3 characters"),
    ];
    for (schemas, expected) in cases {
        let error = start(&media, schemas).map(drop).expect_err(expected).to_string();
        assert!(error.contains(expected), "expected {expected}, found {error}");
    }
    start(&media, first::Shop::ALL).expect("nothing has changed");
}

/// It was refused: a function had to be written for it.
#[test]
fn what_is_left_out_inside_takes_a_plan_and_does_not_come_back() {
    let media = written();
    let refused = start(&media, without_one::Shop::ALL).map(drop).expect_err("it takes a plan").to_string();
    let words = "needs a plan: `Shop.stops.rank` is left out: what it is in is written again without it, 2 records";
    assert!(refused.contains(words) && refused.contains("`Shop.address.rank`"), "{refused}");
    start(&media, first::Shop::ALL).expect("nothing has changed");
    migration::apply(Arc::new(media.clone()), without_one::Shop::ALL.to_vec(), options(), &|_| {}).expect("is done");
    let engine = start(&media, without_one::Shop::ALL).expect("starts");
    assert_eq!(addresses(&engine), [Value::Struct(vec![text("Bern")]), Value::Struct(vec![text("Chur")])]);
    drop(engine);
    // A new field of that name has no value of the former one.
    let engine = start(&media, with_one_of_a_former_name::Shop::ALL).expect("starts");
    assert_eq!(addresses(&engine)[0], Value::Struct(vec![text("Bern"), Value::Null]));
}

#[test]
fn of_no_record_nothing_is_left_out() {
    let media = MemoryMedia::new();
    start(&media, first::Shop::ALL).expect("starts").close();
    start(&media, without_one::Shop::ALL).expect("starts: there is nothing to write again");
}

#[test]
fn a_function_converts_the_whole_struct() {
    let media = written();
    start(&media, converted::Shop::ALL).map(drop).expect_err("it takes a plan");
    migration::apply(Arc::new(media.clone()), converted::Shop::ALL.to_vec(), options(), &|_| {}).expect("is done");
    let engine = start(&media, converted::Shop::ALL).expect("starts");
    assert_eq!(addresses(&engine), [Value::Struct(vec![text("Bern (1)")]), Value::Struct(vec![text("Chur (2)")])]);
}

/// It was compatible, and what old values have in the place of the field became another value, in the past too.
#[test]
fn another_default_inside_takes_a_plan_and_old_values_keep_the_former_one() {
    let of = |rest: &[Value]| [text("Bern"), Value::Int(1)].into_iter().chain(rest.iter().cloned()).collect::<Vec<_>>();
    let kept = of(&[Value::Int(7), Value::Null]);
    let cases = [
        (with_another_default::Shop::ALL, "`Shop.address.zip` has another default", kept.clone()),
        (without_a_default::Shop::ALL, "`Shop.address.zip` has another default", kept.clone()),
        (with_a_default_of_an_option::Shop::ALL, "`Shop.address.note` has another default", kept),
        (
            with_another_default_and_without_one::Shop::ALL,
            "`Shop.address.rank` is left out",
            vec![text("Bern"), Value::Int(7), Value::Null],
        ),
    ];
    for (schemas, words, expected) in cases {
        let media = written();
        start(&media, with_a_default::Shop::ALL).expect("a new field is taken").close();
        let refused = start(&media, schemas).map(drop).expect_err("it takes a plan").to_string();
        assert!(
            refused.contains("needs a plan") && refused.contains(words) && refused.contains("2 records"),
            "{refused}"
        );
        start(&media, with_a_default::Shop::ALL).expect("nothing has changed").close();
        migration::apply(Arc::new(media.clone()), schemas.to_vec(), options(), &|_| {}).expect("is done");
        let engine = start(&media, schemas).expect("starts");
        assert_eq!(addresses(&engine)[0], Value::Struct(expected), "{words}");
        drop(engine);
        start(&media, schemas).expect("nothing is left to do").close();
    }
}

#[test]
fn another_default_inside_is_compatible_where_every_value_has_the_field() {
    let media = MemoryMedia::new();
    start(&media, with_a_default::Shop::ALL).expect("starts").close();
    start(&media, with_another_default::Shop::ALL).expect("starts: no value lacks the field").close();

    let media = written();
    start(&media, with_a_default::Shop::ALL).expect("a new field is taken").close();
    let another = || with_another_default::Shop::ALL.to_vec();
    migration::apply(Arc::new(media.clone()), another(), options(), &|_| {}).expect("is done");
    let engine = start(&media, with_a_default::Shop::ALL).expect("each value has the field by now");
    assert!(matches!(&addresses(&engine)[0], Value::Struct(values) if values[2] == Value::Int(7)));
}

mod variants {
    use super::*;

    /// A program with a bill that is paid by a card; what else is said of the card stands here.
    macro_rules! cards {
        ($($name:ident { $($rest:tt)* };)*) => {$(
            pub(super) mod $name {
                use super::*;

                #[derive(DeclarativeEnum)]
                #[allow(dead_code, reason = "read by the log")]
                pub(in super::super) enum Payment {
                    Cash,
                    Card { last: String, $($rest)* },
                }

                #[derive(DeclarativeModel)]
                #[permission(all = public)]
                #[allow(dead_code, reason = "read by the log")]
                pub(in super::super) struct Bill {
                    #[db(primary_key)]
                    pub(in super::super) id: i64,
                    pub(in super::super) paid: Vec<Payment>,
                }

                impl Bill {
                    pub(in super::super) const ALL: &'static [&'static ModelSchema] =
                        &[<Self as lithair_core::model::Model>::SCHEMA];
                }
            }
        )*};
    }

    cards! {
        first {};
        second { #[db(default = 7)] fee: i64, };
        third { #[db(default = 8)] fee: i64, };
    }
}

#[test]
fn another_default_in_a_variant_takes_a_plan_too() {
    use variants::{first, second, third};

    let media = MemoryMedia::new();
    let engine = start(&media, first::Bill::ALL).expect("starts");
    let paid = || vec![first::Payment::Cash, first::Payment::Card { last: "4242".to_owned() }];
    let code = move |records: &Context<'_>| {
        records.create(&first::Bill { id: 1, paid: paid() });
        Ok::<_, Infallible>(())
    };
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(engine.transaction(code)).expect("is carried out");
    drop(engine);
    start(&media, second::Bill::ALL).expect("a new field is taken").close();
    let refused = start(&media, third::Bill::ALL).map(drop).expect_err("it takes a plan").to_string();
    assert!(refused.contains("`Bill.paid.Card.fee` has another default"), "{refused}");
    migration::apply(Arc::new(media.clone()), third::Bill::ALL.to_vec(), options(), &|_| {}).expect("is done");
    let engine = start(&media, third::Bill::ALL).expect("starts");
    let card = Value::Variant("Card".into(), vec![text("4242"), Value::Int(7)]);
    assert_eq!(addresses(&engine), [Value::List(vec![Value::Variant("Cash".into(), Vec::new()), card])]);
}
