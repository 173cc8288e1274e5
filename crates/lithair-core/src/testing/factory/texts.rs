//! Texts of a length, of a shape that has a name, of a pattern.

use lithair_model::{FieldSchema, Format, Rule};
use regex_syntax::hir::{Class, Hir, HirKind};

use crate::testing::Random;

const DIGITS: &[u8] = b"0123456789";
const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";

/// So many letters and digits.
pub(crate) fn letters(count: u64, random: &mut Random) -> String {
    (0..count).filter_map(|_| random.pick(LETTERS)).map(|byte| char::from(*byte)).collect()
}

/// The least and the most characters that the rules of a text take.
pub(crate) fn span(field: &FieldSchema) -> (u64, u64) {
    field.rules.iter().fold((0, u64::MAX), |(low, high), rule| match rule.rule {
        Rule::Len { min, max } | Rule::Bytes { min, max } => (low.max(min), high.min(max)),
        Rule::NonEmpty => (low.max(1), high),
        _ => (low, high),
    })
}

/// A text that is likely to keep the rules of a field.
pub(crate) fn any(field: &FieldSchema, random: &mut Random) -> String {
    let (low, high) = span(field);
    // Longer texts than needed, so that two of them are different.
    let usual = low.max(8).min(high);
    let length = if random.once_in(4) { low.max(1).min(high) } else { usual };
    let (mut text, mut is_shaped) = (letters(length, random), false);
    for rule in field.rules {
        match rule.rule {
            Rule::Format(format) => (text, is_shaped) = (shaped(format, length, random), true),
            Rule::Regex(pattern) => (text, is_shaped) = (matching(pattern, random).unwrap_or(text), true),
            _ => {}
        }
    }
    if !is_shaped {
        text = with_parts(field, text);
    }
    text.chars().take(usize::try_from(high).unwrap_or(usize::MAX)).collect()
}

fn with_parts(field: &FieldSchema, mut text: String) -> String {
    for rule in field.rules {
        text = match rule.rule {
            Rule::StartsWith(part) => format!("{part}{text}"),
            Rule::EndsWith(part) => format!("{text}{part}"),
            Rule::Contains(part) if !text.contains(part) => format!("{part}{text}"),
            _ => text,
        };
    }
    text
}

/// A text of a shape.
fn shaped(format: Format, length: u64, random: &mut Random) -> String {
    let mut digits =
        |count: usize| (0..count).map(|_| random.pick(DIGITS).copied().map_or('0', char::from)).collect::<String>();
    match format {
        Format::Phone => format!("+49{}", digits(9)),
        Format::Date => format!("20{}-0{}-1{}", digits(2), 1 + random.below(9), random.below(10)),
        Format::Time => format!("1{}:3{}:0{}", random.below(10), random.below(10), random.below(10)),
        Format::DateTime => format!("202{}-01-31T12:00:0{}Z", random.below(10), random.below(10)),
        Format::Ip => format!("10.{}.{}.{}", random.below(256), random.below(256), random.below(256)),
        Format::Uuid => {
            let (high, low) = (u128::from(random.bits()), u128::from(random.bits()));
            uuid::Builder::from_random_bytes((high << 64 | low).to_be_bytes()).into_uuid().to_string()
        }
        Format::Email => format!("{}@example.org", letters(8, random)),
        Format::Url => format!("https://example.org/{}", letters(8, random)),
        Format::Hostname => format!("{}.example.org", letters(8, random)),
        Format::Slug => letters(length.max(1), random),
        Format::Iso4217 => (*random.pick(&["EUR", "CHF", "USD", "JPY"]).unwrap_or(&"EUR")).to_owned(),
        Format::Iso3166 => (*random.pick(&["DE", "CH", "FR", "JP"]).unwrap_or(&"DE")).to_owned(),
    }
}

/// A text that certainly has not the shape.
pub(crate) const fn misshaped(format: Format) -> &'static str {
    match format {
        Format::Email => "nobody.example.org",
        Format::Url => "example dot org",
        Format::Uuid => "0190-xyz",
        Format::Phone => "call me",
        Format::Ip => "999.1.1.1",
        Format::Hostname => "-under_score-",
        Format::Slug => "not a slug",
        Format::Date => "2026-13-01",
        Format::Time => "25:61:00",
        Format::DateTime => "yesterday",
        Format::Iso4217 => "ZZZZ",
        Format::Iso3166 => "ZZZ",
    }
}

/// A text that a pattern matches.
pub(crate) fn matching(pattern: &str, random: &mut Random) -> Option<String> {
    let tree = regex_syntax::parse(pattern).ok()?;
    let mut text = String::new();
    write(&tree, random, &mut text);
    Some(text)
}

fn write(tree: &Hir, random: &mut Random, text: &mut String) {
    match tree.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(class) => text.extend(of_class(class, random)),
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(repetition.min.saturating_add(8)).min(repetition.min.saturating_add(8));
            let count = random.between(repetition.min.into(), most.into());
            (0..count).for_each(|_| write(&repetition.sub, random, text));
        }
        HirKind::Capture(capture) => write(&capture.sub, random, text),
        HirKind::Concat(parts) => parts.iter().for_each(|part| write(part, random, text)),
        HirKind::Alternation(ways) => {
            if let Some(way) = random.pick(ways) {
                write(way, random, text);
            }
        }
    }
}

/// A character of a class; a plain one where it has any.
fn of_class(class: &Class, random: &mut Random) -> Option<char> {
    let ranges: Vec<(u32, u32)> = match class {
        Class::Unicode(class) => {
            class.ranges().iter().map(|range| (range.start().into(), range.end().into())).collect()
        }
        Class::Bytes(class) => class.ranges().iter().map(|range| (range.start().into(), range.end().into())).collect(),
    };
    let plain: Vec<(u32, u32)> = ranges
        .iter()
        .map(|(start, end)| ((*start).max(0x20), (*end).min(0x7e)))
        .filter(|(start, end)| start <= end)
        .collect();
    let (start, end) = *random.pick(if plain.is_empty() { &ranges } else { &plain })?;
    char::from_u32(u32::try_from(random.between(start.into(), end.into())).ok()?)
}
