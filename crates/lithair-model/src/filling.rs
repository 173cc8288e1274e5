//! Values for records of before a field: what a migration writes.

mod former;

use minicbor::Decoder;

use crate::cbor::{self, Shape};
use crate::draft::{given, tidy};
use crate::numbers::inside::{has_another_default, has_other_defaults, leaves_out};
use crate::numbers::{Source, is_described, type_word};
use crate::{DefaultValue, Expr, Kind, ModelEntry, Numbers, Phase, Timestamp, UpcastInput, Value};

/// Fields, each with what is wrong.
pub type FieldProblems = Vec<(&'static str, String)>;

/// How the records of a model get values for the fields that a migration adds.
#[derive(Debug)]
pub struct Filling<'a> {
    model: &'a ModelEntry,
    targets: Vec<Target>,
}

/// One field that gets values.
#[derive(Debug)]
struct Target {
    place: usize,
    from: From,
}

#[derive(Debug)]
enum From {
    /// The same for all, or the time of the migration.
    Given(DefaultValue),
    /// Another field of the model.
    Field(usize),
    /// The former field, less what is inside of it that its type does not know any more.
    Former(Input),
    /// What the default of the field was.
    Default(Input),
    /// The value that is there, with what the defaults of fields inside of it were.
    Inside(Input),
    /// A function of former fields.
    Upcast(fn(Vec<Value>) -> Result<Value, String>, Vec<Input>),
}

/// A former field, and as what it is read.
#[derive(Debug)]
struct Input {
    source: Source,
    kind: Kind,
}

impl<'a> Filling<'a> {
    /// What the migration of a model that is under way has to do for each record.
    ///
    /// # Errors
    /// Fields whose functions take what the former fields are not, each with what is wrong.
    pub fn of(model: &'a ModelEntry, numbers: &Numbers) -> Result<Self, FieldProblems> {
        let (mut targets, mut problems) = (Vec::new(), Vec::new());
        let Phase::Filling { first, .. } = numbers.phase(model.id) else { return Ok(Self { model, targets }) };
        for (place, field) in model.schema.fields.iter().enumerate() {
            if model.layout.number(place) < *first {
                targets.extend(former_default(model, place, numbers));
                targets.extend(former_defaults_inside(model, place, numbers));
                continue;
            }
            match from(model, place, *first, numbers) {
                Ok(Some(from)) => targets.push(Target { place, from }),
                Ok(None) => {}
                Err(problem) => problems.push((field.name, problem)),
            }
        }
        if problems.is_empty() { Ok(Self { model, targets }) } else { Err(problems) }
    }

    /// The places and values that a record still lacks; nothing for one that is done.
    ///
    /// # Errors
    /// Fields that have no value, each with the reason.
    pub fn missing(&self, row: &[u8], now: Timestamp) -> Result<Vec<(usize, Value)>, FieldProblems> {
        let (mut values, mut problems) = (Vec::new(), Vec::new());
        for target in &self.targets {
            if !target.is_lacking(self.model, row) {
                continue;
            }
            match target.value(self.model, row, now) {
                Ok(value) => values.push((target.place, value)),
                Err(problem) => problems.push((self.model.schema.fields[target.place].name, problem)),
            }
        }
        if problems.is_empty() { Ok(values) } else { Err(problems) }
    }

    /// Whether there is nothing to do for any record.
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }

    /// The names of the fields that get values.
    pub fn fields(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.targets.iter().map(|target| self.model.schema.fields[target.place].name)
    }
}

impl Target {
    /// Whether a record does not have the value yet. One that cannot be read lacks it: the value says why.
    fn is_lacking(&self, model: &ModelEntry, row: &[u8]) -> bool {
        match &self.from {
            From::Inside(input) => input.former(row).map_or(true, |found| found.is_some_and(|(_, is_other)| is_other)),
            _ => !model.has_field(row, self.place),
        }
    }

    fn value(&self, model: &ModelEntry, row: &[u8], now: Timestamp) -> Result<Value, String> {
        let field = &model.schema.fields[self.place];
        let value = match &self.from {
            From::Given(value) => given(field, value, now).ok_or("the backfill gives no value")?,
            From::Default(input) => tidy(field, input.absent()),
            From::Field(other) => model.field_of(row, *other),
            From::Former(input) | From::Inside(input) => {
                input.former(row)?.map_or_else(|| input.absent(), |(value, _)| value)
            }
            From::Upcast(function, inputs) => {
                let values: Result<_, String> = inputs.iter().map(|input| input.value(row)).collect();
                function(values?)?
            }
        };
        Ok(crate::draft::with_digits(field, value))
    }
}

impl Input {
    /// The value of the former field. A record of before it had its default.
    fn value(&self, row: &[u8]) -> Result<Value, String> {
        let shape = Shape { kind: &self.kind, scale: None };
        let unreadable = |_| format!("the value is not {}", self.kind.phrase());
        match crate::row::find(row, self.source.number).map_err(|error| error.to_string())? {
            Some(mut reader) => read(shape, &mut reader).map_err(unreadable),
            None => Ok(self.absent()),
        }
    }

    /// The value as it was read before, if the record has one, and whether its type reads something else in it.
    fn former(&self, row: &[u8]) -> Result<Option<(Value, bool)>, String> {
        let unreadable = |_| format!("the value is not {}", self.kind.phrase());
        let found = crate::row::find(row, self.source.number).map_err(|error| error.to_string())?;
        let read = |mut reader| former::read(&self.kind, &self.source.document, &mut reader).map_err(unreadable);
        found.map(read).transpose()
    }

