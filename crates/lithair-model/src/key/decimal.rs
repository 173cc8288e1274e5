//! Decimals in keys: sign and exponent, then the digits in pairs.
//!
//! A number is `0.d1 d2 d3 .. * 10^exponent` with `d1` not zero. Numbers of one sign compare by exponent, then by digits;
//! trailing zeros are left out, so that equal numbers have equal keys.

use rust_decimal::Decimal;

use super::encode::{END, ZERO};

/// Keeps the header of a positive number above `ZERO`: exponents reach from -27 to 29.
const EXPONENT_SHIFT: i32 = 29;
/// Added to a pair of digits `0..=99`, so that no pair is `END` or less.
const PAIR_SHIFT: u8 = 2;

pub(super) fn encode(number: &Decimal, out: &mut Vec<u8>) {
    let start = out.len();
    encode_positive(&number.abs(), out);
    if number.is_sign_negative() && !number.is_zero() {
        out[start..].iter_mut().for_each(|byte| *byte = !*byte);
    }
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "at most 29 digits and 28 places make a header that fits in a byte"
)]
fn encode_positive(number: &Decimal, out: &mut Vec<u8>) {
    let number = number.normalize();
    if number.is_zero() {
        return out.push(ZERO);
    }
    let digits = number.mantissa().to_string().into_bytes();
    let exponent = digits.len() as i32 - number.scale() as i32;
    out.push((i32::from(ZERO) + exponent + EXPONENT_SHIFT) as u8);
    for pair in digits.chunks(2) {
        let ones = pair.get(1).copied().unwrap_or(b'0');
        out.push((pair[0] - b'0') * 10 + (ones - b'0') + PAIR_SHIFT);
    }
    out.push(END);
}

/// The number at the beginning of the bytes, and what follows it.
pub(super) fn decode(bytes: &[u8]) -> Option<(Decimal, &[u8])> {
    let (&header, rest) = bytes.split_first()?;
    if header == ZERO {
        return Some((Decimal::ZERO, rest));
    }
    let mask = if header < ZERO { 0xff } else { 0 };
    let exponent = i32::from(header ^ mask) - i32::from(ZERO) - EXPONENT_SHIFT;
    let end = rest.iter().position(|byte| byte ^ mask == END)?;
    let mut mantissa = 0_i128;
    for byte in &rest[..end] {
        let pair = (byte ^ mask).checked_sub(PAIR_SHIFT).filter(|&pair| pair < 100)?;
        mantissa = mantissa.checked_mul(100)?.checked_add(i128::from(pair))?;
    }
    let number = compose(mantissa, i32::try_from(end).ok()? * 2 - exponent)?;
    Some((if mask == 0 { number } else { -number }, &rest[end + 1..]))
}

/// `mantissa / 10^scale`, without zeros at the end.
fn compose(mut mantissa: i128, mut scale: i32) -> Option<Decimal> {
    while scale > 0 && mantissa % 10 == 0 && mantissa != 0 {
        mantissa /= 10;
        scale -= 1;
    }
    while scale < 0 {
        mantissa = mantissa.checked_mul(10)?;
        scale += 1;
    }
    Decimal::try_from_i128_with_scale(mantissa, u32::try_from(scale).ok()?).ok()
}
