//! `avsc-tui import`: runs from what other programs left.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Result;
use clap::Args;
use jiff::Timestamp;
use serde_json::json;

use super::{output, settings::SettingsArgs};
use crate::{
    config::Mode,
    exchange::import::{self, ImportedRun, Request},
    tui::text,
};

#[derive(Debug, Args)]
pub struct ImportArgs {
    /// Experiment folders of the course framework, or checkpoints: .pt, .pth, .safetensors.
    #[arg(required = true, value_name = "FOLDER|FILE")]
    paths: Vec<PathBuf>,
    /// early, mid, late, hybrid, audio or video, where the weights do not tell.
    #[arg(long)]
    mode: Option<Mode>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// Import every path; one that cannot be imported does not keep the others back.
///
/// # Errors
/// If the settings are wrong or stdout cannot be written to.
pub fn run(settings: &SettingsArgs, args: &ImportArgs) -> Result<ExitCode> {
    let config = settings.resolve()?;
    let request = Request { config: &config, mode: args.mode, now: Timestamp::now() };
    let (mut runs, mut failures) = (Vec::new(), Vec::new());
    for path in &args.paths {
        match import::import(path, &request) {
            Ok(imported) => {
                for note in imported.notes {
                    output::message(format_args!("note: {}", text::clean(&note)));
                }
                for run in imported.runs {
                    if !args.json {
                        output::result(text::clean(&line(&run)))?;
                    }
                    runs.push(run);
                }
            }
            Err(error) => {
                // An error of many misfits has lines of its own.
                let error = format!("{error:#}");
                let lines: Vec<_> = error.lines().map(text::clean).collect();
                output::message(format_args!("error: {}", lines.join("\n")));
                failures.push(json!({ "source": path, "error": error }));
            }
        }
    }
    let failed = !failures.is_empty();
    if args.json {
        let runs: Vec<_> = runs.iter().map(object).collect();
        output::result(json!({ "runs": runs, "failures": failures }))?;
    }
    Ok(ExitCode::from(u8::from(failed)))
}

fn line(run: &ImportedRun) -> String {
    let dir = run.dir.display();
    if run.already {
        return format!("{dir}: imported before, nothing was written; remove that folder to import it anew");
    }
    let epochs = match (run.epochs, run.best_epoch) {
        (0, _) => "no curve".to_owned(),
        (epochs, None) => format!("{epochs} epochs"),
        (epochs, Some(best)) => format!("{epochs} epochs, the best {best} by losses of two decimals"),
    };
    format!("{dir}: {} fusion, {epochs}", run.mode)
}

fn object(run: &ImportedRun) -> serde_json::Value {
    json!({
        "run": run.dir,
        "mode": run.mode,
        "epochs": run.epochs,
        "best_epoch": run.best_epoch,
        "already_imported": run.already,
    })
}
