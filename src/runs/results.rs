//! The files that a finished run leaves, in the formats of the course framework, and reading them back,
//! whoever wrote them.

pub mod labels;
pub mod prediction_file;
pub mod predictions;
pub mod summary;
mod table;

pub use labels::LabelFile;
pub use prediction_file::{Predictions, Truth, aligned};
pub use predictions::prediction_csv;
pub use summary::result_txt;
