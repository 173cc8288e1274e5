//! Programs that are wrong in one place, to test the tests: what `model_tests!` asks of the models as they are declared is asked of a
//! server whose models are declared otherwise. Somebody has to notice.

mod access;
mod embedded;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use lithair_model::{
    AfterSchema, AfterWhat, Aggregation, Arithmetic, Auto, BeforeSchema, CommandSchema, ComputedFrom, ComputedSchema,
    Exposure, Expr, FieldSchema, FoldSchema, Format, Kind, LifecycleSchema, Literal, ModelSchema, Mutability,
    Normalizer, OnDelete, OperationKind, ProjectionSchema, RateLimitSchema, RelatedSchema, RelationSchema, Rule,
    RuleSchema, SecuritySchema, SoftDeleteSchema, StatesSchema, TransitionSchema, UniqueSchema,
};

use super::suite::opened::copy as copy_command;
use super::suite::{Concern, find};
use super::{Random, TestServer};
use crate::DeclarativeServer;

/// A program in which one thing is not as its author declared it.
pub struct Mutant {
    /// What was changed, in words: `Article.title: len(1..=200) -> len(1..=201)`.
    pub what: String,
    /// Who is expected to notice first.
    concern: Concern,
    /// The model that was changed.
    model: &'static ModelSchema,
    /// The models of the changed program.
    schemas: Vec<&'static ModelSchema>,
}

/// What became of mutants.
#[derive(Clone, Debug, Default)]
pub struct Survey {
    /// Those that a test noticed.
    pub killed: usize,
    /// Those that no test noticed.
    pub survivors: Vec<String>,
    /// Those that do not start: no program at all.
    pub stillborn: usize,
}

impl Survey {
    /// Mutants that ran.
    pub const fn total(&self) -> usize {
        self.killed + self.survivors.len()
    }

    /// Adds what another survey found.
    pub fn add(&mut self, other: Self) {
        self.killed += other.killed;
        self.survivors.extend(other.survivors);
        self.stillborn += other.stillborn;
    }
}

/// All mutants of the models of a program: a rule less, a bound one further, another `on_delete`, a guard less, and so on.
pub fn mutants(program: &DeclarativeServer) -> Vec<Mutant> {
    let truth = program.schemas();
    let of = |schema: &'static ModelSchema| {
        let replaced = move |changed: Changed| Mutant {
            what: format!("{}{}", schema.name, changed.what),
            concern: changed.concern,
            model: schema,
            schemas: truth
                .iter()
                .map(|other| if other.table == schema.table { changed.schema } else { *other })
                .collect(),
        };
        of_model(schema).into_iter().map(replaced).collect::<Vec<_>>()
    };
    truth.iter().flat_map(|schema| of(schema)).collect()
}

/// Asks mutants of a program what the program should be: a few, always the same, or those that `MODEL_TESTS_MUTANTS` says: a number of them,
/// `all`, which takes minutes, `access`, which is all of permissions, or those in whose words a text is, such as `Article.title:`. For a test
/// of your tests.
///
/// # Panics
/// If fewer than 95 of 100 are noticed; with those that are not.
pub fn run(program: &DeclarativeServer) {
    let asked = std::env::var("MODEL_TESTS_MUTANTS").ok();
    let mutants = match asked.as_deref() {
        None => sample(program, 8, 1),
        Some("all") => mutants(program),
        Some("access") => mutants(program).into_iter().filter(|mutant| mutant.concern == Concern::Access).collect(),
        Some(text) => match text.parse() {
            Ok(count) => sample(program, count, 1),
            Err(_) => mutants(program).into_iter().filter(|mutant| mutant.what.contains(text)).collect(),
        },
    };
    let survey = survey(program, &mutants);
    let summary = format!("noticed {} of {} mutants; {} do not start", survey.killed, survey.total(), survey.stillborn);
    assert!(survey.killed > 0 && survey.killed * 100 >= survey.total() * 95, "{summary}: {:#?}", survey.survivors);
    eprintln!("{summary}");
}

