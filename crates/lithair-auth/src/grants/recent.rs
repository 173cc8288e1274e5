//! What was looked up while the log did not grow.
//!
//! INVARIANT: what is kept of a position was read at it or later, and is given out while it is the newest. Whatever grants or takes back has a
//! later position before it returns, so nobody who asks after that is answered from here. Ends are for whoever takes it to look at.

use std::collections::HashMap;
use std::sync::Arc;

use lithair_model::Position;
use parking_lot::Mutex;

use crate::records::Grant;

/// Callers that are remembered at most; few in tests, which fill it.
const CALLERS_MAX: usize = if cfg!(test) { 3 } else { 16_384 };

#[derive(Debug, Default)]
pub(super) struct Recent(Mutex<Known>);

#[derive(Debug, Default)]
struct Known {
    at: Option<Position>,
    grants: HashMap<String, Arc<[Grant]>>,
}

impl Recent {
    /// The grants of a caller at a position, or what `look` finds at it or later.
    pub(super) fn or_else(
        &self,
        position: Position,
        caller: String,
        look: impl FnOnce() -> Vec<Grant>,
    ) -> Arc<[Grant]> {
        let known = self.0.lock();
        if known.at == Some(position)
            && let Some(found) = known.grants.get(&caller)
        {
            return Arc::clone(found);
        }
        drop(known);
        let found: Arc<[Grant]> = look().into();
        let mut known = self.0.lock();
        if known.at < Some(position) || known.grants.len() >= CALLERS_MAX {
            known.grants.clear();
            known.at = known.at.max(Some(position));
        }
        // Whoever was slower than the log is not remembered.
        if known.at == Some(position) {
            known.grants.insert(caller, Arc::clone(&found));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_known_is_known_until_the_log_grows() {
        let recent = Recent::default();
        let grant = |id: &str| Grant {
            id: id.to_owned(),
            subject: "token:ann".to_owned(),
            role: "Reader".to_owned(),
            tenant: None,
            granted_at: lithair_model::Timestamp::from_micros(0),
            granted_by: None,
            expires_at: None,
        };
        let ask = |position: u64, caller: &str, finds: &str| {
            let found = recent.or_else(Position::new(position), caller.to_owned(), || vec![grant(finds)]);
            found[0].id.clone()
        };
        assert_eq!(ask(1, "ann", "a"), "a");
        assert_eq!(ask(1, "ann", "b"), "a", "nothing happened since");
        assert_eq!(ask(1, "bob", "c"), "c");
        assert_eq!(ask(2, "ann", "d"), "d", "it grew");
        assert_eq!(ask(1, "ann", "e"), "e", "who is late looks for themselves");
        assert_eq!(ask(2, "ann", "f"), "d", "and is not believed by others");
        // So many are remembered together, and with one more they are looked for anew.
        assert_eq!([ask(2, "bob", "g"), ask(2, "cat", "h"), ask(2, "ann", "i")], ["g", "h", "d"]);
        assert_eq!(ask(2, "dan", "j"), "j");
        assert_eq!([ask(2, "dan", "k"), ask(2, "ann", "l")], ["j", "l"]);
    }
}
