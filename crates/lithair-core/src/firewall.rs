//! Who may come to a server, as a program says it: in words that settings can overrule.

use crate::config::Layers;

/// The firewall of the server, for [`crate::DeclarativeServer::with_firewall`]. Networks are texts as in settings; what is wrong with one
/// is said at the start, with everything else.
///
/// ```
/// use lithair_core::Firewall;
///
/// let firewall = Firewall::new().allow("10.0.0.0/8").deny("10.66.0.0/16").trusted_proxy("127.0.0.1").rate("100/s");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Firewall {
    allow: Vec<String>,
    deny: Vec<String>,
    trusted_proxies: Vec<String>,
    rate: Option<String>,
}

impl Firewall {
    /// One that lets everybody in.
    pub fn new() -> Self {
        Self::default()
    }

    /// A network that may come. With one, others may not.
    #[must_use]
    pub fn allow(mut self, network: impl Into<String>) -> Self {
        self.allow.push(network.into());
        self
    }

    /// A network that may not come, whatever is allowed.
    #[must_use]
    pub fn deny(mut self, network: impl Into<String>) -> Self {
        self.deny.push(network.into());
        self
    }

    /// A proxy that is believed when it says for whom it asks.
    #[must_use]
    pub fn trusted_proxy(mut self, network: impl Into<String>) -> Self {
        self.trusted_proxies.push(network.into());
        self
    }

    /// How often each client may ask, `"100/s"`.
    #[must_use]
    pub fn rate(mut self, rate: impl Into<String>) -> Self {
        self.rate = Some(rate.into());
        self
    }

    /// Sets what was said, where anything was.
    pub(crate) fn set_in(&self, layers: &mut Layers) {
        for (key, networks) in [
            ("firewall.allow", &self.allow),
            ("firewall.deny", &self.deny),
            ("firewall.trusted_proxies", &self.trusted_proxies),
        ] {
            if !networks.is_empty() {
                layers.program(key, networks.join(", "));
            }
        }
        if let Some(rate) = &self.rate {
            layers.program("firewall.rate", rate);
        }
    }
}