/// A few mutants of a program, the same for the same seed.
pub fn sample(program: &DeclarativeServer, count: usize, seed: u64) -> Vec<Mutant> {
    let (mut all, mut random) = (mutants(program), Random::new(seed));
    while all.len() > count {
        let place = usize::try_from(random.below(all.len() as u64)).unwrap_or_default();
        all.swap_remove(place);
    }
    all
}

/// Asks each mutant what its program should be, without the tests that compare the schema itself.
pub fn survey(program: &DeclarativeServer, mutants: &[Mutant]) -> Survey {
    // Most of the time is waiting for the disk.
    const THREADS: usize = 4;
    let one = |mutant: &Mutant| match is_killed(program, mutant) {
        None => Survey { stillborn: 1, ..Survey::default() },
        Some(true) => Survey { killed: 1, ..Survey::default() },
        Some(false) => {
            eprintln!("not noticed: {}", mutant.what);
            Survey { survivors: vec![mutant.what.clone()], ..Survey::default() }
        }
    };
    let next = AtomicUsize::new(0);
    let work = || {
        let mut found = Survey::default();
        while let Some(mutant) = mutants.get(next.fetch_add(1, Ordering::Relaxed)) {
            found.add(one(mutant));
        }
        found
    };
    let mut survey = Survey::default();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..THREADS).map(|_| scope.spawn(work)).collect();
        workers.into_iter().for_each(|worker| survey.add(worker.join().expect("what tests panic with is caught")));
    });
    survey
}

/// A model with other rules about who may, in one place each. Made once for each model, for they live for ever.
pub(super) fn of_access(schema: &'static ModelSchema) -> &'static [&'static ModelSchema] {
    static MADE: Mutex<Vec<(&ModelSchema, &[&ModelSchema])>> = Mutex::new(Vec::new());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, others)) = made.iter().find(|(of, _)| std::ptr::eq(*of, schema)) {
        return others;
    }
    let others: Vec<_> = access::of_access(schema).into_iter().map(|changed| changed.schema).collect();
    let others: &[_] = others.leak();
    made.push((schema, others));
    others
}

/// None if it does not start.
fn is_killed(program: &DeclarativeServer, mutant: &Mutant) -> Option<bool> {
    let changed = program.clone().with_schemas(mutant.schemas.clone());
    TestServer::try_start(changed.clone()).ok()?;
    // What the other tests ask, they ask of models that are open to everybody.
    let is_access = mutant.concern == Concern::Access;
    let others = Concern::ALL
        .into_iter()
        .filter(|concern| !is_access && *concern != mutant.concern && *concern != Concern::Documents);
    let is_noticed = |concern| {
        // A server that cannot go on is noticed, too.
        let asked = AssertUnwindSafe(|| find(&changed, program.schemas(), &[mutant.model], concern, 1));
        !matches!(catch_unwind(asked), Ok(Ok(())))
    };
    Some(is_noticed(mutant.concern) || others.into_iter().any(is_noticed))
}

/// A model that is declared otherwise.
struct Changed {
    what: String,
    concern: Concern,
    schema: &'static ModelSchema,
}

/// Schemas live for ever, as those of a program do; those of mutants are few.
fn leak<T>(value: T) -> &'static T {
    Box::leak(Box::new(value))
}

fn changed(what: String, concern: Concern, schema: ModelSchema) -> Changed {
    Changed { what, concern, schema: leak(schema) }
}

