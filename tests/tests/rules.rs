//! Every rule and every normalizer of the language, below, at and above its boundary, by HTTP; and what OpenAPI's document says of it.

use lithair_core::prelude::*;
use lithair_core::testing::TestServer;
use serde_json::{Value, json};

#[derive(DeclarativeStruct)]
struct Size {
    #[http(validate(range(1..=9)))]
    width: i64,
}

fn even(number: &i64) -> Result<(), &'static str> {
    if number % 2 == 0 { Ok(()) } else { Err("an odd number") }
}

/// A field a rule, each optional: so a body has the one that is asked about.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[http(path = "ruled")]
struct Ruled {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[http(validate(non_empty))]
    non_empty: Option<String>,
    #[http(validate(len(2..=3)))]
    len: Option<String>,
    #[http(validate(bytes(..=4)))]
    bytes: Option<String>,
    #[http(validate(range(0..=100)))]
    range: Option<i64>,
    #[http(validate(gt(0)))]
    gt: Option<i64>,
    #[http(validate(gte(0)))]
    gte: Option<i64>,
    #[http(validate(lt(10)))]
    lt: Option<i64>,
    #[http(validate(lte(10)))]
    lte: Option<i64>,
    #[http(validate(multiple_of(3)))]
    multiple_of: Option<i64>,
    #[http(validate(multiple_of(0.05)))]
    #[db(decimal(8, 3))]
    multiple_of_decimal: Option<Decimal>,
    #[http(validate(one_of("a", "b")))]
    one_of: Option<String>,
    #[http(validate(regex("^[a-c]+$")))]
    regex: Option<String>,
    #[http(validate(email))]
    email: Option<String>,
    #[http(validate(url))]
    url: Option<String>,
    #[http(validate(uuid))]
    uuid: Option<String>,
    #[http(validate(phone))]
    phone: Option<String>,
    #[http(validate(ip))]
    ip: Option<String>,
    #[http(validate(hostname))]
    hostname: Option<String>,
    #[http(validate(slug))]
    slug: Option<String>,
    #[http(validate(date))]
    date: Option<String>,
    #[http(validate(time))]
    time: Option<String>,
    #[http(validate(datetime))]
    datetime: Option<String>,
    #[http(validate(past))]
    past: Option<Timestamp>,
    #[http(validate(future))]
    future: Option<Timestamp>,
    #[http(validate(iso4217))]
    iso4217: Option<String>,
    #[http(validate(iso3166))]
    iso3166: Option<String>,
    #[http(validate(json(schema = Size)))]
    json: Option<Json>,
    #[http(validate(starts_with("FR")))]
    starts_with: Option<String>,
    #[http(validate(ends_with("!")))]
    ends_with: Option<String>,
    #[http(validate(contains("x.y")))]
    contains: Option<String>,
    #[http(validate(unique_items))]
    unique_items: Option<Vec<i64>>,
    #[http(validate(each(len(..=2))))]
    each: Option<Vec<String>>,
    #[http(validate(with(even)))]
    with: Option<i64>,
}

/// What a body without the field, and one with null, comes to.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[http(path = "needed")]
struct Needed {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[http(validate(required))]
    name: Option<String>,
}

/// A rule with words of its own, and rules that hold at times.
#[derive(DeclarativeModel)]
#[permission(all = public)]
#[http(path = "worded")]
struct Worded {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[http(validate(range(..=10, msg = "ten is enough")))]
    count: Option<i64>,
    #[db(default = false)]
    is_strict: bool,
    #[http(validate(len(..=2, when = is_strict)))]
    code: Option<String>,
}

#[derive(DeclarativeModel)]
#[permission(all = public)]
#[http(path = "normal")]
struct Normal {
    #[db(primary_key, auto = sequence)]
    number: i64,
    #[http(normalize(trim), validate(len(1..=3)))]
    trim: Option<String>,
    #[http(normalize(lower))]
    lower: Option<String>,
    #[http(normalize(nfc), validate(len(..=1)))]
    nfc: Option<String>,
}

fn start() -> TestServer {
    let program = DeclarativeServer::new("127.0.0.1:0");
    TestServer::start(program.model::<Ruled>().model::<Needed>().model::<Worded>().model::<Normal>())
}

