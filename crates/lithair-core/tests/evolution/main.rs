//! Pairs of programs over data directories that an earlier build wrote: each ends as it is labelled, also when it is cut off at any
//! operation of the disk, and what is refused changes no byte.

mod before;
mod harness;
mod kept;
mod pairs;
