/// `; did you mean `y`?`, if one of the known words is spelled nearly like this one.
pub(crate) fn hint<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(word, known).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

/// The word that is spelled most like `word`, if one is near: at most a third of its letters differ.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word = word.to_lowercase();
    let near = known.into_iter().map(|candidate| (distance(&word, &candidate.to_lowercase()), candidate));
    let (changes, candidate) = near.min_by_key(|&(changes, _)| changes)?;
    (changes <= word.len().max(candidate.len()).div_ceil(3)).then_some(candidate)
}

/// Letters to insert, delete or replace, or neighbours to swap, to get from one word to the other.
fn distance(from: &str, to: &str) -> usize {
    let (from, to): (Vec<char>, Vec<char>) = (from.chars().collect(), to.chars().collect());
    let mut before = vec![0; to.len() + 1];
    let mut last: Vec<usize> = (0..=to.len()).collect();
    for row in 1..=from.len() {
        let mut current = vec![row; to.len() + 1];
        for column in 1..=to.len() {
            let replaced = last[column - 1] + usize::from(from[row - 1] != to[column - 1]);
            current[column] = replaced.min(last[column] + 1).min(current[column - 1] + 1);
            if row > 1 && column > 1 && from[row - 1] == to[column - 2] && from[row - 2] == to[column - 1] {
                current[column] = current[column].min(before[column - 2] + 1);
            }
        }
        before = std::mem::replace(&mut last, current);
    }
    last[to.len()]
}
