//! Searching texts by words: what the words of a text are, what a search asks, and what a record has of them.
//!
//! | text               | words                 |
//! |--------------------|-----------------------|
//! | `Crème brûlée!`    | `creme`, `brulee`     |
//! | `the STRASSE-3`    | `the`, `strasse`, `3` |
//! | `東京 タワー`       | `東`, `京`, `タワー`  |
//! | `nice 🎉`          | `nice`, `🎉`          |
//!
//! Texts are cut by the rules for words of Unicode (UAX 29), where letters of scripts without spaces stand alone. Words are
//! compared without case and without accents.

mod ask;
#[cfg(test)]
mod tests;
mod words;

pub use ask::{Search, SearchError, SearchWord, WORDS_MAX};
pub use words::words;

use std::collections::BTreeMap;

use crate::{ModelEntry, Value};

/// How often a record has each word of its texts, and how long these are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WordCounts {
    /// The words, each with how often it is there, every time counted as often as its field weighs.
    pub words: BTreeMap<String, u16>,
    /// Words in all, each time counted once.
    pub length: u64,
}

/// The words of a record's texts that `db(fulltext)` names.
pub fn word_counts(model: &ModelEntry, row: &[u8]) -> WordCounts {
    let mut counts = WordCounts::default();
    for term in model.schema.fulltext {
        each_text(&model.field_of(row, term.field), &mut |text| {
            for word in words(text) {
                counts.length += 1;
                let count = counts.words.entry(word).or_default();
                *count = count.saturating_add(term.weight);
            }
        });
    }
    counts
}

/// Whether a record has the words of every phrase one behind the other, in one text.
pub fn has_phrases(model: &ModelEntry, row: &[u8], search: &Search) -> bool {
    if search.phrases.is_empty() {
        return true;
    }
    let values: Vec<Value> = model.schema.fulltext.iter().map(|term| model.field_of(row, term.field)).collect();
    search.has_phrases_in(&texts_of(values.iter()))
}

/// The words of each text among the values.
pub(crate) fn texts_of<'a>(values: impl Iterator<Item = &'a Value>) -> Vec<Vec<String>> {
    let mut texts = Vec::new();
    for value in values {
        each_text(value, &mut |text| texts.push(words(text).collect()));
    }
    texts
}

/// A text, or each text of a list.
fn each_text(value: &Value, look: &mut dyn FnMut(&str)) {
    match value {
        Value::Text(text) => look(text),
        Value::List(elements) => elements.iter().for_each(|element| each_text(element, look)),
        _ => {}
    }
}
