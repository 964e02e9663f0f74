//! `avsc-tui watch`: the dashboard on runs that other processes write.

use std::path::PathBuf;

use anyhow::{Result, ensure};
use clap::Args;

use super::settings::{SettingsArgs, prepare};
use crate::app;

#[derive(Debug, Args)]
pub struct WatchArgs {
    /// Folders of runs, or single runs.
    #[arg(value_name = "DIR", required = true)]
    dirs: Vec<PathBuf>,
}

/// Open the dashboard on the folders and stay until the person leaves it.
///
/// # Errors
/// If a folder is not there, or there is no terminal.
pub fn run(settings: &SettingsArgs, args: WatchArgs) -> Result<()> {
    let config = settings.resolve()?;
    for dir in &args.dirs {
        ensure!(dir.is_dir(), "there is no folder {}", dir.display());
    }
    prepare(&config);
    app::run(config, app::Subject::Watched(args.dirs))
}
