//! Models that the engine keeps records of its own in.

use lithair_model::{ModelSchema, Numbers};

use crate::outbox::{DEAD_LETTER, DELIVERY};
use crate::projections::PROJECTION;
use crate::schedules::SCHEDULE;

/// The program's models, and the engine's own where the program needs them, or did: what the log knows stays readable.
pub(crate) fn with_own(mut schemas: Vec<&'static ModelSchema>, numbers: &Numbers) -> Vec<&'static ModelSchema> {
    let own: [(&'static ModelSchema, fn(&ModelSchema) -> bool); 4] = [
        (&DELIVERY, |schema| !schema.hooks_after.is_empty()),
        (&DEAD_LETTER, |schema| !schema.hooks_after.is_empty()),
        (&SCHEDULE, |schema| !schema.schedules.is_empty()),
        (&PROJECTION, |schema| schema.projection.is_some()),
    ];
    for (own, needs) in own {
        let is_there = schemas.iter().any(|schema| schema.table == own.table);
        let is_needed = numbers.model(own.table).is_some() || schemas.iter().any(|schema| needs(schema));
        if is_needed && !is_there {
            schemas.push(own);
        }
    }
    schemas
}
