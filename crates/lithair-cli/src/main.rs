//! The lithair command: works on a data directory without its program.
fn main() {}
