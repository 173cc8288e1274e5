//! A text cut into the words that are compared.

use unicode_normalization::UnicodeNormalization;
use unicode_segmentation::UnicodeSegmentation;

/// Bytes of a word that count. Longer ones are cut, in records and in searches alike.
const WORD_BYTES_MAX: usize = 64;

/// The words of a text as they are compared, in order.
pub fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split_word_bounds().filter(|part| is_word(part)).map(folded).filter(|word| !word.is_empty())
}

/// Letters, digits and pictures; not what stands between them.
fn is_word(part: &str) -> bool {
    part.chars().any(|letter| letter.is_alphanumeric() || is_picture(letter))
}

/// Emoji and their kind. The blocks are fixed in Unicode; what they will be filled with is as good as what they have.
const fn is_picture(letter: char) -> bool {
    matches!(letter, '\u{2600}'..='\u{27BF}' | '\u{1F000}'..='\u{1FAFF}')
}

/// Without case, accents and other ways to write the same.
fn folded(part: &str) -> String {
    if part.is_ascii() {
        return cut(part.to_ascii_lowercase());
    }
    let plain = part.nfkd().filter(|letter| !is_accent(*letter)).flat_map(char::to_lowercase);
    // Lower case gives some letters a dot above, and the sigma at the end of a word is the one in it.
    let plain = plain.filter(|letter| !is_accent(*letter)).map(|letter| if letter == 'ς' { 'σ' } else { letter });
    cut(plain.nfc().collect())
}

/// Marks that stand on letters of alphabets. Those that are vowels, as in Devanagari, are no accents.
const fn is_accent(letter: char) -> bool {
    matches!(
        letter,
        '\u{0300}'..='\u{036F}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}' | '\u{20D0}'..='\u{20FF}'
            | '\u{FE00}'..='\u{FE0F}' | '\u{FE20}'..='\u{FE2F}' | '\u{1F3FB}'..='\u{1F3FF}' | '\u{200B}'..='\u{200D}'
    )
}

fn cut(mut word: String) -> String {
    if word.len() > WORD_BYTES_MAX {
        let end = (0..=WORD_BYTES_MAX).rev().find(|end| word.is_char_boundary(*end)).expect("0 is a boundary");
        word.truncate(end);
    }
    word
}
