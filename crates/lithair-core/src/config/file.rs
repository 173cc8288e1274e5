//! The settings file: TOML as texts with their lines.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Key, text, and line of each value; or the line of the first place that is not TOML, and what is wrong there. What comes behind it may
/// be its consequence.
pub(super) type Parsed = Result<Vec<(String, String, usize)>, (usize, String)>;

pub(super) fn parse(text: &str) -> Parsed {
    let line = |offset: usize| text.as_bytes().iter().take(offset).filter(|&&byte| byte == b'\n').count() + 1;
    let problem =
        |error: toml::de::Error| (error.span().map_or(1, |span| line(span.start)), error.message().to_owned());
    let table = DeTable::parse(text).map_err(problem)?;
    let mut values = Vec::new();
    walk("", table.get_ref(), &mut |key, value| values.push((key, text_of(value.get_ref()), line(value.span().start))));
    Ok(values)
}

fn walk(section: &str, table: &DeTable<'_>, take: &mut dyn FnMut(String, &Spanned<DeValue<'_>>)) {
    for (name, value) in table {
        let key = if section.is_empty() { name.get_ref().to_string() } else { format!("{section}.{}", name.get_ref()) };
        match value.get_ref() {
            // An empty section is nothing; an unknown one is told of by its keys.
            DeValue::Table(table) => walk(&key, table, take),
            _ => take(key, value),
        }
    }
}

fn text_of(value: &DeValue<'_>) -> String {
    match value {
        DeValue::String(text) => text.to_string(),
        DeValue::Integer(number) => number.as_str().to_owned(),
        DeValue::Float(number) => number.as_str().to_owned(),
        DeValue::Boolean(flag) => flag.to_string(),
        DeValue::Datetime(time) => time.to_string(),
        // Settings that are lists take this apart again; to others it is a value of the wrong kind.
        DeValue::Array(values) => {
            let texts: Vec<String> = values.iter().map(|value| text_of(value.get_ref())).collect();
            format!("[{}]", texts.join(", "))
        }
        // No setting is this: the check says what was expected.
        DeValue::Table(_) => "{..}".to_owned(),
    }
}
