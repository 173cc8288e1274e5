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
    let at = |share: f64| {
        let place = share * (sorted.len() - 1) as f64;
        let (low, high) = (place.floor() as usize, place.ceil() as usize);
        sorted[low] + (sorted[high] - sorted[low]) * (place - low as f64)
    };
    Quartiles { first: at(0.25), median: at(0.5), third: at(0.75) }
}
