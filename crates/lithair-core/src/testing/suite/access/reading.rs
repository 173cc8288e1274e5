//! What somebody finds: by every way in which records are shown.

use std::collections::{BTreeMap, HashMap};

use lithair_model::oracle::{Asked, Caller, Shown, every};
use lithair_model::{FieldSchema, Kind, OperationKind, Right, Value, filter_name};
use serde_json::Value as Document;

use super::super::{Suite, ensure, json};
use super::{Past, Scene, writing};
use crate::client::Response;
use crate::testing::factory::json_of;

/// Values of each field that filters ask for.
const VALUES_MAX: usize = 2;
/// Records whose relations are asked for.
const RECORDS_MAX: usize = 6;
/// Revisions that are asked for: two of a record, mostly.
const PAST_MAX: usize = 12;

pub(super) fn test(suite: &mut Suite, scene: &mut Scene, model: usize, caller: &Caller) -> Result<(), String> {
    let forbidden = scene.forbidden(suite, caller);
    let mut reading = Reading { suite, scene, model, caller, forbidden };
    if !caller.is_for("read", reading.suite.schema(model).path) {
        return reading.nothing();
    }
    reading.list()?;
    reading.records()?;
    reading.parameters()?;
    reading.relations()?;
    reading.past()?;
    reading.export()
}

/// A record, and what it is today where it is one of an earlier moment.
type Sides<'a> = (&'a [Value], Option<&'a [Value]>);

struct Reading<'s> {
    suite: &'s mut Suite,
    scene: &'s mut Scene,
    model: usize,
    caller: &'s Caller,
    /// Canaries that are not to come.
    forbidden: HashMap<String, String>,
}

