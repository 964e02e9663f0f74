//! `avsc-tui train`: one run without the dashboard.

mod progress;
mod summary;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Result, bail};
use clap::Args;
use crossbeam_channel::{Receiver, select, tick};

use super::{
    find, output,
    settings::{SettingsArgs, finish, prepare},
};
use crate::{
    app::signals,
    config::{Config, Mode},
    protocol::{Command, RunRequest, WorkerMessage},
    runs::{History, RunDir, log::LogReader},
    train::{self, Worker},
};
pub use progress::Display;

#[derive(Debug, Args)]
pub struct TrainArgs {
    /// early, mid, late, hybrid, audio or video.
    #[arg(long)]
    mode: Option<Mode>,
    /// Epochs at most.
    #[arg(long, value_name = "N")]
    epochs: Option<u32>,
    #[arg(long, value_name = "N")]
    batch_size: Option<u32>,
    /// Learning rate to start with.
    #[arg(long, value_name = "X")]
    lr: Option<f64>,
    #[arg(long, value_name = "S")]
    seed: Option<u32>,
    /// Go on with an interrupted or stopped run, by its name or directory, with its own settings.
    #[arg(long, value_name = "RUN", conflicts_with_all = ["mode", "epochs", "batch_size", "lr", "seed"])]
    resume: Option<String>,
    /// Print one JSON object instead of the report.
    #[arg(long)]
    json: bool,
}

impl TrainArgs {
    fn config(&self, settings: &SettingsArgs) -> Result<Config> {
        let mut layers = settings.layers();
        if let Some(mode) = self.mode {
            layers = layers.flag("model.mode", mode.name(), "--mode");
        }
        for (key, value, flag) in [
            ("train.epochs", self.epochs, "--epochs"),
            ("train.batch_size", self.batch_size, "--batch-size"),
            ("train.seed", self.seed, "--seed"),
        ] {
            if let Some(value) = value {
                layers = layers.flag(key, i64::from(value), flag);
            }
        }
        if let Some(lr) = self.lr {
            layers = layers.flag("train.lr", lr, "--lr");
        }
        Ok(finish(layers)?)
    }
}

/// Train a run to its end, or until a signal stops it.
///
/// # Errors
/// If the settings are wrong, the run cannot start, or it fails.
pub fn run(settings: &SettingsArgs, args: &TrainArgs) -> Result<ExitCode> {
    let mut config = args.config(settings)?;
    let resume = match &args.resume {
        None => None,
        Some(name) => {
            let dir = find::run(Path::new(&config.runs.dir), name)?;
            config = dir.read_config()?;
            Some(dir.path().to_owned())
        }
    };
    prepare(&config);
    let signals = signals::terminating()?;
    let worker = train::spawn()?;
    let request = RunRequest { config, resume, changes: Vec::new() };
    let _ = worker.commands.send(Command::Start(Box::new(request)));
    let followed = follow(&worker, &signals, &Display::new());
    let _ = worker.commands.send(Command::Shutdown);
    worker.join();

    let Followed { dir, history, refused, discarded } = followed;
    if !refused.is_empty() {
        bail!("{}", refused.join(": "));
    }
    let Some(dir) = dir.filter(|_| !discarded) else {
        // Stopped before there was anything to train on, or nothing is left.
        if args.json {
            output::result(summary::nothing())?;
        }
        return Ok(ExitCode::SUCCESS);
    };
    if args.json {
        output::result(summary::json(&RunDir::at(&dir), &history))?;
    } else if let Some(report) = summary::report(&history) {
        output::result(report)?;
    }
    if let crate::runs::State::Failed(errors) = &history.state {
        bail!("the run {} failed: {}", dir.display(), errors.join(": "));
    }
    output::message(summary::closing(&RunDir::at(&dir), &history));
    Ok(ExitCode::SUCCESS)
}

/// What the worker said until it was done.
#[derive(Debug, Default)]
struct Followed {
    dir: Option<PathBuf>,
    history: History,
    refused: Vec<String>,
    /// The run is gone: another process asked for that.
    discarded: bool,
}

/// What the log of the run in `dir`, which goes on, tells before its event number `seq`.
fn before(dir: &Path, seq: u64) -> History {
    // The trainer has just read it: what nobody can read by now is told of elsewhere.
    let read = LogReader::new(&RunDir::at(dir).events()).read().unwrap_or_default();
    History::from_events(read.events.iter().filter(|event| event.seq < seq))
}

fn follow(worker: &Worker, signals: &Receiver<i32>, display: &Display) -> Followed {
    let mut followed = Followed::default();
    let frames = tick(Display::FRAME);
    let mut stopping = false;
    loop {
        select! {
            recv(worker.messages) -> message => match message {
                Ok(WorkerMessage::Event { dir, event }) => {
                    if followed.dir.is_none() && event.seq > 0 {
                        followed.history = before(&dir, event.seq);
                    }
                    followed.history.apply(&event);
                    display.event(&event.event, &followed.history);
                    followed.dir = Some(dir);
                }
                Ok(WorkerMessage::Refused { errors, .. }) => followed.refused = errors,
                Ok(WorkerMessage::Notice(text)) => display.note(&text),
                Ok(WorkerMessage::Loaded(summary)) => display.loaded(&summary),
                Ok(WorkerMessage::LoadingCancelled) => display.note("loading was cancelled"),
                Ok(WorkerMessage::Discarded { dir }) => {
                    display.note(&format!("discarded, as was asked from elsewhere; {} is gone", dir.display()));
                    followed.discarded = true;
                }
                // The worker is idle before it sees the request, and again after the run.
                Ok(WorkerMessage::Idle) => {
                    if followed.history.is_over() || !followed.refused.is_empty() || followed.discarded || stopping {
                        break;
                    }
                }
                Ok(WorkerMessage::Gone) | Err(_) => break,
            },
            recv(signals) -> _ => {
                if stopping {
                    display.note("stopped at once; the run can be resumed");
                    std::process::exit(130);
                }
                stopping = true;
                display.note("stopping after this batch and keeping the best checkpoint; once more to stop at once");
                let _ = worker.commands.send(Command::Shutdown);
            },
            recv(frames) -> _ => {
                if let Ok(progress) = worker.progress.try_recv() {
                    display.progress(&progress);
                }
            }
        }
    }
    display.finish();
    followed
}