fn of_model(schema: &'static ModelSchema) -> Vec<Changed> {
    if let Some(projection) = schema.projection {
        let mut all = of_projection(schema, projection);
        all.extend(access::of_access(schema));
        return all;
    }
    let mut all = of_relations(schema);
    all.extend(access::of_access(schema));
    all.extend(of_behaviour(schema));
    all.extend(of_security(schema));
    // What callers do not write is held to rules, too, but only the application's code could tell.
    let is_written = |operation| schema.operations.contains(&operation);
    if !is_written(OperationKind::Create) || !is_written(OperationKind::Update) {
        return all;
    }
    let by_command: Vec<&str> = schema.commands.iter().map(|command| command.name).collect();
    for (place, field) in schema.fields.iter().enumerate().filter(|(_, field)| !is_of_commands(schema, field)) {
        all.extend(of_field(field, schema.key.contains(&place), &by_command).into_iter().map(
            |(what, concern, field)| {
                let what = format!(".{}: {what}", field.name);
                changed(what, concern, ModelSchema { fields: with(schema.fields, place, field), ..*schema })
            },
        ));
    }
    all.extend(of_uniques(schema));
    for (place, check) in schema.checks.iter().enumerate() {
        let checks = without(schema.checks, place);
        all.push(changed(
            format!(": no check \"{}\"", check.message),
            Concern::Checks,
            ModelSchema { checks, ..*schema },
        ));
    }
    all.extend(of_lifecycle(schema));
    all
}

/// A hook less, before a change or after one; a command less.
fn of_behaviour(schema: &'static ModelSchema) -> Vec<Changed> {
    let mut all = Vec::new();
    for (place, hook) in schema.hooks_after.iter().enumerate() {
        let fewer = schema.hooks_after.iter().enumerate().filter(|(other, _)| *other != place);
        let fewer: Vec<AfterSchema> = fewer.map(|(_, hook)| copy(hook)).collect();
        let lost = ModelSchema { hooks_after: fewer.leak(), ..*schema };
        all.push(changed(format!(": no hook {}", hook.name), Concern::Hooks, lost));
    }
    for (place, hook) in schema.hooks_before.iter().enumerate() {
        let fewer = schema.hooks_before.iter().enumerate().filter(|(other, _)| *other != place);
        let fewer: Vec<BeforeSchema> = fewer
            .map(|(_, hook)| BeforeSchema { name: hook.name, create: hook.create, update: hook.update, run: hook.run })
            .collect();
        let lost = ModelSchema { hooks_before: fewer.leak(), ..*schema };
        all.push(changed(format!(": no hook {}", hook.name), Concern::Hooks, lost));
    }
    // Without the command that is a transition's way, the transition is a command by itself: much the same, to a test that knows neither.
    let ways = schema.fields.iter().filter_map(|field| field.states).flat_map(|states| states.transitions);
    let ways: Vec<&str> = ways.map(|way| way.name).collect();
    let commands = schema.commands.iter().enumerate().filter(|(_, command)| !ways.contains(&command.name));
    for (place, command) in commands {
        let fewer = schema.commands.iter().enumerate().filter(|(other, _)| *other != place);
        let fewer: Vec<CommandSchema> = fewer.map(|(_, command)| copy_command(command)).collect();
        let lost = ModelSchema { commands: fewer.leak(), ..*schema };
        all.push(changed(format!(": no command {}", command.name), Concern::Commands, lost));
    }
    all
}

/// One network or limit less, and a burst of one more.
fn of_security(schema: &'static ModelSchema) -> Vec<Changed> {
    let SecuritySchema { allow, deny, rate_limits } = schema.security;
    let other =
        |what: String, security: SecuritySchema| changed(what, Concern::Abuse, ModelSchema { security, ..*schema });
    let mut all = Vec::new();
    for (place, network) in deny.iter().enumerate() {
        let security = SecuritySchema { deny: without(deny, place), ..schema.security };
        all.push(other(format!(": no deny(\"{network}\")"), security));
    }
    for (place, network) in allow.iter().enumerate() {
        let security = SecuritySchema { allow: without(allow, place), ..schema.security };
        all.push(other(format!(": no allow(\"{network}\")"), security));
    }
    for (place, limit) in rate_limits.iter().enumerate().filter(|(_, limit)| limit.rate.interval_micros() > 1_000_000) {
        let of = |rate_limits: &'static [RateLimitSchema]| SecuritySchema { rate_limits, ..schema.security };
        all.push(other(format!(": no rate_limit(.., \"{}\")", limit.rate), of(without(rate_limits, place))));
        let more = RateLimitSchema { burst: limit.burst + 2, ..*limit };
        all.push(other(format!(": burst {} -> {}", limit.burst, more.burst), of(with(rate_limits, place, more))));
    }
    all
}

