//! Random entries, applied to the state and to a map that is copied whole for every position.

use std::collections::BTreeMap;

use lithair_model::{Change, Entry, Guard, Position, Value};
use lithair_state::{State, View};
use proptest::prelude::*;

use crate::models::{
    BY_NAME, BY_PLACE, BY_SKU, PRODUCT, Product, SHELF, apply, catalog, claim, delete, entry, id_of, key, patch, put,
    shelf,
};

/// One change that a script makes, of shelves 1 to 3 and products 1 to 6.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    PutShelf(i64),
    DeleteShelf(i64),
    PutProduct(Product),
    Rename(i64, &'static str, Option<i64>),
    DeleteProduct(i64),
}

/// Entries, and what readers and the collection do between them.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// Changes; the number makes some revision guards wrong.
    Entry(Vec<Step>, u8),
    /// The horizon moves so many positions behind the present; so much is freed.
    Forget(u64, usize),
    /// A view is taken so many positions behind the present, and kept to the end.
    Keep(u64),
}

const SKUS: &[Option<&str>] = &[None, Some("a"), Some("A"), Some("b")];
const NAMES: &[&str] = &["pen", "ink", "cap"];

fn any_product() -> impl Strategy<Value = Product> {
    let sku = proptest::sample::select(SKUS);
    let name = proptest::sample::select(NAMES);
    let shelf = proptest::option::of(1_i64..=3);
    let place = proptest::option::of(0_i64..=2);
    (1_i64..=6, sku, shelf, place, name, any::<bool>()).prop_map(|(id, sku, shelf, place, name, on_sale)| Product {
        id,
        sku,
        shelf,
        place,
        name,
        on_sale,
    })
}

fn any_step() -> impl Strategy<Value = Step> {
    let rename = (1_i64..=6, proptest::sample::select(NAMES), proptest::option::of(0_i64..=2));
    prop_oneof![
        2 => (1_i64..=3).prop_map(Step::PutShelf),
        1 => (1_i64..=3).prop_map(Step::DeleteShelf),
        4 => any_product().prop_map(Step::PutProduct),
        3 => rename.prop_map(|(id, name, place)| Step::Rename(id, name, place)),
        2 => (1_i64..=6).prop_map(Step::DeleteProduct),
    ]
}

pub(crate) fn any_script() -> impl Strategy<Value = Vec<Event>> {
    let entry = (proptest::collection::vec(any_step(), 1..4), any::<u8>());
    let event = prop_oneof![
        8 => entry.prop_map(|(steps, luck)| Event::Entry(steps, luck)),
        2 => (0_u64..8, 0_usize..6).prop_map(|(behind, budget)| Event::Forget(behind, budget)),
        1 => (0_u64..8).prop_map(Event::Keep),
    ];
    proptest::collection::vec(event, 1..40)
}

/// What one moment has: shelves and products with their revisions.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Moment {
    shelves: BTreeMap<i64, u64>,
    products: BTreeMap<i64, (u64, Product)>,
}

impl Moment {
    /// The moment after a step; none if the step is for a record that is not there.
    fn after(mut self, step: &Step) -> Option<Self> {
        match step {
            Step::PutShelf(id) => *self.shelves.entry(*id).or_default() += 1,
            Step::DeleteShelf(id) => {
                self.shelves.remove(id)?;
            }
            Step::PutProduct(product) => {
                let revision = self.products.get(&product.id).map_or(0, |(revision, _)| *revision);
                self.products.insert(product.id, (revision + 1, product.clone()));
            }
            Step::Rename(id, name, place) => {
                let (revision, product) = self.products.get_mut(id)?;
                *revision += 1;
                (product.name, product.place) = (name, *place);
            }
            Step::DeleteProduct(id) => {
                self.products.remove(id)?;
            }
        }
        Some(self)
    }

    /// Whether constraints and references are kept.
    fn is_sound(&self) -> bool {
        let products = || self.products.values().map(|(_, product)| product);
        let clash = |one: &Product, other: &Product| {
            let same_sku = one.sku.is_some() && one.sku.map(str::to_lowercase) == other.sku.map(str::to_lowercase);
            let same_place =
                one.shelf.is_some() && one.place.is_some() && (one.shelf, one.place) == (other.shelf, other.place);
            same_sku || same_place || (one.on_sale && other.on_sale && one.name == other.name)
        };
        products().all(|one| {
            one.shelf.is_none_or(|shelf| self.shelves.contains_key(&shelf))
                && products().all(|other| one.id == other.id || !clash(one, other))
        })
    }
}

