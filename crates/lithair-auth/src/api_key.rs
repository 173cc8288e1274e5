//! API keys: `lth_<env>_<id>_<secret>_<crc>`.
//!
//! | part   | letters | is                                                                  |
//! |--------|--------:|---------------------------------------------------------------------|
//! | lth    |       3 | what scanners for leaked secrets look for                           |
//! | env    |    1-12 | a word of whoever made it: `live`, `test`                           |
//! | id     |      12 | which key: in lists, in the log, and not secret                     |
//! | secret |      52 | 256 random bits or a few more                                       |
//! | crc    |       8 | CRC-32C of all before it in hexadecimal: a typing mistake is no guess |

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use lithair_model::{Backend, Catalog, Credential, Identity, Principal, READ, Scopes, Timestamp, Value, WRITE};
use parking_lot::Mutex;
use serde::Serialize;

use crate::Refused;
use crate::records::ApiKey;
use crate::secret::{SecretHash, random_letters};
use crate::session::is_kept_out;
use crate::table::{StoreError, Table};
use crate::user::User;

/// What every key begins with.
pub const PREFIX: &str = "lth_";

const ID_LETTERS: usize = 12;
const SECRET_LETTERS: usize = 52;
const TEXT_BYTES_MAX: usize = 128;
/// Keys that are remembered to have been good, for when guesses are held up; few in tests, which fill it.
const GOOD_MAX: usize = if cfg!(test) { 3 } else { 16_384 };

/// The keys of a server.
#[derive(Debug)]
pub struct ApiKeys {
    table: Table<ApiKey>,
    users: Table<User>,
    hash: SecretHash,
    good: Mutex<HashSet<String>>,
}

/// A key that is to be made.
#[derive(Clone, Debug, Default)]
pub struct NewApiKey {
    /// What people call it.
    pub name: Option<String>,
    /// A word in its text: `live` if nothing is said.
    pub environment: Option<String>,
    /// For whom it acts: whose records it owns. Itself, if for nobody else.
    pub subject: Option<String>,
    /// Its roles.
    pub roles: Vec<String>,
    /// Its tenant.
    pub tenant: Option<String>,
    /// What it may be used for. None means [`NewApiKey::SCOPES`].
    pub scopes: Vec<String>,
    /// How long it is good.
    pub expires_in: Duration,
}

impl NewApiKey {
    /// All that its roles may do.
    pub const SCOPES: [&str; 2] = [READ, WRITE];

    /// What it may be used for, with what nothing said means.
    pub(crate) fn scopes(&self) -> Vec<String> {
        if self.scopes.is_empty() { Self::SCOPES.map(str::to_owned).to_vec() } else { self.scopes.clone() }
    }
}

/// A key that was made.
#[derive(Clone, Debug)]
pub struct MadeApiKey {
    /// Its text. It is in no record, so this is the only time that anybody can read it.
    pub key: String,
    /// What is kept of it.
    pub shown: ShownApiKey,
}

/// A key as lists show it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[expect(missing_docs, reason = "the members of the answer, as in `NewApiKey`")]
pub struct ShownApiKey {
    pub id: String,
    pub name: Option<String>,
    pub subject: Option<String>,
    pub roles: Vec<String>,
    pub tenant: Option<String>,
    pub scopes: Vec<String>,
    pub created_at: String,
    pub created_by: Option<String>,
    pub expires_at: String,
    pub revoked_at: Option<String>,
}

impl ApiKeys {
    /// The keys of these models' records.
    pub fn new(catalog: &Catalog, directory_secret: &[u8; 32]) -> Self {
        let (table, users) = (Table::new(catalog), Table::new(catalog));
        Self { table, users, hash: SecretHash::new(directory_secret, "api keys"), good: Mutex::default() }
    }