fn copy(hook: &AfterSchema) -> AfterSchema {
    AfterSchema { name: hook.name, on: hook.on, run: hook.run }
}

/// A fold less, where what it waits for comes up in a test: what happens to records.
fn of_projection(schema: &'static ModelSchema, projection: &'static ProjectionSchema) -> Vec<Changed> {
    let is_of_records = |fold: &FoldSchema| fold.on.iter().all(|what| !matches!(what, AfterWhat::Event(_)));
    let lost = |place: usize| {
        let fewer = projection.folds.iter().enumerate().filter(|(other, _)| *other != place);
        let fewer: Vec<FoldSchema> =
            fewer.map(|(_, FoldSchema { name, of, on, run })| FoldSchema { name, of: *of, on, run: *run }).collect();
        let projection = ProjectionSchema { version: projection.version, folds: fewer.leak() };
        ModelSchema { projection: Some(leak(projection)), ..*schema }
    };
    let folds = projection.folds.iter().enumerate().filter(|(_, fold)| is_of_records(fold));
    folds.map(|(place, fold)| changed(format!(": no fold {}", fold.name), Concern::Projections, lost(place))).collect()
}

/// Whether a field is computed from records that commands alone make: no test knows how to have any.
fn is_of_commands(schema: &ModelSchema, field: &FieldSchema) -> bool {
    let Some(ComputedFrom::Related(related)) = field.computed.map(|computed| computed.from) else { return false };
    let link = schema.links.iter().find(|link| link.name == related.link);
    link.is_some_and(|link| !(link.target)().operations.contains(&OperationKind::Create))
}

fn with<T: Copy>(items: &[T], place: usize, item: T) -> &'static [T] {
    let mut items = items.to_vec();
    items[place] = item;
    items.leak()
}

fn without<T: Copy>(items: &[T], place: usize) -> &'static [T] {
    let mut items = items.to_vec();
    items.remove(place);
    items.leak()
}

type ChangedField = (String, Concern, FieldSchema);

fn of_field(field: &FieldSchema, is_key: bool, by_command: &[&str]) -> Vec<ChangedField> {
    let mut all: Vec<ChangedField> = Vec::new();
    for (place, rule) in field.rules.iter().enumerate() {
        let fewer = without(field.rules, place);
        all.push((format!("no {:?}", rule.rule), Concern::Rules, FieldSchema { rules: fewer, ..*field }));
        for other in shifted(&rule.rule) {
            let rules = with(field.rules, place, RuleSchema { rule: other, ..*rule });
            all.push((format!("{:?} -> {other:?}", rule.rule), Concern::Rules, FieldSchema { rules, ..*field }));
        }
    }
    for (place, normalizer) in field.normalizers.iter().enumerate() {
        let normalizers = without(field.normalizers, place);
        all.push((format!("no {normalizer:?}"), Concern::Defaults, FieldSchema { normalizers, ..*field }));
    }
    if field.default.is_some() {
        all.push(("no default".to_owned(), Concern::Defaults, FieldSchema { default: None, ..*field }));
    }
    if field.on_update.is_some() {
        all.push(("no on_update".to_owned(), Concern::Defaults, FieldSchema { on_update: None, ..*field }));
    }
    // What callers do not set, no test can set to as many digits.
    let is_set = matches!(field.exposure, Exposure::Open | Exposure::WriteOnly) && field.computed.is_none();
    if let Some(decimal) = field.decimal.filter(|_| is_set) {
        let decimal = Some(lithair_model::DecimalSchema { scale: decimal.scale - 1, ..decimal });
        all.push(("a digit less behind the point".to_owned(), Concern::Rules, FieldSchema { decimal, ..*field }));
    }
    if field.auto.is_some() && !is_key {
        all.push(("not filled".to_owned(), Concern::Mutability, FieldSchema { auto: None, ..*field }));
    }
    all.extend(embedded::of_embedded(field));
    all.extend(of_computed(field));
    all.extend(of_exposure(field, is_key));
    all.extend(
        field
            .states
            .into_iter()
            .flat_map(|states| of_states(states, by_command))
            .map(|(what, states)| (what, Concern::States, FieldSchema { states: Some(leak(states)), ..*field })),
    );
    if field.states.is_some() {
        all.push(("no states".to_owned(), Concern::States, FieldSchema { states: None, ..*field }));
    }
    all
}

