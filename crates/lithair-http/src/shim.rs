//! Until the model's own decoders are there.
use lithair_model::*;
#[derive(Clone, Copy, Debug)]
pub(crate) enum DraftMode {
    Create,
    Replace,
    Patch,
    Import,
}
#[derive(Debug)]
pub(crate) enum DraftError {
    Malformed { position: usize, detail: String },
    Invalid(Vec<Violation>),
}
pub(crate) fn decode_draft(
    model: &ModelEntry,
    bytes: &[u8],
    _mode: DraftMode,
    resolve: &dyn Fn(&str) -> Option<Supplied>,
) -> Result<Draft, DraftError> {
    let map: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(bytes)
        .map_err(|e| DraftError::Malformed { position: e.column(), detail: e.to_string() })?;
    let mut fields = Vec::new();
    let mut bad = Vec::new();
    for (name, value) in map {
        let Some(place) = model.by_wire(&name) else {
            bad.push(Violation {
                pointer: format!("/{name}"),
                code: "unknown_field",
                detail: "unknown".into(),
                params: vec![],
            });
            continue;
        };
        let kind = &model.schema.fields[place].kind;
        if let Some(text) = value.as_str() {
            if let Some(s) = resolve(text) {
                fields.push((place, s));
                continue;
            }
        }
        let v = match (&value, kind) {
            (serde_json::Value::Null, _) => Some(Value::Null),
            (serde_json::Value::Number(n), Kind::Int { .. }) => n.as_i64().map(|n| Value::Int(n.into())),
            (serde_json::Value::Bool(n), _) => Some(Value::Bool(*n)),
            (_, Kind::Json) => Json::parse(&value.to_string()).ok().map(Value::Json),
            (serde_json::Value::String(s), Kind::Text) => Some(Value::Text(s.clone())),
            (serde_json::Value::String(s), Kind::Uuid) => s.parse().ok().map(Value::Uuid),
            (serde_json::Value::String(s), Kind::Decimal) => s.parse().ok().map(Value::Decimal),
            _ => None,
        };
        match v {
            Some(v) => fields.push((place, Supplied::Value(v))),
            None => {
                bad.push(Violation { pointer: format!("/{name}"), code: "type", detail: "type".into(), params: vec![] })
            }
        }
    }
    fields.sort_by_key(|f| f.0);
    if bad.is_empty() { Ok(Draft { fields }) } else { Err(DraftError::Invalid(bad)) }
}
pub(crate) fn parse_sort(m: &ModelEntry, t: &str) -> Result<Vec<SortTerm>, String> {
    t.split(',')
        .map(|t| {
            let d = t.starts_with('-');
            m.by_wire(t.trim_start_matches('-'))
                .filter(|p| m.sortable[*p])
                .map(|field| SortTerm { field, descending: d })
                .ok_or_else(|| format!("no field {t}"))
        })
        .collect()
}
