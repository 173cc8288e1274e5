//! How far each projection is.

use lithair_model::{CommandSchema, Decided, Event, FieldSchema, ModelSchema, OperationKind, Position, Value};

const REBUILD: &str = "rebuild";
/// Where [`ProjectionState::rebuilding`] stands in the record.
const REBUILDING: usize = 3;

/// How far a projection is.
pub(crate) static PROJECTION: ModelSchema = ModelSchema {
    name: "LithairProjection",
    table: "lithair_projections",
    path: "lithair/projections",
    fields: &[
        FieldSchema::of::<String>("projection"),
        FieldSchema::of::<i64>("version"),
        // Everything up to here is in the rows.
        FieldSchema::of::<i64>("position"),
        // Everything is folded again.
        FieldSchema::of::<bool>("rebuilding"),
        // Why it does not go on.
        FieldSchema::of::<Option<String>>("error"),
    ],
    key: &[0],
    operations: &[OperationKind::List, OperationKind::Get],
    commands: &[CommandSchema {
        name: REBUILD,
        summary: "Folds the whole log again. The rows are as they were until what differs is put right.",
        input: &ModelSchema {
            name: "LithairProjection.rebuild",
            table: "rebuild",
            path: "rebuild",
            ..ModelSchema::PLAIN
        },
        event: REBUILD,
        errors: &[],
        // Whoever folds reads the record, and does the rest.
        decide: |_, mut values, _| {
            values[REBUILDING] = Value::Bool(true);
            Ok(Decided { values, event: Event { name: REBUILD, payload: "{}".to_owned() } })
        },
        by: None,
    }],
    ..ModelSchema::PLAIN
};

/// How far a projection is: a record of the log, which moves with the rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectionState {
    /// The table of its rows.
    pub projection: String,
    /// The version of the folds that made them.
    pub version: u32,
    /// Everything up to here is in the rows; what is behind it and not in them is nothing to fold.
    pub position: Position,
    /// Everything is to be folded again.
    pub rebuilding: bool,
    /// Why it does not go on.
    pub error: Option<String>,
}

impl ProjectionState {
    pub(super) fn values(&self) -> Vec<Value> {
        vec![
            Value::Text(self.projection.clone()),
            Value::Int(self.version.into()),
            Value::Int(self.position.get().into()),
            Value::Bool(self.rebuilding),
            self.error.clone().map_or(Value::Null, Value::Text),
        ]
    }

    pub(super) fn of(values: &[Value]) -> Option<Self> {
        let [Value::Text(projection), Value::Int(version), Value::Int(position), Value::Bool(rebuilding), error] =
            values
        else {
            return None;
        };
        Some(Self {
            projection: projection.clone(),
            version: u32::try_from(*version).ok()?,
            position: Position::new(u64::try_from(*position).ok()?),
            rebuilding: *rebuilding,
            error: if let Value::Text(error) = error { Some(error.clone()) } else { None },
        })
    }
}
