//! Names: the table and the path of a model, and `rename_all`.

/// `InvoiceLine` as `invoice_line`, `HTTPServer` as `http_server`, `Oauth2Token` as `oauth2_token`.
pub(crate) fn snake(name: &str) -> String {
    words(name).join("_")
}

/// The plural of a snake-case name. Only its last word changes, by the regular rules of English: `es` after
/// `s`, `x`, `z`, `ch` and `sh`; `ies` for `y` after a consonant; else `s`. For other plurals there are `db(table)` and
/// `http(path)`.
pub(crate) fn plural(name: &str) -> String {
    let hisses = ["s", "x", "z", "ch", "sh"].iter().any(|ending| name.ends_with(ending));
    match name.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'i', 'o', 'u']) => format!("{stem}ies"),
        _ if hisses => format!("{name}es"),
        _ => format!("{name}s"),
    }
}

/// The words of a name, in lower case.
fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words = vec![String::new()];
    for (place, &letter) in letters.iter().enumerate() {
        let after_lower = place > 0 && !letters[place - 1].is_uppercase();
        let before_lower = letters.get(place + 1).is_some_and(|next| next.is_lowercase());
        let begins = letter == '_' || letter.is_uppercase() && place > 0 && (after_lower || before_lower);
        if begins && words.last().is_some_and(|word| !word.is_empty()) {
            words.push(String::new());
        }
        if letter != '_' {
            words.last_mut().expect("one word is there from the start").extend(letter.to_lowercase());
        }
    }
    words
}

/// A rule of `rename_all`.
#[derive(Clone, Copy)]
pub(crate) enum Case {
    Lower,
    Upper,
    Pascal,
    Camel,
    Snake,
    ScreamingSnake,
    Kebab,
    ScreamingKebab,
}

impl Case {
    /// The rules by the words that name them, each in its own case.
    pub(crate) const ALL: [(&str, Self); 8] = [
        ("lowercase", Self::Lower),
        ("UPPERCASE", Self::Upper),
        ("PascalCase", Self::Pascal),
        ("camelCase", Self::Camel),
        ("snake_case", Self::Snake),
        ("SCREAMING_SNAKE_CASE", Self::ScreamingSnake),
        ("kebab-case", Self::Kebab),
        ("SCREAMING-KEBAB-CASE", Self::ScreamingKebab),
    ];

    /// The name of a variant in this case.
    pub(crate) fn apply(self, name: &str) -> String {
        let words = words(name);
        match self {
            Self::Lower => words.concat(),
            Self::Upper => words.concat().to_uppercase(),
            Self::Pascal => words.iter().map(|word| capitalized(word)).collect(),
            Self::Camel => {
                let (first, others) = words.split_first().expect("a name has a word");
                others.iter().fold(first.clone(), |name, word| name + &capitalized(word))
            }
            Self::Snake => words.join("_"),
            Self::ScreamingSnake => words.join("_").to_uppercase(),
            Self::Kebab => words.join("-"),
            Self::ScreamingKebab => words.join("-").to_uppercase(),
        }
    }
}

fn capitalized(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_named_by_its_regular_plural() {
        let cases = [
            ("Category", "categories"),
            ("Box", "boxes"),
            ("InvoiceLine", "invoice_lines"),
            ("Day", "days"),
            ("Status", "statuses"),
            ("Branch", "branches"),
            ("Wish", "wishes"),
            ("HTTPServer", "http_servers"),
            ("Oauth2Token", "oauth2_tokens"),
            ("MediaType", "media_types"),
            ("A", "as"),
            ("PlaylistTrack", "playlist_tracks"),
        ];
        for (name, table) in cases {
            assert_eq!(plural(&snake(name)), table, "{name}");
        }
    }

    #[test]
    fn a_case_is_named_in_itself() {
        for (word, case) in Case::ALL {
            let renamed: Vec<String> = ["ScreamingSnake", "Low"].iter().map(|name| case.apply(name)).collect();
            let expected = match word {
                "lowercase" => ["screamingsnake", "low"],
                "UPPERCASE" => ["SCREAMINGSNAKE", "LOW"],
                "PascalCase" => ["ScreamingSnake", "Low"],
                "camelCase" => ["screamingSnake", "low"],
                "snake_case" => ["screaming_snake", "low"],
                "SCREAMING_SNAKE_CASE" => ["SCREAMING_SNAKE", "LOW"],
                "kebab-case" => ["screaming-snake", "low"],
                _ => ["SCREAMING-SNAKE", "LOW"],
            };
            assert_eq!(renamed, expected, "{word}");
        }
    }
}
