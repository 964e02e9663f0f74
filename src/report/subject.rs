//! A run as the report sees it.

use crate::{
    config::Mode,
    metrics::{Bootstrap, Calibration, Clips, Confusion, Groups, ScoreIntervals, Scores},
    protocol::{Outcome, RunStarted, SplitResult},
    runs::{History, RunEntry, State},
};

use super::{number::counted, predictions::Predictions};

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
        let mut subject =
            Self { run, predictions: Err("the run was not tested".to_owned()), intervals: None, calibration: None };
        if let (Some(test), Some(started)) = (subject.test(), subject.started()) {
            let read = Predictions::read(&subject.run.dir, &started.classes);
            // A file that was replaced by hand tells of some other model.
            subject.predictions = match read {
                Ok(read) if read.confusion() != test.confusion => {
                    Err("prediction.csv does not hold the predictions that the run was scored by".to_owned())
                }
                read => read,
            };
        }
        let assessed = subject.predictions.as_ref().ok().and_then(|predictions| {
            let clips = predictions.clips()?;
            let groups = Groups::locations(&predictions.ids);
            let intervals = groups.and_then(|groups| Bootstrap::default().intervals(&clips, &groups));
            Some((intervals, Calibration::of(&clips)))
        });
        if let Some((intervals, calibration)) = assessed {
            (subject.intervals, subject.calibration) = (intervals, Some(calibration));
        }
        if subject.predictions.is_ok() && subject.intervals.is_none() {
            subject.predictions =
                subject.predictions.and_then(|predictions| match Groups::locations(&predictions.ids) {
                    Some(_) => Ok(predictions),
                    None => Err("the clips' ids do not tell their locations".to_owned()),
                });
        }
        subject
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
        Some((predictions.clips()?, predictions))
    }
}
