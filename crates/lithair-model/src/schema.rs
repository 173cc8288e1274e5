//! The schema of a model: what the derive emits, one constant per struct.
//!
//! Everything is `'static` and buildable in a `const`, so that a model costs nothing at start. Parts are built with
//! `..FieldSchema::of::<T>("name")`, so that an expansion shows only what the author declared.

use crate::{
    AfterSchema, Aggregation, BeforeSchema, CommandSchema, Expr, FieldAccess, FieldType, Kind, Literal, Normalizer,
    Policy, PolicySchema, ProjectionSchema, RuleSchema, ScheduleSchema, SecuritySchema,
};

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

/// One stored field.
#[derive(Clone, Copy, Debug)]
pub struct FieldSchema {
    /// The field's name in Rust, in the log, and in expressions.
    pub name: &'static str,
    /// The field's name in JSON: `name`, or `http(rename)`.
    pub wire: &'static str,
    /// The name that the field had before, `db(renamed_from = "title")`.
    pub renamed_from: Option<&'static str>,
    /// The type of a present value.
    pub kind: Kind,
    /// Whether null is a value: `Option<T>`.
    pub optional: bool,
    /// Digits in all and after the point, `db(decimal(12,2))`.
    pub decimal: Option<DecimalSchema>,
    /// How the server fills the field; then no caller may.
    pub auto: Option<Auto>,
    /// What a create that leaves the field out means.
    pub default: Option<DefaultValue>,
    /// What a change that leaves the field alone sets it to.
    pub on_update: Option<DefaultValue>,
    /// The value that records of before the field get, `db(backfill = ..)`.
    pub backfill: Option<DefaultValue>,
    /// How records of before the field get a value from former fields, `db(upcast = ..)`.
    pub upcast: Option<UpcastSchema>,
    /// What the field is computed from, `#[computed(..)]`; then nobody sets it.
    pub computed: Option<ComputedSchema>,
    /// A value that documents show.
    pub example: Option<Literal>,
    /// Why the field is not to be used any more, and what instead.
    pub deprecated: Option<&'static str>,
    /// Who sees the field and who sets it.
    pub exposure: Exposure,
    /// How a stored value may change.
    pub mutability: Mutability,
    /// What stays readable of earlier values, beside what the model says.
    pub history: HistorySchema,
    /// The field is a state: how it changes.
    pub states: Option<&'static StatesSchema>,
    /// Rules a value keeps.
    pub rules: &'static [RuleSchema],
    /// What happens to a value before the rules look at it, in this order.
    pub normalizers: &'static [Normalizer],
    /// Declared with `http(filter)`.
    pub filter: bool,
    /// Declared with `http(sort)`.
    pub sort: bool,
    /// Who sees and sets the field, of those who may do so with the record.
    pub access: FieldAccess,
}

impl FieldSchema {
    /// A field of type `T` with nothing declared.
    pub const fn of<T: FieldType>(name: &'static str) -> Self {
        Self {
            name,
            wire: name,
            renamed_from: None,
            kind: T::KIND,
            optional: T::OPTIONAL,
            decimal: None,
            auto: None,
            default: None,
            on_update: None,
            backfill: None,
            upcast: None,
            computed: None,
            example: None,
            deprecated: None,
            exposure: Exposure::Open,
            mutability: Mutability::Free,
            history: HistorySchema::WHOLE,
            states: None,
            rules: &[],
            normalizers: &[],
            filter: false,
            sort: false,
            access: FieldAccess::OPEN,
        }
    }
}

/// What a field is computed from.
#[derive(Clone, Copy, Debug)]
pub struct ComputedSchema {
    /// Whether it is kept with the record, by the entry that changes it; otherwise it is computed when it is read.
    pub stored: bool,
    /// What it is.
    pub from: ComputedFrom,
}

/// What a computed field is.
#[derive(Clone, Copy, Debug)]
pub enum ComputedFrom {
    /// An expression over the other fields of the record.
    Expr(Expr),
    /// What the records come to that a link leads to.
    Related(RelatedSchema),
}

