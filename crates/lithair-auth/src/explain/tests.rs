//! What operators are told of files, which have owners, tenants, a trash, states and a secret.

use lithair_model::{
    AccessSchema, Auto, Backend as _, BeforeSchema, Comparison, ComputedFrom, ComputedSchema, Context, Credential,
    DefaultValue, EnumSchema, Expr, Failure, FieldAccess, FieldSchema, Identity, Kind, LifecycleSchema, Literal, Mask,
    ModelSchema, Policy, PolicySchema, Principal, Right, Scopes, SoftDeleteSchema, StatesSchema, System, Timestamp,
    TransitionSchema, Value, VariantSchema,
};
use serde_json::{Value as Json, json};

use super::{MatrixOf, Question, WhoCan, explain, matrix, matrix_of, who_can};
use crate::admin::AdminError;
use crate::memory::{Memory, at, run};
use crate::records::Record;
use crate::table::Table;

const OPEN: FieldAccess = FieldAccess::OPEN;
const CHIEF: Policy = Policy::Role("Chief");
const CLERK: Policy = Policy::Role("Clerk");

static STAGE: EnumSchema = EnumSchema {
    name: "Stage",
    variants: &[
        VariantSchema { name: "Draft", wire: "draft", fields: &[] },
        VariantSchema { name: "Done", wire: "done", fields: &[] },
    ],
};

const STAGES: StatesSchema = StatesSchema {
    initial: "Draft",
    transitions: &[TransitionSchema { name: "finish", from: &["Draft"], to: "Done", guard: None, by: None }],
};

/// Every file has a mark, which is that of its title.
const IS_MARKED: Expr =
    Expr::Compare(&Expr::Field("title"), Comparison::Equal, &Expr::Literal(Literal::Text("secret")));
const IS_DRAFT: Policy =
    Policy::Test(Expr::Compare(&Expr::Field("stage"), Comparison::Equal, &Expr::Literal(Literal::Variant("Draft"))));
const IS_UNRANKED: Policy =
    Policy::Test(Expr::Compare(&Expr::Field("rank"), Comparison::Equal, &Expr::Literal(Literal::Int(3))));

fn nothing(_: &Context<'_>, values: Vec<Value>) -> Result<Vec<Value>, Failure> {
    Ok(values)
}

static FILE: ModelSchema = ModelSchema {
    name: "File",
    table: "files",
    path: "office-files",
    fields: &[
        FieldSchema { auto: Some(Auto::Sequence), ..FieldSchema::of::<i64>("number") },
        FieldSchema::of::<String>("org"),
        FieldSchema { access: FieldAccess { owner: true, ..OPEN }, ..FieldSchema::of::<String>("holder") },
        FieldSchema { kind: Kind::Enum(&STAGE), states: Some(&STAGES), ..FieldSchema::of::<String>("stage") },
        FieldSchema { wire: "heading", ..FieldSchema::of::<String>("title") },
        FieldSchema {
            access: FieldAccess { read: Some(&Policy::Owner), create: Some(&CLERK), update: Some(&CHIEF), ..OPEN },
            ..FieldSchema::of::<Option<String>>("secret")
        },
        FieldSchema {
            access: FieldAccess { read: Some(&CHIEF), mask: Some(Mask { last: 4 }), ..OPEN },
            ..FieldSchema::of::<Option<String>>("card")
        },
        FieldSchema {
            default: Some(DefaultValue::Expr(Expr::Literal(Literal::Int(3)))),
            ..FieldSchema::of::<i64>("rank")
        },
        FieldSchema {
            computed: Some(ComputedSchema { stored: true, from: ComputedFrom::Expr(IS_MARKED) }),
            ..FieldSchema::of::<bool>("marked")
        },
        FieldSchema { auto: Some(Auto::Deleted), ..FieldSchema::of::<Option<Timestamp>>("deleted_at") },
    ],
    key: &[0],
    tenant: Some(1),
    lifecycle: LifecycleSchema {
        soft_delete: Some(SoftDeleteSchema { cascade: &[], purge_after: None }),
        ..LifecycleSchema::FREE
    },
    hooks_before: &[
        BeforeSchema { name: "tidy", create: true, update: false, run: nothing },
        BeforeSchema { name: "count", create: true, update: true, run: nothing },
    ],
    access: AccessSchema::Rules(&RULES),
    ..ModelSchema::PLAIN
};

