//! Methods, and sets of them.

use std::fmt;

use http::{HeaderValue, Method};

/// A method that some path has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verb {
    Get,
    Head,
    Query,
    Post,
    Put,
    Patch,
    Delete,
    Options,
}

const ALL: [(Verb, &str); 8] = [
    (Verb::Get, "GET"),
    (Verb::Head, "HEAD"),
    (Verb::Query, "QUERY"),
    (Verb::Post, "POST"),
    (Verb::Put, "PUT"),
    (Verb::Patch, "PATCH"),
    (Verb::Delete, "DELETE"),
    (Verb::Options, "OPTIONS"),
];

impl Verb {
    /// The method, if any path has it. Methods are compared with case, as RFC 9110, 9.1 says.
    pub(crate) fn of(method: &Method) -> Option<Self> {
        Self::named(method.as_str())
    }

    /// The method of this name.
    pub(crate) fn named(method: &str) -> Option<Self> {
        ALL.iter().find(|(_, name)| *name == method).map(|&(verb, _)| verb)
    }
}

/// A set of methods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Verbs(u8);

impl Verbs {
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const ALL: Self = Self(u8::MAX);

    pub(crate) const fn and(self, verb: Verb) -> Self {
        Self(self.0 | 1 << verb as u8)
    }

    pub(crate) const fn and_if(self, verb: Verb, condition: bool) -> Self {
        if condition { self.and(verb) } else { self }
    }

    pub(crate) const fn contains(self, verb: Verb) -> bool {
        self.0 & 1 << verb as u8 != 0
    }

    /// The value of `Allow`.
    pub(crate) fn header(self) -> HeaderValue {
        HeaderValue::try_from(self.to_string()).expect("names of methods are a header value")
    }
}

impl fmt::Display for Verbs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = ALL.iter().filter(|(verb, _)| self.contains(*verb)).map(|(_, name)| *name);
        f.write_str(&names.collect::<Vec<_>>().join(", "))
    }
}