    /// Whom a key speaks of. Asked of the records every time, so a key that is revoked is refused from then on.
    ///
    /// # Errors
    /// Why it proves nothing.
    pub fn verify(&self, backend: &dyn Backend, text: &str, now: Timestamp) -> Result<Principal, Refused> {
        let id = id_of(text)?;
        let found = self.table.get(backend, &Value::Text(id.to_owned()));
        // The hash is made of a key that is not there, too: how long the answer takes says nothing.
        let kept = found.as_ref().map_or("", |(key, _)| key.hash.as_str());
        let is_right = self.hash.is(text, kept);
        let (key, _) = found.ok_or(Refused::Unknown)?;
        if !is_right {
            return Err(Refused::Secret);
        }
        if key.revoked_at.is_some() {
            return Err(Refused::Revoked);
        }
        if now >= key.expires_at {
            return Err(Refused::Expired);
        }
        // The sessions of whoever is kept out have ended, and so has what is done for them.
        if key.subject.as_deref().is_some_and(|subject| is_kept_out(backend, &self.users, subject)) {
            return Err(Refused::Disabled);
        }
        let mut good = self.good.lock();
        if good.len() >= GOOD_MAX {
            good.clear();
        }
        if !good.contains(&key.hash) {
            good.insert(key.hash.clone());
        }
        drop(good);
        Ok(identity(key).into())
    }

    /// Whether this key was good before.
    pub fn remembers(&self, text: &str) -> bool {
        text.len() <= TEXT_BYTES_MAX && self.good.lock().contains(&self.hash.of(text))
    }

    /// Makes a key. On return it is durable.
    ///
    /// # Errors
    /// The log does not take it.
    pub async fn create(
        &self,
        backend: &dyn Backend,
        new: NewApiKey,
        by: &Principal,
        now: Timestamp,
    ) -> Result<MadeApiKey, StoreError> {
        let id = random_letters(ID_LETTERS);
        let environment = new.environment.as_deref().unwrap_or("live");
        let unsealed = format!("{PREFIX}{environment}_{id}_{}", random_letters(SECRET_LETTERS));
        let key = format!("{unsealed}_{:08x}", crc32c::crc32c(unsealed.as_bytes()));
        let scopes = new.scopes();
        let lifetime = i64::try_from(new.expires_in.as_micros()).unwrap_or(i64::MAX);
        let record = ApiKey {
            id,
            hash: self.hash.of(&key),
            name: new.name,
            subject: new.subject,
            roles: new.roles,
            tenant: new.tenant,
            scopes,
            created_at: now,
            created_by: by.actor().map(str::to_owned),
            expires_at: Timestamp::from_micros(now.micros().saturating_add(lifetime)),
            revoked_at: None,
        };
        self.table.create(backend, &record, by, now).await?;
        Ok(MadeApiKey { key, shown: shown(record) })
    }

    /// All keys, the revoked and expired ones too.
    pub fn list(&self, backend: &dyn Backend) -> Vec<ShownApiKey> {
        self.table.all(backend, None).into_iter().map(shown).collect()
    }

    /// The key with this identifier.
    pub fn find(&self, backend: &dyn Backend, id: &str) -> Option<ShownApiKey> {
        self.table.get(backend, &Value::Text(id.to_owned())).map(|(key, _)| shown(key))
    }

    /// Takes a key back: from when this returns it is refused. False if there is none; one that was taken back stays so.
    ///
    /// # Errors
    /// The log does not take it.
    pub async fn revoke(
        &self,
        backend: &dyn Backend,
        id: &str,
        by: &Principal,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let Some((key, revision)) = self.table.get(backend, &Value::Text(id.to_owned())) else { return Ok(false) };
        if key.revoked_at.is_none() {
            let revoked = ApiKey { revoked_at: Some(now), ..key };
            self.table.replace(backend, &revoked, revision, by, now).await?;
        }
        Ok(true)
    }
}

/// Whether a word may stand in a key's text.
pub(crate) fn is_environment(word: &str) -> bool {
    (1..=12).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
}

/// The identifier in a key's text, if its form and checksum are right.
fn id_of(text: &str) -> Result<&str, Refused> {
    if text.len() > TEXT_BYTES_MAX {
        return Err(Refused::TooLong);
    }
    let (unsealed, checksum) = text.rsplit_once('_').ok_or(Refused::Checksum)?;
    let is_hexadecimal = checksum.len() == 8 && checksum.bytes().all(|byte| b"0123456789abcdef".contains(&byte));
    if !is_hexadecimal || u32::from_str_radix(checksum, 16) != Ok(crc32c::crc32c(unsealed.as_bytes())) {
        return Err(Refused::Checksum);
    }
    let parts: Vec<&str> = unsealed.split('_').collect();
    match parts[..] {
        ["lth", environment, id, secret]
            if is_environment(environment) && id.len() == ID_LETTERS && secret.len() == SECRET_LETTERS =>
        {
            Ok(id)
        }
        _ => Err(Refused::Checksum),
    }
}