const RULES: PolicySchema = PolicySchema {
    roles: &[&["Chief", "Clerk"]],
    rules: &[
        (Right::Read, Policy::Any(&[Policy::Owner, CLERK])),
        (
            Right::Create,
            Policy::All(&[Policy::Owner, IS_DRAFT, IS_UNRANKED, Policy::Not(&Policy::Test(Expr::Field("marked")))]),
        ),
        (Right::Update, Policy::All(&[Policy::Owner, Policy::Not(&Policy::Test(Expr::Field("marked")))])),
        (Right::Delete, CHIEF),
    ],
    ..PolicySchema::CLOSED
};

/// Everybody's, and nobody's.
static NOTE: ModelSchema = ModelSchema {
    name: "Note",
    table: "notes",
    path: "notes",
    fields: &[FieldSchema::of::<i64>("number"), FieldSchema::of::<String>("text")],
    key: &[0],
    ..ModelSchema::PLAIN
};

/// A file as a record of tests.
struct File {
    number: i64,
    org: &'static str,
    holder: &'static str,
    is_deleted: bool,
}

impl Record for File {
    const SCHEMA: &'static ModelSchema = &FILE;

    fn values(&self) -> Vec<Value> {
        let text = |text: &str| Value::Text(text.to_owned());
        vec![
            Value::Int(self.number.into()),
            text(self.org),
            text(self.holder),
            text("draft"),
            text("a title"),
            text("canary-of-the-secret"),
            text("canary-of-the-card"),
            Value::Int(3),
            Value::Bool(false),
            if self.is_deleted { Value::Timestamp(at(0)) } else { Value::Null },
        ]
    }

    fn of(_: Vec<Value>) -> Option<Self> {
        None
    }
}

const ROOT: Principal = Principal::System(System::CommandLine);

struct World(std::sync::Arc<Memory>);

impl World {
    /// Ann's file 1 of acme, bob's file 2 of other, and ann's file 3, which is in the trash.
    fn new() -> Self {
        let backend = Memory::new(&[&FILE, &NOTE]);
        let table = Table::<File>::new(backend.catalog());
        for (number, org, holder) in [(1, "acme", "ann"), (2, "other", "bob"), (3, "acme", "ann")] {
            let file = File { number, org, holder, is_deleted: false };
            run(table.create(&*backend, &file, &ROOT, at(0))).expect("is made");
        }
        let trash = Value::Int(3);
        run(table.delete(&*backend, &trash, &ROOT, at(0))).expect("goes to the trash");
        Self(backend)
    }

    fn ask(&self, question: Json) -> Result<Json, AdminError> {
        self.ask_by(question, &ROOT)
    }

    fn ask_by(&self, question: Json, by: &Principal) -> Result<Json, AdminError> {
        let question: Question = serde_json::from_value(question).expect("a question");
        explain(&*self.0, question, by, at(0))
    }

    #[track_caller]
    fn refuses(&self, question: Json, words: &str) {
        let error = self.ask(question).expect_err(words).to_string();
        assert!(error.contains(words), "{error}");
    }
}

fn ann() -> Json {
    json!({ "sub": "ann", "tenant": "acme" })
}

/// Whether it is allowed, the status, and which clause says so.
fn verdict(answer: Result<Json, AdminError>) -> (String, u64, String) {
    let answer = answer.expect("an answer");
    let text = |value: &Json| value.as_str().expect("a text").to_owned();
    (text(&answer["allowed"]), answer["status"].as_u64().expect("a number"), text(&answer["decided_by"]["clause"]))
}

#[track_caller]
fn is(answer: Result<Json, AdminError>, allowed: &str, status: u64) {
    let (found, code, clause) = verdict(answer);
    assert_eq!((found.as_str(), code), (allowed, status), "{clause}");
}

