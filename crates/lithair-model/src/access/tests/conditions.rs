//! What policies mean for somebody, asked of a record.

use std::borrow::Cow;

use serde_json::json;

use crate::testing::catalog;
use crate::{
    AccessSchema, AfterRuleSchema, Asker, Auto, Comparison, Condition, Credential, DenySchema, Expr, FieldAccess,
    FieldSchema, Fields, Identity, Literal, ModelSchema, Policy, PolicySchema, Principal, Reader, Right, Scopes, Sides,
    System, Timestamp, Value,
};

const NOW: Timestamp = Timestamp::from_micros(0);

const LEVEL: usize = 1;
const NAME: usize = 2;
const ORG: usize = 3;

const DOC: ModelSchema = ModelSchema {
    name: "Doc",
    table: "docs",
    path: "docs",
    fields: &[
        FieldSchema { auto: Some(Auto::Sequence), ..FieldSchema::of::<i64>("number") },
        FieldSchema { access: FieldAccess { owner: true, ..FieldAccess::OPEN }, ..FieldSchema::of::<i64>("level") },
        FieldSchema::of::<Option<String>>("name"),
        FieldSchema::of::<String>("org"),
    ],
    key: &[0],
    ..crate::testing::EMPTY
};

/// A document of level 3, of Ann's, in Rome.
fn document() -> Vec<Value> {
    vec![Value::Int(1), Value::Int(3), Value::Text("Ann".to_owned()), Value::Text("Rome".to_owned())]
}

/// The same of nobody's.
fn nameless() -> Vec<Value> {
    vec![Value::Int(1), Value::Int(3), Value::Null, Value::Text("Rome".to_owned())]
}

/// A record by itself.
pub(super) struct Of<'a>(pub(super) &'a [Value]);

impl Fields for Of<'_> {
    fn field(&self, place: usize) -> Cow<'_, Value> {
        Cow::Borrowed(&self.0[place])
    }
}

fn somebody() -> Identity {
    Identity::new(Credential::Token, "3")
}

/// Somebody of whom a token says so.
fn says(claims: serde_json::Value) -> Principal {
    somebody().with_claims(claims.as_object().expect("claims are an object").clone()).into()
}

/// A model with these permissions; it lives as long as the program, like every schema.
fn with(access: PolicySchema) -> &'static ModelSchema {
    let access = AccessSchema::Rules(Box::leak(Box::new(access)));
    Box::leak(Box::new(ModelSchema { access, ..DOC }))
}

/// Whether whoever is `who` may read the record, where `policy` says who may.
fn may(who: &Principal, policy: Policy, record: &[Value]) -> bool {
    let rules = Box::leak(Box::new([(Right::Read, policy)]));
    let catalog = catalog(&[with(PolicySchema { rules, ..PolicySchema::CLOSED })]);
    Asker { catalog: &catalog, principal: who, now: NOW }.right(0, Right::Read).holds(record, NOW)
}

#[test]
fn a_field_is_compared_with_a_claim_of_its_type() {
    const IS_LEVEL: Policy = Policy::Claim(&Expr::Field("level"), Comparison::Equal, "level");
    let check = |claims: serde_json::Value, policy: Policy, expected: bool| {
        assert_eq!(may(&says(claims.clone()), policy, &document()), expected, "{claims}");
    };
    check(json!({ "level": 3 }), IS_LEVEL, true);
    check(json!({ "level": "3" }), IS_LEVEL, true);
    for other in [json!(4), json!("03"), json!("+3"), json!("three"), json!(true), json!(null), json!([3]), json!(3.5)]
    {
        check(json!({ "level": other }), IS_LEVEL, false);
    }
    check(json!({}), IS_LEVEL, false);
    check(json!({ "level": 3 }), Policy::Claim(&Expr::Field("level"), Comparison::Less, "level"), false);
    check(json!({ "level": 4 }), Policy::Claim(&Expr::Field("level"), Comparison::Less, "level"), true);
    check(json!({ "sure": true }), Policy::ClaimIs("sure", Comparison::Equal, Literal::Bool(true)), true);
}

