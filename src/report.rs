//! What a finished run leaves for people and for other programs, in the course framework's formats.

pub mod predictions;
pub mod result;

pub use predictions::prediction_csv;
pub use result::result_txt;