/// A rule: its field, the code of its refusal, values that it takes, values that it refuses, and where in the value that is told.
struct Case {
    field: &'static str,
    code: &'static str,
    taken: Vec<Value>,
    refused: Vec<Value>,
    /// Keywords of JSON Schema that give the same verdict; null where no schema can.
    keywords: Value,
}

fn case<const T: usize, const R: usize>(
    field: &'static str,
    taken: [Value; T],
    refused: [Value; R],
    keywords: Value,
) -> Case {
    Case { field, code: field, taken: taken.into(), refused: refused.into(), keywords }
}

fn cases() -> Vec<Case> {
    let far = |text: &str| json!(format!("{text}-01-01T00:00:00Z"));
    let none = Value::Null;
    let mut cases = vec![
        case(
            "non_empty",
            [json!("a"), json!(" a ")],
            [json!(""), json!(" \t\n")],
            json!({"pattern": r"[^\p{White_Space}]"}),
        ),
        case(
            "len",
            [json!("ab"), json!("abc"), json!("äöü")],
            [json!("a"), json!("abcd")],
            json!({"minLength": 2, "maxLength": 3}),
        ),
        case("bytes", [json!(""), json!("abcd"), json!("ää")], [json!("abcde"), json!("äää")], none.clone()),
        case("range", [json!(0), json!(100)], [json!(-1), json!(101)], json!({"minimum": 0, "maximum": 100})),
        case("gt", [json!(1)], [json!(0), json!(-1)], json!({"exclusiveMinimum": 0})),
        case("gte", [json!(0), json!(1)], [json!(-1)], json!({"minimum": 0})),
        case("lt", [json!(9)], [json!(10), json!(11)], json!({"exclusiveMaximum": 10})),
        case("lte", [json!(9), json!(10)], [json!(11)], json!({"maximum": 10})),
        case("multiple_of", [json!(0), json!(3), json!(-6)], [json!(2), json!(4)], json!({"multipleOf": 3})),
        case("multiple_of_decimal", [json!("0.05"), json!("1.250")], [json!("0.049"), json!("0.051")], none.clone()),
        case("one_of", [json!("a"), json!("b")], [json!("c"), json!(""), json!("A")], json!({"enum": ["a", "b"]})),
        case("regex", [json!("a"), json!("abc")], [json!(""), json!("d"), json!("ad")], json!({"pattern": "^[a-c]+$"})),
        case(
            "email",
            [json!("a@b.org"), json!("zoë@b.org")],
            [json!("a"), json!("a@"), json!("@b.org"), json!("a b@c.org")],
            json!({"format": "idn-email"}),
        ),
        case(
            "url",
            [json!("https://example.org/a?b")],
            [json!("example.org"), json!("ftp://example.org"), json!("https://")],
            json!({"format": "uri"}),
        ),
        case(
            "uuid",
            [json!("0190163d-8694-739b-aea5-966c26f8ad90")],
            [json!("0190163d-8694-739b-aea5-966c26f8ad9"), json!("x")],
            json!({"format": "uuid"}),
        ),
        case(
            "phone",
            [json!("+1234567"), json!("+123456789012345")],
            [json!("+123456"), json!("+1234567890123456"), json!("1234567")],
            json!({"pattern": r"^\+[0-9]{7,15}$"}),
        ),
        case(
            "ip",
            [json!("192.0.2.1"), json!("2001:db8::1")],
            [json!("192.0.2.256"), json!("192.0.2"), json!("2001:db8:::1")],
            json!({"anyOf": [{"format": "ipv4"}, {"format": "ipv6"}]}),
        ),
        case(
            "hostname",
            [json!("example.org"), json!("a".repeat(63))],
            [json!("a".repeat(64)), json!("-a"), json!("a_b")],
            json!({"format": "hostname"}),
        ),
        case(
            "slug",
            [json!("a-1"), json!("a")],
            [json!("A"), json!("-a"), json!("a--b"), json!("")],
            json!({"pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"}),
        ),
        case(
            "date",
            [json!("2024-02-29")],
            [json!("2023-02-29"), json!("2024-1-01"), json!("24-01-01")],
            json!({"format": "date"}),
        ),
        case(
            "time",
            [json!("23:59:59"), json!("00:00:00.5"), json!("12:00:00.1234560")],
            [
                json!("24:00:00"),
                json!("1:00:00"),
                json!("12:00:00Z"),
                json!("12:00:00+01:00"),
                json!("12:00:00.1234567"),
            ],
            json!({"pattern": r"^([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,6}0*)?$"}),
        ),
        case(
            "datetime",
            [json!("2026-01-31T12:00:00Z"), json!("2026-01-31T12:00:00+01:00")],
            [json!("2026-01-31"), json!("2026-01-31T12:00:00")],
            json!({"format": "date-time"}),
        ),
        case("past", [far("2000")], [far("9000")], none.clone()),
        case("future", [far("9000")], [far("2000")], none.clone()),
        case(
            "iso4217",
            [json!("EUR"), json!("CHF")],
            [json!("EU"), json!("eur"), json!("AAA")],
            json!({"pattern": "^[A-Z]{3}$"}),
        ),
        case(
            "iso3166",
            [json!("CH"), json!("DE")],
            [json!("XX"), json!("ch"), json!("CHE")],
            json!({"pattern": "^[A-Z]{2}$"}),
        ),
        case(
            "starts_with",
            [json!("FR"), json!("FRa")],
            [json!("F"), json!("aFR"), json!("fr")],
            json!({"pattern": "^FR"}),
        ),
        case("ends_with", [json!("!"), json!("a!")], [json!(""), json!("!a")], json!({"pattern": "!$"})),
        case("contains", [json!("x.y"), json!("ax.yb")], [json!("xay"), json!("x.")], json!({"pattern": r"x\.y"})),
        case("unique_items", [json!([]), json!([1, 2])], [json!([1, 2, 1])], json!({"uniqueItems": true})),
        case("with", [json!(0), json!(-2)], [json!(1)], none.clone()),
    ];
    // What is told by another word than the rule's, or at another place.
    for case in &mut cases {
        case.code = match case.field {
            "gte" | "lte" => "range",
            "multiple_of_decimal" => "multiple_of",
            other => other,
        };
    }
    cases
}

