//! Networks and limits of rates are what they look like.

use super::Report;
use crate::{Network, is_limited_operation};

/// Networks and limits of schemas that were written by hand; the derive has judged its own.
pub(super) fn check(report: &mut Report<'_>) {
    let security = &report.schema.security;
    for network in security.allow.iter().chain(security.deny) {
        if let Err(error) = network.parse::<Network>() {
            report.model(format!("firewall: `{network}`: {error}"));
        }
    }
    for limit in security.rate_limits {
        for word in limit.operations.iter().filter(|word| !is_limited_operation(report.schema, word)) {
            report.model(format!("rate_limit: `{word}` is no operation, command or transition"));
        }
        if limit.operations.is_empty() || limit.burst == 0 || limit.rate.requests == 0 {
            report.model("rate_limit: at least one operation, once at a time");
        }
    }
}
