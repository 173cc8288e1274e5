//! One JSON value for one field of each type.

use super::shown;
use crate::testing::every_kind;
use crate::{DraftMode, decode_draft};

/// What becomes of each value that a body has for a field.
#[track_caller]
fn check(field: &str, cases: &[(&str, &str)]) {
    let model = every_kind();
    for (value, expected) in cases {
        let body = format!("{{{field:?}:{value}}}");
        let found = shown(&model, decode_draft(&model, body.as_bytes(), DraftMode::Import, &|_| None));
        let name = model.schema.fields.iter().find(|known| known.wire == field).expect("a field").name;
        // A refusal also names the key, which a whole record must have.
        let found = found.strip_suffix("\n/id required: a value is required").unwrap_or(&found);
        let found = found.strip_prefix(&format!("{name}=")).unwrap_or(found);
        assert_eq!(found, *expected, "{body}");
    }
}

#[test]
fn booleans() {
    check(
        "flag",
        &[
            ("true", "true"),
            ("null", "null"),
            ("0", "/flag type: expected a boolean, found a number"),
            ("\"true\"", "/flag type: expected a boolean, found a string"),
        ],
    );
}

#[test]
fn integers_are_exact_and_in_range() {
    let range = "/whole range: expected an integer from -9223372036854775808 to 9223372036854775807 min=-9223372036854775808 max=9223372036854775807";
    let fraction = "/whole type: expected an integer, found a number";
    check(
        "whole",
        &[
            ("9007199254740993", "9007199254740993"),
            ("9223372036854775807", "9223372036854775807"),
            ("9223372036854775808", range),
            ("-9223372036854775808", "-9223372036854775808"),
            ("-9223372036854775809", range),
            ("1000000000000000000000000000000000000000000000000", range),
            ("-0", "0"),
            ("1.0", "1"),
            ("12.5e1", "125"),
            ("1e2", "100"),
            ("1e20", range),
            ("1.5", fraction),
            ("1e-1", fraction),
            ("0.99999999999999999999999999999999999999", fraction),
            ("\"1\"", "/whole type: expected an integer, found a string"),
            ("true", "/whole type: expected an integer, found a boolean"),
            ("[]", "/whole type: expected an integer, found an array"),
        ],
    );
    let range = "/natural range: expected an integer from 0 to 18446744073709551615 min=0 max=18446744073709551615";
    check(
        "natural",
        &[("18446744073709551615", "18446744073709551615"), ("18446744073709551616", range), ("-1", range)],
    );
}

#[test]
fn floats_are_finite_and_what_their_bits_hold() {
    let range = "/real range: expected a number that 64 bits hold, at most 1.7976931348623157e308 min=-1.7976931348623157e308 max=1.7976931348623157e308";
    check(
        "real",
        &[
            ("1", "1.0"),
            ("0.1", "0.1"),
            ("-0.0", "-0.0"),
            ("1e308", "1e+308"),
            ("1e309", range),
            ("-1e400", range),
            ("1e-400", "0.0"),
            ("\"NaN\"", "/real type: expected a number, found a string"),
        ],
    );
    let range = "/short_real range: expected a number that 32 bits hold, at most 3.4028234663852886e38 min=-3.4028234663852886e38 max=3.4028234663852886e38";
    check("short_real", &[("0.1", "0.1"), ("16777217", "16777216.0"), ("1e39", range)]);
}

#[test]
fn decimals_are_exact() {
    let type_ = "/exact type: expected a decimal such as \"12.50\", of at most 28 digits";
    check(
        "exact",
        &[
            ("12.50", "\"12.50\""),
            ("\"12.50\"", "\"12.50\""),
            ("1e2", "\"100\""),
            ("\"1e2\"", "\"100\""),
            ("-0.0", "\"0.0\""),
            ("0.1", "\"0.1\""),
            ("7.0000000000000000000000000001", "\"7.0000000000000000000000000001\""),
            ("7.00000000000000000000000000001", type_),
            ("1e29", type_),
            ("\"1_000\"", type_),
            ("\" 1\"", type_),
            ("\"\"", type_),
            ("true", &format!("{type_}, found a boolean")),
        ],
    );
    let digits = "/price decimal: expected at most 10 digits before the point and 2 after it precision=12 scale=2";
    check(
        "price",
        &[
            ("1", "\"1.00\""),
            ("1.10", "\"1.10\""),
            ("1.100", "\"1.10\""),
            ("1.101", digits),
            ("0.001", digits),
            ("9999999999.99", "\"9999999999.99\""),
            ("10000000000", digits),
            ("-9999999999.99", "\"-9999999999.99\""),
            ("1e40", digits),
            ("1e-40", digits),
            ("\"x\"", "/price type: expected a decimal such as \"12.50\", of at most 28 digits"),
        ],
    );
}

