//! What a caller searches for, parsed and held to its limits.

use super::words;

/// Words that a search may have, those of phrases included.
pub const WORDS_MAX: usize = 16;
/// Bytes that a search may have.
const SEARCH_BYTES_MAX: usize = 1024;

/// What is searched for: `tower "crème brûlée" lith*`. All of it has to be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Search {
    /// The words, each once.
    pub words: Vec<SearchWord>,
    /// Words that stand one behind the other in one text; they are among `words` too.
    pub phrases: Vec<Vec<SearchWord>>,
    /// Whether the records that say most about the words come first. Otherwise the query's order holds.
    pub ranked: bool,
}

/// A word that is searched for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchWord {
    /// The word as it is compared.
    pub word: String,
    /// Whether every word that begins with it is meant: `lith*`.
    pub is_prefix: bool,
}

/// Why a text is no search.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SearchError {
    /// Nothing in it is a word.
    #[error("expected a word: letters, digits or pictures")]
    NoWords,
    /// It has too many words.
    #[error("more than {WORDS_MAX} words")]
    TooManyWords,
    /// It is too long.
    #[error("more than {SEARCH_BYTES_MAX} bytes")]
    TooLong,
    /// A quote begins a phrase that does not end.
    #[error("the phrase that begins with the last `\"` does not end")]
    OpenPhrase,
}

impl SearchWord {
    /// Whether this word of a record is meant.
    pub fn means(&self, word: &str) -> bool {
        if self.is_prefix { word.starts_with(&self.word) } else { word == self.word }
    }
}

impl Search {
    /// Whether texts, each as its words, have all of it.
    pub(crate) fn finds(&self, texts: &[Vec<String>]) -> bool {
        let has = |asked: &SearchWord| texts.iter().flatten().any(|word| asked.means(word));
        self.words.iter().all(has) && self.has_phrases_in(texts)
    }

    pub(super) fn has_phrases_in(&self, texts: &[Vec<String>]) -> bool {
        let stands_in = |phrase: &[SearchWord], text: &[String]| {
            text.windows(phrase.len()).any(|window| window.iter().zip(phrase).all(|(word, asked)| asked.means(word)))
        };
        self.phrases.iter().all(|phrase| texts.iter().any(|text| stands_in(phrase, text)))
    }

    /// Understands a search; what it finds comes in the order of rank.
    ///
    /// Whatever has no space in it and is several words, `jean-luc` or `東京`, is a phrase like one in quotes.
    ///
    /// # Errors
    /// See [`SearchError`].
    pub fn parse(text: &str) -> Result<Self, SearchError> {
        if text.len() > SEARCH_BYTES_MAX {
            return Err(SearchError::TooLong);
        }
        let mut search = Self { words: Vec::new(), phrases: Vec::new(), ranked: true };
        // Every second part stands in quotes.
        let parts: Vec<&str> = text.split('"').collect();
        if parts.len().is_multiple_of(2) {
            return Err(SearchError::OpenPhrase);
        }
        let mut count = 0;
        for (place, part) in parts.into_iter().enumerate() {
            let chunks: Vec<&str> = if place % 2 == 1 { vec![part] } else { part.split_whitespace().collect() };
            for chunk in chunks {
                count += search.add(chunk);
                if count > WORDS_MAX {
                    return Err(SearchError::TooManyWords);
                }
            }
        }
        if search.words.is_empty() { Err(SearchError::NoWords) } else { Ok(search) }
    }

    /// Adds what stands together, and says of how many words it is.
    fn add(&mut self, chunk: &str) -> usize {
        let chunk = chunk.trim_end();
        let mut phrase: Vec<SearchWord> = words(chunk).map(|word| SearchWord { word, is_prefix: false }).collect();
        if let Some(last) = phrase.last_mut() {
            last.is_prefix = chunk.ends_with('*');
        }
        for word in &phrase {
            if !self.words.contains(word) {
                self.words.push(word.clone());
            }
        }
        let count = phrase.len();
        if count > 1 {
            self.phrases.push(phrase);
        }
        count
    }
}
