//! What can be taken back.

use std::path::PathBuf;

use crate::{runs::Notes, tui::Moved};

/// A change to runs, with what it takes to undo it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Undo {
    /// Runs that lie in the trash.
    Deleted(Vec<Moved>),
    /// The notes as they were.
    Noted(Vec<(PathBuf, Notes)>),
}
