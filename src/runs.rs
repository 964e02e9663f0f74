//! Run directories: their layout, the event log, and what follows from it.

pub mod directory;
pub mod history;
pub mod list;
pub mod log;
pub mod results;
pub mod writer;

pub use directory::RunDir;
pub use history::{EpochRecord, History, State};
pub use list::{RunEntry, scan};
