//! Problems for those who answer with them themselves.

use std::fmt;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, Response, StatusCode};
use lithair_model::{Catalog, DraftError, FilterError, QueryError, Reader, Refusal};
use serde_json::Value;

use crate::refusal;
use crate::rejection::{FaultLocation, Problem, Rejection};
use crate::respond::problem::{PROBLEM, RETRY_AFTER_SECONDS, describe};
use crate::{Prefixes, RequestId};

/// What a caller is told of something that was refused: the same as if the generated API had refused it.
#[derive(Clone, Debug)]
pub struct ProblemDocument(Rejection);

impl ProblemDocument {
    /// A kind of problem, and what is wrong in words.
    pub fn new(problem: Problem, detail: impl Into<String>) -> Self {
        Self(problem.because(detail))
    }

    /// Why a change was refused.
    pub fn of_refusal(reader: &Reader, refusal: &Refusal) -> Self {
        Self(refusal::of_write(reader, refusal))
    }

    /// Why a query about the model at this place has no answer.
    pub fn of_query(catalog: &Catalog, model: usize, error: &QueryError) -> Self {
        Self(refusal::of_query(&catalog.models[model], error))
    }

    /// What is wrong with a filter.
    pub fn of_filter(error: FilterError) -> Self {
        Self(refusal::of_text(Problem::InvalidFilter, "filter", error))
    }

    /// What is wrong with an order.
    pub fn of_sort(error: FilterError) -> Self {
        Self(refusal::of_text(Problem::InvalidParameter, "sort", error))
    }

    /// What is wrong with the parameters of a command.
    pub fn of_input(error: DraftError) -> Self {
        Self(refusal::of_draft(error))
    }

    /// The kind of problem.
    pub fn problem(&self) -> Problem {
        self.0.problem()
    }

    /// The status of the answer.
    pub fn status(&self) -> u16 {
        self.0.parts().status
    }

    /// What is wrong, in words.
    pub fn detail(&self) -> &str {
        &self.0.parts().detail
    }

    /// What is wrong in detail: the place in the record, as a JSON pointer (`/title`), and what was expected there.
    pub fn errors(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.parts().errors.iter().filter_map(|fault| match &fault.location {
            FaultLocation::Pointer(pointer) => Some((pointer.as_str(), fault.detail.as_str())),
            _ => None,
        })
    }

    /// The answer: `application/problem+json`. Where a request is being answered, it is named, as [`RequestId`] has it.
    pub fn response(&self, request: Option<&RequestId>) -> Response<Bytes> {
        let mut members = describe(&Prefixes::default().tools, &self.0);
        members.extend(request.map(|request| ("request_id".to_owned(), request.as_str().into())));
        let mut response = Response::new(Bytes::from(Value::Object(members).to_string()));
        *response.status_mut() = StatusCode::from_u16(self.status()).expect("the catalogue holds status codes");
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(PROBLEM));
        headers.extend(self.0.parts().headers.iter().cloned());
        if self.status() == 503 {
            headers.insert(RETRY_AFTER, RETRY_AFTER_SECONDS);
        }
        response
    }
}

/// For people: what is wrong, and where.
impl fmt::Display for ProblemDocument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let title = self.problem().title();
        // The detail counts them only; of one alone it says all.
        if self.problem() != Problem::ValidationFailed || self.errors().count() < 2 {
            return write!(f, "{title}: {}", self.detail());
        }
        let words = self.errors().map(|(pointer, detail)| match pointer {
            "" => detail.to_owned(),
            pointer => format!("{pointer}: {detail}"),
        });
        write!(f, "{title}: {}", words.collect::<Vec<_>>().join("; "))
    }
}
