//! The model that is asked about, and who asks.

use crate::testing::{COLOUR, EMPTY};
use crate::{
    AccessSchema, AfterRuleSchema, Auto, Comparison, Credential, DenySchema, Expr, FieldAccess, FieldSchema, Identity,
    Kind, LifecycleSchema, Mask, ModelSchema, Policy, PolicySchema, Principal, Right, SoftDeleteSchema, StatesSchema,
    Timestamp, TransitionSchema, Value,
};

pub(super) const TITLE: usize = 4;
pub(super) const SECRET: usize = 6;
pub(super) const CARD: usize = 7;
pub(super) const DELETED_AT: usize = 8;

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

pub(super) static FILES: ModelSchema = FILE;
/// What may be seen and not be changed is answered as absent.
pub(super) static HIDING: ModelSchema = ModelSchema { access: AccessSchema::Rules(&HIDES), ..FILE };
const HIDES: PolicySchema = PolicySchema { hides: true, ..RULES };

/// Ann's file, of acme, in its first state.
pub(super) fn file() -> Vec<Value> {
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

pub(super) fn changed(place: usize, value: Value) -> Vec<Value> {
    let mut values = file();
    values[place] = value;
    values
}

pub(super) fn locked() -> Vec<Value> {
    changed(5, Value::Bool(true))
}

/// Somebody of a tenant with a role.
pub(super) fn who(subject: &str, tenant: &str, roles: &[&str]) -> Principal {
    let roles = roles.iter().map(|role| (*role).to_owned());
    Identity::new(Credential::Token, subject).of_tenant(tenant).with_roles(roles).into()
}

pub(super) fn ann() -> Principal {
    who("ann", "acme", &[])
}

pub(super) fn bob() -> Principal {
    who("bob", "acme", &[])
}

pub(super) fn clerk() -> Principal {
    who("clara", "acme", &["Clerk"])
}

pub(super) fn editor() -> Principal {
    who("ed", "acme", &["Editor"])
}

pub(super) fn chief() -> Principal {
    who("chris", "acme", &["Chief"])
}
