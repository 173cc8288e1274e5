//! Segments are zero-filled before they are written to.
//!
//! Writing into zeros that are on the disk costs a sync a tenth of what growing a file costs (no block is allocated, no length
//! changes), and it lets recovery tell an interrupted write from a damaged one. It is also where a full disk is met: before a batch
//! depends on it.

use std::io;

use crate::media::{Media, UNSYNCED_BYTES_MAX};
use crate::segment::SPARE_NAME;

/// Makes the spare file of so many zeros, durable. On failure no file is left.
pub(crate) fn make_spare(media: &dyn Media, bytes: u64) -> io::Result<()> {
    let outcome = fill(media, bytes);
    if outcome.is_err() {
        // The space it took is what somebody else needs now. If it cannot be removed either, the next attempt empties it.
        let _ = media.remove(SPARE_NAME);
    }
    outcome
}

fn fill(media: &dyn Media, bytes: u64) -> io::Result<()> {
    let file = media.create(SPARE_NAME)?;
    let zeros = vec![0; UNSYNCED_BYTES_MAX];
    let mut offset = 0;
    while offset < bytes {
        let count = zeros.len().min(usize::try_from(bytes - offset).unwrap_or(usize::MAX));
        file.write_all_at(&zeros[..count], offset)?;
        file.sync()?;
        offset += count as u64;
    }
    Ok(())
}

/// Whether an error says that there is no room.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}
