//! Identifiers in the order of their times (RFC 9562, 5.7).

use uuid::Uuid;

/// The identifier of a millisecond since 1970, of which 48 bits are kept. `order` has 12 bits: a counter within the millisecond (6.2, method 1),
/// or randomness; `random` has 62. What is given beyond these is left out.
pub fn uuid7(millis: u64, order: u16, random: u64) -> Uuid {
    let upper = millis << 16 | 0x7000 | u64::from(order & 0xFFF);
    Uuid::from_u64_pair(upper, 1 << 63 | random & 0x3FFF_FFFF_FFFF_FFFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_has_its_bits_and_no_others() {
        let id = uuid7(0x0123_4567_89AB, 0xABC, 0x3EDC_BA98_7654_3210);
        assert_eq!(id.to_string(), "01234567-89ab-7abc-bedc-ba9876543210");
        assert_eq!(uuid7(u64::MAX, u16::MAX, u64::MAX).to_string(), "ffffffff-ffff-7fff-bfff-ffffffffffff");
        assert_eq!(uuid7(0, 0, 0).to_string(), "00000000-0000-7000-8000-000000000000");
    }
}
