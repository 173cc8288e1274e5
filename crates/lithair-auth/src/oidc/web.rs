//! What goes to a provider, and who carries it.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use thiserror::Error;

/// Bytes that are read of an answer.
pub const ANSWER_BYTES_MAX: usize = 256 * 1024;

/// Carries what is asked to a provider. It follows no redirects, reads [`ANSWER_BYTES_MAX`] at most, and comes back within seconds: with an
/// answer, or without.
pub trait Web: fmt::Debug + Send + Sync {
    /// Asks once.
    fn send(&self, ask: Ask) -> Sent<'_>;
}

/// An answer under way.
pub type Sent<'w> = Pin<Box<dyn Future<Output = Result<Reply, WebError>> + Send + 'w>>;

/// What is asked: a `GET`, or the `POST` of a form.
#[derive(Clone)]
pub struct Ask {
    /// Where.
    pub url: String,
    /// What is posted, as `application/x-www-form-urlencoded`.
    pub form: Option<String>,
    /// The value of `Authorization`.
    pub authorization: Option<String>,
}

impl Ask {
    /// Asks for a document.
    pub const fn document(url: String) -> Self {
        Self { url, form: None, authorization: None }
    }
}

/// What came back.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status code.
    pub status: u16,
    /// The whole body.
    pub body: Vec<u8>,
}

/// Why nothing came back.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{url}: {reason}")]
pub struct WebError {
    /// Where it was asked, without what was asked.
    pub url: String,
    /// What was wrong.
    pub reason: String,
}

/// Without what is secret: the form has the code, and the header the password.
impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ask").field("url", &self.url).finish_non_exhaustive()
    }
}
