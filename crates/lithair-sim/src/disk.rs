//! A disk with a memory of what was synced.
//!
//! ```text
//! write  -> cache: what this process reads back
//! sync   -> platter: what is there after a crash
//! crash  -> platter, plus any part of what was not synced, by sectors of 512 bytes; plus any part of the unsynced names
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::Arc;

use lithair_store::{Media, MediaFile};
use parking_lot::Mutex;

use crate::Random;

const SECTOR: usize = 512;

/// A disk in memory. Clones are the same disk.
#[derive(Clone, Debug, Default)]
pub struct SimDisk {
    state: Arc<Mutex<State>>,
}

/// What the disk does wrong, on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The write with this number (from 1) fails, having done nothing.
    FailWrite(u64),
    /// The sync with this number fails, and what it should have synced is gone from the cache's list of dirty pages.
    FailSync(u64),
    /// Syncs of files say yes and do nothing.
    LyingSync,
    /// Syncs of the directory say yes and do nothing.
    LyingDirectorySync,
}

/// How much of what was not synced survives a crash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// All of it is lost.
    Everything,
    /// All of it reached the disk in time.
    Nothing,
    /// Each sector and each name by chance, with this seed.
    Some(u64),
}

#[derive(Debug, Default)]
struct State {
    /// What this process sees: names and the files behind them.
    names: BTreeMap<String, u64>,
    /// What a crash leaves of the names.
    durable_names: BTreeMap<String, u64>,
    files: BTreeMap<u64, File>,
    next_file: u64,
    locked: bool,
    faults: Vec<Fault>,
    operations: Operations,
    capacity: Option<u64>,
    /// Nothing more happens once this many writes and syncs were begun.
    stop_at: Option<u64>,
}

/// How often the disk was asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Operations {
    writes: u64,
    syncs: u64,
    all: u64,
}

#[derive(Clone, Debug, Default)]
struct File {
    cache: Vec<u8>,
    platter: Vec<u8>,
    dirty: BTreeSet<usize>,
}

impl SimDisk {
    /// An empty disk without faults.
    pub fn new() -> Self {
        Self::default()
    }

    /// From now on, this goes wrong.
    pub fn plant(&self, fault: Fault) {
        self.state.lock().faults.push(fault);
    }

    /// Room for so many bytes; none is endless.
    pub fn limit(&self, bytes: Option<u64>) {
        self.state.lock().capacity = bytes;
    }

    /// How many writes, syncs and changes of names were asked for so far: the places where a crash can come.
    pub fn operations(&self) -> u64 {
        self.state.lock().operations.all
    }

    /// From the operation behind this many on, everything fails: the power is off.
    pub fn power_off_after(&self, operations: u64) {
        self.state.lock().stop_at = Some(operations);
    }

    /// The disk as it is found after a crash, with the power on again and without faults.
    pub fn after_crash(&self, loss: Loss) -> Self {
        let state = self.state.lock();
        let mut random = match loss {
            Loss::Some(seed) => Random::new(seed),
            _ => Random::new(0),
        };
        let mut survives = || match loss {
            Loss::Everything => false,
            Loss::Nothing => true,
            Loss::Some(_) => random.below(2) == 0,
        };
        let files: BTreeMap<u64, File> =
            state.files.iter().map(|(id, file)| (*id, file.after_crash(&mut survives))).collect();
        let names = surviving_names(&state.durable_names, &state.names, &mut survives);
        let after =
            State { names: names.clone(), durable_names: names, files, next_file: state.next_file, ..State::default() };
        Self { state: Arc::new(Mutex::new(after)) }
    }

    /// Changes the bytes of a file behind everybody's back.
    ///
    /// # Panics
    /// If there is no such file.
    pub fn tamper(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.state.lock();
        let id = state.names[name];
        let file = state.files.get_mut(&id).expect("a name leads to a file");
        change(&mut file.cache);
        file.platter.clone_from(&file.cache);
    }

    /// The bytes of a file as this process sees it.
    ///
    /// # Panics
    /// If there is no such file.
    pub fn read(&self, name: &str) -> Vec<u8> {
        let state = self.state.lock();
        state.files[&state.names[name]].cache.clone()
    }
}

/// Each name that differs is as it was or as it is.
fn surviving_names(
    durable: &BTreeMap<String, u64>,
    current: &BTreeMap<String, u64>,
    survives: &mut impl FnMut() -> bool,
) -> BTreeMap<String, u64> {
    let all: BTreeSet<&String> = durable.keys().chain(current.keys()).collect();
    let choose = |name: &String| {
        let (was, is) = (durable.get(name), current.get(name));
        let id = if was == is || !survives() { was } else { is };
        id.map(|id| (name.clone(), *id))
    };
    all.into_iter().filter_map(choose).collect()
}

impl File {
    fn after_crash(&self, survives: &mut impl FnMut() -> bool) -> Self {
        let mut platter = self.platter.clone();
        for &sector in &self.dirty {
            if survives() {
                copy_sector(&self.cache, &mut platter, sector);
            }
        }
        Self { cache: platter.clone(), platter, dirty: BTreeSet::new() }
    }

