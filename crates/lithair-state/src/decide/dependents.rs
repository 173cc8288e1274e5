//! Of an import, the records that refer to refused ones, and those that refer to these in turn.

use std::collections::{BTreeMap, HashSet};

use lithair_model::{Key, Refusal, RefusalReason};

use super::judge::new_references;
use super::overlay::Overlay;
use crate::View;

/// A record of a model, by its key.
type Place = (usize, Key);

/// The operations that fail because those of the refusal are left out.
pub(super) fn dependents(view: &View<'_>, overlay: &Overlay, refusal: &Refusal) -> Vec<(usize, RefusalReason)> {
    let mut out: HashSet<usize> = refusal.also.iter().map(|(operation, _)| *operation).collect();
    out.insert(refusal.operation);
    let mut missing: Vec<Place> = Vec::new();
    let mut referrers: BTreeMap<Place, Vec<(usize, Place)>> = BTreeMap::new();
    for (model, key, touched) in overlay.iter() {
        let entry = &view.state().catalog().models[model];
        if out.contains(&touched.operation) {
            missing.push((model, key.clone()));
            continue;
        }
        for (relation, target) in touched.after.iter().flat_map(|after| new_references(entry, touched, after)) {
            referrers.entry((entry.targets[relation], target)).or_default().push((relation, (model, key.clone())));
        }
    }
    let mut found = Vec::new();
    while let Some(place) = missing.pop() {
        // A stored record stays as it was, and what refers to it holds.
        if view.row(place.0, &place.1).is_some() {
            continue;
        }
        for (relation, referrer) in referrers.remove(&place).unwrap_or_default() {
            let operation = overlay.get(referrer.0, &referrer.1).expect("referrers are touched").operation;
            if out.insert(operation) {
                found.push((
                    operation,
                    RefusalReason::ReferenceMissing { model: referrer.0, relations: vec![relation] },
                ));
                missing.push(referrer);
            }
        }
    }
    found
}
