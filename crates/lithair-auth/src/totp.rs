//! One-time codes of a device (RFC 6238): six digits, HMAC-SHA-1, a new one every thirty seconds. What every such program makes.

use aws_lc_rs::hmac;
use lithair_model::Timestamp;

const STEP_MICROS: i64 = 30 * 1_000_000;
const SECRET_BYTES: usize = 20;
const DIGITS: u32 = 1_000_000;

/// The step of a time.
fn step(now: Timestamp) -> i64 {
    now.micros().div_euclid(STEP_MICROS)
}

/// The code of a step.
fn code(secret: &[u8], step: i64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    // RFC 4226, 5.3: the last four bits say where the four bytes are.
    let offset = usize::from(tag[tag.len() - 1] & 0xF);
    let bytes: [u8; 4] = tag[offset..offset + 4].try_into().expect("twenty bytes are enough");
    format!("{:06}", (u32::from_be_bytes(bytes) & 0x7FFF_FFFF) % DIGITS)
}

/// The step whose code this is, if it is one of now, the one before or the one after, and later than the last that was taken.
pub(crate) fn step_of(secret: &[u8], given: &str, last: i64, now: Timestamp) -> Option<i64> {
    let now = step(now);
    let is_it = |step: i64| {
        aws_lc_rs::constant_time::verify_slices_are_equal(code(secret, step).as_bytes(), given.as_bytes()).is_ok()
    };
    // All are computed, whichever it is.
    let found = [now - 1, now, now + 1].map(|step| (step, is_it(step)));
    found.into_iter().find(|(step, is_it)| *is_it && *step > last).map(|(step, _)| step)
}

/// A new secret.
pub(crate) fn secret() -> Vec<u8> {
    let mut secret = vec![0; SECRET_BYTES];
    aws_lc_rs::rand::fill(&mut secret).expect("the operating system has randomness");
    secret
}

/// A secret as devices take it: base32 (RFC 4648, 6) without padding.
pub(crate) fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let bits = bytes.len() * 8;
    let bit = |place: usize| place < bits && bytes[place / 8] >> (7 - place % 8) & 1 == 1;
    let letter = |first: usize| (first..first + 5).fold(0, |digit, place| digit << 1 | usize::from(bit(place)));
    (0..bits).step_by(5).map(|first| char::from(LETTERS[letter(first)])).collect()
}

/// The code that a device with this secret shows: for tests.
#[cfg(any(test, feature = "testing"))]
pub(crate) fn shown(secret: &[u8], now: Timestamp) -> String {
    code(secret, step(now))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_those_of_the_standard() {
        // RFC 6238, appendix B, the last six of eight digits.
        for (seconds, expected) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code(b"12345678901234567890", seconds / 30), expected);
        }
    }

    #[test]
    fn a_step_is_half_a_minute() {
        let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
        let taken = |seconds: i64| step_of(b"12345678901234567890", "287082", 0, at(seconds));
        // The code of 30 to 59 seconds is taken a step before and a step after.
        let times = [0, 29, 30, 59, 60, 89, 90];
        assert_eq!(times.map(taken), [Some(1), Some(1), Some(1), Some(1), Some(1), Some(1), None]);
        assert_eq!(step_of(b"12345678901234567890", "287082", 0, Timestamp::from_micros(-1)), None);
        assert_eq!(shown(b"12345678901234567890", at(59)), "287082");
    }

    #[test]
    fn a_code_is_taken_once_and_not_after_its_time() {
        let secret = secret();
        let now = Timestamp::from_micros(1_000 * STEP_MICROS);
        let at = |step: i64| code(&secret, step);
        assert_eq!(step_of(&secret, &at(1_000), 0, now), Some(1_000));
        assert_eq!(step_of(&secret, &at(999), 0, now), Some(999));
        assert_eq!(step_of(&secret, &at(1_000), 1_000, now), None, "twice");
        assert_eq!(step_of(&secret, &at(999), 1_000, now), None, "an earlier one after a later one");
        assert_eq!(step_of(&secret, &at(990), 0, now), None);
        for wrong in ["", "000", "1234567", "abcdef"] {
            assert_eq!(step_of(&secret, wrong, 0, now), None);
        }
    }

    #[test]
    fn a_secret_has_160_random_bits() {
        // RFC 4226, 4 (R6).
        let secrets: std::collections::HashSet<Vec<u8>> = (0..100).map(|_| secret()).collect();
        assert!(secrets.len() == 100 && secrets.iter().all(|secret| secret.len() == 20));
    }

    #[test]
    fn base32_is_the_standards() {
        for (bytes, text) in
            [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foob", "MZXW6YQ"), ("fooba", "MZXW6YTB")]
        {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
    }
}
