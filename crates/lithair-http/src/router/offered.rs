//! Which methods the paths of a model have.

use lithair_model::ModelEntry;

use crate::endpoint::below_collection::{HISTORY, IMPORT, QUERY, RECORD, RESTORE};
use crate::endpoint::{Verb, Verbs};

/// The methods that the paths of a model have: those of the routes that the model generates, which is the only place that says them.
#[derive(Debug)]
pub(super) struct Offered {
    /// `/{collection}`
    pub(super) collection: Verbs,
    /// `/{collection}:query`
    pub(super) query: Verbs,
    /// `/{collection}:import`
    pub(super) import: Verbs,
    /// `/{collection}/{key}`
    pub(super) record: Verbs,
    /// `/{collection}/{key}/{relation}`, in the order of the model's links.
    pub(super) related: Vec<Verbs>,
    /// `/{collection}/{key}/history`
    pub(super) history: Verbs,
    /// `/{collection}/{key}:restore`
    pub(super) restore: Verbs,
}

impl Offered {
    pub(super) fn of(model: &ModelEntry) -> Self {
        let schema = model.schema;
        let routes = lithair_model::routes(schema);
        let at = |rest: &str| {
            let path = format!("/{}{rest}", schema.path);
            let methods = routes.iter().filter(|route| route.path == path).map(|route| route.method);
            methods.fold(Verbs::NONE.and(Verb::Options), |verbs, method| {
                let verb = Verb::named(method).expect("the routes of a model have methods that the server knows");
                verbs.and(verb).and_if(Verb::Head, verb == Verb::Get)
            })
        };
        let related = model.links.iter().map(|link| at(&format!("{RECORD}/{}", link.wire))).collect();
        Self {
            collection: at(""),
            query: at(QUERY),
            import: at(IMPORT),
            record: at(RECORD),
            related,
            history: at(HISTORY),
            restore: at(RESTORE),
        }
    }
}
