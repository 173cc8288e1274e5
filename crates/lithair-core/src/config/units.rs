use std::time::Duration;

/// Bytes: `512`, `64KiB`, `8MiB`, `1GiB`.
pub(super) fn size(text: &str) -> Option<usize> {
    let units = [("KiB", 10), ("MiB", 20), ("GiB", 30), ("B", 0)];
    let (digits, shift) =
        units.iter().find_map(|(unit, shift)| Some((text.strip_suffix(unit)?, *shift))).unwrap_or((text, 0));
    digits.trim_end().parse::<usize>().ok()?.checked_mul(1 << shift)
}

/// A time: `500ms`, `10s`, `5m`, `1h`.
pub(super) fn duration(text: &str) -> Option<Duration> {
    let units = [("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000)];
    let (digits, millis) = units.iter().find_map(|(unit, millis)| Some((text.strip_suffix(unit)?, *millis)))?;
    digits.trim_end().parse::<u64>().ok()?.checked_mul(millis).map(Duration::from_millis)
}
