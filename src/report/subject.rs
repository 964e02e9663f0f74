//! A run as the report sees it.

use crate::{
    config::Mode,
    metrics::{Bootstrap, Calibration, Clips, Confusion, Groups, ScoreIntervals, Scores},
    protocol::{Outcome, RunStarted, SplitResult},
    runs::{History, RunDir, RunEntry, State, results::Predictions},
};

use super::number::counted;

/// A run with what its predictions tell beyond its events.
#[derive(Debug)]
pub struct Subject {
    pub run: RunEntry,
    /// The predictions of the test split, or why they are not there.
    pub predictions: Result<Predictions, String>,
    /// 95 % intervals of the test scores over locations.
    pub intervals: Option<ScoreIntervals>,
    pub calibration: Option<Calibration>,
}

impl Subject {
    /// Take in a run and read its predictions, where it has been tested.
    #[must_use]
    pub fn new(run: RunEntry) -> Self {
        let predictions = predictions(&run);
        let clips = predictions.as_ref().ok().and_then(|predictions| predictions.clips().ok());
        let groups = predictions.as_ref().ok().and_then(|predictions| Groups::locations(&predictions.ids));
        let intervals =
            clips.as_ref().zip(groups).and_then(|(clips, groups)| Bootstrap::default().intervals(clips, &groups));
        let calibration = clips.as_ref().map(Calibration::of);
        Self { run, predictions, intervals, calibration }
    }

    /// Why there is no interval, where there is none.
    pub fn without_interval(&self) -> Option<&str> {
        match (&self.intervals, &self.predictions) {
            (Some(_), _) => None,
            (None, Err(reason)) => Some(reason),
            (None, Ok(_)) => Some("the clips' ids do not tell two locations or more"),
        }
    }

    pub fn history(&self) -> &History {
        &self.run.history
    }

    pub fn started(&self) -> Option<&RunStarted> {
        self.history().started.as_deref()
    }

    pub fn mode(&self) -> Option<Mode> {
        self.started().map(|started| started.mode)
    }

    pub fn seed(&self) -> u64 {
        self.started().map_or(0, |started| started.seed)
    }

    /// Scores on the test split, once there are any.
    pub fn test(&self) -> Option<&SplitResult> {
        self.history().finished().and_then(|finished| finished.test.as_ref())
    }

    /// Validation scores of the best epoch.
    pub fn val(&self) -> Option<Scores> {
        let finished = self.history().finished().and_then(|finished| finished.val.as_ref());
        finished.map(|val| val.scores).or_else(|| self.history().best_epoch().map(|epoch| epoch.val))
    }

    /// A validation score, if there is one: that of an imported run may not have been told.
    pub fn val_score(&self, score: fn(&Scores) -> f64) -> Option<f64> {
        let untold = |value: f64| value.is_nan() && self.history().imported().is_some();
        self.val().map(|scores| score(&scores)).filter(|value| !untold(*value))
    }

    /// Validation log loss for ordering: what is missing or no number comes last.
    pub fn val_log_loss(&self) -> f64 {
        let loss = self.val().map_or(f64::INFINITY, |scores| scores.log_loss);
        if loss.is_nan() { f64::INFINITY } else { loss }
    }

    pub fn best_epoch(&self) -> Option<usize> {
        self.history()
            .finished()
            .map_or_else(|| self.history().best.map(|(epoch, _)| epoch), |finished| finished.best_epoch)
    }

    pub fn seconds(&self) -> f64 {
        self.history().finished().map_or_else(|| self.history().trained().as_secs_f64(), |finished| finished.seconds)
    }

    /// How the run ended, in words.
    pub fn ending(&self) -> String {
        let after = format!("after {}", counted(self.history().last_epoch(), "epoch"));
        if self.history().imported().is_some() {
            return format!("imported, {after}");
        }
        match &self.history().state {
            State::Ended(finished) => match finished.outcome {
                Outcome::Finished => format!("trained all {}", counted(finished.epochs, "epoch")),
                Outcome::EarlyStopped => format!("stopped early {after}"),
                Outcome::Stopped => format!("stopped by hand {after}"),
            },
            State::Failed(errors) => format!("failed {after}: {}", errors.join(": ")),
            _ if self.run.interrupted => format!("interrupted {after}"),
            State::Empty | State::Training | State::Paused | State::Stopping(_) => format!("not ended, {after}"),
        }
    }

    /// True where a person cut the run short.
    pub fn was_stopped(&self) -> bool {
        self.history().outcome() == Some(Outcome::Stopped)
    }

    pub fn confusion(&self) -> Option<&Confusion> {
        self.test().map(|test| &test.confusion)
    }

    pub fn clips(&self) -> Option<(Clips<'_>, &Predictions)> {
        let predictions = self.predictions.as_ref().ok()?;
        Some((predictions.clips().ok()?, predictions))
    }
}

/// The predictions that a run was scored by, or why they are not there.
fn predictions(run: &RunEntry) -> Result<Predictions, String> {
    let test = run.history.finished().and_then(|finished| finished.test.as_ref());
    let (Some(test), Some(started)) = (test, run.history.started.as_deref()) else {
        return Err("the run was not tested".to_owned());
    };
    let path = RunDir::at(&run.dir).predictions();
    if !path.exists() {
        return Err("prediction.csv is missing".to_owned());
    }
    let read = Predictions::read(&path).map_err(|error| format!("{error:#}"))?;
    let confusion = read.clips().map_err(|error| format!("{error:#}"))?.confusion();
    // A file that was replaced by hand tells of some other model.
    if read.classes != started.classes || confusion != test.confusion {
        return Err("prediction.csv does not hold the predictions that the run was scored by".to_owned());
    }
    Ok(read)
}
