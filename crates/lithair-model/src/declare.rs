//! The words that the derives write: short forms for the parts of a schema, so that an expansion can be read.
//!
//! Not for people: it changes without notice.

mod upcast;

pub use crate::behaviour::{before, changed_of, decide, event_of, is_read_only, record_of};
use crate::embedded::{inside, inside_at};
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
use crate::{
    Aggregation, Arithmetic, Code, ComputedFrom, ComputedSchema, DecimalSchema, DefaultValue, Element, Exposure, Expr,
    FieldSchema, Function, HistorySchema, LinkKind, Literal, Mask, Mismatch, Mutability, Normalizer, RelatedSchema,
    Rule, RuleSchema, SortTerm, UniqueSchema, UpcastInput, UpcastSchema, WeightedField,
};
pub use Exposure::{Hidden, ReadOnly, WriteOnly};
pub use Normalizer::{Lower, Nfc, Trim};
pub use upcast::{upcast, upcast_inputs};

/// A model without anything, where a struct has mistakes.
pub const fn nothing(name: &'static str) -> ModelSchema {
    ModelSchema { name, table: name, path: name, operations: &[], ..ModelSchema::PLAIN }
}

/// `rate_limit(create, "5/min")`
pub const fn rate_limit(operations: &'static [&'static str], requests: u32, window: Window) -> RateLimitSchema {
    RateLimitSchema { operations, rate: Rate { requests, window }, burst: requests, per: Per::Ip }
}

impl RateLimitSchema {
    /// `burst = ..`
    #[must_use]
    pub const fn burst(self, burst: u32) -> Self {
        Self { burst, ..self }
    }

    /// `per = ..`
    #[must_use]
    pub const fn per(self, per: Per) -> Self {
        Self { per, ..self }
    }
}

/// Lets rustc judge a word of `rate_limit(..)`: it is a mistake of the author if the model has no such action.
pub const fn names_an_operation(schema: &ModelSchema, word: &str, message: &str) {
    assert!(crate::is_limited_operation(schema, word), "{}", message);
}

/// What `lifecycle(versions(..), retention = .., snapshot_only)` take from.
pub const WHOLE: HistorySchema = HistorySchema::WHOLE;

/// A field of a type.
pub const fn field<T: FieldType>(name: &'static str) -> FieldSchema {
    FieldSchema::of::<T>(name)
}

/// What is declared of a field, one word each.
impl FieldSchema {
    /// `http(rename = ..)`
    pub const fn wire(mut self, name: &'static str) -> Self {
        self.wire = name;
        self
    }

    /// `db(decimal(precision, scale))`
    pub const fn decimal(mut self, precision: u8, scale: u8) -> Self {
        self.decimal = Some(DecimalSchema { precision, scale });
        self
    }

    /// `db(auto = ..)`
    pub const fn auto(mut self, auto: Auto) -> Self {
        self.auto = Some(auto);
        self
    }

    /// `db(default = ..)`
    pub const fn default(mut self, value: Expr) -> Self {
        self.default = Some(DefaultValue::Expr(value));
        self
    }

    /// `db(default = fn(..))`
    pub const fn default_of(mut self, function: fn() -> Value) -> Self {
        self.default = Some(DefaultValue::Function(function));
        self
    }

    /// `db(renamed_from = ..)`
    pub const fn renamed_from(mut self, name: &'static str) -> Self {
        self.renamed_from = Some(name);
        self
    }

    /// `db(on_update = ..)`
    pub const fn on_update(mut self, value: Expr) -> Self {
        self.on_update = Some(DefaultValue::Expr(value));
        self
    }

    /// `db(on_update = fn(..))`
    pub const fn on_update_of(mut self, function: fn() -> Value) -> Self {
        self.on_update = Some(DefaultValue::Function(function));
        self
    }

    /// `db(backfill = ..)`
    pub const fn backfill(mut self, value: Expr) -> Self {
        self.backfill = Some(DefaultValue::Expr(value));
        self
    }

    /// `db(backfill = fn(..))`
    pub const fn backfill_of(mut self, function: fn() -> Value) -> Self {
        self.backfill = Some(DefaultValue::Function(function));
        self
    }

