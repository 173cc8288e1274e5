//! `security(firewall(..), rate_limit(..))`: who may come to a model, and how often.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proc_macro2::TokenStream;
use syn::{Ident, LitInt, LitStr};

use super::item::{self, Item, Value};
use super::words;
use crate::errors::Errors;

/// What a struct says about abuse.
#[derive(Default)]
pub(crate) struct Security {
    pub(crate) allow: Vec<LitStr>,
    pub(crate) deny: Vec<LitStr>,
    pub(crate) rate_limits: Vec<RateLimit>,
}

/// `rate_limit(create, "5/min", per = ip, burst = 10)`.
pub(crate) struct RateLimit {
    pub(crate) operations: Vec<Ident>,
    pub(crate) requests: u32,
    /// A variant of `Window`.
    pub(crate) window: &'static str,
    pub(crate) burst: Option<u32>,
    /// A variant of `Per`, if it is not `Ip`.
    pub(crate) per: Option<&'static str>,
}

const FIREWALL: &str = "firewall(allow(\"10.0.0.0/8\"), deny(\"10.1.0.0/16\"))";
const RATE_LIMIT: &str = "rate_limit(create, \"5/min\", per = ip, burst = 10)";

impl Security {
    pub(crate) fn take(&mut self, item: &Item, errors: &Errors) {
        match item.key.to_string().as_str() {
            "firewall" => self.firewall(item, errors),
            "rate_limit" => self.rate_limits.extend(rate_limit(item, errors)),
            other => unreachable!("`security({other})` is ready and not read"),
        }
    }

    fn firewall(&mut self, item: &Item, errors: &Errors) {
        for part in item.list(FIREWALL, errors).unwrap_or_default() {
            let Some(part) = errors.keep(item::parse(part)) else { continue };
            let list = match part.key.to_string().as_str() {
                "allow" => &mut self.allow,
                "deny" => &mut self.deny,
                other => {
                    errors
                        .at(part.key.span(), format!("unknown key `{other}`; `firewall(..)` takes `allow` and `deny`"));
                    continue;
                }
            };
            let texts = part.list(&format!("{}(\"10.0.0.0/8\")", part.key), errors).unwrap_or_default();
            list.extend(texts.into_iter().filter_map(|text| network(text, errors)));
        }
    }
}

fn network(tokens: TokenStream, errors: &Errors) -> Option<LitStr> {
    let text = errors.keep(item::read(tokens, |input| input.parse::<LitStr>()))?;
    if let Err(wrong) = judge_network(&text.value()) {
        errors.at(text.span(), wrong);
    }
    Some(text)
}

/// The rules of `lithair_model::Network`.
fn judge_network(text: &str) -> Result<(), String> {
    let malformed = || "expected a network such as `10.0.0.0/8` or `2001:db8::/32`, or one address".to_owned();
    let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
    let address: IpAddr = address.parse().map_err(|_| malformed())?;
    let width: u32 = if address.is_ipv4() { 32 } else { 128 };
    let number = |bits: &str| bits.bytes().all(|byte| byte.is_ascii_digit()).then(|| bits.parse().ok()).flatten();
    let bits = bits.map_or(Some(width), number).filter(|bits| *bits <= width).ok_or_else(malformed)?;
    let first: IpAddr = match address {
        IpAddr::V4(address) => Ipv4Addr::from_bits(address.to_bits() & !u32::MAX.checked_shr(bits).unwrap_or(0)).into(),
        IpAddr::V6(address) => {
            Ipv6Addr::from_bits(address.to_bits() & !u128::MAX.checked_shr(bits).unwrap_or(0)).into()
        }
    };
    if first == address { Ok(()) } else { Err(format!("the network of this address is `{first}/{bits}`")) }
}

