//! Values for records of before a field.

use expect_test::expect;
use lithair_core::model::Class::{Compatible, Plan, Refused};
use lithair_core::prelude::*;

use super::pairs;
use crate::before::Mood;

pairs! {
    a_default_is_another: Plan, ["ranks"] => {
        struct Rank { id: i64, #[db(default = 9)] rank: i64 }
    }, expect![[r#"
        needs a plan: `Rank.rank` has another default: records of before the field keep the former one, 2 records
        ranks r2 [Int(1), Int(7)]
        ranks r2 [Int(2), Int(7)]
        ranks r1 [Int(3), Int(30)]
        ranks r1 [Int(4), Int(40)]
        ranks r1 [Int(5), Int(50)]"#]];

    a_default_is_gone: Plan, ["ranks"] => {
        struct Rank { id: i64, rank: i64 }
    }, expect![[r#"
        needs a plan: `Rank.rank` has another default: records of before the field keep the former one, 2 records
        ranks r2 [Int(1), Int(7)]
        ranks r2 [Int(2), Int(7)]
        ranks r1 [Int(3), Int(30)]
        ranks r1 [Int(4), Int(40)]
        ranks r1 [Int(5), Int(50)]"#]];

    a_default_is_new_and_every_record_has_a_value: Compatible, ["sizes"] => {
        struct Size { id: i64, #[db(default = 9)] size: i64 }
    }, expect![[r#"
        compatible: `Size.size` has another default: records of before the field keep the former one
        sizes r1 [Int(1), Int(100)]
        sizes r1 [Int(2), Int(200)]
        sizes r1 [Int(3), Int(300)]
        sizes r1 [Int(4), Int(400)]
        sizes r1 [Int(5), Int(500)]"#]];

    a_default_is_another_and_the_field_too: Plan, ["ranks"] => {
        struct Rank { id: i64, #[db(default = 9, renamed_from = "rank")] place: i64 }
    }, expect![[r#"
        needs a plan: `Rank.place` has another default: records of before the field keep the former one, 2 records
        ranks r2 [Int(1), Int(7)]
        ranks r2 [Int(2), Int(7)]
        ranks r1 [Int(3), Int(30)]
        ranks r1 [Int(4), Int(40)]
        ranks r1 [Int(5), Int(50)]"#]];

    a_backfill_is_a_constant: Plan, ["words"] => {
        struct Word { id: i64, word: String, #[db(backfill = 5)] more: i64 }
    }, expect![[r#"
        needs a plan: `Word.more` (integer) is new: old records get its backfill, 5 records
        words r3 [Int(1), Text("changed"), Int(5)]
        words r2 [Int(2), Text("word 2"), Int(5)]
        words r2 [Int(3), Text("word 3"), Int(5)]
        words r2 [Int(4), Text("word 4"), Int(5)]
        words r2 [Int(5), Text("word 5"), Int(5)]"#]];

    a_backfill_is_a_variant: Plan, ["words"] => {
        struct Word { id: i64, word: String, #[db(backfill = Mood::Loud)] mood: Mood }
    }, expect![[r#"
        needs a plan: `Word.mood` (enum) is new: old records get its backfill, 5 records
        words r3 [Int(1), Text("changed"), Text("Loud")]
        words r2 [Int(2), Text("word 2"), Text("Loud")]
        words r2 [Int(3), Text("word 3"), Text("Loud")]
        words r2 [Int(4), Text("word 4"), Text("Loud")]
        words r2 [Int(5), Text("word 5"), Text("Loud")]"#]];

    a_backfill_is_another_field: Plan, ["words"] => {
        struct Word { id: i64, word: String, #[db(backfill = word)] title: String }
    }, expect![[r#"
        needs a plan: `Word.title` (string) is new: old records get its backfill, 5 records
        words r3 [Int(1), Text("changed"), Text("changed")]
        words r2 [Int(2), Text("word 2"), Text("word 2")]
        words r2 [Int(3), Text("word 3"), Text("word 3")]
        words r2 [Int(4), Text("word 4"), Text("word 4")]
        words r2 [Int(5), Text("word 5"), Text("word 5")]"#]];

    a_backfill_is_a_function: Plan, ["words"] => {
        struct Word { id: i64, word: String, #[db(backfill = fn(given))] title: String }
    } with {
        fn given() -> String {
            "given".to_owned()
        }
    }, expect![[r#"
        needs a plan: `Word.title` (string) is new: old records get its backfill, 5 records
        words r3 [Int(1), Text("changed"), Text("given")]
        words r2 [Int(2), Text("word 2"), Text("given")]
        words r2 [Int(3), Text("word 3"), Text("given")]
        words r2 [Int(4), Text("word 4"), Text("given")]
        words r2 [Int(5), Text("word 5"), Text("given")]"#]];

    a_backfill_gives_what_a_default_would_not: Plan, ["words"] => {
        struct Word { id: i64, word: String, #[db(default = 1, backfill = 2)] more: i64 }
    }, expect![[r#"
        needs a plan: `Word.more` (integer) is new: old records get its backfill, 5 records
        words r3 [Int(1), Text("changed"), Int(2)]
        words r2 [Int(2), Text("word 2"), Int(2)]
        words r2 [Int(3), Text("word 3"), Int(2)]
        words r2 [Int(4), Text("word 4"), Int(2)]
        words r2 [Int(5), Text("word 5"), Int(2)]"#]];

    a_backfill_is_unique_and_the_same_for_all: Refused, ["words"] => {
        struct Word { id: i64, word: String, #[db(backfill = 5, unique)] more: i64 }
    }, expect![[r#"
        needs a plan: `Word.more` (integer) is new: old records get its backfill, 5 records
        Word records do not keep what the model says now: more: several records have the same value: 1, 2, 3 and 2 more"#]];

    a_backfill_breaks_a_rule: Refused, ["words"] => {
        struct Word { id: i64, word: String, #[db(backfill = 5)] #[http(validate(range(6..)))] more: i64 }
    }, expect![[r#"
        needs a plan: `Word.more` (integer) is new: old records get its backfill, 5 records
        Word records do not keep what the model says now: more: expected at least 6: 1, 2, 3 and 2 more"#]];

    a_backfill_of_what_some_records_have_a_default_of: Plan, ["ranks"] => {
        struct Rank { id: i64, #[db(default = 7)] rank: i64, #[db(backfill = rank)] first_rank: i64 }
    }, expect![[r#"
        needs a plan: `Rank.first_rank` (integer) is new: old records get its backfill, 5 records
        ranks r2 [Int(1), Int(7), Int(7)]
        ranks r2 [Int(2), Int(7), Int(7)]
        ranks r2 [Int(3), Int(30), Int(30)]
        ranks r2 [Int(4), Int(40), Int(40)]
        ranks r2 [Int(5), Int(50), Int(50)]"#]];

    a_backfill_refers_to_a_record: Plan, ["words"] => {
        struct Word {
            id: i64,
            word: String,
            #[db(backfill = 1)] #[relation(belongs_to = crate::before::Size)] size_id: i64,
        }
    }, expect![[r#"
        needs a plan: `Word.size_id` (integer) is new: old records get its backfill, 5 records
        words r3 [Int(1), Text("changed"), Int(1)]
        words r2 [Int(2), Text("word 2"), Int(1)]
        words r2 [Int(3), Text("word 3"), Int(1)]
        words r2 [Int(4), Text("word 4"), Int(1)]
        words r2 [Int(5), Text("word 5"), Int(1)]"#]];

    a_backfill_refers_to_nothing: Refused, ["words"] => {
        struct Word {
            id: i64,
            word: String,
            #[db(backfill = 77)] #[relation(belongs_to = crate::before::Size)] size_id: i64,
        }
    }, expect![[r#"
        needs a plan: `Word.size_id` (integer) is new: old records get its backfill, 5 records
        Word records do not keep what the model says now: size_id: there is no such Size: 1, 2, 3 and 2 more"#]];
}
