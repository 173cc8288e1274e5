//! Which computed fields of other records a change may change.

use crate::{Computed, Way};

/// A stored computed field of some model that a change of a record may change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Feed {
    /// The model of the computed field, as a place in the catalog.
    pub model: usize,
    /// The field, as a place in its schema.
    pub field: usize,
    /// What the changed record is to it.
    pub role: Role,
}

/// What a record is to a computed field of another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// One of the records that it is over, or one that leads there: it refers to the other one by this relation.
    Refers {
        /// As a place in the relations of the changed record's model.
        relation: usize,
    },
    /// One of the records that it is over, which records of a third model lead to.
    Referred {
        /// The third model, as a place in the catalog.
        through: usize,
        /// Its reference to the changed record.
        far: usize,
        /// Its reference to the record with the computed field.
        near: usize,
    },
}

/// What changes of each model's records may change, by the places of the models. `computed` has those of each model, a field each.
pub(crate) fn feeds(computed: &[&[Option<Computed>]]) -> Vec<Vec<Feed>> {
    let mut found = vec![Vec::new(); computed.len()];
    for (model, fields) in computed.iter().enumerate() {
        for (field, computed) in fields.iter().enumerate() {
            let Some(aggregate) = computed.as_ref().filter(|computed| computed.is_stored).and_then(Computed::aggregate)
            else {
                continue;
            };
            let feed = |role| Feed { model, field, role };
            match aggregate.ways[..] {
                [Way::In { model: of, relation }] => found[of].push(feed(Role::Refers { relation })),
                [Way::In { model: through, relation: near }, Way::Out { relation: far, .. }] => {
                    found[through].push(feed(Role::Refers { relation: near }));
                    found[aggregate.target].push(feed(Role::Referred { through, far, near }));
                }
                _ => unreachable!("links lead to records that refer, or through them"),
            }
        }
    }
    found
}
