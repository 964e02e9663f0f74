//! Training a study as array jobs of Slurm.
//!
//! ```text
//! todo ─ submit ─> slurm/batch-0001.json (task number -> trial), batch-0001.sh ─ sbatch ─> job id
//!                  slurm/jobs.json  what was submitted, written before and after each sbatch
//!   on a node:     avsc-tui study trial batch-0001.json --task N ─> run directory, slurm/trials/ID.json,
//!                  slurm/curves/ID, which the others' rule reads
//! look ── squeue, sacct ─> state of every task ─ join ─> Board
//! ```
//!
//! Nothing here stays alive: whoever asks reads the files and asks Slurm. Its commands are run without
//! a shell; what they print is bounded, and not trusted.

pub mod curves;
pub mod jobs;
pub mod join;
pub mod look;
pub mod script;
pub mod settings;
pub mod state;
pub mod submit;
pub mod tool;

pub use jobs::{Jobs, Manifest};
pub use look::{Queue, Task, look};
pub use settings::Slurm;
pub use state::JobState;
