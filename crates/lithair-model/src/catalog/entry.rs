//! One model of a catalog: its schema, its numbers in the log, and what is compiled from them once.

use std::collections::HashMap;

use super::links::{self, Link};
use super::{identity, nearest, relations};
use crate::access::{Bindings, ModelAccess};
use crate::cbor::Shape;
use crate::computed::{self, Computed};
use crate::embedded::{self, Member};
use crate::projection::Prefix;
use crate::validation::Demands;
use crate::{
    Auto, Comparison, Exposure, Expr, FieldSchema, Key, KeyTerm, Layout, Literal, ModelId, ModelSchema, Numbers,
    OnDelete, Operand, OperationKind, Predicate, Row, StatesSchema, Value, literal_value,
};

/// One model, compiled: its schema, its numbers in the log, and what is looked up often.
///
/// Vectors named after parts of the schema have one element a part, in the schema's order.
#[derive(Debug)]
pub struct ModelEntry {
    /// What the struct declares.
    pub schema: &'static ModelSchema,
    /// The model's number in the log.
    pub id: ModelId,
    /// The model's place in the catalog.
    pub place: usize,
    /// Where the fields stand in the log.
    pub layout: Layout,
    /// The terms of the primary key.
    pub key_terms: Vec<KeyTerm>,
    /// The terms of each unique constraint.
    pub unique_terms: Vec<Vec<KeyTerm>>,
    /// The terms of each index, in their directions.
    pub index_terms: Vec<Vec<KeyTerm>>,
    /// The target of each relation, as a place in the catalog.
    pub targets: Vec<usize>,
    /// What guards know each unique constraint by.
    pub unique_ids: Vec<u32>,
    /// What guards know each relation by.
    pub relation_ids: Vec<u32>,
    /// The terms of each relation: those of the target's key.
    pub relation_terms: Vec<Vec<KeyTerm>>,
    /// Who refers to this model.
    pub referrers: Vec<Referrer>,
    /// The ways to other models' records that callers may name: references first.
    pub links: Vec<Link>,
    /// Whether filters may name each place: the fields, then what is inside of them.
    pub filterable: Vec<bool>,
    /// Whether lists may be sorted by each place.
    pub sortable: Vec<bool>,
    /// What is demanded of each field.
    pub(crate) demands: Vec<Demands>,
    /// The conditions of the checks.
    pub(crate) checks: Vec<Predicate>,
    /// Whether each check asks what other records come to: it is judged when the whole command is known.
    pub(crate) late_checks: Vec<bool>,
    /// What each field is computed from, if it is.
    pub computed: Vec<Option<Computed>>,
    /// Whether any of them is computed when a record is read.
    pub(crate) has_virtual: bool,
    /// The stored fields that are computed from the record's own, each behind those that it is computed from.
    pub(crate) own_order: Vec<usize>,
    /// The condition of each unique constraint, where it has one.
    pub unique_conditions: Vec<Option<Predicate>>,
    /// The field that says since when a record is deleted softly.
    pub deleted_at: Option<usize>,
    /// Which records neither change nor go.
    pub immutable_when: Option<Predicate>,
    /// The fields that are states, and the state of a new record.
    pub initial_states: Vec<(usize, Value)>,
    /// The transitions of all states.
    pub transitions: Vec<Transition>,
    /// The parameters of each command, as the fields of a form.
    pub inputs: Vec<ModelEntry>,
    /// The value of each field in rows that were written before the field was declared.
    pub(crate) absent: Vec<Value>,
    /// What a record's JSON shows.
    pub(crate) shown: Vec<ShownField>,
    /// What is inside of the fields, whose places come behind theirs.
    pub members: Vec<Member>,
    /// Who may do what.
    pub access: ModelAccess,
    by_name: HashMap<&'static str, usize>,
    by_wire: HashMap<&'static str, usize>,
}

/// A relation of another model, or of the model itself, whose target is this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Referrer {
    /// The model that refers, as a place in the catalog.
    pub model: usize,
    /// The relation, as a place in that model's relations.
    pub relation: usize,
    /// What deleting the target does to the record that refers.
    pub on_delete: OnDelete,
    /// Whether deleting the target softly deletes the record softly.
    pub is_soft: bool,
}

