//! The files that a finished run leaves, in the formats of the course framework.

pub mod predictions;
pub mod summary;

pub use predictions::prediction_csv;
pub use summary::result_txt;
