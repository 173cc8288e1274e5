//! Sizes and times as people write them.

use std::time::Duration;

const SIZES: [(&str, u32); 5] = [("TiB", 40), ("GiB", 30), ("MiB", 20), ("KiB", 10), ("B", 0)];
const TIMES: [(&str, u64); 4] = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];

/// Bytes: `512`, `64KiB`, `8MiB`, `1GiB`.
pub(super) fn size(text: &str) -> Option<u64> {
    let unit = |(unit, shift): &(&str, u32)| Some((text.strip_suffix(unit)?, *shift));
    let (digits, shift) = SIZES.iter().find_map(unit).unwrap_or((text, 0));
    number(digits)?.checked_mul(1 << shift)
}

/// A size in the largest unit that needs no fraction.
pub(super) fn show_size(bytes: u64) -> String {
    let fits = |(_, shift): &&(&str, u32)| bytes.is_multiple_of(1 << shift) && bytes >= 1 << shift;
    SIZES.iter().find(fits).map_or_else(|| bytes.to_string(), |(unit, shift)| format!("{}{unit}", bytes >> shift))
}

/// A time: `500ms`, `10s`, `5m`, `1h`. A number without a unit is none: nobody would know which was meant.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let unit = |(unit, millis): &(&str, u64)| Some((text.strip_suffix(unit)?, *millis));
    let (digits, millis) = TIMES.iter().find_map(unit)?;
    number(digits)?.checked_mul(millis).map(Duration::from_millis)
}

/// As [`duration`], and days: `30d`.
pub(crate) fn long_duration(text: &str) -> Option<Duration> {
    match text.strip_suffix('d') {
        Some(days) => number(days)?.checked_mul(24 * 60 * 60).map(Duration::from_secs),
        None => duration(text),
    }
}

fn number(digits: &str) -> Option<u64> {
    let digits = digits.trim_end();
    // `parse` would take a plus sign.
    digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| digits.parse().ok())?
}