#[test]
fn texts_come_as_they_are() {
    check(
        "text",
        &[
            ("\"\"", "\"\""),
            ("\"a\\u0000\\n\\\"\\\\\\/é\\u00e9\\ud83d\\ude00\"", "\"a\\u0000\\n\\\"\\\\/éé😀\""),
            ("1", "/text type: expected a string, found a number"),
            ("{}", "/text type: expected a string, found an object"),
        ],
    );
}

#[test]
fn identifiers_and_times() {
    let uuid = "\"01890a5d-ac96-774b-bcce-b302099a8057\"";
    check(
        "token",
        &[
            (uuid, uuid),
            ("\"01890A5D-AC96-774B-BCCE-B302099A8057\"", uuid),
            ("\"x\"", "/token type: expected a UUID such as \"01890a5d-ac96-774b-bcce-b302099a8057\""),
            ("1", "/token type: expected a UUID such as \"01890a5d-ac96-774b-bcce-b302099a8057\", found a number"),
        ],
    );
    let time = "/at type: expected an RFC 3339 time such as \"2026-01-31T12:00:00Z\"";
    check(
        "at",
        &[
            ("\"2026-01-31T12:00:00+14:00\"", "\"2026-01-30T22:00:00Z\""),
            ("\"2026-01-31T12:00:00.123456Z\"", "\"2026-01-31T12:00:00.123456Z\""),
            ("\"2026-01-31T12:00:00.1234567Z\"", time),
            ("\"2026-02-30T12:00:00Z\"", time),
            ("\"2026-01-31 12:00:00\"", "\"2026-01-31T12:00:00Z\""),
            ("1769860800", &format!("{time}, found a number")),
        ],
    );
    let date = "/day type: expected a date such as \"2026-01-31\"";
    check("day", &[("\"2024-02-29\"", "\"2024-02-29\""), ("\"2026-02-29\"", date), ("\"2026-01-31T12:00:00Z\"", date)]);
}

#[test]
fn only_an_import_takes_a_time_without_an_offset() {
    let model = every_kind();
    for mode in [DraftMode::Create, DraftMode::Replace, DraftMode::Patch] {
        let decoded = decode_draft(&model, br#"{"id":1,"at":"2026-01-31 12:00:00"}"#, mode, &|_| None);
        assert!(shown(&model, decoded).starts_with("/at type"), "{mode:?}");
    }
}

#[test]
fn enums_are_known_by_their_names() {
    check(
        "colour",
        &[
            ("\"green\"", "\"green\""),
            ("\"gren\"", "/colour enum: expected one of red, green, blue; did you mean `green`?"),
            ("\"Green\"", "/colour enum: expected one of red, green, blue; did you mean `green`?"),
            ("\"\"", "/colour enum: expected one of red, green, blue"),
            ("1", "/colour enum: expected one of red, green, blue"),
        ],
    );
    check(
        "shape",
        &[
            (r#"{"type":"Point"}"#, r#"{"type":"Point"}"#),
            (r#"{"width":3,"type":"Box"}"#, r#"{"type":"Box","width":3,"label":null}"#),
            (r#"{"type":"Box","label":"x","width":3}"#, r#"{"type":"Box","width":3,"label":"x"}"#),
            (r#"{"type":"Box","width":3,"secret":true}"#, "/shape/secret unknown_field: this is not a field of Box"),
            (
                r#"{"type":"Box","lable":"x","width":"3","label":4}"#,
                "/shape/lable unknown_field: this is not a field of Box; did you mean `label`?\n\
             /shape/width type: expected an integer, found a string\n\
             /shape/label type: expected a string, found a number",
            ),
            (r#"{"type":"Box"}"#, "/shape/width required: a value is required"),
            (r#"{"type":"Box","width":null}"#, "/shape/width required: a value is required"),
            (r#"{"width":3}"#, "/shape/type required: a value is required"),
            (r#"{"type":"Bax"}"#, "/shape/type enum: expected one of Point, Box; did you mean `Box`?"),
            (r#"{"type":1}"#, "/shape/type enum: expected one of Point, Box"),
            ("\"Point\"", "/shape type: expected an object with a `type`, found a string"),
        ],
    );
}

#[test]
fn every_wrong_element_is_named() {
    check(
        "tags",
        &[
            (r#"["a",null]"#, r#"["a",null]"#),
            ("[]", "[]"),
            (
                r#"["a",1,null,{}]"#,
                "/tags/1 type: expected a string, found a number\n/tags/3 type: expected a string, found an object",
            ),
            ("\"a\"", "/tags type: expected an array, found a string"),
        ],
    );
    check("mood", &[(r#"["red",null]"#, "/mood/1 enum: expected one of red, green, blue")]);
}

#[test]
fn json_is_any_value() {
    let depth = "/extra data depth: nests deeper than 64 levels";
    let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    check(
        "extra data",
        &[
            ("null", "null"),
            (" [ 1.50 , \"a b\" ] ", "[1.50,\"a b\"]"),
            ("1e400", "1e400"),
            (&nested(64), &nested(64)),
            (&nested(65), depth),
        ],
    );
}