/// A declared way from state to state.
#[derive(Debug)]
pub struct Transition {
    /// The field, as a place in the schema.
    pub field: usize,
    /// The command's name.
    pub name: &'static str,
    /// The states it leads from.
    pub from: Vec<Value>,
    /// The state it leads to.
    pub to: Value,
    /// What must be true of the record as it would be stored.
    pub guard: Option<Predicate>,
    /// The model has a command of this name, and it alone goes this way.
    pub by_command: bool,
}

/// What is done to a record by `POST /{collection}/{key}:{name}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NamedAction {
    /// A command, as a place in the schema.
    Command(usize),
    /// A transition, as a place in [`ModelEntry::transitions`].
    Transition(usize),
    /// A record that was deleted softly is gone for good.
    Purge,
}

/// How a record's JSON shows one field.
#[derive(Debug)]
pub(crate) struct ShownField {
    /// Whether callers see it at all.
    pub(crate) shown: bool,
    /// Its number in the log.
    pub(crate) number: u32,
    /// How its value is stored.
    pub(crate) shape: Shape<'static>,
    /// What stands in front of its value.
    pub(crate) prefix: Prefix,
}

impl ModelEntry {
    /// Compiles a schema that [`super::check`] found right.
    pub(super) fn compile(
        place: usize,
        schemas: &[&'static ModelSchema],
        numbers: &Numbers,
        bindings: &Bindings,
    ) -> Self {
        let schema = schemas[place];
        let terms = |fields: &[usize]| fields.iter().map(|&field| term(schema, field)).collect::<Vec<_>>();
        let layout = layout(schema, numbers);
        let computed = computed(place, schemas);
        Self {
            schema,
            id: numbers.model(schema.table).expect("checked: the log knows the model"),
            place,
            unique_ids: schema.uniques.iter().map(|unique| identity::of_unique(unique, &layout)).collect(),
            relation_ids: schema.relations.iter().map(|relation| identity::of_relation(relation, &layout)).collect(),
            shown: schema.fields.iter().enumerate().map(|(place, field)| shown(field, layout.number(place))).collect(),
            layout,
            key_terms: terms(schema.key),
            unique_terms: schema.uniques.iter().map(|unique| terms(unique.fields)).collect(),
            index_terms: schema.indexes.iter().map(|index| directed(schema, index.terms)).collect(),
            targets: targets(schema, schemas),
            relation_terms: schema.relations.iter().map(|relation| terms(relation.fields)).collect(),
            referrers: relations::referrers(place, schemas),
            links: links::links(place, schemas),
            filterable: offered(schema, |field| field.filter),
            sortable: sortable(schema),
            demands: schema.fields.iter().map(|field| Demands::of(field, schema.fields)).collect(),
            checks: schema.checks.iter().map(|check| bound(&check.condition, schema)).collect(),
            late_checks: late_checks(schema),
            // Only all models together have an order.
            own_order: Vec::new(),
            has_virtual: computed.iter().flatten().any(|computed| !computed.is_stored),
            computed,
            unique_conditions: unique_conditions(schema),
            deleted_at: schema.fields.iter().position(|field| field.auto == Some(Auto::Deleted)),
            immutable_when: schema.lifecycle.immutable_when.as_ref().map(|condition| bound(condition, schema)),
            initial_states: initial_states(schema),
            transitions: transitions(schema),
            inputs: schema.commands.iter().map(|command| Self::form(command.input)).collect(),
            absent: schema.fields.iter().map(embedded::absent).collect(),
            members: embedded::members(schema.fields),
            access: ModelAccess::compile(place, schemas, bindings),
            by_name: schema.fields.iter().map(|field| field.name).zip(0..).collect(),
            by_wire: schema.fields.iter().map(|field| field.wire).zip(0..).collect(),
        }
    }

    /// Compiles the fields of a form: what is no model of its own, but is decoded and judged like one.
    fn form(schema: &'static ModelSchema) -> Self {
        Self::compile(0, &[schema], &Numbers::of(&[schema]), &Bindings::default())
    }

    /// What `POST /{collection}/{key}:{name}` does.
    pub fn action(&self, name: &str) -> Option<NamedAction> {
        let command = self.schema.commands.iter().position(|command| command.name == name);
        let transition = || self.transitions.iter().position(|way| way.name == name).map(NamedAction::Transition);
        let of_trash = || (name == "purge" && self.offers_purge()).then_some(NamedAction::Purge);
        command.map(NamedAction::Command).or_else(transition).or_else(of_trash)
    }

    /// The names of what can be done to a record.
    pub fn actions(&self) -> impl Iterator<Item = &'static str> {
        let commands = self.schema.commands.iter().map(|command| command.name);
        let of_trash = self.offers_purge().then_some("purge");
        commands.chain(self.transitions.iter().filter(|way| !way.by_command).map(|way| way.name)).chain(of_trash)
    }

