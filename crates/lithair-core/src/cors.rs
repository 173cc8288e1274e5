//! Which pages of other origins may ask, as a program says it: in words that settings can overrule.

use crate::config::Layers;

/// Pages of other origins that may ask, for [`crate::DeclarativeServer::with_cors`].
///
/// ```
/// use lithair_core::Cors;
///
/// let cors = Cors::new().origin("https://app.example.com");
/// ```
#[derive(Clone, Debug, Default)]
pub struct Cors {
    origins: Vec<String>,
    credentials: bool,
}

impl Cors {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// An origin that may ask, as browsers write it: scheme, host and port, or `*` for all.
    #[must_use]
    pub fn origin(mut self, origin: impl Into<String>) -> Self {
        self.origins.push(origin.into());
        self
    }

    /// Browsers send along what they keep for this server. Not together with `*`.
    #[must_use]
    pub const fn credentials(mut self) -> Self {
        self.credentials = true;
        self
    }

    /// Sets what was said.
    pub(crate) fn set_in(&self, layers: &mut Layers) {
        layers.program("cors.origins", self.origins.join(", "));
        layers.program("cors.credentials", self.credentials.to_string());
    }
}
