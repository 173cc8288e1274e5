//! The filter that answers "is this aggregate in here?" without a read (Graf and Lemire, "Binary Fuse Filters", 2022).

use xorf::{BinaryFuse8, BinaryFuse8Ref, DmaSerializable, Filter, FilterRef};

const DESCRIPTOR_BYTES: usize = <BinaryFuse8 as DmaSerializable>::DESCRIPTOR_LEN;

/// The filter's bytes for these distinct hashes; empty if there are none, or in the astronomically rare case that no seed fits.
pub(super) fn build(hashes: &[u64]) -> Vec<u8> {
    if hashes.is_empty() {
        return Vec::new();
    }
    let Ok(filter) = BinaryFuse8::try_from(hashes) else { return Vec::new() };
    let mut bytes = vec![0; DESCRIPTOR_BYTES];
    filter.dma_copy_descriptor_to(&mut bytes);
    bytes.extend_from_slice(filter.dma_fingerprints());
    bytes
}

/// Whether the hash may be among those of `bytes`. An empty filter knows nothing and says yes.
pub(super) fn may_contain(bytes: &[u8], hash: u64) -> bool {
    match bytes.split_at_checked(DESCRIPTOR_BYTES) {
        Some((descriptor, fingerprints)) => BinaryFuse8Ref::from_dma(descriptor, fingerprints).contains(&hash),
        None => true,
    }
}
