//! What an operator is told: each clause in the order of the server, which of them decided, and what would change it.

use std::fmt::Write as _;

use expect_test::{Expect, expect};

use super::conditions::Of;
use crate::testing::{COLOUR, EMPTY, catalog};
use crate::{
    AccessSchema, AfterRuleSchema, Asked, Asker, Attempt, Auto, Comparison, Credential, Decision, DenySchema, Expr,
    FieldAccess, FieldSchema, Identity, Kind, LifecycleSchema, Literal, Mask, ModelSchema, Policy, PolicySchema,
    Principal, Right, Scopes, Sides, SoftDeleteSchema, StatesSchema, System, Timestamp, TransitionSchema, Value,
};

const TITLE: usize = 4;
const SECRET: usize = 6;
const CARD: usize = 7;
const DELETED_AT: usize = 8;

const OPEN: FieldAccess = FieldAccess::OPEN;
const CHIEF: Policy = Policy::Role("Chief");
const EDITOR: Policy = Policy::Role("Editor");
const IS_LOCKED: Policy = Policy::Test(Expr::Field("locked"));
const KEEPS_TITLE: Policy =
    Policy::Test(Expr::Compare(&Expr::Field("before.title"), Comparison::Equal, &Expr::Field("title")));

const STAGES: StatesSchema = StatesSchema {
    initial: "Red",
    transitions: &[
        TransitionSchema { name: "cool", from: &["Red"], to: "Blue", guard: None, by: Some(&EDITOR) },
        TransitionSchema { name: "ripen", from: &["Blue"], to: "Green", guard: None, by: None },
    ],
};

const FILE: ModelSchema = ModelSchema {
    name: "File",
    table: "files",
    path: "files",
    fields: &[
        FieldSchema { auto: Some(Auto::Sequence), ..FieldSchema::of::<i64>("number") },
        FieldSchema::of::<String>("org"),
        FieldSchema { access: FieldAccess { owner: true, ..OPEN }, ..FieldSchema::of::<String>("holder") },
        FieldSchema { kind: Kind::Enum(&COLOUR), states: Some(&STAGES), ..FieldSchema::of::<String>("stage") },
        FieldSchema::of::<String>("title"),
        FieldSchema::of::<bool>("locked"),
        FieldSchema {
            access: FieldAccess {
                read: Some(&Policy::Any(&[Policy::Owner, CHIEF])),
                create: Some(&EDITOR),
                update: Some(&CHIEF),
                ..OPEN
            },
            ..FieldSchema::of::<Option<String>>("secret")
        },
        FieldSchema {
            access: FieldAccess { mask: Some(Mask { last: 4 }), ..OPEN },
            ..FieldSchema::of::<Option<String>>("card")
        },
        FieldSchema { auto: Some(Auto::Deleted), ..FieldSchema::of::<Option<Timestamp>>("deleted_at") },
    ],
    key: &[0],
    tenant: Some(1),
    lifecycle: LifecycleSchema {
        soft_delete: Some(SoftDeleteSchema { cascade: &[], purge_after: None }),
        ..LifecycleSchema::FREE
    },
    access: AccessSchema::Rules(&RULES),
    ..EMPTY
};

const RULES: PolicySchema = PolicySchema {
    roles: &[&["Chief", "Editor", "Clerk"]],
    rules: &[
        (Right::Read, Policy::Any(&[Policy::Owner, Policy::Role("Clerk")])),
        (Right::Create, Policy::Authenticated),
        (Right::Update, Policy::Any(&[Policy::Owner, EDITOR])),
        (Right::Delete, CHIEF),
        (Right::History, Policy::Role("Clerk")),
    ],
    denies: &[DenySchema {
        rights: &[Right::Update, Right::Delete],
        when: Policy::All(&[IS_LOCKED, Policy::Not(&CHIEF)]),
        message: Some("the file is locked"),
    }],
    afters: &[AfterRuleSchema { right: Right::Update, holds: KEEPS_TITLE, message: Some("a file keeps its title") }],
    ..PolicySchema::CLOSED
};

static FILES: ModelSchema = FILE;
/// What may be seen and not be changed is answered as absent.
static HIDING: ModelSchema = ModelSchema { access: AccessSchema::Rules(&HIDES), ..FILE };
const HIDES: PolicySchema = PolicySchema { hides: true, ..RULES };

/// Ann's file, of acme, in its first state.
fn file() -> Vec<Value> {
    let text = |text: &str| Value::Text(text.to_owned());
    let stage = text("red");
    vec![
        Value::Int(1),
        text("acme"),
        text("ann"),
        stage,
        text("one"),
        Value::Bool(false),
        Value::Null,
        Value::Null,
        Value::Null,
    ]
}

