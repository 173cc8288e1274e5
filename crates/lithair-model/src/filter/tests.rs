//! What filters mean, and what is said of texts that are none.

mod naive;
mod random;

use expect_test::{Expect, expect};

use crate::testing::{COLOUR, EMPTY, SHAPE, catalog};
use crate::{
    Catalog, Date, Decimal, DecimalSchema, Exposure, FILTER_BYTES_MAX, FieldSchema, FilterError, IndexSchema, Json,
    Kind, ModelSchema, Predicate, SortTerm, StructSchema, Timestamp, UniqueSchema, Uuid, Value, filter_name,
    parse_filter, parse_sort,
};

const fn asked(field: FieldSchema) -> FieldSchema {
    FieldSchema { filter: true, sort: true, ..field }
}

static ARTICLE: ModelSchema = ModelSchema {
    name: "Article",
    table: "articles",
    path: "articles",
    fields: &[
        FieldSchema::of::<i64>("id"),
        asked(FieldSchema::of::<Option<String>>("title")),
        asked(FieldSchema::of::<Option<i16>>("stock")),
        asked(FieldSchema {
            decimal: Some(DecimalSchema { precision: 12, scale: 2 }),
            ..FieldSchema::of::<Option<Decimal>>("price")
        }),
        asked(FieldSchema::of::<Option<f32>>("weight")),
        asked(FieldSchema { kind: Kind::Enum(&COLOUR), ..FieldSchema::of::<Option<bool>>("colour") }),
        asked(FieldSchema { wire: "isLive", ..FieldSchema::of::<Option<bool>>("live") }),
        asked(FieldSchema::of::<Option<Timestamp>>("at")),
        asked(FieldSchema::of::<Option<Date>>("day")),
        FieldSchema { filter: true, ..FieldSchema::of::<Option<Vec<String>>>("tags") },
        FieldSchema { filter: true, ..FieldSchema::of::<Option<Json>>("extra") },
        asked(FieldSchema::of::<Option<Uuid>>("token")),
        FieldSchema { filter: true, kind: Kind::Enum(&SHAPE), ..FieldSchema::of::<Option<bool>>("shape") },
        FieldSchema::of::<Option<String>>("note"),
        asked(FieldSchema { exposure: Exposure::Hidden, ..FieldSchema::of::<Option<String>>("secret") }),
        asked(FieldSchema { exposure: Exposure::WriteOnly, ..FieldSchema::of::<Option<String>>("password") }),
        FieldSchema::of::<Option<String>>("slug"),
        FieldSchema::of::<Option<i64>>("rank"),
        asked(FieldSchema::of::<Option<String>>("subtitle")),
    ],
    key: &[0],
    uniques: &[UniqueSchema { fields: &[16], ignore_case: false, condition: None }],
    indexes: &[IndexSchema { terms: &[SortTerm { field: 17, descending: false }] }],
    ..EMPTY
};

fn models() -> std::sync::Arc<Catalog> {
    catalog(&[&ARTICLE]).into()
}

/// The places of the fields that a test looks at.
const TITLE: usize = 1;
const STOCK: usize = 2;
const PRICE: usize = 3;
const WEIGHT: usize = 4;
const COLOUR_OF: usize = 5;
const LIVE: usize = 6;
const AT: usize = 7;
const DAY: usize = 8;
const TAGS: usize = 9;
const SHAPE_OF: usize = 12;

fn now() -> Timestamp {
    "2026-06-15T12:00:00Z".parse().expect("a time")
}

/// A record with these values; the others are null.
fn record(values: &[(usize, Value)]) -> Vec<Value> {
    let mut record = vec![Value::Null; ARTICLE.fields.len()];
    record[0] = Value::Int(1);
    values.iter().for_each(|(place, value)| record[*place] = value.clone());
    record
}

#[track_caller]
fn holds(text: &str, values: &[(usize, Value)]) -> bool {
    let models = models();
    let filter = parse_filter(&crate::Reader::system(&models), &models.models[0], text, FILTER_BYTES_MAX);
    filter.unwrap_or_else(|error| panic!("{text}: {error}")).matches(record(values).as_slice(), now())
}

