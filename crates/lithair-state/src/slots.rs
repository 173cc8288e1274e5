//! The records of a table by slot.

use crate::chain::Chain;
use crate::ordered_map::Slot;

/// Records a chunk. A power of two; a table grows by a chunk and never moves what it has.
const CHUNK: usize = 4096;

/// Records in chunks, with the vacant slots at hand.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    chunks: Vec<Vec<Chain>>,
    vacant: Vec<Slot>,
}

impl Slots {
    /// A vacant slot, for the caller to fill.
    pub(crate) fn take(&mut self) -> Slot {
        if let Some(slot) = self.vacant.pop() {
            return slot;
        }
        if self.chunks.last().is_none_or(|chunk| chunk.len() == CHUNK) {
            // The first chunk grows: a small table is small.
            let room = if self.chunks.is_empty() { 0 } else { CHUNK };
            self.chunks.push(Vec::with_capacity(room));
        }
        let full = self.chunks.len() - 1;
        let chunk = &mut self.chunks[full];
        chunk.push(Chain::default());
        let number = full * CHUNK + chunk.len() - 1;
        Slot(
            u32::try_from(number).ok().filter(|number| *number < 1 << 31).expect("a table has fewer than 2^31 records"),
        )
    }

    /// Takes back a slot whose record is vacant.
    pub(crate) fn give_back(&mut self, slot: Slot) {
        debug_assert!(self.at(slot).is_vacant(), "a slot is given back empty");
        self.vacant.push(slot);
    }

    pub(crate) fn at(&self, slot: Slot) -> &Chain {
        &self.chunks[slot.0 as usize / CHUNK][slot.0 as usize % CHUNK]
    }

    pub(crate) fn at_mut(&mut self, slot: Slot) -> &mut Chain {
        &mut self.chunks[slot.0 as usize / CHUNK][slot.0 as usize % CHUNK]
    }

    /// All records, vacant slots included.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Chain> + Clone {
        self.chunks.iter().flatten()
    }
}
