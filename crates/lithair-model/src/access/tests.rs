//! Permissions that cannot be: what a program is told that declares them, whatever made its schemas.

mod candidate;
mod conditions;
mod explain;
mod sight;
mod words;

use expect_test::{Expect, expect};

use crate::testing::{ADDRESS, EMPTY};
use crate::{
    AccessSchema, AfterRuleSchema, Auto, Bindings, Catalog, Comparison, ComputedFrom, ComputedSchema, DenySchema, Expr,
    FieldAccess, FieldSchema, HistorySchema, Kind, LifecycleSchema, Mask, ModelSchema, Numbers, OnDelete, Policy,
    PolicySchema, RelationSchema, Right, SoftDeleteSchema, SortTerm, StatesSchema, TransitionSchema, UniqueSchema,
    WeightedField,
};

/// Shows what is wrong with the permissions of models, on a server that binds `bound`.
#[track_caller]
fn check_bound(schemas: &[&'static ModelSchema], bound: &[(&str, Policy)], expected: Expect) {
    let mut bindings = Bindings::default();
    bound.iter().for_each(|(name, policy)| bindings.permission(name, *policy));
    let shown = match Catalog::bound(schemas.to_vec(), &Numbers::of(schemas), &bindings) {
        Ok(_) => "nothing".to_owned(),
        Err(error) => error.to_string(),
    };
    expected.assert_eq(&shown);
}

#[track_caller]
fn check(schemas: &[&'static ModelSchema], expected: Expect) {
    check_bound(schemas, &[], expected);
}

const NOTE: ModelSchema = ModelSchema {
    name: "Note",
    table: "notes",
    path: "notes",
    fields: &[
        FieldSchema { auto: Some(Auto::Sequence), ..FieldSchema::of::<i64>("number") },
        FieldSchema::of::<String>("title"),
        FieldSchema::of::<bool>("open"),
    ],
    key: &[0],
    ..EMPTY
};

/// A condition on a flag.
const fn flag(name: &'static str) -> Policy {
    Policy::Test(Expr::Field(name))
}

/// What a record was and what was sent is known where there is such: of an update both, of a create what was sent.
#[test]
fn a_rule_asks_about_what_is_known() {
    static ODD: ModelSchema = ModelSchema {
        access: AccessSchema::Rules(&PolicySchema {
            rules: &[
                (Right::Read, Policy::All(&[flag("before.open"), flag("open")])),
                (Right::Create, Policy::Any(&[flag("input.open"), flag("before.open")])),
                (Right::Update, Policy::All(&[flag("input.open"), flag("before.open")])),
                (Right::Delete, Policy::Not(&Policy::Claim(&Expr::Field("input.title"), Comparison::Equal, "name"))),
                (Right::History, Policy::AmongClaim(&Expr::Field("before.title"), "names")),
                (Right::Export, flag("opne")),
            ],
            ..PolicySchema::CLOSED
        }),
        ..NOTE
    };
    check(
        &[&ODD],
        expect![[r#"
        Note: `read`: `before.open` is known of a change only
        Note: `create`: `before.open` is known of a change only
        Note: `delete`: `input.title` is known of a change only
        Note: `history`: `before.title` is known of a change only
        Note: `export`: `opne` is not a field here; did you mean `open`?"#]],
    );
}

/// What follows from others when it is read is known of a record as it is; and nobody sends what is computed.
#[test]
fn a_rule_asks_about_what_is_computed_where_it_is_known() {
    const fn of(stored: bool) -> Option<ComputedSchema> {
        Some(ComputedSchema { stored, from: ComputedFrom::Expr(Expr::Not(&Expr::Field("open"))) })
    }
    static COMPUTING: ModelSchema = ModelSchema {
        fields: &[
            FieldSchema { auto: Some(Auto::Sequence), ..FieldSchema::of::<i64>("number") },
            FieldSchema::of::<bool>("open"),
            FieldSchema { computed: of(false), ..FieldSchema::of::<bool>("read") },
            FieldSchema { computed: of(true), ..FieldSchema::of::<bool>("kept") },
        ],
        access: AccessSchema::Rules(&PolicySchema {
            rules: &[
                (Right::Read, Policy::All(&[flag("read"), flag("kept")])),
                (Right::Update, Policy::All(&[flag("before.kept"), flag("before.open"), flag("input.open")])),
                (Right::Create, flag("input.kept")),
            ],
            denies: &[
                DenySchema { rights: &[Right::Update], when: flag("before.read"), message: None },
                DenySchema { rights: &[Right::Update], when: flag("input.read"), message: None },
            ],
            ..PolicySchema::CLOSED
        }),
        ..NOTE
    };
    check(
        &[&COMPUTING],
        expect![[r#"
        Note: `create`: `kept` is computed: of what a record was, and of what is sent, it is not known
        Note: `update`: `read` is computed: of what a record was, and of what is sent, it is not known
        Note: `update`: `read` is computed: of what a record was, and of what is sent, it is not known"#]],
    );
}

#[test]
fn roles_that_are_named_are_declared_where_any_is() {
    static DECLARED: ModelSchema = ModelSchema {
        access: AccessSchema::Rules(&PolicySchema {
            roles: &[&["Admin", "Editor"]],
            rules: &[(Right::Read, Policy::Role("Editor")), (Right::Update, Policy::Not(&Policy::Role("Editr")))],
            ..PolicySchema::CLOSED
        }),
        ..NOTE
    };
    check(&[&DECLARED], expect!["Note: `role(Editr)`: no `roles(..)` names it; did you mean `Editor`?"]);
    // The server's own models name what a program need not have, and a program that declares none has those that it names.
    static OWN: ModelSchema = ModelSchema { name: "Own", table: "own", path: "lithair/own", ..UNDECLARED };
    static ALONE: ModelSchema = UNDECLARED;
    const UNDECLARED: ModelSchema = ModelSchema {
        access: AccessSchema::Rules(&PolicySchema {
            rules: &[(Right::Read, Policy::Role("Editr"))],
            ..PolicySchema::CLOSED
        }),
        ..NOTE
    };
    static FITTING: ModelSchema = ModelSchema {
        access: AccessSchema::Rules(&PolicySchema { roles: &[&["Admin", "Editor"]], ..PolicySchema::CLOSED }),
        ..NOTE
    };
    check(&[&FITTING, &OWN], expect!["nothing"]);
    check(&[&ALONE], expect!["nothing"]);
}

#[test]
fn no_role_is_above_itself() {
    static ROUND: ModelSchema = ModelSchema {
        access: AccessSchema::Rules(&PolicySchema {
            roles: &[&["Admin", "Editor"], &["Editor", "Reader"], &["Reader", "Admin"]],
            ..PolicySchema::CLOSED
        }),
        ..NOTE
    };
    check(
        &[&ROUND],
        expect!["Note: the role `Admin` would be above itself: the chains of `roles(..)` contradict each other"],
    );
}

#[test]
fn a_command_that_is_named_is_there() {
    const STATES: StatesSchema = StatesSchema {
        initial: "Red",
        transitions: &[
            TransitionSchema { name: "cool", from: &["Red"], to: "Blue", guard: None, by: None },
            TransitionSchema { name: "ripen", from: &["Blue"], to: "Green", guard: None, by: None },
        ],
    };
    const FIELDS: &[FieldSchema] = &[
        FieldSchema { auto: Some(Auto::Sequence), ..FieldSchema::of::<i64>("number") },
        FieldSchema {
            kind: Kind::Enum(&crate::testing::COLOUR),
            states: Some(&STATES),
            ..FieldSchema::of::<String>("colour")
        },
        FieldSchema { auto: Some(Auto::Deleted), ..FieldSchema::of::<Option<crate::Timestamp>>("deleted_at") },
    ];
    const RULES: AccessSchema = AccessSchema::Rules(&PolicySchema {
        rules: &[
            (Right::Command("ripen"), Policy::Public),
            (Right::Command("rippen"), Policy::Public),
            (Right::Command("purge"), Policy::Public),
        ],
        ..PolicySchema::CLOSED
    });
    static KEPT: ModelSchema = ModelSchema { fields: FIELDS, access: RULES, ..NOTE };
    static TRASHED: ModelSchema = ModelSchema {
        lifecycle: LifecycleSchema {
            soft_delete: Some(SoftDeleteSchema { cascade: &[], purge_after: None }),
            ..LifecycleSchema::FREE
        },
        ..KEPT_SCHEMA
    };
    const KEPT_SCHEMA: ModelSchema = ModelSchema { fields: FIELDS, access: RULES, ..NOTE };
    check(
        &[&KEPT],
        expect![[r#"
            Note: `command(rippen)`: there is no such command; did you mean `ripen`?
            Note: `command(purge)`: there is no such command"#]],
    );
    check(&[&TRASHED], expect!["Note: `command(rippen)`: there is no such command; did you mean `ripen`?"]);
}

const READ_BY_OWNER: FieldAccess = FieldAccess { read: Some(&Policy::Authenticated), ..FieldAccess::OPEN };

#[test]
fn what_not_everybody_sees_is_not_told_by_other_ways() {
    static TOLD: ModelSchema = ModelSchema {
        fields: &[
            FieldSchema { access: READ_BY_OWNER, ..FieldSchema::of::<i64>("number") },
            FieldSchema { access: READ_BY_OWNER, sort: true, ..FieldSchema::of::<String>("sorted") },
            FieldSchema { access: READ_BY_OWNER, filter: true, ..FieldSchema::of::<String>("filtered") },
            FieldSchema { access: READ_BY_OWNER, ..FieldSchema::of::<String>("ordered") },
            FieldSchema { access: READ_BY_OWNER, ..FieldSchema::of::<String>("searched") },
            FieldSchema { access: READ_BY_OWNER, kind: Kind::Struct(&ADDRESS), ..FieldSchema::of::<String>("address") },
            FieldSchema {
                access: FieldAccess { guarded: true, ..READ_BY_OWNER },
                filter: true,
                ..FieldSchema::of::<String>("guarded")
            },
            // What everybody sees is told by any way.
            FieldSchema {
                access: FieldAccess { read: Some(&Policy::Public), ..FieldAccess::OPEN },
                sort: true,
                filter: true,
                ..FieldSchema::of::<String>("seen")
            },
            FieldSchema { kind: Kind::Struct(&ADDRESS), ..FieldSchema::of::<String>("place") },
        ],
        order: &[SortTerm { field: 3, descending: false }, SortTerm { field: 9, descending: true }],
        fulltext: &[WeightedField { field: 4, weight: 1 }, WeightedField { field: 7, weight: 1 }],
        ..NOTE
    };
    check(
        &[&TOLD],
        expect![[r#"
        Note: `number`: not everybody who sees a record sees the field, so it cannot be part of the key, which is in every path
        Note: `sorted`: not everybody who sees a record sees the field, so nothing is sorted by it: the order would tell
        Note: `filtered`: not everybody who sees a record sees the field, so `filter` needs `filter(guarded)`: it then asks only where the field is seen
        Note: `ordered`: not everybody who sees a record sees the field, so nothing is sorted by it: the order would tell
        Note: `searched`: not everybody who sees a record sees the field, so its words are not searched: what is found would tell
        Note: `address`: not everybody who sees a record sees the field, so nothing is sorted by it: the order would tell"#]],
    );
    // What is inside of another field tells of that one alone.
    static INSIDE: ModelSchema = ModelSchema {
        fields: &[
            FieldSchema::of::<i64>("number"),
            FieldSchema { access: READ_BY_OWNER, ..FieldSchema::of::<String>("secret") },
            FieldSchema { kind: Kind::Struct(&ADDRESS), ..FieldSchema::of::<String>("place") },
        ],
        order: &[SortTerm { field: 3, descending: false }],
        ..NOTE
    };
    check(&[&INSIDE], expect!["nothing"]);
}

#[test]
fn owners_and_masks_are_of_fields_that_can_be_such() {
    const OWNS: FieldAccess = FieldAccess { owner: true, ..FieldAccess::OPEN };
    const MASKED: FieldAccess = FieldAccess { mask: Some(Mask { last: 4 }), ..FieldAccess::OPEN };
    static ODD: ModelSchema = ModelSchema {
        fields: &[
            FieldSchema::of::<i64>("number"),
            FieldSchema { access: OWNS, ..FieldSchema::of::<bool>("holds") },
            FieldSchema { access: OWNS, ..FieldSchema::of::<String>("holder") },
            FieldSchema { access: OWNS, ..FieldSchema::of::<crate::Uuid>("maker") },
            FieldSchema { access: MASKED, ..FieldSchema::of::<i64>("pin") },
            FieldSchema {
                access: FieldAccess { read: Some(&Policy::Public), ..MASKED },
                ..FieldSchema::of::<String>("card")
            },
            FieldSchema {
                access: FieldAccess { read: Some(&Policy::Authenticated), ..MASKED },
                ..FieldSchema::of::<String>("account")
            },
        ],
        ..NOTE
    };
    check(
        &[&ODD],
        expect![[r#"
        Note: `holds`: an owner is named by a text, a whole number or an identifier
        Note: `holder`: a record has one owner
        Note: `maker`: a record has one owner
        Note: `pin`: only texts have a `mask`
        Note: `card`: everybody reads it, so nobody would see its `mask`"#]],
    );
}

/// Who saw a record then has to be found out of what it was then.
#[test]
fn who_reads_follows_from_what_is_kept() {
    const LOST: HistorySchema = HistorySchema::WHOLE.versions(3);
    const fn of(expr: Expr) -> Option<ComputedSchema> {
        Some(ComputedSchema { stored: false, from: ComputedFrom::Expr(expr) })
    }
    const FIELDS: &[FieldSchema] = &[
        FieldSchema { auto: Some(Auto::Sequence), ..FieldSchema::of::<i64>("number") },
        FieldSchema { history: LOST, ..FieldSchema::of::<bool>("lost") },
        FieldSchema::of::<bool>("kept"),
        FieldSchema { computed: of(Expr::Not(&Expr::Field("lost"))), ..FieldSchema::of::<bool>("found") },
        FieldSchema { computed: of(Expr::Not(&Expr::Field("kept"))), ..FieldSchema::of::<bool>("open") },
        FieldSchema { history: LOST, ..FieldSchema::of::<Option<String>>("reader") },
    ];
    const fn read_by(policy: &'static [(Right, Policy)]) -> PolicySchema {
        PolicySchema { rules: policy, ..PolicySchema::CLOSED }
    }
    static LOSING: ModelSchema = ModelSchema {
        fields: FIELDS,
        access: AccessSchema::Rules(&PolicySchema {
            denies: &[DenySchema { rights: &[Right::Read], when: flag("found"), message: None }],
            ..read_by(&[(
                Right::Read,
                Policy::Any(&[
                    flag("lost"),
                    Policy::Claim(&Expr::Field("reader"), Comparison::Equal, "name"),
                    Policy::AmongClaim(&Expr::Field("reader"), "names"),
                    Policy::Role("Editor"),
                ]),
            )])
        }),
        ..NOTE
    };
    check(
        &[&LOSING],
        expect![[r#"
        Note: `read` asks `lost`, and what it was is not kept: nobody could say who saw a record then
        Note: `read` asks `reader`, and what it was is not kept: nobody could say who saw a record then
        Note: `read` asks `reader`, and what it was is not kept: nobody could say who saw a record then
        Note: `read` asks `found`, and what it was is not kept: nobody could say who saw a record then"#]],
    );
    static KEEPING: ModelSchema = ModelSchema {
        fields: FIELDS,
        access: AccessSchema::Rules(&PolicySchema {
            afters: &[AfterRuleSchema { right: Right::Update, holds: flag("lost"), message: None }],
            ..read_by(&[(Right::Read, Policy::All(&[flag("kept"), flag("open")])), (Right::Update, flag("found"))])
        }),
        ..NOTE
    };
    check(&[&KEEPING], expect!["nothing"]);
}

#[test]
fn one_tenant_is_not_told_what_another_has() {
    const fn unique(fields: &'static [usize]) -> UniqueSchema {
        UniqueSchema { fields, ignore_case: false, condition: None }
    }
    const OF: &[FieldSchema] = &[
        FieldSchema { auto: Some(Auto::Sequence), ..FieldSchema::of::<i64>("number") },
        FieldSchema::of::<String>("org"),
        FieldSchema::of::<String>("title"),
        FieldSchema::of::<Option<String>>("branch"),
        FieldSchema { access: READ_BY_OWNER, ..FieldSchema::of::<String>("group") },
        FieldSchema::of::<bool>("flag"),
    ];
    const ALONE: ModelSchema = ModelSchema { fields: OF, tenant: Some(1), ..NOTE };
    static RIGHT: ModelSchema = ModelSchema { uniques: &[unique(&[0]), unique(&[1, 2])], ..ALONE };
    check(&[&RIGHT], expect!["nothing"]);
    static OF_TENANT: ModelSchema = ModelSchema { key: &[1, 2], uniques: &[unique(&[1, 2])], ..ALONE };
    check(&[&OF_TENANT], expect!["nothing"]);
    static TELLS: ModelSchema = ModelSchema { key: &[0, 2], uniques: &[unique(&[0, 2]), unique(&[2, 0])], ..ALONE };
    check(
        &[&TELLS],
        expect![[r#"
        Note: the key is given by callers, and would tell one tenant which keys another has: let the server give it (`auto`), or make `org` part of it
        Note: `unique(title, number)`: `org` is not part of it, so one tenant would tell what another has"#]],
    );
    static NONE: ModelSchema = ModelSchema { tenant: Some(3), ..ALONE };
    check(
        &[&NONE],
        expect!["Note: `branch`: a tenant is named by a text, a whole number or an identifier, never by nothing"],
    );
    static FLAG: ModelSchema = ModelSchema { tenant: Some(5), ..ALONE };
    check(
        &[&FLAG],
        expect!["Note: `flag`: a tenant is named by a text, a whole number or an identifier, never by nothing"],
    );
    static SEEN: ModelSchema = ModelSchema { tenant: Some(4), ..ALONE };
    check(&[&SEEN], expect!["Note: `group`: the tenant is set by the server, and seen by whoever is of it"]);
    static NOWHERE: ModelSchema = ModelSchema { tenant: Some(6), ..ALONE };
    check(&[&NOWHERE], expect!["Note: `tenant` names no field"]);
}

fn part() -> &'static ModelSchema {
    &PART
}

/// A part of another, seen by whoever sees that one: which asks itself.
static PART: ModelSchema = PART_SCHEMA;

const PART_SCHEMA: ModelSchema = ModelSchema {
    name: "Part",
    table: "parts",
    path: "parts",
    fields: &[
        FieldSchema { auto: Some(Auto::Sequence), ..FieldSchema::of::<i64>("number") },
        FieldSchema::of::<Option<i64>>("whole_id"),
    ],
    key: &[0],
    relations: &[RelationSchema { name: "whole", fields: &[1], target: part, on_delete: OnDelete::Restrict }],
    access: AccessSchema::Rules(&PolicySchema {
        rules: &[(Right::Read, Policy::Any(&[Policy::Role("Maker"), Policy::Check("whole", Right::Read)]))],
        ..PolicySchema::CLOSED
    }),
    ..EMPTY
};

#[test]
fn a_rule_does_not_ask_itself() {
    check(&[&PART], expect!["Part: `check(..)`: the rule asks itself, by way of others"]);
    // By the name of a permission it does as well.
    static NAMED: ModelSchema = ModelSchema { access: READ_BY_PERMISSION, ..PART_SCHEMA };
    const READ_BY_PERMISSION: AccessSchema = AccessSchema::Rules(&PolicySchema {
        rules: &[(Right::Read, Policy::Permission("SeesWhole"))],
        ..PolicySchema::CLOSED
    });
    let sees_whole = Policy::Not(&Policy::Check("whole", Right::Read));
    check_bound(
        &[&NAMED],
        &[("SeesWhole", sees_whole)],
        expect!["Part: `check(..)`: the rule asks itself, by way of others"],
    );
    check_bound(&[&NAMED], &[("SeesWhole", Policy::Authenticated)], expect!["nothing"]);
    // A right may ask another one, twice.
    static ENDING: ModelSchema = ModelSchema {
        access: AccessSchema::Rules(&PolicySchema {
            rules: &[
                (
                    Right::Read,
                    Policy::Any(&[Policy::Check("whole", Right::Update), Policy::Check("whole", Right::Delete)]),
                ),
                (Right::Update, Policy::Check("whole", Right::Delete)),
                (Right::Delete, Policy::Authenticated),
            ],
            ..PolicySchema::CLOSED
        }),
        ..PART_SCHEMA
    };
    check(&[&ENDING], expect!["nothing"]);
}
