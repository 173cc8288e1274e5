//! What is left out.

use expect_test::expect;
use lithair_core::model::Class::{Plan, Refused};
use lithair_core::prelude::*;

use super::pairs;

pairs! {
    a_field_is_left_out: Plan, ["words"] => {
        struct Word { id: i64 }
    }, expect![[r#"
        needs a plan: `Word.word` (string) is left out, 5 records
        words r2 [Int(1)]
        words r1 [Int(2)]
        words r1 [Int(3)]
        words r1 [Int(4)]
        words r1 [Int(5)]"#]];

    a_field_is_left_out_that_some_records_have_no_value_of: Plan, ["hints"] => {
        struct Hint { id: i64 }
    }, expect![[r#"
        needs a plan: `Hint.hint` (string) is left out, 3 records
        hints r1 [Int(1)]
        hints r1 [Int(2)]
        hints r1 [Int(3)]
        hints r1 [Int(4)]
        hints r1 [Int(5)]"#]];

    two_fields_are_left_out: Plan, ["persons", "posts"] => {
        struct Person { id: i64 }
        struct Post { id: i64, #[relation(belongs_to = Person)] person_id: Id<Person> }
    }, expect![[r#"
        needs a plan: `Person.first` (string) is left out, 5 records
        needs a plan: `Person.last` (string) is left out, 5 records
        persons r1 [Int(1)]
        persons r1 [Int(2)]
        persons r1 [Int(3)]
        persons r1 [Int(4)]
        persons r1 [Int(5)]
        posts r1 [Int(1), Int(1)]
        posts r1 [Int(2), Int(2)]
        posts r1 [Int(3), Int(3)]
        posts r1 [Int(4), Int(4)]
        posts r1 [Int(5), Int(5)]"#]];

    a_reference_is_left_out: Plan, ["posts"] => {
        struct Post { id: i64 }
    }, expect![[r#"
        needs a plan: `Post.person_id` (integer) is left out, 5 records
        posts r1 [Int(1)]
        posts r1 [Int(2)]
        posts r1 [Int(3)]
        posts r1 [Int(4)]
        posts r1 [Int(5)]"#]];

    a_model_is_left_out: Plan, ["words"] => {}, expect![[r#"
        needs a plan: the model `words` is left out: its records are removed, 5 records
    "#]];

    an_empty_model_is_left_out: Plan, ["blanks"] => {}, expect![[r#"
        needs a plan: the model `blanks` is left out: its records are removed, 0 records
    "#]];

    two_models_are_left_out: Plan, ["persons", "posts"] => {}, expect![[r#"
        needs a plan: the model `persons` is left out: its records are removed, 5 records
        needs a plan: the model `posts` is left out: its records are removed, 5 records
    "#]];

    a_field_is_left_out_and_another_is_new: Plan, ["words"] => {
        struct Word { id: i64, more: Option<i64> }
    }, expect![[r#"
        compatible: `Word.more` (integer) is new
        needs a plan: `Word.word` (string) is left out, 5 records
        words r2 [Int(1), Null]
        words r1 [Int(2), Null]
        words r1 [Int(3), Null]
        words r1 [Int(4), Null]
        words r1 [Int(5), Null]"#]];

    a_name_is_taken_by_another_type: Refused, ["words"] => {
        struct Word { id: i64, word: i64 }
    }, expect!["refused: `Word.word` has values of type `string` in the log, the struct says `integer`: give it `#[db(upcast = function)]`, or another name"];

    a_model_is_left_out_that_another_refers_to: Plan, ["persons", "posts"] => {
        struct Post { id: i64, person_id: i64 }
    }, expect![[r#"
        compatible: `Post` declares something else of the same fields
        needs a plan: the model `persons` is left out: its records are removed, 5 records
        posts r1 [Int(1), Int(1)]
        posts r1 [Int(2), Int(2)]
        posts r1 [Int(3), Int(3)]
        posts r1 [Int(4), Int(4)]
        posts r1 [Int(5), Int(5)]"#]];
}
