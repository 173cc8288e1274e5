//! Why a credential proves nothing.

macro_rules! reasons {
    ($($(#[doc = $doc:literal])* $name:ident $word:literal;)*) => {
        /// Why a credential proves nothing. For operators: a caller who knew would be told what to try next.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Refused {
            $($(#[doc = $doc])* $name,)*
        }

        impl Refused {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable word, for metrics.
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }
        }
    };
}

reasons! {
    /// More than one credential, or a header that is no credential.
    Malformed "malformed";
    /// A kind of credential that this server does not take.
    NotTaken "not_taken";
    /// Longer than any credential.
    TooLong "too_long";
    /// Not three parts of base64url without padding.
    NotAToken "not_a_token";
    /// A header that is no JSON object, or has a name twice.
    Header "header";
    /// Another algorithm than the key's.
    Algorithm "algorithm";
    /// Another type than an access token's.
    Type "type";
    /// A header that brings its own key or wants more than is understood: `jku`, `jwk`, `x5u`, `x5c`, `crit` and such.
    HeaderMember "header_member";
    /// A key identifier that is too long, or has letters that none has.
    KeyIdentifier "key_identifier";
    /// No key has this identifier.
    UnknownKey "unknown_key";
    /// The signature is not the key's for this text.
    Signature "signature";
    /// Claims that are no JSON object, or have a name twice.
    Claims "claims";
    /// A claim that must be there is not.
    MissingClaim "missing_claim";
    /// A claim of another type than it has.
    BadClaim "bad_claim";
    /// Another issuer.
    Issuer "issuer";
    /// For another audience.
    Audience "audience";
    /// Its time is over.
    Expired "expired";
    /// Its time has not come.
    NotYet "not_yet";
    /// An API key whose checksum does not fit: a typing mistake, or a guess.
    Checksum "checksum";
    /// No such key, session or user.
    Unknown "unknown";
    /// The identifier is right and the secret is not.
    Secret "secret";
    /// It was taken back.
    Revoked "revoked";
    /// The user may not use the server any more.
    Disabled "disabled";
    /// A login at a provider that was not begun in this browser, is over, or was used.
    NotBegun "not_begun";
    /// The provider says that nobody logged in.
    Denied "denied";
    /// The provider does not answer, or not as it should.
    Unavailable "unavailable";
    /// A token of another login than this.
    Nonce "nonce";
    /// Somebody whom the provider knows and this server does not.
    NoAccount "no_account";
    /// Too many bad credentials came from there.
    TooMany "too_many";
}
