//! Conditional requests (RFC 9110, 13): what the headers say.

use http::HeaderName;
use http::header::{CONTENT_RANGE, IF_MATCH, IF_NONE_MATCH, IF_UNMODIFIED_SINCE};
use http::request::Parts;
use lithair_model::Expected;

use crate::entity_tag::{Tags, parse};
use crate::rejection::{Problem, Rejection};

/// What a write may expect by its headers.
pub(crate) fn expected(head: &Parts) -> Result<Expected, Rejection> {
    match (tags(head, &IF_MATCH)?, tags(head, &IF_NONE_MATCH)?) {
        (None, None) => Ok(Expected::Anything),
        (Some(tags), None) => Ok(tags.expected()),
        (None, Some(Tags::Any)) => Ok(Expected::Absent),
        (None, Some(Tags::Listed(_))) => {
            Err(Problem::NotSupportedYet
                .because("`If-None-Match` with entity tags on a request that changes the record"))
        }
        (Some(_), Some(_)) => Err(Problem::InvalidHeader.because("`If-Match` and `If-None-Match` exclude each other")),
    }
}

/// Refuses what makes a change depend on something that records do not have: a date, or a range of bytes.
///
/// RFC 9110, 13.1.4, lets a server pass over a date where it has none. But whoever sends one with a change wants no lost update, and
/// whoever sends a part of a record does not want it taken for the whole (14.5).
pub(crate) fn none_unknown(head: &Parts) -> Result<(), Rejection> {
    if head.headers.contains_key(IF_UNMODIFIED_SINCE) {
        return Err(Problem::InvalidHeader.because("`if-unmodified-since`: records have no dates; use `If-Match`"));
    }
    if head.headers.contains_key(CONTENT_RANGE) {
        return Err(Problem::InvalidHeader.because("`content-range`: a record is changed as a whole, or by `PATCH`"));
    }
    Ok(())
}

/// Refuses conditions where there is no record that they could be about.
pub(crate) fn none(head: &Parts) -> Result<(), Rejection> {
    for name in [IF_MATCH, IF_NONE_MATCH] {
        if head.headers.contains_key(&name) {
            return Err(Problem::InvalidHeader.because(format!("`{name}` has no meaning here")));
        }
    }
    Ok(())
}

/// The condition of a header; none without the header. Several headers are one list.
pub(crate) fn tags(head: &Parts, name: &HeaderName) -> Result<Option<Tags>, Rejection> {
    let malformed = || Problem::InvalidHeader.because(format!("`{name}` is neither `*` nor a list of entity tags"));
    let mut listed = None;
    for value in head.headers.get_all(name) {
        let text = value.to_str().map_err(|_| malformed())?;
        match parse(text).ok_or_else(malformed)? {
            Tags::Any if listed.is_none() && head.headers.get_all(name).iter().count() == 1 => {
                return Ok(Some(Tags::Any));
            }
            Tags::Any => return Err(malformed()),
            Tags::Listed(tags) => listed.get_or_insert_with(Vec::new).extend(tags),
        }
    }
    Ok(listed.map(Tags::Listed))
}
