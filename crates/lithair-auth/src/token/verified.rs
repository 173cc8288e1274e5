//! What was verified: a bounded memory of good tokens, by their hashes.

use std::collections::HashMap;

use aws_lc_rs::digest::{SHA256, digest};
use lithair_model::{Principal, Timestamp};
use parking_lot::Mutex;

use crate::Refused;

const SHARDS: usize = 16;
/// Tokens of a shard. With claims, a token takes about a kilobyte: 16 MiB in all.
const SHARD_TOKENS_MAX: usize = 1024;

type Hash = [u8; 32];

/// Tokens that were good, until they end. A hash of 256 bits stands for the token, so none is kept.
#[derive(Default)]
pub(super) struct Verified {
    shards: [Mutex<HashMap<Hash, Entry>>; SHARDS],
}

struct Entry {
    principal: Principal,
    until: Timestamp,
    generation: u64,
}

impl Verified {
    /// The principal of a token that is known and has not ended, or what `verify` makes of it.
    pub(super) fn or_else(
        &self,
        token: &str,
        generation: u64,
        now: Timestamp,
        verify: impl FnOnce() -> Result<(Principal, Timestamp), Refused>,
    ) -> Result<Principal, Refused> {
        let hash = hash(token);
        let shard = &self.shards[usize::from(hash[0]) % SHARDS];
        if let Some(entry) = shard.lock().get(&hash)
            && entry.generation == generation
        {
            // It ended since: nothing that it would be verified for again.
            return if now < entry.until { Ok(entry.principal.clone()) } else { Err(Refused::Expired) };
        }
        let (principal, until) = verify()?;
        let mut shard = shard.lock();
        if shard.len() >= SHARD_TOKENS_MAX {
            shard.retain(|_, entry| now < entry.until && entry.generation == generation);
        }
        // Only an issuer could fill it: what is not signed does not come here.
        if shard.len() >= SHARD_TOKENS_MAX {
            shard.clear();
        }
        shard.insert(hash, Entry { principal: principal.clone(), until, generation });
        Ok(principal)
    }
}

fn hash(token: &str) -> Hash {
    digest(&SHA256, token.as_bytes()).as_ref().try_into().expect("SHA-256 has 32 bytes")
}

impl std::fmt::Debug for Verified {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Verified").finish_non_exhaustive()
    }
}
