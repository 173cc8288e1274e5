//! Media types, and how much they are liked.

pub(crate) const JSON: &str = "application/json";
pub(crate) const MERGE_PATCH: &str = "application/merge-patch+json";
pub(crate) const HTML: &str = "text/html";
pub(crate) const NDJSON: &str = "application/x-ndjson";
pub(crate) const CSV: &str = "text/csv";

/// The thousandths of a number from 0 to 1 with at most three digits behind the point (RFC 9110, 12.4.2).
pub(crate) fn thousandths(text: &str) -> Option<u32> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_number =
        matches!(whole, "0" | "1") && fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    let number: u32 = is_number.then(|| format!("{whole}{fraction:0<3}").parse().ok()).flatten()?;
    (number <= 1_000).then_some(number)
}
