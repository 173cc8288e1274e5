//! Fields of models, and of what is inside of values.

use crate::{
    ComputedSchema, Expr, FieldAccess, FieldType, HistorySchema, Kind, Literal, Normalizer, RuleSchema, StatesSchema,
};

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
