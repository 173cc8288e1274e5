//! Why a store does not open, append or read.

use std::io;

use thiserror::Error;

/// Why a store did not open. Nothing on the disk was changed.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum OpenError {
    /// Another process has the directory.
    #[error("{place} is {reason}")]
    Locked {
        /// The directory.
        place: String,
        /// Who has it.
        reason: String,
    },
    /// The disk's doing: bytes that were acknowledged are not what was written.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// The disk cannot be read or written.
    #[error("{file}: {source}")]
    Io {
        /// The file.
        file: String,
        /// What the disk said.
        source: io::Error,
    },
}

/// Bytes that are not what was written.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{file} at byte {offset}: {reason}; restore the file from a backup or a replica: nothing was changed")]
pub struct Damage {
    /// The file.
    pub file: String,
    /// Where in the file.
    pub offset: u64,
    /// What is wrong.
    pub reason: &'static str,
}

/// Why events were not made durable.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AppendError {
    /// The caller's doing. A smaller event will fit.
    #[error("event of {bytes} bytes exceeds the limit of {limit} bytes")]
    TooLarge {
        /// Its bytes.
        bytes: u64,
        /// The most that fits.
        limit: u64,
    },
    /// More is queued than the store takes. Try again.
    #[error("the queue of the log is full")]
    Full,
    /// There is no room for the next segment. Nothing was written; reads go on; writing resumes when there is space.
    #[error("the disk is full")]
    DiskFull,
    /// The disk's doing, and final. After a failed sync the kernel may have dropped the pages, so a second sync can succeed for
    /// data that is gone. The store answers this until the process restarts and recovers.
    #[error("the log is closed: {reason}")]
    Poisoned {
        /// What the disk said.
        reason: String,
    },
    /// The store was closed.
    #[error("the log is closed")]
    Closed,
}

/// Why something was not read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// The disk's doing.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// The disk cannot be read.
    #[error("{file}: {source}")]
    Io {
        /// The file.
        file: String,
        /// What the disk said.
        source: io::Error,
    },
}

impl From<ReadError> for OpenError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Damaged(damage) => Self::Damaged(damage),
            ReadError::Io { file, source } => Self::Io { file, source },
        }
    }
}

pub(crate) fn reading(file: &str) -> impl FnOnce(io::Error) -> ReadError {
    let file = file.to_owned();
    move |source| ReadError::Io { file, source }
}

pub(crate) fn damaged(file: &str, offset: u64, reason: &'static str) -> ReadError {
    ReadError::Damaged(Damage { file: file.to_owned(), offset, reason })
}