/// Each filter is true of the record, and its negation false.
#[track_caller]
fn all_hold(values: &[(usize, Value)], filters: &[&str]) {
    for filter in filters {
        assert!(holds(filter, values), "{filter} of {values:?}");
        assert!(!holds(&format!("not ({filter})"), values), "not ({filter}) of {values:?}");
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

#[test]
fn nothing_is_equal_to_null_only() {
    all_hold(
        &[],
        &[
            "title = null",
            "null = title",
            "not (title != null)",
            "title != \"a\"",
            "title !~ \"a\"",
            "not (title = \"a\")",
            "not (title ~ \"\")",
            "not (stock < 1) and not (stock >= 1)",
            "not (stock between (-100, 100))",
            "stock not between (-100, 100)",
            "stock in (1, null)",
            "stock not in (1, 2)",
            "!isLive",
            "isLive != true",
            "not (len(title) = 0)",
            "lower(title) = null",
            "tags = null and extra = null and shape = null",
            "not (stock < id) and not (stock > id)",
        ],
    );
    all_hold(&[(STOCK, Value::Int(1))], &["stock != null", "stock not in (null, 2)", "stock = id", "stock <= id"]);
}

#[test]
fn texts_are_compared_by_code_points_and_searched_without_case() {
    all_hold(
        &[(TITLE, text("Élan VITAL"))],
        &[
            "title = \"Élan VITAL\"",
            "title = 'Élan VITAL'",
            "title != \"élan vital\"",
            "lower(title) = \"élan vital\"",
            "title ~ \"AN V\"",
            "title ^= \"éla\"",
            "title $= \"Tal\"",
            "title !~ \"x\"",
            "title > \"Z\"",
            "len(title) = 10",
            "\"Z\" < title",
        ],
    );
    // A sigma at the end of a word is written in another way, and is the same letter.
    all_hold(&[(TITLE, text("ΟΔΟΣ 1"))], &["title ~ \"οδος\"", "title ~ \"ΣΣ\" or title ^= \"οδοσ\"", "title ~ 'Σ'"]);
    all_hold(&[(TITLE, text("a\"b\\c\n\t'\0"))], &[r#"title = "a\"b\\c\n\t'\0""#.replace(r"\0", "\0").as_str()]);
}

#[test]
fn numbers_are_exact() {
    all_hold(
        &[(PRICE, Value::Decimal(Decimal::new(1_250, 2))), (WEIGHT, Value::Float(f64::from(0.1_f32)))],
        &[
            "price = 12.5",
            "price = \"12.50\"",
            "price = 12.500",
            "price = 1.25e1 and price = 125E-1 and price = 0.125e+2",
            "price > 12.49999999999999999999",
            "price < 12.50000000000000000001",
            "price in (1, 12.5)",
            "price between (12.50, 12.50)",
            "weight = 0.1",
            "weight <= 0.1",
            "weight >= 0.1",
            "weight in (0.1)",
        ],
    );
    all_hold(
        &[(STOCK, Value::Int(-5))],
        &["stock = -5", "stock < -4", "stock > -100000", "-6 < stock", "stock != 99999"],
    );
}

#[test]
fn enums_are_in_declared_order() {
    all_hold(
        &[(COLOUR_OF, text("green"))],
        &["colour = \"green\"", "colour > \"red\"", "colour < \"blue\"", "colour in (\"red\", \"green\")"],
    );
    all_hold(&[(SHAPE_OF, Value::Variant("Point".into(), vec![]))], &["shape = \"Point\"", "shape != null"]);
}

#[test]
fn times_know_the_moment_of_asking() {
    let at = |text: &str| (AT, Value::Timestamp(text.parse().expect("a time")));
    let day = |text: &str| (DAY, Value::Date(text.parse().expect("a date")));
    all_hold(
        &[at("2026-06-14T12:00:00Z"), day("2026-06-15")],
        &[
            "at < @now",
            "at = @now - 1d",
            "at = @now-1d",
            "at = @now -24h",
            "at >= @now - 1w",
            "at > @now - 86401s",
            "at < @now + 1m",
            "@now > at",
            "at in (@now - 1d, \"2026-01-01\")",
            "at not in (@now, null)",
            "at between (@now - 2d, @now)",
            "at = \"2026-06-14T14:00:00+02:00\"",
            "at > \"2026-06-14\"",
            "date(at) = \"2026-06-14\"",
            "date(at) < @now",
            "year(at) = 2026",
            "year(@now) = 2026",
            "day = @now",
            "day in (@now)",
            "day > @now - 1d",
            "date(at) < day",
            "year(day) = year(at)",
        ],
    );
}

#[test]
fn conditions_are_joined_as_in_other_languages() {
    let values = [(LIVE, Value::Bool(true)), (STOCK, Value::Int(3))];
    all_hold(
        &values,
        &[
            "isLive",
            "isLive = true",
            "true = isLive",
            "isLive and stock = 3",
            "isLive&&stock=3",
            "stock = 4 and stock = 3 or isLive",
            "isLive or stock = 3 and stock = 4",
            "not (stock = 4 and (stock = 3 or isLive))",
            "! stock = 4",
            "not not isLive",
            "!!isLive",
            "true",
            "not false",
            "len(tags) = 2 or tags = null",
        ],
    );
    all_hold(&[(TAGS, Value::List(vec![text("a"), text("b")]))], &["len(tags) = 2", "tags != null"]);
}

fn parse(text: &str, bytes_max: usize) -> Result<Predicate, FilterError> {
    let models = models();
    parse_filter(&crate::Reader::system(&models), &models.models[0], text, bytes_max)
}

#[track_caller]
fn refused(filter: &str, expected: Expect) {
    let error = parse(filter, FILTER_BYTES_MAX).expect_err(filter);
    let suggestion = error.suggestion.as_deref().map(|near| format!("; {near}?")).unwrap_or_default();
    expected.assert_eq(&format!("{error}{suggestion}"));
}

fn bound(filter: &str, values: &[Value]) -> Result<Predicate, FilterError> {
    let models = models();
    super::parse_bound_filter(&crate::Reader::system(&models), &models.models[0], (filter, values), FILTER_BYTES_MAX)
}

#[test]
fn what_is_bound_is_a_value_whatever_it_holds() {
    let same = |with: &str, values: &[Value], without: &str| {
        assert_eq!(bound(with, values).expect(with), parse(without, FILTER_BYTES_MAX).expect(without), "{with}");
    };
    same("title = ? and stock > ?", &[text("a"), Value::Int(-3)], r#"title = "a" and stock > -3"#);
    same("title = ?", &[text(r#"" or "" = ""#)], r#"title = "\" or \"\" = \"""#);
    same("title = ?", &[text("?\\")], r#"title = "?\\""#);
    same("title ^= ? or isLive = ?", &[text("x"), Value::Bool(true)], r#"title ^= "x" or isLive = true"#);
    same("title = ? and isLive = ?", &[Value::Null, Value::Null], "title = null and isLive = null");
    same("stock in (?, 2, ?)", &[Value::Int(1), Value::Int(3)], "stock in (1, 2, 3)");
    same("stock in ?", &[Value::List(vec![Value::Int(1), Value::Int(3)])], "stock in (1, 3)");
    same("stock between ?", &[Value::List(vec![Value::Int(1), Value::Int(3)])], "stock between (1, 3)");
    same("at >= ?", &[Value::Timestamp(now())], r#"at >= "2026-06-15T12:00:00Z""#);
    same("? < stock", &[Value::Int(1)], "1 < stock");
    let nobody = bound("stock in ?", &[Value::List(Vec::new())]).expect("an empty list is one");
    assert!(!nobody.matches(record(&[]).as_slice(), now()));
}

#[test]
fn as_many_values_are_bound_as_there_are_places() {
    let check = |filter: &str, values: &[Value], expected: Expect| {
        expected.assert_eq(&bound(filter, values).expect_err(filter).to_string());
    };
    check("stock = ?", &[], expect!["at byte 8: no value is bound to this `?`"]);
    check("stock = ? and id = ?", &[Value::Int(1)], expect!["at byte 19: no value is bound to this `?`"]);
    check(
        "stock = ?",
        &[Value::Int(1), Value::Int(2)],
        expect!["at byte 9: 2 values are bound, and the filter has 1 `?` for them"],
    );
    check("stock = ?", &[text("1")], expect![[r#"at byte 8: expected an integer, found "1""#]]);
    check("stock = ?", &[Value::List(vec![])], expect!["at byte 8: a list is bound behind `in` or `between`"]);
    check("stock in ?", &[Value::Int(1)], expect!["at byte 9: expected a list to be bound here"]);
    check("? = 1", &[text("stock")], expect!["at byte 0: expected a field, found a constant"]);
}

#[test]
fn refusals_say_where_what_was_expected_and_what_may_be_meant() {
    refused("", expect!["at byte 0: expected a field or a value, found the end"]);
    refused("   ", expect!["at byte 3: expected a field or a value, found the end"]);
    refused("titel = \"a\"", expect!["at byte 0: `titel` is not a field here; title?"]);
    refused("stock = 1 and  Price > 3", expect!["at byte 15: `Price` is not a field here; price?"]);
    refused("live", expect!["at byte 0: `live` is not a field here; isLive?"]);
    refused("stock", expect!["at byte 0: expected a condition, found an integer"]);
    refused("stock = \"a\"", expect![[r#"at byte 8: expected an integer, found "a""#]]);
    refused("stock = 1.5", expect!["at byte 8: expected an integer, found 1.5"]);
    refused("price = abc", expect!["at byte 8: `abc` is not a field here"]);
    refused("price = 1e", expect!["at byte 9: expected `and`, `or` or the end, found `e`"]);
    refused("price = \"1_000\"", expect![[r#"at byte 8: expected a decimal, found "1_000""#]]);
    refused("colour = \"gren\"", expect![[r#"at byte 9: expected one of red, green, blue, found "gren"; green?"#]]);
    refused("shape = \"Box\"", expect![[r#"at byte 8: expected one of Point, found "Box""#]]);
    refused("tags = \"a\"", expect!["at byte 7: an array can only be compared with null"]);
    refused("extra = 1", expect!["at byte 8: a JSON value can only be compared with null"]);
    refused("token = \"x\"", expect![[r#"at byte 8: expected a UUID, found "x""#]]);
    refused("at < \"yesterday\"", expect![[r#"at byte 5: expected a timestamp, found "yesterday""#]]);
    refused("title < null", expect!["at byte 8: null can only be compared with `=` and `!=`"]);
    refused("title = @now", expect!["at byte 8: expected a string, found the time"]);
    refused("stock ~ \"1\"", expect!["at byte 0: this operator does not apply to an integer"]);
    refused("tags > null", expect!["at byte 0: this operator does not apply to an array"]);
    refused("\"a\" ~ title", expect!["at byte 0: expected a field on the left of this operator"]);
    refused("1 = 1", expect!["at byte 0: expected a field, found a constant"]);
    refused("title = stock", expect!["at byte 8: a string cannot be compared with an integer"]);
    refused("lower(stock) = \"a\"", expect!["at byte 0: this function does not apply to an integer"]);
    refused("lowr(title) = \"a\"", expect!["at byte 0: `lowr` is not a function; lower?"]);
    refused("lower(title = \"a\"", expect!["at byte 12: expected `)`, found `=`"]);
    refused("stock in ()", expect!["at byte 10: expected a value, found `)`"]);
    refused("stock in (1", expect!["at byte 11: expected `,` or `)`, found the end"]);
    refused("stock in (id)", expect!["at byte 10: expected a value, found `id`"]);
    refused("stock in 1", expect!["at byte 9: expected `(`, found `1`"]);
    refused("stock between (1)", expect!["at byte 14: expected two bounds"]);
    refused("stock not 1", expect!["at byte 10: expected `in` or `between`, found `1`"]);
    refused("stock = 1 stock = 2", expect!["at byte 10: expected `and`, `or` or the end, found `stock`"]);
    refused("stock = 1 AND stock = 2", expect!["at byte 10: expected `and`, `or` or the end, found `AND`"]);
    refused("(stock = 1", expect!["at byte 10: expected `)`, found the end"]);
    refused("stock = 1)", expect!["at byte 9: expected `and`, `or` or the end, found `)`"]);
    refused("stock == 1", expect!["at byte 7: expected a field or a value, found `=`"]);
    refused("stock =", expect!["at byte 7: expected a field or a value, found the end"]);
    refused("title = \"a", expect!["at byte 8: this text is not closed"]);
    refused("title = \"\\x\"", expect![[r#"at byte 9: expected one of \" \' \\ \n \r \t"#]]);
    refused("stock # 1", expect!["at byte 6: `#` does not belong here"]);
    refused("é = 1 && stock = \"x\"", expect!["at byte 0: `é` is not a field here"]);
    refused("title = \"é\" && stock = \"x\"", expect![[r#"at byte 24: expected an integer, found "x""#]]);
}

#[test]
fn offsets_are_whole_numbers_with_a_unit() {
    refused("at < @now - 3", expect!["at byte 13: expected one of s, m, h, d, w, found the end"]);
    refused("at < @now - 3y", expect!["at byte 13: expected one of s, m, h, d, w, found `y`"]);
    refused("at < @now - 1.5h", expect!["at byte 12: expected a whole number and one of s, m, h, d, w, found `1.5`"]);
    refused("at < @now - -3d", expect!["at byte 12: expected a whole number and one of s, m, h, d, w, found `-3`"]);
    refused("at < @now -1.5d", expect!["at byte 10: expected a whole number and one of s, m, h, d, w, found `-1.5`"]);
    refused("at < @now + d", expect!["at byte 12: expected a whole number and one of s, m, h, d, w, found `d`"]);
    refused("at < @now - 9223372036854775807w", expect!["at byte 10: this offset is too large"]);
    refused("at < @now - 99999999999999999999w", expect!["at byte 10: this offset is too large"]);
    refused("at < @then", expect!["at byte 5: expected `@now`, found `@then`"]);
}

#[test]
fn values_of_lists_are_asked_one_by_one() {
    all_hold(
        &[(TAGS, Value::List(vec![text("rust"), Value::Null, text("db")]))],
        &[
            "has(tags, \"db\")",
            "has(tags, null)",
            "any(tags)",
            "any(tags, . ^= \"ru\" and len(.) = 4)",
            "any(tags, . in (\"go\", \"rust\"))",
            "all(tags, . = null or len(.) > 1)",
            "none(tags, .=\"go\")",
            "not has(tags, \"RUST\")",
            "any(tags, lower(.) = \"db\") and not all(tags, . = \"db\")",
        ],
    );
    all_hold(&[], &["none(tags)", "all(tags, . = \"a\")", "not has(tags, null)"]);
    all_hold(&[(TAGS, Value::List(Vec::new()))], &["none(tags)", "tags != null"]);
    refused("any(tags, .name = \"a\")", expect!["at byte 11: a value of a list has no field `name`: it is `.` itself"]);
    refused("any(tags, . > 3)", expect!["at byte 14: expected a string, found 3"]);
    refused("any(title, . = \"a\")", expect!["at byte 4: `title` is not a field here"]);
    refused("has(tags, 3)", expect!["at byte 10: expected a string, found 3"]);
    refused("has(tags)", expect!["at byte 8: expected `,` and a value, found `)`"]);
    refused("has(tags, title)", expect!["at byte 10: expected a value, found `title`"]);
    refused(". = \"a\"", expect!["at byte 2: expected a field after the dot, found `=`"]);
    refused("all(tags)", expect!["at byte 8: expected `,` and a condition: without one, `all` is always true"]);
}

#[test]
fn what_is_not_there_yet_is_refused_by_name() {
    refused("title = @user.id", expect!["at byte 8: `@user` is not supported yet"]);
    refused("search(\"a\")", expect!["at byte 0: no field here is searched by words"]);
    refused("search(\"..\")", expect!["at byte 7: expected a word: letters, digits or pictures"]);
    refused("search(title)", expect!["at byte 7: expected a text, found `title`"]);
}

#[test]
fn a_field_that_may_not_be_asked_about_is_answered_as_one_that_does_not_exist() {
    for name in ["note", "secret", "password", "nope", "live", "_rev", "SECRET"] {
        let error = |text: String| parse(&text, FILTER_BYTES_MAX).expect_err(name);
        let error = error(format!("{name} = \"a\""));
        assert_eq!((error.position, error.detail), (0, format!("`{name}` is not a field here")));
        assert!(error.suggestion.is_none_or(|near| near == "slug" || near == "isLive"), "{name}");
        let error = parse_sort(&models().models[0], name).expect_err(name);
        assert_eq!((error.position, error.detail), (0, format!("`{name}` is not a field here")));
    }
    // What is indexed is cheap to ask about.
    assert!(!holds("id = 2 or slug = \"a\" or rank > 3", &[]));
}

#[test]
fn sizes_are_limited() {
    let refusal =
        |text: &str, bytes: usize| parse(text, bytes).map(|_| ()).map_err(|error| (error.position, error.detail));
    let told = |position: usize, detail: &str| Err((position, detail.to_owned()));
    let long = format!("title = \"{}\"", "a".repeat(FILTER_BYTES_MAX - 10));
    assert_eq!(refusal(&long, FILTER_BYTES_MAX), Ok(()));
    assert_eq!(refusal(&format!("{long} "), FILTER_BYTES_MAX), told(4_096, "a filter has at most 4096 bytes"));

    let nested = |levels: usize| format!("{}isLive{}", "(".repeat(levels), ")".repeat(levels));
    assert_eq!(refusal(&nested(32), 4_096), Ok(()));
    assert_eq!(refusal(&nested(33), 4_096), told(33, "a filter nests at most 32 levels"));
    assert_eq!(refusal(&format!("{}isLive", "!".repeat(32)), 4_096), Ok(()));
    assert_eq!(refusal(&"!".repeat(4_000), 4_096), told(33, "a filter nests at most 32 levels"));
    assert_eq!(refusal(&"lower(".repeat(600), 4_096), told(198, "a filter nests at most 32 levels"));

    // A comparison is three parts, what joins them one.
    let joined = |count: usize| vec!["stock=1"; count].join(" or ");
    assert_eq!(refusal(&joined(85), 65_536), Ok(()));
    assert!(matches!(refusal(&joined(86), 65_536), Err((_, detail)) if detail == "a filter has at most 256 parts"));

    let listed = |count: usize| format!("stock in ({})", vec!["1"; count].join(","));
    assert_eq!(refusal(&listed(1_000), 65_536), Ok(()));
    assert!(matches!(refusal(&listed(1_001), 65_536), Err((_, detail)) if detail == "a list has at most 1000 values"));
}

#[test]
fn sorts_name_fields_and_directions() {
    let models = models();
    let sort = |text: &str| parse_sort(&models.models[0], text);
    let term = |field, descending| SortTerm { field, descending };
    assert_eq!(sort("-price,title"), Ok(vec![term(PRICE, true), term(TITLE, false)]));
    assert_eq!(sort("id"), Ok(vec![term(0, false)]));
    let error = sort("title,-prise").expect_err("is no field");
    assert_eq!((error.position, error.suggestion.as_deref()), (6, Some("price")));
    let error = sort("title,-title").expect_err("comes twice");
    assert_eq!((error.position, error.detail.as_str()), (6, "`title` comes twice"));
    for text in ["", ",", "title,", "--title", "+title", " title", "tags", "note"] {
        assert!(sort(text).is_err(), "{text}");
    }
}

static QUOTED: ModelSchema = ModelSchema {
    name: "Quoted",
    table: "quoted",
    path: "quoted",
    fields: &[
        FieldSchema::of::<i64>("id"),
        asked(FieldSchema { wire: "first-name", ..FieldSchema::of::<Option<String>>("first_name") }),
        asked(FieldSchema { wire: "not", ..FieldSchema::of::<Option<bool>>("not") }),
        asked(FieldSchema { wire: "null", ..FieldSchema::of::<Option<i64>>("null") }),
        asked(FieldSchema { wire: "a`b", ..FieldSchema::of::<Option<i64>>("a_b") }),
        asked(FieldSchema { wire: "2nd place", ..FieldSchema::of::<Option<i64>>("second") }),
        asked(FieldSchema { wire: "home", kind: Kind::Struct(&HOME), ..FieldSchema::of::<Option<bool>>("home") }),
        FieldSchema { filter: true, wire: "all-tags", ..FieldSchema::of::<Option<Vec<String>>>("tags") },
    ],
    key: &[0],
    ..EMPTY
};

static HOME: StructSchema = StructSchema {
    name: "Home",
    fields: &[asked(FieldSchema { wire: "post-code", ..FieldSchema::of::<String>("post_code") })],
};

/// A name that is no word, or that is one of the grammar's, could be filtered by by nobody.
#[test]
fn every_name_can_be_written() {
    let models = catalog(&[&QUOTED]).into();
    let reader = crate::Reader::system(&models);
    let record = [
        Value::Int(1),
        text("Ada"),
        Value::Bool(true),
        Value::Int(3),
        Value::Int(4),
        Value::Int(5),
        Value::Struct(vec![text("4000")]),
        Value::List(vec![text("a")]),
    ];
    let filters = [
        "`first-name` = \"Ada\"",
        "lower(`first-name`)=\"ada\" and `not`",
        "not (not `not`)",
        "`null` = 3 and `null` != null",
        "`a``b` = 4",
        "`2nd place` in (5, 6) and `2nd place` between (4, 6)",
        "home.`post-code` ^= \"40\"",
        "`home`.`post-code` = \"4000\"",
        "any(`all-tags`, . = \"a\") and has(`all-tags`, \"a\")",
        "`id` = 1 and exists(`first-name`)",
    ];
    for filter in filters {
        let parsed = parse_filter(&reader, &models.models[0], filter, FILTER_BYTES_MAX);
        let parsed = parsed.unwrap_or_else(|error| panic!("{filter}: {error}"));
        assert!(parsed.matches(record.as_slice(), now()), "{filter}");
    }
    for field in QUOTED.fields {
        let filter = format!("{} = null", filter_name(field.wire));
        assert!(parse_filter(&reader, &models.models[0], &filter, FILTER_BYTES_MAX).is_ok(), "{filter}");
    }
    assert_eq!(filter_name("größe_2"), "größe_2");
    assert_eq!(filter_name("a`b"), "`a``b`");
}

#[test]
fn a_name_in_back_quotes_is_closed_and_not_empty() {
    let models = catalog(&[&QUOTED]).into();
    let reader = crate::Reader::system(&models);
    let wrong = |filter: &str| {
        let parsed = parse_filter(&reader, &models.models[0], filter, FILTER_BYTES_MAX);
        parsed.expect_err("it is wrong").to_string()
    };
    let all = ["`first-name", "id = 1 and `a``", "`` = 1", "first-name = \"Ada\"", "`frst-name` = 1", "`lower`(`not`)"];
    expect![[r#"
        at byte 0: this name is not closed
        at byte 11: this name is not closed
        at byte 0: a name is not empty
        at byte 5: expected `and`, `or` or the end (a name with a `-` stands in back quotes), found `-`
        at byte 0: `frst-name` is not a field here
        at byte 7: expected `and`, `or` or the end, found `(`"#]]
    .assert_eq(&all.map(wrong).join("\n"));
}
