use lithair_model::Catalog;

use crate::Prefixes;
use crate::router::{Endpoint, Tool};

/// What requests are counted under: an endpoint without its key, so that there are few.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Slot(usize);

/// Slots of no model.
const COMMON: usize = 7;
/// Slots of each model.
const OF_MODEL: usize = 12;

impl Slot {
    /// Requests that reached no endpoint.
    pub(crate) const UNMATCHED: Self = Self(0);
    /// Requests that the application's own code answers.
    pub(crate) const CUSTOM: Self = Self(5);

    pub(crate) const fn of(endpoint: &Endpoint<'_>) -> Self {
        match *endpoint {
            Endpoint::Methods(_) => Self(1),
            Endpoint::Batch => Self(2),
            Endpoint::Tool(Tool::Live | Tool::Ready | Tool::Startup | Tool::Metrics) => Self(3),
            Endpoint::Tool(_) => Self(4),
            Endpoint::Auth(_) => Self(6),
            Endpoint::List(model) => Self::of_model(model, 0),
            Endpoint::Query(model) => Self::of_model(model, 1),
            Endpoint::Create(model) => Self::of_model(model, 2),
            Endpoint::Import(model) => Self::of_model(model, 3),
            Endpoint::Read(model, _) => Self::of_model(model, 4),
            Endpoint::Replace(model, _) => Self::of_model(model, 5),
            Endpoint::Patch(model, _) => Self::of_model(model, 6),
            Endpoint::Delete(model, _) => Self::of_model(model, 7),
            Endpoint::Act(model, ..) => Self::of_model(model, 8),
            Endpoint::History(model, _) => Self::of_model(model, 9),
            Endpoint::Restore(model, _) => Self::of_model(model, 10),
            Endpoint::Related(model, _, _) => Self::of_model(model, 11),
        }
    }

    const fn of_model(model: usize, kind: usize) -> Self {
        Self(COMMON + model * OF_MODEL + kind)
    }

    /// How many there are.
    pub(super) fn count(catalog: &Catalog) -> usize {
        COMMON + catalog.models.len() * OF_MODEL
    }

    pub(super) const fn number(self) -> usize {
        self.0
    }

    /// Method and route of a slot, as labels.
    pub(super) fn label(number: usize, catalog: &Catalog, prefixes: &Prefixes) -> (&'static str, String) {
        let Some(of_model) = number.checked_sub(COMMON) else {
            return match number {
                0 => ("", "unmatched".to_owned()),
                1 => ("OPTIONS", String::new()),
                2 => ("POST", format!("{}/_batch", prefixes.api)),
                3 => ("GET", format!("{}, {}", prefixes.health, prefixes.metrics)),
                5 => ("", "custom".to_owned()),
                6 => ("POST", format!("{}/auth, {}/admin", prefixes.tools, prefixes.tools)),
                _ => ("GET", prefixes.tools.clone()),
            };
        };
        let collection = format!("{}/{}", prefixes.api, catalog.models[of_model / OF_MODEL].schema.path);
        match of_model % OF_MODEL {
            0 => ("GET", collection),
            1 => ("QUERY", collection),
            2 => ("POST", collection),
            3 => ("POST", format!("{collection}:import")),
            4 => ("GET", format!("{collection}/{{key}}")),
            5 => ("PUT", format!("{collection}/{{key}}")),
            6 => ("PATCH", format!("{collection}/{{key}}")),
            7 => ("DELETE", format!("{collection}/{{key}}")),
            8 => ("POST", format!("{collection}/{{key}}:{{command}}")),
            9 => ("GET", format!("{collection}/{{key}}/history")),
            10 => ("POST", format!("{collection}/{{key}}:restore")),
            _ => ("GET", format!("{collection}/{{key}}/{{relation}}")),
        }
    }
}