/// Computed from something else: a filter less, nothing counted, twice of each, one more.
fn of_computed(field: &FieldSchema) -> Vec<ChangedField> {
    let Some(computed) = field.computed else { return Vec::new() };
    let others: Vec<(&str, ComputedFrom)> = match computed.from {
        ComputedFrom::Expr(expr) => {
            let one_more = |one| Expr::Reckon(leak(expr), Arithmetic::Add, leak(Expr::Literal(one)));
            let other = match field.kind {
                Kind::Int { .. } | Kind::Decimal | Kind::Float { .. } => one_more(Literal::Int(1)),
                Kind::Text => one_more(Literal::Text("x")),
                Kind::Bool => Expr::Not(leak(expr)),
                _ => return Vec::new(),
            };
            vec![("another value", ComputedFrom::Expr(other))]
        }
        ComputedFrom::Related(related) => {
            let all = related.condition.map(|_| RelatedSchema { condition: None, ..related });
            let none = RelatedSchema { condition: Some(Expr::Any(&[])), ..related };
            let is_number = matches!(field.kind, Kind::Int { .. } | Kind::Decimal | Kind::Float { .. });
            let twice =
                |value: Expr| Expr::Reckon(leak(value), Arithmetic::Multiply, leak(Expr::Literal(Literal::Int(2))));
            let twice =
                related.value.filter(|_| is_number).map(|value| RelatedSchema { value: Some(twice(value)), ..related });
            let is_count = matches!((related.function, field.kind), (Aggregation::Sum, Kind::Int { .. }));
            let count = is_count.then_some(RelatedSchema { function: Aggregation::Count, value: None, ..related });
            let swapped = match related.function {
                Aggregation::Min => Some(Aggregation::Max),
                Aggregation::Max => Some(Aggregation::Min),
                _ => None,
            };
            let swapped = swapped.map(|function| RelatedSchema { function, ..related });
            let named = [
                ("no filter", all),
                ("of none", Some(none)),
                ("twice of each", twice),
                ("a count", count),
                ("the other end", swapped),
            ];
            named.into_iter().filter_map(|(what, other)| Some((what, ComputedFrom::Related(other?)))).collect()
        }
    };
    let changed = |(what, from): (&str, ComputedFrom)| {
        let computed = Some(ComputedSchema { from, ..computed });
        (format!("computed: {what}"), Concern::Computed, FieldSchema { computed, ..*field })
    };
    others.into_iter().map(changed).collect()
}

/// The same rule with a bound one further in each direction.
fn shifted(rule: &Rule) -> Vec<Rule> {
    let moved = |literal: &Literal, by: i128| match literal {
        Literal::Int(number) => Some(Literal::Int(number + by)),
        _ => None,
    };
    match rule {
        Rule::Len { min, max } => {
            let looser = (*max < 10_000).then(|| Rule::Len { min: *min, max: max + 1 });
            let tighter = (*max < 10_000).then(|| Rule::Len { min: *min, max: max - 1 });
            let below = (*min > 0).then(|| Rule::Len { min: min - 1, max: *max });
            [looser, tighter, below].into_iter().flatten().collect()
        }
        Rule::Range { min, max } => {
            let low =
                |by| min.as_ref().and_then(|min| moved(min, by)).map(|low| Rule::Range { min: Some(low), max: *max });
            let high =
                |by| max.as_ref().and_then(|max| moved(max, by)).map(|high| Rule::Range { min: *min, max: Some(high) });
            [low(-1), low(1), high(-1), high(1)].into_iter().flatten().collect()
        }
        Rule::Greater(bound) => {
            let including = Rule::Range { min: Some(*bound), max: None };
            moved(bound, 1).map(Rule::Greater).into_iter().chain([including]).collect()
        }
        Rule::Less(bound) => {
            let including = Rule::Range { min: None, max: Some(*bound) };
            moved(bound, -1).map(Rule::Less).into_iter().chain([including]).collect()
        }
        Rule::OneOf(literals) if literals.len() > 1 => vec![Rule::OneOf(&literals[1..])],
        _ => Vec::new(),
    }
}

