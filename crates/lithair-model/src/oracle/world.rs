//! All records of a moment, and how one leads to others: by comparing values.

use super::Asked;
use crate::{AccessSchema, Auto, Bindings, LinkKind, ModelSchema, RelationSchema, Timestamp, Value};

/// Everything that a policy may look at.
#[derive(Clone, Copy, Debug)]
pub struct World<'a> {
    /// The models.
    pub schemas: &'a [&'static ModelSchema],
    /// What the program binds.
    pub bindings: &'a Bindings,
    /// The records of each model, as the values of their fields.
    pub rows: &'a [Vec<Vec<Value>>],
    /// The time.
    pub now: Timestamp,
}

/// Records of a model.
pub(super) type Found<'w> = (usize, Vec<&'w [Value]>);

impl World<'_> {
    /// The place of a model. Which schema it is, its table says.
    fn place(&self, schema: &ModelSchema) -> Option<usize> {
        self.schemas.iter().position(|other| other.table == schema.table)
    }

    /// The records that are there: those in the trash are not.
    fn there(&self, model: usize) -> impl Iterator<Item = &[Value]> {
        let mark = self.schemas[model].fields.iter().position(|field| field.auto == Some(Auto::Deleted));
        let rows = self.rows[model].iter().map(Vec::as_slice);
        rows.filter(move |row| mark.is_none_or(|mark| row[mark] == Value::Null))
    }

    /// The records that a relation or a link of this name leads to.
    pub fn related<'w>(&'w self, asked: Asked<'_>, name: &str) -> Option<Found<'w>> {
        let schema = self.schemas[asked.model];
        if let Some(relation) = schema.relations.iter().find(|relation| relation.name == name) {
            return self.referred(relation, asked.own);
        }
        let link = schema.links.iter().find(|link| link.name == name)?;
        let target = self.place((link.target)())?;
        let key = |place: &usize| asked.own[*place].clone();
        let key: Vec<Value> = schema.key.iter().map(key).collect();
        match link.kind {
            LinkKind::HasMany { via } | LinkKind::HasOne { via } => {
                let relation = self.relation(target, schema, Some(via))?;
                Some((target, self.there(target).filter(|row| refers(relation, row, &key)).collect()))
            }
            LinkKind::ManyToMany { through, via } => {
                let between = self.place(through())?;
                let here = self.relation(between, schema, via)?;
                let others = self.schemas[between].relations.iter();
                let mut others = others.filter(|other| other.fields != here.fields);
                let there = others.find(|other| (other.target)().table == self.schemas[target].table)?;
                let steps = self.there(between).filter(|row| refers(here, row, &key));
                let mut found: Vec<&[Value]> = Vec::new();
                for row in steps.filter_map(|row| self.referred(there, row)).flat_map(|(_, rows)| rows) {
                    if !found.contains(&row) {
                        found.push(row);
                    }
                }
                Some((target, found))
            }
        }
    }

    /// What a reference of a record refers to.
    fn referred(&self, relation: &RelationSchema, own: &[Value]) -> Option<Found<'_>> {
        let target = self.place((relation.target)())?;
        let named = |place: &usize| own[*place].clone();
        let named: Vec<Value> = relation.fields.iter().map(named).collect();
        let key = self.schemas[target].key;
        let is_it = |row: &&[Value]| key.iter().zip(&named).all(|(place, value)| row[*place] == *value);
        Some((target, self.there(target).filter(is_it).collect()))
    }

    /// The reference of one model to another, by the field that holds it.
    fn relation(&self, model: usize, target: &ModelSchema, via: Option<&str>) -> Option<&'static RelationSchema> {
        let schema = self.schemas[model];
        let mut to = schema.relations.iter().filter(|relation| (relation.target)().table == target.table);
        match via {
            None => to.next(),
            Some(via) => to.find(|relation| {
                relation.name == via || relation.fields.iter().any(|place| schema.fields[*place].name == via)
            }),
        }
    }

    /// The roles above one.
    pub(super) fn above(&self, role: &str) -> Vec<&str> {
        let declared = self.schemas.iter().filter_map(|schema| match schema.access {
            AccessSchema::Rules(rules) => Some(rules.roles),
            AccessSchema::Public | AccessSchema::Internal => None,
        });
        let declared = declared.flatten().map(|chain| chain.to_vec());
        let bound = self.bindings.chains().iter().map(|chain| chain.iter().map(String::as_str).collect());
        let chains: Vec<Vec<&str>> = declared.chain(bound).collect();
        let mut found: Vec<&str> = Vec::new();
        let mut open: Vec<&str> = vec![role];
        while let Some(role) = open.pop() {
            for chain in &chains {
                let place = chain.iter().position(|one| *one == role);
                for above in
                    chain[..place.unwrap_or(0)].iter().filter(|above| !found.contains(above)).collect::<Vec<_>>()
                {
                    found.push(above);
                    open.push(above);
                }
            }
        }
        found
    }
}

fn refers(relation: &RelationSchema, row: &[Value], key: &[Value]) -> bool {
    relation.fields.iter().zip(key).all(|(place, value)| row[*place] == *value)
}
