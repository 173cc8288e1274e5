//! Networks are let in or not, and limits hold, as declared. The only concern whose servers have them: every other would stumble over its
//! own requests.

use std::net::IpAddr;
use std::time::Instant;

use lithair_model::{ModelEntry, Network, OperationKind, RateLimitSchema};

use super::{Suite, ensure};
use crate::client::Response;
use crate::testing::TestServer;

/// Requests that a test of one limit makes at most; a larger burst is only looked at in the headers.
const REQUESTS_MAX: u32 = 2_000;

pub(super) fn test(suite: &mut Suite, model: usize) -> Result<(), String> {
    let security = suite.schema(model).security;
    for network in security.allow.iter().chain(security.deny) {
        let (first, last) = bounds(network);
        for client in [first, last] {
            lets_in(suite, model, client)?;
        }
    }
    for stranger in ["192.0.2.99", "2001:db8:ffff::1"] {
        lets_in(suite, model, stranger.parse().expect("an address"))?;
    }
    security.rate_limits.iter().try_for_each(|limit| holds(suite, model, limit))
}

fn bounds(network: &str) -> (IpAddr, IpAddr) {
    network.parse::<Network>().expect("the program starts with it").bounds()
}

/// What the model says of an address: `deny`, then `allow`.
fn may_come(suite: &Suite, model: usize, client: IpAddr) -> bool {
    let security = suite.schema(model).security;
    let is_in = |networks: &[&str]| {
        networks.iter().any(|network| {
            let (first, last) = bounds(network);
            first.is_ipv4() == client.is_ipv4() && (first..=last).contains(&client)
        })
    };
    !is_in(security.deny) && (security.allow.is_empty() || is_in(security.allow))
}

/// An address is let in or not, as declared.
fn lets_in(suite: &mut Suite, model: usize, client: IpAddr) -> Result<(), String> {
    let server = suite.guarded()?;
    let Some(request) = requests(suite.model(model), "all").into_iter().next() else { return Ok(()) };
    let (answer, expected) = (ask(&server, &request, client)?, may_come(suite, model, client));
    ensure((answer.status != 403) == expected, || {
        let what = if expected { "is refused" } else { "is let in" };
        format!("{client} {what}: {} {} is answered {}", request.0, request.1, answer.status)
    })
}

/// A limit lets a burst through, and not two more than that.
fn holds(suite: &mut Suite, model: usize, limit: &RateLimitSchema) -> Result<(), String> {
    let Some(client) = somebody(suite, model) else { return Ok(()) };
    for word in limit.operations {
        let Some(request) = requests(suite.model(model), word).into_iter().next() else { continue };
        let server = suite.guarded()?;
        // All limits that count the request are in its way.
        let counts = |other: &&RateLimitSchema| ["all", *word].iter().any(|word| other.operations.contains(word));
        let all = suite.schema(model).security.rate_limits;
        let burst = all.iter().filter(counts).map(|other| other.burst).min().unwrap_or(limit.burst);
        let ask = || ask(&server, &request, client);
        if burst <= REQUESTS_MAX {
            reached(&ask, burst, limit).map_err(|finding| format!("{word}: {finding}"))?;
        }
        let said = ask()?.header("ratelimit-policy").unwrap_or_default().to_owned();
        ensure(said.contains(";q="), || format!("{word}: the answer does not say its limit: {said:?}"))?;
    }
    Ok(())
}

/// The first request that is refused is the one behind the burst, give or take what time lets through while we ask.
fn reached(ask: &dyn Fn() -> Result<Response, String>, burst: u32, limit: &RateLimitSchema) -> Result<(), String> {
    let began = Instant::now();
    let interval = u128::try_from(limit.rate.interval_micros()).unwrap_or(1);
    // A limit that lets more through than we ask is not reached.
    for asked in 0..REQUESTS_MAX {
        let answer = ask()?;
        if answer.status == 429 {
            let again = answer.header("retry-after").and_then(|text| text.parse::<u64>().ok());
            ensure(again.is_some_and(|seconds| seconds > 0), || "no `Retry-After`".to_owned())?;
            return ensure(asked >= burst, || format!("refused after {asked} requests, expected {burst}"));
        }
        let later = u32::try_from(began.elapsed().as_micros() / interval).unwrap_or(u32::MAX);
        ensure(asked <= burst.saturating_add(later), || format!("{asked} requests are let through, expected {burst}"))?;
    }
    Ok(())
}

/// An address that may come.
fn somebody(suite: &Suite, model: usize) -> Option<IpAddr> {
    let allowed = suite.schema(model).security.allow.iter().flat_map(|network| {
        let (first, last) = bounds(network);
        [first, last]
    });
    let anybody: IpAddr = [192, 0, 2, 99].into();
    allowed.chain([anybody]).find(|client| may_come(suite, model, *client))
}

type Request = (&'static str, String);

/// Requests that count under a word. None of them needs a record: limits come before everything else.
fn requests(model: &ModelEntry, word: &str) -> Vec<Request> {
    use OperationKind::{Bulk, Create, Delete, Get, History, List, Update};
    let collection = format!("/api/{}", model.schema.path);
    let record = format!("{collection}/{}", vec!["0"; model.schema.key.len()].join(","));
    let kinds: [(&str, OperationKind, Request); 7] = [
        ("list", List, ("GET", collection.clone())),
        ("get", Get, ("GET", record.clone())),
        ("create", Create, ("POST", collection.clone())),
        ("update", Update, ("PATCH", record.clone())),
        ("delete", Delete, ("DELETE", record.clone())),
        ("history", History, ("GET", format!("{record}/history"))),
        ("bulk", Bulk, ("POST", format!("{collection}:import"))),
    ];
    let offered = kinds.into_iter().filter(|(_, kind, _)| model.schema.operations.contains(kind));
    let of_kind = offered.filter(|(name, ..)| word == "all" || *name == word).map(|(.., request)| request);
    let action = model.actions().filter(|name| *name == word).map(|name| ("POST", format!("{record}:{name}")));
    of_kind.chain(action).collect()
}

fn ask(server: &TestServer, (method, path): &Request, client: IpAddr) -> Result<Response, String> {
    let client = client.to_string();
    let headers = [("x-forwarded-for", client.as_str())];
    server.client().request(method, path, &headers, "").map_err(|error| error.to_string())
}
