//! `auth.*`: who is trusted to say who somebody is.

use std::path::PathBuf;

use http::Uri;
use lithair_auth::oidc::is_loopback;
use lithair_auth::{Algorithm, RoleSource, TokenRules};

use super::{Layers, Origin, ProviderSettings, oidc};

/// Which credentials are taken, beside the server's own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthSettings {
    /// Signed tokens; none if nothing is said of them.
    pub tokens: Option<TokenSettings>,
    /// Providers through which users log in, in the order of their names.
    pub providers: Vec<ProviderSettings>,
    /// Authorities that are trusted for TLS to issuers and providers; those of the system if there is none.
    pub ca_file: Option<PathBuf>,
}

/// Which tokens are good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenSettings {
    /// What a token has to say.
    pub rules: TokenRules,
    /// Where the keys are.
    pub keys: KeySource,
}

/// Where the keys that check tokens are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// A file with one key, read at the start.
    One(PathBuf),
    /// A file with a JWK set, read again when it changes.
    File(PathBuf),
    /// An address of a JWK set: server, and path with query.
    Url(String, String),
}

const SOURCES: [&str; 4] =
    ["auth.jwt.public_key_file", "auth.jwt.secret_file", "auth.jwt.jwks_file", "auth.jwt.jwks_url"];
const OTHERS: [&str; 2] = ["auth.jwt.issuer", "auth.jwt.audience"];

/// Reads the settings; what is wrong is added to the problems.
pub(super) fn check(layers: &Layers, problems: &mut Vec<String>) -> AuthSettings {
    let before = problems.len();
    let tokens = tokens(layers, problems);
    if layers.own_tokens && !layers.text("auth.jwt.algorithm").is_empty() {
        let origin = layers.origin("auth.jwt.algorithm");
        problems.push(format!(
            "auth.jwt.algorithm ({origin}): the program signs tokens itself (`with_own_tokens`), and there is one issuer"
        ));
    }
    let tokens = tokens.filter(|_| problems.len() == before);
    let ca_file = Some(layers.text("auth.ca_file")).filter(|path| !path.is_empty()).map(PathBuf::from);
    AuthSettings { tokens, providers: oidc::check(layers, problems), ca_file }
}

impl AuthSettings {
    /// Whether there is a server that is reached by TLS.
    #[cfg(feature = "oidc")]
    pub(crate) fn needs_tls(&self) -> bool {
        let is_tls = |url: &str| url.starts_with("https:");
        let of_tokens = self.tokens.as_ref().is_some_and(|tokens| match &tokens.keys {
            KeySource::Url(server, _) => is_tls(server),
            KeySource::One(_) | KeySource::File(_) => false,
        });
        of_tokens || self.providers.iter().any(|provider| is_tls(&provider.rules.issuer))
    }
}

/// Whether this program can ask others by TLS.
pub(super) const HAS_TLS: bool = cfg!(feature = "oidc");

/// Where roles come from. A claim that would name them and is not asked is a problem: somebody believes that it is. What a provider says at a
/// login would be in the user's record, and look as if somebody here had said it.
pub(super) fn role_source(layers: &Layers, problems: &mut Vec<String>) -> RoleSource {
    const KEY: &str = "auth.roles";
    let word = layers.text(KEY);
    let Ok(source) = word.parse::<RoleSource>() else {
        let near = lithair_model::nearest(word, RoleSource::WORDS).map(|near| format!("; did you mean {near:?}?"));
        let (origin, words) = (layers.origin(KEY), RoleSource::WORDS.join(", "));
        problems.push(format!("{KEY} = {word:?} ({origin}): expected one of {words}{}", near.unwrap_or_default()));
        return RoleSource::default();
    };
    let providers = layers.names().into_iter().map(|name| format!("auth.oidc.{name}.roles_claim"));
    let claims = ["auth.jwt.roles_claim".to_owned()].into_iter().chain(providers);
    let is_said = |claim: &String| layers.origin(claim) != Origin::Default && !layers.text(claim).is_empty();
    for claim in claims.filter(|claim| source == RoleSource::Store && is_said(claim)) {
        problems.push(format!("{claim} ({}) has no effect with {KEY} = \"store\"", layers.origin(&claim)));
    }
    source
}

