//! Medians and quartiles of the rounds.

/// First quartile, median, third quartile.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Quartiles {
    pub(crate) first: f64,
    pub(crate) median: f64,
    pub(crate) third: f64,
}

/// The quartiles of `samples`, by linear interpolation.
pub(crate) fn quartiles(samples: &[f64]) -> Quartiles {
    assert!(!samples.is_empty(), "a benchmark has rounds");
    let mut sorted = samples.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |quarters: usize| {
        let (low, rest) = ((sorted.len() - 1) * quarters / 4, (sorted.len() - 1) * quarters % 4);
        let high = (low + 1).min(sorted.len() - 1);
        sorted[low] + (sorted[high] - sorted[low]) * rest as f64 / 4.0
    };
    Quartiles { first: at(1), median: at(2), third: at(3) }
}
