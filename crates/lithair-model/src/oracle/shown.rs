//! What of a record somebody is shown.

use super::{Caller, World, every};
use crate::Value;

/// What an answer has of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// The value.
    Value,
    /// What stands for it; none for what is nothing.
    Mask(Option<String>),
    /// Nothing: the field is left out.
    Nothing,
}

impl World<'_> {
    /// What somebody who sees a record is shown of a field of it; of what it was, also given what it is today. None where this interpreter
    /// does not know.
    pub fn shows(
        &self,
        caller: &Caller,
        model: usize,
        row: &[Value],
        today: Option<&[Value]>,
        place: usize,
    ) -> Option<Shown> {
        let sides = [Some(row), today];
        let sees = every(sides.into_iter().flatten().map(|row| self.sees_field(caller, model, row, place)))?;
        Some(match self.schemas[model].fields[place].access.mask {
            _ if sees => Shown::Value,
            None => Shown::Nothing,
            Some(mask) => match &row[place] {
                Value::Text(text) => Shown::Mask(Some(masked(text, usize::from(mask.last)))),
                _ => Shown::Mask(None),
            },
        })
    }
}

/// Four dots, and the end of a text that is at least twice as long as that end.
fn masked(text: &str, last: usize) -> String {
    let letters: Vec<char> = text.chars().collect();
    let hidden = letters.len().saturating_sub(last);
    let end = if hidden >= last { &letters[hidden..] } else { &[] };
    format!("••••{}", end.iter().collect::<String>())
}