#[test]
fn an_answer_says_who_asked_what_of_which_moment_and_each_clause() {
    let world = World::new();
    let answer = world.ask(json!({ "as": ann(), "can": "read", "of": "File/1" })).expect("an answer");
    assert_eq!(
        (&answer["who"], &answer["can"], &answer["of"]),
        (&json!("token:ann"), &json!("read"), &json!("File/1"))
    );
    assert_eq!((&answer["allowed"], &answer["status"]), (&json!("yes"), &json!(200)));
    assert_eq!(answer["asked_by"], json!(ROOT.actor()));
    assert_eq!(answer["position"], json!(world.0.position().get()));
    let decided = &answer["decided_by"];
    assert_eq!(decided["of"], json!("the record as it is"));
    let steps = answer["steps"].as_array().expect("a list");
    let read = steps.iter().find(|step| step["clause"] == "File: read").expect("a clause");
    assert_eq!(read["rule"], json!("owner || role(Clerk)"));
    assert_eq!(read["any_of"], json!([{ "what": "owner", "holds": "yes" }, { "what": "role(Clerk)", "holds": "no" }]));
    assert!(steps.iter().filter(|step| step["any_of"].is_null()).count() > 0, "where there are alternatives");
    assert!(answer.get("hooks_not_run").is_none() && answer.get("shown").is_none());
    assert!(!answer.to_string().contains("canary"), "no value is told");
    let anonymous = world.ask(json!({ "can": "read", "of": "File/1" })).expect("an answer");
    assert_eq!((&anonymous["who"], &anonymous["allowed"]), (&json!("anonymous"), &json!("no")));
    assert!(anonymous["would_change"].as_array().is_some_and(|ways| !ways.is_empty()), "{anonymous}");
}

#[test]
fn a_record_is_the_one_that_is_there_in_the_trash_or_not_at_all() {
    let world = World::new();
    let read = |of: &str| world.ask(json!({ "as": ann(), "can": "read", "of": of }));
    is(read("File"), "depends", 200);
    is(read("File/1"), "yes", 200);
    is(read("office-files/1"), "yes", 200);
    is(read("File/2"), "no", 404);
    is(read("File/3"), "no", 410);
    is(read("File/4"), "no", 404);
    let restore = |of: &str| {
        world.ask(
            json!({ "as": { "sub": "r", "tenant": "acme", "roles": ["Chief"] }, "can": "command(restore)", "of": of }),
        )
    };
    is(restore("File/3"), "yes", 200);
    world.refuses(json!({ "can": "read", "of": "File/x" }), "of: ");
    world.refuses(json!({ "can": "read", "of": "Fil" }), "of: there is no model `Fil`; did you mean `File`?");
    world.refuses(json!({ "can": "read", "of": "Zzzzzzzz" }), "of: there is no model `Zzzzzzzz`");
    world.refuses(json!({ "can": "raed", "of": "File" }), "can: `raed` is no right to `File`; did you mean `read`?");
    world.refuses(json!({ "can": "restore", "of": "Note" }), "can: `restore` is no right to `Note`");
    world.refuses(
        json!({ "can": "read", "of": "File", "field": "titel" }),
        "field: `File` has no field `titel`; did you mean `title`?",
    );
    world.refuses(json!({ "can": "read", "of": "LithairGrant" }), "of: there is no model");
    *world.0.is_gone.lock() = true;
    assert_eq!(
        read("File").err(),
        Some(AdminError::Moment(lithair_model::QueryError::HorizonGone(world.0.position())))
    );
}

#[test]
fn every_right_has_a_word_and_commands_two() {
    let world = World::new();
    for can in
        ["read", "create", "update", "delete", "history", "export", "finish", "command(finish)", "restore", "purge"]
    {
        let answer = world.ask(json!({ "as": ann(), "can": can, "of": "File" })).expect("an answer");
        let word = answer["can"].as_str().expect("a word");
        assert!(word == can || word == format!("command({can})"), "{word}");
    }
}

#[test]
fn an_administrator_of_a_tenant_is_told_of_that_one_alone() {
    let world = World::new();
    let by = Principal::from(Identity::new(Credential::Token, "root").of_tenant("acme"));
    let ask = |question: Json| world.ask_by(question, &by);
    is(ask(json!({ "as": ann(), "can": "read", "of": "File/1" })), "yes", 200);
    let bob = json!({ "sub": "bob", "tenant": "other" });
    assert!(matches!(ask(json!({ "as": bob, "can": "read", "of": "File/2" })), Err(AdminError::Forbidden(_))));
    assert!(matches!(
        ask(json!({ "as": { "sub": "ann" }, "can": "read", "of": "File" })),
        Err(AdminError::Forbidden(_))
    ));
    // A record of another tenant is not there; nor is what its administrator would learn of it by asking.
    let chief = json!({ "sub": "chief", "tenant": "acme", "roles": ["Chief"] });
    is(ask(json!({ "as": chief, "can": "delete", "of": "File/2" })), "no", 404);
    is(ask(json!({ "as": chief, "can": "delete", "of": "File/1" })), "yes", 200);
    let update = json!({ "as": chief, "can": "update", "of": "File/2", "body": { "heading": "b" } });
    assert!(matches!(ask(update), Err(AdminError::Invalid(_))), "there is no such record");
    is(ask(json!({ "can": "read", "of": "File/2" })), "no", 401);
    assert_eq!(ask(json!({ "can": "read", "of": "Note/2" })).expect("an answer")["asked_by"], json!("token:root"));
}

