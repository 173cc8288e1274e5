use http::HeaderValue;
use http::header::LINK;
use http::request::Parts;
use lithair_model::{
    Condition, Expand, Expanded, Exposure, ModelEntry, MomentFields, Page, Predicate, Query, Reader, Right, Row,
    Search, Selection, SortTerm, Start, Tally, Timestamp, expand, project_expanded, reached,
};

use super::{draft, past, refusal, related, trash};
use crate::access;
use crate::app::App;
use crate::auth;
use crate::cursor::{Binding, Moment, Side};
use crate::extract::parameters::{Parameters, invalid};
use crate::operation::{ExportPlan, ListPlan, Operation, Parent};
use crate::rejection::{Problem, Rejection};
use crate::respond::Answer;

/// A `Link` repeats the query; where that is longer than this many bytes, the cursors in the body must do.
const LINK_QUERY_BYTES_MAX: usize = 2048;
/// Bytes of a list beside its items.
const ENVELOPE_BYTES: usize = 512;

/// What a list is of.
#[derive(Clone, Debug)]
pub(crate) enum Of {
    /// A model's records.
    Collection(usize),
    /// The records that a relation of a record leads to.
    Record(Parent),
}

impl Of {
    fn model(&self, app: &App) -> usize {
        match self {
            Self::Collection(model) => *model,
            Self::Record(parent) => app.catalog.models[parent.model].links[parent.link].target,
        }
    }

    /// What keeps the cursors of this list apart from those of others.
    fn binding(&self, app: &App) -> Vec<u8> {
        match self {
            Self::Collection(_) => Vec::new(),
            Self::Record(parent) => {
                let model = &app.catalog.models[parent.model];
                // No name has a NUL, and the key comes last.
                let names = [model.schema.table, model.links[parent.link].wire, ""].join("\0");
                [names.as_bytes(), parent.key.as_bytes()].concat()
            }
        }
    }

    fn condition(&self, app: &App) -> Option<Predicate> {
        let Self::Record(parent) = self else { return None };
        let model = &app.catalog.models[parent.model];
        model.links[parent.link].condition(&app.catalog, model, &parent.key)
    }
}

/// Understands a list. `head` is the request whose URL the links repeat; none for a query in a body.
pub(crate) fn plan(
    app: &App,
    of: Of,
    parameters: &Parameters,
    head: Option<&Parts>,
    filter_bytes_max: usize,
    reader: &Reader,
    now: Timestamp,
) -> Result<Operation, Rejection> {
    let model = of.model(app);
    let entry = &app.catalog.models[model];
    let (filter, sort) = (parameters.value("filter"), parameters.value("sort"));
    let search = searched(entry, parameters)?;
    let order = match sort {
        Some(sort) => draft::order(entry, sort)?,
        // What says most about the words comes first: the model's own order is for lists that nobody searches.
        None if search.is_some() => Vec::new(),
        None => entry.schema.order.to_vec(),
    };
    let trash = trash::shown(entry, parameters)?;
    let as_of = past::as_of(reader, entry, parameters)?;
    let parts = [entry.schema.table, filter.unwrap_or_default(), sort.unwrap_or_default()].map(str::as_bytes);
    let rare = ["as_of", "include_deleted", "search"];
    let rare = rare.into_iter().filter_map(|name| Some([name, "=", parameters.value(name)?].concat()));
    let rare: Vec<String> = rare.collect();
    let own = of.binding(app);
    let parts = [parts[0], parts[1], parts[2], auth::binding(reader.principal()), &own];
    let binding = Binding::of(&parts.into_iter().chain(rare.iter().map(String::as_bytes)).collect::<Vec<_>>());
    let (start, moment) = match (parameters.value("cursor"), parameters.number("offset")?) {
        (None, None) => (Start::First, None),
        (None, Some(offset)) => (Start::Offset(offset), None),
        (Some(cursor), None) => {
            let opened = app.cursors.open(cursor, (entry, &order), &binding).ok_or_else(bad_cursor)?;
            (opened.0, Some(opened.1))
        }
        (Some(_), Some(_)) => return Err(invalid("offset", "not together with `cursor`")),
    };
    // A cursor says when its list was asked for only if the filter asks: otherwise equal pages have equal cursors.
    let mentions_now = filter.is_some_and(|text| text.contains("@now"));
    let now = moment.map_or(if mentions_now { now } else { Timestamp::from_micros(0) }, |moment| moment.now);
    let filter = filter.map(|text| filtered(reader, entry, text, filter_bytes_max, now)).transpose()?;
    let asked: Box<[usize]> = match &filter {
        Some(filter) => (0..entry.schema.fields.len()).filter(|&place| filter.asks(place)).collect(),
        None => Box::default(),
    };
    let led = filter.clone();
    let query = Query {
        model,
        filter: reader.among(model, both(of.condition(app), trash::among(entry, trash, filter))),
        search,
        order,
        start,
        limit: limit(entry, parameters)?,
        count: counts(parameters)?,
        at: moment.map(|moment| moment.position),
        scan_rows_max: app.config.limits.scan_rows_max,
    };
    let (selection, expands) = (selection(reader, entry, parameters)?, draft::expands(reader, entry, parameters)?);
    if as_of.is_some() {
        refuse_let_go(entry, &query, led.as_ref())?;
        refuse_related(reader, &of, (model, led.as_ref()), &expands)?;
    }
    let parent = if let Of::Record(parent) = of { Some(parent) } else { None };
    let link = head.and_then(link_base);
    let plan = ListPlan { query, asked, selection, expands, parent, binding, now, link, as_of };
    Ok(Operation::List(Box::new(plan)))
}

