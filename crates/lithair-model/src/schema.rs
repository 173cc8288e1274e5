//! The schema of a model: what the derive emits, one constant per struct.
//!
//! Everything is `'static` and buildable in a `const`, so that a model costs nothing at start. Parts are built with
//! `..FieldSchema::of::<T>("name")`, so that an expansion shows only what the author declared.

mod computed;
mod constraints;
mod enums;
mod field;
mod lifecycle;
mod operations;
mod relations;
mod states;

pub use computed::{ComputedFrom, ComputedSchema, RelatedSchema};
pub use constraints::{CheckSchema, IndexSchema, SortTerm, UniqueSchema, WeightedField};
pub use enums::{EnumSchema, VariantSchema};
pub use field::{Auto, DecimalSchema, DefaultValue, Exposure, FieldSchema, Mutability, UpcastInput, UpcastSchema};
pub use lifecycle::{HistorySchema, LifecycleSchema, SoftDeleteSchema};
pub use operations::{BODY_BYTES_MAX_DEFAULT, OperationKind, PageSchema};
pub use relations::{LinkKind, LinkSchema, OnDelete, RelationSchema};
pub use states::{StatesSchema, TransitionSchema};

use crate::{AfterSchema, BeforeSchema, CommandSchema, PolicySchema, ProjectionSchema, ScheduleSchema, SecuritySchema};

/// What one struct declares.
#[derive(Clone, Copy, Debug)]
pub struct ModelSchema {
    /// The struct's name, `Article`.
    pub name: &'static str,
    /// The collection in the log and in files: snake-case plural, or `db(table)`.
    pub table: &'static str,
    /// The table that the model had before, `db(renamed_from = "posts")`.
    pub renamed_from: Option<&'static str>,
    /// The path of the collection below the API prefix, without a leading slash: kebab-case plural, or `http(path)`.
    pub path: &'static str,
    /// All stored fields in declared order. An implicit key is the first of them.
    pub fields: &'static [FieldSchema],
    /// The fields of the primary key, as places in `fields`.
    pub key: &'static [usize],
    /// Unique constraints, those of single fields included.
    pub uniques: &'static [UniqueSchema],
    /// Ordered indexes, those of single fields included.
    pub indexes: &'static [IndexSchema],
    /// Fields whose words can be searched for.
    pub fulltext: &'static [WeightedField],
    /// Conditions over a whole record.
    pub checks: &'static [CheckSchema],
    /// References to other models.
    pub relations: &'static [RelationSchema],
    /// Ways to records that refer to this one.
    pub links: &'static [LinkSchema],
    /// The order of a list that asks for none. The key is always appended.
    pub order: &'static [SortTerm],
    /// What the generated API offers.
    pub operations: &'static [OperationKind],
    /// Records a page.
    pub page: PageSchema,
    /// Bytes a request body may have.
    pub body_bytes_max: u32,
    /// When a record may change.
    pub lifecycle: LifecycleSchema,
    /// Methods that decide what becomes of a record.
    pub commands: &'static [CommandSchema],
    /// Methods that have a say in records before they are stored.
    pub hooks_before: &'static [BeforeSchema],
    /// Functions that run after a change is durable.
    pub hooks_after: &'static [AfterSchema],
    /// Who may come, and how often.
    pub security: SecuritySchema,
    /// Functions that run because it is time.
    pub schedules: &'static [ScheduleSchema],
    /// How the records follow from the log, if nobody else writes them.
    pub projection: Option<&'static ProjectionSchema>,
    /// Who may do what.
    pub access: AccessSchema,
    /// The field that names whose tenant a record is, as a place in `fields`: `db(tenant = org_id)`.
    pub tenant: Option<usize>,
    /// What is declared and not enforced yet. A server does not start with it, unless it is told to for development.
    pub unenforced: &'static [&'static str],
}

impl ModelSchema {
    /// A model that declares nothing, open to everyone: what stands behind `..` in an expansion.
    pub const PLAIN: Self = Self {
        name: "",
        table: "",
        renamed_from: None,
        path: "",
        fields: &[],
        key: &[],
        uniques: &[],
        indexes: &[],
        fulltext: &[],
        checks: &[],
        relations: &[],
        links: &[],
        order: &[],
        operations: OperationKind::ALL,
        page: PageSchema::DEFAULT,
        body_bytes_max: BODY_BYTES_MAX_DEFAULT,
        lifecycle: LifecycleSchema::FREE,
        commands: &[],
        hooks_before: &[],
        hooks_after: &[],
        security: SecuritySchema::OPEN,
        schedules: &[],
        projection: None,
        access: AccessSchema::Public,
        tenant: None,
        unenforced: &[],
    };
}

/// Who may do what with a model.
#[derive(Clone, Copy, Debug)]
pub enum AccessSchema {
    /// `permission(all = public)`: everyone, everything the API offers.
    Public,
    /// The server's own: no path leads to its records, and no document names it.
    Internal,
    /// Those whom the rules name.
    Rules(&'static PolicySchema),
}

impl AccessSchema {
    /// Whether the records are the server's own.
    pub const fn is_internal(&self) -> bool {
        matches!(self, Self::Internal)
    }
}
