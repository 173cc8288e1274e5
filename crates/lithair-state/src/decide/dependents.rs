//! Of an import, the records that refer to refused ones, and those that refer to these in turn.

use std::collections::{BTreeMap, HashSet};

use lithair_model::{Refusal, RefusalReason};

use super::judge::new_references;
use super::overlay::Overlay;
use crate::{RecordRef, View};

/// The operations that fail because those of the refusal are left out.
pub(super) fn dependents(view: &View<'_>, overlay: &Overlay, refusal: &Refusal) -> Vec<(usize, RefusalReason)> {
    let mut out: HashSet<usize> = refusal.also.iter().map(|(operation, _)| *operation).collect();
    out.insert(refusal.operation);
    let mut missing: Vec<RecordRef> = Vec::new();
    // By what they refer to: by which relation, and who.
    let mut referrers: BTreeMap<RecordRef, Vec<(usize, RecordRef)>> = BTreeMap::new();
    for (model, key, touched) in overlay.iter() {
        let entry = &view.state().catalog().models[model];
        if out.contains(&touched.operation) {
            missing.push(RecordRef::new(model, key.clone()));
            continue;
        }
        for (relation, target) in touched.after.iter().flat_map(|after| new_references(entry, touched, after)) {
            let target = RecordRef::new(entry.targets[relation], target);
            referrers.entry(target).or_default().push((relation, RecordRef::new(model, key.clone())));
        }
    }
    let mut found = Vec::new();
    while let Some(record) = missing.pop() {
        // A stored record stays as it was, and what refers to it holds.
        if view.row(record.model, &record.key).is_some() {
            continue;
        }
        for (relation, referrer) in referrers.remove(&record).unwrap_or_default() {
            let operation = overlay.get(referrer.model, &referrer.key).expect("referrers are touched").operation;
            if out.insert(operation) {
                found.push((
                    operation,
                    RefusalReason::ReferenceMissing { model: referrer.model, relations: vec![relation] },
                ));
                missing.push(referrer);
            }
        }
    }
    found
}