/// An aggregate over the records that a link leads to: `sum(lines.total where !cancelled)`.
#[derive(Clone, Copy, Debug)]
pub struct RelatedSchema {
    /// What is made of them.
    pub function: Aggregation,
    /// The name of the link in Rust.
    pub link: &'static str,
    /// What is taken of each record, over its fields; none where they are counted.
    pub value: Option<Expr>,
    /// Which records are meant, over their fields.
    pub condition: Option<Expr>,
}

/// Digits of a decimal field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecimalSchema {
    /// Digits in all, `1..=28`.
    pub precision: u8,
    /// Digits after the point, at most `precision`. A value is written with exactly so many.
    pub scale: u8,
}

/// How a stored value may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutability {
    /// As callers like.
    Free,
    /// Not at all: set at creation.
    Immutable,
    /// From null to a value, and not again.
    WriteOnce,
    /// Not to a smaller value.
    Monotonic,
}

/// A state machine on an enum field.
#[derive(Clone, Copy, Debug)]
pub struct StatesSchema {
    /// The variant that a new record has.
    pub initial: &'static str,
    /// The ways from state to state. There is no other.
    pub transitions: &'static [TransitionSchema],
}

/// A way from state to state: a command of this name.
#[derive(Clone, Copy, Debug)]
pub struct TransitionSchema {
    /// The command's name.
    pub name: &'static str,
    /// The variants it leads from.
    pub from: &'static [&'static str],
    /// The variant it leads to.
    pub to: &'static str,
    /// What must be true of the record as it would be stored.
    pub guard: Option<Expr>,
    /// Who may go it, of those who may change the record: `by role(Editor)`.
    pub by: Option<&'static Policy>,
}

/// How the server fills a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Auto {
    /// A time-ordered random identifier (RFC 9562, 5.7).
    Uuid7,
    /// A time-ordered random identifier in 26 letters and digits (ULID specification).
    Ulid,
    /// 1, 2, 3, .. in the order of creation; a number is never given twice, and gaps are possible.
    Sequence,
    /// When the record was created.
    Created,
    /// When the record was changed last.
    Updated,
    /// When the record was deleted; null while it is not.
    Deleted,
}

/// The value of a field that a create leaves out.
#[derive(Clone, Copy, Debug)]
pub enum DefaultValue {
    /// An expression without fields, evaluated when the command is sealed: a literal, an enum variant, `now()`.
    Expr(Expr),
    /// A function of the application, called when the command is sealed; its result is stored.
    Function(fn() -> crate::Value),
}

/// A function from the values of former fields to the value of a new one.
#[derive(Clone, Copy, Debug)]
pub struct UpcastSchema {
    /// The names of the former fields; none for the field itself when it was of another type.
    pub sources: &'static [&'static str],
    /// The types that the function takes, one a source.
    pub inputs: fn() -> Vec<UpcastInput>,
    /// The function: one value a source.
    pub function: fn(Vec<crate::Value>) -> Result<crate::Value, String>,
}

/// What an upcast function takes for one source.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct UpcastInput {
    /// The type of a present value.
    pub kind: Kind,
    /// Whether it takes null.
    pub optional: bool,
}

/// Who sees a field and who sets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exposure {
    /// Read and written by callers.
    Open,
    /// Read only: a caller that sends it gets 422.
    ReadOnly,
    /// Written, never shown.
    WriteOnly,
    /// Neither shown nor accepted; unknown to filters and sorting.
    Hidden,
}

/// Values that at most one record holds.
#[derive(Clone, Copy, Debug)]
pub struct UniqueSchema {
    /// The fields, as places in [`ModelSchema::fields`]. A null in any of them claims nothing.
    pub fields: &'static [usize],
    /// Whether texts that differ in case only are the same value (full case folding).
    pub ignore_case: bool,
    /// The constraint holds among the records for which this is true: `where = ..`.
    pub condition: Option<Expr>,
}

/// An ordered index.
#[derive(Clone, Copy, Debug)]
pub struct IndexSchema {
    /// The fields and their directions, most significant first.
    pub terms: &'static [SortTerm],
}

/// A field whose words can be searched for: `db(fulltext(title * 3, body))`, `http(search)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WeightedField {
    /// The field, as a place in [`ModelSchema::fields`]: a text, or a list of texts.
    pub field: usize,
    /// How many words elsewhere a word in it is worth, at least 1.
    pub weight: u16,
}

