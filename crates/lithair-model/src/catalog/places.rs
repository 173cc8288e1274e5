//! Places behind a model's fields: what is inside of them.

use std::borrow::Cow;

use super::ModelEntry;
use crate::embedded::{Member, value_in};
use crate::{Kind, Row, Value};

impl ModelEntry {
    /// What is at a place behind the fields'.
    fn member(&self, place: usize) -> Option<&Member> {
        self.members.get(place.checked_sub(self.schema.fields.len())?)
    }

    /// The type of what is at a place: a field, or something inside of one.
    pub fn kind_at(&self, place: usize) -> Kind {
        self.member(place).map_or_else(|| self.schema.fields[place].kind, |member| member.kind)
    }

    /// Whether null may be at a place.
    pub fn is_optional_at(&self, place: usize) -> bool {
        self.member(place).map_or_else(|| self.schema.fields[place].optional, |member| member.optional)
    }

    /// The name in JSON of what is at a place: `address.city` inside of a field.
    pub fn wire_at(&self, place: usize) -> &str {
        self.member(place).map_or_else(|| self.schema.fields[place].wire, |member| &member.wire)
    }

    /// The field that a place is, or is inside of.
    pub fn field_of_place(&self, place: usize) -> usize {
        self.member(place).map_or(place, |member| member.path[0])
    }

    /// How many places there are.
    pub fn place_count(&self) -> usize {
        self.schema.fields.len() + self.members.len()
    }

    /// The place of this name in JSON: a field, or something inside of one.
    pub fn place_by_wire(&self, name: &str) -> Option<usize> {
        let member = || self.members.iter().position(|member| member.wire == name);
        self.by_wire(name).or_else(|| Some(self.schema.fields.len() + member()?))
    }

    /// The value at a place, of the values of all fields; or of all places, where someone knows more of them.
    pub fn value_at<'v>(&self, values: &'v [Value], place: usize) -> &'v Value {
        values.get(place).unwrap_or_else(|| {
            let path = &self.members[place - self.schema.fields.len()].path;
            value_in(&values[path[0]], &path[1..])
        })
    }

    /// The value at a place of a row.
    pub fn value_of(&self, row: &Row, place: usize) -> Value {
        match self.member(place) {
            None => self.field(row, place),
            Some(member) => value_in(&self.field(row, member.path[0]), &member.path[1..]).clone(),
        }
    }
}

/// A part of a value that is borrowed or not.
pub(crate) fn part<'v>(value: Cow<'v, Value>, path: &[usize]) -> Cow<'v, Value> {
    match value {
        Cow::Borrowed(value) => Cow::Borrowed(value_in(value, path)),
        Cow::Owned(value) => Cow::Owned(value_in(&value, path).clone()),
    }
}
