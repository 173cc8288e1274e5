//! Every way in which a request is stopped: one table. `docs/http-status-codes.md` is this table as text.

use http::{HeaderName, HeaderValue};
use lithair_model::Violation;
use serde_json::{Map, Value as Json};

/// The stage of the pipeline that stops a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Who may come, and how often.
    Firewall,
    /// Before anything else is looked at.
    Admission,
    /// Where to.
    Router,
    /// Who asks.
    Auth,
    /// Whether they may.
    Access,
    /// The head and body, without the schema.
    Extract,
    /// The body, against the schema.
    Validation,
    /// The operation, against the state.
    Handler,
    /// A bug of ours.
    Bug,
}

impl Stage {
    /// The word for the stage in documents.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Firewall => "firewall",
            Self::Admission => "admission",
            Self::Router => "router",
            Self::Auth => "auth",
            Self::Access => "access",
            Self::Extract => "extract",
            Self::Validation => "validation",
            Self::Handler => "handler",
            Self::Bug => "bug",
        }
    }
}

macro_rules! problems {
    ($($name:ident $stage:ident $status:literal $code:literal $title:literal $explanation:literal;)*) => {
        /// A kind of rejection. The catalogue is [`Problem::ALL`].
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Problem {
            $(#[doc = $title] $name,)*
        }

        impl Problem {
            /// All of them, in the order of the stages.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            const fn row(self) -> (Stage, u16, &'static str, &'static str, &'static str) {
                match self {
                    $(Self::$name => (Stage::$stage, $status, $code, $title, $explanation),)*
                }
            }
        }
    };
}

