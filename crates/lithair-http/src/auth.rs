use http::request::Parts;

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Principal {
    /// Nobody in particular: the one principal there is until there are credentials.
    Anonymous,
}

impl Principal {
    /// What the log says of who asked.
    pub(crate) fn actor(&self) -> Option<String> {
        match self {
            Self::Anonymous => None,
        }
    }

    /// What binds a cursor to whom it was given.
    pub(crate) const fn binding(&self) -> &[u8] {
        match self {
            Self::Anonymous => b"",
        }
    }
}

/// Who sent the request.
pub(crate) const fn identify(_head: &Parts) -> Principal {
    Principal::Anonymous
}
