//! The server's own values: identifiers and numbers.

use lithair_model::Uuid;

/// Where the server's own values come from. Given once, when a command is sealed, and stored.
pub trait Ids {
    /// A time-ordered random identifier (RFC 9562, 5.7).
    fn uuid7(&mut self) -> Uuid;

    /// A time-ordered random identifier: 48 bits of milliseconds and 80 of randomness in Crockford's base 32 (ULID specification).
    fn ulid(&mut self) -> String {
        let (first, second) = (self.uuid7().as_u128(), self.uuid7().as_u128());
        // Of a version 7 UUID the time and what follows it, version and variant left out: later is greater here as there.
        let (millis, counter, random) = (first >> 80, first >> 64 & 0xFFF, first & 0x3FFF_FFFF_FFFF_FFFF);
        crockford(millis << 80 | counter << 68 | random << 6 | second & 0x3F)
    }

    /// The next number of the model at this place; never one that was given before.
    fn sequence(&mut self, model: usize) -> u64;

    /// A number came from elsewhere: the next one is behind it.
    fn saw(&mut self, model: usize, number: u64);
}

/// 128 bits in 26 digits of Crockford's base 32.
fn crockford(bits: u128) -> String {
    const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let digit = |place: u32| char::from(DIGITS[(bits >> (5 * place) & 0x1F) as usize]);
    (0..26).rev().map(digit).collect()
}
