//! What was verified: a bounded memory of good tokens, by their hashes.

use std::collections::HashMap;

use aws_lc_rs::digest::{SHA256, digest};
use lithair_model::{Principal, Timestamp};
use parking_lot::Mutex;

use crate::Refused;

const SHARDS: usize = 16;
/// Tokens of a shard; few in tests, which fill one. With claims, a token takes about a kilobyte: 16 MiB in all.
const SHARD_TOKENS_MAX: usize = if cfg!(test) { 4 } else { 1024 };

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

#[cfg(test)]
mod tests {
    use lithair_model::{Credential, Identity};

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    /// Tokens of one shard.
    fn tokens() -> Vec<String> {
        let texts = (0..).map(|number: u32| number.to_string());
        texts.filter(|text| hash(text)[0] % 16 == 5).take(10).collect()
    }

    fn verify(verified: &Verified, token: &str, generation: u64, now: i64, until: i64) {
        let principal = Principal::from(Identity::new(Credential::Token, token));
        let found = verified.or_else(token, generation, at(now), || Ok((principal.clone(), at(until))));
        assert_eq!(found, Ok(principal));
    }

    /// Whether a token is known to have been good, or to have ended.
    fn is_known(verified: &Verified, token: &str, generation: u64, now: i64) -> bool {
        let found = verified.or_else(token, generation, at(now), || Err(Refused::Signature));
        assert!(matches!(found, Ok(_) | Err(Refused::Expired | Refused::Signature)));
        found != Err(Refused::Signature)
    }

    #[test]
    fn a_token_is_known_until_it_ends_and_as_long_as_the_keys_stay() {
        let (verified, tokens) = (Verified::default(), tokens());
        verify(&verified, &tokens[0], 1, 0, 60);
        let ask =
            |generation, now| verified.or_else(&tokens[0], generation, at(now), || Err(Refused::Signature)).map(drop);
        assert_eq!([ask(1, 59), ask(1, 60), ask(2, 59)], [Ok(()), Err(Refused::Expired), Err(Refused::Signature)]);
        assert!(!is_known(&verified, &tokens[1], 1, 0));
        assert_eq!(format!("{verified:?}"), "Verified { .. }");
    }

    #[test]
    fn a_full_shard_forgets_what_is_of_no_use_and_if_that_is_nothing_all() {
        let (verified, tokens) = (Verified::default(), tokens());
        // Of four, one has ended, and one was signed by former keys.
        verify(&verified, &tokens[0], 1, 0, 60);
        verify(&verified, &tokens[1], 2, 0, 10);
        verify(&verified, &tokens[2], 2, 0, 60);
        verify(&verified, &tokens[3], 2, 0, 60);
        assert!(is_known(&verified, &tokens[0], 1, 10) && is_known(&verified, &tokens[1], 2, 10), "there is room");
        verify(&verified, &tokens[4], 2, 10, 60);
        let known = || [0, 1, 2, 3, 4].map(|place| is_known(&verified, &tokens[place], 2, 10));
        assert_eq!(known(), [false, false, true, true, true]);
        assert!(!is_known(&verified, &tokens[0], 1, 10));
        verify(&verified, &tokens[5], 2, 10, 60);
        assert_eq!(known(), [false, false, true, true, true], "there was room for one");
        verify(&verified, &tokens[6], 2, 10, 60);
        assert_eq!(known(), [false; 5]);
        assert_eq!([5, 6].map(|place| is_known(&verified, &tokens[place], 2, 10)), [false, true]);
    }
}
