//! Writing the file of a model.

use std::fs::{self, File};
use std::io::{BufWriter, IntoInnerError};
use std::path::Path;

use lithair_model::ModelSchema;

use super::{DumpError, Format, Target, TargetError};

/// Writes one file of one model's records, whole or not at all; how many there were.
pub(crate) fn export_file(
    target: &mut dyn Target,
    (model, format): (&'static ModelSchema, Format),
    folder: &Path,
    seen: &dyn Fn(u64),
) -> Result<u64, TargetError> {
    let path = folder.join(format!("{}.{}", model.name, format.extension()));
    let temporary = folder.join(format!("{}.{}.tmp", model.name, format.extension()));
    let written = write(target, (model, format), &temporary, seen);
    if written.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&temporary);
    }
    match written {
        Ok(count) => fs::rename(&temporary, &path).map(|()| count).map_err(TargetError::file(&path)),
        Err(DumpError::Target(error)) => Err(error),
        Err(DumpError::Out(error)) => Err(TargetError::file(&temporary)(error)),
    }
}

fn write(
    target: &mut dyn Target,
    (model, format): (&'static ModelSchema, Format),
    path: &Path,
    seen: &dyn Fn(u64),
) -> Result<u64, DumpError> {
    let mut out = BufWriter::new(File::create(path)?);
    let count = target.dump(model, format, &mut out, seen)?;
    let file = out.into_inner().map_err(IntoInnerError::into_error)?;
    // A file that is there after a power cut is whole.
    file.sync_all()?;
    Ok(count)
}
