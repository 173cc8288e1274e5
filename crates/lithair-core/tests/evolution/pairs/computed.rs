//! Stored computed fields that are new: old records get what they are computed from.

use expect_test::expect;
use lithair_core::model::Class::{Compatible, Plan, Refused};
use lithair_core::prelude::*;

use super::pairs;

pairs! {
    a_stored_expression_is_new: Plan, ["words"] => {
        struct Word { id: i64, word: String, #[computed(word.len(), stored)] #[db(index)] letters: i64 }
    }, expect![[r#"
        needs a plan: `Word.letters` (integer) is new: old records get what it is computed from, 5 records
        words r3 [Int(1), Text("changed"), Int(7)]
        words r2 [Int(2), Text("word 2"), Int(6)]
        words r2 [Int(3), Text("word 3"), Int(6)]
        words r2 [Int(4), Text("word 4"), Int(6)]
        words r2 [Int(5), Text("word 5"), Int(6)]"#]];

    a_chain_of_stored_expressions_is_new: Plan, ["sizes"] => {
        struct Size {
            id: i64,
            #[computed(twice + 1, stored)] odd: i64,
            size: i64,
            #[computed(half_again * 2, stored)] twice: i64,
            #[computed(size / 2)] half_again: i64,
        }
    }, expect![[r#"
        needs a plan: `Size.odd` (integer) is new: old records get what it is computed from, 5 records
        needs a plan: `Size.twice` (integer) is new: old records get what it is computed from, 5 records
        compatible: `Size.half_again` (integer) is new
        sizes r3 [Int(1), Int(101), Int(100), Int(100), Null]
        sizes r3 [Int(2), Int(201), Int(200), Int(200), Null]
        sizes r3 [Int(3), Int(301), Int(300), Int(300), Null]
        sizes r3 [Int(4), Int(401), Int(400), Int(400), Null]
        sizes r3 [Int(5), Int(501), Int(500), Int(500), Null]"#]];

    a_stored_count_of_records_is_new: Plan, ["persons"] => {
        struct Person {
            id: i64,
            first: String,
            last: String,
            #[relation(has_many = crate::before::Post, via = person_id)] posts: Many<crate::before::Post>,
            #[computed(count(posts), stored)] post_count: u32,
            #[computed(max(posts.id), stored)] newest: Option<i64>,
        }
    }, expect![[r#"
        needs a plan: `Person.post_count` (integer) is new: old records get what it is computed from, 5 records
        needs a plan: `Person.newest` (integer) is new: old records get what it is computed from, 5 records
        persons r3 [Int(1), Text("First1"), Text("Last1"), Int(1), Int(1)]
        persons r3 [Int(2), Text("First2"), Text("Last2"), Int(1), Int(2)]
        persons r3 [Int(3), Text("First3"), Text("Last3"), Int(1), Int(3)]
        persons r3 [Int(4), Text("First4"), Text("Last4"), Int(1), Int(4)]
        persons r3 [Int(5), Text("First5"), Text("Last5"), Int(1), Int(5)]"#]];

    what_is_filled_is_computed_with: Plan, ["sizes"] => {
        struct Size {
            id: i64,
            size: i64,
            #[db(backfill = 3)] factor: i64,
            #[computed(size * factor, stored)] product: i64,
        }
    }, expect![[r#"
        needs a plan: `Size.factor` (integer) is new: old records get its backfill, 5 records
        needs a plan: `Size.product` (integer) is new: old records get what it is computed from, 5 records
        sizes r3 [Int(1), Int(100), Int(3), Int(300)]
        sizes r3 [Int(2), Int(200), Int(3), Int(600)]
        sizes r3 [Int(3), Int(300), Int(3), Int(900)]
        sizes r3 [Int(4), Int(400), Int(3), Int(1200)]
        sizes r3 [Int(5), Int(500), Int(3), Int(1500)]"#]];

    a_virtual_field_is_new: Compatible, ["words"] => {
        struct Word { id: i64, word: String, #[computed(word.len())] letters: i64 }
    }, expect![[r#"
        compatible: `Word.letters` (integer) is new
        words r2 [Int(1), Text("changed"), Null]
        words r1 [Int(2), Text("word 2"), Null]
        words r1 [Int(3), Text("word 3"), Null]
        words r1 [Int(4), Text("word 4"), Null]
        words r1 [Int(5), Text("word 5"), Null]"#]];

    a_stored_expression_is_new_where_there_is_no_record: Compatible, ["blanks"] => {
        struct Blank { id: i64, text: String, #[computed(text.len(), stored)] letters: i64 }
    }, expect![[r#"
        compatible: `Blank.letters` (integer) is new: old records get what it is computed from
    "#]];

    what_is_computed_does_not_fit: Refused, ["sizes"] => {
        struct Size { id: i64, size: i64, #[computed(size * 2, stored)] small: i8 }
    }, expect![[r#"
        needs a plan: `Size.small` (integer) is new: old records get what it is computed from, 5 records
        Size records do not keep what the model says now: small: the field is computed, and the result does not fit it: expected an integer from -128 to 127: 1, 2, 3 and 2 more"#]];

    a_check_over_what_is_computed_does_not_hold: Refused, ["sizes"] => {
        #[db(check(twice < 700, "too much"))]
        struct Size { id: i64, size: i64, #[computed(size * 2, stored)] twice: i64 }
    }, expect![[r#"
        needs a plan: `Size.twice` (integer) is new: old records get what it is computed from, 5 records
        Size records do not keep what the model says now: the record: too much: 4, 5"#]];
}