    /// Whether callers may remove records for good: where they may delete them at all.
    fn offers_purge(&self) -> bool {
        self.deleted_at.is_some() && self.schema.operations.contains(&OperationKind::Delete)
    }

    /// The place of the field with this name in Rust.
    pub fn by_name(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The place of the field with this name in JSON, hidden ones included.
    pub fn by_wire(&self, name: &str) -> Option<usize> {
        self.by_wire.get(name).copied()
    }

    /// The name in JSON of a field that callers may see, spelled most like this word, if one is near.
    pub fn nearest_wire(&self, word: &str) -> Option<&'static str> {
        let open = self.schema.fields.iter().filter(|field| field.exposure != Exposure::Hidden);
        nearest(word, open.map(|field| field.wire))
    }

    /// The place of the unique constraint that a guard names; none if this program does not have it.
    pub fn unique_place(&self, number: u32) -> Option<usize> {
        identity::place(&self.unique_ids, number)
    }

    /// The place of the relation that a guard names; none if this program does not have it.
    pub fn relation_place(&self, number: u32) -> Option<usize> {
        identity::place(&self.relation_ids, number)
    }

    /// The way of this name to other records.
    pub fn link(&self, name: &str) -> Option<&Link> {
        self.links.iter().find(|link| link.wire == name)
    }

    /// The name of a way that is spelled most like this word, if one is near.
    pub fn nearest_link(&self, word: &str) -> Option<&'static str> {
        nearest(word, self.links.iter().map(|link| link.wire))
    }

    /// Whether a row is deleted softly.
    pub fn is_trash(&self, row: &Row) -> bool {
        self.deleted_at.is_some_and(|place| self.field(row, place) != Value::Null)
    }

    /// The condition that a record has this key.
    ///
    /// # Panics
    /// It is no key of this model.
    pub fn is_key_of(&self, key: &Key) -> Predicate {
        let values = crate::decode_key(&self.key_terms, key).expect("a key of this model");
        let part = |(&place, value): (&usize, Value)| Predicate::Compare {
            left: Operand::Field(place),
            comparison: Comparison::Equal,
            right: Operand::Value(value),
            kind: self.schema.fields[place].kind,
        };
        Predicate::All(self.schema.key.iter().zip(values).map(part).collect())
    }

    /// The condition that a record is deleted softly (not equal), or that it is not (equal); none without soft deletes.
    pub fn trash(&self, comparison: Comparison) -> Option<Predicate> {
        let place = self.deleted_at?;
        let (left, right) = (Operand::Field(place), Operand::Value(Value::Null));
        Some(Predicate::Compare { left, comparison, right, kind: self.schema.fields[place].kind })
    }

    /// Whether a record of these values is deleted softly.
    pub fn is_deleted(&self, values: &[Value]) -> bool {
        self.deleted_at.is_some_and(|place| values[place] != Value::Null)
    }

    /// Whether the field at this place is part of the primary key.
    pub fn is_key(&self, place: usize) -> bool {
        self.schema.key.contains(&place)
    }
}

fn layout(schema: &ModelSchema, numbers: &Numbers) -> Layout {
    let numbered = |field: &FieldSchema| numbers.field(schema.table, field.name).map(|(number, _)| number);
    Layout::new(schema.fields.iter().map(|field| numbered(field).expect("checked: the log knows the field")).collect())
}

