//! Models that the engine keeps records of its own in.

use lithair_model::{
    AccessSchema, Bindings, Comparison, FieldAccess, Literal, ModelSchema, Numbers, Policy, PolicySchema, Right,
};

use crate::outbox::{DEAD_LETTER, DELIVERY};
use crate::projections::PROJECTION;
use crate::schedules::SCHEDULE;

/// Whether a model of the program's needs one of the engine's.
type Needs = fn(&ModelSchema) -> bool;

static GUARDED_DELIVERY: ModelSchema = ModelSchema { access: FOR_ADMINISTRATORS, ..DELIVERY };
static GUARDED_DEAD_LETTER: ModelSchema = ModelSchema { access: FOR_ADMINISTRATORS, ..DEAD_LETTER };
static GUARDED_SCHEDULE: ModelSchema = ModelSchema { access: FOR_ADMINISTRATORS, ..SCHEDULE };
static GUARDED_PROJECTION: ModelSchema = ModelSchema { access: FOR_ADMINISTRATORS, ..PROJECTION };

/// What failed, and why, and what is done about it: an error may say anything of any record, of whichever tenant.
const FOR_ADMINISTRATORS: AccessSchema = AccessSchema::Rules(&PolicySchema {
    rules: &[
        (Right::Read, Policy::Permission(ADMINISTRATOR)),
        (Right::Update, Policy::Permission(ADMINISTRATOR)),
        (Right::Delete, Policy::Permission(ADMINISTRATOR)),
    ],
    ..PolicySchema::CLOSED
});

/// The permission of whoever has the role that `auth.admin_role` names, and not for a tenant alone.
const ADMINISTRATOR: &str = "lithair.administrator";

/// Binds what the engine's own models ask. Where the role is empty, nobody is an administrator.
pub(crate) fn bind_administrator(bindings: &mut Bindings, role: &str) {
    let policy = match role {
        "" => Policy::Not(&Policy::Public),
        // Settings are read once, and policies live for ever.
        role => Policy::All(Box::leak(Box::new([
            Policy::Role(Box::leak(role.to_owned().into_boxed_str())),
            Policy::ClaimIs("tenant", Comparison::Equal, Literal::Null),
        ]))),
    };
    bindings.permission(ADMINISTRATOR, policy);
}

/// The program's models, and the engine's own where the program needs them, or did: what the log knows stays readable. Of a program that says
/// who may do what they are for its administrators.
pub(crate) fn with_internal(mut schemas: Vec<&'static ModelSchema>, numbers: &Numbers) -> Vec<&'static ModelSchema> {
    let own: [([&'static ModelSchema; 2], Needs); 4] = [
        ([&DELIVERY, &GUARDED_DELIVERY], |schema| !schema.hooks_after.is_empty()),
        ([&DEAD_LETTER, &GUARDED_DEAD_LETTER], |schema| !schema.hooks_after.is_empty()),
        ([&SCHEDULE, &GUARDED_SCHEDULE], |schema| !schema.schedules.is_empty()),
        ([&PROJECTION, &GUARDED_PROJECTION], |schema| schema.projection.is_some()),
    ];
    let is_guarded = schemas.iter().any(|schema| says_who(schema));
    for ([open, guarded], needs) in own {
        let is_there = schemas.iter().any(|schema| schema.table == open.table);
        let is_needed = numbers.model(open.table).is_some() || schemas.iter().any(|schema| needs(schema));
        if is_needed && !is_there {
            schemas.push(if is_guarded { guarded } else { open });
        }
    }
    schemas
}

/// Whether a model of the program's is not for everybody. What is internal is the server's.
fn says_who(schema: &ModelSchema) -> bool {
    let is_narrower = || schema.fields.iter().any(|field| field.access != FieldAccess::OPEN);
    matches!(schema.access, AccessSchema::Rules(_)) || schema.tenant.is_some() || is_narrower()
}

#[cfg(test)]
mod tests {
    use lithair_model::{FieldSchema, Mask};

    use super::*;

    const NOTE: ModelSchema = ModelSchema {
        name: "Note",
        table: "notes",
        path: "notes",
        fields: &[FieldSchema::of::<i64>("id"), FieldSchema::of::<String>("org")],
        key: &[0],
        ..ModelSchema::PLAIN
    };

    /// The engine's own models beside this one, in a log that knows all of them.
    fn beside(schema: &'static ModelSchema) -> Vec<&'static ModelSchema> {
        let numbers = Numbers::of(&[&DELIVERY, &DEAD_LETTER, &SCHEDULE, &PROJECTION]);
        let mut schemas = with_internal(vec![schema], &numbers);
        assert_eq!(schemas.remove(0).table, schema.table);
        assert_eq!(
            schemas.iter().map(|own| own.table).collect::<Vec<_>>(),
            [DELIVERY.table, DEAD_LETTER.table, SCHEDULE.table, PROJECTION.table]
        );
        schemas
    }

    #[test]
    fn what_failed_is_for_everybody_where_everything_is() {
        static OPEN: ModelSchema = NOTE;
        static INTERNAL: ModelSchema = ModelSchema { access: AccessSchema::Internal, ..NOTE };
        for schema in [&OPEN, &INTERNAL] {
            assert!(beside(schema).iter().all(|own| matches!(own.access, AccessSchema::Public)), "{schema:?}");
        }
    }

    /// An error may say anything of any record, so one model, tenant or field that is not for everybody is enough.
    #[test]
    fn what_failed_is_for_administrators_where_anything_is_not_for_everybody() {
        static RULED: ModelSchema = ModelSchema { access: AccessSchema::Rules(&PolicySchema::CLOSED), ..NOTE };
        static TENANT: ModelSchema = ModelSchema { tenant: Some(1), ..NOTE };
        static MASKED: ModelSchema = ModelSchema {
            fields: &[
                FieldSchema::of::<i64>("id"),
                FieldSchema {
                    access: FieldAccess { mask: Some(Mask { last: 4 }), ..FieldAccess::OPEN },
                    ..FieldSchema::of::<String>("org")
                },
            ],
            ..NOTE
        };
        for schema in [&RULED, &TENANT, &MASKED] {
            for own in beside(schema) {
                let AccessSchema::Rules(rules) = own.access else { panic!("{} is open beside {schema:?}", own.name) };
                let administrators = Policy::Permission(ADMINISTRATOR);
                let given = [Right::Read, Right::Update, Right::Delete].map(|right| (right, administrators));
                assert_eq!(rules.rules, given, "{}", own.name);
            }
        }
    }
}
