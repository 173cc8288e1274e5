//! Any JSON as a value of a field.

use std::fmt;

use thiserror::Error;

/// Any JSON value, as compact text: no white space between its parts, everything else as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Json(Box<str>);

/// How deep arrays and objects of a [`Json`] may nest: what every reader of JSON takes.
pub const JSON_DEPTH_MAX: usize = 64;

impl Json {
    /// `null`.
    pub fn null() -> Self {
        Self("null".into())
    }

    /// The value that a text of RFC 8259 says.
    ///
    /// # Errors
    /// The text is not JSON, or nests deeper than [`JSON_DEPTH_MAX`].
    pub fn parse(text: &str) -> Result<Self, NotJson> {
        let raw: &serde_json::value::RawValue =
            serde_json::from_str(text).map_err(|error| NotJson::Malformed(error.to_string()))?;
        compact(raw.get()).map(|text| Self(text.into()))
    }

    /// The value's text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// A text that was the text of a `Json` before.
    pub(crate) fn trusted(text: &str) -> Self {
        Self(text.into())
    }
}

impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A text that is not a JSON value that can be kept.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum NotJson {
    /// Not JSON; where and why.
    #[error("not JSON: {0}")]
    Malformed(String),
    /// Nested too deep.
    #[error("nests deeper than {JSON_DEPTH_MAX} levels")]
    TooDeep,
}

/// Removes the white space outside strings of a text that is JSON.
fn compact(text: &str) -> Result<String, NotJson> {
    let mut out = String::with_capacity(text.len());
    let (mut depth, mut in_string, mut escaped) = (0_usize, false, false);
    for character in text.chars() {
        if in_string {
            in_string = escaped || character != '"';
            escaped = !escaped && character == '\\';
        } else {
            match character {
                ' ' | '\t' | '\n' | '\r' => continue,
                '"' => in_string = true,
                '[' | '{' => depth += 1,
                ']' | '}' => depth -= 1,
                _ => {}
            }
            if depth > JSON_DEPTH_MAX {
                return Err(NotJson::TooDeep);
            }
        }
        out.push(character);
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_goes_and_nothing_else() {
        let text = " { \"a b\\\" \" : [ 1.50 , true,null ] ,\n\t\"\\\\\" : \" { \" } ";
        let json = Json::parse(text).expect("is JSON");
        assert_eq!(json.as_str(), r#"{"a b\" ":[1.50,true,null],"\\":" { "}"#);
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in ["", "{", "[1,]", "nul", "1 2", "{\"a\":}", "'a'"] {
            assert!(matches!(Json::parse(text), Err(NotJson::Malformed(_))), "{text}");
        }
        let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(Json::parse(&deep(JSON_DEPTH_MAX)).is_ok());
        assert_eq!(Json::parse(&deep(JSON_DEPTH_MAX + 1)), Err(NotJson::TooDeep));
    }
}
