//! SHA-256 over records, batches and their chain (RFC 6962, 2.1; RFC 9162, 2.1.1).

use aws_lc_rs::digest::{Context, SHA256, digest};

/// A SHA-256 digest.
pub type Hash = [u8; 32];

/// The hash of the chain before its first batch.
pub const GENESIS: Hash = [0; 32];

/// SHA-256 of `bytes`.
pub(crate) fn sha256(bytes: &[u8]) -> Hash {
    let mut hash = GENESIS;
    hash.copy_from_slice(digest(&SHA256, bytes).as_ref());
    hash
}

/// Records up to so many bytes are hashed in one call, which a context, allocated for each, costs more than.
const SHORT_BYTES: usize = 1024;

/// The hash of one record: a leaf of the tree.
pub(crate) fn leaf(record: &[u8]) -> Hash {
    if record.len() <= SHORT_BYTES {
        let mut bytes = [0; 1 + SHORT_BYTES];
        bytes[1..=record.len()].copy_from_slice(record);
        return sha256(&bytes[..=record.len()]);
    }
    let mut context = Context::new(&SHA256);
    context.update(&[0]);
    context.update(record);
    let mut hash = GENESIS;
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

fn node(left: &Hash, right: &Hash) -> Hash {
    let mut bytes = [1; 65];
    bytes[1..33].copy_from_slice(left);
    bytes[33..].copy_from_slice(right);
    sha256(&bytes)
}

/// The root of the tree over these leaves, in place; of no leaves, the hash of nothing.
///
/// Pairing neighbours level by level, with a last odd one moving up unchanged, gives the tree of RFC 6962: its left part is the
/// largest full tree that fits.
pub(crate) fn merkle_root(leaves: &mut Vec<Hash>) -> Hash {
    if leaves.is_empty() {
        return sha256(&[]);
    }
    while leaves.len() > 1 {
        let pairs = leaves.len() / 2;
        for pair in 0..pairs {
            leaves[pair] = node(&leaves[2 * pair], &leaves[2 * pair + 1]);
        }
        if leaves.len() % 2 == 1 {
            leaves[pairs] = leaves[leaves.len() - 1];
            leaves.truncate(pairs + 1);
        } else {
            leaves.truncate(pairs);
        }
    }
    leaves[0]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition of RFC 6962, 2.1, word for word.
    fn by_definition(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => sha256(&[]),
            [one] => *one,
            many => {
                let split = many.len().next_power_of_two() / 2;
                node(&by_definition(&many[..split]), &by_definition(&many[split..]))
            }
        }
    }

    #[test]
    fn a_leaf_is_the_hash_of_a_zero_and_the_record_whatever_its_length() {
        for length in [0, 1, SHORT_BYTES - 1, SHORT_BYTES, SHORT_BYTES + 1, 10 * SHORT_BYTES] {
            let prefixed = [vec![0], vec![7; length]].concat();
            assert_eq!(leaf(&prefixed[1..]), sha256(&prefixed), "{length} bytes");
        }
    }

    #[test]
    fn the_root_is_the_one_of_the_definition() {
        for count in 0..70_u8 {
            let mut leaves: Vec<Hash> = (0..count).map(|number| leaf(&[number])).collect();
            let expected = by_definition(&leaves);
            assert_eq!(merkle_root(&mut leaves), expected, "{count} leaves");
        }
    }
}
