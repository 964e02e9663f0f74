//! `avsc-tui export`: a run for other programs.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Result;
use clap::Args;
use serde_json::json;

use super::{find, output, settings::SettingsArgs};
use crate::{
    exchange::export::{self, Format, Target},
    tui::text,
};

#[derive(Debug, Args)]
pub struct ExportArgs {
    /// A run, by its name or directory.
    #[arg(value_name = "RUN")]
    run: String,
    /// pytorch, safetensors, tensorboard, csv or json.
    #[arg(long, value_name = "FORMAT")]
    to: Format,
    /// File to write, or folder for tensorboard; named after the run where it is not given.
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,
    /// Replace what is there.
    #[arg(long)]
    force: bool,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Write the run and print what was written.
///
/// # Errors
/// If the settings are wrong, there is no such run, or it cannot be written.
pub fn run(settings: &SettingsArgs, args: &ExportArgs) -> Result<ExitCode> {
    let config = settings.resolve()?;
    let dir = find::run(Path::new(&config.runs.dir), &args.run)?;
    let target = Target { out: args.out.as_deref(), force: args.force };
    let files = export::export(&dir, args.to, target)?;
    if args.json {
        output::result(json!({ "run": dir.path(), "format": args.to.to_string(), "files": files }))?;
    } else {
        let lines: Vec<_> = files.iter().map(|file| text::clean(&file.display().to_string()).into_owned()).collect();
        output::result(lines.join("\n"))?;
    }
    Ok(ExitCode::SUCCESS)
}