/// The first of what is wrong: its pointer and code.
fn first(problem: &Value) -> (&str, &str) {
    let text = |name: &str| problem["errors"][0][name].as_str().unwrap_or_default();
    (text("pointer"), text("code"))
}

#[test]
fn every_rule_holds_at_its_boundary_and_says_so_at_the_field() {
    let server = start();
    let document = server.get("/_lithair/openapi.json").json().expect("JSON");
    let some = format!("/api/ruled/{}", server.send("POST", "/api/ruled", &json!({})).json().expect("JSON")["number"]);
    for Case { field, code, taken, refused, keywords } in cases() {
        for value in taken {
            let answer = server.send("POST", "/api/ruled", &json!({ field: value }));
            assert_eq!(answer.status, 201, "{field} takes {value}: {}", String::from_utf8_lossy(&answer.body));
        }
        for value in refused {
            let answer = server.send("POST", "/api/ruled", &json!({ field: value }));
            let problem = answer.json().expect("JSON");
            assert_eq!(
                (answer.status, &problem["code"]),
                (422, &json!("validation-failed")),
                "{field} refuses {value}"
            );
            assert_eq!(first(&problem), (format!("/{field}").as_str(), code), "{field} refuses {value}: {problem}");
            assert_eq!(problem["errors"].as_array().map(Vec::len), Some(1), "{problem}");
            let changed = server.send("PATCH", &some, &json!({ field: value }));
            assert_eq!(changed.status, 422, "{field} refuses {value} in a change too");
        }
        for schema in ["Ruled.Create", "Ruled.Patch"] {
            let property = &document["components"]["schemas"][schema]["properties"][field];
            for (keyword, expected) in keywords.as_object().into_iter().flatten() {
                assert!(says(property, keyword, expected), "{schema}/{field}: {property}");
            }
        }
    }
}

/// Whether a property says this by a keyword, itself or in an alternative. Null is a value of optional fields.
fn says(schema: &Value, keyword: &str, expected: &Value) -> bool {
    let without_null = |value: &Value| match value {
        Value::Array(items) => items.iter().filter(|item| !item.is_null()).cloned().collect(),
        value => value.clone(),
    };
    match schema {
        Value::Object(members) => {
            members.get(keyword).is_some_and(|value| without_null(value) == *expected)
                || members.values().any(|inner| says(inner, keyword, expected))
        }
        Value::Array(items) => items.iter().any(|inner| says(inner, keyword, expected)),
        _ => false,
    }
}

