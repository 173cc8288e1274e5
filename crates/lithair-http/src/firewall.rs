//! Who may come, and how often.
//!
//! ```text
//! accept    HttpFirewall::check_ip(peer)               not a byte of a refused address is read
//! request   HttpFirewall::apply_rules(peer, head, now) whose request it is behind proxies; the server's networks and rate
//! endpoint  limits::admit(..)                          the model's networks and rates
//! ```
//! Time is handed in, so that all of it can be tried without waiting.

mod client;
mod meters;
mod networks;
mod standing;

use std::net::IpAddr;

use http::HeaderMap;
use lithair_model::{Catalog, Network, Per, RateLimitSchema, SecuritySchema, Timestamp};

pub use self::client::BadForwarding;
use self::meters::{Key, Limit, Meters};
use self::networks::{Networks, Rules};
pub use self::standing::{Denied, Standing};
use crate::FirewallConfig;

/// Decides who may come and how often: for the server as a whole, and for each model.
///
/// Counts live in memory, on this node, for as long as it runs.
#[derive(Debug)]
pub struct HttpFirewall {
    server: Rules,
    trusted_proxies: Networks,
    metrics: Networks,
    rate: Option<Limit>,
    models: Vec<ModelRules>,
    meters: Meters,
}

/// What one model says.
#[derive(Debug)]
struct ModelRules {
    rules: Rules,
    limits: Vec<ModelLimit>,
}

#[derive(Debug)]
struct ModelLimit {
    operations: &'static [&'static str],
    per: Per,
    limit: Limit,
}

/// The limit of the server as a whole; those of models follow.
const SERVER_LIMIT: u64 = 0;

impl HttpFirewall {
    /// The rules of the configuration and of the models.
    ///
    /// # Panics
    /// If the catalog has a network that is none, which no catalog has that was made.
    pub fn new(config: &FirewallConfig, catalog: &Catalog) -> Self {
        let mut number = SERVER_LIMIT;
        let models = catalog.models.iter().map(|model| ModelRules::of(&model.schema.security, &mut number)).collect();
        Self {
            server: Rules::new(&config.allow, &config.deny),
            trusted_proxies: Networks::new(&config.trusted_proxies),
            metrics: Networks::new(&config.metrics),
            rate: config.rate.map(|rate| Limit::new(SERVER_LIMIT, "server", rate, rate.requests, Per::Ip)),
            models,
            meters: Meters::new(config.clients_max),
        }
    }

    /// Whether an address may come to the server at all. What stands between us and clients may; whose requests it brings is asked for
    /// each of them.
    pub fn check_ip(&self, ip: IpAddr) -> bool {
        self.trusted_proxies.contains(ip) || self.server.admits(ip)
    }

    /// Whether a client is at a place that the metrics are for. Of a request that says for whom it comes, and is not believed, nobody knows where its
    /// client is: a proxy on this machine that was not named brings everybody.
    pub(crate) fn shows_metrics(&self, peer: IpAddr, client: IpAddr, headers: &HeaderMap) -> bool {
        let is_believed = self.trusted_proxies.contains(peer) && headers.contains_key(client::X_FORWARDED_FOR);
        self.metrics.contains(client) && (is_believed || !client::is_forwarded(headers))
    }

    /// Counts a request of this client against the rate of the server as a whole.
    ///
    /// # Errors
    /// The client has made too many. This one is not counted.
    pub fn rate_limit(&self, client: IpAddr, now: Timestamp) -> Result<(), Denied> {
        let Some(limit) = &self.rate else { return Ok(()) };
        self.meters.take(limit, Key::client(client), now).map(drop)
    }

    /// All that is asked of a request before it is known what it is about. The address of the client, behind proxies that are trusted.
    ///
    /// # Errors
    /// A trusted proxy says what cannot be understood; the client may not come; or it came too often.
    pub fn apply_rules(&self, peer: IpAddr, headers: &HeaderMap, now: Timestamp) -> Result<IpAddr, Refusal> {
        let peer = peer.to_canonical();
        let client = match self.trusted_proxies.contains(peer) {
            true => client::behind(peer, headers, &self.trusted_proxies)?,
            false => peer,
        };
        // The peer itself was asked about when it connected.
        if client != peer && !self.server.admits(client) {
            return Err(Refusal::Address);
        }
        self.rate_limit(client, now)?;
        Ok(client)
    }

