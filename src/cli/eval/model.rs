//! Evaluating a run, or a checkpoint file.

use std::{ops::ControlFlow, path::Path, time::Instant};

use anyhow::{Result, anyhow};

use super::{EvalArgs, Subject};
use crate::{
    cli::{
        Usage, find, output,
        settings::{SettingsArgs, prepare},
        train::Display,
    },
    config::SplitName,
    data::LoadProgress,
    device,
    protocol::{Progress, SplitResult},
    runs::{RunDir, RunEntry},
    train::scoring::{Scored, Trained, load_data},
    tui::text::clean,
};

/// A model's predictions, and the run directory where they belong: that of a finished run on its own
/// test split.
pub struct Evaluated {
    pub subject: Subject,
    pub run: Option<RunDir>,
}

/// Evaluate the run or the checkpoint file that `name` means.
///
/// # Errors
/// If it is not there, or does not fit the data.
pub fn evaluate(settings: &SettingsArgs, args: &EvalArgs, name: &str) -> Result<Evaluated> {
    let mut trained = trained(settings, args, name)?;
    let split = args.split.unwrap_or(SplitName::Test);
    let base = settings.resolve()?;
    if settings.names_data() {
        trained.config.data = base.data;
    }
    if settings.names_device() {
        trained.config.train.device = base.train.device;
    }
    prepare(&trained.config);
    let compute = device::resolve(&trained.config.train.device).map_err(|error| anyhow!(error))?;

    let display = Display::new();
    let start = Instant::now();
    let loaded = load_data(&trained.config, &compute, &|LoadProgress { what, clips, total, bytes }| {
        let seconds = start.elapsed().as_secs_f64();
        display.progress(&Progress::Loading { what, clips, total, bytes, seconds });
        ControlFlow::Continue(())
    });
    display.finish();
    let loaded = loaded?;
    for note in &loaded.data.notes {
        output::message(format_args!("note: {}", clean(note)));
    }
    let scored = trained.score(&loaded, &compute, split)?;
    output::message(format_args!("{} on the {split} split of {}", trained.name, clean(&loaded.data.source)));
    if scored.same_data == Some(false) {
        output::message(format_args!(
            "this is not the data that the run was trained on (it has the fingerprint {}, this has {}), and it is \
             normalised with statistics of its own; data.audio_norm and data.video_norm name others",
            short(trained.run.as_ref().and_then(|run| Some(&*run.history.started.as_ref()?.fingerprint))),
            short(Some(&loaded.data.fingerprint)),
        ));
    }
    let own = scored.same_data == Some(true);
    if let Some(run) = trained.run.as_ref().filter(|_| own) {
        output::message(recorded(run, &scored, split));
    }
    let over = trained.run.as_ref().filter(|run| own && split == SplitName::Test && run.history.finished().is_some());
    let run = over.map(|run| RunDir::at(&run.dir));
    Ok(Evaluated { subject: Subject { predictions: scored.predictions, tag: scored.tag }, run })
}

fn trained(settings: &SettingsArgs, args: &EvalArgs, name: &str) -> Result<Trained> {
    let config = settings.resolve()?;
    if Path::new(name).is_file() {
        return Trained::of_file(Path::new(name), args.mode, config);
    }
    let trained = Trained::of_run(&find::run(Path::new(&config.runs.dir), name)?)?;
    let own = trained.config.model.mode;
    if args.mode.is_some_and(|mode| mode != own) {
        return Err(
            Usage(format!("--mode is for checkpoint files; the run {} is of {own} fusion", trained.name)).into()
        );
    }
    Ok(trained)
}

/// Whether these are the scores that the run recorded.
fn recorded(run: &RunEntry, scored: &Scored, split: SplitName) -> String {
    let finished = run.history.finished();
    let record: Option<&SplitResult> = match split {
        SplitName::Train => None,
        SplitName::Val => finished.and_then(|finished| finished.val.as_ref()),
        SplitName::Test => finished.and_then(|finished| finished.test.as_ref()),
    };
    match record {
        None => format!("the run has recorded no scores of the {split} split"),
        Some(record) if record.scores == scored.result.scores && record.confusion == scored.result.confusion => {
            "these are the scores that the run recorded, to the last digit".to_owned()
        }
        Some(record) => format!(
            "the run recorded accuracy {} and log loss {}, now it is {} and {}: another device or number of threads \
             rounds differently",
            record.scores.accuracy,
            record.scores.log_loss,
            scored.result.scores.accuracy,
            scored.result.scores.log_loss
        ),
    }
}

fn short(fingerprint: Option<&str>) -> String {
    fingerprint.unwrap_or("unknown").chars().take(8).collect()
}
