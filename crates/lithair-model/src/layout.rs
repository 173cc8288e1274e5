//! Places of fields in the schema against their numbers in the log.

/// Where a model's fields stand in the log: place in the schema against number in the log.
///
/// Numbers are given once and never reused, so they stay when fields are moved, added or removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    numbers: Box<[u32]>,
    /// Number and place, by number: the order of the fields in a row's bytes.
    by_number: Box<[(u32, usize)]>,
    in_order: bool,
}

impl Layout {
    /// The layout of fields with these numbers, one a place, all different.
    pub fn new(numbers: Vec<u32>) -> Self {
        let mut by_number: Vec<_> = numbers.iter().copied().zip(0..).collect();
        by_number.sort_unstable();
        debug_assert!(by_number.windows(2).all(|pair| pair[0].0 < pair[1].0), "numbers are all different");
        let in_order = numbers.is_sorted();
        Self { numbers: numbers.into(), by_number: by_number.into(), in_order }
    }

    /// The number of the field at a place.
    pub fn number(&self, place: usize) -> u32 {
        self.numbers[place]
    }

    /// The place of the field with a number; none for a number that the schema does not know (any more).
    pub fn place(&self, number: u32) -> Option<usize> {
        // Nearly always: numbers in declared order without gaps, beginning at 0.
        if self.numbers.get(number as usize) == Some(&number) {
            return Some(number as usize);
        }
        let at = self.by_number.binary_search_by_key(&number, |&(number, _)| number).ok()?;
        Some(self.by_number[at].1)
    }

    /// The places in the order of their numbers, each with its number.
    pub(crate) fn by_number(&self) -> &[(u32, usize)] {
        &self.by_number
    }

    /// Whether the declared order is the order in the log.
    pub(crate) fn is_in_order(&self) -> bool {
        self.in_order
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::Layout;

    #[test]
    fn places_and_numbers_find_each_other_in_any_order() {
        for numbers in [vec![0, 1, 2], vec![2, 0, 7], vec![5, 9, 1], vec![1, 0]] {
            let layout = Layout::new(numbers.clone());
            for (place, &number) in numbers.iter().enumerate() {
                assert_eq!(layout.place(number), Some(place));
                assert_eq!(layout.number(place), number);
            }
            assert_eq!(layout.place(77), None);
            assert_eq!(layout.is_in_order(), numbers.is_sorted());
        }
    }
}
