//! What validation hands to the handlers: a request that was understood.

use std::net::IpAddr;

use lithair_model::{
    Action, AsOf, Command, Expand, Expected, HistoryQuery, Key, Predicate, Query, Selection, Sight, Timestamp, Version,
};

use crate::cursor::Binding;
use crate::endpoint::{Tool, Verbs};
use crate::entity_tag::Tags;
use crate::inbound::BodyReader;

/// A request that was understood: what the handler carries out.
#[derive(Debug)]
pub(crate) enum Operation {
    List(Box<ListPlan>),
    Export(Box<ExportPlan>),
    Read(ReadPlan),
    Related(RelatedPlan),
    History(HistoryPlan),
    Restore(RestorePlan),
    Write(WritePlan),
    Batch(Command),
    Import(ImportPlan),
    Tool(Tool, &'static str),
    Methods(Verbs),
}

/// A page of a list.
#[derive(Debug)]
pub(crate) struct ListPlan {
    pub(crate) query: Query,
    /// The fields that the caller's filter asks about, ascending.
    pub(crate) asked: Box<[usize]>,
    pub(crate) selection: Selection,
    pub(crate) expands: Vec<Expand>,
    /// The record whose related records these are.
    pub(crate) parent: Option<Parent>,
    /// What the cursors of the answer may be used with.
    pub(crate) binding: Binding,
    /// When the first page was asked for.
    pub(crate) now: Timestamp,
    /// What links to other pages begin with; none if there are no links.
    pub(crate) link: Option<String>,
    /// The earlier moment that is asked for.
    pub(crate) as_of: Option<AsOf>,
}

/// A record, and one of its relations.
#[derive(Clone, Debug)]
pub(crate) struct Parent {
    pub(crate) model: usize,
    pub(crate) key: Key,
    /// The relation, as a place in the model's links.
    pub(crate) link: usize,
}

/// The one record that a relation leads to.
#[derive(Debug)]
pub(crate) struct RelatedPlan {
    pub(crate) parent: Parent,
    pub(crate) selection: Selection,
    pub(crate) expands: Vec<Expand>,
    /// The earlier moment that is asked for.
    pub(crate) as_of: Option<AsOf>,
}

/// All records of a model, in the order of their keys.
#[derive(Debug)]
pub(crate) struct ExportPlan {
    pub(crate) model: usize,
    /// What the records are written as.
    pub(crate) media: &'static str,
    pub(crate) filter: Option<Predicate>,
    /// What of the records is seen.
    pub(crate) sight: Sight,
    pub(crate) selection: Selection,
}

/// One record.
#[derive(Debug)]
pub(crate) struct ReadPlan {
    pub(crate) model: usize,
    pub(crate) key: Key,
    pub(crate) selection: Selection,
    pub(crate) expands: Vec<Expand>,
    /// Whether a record that is deleted softly is shown.
    pub(crate) with_deleted: bool,
    /// The earlier version that is asked for.
    pub(crate) version: Option<Version>,
    pub(crate) if_match: Option<Tags>,
    pub(crate) if_none_match: Option<Tags>,
}

/// Revisions of one record.
#[derive(Debug)]
pub(crate) struct HistoryPlan {
    pub(crate) query: HistoryQuery,
    pub(crate) selection: Selection,
    /// What the cursors of the answer may be used with.
    pub(crate) binding: Binding,
}

/// A record back to what it was.
#[derive(Debug)]
pub(crate) struct RestorePlan {
    pub(crate) model: usize,
    pub(crate) key: Key,
    pub(crate) revision: u64,
    pub(crate) expected: Expected,
    /// `Prefer: return=minimal`
    pub(crate) is_minimal: bool,
}

/// A change of one record.
#[derive(Debug)]
pub(crate) struct WritePlan {
    pub(crate) model: usize,
    pub(crate) action: Action,
    pub(crate) expected: Expected,
    /// `Prefer: return=minimal`
    pub(crate) is_minimal: bool,
}

/// Records that come one a line.
#[derive(Debug)]
pub(crate) struct ImportPlan {
    pub(crate) model: usize,
    pub(crate) reader: BodyReader,
    /// Whose lines are counted.
    pub(crate) client: IpAddr,
}