#[test]
fn rules_of_elements_and_of_free_json_are_told_inside() {
    let server = start();
    let check = |body: Value, expected: Option<(&str, &str)>| {
        let answer = server.send("POST", "/api/ruled", &body);
        let problem = answer.json().expect("JSON");
        match expected {
            None => assert_eq!(answer.status, 201, "{body}: {problem}"),
            Some(expected) => assert_eq!((answer.status, first(&problem)), (422, expected), "{body}: {problem}"),
        }
    };
    check(json!({"each": []}), None);
    check(json!({"each": ["", "ab"]}), None);
    check(json!({"each": ["ab", "abc"]}), Some(("/each/1", "len")));
    check(json!({"json": {"width": 1}}), None);
    check(json!({"json": {"width": 9}}), None);
    check(json!({"json": {"width": 10}}), Some(("/json/width", "range")));
    check(json!({"json": {"width": 0}}), Some(("/json/width", "range")));
    check(json!({"json": {"width": "1"}}), Some(("/json/width", "type")));
    let document = server.get("/_lithair/openapi.json").json().expect("JSON");
    let each = &document["components"]["schemas"]["Ruled.Create"]["properties"]["each"];
    assert!(each.to_string().contains(r#""maxLength":2"#), "{each}");
}

#[test]
fn what_is_required_is_there_and_not_null() {
    let server = start();
    for body in [json!({}), json!({"name": null})] {
        let problem = server.send("POST", "/api/needed", &body).json().expect("JSON");
        assert_eq!(first(&problem), ("/name", "required"), "{body}: {problem}");
    }
    let made = server.send("POST", "/api/needed", &json!({"name": ""}));
    assert_eq!(made.status, 201, "an empty text is one");
    let path = format!("/api/needed/{}", made.json().expect("JSON")["number"]);
    assert_eq!(server.send("PATCH", &path, &json!({"name": null})).status, 422);
    let document = server.get("/_lithair/openapi.json").json().expect("JSON");
    let create = &document["components"]["schemas"]["Needed.Create"];
    assert_eq!(create["required"], json!(["name"]));
    assert!(!create["properties"]["name"].to_string().contains("null"), "{create}");
}

#[test]
fn a_rule_may_have_words_of_its_own_and_hold_at_times() {
    let server = start();
    let post = |body: Value| server.send("POST", "/api/worded", &body);
    let problem = post(json!({"count": 11})).json().expect("JSON");
    assert_eq!((first(&problem), &problem["errors"][0]["detail"]), (("/count", "range"), &json!("ten is enough")));
    assert_eq!(post(json!({"count": 10})).status, 201);
    let lax = post(json!({"code": "abc"}));
    assert_eq!(lax.status, 201, "it holds of strict ones only");
    assert_eq!(post(json!({"code": "ab", "is_strict": true})).status, 201);
    let problem = post(json!({"code": "abc", "is_strict": true})).json().expect("JSON");
    assert_eq!(first(&problem), ("/code", "len"));
    // The record is judged whole: it becomes strict, and its code does not fit.
    let path = format!("/api/worded/{}", lax.json().expect("JSON")["number"]);
    let problem = server.send("PATCH", &path, &json!({"is_strict": true})).json().expect("JSON");
    assert_eq!(first(&problem), ("/code", "len"), "{problem}");
}

#[test]
fn texts_are_normalized_before_rules_look_at_them() {
    let server = start();
    let post = |body: Value| server.send("POST", "/api/normal", &body).json().expect("JSON");
    assert_eq!(post(json!({"trim": " \t abc \n"}))["trim"], "abc", "three characters");
    assert_eq!(first(&post(json!({"trim": "   "}))), ("/trim", "len"), "nothing is left");
    assert_eq!(post(json!({"lower": "ÄÖ STRASSE"}))["lower"], "äö strasse");
    assert_eq!(post(json!({"nfc": "e\u{301}"}))["nfc"], "\u{e9}", "one character");
    assert_eq!(first(&post(json!({"nfc": "e\u{302}\u{302}"}))), ("/nfc", "len"));
}