    /// `db(upcast = ..)`, `db(upcast(a, b) = ..)`
    pub const fn upcast(
        mut self,
        sources: &'static [&'static str],
        inputs: fn() -> Vec<UpcastInput>,
        function: fn(Vec<Value>) -> Result<Value, String>,
    ) -> Self {
        self.upcast = Some(UpcastSchema { sources, inputs, function });
        self
    }

    /// `#[computed(expr)]`
    pub const fn computed(mut self, value: Expr) -> Self {
        self.computed = Some(ComputedSchema { stored: false, from: ComputedFrom::Expr(value) });
        self
    }

    /// `#[computed(count(..))]`
    pub const fn related(mut self, related: RelatedSchema) -> Self {
        self.computed = Some(ComputedSchema { stored: false, from: ComputedFrom::Related(related) });
        self
    }

    /// `#[computed(.., stored)]`
    ///
    /// # Panics
    /// At compile time, if the field is not computed.
    pub const fn stored(mut self) -> Self {
        let computed = self.computed.expect("only what is computed is stored or not");
        self.computed = Some(ComputedSchema { stored: true, ..computed });
        self
    }

    /// `http(example = ..)`
    pub const fn example(mut self, value: Literal) -> Self {
        self.example = Some(value);
        self
    }

    /// `http(deprecated = ..)`
    pub const fn deprecated(mut self, advice: &'static str) -> Self {
        self.deprecated = Some(advice);
        self
    }

    /// `http(hidden)`, `http(read_only)`, `http(write_only)`
    pub const fn exposure(mut self, exposure: Exposure) -> Self {
        self.exposure = exposure;
        self
    }

    /// `lifecycle(immutable)`
    pub const fn immutable(mut self) -> Self {
        self.mutability = Mutability::Immutable;
        self
    }

    /// `lifecycle(write_once)`
    pub const fn write_once(mut self) -> Self {
        self.mutability = Mutability::WriteOnce;
        self
    }

    /// `lifecycle(monotonic)`
    pub const fn monotonic(mut self) -> Self {
        self.mutability = Mutability::Monotonic;
        self
    }

    /// `lifecycle(versions(..), retention = .., snapshot_only)`
    pub const fn history(mut self, history: HistorySchema) -> Self {
        self.history = history;
        self
    }

    /// `lifecycle(states(..))`: a new record is in the initial state.
    ///
    /// # Panics
    /// At compile time, if the enum has a variant that no transition leads to.
    pub const fn states(mut self, states: &'static StatesSchema) -> Self {
        if let Kind::Enum(schema) = &self.kind {
            assert!(every_state_is_reached(schema, states), "no transition leads to a variant of the enum");
        }
        self.default = Some(DefaultValue::Expr(Expr::Literal(Literal::Variant(states.initial))));
        self.states = Some(states);
        self
    }

    /// `http(validate(..))`
    pub const fn rules(mut self, rules: &'static [RuleSchema]) -> Self {
        self.rules = rules;
        self
    }

    /// `http(normalize(..))`
    pub const fn normalizers(mut self, normalizers: &'static [Normalizer]) -> Self {
        self.normalizers = normalizers;
        self
    }

    /// `http(filter)`
    pub const fn filter(mut self) -> Self {
        self.filter = true;
        self
    }

    /// `http(filter(guarded))`
    pub const fn guarded(mut self) -> Self {
        self.access.guarded = true;
        self
    }

    /// `security(mask(last = 4))`
    pub const fn masked(mut self, last: u8) -> Self {
        self.access.mask = Some(Mask { last });
        self
    }

    /// `permission(owner)`
    pub const fn owner(mut self) -> Self {
        self.access.owner = true;
        self
    }

    /// `permission(read = ..)`
    pub const fn readable(mut self, policy: &'static Policy) -> Self {
        self.access.read = Some(policy);
        self
    }

    /// `permission(create = ..)`
    pub const fn creatable(mut self, policy: &'static Policy) -> Self {
        self.access.create = Some(policy);
        self
    }

    /// `permission(update = ..)`
    pub const fn updatable(mut self, policy: &'static Policy) -> Self {
        self.access.update = Some(policy);
        self
    }

    /// `http(sort)`
    pub const fn sort(mut self) -> Self {
        self.sort = true;
        self
    }
}

