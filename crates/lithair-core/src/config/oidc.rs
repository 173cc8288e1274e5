//! `auth.oidc.{name}.*`: providers through which users log in.

use std::path::PathBuf;

use lithair_auth::Algorithm;
use lithair_auth::oidc::{ProviderRules, is_local_path, server_of};

use super::Layers;
use super::auth::HAS_TLS;

/// A provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderSettings {
    /// How it is known, and what is believed of what it says.
    pub rules: ProviderRules,
    /// Where the secret is that it knows this server by; none for a public client.
    pub client_secret_file: Option<PathBuf>,
    /// How browsers reach this server: `https://shop.example.org`.
    pub public_url: String,
}

/// Reads the settings of all providers; what is wrong is added to the problems.
pub(super) fn check(layers: &Layers, problems: &mut Vec<String>) -> Vec<ProviderSettings> {
    let names = layers.names();
    let Some(first) = names.first() else { return Vec::new() };
    if !HAS_TLS {
        problems.push(format!(
            "auth.oidc.{first}: logging in through a provider is the feature `oidc` of lithair-core, which this program lacks"
        ));
        return Vec::new();
    }
    if layers.users.is_none() {
        problems.push(format!(
            "auth.oidc.{first}: this program has no users who could log in: `DeclarativeServer::with_users`"
        ));
    }
    let mut reader = Reader { layers, problems, name: first };
    let public_url = reader.public_url();
    let mut providers: Vec<ProviderSettings> = Vec::new();
    for name in names {
        let mut reader = Reader { name, ..reader.again() };
        let provider = reader.provider(&public_url);
        // Whose token it is would not be known.
        let same = |other: &&ProviderSettings| {
            other.rules.issuer == provider.rules.issuer && other.rules.client_id == provider.rules.client_id
        };
        if let Some(other) = providers.iter().find(same) {
            let other = other.rules.name.clone();
            reader.problem(
                "client_id",
                &format!("expected another one than that of auth.oidc.{other}, or one of the two"),
            );
        }
        providers.push(provider);
    }
    providers
}

struct Reader<'a> {
    layers: &'a Layers,
    problems: &'a mut Vec<String>,
    name: &'a str,
}

impl<'a> Reader<'a> {
    fn again(&mut self) -> Reader<'_> {
        Reader { layers: self.layers, problems: self.problems, name: self.name }
    }

    fn key(&self, word: &str) -> String {
        format!("auth.oidc.{}.{word}", self.name)
    }

    fn text(&self, word: &str) -> &'a str {
        self.layers.text(&self.key(word))
    }

    fn problem(&mut self, word: &str, expected: &str) {
        let (key, text) = (self.key(word), self.text(word));
        let problem = match text {
            "" => format!("{key} is missing: {expected}"),
            _ => format!("{key} = {text:?} ({}): {expected}", self.layers.origin(&key)),
        };
        self.problems.push(problem);
    }

    fn provider(&mut self, public_url: &str) -> ProviderSettings {
        let issuer = self.text("issuer");
        if server_of(issuer).is_none() || issuer.contains('?') {
            self.problem("issuer", "expected the provider's https:// address, or http:// of this machine");
        }
        let client_id = self.text("client_id");
        if client_id.is_empty() || client_id.chars().any(char::is_control) {
            self.problem("client_id", "expected as whom the provider knows this server");
        }
        let secret = self.text("client_secret_file");
        let rules = ProviderRules {
            name: self.name.to_owned(),
            issuer: issuer.to_owned(),
            client_id: client_id.to_owned(),
            scopes: self.scopes(),
            algorithm: self.algorithm(),
            roles_claim: self.text("roles_claim").to_owned(),
            tenant_claim: self.text("tenant_claim").to_owned(),
            return_to: self.return_to(),
            creates_users: self.flag("create_users"),
            links_by_email: self.flag("link_by_email"),
        };
        let client_secret_file = (!secret.is_empty()).then(|| PathBuf::from(secret));
        ProviderSettings { rules, client_secret_file, public_url: public_url.to_owned() }
    }

    /// Scheme, host and port alone: what providers are told to send browsers back to is made from it.
    fn public_url(&mut self) -> String {
        const KEY: &str = "server.public_url";
        let text = self.layers.text(KEY);
        let url = text.strip_suffix('/').unwrap_or(text);
        if server_of(url) != Some(url) {
            let problem = match url {
                "" => format!("{KEY} is missing: with auth.oidc, providers are told where to send browsers back to"),
                _ => format!(
                    "{KEY} = {text:?} ({}): expected https:// with a host and without a path, or http:// of this machine",
                    self.layers.origin(KEY)
                ),
            };
            self.problems.push(problem);
        }
        url.to_owned()
    }

    fn scopes(&mut self) -> String {
        let words: Vec<&str> = words(self.text("scopes"));
        // RFC 6749, 3.3.
        let is_sound = |word: &&str| word.bytes().all(|byte| byte.is_ascii_graphic() && !b"\"\\".contains(&byte));
        if !words.contains(&"openid") || !words.iter().all(is_sound) {
            self.problem("scopes", "expected words of which `openid` is one");
        }
        words.join(" ")
    }

    fn algorithm(&mut self) -> Algorithm {
        let algorithm = self.text("algorithm").parse().ok().filter(|algorithm: &Algorithm| !algorithm.is_symmetric());
        algorithm.unwrap_or_else(|| {
            let public = |word: &&str| word.parse().is_ok_and(|algorithm: Algorithm| !algorithm.is_symmetric());
            let all: Vec<&str> = Algorithm::words().filter(public).collect();
            self.problem("algorithm", &format!("expected one of {}", all.join(", ")));
            Algorithm::Rs256
        })
    }

    fn return_to(&mut self) -> Vec<String> {
        let paths = words(self.text("return_to"));
        if paths.is_empty() || !paths.iter().all(|path| is_local_path(path)) {
            self.problem("return_to", "expected paths of this server, such as /app, /admin");
        }
        paths.into_iter().map(str::to_owned).collect()
    }

    fn flag(&mut self, word: &str) -> bool {
        self.text(word).parse().unwrap_or_else(|_| {
            self.problem(word, "expected true or false");
            false
        })
    }
}

/// The parts of a text between commas or spaces; a list of the settings file is handed on in brackets.
fn words(text: &str) -> Vec<&str> {
    let text = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    text.split([',', ' ']).filter(|word| !word.is_empty()).collect()
}
