//! What a request asks for, once its method and path are known.

mod auth_action;
mod tool;
mod verbs;

use lithair_model::{Catalog, ModelEntry, NamedAction};

pub(crate) use self::auth_action::AuthAction;
pub(crate) use self::tool::Tool;
pub(crate) use self::verbs::{Verb, Verbs};

/// What follows the path of a collection, where it is the same for all; `{key}` stands for the record's key. What a model offers at each,
/// [`lithair_model::routes`] says in the same words.
pub(crate) mod below_collection {
    pub(crate) const QUERY: &str = ":query";
    pub(crate) const IMPORT: &str = ":import";
    pub(crate) const RECORD: &str = "/{key}";
    pub(crate) const HISTORY: &str = "/{key}/history";
    pub(crate) const RESTORE: &str = "/{key}:restore";
}

/// What a request asks for. Models are places in the catalog; keys are segments of the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Endpoint<'p> {
    List(usize),
    Query(usize),
    Create(usize),
    Import(usize),
    Read(usize, &'p str),
    /// What a relation (a place in the model's links) of a record leads to.
    Related(usize, &'p str, usize),
    Replace(usize, &'p str),
    Patch(usize, &'p str),
    Delete(usize, &'p str),
    /// A command or a transition.
    Act(usize, &'p str, NamedAction),
    History(usize, &'p str),
    Restore(usize, &'p str),
    Batch,
    Auth(AuthAction),
    Tool(Tool),
    /// `OPTIONS`: the methods of the path.
    Methods(Verbs),
}

impl Endpoint<'_> {
    /// The model it is about, as a place in the catalog.
    pub(crate) const fn model(&self) -> Option<usize> {
        match *self {
            Self::List(model)
            | Self::Query(model)
            | Self::Create(model)
            | Self::Import(model)
            | Self::Read(model, _)
            | Self::Related(model, _, _)
            | Self::Replace(model, _)
            | Self::Patch(model, _)
            | Self::Delete(model, _)
            | Self::Act(model, ..)
            | Self::History(model, _)
            | Self::Restore(model, _) => Some(model),
            Self::Batch | Self::Auth(_) | Self::Tool(_) | Self::Methods(_) => None,
        }
    }

    /// Whether it may change records.
    pub(crate) const fn changes(&self) -> bool {
        use Endpoint::{History, List, Methods, Query, Read, Related, Tool};
        !matches!(self, List(_) | Query(_) | Read(..) | Related(..) | History(..) | Tool(_) | Methods(_))
    }

    /// The model whose records a relation leads to, as a place in the catalog.
    pub(crate) fn target(&self, catalog: &Catalog) -> Option<usize> {
        match *self {
            Self::Related(model, _, link) => Some(catalog.models[model].links[link].target),
            _ => None,
        }
    }
}

/// The name of what is done to a record.
pub(crate) fn action_name(model: &ModelEntry, action: NamedAction) -> &'static str {
    match action {
        NamedAction::Command(place) => model.schema.commands[place].name,
        NamedAction::Transition(place) => model.transitions[place].name,
        NamedAction::Purge => "purge",
    }
}
