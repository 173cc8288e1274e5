//! Bodies of callers, as values or as problems with their places.

mod json_suite;
mod naughty;
mod random;
mod values;

use expect_test::{Expect, expect};

use crate::testing::{EMPTY, catalog};
use crate::{
    Auto, Decimal, DecimalSchema, DefaultValue, Draft, DraftError, DraftMode, Exposure, Expr, FieldSchema, Json,
    Literal, ModelEntry, ModelSchema, Mutability, Normalizer, Rule, RuleSchema, Supplied, Timestamp, Value,
    decode_draft, default_of, write_json,
};

static ARTICLE: ModelSchema = ModelSchema {
    name: "Article",
    table: "articles",
    path: "articles",
    fields: &[
        FieldSchema { auto: Some(Auto::Sequence), ..FieldSchema::of::<i64>("number") },
        FieldSchema {
            rules: &[RuleSchema::of(Rule::Len { min: 1, max: 5 })],
            normalizers: &[Normalizer::Trim, Normalizer::Lower],
            ..FieldSchema::of::<String>("title")
        },
        FieldSchema {
            rules: &[RuleSchema::of(Rule::Range { min: Some(Literal::Int(0)), max: None })],
            default: Some(DefaultValue::Expr(Expr::Literal(Literal::Int(0)))),
            ..FieldSchema::of::<i16>("stock")
        },
        FieldSchema {
            decimal: Some(DecimalSchema { precision: 5, scale: 2 }),
            mutability: Mutability::Immutable,
            wire: "unit price",
            ..FieldSchema::of::<Decimal>("price")
        },
        FieldSchema {
            rules: &[RuleSchema::of(Rule::Each(&[RuleSchema::of(Rule::NonEmpty)]))],
            ..FieldSchema::of::<Option<Vec<String>>>("tags")
        },
        FieldSchema {
            exposure: Exposure::ReadOnly,
            default: Some(DefaultValue::Expr(Expr::Now(0))),
            ..FieldSchema::of::<Timestamp>("made_at")
        },
        FieldSchema { exposure: Exposure::Hidden, ..FieldSchema::of::<Option<String>>("titles") },
        FieldSchema { exposure: Exposure::WriteOnly, ..FieldSchema::of::<String>("password") },
        FieldSchema { rules: &[RuleSchema::of(Rule::Past)], ..FieldSchema::of::<Option<Timestamp>>("since") },
        FieldSchema { wire: "a/b~c", ..FieldSchema::of::<Option<bool>>("odd") },
        FieldSchema::of::<Option<Json>>("extra"),
    ],
    key: &[0],
    ..EMPTY
};