/// A field and a direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SortTerm {
    /// The field, as a place in [`ModelSchema::fields`].
    pub field: usize,
    /// Largest first. Nulls come last in both directions.
    pub descending: bool,
}

/// A condition over a whole record, `check(starts_at < ends_at, "..", on = ends_at)`.
#[derive(Clone, Copy, Debug)]
pub struct CheckSchema {
    /// True for a record that may be stored.
    pub condition: Expr,
    /// What the caller is told.
    pub message: &'static str,
    /// The field the violation points at; none points at the record.
    pub field: Option<usize>,
}

/// A reference to a record of another model.
#[derive(Clone, Copy, Debug)]
pub struct RelationSchema {
    /// The relation's name: the field's, without a trailing `_id`.
    pub name: &'static str,
    /// The fields that hold the target's key, as places in [`ModelSchema::fields`], in the order of the target's key.
    pub fields: &'static [usize],
    /// The target model. A function, because two models may refer to each other.
    pub target: fn() -> &'static ModelSchema,
    /// What deleting the target does.
    pub on_delete: OnDelete,
}

/// What deleting the target of a reference does to the record that refers to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDelete {
    /// The delete is refused. The default.
    Restrict,
    /// The record goes too.
    Cascade,
    /// The reference becomes null.
    SetNull,
    /// The reference becomes the field's default, which must exist.
    SetDefault,
    /// The record is deleted softly with a target that is, and goes with one that is gone for good.
    Soft,
}

/// A way to records that refer to this one. Nothing of it is stored here: what leads there is their references.
#[derive(Debug)]
pub struct LinkSchema {
    /// The link's name: the field's.
    pub name: &'static str,
    /// The link's name in paths, filters and JSON: `name`, or `http(rename)`.
    pub wire: &'static str,
    /// The model it leads to. A function, because two models may lead to each other.
    pub target: fn() -> &'static ModelSchema,
    /// How it leads there.
    pub kind: LinkKind,
}

/// How a link leads to records. Fields and references are said by name: they are another model's.
#[derive(Clone, Copy, Debug)]
pub enum LinkKind {
    /// To every record that refers to this one by the field `via` of the target.
    HasMany {
        /// The field of the target.
        via: &'static str,
    },
    /// To the record that refers to this one by the field `via` of the target, which is unique.
    HasOne {
        /// The field of the target.
        via: &'static str,
    },
    /// To every record that a record of a third model refers to, together with this one.
    ManyToMany {
        /// The third model.
        through: fn() -> &'static ModelSchema,
        /// Its field that refers to this model, where several do.
        via: Option<&'static str>,
    },
}

/// What the generated API may offer, `http(ops(..))`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OperationKind {
    /// `GET /{c}`, `:query`.
    List,
    /// `GET /{c}/{id}`.
    Get,
    /// `POST /{c}`.
    Create,
    /// `PUT`, `PATCH /{c}/{id}`.
    Update,
    /// `DELETE /{c}/{id}`.
    Delete,
    /// `GET /{c}/{id}/history`, `?rev=`, `?as_of=`; with `Update`, `:restore`.
    History,
    /// `:import`.
    Bulk,
    /// NDJSON out.
    Export,
}

impl OperationKind {
    /// What a model offers that does not say.
    pub const ALL: &'static [Self] =
        &[Self::List, Self::Get, Self::Create, Self::Update, Self::Delete, Self::History, Self::Bulk, Self::Export];
}

/// Records a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageSchema {
    /// When the caller does not say.
    pub default: u32,
    /// At most.
    pub max: u32,
}

impl PageSchema {
    /// What a model has that does not say.
    pub const DEFAULT: Self = Self { default: 50, max: 500 };
}

/// Bytes of a request body when the model does not say.
pub const BODY_BYTES_MAX_DEFAULT: u32 = 64 * 1024;

/// When a record may change, `lifecycle(..)` on the struct.
#[derive(Clone, Copy, Debug)]
pub struct LifecycleSchema {
    /// A change names the revision that it is about.
    pub optimistic_lock: bool,
    /// A record for which this is true neither changes nor goes.
    pub immutable_when: Option<Expr>,
    /// Deleting a record keeps it, out of sight.
    pub soft_delete: Option<SoftDeleteSchema>,
    /// What stays readable of what records were.
    pub history: HistorySchema,
}

