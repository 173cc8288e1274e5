//! What JSON's grammar allows and we refuse, because readers disagree on what it means: a name twice in one object, halves of
//! surrogate pairs, endless nesting.

use std::borrow::Cow;
use std::collections::HashSet;

/// How deep arrays and objects of a body may nest.
pub(super) const DEPTH_MAX: usize = 128;

/// The byte and what is wrong there.
pub(super) type Fault = (usize, String);

/// What becomes of a name that an object has twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Twice {
    /// Whoever reads the object has to choose one of the two.
    Refused,
    /// The value is kept as it was written, and nobody here reads it.
    Kept,
}

/// Checks a value that is known to be JSON, `depth` levels inside of the body. Does not recurse.
pub(super) fn check(raw: &str, depth: usize, twice: impl FnOnce() -> Twice) -> Result<(), Fault> {
    // Most values are numbers and plain texts.
    let may_be_wrong = raw.starts_with(['{', '[']) || raw.contains('\\') && raw.contains("\\u");
    if may_be_wrong { Check { raw, depth, twice: twice(), open: Vec::new(), at_name: false }.run() } else { Ok(()) }
}

struct Check<'a> {
    raw: &'a str,
    depth: usize,
    twice: Twice,
    /// The names so far of each object that is open; none for an array.
    open: Vec<Option<HashSet<Cow<'a, str>>>>,
    /// Whether the next text is a name.
    at_name: bool,
}

impl<'a> Check<'a> {
    fn run(mut self) -> Result<(), Fault> {
        let mut at = 0;
        while let Some(&byte) = self.raw.as_bytes().get(at) {
            let begin = at;
            at += 1;
            match byte {
                b'"' => {
                    at = end_of_text(self.raw, begin);
                    self.text(begin, &self.raw[begin..at])?;
                }
                b'{' => self.opened(begin, Some(HashSet::new()))?,
                b'[' => self.opened(begin, None)?,
                b'}' | b']' => {
                    self.open.pop();
                }
                b',' => self.at_name = matches!(self.open.last(), Some(Some(_))),
                _ => {}
            }
        }
        Ok(())
    }

    fn opened(&mut self, at: usize, names: Option<HashSet<Cow<'a, str>>>) -> Result<(), Fault> {
        if self.depth + self.open.len() == DEPTH_MAX {
            return Err((at, format!("a body nests at most {DEPTH_MAX} levels")));
        }
        self.at_name = names.is_some();
        self.open.push(names);
        Ok(())
    }

    fn text(&mut self, at: usize, token: &'a str) -> Result<(), Fault> {
        let text = unescaped(token).ok_or_else(|| (at, "this text has half of a surrogate pair".to_owned()))?;
        let is_name = std::mem::take(&mut self.at_name) && self.twice == Twice::Refused;
        if let Some(Some(names)) = self.open.last_mut().filter(|_| is_name)
            && let Some(twice) = names.replace(text)
        {
            return Err((at, format!("the name {twice:?} comes twice")));
        }
        Ok(())
    }
}

/// Behind the closing quote of the text that begins here.
fn end_of_text(raw: &str, begin: usize) -> usize {
    let bytes = raw.as_bytes();
    let mut at = begin + 1;
    while bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at + 1
}

/// What a JSON string means; none for one that is not Unicode.
pub(super) fn unescaped(token: &str) -> Option<Cow<'_, str>> {
    if token.contains('\\') {
        serde_json::from_str(token).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(&token[1..token.len() - 1]))
    }
}
