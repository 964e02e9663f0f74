//! The command line. Results go to stdout, progress and messages to stderr.
//!
//! Exit codes: 0 done, 1 failed, 2 usage or configuration.

mod data;
mod doctor;
mod eval;
mod export;
mod find;
mod import;
mod output;
mod report;
mod settings;
mod steer;
mod study;
mod train;
mod watch;

use std::{path::PathBuf, process::ExitCode};

use clap::{Parser, Subcommand};

use crate::{app, config::Problems};
use settings::SettingsArgs;

/// Train audio-visual scene classifiers and watch them learn, in the terminal.
///
/// Without a command the dashboard opens; without --data it trains on generated demo data.
#[derive(Debug, Parser)]
#[command(name = "avsc-tui", version, max_term_width = 100)]
struct Args {
    #[command(flatten)]
    settings: SettingsArgs,
    /// Open the dashboard on this study: its file, or its folder below the runs folder.
    #[arg(long, value_name = "FILE|DIR")]
    study: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Train one model without the dashboard.
    Train(train::TrainArgs),
    /// Train many runs from one file: grids, lists or samples of settings, several seeds each.
    #[command(subcommand)]
    Study(study::StudyCommand),
    /// Open the dashboard on runs that other processes write, and train nothing.
    Watch(watch::WatchArgs),
    /// Pause, stop or change a run that another process trains, here or on another host.
    Steer(steer::SteerArgs),
    /// Score a trained model or files of predictions, compare them, or combine them.
    Eval(eval::EvalArgs),
    /// Make read-only runs of what the course framework left, or of a checkpoint.
    Import(import::ImportArgs),
    /// Write a run for PyTorch, TensorBoard, a spreadsheet or a program.
    Export(export::ExportArgs),
    /// Write a report of runs: Markdown, HTML, LaTeX tables and figures.
    Report(report::ReportArgs),
    /// Write the demo set, or look at a set.
    #[command(subcommand)]
    Data(DataCommand),
    /// Tell what this build and this machine can do.
    Doctor {
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

#[derive(Debug, Subcommand)]
enum DataCommand {
    /// Write the generated demo set in the framework's layout.
    Demo {
        /// Folder to write into; it must be empty or missing.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// As large as the real set: 12,291 clips of 96 frames, 4.7 GB.
        #[arg(long)]
        full: bool,
    },
    /// Describe a set: splits, classes, frames, storage, problems.
    Inspect {
        /// Folder that holds `audio_features_data` and `video_features_data`.
        #[arg(value_name = "DIR")]
        dir: PathBuf,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
    },
}

/// Options that do not go together, where only their values tell.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Usage(String);

/// Run the program with the arguments of this process.
#[must_use]
pub fn main() -> ExitCode {
    let args = Args::parse();
    match run(args) {
        Ok(code) => code,
        Err(error) => {
            output::message(output::visible(&format!("error: {error:#}")));
            ExitCode::from(if error.is::<Problems>() || error.is::<Usage>() { 2 } else { 1 })
        }
    }
}

fn run(args: Args) -> anyhow::Result<ExitCode> {
    match args.command {
        None => {
            let mut config = args.settings.resolve()?;
            let study = args.study.map(|path| study::find(&args.settings, &path)).transpose()?;
            if let Some((_, folder)) = &study {
                // Its trials' runs are what is looked at.
                config.runs.dir = folder.runs().display().to_string();
                config.ui.autostart = false;
            }
            settings::prepare(&config);
            let subject =
                study.map_or(app::Subject::Runs, |(plan, folder)| app::Subject::Study(Box::new((folder, plan))));
            app::run(config, subject)?;
        }
        Some(Command::Train(train)) => return train::run(&args.settings, &train),
        Some(Command::Study(command)) => return study::run(&args.settings, command),
        Some(Command::Watch(watch)) => watch::run(&args.settings, watch)?,
        Some(Command::Steer(steer)) => return steer::run(&args.settings, &steer),
        Some(Command::Eval(eval)) => return eval::run(&args.settings, &eval),
        Some(Command::Import(import)) => return import::run(&args.settings, &import),
        Some(Command::Export(export)) => return export::run(&args.settings, &export),
        Some(Command::Report(report)) => report::run(&args.settings, report)?,
        Some(Command::Data(DataCommand::Demo { out, full })) => data::demo(&out, full)?,
        Some(Command::Data(DataCommand::Inspect { dir, json })) => return data::inspect(&args.settings, &dir, json),
        Some(Command::Doctor { json }) => {
            let config = args.settings.resolve()?;
            settings::prepare(&config);
            doctor::run(&config, json)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