/// Whoever shows the key.
pub(crate) fn identity(key: ApiKey) -> Identity {
    let subject = key.subject.as_deref().unwrap_or(&key.id);
    let scopes: BTreeSet<String> = key.scopes.into_iter().collect();
    let identity = Identity::new(Credential::ApiKey, subject)
        .with_credential_id(&key.id)
        .until(key.expires_at)
        .with_roles(key.roles)
        .with_scopes(Scopes::Only(scopes));
    match key.tenant {
        Some(tenant) => identity.of_tenant(&tenant),
        None => identity,
    }
}

fn shown(key: ApiKey) -> ShownApiKey {
    ShownApiKey {
        id: key.id,
        name: key.name,
        subject: key.subject,
        roles: key.roles,
        tenant: key.tenant,
        scopes: key.scopes,
        created_at: key.created_at.to_string(),
        created_by: key.created_by,
        expires_at: key.expires_at.to_string(),
        revoked_at: key.revoked_at.map(|time| time.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_made_is_a_key() {
        let unsealed = format!("lth_live_{}_{}", "a".repeat(12), "b".repeat(52));
        let sealed = |text: &str| format!("{text}_{:08x}", crc32c::crc32c(text.as_bytes()));
        let key = sealed(&unsealed);
        assert_eq!(id_of(&key), Ok("aaaaaaaaaaaa"));
        let mut letters = key.clone().into_bytes();
        for place in 0..letters.len() {
            let letter = letters[place];
            letters[place] = if letter == b'x' { b'y' } else { b'x' };
            assert_eq!(id_of(&String::from_utf8_lossy(&letters)), Err(Refused::Checksum), "at {place}");
            letters[place] = letter;
        }
        for wrong in ["", "lth_", "lth_live", &key.to_uppercase(), &key[..key.len() - 1], &format!("{key}0")] {
            assert_eq!(id_of(wrong), Err(Refused::Checksum), "{wrong}");
        }
        let (id, secret) = ("a".repeat(12), "b".repeat(52));
        for wrong in [
            "lth_live_a_b",
            "lth_LIVE_aaaaaaaaaaaa_b",
            "sk_live_aaaaaaaaaaaa_b",
            // One part is wrong, and the others are right.
            &format!("lth_live_{id}_b"),
            &format!("lth_live_a_{secret}"),
            &format!("lth_LIVE_{id}_{secret}"),
            &format!("sk_live_{id}_{secret}"),
        ] {
            assert_eq!(id_of(&sealed(wrong)), Err(Refused::Checksum), "{wrong}");
        }
        // A checksum is eight small letters: another spelling of its number is another text.
        let with_letters = (0..100).map(|n| format!("lth_live_{id}_{}{}", n % 10, "b".repeat(51)).replace('0', "c"));
        let with_letters = with_letters.map(|text| sealed(&text)).find(|key| {
            let checksum = key.rsplit_once('_').map_or("", |(_, checksum)| checksum);
            checksum.bytes().any(|byte| byte.is_ascii_lowercase())
        });
        let key = with_letters.expect("one of them");
        let (unsealed, checksum) = key.rsplit_once('_').expect("a checksum");
        assert!(id_of(&key).is_ok());
        for other in [checksum.to_uppercase(), format!("0{checksum}"), format!("+{checksum}")] {
            assert_eq!(id_of(&format!("{unsealed}_{other}")), Err(Refused::Checksum), "{other}");
        }
        assert_eq!(id_of(&"a".repeat(128)), Err(Refused::Checksum));
        assert_eq!(id_of(&"a".repeat(129)), Err(Refused::TooLong));
    }

    #[test]
    fn keys_differ() {
        let keys: HashSet<String> = (0..1_000).map(|_| random_letters(SECRET_LETTERS)).collect();
        assert_eq!(keys.len(), 1_000);
        assert!(keys.iter().all(|key| key.len() == SECRET_LETTERS));
        let letters: HashSet<char> = keys.iter().flat_map(|key| key.chars()).collect();
        assert_eq!(letters.len(), 32, "each letter is five bits");
    }
}
