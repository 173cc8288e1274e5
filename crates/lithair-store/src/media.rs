//! The only door to the disk: one folder of files with flat names.

#[expect(clippy::disallowed_methods, clippy::disallowed_types, reason = "this is the door to the disk")]
mod fs;
mod memory;
#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::sync::Arc;

pub use fs::FsMedia;
pub use memory::MemoryMedia;

/// One folder of files.
///
/// An implementation guarantees: what `sync` returned for is there after a crash, if the file's name is; a name that was made,
/// changed or removed is so after a crash once `sync_directory` returned; anything else may be there, in part, or not. What else all of
/// them do, `testing::check_media` checks.
pub trait Media: Send + Sync + fmt::Debug + 'static {
    /// Opens an existing file for reading and writing.
    ///
    /// # Errors
    /// `NotFound`, or what the disk says.
    fn open(&self, name: &str) -> io::Result<Box<dyn MediaFile>>;

    /// Makes a new, empty file; one that exists is emptied.
    ///
    /// # Errors
    /// What the disk says.
    fn create(&self, name: &str) -> io::Result<Box<dyn MediaFile>>;

    /// Gives a file another name; a file that has it is replaced.
    ///
    /// # Errors
    /// What the disk says.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// What the disk says.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// The names of all files, sorted.
    ///
    /// # Errors
    /// What the disk says.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Makes names durable.
    ///
    /// # Errors
    /// What the disk says.
    fn sync_directory(&self) -> io::Result<()>;

    /// Takes the folder for this process, until the guard is dropped.
    ///
    /// # Errors
    /// `WouldBlock` with the holder's words, or what the disk says.
    fn lock(&self) -> io::Result<Box<dyn Send + Sync>>;

    /// Where the folder is, in words for messages.
    fn place(&self) -> String;
}

/// One open file. It stays the same one when its name goes to another, or goes.
pub trait MediaFile: Send + Sync + fmt::Debug {
    /// Bytes in the file.
    ///
    /// # Errors
    /// What the disk says.
    fn len(&self) -> io::Result<u64>;

    /// Whether there is nothing in the file.
    ///
    /// # Errors
    /// What the disk says.
    fn is_empty(&self) -> io::Result<bool> {
        Ok(self.len()? == 0)
    }

    /// Fills `bytes` from `offset` on.
    ///
    /// # Errors
    /// `UnexpectedEof` if the file ends before, or what the disk says.
    fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()>;

    /// Writes all of `bytes` at `offset`. Bytes between the end so far and `offset` are zero. Not durable before `sync`.
    ///
    /// # Errors
    /// What the disk says; then any part may have been written.
    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;

    /// Makes everything written so far durable (`fdatasync`).
    ///
    /// # Errors
    /// What the disk says. Final: a second sync may succeed for data that is lost.
    fn sync(&self) -> io::Result<()>;
}

/// A shared door.
pub type SharedMedia = Arc<dyn Media>;

/// The whole file.
pub(crate) fn read_file(media: &dyn Media, name: &str) -> io::Result<Vec<u8>> {
    let file = media.open(name)?;
    let length = usize::try_from(file.len()?).map_err(|_| io::ErrorKind::OutOfMemory)?;
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, 0)?;
    Ok(bytes)
}

/// Bytes that background work writes before it syncs them. A large file synced at once would keep the disk busy for tens of
/// milliseconds, and the log's next sync would wait behind it.
pub(crate) const UNSYNCED_BYTES_MAX: usize = 1024 * 1024;

/// Replaces a file whole: after a crash there is the old one or the new one.
pub(crate) fn replace_file(media: &dyn Media, name: &str, bytes: &[u8]) -> io::Result<()> {
    let temporary = format!("{name}.tmp");
    let file = media.create(&temporary)?;
    let mut offset = 0;
    for chunk in bytes.chunks(UNSYNCED_BYTES_MAX) {
        file.write_all_at(chunk, offset)?;
        file.sync()?;
        offset += chunk.len() as u64;
    }
    // The name must not lead to the new file before its bytes are durable, and must be durable before anyone relies on it.
    media.rename(&temporary, name)?;
    media.sync_directory()
}
