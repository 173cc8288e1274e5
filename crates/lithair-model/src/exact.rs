//! Decimal numbers from their text, exactly or not at all.

use rust_decimal::Decimal;

/// Digits that an `i128` surely holds; a [`Decimal`] holds fewer.
const DIGITS_MAX: usize = 38;
/// Digits that a [`Decimal`] surely holds, wherever the point is.
const PLAIN_DIGITS_MAX: usize = 28;

/// The number that a text means: `-12.50`, `1e2`. None if it is no number, or none that a [`Decimal`] holds without rounding.
///
/// The places are those that were written: `12.50` has two. Zero has no sign.
pub(crate) fn exact_decimal(text: &str) -> Option<Decimal> {
    let (is_negative, text) = text.strip_prefix('-').map_or((false, text), |text| (true, text));
    let (base, exponent) = text.split_once(['e', 'E']).map_or((text, None), |(base, exponent)| (base, Some(exponent)));
    let (whole, fraction) = base.split_once('.').map_or((base, None), |(whole, fraction)| (whole, Some(fraction)));
    if !is_digits(whole) || fraction.is_some_and(|fraction| !is_digits(fraction)) {
        return None;
    }
    let fraction = fraction.unwrap_or_default();
    if exponent.is_none() && whole.len() + fraction.len() <= PLAIN_DIGITS_MAX {
        return Some(plain(is_negative, whole, fraction));
    }
    let written = [whole, fraction].concat();
    let digits = written.trim_start_matches('0');
    let places = i64::try_from(fraction.len()).ok()? - exponent.map_or(Some(0), read_exponent)?;
    if digits.is_empty() {
        return Some(Decimal::new(0, u32::try_from(places.clamp(0, Decimal::MAX_SCALE.into())).ok()?));
    }
    let number = scaled(digits, places)?;
    Some(if is_negative { -number } else { number })
}

/// A number without an exponent, of so few digits that it is held as it is written.
fn plain(is_negative: bool, whole: &str, fraction: &str) -> Decimal {
    let digits = whole.bytes().chain(fraction.bytes());
    let magnitude = digits.fold(0_i128, |number, digit| number * 10 + i128::from(digit - b'0'));
    let number = if is_negative { -magnitude } else { magnitude };
    Decimal::from_i128_with_scale(number, u32::try_from(fraction.len()).expect("at most 28 digits"))
}

