//! State machines as charts, for people: lines of text, and Mermaid (`stateDiagram-v2`).

use crate::document::expression;
use crate::{Catalog, FieldSchema, Kind, ModelEntry, StatesSchema, TransitionSchema};

/// How a chart is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChartForm {
    /// A line a transition.
    Text,
    /// For documents that draw it.
    Mermaid,
}

/// The charts of all state machines of these models; nothing if there are none.
pub fn chart_document(catalog: &Catalog, form: ChartForm) -> String {
    let charts = catalog.models.iter().flat_map(|model| charts(model, form));
    charts.collect::<Vec<_>>().join("\n")
}

/// The charts of a model, one a state machine.
pub fn charts(model: &ModelEntry, form: ChartForm) -> Vec<String> {
    let machines = model.schema.fields.iter().filter_map(|field| Some((field, field.states?)));
    let chart = |(field, states): (&FieldSchema, &StatesSchema)| {
        let name = format!("{}.{}", model.schema.name, field.name);
        match form {
            ChartForm::Text => text(&name, field, states),
            ChartForm::Mermaid => mermaid(&name, field, states),
        }
    };
    machines.map(chart).collect()
}

/// A state machine in one line, for a description: `draft -> review (submit), ..`.
pub fn chart_line(field: &FieldSchema) -> Option<String> {
    let states = field.states?;
    let ways =
        ways(states).map(|(from, way)| format!("{} -> {} ({})", wire(field, from), wire(field, way.to), label(way)));
    Some(format!("New: {}. Ways: {}.", wire(field, states.initial), ways.collect::<Vec<_>>().join(", ")))
}

fn text(name: &str, field: &FieldSchema, states: &StatesSchema) -> String {
    let mut lines = vec![name.to_owned(), format!("  * -> {}", wire(field, states.initial))];
    for (from, way) in ways(states) {
        lines.push(format!("  {} -> {}: {}", wire(field, from), wire(field, way.to), label(way)));
    }
    lines.extend(ends(field, states).map(|end| format!("  {end} -> *")));
    lines.join("\n") + "\n"
}

fn mermaid(name: &str, field: &FieldSchema, states: &StatesSchema) -> String {
    let mut lines = vec![format!("%% {name}"), "stateDiagram-v2".to_owned()];
    // Identifiers are names of Rust; what is shown is the name in JSON.
    let Kind::Enum(schema) = field.kind else { return String::new() };
    let renamed = schema.variants.iter().filter(|variant| variant.name != variant.wire);
    lines.extend(renamed.map(|variant| format!("    state {:?} as {}", variant.wire, variant.name)));
    lines.push(format!("    [*] --> {}", states.initial));
    for (from, way) in ways(states) {
        // A colon or a semicolon would end the label.
        let label = label(way).replace([':', ';'], " ");
        lines.push(format!("    {from} --> {}: {label}", way.to));
    }
    let last = schema.variants.iter().filter(|variant| is_end(states, variant.name));
    lines.extend(last.map(|variant| format!("    {} --> [*]", variant.name)));
    lines.join("\n") + "\n"
}

/// Every way, from each of the states it leads from.
fn ways(states: &StatesSchema) -> impl Iterator<Item = (&'static str, &'static TransitionSchema)> {
    states.transitions.iter().flat_map(|way| way.from.iter().map(move |from| (*from, way)))
}

/// The command, and what it asks.
fn label(way: &TransitionSchema) -> String {
    way.guard.as_ref().map_or_else(|| way.name.to_owned(), |guard| format!("{} if {}", way.name, expression(guard)))
}

/// The names in JSON of the states from which no way leads.
fn ends<'a>(field: &'a FieldSchema, states: &'a StatesSchema) -> impl Iterator<Item = &'static str> + 'a {
    let variants = if let Kind::Enum(schema) = field.kind { schema.variants } else { &[] };
    variants.iter().filter(|variant| is_end(states, variant.name)).map(|variant| variant.wire)
}

fn is_end(states: &StatesSchema, name: &str) -> bool {
    !states.transitions.iter().any(|way| way.from.contains(&name))
}

/// The name in JSON of a state.
fn wire(field: &FieldSchema, name: &'static str) -> &'static str {
    let Kind::Enum(schema) = field.kind else { return name };
    schema.variants.iter().find(|variant| variant.name == name).map_or(name, |variant| variant.wire)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::declare::{ge, int, of, value};
    use crate::testing::{COLOUR, EMPTY, catalog};
    use crate::{Expr, ModelSchema};

    static GUARD: Expr = ge(&of("id"), &value(int(3)));
    static STATES: StatesSchema = StatesSchema {
        initial: "Red",
        transitions: &[
            TransitionSchema { name: "wait", from: &["Red"], to: "Green", guard: None, by: None },
            TransitionSchema { name: "stop", from: &["Red", "Green"], to: "Blue", guard: Some(GUARD), by: None },
        ],
    };
    static LIGHT: ModelSchema = ModelSchema {
        name: "Light",
        fields: &[
            FieldSchema::of::<i64>("id"),
            FieldSchema { kind: Kind::Enum(&COLOUR), states: Some(&STATES), ..FieldSchema::of::<bool>("colour") },
        ],
        key: &[0],
        ..EMPTY
    };

    #[test]
    fn a_machine_is_drawn_with_its_beginning_its_ways_and_its_ends() {
        let catalog = catalog(&[&LIGHT]);
        expect![[r#"
            Light.colour
              * -> red
              red -> green: wait
              red -> blue: stop if id >= 3
              green -> blue: stop if id >= 3
              blue -> *
        "#]]
        .assert_eq(&chart_document(&catalog, ChartForm::Text));
        expect![[r#"
            %% Light.colour
            stateDiagram-v2
                state "red" as Red
                state "green" as Green
                state "blue" as Blue
                [*] --> Red
                Red --> Green: wait
                Red --> Blue: stop if id >= 3
                Green --> Blue: stop if id >= 3
                Blue --> [*]
        "#]]
        .assert_eq(&chart_document(&catalog, ChartForm::Mermaid));
    }
}
