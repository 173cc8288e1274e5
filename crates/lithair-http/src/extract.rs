//! From head and body to typed input, without the schema.

pub(crate) mod conditions;
mod consistency;
pub(crate) mod json;
mod negotiation;
pub(crate) mod parameters;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderName, Method};
use http_body::Body as _;
use lithair_model::{ModelEntry, OperationKind};

use self::parameters::{Known, Parameters};
use crate::app::App;
use crate::endpoint::{AuthAction, Endpoint, Tool, Verb};
use crate::inbound::{BodyReader, Inbound};
use crate::media;
use crate::rejection::{Problem, Rejection};

/// What a request brings, typed as far as that needs no schema.
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) parameters: Parameters,
    /// The media type that the answer shall have.
    pub(crate) media: &'static str,
    pub(crate) content: Content,
}

/// The body of a request.
#[derive(Debug)]
pub(crate) enum Content {
    None,
    Whole(Bytes),
    Stream(BodyReader),
}

impl Content {
    /// The whole body, if there is one.
    pub(crate) fn bytes(&self) -> &[u8] {
        match self {
            Self::Whole(bytes) => bytes,
            Self::None | Self::Stream(_) => &[],
        }
    }
}

/// Bytes of a body about credentials.
const AUTH_BODY_BYTES_MAX: u64 = 16 * 1024;

/// What an endpoint takes.
struct Takes {
    parameters: &'static Known,
    /// Media types of the answer, the usual one first. None are asked about where there is nothing to choose.
    offers: &'static [&'static str],
    /// Media types of the body; none means that there is no body.
    body: &'static [&'static str],
    body_bytes_max: u64,
}

/// Reads what the endpoint takes, and refuses everything else.
pub(crate) async fn input(app: &App, endpoint: &Endpoint<'_>, head: &Parts, body: Inbound) -> Result<Input, Rejection> {
    let takes = takes(app, endpoint);
    consistency::check(head)?;
    if endpoint.changes() {
        conditions::none_unknown(head)?;
    }
    let parameters = match endpoint {
        Endpoint::Auth(AuthAction::FinishLogin(_)) => Parameters::of_known(head.uri.query(), takes.parameters)?,
        _ => Parameters::of_url(head.uri.query(), takes.parameters)?,
    };
    let media = if takes.offers.is_empty() { media::JSON } else { negotiation::negotiate(head, takes.offers)? };
    if takes.body.is_empty() {
        no_body(head, &body)?;
        return Ok(Input { parameters, media, content: Content::None });
    }
    if let (
        Endpoint::Act(..) | Endpoint::Restore(..) | Endpoint::Auth(AuthAction::Logout | AuthAction::Unlink(_)),
        true,
    ) = (endpoint, body.is_end_stream())
    {
        // Most commands need nothing, and nobody has to say so.
        return Ok(Input { parameters, media, content: Content::Whole(Bytes::from_static(b"{}")) });
    }
    negotiation::body_is(head, takes.body)?;
    let reader = BodyReader::new(body, takes.body_bytes_max, &app.config.timeouts)?;
    let content = match endpoint {
        Endpoint::Import(_) => Content::Stream(reader),
        _ => Content::Whole(reader.whole().await?),
    };
    Ok(Input { parameters, media, content })
}

fn takes(app: &App, endpoint: &Endpoint<'_>) -> Takes {
    let (limits, models) = (&app.config.limits, &app.catalog.models);
    let takes = |parameters, offers| Takes { parameters, offers, body: &[], body_bytes_max: 0 };
    let record = |body, model: usize| Takes {
        body,
        body_bytes_max: u64::from(models[model].schema.body_bytes_max),
        ..takes(&parameters::WRITE, &[media::JSON])
    };
    match *endpoint {
        Endpoint::List(model) => takes(&parameters::LIST, list_offers(&models[model])),
        Endpoint::Query(model) => Takes {
            body: &[media::JSON],
            body_bytes_max: limits.query_body_bytes_max as u64,
            ..takes(&parameters::NONE, list_offers(&models[model]))
        },
        Endpoint::Read(..) => takes(&parameters::READ, &[media::JSON]),
        Endpoint::Related(model, _, link) if models[model].links[link].is_many => {
            takes(&parameters::LIST, &[media::JSON])
        }
        Endpoint::Related(..) => takes(&parameters::RELATED, &[media::JSON]),
        Endpoint::History(..) => takes(&parameters::HISTORY, &[media::JSON]),
        Endpoint::Create(model)
        | Endpoint::Replace(model, _)
        | Endpoint::Restore(model, _)
        | Endpoint::Act(model, ..) => record(&[media::JSON], model),
        Endpoint::Patch(model, _) => record(&[media::MERGE_PATCH, media::JSON], model),
        Endpoint::Delete(..) => takes(&parameters::WRITE, &[]),
        Endpoint::Import(_) => Takes {
            body: &[media::NDJSON],
            body_bytes_max: limits.import_body_bytes_max,
            ..takes(&parameters::WRITE, &[media::JSON])
        },
        Endpoint::Batch => Takes {
            body: &[media::JSON],
            body_bytes_max: limits.batch_body_bytes_max as u64,
            ..takes(&parameters::WRITE, &[media::JSON])
        },
        Endpoint::Auth(action) if action.verb() == Verb::Post => Takes {
            body: &[media::JSON],
            body_bytes_max: AUTH_BODY_BYTES_MAX,
            ..takes(&parameters::NONE, &[media::JSON])
        },
        // A browser is not asked what it likes: it is sent on, and shows what goes wrong.
        Endpoint::Auth(AuthAction::BeginLogin(_)) => takes(&parameters::LOGIN, &[]),
        Endpoint::Auth(AuthAction::FinishLogin(_)) => takes(&parameters::RETURNED, &[]),
        Endpoint::Auth(_) => takes(&parameters::NONE, &[media::JSON]),
        Endpoint::Tool(Tool::OpenApi | Tool::Schema) => takes(&parameters::NONE, &[media::JSON]),
        Endpoint::Tool(Tool::Problems | Tool::Problem(_)) => takes(&parameters::NONE, &[media::JSON, media::HTML]),
        // Probes and load balancers are not asked what they like.
        Endpoint::Tool(_) | Endpoint::Methods(_) => takes(&parameters::NONE, &[]),
    }
}

fn list_offers(model: &ModelEntry) -> &'static [&'static str] {
    let offers = |kind| model.schema.operations.contains(&kind);
    match (offers(OperationKind::List), offers(OperationKind::Export)) {
        (true, true) => &[media::JSON, media::NDJSON, media::CSV],
        (true, false) => &[media::JSON],
        (false, _) => &[media::NDJSON, media::CSV],
    }
}

/// The one value of a header as text.
pub(crate) fn header_text<'h>(head: &'h Parts, name: &HeaderName) -> Result<Option<&'h str>, Rejection> {
    let mut values = head.headers.get_all(name).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(Problem::InvalidHeader.because(format!("`{name}` is repeated")));
    }
    let text = value.to_str().map_err(|_| Problem::InvalidHeader.because(format!("`{name}` is not ASCII")))?;
    Ok(Some(text))
}

/// Refuses a body that would be ignored.
fn no_body(head: &Parts, body: &Inbound) -> Result<(), Rejection> {
    if body.is_end_stream() || body.size_hint().exact() == Some(0) {
        return Ok(());
    }
    let hint = match head.method {
        Method::GET | Method::HEAD => "use `QUERY`, or `POST` to `:query`, for a query with a body",
        _ => "send the request without one",
    };
    Err(Problem::BodyNotExpected.because(hint))
}