/// Without one of the two there is nothing to compare: neither equal nor unequal.
#[test]
fn what_is_not_there_is_not_unlike_anything() {
    const IS_NOT: Policy = Policy::Claim(&Expr::Field("name"), Comparison::NotEqual, "name");
    const HAS_NOT: Policy = Policy::Claim(&Expr::Field("name"), Comparison::NotContains, "name");
    for policy in [IS_NOT, HAS_NOT] {
        assert!(may(&says(json!({ "name": "Bob" })), policy, &document()));
        assert!(!may(&says(json!({ "name": "Ann" })), policy, &document()));
        assert!(!may(&says(json!({ "name": "Bob" })), policy, &nameless()));
        assert!(!may(&says(json!({ "name": null })), policy, &document()));
        assert!(!may(&says(json!({})), policy, &document()));
    }
}

#[test]
fn a_field_is_among_the_values_of_a_claim() {
    const AMONG: Policy = Policy::AmongClaim(&Expr::Field("name"), "names");
    let check = |names: serde_json::Value, record: &[Value], expected: bool| {
        assert_eq!(may(&says(json!({ "names": names })), AMONG, record), expected, "{names}");
    };
    check(json!(["Bob", "Ann"]), &document(), true);
    check(json!(["Bob"]), &document(), false);
    check(json!([]), &document(), false);
    check(json!("Ann"), &document(), false);
    check(json!([null, 3]), &nameless(), false);
    check(json!([null, "Ann"]), &nameless(), false);
    assert!(!may(&says(json!({})), AMONG, &document()));
}

#[test]
fn a_claim_is_compared_with_what_is_of_its_type() {
    let check = |claim: serde_json::Value, comparison: Comparison, literal: Literal, expected: bool| {
        let policy = Policy::ClaimIs("x", comparison, literal);
        assert_eq!(
            may(&says(json!({ "x": claim })), policy, &document()),
            expected,
            "{claim} {comparison:?} {literal:?}"
        );
    };
    check(json!(3), Comparison::Equal, Literal::Int(3), true);
    check(json!(3), Comparison::GreaterOrEqual, Literal::Int(4), false);
    check(json!(3.5), Comparison::Greater, Literal::Number("3.25"), true);
    check(json!(3.0), Comparison::Equal, Literal::Int(3), true);
    check(json!("high"), Comparison::Equal, Literal::Text("high"), true);
    check(json!("High"), Comparison::Equal, Literal::Variant("High"), true);
    check(json!("low"), Comparison::NotEqual, Literal::Text("high"), true);
    check(json!(true), Comparison::Equal, Literal::Bool(true), true);
    check(json!(false), Comparison::Equal, Literal::Bool(true), false);
    // What is of another type does not compare, whichever way.
    for comparison in [Comparison::Equal, Comparison::NotEqual] {
        check(json!("3"), comparison, Literal::Int(3), false);
        check(json!("true"), comparison, Literal::Bool(true), false);
        check(json!(3), comparison, Literal::Text("3"), false);
        check(json!(true), comparison, Literal::Text("true"), false);
        check(json!(1), comparison, Literal::Bool(true), false);
        check(json!(["high"]), comparison, Literal::Text("high"), false);
    }
    // Null is the claim that is not there.
    for absent in [json!({}), json!({ "x": null })] {
        assert!(may(&says(absent.clone()), Policy::ClaimIs("x", Comparison::Equal, Literal::Null), &document()));
        assert!(!may(&says(absent.clone()), Policy::ClaimIs("x", Comparison::NotEqual, Literal::Null), &document()));
        assert!(!may(&says(absent), Policy::ClaimIs("x", Comparison::NotEqual, Literal::Text("a")), &document()));
    }
    check(json!("a"), Comparison::Equal, Literal::Null, false);
    check(json!("a"), Comparison::NotEqual, Literal::Null, true);
}