fn rate_limit(item: &Item, errors: &Errors) -> Option<RateLimit> {
    let mut limit = RateLimit { operations: Vec::new(), requests: 0, window: "", burst: None, per: None };
    for part in item.list(RATE_LIMIT, errors)? {
        if let Ok(text) = syn::parse2::<LitStr>(part.clone()) {
            if limit.requests > 0 {
                errors.at(text.span(), "a limit has one rate; write another `rate_limit(..)`");
            }
            (limit.requests, limit.window) = errors.keep(rate(&text))?;
            continue;
        }
        let part = errors.keep(item::parse(part))?;
        match (part.key.to_string().as_str(), &part.value) {
            (_, Value::None) => limit.operations.push(part.key),
            ("per", _) => limit.per = per(&part, errors)?,
            ("burst", _) => limit.burst = Some(burst(&part, errors)?),
            (other, _) => {
                let hint = crate::suggest::hint(other, ["per", "burst"]);
                errors.at(part.key.span(), format!("unknown key `{other}`{hint}"));
                return None;
            }
        }
    }
    if limit.requests == 0 || limit.operations.is_empty() {
        return item.malformed(RATE_LIMIT, errors);
    }
    Some(limit)
}

/// The word of each window, its variant, and its seconds.
const WINDOWS: [(&str, &str, u64); 4] =
    [("s", "Second", 1), ("min", "Minute", 60), ("h", "Hour", 3_600), ("d", "Day", 86_400)];

/// The rules of `lithair_model::Rate`.
fn rate(text: &LitStr) -> syn::Result<(u32, &'static str)> {
    let refuse = || {
        let message = "expected a rate such as `\"5/min\"`: a number, then `/s`, `/min`, `/h` or `/d`, and at most a \
                       million a second";
        syn::Error::new(text.span(), message)
    };
    let value = text.value();
    let (requests, window) = value.split_once('/').ok_or_else(refuse)?;
    let (_, variant, seconds) = WINDOWS.into_iter().find(|(word, ..)| *word == window).ok_or_else(refuse)?;
    let is_number = requests.bytes().all(|byte| byte.is_ascii_digit());
    let requests: u32 = is_number.then(|| requests.parse().ok()).flatten().ok_or_else(refuse)?;
    if requests == 0 || u64::from(requests) > 1_000_000 * seconds {
        return Err(refuse());
    }
    Ok((requests, variant))
}

/// `per = ip`, which says nothing new, or another.
#[expect(clippy::option_option, reason = "wrong, as by default, otherwise")]
fn per(item: &Item, errors: &Errors) -> Option<Option<&'static str>> {
    let word = item.word("per = ip", errors)?;
    let known = [("ip", None), ("model", Some("Model")), ("principal", Some("Principal"))];
    words::one_of("key of a limit", &word, &known, &[], errors)
}

fn burst(item: &Item, errors: &Errors) -> Option<u32> {
    let tokens = item.equals("burst = 10", errors)?;
    let number = errors.keep(item::read(tokens, |input| input.parse::<LitInt>()))?;
    match number.base10_parse::<u32>() {
        Ok(burst @ 1..=1_000_000) => Some(burst),
        _ => {
            errors.at(number.span(), "a burst is 1 to 1000000 requests");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What this says of a text is what `lithair_model` says: the tests there have the same texts.
    #[test]
    fn networks_are_judged_by_the_rules_of_the_model() {
        for right in ["10.0.0.0/8", "192.0.2.7", "0.0.0.0/0", "::/0", "2001:db8::/32", "::ffff:10.0.0.0/104"] {
            assert_eq!(judge_network(right), Ok(()), "{right}");
        }
        for wrong in ["", "10.0.0.0/33", "::/129", "10.0.0/8", "10.0.0.0/", "10.0.0.0/+8", "a.example", "10.0.0.0/8 "] {
            assert!(judge_network(wrong).is_err_and(|error| error.starts_with("expected")), "{wrong}");
        }
        assert_eq!(judge_network("10.1.2.3/8"), Err("the network of this address is `10.0.0.0/8`".to_owned()));
    }
}