fn changed(place: usize, value: Value) -> Vec<Value> {
    let mut values = file();
    values[place] = value;
    values
}

fn locked() -> Vec<Value> {
    changed(5, Value::Bool(true))
}

/// Somebody of a tenant with a role.
fn who(subject: &str, tenant: &str, roles: &[&str]) -> Principal {
    let roles = roles.iter().map(|role| (*role).to_owned());
    Identity::new(Credential::Token, subject).of_tenant(tenant).with_roles(roles).into()
}

fn ann() -> Principal {
    who("ann", "acme", &[])
}

fn bob() -> Principal {
    who("bob", "acme", &[])
}

fn clerk() -> Principal {
    who("clara", "acme", &["Clerk"])
}

fn editor() -> Principal {
    who("ed", "acme", &["Editor"])
}

fn chief() -> Principal {
    who("chris", "acme", &["Chief"])
}

/// What somebody attempts, and with which record.
struct Tried<'a> {
    right: Right,
    before: Option<Vec<Value>>,
    after: Option<Vec<Value>>,
    fields: &'a [usize],
    record: Asked,
}

impl Tried<'_> {
    /// With no record in particular.
    const fn of(right: Right) -> Self {
        Self { right, before: None, after: None, fields: &[], record: Asked::Any }
    }

    /// With a record that is there.
    fn with(right: Right, before: Vec<Value>) -> Self {
        Self { before: Some(before), record: Asked::There, ..Self::of(right) }
    }
}

#[track_caller]
fn check(who: &Principal, tried: &Tried<'_>, expected: Expect) {
    check_of(&FILES, who, tried, expected);
}

#[track_caller]
fn check_of(schema: &'static ModelSchema, who: &Principal, tried: &Tried<'_>, expected: Expect) {
    let catalog = catalog(&[schema]);
    let model = &catalog.models[0];
    let asker = Asker { catalog: &catalog, principal: who, now: Timestamp::from_micros(0) };
    let (own, new) = (tried.before.as_deref().map(Of), tried.after.as_deref().map(Of));
    let before = tried.before.as_deref();
    let is = own.as_ref().map(|own| Sides { model, own, before, input: &[] });
    let would_be = new.as_ref().map(|own| Sides { model, own, before, input: &[] });
    let attempt = Attempt {
        model: 0,
        right: tried.right,
        before: is.as_ref(),
        after: would_be.as_ref(),
        fields: tried.fields,
        record: tried.record,
    };
    expected.assert_eq(&shown(&asker.explain(&attempt)));
}

/// One line of what came of it, then one for each step, the one that decided marked, and what would change it.
fn shown(decision: &Decision) -> String {
    let mut text = format!("{} {}\n", decision.allowed.word(), decision.status);
    for (place, step) in decision.steps.iter().enumerate() {
        let mark = if place == decision.decided_by { '>' } else { ' ' };
        let (clause, rule, of) = (&step.clause, &step.rule, step.of.trim_start_matches("the record as it "));
        _ = write!(text, "{mark} {clause} ({of}) {rule}: {} {}", step.holds.word(), step.status);
        let parts = step.parts.iter().map(|(part, holds)| format!("{part}: {}", holds.word()));
        let parts: Vec<String> = parts.collect();
        text += &if parts.is_empty() { "\n".to_owned() } else { format!(" [{}]\n", parts.join(", ")) };
    }
    for change in &decision.would_change {
        _ = writeln!(text, "- {}", change.join(" and "));
    }
    text
}

