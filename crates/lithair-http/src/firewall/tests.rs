//! The firewall decides by addresses and a time that are handed in.

use lithair_model::Numbers;

use super::*;

fn firewall(change: impl FnOnce(&mut FirewallConfig)) -> HttpFirewall {
    let mut config = FirewallConfig::default();
    change(&mut config);
    HttpFirewall::new(&config, &Catalog::new(Vec::new(), &Numbers::new()).expect("nothing is wrong with no models"))
}

fn ip(text: &str) -> IpAddr {
    text.parse().expect(text)
}

fn networks(texts: &[&str]) -> Vec<Network> {
    texts.iter().map(|text| text.parse().expect(text)).collect()
}

#[test]
fn a_trusted_proxy_may_connect_and_its_clients_are_judged() {
    let firewall = firewall(|config| {
        config.allow = networks(&["192.0.2.0/24"]);
        config.deny = networks(&["192.0.2.66"]);
        config.trusted_proxies = networks(&["10.0.0.1"]);
    });
    assert!(firewall.check_ip(ip("192.0.2.1")));
    assert!(!firewall.check_ip(ip("192.0.2.66")));
    assert!(!firewall.check_ip(ip("198.51.100.1")));
    assert!(firewall.check_ip(ip("10.0.0.1")));
    let now = Timestamp::from_micros(0);
    let check = |peer: &str, forwarded: &str, expected: Result<&str, Refusal>| {
        let mut headers = HeaderMap::new();
        if !forwarded.is_empty() {
            headers.insert("x-forwarded-for", forwarded.parse().expect("a value"));
        }
        assert_eq!(firewall.apply_rules(ip(peer), &headers, now), expected.map(ip), "{peer} {forwarded}");
    };
    check("10.0.0.1", "192.0.2.1", Ok("192.0.2.1"));
    check("::ffff:10.0.0.1", "192.0.2.1", Ok("192.0.2.1"));
    check("10.0.0.1", "192.0.2.66", Err(Refusal::Address));
    check("10.0.0.1", "192.0.2.1, 198.51.100.1", Err(Refusal::Address));
    check("10.0.0.1", "", Ok("10.0.0.1"));
    check("10.0.0.1", "unknown", Err(Refusal::Forwarding(BadForwarding)));
    // Whoever is not trusted says what they like.
    check("192.0.2.1", "192.0.2.2", Ok("192.0.2.1"));
    check("192.0.2.1", "unknown", Ok("192.0.2.1"));
}

#[test]
fn each_client_has_the_rate_of_the_server() {
    let firewall = firewall(|config| config.rate = Some("2/s".parse().expect("a rate")));
    let at = |client: &str, micros: i64| firewall.rate_limit(ip(client), Timestamp::from_micros(micros));
    assert!(at("192.0.2.1", 0).is_ok() && at("192.0.2.1", 0).is_ok());
    let denied = at("192.0.2.1", 1).expect_err("has made two");
    assert_eq!((denied.to_string().as_str(), denied.retry_seconds()), ("more than server 2/s", 1));
    assert!(at("192.0.2.2", 1).is_ok(), "another has not");
    assert!(at("192.0.2.1", 499_999).is_err());
    assert!(at("192.0.2.1", 500_000).is_ok());
    assert!(at("192.0.2.1", 500_000).is_err());
}
