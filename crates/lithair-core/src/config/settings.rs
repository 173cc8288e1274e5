//! All settings: their keys, defaults and meanings.

/// One thing that can be set.
#[derive(Debug)]
pub struct Setting {
    /// `section.key`. With `{name}` in it there is one for each name that somebody gives.
    pub key: &'static str,
    /// The text it has if nobody says otherwise.
    pub default: &'static str,
    /// What it means.
    pub help: &'static str,
}

const fn setting(key: &'static str, default: &'static str, help: &'static str) -> Setting {
    Setting { key, default, help }
}

/// All settings there are.
pub const SETTINGS: &[Setting] = &[
    setting("server.addr", "127.0.0.1:8080", "where to listen; port 0 takes a free one"),
    setting("server.threads", "0", "threads that serve connections; 0 is one a core"),
    setting("server.insecure_http", "false", "allow plain HTTP on an address that others can reach"),
    setting("server.public_url", "", "how browsers reach this server, such as https://shop.example.org"),
    setting("server.drain", "10s", "how long requests under way may take when the server stops"),
    setting("server.compression", "true", "compress large answers for clients that understand it"),
    setting("server.access_log", "false", "write a line of JSON to stderr for each request"),
    setting("firewall.allow", "", "networks that alone may come, such as 10.0.0.0/8, 192.0.2.7; empty: everyone"),
    setting("firewall.deny", "", "networks that may not come, whatever is allowed"),
    setting("firewall.trusted_proxies", "", "proxies that are believed when they say for whom they ask"),
    setting("firewall.rate", "", "how often each client may ask, such as 100/s or 5/min; empty: without limit"),
    setting("firewall.clients", "1048576", "clients whose requests are counted at a time"),
    setting(
        "metrics.networks",
        "127.0.0.0/8, ::1",
        "networks whose clients are shown /metrics; who has auth.admin_role, and no tenant, is so from anywhere",
    ),
    setting("cors.origins", "", "origins whose pages may ask, such as https://app.example.com, or *; empty: none"),
    setting("cors.credentials", "false", "browsers send along what they keep for this server"),
    setting("cors.max_age", "10m", "how long browsers remember what they may"),
    setting("limits.connections", "16384", "open connections in all"),
    setting("limits.connections_per_ip", "4096", "open connections from one address"),
    setting("limits.batch_operations", "1000", "operations of a batch"),
    setting("limits.batch_body", "8MiB", "bytes of the body of a batch"),
    setting("limits.custom_body", "2MiB", "bytes of a body that code of the application's own reads"),
    setting("limits.import_body", "16GiB", "bytes of the body of an import"),
    setting("limits.response", "8MiB", "bytes of the items of a list"),
    setting(
        "limits.auth_failures",
        "100",
        "bad credentials a minute from one address; further ones are refused unseen",
    ),
    setting("limits.scan_rows", "200000", "rows that a list may look at"),
    setting("timeouts.header", "10s", "from the first byte of a request to the end of its head"),
    setting("timeouts.body", "30s", "from the head to the end of the body"),
    setting("timeouts.keep_alive", "75s", "between two requests of a connection"),
    setting("store.data", "./data", "the data directory"),
    setting("store.segment", "64MiB", "the size of the largest log file"),
    setting("store.queue", "64MiB", "bytes that may wait for the disk"),
    setting("store.snapshot_after", "64MiB", "bytes of log that make the next snapshot worth building"),
    setting("store.keep_moments", "5m", "how long cursors stay good"),
    setting("auth.jwt.algorithm", "", "how tokens are signed, such as RS256; empty takes no tokens"),
    setting("auth.jwt.public_key_file", "", "the issuer's public key, PEM"),
    setting("auth.jwt.secret_file", "", "the secret that the issuer and this server share, for HS256, HS384 and HS512"),
    setting("auth.jwt.jwks_file", "", "the issuer's public keys, a JWK set; read again when it changes"),
    setting(
        "auth.jwt.jwks_url",
        "",
        "where the issuer publishes its keys; https (feature oidc), or plain HTTP on this machine",
    ),
    setting("auth.jwt.issuer", "", "what `iss` of a token has to be"),
    setting("auth.jwt.audience", "", "what `aud` of a token has to name"),
    setting("auth.jwt.roles_claim", "roles", "the claim that names roles; dots lead into objects"),
    setting("auth.jwt.tenant_claim", "tenant", "the claim that names the tenant; where it is said, every token has it"),
    setting("auth.oidc.{name}.issuer", "", "a provider through which users log in: exactly as it writes itself"),
    setting("auth.oidc.{name}.client_id", "", "as whom the provider knows this server"),
    setting(
        "auth.oidc.{name}.client_secret_file",
        "",
        "the secret that the provider knows this server by; empty: a public client",
    ),
    setting("auth.oidc.{name}.scopes", "openid email profile", "what the provider is asked for; `openid` is one"),
    setting("auth.oidc.{name}.algorithm", "RS256", "how the provider signs its ID tokens"),
    setting(
        "auth.oidc.{name}.roles_claim",
        "",
        "the claim that names roles, at each login; empty: those of the account stay",
    ),
    setting(
        "auth.oidc.{name}.tenant_claim",
        "",
        "the claim that names the tenant, at each login; empty: that of the account stays",
    ),
    setting(
        "auth.oidc.{name}.return_to",
        "/",
        "what the paths begin with that a login may lead to; the first is the usual one",
    ),
    setting("auth.oidc.{name}.create_users", "false", "whoever has no account gets one at the first login"),
    setting(
        "auth.oidc.{name}.link_by_email",
        "false",
        "whoever has read mail to an account's address, as the provider says, gets the account",
    ),
    setting(
        "auth.ca_file",
        "",
        "certificates of authorities that are trusted for issuers and providers, PEM; empty: those of the system",
    ),
    setting("auth.roles", "both", "where roles come from: claims, store, or both"),
    setting("auth.admin_role", "", "the role of those who may administer credentials over HTTP; empty is nobody"),
    setting("hooks.attempts", "8", "how often a hook is tried before its event is a dead letter"),
    setting("hooks.first_wait", "100ms", "how long the second attempt of a hook waits; each later one twice as long"),
    setting("schedules.run", "true", "whether this process runs what is due"),
];

const NAME: &str = "{name}";
const NAME_BYTES_MAX: usize = 32;

/// The setting with this key.
pub(super) fn find(key: &str) -> Option<&'static Setting> {
    SETTINGS.iter().find(|setting| setting.has(key))
}

impl Setting {
    fn has(&self, key: &str) -> bool {
        self.key == key || self.name_in(key).is_some()
    }

    /// The name that somebody gives in a key of this setting.
    pub(super) fn name_in<'k>(&self, key: &'k str) -> Option<&'k str> {
        let (before, after) = self.key.split_once(NAME)?;
        key.strip_prefix(before)?.strip_suffix(after).filter(|name| is_name(name))
    }

    /// The key with a name; the key itself if it has none.
    pub(crate) fn named(&self, name: &str) -> String {
        self.key.replace(NAME, name)
    }

    /// Whether there is one for each name.
    pub(crate) fn has_names(&self) -> bool {
        self.key.contains(NAME)
    }
}

/// A part of a path, and of the name of a variable.
fn is_name(name: &str) -> bool {
    let is_sound = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-_".contains(&byte);
    (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(is_sound)
}
