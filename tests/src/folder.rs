use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

static COUNT: AtomicU64 = AtomicU64::new(0);

/// A folder of its own for one test, gone when dropped.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// A new empty folder in the build's temporary folder, which is on a disk.
    ///
    /// # Panics
    /// If the folder cannot be made.
    pub fn new(base: &str, name: &str) -> Self {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let path = Path::new(base).join(format!("{name}-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path).expect("a temporary folder can be made");
        Self(path)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A path inside.
    pub fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Best effort: a leftover in the build folder harms nothing.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
