//! Rates of requests.

use crate::{ModelSchema, Per, Rate, RateLimitSchema, Window};

/// `rate_limit(create, "5/min")`
pub const fn rate_limit(operations: &'static [&'static str], requests: u32, window: Window) -> RateLimitSchema {
    RateLimitSchema { operations, rate: Rate { requests, window }, burst: requests, per: Per::Ip }
}

impl RateLimitSchema {
    /// `burst = ..`
    #[must_use]
    pub const fn burst(self, burst: u32) -> Self {
        Self { burst, ..self }
    }

    /// `per = ..`
    #[must_use]
    pub const fn per(self, per: Per) -> Self {
        Self { per, ..self }
    }
}

/// Lets rustc judge a word of `rate_limit(..)`: it is a mistake of the author if the model has no such action.
pub const fn names_an_operation(schema: &ModelSchema, word: &str, message: &str) {
    assert!(crate::is_limited_operation(schema, word), "{}", message);
}
