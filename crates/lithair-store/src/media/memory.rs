//! A folder in memory.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use parking_lot::Mutex;

use super::{Media, MediaFile};

/// A folder in memory, for tests and for data that need not outlive the process. Clones are the same folder.
#[derive(Clone, Debug, Default)]
pub struct MemoryMedia {
    files: Arc<Mutex<BTreeMap<String, MemoryFile>>>,
    locked: Arc<Mutex<bool>>,
}

#[derive(Clone, Debug, Default)]
struct MemoryFile(Arc<Mutex<Vec<u8>>>);

impl MemoryMedia {
    /// An empty folder.
    pub fn new() -> Self {
        Self::default()
    }

    /// Changes the bytes of a file behind everybody's back, as a failing disk does.
    ///
    /// # Panics
    /// If there is no such file.
    pub fn tamper(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        change(&mut self.files.lock()[name].0.lock());
    }

    /// A copy of the folder as it is now.
    pub fn copy(&self) -> Self {
        let files = self.files.lock();
        let copied =
            files.iter().map(|(name, file)| (name.clone(), MemoryFile(Arc::new(Mutex::new(file.0.lock().clone())))));
        Self { files: Arc::new(Mutex::new(copied.collect())), locked: Arc::default() }
    }

    fn file(&self, name: &str) -> io::Result<MemoryFile> {
        self.files.lock().get(name).cloned().ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, name.to_owned()))
    }
}

impl Media for MemoryMedia {
    fn open(&self, name: &str) -> io::Result<Box<dyn MediaFile>> {
        Ok(Box::new(self.file(name)?))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn MediaFile>> {
        let file = MemoryFile::default();
        self.files.lock().insert(name.to_owned(), file.clone());
        Ok(Box::new(file))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let file = self.file(from)?;
        let mut files = self.files.lock();
        files.remove(from);
        files.insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        self.file(name)?;
        self.files.lock().remove(name);
        Ok(())
    }

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.files.lock().keys().cloned().collect())
    }

    fn sync_directory(&self) -> io::Result<()> {
        Ok(())
    }

    fn lock(&self) -> io::Result<Box<dyn Send + Sync>> {
        let mut locked = self.locked.lock();
        if *locked {
            return Err(io::Error::new(io::ErrorKind::WouldBlock, "in use by this process"));
        }
        *locked = true;
        Ok(Box::new(Unlock(Arc::clone(&self.locked))))
    }

    fn place(&self) -> String {
        "memory".to_owned()
    }
}

struct Unlock(Arc<Mutex<bool>>);

impl Drop for Unlock {
    fn drop(&mut self) {
        *self.0.lock() = false;
    }
}

impl MediaFile for MemoryFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.lock().len() as u64)
    }

    fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        let content = self.0.lock();
        let begin = usize::try_from(offset).map_err(|_| io::ErrorKind::UnexpectedEof)?;
        let source = content.get(begin..begin + bytes.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        bytes.copy_from_slice(source);
        Ok(())
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut content = self.0.lock();
        let begin = usize::try_from(offset).map_err(|_| io::ErrorKind::OutOfMemory)?;
        if content.len() < begin + bytes.len() {
            content.resize(begin + bytes.len(), 0);
        }
        content[begin..begin + bytes.len()].copy_from_slice(bytes);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}