problems! {
    BadForwarding Firewall 400 "bad-forwarding" "The proxy does not say whose request it is"
        "A proxy that is trusted has to name its client in `X-Forwarded-For`, as an address.";
    AddressRefused Firewall 403 "address-refused" "Requests from this address are not taken"
        "The firewall of the server, or of the collection, does not let the address in.";
    RateLimited Firewall 429 "rate-limited" "Too many requests"
        "Nothing was done. Try again after the time in `Retry-After`; `RateLimit-Policy` says what is allowed.";
    MalformedRequest Admission 400 "malformed-request" "The request is no HTTP"
        "The first line or a header cannot be parsed (RFC 9112). The connection is closed.";
    MissingHost Admission 400 "missing-host" "The request does not name one host"
        "An HTTP/1.1 request has exactly one `Host` header (RFC 9112, 3.2).";
    TargetTooLong Admission 414 "target-too-long" "The path and query are too long"
        "Send a long filter in the body of a `QUERY` request, or of `POST /api/{collection}:query`.";
    HeadersTooLarge Admission 431 "headers-too-large" "The headers are too large"
        "Names and values of all headers together exceed the limit.";
    ExpectationFailed Admission 417 "expectation-failed" "The expectation cannot be met"
        "The one expectation that is understood is `100-continue`.";
    MalformedPath Router 400 "malformed-path" "The path is malformed"
        "A `%` in a path is followed by two hexadecimal digits.";
    NoSuchPath Router 404 "no-such-path" "There is nothing at this path"
        "Paths have no trailing slash and no empty parts, and `.` and `..` are not resolved. `/_lithair/openapi.json` names every path.";
    MethodNotAllowed Router 405 "method-not-allowed" "The path does not have this method"
        "The `Allow` header names the methods that it has.";
    NotSupportedYet Router 400 "not-supported-yet" "This part of the API is not there yet"
        "The request is understood, but this version does not implement what it asks for. Nothing was done.";
    Unauthenticated Auth 401 "unauthenticated" "The credential is not good here"
        "It is none that this server takes, or it is wrong, or its time is over. Which it is, only the operator is told.";
    CrossSite Auth 403 "cross-site" "Another site may have sent this"
        "A browser sends the cookie of a session whoever asks it to. Pages of this site send `Lithair-Request: 1` with what may change something.";
    LoginFailed Auth 401 "login-failed" "Name and password do not fit"
        "Which of them is wrong is not said, nor whether there is such a user, nor whether they may log in.";
    CodeRequired Auth 401 "code-required" "A one-time code is needed"
        "Name and password fit. The user's device shows the code; each is good once.";
    LoginNotBegun Auth 403 "login-not-begun" "The login was not begun in this browser"
        "Or it took too long, or it was finished before. `GET /_lithair/auth/oidc/{provider}` begins another one.";
    ProviderDenied Auth 401 "provider-denied" "The provider says that nobody logged in"
        "The detail has the provider's word for why (RFC 6749, 4.1.2.1 and 5.2).";
    ProviderRefused Auth 401 "provider-refused" "What the provider says does not hold"
        "It is not the answer to this login, or not signed as it should be, or its time is over. Which it is, only the operator is told.";
    NoAccount Auth 403 "no-account" "No account belongs to the login"
        "The provider knows who it is, and nobody here is they, or is they and may log in. Why, only the operator is told.";
    LinkedElsewhere Auth 409 "linked-elsewhere" "The login leads to another account"
        "Whom the provider knows is another user here. Log in as that one and take the login off, or use another one.";
    LastWayIn Auth 409 "last-way-in" "It is the last way in"
        "The account has no password and no other login at a provider. Link another one first, or set a password.";
    ProviderUnavailable Auth 503 "provider-unavailable" "The provider does not answer"
        "Or not as it should, or it has not been reached yet; `/health/ready` says so. Try again.";
    NoSession Auth 401 "no-session" "There is no session"
        "Accounts are for their users: `POST /_lithair/auth/login` begins a session.";
    BadTicket Auth 422 "bad-token" "The token is not good"
        "A token that was sent is good once, for one thing, and for a while. Ask for another one.";
    TooManyFailures Auth 429 "too-many-failures" "Too many bad credentials came from there"
        "Credentials that are not known yet are not looked at for a while. Wait as long as `Retry-After` says.";
    NotAnAdministrator Access 403 "not-an-administrator" "This is for administrators"
        "The role that `auth.admin_role` names is that of administrators.";
    InsufficientScope Access 403 "insufficient-scope" "The key is not for this"
        "An API key does what its scopes say, whatever its roles may. `keys create --scope` names them.";
    AuthenticationRequired Access 401 "authentication-required" "This is not for everybody"
        "Send a credential. Whether it is enough is another question.";
    Forbidden Access 403 "forbidden" "The principal may not do this"
        "What the principal sees and may not change is answered so. What it does not see is answered as absent.";
    InvalidHeader Extract 400 "invalid-header" "A header is malformed or has no meaning here"
        "The detail names the header.";
    UnknownParameter Extract 400 "unknown-parameter" "The query parameter is unknown here"
        "Parameters that are not known are refused rather than ignored. The errors name the one that is spelled most like it.";
    RepeatedParameter Extract 400 "repeated-parameter" "A query parameter is repeated"
        "Each parameter may come once.";
    InvalidParameter Extract 400 "invalid-parameter" "A query parameter is invalid"
        "The errors name the parameter and what was expected.";
    InvalidFilter Extract 400 "invalid-filter" "The filter is invalid"
        "The errors give the position in the filter, what was expected there, and what may have been meant.";
    BadCursor Extract 400 "bad-cursor" "The cursor does not belong to this query"
        "A cursor is used as it was given, with the same collection, filter and sort.";
    NotAcceptable Extract 406 "not-acceptable" "No representation is acceptable"
        "Records are `application/json`; lists also `application/x-ndjson` and `text/csv`.";
    UnsupportedMediaType Extract 415 "unsupported-media-type" "The body has the wrong media type"
        "`Accept-Post`, `Accept-Patch` or `Accept-Query` names the right ones.";
    BodyTooLarge Extract 413 "body-too-large" "The body is too large"
        "The limit is counted while the body is read. Send less at a time.";
    BodyTimeout Extract 408 "body-timeout" "The body came too slowly"
        "The body must be complete within the time limit, or keep up the least rate.";
    BodyBroken Extract 400 "body-broken" "The body could not be read to its end"
        "The transfer coding is malformed, or the connection broke.";
    BodyNotExpected Extract 400 "body-not-expected" "The request takes no body"
        "A body that would be ignored is refused. Use `QUERY` for a query with a body.";
    MalformedJson Extract 400 "malformed-json" "The body is not the JSON that was expected"
        "The body is one JSON value (RFC 8259) in UTF-8, without repeated names. The detail gives the place.";
    ValidationFailed Validation 422 "validation-failed" "Fields break rules"
        "The errors name all of them, each by a JSON pointer into the body.";
    ServerAssignedKey Validation 422 "server-assigned-key" "The server gives the key"
        "Records of this collection are created by `POST` without a key.";
    RecordNotFound Handler 404 "record-not-found" "There is no such record"
        "No record of the collection has this key.";
    RecordDeleted Handler 410 "record-deleted" "The record is deleted"
        "It may be read with `include_deleted=true`, and brought back by `POST /{collection}/{key}:restore`.";
    NotDeleted Handler 409 "not-deleted" "The record is not deleted"
        "Only what is deleted is purged: delete the record first.";
    RevisionNotFound Handler 404 "revision-not-found" "The record does not have this revision"
        "Revisions are numbered from 1 up to the record's `_rev`. A record that was deleted and made again begins at 1 again.";
    HistoryGone Handler 410 "history-gone" "That part of the past is not kept"
        "What `versions`, `retention` or `snapshot_only` of the collection let go is not to be had by any path.";
    MomentTooFar Handler 422 "moment-too-far" "The moment costs too much to rebuild"
        "A list of an earlier moment is rebuilt from the log. Read single records `as_of` the moment, or ask for a later one.";
    PreconditionFailed Handler 412 "precondition-failed" "The record is not as the request expects"
        "`If-Match` or `If-None-Match` does not hold. `ETag` shows the revision that is there, if any.";
    RevisionRequired Handler 428 "revision-required" "The change does not say which revision it is about"
        "Read the record, and send its `ETag` as `If-Match`, or its `_rev` in the body.";
    RecordImmutable Handler 409 "record-immutable" "The record does not change any more"
        "In the state that it is in, a record of this collection is neither changed nor deleted.";
    StateTransition Handler 409 "state-transition" "The state does not change so"
        "The record's state machine has no such transition, or what the transition demands is not true of the record.";
    CommandRefused Handler 422 "command-refused" "The application refuses the command"
        "The `reason` is one of those that `openapi.json` lists for the command; the status may be another one of the 400s.";
    KeyTaken Handler 409 "key-taken" "A record with this key exists"
        "A create never replaces. Use `PUT` or `PATCH` to change the record.";
    UniqueViolation Handler 409 "unique-violation" "Another record holds a value that must be unique"
        "The errors name the fields. Which record holds the value is not said.";
    ReferenceViolation Handler 409 "reference-violation" "A reference does not hold"
        "The record refers to one that does not exist, or others refer to the record that was to be deleted.";
    Contended Handler 409 "contended" "Too many others changed the same records"
        "Nothing was done. Try again.";
    EntryTooLarge Handler 413 "entry-too-large" "The change is too large for one entry of the log"
        "Split the batch.";
    HorizonGone Handler 410 "horizon-gone" "That moment is no longer kept"
        "Start again from the first page.";
    QueryTooExpensive Handler 422 "query-too-expensive" "The query looks at too many rows"
        "The detail names the index that would answer it.";
    ResponseTooLarge Handler 422 "response-too-large" "The page would be too large"
        "Ask for fewer records or fields a page, or for `application/x-ndjson`.";
    NotCaughtUp Handler 503 "not-caught-up" "The position has not been reached"
        "The server does not show the position of `Lithair-Min-Seq`, or the moment of `as_of`, yet. Try again, or check it.";
    NotReady Handler 503 "not-ready" "The server is not ready"
        "The checks name what fails.";
    Overloaded Handler 503 "overloaded" "The server has too much to do"
        "Nothing was done. Try again after the time in `Retry-After`.";
    DiskFull Handler 503 "disk-full" "The disk of the server is full"
        "Nothing was done. Reads go on, writes resume when there is space.";
    StorageFailed Handler 503 "storage-failed" "The storage of the server has failed"
        "Nothing was done. The server has to restart.";
    Stopping Handler 503 "stopping" "The server is stopping"
        "Nothing was done. Try again elsewhere or later.";
    OutcomeUnknown Handler 503 "outcome-unknown" "It is not known whether the change was made"
        "The storage failed while the change was under way. Read the record before trying again.";
    Internal Bug 500 "internal-error" "The server made a mistake"
        "This is a bug. The request id finds it in the log of the server.";
}

