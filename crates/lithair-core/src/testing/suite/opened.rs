//! Models without what they say of who may: what the other attributes owe is asked by somebody who may do everything, and who that would be, no
//! declaration says.

use lithair_model::{
    AccessSchema, CommandSchema, FieldAccess, FieldSchema, ModelSchema, StatesSchema, TransitionSchema,
};

use super::access::is_guarded;

/// The same models, open to everybody.
pub(super) fn opened(schemas: &[&'static ModelSchema]) -> Vec<&'static ModelSchema> {
    // Schemas live for ever; those of tests are few.
    let open = |schema: &&'static ModelSchema| -> &'static ModelSchema {
        if is_guarded(schema) { Box::leak(Box::new(of(schema))) } else { schema }
    };
    schemas.iter().map(open).collect()
}

fn of(schema: &'static ModelSchema) -> ModelSchema {
    let fields: Vec<FieldSchema> = schema.fields.iter().map(field).collect();
    let commands: Vec<CommandSchema> =
        schema.commands.iter().map(|command| CommandSchema { by: None, ..copy(command) }).collect();
    ModelSchema {
        access: AccessSchema::Public,
        tenant: None,
        fields: fields.leak(),
        commands: commands.leak(),
        ..*schema
    }
}

fn field(field: &FieldSchema) -> FieldSchema {
    let open = |states: &'static StatesSchema| -> &'static StatesSchema {
        let transitions: Vec<_> = states.transitions.iter().map(|way| TransitionSchema { by: None, ..*way }).collect();
        Box::leak(Box::new(StatesSchema { transitions: transitions.leak(), ..*states }))
    };
    FieldSchema { access: FieldAccess::OPEN, states: field.states.map(open), ..*field }
}

/// The same command.
pub(in crate::testing) const fn copy(command: &CommandSchema) -> CommandSchema {
    let CommandSchema { name, summary, input, event, errors, decide, by } = *command;
    CommandSchema { name, summary, input, event, errors, decide, by }
}
