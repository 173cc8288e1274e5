//! What an address, a name and a password are.

use lithair_model::{email_form, is_email};

use super::AccountError;
use crate::admin::is_word;

const PASSWORD_CHARACTERS_MIN: usize = 8;
pub(super) const PASSWORD_BYTES_MAX: usize = 256;
const EMAIL_BYTES_MAX: usize = 254;
/// Of addresses that stand in where none is known: no mail ever goes there (RFC 6761, 6.4).
pub(super) const UNKNOWN_DOMAIN: &str = ".invalid";

/// The name, or what stands before the `@` of the address.
pub(super) fn named(name: Option<String>, email: &str) -> Result<String, AccountError> {
    let name = name.unwrap_or_else(|| email.split('@').next().unwrap_or_default().to_owned());
    if is_word(&name) {
        return Ok(name);
    }
    Err(AccountError::Invalid("name", "expected 1 to 128 bytes, without control characters".to_owned()))
}

/// Long enough, short enough, and nothing else is demanded: NIST SP 800-63B, 5.1.1.2.
pub(super) fn is_password(password: &str) -> Result<(), AccountError> {
    if password.chars().count() < PASSWORD_CHARACTERS_MIN || password.len() > PASSWORD_BYTES_MAX {
        let expected =
            format!("expected {PASSWORD_CHARACTERS_MIN} characters or more, {PASSWORD_BYTES_MAX} bytes at most");
        return Err(AccountError::Invalid("password", expected));
    }
    Ok(())
}

/// The address in the form in which it is kept. One of [`UNKNOWN_DOMAIN`] is nobody's to give.
pub(super) fn email_of(text: &str) -> Result<String, AccountError> {
    let email = email_form(text);
    if email.len() > EMAIL_BYTES_MAX || !is_email(&email) || email.ends_with(UNKNOWN_DOMAIN) {
        return Err(AccountError::Invalid("email", "expected an address such as ada@example.org".to_owned()));
    }
    Ok(email)
}

/// The same, for whoever has no use for one that is none.
pub(crate) fn known_email(text: &str) -> Option<String> {
    email_of(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_has_eight_characters_or_more_and_256_bytes_at_most() {
        for good in ["12345678", "\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}\u{e9}", &"p".repeat(256)] {
            assert_eq!(is_password(good), Ok(()), "{good}");
        }
        for bad in ["", "1234567", "\u{e9}\u{e9}\u{e9}\u{e9}", &"p".repeat(257), &"\u{e9}".repeat(129)] {
            assert!(matches!(is_password(bad), Err(AccountError::Invalid("password", _))), "{bad}");
        }
    }

    #[test]
    fn addresses_that_look_alike_are_one_and_what_is_none_is_refused() {
        for text in
            ["zo\u{e9}@example.org", " ZO\u{c9}@Example.org", "zoe\u{301}@example.org", "ZOE\u{301}@example.org\n"]
        {
            assert_eq!(email_of(text).as_deref(), Ok("zo\u{e9}@example.org"), "{text:?}");
        }
        let of_bytes = |last: usize| {
            let domain = [62, 62, last].map(|letters| "a".repeat(letters)).join(".");
            format!("{}@{domain}.org", "a".repeat(64))
        };
        let (longest, long) = (of_bytes(59), of_bytes(60));
        assert_eq!((longest.len(), email_of(&longest).as_deref()), (254, Ok(longest.as_str())));
        for text in [
            "",
            "ada",
            "ada@localhost",
            "@example.org",
            "ada@@example.org",
            "a\"b@example.org",
            "ada<script>@example.org",
            "ada@example..org",
            "ada@-example.org",
            "ada@exam_ple.org",
            ".ada@example.org",
            "ada @example.org",
            "ada@example.org\r\nbcc: eve@example.org",
            "ada@first.invalid",
            &long,
        ] {
            assert!(email_of(text).is_err(), "{text:?}");
        }
    }
}