fn both(one: Option<Predicate>, other: Option<Predicate>) -> Option<Predicate> {
    match (one, other) {
        (Some(one), Some(other)) => Some(Predicate::All(vec![one, other])),
        (one, other) => one.or(other),
    }
}

/// The words that are searched for. An order that is asked for is kept; otherwise the best come first.
fn searched(model: &ModelEntry, parameters: &Parameters) -> Result<Option<Search>, Rejection> {
    let Some(text) = parameters.value("search") else { return Ok(None) };
    if model.schema.fulltext.is_empty() {
        return Err(invalid("search", "this collection has no field whose words are searched"));
    }
    let search = Search::parse(text).map_err(|error| invalid("search", &error.to_string()))?;
    Ok(Some(Search { ranked: parameters.value("sort").is_none(), ..search }))
}

/// What an earlier moment does not tell: whether a record was there to ask about, values that models around the list let go, and records
/// around it that the reader sees today or saw then, and not both.
pub(crate) fn refuse_related(
    reader: &Reader,
    of: &Of,
    (model, filter): (usize, Option<&Predicate>),
    expands: &[Expand],
) -> Result<(), Rejection> {
    if let Of::Record(_) = of {
        return Err(Problem::NotSupportedYet.because("`as_of` together with a related collection"));
    }
    let catalog = reader.catalog();
    for place in reached(catalog, model, filter, expands) {
        let led_to = &catalog.models[place];
        let has_every_past = reader.right(place, Right::History) == Condition::Always;
        if !has_every_past || reader.sight(place).whole(&[]).is_none() {
            let path = led_to.schema.path;
            let detail =
                format!("not together with what relations lead to in `{path}`: a policy says who sees what of it");
            return Err(invalid("as_of", &detail));
        }
        if let Some(field) = past::with_policies(led_to).next().filter(|_| place != model) {
            let (path, wire) = (led_to.schema.path, led_to.schema.fields[field].wire);
            let detail =
                format!("values that `{wire}` of `{path}` had are not kept for lists, so it is not asked about");
            return Err(invalid("as_of", &detail));
        }
    }
    Ok(())
}

/// An earlier moment is not asked by fields of which it shows nothing: the answer would tell.
fn refuse_let_go(model: &ModelEntry, query: &Query, filter: Option<&Predicate>) -> Result<(), Rejection> {
    for place in past::with_policies(model) {
        let detail = || format!("values that `{}` had are not kept for lists", model.schema.fields[place].wire);
        if filter.is_some_and(|filter| filter.reads(place)) {
            return Err(invalid("filter", &detail()));
        }
        if query.search.is_some() && model.schema.fulltext.iter().any(|term| term.field == place) {
            return Err(invalid("search", &detail()));
        }
        if query.order.iter().any(|term| model.field_of_place(term.field) == place) {
            return Err(invalid("sort", &detail()));
        }
    }
    Ok(())
}

