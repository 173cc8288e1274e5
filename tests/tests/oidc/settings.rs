//! Settings that cannot be.

use lithair_core::prelude::*;
use lithair_core::testing::TestServer;
use lithair_core::users::Users;

#[test]
fn settings_that_cannot_be_stop_the_start() {
    let base = || {
        DeclarativeServer::new("127.0.0.1:0")
            .with_users(Users::new())
            .setting("server.public_url", "https://shop.example")
            .setting("auth.oidc.first.issuer", "http://127.0.0.1:9")
            .setting("auth.oidc.first.client_id", "shop")
    };
    let check = |program: DeclarativeServer, expected: &str| {
        let error = TestServer::try_start(program).err().expect(expected).to_string();
        assert!(error.contains(expected), "{error}");
    };
    for (word, text, expected) in [
        ("issuer", "", "auth.oidc.first.issuer is missing"),
        ("issuer", "http://id.example.org", "expected the provider's https:// address"),
        ("issuer", "https://id.example.org?a", "expected the provider's https:// address"),
        ("client_id", "", "auth.oidc.first.client_id is missing"),
        ("client_secret_file", "/nowhere/secret", "/nowhere/secret"),
        ("client_secret_file", "/dev/null", "expected one line, the secret"),
        ("scopes", "email", "expected words of which `openid` is one"),
        ("algorithm", "HS256", "expected one of RS256"),
        ("algorithm", "none", "expected one of RS256"),
        ("return_to", "https://evil.example", "expected paths of this server"),
        ("return_to", "", "expected paths of this server"),
        ("create_users", "yes", "expected true or false"),
        ("issuers", "x", "did you mean `auth.oidc.{name}.issuer`?"),
    ] {
        check(base().setting(&format!("auth.oidc.first.{word}"), text), expected);
    }
    for url in ["", "shop.example", "http://shop.example", "https://shop.example/app", "https://a@shop.example"] {
        check(base().setting("server.public_url", url), "server.public_url");
    }
    let asked = base().setting("auth.roles", "store").setting("auth.oidc.first.roles_claim", "groups");
    check(asked, "auth.oidc.first.roles_claim = \"groups\"");
    check(base().setting("auth.oidc.Second.issuer", "x"), "there is no setting `auth.oidc.Second.issuer`");
    let twice = base().setting("auth.oidc.second.issuer", "http://127.0.0.1:9");
    check(twice.setting("auth.oidc.second.client_id", "shop"), "another one than that of auth.oidc.first");
    let nobody = DeclarativeServer::new("127.0.0.1:0").setting("auth.oidc.first.issuer", "http://127.0.0.1:9");
    check(nobody, "no users who could log in");
    TestServer::start(base());
}
