//! Records that differ in whatever rules ask about, each field with a value of its own where that can be: each part of a rule should decide
//! something about one of them.

use std::collections::BTreeSet;
use std::sync::Arc;

use lithair_model::{
    Action, Backend as _, Command, Draft, EnumSchema, Expected, FieldAccess, FieldSchema, Key, Kind, Operation, Policy,
    Principal, Right, Supplied, System, Target, Value, text_value,
};

use super::callers::{Named, policies, subjects};
use super::telling::Telling;
use super::writing::LASTING;
use super::{Past, Scene, rows};
use crate::Engine;
use crate::block_on::block_on;
use crate::testing::factory::now;
use crate::testing::suite::Suite;

/// Records of each model, beside those in the trash.
pub(super) const ROWS: usize = 10;
/// Records in the trash of each model that has one.
const BURIED: usize = 3;
/// Records of which the most telling is taken.
const CANDIDATES: usize = 8;
/// As many where none of those tells anything new.
const CANDIDATES_MAX: usize = 40;
/// Records that are tried: some may break what only code knows.
const TRIES_MAX: usize = 20;
const TENANTS: [&str; 2] = ["1000000007", "1000000008"];
/// Tenants where they are named by identifiers.
const TENANT_IDS: [&str; 2] = ["0198a4b2-0000-7000-8000-0000000000a1", "0198a4b2-0000-7000-8000-0000000000a2"];

/// Fills the server, which is empty.
pub(super) fn populate(suite: &mut Suite) -> Result<Scene, String> {
    let schemas: Vec<_> = (0..suite.factory.catalog().models.len()).map(|model| suite.schema(model)).collect();
    let bindings = suite.guarded.bindings().clone();
    let named = Named::by(&schemas, &bindings);
    let has_ids =
        schemas.iter().any(|schema| schema.tenant.is_some_and(|place| matches!(schema.fields[place].kind, Kind::Uuid)));
    let tenants = if has_ids { TENANT_IDS } else { TENANTS }.map(str::to_owned).to_vec();
    let subjects = subjects(&schemas, &bindings);
    let empty = || schemas.iter().map(|_| Vec::new()).collect();
    let count = schemas.len();
    let scene = Scene {
        rows: empty(),
        revisions: vec![Vec::new(); count],
        past: Vec::new(),
        callers: Vec::new(),
        named: Named::default(),
        decisions: 0,
        bindings,
        schemas,
    };
    let telling = Telling::new(&scene.schemas);
    let mut filling = Filling {
        suite,
        scene,
        named,
        subjects,
        tenants,
        filled: vec![false; count],
        mortal: vec![Vec::new(); count],
        telling,
        pairs: BTreeSet::new(),
    };
    for model in 0..count {
        filling.fill(model)?;
    }
    for model in 0..count {
        filling.change(model)?;
    }
    for model in 0..count {
        filling.bury(model);
    }
    let Filling { suite, mut scene, named, subjects, tenants, .. } = filling;
    scene.reload(suite.server.engine())?;
    scene.callers = named.callers(&scene, &subjects, &tenants);
    scene.named = named;
    Ok(scene)
}

struct Filling<'s> {
    suite: &'s mut Suite,
    scene: Scene,
    named: Named,
    subjects: Vec<String>,
    tenants: Vec<String>,
    filled: Vec<bool>,
    /// The keys of the records that are made for the trash, by model.
    mortal: Vec<Vec<Key>>,
    telling: Telling,
    /// Pairs of values that some record has.
    pairs: BTreeSet<String>,
}

/// A record that could be, and what it would be the first to show.
struct Candidate {
    told: BTreeSet<usize>,
    pairs: BTreeSet<String>,
    values: Vec<Value>,
}

impl Candidate {
    fn worth(&self) -> (usize, usize) {
        (self.told.len(), self.pairs.len())
    }
}