#[test]
fn a_field_is_shown_masked_or_left_out() {
    let world = World::new();
    let shown = |who: Json, field: &str, of: &str| {
        let answer = world.ask(json!({ "as": who, "can": "read", "of": of, "field": field })).expect("an answer");
        answer["shown"].as_str().map(str::to_owned)
    };
    let clerk = json!({ "sub": "clara", "tenant": "acme", "roles": ["Clerk"] });
    let chief = json!({ "sub": "chief", "tenant": "acme", "roles": ["Chief"] });
    for field in ["title", "heading"] {
        assert_eq!(shown(ann(), field, "File/1").as_deref(), Some("`heading` is shown"));
    }
    assert_eq!(shown(ann(), "secret", "File/1").as_deref(), Some("`secret` is shown"));
    assert_eq!(
        shown(clerk.clone(), "secret", "File/1").as_deref(),
        Some("`secret` is left out, and named in `_redacted`")
    );
    assert_eq!(shown(clerk.clone(), "card", "File/1").as_deref(), Some("`card` is masked, and named in `_redacted`"));
    assert_eq!(shown(chief, "card", "File/1").as_deref(), Some("`card` is shown"));
    assert_eq!(
        shown(clerk.clone(), "secret", "File").as_deref(),
        Some("whether `secret` is shown depends on the record")
    );
    assert_eq!(shown(clerk, "secret", "File/4"), None, "there is nothing to show");
    let update = world.ask(json!({ "as": ann(), "can": "update", "of": "File/1", "field": "secret" }));
    assert!(update.expect("an answer").get("shown").is_none());
}

#[test]
fn a_body_is_what_the_record_would_be() {
    let world = World::new();
    let create = |who: Json, body: Json| world.ask(json!({ "as": who, "can": "create", "of": "File", "body": body }));
    let update = |of: &str, body: Json| world.ask(json!({ "as": ann(), "can": "update", "of": of, "body": body }));
    // Owner and tenant are the caller's, the state is the first one, and what has a default has it.
    is(create(ann(), json!({ "heading": "a" })), "yes", 200);
    is(create(ann(), json!({ "heading": "a", "rank": 4 })), "no", 403);
    is(create(ann(), json!({ "heading": "a", "rank": 3 })), "yes", 200);
    assert_eq!(verdict(create(ann(), json!({ "heading": "a", "stage": "done" }))).0, "no");
    // What is the server's to set may be named: that it is not the caller's is the answer.
    is(create(ann(), json!({ "number": 9, "heading": "a" })), "no", 422);
    // What is computed is computed of what is sent.
    is(create(ann(), json!({ "heading": "secret" })), "no", 403);
    is(update("File/1", json!({ "heading": "b" })), "yes", 200);
    is(update("File/1", json!({ "heading": "secret" })), "no", 403);
    is(update("File/1", json!({ "secret": "b" })), "no", 422);
    let told = create(ann(), json!({ "heading": "a" })).expect("an answer");
    assert_eq!(told["hooks_not_run"], json!(["tidy", "count"]));
    let told = update("File/1", json!({ "heading": "b" })).expect("an answer");
    assert_eq!(told["hooks_not_run"], json!(["count"]));
    let told = world.ask(json!({ "as": ann(), "can": "update", "of": "File/1" })).expect("an answer");
    assert!(told.get("hooks_not_run").is_none(), "nothing is sent");
    let told = world.ask(json!({ "as": ann(), "can": "delete", "of": "File/1" })).expect("an answer");
    assert!(told.get("hooks_not_run").is_none());

    world.refuses(json!({ "can": "update", "of": "File", "body": {} }), "of: expected a record that is there");
    world.refuses(json!({ "can": "update", "of": "File/4", "body": {} }), "of: expected a record that is there");
    world.refuses(json!({ "can": "delete", "of": "File/1", "body": {} }), "body: a `delete` has none");
    world.refuses(json!({ "can": "create", "of": "File/1" }), "of: a new record has no key yet");
    world.refuses(json!({ "can": "update", "of": "File/1", "body": { "heading": 7 } }), "body/heading: ");
    // A new record has to have what a change need not say.
    let wrong = |can: &str, of: &str| {
        let asked = world.ask(json!({ "as": ann(), "can": can, "of": of, "body": { "rank": "x" } }));
        asked.expect_err("a number is none").to_string()
    };
    assert!(
        wrong("create", "File").contains("body/heading: ") && !wrong("update", "File/1").contains("body/heading: ")
    );
    let both = world.ask(json!({ "can": "update", "of": "File/1", "body": { "heading": 7, "rank": "x" } }));
    assert!(both.expect_err("two mistakes").to_string().contains("; body"));
}

