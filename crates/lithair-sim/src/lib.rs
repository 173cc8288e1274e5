//! The simulator of Lithair: virtual disk, crash points, oracles.
