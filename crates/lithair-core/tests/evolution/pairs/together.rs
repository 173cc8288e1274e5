//! Several changes at once.

use expect_test::expect;
use lithair_core::model::Class::{Plan, Refused};
use lithair_core::prelude::*;

use super::pairs;

pairs! {
    a_field_goes_one_comes_and_one_changes: Plan, ["persons", "posts"] => {
        struct Person { id: i64, #[db(upcast = shown)] last: Vec<String>, #[db(backfill = 30)] age: i64 }
        struct Post { id: i64, #[relation(belongs_to = Person)] person_id: Id<Person> }
    } with {
        fn shown(last: String) -> Vec<String> {
            vec![last]
        }
    }, expect![[r#"
        needs a plan: `Person.last` was `string` and is `array of string`: a function converts the values, 5 records
        needs a plan: `Person.age` (integer) is new: old records get its backfill, 5 records
        needs a plan: `Person.first` (string) is left out, 5 records
        persons r2 [Int(1), List([Text("Last1")]), Int(30)]
        persons r2 [Int(2), List([Text("Last2")]), Int(30)]
        persons r2 [Int(3), List([Text("Last3")]), Int(30)]
        persons r2 [Int(4), List([Text("Last4")]), Int(30)]
        persons r2 [Int(5), List([Text("Last5")]), Int(30)]
        posts r1 [Int(1), Int(1)]
        posts r1 [Int(2), Int(2)]
        posts r1 [Int(3), Int(3)]
        posts r1 [Int(4), Int(4)]
        posts r1 [Int(5), Int(5)]"#]];

    one_thing_of_three_is_refused: Refused, ["words", "sizes", "prices"] => {
        struct Word { id: i64 }
        struct Size { id: i64, #[db(renamed_from = "size")] extent: i64 }
        struct Price { id: i64, price: i64 }
    }, expect![[r#"
        needs a plan: `Word.word` (string) is left out
        compatible: `Size.size` is `Size.extent` now
        refused: `Price.price` has values of type `string` in the log, the struct says `integer`: give it `#[db(upcast = function)]`, or another name"#]];

    models_go_and_others_are_filled: Plan, ["words", "sizes"] => {
        struct Size { id: i64, size: i64, #[db(backfill = 1)] step: i64 }
    }, expect![[r#"
        needs a plan: `Size.step` (integer) is new: old records get its backfill, 5 records
        needs a plan: the model `words` is left out: its records are removed, 5 records
        sizes r2 [Int(1), Int(100), Int(1)]
        sizes r2 [Int(2), Int(200), Int(1)]
        sizes r2 [Int(3), Int(300), Int(1)]
        sizes r2 [Int(4), Int(400), Int(1)]
        sizes r2 [Int(5), Int(500), Int(1)]"#]];
}
