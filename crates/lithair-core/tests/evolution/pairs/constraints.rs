//! New constraints: old records keep them, or the program does not start.

use expect_test::expect;
use lithair_core::model::Class::{Compatible, Refused};
use lithair_core::prelude::*;

use super::pairs;

pairs! {
    a_rule_is_kept: Compatible, ["words"] => {
        struct Word { id: i64, #[http(validate(len(..=10)))] word: String }
    }, expect![[r#"
        compatible: `Word` declares something else of the same fields
        words r2 [Int(1), Text("changed")]
        words r1 [Int(2), Text("word 2")]
        words r1 [Int(3), Text("word 3")]
        words r1 [Int(4), Text("word 4")]
        words r1 [Int(5), Text("word 5")]"#]];

    a_rule_is_not_kept: Refused, ["words"] => {
        struct Word { id: i64, #[http(validate(len(..=6)))] word: String }
    }, expect![[r#"
        compatible: `Word` declares something else of the same fields
        Word records do not keep what the model says now: word: expected at most 6 characters, found 7: 1"#]];

    a_check_is_kept: Compatible, ["sizes"] => {
        #[db(check(size < 1000, "sizes are small"))]
        struct Size { id: i64, size: i64 }
    }, expect![[r#"
        compatible: `Size` declares something else of the same fields
        sizes r1 [Int(1), Int(100)]
        sizes r1 [Int(2), Int(200)]
        sizes r1 [Int(3), Int(300)]
        sizes r1 [Int(4), Int(400)]
        sizes r1 [Int(5), Int(500)]"#]];

    a_check_is_not_kept: Refused, ["sizes"] => {
        #[db(check(size < 400, "sizes are small"))]
        struct Size { id: i64, size: i64 }
    }, expect![[r#"
        compatible: `Size` declares something else of the same fields
        Size records do not keep what the model says now: the record: sizes are small: 4, 5"#]];

    a_unique_value_is_there_once: Compatible, ["words"] => {
        struct Word { id: i64, #[db(unique)] word: String }
    }, expect![[r#"
        compatible: `Word` declares something else of the same fields
        words r2 [Int(1), Text("changed")]
        words r1 [Int(2), Text("word 2")]
        words r1 [Int(3), Text("word 3")]
        words r1 [Int(4), Text("word 4")]
        words r1 [Int(5), Text("word 5")]"#]];

    a_unique_value_is_there_twice: Refused, ["hints"] => {
        struct Hint { id: i64, #[db(unique)] hint: Option<String> }
    }, expect![[r#"
        compatible: `Hint` declares something else of the same fields
        Hint records do not keep what the model says now: hint: several records have the same value: 2, 5"#]];

    a_reference_leads_somewhere: Compatible, ["words"] => {
        struct Word { #[relation(belongs_to = crate::before::Size)] id: i64, word: String }
    }, expect![[r#"
        compatible: `Word` declares something else of the same fields
        words r2 [Int(1), Text("changed")]
        words r1 [Int(2), Text("word 2")]
        words r1 [Int(3), Text("word 3")]
        words r1 [Int(4), Text("word 4")]
        words r1 [Int(5), Text("word 5")]"#]];

    a_reference_leads_nowhere: Refused, ["sizes"] => {
        struct Size { id: i64, #[relation(belongs_to = crate::before::Word)] size: i64 }
    }, expect![[r#"
        compatible: `Size` declares something else of the same fields
        Size records do not keep what the model says now: size: there is no such Word: 1, 2, 3 and 2 more"#]];

    a_null_becomes_required: Refused, ["hints"] => {
        struct Hint { id: i64, hint: String }
    }, expect![[r#"
        compatible: `Hint` declares something else of the same fields
        Hint records do not keep what the model says now: hint: a value is required: 1, 4"#]];

    an_integer_is_smaller_and_a_value_does_not_fit: Refused, ["sizes"] => {
        struct Size { id: i64, size: u8 }
    }, expect![[r#"
        compatible: `Size` declares something else of the same fields
        Size records do not keep what the model says now: size: expected an integer: 3, 4, 5"#]];
}
