//! What stands for a text in the eyes of whoever may know that it is there and how it ends: `security(mask(last = 4))`.

use crate::Value;

/// How much of a text is shown to whoever may not read it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mask {
    /// So many characters at its end.
    pub last: u8,
}

/// What every mask begins with, whatever it stands for: how long a text is, is not told.
///
/// INVARIANT: no value of a masked field begins so, and a mask that is sent back is not taken for one.
pub const MASK_SIGN: &str = "••••";

impl Mask {
    /// The mask of a text. Never is more than half of it shown; of one that is too short for that, nothing.
    pub fn of(self, text: &str) -> String {
        let (length, last) = (text.chars().count(), usize::from(self.last));
        let shown = if last * 2 <= length { last } else { 0 };
        MASK_SIGN.chars().chain(text.chars().skip(length - shown)).collect()
    }

    /// Whether a value would be taken for a mask by whoever reads it.
    pub(crate) fn resembles(value: &Value) -> bool {
        matches!(value, Value::Text(text) if text.trim_start().starts_with(MASK_SIGN))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_text_is_shown_and_never_more_than_half_of_it() {
        let check = |last: u8, text: &str, mask: &str| assert_eq!(Mask { last }.of(text), mask, "{text}");
        check(4, "4000123412341234", "••••1234");
        check(4, "12345678", "••••5678");
        check(4, "1234567", "••••");
        check(4, "1234", "••••");
        check(4, "", "••••");
        check(1, "ab", "••••b");
        check(1, "a", "••••");
        // Characters are counted, not bytes.
        check(2, "éèàç", "••••àç");
        check(2, "éèà", "••••");
    }

    #[test]
    fn a_mask_is_known_for_one_wherever_it_comes_from() {
        for mask in [Mask { last: 4 }.of("4000123412341234"), Mask { last: 4 }.of("1"), " \t••••".to_owned()] {
            assert!(Mask::resembles(&Value::Text(mask.clone())), "{mask}");
        }
        for value in ["", "•••", "1234••••", "4000123412341234"] {
            assert!(!Mask::resembles(&Value::Text(value.to_owned())), "{value}");
        }
        assert!(!Mask::resembles(&Value::Null));
    }
}
