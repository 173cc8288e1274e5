//! What a caller is told of a value that is refused.

/// One thing wrong with a caller's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where, as a JSON pointer into the body (RFC 6901): `/title`, `/tags/2`, empty for the whole record.
    pub pointer: String,
    /// The rule's stable name: `len`, `required`, `unknown_field`.
    pub code: &'static str,
    /// What was expected, in words; never another record's value.
    pub detail: String,
    /// The rule's parameters by name, as JSON text: `("max", "200")`.
    pub params: Vec<(&'static str, String)>,
}