impl Reading<'_> {
    fn offers(&self, operation: OperationKind) -> bool {
        self.suite.offers(self.model, &[operation])
    }

    fn collection(&self) -> String {
        self.suite.collection(self.model)
    }

    fn rows(&self) -> Vec<Vec<Value>> {
        self.scene.rows[self.model].clone()
    }

    fn path(&self, row: &[Value]) -> String {
        format!("{}/{}", self.collection(), self.scene.key(self.suite, self.model, row))
    }

    fn ask(&mut self, path: &str) -> Result<Response, String> {
        self.ask_for(path, &[])
    }

    fn ask_for(&mut self, path: &str, headers: &[(&str, &str)]) -> Result<Response, String> {
        let answer = self.suite.send_as(self.caller, ("GET", path), headers, None)?;
        self.scene.no_leak(&self.forbidden, path, &answer)?;
        Ok(answer)
    }

    fn sees(&self, row: &[Value]) -> Option<bool> {
        every([self.scene.world().sees(self.caller, self.model, row), Some(!self.is_trash(row))])
    }

    fn sees_field(&self, row: &[Value], place: usize) -> Option<bool> {
        self.scene.world().sees_field(self.caller, self.model, row, place)
    }

    fn is_trash(&self, row: &[Value]) -> bool {
        self.suite.model(self.model).is_deleted(row)
    }

    /// Whether no record of the model is seen.
    fn sees_none(&self) -> bool {
        self.rows().iter().all(|row| self.scene.world().sees(self.caller, self.model, row) == Some(false))
    }

    /// A key without the scope gets nothing at all.
    fn nothing(&mut self) -> Result<(), String> {
        let paths: Vec<String> = self.rows().iter().map(|row| self.path(row)).chain([self.collection()]).collect();
        for path in paths {
            let answer = self.ask(&path)?;
            let is_offered = answer.status != 405;
            ensure(!is_offered || answer.status == 403, || {
                format!("GET {path}: expected 403, found {}", answer.status)
            })?;
        }
        Ok(())
    }

    /// The pages of a list; none where it is refused, which has to be right.
    fn items(&mut self, path: &str) -> Result<Option<Vec<Document>>, String> {
        let (mut items, mut next) = (Vec::new(), path.to_owned());
        loop {
            let answer = self.ask(&next)?;
            let body = json(&answer);
            match (answer.status, self.caller.subject.is_some()) {
                (200, _) => {}
                (401, false) | (403, true) | (400, _) => return Ok(None),
                (status, _) => return Err(format!("GET {next}: {status}: {body}")),
            }
            items.extend(body["items"].as_array().cloned().unwrap_or_default());
            match body["next_cursor"].as_str() {
                Some(cursor) => next = format!("{path}&cursor={}", encode(cursor)),
                None => return Ok(Some(items)),
            }
        }
    }

    /// That a list has the records for which something is true, and no others.
    fn holds(&mut self, path: &str, expected: &dyn Fn(&Self, &[Value]) -> Option<bool>) -> Result<(), String> {
        let rows = self.rows();
        let wanted: Vec<Option<bool>> = rows.iter().map(|row| expected(self, row)).collect();
        let Some(items) = self.items(path)? else {
            let is_wrong = wanted.contains(&Some(true));
            return ensure(!is_wrong, || format!("GET {path} is refused, and something is there to be seen"));
        };
        self.scene.decisions += rows.len() as u64;
        let found: Vec<String> = items.iter().map(|item| self.suite.key_path(self.model, item)).collect();
        for (row, wanted) in rows.iter().zip(wanted) {
            let key = self.scene.key(self.suite, self.model, row);
            let is_there = found.contains(&key);
            let what = if is_there { "and must not be" } else { "and has to be" };
            ensure(wanted.is_none_or(|wanted| wanted == is_there), || {
                format!(
                    "GET {path}: {key} is {}there, {what}: {}",
                    if is_there { "" } else { "not " },
                    self.scene.json(self.model, row)
                )
            })?;
        }
        Ok(())
    }

    fn list(&mut self) -> Result<(), String> {
        if !self.offers(OperationKind::List) {
            return Ok(());
        }
        let path = format!("{}?limit={}", self.collection(), self.suite.schema(self.model).page.max);
        self.holds(&path, &|reading, row| reading.sees(row))?;
        if self.suite.model(self.model).deleted_at.is_some() {
            self.holds(&format!("{path}&include_deleted=only"), &|reading, row| {
                every([reading.scene.world().sees(reading.caller, reading.model, row), Some(reading.is_trash(row))])
            })?;
        }
        let Some(items) = self.items(&path)? else { return Ok(()) };
        for item in &items {
            let row = self
                .rows()
                .into_iter()
                .find(|row| self.scene.key(self.suite, self.model, row) == self.suite.key_path(self.model, item));
            let row = row.ok_or_else(|| format!("GET {path}: a record that is not there: {item}"))?;
            self.shown(&path, self.model, &row, item)?;
        }
        let counted = self.ask(&format!("{path}&count=exact"))?;
        let rows = self.rows();
        let seen: Vec<Option<bool>> = rows.iter().map(|row| self.sees(row)).collect();
        let count = seen.iter().filter(|sees| **sees == Some(true)).count() as u64;
        let total = json(&counted)["total"].as_u64();
        ensure(seen.contains(&None) || total == Some(count), || format!("GET {path}&count=exact: {total:?} of {count}"))
    }

    /// That a record shows the fields that are seen, as they are, the masks of those that have one, and names what is not seen.
    fn shown(&mut self, path: &str, model: usize, row: &[Value], shown: &Document) -> Result<(), String> {
        self.fields_shown(path, model, (row, None), shown)?;
        let mut redacted = Vec::new();
        for (place, field) in self.suite.schema(model).fields.iter().enumerate() {
            let sees = self.scene.world().sees_field(self.caller, model, row, place);
            let Some(sees) = sees else { return Ok(()) };
            redacted.extend((self.suite.is_shown(field) && !sees).then_some(field.wire));
        }
        let told: Vec<&str> =
            shown["_redacted"].as_array().into_iter().flatten().filter_map(Document::as_str).collect();
        ensure(told == redacted, || format!("GET {path}: `_redacted` is {told:?}, expected {redacted:?}"))
    }

    /// That each field is shown as it should be: of a record as it is, or as it was and is today.
    fn fields_shown(&mut self, path: &str, model: usize, sides: Sides<'_>, shown: &Document) -> Result<(), String> {
        let mut places = 0..self.suite.schema(model).fields.len();
        places.try_for_each(|place| self.field_shown(path, (model, place), sides, shown))
    }

    /// That a field is shown, masked, or not there, as it should be.
    fn field_shown(
        &mut self,
        path: &str,
        (model, place): (usize, usize),
        (row, today): Sides<'_>,
        shown: &Document,
    ) -> Result<(), String> {
        let field = &self.suite.schema(model).fields[place];
        let Some(expected) = self.scene.world().shows(self.caller, model, row, today, place) else { return Ok(()) };
        let expected = if self.suite.is_shown(field) { expected } else { Shown::Nothing };
        self.scene.decisions += 1;
        // What is computed when it is read, the interpreter does not know.
        let is_stored = field.computed.is_none_or(|computed| computed.stored);
        let found = shown.get(field.wire);
        let is_so = match &expected {
            Shown::Nothing => found.is_none(),
            Shown::Value => found.is_some_and(|found| !is_stored || *found == json_of(field, &row[place])),
            Shown::Mask(mask) => found.is_some_and(|found| *found == Document::from(mask.as_deref())),
        };
        ensure(is_so, || format!("GET {path}: {} should be shown as {expected:?}: {shown}", field.wire))
    }

    fn records(&mut self) -> Result<(), String> {
        if !self.offers(OperationKind::Get) {
            return Ok(());
        }
        let sees_none = self.sees_none();
        for row in self.rows() {
            let path = self.path(&row);
            let answer = self.ask(&path)?;
            let status = answer.status;
            let is_known = self.caller.subject.is_some();
            match (self.scene.world().sees(self.caller, self.model, &row), self.is_trash(&row)) {
                (Some(true), true) => ensure(status == 410, || format!("GET {path}: expected 410, found {status}"))?,
                (Some(true), false) => {
                    ensure(status == 200, || format!("GET {path}: expected 200, found {status}: {}", json(&answer)))?;
                    self.shown(&path, self.model, &row, &json(&answer))?;
                }
                (Some(false), _) => {
                    let is_asked_who = !is_known && sees_none && status == 401;
                    ensure(status == 404 || is_asked_who, || format!("GET {path}: expected 404, found {status}"))?;
                    self.is_absent(&path, &answer)?;
                }
                (None, _) => continue,
            }
            writing::explained(self.suite, self.scene, (self.model, &row), self.caller, ("read", Right::Read), status)?;
        }
        Ok(())
    }

    /// What is not seen is answered like what is not there.
    fn is_absent(&mut self, path: &str, answer: &Response) -> Result<(), String> {
        let Some(absent) = self.absent_key() else { return Ok(()) };
        let absent = format!("{}/{absent}", self.collection());
        let other = self.ask(&absent)?;
        let body = |answer: &Response, path: &str| {
            let mut body = json(answer);
            if let Some(members) = body.as_object_mut() {
                // Of each request its own.
                members.retain(|name, _| !["request_id", "instance", "trace"].contains(&name.as_str()));
            }
            (answer.status, body.to_string().replace(path, ""))
        };
        let (found, expected) = (body(answer, path), body(&other, &absent));
        ensure(found == expected, || format!("GET {path} is told from what is not there: {found:?}, {expected:?}"))
    }

    /// The key of no record.
    fn absent_key(&self) -> Option<String> {
        let schema = self.suite.schema(self.model);
        let part = |place: &usize| match schema.fields[*place].kind {
            Kind::Int { max, .. } => Some(max.min(999_999_999).to_string()),
            Kind::Uuid => Some("00000000-0000-7000-8000-0000000000ff".to_owned()),
            Kind::Text if schema.fields[*place].rules.is_empty() => Some("nobody-has-it".to_owned()),
            _ => None,
        };
        schema.key.iter().map(part).collect::<Option<Vec<_>>>().map(|parts| parts.join(","))
    }

    /// Filters, orders, words and choices of fields.
    fn parameters(&mut self) -> Result<(), String> {
        if !self.offers(OperationKind::List) {
            return Ok(());
        }
        let schema = self.suite.schema(self.model);
        let base = format!("{}?limit={}", self.collection(), schema.page.max);
        for (place, field) in schema.fields.iter().enumerate() {
            let (filterable, sortable) =
                (self.suite.model(self.model).filterable[place], self.suite.model(self.model).sortable[place]);
            if filterable {
                self.filters(&base, place, field)?;
            }
            if sortable {
                for sign in ["", "-"] {
                    self.holds(&format!("{base}&sort={sign}{}", field.wire), &|reading, row| reading.sees(row))?;
                }
            }
            if self.suite.is_shown(field) {
                self.chosen(&base, place, field)?;
            }
            if field.access.mask.is_some() {
                self.unasked(&base, (filterable, sortable), place)?;
            }
        }
        if !schema.fulltext.is_empty() {
            for term in schema.fulltext {
                for row in self.rows().into_iter().take(RECORDS_MAX) {
                    if let Value::Text(word) = &row[term.field] {
                        let path = format!("{base}&search={}", encode(word.split(' ').next().unwrap_or_default()));
                        self.ask(&path)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Nothing is found out of a masked field by asking: neither what it is, nor which is greater.
    fn unasked(&mut self, base: &str, (filterable, sortable): (bool, bool), place: usize) -> Result<(), String> {
        let field = &self.suite.schema(self.model).fields[place];
        let value = self.rows().iter().find_map(|row| literal(field, &row[place])).unwrap_or_else(|| "'x'".to_owned());
        let filter = format!("{base}&filter={}", encode(&format!("{}={value}", filter_name(field.wire))));
        for path in [(!filterable).then_some(filter), Some(format!("{base}&sort={}", field.wire))].into_iter().flatten()
        {
            let answer = self.ask(&path)?;
            let is_refused = [400, 401, 403].contains(&answer.status);
            ensure(is_refused && !sortable, || format!("GET {path}: {}: a mask is asked about", answer.status))?;
        }
        Ok(())
    }

    fn filters(&mut self, base: &str, place: usize, field: &FieldSchema) -> Result<(), String> {
        let mut values: Vec<Value> = Vec::new();
        for row in self.rows() {
            if row[place] != Value::Null && !values.contains(&row[place]) && values.len() < VALUES_MAX {
                values.push(row[place].clone());
            }
        }
        for value in values {
            let Some(literal) = literal(field, &value) else { continue };
            let is_it = |reading: &Reading<'_>, row: &[Value]| {
                every([reading.sees_field(row, place), Some(row[place] == value)])
            };
            let asked = format!("{}={literal}", filter_name(field.wire));
            self.holds(&format!("{base}&filter={}", encode(&asked)), &|reading, row| {
                every([reading.sees(row), is_it(reading, row)])
            })?;
            let asked = format!("not({asked})");
            self.holds(&format!("{base}&filter={}", encode(&asked)), &|reading, row| {
                every([reading.sees(row), is_it(reading, row).map(|is_it| !is_it)]).filter(|_| reading.knows(place))
            })?;
        }
        Ok(())
    }

    /// Whether a field is seen in any record; else it is as unknown as one that does not exist.
    fn knows(&self, place: usize) -> bool {
        self.rows().iter().any(|row| self.sees_field(row, place) == Some(true))
    }

    /// One field of each record.
    fn chosen(&mut self, base: &str, place: usize, field: &FieldSchema) -> Result<(), String> {
        let path = format!("{base}&fields={}", field.wire);
        let answer = self.ask(&path)?;
        let sees_any = self.rows().iter().any(|row| every([self.sees(row), self.sees_field(row, place)]) == Some(true));
        ensure(answer.status == 200 || !sees_any, || format!("GET {path}: {}: {}", answer.status, json(&answer)))
    }

    /// What relations lead to: what is not seen is not there.
    fn relations(&mut self) -> Result<(), String> {
        let links: Vec<_> =
            self.suite.model(self.model).links.iter().map(|link| (link.wire, link.target, link.is_many)).collect();
        let names: Vec<&'static str> = self.link_names();
        for ((wire, target, is_many), name) in links.into_iter().zip(names) {
            for row in self.rows().into_iter().take(RECORDS_MAX) {
                if self.sees(&row) != Some(true) {
                    continue;
                }
                let Some(expected) = self.related(&row, name, target) else { continue };
                let path = self.path(&row);
                if self.offers(OperationKind::Get) {
                    let answer = self.ask(&format!("{path}?expand={wire}"))?;
                    if answer.status == 200 {
                        let shown = json(&answer);
                        self.leads_to(&path, &shown[wire], target, &expected, is_many)?;
                    }
                }
                let below = format!("{path}/{wire}");
                let answer = self.ask(&below)?;
                if answer.status == 200 {
                    let body = json(&answer);
                    let shown = if is_many { &body["items"] } else { &body };
                    self.leads_to(&below, shown, target, &expected, is_many)?;
                } else {
                    let is_none = expected.is_empty() || [404, 405].contains(&answer.status) && is_many;
                    ensure(is_none, || format!("GET {below}: {}: {}", answer.status, json(&answer)))?;
                }
            }
        }
        Ok(())
    }

    /// The names in Rust of the links that callers may name, in their order.
    fn link_names(&self) -> Vec<&'static str> {
        let schema = self.suite.schema(self.model);
        let names = schema.relations.iter().map(|relation| (relation.name, relation.name));
        let names = names.chain(schema.links.iter().map(|link| (link.wire, link.name)));
        let names: BTreeMap<&str, &'static str> = names.collect();
        self.suite
            .model(self.model)
            .links
            .iter()
            .map(|link| names.get(link.wire).copied().unwrap_or(link.wire))
            .collect()
    }

    /// The keys of the records that a relation leads to, as far as they are seen; none where that is not known.
    fn related(&self, row: &[Value], name: &str, target: usize) -> Option<Vec<String>> {
        let world = self.scene.world();
        let (place, rows) = world.related(Asked::of(self.model, row), name)?;
        let mut keys = Vec::new();
        for row in rows {
            if world.sees(self.caller, place, row)? {
                keys.push(self.scene.key(self.suite, target, row));
            }
        }
        keys.sort();
        Some(keys)
    }

    fn leads_to(
        &mut self,
        path: &str,
        shown: &Document,
        target: usize,
        expected: &[String],
        is_many: bool,
    ) -> Result<(), String> {
        let records: Vec<&Document> = match shown {
            Document::Array(records) => records.iter().collect(),
            Document::Object(_) => vec![shown],
            _ => Vec::new(),
        };
        let mut found: Vec<String> = records.iter().map(|record| self.suite.key_path(target, record)).collect();
        found.sort();
        let is_page =
            is_many && found.len() < expected.len() && found.len() >= self.suite.schema(target).page.default as usize;
        self.scene.decisions += expected.len() as u64;
        let are_known = found.iter().all(|key| expected.contains(key));
        ensure(found == expected || is_page && are_known, || format!("GET {path}: {found:?}, expected {expected:?}"))?;
        for record in records {
            let key = self.suite.key_path(target, record);
            let row = self.scene.rows[target].iter().find(|row| self.scene.key(self.suite, target, row) == key);
            if let Some(row) = row.cloned() {
                self.shown(path, target, &row, record)?;
            }
        }
        Ok(())
    }

    /// What records were: for who sees what they are, and may know the past.
    fn past(&mut self) -> Result<(), String> {
        if !self.offers(OperationKind::History) {
            return Ok(());
        }
        let position = self.suite.position();
        self.ask(&format!("{}?as_of={position}", self.collection()))?;
        let of_model = self.scene.past.iter().filter(|past| past.model == self.model);
        for past in of_model.take(PAST_MAX).cloned().collect::<Vec<_>>() {
            // What else was asked may have changed it, by a reference.
            let key = self.suite.schema(self.model).key;
            let is_it = |row: &Vec<Value>| key.iter().all(|place| row[*place] == past.today[*place]);
            let Some(today) = self.rows().into_iter().find(is_it) else { continue };
            let past = Past { today, ..past };
            let path = self.path(&past.today);
            let world = self.scene.world();
            let knows = world.may(self.caller, Right::History, Asked::of(self.model, &past.today));
            let [is, was] = [&past.today, &past.then].map(|row| world.sees(self.caller, self.model, row));
            let keeps = self.suite.schema(self.model).lifecycle.history.is_whole();
            let (rev, as_of) = (format!("?rev={}", past.revision), format!("?as_of={position}"));
            for (rest, may) in [("/history", [knows, is, is]), (&rev, [knows, is, was]), (&as_of, [knows, is, is])] {
                let may = every(may);
                let answer = self.ask(&format!("{path}{rest}"))?;
                if rest == "/history" && was == Some(false) {
                    let tells = json(&answer)["items"].as_array().is_some_and(|items| tells(items, past.revision));
                    ensure(!tells, || format!("GET {path}{rest}: tells of revision {}", past.revision))?;
                }
                let status = answer.status;
                let is_refused = [401, 403, 404, 410].contains(&status);
                match may {
                    Some(false) => {
                        ensure(is_refused, || format!("GET {path}{rest}: {status} to who may not: {}", json(&answer)))?
                    }
                    // What it was before, it shows; what it is, it does not.
                    Some(true) if self.is_trash(&past.today) && rest.starts_with("?as_of") => {
                        ensure(status == 410, || format!("GET {path}{rest}: {status}, and it is in the trash"))?;
                    }
                    Some(true) if keeps => {
                        ensure(status == 200, || format!("GET {path}{rest}: {status} to who may: {}", json(&answer)))?;
                        self.was(&format!("{path}{rest}"), &past, &json(&answer))?;
                    }
                    _ => {}
                }
            }
        }
        Ok(())
    }

    /// That what was is shown as far as it is seen then and today: of a revision, of a moment, and of what made the record.
    fn was(&mut self, path: &str, past: &Past, shown: &Document) -> Result<(), String> {
        let today = Some(&past.today[..]);
        if path.contains("?as_of=") {
            return self.fields_shown(path, self.model, (&past.today, today), shown);
        }
        if path.contains("?rev=") {
            return self.fields_shown(path, self.model, (&past.then, today), shown);
        }
        let made = shown["items"].as_array().into_iter().flatten().find(|item| item["rev"] == past.revision);
        match made {
            Some(made) if made["whole"] == true => {
                // What is computed when it is read is in no entry of the log.
                let fields = self.suite.schema(self.model).fields.iter().enumerate();
                let mut places = fields.filter(|(_, field)| field.computed.is_none()).map(|(place, _)| place);
                places.try_for_each(|place| {
                    self.field_shown(path, (self.model, place), (&past.then, today), &made["patch"])
                })
            }
            _ => Ok(()),
        }
    }

    /// Everything at once, for who may take it.
    fn export(&mut self) -> Result<(), String> {
        if !self.offers(OperationKind::Export) {
            return Ok(());
        }
        let path = self.collection();
        let answer = self.ask_for(&path, &[("accept", "application/x-ndjson")])?;
        let may = |row: &[Value]| self.scene.world().may(self.caller, Right::Export, Asked::of(self.model, row));
        let wanted: Vec<Option<bool>> = self.rows().iter().map(|row| every([may(row), self.sees(row)])).collect();
        if answer.status != 200 {
            return ensure(!wanted.contains(&Some(true)), || format!("the export is refused: {}", json(&answer)));
        }
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        let lines: Vec<Document> = text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let found: Vec<String> = lines.iter().map(|line| self.suite.key_path(self.model, line)).collect();
        for (row, wanted) in self.rows().iter().zip(wanted) {
            let key = self.scene.key(self.suite, self.model, row);
            let is_there = found.contains(&key);
            self.scene.decisions += 1;
            ensure(wanted.is_none_or(|wanted| wanted == is_there), || format!("the export: {key}: found {is_there}"))?;
        }
        for line in &lines {
            let rows = self.rows();
            let row = rows
                .iter()
                .find(|row| self.scene.key(self.suite, self.model, row) == self.suite.key_path(self.model, line));
            let row = row.ok_or_else(|| format!("the export has what is not there: {line}"))?;
            self.shown("(export)", self.model, row, line)?;
        }
        Ok(())
    }
}

/// A value as filters have it; none where that takes more than this.
fn literal(field: &FieldSchema, value: &Value) -> Option<String> {
    match (field.kind, value) {
        (Kind::Text | Kind::Enum(_), Value::Text(text))
            if text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-@._".contains(&byte)) =>
        {
            Some(format!("'{text}'"))
        }
        (Kind::Int { .. }, Value::Int(number)) => Some(number.to_string()),
        (Kind::Bool, Value::Bool(flag)) => Some(flag.to_string()),
        (Kind::Uuid, Value::Uuid(id)) => Some(format!("'{id}'")),
        _ => None,
    }
}

/// A part of a query (RFC 3986, 2.1).
pub(in super::super) fn encode(text: &str) -> String {
    let each =
        |byte: u8| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(each).collect()
}

fn tells(items: &[Document], revision: u64) -> bool {
    items.iter().any(|item| item["rev"] == revision)
}
