//! What the code of an application has in its hands while a command is decided.

use std::cell::RefCell;

use crate::{FieldType, Key, Model, ModelSchema, Principal, RelationSchema, Timestamp, Value};

/// What user code sees while a command is decided: when, who, and the records as they are at that moment.
///
/// Everything that is read becomes a guard of the entry: if somebody else changes it before the entry is applied, the command is decided
/// again. Everything that is changed is part of the same entry, all or nothing, and is held to every rule. What is refused refuses the
/// whole command once the code has returned.
pub struct Context<'a> {
    now: Timestamp,
    principal: &'a Principal,
    records: RefCell<&'a mut dyn Records>,
}

/// The records of the state, and what the command has made of them so far.
pub trait Records {
    /// The values of the record with this key.
    fn get(&mut self, model: &'static ModelSchema, key: &[Value]) -> Option<Vec<Value>>;

    /// The record becomes this.
    fn set(&mut self, model: &'static ModelSchema, key: &[Value], values: Vec<Value>);

    /// A new record of these values; the values that it gets. What the server gives is not taken from them.
    fn create(&mut self, model: &'static ModelSchema, values: Vec<Value>) -> Vec<Value>;

    /// The record goes, with what `on_delete` says.
    fn delete(&mut self, model: &'static ModelSchema, key: &[Value]);

    /// The keys and values of the records that refer to the record with this key.
    fn referring(&mut self, model: &'static ModelSchema, relation: usize, key: &[Value]) -> Vec<(Key, Vec<Value>)>;
}

/// The type of a model's key: a field's type, or a tuple of them.
pub trait RecordKey {
    /// The key's values, in the order of the model's key.
    fn key_values(&self) -> Vec<Value>;
}

impl<K: FieldType> RecordKey for K {
    fn key_values(&self) -> Vec<Value> {
        vec![self.to_value()]
    }
}

/// Tuples of these.
macro_rules! tuples {
    ($(($($part:ident)+),)+) => {$(
        #[expect(non_snake_case, reason = "a part is named like its type")]
        impl<$($part: FieldType),+> RecordKey for ($($part,)+) {
            fn key_values(&self) -> Vec<Value> {
                let ($($part,)+) = self;
                vec![$($part.to_value()),+]
            }
        }
    )+};
}

// As many as the derive takes: `FIELDS_MAX` in `lithair-macros/src/check/keys.rs`.
tuples! {
    (A B),
    (A B C),
    (A B C D),
    (A B C D E),
    (A B C D E F),
    (A B C D E F G),
    (A B C D E F G H),
}

impl<'a> Context<'a> {
    /// The view of a command that is being decided.
    pub fn new(now: Timestamp, principal: &'a Principal, records: &'a mut dyn Records) -> Self {
        Self { now, principal, records: RefCell::new(records) }
    }

    /// When the command was sealed: the one time that it knows.
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Who asks.
    pub const fn principal(&self) -> &Principal {
        self.principal
    }

    /// What the log says of who asks; none for the anonymous.
    pub fn actor(&self) -> Option<&str> {
        self.principal.actor()
    }

    /// The record with this key.
    pub fn get<M: Model>(&self, key: &M::Key) -> Option<M>
    where
        M::Key: RecordKey,
    {
        let values = self.records.borrow_mut().get(M::SCHEMA, &key.key_values())?;
        Some(record(values))
    }

    /// Changes the record with this key; none if there is none. The closure may not use the context: it is given the record as it is.
    pub fn update<M: Model, R>(&self, key: &M::Key, change: impl FnOnce(&mut M) -> R) -> Option<R>
    where
        M::Key: RecordKey,
    {
        let key = key.key_values();
        let before = self.records.borrow_mut().get(M::SCHEMA, &key)?;
        let mut found: M = record(before.clone());
        let result = change(&mut found);
        self.records.borrow_mut().set(M::SCHEMA, &key, super::run::values(&found, &before));
        Some(result)
    }

    /// Adds a record, and returns it as it will be stored. What the server gives (`auto`, timestamps) overwrites what is there.
    pub fn create<M: Model>(&self, new: &M) -> M {
        record(self.records.borrow_mut().create(M::SCHEMA, super::run::values_of(new)))
    }

    /// Deletes the record with this key, and does what `on_delete` says to those that refer to it.
    pub fn delete<M: Model>(&self, key: &M::Key)
    where
        M::Key: RecordKey,
    {
        self.records.borrow_mut().delete(M::SCHEMA, &key.key_values());
    }

    /// The records of `M` that refer to the record with this key by the relation of this name, in the order of their keys.
    ///
    /// # Panics
    /// `M` has no relation of this name.
    pub fn referring<M: Model>(&self, relation: &str, key: &impl RecordKey) -> Vec<M> {
        let is_it = |declared: &RelationSchema| declared.name == relation;
        let place = M::SCHEMA.relations.iter().position(is_it);
        let place = place.unwrap_or_else(|| panic!("`{}` has no relation `{relation}`", M::SCHEMA.name));
        let found = self.records.borrow_mut().referring(M::SCHEMA, place, &key.key_values());
        found.into_iter().map(|(_, values)| record(values)).collect()
    }
}

impl std::fmt::Debug for Context<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Context").field("now", &self.now).field("principal", self.principal).finish_non_exhaustive()
    }
}

/// The struct of values that the state has, which fit its types.
pub(super) fn record<M: Model>(values: Vec<Value>) -> M {
    M::from_values(values).expect("stored values fit their fields")
}
