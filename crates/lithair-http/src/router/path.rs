//! Paths that are written differently and mean the same.

use std::borrow::Cow;

/// The path with every percent-encoded unreserved character decoded, which RFC 3986, 6.2.2.2, calls equivalent.
///
/// Nothing else is changed: `%2F` is no `/`, and `.` and `..` are not resolved. None if a `%` is not followed by two
/// hexadecimal digits.
pub(crate) fn normalize(path: &str) -> Option<Cow<'_, str>> {
    if !path.contains('%') {
        return Some(Cow::Borrowed(path));
    }
    let mut parts = path.split('%');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let code = part.get(..2).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
        match u8::from_str_radix(code, 16) {
            Ok(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => out.push(char::from(byte)),
            _ => {
                out.push('%');
                out.push_str(code);
            }
        }
        out.push_str(&part[2..]);
    }
    Some(Cow::Owned(out))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_paths_become_the_same_and_others_do_not() {
        let check = |path: &str, normal: Option<&str>| assert_eq!(normalize(path).as_deref(), normal, "{path}");
        check("/api/tags", Some("/api/tags"));
        check("/%61pi/t%61gs", Some("/api/tags"));
        check("/api/a%2Fb%2fc", Some("/api/a%2Fb%2fc"));
        check("/api/%2E%2e", Some("/api/.."));
        check("/api/%25", Some("/api/%25"));
        check("/api/%e2%82%ac", Some("/api/%e2%82%ac"));
        check("/api/%", None);
        check("/api/%4", None);
        check("/api/%zz", None);
        check("/api/%+1", None);
        check("/api/%4€", None);
    }
}
