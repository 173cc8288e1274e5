//! From the backend's reasons to the catalogue of problems.

use http::header::ETAG;
use lithair_model::{
    BadTransition, Catalog, Condition, Exposure, Failure, ModelEntry, PastError, QueryError, Reader, Refusal,
    RefusalReason, Unavailable,
};

use crate::extract::conditions::etag;
use crate::rejection::{Fault, Problem, Rejection};

/// Why a change was refused. Reasons say of which model they are.
pub(crate) fn of_write(reader: &Reader, refusal: &Refusal) -> Rejection {
    let catalog = reader.catalog();
    match &refusal.reason {
        RefusalReason::Invalid(violations) => Rejection::invalid(violations.clone()),
        RefusalReason::NotFound => super::not_found(),
        RefusalReason::Forbidden(message) => {
            Problem::Forbidden.because(message.unwrap_or("the principal has no right to this"))
        }
        RefusalReason::Deleted => Problem::RecordDeleted.because("the record is deleted; it may be restored"),
        RefusalReason::NotDeleted => Problem::NotDeleted.because("delete the record first"),
        RefusalReason::PreconditionFailed(revision) => precondition(*revision),
        RefusalReason::RevisionRequired => {
            Problem::RevisionRequired.because("send `If-Match` with the revision, or `_rev` in the body")
        }
        RefusalReason::Immutable => Problem::RecordImmutable.because("in its present state the record does not change"),
        RefusalReason::BadTransition(bad) => transition(bad),
        RefusalReason::Failed(failure) => failed(failure),
        RefusalReason::Panicked => Problem::Internal.because("the application's code failed"),
        RefusalReason::KeyTaken => Problem::KeyTaken.because("a record of the collection has this key"),
        RefusalReason::UniqueTaken { model, constraints, missing } => {
            let model = &catalog.models[*model];
            dangling(catalog, model, missing).into_iter().fold(unique(reader, model, constraints), Rejection::fault)
        }
        RefusalReason::ReferenceMissing { model, relations } => missing(catalog, &catalog.models[*model], relations),
        RefusalReason::StillReferenced { model, relation } => referenced(reader, &catalog.models[*model], *relation),
        RefusalReason::Contended => Problem::Contended.because("nothing was done; try again"),
        // A guard has keys and values: those are for whoever operates the server.
        RefusalReason::Misjudged(_) => Problem::Internal
            .because("the change was decided, and contradicts itself: the log of the server says where"),
        RefusalReason::TooLarge { bytes, limit } => {
            Problem::EntryTooLarge.because(format!("{bytes} bytes exceed the limit of {limit} bytes"))
        }
        RefusalReason::Unavailable(reason) => unavailable(*reason),
    }
}

/// Why a record of credentials was not stored. Its model is no caller's business.
pub(crate) fn of_credentials(refusal: &Refusal) -> Rejection {
    match &refusal.reason {
        RefusalReason::Unavailable(reason) => unavailable(*reason),
        RefusalReason::TooLarge { bytes, limit } => {
            Problem::EntryTooLarge.because(format!("{bytes} bytes exceed the limit of {limit} bytes"))
        }
        _ => Problem::Internal.because("a record of credentials was refused"),
    }
}

/// A state that does not change so. States are names of variants, never another record's.
fn transition(bad: &BadTransition) -> Rejection {
    let detail = match bad.guarded {
        Some(name) => format!("`{name}` from {} to {} demands what is not true of the record", bad.from, bad.to),
        None if bad.from == bad.to => format!("the record is {} already", bad.to),
        None => format!("there is no way from {} to {}", bad.from, bad.to),
    };
    let rejection = Problem::StateTransition.because(detail.as_str());
    rejection.member("from", bad.from.as_str()).member("to", bad.to.as_str()).fault(Fault::pointer(
        pointer(bad.field),
        "state",
        detail,
    ))
}

/// The application's own reason. A status outside the 400s would blame the server for what a caller did, and is not the application's to
/// choose.
fn failed(failure: &Failure) -> Rejection {
    if !(400..500).contains(&failure.status) {
        return Problem::Internal.because(failure.detail.as_str());
    }
    Problem::CommandRefused.because(failure.detail.as_str()).status(failure.status).member("reason", failure.code)
}

/// A condition that does not hold. Shows the revision that is there.
pub(crate) fn precondition(revision: Option<u64>) -> Rejection {
    match revision {
        Some(revision) => Problem::PreconditionFailed
            .because(format!("the record is at revision {revision}"))
            .member("revision", revision)
            .header(ETAG, etag(revision)),
        None => Problem::PreconditionFailed.because("there is no such record"),
    }
}

/// Why a query has no answer.
pub(crate) fn of_query(model: &ModelEntry, error: &QueryError) -> Rejection {
    match error {
        QueryError::HorizonGone(oldest) => Problem::HorizonGone
            .because(format!("the oldest moment that is kept is {oldest}"))
            .member("oldest", oldest.get()),
        QueryError::NotYet(position) => Problem::NotCaughtUp.because(format!("position {position} has not come yet")),
        QueryError::TooExpensive { fields, budget } if fields.is_empty() => Problem::QueryTooExpensive
            .because(format!("more than {budget} records would be looked at; ask for fewer, for rarer words, or about fewer relations")),
        QueryError::TooExpensive { fields, budget } => {
            let index = wires(model, fields).join(", ");
            let detail = format!("more than {budget} rows would be looked at; an index on ({index}) would answer it");
            Problem::QueryTooExpensive.because(detail).member("index", wires(model, fields))
        }
    }
}