impl Filling<'_> {
    /// Makes the records of a model, after those that they refer to.
    fn fill(&mut self, model: usize) -> Result<(), String> {
        if std::mem::replace(&mut self.filled[model], true) || self.scene.schemas[model].projection.is_some() {
            return Ok(());
        }
        for target in self.suite.model(model).targets.clone() {
            self.fill(target)?;
        }
        let commands = self.suite.model(model).actions().filter(|name| *name != "purge").map(Right::Command);
        let rights = [Right::Read, Right::Update, Right::Delete, Right::History, Right::Export];
        self.make(model, ROWS, &rights.into_iter().chain(commands).collect::<Vec<_>>())?;
        let keys = |filling: &Self| {
            let entry = filling.suite.model(model);
            filling.scene.rows[model].iter().map(|row| entry.key_of(row)).collect::<Vec<_>>()
        };
        let immortal = keys(self);
        self.make(model, self.buried(model), &["restore", "purge"].map(Right::Command))?;
        self.mortal[model] = keys(self).into_iter().filter(|key| !immortal.contains(key)).collect();
        if self.scene.rows[model].is_empty() {
            return Err(format!("{TRIES_MAX} records were tried, and none is taken"));
        }
        Ok(())
    }

    /// Makes so many records that differ in who has these rights to them.
    fn make(&mut self, model: usize, count: usize, rights: &[Right]) -> Result<(), String> {
        let engine = Arc::clone(self.suite.server.engine());
        let mut made = 0;
        let known = self.scene.rows[model].len();
        for number in known..known + TRIES_MAX {
            if made == count {
                break;
            }
            let Some(Candidate { told, pairs, values }) = self.most_telling(model, number, rights)? else { continue };
            // What cannot be is left out: code of the application may refuse.
            if put(&engine, &self.scene, model, &values).is_ok() {
                self.telling.note(told);
                self.pairs.extend(pairs);
                made += 1;
                let (found, revisions) = rows(&engine, self.scene.schemas[model])?;
                (self.scene.rows[model], self.scene.revisions[model]) = (found, revisions);
            }
        }
        Ok(())
    }

    /// Of several records that could be, the one that is the first to show most of what rules say; then the one with most pairs of values
    /// that no record has yet, for rules ask about several fields at once.
    fn most_telling(&mut self, model: usize, number: usize, rights: &[Right]) -> Result<Option<Candidate>, String> {
        let callers = self.named.callers(&self.scene, &self.subjects, &self.tenants);
        let mut best: Option<Candidate> = None;
        for tried in 0..CANDIDATES_MAX {
            if tried >= CANDIDATES && best.as_ref().is_some_and(|best| !best.told.is_empty()) {
                break;
            }
            let Some(values) = self.values(model, number)? else { return Ok(None) };
            let told = match self.refers_to_lasting(model, &values) {
                true => self.telling.by(self.scene.world(), rights, &callers, (model, &values)),
                false => BTreeSet::new(),
            };
            let pairs = self.pairs(model, &values).difference(&self.pairs).cloned().collect();
            let candidate = Candidate { told, pairs, values };
            if best.as_ref().is_none_or(|best| candidate.worth() > best.worth()) {
                best = Some(candidate);
            }
        }
        Ok(best)
    }

    /// Whether what a record would refer to stays as it is: neither made for the trash nor for changes of its state.
    fn refers_to_lasting(&self, model: usize, values: &[Value]) -> bool {
        let relations = self.scene.schemas[model].relations.iter();
        relations.zip(&self.suite.model(model).targets).all(|(relation, &target)| {
            let schema = self.scene.schemas[target];
            let referred = || relation.fields.iter().map(|place| &values[*place]);
            let is_it = |row: &Vec<Value>| schema.key.iter().map(|place| &row[*place]).eq(referred());
            let Some(place) = self.scene.rows[target].iter().position(is_it) else { return true };
            let key = self.suite.model(target).key_of(&self.scene.rows[target][place]);
            let has_states = schema.fields.iter().any(|field| field.states.is_some());
            let changes = self.mortal[target].contains(&key) || has_states && place >= LASTING;
            !changes
        })
    }

    /// The values that rules ask about, two by two.
    fn pairs(&self, model: usize, values: &[Value]) -> BTreeSet<String> {
        let schema = self.scene.schemas[model];
        let is_asked = |place: &usize| {
            let field = &schema.fields[*place];
            let is_reference = schema.relations.iter().any(|relation| relation.fields.contains(place));
            let is_whose = field.access.owner || schema.tenant == Some(*place) || is_reference;
            is_whose || field.states.is_some() || self.named.fields.contains(&(model, field.name.to_owned()))
        };
        let asked: Vec<usize> = (0..values.len()).filter(is_asked).collect();
        let pair =
            |one: &usize, other: &usize| format!("{model} {one} {:?} {other} {:?}", values[*one], values[*other]);
        asked
            .iter()
            .enumerate()
            .flat_map(|(place, one)| asked[..place].iter().map(move |other| pair(one, other)))
            .collect()
    }

    /// Values of the record of this number; none where it would refer to what is not there.
    fn values(&mut self, model: usize, number: usize) -> Result<Option<Vec<Value>>, String> {
        let schema = self.scene.schemas[model];
        let mut given = Vec::new();
        for (relation, target) in schema.relations.iter().zip(self.suite.model(model).targets.clone()) {
            // The first records are those whose keys somebody has as a subject.
            let known = &self.scene.rows[target];
            let known =
                if self.suite.random.once_in(2) { &known[..known.len().min(self.subjects.len())] } else { known };
            let row = self.suite.random.pick(known).cloned();
            let optional = relation.fields.iter().copied().filter(|place| schema.fields[*place].optional);
            let mut nothing = optional.map(|place| (place, Value::Null)).peekable();
            let is_optional = nothing.peek().is_some();
            match row {
                Some(_) if is_optional && number % 4 == 3 => given.extend(nothing),
                Some(row) => {
                    let referred = self.scene.schemas[target];
                    let key = referred.key.iter().map(|place| row[*place].clone());
                    given.extend(relation.fields.iter().copied().zip(key));
                    // Who sees the one mostly sees the other: what is of two tenants nobody sees whole.
                    if let (Some(own), Some(of_other)) = (schema.tenant, referred.tenant)
                        && !self.suite.random.once_in(4)
                    {
                        given.push((own, row[of_other].clone()));
                    }
                }
                None if is_optional => given.extend(nothing),
                None => return Ok(None),
            }
        }
        for (place, field) in schema.fields.iter().enumerate() {
            if given.iter().any(|(other, _)| *other == place) {
                continue;
            }
            let luck = self.suite.random.bits();
            let value = self.chosen(model, place, field, number, usize::try_from(luck >> 32).unwrap_or(0));
            given.extend(value.map(|value| (place, value)));
        }
        let random = &mut self.suite.random;
        let values = self.suite.factory.values(model, &given, &|_, _| true, random);
        let mut values = values.map_err(|error| error.to_string())?;
        // What the factory leaves to the server is given here, too.
        for (place, value) in given {
            values[place] = value;
        }
        Ok(Some(values))
    }

    /// What a field has in the record of this number, of what its rules ask about, by luck; a canary where they do not ask.
    fn chosen(&self, model: usize, place: usize, field: &FieldSchema, number: usize, luck: usize) -> Option<Value> {
        let schema = self.scene.schemas[model];
        let who = |names: &[String], number: usize| text_value(&names[number % names.len()], &field.kind);
        if schema.tenant == Some(place) {
            return who(&self.tenants, usize::from(luck.is_multiple_of(4)));
        }
        let is_subject = self.names_subject(model, place);
        if field.access.owner || is_subject {
            return who(&self.subjects, luck);
        }
        if schema.key.contains(&place) && self.is_member(model) && number < self.subjects.len() {
            return who(&self.subjects, number);
        }
        // What is unique differs from record to record, whatever rules compare it with.
        let is_unique = schema.uniques.iter().any(|unique| unique.fields.contains(&place));
        let is_asked = !is_unique && self.named.fields.contains(&(model, field.name.to_owned()));
        match field.kind {
            Kind::Bool if is_asked => Some(Value::Bool(luck.is_multiple_of(3))),
            Kind::Enum(kinds) if !kinds.has_data() && (is_asked || field.states.is_some()) => {
                let rule = field.rules.is_empty();
                rule.then(|| variant(kinds, luck))
            }
            Kind::Text if is_asked && field.rules.is_empty() => {
                self.named.literal(field, luck).or_else(|| Some(Value::Text(format!("pool{}", luck % 2))))
            }
            Kind::Int { .. } if is_asked && field.rules.is_empty() => self.named.literal(field, luck),
            // What is asked may also be nothing.
            _ if is_asked && field.optional && luck % 3 == 1 => Some(Value::Null),
            Kind::Text if field.rules.is_empty() && !is_asked && field.auto.is_none() && field.computed.is_none() => {
                Some(Value::Text(format!("canary{model}x{number}x{place}")))
            }
            _ => None,
        }
    }

    /// Whether a rule compares the field with the subject, or the field refers to an owner's record.
    fn names_subject(&self, model: usize, place: usize) -> bool {
        let schema = self.scene.schemas[model];
        let name = schema.fields[place].name;
        policies(schema).into_iter().any(|policy| compares_subject(policy, name))
            || self.scene.bindings.policies().any(|policy| compares_subject(policy, name))
    }

    /// Whether somebody may be one of these records.
    fn is_member(&self, model: usize) -> bool {
        let table = self.scene.schemas[model].table;
        let owners = |schema: &&'static lithair_model::ModelSchema| {
            let own = |place: &usize| schema.fields[*place].access.owner;
            let named: Vec<&str> = policies(schema).into_iter().flat_map(members).collect();
            let relations = schema.relations.iter();
            let links = schema.links.iter().filter(|link| named.contains(&link.name)).map(|link| (link.target)());
            let targets =
                relations.filter(|relation| relation.fields.iter().any(own) || named.contains(&relation.name));
            targets.map(|relation| (relation.target)()).chain(links).any(|target| target.table == table)
        };
        self.scene.schemas.iter().any(owners)
    }

    /// How many records of a model are in the trash.
    fn buried(&self, model: usize) -> usize {
        if self.scene.schemas[model].lifecycle.soft_delete.is_some() { BURIED } else { 0 }
    }

    /// Deletes some records softly: those that are made for it, or others that no record keeps from it.
    fn bury(&mut self, model: usize) {
        let engine = Arc::clone(self.suite.server.engine());
        let mut buried = 0;
        let others = self.scene.rows[model].iter().skip(1).map(|row| self.suite.model(model).key_of(row));
        for key in self.mortal[model].iter().cloned().chain(others) {
            if buried == self.buried(model) {
                break;
            }
            let target = Target::Key(key);
            buried += usize::from(submit(&engine, &self.scene, model, Action::Delete(target)).is_ok());
        }
    }

    /// Changes what no rule asks about, so that there is a past with canaries of its own: first the fields that have a rule, then the others, so
    /// that who may not set the former may still go one revision back. Between them a flag that rules ask about is another for a while, so
    /// that the record was not always for those whom it is for.
    fn change(&mut self, model: usize) -> Result<(), String> {
        let schema = self.scene.schemas[model];
        let is_free = |field: &FieldSchema| {
            let is_plain = field.rules.is_empty() && field.mutability == lithair_model::Mutability::Free;
            is_plain && field.auto.is_none() && field.computed.is_none()
        };
        let is_reference = |place: usize| schema.relations.iter().any(|relation| relation.fields.contains(&place));
        let free = (0..schema.fields.len())
            .filter(|place| is_free(&schema.fields[*place]) && !is_reference(*place) && !schema.key.contains(place));
        let (ruled, open): (Vec<usize>, Vec<usize>) =
            free.clone().partition(|place| schema.fields[*place].access != FieldAccess::OPEN);
        let is_asked = |place: &usize| self.named.fields.contains(&(model, schema.fields[*place].name.to_owned()));
        let flags: Vec<usize> = free.filter(is_asked).collect();
        for (number, row) in self.scene.rows[model].clone().into_iter().enumerate() {
            let mut revisions = vec![(row.clone(), 1)];
            revisions.extend(self.patched(model, &row, renamed(&row, &ruled))?);
            let flags: Vec<(usize, bool)> = flags.iter().filter_map(|place| flag(&row, *place)).collect();
            if let Some((place, is)) = flags.get(number % flags.len().max(1)) {
                revisions.extend(self.patched(model, &row, vec![(*place, Value::Bool(!is))])?);
                self.patched(model, &row, vec![(*place, Value::Bool(*is))])?;
            }
            revisions.extend(self.patched(model, &row, renamed(&row, &open))?);
            let Some((today, _)) = revisions.pop() else { continue };
            let past = |(then, revision): (Vec<Value>, u64)| Past { model, then, today: today.clone(), revision };
            self.scene.past.extend(revisions.into_iter().map(past));
        }
        Ok(())
    }

    /// Gives a record these values; what it is then, and its revision. None where it is refused, or was never changed.
    fn patched(
        &self,
        model: usize,
        row: &[Value],
        fields: Vec<(usize, Value)>,
    ) -> Result<Option<(Vec<Value>, u64)>, String> {
        let engine = Arc::clone(self.suite.server.engine());
        let schema = self.scene.schemas[model];
        let fields = fields.into_iter().map(|(place, value)| (place, Supplied::Value(value))).collect();
        let target = Target::Key(self.suite.model(model).key_of(row));
        let patch = Action::Patch(target, Draft { fields, revision: None });
        if submit(&engine, &self.scene, model, patch).is_err() {
            return Ok(None);
        }
        let (found, revisions) = rows(&engine, schema)?;
        let is_it = |new: &Vec<Value>| schema.key.iter().all(|place| new[*place] == row[*place]);
        Ok(found.into_iter().zip(revisions).find(|(new, revision)| is_it(new) && *revision > 1))
    }
}

