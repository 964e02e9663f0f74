//! Files of other programs: what the course framework and PyTorch write, and what they, TensorBoard
//! and spreadsheets read.
//!
//! Whatever comes in is untrusted: sizes are checked before memory is taken, and a pickle is parsed,
//! never executed.

mod budget;
pub mod config_yaml;
pub mod export;
pub mod growing;
pub mod import;
pub mod pickle;
pub mod recognise;
pub mod state_dict;
pub mod torch_file;
pub mod train_log;

pub use recognise::{Recognised, load, open, recognise};
pub use state_dict::StateDict;