impl Problem {
    /// The stage that finds it.
    pub const fn stage(self) -> Stage {
        self.row().0
    }

    /// The status code of the answer.
    pub const fn status(self) -> u16 {
        self.row().1
    }

    /// The stable name.
    pub const fn code(self) -> &'static str {
        self.row().2
    }

    /// What is wrong, in a few words.
    pub const fn title(self) -> &'static str {
        self.row().3
    }

    /// What to know and what to do about it.
    pub const fn explanation(self) -> &'static str {
        self.row().4
    }

    /// The problem with this code.
    pub fn by_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|problem| problem.code() == code)
    }

    /// The rejection of a request for this reason.
    pub(crate) fn because(self, detail: impl Into<String>) -> Rejection {
        Rejection(Box::new(Parts {
            problem: self,
            detail: detail.into(),
            errors: Vec::new(),
            members: Map::new(),
            headers: Vec::new(),
            status: self.status(),
        }))
    }
}

/// Faults of one body that are told; the detail counts further ones. A body of a few kilobytes can have thousands, each many times as
/// long in words.
const ERRORS_MAX: usize = 100;

/// Why one request is stopped, with what the client may know about it.
#[derive(Clone, Debug)]
pub(crate) struct Rejection(Box<Parts>);

#[derive(Clone, Debug)]
pub(crate) struct Parts {
    pub(crate) problem: Problem,
    /// What is wrong with this request, in words; never another record's value.
    pub(crate) detail: String,
    /// What exactly is wrong, one a place.
    pub(crate) errors: Vec<Fault>,
    /// Further members of the body.
    pub(crate) members: Map<String, Json>,
    /// Headers of the answer.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// The status of the answer: the problem's, unless the application has its own.
    pub(crate) status: u16,
}

