//! Places in the log, and the one arithmetic that they have.

use std::fmt;

/// A place in the log. The first entry has position 1; position 0 is "before anything".
///
/// Arithmetic on positions happens here and nowhere else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position(u64);

impl Position {
    /// Before the first entry: what an empty log has applied.
    pub const ZERO: Self = Self(0);

    /// The position with this number.
    pub const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number, as `Lithair-Seq` shows it.
    pub const fn get(self) -> u64 {
        self.0
    }

    /// The position right behind this one.
    pub const fn next(self) -> Self {
        self.plus(1)
    }

    /// The position `count` places behind this one.
    pub const fn plus(self, count: u64) -> Self {
        Self(self.0.checked_add(count).expect("positions never run out: 2^64 entries"))
    }

    /// The position right before this one, or `None` at [`Position::ZERO`].
    pub const fn previous(self) -> Option<Self> {
        match self.0.checked_sub(1) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// How many places lie between `earlier` and this one; 0 if `earlier` is not earlier.
    pub const fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