#[test]
fn the_servers_own_words_come_before_those_of_a_credential() {
    let is = |name: &'static str, text: &'static str| Policy::ClaimIs(name, Comparison::Equal, Literal::Text(text));
    let lies = json!({ "id": "9", "sub": "9", "tenant": "Oslo", "team": "red" });
    let lies = lies.as_object().expect("an object").clone();
    let who = Principal::from(somebody().of_tenant("Rome").with_claims(lies));
    for (name, said, lie) in [("id", "3", "9"), ("sub", "3", "9"), ("tenant", "Rome", "Oslo")] {
        assert!(may(&who, is(name, said), &document()) && !may(&who, is(name, lie), &document()), "{name}");
    }
    assert!(may(&who, is("team", "red"), &document()));
    assert!(!may(&Principal::Anonymous, is("id", ""), &document()));
}

#[test]
fn an_owner_is_named_by_one_text() {
    for (subject, owns) in [("3", true), ("03", false), ("+3", false), ("4", false), ("three", false)] {
        let who = Principal::from(Identity::new(Credential::Token, subject));
        assert_eq!(may(&who, Policy::Owner, &document()), owns, "{subject}");
    }
    assert!(!may(&Principal::Anonymous, Policy::Owner, &document()));
}

#[test]
fn conditions_of_none_and_of_one_are_what_they_come_to() {
    let never = || Condition::Never;
    let when = |place: usize| {
        let rules = Box::leak(Box::new([(Right::Read, Policy::Owner)]));
        let schema = with(PolicySchema { rules, ..PolicySchema::CLOSED });
        let (catalog, who) = (catalog(&[schema]), Principal::from(somebody()));
        let asker = Asker { catalog: &catalog, principal: &who, now: NOW };
        match asker.right(0, Right::Read) {
            Condition::When(crate::Predicate::Compare { comparison, right, kind, .. }) => {
                let left = crate::Operand::Field(place);
                Condition::When(crate::Predicate::Compare { left, comparison, right, kind })
            }
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(Condition::all([]), Condition::Always);
    assert_eq!(Condition::all([Condition::Always, when(1)]), when(1));
    assert_eq!(Condition::all([when(1), never()]), never());
    assert_eq!(Condition::any([]), never());
    assert_eq!(Condition::any([never(), when(1)]), when(1));
    assert_eq!(Condition::any([when(1), Condition::Always]), Condition::Always);
    // What holds of one record in two ways is asked flat.
    let three = [when(1), when(2), when(3)];
    let [one, two, other] = three.clone();
    assert_eq!(Condition::all([Condition::all([one, two]), other]), Condition::all(three.clone()));
    let [one, two, other] = three.clone();
    assert_eq!(Condition::any([Condition::any([one, two]), other]), Condition::any(three));
    assert_eq!((never().negated(), Condition::Always.negated()), (Condition::Always, never()));
    assert!(!when(1).negated().holds(&document()[..], NOW) && when(1).holds(&document()[..], NOW));
    let matches =
        |condition: Condition| condition.predicate().is_none_or(|predicate| predicate.matches(&document()[..], NOW));
    assert!(matches(Condition::Always) && matches(when(1)) && !matches(never()) && !matches(when(0)));
}

const CLOSED_TO_MOST: PolicySchema = PolicySchema {
    rules: &[(Right::Read, Policy::Role("Reader"))],
    denies: &[DenySchema { rights: &[Right::Update], when: Policy::Public, message: Some("nobody changes it") }],
    afters: &[
        AfterRuleSchema { right: Right::Update, holds: Policy::Not(&Policy::Public), message: Some("it stays so") },
        AfterRuleSchema { right: Right::Create, holds: Policy::Role("Maker"), message: None },
    ],
    ..PolicySchema::CLOSED
};

const ALL: [Right; 9] = [
    Right::Read,
    Right::Create,
    Right::Update,
    Right::Delete,
    Right::History,
    Right::Export,
    Right::Command("stamp"),
    Right::Command("purge"),
    Right::Command("restore"),
];

/// What the program does for itself no policy is asked about: not a tenant either, and none of its fields.
#[test]
fn the_program_itself_may_do_everything() {
    static SCHEMA: ModelSchema = ModelSchema {
        fields: &[
            FieldSchema { auto: Some(Auto::Sequence), ..FieldSchema::of::<i64>("number") },
            FieldSchema::of::<String>("org"),
            FieldSchema {
                access: FieldAccess {
                    read: Some(&Policy::Role("Reader")),
                    create: Some(&Policy::Role("Reader")),
                    update: Some(&Policy::Role("Reader")),
                    ..FieldAccess::OPEN
                },
                ..FieldSchema::of::<String>("secret")
            },
        ],
        tenant: Some(1),
        access: AccessSchema::Rules(&CLOSED_TO_MOST),
        ..DOC
    };
    let catalog = std::sync::Arc::new(catalog(&[&SCHEMA]));
    let values = [Value::Int(1), Value::Text("Rome".to_owned()), Value::Text("canary".to_owned())];
    let entry = &catalog.models[0];
    let sides = Sides { model: entry, own: &Of(&values), before: None, input: &[] };
    let of = |principal: &Principal, asked: &dyn Fn(Asker<'_>) -> bool| {
        asked(Asker { catalog: &catalog, principal, now: NOW })
    };
    let (program, nobody) = (Principal::System(System::Code), Principal::Anonymous);
    let asked: [&dyn Fn(Asker<'_>) -> bool; 6] = [
        &|asker| ALL.iter().all(|&right| asker.right(0, right) == Condition::Always),
        &|asker| asker.tenant(0) == Condition::Always,
        &|asker| asker.field_read(0, 2) == Condition::Always,
        &|asker| asker.field_write(0, 2, Right::Create) == Condition::Always,
        &|asker| asker.field_write(0, 2, Right::Update) == Condition::Always,
        &|asker| asker.after(0, Right::Update, &sides).is_ok(),
    ];
    for (place, asked) in asked.into_iter().enumerate() {
        assert!(of(&program, asked) && !of(&nobody, asked), "{place}");
    }
    let reader = Reader::system(&catalog);
    assert!(reader.knows(0) && reader.among(0, None).is_none());
}

#[test]
fn the_first_rule_that_speaks_against_a_change_says_why() {
    let catalog = catalog(&[with(CLOSED_TO_MOST)]);
    let entry = &catalog.models[0];
    let own = document();
    let sides = Sides { model: entry, own: &Of(&own), before: None, input: &[] };
    let maker = Principal::from(somebody().with_roles(["Maker".to_owned()]));
    let asker = Asker { catalog: &catalog, principal: &maker, now: NOW };
    for right in ALL {
        let is_change = matches!(right, Right::Update | Right::Command("stamp"));
        assert_eq!(asker.denial(0, right, &sides), is_change.then_some("nobody changes it"), "{right:?}");
    }
    assert_eq!(asker.after(0, Right::Update, &sides), Err(Some("it stays so")));
    assert_eq!(asker.after(0, Right::Create, &sides), Ok(()));
    let other = Principal::from(somebody());
    let asker = Asker { catalog: &catalog, principal: &other, now: NOW };
    assert_eq!(asker.after(0, Right::Create, &sides), Err(None));
}

#[test]
fn a_change_has_what_was_what_is_and_what_was_sent() {
    static SCHEMA: ModelSchema = DOC;
    let catalog = catalog(&[&SCHEMA]);
    let entry = &catalog.models[0];
    let (own, before) = (document(), nameless());
    let input = [(LEVEL, Value::Int(7)), (ORG, Value::Text("Oslo".to_owned()))];
    let sides = Sides { model: entry, own: &Of(&own), before: Some(&before), input: &input };
    let count = own.len();
    for place in 0..count {
        assert_eq!(*sides.field(place), own[place]);
        assert_eq!(*sides.field(count + place), before[place]);
    }
    let sent: Vec<Value> = (0..count).map(|place| sides.field(2 * count + place).into_owned()).collect();
    assert_eq!(sent, [Value::Null, Value::Int(7), Value::Null, Value::Text("Oslo".to_owned())]);
    let new = Sides { model: entry, own: &Of(&own), before: None, input: &[] };
    assert_eq!(*new.field(count + NAME), Value::Null);
}

#[test]
fn a_model_for_everybody_is_open_where_nothing_in_it_says_otherwise() {
    const OPEN: ModelSchema = super::NOTE;
    const fn fields(access: FieldAccess) -> [FieldSchema; 3] {
        [
            FieldSchema { auto: Some(Auto::Sequence), ..FieldSchema::of::<i64>("number") },
            FieldSchema { access, ..FieldSchema::of::<String>("title") },
            FieldSchema::of::<bool>("open"),
        ]
    }
    static PLAIN: ModelSchema = OPEN;
    static HIDES: ModelSchema = ModelSchema { fields: &HIDING, ..OPEN };
    static HIDING: [FieldSchema; 3] =
        fields(FieldAccess { read: Some(&Policy::Owner), owner: true, ..FieldAccess::OPEN });
    static MASKS: ModelSchema = ModelSchema { fields: &MASKING, ..OPEN };
    static MASKING: [FieldSchema; 3] = fields(FieldAccess { mask: Some(crate::Mask { last: 1 }), ..FieldAccess::OPEN });
    static TENANT: ModelSchema = ModelSchema { tenant: Some(1), ..OPEN };
    static CLOSED: ModelSchema = ModelSchema { access: AccessSchema::Internal, ..OPEN };
    for (schema, is_open) in [(&PLAIN, true), (&HIDES, false), (&MASKS, false), (&TENANT, false), (&CLOSED, false)] {
        let catalog = catalog(&[schema]);
        assert_eq!(catalog.models[0].access.is_open(), is_open, "{schema:?}");
    }
    // What is masked is read by nobody where nothing says who reads it.
    let catalog = catalog(&[&MASKS]);
    let who = Principal::from(somebody());
    assert_eq!(Asker { catalog: &catalog, principal: &who, now: NOW }.field_read(0, 1), Condition::Never);
}

#[test]
fn a_key_is_for_what_its_scopes_say_and_nothing_is_free_for_it_otherwise() {
    static OPEN: ModelSchema = super::NOTE;
    let catalog = catalog(&[&OPEN]);
    let key = |scopes: &[&str]| {
        let scopes = Scopes::Only(scopes.iter().map(|scope| (*scope).to_owned()).collect());
        Principal::from(Identity::new(Credential::ApiKey, "3").with_scopes(scopes))
    };
    let check = |who: &Principal, reads: bool, changes: bool, is_free: bool| {
        let asker = Asker { catalog: &catalog, principal: who, now: NOW };
        assert_eq!((asker.is_for(0, Right::Read), asker.is_for(0, Right::Update)), (reads, changes), "{who:?}");
        assert_eq!(asker.is_free(0), is_free, "{who:?}");
        assert_eq!(asker.known_to_change(0) != Condition::Never, reads || changes, "{who:?}");
        assert_eq!(asker.right(0, Right::History) != Condition::Never, reads, "{who:?}");
        assert_eq!(asker.right(0, Right::Command("stamp")) != Condition::Never, changes, "{who:?}");
    };
    check(&key(&[]), false, false, false);
    check(&key(&["read"]), true, false, false);
    check(&key(&["write:notes"]), false, true, false);
    check(&key(&["read:notes", "write"]), true, true, true);
    // The scopes of a token are the issuer's words.
    check(&somebody().into(), true, true, true);
    check(&Principal::Anonymous, true, true, true);
    check(&Principal::System(System::Code), true, true, true);
}
