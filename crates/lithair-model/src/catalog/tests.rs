//! What a catalog finds, and what it says about schemas that do not go together.

use expect_test::{Expect, expect};

use crate::testing::{COLOUR, EMPTY, SHAPE, catalog};
use crate::{
    Auto, Catalog, CheckSchema, Comparison, DecimalSchema, DefaultValue, Exposure, Expr, FieldSchema, Format,
    IndexSchema, Json, Kind, LinkKind, LinkSchema, Literal, ModelId, ModelSchema, Normalizer, Numbers, OnDelete,
    PageSchema, RelationSchema, Rule, RuleSchema, SortTerm, StatesSchema, StructSchema, Timestamp, TransitionSchema,
    UniqueSchema, Uuid, Value,
};

/// Shows what is wrong with schemas on a new log.
#[track_caller]
fn check(schemas: &[&'static ModelSchema], expected: Expect) {
    let shown = match Catalog::new(schemas.to_vec(), &Numbers::of(schemas)) {
        Ok(_) => "nothing".to_owned(),
        Err(error) => error.to_string(),
    };
    expected.assert_eq(&shown);
}

static AUTHOR: ModelSchema = ModelSchema {
    name: "Author",
    table: "authors",
    path: "authors",
    fields: &[
        FieldSchema { auto: Some(Auto::Uuid7), ..FieldSchema::of::<Uuid>("id") },
        FieldSchema::of::<String>("name"),
    ],
    key: &[0],
    ..EMPTY
};

fn author() -> &'static ModelSchema {
    &AUTHOR
}

fn article() -> &'static ModelSchema {
    &ARTICLE
}

static ARTICLE: ModelSchema = ModelSchema {
    name: "Article",
    table: "articles",
    path: "shop/articles",
    fields: &[
        FieldSchema { auto: Some(Auto::Sequence), ..FieldSchema::of::<i64>("number") },
        FieldSchema { filter: true, sort: true, wire: "titel", ..FieldSchema::of::<String>("title") },
        FieldSchema::of::<Option<Uuid>>("author_id"),
        FieldSchema { exposure: Exposure::Hidden, filter: true, ..FieldSchema::of::<Option<i64>>("parent") },
        FieldSchema::of::<Option<Timestamp>>("at"),
    ],
    key: &[0],
    uniques: &[UniqueSchema { fields: &[1], ignore_case: true, condition: None }],
    indexes: &[IndexSchema {
        terms: &[SortTerm { field: 2, descending: false }, SortTerm { field: 4, descending: true }],
    }],
    relations: &[
        RelationSchema { name: "author", fields: &[2], target: author, on_delete: OnDelete::SetNull },
        RelationSchema { name: "parent", fields: &[3], target: article, on_delete: OnDelete::Cascade },
    ],
    ..EMPTY
};

#[test]
fn models_find_each_other_and_their_fields() {
    let catalog = catalog(&[&ARTICLE, &AUTHOR]);
    assert_eq!(catalog.by_path("shop/articles"), Some(0));
    assert_eq!(catalog.by_table("authors"), Some(1));
    assert_eq!(catalog.by_id(ModelId(2)), Some(1));
    assert_eq!(catalog.nearest_path("author"), Some("authors"));
    let (article, author) = (&catalog.models[0], &catalog.models[1]);
    assert_eq!(
        (article.by_wire("titel"), article.by_wire("title"), article.by_name("title")),
        (Some(1), None, Some(1))
    );
    assert_eq!(article.targets, [1, 0]);
    let modes = |referrers: &[super::Referrer]| -> Vec<_> {
        referrers.iter().map(|referrer| (referrer.model, referrer.relation, referrer.on_delete)).collect()
    };
    assert_eq!(modes(&author.referrers), [(0, 0, OnDelete::SetNull)]);
    assert_eq!(modes(&article.referrers), [(0, 1, OnDelete::Cascade)]);
    assert_eq!(article.filterable, [true, true, true, false, true], "a hidden field is never filtered by");
    assert_eq!(article.nearest_wire("title"), Some("titel"));
    assert_eq!(article.nearest_wire("parent"), None, "a hidden field is not suggested");
}