const fn every_state_is_reached(schema: &EnumSchema, states: &StatesSchema) -> bool {
    let mut variant = 0;
    while variant < schema.variants.len() {
        let name = schema.variants[variant].name;
        let mut is_reached = same(name, states.initial);
        let mut way = 0;
        while way < states.transitions.len() {
            is_reached = is_reached || same(name, states.transitions[way].to);
            way += 1;
        }
        if !is_reached {
            return false;
        }
        variant += 1;
    }
    true
}

/// Whether two texts are equal, where `==` is not known yet: at compile time.
const fn same(left: &str, right: &str) -> bool {
    let (left, right) = (left.as_bytes(), right.as_bytes());
    if left.len() != right.len() {
        return false;
    }
    let mut place = 0;
    while place < left.len() {
        if left[place] != right[place] {
            return false;
        }
        place += 1;
    }
    true
}

impl RuleSchema {
    /// `msg = ..`
    pub const fn message(mut self, message: &'static str) -> Self {
        self.message = Some(message);
        self
    }

    /// `when = ..`
    pub const fn when(mut self, condition: Expr) -> Self {
        self.condition = Some(condition);
        self
    }
}

/// Constructors of rules.
macro_rules! rules {
    ($($name:ident($($argument:ident: $type:ty),*) => $rule:expr;)*) => {$(
        #[doc = concat!("`", stringify!($name), "`")]
        pub const fn $name($($argument: $type),*) -> RuleSchema {
            RuleSchema::of($rule)
        }
    )*};
}

/// A list of constants, of rules.
type List<T> = &'static [T];

