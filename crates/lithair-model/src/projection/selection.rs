//! Which of the fields a caller asked for.

/// Which fields of a record are asked for. What callers may not see stays unseen, asked for or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection(Option<Box<[bool]>>);

impl Selection {
    /// Every field.
    pub const fn all() -> Self {
        Self(None)
    }

    /// These fields, as places in the schema.
    pub fn of(places: impl IntoIterator<Item = usize>) -> Self {
        let mut chosen = Vec::new();
        for place in places {
            if chosen.len() <= place {
                chosen.resize(place + 1, false);
            }
            chosen[place] = true;
        }
        Self(Some(chosen.into()))
    }

    /// Whether every field is asked for, and not by its name.
    pub(super) const fn is_all(&self) -> bool {
        self.0.is_none()
    }

    /// Whether the field at this place is asked for.
    pub fn contains(&self, place: usize) -> bool {
        self.0.as_ref().is_none_or(|chosen| chosen.get(place).copied().unwrap_or(false))
    }

    /// The same, less these of `count` fields.
    #[must_use]
    pub fn without(&self, places: impl IntoIterator<Item = usize>, count: usize) -> Self {
        let mut places = places.into_iter().peekable();
        if places.peek().is_none() {
            return self.clone();
        }
        let mut chosen: Box<[bool]> = (0..count).map(|place| self.contains(place)).collect();
        places.for_each(|place| chosen[place] = false);
        Self(Some(chosen))
    }
}
