//! What a program adds to the generated server: routes of its own, and layers around everything. Without feature `axum`, nothing.

use std::sync::Arc;

use lithair_http::HttpConfig;

use crate::Engine;

/// What a program adds.
#[derive(Clone, Default)]
pub(crate) struct Additions {
    #[cfg(feature = "axum")]
    pub(crate) router: Option<axum::Router>,
    #[cfg(feature = "axum")]
    pub(crate) layers: Vec<crate::routes::AddLayer>,
}

impl Additions {
    /// Adds it to what the server is made from.
    #[cfg_attr(not(feature = "axum"), expect(clippy::unused_self, reason = "there is nothing to add"))]
    pub(crate) fn add_to(&self, http: &mut HttpConfig, engine: &Arc<Engine>) {
        #[cfg(feature = "axum")]
        crate::routes::add(self, http, engine);
        #[cfg(not(feature = "axum"))]
        let _ = (http, engine);
    }
}

impl std::fmt::Debug for Additions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Additions(..)")
    }
}