#[test]
fn a_unique_value_ignores_case_where_declared_and_null_claims_nothing() {
    let catalog = catalog(&[&ARTICLE, &AUTHOR]);
    let article = &catalog.models[0];
    let key = |title: &str| {
        let values = [Value::Int(1), Value::Text(title.into()), Value::Null, Value::Null, Value::Null];
        assert_eq!(article.relation_key(0, &values), None);
        article.unique_key(0, &values)
    };
    assert_eq!(key("ÉTÉ"), key("e\u{301}t\u{e9}"));
    assert_ne!(key("été"), key("ete"));
    let null = [Value::Int(1), Value::Null, Value::Null, Value::Null, Value::Null];
    assert_eq!(article.unique_key(0, &null), None);
}

#[test]
fn numbers_are_given_once_and_never_again() {
    let mut numbers = Numbers::of(&[&AUTHOR]);
    assert_eq!(numbers.assign(&[&AUTHOR]), [], "everything is known");
    let changes = numbers.assign(&[&ARTICLE, &AUTHOR]);
    assert_eq!(changes.len(), 1);
    assert_eq!((changes[0].model, changes[0].fields[1].clone()), (ModelId(2), (1, "title".into(), "string".into())));
    changes.iter().for_each(|change| numbers.learn(change));

    static AUTHOR_LATER: ModelSchema = ModelSchema {
        fields: &[FieldSchema::of::<Uuid>("id"), FieldSchema::of::<Option<Uuid>>("email")],
        ..PLAIN_AUTHOR
    };
    let changes = numbers.assign(&[&AUTHOR_LATER]);
    assert_eq!(changes[0].fields, [(2, "email".into(), "uuid".into())], "1 stays the number of `name`");
    changes.iter().for_each(|change| numbers.learn(change));

    let mut copy = Numbers::new();
    numbers.changes().iter().for_each(|change| copy.learn(change));
    assert_eq!(copy, numbers);
    assert_eq!(numbers.assign(&[&AUTHOR])[0].fields, [], "the schema is another, and `name` still has its number");
}

const PLAIN_AUTHOR: ModelSchema = ModelSchema { name: "Author", table: "authors", path: "authors", key: &[0], ..EMPTY };

#[test]
fn a_type_that_changed_is_refused() {
    static OTHER: ModelSchema = ModelSchema {
        fields: &[FieldSchema::of::<Uuid>("id"), FieldSchema::of::<Vec<String>>("name")],
        ..PLAIN_AUTHOR
    };
    let mut numbers = Numbers::of(&[&AUTHOR]);
    numbers.assign(&[&OTHER]).iter().for_each(|change| numbers.learn(change));
    let error = Catalog::new(vec![&OTHER], &numbers).expect_err("the type changed");
    expect!["Author.name: the log has values of type `string`, the struct says `array of string`; a type cannot change yet, so give the field a new name"].assert_eq(&error.to_string());
}

