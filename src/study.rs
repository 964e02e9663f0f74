//! Studies: many runs from one file, several seeds each, and what they say together.
//!
//! ```text
//! FILE ─ file::read ─> StudyFile ─ plan::expand ─> Plan ─ folder ─> <runs>/study-<name>/plan.json
//!                                                   │
//!              run directories ── ledger ─> Standing of every trial ── table ─> mean ± sd, ranked
//!                     ^                             │
//!                     └──── engine: trains what is not done, ends what a rule finds hopeless
//! ```
//!
//! 1. **A trial is an ordinary run** whose settings are the study's base with a few overrides. What has
//!    been trained is read from the run directories and nowhere else: there is no second record that
//!    could differ from them. What failed before it had one stands in the study's folder; see [`failure`].
//!    A run whose settings a person changed while it trained is another run, and no trial.
//! 2. **The same trial is not trained twice**: a run counts for every trial of the same settings, data
//!    and version, whoever started it. See [`identity`].
//!    Whoever trains one holds its claim: two studies that share trials, on two hosts, share the work.
//!    See [`claim`].
//! 3. **Killed at any point, a study goes on where it was**: the next start finds the finished runs
//!    and resumes the others.
//! 4. **The test split is shown, never ranked by**, unless the file asks for that in so many words.

mod beat;
pub mod board;
pub mod claim;
pub mod engine;
pub mod eta;
pub mod failure;
pub mod figure;
pub mod file;
pub mod folder;
pub mod follow;
pub mod identity;
pub mod ledger;
pub mod overview;
pub mod plan;
pub mod rule;
pub mod sample;
pub mod settled;
pub mod table;

pub use board::{Board, Standing, Tracked};
pub use figure::Figure;
pub use file::StudyFile;
pub use folder::Folder;
pub use follow::Follow;

pub use plan::Plan;
pub use rule::Rule;