fn targets(schema: &ModelSchema, schemas: &[&'static ModelSchema]) -> Vec<usize> {
    let place = |target| relations::place_of(target, schemas).expect("checked: is registered");
    schema.relations.iter().map(|relation| place((relation.target)())).collect()
}

fn computed(place: usize, schemas: &[&'static ModelSchema]) -> Vec<Option<Computed>> {
    let compiled = |field| computed::compile(place, field, schemas).expect("checked: the field can be computed");
    (0..schemas[place].fields.len()).map(compiled).collect()
}

fn unique_conditions(schema: &'static ModelSchema) -> Vec<Option<Predicate>> {
    let conditions = schema.uniques.iter().map(|unique| unique.condition.as_ref());
    conditions.map(|condition| condition.map(|condition| bound(condition, schema))).collect()
}

fn initial_states(schema: &'static ModelSchema) -> Vec<(usize, Value)> {
    states(schema).map(|(place, states)| (place, state(schema, place, states.initial))).collect()
}

/// The fields that are states.
fn states(schema: &'static ModelSchema) -> impl Iterator<Item = (usize, &'static StatesSchema)> {
    schema.fields.iter().enumerate().filter_map(|(place, field)| Some((place, field.states?)))
}

/// The value of a state by its variant's name in Rust.
fn state(schema: &'static ModelSchema, place: usize, variant: &'static str) -> Value {
    literal_value(&Literal::Variant(variant), &schema.fields[place].kind).expect("checked: the variant exists")
}

fn transitions(schema: &'static ModelSchema) -> Vec<Transition> {
    let of = |(field, states): (usize, &'static StatesSchema)| {
        states.transitions.iter().map(move |way| Transition {
            field,
            name: way.name,
            from: way.from.iter().map(|from| state(schema, field, from)).collect(),
            to: state(schema, field, way.to),
            guard: way.guard.as_ref().map(|guard| bound(guard, schema)),
            by_command: schema.commands.iter().any(|command| command.name == way.name),
        })
    };
    states(schema).flat_map(of).collect()
}

fn bound(condition: &Expr, schema: &'static ModelSchema) -> Predicate {
    Predicate::bind(condition, schema).expect("checked: the condition binds")
}

fn late_checks(schema: &ModelSchema) -> Vec<bool> {
    let of_others = computed::from_others(schema);
    let is_late = |check: &crate::CheckSchema| {
        let mut names = Vec::new();
        check.condition.names(&mut names);
        schema.fields.iter().zip(&of_others).any(|(field, late)| *late && names.contains(&field.name))
    };
    schema.checks.iter().map(is_late).collect()
}

fn term(schema: &ModelSchema, field: usize) -> KeyTerm {
    let members = || embedded::members(schema.fields);
    let field =
        schema.fields.get(field).map_or_else(|| members()[field - schema.fields.len()].kind, |field| field.kind);
    KeyTerm::ascending(field)
}

fn directed(schema: &ModelSchema, terms: &[crate::SortTerm]) -> Vec<KeyTerm> {
    terms.iter().map(|sort| KeyTerm { descending: sort.descending, ..term(schema, sort.field) }).collect()
}

/// Which fields filters or sorts may name: those that say so, and those that an index makes cheap. Never a hidden one.
fn offered(schema: &'static ModelSchema, declared: impl Fn(&FieldSchema) -> bool) -> Vec<bool> {
    let indexed = schema.key.iter().copied();
    let indexed = indexed.chain(schema.uniques.iter().flat_map(|unique| unique.fields.iter().copied()));
    let indexed = indexed.chain(schema.indexes.iter().flat_map(|index| index.terms.iter().map(|term| term.field)));
    let indexed = indexed.chain(schema.relations.iter().flat_map(|relation| relation.fields.iter().copied()));
    let indexed: Vec<usize> = indexed.collect();
    let fields = places(schema).map(|field| &schema.fields[field]).enumerate();
    fields
        .map(|(place, field)| is_shown(field) && may_be_asked(field) && (declared(field) || indexed.contains(&place)))
        .collect()
}

/// The field that each place is, or is inside of.
fn places(schema: &'static ModelSchema) -> impl Iterator<Item = usize> {
    let members = embedded::members(schema.fields).into_iter().map(|member| member.path[0]);
    (0..schema.fields.len()).chain(members)
}

/// A field that not everybody sees is asked about only where it says so, and then where it is seen.
const fn may_be_asked(field: &FieldSchema) -> bool {
    !field.access.is_narrower() || field.access.guarded
}

/// Of those offered, the ones that have an order, and one that everybody sees: the order would tell.
fn sortable(schema: &'static ModelSchema) -> Vec<bool> {
    let offered = offered(schema, |field| field.sort);
    let has_order = |place: usize| super::is_comparable(&term(schema, place).kind);
    let is_open = places(schema).map(|field| !schema.fields[field].access.is_narrower());
    offered
        .into_iter()
        .zip(is_open)
        .enumerate()
        .map(|(place, (offered, open))| offered && open && has_order(place))
        .collect()
}

fn is_shown(field: &FieldSchema) -> bool {
    matches!(field.exposure, Exposure::Open | Exposure::ReadOnly)
}

fn shown(field: &'static FieldSchema, number: u32) -> ShownField {
    ShownField { shown: is_shown(field), number, shape: Shape::of(field), prefix: Prefix::new(field.wire) }
}
