//! The words that the derives write: short forms for the parts of a schema, so that an expansion can be read.
//!
//! Not for people: it changes without notice.

mod constraints;
mod events;
mod expressions;
mod field;
mod limits;
mod links;
mod rules;
mod states;
mod upcast;
mod values;

pub use constraints::*;
pub use events::*;
pub use expressions::*;
pub use field::*;
pub use limits::*;
pub use links::*;
pub use rules::*;
pub use states::{states, way};
pub use upcast::{upcast, upcast_inputs};
pub use values::*;

pub use crate::Exposure::{Hidden, ReadOnly, WriteOnly};
pub use crate::Normalizer::{Lower, Nfc, Trim};
pub use crate::behaviour::{before, changed_of, decide, event_of, is_read_only, record_of};
pub use crate::{
    AccessSchema, Auto, BODY_BYTES_MAX_DEFAULT, CheckSchema, EnumSchema, FieldType, Format, IndexSchema, Kind,
    LifecycleSchema, LinkSchema, Many, Model, ModelSchema, OnDelete, One, OperationKind as Op, PageSchema, Per, Rate,
    RateLimitSchema, RelationSchema, SecuritySchema, StructSchema, Uuid, Value, VariantSchema, Window,
};
pub use crate::{AfterRuleSchema, Comparison, DenySchema, Policy, PolicySchema, Right};
pub use crate::{
    AfterSchema, AfterWhat, BeforeSchema, CommandError, CommandSchema, Context, Cron, DomainEvent, ErrorSchema,
    Failure, FoldSchema, HookOutcome, NoBehaviour, ProjectionSchema, Rows, ScheduleSchema, StatesSchema, Times,
    TransitionSchema, write_json,
};

/// A list of constants.
type List<T> = &'static [T];

/// A model without anything, where a struct has mistakes.
pub const fn nothing(name: &'static str) -> ModelSchema {
    ModelSchema { name, table: name, path: name, operations: &[], ..ModelSchema::PLAIN }
}