/// Understands an export, which takes every record of a filter in the order of the keys.
pub(crate) fn export(
    app: &App,
    (model, media): (usize, &'static str),
    parameters: &Parameters,
    filter_bytes_max: usize,
    reader: &Reader,
    now: Timestamp,
) -> Result<Operation, Rejection> {
    let entry = &app.catalog.models[model];
    access::collection(reader, model, Right::Export)?;
    for name in ["search", "sort", "limit", "offset", "cursor", "count", "expand", "as_of"] {
        if parameters.value(name).is_some() {
            return Err(invalid(name, &format!("not with `{media}`, which is every record in the order of the keys")));
        }
    }
    let asked =
        parameters.value("filter").map(|text| filtered(reader, entry, text, filter_bytes_max, now)).transpose()?;
    let found = reader.among(model, trash::among(entry, trash::shown(entry, parameters)?, asked));
    let filter = both(reader.right(model, Right::Export).predicate(), found);
    let sight = reader.sight(model).of_found(filter.as_ref()).into_owned();
    let selection = selection(reader, entry, parameters)?;
    Ok(Operation::Export(Box::new(ExportPlan { model, media, filter, sight, selection })))
}

/// The predicate of a filter, with every `@now` replaced by the time of asking: so the pages of a list ask the same question,
/// whenever they are asked for, and whoever answers needs no clock.
fn filtered(
    reader: &Reader,
    model: &ModelEntry,
    text: &str,
    bytes_max: usize,
    now: Timestamp,
) -> Result<Predicate, Rejection> {
    draft::filter(reader, model, text, bytes_max).map(|predicate| predicate.fixed(now))
}

/// The fields that are asked for. A field that callers may not see is as unknown as one that does not exist.
pub(crate) fn selection(reader: &Reader, model: &ModelEntry, parameters: &Parameters) -> Result<Selection, Rejection> {
    let Some(fields) = parameters.value("fields") else { return Ok(Selection::all()) };
    let places = fields.split(',').map(|name| field(reader, model, name.trim()));
    Ok(Selection::of(places.collect::<Result<Vec<_>, _>>()?))
}

/// Whether answers have the field at this place.
pub(super) fn is_shown(model: &ModelEntry, place: usize) -> bool {
    matches!(model.schema.fields[place].exposure, Exposure::Open | Exposure::ReadOnly)
}

fn field(reader: &Reader, model: &ModelEntry, name: &str) -> Result<usize, Rejection> {
    // To whom a field is masked it is known.
    let is_known =
        |place: usize| reader.sight(model.place).knows(place) || model.schema.fields[place].access.mask.is_some();
    let is_shown = |place: &usize| is_shown(model, *place) && is_known(*place);
    if let Some(place) = model.by_wire(name).filter(is_shown) {
        return Ok(place);
    }
    if let Some((first, _)) = name.split_once('.') {
        return Err(match model.by_wire(first).filter(is_shown) {
            Some(_) => invalid("fields", &format!("`{name}` is inside of `{first}`: fields are asked for whole")),
            None => Problem::NotSupportedYet.because("fields of related records"),
        });
    }
    let near = model.nearest_wire(name).filter(|near| model.by_wire(near).as_ref().is_some_and(is_shown));
    Err(invalid(
        "fields",
        &match near {
            Some(near) => format!("there is no field `{name}`; is it `{near}`?"),
            None => format!("there is no field `{name}`"),
        },
    ))
}

pub(super) fn limit(model: &ModelEntry, parameters: &Parameters) -> Result<usize, Rejection> {
    let page = model.schema.page;
    let limit = parameters.number("limit")?.unwrap_or(page.default.into());
    let limit = usize::try_from(limit).ok().filter(|limit| (1..=page.max as usize).contains(limit));
    limit.ok_or_else(|| invalid("limit", &format!("expected 1 to {}", page.max)))
}

fn counts(parameters: &Parameters) -> Result<bool, Rejection> {
    match parameters.value("count") {
        None | Some("none") => Ok(false),
        Some("exact") => Ok(true),
        Some(_) => Err(invalid("count", "expected `none` or `exact`")),
    }
}

pub(super) fn bad_cursor() -> Rejection {
    Problem::BadCursor.because("not a cursor of this collection, filter and sort")
}

/// The path and query without the place in the list, ready for a cursor to follow.
fn link_base(head: &Parts) -> Option<String> {
    let query = head.uri.query().unwrap_or_default();
    if query.len() > LINK_QUERY_BYTES_MAX {
        return None;
    }
    let is_place = |pair: &&str| matches!(pair.split('=').next(), Some("cursor" | "offset" | ""));
    let mut base = format!("{}?", head.uri.path());
    for pair in query.split('&').filter(|pair| !is_place(pair)) {
        base.push_str(pair);
        base.push('&');
    }
    Some(base)
}

/// `GET /{collection}` and queries.
pub(crate) fn run(app: &App, plan: &ListPlan, reader: &Reader) -> Result<Answer, Rejection> {
    let model = &app.catalog.models[plan.query.model];
    let (page, records) = shown(app, model, plan, reader)?;
    answer(app, plan, &page, &records)
}

/// A page as an answer.
pub(super) fn answer(app: &App, plan: &ListPlan, page: &Page, records: &[Expanded]) -> Result<Answer, Rejection> {
    let model = &app.catalog.models[plan.query.model];
    let cursor = |side, record: Option<&Expanded>, exists: bool| {
        record.filter(|_| exists).map(|record| cursor(app, model, plan, page, record.record.row(), side))
    };
    let next = cursor(Side::After, records.last(), page.more);
    let previous = cursor(Side::Before, records.first(), page.earlier);
    let json = body(app, model, plan, (page, records), next.as_deref(), previous.as_deref())?;
    let answer = Answer::json(200, json).at(page.position);
    Ok(match link(plan, next.as_deref(), previous.as_deref()) {
        Some(link) => answer.header(LINK, link),
        None => answer,
    })
}

/// The page, and in the place of its rows its records with those around them, all of one moment.
fn shown(app: &App, model: &ModelEntry, plan: &ListPlan, reader: &Reader) -> Result<(Page, Vec<Expanded>), Rejection> {
    let of_query = |error| refusal::of_query(model, &error);
    let moment = app.backend.view(plan.query.at).map_err(of_query)?;
    if let Some(parent) = &plan.parent {
        related::own(app, reader, &*moment, parent)?;
    }
    let mut page = moment.list(&plan.query).map_err(of_query)?;
    let tally = Tally::new(app.config.limits.scan_rows_max);
    let sight = reader.sight(model.place).of_found(plan.query.filter.as_ref());
    let catalog = &*app.catalog;
    let mut records = Vec::with_capacity(page.rows.len());
    for row in std::mem::take(&mut page.rows) {
        let fields = MomentFields { catalog, moment: &*moment, model, row: &row, tally: &tally };
        if let Some(record) = sight.visible(&row, &fields) {
            records.push(expand(reader, &*moment, model, record, &plan.expands, &tally).map_err(of_query)?);
        }
    }
    if tally.is_spent() {
        return Err(of_query(tally.too_expensive()));
    }
    Ok((page, records))
}

/// It names the values that the page is sorted by, computed ones too.
fn cursor(app: &App, model: &ModelEntry, plan: &ListPlan, page: &Page, row: &Row, side: Side) -> String {
    let order: &[SortTerm] = &plan.query.order;
    let values: Vec<_> = order.iter().map(|term| model.value_of(row, term.field)).collect();
    let moment = Moment { position: page.position, now: plan.now };
    app.cursors.seal(side, moment, (model, order), &values, &model.row_key(row), &plan.binding)
}

fn body(
    app: &App,
    model: &ModelEntry,
    plan: &ListPlan,
    (page, records): (&Page, &[Expanded]),
    next: Option<&str>,
    previous: Option<&str>,
) -> Result<Vec<u8>, Rejection> {
    let bytes_max = app.config.limits.response_bytes_max;
    let stored: usize = records.iter().map(|record| record.record.row().bytes.len()).sum();
    let mut json = Vec::with_capacity(stored * 2 + records.len() * 64 + ENVELOPE_BYTES);
    json.extend_from_slice(b"{\"items\":[");
    for (place, record) in records.iter().enumerate() {
        if place > 0 {
            json.push(b',');
        }
        project_expanded(&app.catalog, model, record, (&plan.selection, &plan.expands), &mut json);
        if json.len() > bytes_max {
            return Err(
                Problem::ResponseTooLarge.because(format!("{} records exceed {bytes_max} bytes", records.len()))
            );
        }
    }
    json.extend_from_slice(b"],\"next_cursor\":");
    text_or_null(next, &mut json);
    json.extend_from_slice(b",\"prev_cursor\":");
    text_or_null(previous, &mut json);
    json.extend_from_slice(format!(",\"as_of\":{}", page.position).as_bytes());
    if let Some(total) = page.total {
        json.extend_from_slice(format!(",\"total\":{total}").as_bytes());
    }
    json.push(b'}');
    Ok(json)
}

/// A cursor has only letters that JSON and URLs take as they are.
pub(super) fn text_or_null(cursor: Option<&str>, json: &mut Vec<u8>) {
    match cursor {
        Some(cursor) => {
            json.push(b'"');
            json.extend_from_slice(cursor.as_bytes());
            json.push(b'"');
        }
        None => json.extend_from_slice(b"null"),
    }
}

/// RFC 8288.
fn link(plan: &ListPlan, next: Option<&str>, previous: Option<&str>) -> Option<HeaderValue> {
    let base = plan.link.as_ref()?;
    let links = [(next, "next"), (previous, "prev")];
    let links = links.iter().filter_map(|(cursor, rel)| Some(format!("<{base}cursor={}>; rel=\"{rel}\"", (*cursor)?)));
    let links: Vec<_> = links.collect();
    // A URL has only letters that a header takes, but hyper is the one to know.
    if links.is_empty() { None } else { HeaderValue::try_from(links.join(", ")).ok() }
}
