//! The known word that somebody may have meant: `lithair-model/src/catalog/suggest.rs`, which programs have when they run, is the same.

/// `; did you mean `y`?`, if one of the known words is spelled nearly like this one.
pub(crate) fn hint<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, known).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

const LETTERS_MAX: usize = 64;

/// The word that is spelled most like `word`, if one is near: at most a third of its letters differ.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    // Long words are no slips of the pen, and the distance costs the product of the lengths.
    if word.chars().count() > LETTERS_MAX {
        return None;
    }
    let near = known.into_iter().map(|candidate| (distance(&word, &candidate.to_lowercase()), candidate));
    let (changes, candidate) = near.min_by_key(|&(changes, _)| changes)?;
    (changes <= word.chars().count().max(candidate.chars().count()).div_ceil(3)).then_some(candidate)
}

/// Letters to insert, delete or replace, or neighbours to swap (optimal string alignment), to get from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut before = vec![0; to.len() + 1];
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for row in 1..=from.len() {
        let mut current = vec![row; to.len() + 1];
        for column in 1..=to.len() {
            let replaced = last[column - 1] + usize::from(from[row - 1] != to[column - 1]);
            current[column] = replaced.min(last[column] + 1).min(current[column - 1] + 1);
            let swapped = row > 1 && column > 1 && from[row - 1] == to[column - 2] && from[row - 2] == to[column - 1];
            if swapped {
                current[column] = current[column].min(before[column - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, current);
    }
    last[to.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_suggested_and_a_far_one_is_not() {
        let known = ["title", "price", "published_at", "id"];
        assert_eq!(nearest("titel", known), Some("title"));
        assert_eq!(nearest("Prices", known), Some("price"));
        assert_eq!(nearest("publishedat", known), Some("published_at"));
        assert_eq!(nearest("colour", known), None);
        assert_eq!(nearest("", known), None);
        assert_eq!(nearest(&"title".repeat(50), known), None);
        assert_eq!(nearest("éé", ["ab"]), None, "letters are counted, not their bytes");
        assert_eq!(nearest("prénom", ["prenom"]), Some("prenom"));
        let (forty, slip) = ("é".repeat(40), "é".repeat(39));
        assert_eq!(nearest(&slip, [forty.as_str()]), Some(forty.as_str()));
    }
}