#[test]
fn somebody_is_whom_the_question_describes() {
    let world = World::new();
    let read = |who: Json| world.ask(json!({ "as": who, "can": "read", "of": "File/1" }));
    is(read(json!({ "sub": "x", "tenant": "acme", "roles": ["Clerk"] })), "yes", 200);
    is(read(json!({ "sub": "x", "tenant": "acme" })), "no", 404);
    is(read(json!({ "sub": "x", "tenant": "other", "roles": ["Clerk"] })), "no", 404);
    // A key is held to its scopes, and a token to none of these.
    let key = |scopes: Json| json!({ "sub": "k", "tenant": "acme", "roles": ["Clerk"], "key": true, "scopes": scopes });
    is(read(key(json!(["write"]))), "no", 403);
    is(read(key(json!(["read"]))), "yes", 200);
    is(read(key(Json::Null)), "yes", 200);
    let described: super::Described = serde_json::from_value(json!({
        "sub": "k", "tenant": "acme", "roles": ["Clerk"], "scopes": ["read"], "claims": { "department": "sales" },
    }))
    .expect("somebody");
    let principal = described.principal();
    let identity = principal.identity().expect("is known");
    assert_eq!((identity.credential(), identity.subject(), identity.tenant()), (Credential::Token, "k", Some("acme")));
    assert!(principal.has_role("Clerk") && principal.has_scope("read") && !principal.has_scope("write"));
    assert_eq!(principal.claim("department"), Some(&json!("sales")));
    let plain: super::Described = serde_json::from_value(json!({ "sub": "k" })).expect("somebody");
    let plain = plain.principal();
    assert!(matches!(plain.identity().expect("is known").scopes(), Scopes::All));
    assert!(plain.identity().expect("is known").claims().is_empty());
}

#[test]
fn who_can_do_something_at_all_is_said_of_each_kind_of_caller() {
    let world = World::new();
    let ask = |can: &str, of: &str| who_can(world.0.catalog(), &WhoCan { can: can.to_owned(), of: of.to_owned() });
    let said = ask("read", "File").expect("an answer");
    assert_eq!((&said["can"], &said["of"]), (&json!("read"), &json!("File")));
    let of = |said: &Json, who: &str| {
        let items = said["items"].as_array().expect("a list");
        items.iter().find(|item| item["who"] == who).unwrap_or_else(|| panic!("{who}: {said}")).clone()
    };
    assert_eq!(of(&said, "anonymous"), json!({ "who": "anonymous", "can": "never" }));
    assert_eq!(of(&said, "role Clerk"), json!({ "who": "role Clerk", "can": "when", "when": "org = actor.tenant" }));
    assert!(of(&said, "owner")["when"].is_string());
    let secret = ask("update", "File.secret").expect("an answer");
    assert_eq!(of(&secret, "role Clerk")["can"], json!("never"));
    let note = ask("read", "Note").expect("an answer");
    assert_eq!(of(&note, "anonymous"), json!({ "who": "anonymous", "can": "always" }));
    assert!(note["items"].as_array().expect("a list").iter().all(|item| item["who"] != "owner"), "nobody owns notes");
    for can in ["delete", "history", "export", "finish"] {
        assert!(ask(can, "File").is_ok());
        let error = ask(can, "File.title").expect_err("is not about one field").to_string();
        assert!(error.contains("is not about one field, such as `title`"), "{error}");
    }
    for can in ["read", "create", "update"] {
        assert!(ask(can, "File.title").is_ok());
    }
    assert!(ask("read", "File.titel").is_err() && ask("read", "Fil").is_err() && ask("raed", "File").is_err());
}

