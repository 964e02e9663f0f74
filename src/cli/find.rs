//! Runs by their names, as a person types them.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::runs::RunDir;

/// The run that `name` means: a directory, or the name of a run in the runs folder.
///
/// # Errors
/// If there is no such run.
pub fn run(runs: &Path, name: &str) -> Result<RunDir> {
    [PathBuf::from(name), runs.join(name)].into_iter().map(RunDir::at).find(|dir| dir.config().is_file()).with_context(
        || {
            format!(
                "there is no run `{name}`, neither as a directory nor in {}; name its folder with --runs",
                runs.display()
            )
        },
    )
}
