//! `avsc-tui report`: tables and figures of finished runs.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;

use super::{output, settings::SettingsArgs};
use crate::report::{self, Options};

#[derive(Debug, Args)]
pub struct ReportArgs {
    /// Names of runs in the runs folder, or their directories; none: every run of the folder.
    #[arg(value_name = "RUN")]
    names: Vec<PathBuf>,
    /// Folder to write: missing, empty, or a report that nobody has changed since.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// The day to print below the title; without it the same runs give the same bytes on any day.
    #[arg(long, value_name = "TEXT")]
    date: Option<String>,
    /// Replace a report even if its files were changed since it was written; never another folder.
    #[arg(long)]
    force: bool,
}

/// Write the report and name its HTML file.
///
/// # Errors
/// If a run is not there, or the folder cannot be written.
pub fn run(settings: &SettingsArgs, args: ReportArgs) -> Result<()> {
    let config = settings.resolve()?;
    let (runs, problems) = report::collect(Path::new(&config.runs.dir), &args.names)?;
    for problem in problems {
        output::message(format_args!("warning: {problem}"));
    }
    let defaults = Options::default();
    let options = Options { title: args.title.unwrap_or(defaults.title), date: args.date, force: args.force };
    report::write(runs, &args.out, &options)?;
    output::result(args.out.join("report.html").display())
}
