use lithair_store::Options;

use crate::RaftLogOptions;

pub(super) fn options() -> RaftLogOptions {
    let store = Options { segment_bytes_min: 8 * 1024, segment_bytes_max: 16 * 1024, ..Options::default() };
    RaftLogOptions { store, ..RaftLogOptions::default() }
}