/// The digits with so many of them behind the point; negative: so many zeros are to be added.
fn scaled(digits: &str, places: i64) -> Option<Decimal> {
    if let Ok(zeros) = usize::try_from(-places) {
        let length = digits.len().checked_add(zeros).filter(|&length| length <= DIGITS_MAX)?;
        return Decimal::try_from_i128_with_scale(format!("{digits:0<length$}").parse().ok()?, 0).ok();
    }
    let (mut digits, mut places) = (digits, places);
    loop {
        let held = || Decimal::try_from_i128_with_scale(digits.parse().ok()?, u32::try_from(places).ok()?).ok();
        let number = if digits.len() <= DIGITS_MAX { held() } else { None };
        if number.is_some() {
            return number;
        }
        // A zero at the end of the fraction can go without changing the number.
        digits = digits.strip_suffix('0').filter(|_| places > 0)?;
        places -= 1;
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn read_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let exponent = if is_digits(digits) { digits.parse::<i64>().ok()? } else { return None };
    // Far beyond what can be held, and far from overflowing what it is added to.
    let exponent = exponent.min(1 << 40);
    Some(if text.starts_with('-') { -exponent } else { exponent })
}

/// The sum of two numbers; none if a [`Decimal`] does not hold it exactly.
pub(crate) fn exact_sum(one: Decimal, other: Decimal) -> Option<Decimal> {
    let (one, other) = (one.normalize(), other.normalize());
    let scale = one.scale().max(other.scale());
    let digits = |number: Decimal| number.mantissa().checked_mul(10_i128.checked_pow(scale - number.scale())?);
    held(digits(one)?.checked_add(digits(other)?)?, scale)
}

/// The product of two numbers; none if a [`Decimal`] does not hold it exactly.
pub(crate) fn exact_product(one: Decimal, other: Decimal) -> Option<Decimal> {
    let (one, other) = (one.normalize(), other.normalize());
    held(one.mantissa().checked_mul(other.mantissa())?, one.scale() + other.scale())
}

/// A number of these digits, the last so many of them behind the point, without zeros at the end.
fn held(mut digits: i128, mut scale: u32) -> Option<Decimal> {
    loop {
        if let Ok(number) = Decimal::try_from_i128_with_scale(digits, scale) {
            return Some(number.normalize());
        }
        if scale == 0 || digits % 10 != 0 {
            return None;
        }
        (digits, scale) = (digits / 10, scale - 1);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, shown: &str) {
        assert_eq!(exact_decimal(text).map_or("none".to_owned(), |number| number.to_string()), shown, "{text}");
    }

    #[test]
    fn numbers_are_read_exactly_or_not_at_all() {
        check("12.50", "12.50");
        check("-0.05", "-0.05");
        check("1e2", "100");
        check("1.50E+1", "15.0");
        check("125e-2", "1.25");
        check("-0.00", "0.00");
        check("0e999999999999", "0");
        check("0e-999999999999", "0.0000000000000000000000000000");
        check("79228162514264337593543950335", "79228162514264337593543950335");
        check("79228162514264337593543950336", "none");
        check("0.0000000000000000000000000001", "0.0000000000000000000000000001");
        check("0.00000000000000000000000000010", "0.0000000000000000000000000001");
        check("0.00000000000000000000000000001", "none");
        check("1.00000000000000000000000000000000000000000000000", "1.0000000000000000000000000000");
        check("1.00000000000000000000000000000000000000000000001", "none");
        check("1e28", "10000000000000000000000000000");
        check("1e29", "none");
        check("1e9223372036854775807", "none");
        check("1e-9223372036854775808", "none");
        for text in ["", "-", "+1", "1.", ".5", "1_000", "1e", "1e+", "1e1.5", " 1", "1 ", "--1", "0x1", "NaN", "١"] {
            check(text, "none");
        }
    }

    #[test]
    fn sums_and_products_are_exact_or_none() {
        let number = |text: &str| exact_decimal(text).expect("is a decimal");
        let sum = |one: &str, other: &str| exact_sum(number(one), number(other)).map(|sum| sum.to_string());
        let product = |one: &str, other: &str| exact_product(number(one), number(other)).map(|sum| sum.to_string());
        assert_eq!(sum("0.10", "0.20").as_deref(), Some("0.3"));
        assert_eq!(sum("79228162514264337593543950335", "0.1"), None);
        assert_eq!(sum("79228162514264337593543950335", "1"), None);
        assert_eq!(sum("1000000000000000000", "0.0000000001").as_deref(), Some("1000000000000000000.0000000001"));
        assert_eq!(product("19.99", "3").as_deref(), Some("59.97"));
        assert_eq!(product("0.00000000000001", "0.00000000000001").as_deref(), Some("0.0000000000000000000000000001"));
        assert_eq!(product("0.00000000000001", "0.000000000000001"), None);
        assert_eq!(product("10000000000000000000000000000", "10"), None);
        assert_eq!(product("-2.5", "-4").as_deref(), Some("10"));
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(mantissa in any::<i64>(), scale in 0_u32..=28) {
            let number = Decimal::from_i128_with_scale(i128::from(mantissa), scale);
            let read = exact_decimal(&number.to_string());
            prop_assert_eq!(read, Some(number));
            prop_assert_eq!(read.map(|read| read.scale()), Some(scale));
        }

        #[test]
        fn no_text_is_too_strange(text in "[-+0-9.eE]{0,60}") {
            exact_decimal(&text);
        }
    }
}