/// Other canaries for these fields, where they have any.
fn renamed(row: &[Value], places: &[usize]) -> Vec<(usize, Value)> {
    let other = |place: &usize| match &row[*place] {
        Value::Text(text) if text.starts_with("canary") => Some((*place, Value::Text(format!("{text}new")))),
        _ => None,
    };
    places.iter().filter_map(other).collect()
}

/// A field that is a flag, and whether it is set.
fn flag(row: &[Value], place: usize) -> Option<(usize, bool)> {
    if let Value::Bool(is) = row[place] { Some((place, is)) } else { None }
}

fn compares_subject(policy: &Policy, name: &str) -> bool {
    match policy {
        Policy::All(parts) | Policy::Any(parts) => parts.iter().any(|part| compares_subject(part, name)),
        Policy::Not(inner) => compares_subject(inner, name),
        Policy::Claim(lithair_model::Expr::Field(field), _, "id" | "sub") => *field == name,
        _ => false,
    }
}

/// The relations that `member(..)` names.
fn members(policy: &Policy) -> Vec<&'static str> {
    match policy {
        Policy::All(parts) | Policy::Any(parts) => parts.iter().flat_map(members).collect(),
        Policy::Not(inner) => members(inner),
        Policy::Member(name) => vec![*name],
        _ => Vec::new(),
    }
}

