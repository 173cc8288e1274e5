//! What relations lead to, against a naive answer over random graphs; and what it costs.

mod graph;
mod question;

use lithair_model::{
    Expanded, Key, Page, Query, QueryError, Reader, Related, Start, Tally, Visible, expand, parse_expand, parse_filter,
};
use lithair_state::{State, View};

use graph::{Graph, POST, REMARK, TAG, USER};
use question::{Dice, Question};

/// Graphs that are asked; each is asked twice of each model.
const GRAPHS: u64 = 2_000;

fn query(model: usize, limit: usize) -> Query {
    Query {
        model,
        filter: None,
        search: None,
        order: Vec::new(),
        start: Start::First,
        limit,
        count: false,
        at: None,
        scan_rows_max: 1_000_000,
    }
}

/// A list with a filter.
fn list(view: &View<'_>, text: &str, query: Query) -> Result<Page, QueryError> {
    let catalog = view.state().catalog();
    let filter = parse_filter(&Reader::system(catalog), &catalog.models[query.model], text, 64 * 1024);
    let filter = filter.unwrap_or_else(|error| panic!("{text}: {error}"));
    view.list(&Query { filter: Some(filter), ..query })
}

fn ids(view: &View<'_>, model: usize, page: &Page) -> Vec<i64> {
    let model = &view.state().catalog().models[model];
    page.rows.iter().map(|row| graph::id_of(model, row)).collect()
}

#[test]
fn filters_mean_what_a_fold_over_everything_says() {
    let mut truths = 0_u64;
    for seed in 0..GRAPHS {
        let dice = &mut Dice::new(seed);
        let graph = Graph::random(dice);
        let state = graph.state();
        let view = state.view(None).expect("the present");
        for model in 0..graph::MODELS {
            for _ in 0..2 {
                let question = Question::random(dice, model, 0, 3);
                let text = question.text(false);
                let expected: Vec<i64> =
                    graph.ids(model).into_iter().filter(|&id| question.holds(&graph, model, id)).collect();
                truths += expected.len() as u64;
                let page = list(&view, &text, query(model, 1_000)).expect("the budget is large");
                assert_eq!(ids(&view, model, &page), expected, "seed {seed}, model {model}: {text}");
                let counted =
                    list(&view, &text, Query { count: true, ..query(model, 1) }).expect("the budget is large");
                assert_eq!(counted.total, Some(expected.len() as u64), "seed {seed}: {text}");
            }
        }
    }
    assert!(truths > GRAPHS * 5, "most questions are true of something: {truths}");
}

#[test]
fn an_expansion_shows_what_a_fold_over_everything_says() {
    for seed in 0..GRAPHS / 4 {
        let dice = &mut Dice::new(seed);
        let graph = Graph::random(dice);
        let state = graph.state();
        let view = state.view(None).expect("the present");
        let catalog = state.catalog();
        for (model, paths) in [
            (USER, "posts.remarks.user,profile"),
            (POST, "author.profile.user,remarks,tags.posts.author"),
            (REMARK, "post.tags,user.posts.remarks"),
            (TAG, "posts.author.posts"),
        ] {
            let entry = &catalog.models[model];
            let expands = parse_expand(&Reader::system(catalog), entry, paths).expect("the paths are right");
            let page = view.list(&query(model, 1_000)).expect("is cheap");
            for row in &page.rows {
                let tally = Tally::new(1_000_000);
                let shown = expand(&Reader::system(catalog), &view, entry, Visible::to_system(row), &expands, &tally)
                    .expect("is cheap");
                check(&graph, &state, model, &shown, &expands);
            }
        }
    }
}

fn check(graph: &Graph, state: &State, model: usize, shown: &Expanded, expands: &[lithair_model::Expand]) {
    let entry = &state.catalog().models[model];
    let id = graph::id_of(entry, shown.record.row());
    for (expand, related) in expands.iter().zip(&shown.related) {
        let link = &entry.links[expand.link];
        let expected = graph.related(model, id, link.wire);
        let records: Vec<&Expanded> = match related {
            Related::One(record) => record.iter().map(|record| &**record).collect(),
            Related::Many { records, more } => {
                assert!(!more, "a page has room for all");
                records.iter().collect()
            }
        };
        let target = &state.catalog().models[link.target];
        let found: Vec<i64> = records.iter().map(|record| graph::id_of(target, record.record.row())).collect();
        assert_eq!(found, expected, "{}.{} of {id}", entry.schema.name, link.wire);
        records.into_iter().for_each(|record| check(graph, state, link.target, record, &expand.inner));
    }
}