rules! {
    required() => Rule::Required;
    non_empty() => Rule::NonEmpty;
    length(min: u64, max: u64) => Rule::Len { min, max };
    bytes(min: u64, max: u64) => Rule::Bytes { min, max };
    between(min: Literal, max: Literal) => Rule::Range { min: Some(min), max: Some(max) };
    at_least(min: Literal) => Rule::Range { min: Some(min), max: None };
    at_most(max: Literal) => Rule::Range { min: None, max: Some(max) };
    above(bound: Literal) => Rule::Greater(bound);
    below(bound: Literal) => Rule::Less(bound);
    multiple_of(factor: Literal) => Rule::MultipleOf(factor);
    one_of(values: List<Literal>) => Rule::OneOf(values);
    regex(pattern: &'static str) => Rule::Regex(pattern);
    format(format: Format) => Rule::Format(format);
    past() => Rule::Past;
    future() => Rule::Future;
    starts_with(text: &'static str) => Rule::StartsWith(text);
    ends_with(text: &'static str) => Rule::EndsWith(text);
    contains(text: &'static str) => Rule::Contains(text);
    unique_items() => Rule::UniqueItems;
    each(rules: List<RuleSchema>) => Rule::Each(rules);
    with(path: &'static str, check: fn(&Value) -> Result<(), String>) => Rule::With { path, check };
}

/// `json(schema = T)`
pub const fn json<T: FieldType>() -> RuleSchema {
    RuleSchema::of(Rule::Json(const { &Element { kind: T::KIND, optional: T::OPTIONAL } }))
}

/// Constructors of comparisons.
macro_rules! comparisons {
    ($($name:ident => $comparison:ident;)*) => {$(
        #[doc = concat!("[`Comparison::", stringify!($comparison), "`]")]
        pub const fn $name(left: &'static Expr, right: &'static Expr) -> Expr {
            Expr::Compare(left, Comparison::$comparison, right)
        }
    )*};
}

comparisons! {
    eq => Equal;
    ne => NotEqual;
    lt => Less;
    le => LessOrEqual;
    gt => Greater;
    ge => GreaterOrEqual;
}

/// [`Expr::All`]
pub const fn all(parts: List<Expr>) -> Expr {
    Expr::All(parts)
}

/// [`Expr::Any`]
pub const fn any(parts: List<Expr>) -> Expr {
    Expr::Any(parts)
}

/// [`Expr::Not`]
pub const fn not(inner: &'static Expr) -> Expr {
    Expr::Not(inner)
}

/// [`Expr::In`]
pub const fn one_among(left: &'static Expr, list: List<Expr>) -> Expr {
    Expr::In(left, list)
}

/// [`Expr::Field`]
pub const fn of(name: &'static str) -> Expr {
    Expr::Field(name)
}

/// [`Function::Len`]
pub const fn len(inner: &'static Expr) -> Expr {
    Expr::Call(Function::Len, inner)
}

/// Calls of functions.
macro_rules! functions {
    ($($name:ident => $function:ident;)*) => {$(
        #[doc = concat!("[`Function::", stringify!($function), "`]")]
        pub const fn $name(inner: &'static Expr) -> Expr {
            Expr::Call(Function::$function, inner)
        }
    )*};
}

functions! {
    lower => Lower;
    upper => Upper;
    trim => Trim;
    abs => Abs;
    date => Date;
    year => Year;
    month => Month;
    day => Day;
}

/// Reckonings.
macro_rules! reckonings {
    ($($name:ident => $arithmetic:ident;)*) => {$(
        #[doc = concat!("[`Arithmetic::", stringify!($arithmetic), "`]")]
        pub const fn $name(one: &'static Expr, other: &'static Expr) -> Expr {
            Expr::Reckon(one, Arithmetic::$arithmetic, other)
        }
    )*};
}

reckonings! {
    plus => Add;
    minus => Subtract;
    times => Multiply;
    over => Divide;
}

/// [`Expr::Negative`]
pub const fn negative(inner: &'static Expr) -> Expr {
    Expr::Negative(inner)
}

/// [`Expr::OrElse`]
pub const fn or_else(one: &'static Expr, other: &'static Expr) -> Expr {
    Expr::OrElse(one, other)
}

/// [`Expr::Choice`]
pub const fn choice(condition: &'static Expr, one: &'static Expr, other: &'static Expr) -> Expr {
    Expr::Choice(condition, one, other)
}

/// [`Expr::Rounded`]
pub const fn rounded(inner: &'static Expr, places: u8) -> Expr {
    Expr::Rounded(inner, places)
}

/// [`Expr::Duration`]
pub const fn duration(micros: i64) -> Expr {
    Expr::Duration(micros)
}

/// `fn(path)`
pub const fn code<T: FieldType>(path: &'static str, call: fn(Vec<Value>) -> Value) -> Expr {
    Expr::Code(Code { path, kind: T::KIND, optional: T::OPTIONAL, call })
}

/// What a function of the application says of a record; null if the values are none, or if it panics.
pub fn ask<M: Model, T: FieldType>(values: Vec<Value>, function: impl FnOnce(&M) -> T) -> Value {
    let Ok(record) = M::from_values(values) else { return Value::Null };
    let call = std::panic::AssertUnwindSafe(|| function(&record).to_value());
    std::panic::catch_unwind(call).unwrap_or(Value::Null)
}

/// [`Expr::Now`]
pub const fn now() -> Expr {
    Expr::Now(0)
}

/// `now() + days(30)`
pub const fn now_and(micros: i64) -> Expr {
    Expr::Now(micros)
}

/// Aggregates over related records.
macro_rules! aggregates {
    ($($name:ident => $function:ident;)*) => {$(
        #[doc = concat!("[`Aggregation::", stringify!($function), "`]")]
        pub const fn $name(link: &'static str) -> RelatedSchema {
            RelatedSchema { function: Aggregation::$function, link, value: None, condition: None }
        }
    )*};
}

aggregates! {
    count => Count;
    exists => Exists;
    sum => Sum;
    min => Min;
    max => Max;
    avg => Average;
}

impl RelatedSchema {
    /// `sum(link.value)`
    pub const fn value(mut self, value: Expr) -> Self {
        self.value = Some(value);
        self
    }

    /// `count(link where condition)`
    pub const fn among(mut self, condition: Expr) -> Self {
        self.condition = Some(condition);
        self
    }
}

/// [`Expr::Literal`]
pub const fn value(literal: Literal) -> Expr {
    Expr::Literal(literal)
}

/// [`Literal::Null`]
pub const fn null() -> Literal {
    Literal::Null
}

/// [`Literal::Bool`]
pub const fn flag(flag: bool) -> Literal {
    Literal::Bool(flag)
}

/// [`Literal::Int`]
pub const fn int(number: i128) -> Literal {
    Literal::Int(number)
}

/// [`Literal::Number`]
pub const fn number(text: &'static str) -> Literal {
    Literal::Number(text)
}

/// [`Literal::Text`]
pub const fn text(text: &'static str) -> Literal {
    Literal::Text(text)
}

/// [`Literal::Variant`]
pub const fn variant(name: &'static str) -> Literal {
    Literal::Variant(name)
}

/// The place of what is inside of a field of a type, in a model of so many fields: behind them, and behind what is inside of the fields
/// before it.
///
/// # Panics
/// At compile time, if nothing there has this path.
pub const fn place<T: FieldType>(path: &str, fields: usize, before: List<Kind>) -> usize {
    let (mut place, mut count) = (0, fields);
    while place < before.len() {
        count += inside(&before[place]);
        place += 1;
    }
    count + inside_at(&T::KIND, path)
}

/// The smallest first.
pub const fn up(field: usize) -> SortTerm {
    SortTerm { field, descending: false }
}

/// The largest first.
pub const fn down(field: usize) -> SortTerm {
    SortTerm { field, descending: true }
}

/// `fulltext(field * weight)`
pub const fn weighted(field: usize, weight: u16) -> WeightedField {
    WeightedField { field, weight }
}

/// `index(..)`
pub const fn index(terms: List<SortTerm>) -> IndexSchema {
    IndexSchema { terms }
}

/// `page(default = .., max = ..)`
pub const fn page(default: u32, max: u32) -> PageSchema {
    PageSchema { default, max }
}

/// `states(initial = .., ..)`
pub const fn states(initial: &'static str, transitions: List<TransitionSchema>) -> StatesSchema {
    StatesSchema { initial, transitions }
}

/// `name: From | Other -> To`
pub const fn way(name: &'static str, from: List<&'static str>, to: &'static str) -> TransitionSchema {
    TransitionSchema { name, from, to, guard: None, by: None }
}

impl TransitionSchema {
    /// `.. -> To if condition`
    pub const fn guard(mut self, condition: Expr) -> Self {
        self.guard = Some(condition);
        self
    }

    /// `.. by role(Editor)`
    pub const fn by(mut self, policy: &'static Policy) -> Self {
        self.by = Some(policy);
        self
    }
}

/// `unique(..)`
pub const fn unique(fields: List<usize>) -> UniqueSchema {
    UniqueSchema { fields, ignore_case: false, condition: None }
}

impl UniqueSchema {
    /// `unique(ci)`
    pub const fn ignore_case(mut self) -> Self {
        self.ignore_case = true;
        self
    }

    /// `unique(.., where = ..)`
    pub const fn among(mut self, condition: Expr) -> Self {
        self.condition = Some(condition);
        self
    }
}

/// An event's data: its fields with their values, as a JSON object.
pub fn payload(fields: &[(FieldSchema, Value)]) -> String {
    let mut text = vec![b'{'];
    for (place, (field, value)) in fields.iter().enumerate() {
        if place > 0 {
            text.push(b',');
        }
        write_json(&FieldSchema::of::<String>("name"), &Value::Text(field.name.to_owned()), &mut text);
        text.push(b':');
        write_json(field, value, &mut text);
    }
    text.push(b'}');
    String::from_utf8(text).expect("JSON is UTF-8")
}

/// The values of an event's fields, from its data.
///
/// # Errors
/// A field is missing or of another type.
pub fn event_values(fields: &[FieldSchema], payload: &str) -> Result<Values, String> {
    let members: std::collections::HashMap<String, &serde_json::value::RawValue> =
        serde_json::from_str(payload).map_err(|error| error.to_string())?;
    let value = |field: &FieldSchema| {
        let raw = members.get(field.name).map_or("null", |raw| raw.get());
        crate::draft::event_value(field, raw).map_err(|detail| format!("{}: {detail}", field.name))
    };
    fields.iter().map(value).collect::<Result<Vec<_>, _>>().map(Values::new)
}

/// The name of the event that a command leaves: the event's own, or the command's.
pub const fn event_name<E: DomainEvent>(command: &'static str) -> &'static str {
    match E::NAME {
        Some(name) => name,
        None => command,
    }
}

/// `check(..)`
pub const fn check(condition: Expr, message: &'static str) -> CheckSchema {
    CheckSchema { condition, message, field: None }
}

impl CheckSchema {
    /// `check(.., on = ..)`
    pub const fn on(mut self, field: usize) -> Self {
        self.field = Some(field);
        self
    }
}

/// `belongs_to = T, on_delete = ..`
pub const fn relation<T: Model>(name: &'static str, fields: List<usize>, on_delete: OnDelete) -> RelationSchema {
    RelationSchema { name, fields, target: schema_of::<T>, on_delete }
}

/// `has_many = T, via = ..`
pub const fn has_many<T: Model>(name: &'static str, via: &'static str) -> LinkSchema {
    LinkSchema { name, wire: name, target: schema_of::<T>, kind: LinkKind::HasMany { via } }
}

/// `has_one = T, via = ..`
pub const fn has_one<T: Model>(name: &'static str, via: &'static str) -> LinkSchema {
    LinkSchema { name, wire: name, target: schema_of::<T>, kind: LinkKind::HasOne { via } }
}

/// `many_to_many = T, through = M`
pub const fn many_to_many<T: Model, M: Model>(name: &'static str) -> LinkSchema {
    let kind = LinkKind::ManyToMany { through: schema_of::<M>, via: None };
    LinkSchema { name, wire: name, target: schema_of::<T>, kind }
}

fn schema_of<T: Model>() -> &'static ModelSchema {
    T::SCHEMA
}

impl LinkSchema {
    /// `many_to_many = .., via = ..`
    pub const fn by(mut self, field: &'static str) -> Self {
        if let LinkKind::ManyToMany { via, .. } = &mut self.kind {
            *via = Some(field);
        }
        self
    }

    /// `http(rename = ..)`
    pub const fn wire(mut self, name: &'static str) -> Self {
        self.wire = name;
        self
    }
}

/// A variant of an enum without data.
pub fn named(name: &'static str) -> Value {
    Value::Text(name.to_owned())
}

/// A variant of an enum with data.
pub fn tagged<const N: usize>(name: &'static str, values: [Value; N]) -> Value {
    Value::Variant(name.into(), values.into())
}

/// An embedded struct.
pub fn members<const N: usize>(values: [Value; N]) -> Value {
    Value::Struct(values.into())
}

/// The values of a record or of a variant, one after the other. One too few is null.
pub struct Values(std::vec::IntoIter<Value>);

impl Values {
    /// All of these.
    pub fn new(values: Vec<Value>) -> Self {
        Self(values.into_iter())
    }

    /// Those of an embedded struct.
    ///
    /// # Errors
    /// It is none.
    pub fn of_members(expected: &'static str, value: Value) -> Result<Self, Mismatch> {
        match value {
            Value::Struct(values) => Ok(Self::new(values)),
            found => Err(Mismatch { expected, found }),
        }
    }

    /// All but the first: an implicit key has no member.
    pub fn after_key(values: Vec<Value>) -> Self {
        let mut values = values.into_iter();
        values.next();
        Self(values)
    }

    /// The next one.
    ///
    /// # Errors
    /// It does not fit the type.
    pub fn take<T: FieldType>(&mut self) -> Result<T, Mismatch> {
        T::from_value(self.0.next().unwrap_or(Value::Null))
    }
}

/// What `from_value` and `from_values` return.
pub type Fit<T> = Result<T, Mismatch>;

/// The value is of another type.
///
/// # Errors
/// Always.
pub fn mismatch<T>(expected: &'static str, found: Value) -> Fit<T> {
    Err(Mismatch { expected, found })
}

/// Judges a value by a function of the application.
///
/// # Errors
/// What the function says, or that the value is not of the type.
pub fn judge<T: FieldType, E: std::fmt::Display>(
    value: &Value,
    function: impl FnOnce(&T) -> Result<(), E>,
) -> Result<(), String> {
    let value = T::from_value(value.clone()).map_err(|error| error.to_string())?;
    function(&value).map_err(|error| error.to_string())
}