/// One of the `errors` of a problem.
#[derive(Clone, Debug)]
pub(crate) struct Fault {
    pub(crate) location: FaultLocation,
    pub(crate) code: &'static str,
    pub(crate) detail: String,
    pub(crate) params: Map<String, Json>,
}

/// Where a fault is.
#[derive(Clone, Debug)]
pub(crate) enum FaultLocation {
    /// A JSON pointer into the body.
    Pointer(String),
    /// A query parameter.
    Parameter(String),
}

impl Rejection {
    pub(crate) fn parts(&self) -> &Parts {
        &self.0
    }

    pub(crate) fn problem(&self) -> Problem {
        self.0.problem
    }

    /// With one more fault.
    pub(crate) fn fault(mut self, fault: Fault) -> Self {
        self.0.errors.push(fault);
        self
    }

    /// With one more member of the body.
    pub(crate) fn member(mut self, name: &str, value: impl Into<Json>) -> Self {
        self.0.members.insert(name.to_owned(), value.into());
        self
    }

    /// With another status than the problem's.
    pub(crate) fn status(mut self, status: u16) -> Self {
        self.0.status = status;
        self
    }

    /// With one more header.
    pub(crate) fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// Moves all pointers below `prefix`, for a body that is part of a larger one: also the one that the words begin with.
    pub(crate) fn below(mut self, prefix: &str) -> Self {
        if let [Fault { location: FaultLocation::Pointer(pointer), .. }] = self.0.errors.as_slice()
            && self.0.detail.strip_prefix(pointer.as_str()).is_some_and(|rest| rest.starts_with(": "))
        {
            self.0.detail.insert_str(0, prefix);
        }
        for fault in &mut self.0.errors {
            if let FaultLocation::Pointer(pointer) = &mut fault.location {
                pointer.insert_str(0, prefix);
            }
        }
        self
    }

    /// All broken rules of a body.
    pub(crate) fn invalid(violations: Vec<Violation>) -> Self {
        let detail = match violations.as_slice() {
            [one] if one.pointer.is_empty() => one.detail.clone(),
            [one] => format!("{}: {}", one.pointer, one.detail),
            several => format!("{} fields break rules", several.len()),
        };
        let mut rejection = Problem::ValidationFailed.because(detail);
        rejection.0.errors = violations.into_iter().take(ERRORS_MAX).map(Fault::of).collect();
        rejection
    }
}

impl Fault {
    /// What is wrong with a query parameter.
    pub(crate) fn parameter(name: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Self { location: FaultLocation::Parameter(name.into()), code, detail: detail.into(), params: Map::new() }
    }

    /// What is wrong at a place of the body.
    pub(crate) fn pointer(pointer: impl Into<String>, code: &'static str, detail: impl Into<String>) -> Self {
        Self { location: FaultLocation::Pointer(pointer.into()), code, detail: detail.into(), params: Map::new() }
    }

    /// With one more parameter.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Json>) -> Self {
        self.params.insert(name.to_owned(), value.into());
        self
    }

    fn of(violation: Violation) -> Self {
        // A rule's parameters are JSON; a text that is not is shown as text.
        let json = |text: String| serde_json::from_str(&text).unwrap_or(Json::String(text));
        Self {
            location: FaultLocation::Pointer(violation.pointer),
            code: violation.code,
            detail: violation.detail,
            params: violation.params.into_iter().map(|(name, text)| (name.to_owned(), json(text))).collect(),
        }
    }

    /// The fault as a member of `errors`.
    pub(crate) fn to_json(&self) -> Json {
        let mut members = Map::new();
        let (name, location) = match &self.location {
            FaultLocation::Pointer(pointer) => ("pointer", pointer),
            FaultLocation::Parameter(parameter) => ("parameter", parameter),
        };
        members.insert(name.to_owned(), location.as_str().into());
        members.insert("code".to_owned(), self.code.into());
        members.insert("detail".to_owned(), self.detail.as_str().into());
        if !self.params.is_empty() {
            members.insert("params".to_owned(), Json::Object(self.params.clone()));
        }
        Json::Object(members)
    }
}
