//! Running the application and talking to it, for the acceptance tests.

mod app;
mod client;
mod folder;
pub mod notes;
pub mod properties;

pub use app::App;
pub use client::{Client, Response};
pub use folder::Folder;

/// Pseudo-random numbers from a seed (SplitMix64), so that a failing run can be repeated.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The sequence of this seed.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `bound`.
    pub const fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (mixed ^ (mixed >> 31)) % bound
    }
}

/// Prints why a test did not run, in the form the gate counts.
pub fn skip(test: &str, reason: &str) {
    eprintln!("SKIP {test}: {reason}");
}
pub mod who;
