//! Deleted softly: out of sight, back as it was, gone for good.

use lithair_model::{Auto, OperationKind};
use serde_json::Value as Document;

use super::{Suite, ensure, expect, json};

pub(super) fn test(suite: &mut Suite, model: usize) -> Result<(), String> {
    if !suite.offers(model, &[OperationKind::Delete, OperationKind::Get]) {
        return Ok(());
    }
    let open = suite.is_open(model);
    let Ok(made) = suite.create_with(model, &[], &open) else { return Ok(()) };
    let before = suite.get(&made.path)?;
    let gone = suite.change("DELETE", &made.path, None)?;
    expect(&gone, 204, || format!("DELETE {}", made.path))?;
    let schema = suite.schema(model);
    let is_soft = schema.lifecycle.soft_delete.is_some();
    let absent = if is_soft { 410 } else { 404 };
    expect(&suite.send("GET", &made.path, None)?, absent, || format!("GET {} once it is deleted", made.path))?;
    expect(&suite.send("DELETE", &made.path, None)?, absent, || format!("DELETE {} again", made.path))?;
    if !is_soft {
        return Ok(());
    }
    let deleted_at = schema.fields.iter().find(|field| field.auto == Some(Auto::Deleted)).map(|field| field.wire);
    let shown = suite.get(&format!("{}?include_deleted=true", made.path))?;
    ensure(deleted_at.is_none_or(|wire| shown[wire].is_string()), || format!("since when is not said: {shown}"))?;
    if suite.offers(model, &[OperationKind::Update]) {
        let answer = suite.send("PATCH", &made.path, Some(&serde_json::json!({})))?;
        expect(&answer, 410, || format!("PATCH {} in the trash", made.path))?;
    }
    let back = suite.change_deleted(&made.path, "restore")?;
    expect(&back, 200, || format!("POST {}:restore", made.path))?;
    let after = suite.get(&made.path)?;
    let members = |document: &Document| {
        let mut members = document.as_object().cloned().unwrap_or_default();
        schema.fields.iter().filter(|field| field.auto.is_some()).for_each(|field| drop(members.remove(field.wire)));
        members.remove("_rev");
        members
    };
    let is_whole = members(&after) == members(&before) || !schema.hooks_before.is_empty();
    ensure(is_whole, || format!("restored as {after}, not {before}"))?;
    let early = suite.change_deleted(&made.path, "purge")?;
    expect(&early, 409, || format!("POST {}:purge of what is not deleted", made.path))?;
    expect(&suite.change("DELETE", &made.path, None)?, 204, || format!("DELETE {} once more", made.path))?;
    suite.restart();
    let purged = suite.change_deleted(&made.path, "purge")?;
    expect(&purged, 204, || format!("POST {}:purge: {}", made.path, json(&purged)))?;
    expect(&suite.send("GET", &format!("{}?include_deleted=true", made.path), None)?, 404, || {
        format!("{} is purged", made.path)
    })
}
