//! Permissions as `schema.json` shows them.

use serde_json::{Map, Value as Document, json};

use crate::{FieldAccess, PolicySchema, policy_text, right_text};

/// Who may do what: each right with its policy, as an author writes it.
pub(super) fn document(policy: &PolicySchema) -> Document {
    let rules: Map<String, Document> =
        policy.rules.iter().map(|(right, policy)| (right_text(*right), json!(policy_text(policy)))).collect();
    let mut document = json!({ "rules": rules });
    if !policy.roles.is_empty() {
        document["roles"] = json!(policy.roles);
    }
    let denies = policy.denies.iter().map(|deny| {
        let rights: Vec<String> = deny.rights.iter().map(|right| right_text(*right)).collect();
        json!({ "rights": rights, "when": policy_text(&deny.when), "message": deny.message })
    });
    let denies: Vec<Document> = denies.collect();
    if !denies.is_empty() {
        document["denies"] = Document::Array(denies);
    }
    let afters = policy.afters.iter().map(|after| {
        json!({ "right": right_text(after.right), "holds": policy_text(&after.holds), "message": after.message })
    });
    let afters: Vec<Document> = afters.collect();
    if !afters.is_empty() {
        document["after"] = Document::Array(afters);
    }
    if policy.hides {
        document["on_deny"] = json!("hide");
    }
    document
}

/// Who sees and sets a field; none if it is as the struct says.
pub(super) fn of_field(access: &FieldAccess) -> Option<Document> {
    let mut document = Map::new();
    if access.owner {
        document.insert("owner".to_owned(), json!(true));
    }
    for (name, policy) in [("read", access.read), ("create", access.create), ("update", access.update)] {
        if let Some(policy) = policy {
            document.insert(name.to_owned(), json!(policy_text(policy)));
        }
    }
    if access.guarded {
        document.insert("filter".to_owned(), json!("guarded"));
    }
    if let Some(mask) = access.mask {
        document.insert("mask".to_owned(), json!({ "last": mask.last }));
    }
    (!document.is_empty()).then_some(Document::Object(document))
}