#[test]
fn names_are_there_once_and_not_reserved() {
    static TWICE: ModelSchema = ModelSchema {
        name: "Author",
        table: "authors",
        path: "/_authors",
        fields: &[
            FieldSchema::of::<Uuid>("id"),
            FieldSchema::of::<Uuid>("id"),
            FieldSchema { wire: "_rev", ..FieldSchema::of::<Uuid>("rev") },
        ],
        key: &[0],
        ..EMPTY
    };
    check(
        &[&AUTHOR, &TWICE],
        expect![[r#"
            Author.name: the log does not know the field yet
            Author: the name `Author` is also the one of `Author`
            Author: the table `authors` is also the one of `Author`
            Author: the path `/_authors` is not one of letters, digits, `-`, `_`, `.` and `/`, beginning with a letter or digit
            Author.id: declared twice
            Author.id: another field is `id` in JSON too
            Author.rev: `_rev` is empty or begins with `_`, which is reserved, in JSON"#]],
    );
}

/// One path named a collection and a record of another one, and the router found only the latter.
#[test]
fn a_path_is_not_below_that_of_another_model() {
    const ID: &[FieldSchema] = &[FieldSchema::of::<Uuid>("id")];
    const AT: ModelSchema = ModelSchema { fields: ID, key: &[0], ..EMPTY };
    static BLOG: ModelSchema = ModelSchema { name: "Blog", table: "blogs", path: "blog", ..AT };
    static POST: ModelSchema = ModelSchema { name: "Post", table: "posts", path: "blog/posts", ..AT };
    static BLOGGER: ModelSchema = ModelSchema { name: "Blogger", table: "bloggers", path: "blogger/all", ..AT };
    check(&[&BLOG, &POST, &BLOGGER], expect!["Post: the path `blog/posts` is also the one of a record of `blog`"]);
    check(&[&POST, &BLOGGER, &BLOG], expect!["Blog: the path `blog/posts` is also the one of a record of `blog`"]);
}

#[test]
fn fields_are_what_they_say() {
    static ODD: ModelSchema = ModelSchema {
        fields: &[
            FieldSchema { auto: Some(Auto::Sequence), ..FieldSchema::of::<Uuid>("id") },
            FieldSchema { auto: Some(Auto::Sequence), ..FieldSchema::of::<u16>("place") },
            FieldSchema { decimal: Some(DecimalSchema { precision: 2, scale: 3 }), ..FieldSchema::of::<i64>("price") },
            FieldSchema { normalizers: &[Normalizer::Trim], sort: true, ..FieldSchema::of::<Json>("extra") },
            FieldSchema {
                default: Some(DefaultValue::Expr(Expr::Literal(Literal::Variant("Purple")))),
                kind: Kind::Enum(&COLOUR),
                ..FieldSchema::of::<bool>("colour")
            },
            FieldSchema { default: Some(DefaultValue::Expr(Expr::Now(0))), ..FieldSchema::of::<bool>("flag") },
            FieldSchema {
                default: Some(DefaultValue::Expr(Expr::Literal(Literal::Null))),
                ..FieldSchema::of::<bool>("set")
            },
        ],
        ..PLAIN_AUTHOR
    };
    check(
        &[&ODD],
        expect![[r#"
            Author.id: `auto = sequence` does not give values of this type
            Author.place: `auto = sequence` needs an integer of 32 bits or more: a create that is refused takes a number too
            Author.place: a model has one `sequence`
            Author.price: `decimal(..)` is for decimals
            Author.price: `decimal(2,3)`: 1 to 28 digits in all, and no more of them behind the point
            Author.extra: `normalize(trim)` is for texts
            Author.extra: a field of type json cannot be sorted by
            Author.colour: `default = Purple` is not of type enum
            Author.flag: `default = now()` is for timestamps and dates
            Author.set: `default` is null and the field is not optional"#]],
    );
}

#[test]
fn rules_fit_the_type_and_can_hold() {
    static RULES: ModelSchema = ModelSchema {
        fields: &[
            FieldSchema {
                rules: &[
                    RuleSchema::of(Rule::Len { min: 3, max: 2 }),
                    RuleSchema::of(Rule::Regex("(a")),
                    RuleSchema::of(Rule::Past),
                    RuleSchema {
                        condition: Some(Expr::Compare(
                            &Expr::Field("flga"),
                            Comparison::Equal,
                            &Expr::Literal(Literal::Bool(true)),
                        )),
                        ..RuleSchema::of(Rule::Required)
                    },
                ],
                ..FieldSchema::of::<String>("id")
            },
            FieldSchema {
                rules: &[
                    RuleSchema::of(Rule::Range { min: Some(Literal::Int(3)), max: Some(Literal::Int(1)) }),
                    RuleSchema::of(Rule::Greater(Literal::Text("x"))),
                    RuleSchema::of(Rule::MultipleOf(Literal::Int(0))),
                    RuleSchema::of(Rule::OneOf(&[])),
                ],
                ..FieldSchema::of::<i8>("small")
            },
            FieldSchema {
                rules: &[RuleSchema::of(Rule::Each(&[RuleSchema::of(Rule::UniqueItems)]))],
                ..FieldSchema::of::<Vec<String>>("tags")
            },
            FieldSchema::of::<bool>("flag"),
        ],
        checks: &[CheckSchema { condition: Expr::Not(&Expr::Field("smal")), message: "no", field: None }],
        ..PLAIN_AUTHOR
    };
    check(
        &[&RULES],
        expect![[r#"
            Author.id: `len(3..=2)` never holds
            Author.id: `regex("(a")`: regex parse error:
                (a
                ^
            error: unclosed group
            Author.id: `past` is not a rule for type string
            Author.small: `range` never holds: its bounds are the wrong way round
            Author.small: `gt`: "x" is not of type integer
            Author.small: `multiple_of` takes a number above 0
            Author.small: `one_of()` never holds
            Author.tags: `unique_items` is not a rule for type string
            Author: a check: `smal` is not a field here; did you mean `small`?
            Author.id: `when`: `flga` is not a field here; did you mean `flag`?"#]],
    );
}

#[test]
fn keys_and_constraints_are_of_comparable_fields() {
    static ODD: ModelSchema = ModelSchema {
        fields: &[
            FieldSchema { exposure: Exposure::Hidden, ..FieldSchema::of::<Option<Uuid>>("id") },
            FieldSchema { kind: Kind::Enum(&SHAPE), ..FieldSchema::of::<bool>("shape") },
        ],
        uniques: &[UniqueSchema { fields: &[], ignore_case: false, condition: None }],
        indexes: &[IndexSchema { terms: &[SortTerm { field: 1, descending: false }; 2] }],
        page: PageSchema { default: 10, max: 5 },
        ..PLAIN_AUTHOR
    };
    static OUTSIDE: ModelSchema =
        ModelSchema { name: "Outside", table: "outside", path: "outside", key: &[3], ..EMPTY };
    check(
        &[&ODD, &OUTSIDE],
        expect![[r#"
        Author.id: a key is never null, so it is not optional
        Author.id: the key is in every record's address, so it cannot be hidden
        Author: a unique constraint has no fields
        Author.shape: an index cannot have a field of type enum
        Author.shape: an index cannot have a field of type enum
        Author.shape: an index names the field twice
        Author: page(default = 10, max = 5): at least 1, at most `max`
        Outside: the key names field 3, and there are 0"#]],
    );
}

#[test]
fn relations_lead_to_keys_and_can_be_cut() {
    static ODD: ModelSchema = ModelSchema {
        name: "Odd",
        table: "odds",
        path: "odds",
        fields: &[FieldSchema::of::<i64>("id"), FieldSchema::of::<Uuid>("author_id")],
        key: &[0],
        relations: &[
            RelationSchema { name: "author", fields: &[0], target: author, on_delete: OnDelete::SetNull },
            RelationSchema { name: "author", fields: &[1], target: author, on_delete: OnDelete::SetNull },
            RelationSchema { name: "author", fields: &[1], target: author, on_delete: OnDelete::SetDefault },
            RelationSchema { name: "author", fields: &[0, 1], target: author, on_delete: OnDelete::Restrict },
            RelationSchema { name: "article", fields: &[0], target: article, on_delete: OnDelete::Restrict },
        ],
        ..EMPTY
    };
    check(
        &[&ODD, &AUTHOR],
        expect![[r#"
            Odd.id: is of type integer and refers to `Author.id`, which is of type uuid
            Odd.id: `on_delete = set_null` would change the key
            Odd.author_id: `on_delete = set_null`, and the field is not optional
            Odd.author_id: `on_delete = set_default`, and the field has no default
            Odd.id: refers to `Author` by 2 fields, and its key has 1
            Odd.id: refers to `Article`, which is not registered with the server"#]],
    );
}

#[test]
fn links_lead_somewhere_by_names_of_their_own() {
    static COMMENT: ModelSchema = ModelSchema {
        name: "Comment",
        table: "comments",
        path: "comments",
        fields: &[
            FieldSchema::of::<i64>("id"),
            FieldSchema::of::<i64>("article_id"),
            FieldSchema::of::<Option<Uuid>>("author_id"),
            FieldSchema::of::<Option<Uuid>>("editor_id"),
            FieldSchema::of::<Option<String>>("editor"),
            FieldSchema { exposure: Exposure::Hidden, ..FieldSchema::of::<Option<Uuid>>("owner_id") },
        ],
        key: &[0],
        relations: &[
            RelationSchema { name: "owner", fields: &[5], target: author, on_delete: OnDelete::SetNull },
            RelationSchema { name: "article", fields: &[1], target: article, on_delete: OnDelete::Cascade },
            RelationSchema { name: "author", fields: &[2], target: author, on_delete: OnDelete::SetNull },
            RelationSchema { name: "editor", fields: &[3], target: author, on_delete: OnDelete::SetNull },
        ],
        ..EMPTY
    };
    fn comment() -> &'static ModelSchema {
        &COMMENT
    }
    const fn link(wire: &'static str, target: fn() -> &'static ModelSchema, kind: LinkKind) -> LinkSchema {
        LinkSchema { name: "link", wire, target, kind }
    }
    const fn many(wire: &'static str, via: &'static str) -> LinkSchema {
        link(wire, comment, LinkKind::HasMany { via })
    }
    const fn across(wire: &'static str, via: Option<&'static str>) -> LinkSchema {
        link(wire, author, LinkKind::ManyToMany { through: comment, via })
    }
    static LINKED: ModelSchema = ModelSchema {
        links: &[
            many("a", "autor_id"),
            many("b", "id"),
            many("c", "article_id"),
            many("name", "author_id"),
            many("history", "author_id"),
            many("_d", "author_id"),
            link("e", comment, LinkKind::HasOne { via: "author_id" }),
            across("f", None),
            across("g", Some("author_id")),
            link("h", article, LinkKind::ManyToMany { through: comment, via: Some("author_id") }),
            link("i", other, LinkKind::HasMany { via: "id" }),
            link("j", author, LinkKind::ManyToMany { through: article, via: None }),
            many("k", "author_id"),
            many("k", "author_id"),
            many("l", "owner_id"),
        ],
        ..AUTHOR
    };
    fn other() -> &'static ModelSchema {
        &ModelSchema { name: "Other", table: "others", ..EMPTY }
    }
    check(
        &[&LINKED, &ARTICLE, &COMMENT],
        expect![[r#"
            Author.link: `via = autor_id` names no field of `Comment`; did you mean `author_id`?
            Author.link: `via = id`: `Comment.id` refers to no model; let it be of the type `Id<Author>`
            Author.link: `via = article_id`: `Comment.article_id` refers to `Article`, not to `Author`
            Author.link: a field or another relation is `name` in JSON too
            Author.link: `history` is reserved in paths: give the relation another name
            Author.link: `_d` is no name of a relation: it is a segment of paths, and `_` is reserved
            Author.link: `has_one`, and many records of `Comment` may refer to one: declare `Comment.author_id` with `db(unique)`
            Author.link: `through = Comment`: `Comment` refers to `Author` more than once; say which one refers to this record: `via = owner_id`
            Author.link: `through = Comment`: `Comment` refers to `Author` more than once
            Author.link: leads to `Other`, which is not registered with the server
            Author.link: `through = Article`: `Article` does not refer to `Author`
            Author.link: a field or another relation is `k` in JSON too
            Author.link: goes by `Comment.owner_id`, which callers may not read: it would tell what is there
            Comment.editor: is the name of a relation and of another field, and in JSON they meet"#]],
    );
}

#[test]
fn fields_that_the_log_does_not_know_are_named() {
    let error = Catalog::new(vec![&AUTHOR], &Numbers::new()).expect_err("the log is empty");
    expect![[r#"
        Author.id: the log does not know the field yet
        Author.name: the log does not know the field yet"#]]
    .assert_eq(&error.to_string());
}

/// A default that its own field refuses would have refused each create that leaves the field out, at a pointer that nobody sent.
#[test]
fn constants_keep_the_rules_of_their_fields() {
    const fn rule(rule: Rule) -> RuleSchema {
        RuleSchema { rule, message: None, condition: None }
    }
    const fn given(literal: Literal) -> Option<DefaultValue> {
        Some(DefaultValue::Expr(Expr::Literal(literal)))
    }
    const RANGE: &[RuleSchema] = &[rule(Rule::Range { min: Some(Literal::Int(1)), max: Some(Literal::Int(5)) })];
    const SLUG: &[RuleSchema] = &[rule(Rule::Format(Format::Slug))];
    static PART: StructSchema = StructSchema {
        name: "Part",
        fields: &[FieldSchema { default: given(Literal::Int(6)), rules: RANGE, ..FieldSchema::of::<i64>("count") }],
    };
    static THING: ModelSchema = ModelSchema {
        name: "Thing",
        table: "things",
        path: "things",
        fields: &[
            FieldSchema::of::<i64>("id"),
            FieldSchema { default: given(Literal::Int(0)), rules: RANGE, ..FieldSchema::of::<i64>("a") },
            FieldSchema { on_update: given(Literal::Text("A b")), rules: SLUG, ..FieldSchema::of::<String>("b") },
            FieldSchema { example: Some(Literal::Text("A b")), rules: SLUG, ..FieldSchema::of::<String>("c") },
            FieldSchema { kind: Kind::Struct(&PART), ..FieldSchema::of::<bool>("d") },
            FieldSchema {
                default: given(Literal::Text(" Draft ")),
                normalizers: &[Normalizer::Trim, Normalizer::Lower],
                rules: SLUG,
                ..FieldSchema::of::<String>("e")
            },
        ],
        key: &[0],
        ..EMPTY
    };
    check(
        &[&THING],
        expect![[r#"
        Thing.a: `default = 0` is not what `range` demands of the field: expected 1 to 5
        Thing.b: `on_update = "A b"` is not what `slug` demands of the field: expected lower-case letters and digits with single hyphens inside
        Thing.c: `example = "A b"` is not what `slug` demands of the field: expected lower-case letters and digits with single hyphens inside
        Thing.d: `Part.count`: `default = 6` is not what `range` demands of the field: expected 1 to 5"#]],
    );
}

/// Each change of another field went a way that nobody had declared.
#[test]
fn a_state_is_given_by_its_transitions_only() {
    const RED: Option<DefaultValue> = Some(DefaultValue::Expr(Expr::Literal(Literal::Variant("Red"))));
    const fn way(name: &'static str, from: &'static [&'static str], to: &'static str) -> TransitionSchema {
        TransitionSchema { name, from, to, guard: None, by: None }
    }
    static STATES: StatesSchema =
        StatesSchema { initial: "Red", transitions: &[way("go", &["Red"], "Green"), way("stop", &["Green"], "Blue")] };
    static LIGHT: ModelSchema = ModelSchema {
        name: "Light",
        table: "lights",
        path: "lights",
        fields: &[
            FieldSchema::of::<i64>("id"),
            FieldSchema {
                kind: Kind::Enum(&COLOUR),
                states: Some(&STATES),
                on_update: RED,
                ..FieldSchema::of::<bool>("light")
            },
        ],
        key: &[0],
        ..EMPTY
    };
    check(
        &[&LIGHT],
        expect![["Light.light: a state changes by its transitions only: `on_update` cannot be there too"]],
    );
}
