//! The order in which models are loaded.

use lithair_model::Catalog;

/// The models, as places in the catalog, those that others refer to first. Circles are cut where they are met.
pub(super) fn dependency_order(catalog: &Catalog) -> Vec<usize> {
    let mut order = Vec::new();
    let mut seen = vec![false; catalog.models.len()];
    (0..catalog.models.len()).for_each(|place| visit(catalog, place, &mut order, &mut seen));
    order
}

fn visit(catalog: &Catalog, place: usize, order: &mut Vec<usize>, seen: &mut [bool]) {
    if std::mem::replace(&mut seen[place], true) {
        return;
    }
    for &target in &catalog.models[place].targets {
        visit(catalog, target, order, seen);
    }
    order.push(place);
}
