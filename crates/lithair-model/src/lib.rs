//! The vocabulary of Lithair: schema, values, rules, expressions, commands, entries.
//!
//! Everything here is data and pure functions on data: no I/O, no clock, no randomness, no HTTP.

mod access;
mod backend;
mod behaviour;
mod catalog;
mod cbor;
mod command;
#[doc(hidden)]
pub mod declare;
mod document;
mod draft;
mod entry;
mod exact;
mod expr;
mod field_type;
mod filling;
mod filter;
mod generate;
mod history;
mod json;
mod key;
mod kind;
mod layout;
mod literal;
mod marker;
mod merge_patch;
mod model;
mod moment;
mod numbers;
mod policy;
mod position;
mod predicate;
mod principal;
mod projection;
mod query;
mod related;
mod row;
mod rule;
mod scalar;
mod schema;
mod search;
mod sql;
#[cfg(test)]
mod testing;
mod validation;
mod value;
mod violation;

pub use access::{
    Asker, Bindings, Condition, Decision, ModelAccess, Reader, Reason, Roles, Sides, Sight, Visible, VisibleFields,
    columns as permission_columns, policy_text, right_text, text_value,
};
pub use backend::{Backend, Submission};
pub use behaviour::{
    AfterResult, AfterSchema, AfterWhat, BeforeSchema, CommandError, CommandSchema, Context, Decide, Decided,
    DomainEvent, Effects, ErrorSchema, Event, Failure, Happening, HookError, HookOutcome, NoBehaviour, RecordKey,
    Records, Transactions, Transitioned, transition_event,
};
pub(crate) use catalog::rule_word;
pub use catalog::{
    Catalog, Link, ModelEntry, NamedAction, Referrer, SchemaError, SchemaProblem, Transition, Way, nearest,
};
pub use command::{
    Action, Command, Draft, Expected, Operation, OperationResult, Outcome, Procedure, ProcedureFn, Refusal,
    RefusalReason, Supplied, Target, Unavailable,
};
pub use document::schema_document;
pub use draft::{
    DraftError, DraftMode, ResolveReference, decode_draft, default_of, is_servers, on_update_of, read_only,
};
pub use entry::{Change, CorruptEntry, Entry, EventRecord, Guard, ModelId, Phase, SchemaChange, WHOLE_EVERY};
pub use expr::{Comparison, Expr, Function, Literal};
pub use filling::{FieldProblems, Filling};
pub use filter::{FILTER_BODY_BYTES_MAX, FILTER_BYTES_MAX, FilterError, parse_filter, parse_sort};
pub use generate::{Route, routes};
pub use history::{AsOf, HistoryPage, HistoryQuery, Past, PastError, Revision, RevisionKind, Version};
pub use json::{JSON_DEPTH_MAX, Json, NotJson};
pub use key::{CorruptKey, Key, KeyTerm, append_term, decode_key, encode_key};
pub use kind::{Element, Kind};
pub use layout::Layout;
pub use literal::literal_value;
pub use marker::{Many, One};
pub use merge_patch::merge_patch;
pub use model::{FieldType, Id, Mismatch, Model};
pub use moment::{Moment, MomentFields, Tally};
pub use numbers::{Class, Difference, Numbers};
pub use policy::{AfterRuleSchema, DenySchema, FieldAccess, Policy, PolicySchema, Right};
pub use position::Position;
pub use predicate::{BindError, Fields, Operand, Predicate, RowFields, compare_values};
pub use principal::{Credential, Identity, Principal, Scopes, System};
pub use projection::{Selection, project, project_expanded, project_fields, write_json};
pub use query::{Page, Query, QueryError, Read, Start};
pub use related::{EXPAND_DEPTH_MAX, EXPAND_PATHS_MAX, Expand, Expanded, Related, expand, parse_expand};
pub use row::{CorruptRow, Row, has_value, merge_rows, row_without};
pub use rule::{Format, Normalizer, Rule, RuleSchema};
pub use rust_decimal::Decimal;
pub use scalar::{Date, NotATime, Timestamp};
pub use schema::{
    AccessSchema, Auto, BODY_BYTES_MAX_DEFAULT, CheckSchema, DecimalSchema, DefaultValue, EnumSchema, Exposure,
    FieldSchema, HistorySchema, IndexSchema, LifecycleSchema, LinkKind, LinkSchema, ModelSchema, Mutability, OnDelete,
    OperationKind, PageSchema, RelationSchema, SoftDeleteSchema, SortTerm, StatesSchema, TransitionSchema,
    UniqueSchema, UpcastInput, UpcastSchema, VariantSchema, WeightedField,
};
pub use search::{Search, SearchError, SearchWord, WORDS_MAX, WordCounts, has_phrases, word_counts, words};
pub use sql::sql_document;
pub use uuid::Uuid;
pub use validation::{
    BadTransition, judge, judge_change, judge_decided, judge_import, judge_states, judge_stored, normalize,
};
pub use value::Value;
pub use violation::Violation;