/// Records that are deleted and kept: `deleted_at` says since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SoftDeleteSchema {
    /// The tables of models whose records go with the record that they refer to, and come back with it.
    pub cascade: &'static [&'static str],
    /// Microseconds after which a deleted record is gone for good; none if never by itself.
    pub purge_after: Option<i64>,
}

/// What stays readable of earlier versions, `versions(..)`, `retention = ".."`, `snapshot_only`. The newest version of a record that
/// exists always does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HistorySchema {
    /// So many versions, the newest included; none means all.
    pub versions: Option<u32>,
    /// A version until so long after another took its place, in microseconds; none means for ever.
    pub retention_micros: Option<i64>,
    /// No earlier version at all.
    pub snapshot_only: bool,
}

impl HistorySchema {
    /// Everything, for ever: what holds where nothing is said.
    pub const WHOLE: Self = Self { versions: None, retention_micros: None, snapshot_only: false };

    /// Whether everything is kept.
    pub const fn is_whole(&self) -> bool {
        self.versions.is_none() && self.retention_micros.is_none() && !self.snapshot_only
    }

    /// `versions(n)`
    #[must_use]
    pub const fn versions(self, versions: u32) -> Self {
        Self { versions: Some(versions), ..self }
    }

    /// `retention = ".."`
    #[must_use]
    pub const fn retention(self, micros: i64) -> Self {
        Self { retention_micros: Some(micros), ..self }
    }

    /// `snapshot_only`
    #[must_use]
    pub const fn snapshot_only(self) -> Self {
        Self { snapshot_only: true, ..self }
    }
}

impl LifecycleSchema {
    /// What a model has that does not say.
    pub const FREE: Self =
        Self { optimistic_lock: false, immutable_when: None, soft_delete: None, history: HistorySchema::WHOLE };

    /// The same, and a version is kept as this says.
    #[must_use]
    pub const fn history(self, history: HistorySchema) -> Self {
        Self { history, ..self }
    }

    /// The same, and a change names the revision that it is about.
    #[must_use]
    pub const fn optimistic_lock(self) -> Self {
        Self { optimistic_lock: true, ..self }
    }

    /// The same, and deleting a record keeps it, out of sight.
    #[must_use]
    pub const fn soft_delete(self, cascade: &'static [&'static str], purge_after: Option<i64>) -> Self {
        Self { soft_delete: Some(SoftDeleteSchema { cascade, purge_after }), ..self }
    }

    /// The same, and a record for which this is true neither changes nor goes.
    #[must_use]
    pub const fn immutable_when(self, condition: Expr) -> Self {
        Self { immutable_when: Some(condition), ..self }
    }
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

/// The variants of an enum field.
#[derive(Debug)]
pub struct EnumSchema {
    /// The enum's name in Rust.
    pub name: &'static str,
    /// The variants in declared order, which is their order in sorting and comparison.
    pub variants: &'static [VariantSchema],
}

/// One variant of an enum field.
#[derive(Debug)]
pub struct VariantSchema {
    /// The variant's name in Rust, and in expressions.
    pub name: &'static str,
    /// The variant's name in JSON and in the log.
    pub wire: &'static str,
    /// The variant's data. A variant without fields is a plain string in JSON; an enum in which any variant has fields
    /// is an object tagged by `type`.
    pub fields: &'static [FieldSchema],
}

impl EnumSchema {
    /// Whether the other one is of the same enum.
    pub fn is_same(&self, other: &Self) -> bool {
        let names = |schema: &Self| schema.variants.iter().map(|variant| variant.wire).collect::<Vec<_>>();
        self.name == other.name && names(self) == names(other)
    }

    /// Whether any variant has data, so that JSON shows an object tagged by `type`.
    pub const fn has_data(&self) -> bool {
        let mut at = 0;
        while at < self.variants.len() {
            if !self.variants[at].fields.is_empty() {
                return true;
            }
            at += 1;
        }
        false
    }
}
