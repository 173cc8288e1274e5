//! What is new or has another name, and takes nothing.

use expect_test::expect;
use lithair_core::model::Class::{Compatible, Refused};
use lithair_core::prelude::*;

use super::pairs;

pairs! {
    nothing_changes: Compatible, ["words"] => {
        struct Word { id: i64, word: String }
    }, expect![[r#"
        words r2 [Int(1), Text("changed")]
        words r1 [Int(2), Text("word 2")]
        words r1 [Int(3), Text("word 3")]
        words r1 [Int(4), Text("word 4")]
        words r1 [Int(5), Text("word 5")]"#]];

    a_model_is_new: Compatible, [] => {
        struct Fresh { id: i64, text: String }
    }, expect![[r#"
        compatible: the model `freshes` is new
    "#]];

    an_optional_field_is_new: Compatible, ["words"] => {
        struct Word { id: i64, word: String, more: Option<String> }
    }, expect![[r#"
        compatible: `Word.more` (string) is new
        words r2 [Int(1), Text("changed"), Null]
        words r1 [Int(2), Text("word 2"), Null]
        words r1 [Int(3), Text("word 3"), Null]
        words r1 [Int(4), Text("word 4"), Null]
        words r1 [Int(5), Text("word 5"), Null]"#]];

    a_field_with_a_constant_default_is_new: Compatible, ["words"] => {
        struct Word { id: i64, word: String, #[db(default = 3)] more: i64 }
    }, expect![[r#"
        compatible: `Word.more` (integer) is new
        words r2 [Int(1), Text("changed"), Int(3)]
        words r1 [Int(2), Text("word 2"), Int(3)]
        words r1 [Int(3), Text("word 3"), Int(3)]
        words r1 [Int(4), Text("word 4"), Int(3)]
        words r1 [Int(5), Text("word 5"), Int(3)]"#]];

    a_required_field_is_new_in_an_empty_model_with_a_backfill: Compatible, ["blanks"] => {
        struct Blank { id: i64, text: String, #[db(backfill = 1)] more: i64 }
    }, expect![[r#"
        compatible: `Blank.more` (integer) is new: old records get its backfill
    "#]];

    an_index_is_new: Compatible, ["sizes"] => {
        struct Size { id: i64, #[db(index)] size: i64 }
    }, expect![[r#"
        compatible: `Size` declares something else of the same fields
        sizes r1 [Int(1), Int(100)]
        sizes r1 [Int(2), Int(200)]
        sizes r1 [Int(3), Int(300)]
        sizes r1 [Int(4), Int(400)]
        sizes r1 [Int(5), Int(500)]"#]];

    fields_stand_in_another_order: Compatible, ["persons"] => {
        struct Person { id: i64, last: String, first: String }
    }, expect![[r#"
        compatible: `Person` declares something else of the same fields
        persons r1 [Int(1), Text("Last1"), Text("First1")]
        persons r1 [Int(2), Text("Last2"), Text("First2")]
        persons r1 [Int(3), Text("Last3"), Text("First3")]
        persons r1 [Int(4), Text("Last4"), Text("First4")]
        persons r1 [Int(5), Text("Last5"), Text("First5")]"#]];

    a_field_may_be_null_now: Compatible, ["words"] => {
        struct Word { id: i64, word: Option<String> }
    }, expect![[r#"
        compatible: `Word` declares something else of the same fields
        words r2 [Int(1), Text("changed")]
        words r1 [Int(2), Text("word 2")]
        words r1 [Int(3), Text("word 3")]
        words r1 [Int(4), Text("word 4")]
        words r1 [Int(5), Text("word 5")]"#]];

    a_field_has_another_name_in_json: Compatible, ["words"] => {
        struct Word { id: i64, #[http(rename = "term")] word: String }
    }, expect![[r#"
        compatible: `Word` declares something else of the same fields
        words r2 [Int(1), Text("changed")]
        words r1 [Int(2), Text("word 2")]
        words r1 [Int(3), Text("word 3")]
        words r1 [Int(4), Text("word 4")]
        words r1 [Int(5), Text("word 5")]"#]];

    a_field_is_renamed: Compatible, ["words"] => {
        struct Word { id: i64, #[db(renamed_from = "word")] term: String }
    }, expect![[r#"
        compatible: `Word.word` is `Word.term` now
        words r2 [Int(1), Text("changed")]
        words r1 [Int(2), Text("word 2")]
        words r1 [Int(3), Text("word 3")]
        words r1 [Int(4), Text("word 4")]
        words r1 [Int(5), Text("word 5")]"#]];

    a_model_is_renamed: Compatible, ["words"] => {
        #[db(renamed_from = "words")]
        struct Term { id: i64, word: String }
    }, expect![[r#"
        compatible: the model `words` is `terms` now
        terms r2 [Int(1), Text("changed")]
        terms r1 [Int(2), Text("word 2")]
        terms r1 [Int(3), Text("word 3")]
        terms r1 [Int(4), Text("word 4")]
        terms r1 [Int(5), Text("word 5")]"#]];

    a_model_and_a_field_are_renamed: Compatible, ["words"] => {
        #[db(renamed_from = "words")]
        struct Term { id: i64, #[db(renamed_from = "word")] text: String }
    }, expect![[r#"
        compatible: the model `words` is `terms` now
        compatible: `Term.word` is `Term.text` now
        terms r2 [Int(1), Text("changed")]
        terms r1 [Int(2), Text("word 2")]
        terms r1 [Int(3), Text("word 3")]
        terms r1 [Int(4), Text("word 4")]
        terms r1 [Int(5), Text("word 5")]"#]];

    an_enum_has_one_more_variant: Compatible, ["feelings"] => {
        struct Feeling { id: i64, mood: Mood }
    } with {
        #[derive(DeclarativeEnum)]
        enum Mood {
            Calm,
            Loud,
            Wild,
        }
    }, expect![[r#"
        compatible: `Feeling` declares something else of the same fields
        feelings r1 [Int(1), Text("Calm")]
        feelings r1 [Int(2), Text("Loud")]
        feelings r1 [Int(3), Text("Calm")]
        feelings r1 [Int(4), Text("Loud")]
        feelings r1 [Int(5), Text("Calm")]"#]];

    an_integer_is_smaller_and_its_values_fit: Compatible, ["sizes"] => {
        struct Size { id: i64, size: i32 }
    }, expect![[r#"
        compatible: `Size` declares something else of the same fields
        sizes r1 [Int(1), Int(100)]
        sizes r1 [Int(2), Int(200)]
        sizes r1 [Int(3), Int(300)]
        sizes r1 [Int(4), Int(400)]
        sizes r1 [Int(5), Int(500)]"#]];

    a_required_field_is_new: Refused, ["words"] => {
        struct Word { id: i64, word: String, more: i64 }
    }, expect!["refused: `Word.more` is new and old records have no value for it: make it an `Option`, or give it `#[db(default = ..)]` or `#[db(backfill = ..)]`"];

    a_required_field_has_a_default_that_is_no_constant: Compatible, ["words"] => {
        struct Word { id: i64, word: String, #[db(default = now())] at: Option<Timestamp> }
    }, expect![[r#"
        compatible: `Word.at` (timestamp) is new
        words r2 [Int(1), Text("changed"), Null]
        words r1 [Int(2), Text("word 2"), Null]
        words r1 [Int(3), Text("word 3"), Null]
        words r1 [Int(4), Text("word 4"), Null]
        words r1 [Int(5), Text("word 5"), Null]"#]];
}