    /// What records of before the field had in its place.
    fn absent(&self) -> Value {
        former::absent(&self.source.document, &self.kind)
    }
}

fn read(shape: Shape<'_>, reader: &mut Decoder<'_>) -> Result<Value, minicbor::decode::Error> {
    cbor::read(shape, reader)
}

/// A field whose default was another: records of before the field keep the former one.
fn former_default(model: &ModelEntry, place: usize, numbers: &Numbers) -> Option<Target> {
    let field = &model.schema.fields[place];
    let former = [Some(field.name), field.renamed_from].into_iter().flatten();
    let source = former.into_iter().find_map(|name| numbers.former(model.id, model.layout.number(place), name))?;
    let is_other = has_another_default(&source.document, field);
    is_other.then_some(Target { place, from: From::Default(Input { source, kind: field.kind }) })
}

/// A field inside of which defaults were others: values of before them keep the former ones.
fn former_defaults_inside(model: &ModelEntry, place: usize, numbers: &Numbers) -> Option<Target> {
    let field = &model.schema.fields[place];
    let former = [Some(field.name), field.renamed_from].into_iter().flatten();
    let source = former.into_iter().find_map(|name| numbers.former(model.id, model.layout.number(place), name))?;
    let is_other = has_other_defaults(&source.document["type"], &field.kind);
    is_other.then_some(Target { place, from: From::Inside(Input { source, kind: field.kind }) })
}

/// Where a field's values come from; none if it does not say.
fn from(model: &ModelEntry, place: usize, first: u32, numbers: &Numbers) -> Result<Option<From>, String> {
    let field = &model.schema.fields[place];
    if let Some(upcast) = &field.upcast {
        let inputs = (upcast.inputs)();
        if inputs.len() != upcast.sources.len().max(1) {
            return Err(format!("the function takes {} values", inputs.len()));
        }
        let own = [field.name, field.renamed_from.unwrap_or(field.name)];
        let former = || own.into_iter().filter_map(|name| numbers.source(model.id, name)).next();
        if upcast.sources.is_empty() {
            let source = former().ok_or(
                "the data has no former field for it: name those that the function takes, `upcast(a, b) = path`",
            )?;
            return Ok(Some(From::Upcast(upcast.function, vec![input(field.name, source, &inputs[0])?])));
        }
        let sources = upcast.sources.iter().zip(&inputs).map(|(name, taken)| {
            let source = numbers.source(model.id, name);
            input(name, source.ok_or_else(|| format!("the data has no field `{name}`"))?, taken)
        });
        return Ok(Some(From::Upcast(upcast.function, sources.collect::<Result<_, _>>()?)));
    }
    Ok(match &field.backfill {
        Some(DefaultValue::Expr(Expr::Field(name))) => {
            let other = model.by_name(name).ok_or_else(|| format!("`{name}` is no field"))?;
            if model.layout.number(other) >= first {
                return Err(format!("`{name}` is new too, and old records have no value of it"));
            }
            Some(From::Field(other))
        }
        Some(value) => Some(From::Given(*value)),
        None => rewritten(model, place, numbers),
    })
}

/// A field whose type leaves out what is inside of it: reading a value as the new type passes over the rest.
fn rewritten(model: &ModelEntry, place: usize, numbers: &Numbers) -> Option<From> {
    let field = &model.schema.fields[place];
    let own = [Some(field.name), field.renamed_from].into_iter().flatten();
    let source = own.into_iter().find_map(|name| numbers.source(model.id, name))?;
    let is_known = source.word == type_word(&field.kind) && leaves_out(&source.document["type"], &field.kind);
    is_known.then_some(From::Former(Input { source, kind: field.kind }))
}

/// The function takes what the former field is.
fn input(name: &str, source: Source, taken: &UpcastInput) -> Result<Input, String> {
    let word = type_word(&taken.kind);
    if word != source.word {
        return Err(format!("the function takes `{word}`, and `{name}` was `{}`", source.word));
    }
    let described = &source.document["type"];
    let takes = crate::document::kind(&taken.kind);
    if has_name(&taken.kind) && !described.is_null() && !is_described(&taken.kind, described) {
        return Err(format!("the function takes {}, and `{name}` was {}", shown(&takes), shown(described)));
    }
    Ok(Input { source, kind: taken.kind })
}

/// Whether a type is one of the application, or a list of such.
fn has_name(kind: &Kind) -> bool {
    match kind {
        Kind::List(element) => has_name(&element.kind),
        kind => matches!(kind, Kind::Enum(_) | Kind::Struct(_)),
    }
}

/// A type of the application in words: its name, with its variants or fields.
fn shown(kind: &serde_json::Value) -> String {
    if let Some(array) = kind.get("array") {
        return format!("a list of {}", shown(&array["type"]));
    }
    let names = |parts: &serde_json::Value| {
        let parts = parts.as_array().into_iter().flatten();
        parts.filter_map(|part| part["name"].as_str()).collect::<Vec<_>>().join(", ")
    };
    if let Some(schema) = kind.get("struct") {
        return format!("the struct `{} {{ {} }}`", schema["name"].as_str().unwrap_or(""), names(&schema["fields"]));
    }
    let schema = &kind["enum"];
    format!("the enum `{} {{ {} }}`", schema["name"].as_str().unwrap_or(""), names(&schema["variants"]))
}