/// The state under test and the copies of every position.
struct Pair<'a> {
    state: &'a State,
    moments: Vec<Moment>,
    entries: Vec<Entry>,
}

impl<'a> Pair<'a> {
    fn new(state: &'a State) -> Self {
        Self { state, moments: vec![Moment::default()], entries: Vec::new() }
    }

    fn now(&self) -> &Moment {
        self.moments.last().expect("begins with one")
    }

    /// The entry of these steps with all guards that a decision would give it.
    fn entry(&self, steps: &[Step], luck: u8) -> (Entry, Option<Moment>) {
        let mut after = Some(self.now().clone());
        let mut changes = Vec::new();
        for step in steps {
            changes.push(self.change(after.as_ref().unwrap_or(self.now()), step));
            after = after.and_then(|moment| moment.after(step));
        }
        let mut guards = self.guards(after.as_ref().unwrap_or(self.now()));
        let mut sound = after.filter(Moment::is_sound);
        if let Some((&id, (revision, _))) = self.now().products.iter().next() {
            let stale = u64::from(luck.is_multiple_of(8));
            let model = self.state.catalog().models[PRODUCT].id;
            guards.push(Guard::Revision { model, key: key(id), revision: revision + stale });
            sound = sound.filter(|_| stale == 0);
        }
        (entry(guards, changes), sound)
    }

    fn change(&self, before: &Moment, step: &Step) -> Change {
        let (shelves, products) = (&self.state.catalog().models[SHELF], &self.state.catalog().models[PRODUCT]);
        let revision = |id: &i64| before.products.get(id).map_or(0, |(revision, _)| *revision) + 1;
        match step {
            Step::PutShelf(id) => put(shelves, before.shelves.get(id).unwrap_or(&0) + 1, &shelf(*id)),
            Step::DeleteShelf(id) => delete(shelves, *id),
            Step::PutProduct(product) => put(products, revision(&product.id), &product.values()),
            Step::Rename(id, name, place) => {
                let place = place.map_or(Value::Null, |place| Value::Int(place.into()));
                patch(products, *id, revision(id), &[(4, Value::Text((*name).into())), (3, place)])
            }
            Step::DeleteProduct(id) => delete(products, *id),
        }
    }

    /// Everything that must hold of a moment, as guards.
    fn guards(&self, after: &Moment) -> Vec<Guard> {
        let (shelves, products) = (&self.state.catalog().models[SHELF], &self.state.catalog().models[PRODUCT]);
        let mut guards = Vec::new();
        for (_, product) in after.products.values() {
            guards.extend([BY_SKU, BY_PLACE, BY_NAME].into_iter().filter_map(|at| claim(products, at, product)));
            guards.extend(product.shelf.map(|id| Guard::Present { model: shelves.id, key: key(id) }));
        }
        let gone = self.now().shelves.keys().filter(|id| !after.shelves.contains_key(id));
        guards.extend(gone.map(|&id| Guard::Unreferenced { model: products.id, relation: 0, key: key(id) }));
        guards
    }

    fn take(&mut self, steps: &[Step], luck: u8) {
        let (entry, after) = self.entry(steps, luck);
        let (position, applied) = apply(self.state, &entry);
        assert_eq!(applied, after.is_some(), "{position}: {entry:?}");
        self.moments.push(after.unwrap_or_else(|| self.now().clone()));
        self.entries.push(entry);
    }

