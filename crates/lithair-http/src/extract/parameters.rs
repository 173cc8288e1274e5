//! Query parameters: of a URL, or as members of a JSON body.

use lithair_model::nearest;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::json::Members;
use crate::rejection::{Fault, Problem, Rejection};

/// Parameters that an endpoint knows, and those that it will know.
#[derive(Debug)]
pub(crate) struct Known {
    pub(crate) now: &'static [&'static str],
    pub(crate) later: &'static [&'static str],
}

/// No parameters at all.
pub(crate) const NONE: Known = Known { now: &[], later: &[] };
/// Of a list, in the URL or in the body of a query.
pub(crate) const LIST: Known = Known {
    now: &[
        "filter",
        "search",
        "sort",
        "fields",
        "expand",
        "limit",
        "offset",
        "cursor",
        "count",
        "as_of",
        "include_deleted",
    ],
    later: &["meta", "since", "snapshot", "max_affected"],
};
/// Of one record.
pub(crate) const READ: Known =
    Known { now: &["fields", "expand", "rev", "as_of", "include_deleted"], later: &["meta"] };
/// Of the one record that a relation leads to.
pub(crate) const RELATED: Known =
    Known { now: &["fields", "expand", "as_of"], later: &["rev", "include_deleted", "meta"] };
/// Of a record's revisions.
pub(crate) const HISTORY: Known =
    Known { now: &["fields", "limit", "cursor"], later: &["as_of", "include_deleted", "meta"] };
/// Of a change.
pub(crate) const WRITE: Known = Known { now: &[], later: &["dry_run", "expand", "fields", "meta", "max_affected"] };
/// Of the beginning of a login at a provider.
pub(crate) const LOGIN: Known = Known { now: &["return_to"], later: &[] };
/// Of what a provider sends a browser back with.
pub(crate) const RETURNED: Known = Known { now: &["state", "code", "iss", "error"], later: &[] };

/// Parameters that exist for an endpoint, each at most once.
#[derive(Debug, Default)]
pub(crate) struct Parameters(Vec<(String, String)>);

impl Parameters {
    /// The parameters of the query of a URL (`application/x-www-form-urlencoded`: `+` is a space).
    pub(crate) fn of_url(query: Option<&str>, known: &Known) -> Result<Self, Rejection> {
        let mut parameters = Self::default();
        for pair in query.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let name =
                decode(name).ok_or_else(|| invalid("", "the name of a parameter is not percent-encoded UTF-8"))?;
            let value = decode(value).ok_or_else(|| invalid(&name, "not percent-encoded UTF-8"))?;
            parameters.add(name, value, known)?;
        }
        Ok(parameters)
    }

    /// The same of a query that somebody else has written, who may say more than is known: that is passed over (RFC 6749, 4.1.2).
    pub(crate) fn of_known(query: Option<&str>, known: &Known) -> Result<Self, Rejection> {
        let is_known = |pair: &&str| known.now.contains(&pair.split('=').next().unwrap_or_default());
        let pairs: Vec<&str> = query.unwrap_or_default().split('&').filter(is_known).collect();
        Self::of_url(Some(&pairs.join("&")), known)
    }

    /// The parameters of a JSON object: texts, numbers, and lists of texts where the URL has commas.
    pub(crate) fn of_body(members: Members, known: &Known) -> Result<Self, Rejection> {
        let mut parameters = Self::default();
        for (name, value) in members.0 {
            let value = text(value).ok_or_else(|| invalid(&name, "expected a text, a number, or a list of texts"))?;
            parameters.add(name, value, known)?;
        }
        Ok(parameters)
    }

    /// The value of a parameter.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(other, _)| other == name).map(|(_, value)| value.as_str())
    }

    /// The value of a parameter that is a number.
    pub(crate) fn number(&self, name: &str) -> Result<Option<u64>, Rejection> {
        let Some(text) = self.value(name) else { return Ok(None) };
        let number = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
        number.map(Some).ok_or_else(|| invalid(name, "expected a whole number"))
    }

    fn add(&mut self, name: String, value: String, known: &Known) -> Result<(), Rejection> {
        if known.later.contains(&name.as_str()) {
            return Err(Problem::NotSupportedYet.because(format!("the parameter `{name}`")));
        }
        if !known.now.contains(&name.as_str()) {
            return Err(unknown(name, known));
        }
        if self.value(&name).is_some() {
            let detail = format!("`{name}` comes more than once");
            let fault = Fault::parameter(name, "repeated", "comes more than once");
            return Err(Problem::RepeatedParameter.because(detail).fault(fault));
        }
        self.0.push((name, value));
        Ok(())
    }
}

/// The rejection of a parameter's value.
pub(crate) fn invalid(name: &str, detail: &str) -> Rejection {
    Problem::InvalidParameter.because(format!("`{name}`: {detail}")).fault(Fault::parameter(name, "invalid", detail))
}

fn unknown(name: String, known: &Known) -> Rejection {
    let near = nearest(&name, known.now.iter().copied());
    let detail = match near {
        Some(near) => format!("`{name}` is not known here; is it `{near}`?"),
        None if known.now.is_empty() => format!("`{name}` is not known here; there are no parameters"),
        None => format!("`{name}` is not known here; there are: {}", known.now.join(", ")),
    };
    let mut fault = Fault::parameter(name, "unknown", "not known here");
    if let Some(near) = near {
        fault = fault.with("suggestion", near);
    }
    Problem::UnknownParameter.because(detail).fault(fault)
}

fn decode(text: &str) -> Option<String> {
    if !text.contains(['%', '+']) {
        return Some(text.to_owned());
    }
    crate::router::normalize(text)?;
    percent_decode_str(&text.replace('+', " ")).decode_utf8().ok().map(std::borrow::Cow::into_owned)
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Array(elements) => {
            let texts: Option<Vec<&str>> = elements.iter().map(Value::as_str).collect();
            texts.map(|texts| texts.join(","))
        }
        _ => None,
    }
}
