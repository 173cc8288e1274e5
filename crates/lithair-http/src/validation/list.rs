//! Understands lists and exports: what `GET /{collection}`, a query in a body, and a relation to many records ask for.

use lithair_model::{Expand, ModelEntry, Predicate, Query, Reader, Right};

use super::query::both;
use super::{Context, page, past, query, selection, trash};
use crate::access;
use crate::app::App;
use crate::config::Limits;
use crate::extract::json;
use crate::extract::parameters::{self, Parameters, invalid};
use crate::media;
use crate::operation::{ExportPlan, ListPlan, Operation, Parent};
use crate::rejection::Rejection;

/// What a list is of.
#[derive(Clone, Debug)]
pub(super) enum ListSource {
    /// A model's records.
    Collection(usize),
    /// The records that a relation of a record leads to.
    Related(Parent),
}

/// Where the parameters of a list stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    InUrl,
    InBody,
}

impl ListSource {
    pub(super) fn model(&self, app: &App) -> usize {
        match self {
            Self::Collection(model) => *model,
            Self::Related(parent) => app.catalog.models[parent.model].links[parent.link].target,
        }
    }

    /// What keeps the cursors of this list apart from those of others.
    pub(super) fn binding(&self, app: &App) -> Vec<u8> {
        match self {
            Self::Collection(_) => Vec::new(),
            Self::Related(parent) => {
                let model = &app.catalog.models[parent.model];
                // No name has a NUL, and the key comes last.
                let names = [model.schema.table, model.links[parent.link].wire, ""].join("\0");
                [names.as_bytes(), parent.key.as_bytes()].concat()
            }
        }
    }

    /// What makes a record one of them.
    fn condition(&self, app: &App) -> Option<Predicate> {
        let parent = self.parent()?;
        let model = &app.catalog.models[parent.model];
        model.links[parent.link].condition(&app.catalog, model, &parent.key)
    }

    fn parent(&self) -> Option<&Parent> {
        match self {
            Self::Collection(_) => None,
            Self::Related(parent) => Some(parent),
        }
    }
}

impl Written {
    const fn filter_bytes_max(self, limits: &Limits) -> usize {
        match self {
            Self::InUrl => limits.filter_bytes_max,
            Self::InBody => limits.body_filter_bytes_max,
        }
    }
}

/// `GET /{collection}`
pub(super) fn of_url(
    context: Context<'_>,
    model: usize,
    parameters: &Parameters,
    media: &'static str,
) -> Result<Operation, Rejection> {
    list_or_export(context, model, parameters, (Written::InUrl, media))
}

/// `QUERY /{collection}`, and `POST` to its `:query`.
pub(super) fn of_body(
    context: Context<'_>,
    model: usize,
    body: &[u8],
    media: &'static str,
) -> Result<Operation, Rejection> {
    let parameters = Parameters::of_body(json::parse(body)?, &parameters::LIST)?;
    list_or_export(context, model, &parameters, (Written::InBody, media))
}

fn list_or_export(
    context: Context<'_>,
    model: usize,
    parameters: &Parameters,
    (written, media): (Written, &'static str),
) -> Result<Operation, Rejection> {
    match media {
        media::JSON => plan(context, ListSource::Collection(model), parameters, written),
        _ => export(context, model, parameters, (written, media)),
    }
}

/// A page of a list.
pub(super) fn plan(
    context: Context<'_>,
    source: ListSource,
    parameters: &Parameters,
    written: Written,
) -> Result<Operation, Rejection> {
    let Context { app, reader, .. } = context;
    let place = source.model(app);
    let model = context.model(place);
    let search = query::search(model, parameters)?;
    let order = query::order(model, parameters, search.as_ref())?;
    let trash = trash::shown(model, parameters)?;
    let as_of = past::as_of(reader, model, parameters)?;
    let binding = page::binding_of_list(context, &source, parameters);
    let (start, stamp) = page::start(app, (model, &order), parameters, &binding)?;
    let now = page::time_of_asking(parameters, stamp, context.now);
    let filter = query::filter(reader, model, parameters, written.filter_bytes_max(&app.config.limits), now)?;
    let led_to = source.condition(app);
    let query = Query {
        model: place,
        filter: reader.among(place, both(led_to.clone(), trash::among(model, trash, filter.clone()))),
        search,
        order,
        start,
        limit: page::limit(model, parameters)?,
        count: page::counts(parameters)?,
        at: stamp.map(|stamp| stamp.position),
        scan_rows_max: app.config.limits.scan_rows_max,
    };
    let selection = selection::asked(reader, model, parameters)?;
    let expands = query::expands(reader, model, parameters)?;
    let asked = filter.as_ref().map_or_else(Box::default, |filter| asked_about(model, filter));
    if as_of.is_some() {
        refuse_untold(reader, &source, &query, (led_to, filter), &expands)?;
    }
    let parent = source.parent().cloned();
    let link = if written == Written::InUrl { page::link_base(context.head) } else { None };
    let plan = ListPlan { query, asked, selection, expands, parent, binding, now, link, as_of };
    Ok(Operation::List(Box::new(plan)))
}

/// The fields that a filter asks about.
fn asked_about(model: &ModelEntry, filter: &Predicate) -> Box<[usize]> {
    (0..model.schema.fields.len()).filter(|&place| filter.asks(place)).collect()
}

/// Refuses a list of an earlier moment that asks for what such a moment does not tell.
fn refuse_untold(
    reader: &Reader,
    source: &ListSource,
    query: &Query,
    (led_to, filter): (Option<Predicate>, Option<Predicate>),
    expands: &[Expand],
) -> Result<(), Rejection> {
    past::untold::refuse_fields(&reader.catalog().models[query.model], query, filter.as_ref())?;
    if let Some(parent) = source.parent() {
        past::untold::refuse_link(reader, parent)?;
    }
    past::untold::refuse_related(reader, query.model, both(led_to, filter).as_ref(), expands)
}

/// An export, which takes every record of a filter in the order of the keys.
fn export(
    context: Context<'_>,
    place: usize,
    parameters: &Parameters,
    (written, media): (Written, &'static str),
) -> Result<Operation, Rejection> {
    let Context { app, reader, now, .. } = context;
    let model = context.model(place);
    access::collection(reader, place, Right::Export)?;
    for name in ["search", "sort", "limit", "offset", "cursor", "count", "expand", "as_of"] {
        if parameters.value(name).is_some() {
            return Err(invalid(name, &format!("not with `{media}`, which is every record in the order of the keys")));
        }
    }
    let asked = query::filter(reader, model, parameters, written.filter_bytes_max(&app.config.limits), now)?;
    let found = reader.among(place, trash::among(model, trash::shown(model, parameters)?, asked));
    let filter = both(reader.right(place, Right::Export).predicate(), found);
    let sight = reader.sight(place).of_found(filter.as_ref()).into_owned();
    let selection = selection::asked(reader, model, parameters)?;
    Ok(Operation::Export(Box::new(ExportPlan { model: place, media, filter, sight, selection })))
}