#[test]
fn the_matrix_has_a_row_for_each_right_and_each_field_with_a_rule() {
    let world = World::new();
    let said = matrix(world.0.catalog(), Some("File")).expect("a matrix");
    assert_eq!(said["columns"], json!(["anonymous", "authenticated", "owner", "role Chief", "role Clerk"]));
    let rows: Vec<(String, String)> = said["items"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|row| {
            (row["model"].as_str().expect("a text").to_owned(), row["right"].as_str().expect("a text").to_owned())
        })
        .collect();
    let expected = [
        ("File", "read"),
        ("File", "create"),
        ("File", "update"),
        ("File", "delete"),
        ("File", "history"),
        ("File", "export"),
        ("File", "command(finish)"),
        ("File", "command(purge)"),
        ("File", "command(restore)"),
        ("File.secret", "read"),
        ("File.secret", "create"),
        ("File.secret", "update"),
        ("File.card", "read"),
    ];
    assert_eq!(rows, expected.map(|(model, right)| (model.to_owned(), right.to_owned())));
    let cell = |right: &str, who: &str| {
        let items = said["items"].as_array().expect("a list");
        let row = items.iter().find(|row| row["model"] == "File" && row["right"] == right).expect("a row");
        row["who"][who].clone()
    };
    assert_eq!(cell("read", "anonymous"), json!("no"));
    assert_eq!(cell("read", "role Clerk"), json!("if org = actor.tenant"));
    let all = matrix(world.0.catalog(), None).expect("a matrix");
    let models: std::collections::BTreeSet<&str> =
        all["items"].as_array().expect("a list").iter().filter_map(|row| row["model"].as_str()).collect();
    assert!(models.contains("File") && models.contains("Note") && !models.contains("LithairGrant"), "{models:?}");
    let notes = matrix(world.0.catalog(), Some("Note")).expect("a matrix");
    assert!(!notes["columns"].as_array().expect("a list").contains(&json!("owner")));
    assert!(matrix(world.0.catalog(), Some("Fil")).is_err());
}

#[test]
fn the_matrix_of_somebody_says_what_explanations_say() {
    let world = World::new();
    let clerk = Principal::from(
        Identity::new(Credential::Token, "clara")
            .of_tenant("acme")
            .with_roles(["Clerk".to_owned()])
            .with_scopes(Scopes::All),
    );
    let of = |by: &Principal| matrix_of(&*world.0, &clerk, Some("File"), by, at(0));
    let said = of(&ROOT).expect("a matrix");
    assert_eq!((&said["who"], &said["asked_by"]), (&json!("token:clara"), &json!(ROOT.actor())));
    assert_eq!(said["position"], json!(world.0.position().get()));
    for row in said["items"].as_array().expect("a list") {
        let (of, can) = (row["model"].as_str().expect("a text"), row["right"].as_str().expect("a text"));
        let mut question =
            json!({ "as": { "sub": "clara", "tenant": "acme", "roles": ["Clerk"] }, "can": can, "of": "File" });
        if let Some((_, field)) = of.split_once('.') {
            question["field"] = field.into();
        }
        let answer = world.ask(question).expect("an answer");
        assert_eq!((&row["allowed"], &row["who"]), (&answer["allowed"], &json!("token:clara")), "{of} {can}");
        assert_eq!(row["decided_by"]["clause"], answer["decided_by"]["clause"], "{of} {can}");
        assert_eq!(row["decided_by"]["rule"], answer["decided_by"]["rule"], "{of} {can}");
        let is_masked = of == "File.card" && can == "read";
        assert_eq!(row.get("masked"), is_masked.then_some(&json!(true)), "{of} {can}");
    }
    let chief = clerk.identity().expect("is known").clone().with_roles(["Chief".to_owned()]).into();
    let said = matrix_of(&*world.0, &chief, Some("File"), &ROOT, at(0)).expect("a matrix");
    let card = said["items"].as_array().expect("a list").iter().find(|row| row["model"] == "File.card");
    assert!(card.expect("a row")["allowed"] != "no");
    let others = Principal::from(Identity::new(Credential::Token, "root").of_tenant("other"));
    assert!(matches!(of(&others), Err(AdminError::Forbidden(_))));
    let anonymous = matrix_of(&*world.0, &Principal::Anonymous, None, &ROOT, at(0)).expect("a matrix");
    assert_eq!(anonymous["who"], json!("anonymous"));
    assert!(matrix_of(&*world.0, &clerk, Some("Fil"), &ROOT, at(0)).is_err());
    *world.0.is_gone.lock() = true;
    assert!(matches!(of(&ROOT), Err(AdminError::Moment(_))));
    let nobody: MatrixOf = serde_json::from_value(json!({})).expect("a question");
    assert!(nobody.who.is_none() && nobody.of.is_none());
}
