//! What a key is for: `read` and `write` are every collection, `read:articles` and `write:articles` are one.
//!
//! A scope takes away and never gives. Policies say what somebody may do, and a key does of that what it is for: what it is not for is
//! nobody's records to it, by whatever way they would come. Policies that ask about other records (`check(project, read)`) are answered as
//! for its holder: what they look at is shown to nobody.

use super::{Asker, Condition};
use crate::{Catalog, Credential, Principal, Right, Scopes, nearest};

/// The scope for looking at records, as they are and as they were.
pub const READ: &str = "read";
/// The scope for changing records.
pub const WRITE: &str = "write";

impl Scopes {
    /// Whether `word` is one of them, for every collection or for this one.
    pub fn allow_on(&self, word: &str, collection: &str) -> bool {
        let is_of = |scope: &String| {
            let rest = scope.strip_prefix(word).and_then(|rest| rest.strip_prefix(':'));
            scope == word || rest == Some(collection)
        };
        match self {
            Self::All => true,
            Self::Only(scopes) => scopes.iter().any(is_of),
        }
    }
}

impl Principal {
    /// Whether the credential may be used so with the records of a collection, [`READ`] or [`WRITE`]. Keys alone are held to it: the scopes of
    /// tokens are the issuer's words, for policies.
    pub fn is_for(&self, word: &str, collection: &str) -> bool {
        match self.identity() {
            Some(identity) if identity.credential() == Credential::ApiKey => {
                identity.scopes().allow_on(word, collection)
            }
            _ => true,
        }
    }
}

impl Asker<'_> {
    /// Whether the credential is for a right to the records of a model, whatever its holder may do.
    pub fn is_for(&self, model: usize, right: Right) -> bool {
        self.principal.is_for(word(right), self.catalog.models[model].schema.path)
    }

    /// Whether nothing needs to be asked of a model: the program asks, or everybody may do everything with a credential that is for it.
    pub fn is_free(&self, model: usize) -> bool {
        let is_for_all = || self.is_for(model, Right::Read) && self.is_for(model, Right::Update);
        self.principal.is_system() || self.catalog.models[model].access.is_open() && is_for_all()
    }

    /// The records that the principal may know of while it changes some. Whoever changes what it is not shown has to be able to name it.
    pub fn known_to_change(&self, model: usize) -> Condition {
        match self.is_for(model, Right::Read) || self.is_for(model, Right::Update) {
            true => self.given(model, Right::Read),
            false => Condition::Never,
        }
    }
}

/// The scope that a right needs.
pub(super) const fn word(right: Right) -> &'static str {
    match right {
        Right::Read | Right::History | Right::Export => READ,
        Right::Create | Right::Update | Right::Delete | Right::Command(_) => WRITE,
    }
}

impl Catalog {
    /// Refuses a scope that no request would ever ask for: of a collection that there is not.
    ///
    /// # Errors
    /// What was expected, with the nearest name.
    pub fn check_scope(&self, scope: &str) -> Result<(), String> {
        let Some((word, collection)) = scope.split_once(':').filter(|(word, _)| [READ, WRITE].contains(word)) else {
            return Ok(());
        };
        if self.by_path(collection).is_some() {
            return Ok(());
        }
        let near = nearest(collection, self.shown().map(|model| model.schema.path));
        let near = near.map(|near| format!("; did you mean `{word}:{near}`?")).unwrap_or_default();
        Err(format!("the scope {scope:?}: there is no collection {collection:?}{near}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_of_one_collection_is_of_no_other() {
        let only = |words: &[&str]| Scopes::Only(words.iter().map(|word| (*word).to_owned()).collect());
        let check = |words: &[&str], word: &str, collection: &str, expected: bool| {
            assert_eq!(only(words).allow_on(word, collection), expected, "{words:?} {word} {collection}");
        };
        check(&["read"], READ, "articles", true);
        check(&["read:articles"], READ, "articles", true);
        check(&["read:articles"], READ, "article", false);
        check(&["read:articles"], READ, "articles/old", false);
        check(&["read:articles"], WRITE, "articles", false);
        check(&["write:articles", "read"], WRITE, "authors", false);
        check(&["reader", "readarticles", "read:", "read::articles"], READ, "articles", false);
        check(&[], READ, "articles", false);
        assert!(Scopes::All.allow_on(WRITE, "articles"));
    }
}
