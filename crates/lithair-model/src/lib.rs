//! The vocabulary of Lithair: schema, values, rules, expressions, commands, entries.
//!
//! Everything here is data and pure functions on data: no I/O, no clock, no randomness, no HTTP. What lives where:
//!
//! | part | modules |
//! |---|---|
//! | what a struct declares, as constants | `schema`, `kind`, `rule`, `expr`, `literal`, `policy`, `security`, `behaviour`, `embedded` |
//! | what the derives write and lean on | `declare`, `model`, `field_type`, `marker` |
//! | values of fields | `value`, `scalar`, `exact`, `json`, `cbor` |
//! | a program's models, compiled once at start | `catalog`, `predicate`, `computed`, `access` |
//! | who asks, and what they may see and do | `principal`, `access`, `mask`, `network` |
//! | what comes in: bodies, filters, searches, `expand` | `draft`, `merge_patch`, `filter`, `search`, `query`, `history`, `related`, `command` |
//! | whether it may be stored | `validation`, `violation` |
//! | what goes out | `projection` |
//! | what is stored: bytes of the log, of rows and of keys | `entry`, `row`, `key`, `layout`, `position` |
//! | what the log knows of models, and how they change | `numbers`, `filling` |
//! | the seams that other crates implement | `backend`, `moment` |
//! | what is told of a program to people and tools | `document`, `generate`, `sql`, `chart` |
//! | for tests | `oracle` (feature `testing`) |

mod access;
mod backend;
mod behaviour;
mod catalog;
mod cbor;
mod chart;
mod command;
mod computed;
#[doc(hidden)]
pub mod declare;
mod document;
mod draft;
mod embedded;
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
mod mask;
mod merge_patch;
mod model;
mod moment;
mod network;
mod numbers;
#[cfg(feature = "testing")]
pub mod oracle;
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
mod security;
mod sql;
#[cfg(test)]
mod testing;
mod uuid7;
mod validation;
mod value;
mod violation;

pub use access::{
    Asked, Asker, Attempt, Bindings, Candidate, Condition, Decision, Left, ModelAccess, READ, Reader, Roles, Sides,
    Sight, Step, Truth, Visible, VisibleFields, WRITE, Whom, policy_text, right_text, text_value,
};
pub use backend::{Backend, Submission};
pub use behaviour::{
    AfterResult, AfterSchema, AfterWhat, BeforeSchema, CommandError, CommandSchema, Context, Cron, Decide, Decided,
    DomainEvent, Effects, ErrorSchema, Event, Fact, Failure, FoldRows, FoldSchema, Happening, HookError, HookOutcome,
    NoBehaviour, ProjectionSchema, RecordKey, Records, Rows, ScheduleSchema, Times, Transactions, Transitioned,
    transition_event, values_of,
};
pub(crate) use catalog::rule_word;
pub use catalog::{
    Catalog, Link, ModelEntry, NamedAction, Referrer, SchemaError, SchemaProblem, Transition, Way, nearest,
};
pub use chart::{ChartForm, chart_document, chart_line, charts};
pub use command::{
    Action, Command, Draft, Expected, Folded, Operation, OperationResult, Outcome, Procedure, ProcedureFn, Refusal,
    RefusalReason, Supplied, Target, Unavailable,
};
pub use computed::{Computed, Feed, Role, fitted, with_computed};
pub use document::schema_document;
pub use draft::{
    DraftError, DraftMode, ResolveReference, decode_draft, default_of, is_servers, on_update_of, read_only,
};
pub use embedded::{EMBEDDED_DEPTH_MAX, Member, StructSchema};
pub use entry::{Change, CorruptEntry, Entry, EventRecord, Guard, ModelId, Phase, SchemaChange, WHOLE_EVERY};
pub use expr::{Arithmetic, Code, Comparison, Expr, Function, Literal};
pub use filling::{FieldProblems, Filling};
pub use filter::{
    FILTER_BODY_BYTES_MAX, FILTER_BYTES_MAX, FilterError, filter_name, parse_bound_filter, parse_filter, parse_sort,
};
pub use generate::{Route, routes};
pub use history::{AsOf, HistoryPage, HistoryQuery, Past, PastError, Revision, RevisionKind, Version};
pub use json::{JSON_DEPTH_MAX, Json, NotJson};
pub use key::{CorruptKey, Key, KeyTerm, append_term, decode_key, encode_key};
pub use kind::{Element, Kind};
pub use layout::Layout;
pub use literal::literal_value;
pub use marker::{Many, One};
pub use mask::{MASK_SIGN, Mask};
pub use merge_patch::merge_patch;
pub use model::{FieldType, Id, Mismatch, Model};
pub use moment::{Moment, MomentFields, Tally};
pub use network::{Network, NotANetwork};
pub use numbers::{Class, Difference, Numbers};
pub use policy::{AfterRuleSchema, DenySchema, FieldAccess, Policy, PolicySchema, Right};
pub use position::Position;
pub use predicate::{Aggregate, Aggregation, BindError, Fault, Fields, Operand, Predicate, RowFields, compare_values};
pub use principal::{Credential, Identity, Principal, Scopes, System};
pub use projection::{Selection, project, project_csv, project_csv_head, project_expanded, project_fields, write_json};
pub use query::{Page, Query, QueryError, Read, Start};
pub use related::{
    EXPAND_DEPTH_MAX, EXPAND_PATHS_MAX, Expand, Expanded, Related, expand, involved, parse_expand, reached,
};
pub use row::{CorruptRow, Row, has_value, merge_rows, row_without};
pub use rule::{Format, Normalizer, Rule, RuleSchema};
pub use rust_decimal::Decimal;
pub use scalar::{Date, NotATime, Timestamp};
pub use schema::{
    AccessSchema, Auto, BODY_BYTES_MAX_DEFAULT, CheckSchema, ComputedFrom, ComputedSchema, DecimalSchema, DefaultValue,
    EnumSchema, Exposure, FieldSchema, HistorySchema, IndexSchema, LifecycleSchema, LinkKind, LinkSchema, ModelSchema,
    Mutability, OnDelete, OperationKind, PageSchema, RelatedSchema, RelationSchema, SoftDeleteSchema, SortTerm,
    StatesSchema, TransitionSchema, UniqueSchema, UpcastInput, UpcastSchema, VariantSchema, WeightedField,
};
pub use search::{Search, SearchError, SearchWord, WORDS_MAX, WordCounts, has_phrases, word_counts, words};
pub use security::{
    LIMITED_OPERATIONS, NotARate, Per, Rate, RateLimitSchema, SecuritySchema, Window, is_limited_operation,
};
pub use sql::sql_document;
pub use uuid::Uuid;
pub use uuid7::uuid7;
pub use validation::{
    BadTransition, email_form, is_email, judge, judge_change, judge_computed, judge_decided, judge_import,
    judge_numbers, judge_states, judge_stored, judge_value, normalize,
};
pub use value::Value;
pub use violation::Violation;