fn of_exposure(field: &FieldSchema, is_key: bool) -> Vec<ChangedField> {
    let mut all = Vec::new();
    let is_plain = field.auto.is_none() && field.states.is_none() && field.computed.is_none();
    if field.exposure != Exposure::Open {
        all.push((
            format!("{:?} -> Open", field.exposure),
            Concern::Visibility,
            FieldSchema { exposure: Exposure::Open, ..*field },
        ));
    }
    if field.exposure == Exposure::Open && is_plain && !is_key {
        all.push((
            "Open -> WriteOnly".to_owned(),
            Concern::Visibility,
            FieldSchema { exposure: Exposure::WriteOnly, ..*field },
        ));
    }
    if field.mutability != Mutability::Free {
        let free = FieldSchema { mutability: Mutability::Free, ..*field };
        all.push((format!("{:?} -> Free", field.mutability), Concern::Mutability, free));
    } else if is_plain && !is_key && field.exposure == Exposure::Open {
        let fixed = FieldSchema { mutability: Mutability::Immutable, ..*field };
        all.push(("Free -> Immutable".to_owned(), Concern::Mutability, fixed));
    }
    let is_callers = matches!(field.exposure, Exposure::Open | Exposure::WriteOnly);
    if !field.optional && is_callers && is_plain && !is_key && !matches!(field.kind, Kind::Json) {
        all.push(("nullable".to_owned(), Concern::Rules, FieldSchema { optional: true, ..*field }));
    }
    all
}

fn of_states(states: &'static StatesSchema, by_command: &[&str]) -> Vec<(String, StatesSchema)> {
    let mut all = Vec::new();
    // What commands of the application do, only they could tell.
    let open = states.transitions.iter().enumerate().filter(|(_, way)| !by_command.contains(&way.name));
    for (place, way) in open {
        let fewer = StatesSchema { transitions: without(states.transitions, place), ..*states };
        all.push((format!("no way {}", way.name), fewer));
        if way.guard.is_some() {
            let open = TransitionSchema { guard: None, ..*way };
            let transitions = with(states.transitions, place, open);
            all.push((format!("no guard of {}", way.name), StatesSchema { transitions, ..*states }));
        }
        let known = [states.initial].into_iter().chain(states.transitions.iter().map(|way| way.to));
        if let Some(other) = known.into_iter().find(|state| !way.from.contains(state) && *state != way.to) {
            let from = [way.from, &[other]].concat().leak();
            let transitions = with(states.transitions, place, TransitionSchema { from, ..*way });
            all.push((format!("{} also from {other}", way.name), StatesSchema { transitions, ..*states }));
        }
    }
    if let Some(way) = states.transitions.first() {
        all.push((format!("begins as {}", way.to), StatesSchema { initial: way.to, ..*states }));
    }
    all
}

fn of_uniques(schema: &'static ModelSchema) -> Vec<Changed> {
    let mut all = Vec::new();
    for (place, unique) in schema.uniques.iter().enumerate() {
        let names: Vec<_> = unique.fields.iter().map(|place| schema.fields[*place].name).collect();
        let names = names.join(", ");
        let mut push = |what: &str, uniques: &'static [UniqueSchema]| {
            all.push(changed(
                format!(": unique({names}) {what}"),
                Concern::Uniques,
                ModelSchema { uniques, ..*schema },
            ));
        };
        push("is gone", without(schema.uniques, place));
        // In what has one case only, case makes no difference.
        let has_cases = |field: &FieldSchema| {
            let is_slug = |rule: &RuleSchema| matches!(rule.rule, Rule::Format(Format::Slug));
            let is_one = field.normalizers.contains(&Normalizer::Lower) || field.rules.iter().any(is_slug);
            matches!(field.kind, Kind::Text) && !is_one
        };
        let has_text = unique.fields.iter().any(|place| has_cases(&schema.fields[*place]));
        if has_text {
            let other = UniqueSchema { ignore_case: !unique.ignore_case, ..*unique };
            push("by the other case", with(schema.uniques, place, other));
        }
        if unique.condition.is_some() {
            push("without its condition", with(schema.uniques, place, UniqueSchema { condition: None, ..*unique }));
        }
        if unique.fields.len() > 1 {
            let narrower = UniqueSchema { fields: &unique.fields[1..], ..*unique };
            push("without its first field", with(schema.uniques, place, narrower));
        }
    }
    all
}

