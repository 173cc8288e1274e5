//! What holds for every input: the fuzz targets run these, and so do the tests, over the seeds and over random bytes.

mod filter;
mod json_body;
mod models;
mod recovery;

pub use filter::filter;
pub use json_body::json_body;
pub use lithair_core::store::fuzzing::frame;
pub use recovery::recovery;
