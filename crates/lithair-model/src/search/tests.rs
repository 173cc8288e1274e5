//! The words of texts and of searches.

use proptest::prelude::*;

use super::*;

fn of(text: &str) -> Vec<String> {
    words(text).collect()
}

#[test]
fn words_are_compared_without_case_and_accents() {
    let cases: &[(&str, &[&str])] = &[
        ("Crème BRÛLÉE!", &["creme", "brulee"]),
        ("e\u{301}tude étude", &["etude", "etude"]),
        ("don't 3.14 snake_case", &["don't", "3.14", "snake_case"]),
        ("İstanbul ΟΔΟΣ οδος", &["istanbul", "οδοσ", "οδοσ"]),
        ("ﬁne ＡＢＣ", &["fine", "abc"]),
        ("東京タワー", &["東", "京", "タワー"]),
        ("한국어 हिन्दी", &["한국어", "हिन्दी"]),
        ("nice 🎉👍🏽 -- ...", &["nice", "🎉", "👍"]),
        ("", &[]),
    ];
    for (text, expected) in cases {
        assert_eq!(of(text), *expected, "{text}");
    }
}

#[test]
fn a_long_word_counts_by_its_beginning() {
    let long = "é".repeat(100);
    assert_eq!(of(&long), [String::from("e").repeat(64)]);
    assert_eq!(of(&"語".repeat(3)), ["語", "語", "語"]);
}

#[test]
fn a_search_has_words_phrases_and_prefixes() {
    let search = Search::parse("Tower \"crème  brûlée\" lith* tower").expect("a search");
    let spelled: Vec<_> = search.words.iter().map(|word| (word.word.as_str(), word.is_prefix)).collect();
    assert_eq!(spelled, [("tower", false), ("creme", false), ("brulee", false), ("lith", true)]);
    assert_eq!(search.phrases.len(), 1);
    assert_eq!(Search::parse("jean-luc 東京").expect("a search").phrases.len(), 2, "what stands together is a phrase");
}

#[test]
fn what_is_no_search_says_why() {
    let many = (0..17).map(|number| format!("w{number} ")).collect::<String>();
    let cases = [
        ("", SearchError::NoWords),
        ("  -- ?", SearchError::NoWords),
        ("\"open", SearchError::OpenPhrase),
        (many.as_str(), SearchError::TooManyWords),
        (&"x".repeat(1025), SearchError::TooLong),
    ];
    for (text, expected) in cases {
        assert_eq!(Search::parse(text), Err(expected), "{text}");
    }
}

proptest! {
    #[test]
    fn the_words_of_words_are_themselves(text in "\\PC{0,40}") {
        for word in of(&text) {
            prop_assert!(!word.is_empty() && word.len() <= 64 && !word.contains('\0'));
        }
        let _ = Search::parse(&text);
    }
}