fn of_relations(schema: &'static ModelSchema) -> Vec<Changed> {
    const MODES: [OnDelete; 5] =
        [OnDelete::Restrict, OnDelete::Cascade, OnDelete::SetNull, OnDelete::SetDefault, OnDelete::Soft];
    let mut all = Vec::new();
    for (place, relation) in schema.relations.iter().enumerate() {
        let is_other = |mode: &OnDelete| *mode != relation.on_delete && !is_same(schema, relation, *mode);
        for on_delete in MODES.into_iter().filter(is_other) {
            let relations = with(schema.relations, place, RelationSchema { on_delete, ..*relation });
            let what = format!(".{}: {:?} -> {on_delete:?}", relation.name, relation.on_delete);
            all.push(changed(what, Concern::Deletes, ModelSchema { relations, ..*schema }));
        }
        let what = format!(".{}: refers to nothing", relation.name);
        let relations = without(schema.relations, place);
        all.push(changed(what, Concern::Deletes, ModelSchema { relations, ..*schema }));
    }
    all
}

/// Whether another `on_delete` means the same: what goes softly with its target anyhow is deleted with it by both of these.
fn is_same(schema: &ModelSchema, relation: &RelationSchema, other: OnDelete) -> bool {
    let target = (relation.target)().lifecycle.soft_delete;
    let is_soft = schema.lifecycle.soft_delete.is_some();
    let goes_anyhow = |target: SoftDeleteSchema| is_soft || target.cascade.contains(&schema.table);
    target.is_some_and(goes_anyhow)
        && matches!(
            (relation.on_delete, other),
            (OnDelete::Cascade, OnDelete::Soft) | (OnDelete::Soft, OnDelete::Cascade)
        )
}

fn of_lifecycle(schema: &'static ModelSchema) -> Vec<Changed> {
    let lifecycle = schema.lifecycle;
    let mut all = Vec::new();
    let mut push = |what: &str, concern, lifecycle| {
        all.push(changed(format!(": {what}"), concern, ModelSchema { lifecycle, ..*schema }));
    };
    let other = LifecycleSchema { optimistic_lock: !lifecycle.optimistic_lock, ..lifecycle };
    push("the other optimistic_lock", Concern::Locks, other);
    if lifecycle.immutable_when.is_some() {
        push("no immutable_when", Concern::Locks, LifecycleSchema { immutable_when: None, ..lifecycle });
    }
    if lifecycle.soft_delete.is_some() {
        let is_mark = |field: &FieldSchema| field.auto == Some(Auto::Deleted);
        let fields =
            schema.fields.iter().map(|field| FieldSchema { auto: field.auto.filter(|_| !is_mark(field)), ..*field });
        let fields = fields.collect::<Vec<_>>().leak();
        let lifecycle = LifecycleSchema { soft_delete: None, ..lifecycle };
        all.push(changed(": no soft_delete".to_owned(), Concern::Trash, ModelSchema { lifecycle, fields, ..*schema }));
    }
    let mut push = |what: &str, concern, lifecycle| {
        all.push(changed(format!(": {what}"), concern, ModelSchema { lifecycle, ..*schema }));
    };
    let kept = if lifecycle.history.is_whole() {
        lifecycle.history.snapshot_only()
    } else {
        lithair_model::HistorySchema::WHOLE
    };
    push("another history", Concern::History, LifecycleSchema { history: kept, ..lifecycle });
    all
}