/// The answer where there was no record, or none that the caller sees.
pub(crate) fn not_then() -> Rejection {
    Problem::RecordNotFound.because("no record of the collection had this key then")
}

/// Why the past does not answer.
pub(crate) fn of_past(model: &ModelEntry, error: PastError) -> Rejection {
    match error {
        PastError::NotFound => not_then(),
        PastError::NoRevision => Problem::RevisionNotFound.because("the record does not have this revision"),
        PastError::LetGo => Problem::HistoryGone.because("the collection does not keep it any more"),
        PastError::TooFar { entries, limit } => Problem::MomentTooFar.because(format!(
            "{entries} entries lie between the moment and what it could be rebuilt from; at most {limit} are read"
        )),
        PastError::TooLarge { limit } => {
            Problem::MomentTooFar.because(format!("the records of the moment take more than {limit} bytes"))
        }
        PastError::Query(error) => of_query(model, &error),
        // The file and what is wrong with it are the operator's to find: `log verify` tells.
        PastError::Storage(_) => Problem::StorageFailed.because("the log cannot be read"),
    }
}

/// The names of fields that callers may know.
fn wires<'m>(model: &'m ModelEntry, places: &[usize]) -> Vec<&'m str> {
    let is_known = |place: usize| model.schema.fields[model.field_of_place(place)].exposure != Exposure::Hidden;
    places.iter().copied().filter(|&place| is_known(place)).map(|place| model.wire_at(place)).collect()
}

fn unique(reader: &Reader, model: &ModelEntry, constraints: &[usize]) -> Rejection {
    let known = |constraint: usize| {
        let fields = model.schema.uniques[constraint].fields.iter().copied();
        let seen: Vec<usize> =
            fields.filter(|&place| reader.sight(model.place).knows(model.field_of_place(place))).collect();
        wires(model, &seen)
    };
    let fields: Vec<Vec<&str>> = constraints.iter().map(|&constraint| known(constraint)).collect();
    let words: Vec<String> = fields.iter().map(|fields| fields.join(" and ")).collect();
    let rejection = Problem::UniqueViolation.because(format!("another record has the same {}", words.join(", or ")));
    // A field may be part of several constraints.
    let mut wires = fields.concat();
    let mut told = std::collections::HashSet::new();
    wires.retain(|wire| told.insert(*wire));
    let faults = wires.iter().map(|wire| Fault::pointer(pointer(wire), "unique", "another record has this value"));
    faults.fold(rejection, Rejection::fault)
}

fn missing(catalog: &Catalog, model: &ModelEntry, relations: &[usize]) -> Rejection {
    let details: Vec<String> = relations.iter().map(|&relation| no_target(catalog, model, relation)).collect();
    let faults = dangling(catalog, model, relations).into_iter();
    faults.fold(Problem::ReferenceViolation.because(details.join("; ")), Rejection::fault)
}

fn no_target(catalog: &Catalog, model: &ModelEntry, relation: usize) -> String {
    format!("no record of `{}` has this key", catalog.models[model.targets[relation]].schema.path)
}

/// References that lead nowhere, each at its fields.
fn dangling(catalog: &Catalog, model: &ModelEntry, relations: &[usize]) -> Vec<Fault> {
    let of_relation = |&relation: &usize| {
        let detail = no_target(catalog, model, relation);
        let fields = wires(model, model.schema.relations[relation].fields).into_iter();
        fields.map(|wire| Fault::pointer(pointer(wire), "reference", detail.as_str())).collect::<Vec<_>>()
    };
    relations.iter().flat_map(of_relation).collect()
}

fn referenced(reader: &Reader, by: &ModelEntry, relation: usize) -> Rejection {
    // That there are such records is for those who see all of them.
    if *reader.sight(by.place).rows() != Condition::Always {
        return Problem::ReferenceViolation.because("other records refer to the record");
    }
    let (path, name) = (by.schema.path, by.schema.relations[relation].name);
    Problem::ReferenceViolation.because(format!("records of `{path}` refer to the record by `{name}`"))
}

/// The pointer to a member (RFC 6901, 3).
pub(super) fn pointer(wire: &str) -> String {
    format!("/{}", wire.replace('~', "~0").replace('/', "~1"))
}

fn unavailable(reason: Unavailable) -> Rejection {
    match reason {
        Unavailable::Overloaded => Problem::Overloaded.because("the queue to the log is full"),
        Unavailable::DiskFull => Problem::DiskFull.because("there is no space for the log"),
        Unavailable::Poisoned => Problem::StorageFailed.because("an earlier write failed"),
        Unavailable::Stopping => Problem::Stopping.because("the server takes no more changes"),
        Unavailable::Unknown => Problem::OutcomeUnknown.because("the storage failed during the change"),
    }
}
