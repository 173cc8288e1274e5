//! The words of refusals: those that more than one stage says, and those for the reasons that model, state and log have.
//!
//! This is no stage, so that none has to know another for what it refuses with. A record that is out of sight is answered the same to the
//! byte, whoever answers.

use http::HeaderValue;
use http::header::{ETAG, WWW_AUTHENTICATE};
use lithair_model::{
    BadTransition, Catalog, Condition, DraftError, Exposure, Failure, FilterError, ModelEntry, PastError, QueryError,
    Reader, Refusal, RefusalReason, Tally, Unavailable,
};

use crate::entity_tag::etag;
use crate::rejection::{Fault, Problem, Rejection};

/// What a key is told that is not for this, where its words do not fit into a header.
const OUT_OF_SCOPE: HeaderValue = HeaderValue::from_static("Bearer realm=\"lithair\", error=\"insufficient_scope\"");

/// The answer where there is no record, or none that the caller sees: the same to the byte.
pub(crate) fn not_found() -> Rejection {
    Problem::RecordNotFound.because("no record of the collection has this key")
}

/// The key is good, and not for this: the word, and the collection that it would be enough for.
pub(crate) fn out_of_scope(word: &str, collection: Option<&str>) -> Rejection {
    let scope = collection.map_or_else(|| word.to_owned(), |collection| format!("{word}:{collection}"));
    let challenge = format!("Bearer realm=\"lithair\", error=\"insufficient_scope\", scope=\"{scope}\"");
    let challenge = HeaderValue::try_from(challenge).unwrap_or(OUT_OF_SCOPE);
    let detail = match collection {
        Some(_) => format!("the key has neither the scope `{word}` nor `{scope}`"),
        None => format!("the key lacks the scope `{word}`"),
    };
    Problem::InsufficientScope.because(detail).header(WWW_AUTHENTICATE, challenge)
}

/// Why a change was refused. Reasons say of which model they are.
pub(crate) fn of_write(reader: &Reader, refusal: &Refusal) -> Rejection {
    let catalog = reader.catalog();
    match &refusal.reason {
        RefusalReason::Invalid(violations) => Rejection::invalid(violations.clone()),
        RefusalReason::NotFound => not_found(),
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
        RefusalReason::BadTransition(bad) => transition(bad.as_ref()),
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

/// The rejection of a batch: that of the operation that failed.
pub(crate) fn of_operation(index: usize, rejection: Rejection) -> Rejection {
    rejection.below(&format!("/ops/{index}/data")).member("index", index)
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

/// A state that does not change so. Who is not shown the state is told no more than that.
fn transition(bad: Option<&BadTransition>) -> Rejection {
    let Some(bad) = bad else { return Problem::StateTransition.because("the state does not change so") };
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

/// The answer where a policy looks at more related records than a query may.
pub(crate) fn too_expensive(model: &ModelEntry, tally: &Tally) -> Rejection {
    of_query(model, &tally.too_expensive())
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

/// What is wrong with the JSON of a record, or with the parameters of a command.
pub(crate) fn of_draft(error: DraftError) -> Rejection {
    match error {
        DraftError::Malformed { position, detail } => {
            Problem::MalformedJson.because(format!("at byte {position}: {detail}")).member("position", position)
        }
        DraftError::Invalid(violations) => Rejection::invalid(violations),
    }
}

/// What is wrong with a text that a parameter has: a filter, an order, relations.
pub(crate) fn of_text(problem: Problem, parameter: &str, error: FilterError) -> Rejection {
    let mut fault = Fault::parameter(parameter, "invalid", error.detail.as_str()).with("position", error.position);
    if let Some(suggestion) = &error.suggestion {
        fault = fault.with("suggestion", suggestion.as_str());
    }
    problem.because(format!("`{parameter}` {error}")).fault(fault)
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
    let words = fields.iter().filter(|fields| !fields.is_empty()).map(|fields| fields.join(" and "));
    let words = words.collect::<Vec<_>>().join(", or ");
    // Of fields that the caller may not know, not even the names are told.
    let words = if words.is_empty() { "values" } else { words.as_str() };
    let rejection = Problem::UniqueViolation.because(format!("another record has the same {words}"));
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
pub(crate) fn pointer(wire: &str) -> String {
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
