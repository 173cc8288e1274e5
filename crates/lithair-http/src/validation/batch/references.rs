//! `$name` and `$name.field`: what an operation of a batch says of records that earlier ones create.

use std::collections::HashMap;

use lithair_model::ModelEntry;

use crate::rejection::{Problem, Rejection};

/// The records that earlier operations of a batch create, by the names that they gave.
#[derive(Debug, Default)]
pub(crate) struct References<'b> {
    by_name: HashMap<&'b str, Created>,
}

/// A record that an earlier operation creates.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Created {
    pub(crate) operation: usize,
    pub(crate) model: usize,
}

impl<'b> References<'b> {
    pub(super) fn add(&mut self, name: &'b str, operation: usize, model: usize) -> Result<(), Rejection> {
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !is_name {
            return Err(Problem::MalformedJson.because("`ref` is a name of letters, digits and `_`"));
        }
        match self.by_name.insert(name, Created { operation, model }) {
            None => Ok(()),
            Some(_) => Err(Problem::MalformedJson.because(format!("`ref` `{name}` is given twice"))),
        }
    }

    /// The record and the field that a text refers to (`$a.id`); none if it refers to none, and then it is only a text.
    pub(crate) fn resolve<'t>(&self, text: &'t str) -> Option<(Created, &'t str)> {
        let (name, field) = text.strip_prefix('$')?.split_once('.')?;
        self.by_name.get(name).map(|created| (*created, field))
    }

    /// The operation that creates the record of `model` that a text refers to (`$a`, or `$a.id`).
    pub(super) fn record(&self, text: &str, model: &ModelEntry) -> Result<Option<usize>, Rejection> {
        let Some(name) = text.strip_prefix('$') else { return Ok(None) };
        let Some(created) = self.by_name.get(name.split('.').next().unwrap_or_default()) else { return Ok(None) };
        if created.model == model.place {
            let mut keys = model.schema.key.iter().map(|&place| model.schema.fields[place].wire);
            return match name.split_once('.') {
                Some((_, field)) if !keys.any(|key| key == field) => {
                    Err(Problem::MalformedJson.because(format!("`{text}`: `{field}` is no part of the record's key")))
                }
                _ => Ok(Some(created.operation)),
            };
        }
        Err(Problem::MalformedJson.because(format!("`{text}` is a record of another collection")))
    }
}
