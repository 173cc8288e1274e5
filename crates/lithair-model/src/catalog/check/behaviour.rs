//! State machines and commands: their names, and that every state is reached.

use std::collections::HashSet;

use super::Report;
use crate::{AfterWhat, Kind, ModelSchema, Predicate, StatesSchema};

/// Actions of a record that the server has itself.
const RESERVED: [&str; 7] = ["restore", "purge", "query", "import", "create", "update", "delete"];

/// States and commands: their names, and that every state can be reached.
pub(super) fn check(report: &mut Report<'_>) {
    let schema = report.schema;
    let mut names = HashSet::new();
    for (place, field) in schema.fields.iter().enumerate() {
        let Some(states) = field.states else { continue };
        machine(place, states, report);
        for way in states.transitions {
            if !names.insert(way.name) {
                report.field(place, format!("the model has two commands `{}`", way.name));
            }
        }
    }
    for command in schema.commands {
        // A command may be the way that a transition of its name is gone.
        let is_way = schema
            .fields
            .iter()
            .filter_map(|field| field.states)
            .any(|states| states.transitions.iter().any(|way| way.name == command.name));
        if !names.insert(command.name) && !is_way {
            report.model(format!("the model has two commands `{}`", command.name));
        }
        for (place, field) in command.input.fields.iter().enumerate() {
            let mut wrong = Vec::new();
            super::fields::values(field, &mut wrong);
            let name = command.input.fields[place].name;
            wrong.into_iter().for_each(|detail| report.model(format!("{}({name}): {detail}", command.name)));
        }
        for error in command.errors.iter().filter(|error| !(400..500).contains(&error.status)) {
            report.model(format!(
                "{}: the error `{}` has status {}, expected 400 to 499",
                command.name, error.code, error.status
            ));
        }
    }
    for hook in schema.hooks_after {
        hook.on.iter().for_each(|what| can_happen(&format!("the hook `{}`", hook.name), what, schema, report));
    }
    for name in RESERVED.into_iter().filter(|name| names.contains(name)) {
        report.model(format!("`{name}` is an action of the server: give the command another name"));
    }
}

/// That what somebody waits for can happen to records of a model.
pub(super) fn can_happen(who: &str, what: &AfterWhat, of: &ModelSchema, report: &mut Report<'_>) {
    match what {
        AfterWhat::Event(name) => {
            let known: Vec<&str> = leaves(of).collect();
            if !known.contains(name) {
                let near = crate::nearest(name, known).map(|near| format!("; is it `{near}`?")).unwrap_or_default();
                report.model(format!("{who} waits for `{name}`, which no command leaves{near}"));
            }
        }
        AfterWhat::Restore | AfterWhat::Purge if of.lifecycle.soft_delete.is_none() => {
            let word = what.word();
            report.model(format!("{who} waits for `{word}`, which only models with `soft_delete` have"));
        }
        _ => {}
    }
}

/// The names of a model's commands and transitions, and of the events that they leave.
fn leaves(of: &ModelSchema) -> impl Iterator<Item = &'static str> {
    let commands = of.commands.iter().flat_map(|command| [command.name, command.event]);
    let states = of.fields.iter().filter_map(|field| field.states);
    commands.chain(states.flat_map(|states| states.transitions.iter().map(|way| way.name)))
}

fn machine(place: usize, states: &'static StatesSchema, report: &mut Report<'_>) {
    let field = &report.schema.fields[place];
    let Kind::Enum(variants) = field.kind else {
        return report.field(place, "`states(..)` is for enums");
    };
    if variants.has_data() || field.optional {
        return report.field(place, "`states(..)` is for enums without data, and not for an `Option`");
    }
    if field.on_update.is_some() {
        report.field(place, "a state changes by its transitions only: `on_update` cannot be there too");
    }
    let named = states.transitions.iter().flat_map(|way| way.from.iter().chain([&way.to])).chain([&states.initial]);
    let is_variant = |name: &str| variants.variants.iter().any(|variant| variant.name == name);
    let unknown: HashSet<&str> = named.copied().filter(|name| !is_variant(name)).collect();
    for name in &unknown {
        report.field(place, format!("`{}` has no variant `{name}`", variants.name));
    }
    let reached = reached(states);
    for variant in variants.variants.iter().filter(|variant| !reached.contains(variant.name)) {
        report.field(place, format!("no transition leads to the state `{}`", variant.name));
    }
    for way in states.transitions {
        if let Some(Err(error)) = way.guard.as_ref().map(|guard| Predicate::bind(guard, report.schema)) {
            report.field(place, format!("the guard of `{}`: {error}", way.name));
        }
    }
}

/// The states that transitions lead to from the initial one, however many.
fn reached(states: &'static StatesSchema) -> HashSet<&'static str> {
    let mut reached = HashSet::from([states.initial]);
    loop {
        let before = reached.len();
        for way in states.transitions {
            if way.from.iter().any(|from| reached.contains(from)) {
                reached.insert(way.to);
            }
        }
        if reached.len() == before {
            return reached;
        }
    }
}