fn variant(kinds: &EnumSchema, number: usize) -> Value {
    Value::Text(kinds.variants[number % kinds.variants.len()].wire.to_owned())
}

/// Stores a record as the program itself: whatever its rules say of callers.
pub(super) fn put(engine: &Arc<Engine>, scene: &Scene, model: usize, values: &[Value]) -> Result<(), String> {
    let schema = scene.schemas[model];
    let fields = schema.fields.iter().zip(values).enumerate();
    let is_given =
        |field: &FieldSchema, value: &Value| field.computed.is_none() && !(field.auto.is_some() && is_blank(value));
    let fields = fields.filter(|(_, (field, value))| is_given(field, value));
    let fields = fields.map(|(place, (_, value))| (place, Supplied::Value(value.clone()))).collect();
    submit(engine, scene, model, Action::Import(Draft { fields, revision: None }))
}

/// Whether it is what the factory has for what the server gives.
fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Uuid(id) => id.is_nil(),
        Value::Int(number) => *number == 1,
        Value::Text(text) => text.bytes().all(|byte| byte == b'0'),
        _ => false,
    }
}

/// Has the program itself do something.
pub(super) fn submit(engine: &Arc<Engine>, scene: &Scene, model: usize, action: Action) -> Result<(), String> {
    let table = scene.schemas[model].table;
    let model = engine.catalog().by_table(table).ok_or_else(|| format!("no table {table}"))?;
    let expected = match &action {
        // As the record is, for models with `optimistic_lock`.
        Action::Delete(Target::Key(key)) | Action::Undelete(Target::Key(key)) | Action::Purge(Target::Key(key)) => {
            let row = engine.read(model, key, None).ok().and_then(|found| found.row);
            row.map_or(Expected::Anything, |row| Expected::Revisions(vec![row.revision]))
        }
        _ => Expected::Anything,
    };
    let operations = vec![Operation { model, action, expected }];
    let command = Command { now: now(), principal: Principal::System(System::Code), operations };
    block_on(engine.submit(command)).map(drop).map_err(|refusal| format!("{:?}", refusal.reason))
}
