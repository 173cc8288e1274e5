use crate::{ModelId, ModelSchema};

/// The models of a program, compiled.
#[derive(Debug)]
pub struct Catalog {
    /// The models, in the order they were registered.
    pub models: Vec<ModelEntry>,
}

/// One model, compiled: its schema, its numbers in the log, and what is looked up often.
#[derive(Debug)]
pub struct ModelEntry {
    /// What the struct declares.
    pub schema: &'static ModelSchema,
    /// The model's number in the log.
    pub id: ModelId,
}
