//! What is said of a run that has ended.

use serde_json::{Value, json};

use crate::{
    metrics::Scores,
    protocol::{Outcome, SplitResult},
    runs::{History, RunDir, State, results},
};

/// The object that `--json` prints.
#[must_use]
pub fn json(dir: &RunDir, history: &History) -> Value {
    let started = history.started.as_deref();
    let finished = history.finished();
    let split = |result: Option<&SplitResult>, keys: &[&str]| {
        let Some(SplitResult { loss, scores: Scores { accuracy, log_loss, macro_f1 }, confusion }) = result else {
            return Value::Null;
        };
        let all = [
            ("loss", json!(loss)),
            ("accuracy", json!(accuracy)),
            ("log_loss", json!(log_loss)),
            ("macro_f1", json!(macro_f1)),
            ("confusion", json!(confusion)),
        ];
        all.into_iter().filter(|(key, _)| keys.contains(key)).map(|(key, value)| (key.to_owned(), value)).collect()
    };
    json!({
        "run": dir.path(),
        "mode": started.map(|started| started.mode),
        "outcome": outcome(history),
        "epochs": history.last_epoch(),
        "best_epoch": history.best.map(|(epoch, _)| epoch),
        "val": split(finished.and_then(|finished| finished.val.as_ref()), &["loss", "accuracy", "log_loss", "macro_f1"]),
        "test": split(
            finished.and_then(|finished| finished.test.as_ref()),
            &["accuracy", "log_loss", "macro_f1", "confusion"],
        ),
        "seconds": finished.map_or_else(|| history.trained().as_secs_f64(), |finished| finished.seconds),
        "device": started.map(|started| &started.device),
        "demo": started.map(|started| started.demo),
    })
}

/// The object for a run that was stopped before its data was there.
#[must_use]
pub fn nothing() -> Value {
    json!({ "run": null, "outcome": "stopped", "epochs": 0, "best_epoch": null, "val": null, "test": null })
}

/// The test report in scikit-learn's form, where there is one.
#[must_use]
pub fn report(history: &History) -> Option<String> {
    let test = history.finished()?.test.as_ref()?;
    let started = history.started.as_ref()?;
    Some(results::result_txt(&test.confusion, test.scores.log_loss, &started.classes, started.demo))
}

/// The last line on stderr.
#[must_use]
pub fn closing(dir: &RunDir, history: &History) -> String {
    let best = match history.best_epoch() {
        Some(best) => format!("best epoch {} (val loss {:.4})", best.epoch, best.val_loss),
        None => "no best epoch".to_owned(),
    };
    let demo = if history.started.as_ref().is_some_and(|started| started.demo) { " [DEMO data]" } else { "" };
    let seconds = history.trained().as_secs_f64();
    format!(
        "{} after {} in {seconds:.1} s, {best}{demo}: {}",
        outcome(history).replace('_', " "),
        match history.last_epoch() {
            1 => "1 epoch".to_owned(),
            epochs => format!("{epochs} epochs"),
        },
        dir.path().display()
    )
}

fn outcome(history: &History) -> &'static str {
    match &history.state {
        State::Ended(finished) => match finished.outcome {
            Outcome::Finished => "finished",
            Outcome::EarlyStopped => "early_stopped",
            Outcome::Stopped => "stopped",
        },
        State::Failed(_) => "failed",
        State::Empty | State::Training | State::Paused | State::Stopping(_) => "interrupted",
    }
}
