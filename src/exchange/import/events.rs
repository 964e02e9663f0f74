//! The event log of an imported run, as our own trainer would have written it.

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};

use super::{Draft, source::Source};
use crate::{
    config::Config,
    exchange::train_log::LoggedEpoch,
    metrics::{Confusion, Scores},
    protocol::{EpochFinished, Finished, Origin, Outcome, RunEvent, RunStarted, SplitResult, Writer},
    runs::{RunDir, log::LogWriter},
};

/// The best epoch by the framework's recipe: the last of those whose validation loss is at or
/// under every one before. Of losses with two decimals, more tie than did in truth.
pub fn best(epochs: &[LoggedEpoch]) -> Option<usize> {
    bests(epochs).into_iter().rev().find(|(_, is_best)| *is_best).map(|(epoch, _)| epoch)
}

/// Each epoch, and whether it was a best one when it ended. NaN is never better than anything.
fn bests(epochs: &[LoggedEpoch]) -> Vec<(usize, bool)> {
    let mut least = f64::INFINITY;
    let judge = |epoch: &LoggedEpoch| {
        let is_best = epoch.val_loss <= least;
        least = least.min(epoch.val_loss);
        (epoch.epoch, is_best)
    };
    epochs.iter().map(judge).collect()
}

/// Write the log of `draft` into `dir`; when the run began.
pub fn write(dir: &RunDir, source: &Source, draft: &Draft<'_>, config: &Config, now: Timestamp) -> Result<Timestamp> {
    let (mut log, _) = LogWriter::open(&dir.events())?;
    let first = draft.epochs.first();
    let began = first.and_then(|epoch| {
        let length = SignedDuration::try_from_secs_f64(epoch.seconds).ok()?;
        epoch.ended?.checked_sub(length).ok()
    });
    let began = began.unwrap_or(now);
    log.append(RunEvent::RunStarted(Box::new(started(source, draft, config))), began)?;
    let mut at = began;
    let mut bad_epochs = 0;
    for (epoch, (_, is_best)) in draft.epochs.iter().zip(bests(draft.epochs)) {
        at = epoch.ended.unwrap_or(at);
        bad_epochs = if is_best { 0 } else { bad_epochs + 1 };
        log.append(RunEvent::EpochFinished(Box::new(finished_epoch(epoch, bad_epochs))), at)?;
        if is_best {
            log.append(RunEvent::Checkpointed { epoch: epoch.epoch, val_loss: epoch.val_loss }, at)?;
        }
    }
    log.append(RunEvent::Finished(Box::new(finished(source, draft, config, bad_epochs))), at)?;
    Ok(began)
}

fn started(source: &Source, draft: &Draft<'_>, config: &Config) -> RunStarted {
    let tested = source.tested.as_ref().filter(|_| draft.is_last);
    let weights = source.weights.as_ref().filter(|_| draft.is_last);
    RunStarted {
        mode: draft.mode,
        seed: 0,
        classes: source.tested.as_ref().map(|tested| tested.classes.clone()).unwrap_or_default(),
        train_clips: 0,
        val_clips: 0,
        test_clips: tested.map_or(0, |tested| tested.ids.len()),
        batch_size: config.train.batch_size,
        batches: 0,
        epochs: config.train.epochs,
        early_stop: config.train.early_stop,
        lr: source.settings.number("optimizer.args.lr").unwrap_or(f64::NAN),
        parameters: weights.map_or(0, |weights| weights.blueprint.parameters()),
        device: "another program".to_owned(),
        data: config.data.dir.clone(),
        // Runs that were tested on the same clips stand together; others stand alone.
        fingerprint: tested.map_or_else(|| draft.content.clone(), |tested| tested.tag(None).data),
        demo: false,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        writer: Writer::default(),
        imported: Some(Origin {
            source: source.name.clone(),
            content: draft.content.clone(),
            rounded: !draft.epochs.is_empty(),
        }),
    }
}

/// The event of an epoch, `bad_epochs` of which in a row were no best one.
pub fn finished_epoch(epoch: &LoggedEpoch, bad_epochs: usize) -> EpochFinished {
    EpochFinished {
        epoch: epoch.epoch,
        train_loss: epoch.train_loss,
        val_loss: epoch.val_loss,
        val: validation(epoch),
        confusion: Confusion::default(),
        lr: f64::NAN,
        bad_epochs,
        seconds: if epoch.seconds.is_finite() { epoch.seconds } else { 0.0 },
        clips_per_second: f64::NAN,
    }
}

fn validation(epoch: &LoggedEpoch) -> Scores {
    Scores { accuracy: epoch.val_accuracy, log_loss: f64::NAN, macro_f1: f64::NAN }
}

fn finished(source: &Source, draft: &Draft<'_>, config: &Config, bad_epochs: usize) -> Finished {
    let last = draft.epochs.last().map_or(0, |last| last.epoch);
    let best = best(draft.epochs);
    let patience = config.train.early_stop;
    let best_record = draft.epochs.iter().find(|epoch| Some(epoch.epoch) == best);
    Finished {
        outcome: if patience > 0 && bad_epochs >= patience {
            Outcome::EarlyStopped
        } else if last >= config.train.epochs || draft.epochs.is_empty() {
            Outcome::Finished
        } else {
            Outcome::Stopped
        },
        epochs: last,
        best_epoch: best,
        val: best_record.map(|epoch| SplitResult {
            loss: epoch.val_loss,
            scores: validation(epoch),
            confusion: Confusion::default(),
        }),
        test: if draft.is_last { test(source) } else { None },
        seconds: draft.epochs.iter().map(|epoch| epoch.seconds).filter(|seconds| seconds.is_finite()).sum(),
    }
}

/// The test scores: counts from the predictions; the log loss as it was reported, because the
/// predictions are rounded to three decimals.
fn test(source: &Source) -> Option<SplitResult> {
    let reported = |name: &str| {
        let text = source.result.as_deref()?;
        text.lines().find_map(|line| line.trim().strip_prefix(name)?.trim().parse::<f64>().ok())
    };
    let (accuracy, log_loss) = (reported("accuracy:"), reported("overall log loss:"));
    let clips = source.tested.as_ref().and_then(|tested| tested.clips().ok());
    let Some((counted, confusion)) = clips.map(|clips| (clips.scores(), clips.confusion())) else {
        let scores = Scores { accuracy: accuracy?, log_loss: log_loss.unwrap_or(f64::NAN), macro_f1: f64::NAN };
        return Some(SplitResult { loss: f64::NAN, scores, confusion: Confusion::default() });
    };
    // A report of other predictions is none of these.
    let agrees = accuracy.is_some_and(|accuracy| (accuracy - counted.accuracy).abs() < 6e-4);
    let scores = Scores { log_loss: log_loss.filter(|_| agrees).unwrap_or(counted.log_loss), ..counted };
    Some(SplitResult { loss: f64::NAN, scores, confusion })
}
