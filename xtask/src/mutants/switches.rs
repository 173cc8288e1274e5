//! Mistakes behind switches: one build has all of them, and a variable of the environment says which one is made. Compiling the engine
//! takes longer than asking it.

use std::fs;
use std::path::Path;

use super::engine::Mutant;
use crate::AnyError;

/// The variable that names the mistake to be made, by its number.
pub(super) const VARIABLE: &str = "LITHAIR_MUTANT";

/// What all of the engine depends on, and so where the switch is.
const ROOT: &str = "crates/lithair-model/src/lib.rs";

/// Puts all of them into a fresh copy of the sources.
///
/// # Errors
/// If what one of them replaces is not there once.
pub(super) fn insert(copy: &Path, mutants: &[Mutant]) -> Result<(), AnyError> {
    for (number, mutant) in mutants.iter().enumerate() {
        let path = copy.join(mutant.file);
        let text = fs::read_to_string(&path)?;
        if text.matches(&mutant.replaced()).count() != 1 {
            return Err(format!("{}: {:?} is not there once: the list is out of date", mutant.file, mutant.from).into());
        }
        fs::write(&path, text.replacen(&mutant.replaced(), &mutant.switched(number), 1))?;
    }
    let root = fs::read_to_string(copy.join(ROOT))?;
    fs::write(copy.join(ROOT), root + &the_switch())?;
    Ok(())
}

fn the_switch() -> String {
    format!(
        r#"
extern crate self as lithair_model;

/// Whether a mistake is to be made.
pub fn is_mutant(number: usize) -> bool {{
    static CHOSEN: std::sync::OnceLock<Option<usize>> = std::sync::OnceLock::new();
    *CHOSEN.get_or_init(|| std::env::var("{VARIABLE}").ok()?.parse().ok()) == Some(number)
}}
"#
    )
}
