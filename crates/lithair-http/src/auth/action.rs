use crate::router::Verb;

/// What is asked of the server about credentials themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AuthAction {
    /// What administrators do: [`lithair_auth::AdminRequest`].
    Admin,
}

const PATHS: [(AuthAction, &str, Verb); 1] = [(AuthAction::Admin, "admin", Verb::Post)];

impl AuthAction {
    /// Every one, with its path below the prefix of tools, and its method.
    pub(crate) const ALL: &'static [(Self, &'static str, Verb)] = &PATHS;

    /// The one at a path.
    pub(crate) fn at(path: &str) -> Option<Self> {
        PATHS.iter().find(|(_, other, _)| *other == path).map(|&(action, ..)| action)
    }

    /// The method of its path.
    pub(crate) fn verb(self) -> Verb {
        PATHS.iter().find(|(action, ..)| *action == self).map_or(Verb::Post, |&(_, _, verb)| verb)
    }
}
