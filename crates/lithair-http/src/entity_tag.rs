//! Entity tags (RFC 9110, 8.8.3). That of a record is its revision.

use http::HeaderValue;
use lithair_model::Expected;

/// The value of `If-Match` or `If-None-Match`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tags {
    /// `*`
    Any,
    /// Entity tags.
    Listed(Vec<Tag>),
}

/// One entity tag. One that is no revision of ours is `None`: it is well-formed and matches nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Tag {
    revision: Option<u64>,
    is_weak: bool,
}

impl Tags {
    /// What `If-Match` with these tags expects.
    pub(crate) fn expected(self) -> Expected {
        match self {
            Self::Any => Expected::Present,
            Self::Listed(tags) => Expected::Revisions(strong(&tags)),
        }
    }
}

/// The entity tag of a revision.
pub(crate) fn etag(revision: u64) -> HeaderValue {
    HeaderValue::try_from(["\"", &revision.to_string(), "\""].concat()).expect("digits are a header value")
}

/// `If-Match` on a read: strong comparison.
pub(crate) fn matches_strongly(tags: &Tags, revision: u64) -> bool {
    match tags {
        Tags::Any => true,
        Tags::Listed(tags) => strong(tags).contains(&revision),
    }
}

/// `If-None-Match` on a read: weak comparison.
pub(crate) fn matches_weakly(tags: &Tags, revision: u64) -> bool {
    match tags {
        Tags::Any => true,
        Tags::Listed(tags) => tags.iter().any(|tag| tag.revision == Some(revision)),
    }
}

fn strong(tags: &[Tag]) -> Vec<u64> {
    tags.iter().filter(|tag| !tag.is_weak).filter_map(|tag| tag.revision).collect()
}

/// The tags of a text; none if it is malformed.
pub(crate) fn parse(text: &str) -> Option<Tags> {
    let mut rest = text.trim();
    if rest == "*" {
        return Some(Tags::Any);
    }
    let mut tags = Vec::new();
    loop {
        let is_weak = rest.starts_with("W/");
        let quoted = rest.strip_prefix("W/").unwrap_or(rest).strip_prefix('"')?;
        let (opaque, behind) = quoted.split_once('"')?;
        if opaque.bytes().any(|byte| byte <= b' ' || byte == 0x7f) {
            return None;
        }
        tags.push(Tag { revision: revision(opaque), is_weak });
        rest = behind.trim_start();
        if rest.is_empty() {
            return Some(Tags::Listed(tags));
        }
        rest = rest.strip_prefix(',')?.trim_start();
    }
}

/// `01` and `+1` are not `1`: a revision has one tag.
fn revision(opaque: &str) -> Option<u64> {
    let number: u64 = opaque.parse().ok()?;
    (number.to_string() == opaque).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_are_read_as_rfc_9110_writes_them() {
        let tag = |revision, is_weak| Tag { revision, is_weak };
        let check = |text: &str, tags: Option<Tags>| assert_eq!(parse(text), tags, "{text}");
        check("*", Some(Tags::Any));
        check(r#""3""#, Some(Tags::Listed(vec![tag(Some(3), false)])));
        check(r#"W/"3" ,"4","x""#, Some(Tags::Listed(vec![tag(Some(3), true), tag(Some(4), false), tag(None, false)])));
        check(r#""03""#, Some(Tags::Listed(vec![tag(None, false)])));
        check(r#""a,b""#, Some(Tags::Listed(vec![tag(None, false)])));
        for malformed in ["", "3", "\"3", "3\"", "\"3\" \"4\"", "\"3\",", "w/\"3\"", "*, \"3\"", "\"a b\""] {
            check(malformed, None);
        }
    }
}
