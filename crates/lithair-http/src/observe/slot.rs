//! What requests are counted under.

use lithair_model::Catalog;

use crate::Prefixes;
use crate::endpoint::below_collection::{HISTORY, IMPORT, RECORD, RESTORE};
use crate::endpoint::{Endpoint, Tool};

/// An endpoint without its key, so that there are few.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Slot {
    Common(Common),
    /// Of the model at this place of the catalog.
    OfModel(usize, OfModel),
}

/// Declares kinds with `ALL` of them in the order of their numbers, so that none can be left out.
macro_rules! kinds {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            const ALL: &[Self] = &[$(Self::$variant,)*];
        }
    };
}

kinds! {
    /// What is about no model.
    Common {
        /// Requests that reached no endpoint.
        Unmatched,
        Methods,
        Batch,
        Probe,
        Document,
        /// Requests that the application's own code answers.
        Custom,
        Credentials,
    }
}

kinds! {
    /// What is about a model.
    OfModel {
        List,
        Query,
        Create,
        Import,
        Read,
        Replace,
        Patch,
        Delete,
        Act,
        History,
        Restore,
        Related,
    }
}

impl Slot {
    pub(crate) const UNMATCHED: Self = Self::Common(Common::Unmatched);
    pub(crate) const CUSTOM: Self = Self::Common(Common::Custom);

    pub(crate) const fn of(endpoint: &Endpoint<'_>) -> Self {
        match *endpoint {
            Endpoint::Methods(_) => Self::Common(Common::Methods),
            Endpoint::Batch => Self::Common(Common::Batch),
            Endpoint::Tool(Tool::Live | Tool::Ready | Tool::Startup | Tool::Metrics) => Self::Common(Common::Probe),
            Endpoint::Tool(_) => Self::Common(Common::Document),
            Endpoint::Auth(_) => Self::Common(Common::Credentials),
            Endpoint::List(model) => Self::OfModel(model, OfModel::List),
            Endpoint::Query(model) => Self::OfModel(model, OfModel::Query),
            Endpoint::Create(model) => Self::OfModel(model, OfModel::Create),
            Endpoint::Import(model) => Self::OfModel(model, OfModel::Import),
            Endpoint::Read(model, _) => Self::OfModel(model, OfModel::Read),
            Endpoint::Replace(model, _) => Self::OfModel(model, OfModel::Replace),
            Endpoint::Patch(model, _) => Self::OfModel(model, OfModel::Patch),
            Endpoint::Delete(model, _) => Self::OfModel(model, OfModel::Delete),
            Endpoint::Act(model, ..) => Self::OfModel(model, OfModel::Act),
            Endpoint::History(model, _) => Self::OfModel(model, OfModel::History),
            Endpoint::Restore(model, _) => Self::OfModel(model, OfModel::Restore),
            Endpoint::Related(model, _, _) => Self::OfModel(model, OfModel::Related),
        }
    }

    /// All that there are with these models, in the order of their numbers.
    pub(super) fn all(catalog: &Catalog) -> impl Iterator<Item = Self> {
        let of_model = |model| OfModel::ALL.iter().map(move |kind| Self::OfModel(model, *kind));
        Common::ALL.iter().map(|kind| Self::Common(*kind)).chain((0..catalog.models.len()).flat_map(of_model))
    }

    /// Its place among [all](Self::all).
    pub(super) const fn number(self) -> usize {
        match self {
            Self::Common(kind) => kind as usize,
            Self::OfModel(model, kind) => Common::ALL.len() + model * OfModel::ALL.len() + kind as usize,
        }
    }

    /// Its method and route, as labels.
    pub(super) fn label(self, catalog: &Catalog, prefixes: &Prefixes) -> (&'static str, String) {
        match self {
            Self::Common(kind) => kind.label(prefixes),
            Self::OfModel(model, kind) => {
                let (method, rest) = kind.label();
                (method, format!("{}/{}{rest}", prefixes.api, catalog.models[model].schema.path))
            }
        }
    }
}

impl Common {
    fn label(self, Prefixes { api, tools, health, metrics }: &Prefixes) -> (&'static str, String) {
        match self {
            Self::Unmatched => ("", "unmatched".to_owned()),
            Self::Methods => ("OPTIONS", String::new()),
            Self::Batch => ("POST", format!("{api}/_batch")),
            Self::Probe => ("GET", format!("{health}, {metrics}")),
            Self::Document => ("GET", tools.clone()),
            Self::Custom => ("", "custom".to_owned()),
            Self::Credentials => ("POST", format!("{tools}/auth, {tools}/admin")),
        }
    }
}

impl OfModel {
    /// Method, and what follows the path of the collection.
    const fn label(self) -> (&'static str, &'static str) {
        match self {
            Self::List => ("GET", ""),
            Self::Query => ("QUERY", ""),
            Self::Create => ("POST", ""),
            Self::Import => ("POST", IMPORT),
            Self::Read => ("GET", RECORD),
            Self::Replace => ("PUT", RECORD),
            Self::Patch => ("PATCH", RECORD),
            Self::Delete => ("DELETE", RECORD),
            Self::Act => ("POST", "/{key}:{command}"),
            Self::History => ("GET", HISTORY),
            Self::Restore => ("POST", RESTORE),
            Self::Related => ("GET", "/{key}/{relation}"),
        }
    }
}
