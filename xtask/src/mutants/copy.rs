//! A copy of the sources, to be changed.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::{fs, io};

use crate::AnyError;

/// Copies what git knows, so that neither builds nor data come along. Files that are the same are left alone, and are not compiled again;
/// those of a former copy that are no more are removed, for cargo finds tests by their files.
pub(super) fn tracked(source: &Path, copy: &Path) -> Result<(), AnyError> {
    let listed = Command::new("git").args(["ls-files", "-z"]).current_dir(source).output()?;
    let listed = String::from_utf8(listed.stdout)?;
    let names: BTreeSet<&Path> = listed.split('\0').filter(|name| !name.is_empty()).map(Path::new).collect();
    for name in &names {
        copy_if_changed(&source.join(name), &copy.join(name))?;
    }
    remove_others(copy, copy, &names)
}

fn remove_others(copy: &Path, folder: &Path, names: &BTreeSet<&Path>) -> Result<(), AnyError> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            remove_others(copy, &path, names)?;
        } else if !names.contains(path.strip_prefix(copy)?) {
            fs::remove_file(&path)?;
        }
    }
    Ok(())
}

fn copy_if_changed(source: &Path, target: &Path) -> io::Result<()> {
    let bytes = fs::read(source)?;
    if fs::read(target).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    fs::create_dir_all(target.parent().unwrap_or(target))?;
    fs::write(target, bytes)
}