    /// Whether a client may come to the model at this place of the catalog.
    pub(crate) fn admits(&self, model: usize, client: IpAddr) -> bool {
        self.models[model].rules.admits(client)
    }

    /// Whether any model has networks of its own.
    pub(crate) fn guards_models(&self) -> bool {
        self.models.iter().any(|model| !model.rules.are_open())
    }

    /// Counts a request against every limit of the model that counts one of these words and asks for what is known of the caller. The limit
    /// that is nearest, if there is one.
    ///
    /// # Errors
    /// One of them is reached. Then no limit has counted it.
    pub(crate) fn count(
        &self,
        model: usize,
        words: &[&str],
        caller: Caller<'_>,
        now: Timestamp,
    ) -> Result<Option<Standing>, Denied> {
        let mut nearest: Option<Standing> = None;
        for (place, (limit, key)) in self.counting(model, words, caller).enumerate() {
            match self.meters.take(limit, key, now) {
                Ok(standing) if nearest.as_ref().is_some_and(|near| near.remaining <= standing.remaining) => {}
                Ok(standing) => nearest = Some(standing),
                Err(denied) => {
                    let taken = self.counting(model, words, caller).take(place);
                    taken.for_each(|(limit, key)| self.meters.give_back(limit, key));
                    return Err(denied);
                }
            }
        }
        Ok(nearest)
    }

    /// Takes back what was counted of a request that is refused later, by a limit that knew more of its caller.
    pub(crate) fn give_back(&self, model: usize, words: &[&str], caller: Caller<'_>) {
        self.counting(model, words, caller).for_each(|(limit, key)| self.meters.give_back(limit, key));
    }

    fn counting<'a>(
        &'a self,
        model: usize,
        words: &'a [&str],
        caller: Caller<'a>,
    ) -> impl Iterator<Item = (&'a Limit, Key<'a>)> {
        let limits = self.models[model].limits.iter();
        let counted = limits.filter(|limit| limit.operations.iter().any(|operation| words.contains(operation)));
        counted.filter_map(move |limit| Some((&limit.limit, caller.key(limit.per)?)))
    }
}

/// What is known of who asks.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Caller<'a> {
    /// The address: nobody was asked for a credential yet.
    Address(IpAddr),
    /// The principal, where the address was counted before.
    Principal(IpAddr, Option<&'a str>),
    /// Both.
    Known(IpAddr, Option<&'a str>),
}

impl<'a> Caller<'a> {
    /// Whose count it is for a limit; none if it is asked when more or less is known. A further kind of key is a further arm here.
    fn key(self, per: Per) -> Option<Key<'a>> {
        match (per, self) {
            (Per::Ip, Self::Address(client) | Self::Known(client, _)) => Some(Key::client(client)),
            (Per::Model, Self::Address(_) | Self::Known(..)) => Some(Key::All),
            (Per::Principal, Self::Principal(_, Some(actor)) | Self::Known(_, Some(actor))) => Some(Key::Actor(actor)),
            (Per::Principal, Self::Principal(client, None) | Self::Known(client, None)) => Some(Key::client(client)),
            (Per::Ip | Per::Model, Self::Principal(..)) | (Per::Principal, Self::Address(_)) => None,
        }
    }
}

impl ModelRules {
    /// `number` counts limits, so that each has counts of its own.
    fn of(security: &SecuritySchema, number: &mut u64) -> Self {
        let parse = |texts: &[&str]| -> Vec<Network> {
            texts.iter().map(|text| text.parse().expect("the catalog has judged it")).collect()
        };
        let mut limit = |limit: &RateLimitSchema| {
            *number += 1;
            let name = limit.operations.join(" ");
            ModelLimit {
                operations: limit.operations,
                per: limit.per,
                limit: Limit::new(*number, &name, limit.rate, limit.burst, limit.per),
            }
        };
        Self {
            rules: Rules::new(&parse(security.allow), &parse(security.deny)),
            limits: security.rate_limits.iter().map(&mut limit).collect(),
        }
    }
}

/// Why a request is refused before it is known what it is about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The client may not come.
    #[error("requests from this address are not taken")]
    Address,
    /// The client came too often.
    #[error(transparent)]
    Rate(#[from] Denied),
    /// A trusted proxy says what cannot be understood.
    #[error(transparent)]
    Forwarding(#[from] BadForwarding),
}

#[cfg(test)]
mod tests;
