//! Forgetting: which moments are kept, and freeing what is older, a bounded piece at a time.

use lithair_model::Position;

use crate::State;

impl State {
    /// Moves the horizon to `position` (at most what is published; never back), and frees some of what no view shows any
    /// more: the versions behind at most `budget` changes. Returns how many changes are still to be looked at.
    ///
    /// Views of earlier moments that exist already stay right: what they may need is freed once they are gone.
    ///
    /// Call it again and again, say after each batch, with a budget that is a small multiple of the batch.
    pub fn advance_horizon(&self, position: Position, budget: usize) -> usize {
        self.raise_horizon(position);
        let floor = self.pins.least().map_or(self.horizon(), |pinned| pinned.min(self.horizon()));
        let tables: Vec<_> = self.tables.by_id().into_values().collect();
        let next = &mut *self.collection.lock();
        let mut left = budget;
        // Round and round: a busy table must not keep the others from being looked at.
        for _ in 0..tables.len() {
            *next = (*next + 1) % tables.len();
            let table = &tables[*next];
            left = table.collect(self.tables.model_of(table), floor, left);
        }
        tables.iter().map(|table| table.garbage()).sum()
    }
}