fn tokens(layers: &Layers, problems: &mut Vec<String>) -> Option<TokenSettings> {
    let said = |key: &&str| !layers.text(key).is_empty();
    let word = layers.text("auth.jwt.algorithm");
    if word.is_empty() {
        if let Some(key) = SOURCES.iter().chain(&OTHERS).find(|key| said(key)) {
            let origin = layers.origin(key);
            problems.push(format!("{key} ({origin}) has no effect without auth.jwt.algorithm, such as \"RS256\""));
        }
        return None;
    }
    let Ok(algorithm) = word.parse::<Algorithm>() else {
        let words: Vec<_> = Algorithm::words().collect();
        let origin = layers.origin("auth.jwt.algorithm");
        problems.push(format!("auth.jwt.algorithm = {word:?} ({origin}): expected one of {}", words.join(", ")));
        return None;
    };
    for key in OTHERS.iter().filter(|key| !said(key)) {
        problems.push(format!("{key} is missing: with auth.jwt.algorithm, tokens of others would be taken without it"));
    }
    let text = |key: &str| layers.text(key).to_owned();
    let rules = TokenRules {
        algorithm,
        issuer: text("auth.jwt.issuer"),
        audience: text("auth.jwt.audience"),
        roles_claim: text("auth.jwt.roles_claim"),
        tenant_claim: text("auth.jwt.tenant_claim"),
        // Whoever names the claim has tenants; the default is there for who has none, too.
        needs_tenant: layers.origin("auth.jwt.tenant_claim") != Origin::Default && said(&"auth.jwt.tenant_claim"),
    };
    let named: Vec<&str> = SOURCES.into_iter().filter(|key| said(key)).collect();
    let [source] = named[..] else {
        problems.push(format!("auth.jwt: name one of {}; found {}", SOURCES.join(", "), named.len()));
        return None;
    };
    let is_secret = source == "auth.jwt.secret_file";
    if is_secret != algorithm.is_symmetric() {
        let right = if is_secret {
            "a public key: name auth.jwt.public_key_file or auth.jwt.jwks_url"
        } else {
            "a secret: name auth.jwt.secret_file"
        };
        problems.push(format!("{source} ({}): {algorithm} is checked with {right}", layers.origin(source)));
        return None;
    }
    let keys = match source {
        "auth.jwt.jwks_url" => url(layers, problems)?,
        "auth.jwt.jwks_file" => KeySource::File(PathBuf::from(layers.text(source))),
        _ => KeySource::One(PathBuf::from(layers.text(source))),
    };
    Some(TokenSettings { rules, keys })
}

/// Keys that come over plain HTTP are whosever answers: only this machine is asked so.
fn url(layers: &Layers, problems: &mut Vec<String>) -> Option<KeySource> {
    const KEY: &str = "auth.jwt.jwks_url";
    let text = layers.text(KEY);
    let mut wrong = |reason: &str| {
        problems.push(format!("{KEY} = {text:?} ({}): {reason}", layers.origin(KEY)));
        None
    };
    let Some(uri) = text.parse::<Uri>().ok().filter(|uri| uri.host().is_some()) else {
        return wrong("expected an address such as http://127.0.0.1:9000/keys.json");
    };
    match uri.scheme_str() {
        Some("https") if HAS_TLS => {}
        Some("https") => {
            return wrong(
                "TLS is in the feature `oidc` of lithair-core, which this program lacks; add it, or fetch the keys with another \
                 program into a file, and name it as auth.jwt.jwks_file: it is read again when it changes",
            );
        }
        Some("http") if !is_loopback(uri.host().unwrap_or_default()) => {
            return wrong(
                "plain HTTP to another machine lets anybody between say what the keys are; expected https://, or an address of this machine",
            );
        }
        Some("http") => {}
        _ => return wrong("expected https://"),
    }
    let authority = uri.authority().map(ToString::to_string).unwrap_or_default();
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    if authority.contains('@') {
        return wrong("expected an address without a user");
    }
    let scheme = uri.scheme_str().unwrap_or_default();
    Some(KeySource::Url(format!("{scheme}://{authority}"), path.to_owned()))
}
