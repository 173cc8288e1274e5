//! Whether a record tells one program from another: somebody may do something with it in one and not in the other. Records are chosen by
//! that, so that no part of a rule is there without deciding anything.

use std::collections::BTreeSet;

use lithair_model::oracle::{Asked, Caller, Verdict, World};
use lithair_model::{ModelSchema, Right, Value};

use crate::testing::mutants;

/// Programs that say something else about who may, in one place.
pub(super) struct Telling {
    others: Vec<Other>,
    /// Those that some record tells apart, by their places.
    told: BTreeSet<usize>,
}

struct Other {
    model: usize,
    schemas: Vec<&'static ModelSchema>,
    /// The field whose rules are others; none if it is the model's.
    field: Option<usize>,
}

impl Telling {
    /// Of a program whose models are these.
    pub(super) fn new(schemas: &[&'static ModelSchema]) -> Self {
        let of = |model: usize| {
            mutants::of_access(schemas[model]).iter().map(move |other| Other {
                model,
                schemas: schemas
                    .iter()
                    .enumerate()
                    .map(|(place, own)| if place == model { *other } else { *own })
                    .collect(),
                field: field_of_difference(schemas[model], other),
            })
        };
        Self { others: (0..schemas.len()).flat_map(of).collect(), told: BTreeSet::new() }
    }

    /// The programs that this record would be the first to tell apart.
    pub(super) fn by(
        &self,
        world: World<'_>,
        rights: &[Right],
        callers: &[Caller],
        (model, row): (usize, &[Value]),
    ) -> BTreeSet<usize> {
        let untold = self.others.iter().enumerate().filter(|(place, _)| !self.told.contains(place));
        let is_told = |other: &Other| {
            let is_other = World { schemas: &other.schemas, ..world };
            callers.iter().any(|caller| match other.field {
                Some(place) => {
                    of_field(world, caller, (model, row), place) != of_field(is_other, caller, (model, row), place)
                }
                None => rights
                    .iter()
                    .any(|right| world.act(caller, *right, model, row) != is_other.act(caller, *right, model, row)),
            })
        };
        untold.filter(|(_, other)| other.model == model && is_told(other)).map(|(place, _)| place).collect()
    }

    /// That a record is there which tells these.
    pub(super) fn note(&mut self, told: BTreeSet<usize>) {
        self.told.extend(told);
    }
}

/// What somebody may do with a field of a record.
fn of_field(world: World<'_>, caller: &Caller, (model, row): (usize, &[Value]), place: usize) -> [Option<bool>; 2] {
    if world.sees(caller, model, row) != Some(true) {
        return [None; 2];
    }
    let may_update = world.act(caller, Right::Update, model, row) == Verdict::Done;
    let sets = || world.sets_field(caller, Right::Update, place, Asked::of(model, row));
    [world.sees_field(caller, model, row, place), may_update.then(sets).flatten()]
}

/// The field whose rules differ, if nothing else does.
fn field_of_difference(own: &ModelSchema, other: &ModelSchema) -> Option<usize> {
    let differs = |place: &usize| own.fields[*place].access != other.fields[*place].access;
    let mut differing = (0..own.fields.len()).filter(differs);
    let first = differing.next()?;
    (differing.next().is_none()).then_some(first)
}
