//! Passwords: Argon2id (RFC 9106) with 19 MiB, two passes, one lane; what OWASP asks for at least.
//!
//! A hash takes that memory for some tens of milliseconds, so a flood of logins is an attack on memory: so many run at once, so many wait,
//! and the others are told to come again.

#[cfg(feature = "users")]
mod hashing {
    use std::sync::Arc;

    use argon2::{Algorithm, Argon2, Params, Version};
    use aws_lc_rs::constant_time::verify_slices_are_equal;
    use tokio::sync::Semaphore;

    use crate::base64;

    const MEMORY_KIB: u32 = 19_456;
    const PASSES: u32 = 2;
    const LANES: u32 = 1;
    const SALT_BYTES: usize = 16;
    const HASH_BYTES: usize = 32;
    /// Who waits for a hash; each waits some tens of milliseconds for everybody before.
    const WAITING_MAX: usize = 64;

    /// Hashes passwords on threads of their own, so many at once. One for the whole program: each lets as many run.
    #[derive(Clone, Debug)]
    pub struct Hashing {
        running: Arc<Semaphore>,
        waiting: Arc<Semaphore>,
        /// Of a password that nobody has: what is compared where there is no user.
        dummy: Arc<str>,
    }

    impl Hashing {
        /// Computes a hash: that of a password that nobody has.
        #[expect(clippy::new_without_default, reason = "it computes a hash, which is no default")]
        pub fn new() -> Self {
            let cores = std::thread::available_parallelism().map_or(1, usize::from);
            Self {
                running: Arc::new(Semaphore::new(cores.div_ceil(2))),
                waiting: Arc::new(Semaphore::new(WAITING_MAX)),
                dummy: phc("nobody has this password").into(),
            }
        }

        /// What is kept of a password; none if too many wait already.
        pub async fn of(&self, password: String) -> Option<String> {
            self.run(move || phc(&password)).await
        }

        /// Whether it is the password of which that was kept. Takes as long where nothing is kept. None if too many wait already.
        pub async fn is(&self, password: String, kept: Option<String>) -> Option<bool> {
            let dummy = Arc::clone(&self.dummy);
            let compare = move || match kept {
                Some(kept) => is_of(&password, &kept),
                None => {
                    let _ = is_of(&password, &dummy);
                    false
                }
            };
            self.run(compare).await
        }

        /// For tests: takes all places of those who wait, until it is dropped.
        ///
        /// # Panics
        /// Somebody waits.
        #[cfg(any(test, feature = "testing"))]
        pub fn occupied(&self) -> tokio::sync::OwnedSemaphorePermit {
            let count = WAITING_MAX.try_into().expect("few");
            Arc::clone(&self.waiting).try_acquire_many_owned(count).expect("all are free")
        }

        async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
            let _waiting = self.waiting.try_acquire().ok()?;
            let permit = Arc::clone(&self.running).acquire_owned().await.ok()?;
            let work = move || {
                // Held until the memory is free again, also if whoever asked has gone.
                let _permit = permit;
                work()
            };
            tokio::task::spawn_blocking(work).await.ok()
        }
    }

    fn derive(password: &str, salt: &[u8], parameters: (u32, u32, u32)) -> Option<[u8; HASH_BYTES]> {
        let (memory, passes, lanes) = parameters;
        let parameters = Params::new(memory, passes, lanes, Some(HASH_BYTES)).ok()?;
        let mut hash = [0; HASH_BYTES];
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters);
        argon2.hash_password_into(password.as_bytes(), salt, &mut hash).ok()?;
        Some(hash)
    }

    /// `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`, the two in base64 without padding.
    fn phc(password: &str) -> String {
        let mut salt = [0; SALT_BYTES];
        aws_lc_rs::rand::fill(&mut salt).expect("the operating system has randomness");
        let hash = derive(password, &salt, (MEMORY_KIB, PASSES, LANES)).expect("the parameters are right");
        let text = |bytes: &[u8]| base64::encode(bytes).replace('-', "+").replace('_', "/");
        format!("$argon2id$v=19$m={MEMORY_KIB},t={PASSES},p={LANES}${}${}", text(&salt), text(&hash))
    }

    fn is_of(password: &str, kept: &str) -> bool {
        let parts: Vec<&str> = kept.split('$').collect();
        let ["", "argon2id", "v=19", parameters, salt, hash] = parts[..] else { return false };
        let number = |name: &str| {
            let given = parameters.split(',').find_map(|part| part.strip_prefix(name))?;
            given.parse::<u32>().ok()
        };
        let bytes = |text: &str| base64::decode(&text.replace('+', "-").replace('/', "_"));
        let (Some(memory), Some(passes), Some(lanes)) = (number("m="), number("t="), number("p=")) else {
            return false;
        };
        let (Some(salt), Some(hash)) = (bytes(salt), bytes(hash)) else { return false };
        let derived = derive(password, &salt, (memory, passes, lanes));
        derived.is_some_and(|derived| verify_slices_are_equal(&derived, &hash).is_ok())
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn a_password_is_itself_and_no_other_and_no_two_hashes_are_alike() {
            let (first, second) = (phc("correct horse"), phc("correct horse"));
            assert!(first.starts_with("$argon2id$v=19$m=19456,t=2,p=1$") && first != second);
            assert!(is_of("correct horse", &first) && is_of("correct horse", &second));
            for (password, kept) in
                [("correct horsf", first.as_str()), ("", &first), ("correct horse", ""), ("a", "$argon2id$")]
            {
                assert!(!is_of(password, kept), "{password} {kept}");
            }
        }

        #[test]
        fn hashes_of_other_programs_are_understood() {
            // The reference implementation: `echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1 -l 32`.
            let kept = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
            assert!(is_of("password", kept) && !is_of("Password", kept));
        }

        #[test]
        fn too_many_at_once_are_sent_away() {
            let hashing = Hashing::new();
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
            let all = hashing.occupied();
            assert_eq!(runtime.block_on(hashing.is("a".to_owned(), None)), None);
            drop(all);
            assert_eq!(runtime.block_on(hashing.is("a".to_owned(), None)), Some(false));
        }
    }
}

#[cfg(not(feature = "users"))]
mod hashing {
    /// There is none without the feature `users`, so there are no users either.
    #[derive(Clone, Copy, Debug)]
    pub enum Hashing {}

    impl Hashing {
        /// Of nobody.
        pub async fn of(&self, _: String) -> Option<String> {
            match *self {}
        }

        /// Of nobody.
        pub async fn is(&self, _: String, _: Option<String>) -> Option<bool> {
            match *self {}
        }
    }
}

pub use hashing::Hashing;
