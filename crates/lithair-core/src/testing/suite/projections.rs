//! Projections: their rows are what their folds make of the log.

use lithair_model::{ModelSchema, OperationKind};

use super::{Suite, edits, ensure};

/// Records of each model that is folded.
const RECORDS: usize = 4;

pub(super) fn test(suite: &mut Suite, model: usize) -> Result<(), String> {
    let schema = suite.schema(model);
    let Some(projection) = schema.projection else { return Ok(()) };
    let mut sources: Vec<&ModelSchema> = projection.folds.iter().map(|fold| (fold.of)()).collect();
    sources.dedup_by_key(|source| source.table);
    for source in sources {
        let place = suite.factory.catalog().by_table(source.table).expect("checked: the model is registered");
        live(suite, place)?;
    }
    let engine = std::sync::Arc::clone(suite.server.engine());
    engine.fold_projections().map_err(|error| error.to_string())?;
    let differs = engine.projection_differs(schema.table, projection).map_err(|error| error.to_string())?;
    ensure(differs == 0, || format!("{differs} rows are not what folding the log makes of them"))
}

/// Makes records of a model, changes some, and deletes some; what is refused is left alone.
fn live(suite: &mut Suite, model: usize) -> Result<(), String> {
    for number in 0..RECORDS {
        let made = suite.create(model)?;
        if suite.offers(model, &[OperationKind::Update, OperationKind::Get])
            && let Some(change) = edits::edit(suite, model, &made.shown, 3)?
        {
            suite.change("PATCH", &made.path, Some(&change))?;
        }
        if number % 2 == 0 && suite.offers(model, &[OperationKind::Delete, OperationKind::Get]) {
            suite.change("DELETE", &made.path, None)?;
            suite.send("POST", &format!("{}:restore", made.path), Some(&serde_json::json!({})))?;
        }
        if number == 0 && suite.offers(model, &[OperationKind::Delete, OperationKind::Get]) {
            suite.change("DELETE", &made.path, None)?;
        }
    }
    Ok(())
}