    /// The moment so many positions behind the present, if it is kept.
    fn kept(&self, behind: u64) -> Option<View<'a>> {
        let at = Position::new(self.state.published().get().checked_sub(behind)?);
        let view = self.state.view(Some(at));
        assert_eq!(view.is_ok(), at >= self.state.horizon(), "what is not behind the horizon is kept");
        view.ok()
    }

    #[track_caller]
    fn check(&self, view: &View<'_>) {
        let at = usize::try_from(view.position().get()).expect("is small");
        let moment = &self.moments[at];
        assert_eq!(&shown(view), moment, "records at {at}");
        assert_eq!(view.count(PRODUCT), moment.products.len() as u64, "count at {at}");
        for id in 1..=6 {
            let revision = view.row(PRODUCT, &key(id)).map(|row| row.revision);
            assert_eq!(revision, moment.products.get(&id).map(|(revision, _)| *revision), "product {id} at {at}");
        }
        for shelf in 1..=3 {
            let referrers: Vec<i64> = view.referrers(PRODUCT, 0, &key(shelf)).map(|key| id_of(&key)).collect();
            let products = moment.products.values().map(|(_, product)| product);
            let expected: Vec<i64> = products.filter(|of| of.shelf == Some(shelf)).map(|of| of.id).collect();
            assert_eq!(referrers, expected, "on shelf {shelf} at {at}");
        }
        self.check_holders(view, moment);
    }

    fn check_holders(&self, view: &View<'_>, moment: &Moment) {
        let model = &self.state.catalog().models[PRODUCT];
        let holder = |constraint: usize, wanted: &Product| {
            let key = model.unique_key(constraint, &wanted.values()).expect("claims");
            view.unique_holder(PRODUCT, constraint, &key).map(|key| id_of(&key))
        };
        let find = |test: &dyn Fn(&Product) -> bool| {
            moment.products.values().map(|(_, product)| product).find(|product| test(product)).map(|product| product.id)
        };
        for sku in ["A", "b", "c"] {
            let expected = find(&|product| product.sku.is_some_and(|own| own.eq_ignore_ascii_case(sku)));
            assert_eq!(holder(BY_SKU, &Product { sku: Some(sku), ..Product::new(0) }), expected, "sku {sku}");
        }
        for &name in NAMES {
            let expected = find(&|product| product.on_sale && product.name == name);
            assert_eq!(holder(BY_NAME, &Product { name, ..Product::new(0) }), expected, "name {name}");
        }
        for (shelf, place) in [(1, 0), (1, 1), (2, 2), (3, 1)] {
            let wanted = Product { shelf: Some(shelf), place: Some(place), ..Product::new(0) };
            let expected = find(&|product| (product.shelf, product.place) == (wanted.shelf, wanted.place));
            assert_eq!(holder(BY_PLACE, &wanted), expected, "place {shelf} {place}");
        }
    }
}

/// What a view's records say.
fn shown(view: &View<'_>) -> Moment {
    let catalog = view.state().catalog();
    let mut moment = Moment::default();
    for record in view.records() {
        let id = id_of(&record.key);
        if record.model == catalog.models[SHELF].id {
            moment.shelves.insert(id, record.row.revision);
            continue;
        }
        let values = catalog.models[PRODUCT].decode_row(&record.row.bytes).expect("is a row");
        moment.products.insert(id, (record.row.revision, product_of(&values)));
    }
    moment
}

fn product_of(values: &[Value]) -> Product {
    let int = |place: usize| match &values[place] {
        Value::Int(number) => Some(i64::try_from(*number).expect("is small")),
        _ => None,
    };
    let text = |place: usize, among: &[&'static str]| match &values[place] {
        Value::Text(text) => among.iter().copied().find(|known| known == text),
        _ => None,
    };
    let skus: Vec<&'static str> = SKUS.iter().copied().flatten().collect();
    Product {
        id: int(0).expect("a key"),
        sku: text(1, &skus),
        shelf: int(2),
        place: int(3),
        name: text(4, NAMES).expect("is named"),
        on_sale: values[5] == Value::Bool(true),
    }
}

/// The entries of a script, those that are refused among them.
pub(crate) fn entries_of(script: &[Event]) -> Vec<Entry> {
    let state = State::new(catalog());
    let mut pair = Pair::new(&state);
    for event in script {
        if let Event::Entry(steps, luck) = event {
            pair.take(steps, *luck);
        }
    }
    pair.entries
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn every_kept_moment_is_shown_as_it_was(script in any_script()) {
        let state = State::new(catalog());
        let mut pair = Pair::new(&state);
        let mut views = Vec::new();
        for event in &script {
            match event {
                Event::Entry(steps, luck) => pair.take(steps, *luck),
                Event::Forget(behind, budget) => {
                    let at = state.published().get().saturating_sub(*behind);
                    state.advance_horizon(Position::new(at), *budget);
                }
                Event::Keep(behind) => views.extend(pair.kept(*behind)),
            }
        }
        views.iter().for_each(|view| pair.check(view));
        (0..).map_while(|behind| pair.kept(behind)).for_each(|view| pair.check(&view));
        prop_assert_eq!(state.view(None).expect("is kept").digest(), state.digest());
    }

    #[test]
    fn what_is_forgotten_is_freed(script in any_script()) {
        let state = State::new(catalog());
        for entry in entries_of(&script) {
            apply(&state, &entry);
        }
        prop_assert_eq!(state.advance_horizon(state.published(), usize::MAX), 0);
        let copy = State::new(catalog());
        let now = state.view(None).expect("is kept");
        let changes = now.records().map(|record| Change::Put {
            model: record.model,
            key: record.key.clone(),
            revision: record.row.revision,
            row: record.row.bytes.to_vec(),
        });
        apply(&copy, &entry(vec![], changes.collect()));
        prop_assert_eq!(state.sizes(), copy.sizes(), "no more is kept than a state that never knew anything else");
    }
}
