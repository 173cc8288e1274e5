//! Signed tokens that were taken back.

use aws_lc_rs::digest::{SHA256, digest};
use lithair_model::{Backend, Catalog, FieldType as _, Principal, Timestamp};

use crate::base64;
use crate::records::RevokedToken;
use crate::session::{SYSTEM, gone};
use crate::table::{StoreError, Table};

const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;
/// How long a request goes on with the credential by which it was begun. An import of 16 GiB at 16 KiB a second, which is the slowest, takes twelve days.
pub const HELD_MICROS_MAX: i64 = 13 * DAY_MICROS;
/// How long it is remembered of a token whose time is over that it was taken back: longer than anything goes on that was begun with it.
const KEPT_MICROS: i64 = HELD_MICROS_MAX + DAY_MICROS;

/// Signed tokens that were taken back before their end: what an issuer cannot do, whose tokens are good wherever they are.
#[derive(Debug)]
pub struct RevokedTokens {
    table: Table<RevokedToken>,
}

impl RevokedTokens {
    /// Those of these models' records.
    pub fn new(catalog: &Catalog) -> Self {
        Self { table: Table::new(catalog) }
    }

    /// Whether the token was taken back.
    pub fn contain(&self, backend: &dyn Backend, token: &str) -> bool {
        if self.table.is_empty(backend) {
            return false;
        }
        // Records from before have the hash of the whole text. They are over when their tokens are.
        [signed(token), token].iter().any(|text| self.table.get(backend, &hash(text).to_value()).is_some())
    }

    /// Takes a token back: from when this returns it is refused.
    ///
    /// # Errors
    /// The log does not take it.
    pub async fn add(
        &self,
        backend: &dyn Backend,
        token: &str,
        principal: &Principal,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let expires = principal.identity().and_then(|identity| identity.expires());
        let record = RevokedToken { hash: hash(signed(token)), revoked_at: now, expires_at: expires.unwrap_or(now) };
        // Who comes second wanted the same.
        gone(self.table.create(backend, &record, principal, now).await)
    }

    /// Forgets those whose time is over anyway, and was over before anything began that is still under way.
    ///
    /// # Errors
    /// The log does not take it.
    pub async fn sweep(&self, backend: &dyn Backend, now: Timestamp) -> Result<(), StoreError> {
        for token in
            self.table.all(backend, None).into_iter().filter(|token| now >= token.expires_at.plus_micros(KEPT_MICROS))
        {
            gone(self.table.delete(backend, &token.hash.to_value(), &SYSTEM, now).await)?;
        }
        Ok(())
    }
}

/// What the issuer has signed. The signature is left out, for there may be others: of ECDSA's `(r, s)`, `(r, n - s)` is as good, and anybody can
/// tell it from the first (SEC 1, 4.1.4).
fn signed(token: &str) -> &str {
    token.rsplit_once('.').map_or(token, |(signed, _)| signed)
}

fn hash(text: &str) -> String {
    base64::encode(digest(&SHA256, text.as_bytes()).as_ref())
}
