//! Fields, one word each.

use super::states::every_state_is_reached;
use crate::{
    Auto, ComputedFrom, ComputedSchema, DecimalSchema, DefaultValue, Exposure, Expr, FieldSchema, FieldType,
    HistorySchema, Kind, Literal, Mask, Mutability, Normalizer, Policy, RelatedSchema, RuleSchema, StatesSchema,
    UpcastInput, UpcastSchema, Value,
};

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