/// 200 posts with 20 remarks and 2 tags each, of 10 users.
fn large() -> State {
    let mut graph = Graph::default();
    graph.users.extend((0..10).map(|id| (id, id % 4)));
    graph.tags.extend((0..50).map(|id| (id, id % 3)));
    for id in 0..200 {
        graph.posts.push((id, Some(id % 10), id % 100));
        graph.tagged.extend([(id, id % 50), (id, (id + 1) % 50)]);
        graph.remarks.extend((0..20).map(|remark| (id * 20 + remark, id, Some(remark % 10), remark == 0 && id < 3)));
    }
    graph.state()
}

#[test]
fn an_expansion_looks_at_what_it_shows_and_at_nothing_else() {
    let state = large();
    let view = state.view(None).expect("the present");
    let catalog = state.catalog();
    let posts = &catalog.models[POST];
    let page = view.list(&query(POST, 5)).expect("is cheap");
    let looked_at = |paths: &str| {
        let expands = parse_expand(&Reader::system(catalog), posts, paths).expect("the paths are right");
        let tally = Tally::new(1_000);
        for row in &page.rows {
            expand(&Reader::system(catalog), &view, posts, Visible::to_system(row), &expands, &tally)
                .expect("is cheap");
        }
        tally.looked_at()
    };
    assert_eq!(looked_at("author"), 5, "one look-up each");
    assert_eq!(looked_at("remarks"), 5 * 20);
    assert_eq!(looked_at("remarks.user"), 5 * (20 + 20));
    assert_eq!(looked_at("tags"), 5 * (2 + 2), "what leads to a tag, and the tag");
    let expands = parse_expand(&Reader::system(catalog), posts, "remarks").expect("the path is right");
    let tally = Tally::new(99);
    let mut shown = page
        .rows
        .iter()
        .map(|row| expand(&Reader::system(catalog), &view, posts, Visible::to_system(row), &expands, &tally));
    let spent = shown.find_map(Result::err);
    assert_eq!(spent, Some(QueryError::TooExpensive { fields: vec![], budget: 99 }), "a hundred are one too many");
}

#[test]
fn a_filter_goes_from_few_related_records_to_their_keys() {
    let state = large();
    let view = state.view(None).expect("the present");
    let looked_at = |text: &str| list(&view, text, query(POST, 5)).map(|page| (page.rows.len(), page.looked_at));
    // Three remarks are spam: they are read from their index, then their three posts.
    assert_eq!(looked_at("any(remarks, .spam = true)"), Ok((3, 6)));
    assert_eq!(looked_at("any(remarks, .post.score = 1 and .spam = true)").map(|found| found.0), Ok(1));
    // A tag's four posts: what leads to them, and they.
    assert_eq!(looked_at("any(tags, .id = 7)").map(|found| found.0), Ok(5));
    // Most remarks are no spam: each post is asked until the page is full.
    assert_eq!(looked_at("any(remarks, .spam = false)").map(|found| found.0), Ok(5));
    let budget = Query { scan_rows_max: 50, ..query(POST, 5) };
    let spent = list(&view, "none(remarks, .spam = false)", budget);
    assert!(matches!(spent, Err(QueryError::TooExpensive { budget: 50, .. })), "related records count: {spent:?}");
}

#[test]
fn a_related_collection_is_read_from_the_index_of_its_relation() {
    let state = large();
    let view = state.view(None).expect("the present");
    let catalog = state.catalog();
    let plan = |model: usize, wire: &str, key: i64| {
        let entry = &catalog.models[model];
        let link = entry.link(wire).expect("is declared");
        let filter = link.condition(catalog, entry, &key_of(model, key, &state));
        let asked = Query { filter, ..query(link.target, 5) };
        let page = view.list(&asked).expect("is cheap");
        (view.explain(&asked).expect("is cheap").to_string(), page.looked_at)
    };
    let of_post = plan(POST, "remarks", 7);
    assert_eq!(of_post, ("relation 0 bounded by [1], 20 entries, in order".to_owned(), 6));
    let (explained, looked_at) = plan(TAG, "posts", 7);
    assert_eq!(explained, "primary key bounded by [0], 8 entries, in order");
    assert!(looked_at <= 8 + 6, "{looked_at}");
}

fn key_of(model: usize, id: i64, state: &State) -> Key {
    state.catalog().models[model].parse_key(&id.to_string()).expect("a number is a key")
}