#[test]
fn who_reads_is_told_by_whom_it_is_read() {
    check(
        &ann(),
        &Tried::with(Right::Read, file()),
        expect![[r#"
        yes 200
          File: tenant (is) org = actor.tenant: yes 404
        > File: read (is) owner || role(Clerk): yes 404 [owner: yes, role(Clerk): no]
        - a principal of the record's tenant (`org`)
        - not being the owner, whom `holder` names
    "#]],
    );
    check(
        &bob(),
        &Tried::with(Right::Read, file()),
        expect![[r#"
        no 404
          File: tenant (is) org = actor.tenant: yes 404
        > File: read (is) owner || role(Clerk): no 404 [owner: no, role(Clerk): no]
        - being the owner: the subject that `holder` names
        - role Clerk, or Chief, Editor above it
    "#]],
    );
    check(
        &clerk(),
        &Tried::of(Right::Read),
        expect![[r#"
        depends 200
        > File: tenant (is) org = actor.tenant: depends 403
          File: read (is) owner || role(Clerk): yes 403 [owner: depends, role(Clerk): yes]
        - a principal of the record's tenant (`org`)
    "#]],
    );
    check(
        &ann(),
        &Tried::of(Right::Read),
        expect![[r#"
        depends 200
        > File: tenant (is) org = actor.tenant: depends 403
          File: read (is) owner || role(Clerk): depends 403 [owner: depends, role(Clerk): no]
        - a principal of the record's tenant (`org`) and being the owner: the subject that `holder` names
        - a principal of the record's tenant (`org`) and role Clerk, or Chief, Editor above it
    "#]],
    );
    check(
        &who("ann", "other", &["Chief"]),
        &Tried::with(Right::Read, file()),
        expect![[r#"
        no 404
        > File: tenant (is) org = actor.tenant: no 404
          File: read (is) owner || role(Clerk): yes 404 [owner: yes, role(Clerk): yes]
        - a principal of the record's tenant (`org`)
    "#]],
    );
    check(
        &Principal::Anonymous,
        &Tried::with(Right::Read, file()),
        expect![[r#"
        no 401
        > File: tenant (is) org = actor.tenant: no 401
          File: read (is) owner || role(Clerk): no 401 [owner: no, role(Clerk): no]
        - a principal of the record's tenant (`org`) and being the owner: the subject that `holder` names
        - a principal of the record's tenant (`org`) and role Clerk, or Chief, Editor above it
    "#]],
    );
    check(
        &Principal::Anonymous,
        &Tried::of(Right::Read),
        expect![[r#"
        no 401
        > File: tenant (is) org = actor.tenant: no 401
          File: read (is) owner || role(Clerk): no 401 [owner: no, role(Clerk): no]
        - a principal of the record's tenant (`org`) and being the owner: the subject that `holder` names
        - a principal of the record's tenant (`org`) and role Clerk, or Chief, Editor above it
    "#]],
    );
    check(
        &Principal::System(System::Code),
        &Tried::with(Right::Read, file()),
        expect![[r#"
        yes 200
        > File (is) the program itself may do everything: yes 200
    "#]],
    );
}

#[test]
fn a_field_has_a_clause_of_its_own() {
    let fields = [TITLE, SECRET, CARD];
    let read = |before| Tried { fields: &fields, ..Tried::with(Right::Read, before) };
    check(
        &ann(),
        &read(file()),
        expect![[r#"
        no 200
          File: tenant (is) org = actor.tenant: yes 404
          File: read (is) owner || role(Clerk): yes 404 [owner: yes, role(Clerk): no]
          File.secret: read (is) owner || role(Chief): yes 200 [owner: yes, role(Chief): no]
        > File.card: read (who asks) it is masked, and no `read` says who reads it whole: no 200
    "#]],
    );
    check(
        &clerk(),
        &read(file()),
        expect![[r#"
        no 200
          File: tenant (is) org = actor.tenant: yes 404
          File: read (is) owner || role(Clerk): yes 404 [owner: no, role(Clerk): yes]
        > File.secret: read (is) owner || role(Chief): no 200 [owner: no, role(Chief): no]
          File.card: read (who asks) it is masked, and no `read` says who reads it whole: no 200
    "#]],
    );
    let fields = [0, SECRET];
    let new = Tried { fields: &fields, after: Some(file()), ..Tried::of(Right::Create) };
    check(
        &ann(),
        &new,
        expect![[r#"
        no 422
          File: tenant (would be) org = actor.tenant: yes 403
          File: create (would be) authenticated: yes 403
          File: owner (who asks) `holder` is the subject of whoever creates the record: yes 403
        > File.number: create (who asks) the server sets it, and nobody else: no 422
          File.secret: create (would be) role(Editor): no 422
    "#]],
    );
    let fields = [SECRET, DELETED_AT];
    let change = Tried { fields: &fields, after: Some(file()), ..Tried::with(Right::Update, file()) };
    check(
        &editor(),
        &change,
        expect![[r#"
        no 422
          File: tenant (is) org = actor.tenant: yes 404
          File: read (is) owner || role(Clerk): yes 404 [owner: no, role(Clerk): yes]
          File: tenant (is) org = actor.tenant: yes 403
          File: update (is) owner || role(Editor): yes 403 [owner: no, role(Editor): yes]
          File: deny(update, delete) (is) locked && !(role(Chief)): yes 403
          File: tenant (would be) org = actor.tenant: yes 403
          File: update (would be) owner || role(Editor): yes 403 [owner: no, role(Editor): yes]
          File: deny(update, delete) (would be) locked && !(role(Chief)): yes 403
        > File.secret: update (is) role(Chief): no 422
          File.deleted_at: update (who asks) the server sets it, and nobody else: no 422
          File.secret: update (would be) role(Chief): no 422
          File.deleted_at: update (who asks) the server sets it, and nobody else: no 422
          File: after(update) (would be) before.title = title: yes 403
    "#]],
    );
    check(
        &chief(),
        &Tried { fields: &[SECRET], ..Tried::of(Right::Update) },
        expect![[r#"
        depends 200
        > File: tenant (is) org = actor.tenant: depends 403
          File: read (is) owner || role(Clerk): yes 403 [owner: depends, role(Clerk): yes]
          File: tenant (is) org = actor.tenant: depends 403
          File: update (is) owner || role(Editor): yes 403 [owner: depends, role(Editor): yes]
          File: deny(update, delete) (is) locked && !(role(Chief)): yes 403
          File.secret: update (is) role(Chief): yes 422
        - a principal of the record's tenant (`org`)
    "#]],
    );
}

#[test]
fn what_is_not_there_or_in_the_trash_is_said_to_be() {
    check(
        &clerk(),
        &Tried { record: Asked::Absent, ..Tried::of(Right::Read) },
        expect![[r#"
        no 404
        > File (is) there is no such record: no 404
    "#]],
    );
    check(
        &who("x", "acme", &[]),
        &Tried { record: Asked::Absent, ..Tried::of(Right::History) },
        expect![[r#"
        no 403
          File: tenant (who asks) org = actor.tenant: depends 403
        > File: history (who asks) role(Clerk): no 403
        - a principal of the record's tenant (`org`) and role Clerk, or Chief, Editor above it
    "#]],
    );
    let of_trash = |right| Tried { record: Asked::Trash, ..Tried::with(right, file()) };
    check(
        &chief(),
        &of_trash(Right::Delete),
        expect![[r#"
        no 410
          File: tenant (is) org = actor.tenant: yes 404
          File: read (is) owner || role(Clerk): yes 404 [owner: no, role(Clerk): yes]
        > File (is) the record is in the trash: no 410
          File: tenant (is) org = actor.tenant: yes 403
          File: delete (is) role(Chief): yes 403
          File: deny(update, delete) (is) locked && !(role(Chief)): yes 403
    "#]],
    );
    check(
        &chief(),
        &of_trash(Right::History),
        expect![[r#"
        yes 200
          File: tenant (is) org = actor.tenant: yes 404
          File: read (is) owner || role(Clerk): yes 404 [owner: no, role(Clerk): yes]
          File: tenant (is) org = actor.tenant: yes 403
        > File: history (is) role(Clerk): yes 403
        - a principal of the record's tenant (`org`)
        - no role Clerk, nor one above it
    "#]],
    );
    check(
        &chief(),
        &of_trash(Right::Command("restore")),
        expect![[r#"
        yes 200
          File: tenant (is) org = actor.tenant: yes 404
          File: read (is) owner || role(Clerk): yes 404 [owner: no, role(Clerk): yes]
          File: tenant (is) org = actor.tenant: yes 403
        > File: delete (is) role(Chief): yes 403
          File: deny(update, delete) (is) locked && !(role(Chief)): yes 403
        - a principal of the record's tenant (`org`)
        - no role Clerk, nor one above it
        - no role Chief, nor one above it
        - locked and no role Chief, nor one above it
    "#]],
    );
    check(
        &chief(),
        &of_trash(Right::Command("purge")),
        expect![[r#"
        yes 200
          File: tenant (is) org = actor.tenant: yes 404
          File: read (is) owner || role(Clerk): yes 404 [owner: no, role(Clerk): yes]
          File: tenant (is) org = actor.tenant: yes 403
        > File: delete (is) role(Chief): yes 403
          File: deny(update, delete) (is) locked && !(role(Chief)): yes 403
        - a principal of the record's tenant (`org`)
        - no role Clerk, nor one above it
        - no role Chief, nor one above it
        - locked and no role Chief, nor one above it
    "#]],
    );
    check(
        &chief(),
        &Tried { record: Asked::Trash, ..Tried::with(Right::Read, file()) },
        expect![[r#"
        no 410
          File: tenant (is) org = actor.tenant: yes 404
          File: read (is) owner || role(Clerk): yes 404 [owner: no, role(Clerk): yes]
        > File (is) the record is in the trash: no 410
    "#]],
    );
}

#[test]
fn a_change_is_asked_of_the_record_as_it_is_and_as_it_would_be() {
    let to = |after| Tried { after: Some(after), ..Tried::with(Right::Update, file()) };
    check(
        &ann(),
        &to(file()),
        expect![[r#"
        yes 200
          File: tenant (is) org = actor.tenant: yes 404
          File: read (is) owner || role(Clerk): yes 404 [owner: yes, role(Clerk): no]
          File: tenant (is) org = actor.tenant: yes 403
          File: update (is) owner || role(Editor): yes 403 [owner: yes, role(Editor): no]
          File: deny(update, delete) (is) locked && !(role(Chief)): yes 403
          File: tenant (would be) org = actor.tenant: yes 403
          File: update (would be) owner || role(Editor): yes 403 [owner: yes, role(Editor): no]
          File: deny(update, delete) (would be) locked && !(role(Chief)): yes 403
        > File: after(update) (would be) before.title = title: yes 403
        - a principal of the record's tenant (`org`)
        - not being the owner, whom `holder` names
        - locked
        - !(before.title = title)
    "#]],
    );
    check(
        &ann(),
        &to(changed(TITLE, Value::Text("two".to_owned()))),
        expect![[r#"
        no 403
          File: tenant (is) org = actor.tenant: yes 404
          File: read (is) owner || role(Clerk): yes 404 [owner: yes, role(Clerk): no]
          File: tenant (is) org = actor.tenant: yes 403
          File: update (is) owner || role(Editor): yes 403 [owner: yes, role(Editor): no]
          File: deny(update, delete) (is) locked && !(role(Chief)): yes 403
          File: tenant (would be) org = actor.tenant: yes 403
          File: update (would be) owner || role(Editor): yes 403 [owner: yes, role(Editor): no]
          File: deny(update, delete) (would be) locked && !(role(Chief)): yes 403
        > File: after(update) (would be) before.title = title: no 403
        - before.title = title
    "#]],
    );
    check(
        &ann(),
        &to(locked()),
        expect![[r#"
        no 403
          File: tenant (is) org = actor.tenant: yes 404
          File: read (is) owner || role(Clerk): yes 404 [owner: yes, role(Clerk): no]
          File: tenant (is) org = actor.tenant: yes 403
          File: update (is) owner || role(Editor): yes 403 [owner: yes, role(Editor): no]
          File: deny(update, delete) (is) locked && !(role(Chief)): yes 403
          File: tenant (would be) org = actor.tenant: yes 403
          File: update (would be) owner || role(Editor): yes 403 [owner: yes, role(Editor): no]
        > File: deny(update, delete) (would be) locked && !(role(Chief)): no 403
          File: after(update) (would be) before.title = title: yes 403
        - !(locked)
        - role Chief
    "#]],
    );
    check(
        &chief(),
        &Tried::with(Right::Update, locked()),
        expect![[r#"
        yes 200
          File: tenant (is) org = actor.tenant: yes 404
          File: read (is) owner || role(Clerk): yes 404 [owner: no, role(Clerk): yes]
          File: tenant (is) org = actor.tenant: yes 403
        > File: update (is) owner || role(Editor): yes 403 [owner: no, role(Editor): yes]
          File: deny(update, delete) (is) locked && !(role(Chief)): yes 403
        - a principal of the record's tenant (`org`)
        - no role Clerk, nor one above it
        - no role Editor, nor one above it
        - no role Chief, nor one above it
    "#]],
    );
    check(
        &editor(),
        &Tried::with(Right::Update, locked()),
        expect![[r#"
        no 403
          File: tenant (is) org = actor.tenant: yes 404
          File: read (is) owner || role(Clerk): yes 404 [owner: no, role(Clerk): yes]
          File: tenant (is) org = actor.tenant: yes 403
          File: update (is) owner || role(Editor): yes 403 [owner: no, role(Editor): yes]
        > File: deny(update, delete) (is) locked && !(role(Chief)): no 403
        - !(locked)
        - role Chief
    "#]],
    );
    check(
        &clerk(),
        &Tried::with(Right::Update, file()),
        expect![[r#"
        no 403
          File: tenant (is) org = actor.tenant: yes 404
          File: read (is) owner || role(Clerk): yes 404 [owner: no, role(Clerk): yes]
          File: tenant (is) org = actor.tenant: yes 403
        > File: update (is) owner || role(Editor): no 403 [owner: no, role(Editor): no]
          File: deny(update, delete) (is) locked && !(role(Chief)): yes 403
        - being the owner: the subject that `holder` names
        - role Editor, or Chief above it
    "#]],
    );
    check(
        &Principal::Anonymous,
        &Tried::with(Right::Update, file()),
        expect![[r#"
        no 401
        > File: tenant (is) org = actor.tenant: no 401
          File: read (is) owner || role(Clerk): no 401 [owner: no, role(Clerk): no]
          File: tenant (is) org = actor.tenant: no 401
          File: update (is) owner || role(Editor): no 401 [owner: no, role(Editor): no]
          File: deny(update, delete) (is) locked && !(role(Chief)): yes 401
        - a principal of the record's tenant (`org`) and being the owner: the subject that `holder` names
        - a principal of the record's tenant (`org`) and being the owner: the subject that `holder` names and role Editor, or Chief above it
        - a principal of the record's tenant (`org`) and role Clerk, or Chief, Editor above it and being the owner: the subject that `holder` names
        - a principal of the record's tenant (`org`) and role Clerk, or Chief, Editor above it and role Editor, or Chief above it
    "#]],
    );
    // A state goes a declared way, which is for those who may give its command.
    let cooled = || changed(3, Value::Text("blue".to_owned()));
    check(
        &ann(),
        &to(cooled()),
        expect![[r#"
        no 403
          File: tenant (is) org = actor.tenant: yes 404
          File: read (is) owner || role(Clerk): yes 404 [owner: yes, role(Clerk): no]
          File: tenant (is) org = actor.tenant: yes 403
          File: update (is) owner || role(Editor): yes 403 [owner: yes, role(Editor): no]
          File: deny(update, delete) (is) locked && !(role(Chief)): yes 403
          File: tenant (would be) org = actor.tenant: yes 403
          File: update (would be) owner || role(Editor): yes 403 [owner: yes, role(Editor): no]
          File: deny(update, delete) (would be) locked && !(role(Chief)): yes 403
          File: tenant (is) org = actor.tenant: yes 403
          File: command(cool) (is) public: yes 403
        > File: cool by (is) role(Editor): no 403
          File: deny(update, delete) (is) locked && !(role(Chief)): yes 403
          File: after(update) (would be) before.title = title: yes 403
        - role Editor, or Chief above it
    "#]],
    );
    check(
        &editor(),
        &to(cooled()),
        expect![[r#"
        yes 200
          File: tenant (is) org = actor.tenant: yes 404
          File: read (is) owner || role(Clerk): yes 404 [owner: no, role(Clerk): yes]
          File: tenant (is) org = actor.tenant: yes 403
          File: update (is) owner || role(Editor): yes 403 [owner: no, role(Editor): yes]
          File: deny(update, delete) (is) locked && !(role(Chief)): yes 403
          File: tenant (would be) org = actor.tenant: yes 403
          File: update (would be) owner || role(Editor): yes 403 [owner: no, role(Editor): yes]
          File: deny(update, delete) (would be) locked && !(role(Chief)): yes 403
          File: tenant (is) org = actor.tenant: yes 403
          File: command(cool) (is) public: yes 403
          File: cool by (is) role(Editor): yes 403
          File: deny(update, delete) (is) locked && !(role(Chief)): yes 403
        > File: after(update) (would be) before.title = title: yes 403
        - a principal of the record's tenant (`org`)
        - no role Clerk, nor one above it
        - no role Editor, nor one above it
        - locked
        - !(before.title = title)
    "#]],
    );
    check(
        &ann(),
        &to(changed(3, Value::Text("green".to_owned()))),
        expect![[r#"
        yes 200
          File: tenant (is) org = actor.tenant: yes 404
          File: read (is) owner || role(Clerk): yes 404 [owner: yes, role(Clerk): no]
          File: tenant (is) org = actor.tenant: yes 403
          File: update (is) owner || role(Editor): yes 403 [owner: yes, role(Editor): no]
          File: deny(update, delete) (is) locked && !(role(Chief)): yes 403
          File: tenant (would be) org = actor.tenant: yes 403
          File: update (would be) owner || role(Editor): yes 403 [owner: yes, role(Editor): no]
          File: deny(update, delete) (would be) locked && !(role(Chief)): yes 403
        > File: after(update) (would be) before.title = title: yes 403
        - a principal of the record's tenant (`org`)
        - not being the owner, whom `holder` names
        - locked
        - !(before.title = title)
    "#]],
    );
}

#[test]
fn a_new_record_is_somebodys() {
    let new = |after: Option<Vec<Value>>| Tried { after, ..Tried::of(Right::Create) };
    check(
        &ann(),
        &new(None),
        expect![[r#"
            yes 200
              File: tenant (would be) org = actor.tenant: yes 403
              File: create (would be) authenticated: yes 403
            > File: owner (who asks) `holder` is the subject of whoever creates the record: yes 403
            - a principal of the record's tenant (`org`)
            - no credential
            - a subject that is a string
        "#]],
    );
    check(
        &ann(),
        &new(Some(file())),
        expect![[r#"
        yes 200
          File: tenant (would be) org = actor.tenant: yes 403
          File: create (would be) authenticated: yes 403
        > File: owner (who asks) `holder` is the subject of whoever creates the record: yes 403
        - a principal of the record's tenant (`org`)
        - no credential
        - a subject that is a string
    "#]],
    );
    check(
        &Principal::Anonymous,
        &new(Some(file())),
        expect![[r#"
        no 401
        > File: tenant (would be) org = actor.tenant: no 401
          File: create (would be) authenticated: no 401
          File: owner (who asks) `holder` is the subject of whoever creates the record: no 403
        - a principal of the record's tenant (`org`) and a credential and a subject that is a string
    "#]],
    );
}

#[test]
fn commands_and_what_has_no_rule_are_of_the_rule_that_stands_for_them() {
    check(
        &ann(),
        &Tried::with(Right::Command("cool"), file()),
        expect![[r#"
        no 403
          File: tenant (is) org = actor.tenant: yes 404
          File: read (is) owner || role(Clerk): yes 404 [owner: yes, role(Clerk): no]
          File: tenant (is) org = actor.tenant: yes 403
          File: command(cool) (is) public: yes 403
        > File: cool by (is) role(Editor): no 403
          File: deny(update, delete) (is) locked && !(role(Chief)): yes 403
        - role Editor, or Chief above it
    "#]],
    );
    check(
        &ann(),
        &Tried::with(Right::Command("ripen"), file()),
        expect![[r#"
        yes 200
          File: tenant (is) org = actor.tenant: yes 404
          File: read (is) owner || role(Clerk): yes 404 [owner: yes, role(Clerk): no]
          File: tenant (is) org = actor.tenant: yes 403
        > File: update (is) owner || role(Editor): yes 403 [owner: yes, role(Editor): no]
          File: deny(update, delete) (is) locked && !(role(Chief)): yes 403
        - a principal of the record's tenant (`org`)
        - not being the owner, whom `holder` names
        - locked
    "#]],
    );
    check(
        &ann(),
        &Tried::of(Right::Export),
        expect![[r#"
        no 403
          File: tenant (who asks) org = actor.tenant: depends 403
        > File: export (who asks) no rule gives it to anybody: no 403
    "#]],
    );
    check(
        &clerk(),
        &Tried::of(Right::Export),
        expect![[r#"
        no 403
          File: tenant (who asks) org = actor.tenant: depends 403
        > File: export (who asks) no rule gives it to anybody: no 403
    "#]],
    );
    check(
        &editor(),
        &Tried::with(Right::Command("purge"), file()),
        expect![[r#"
        no 403
          File: tenant (is) org = actor.tenant: yes 404
          File: read (is) owner || role(Clerk): yes 404 [owner: no, role(Clerk): yes]
          File: tenant (is) org = actor.tenant: yes 403
        > File: delete (is) role(Chief): no 403
          File: deny(update, delete) (is) locked && !(role(Chief)): yes 403
        - role Chief
    "#]],
    );
    check(
        &ann(),
        &Tried::with(Right::History, file()),
        expect![[r#"
        no 403
          File: tenant (who asks) org = actor.tenant: yes 403
        > File: history (who asks) role(Clerk): no 403
        - role Clerk, or Chief, Editor above it
    "#]],
    );
    check(
        &Principal::Anonymous,
        &Tried::of(Right::History),
        expect![[r#"
        no 401
        > File: tenant (is) org = actor.tenant: no 401
          File: read (is) owner || role(Clerk): no 401 [owner: no, role(Clerk): no]
          File: tenant (is) org = actor.tenant: no 401
          File: history (is) role(Clerk): no 401
        - a principal of the record's tenant (`org`) and being the owner: the subject that `holder` names and role Clerk, or Chief, Editor above it
        - a principal of the record's tenant (`org`) and role Clerk, or Chief, Editor above it
    "#]],
    );
}

#[test]
fn a_key_is_asked_what_it_is_for_before_anything_else() {
    let key = |scopes: &[&str]| {
        let scopes = Scopes::Only(scopes.iter().map(|scope| (*scope).to_owned()).collect());
        let key = Identity::new(Credential::ApiKey, "ann").of_tenant("acme").with_scopes(scopes);
        Principal::from(key)
    };
    check(
        &key(&["read"]),
        &Tried::with(Right::Update, file()),
        expect![[r#"
        no 403
        > scopes of the key (who asks) scope("write") || scope("write:files"): no 403
        - a key with the scope "write" or "write:files"
    "#]],
    );
    check(
        &key(&["write:files"]),
        &Tried::with(Right::Read, file()),
        expect![[r#"
        no 403
        > scopes of the key (who asks) scope("read") || scope("read:files"): no 403
        - a key with the scope "read" or "read:files"
    "#]],
    );
    check(
        &key(&["write:files"]),
        &Tried::with(Right::Update, file()),
        expect![[r#"
        yes 200
          File: tenant (is) org = actor.tenant: yes 404
          File: read (is) owner || role(Clerk): yes 404 [owner: yes, role(Clerk): no]
          File: tenant (is) org = actor.tenant: yes 403
        > File: update (is) owner || role(Editor): yes 403 [owner: yes, role(Editor): no]
          File: deny(update, delete) (is) locked && !(role(Chief)): yes 403
        - a principal of the record's tenant (`org`)
        - not being the owner, whom `holder` names
        - locked
    "#]],
    );
}

#[test]
fn where_denials_hide_what_may_not_be_changed_is_absent() {
    check_of(
        &HIDING,
        &clerk(),
        &Tried::with(Right::Update, file()),
        expect![[r#"
        no 404
          File: tenant (is) org = actor.tenant: yes 404
          File: read (is) owner || role(Clerk): yes 404 [owner: no, role(Clerk): yes]
          File: tenant (is) org = actor.tenant: yes 404
        > File: update (is) owner || role(Editor): no 404 [owner: no, role(Editor): no]
          File: deny(update, delete) (is) locked && !(role(Chief)): yes 404
        - being the owner: the subject that `holder` names
        - role Editor, or Chief above it
    "#]],
    );
    check_of(
        &HIDING,
        &clerk(),
        &Tried::with(Right::Delete, file()),
        expect![[r#"
        no 404
          File: tenant (is) org = actor.tenant: yes 404
          File: read (is) owner || role(Clerk): yes 404 [owner: no, role(Clerk): yes]
          File: tenant (is) org = actor.tenant: yes 404
        > File: delete (is) role(Chief): no 404
          File: deny(update, delete) (is) locked && !(role(Chief)): yes 404
        - role Chief
    "#]],
    );
    check_of(
        &HIDING,
        &Principal::Anonymous,
        &Tried::with(Right::Delete, file()),
        expect![[r#"
        no 401
        > File: tenant (is) org = actor.tenant: no 401
          File: read (is) owner || role(Clerk): no 401 [owner: no, role(Clerk): no]
          File: tenant (is) org = actor.tenant: no 404
          File: delete (is) role(Chief): no 404
          File: deny(update, delete) (is) locked && !(role(Chief)): yes 404
        - a principal of the record's tenant (`org`) and being the owner: the subject that `holder` names and role Chief
        - a principal of the record's tenant (`org`) and role Clerk, or Chief, Editor above it and role Chief
    "#]],
    );
    check_of(
        &HIDING,
        &ann(),
        &Tried::with(Right::History, file()),
        expect![[r#"
        no 403
          File: tenant (who asks) org = actor.tenant: yes 403
        > File: history (who asks) role(Clerk): no 403
        - role Clerk, or Chief, Editor above it
    "#]],
    );
    check_of(
        &HIDING,
        &Principal::Anonymous,
        &Tried::of(Right::Create),
        expect![[r#"
        no 401
        > File: tenant (would be) org = actor.tenant: no 401
          File: create (would be) authenticated: no 401
          File: owner (who asks) `holder` is the subject of whoever creates the record: no 403
        - a principal of the record's tenant (`org`) and a credential and a subject that is a string
    "#]],
    );
}

#[test]
fn what_everybody_may_and_what_is_the_servers_is_said_so() {
    static OPEN_NOTE: ModelSchema = super::NOTE;
    static OWN: ModelSchema = ModelSchema { access: AccessSchema::Internal, ..super::NOTE };
    let note = || vec![Value::Int(1), Value::Text("one".to_owned()), Value::Bool(true)];
    check_of(
        &OPEN_NOTE,
        &Principal::Anonymous,
        &Tried::with(Right::Delete, note()),
        expect![[r#"
        yes 200
          Note: read (is) public: yes 404
        > Note: delete (is) public: yes 403
    "#]],
    );
    check_of(
        &OWN,
        &chief(),
        &Tried::with(Right::Read, note()),
        expect![[r#"
        no 404
        > Note: read (is) no rule gives it to anybody: no 404
    "#]],
    );
    // A rule about claims is one of who asks.
    static BY_CLAIM: ModelSchema = ModelSchema {
        access: AccessSchema::Rules(&PolicySchema {
            rules: &[
                (Right::Read, Policy::Public),
                (Right::Update, Policy::ClaimIs("level", Comparison::Equal, Literal::Int(3))),
            ],
            ..PolicySchema::CLOSED
        }),
        ..super::NOTE
    };
    check_of(
        &BY_CLAIM,
        &Principal::Anonymous,
        &Tried::with(Right::Update, note()),
        expect![[r#"
        no 401
        > Note: update (who asks) actor.level = 3: no 401
        - actor.level = 3
    "#]],
    );
    check_of(
        &BY_CLAIM,
        &ann(),
        &Tried::with(Right::Update, note()),
        expect![[r#"
        no 403
          Note: read (is) public: yes 404
        > Note: update (is) actor.level = 3: no 403
        - actor.level = 3
    "#]],
    );
}
