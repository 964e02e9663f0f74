//! Run directories: their layout, the event log, commands for its writer, and what follows from it.

mod brief;
pub mod commands;
pub mod directory;
pub mod field;
pub mod filter;
pub mod history;
pub mod list;
pub mod log;
pub mod notes;
mod relisting;
pub mod results;
pub mod spread;
pub mod study;
pub mod summary;
pub mod trash;
pub mod watch;
pub mod writer;

pub use directory::RunDir;
pub use field::{Field, Row, Value};
pub use filter::Filter;
pub use history::{EpochRecord, History, State};
pub use list::{RunEntry, scan};
pub use notes::Notes;
pub use spread::Spread;
pub use summary::{Best, Stage, Summary};
pub use watch::{Changes, Listed, Tail, Watch};
