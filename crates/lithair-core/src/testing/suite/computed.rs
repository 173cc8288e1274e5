//! Stored computed fields: what computing them again gives, after any random sequence.
//!
//! No model has any yet; what is asked of them belongs here.

use super::Suite;

/// Nothing is computed yet, so there is nothing to ask.
#[expect(clippy::unnecessary_wraps, reason = "a concern like the others")]
pub(super) const fn test(_: &mut Suite, _: usize) -> Result<(), String> {
    Ok(())
}