/// A draft, or what is wrong with the body, a line each.
fn shown(model: &ModelEntry, decoded: Result<Draft, DraftError>) -> String {
    let violations = match decoded {
        Ok(draft) => return shown_draft(model, &draft),
        Err(DraftError::Malformed { position, detail }) => return format!("malformed at {position}: {detail}"),
        Err(DraftError::Invalid(violations)) => violations,
    };
    let lines = violations.into_iter().map(|violation| {
        let params: Vec<String> = violation.params.iter().map(|(name, value)| format!(" {name}={value}")).collect();
        format!("{} {}: {}{}", violation.pointer, violation.code, violation.detail, params.concat())
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn shown_draft(model: &ModelEntry, draft: &Draft) -> String {
    let mut out: Vec<u8> = Vec::new();
    for (place, supplied) in &draft.fields {
        let field = &model.schema.fields[*place];
        out.extend(format!("{}=", field.name).bytes());
        match supplied {
            Supplied::Value(value) => write_json(field, value, &mut out),
            Supplied::Reference { operation, field } => out.extend(format!("${operation}.{field}").bytes()),
        }
        out.push(b'\n');
    }
    out.extend(draft.revision.map(|revision| format!("revision {revision}\n")).unwrap_or_default().bytes());
    String::from_utf8(out).expect("JSON is text").trim_end().to_owned()
}

#[track_caller]
fn check(mode: DraftMode, body: &str, expected: Expect) {
    let catalog = catalog(&[&ARTICLE]);
    let model = &catalog.models[0];
    expected.assert_eq(&shown(model, decode_draft(model, body.as_bytes(), mode, &|_| None)));
}

#[test]
fn a_body_becomes_typed_values_in_the_order_of_the_schema() {
    check(
        DraftMode::Create,
        r#"{"password":"p\u0000","tags":["a"],"unit price":1.5,"title":"  ÜBER ","extra":{"b" : [1e400, 1.0]}}"#,
        expect![[r#"
            title="über"
            price="1.50"
            tags=["a"]
            password="p\u0000"
            extra={"b":[1e400,1.0]}"#]],
    );
    check(DraftMode::Patch, "{}", expect![""]);
    check(
        DraftMode::Patch,
        r#" { "tags" : null , "a/b~c" : true , "_rev" : 7 } "#,
        expect![[r#"
            tags=null
            odd=true
            revision 7"#]],
    );
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    check(
        DraftMode::Create,
        r#"{"number":1,"titel":"x","stock":40000,"unit price":"1.234","tags":["a",1,null,""],"made_at":"x","titles":"x",
            "_rev":1,"since":"yesterday","a/b~c":0,"a/b":0}"#,
        expect![[r#"
            /number read_only: the server sets this field
            /titel unknown_field: this is not a field of Article; did you mean `title`?
            /stock range: expected an integer from -32768 to 32767 min=-32768 max=32767
            /unit price decimal: expected at most 3 digits before the point and 2 after it precision=5 scale=2
            /tags/1 type: expected a string, found a number
            /tags/2 type: expected a string, found null
            /made_at read_only: the server sets this field
            /titles unknown_field: this is not a field of Article; did you mean `title`?
            /_rev unknown_field: this is not a field of Article
            /since type: expected an RFC 3339 time such as "2026-01-31T12:00:00Z", to the microsecond
            /a~1b~0c type: expected a boolean, found a number
            /a~1b unknown_field: this is not a field of Article; did you mean `a/b~c`?
            /title required: a value is required
            /password required: a value is required"#]],
    );
    check(
        DraftMode::Create,
        r#"{"title":"  much too long ","stock":-1,"tags":["", "b", " "],"nope":1}"#,
        expect![[r#"
        /nope unknown_field: this is not a field of Article
        /title len: expected 1 to 5 characters, found 13 min=1 max=5
        /stock range: expected at least 0 min=0
        /tags/0 non_empty: expected something, found nothing
        /tags/2 non_empty: expected something, found nothing
        /unit price required: a value is required
        /password required: a value is required"#]],
    );
    check(
        DraftMode::Replace,
        r#"{"nope":1}"#,
        expect![[r#"
        /nope unknown_field: this is not a field of Article
        /title required: a value is required"#]],
    );
    check(
        DraftMode::Import,
        r#"{"nope":1}"#,
        expect![[r#"
        /nope unknown_field: this is not a field of Article
        /title required: a value is required
        /unit price required: a value is required
        /password required: a value is required"#]],
    );
    check(
        DraftMode::Patch,
        r#"{"nope":1,"title":null,"tags":[" "]}"#,
        expect![[r#"
        /nope unknown_field: this is not a field of Article
        /title required: a value is required
        /tags/0 non_empty: expected something, found nothing"#]],
    );
}

#[test]
fn keys_and_server_fields_come_back_in_a_replace_and_never_in_a_create() {
    let body = r#"{"number":7,"title":"a","stock":1,"unit price":"1.00","made_at":"2026-01-31T12:00:00Z","_rev":3}"#;
    check(
        DraftMode::Replace,
        body,
        expect![[r#"
        number=7
        title="a"
        stock=1
        price="1.00"
        made_at="2026-01-31T12:00:00Z"
        revision 3"#]],
    );
    check(
        DraftMode::Import,
        body,
        expect![[r#"
        number=7
        title="a"
        stock=1
        price="1.00"
        made_at="2026-01-31T12:00:00Z""#]],
    );
    check(
        DraftMode::Create,
        body,
        expect![[r#"
        /number read_only: the server sets this field
        /made_at read_only: the server sets this field
        /_rev unknown_field: this is not a field of Article
        /password required: a value is required"#]],
    );
    check(
        DraftMode::Patch,
        r#"{"_rev":"3"}"#,
        expect!["/_rev type: expected the record's revision, a positive integer"],
    );
    check(DraftMode::Patch, r#"{"_seq":3}"#, expect!["/_seq unknown_field: this is not a field of Article"]);
}

#[test]
fn what_readers_of_json_disagree_on_is_refused_with_its_place() {
    let modes = DraftMode::Patch;
    check(modes, "", expect!["malformed at 0: EOF while parsing a value"]);
    check(modes, "[]", expect!["malformed at 0: invalid type: sequence, expected a JSON object"]);
    check(modes, "\u{feff}{}", expect!["malformed at 1: expected value"]);
    check(modes, "{\n  \"title\": nul\n}", expect!["malformed at 17: expected ident"]);
    check(modes, "{} {}", expect!["malformed at 4: trailing characters"]);
    check(modes, r#"{"title":"a","title":"b"}"#, expect![[r#"malformed at 25: the name "title" comes twice"#]]);
    check(modes, r#"{"title":"a","t\u0069tle":"b"}"#, expect![[r#"malformed at 30: the name "title" comes twice"#]]);
    check(
        modes,
        r#"{"nope":[{"a":1},{"a":1,"b":{"c":0,"\u0063":0}}]}"#,
        expect![[r#"malformed at 35: the name "c" comes twice"#]],
    );
    check(modes, r#"{"title":"\ud800"}"#, expect!["malformed at 9: this text has half of a surrogate pair"]);
    check(modes, r#"{"extra":["\ude00\ud83d"]}"#, expect!["malformed at 10: this text has half of a surrogate pair"]);
    check(modes, r#"{"\ud83d":1}"#, expect!["malformed at 9: unexpected end of hex escape"]);
    check(modes, r#"{"extra":["\ud83d\ude00"]}"#, expect![[r#"extra=["\ud83d\ude00"]"#]]);
    let nested = |levels: usize| format!("{{\"stock\":{}{}}}", "[".repeat(levels), "]".repeat(levels));
    check(modes, &nested(127), expect!["/stock type: expected an integer, found an array"]);
    check(modes, &nested(128), expect!["malformed at 136: a body nests at most 128 levels"]);
    check(modes, &nested(30_000), expect!["malformed at 136: a body nests at most 128 levels"]);
    let nested = |levels: usize| format!("{{\"extra\":{}1{}}}", "{\"a\":".repeat(levels), "}".repeat(levels));
    check(modes, &nested(65), expect!["/extra depth: nests deeper than 64 levels"]);
    check(modes, &nested(128), expect!["malformed at 644: a body nests at most 128 levels"]);
}

#[test]
fn bytes_that_are_not_utf_8_are_refused_with_their_place() {
    let catalog = catalog(&[&ARTICLE]);
    let decoded = decode_draft(&catalog.models[0], b"{\"title\":\"\xff\"}", DraftMode::Create, &|_| None);
    assert_eq!(decoded.err(), Some(DraftError::Malformed { position: 10, detail: "this is not UTF-8".to_owned() }));
}

#[test]
fn many_members_are_compared_too() {
    let catalog = catalog(&[&ARTICLE]);
    let names = |last: &str| {
        let names = (0..100).map(|number| format!("\"n{number}\":0")).chain([last.to_owned()]);
        format!("{{{}}}", names.collect::<Vec<_>>().join(","))
    };
    let decode = |body: &str| decode_draft(&catalog.models[0], body.as_bytes(), DraftMode::Create, &|_| None);
    for twice in ["\"n3\":0", "\"n31\":0", "\"n32\":0", "\"n99\":0"] {
        assert!(matches!(decode(&names(twice)), Err(DraftError::Malformed { .. })), "{twice}");
    }
    assert!(matches!(decode(&names("\"n100\":0")), Err(DraftError::Invalid(_))));
}

#[test]
fn a_name_may_be_twice_where_the_text_is_the_value() {
    let body = r#"{"title":"a","unit price":1,"password":"p","extra":{"b":1, "b":[{"c":2,"c":3}]}}"#;
    check(
        DraftMode::Create,
        body,
        expect![[r#"
            title="a"
            price="1.00"
            password="p"
            extra={"b":1,"b":[{"c":2,"c":3}]}"#]],
    );
    // A merge patch is read, and of two members of one name one would be ignored.
    check(DraftMode::Patch, body, expect![[r#"malformed at 59: the name "b" comes twice"#]]);
    // A field that callers may not know of is like one that there is not.
    check(DraftMode::Create, r#"{"titles":{"b":1,"b":1}}"#, expect![[r#"malformed at 17: the name "b" comes twice"#]]);
    check(DraftMode::Create, r#"{"stock":{"b":1,"b":1}}"#, expect![[r#"malformed at 16: the name "b" comes twice"#]]);
}

#[test]
fn a_text_may_refer_to_an_earlier_operation() {
    let catalog = catalog(&[&ARTICLE]);
    let model = &catalog.models[0];
    let resolve = |text: &str| (text == "$a.id").then_some(Ok(Supplied::Reference { operation: 3, field: 1 }));
    let body = r#"{"stock":"$a.id","title":"$a","password":"\u0024a.id"}"#;
    expect![[r#"
        title="$a"
        stock=$3.1
        password=$3.1"#]]
    .assert_eq(&shown(model, decode_draft(model, body.as_bytes(), DraftMode::Patch, &resolve)));
}

/// Without a hook before the change, which hands all values back, the text was stored as the function made it.
#[test]
fn what_the_server_gives_is_normalized_like_what_callers_give() {
    fn untidy() -> Value {
        Value::Text(" Draft ".to_owned())
    }
    const LOWER: &[Normalizer] = &[Normalizer::Trim, Normalizer::Lower];
    static GIVEN: ModelSchema = ModelSchema {
        fields: &[
            FieldSchema {
                default: Some(DefaultValue::Function(untidy)),
                on_update: Some(DefaultValue::Function(untidy)),
                normalizers: LOWER,
                ..FieldSchema::of::<String>("made")
            },
            FieldSchema {
                default: Some(DefaultValue::Expr(Expr::Literal(Literal::Text(" Draft ")))),
                normalizers: LOWER,
                ..FieldSchema::of::<String>("constant")
            },
        ],
        ..ARTICLE_LIKE
    };
    let catalog = catalog(&[&GIVEN]);
    let model = &catalog.models[0];
    let draft = Some(Value::Text("draft".to_owned()));
    assert_eq!(default_of(model, 0, Timestamp::MIN), draft);
    assert_eq!(default_of(model, 1, Timestamp::MIN), draft);
    assert_eq!(crate::on_update_of(model, 0, Timestamp::MIN), draft);
    assert_eq!(Some(&model.absent[1]), draft.as_ref(), "and so is what old records have");
}

#[test]
fn defaults_are_decided_at_the_time_of_sealing_and_never_rounded() {
    fn too_fine() -> Value {
        Value::Decimal(Decimal::new(12_345, 3))
    }
    static DEFAULTS: ModelSchema = ModelSchema {
        fields: &[
            FieldSchema { default: Some(DefaultValue::Expr(Expr::Now(-1))), ..FieldSchema::of::<Timestamp>("at") },
            FieldSchema { default: Some(DefaultValue::Expr(Expr::Now(0))), ..FieldSchema::of::<crate::Date>("day") },
            FieldSchema {
                default: Some(DefaultValue::Expr(Expr::Literal(Literal::Number("1.5")))),
                decimal: Some(DecimalSchema { precision: 5, scale: 2 }),
                ..FieldSchema::of::<Decimal>("price")
            },
            FieldSchema {
                default: Some(DefaultValue::Function(too_fine)),
                decimal: Some(DecimalSchema { precision: 5, scale: 2 }),
                ..FieldSchema::of::<Decimal>("fine")
            },
            FieldSchema {
                default: Some(DefaultValue::Expr(Expr::Literal(Literal::Number("0.1")))),
                ..FieldSchema::of::<f32>("short")
            },
            FieldSchema::of::<bool>("none"),
        ],
        ..ARTICLE_LIKE
    };
    let catalog = catalog(&[&DEFAULTS]);
    let model = &catalog.models[0];
    let now = Timestamp::from_micros(86_400_000_000);
    let shown = |place: usize| {
        let mut out = Vec::new();
        default_of(model, place, now).inspect(|value| write_json(&model.schema.fields[place], value, &mut out));
        String::from_utf8(out).expect("JSON is text")
    };
    assert_eq!(shown(0), "\"1970-01-01T23:59:59.999999Z\"");
    assert_eq!(shown(1), "\"1970-01-02\"");
    assert_eq!(shown(2), "\"1.50\"");
    assert_eq!(default_of(model, 3, now), Some(too_fine()), "as it is, for the rules to refuse");
    assert_eq!(default_of(model, 4, now), Some(Value::Float(f64::from(0.1_f32))));
    assert_eq!(default_of(model, 5, now), None);
    let values: Vec<Value> = (0..6).map(|place| default_of(model, place, now).unwrap_or(Value::Null)).collect();
    let codes: Vec<_> =
        crate::judge(model, &values, now).into_iter().map(|wrong| (wrong.pointer, wrong.code)).collect();
    assert_eq!(codes, [("/fine".to_owned(), "decimal"), ("/none".to_owned(), "required")]);
}

const ARTICLE_LIKE: ModelSchema =
    ModelSchema { name: "Article", table: "articles", path: "articles", key: &[0], ..EMPTY };
