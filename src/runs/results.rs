//! The files that a finished run leaves, in the formats of the course framework.

pub mod clips;
pub mod predictions;
pub mod summary;

pub use clips::{Clip, read_clips};
pub use predictions::prediction_csv;
pub use summary::result_txt;