    fn sync(&mut self) {
        for sector in std::mem::take(&mut self.dirty) {
            copy_sector(&self.cache, &mut self.platter, sector);
        }
    }
}

fn copy_sector(from: &[u8], to: &mut Vec<u8>, sector: usize) {
    let begin = sector * SECTOR;
    let end = from.len().min(begin + SECTOR);
    if to.len() < end {
        to.resize(end, 0);
    }
    to[begin..end].copy_from_slice(&from[begin..end]);
}

fn power_is_off() -> io::Error {
    io::Error::other("the power is off")
}

fn input_output_error() -> io::Error {
    io::Error::from_raw_os_error(5)
}

impl State {
    /// Counts an operation; fails if the power is off by then.
    fn step(&mut self) -> io::Result<()> {
        if self.stop_at.is_some_and(|stop| self.operations.all >= stop) {
            return Err(power_is_off());
        }
        self.operations.all += 1;
        Ok(())
    }

    fn used(&self) -> u64 {
        self.names.values().map(|id| self.files[id].cache.len() as u64).sum()
    }

    fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }

    fn id(&self, name: &str) -> io::Result<u64> {
        self.names.get(name).copied().ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, name.to_owned()))
    }
}

impl Media for SimDisk {
    fn open(&self, name: &str) -> io::Result<Box<dyn MediaFile>> {
        let id = self.state.lock().id(name)?;
        Ok(Box::new(SimFile { disk: self.clone(), id }))
    }

    fn create(&self, name: &str) -> io::Result<Box<dyn MediaFile>> {
        let mut state = self.state.lock();
        state.step()?;
        state.next_file += 1;
        let id = state.next_file;
        state.files.insert(id, File::default());
        state.names.insert(name.to_owned(), id);
        Ok(Box::new(SimFile { disk: self.clone(), id }))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.state.lock();
        state.step()?;
        let id = state.id(from)?;
        state.names.remove(from);
        state.names.insert(to.to_owned(), id);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = self.state.lock();
        state.step()?;
        state.id(name)?;
        state.names.remove(name);
        Ok(())
    }

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(self.state.lock().names.keys().cloned().collect())
    }

    fn sync_directory(&self) -> io::Result<()> {
        let mut state = self.state.lock();
        state.step()?;
        if !state.has(Fault::LyingDirectorySync) {
            state.durable_names = state.names.clone();
        }
        Ok(())
    }

    fn lock(&self) -> io::Result<Box<dyn Send + Sync>> {
        let mut state = self.state.lock();
        if state.locked {
            return Err(io::Error::new(io::ErrorKind::WouldBlock, "in use by this process"));
        }
        state.locked = true;
        Ok(Box::new(Unlock(self.clone())))
    }

    fn place(&self) -> String {
        "the simulated disk".to_owned()
    }
}

struct Unlock(SimDisk);

impl Drop for Unlock {
    fn drop(&mut self) {
        self.0.state.lock().locked = false;
    }
}

#[derive(Debug)]
struct SimFile {
    disk: SimDisk,
    id: u64,
}

impl MediaFile for SimFile {
    fn len(&self) -> io::Result<u64> {
        Ok(self.disk.state.lock().files[&self.id].cache.len() as u64)
    }

    fn read_exact_at(&self, bytes: &mut [u8], offset: u64) -> io::Result<()> {
        let state = self.disk.state.lock();
        let begin = usize::try_from(offset).map_err(|_| io::ErrorKind::UnexpectedEof)?;
        let source = state.files[&self.id].cache.get(begin..begin + bytes.len()).ok_or(io::ErrorKind::UnexpectedEof)?;
        bytes.copy_from_slice(source);
        Ok(())
    }

    fn write_all_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        let mut state = self.disk.state.lock();
        state.step()?;
        state.operations.writes += 1;
        if state.has(Fault::FailWrite(state.operations.writes)) {
            return Err(input_output_error());
        }
        let begin = usize::try_from(offset).map_err(|_| io::ErrorKind::OutOfMemory)?;
        let end = begin + bytes.len();
        let growth = (end as u64).saturating_sub(state.files[&self.id].cache.len() as u64);
        if growth > 0 && state.capacity.is_some_and(|capacity| state.used() + growth > capacity) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        let file = state.files.get_mut(&self.id).expect("an open file exists");
        if file.cache.len() < end {
            file.cache.resize(end, 0);
        }
        file.cache[begin..end].copy_from_slice(bytes);
        file.dirty.extend(begin / SECTOR..end.div_ceil(SECTOR));
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        let mut state = self.disk.state.lock();
        state.step()?;
        state.operations.syncs += 1;
        let (lies, fails) = (state.has(Fault::LyingSync), state.has(Fault::FailSync(state.operations.syncs)));
        let file = state.files.get_mut(&self.id).expect("an open file exists");
        if fails {
            // As kernels do: the pages are clean now, and what they held never reached the disk.
            file.dirty.clear();
            return Err(input_output_error());
        }
        if !lies {
            file.sync();
        }
        Ok(())
    }
}
