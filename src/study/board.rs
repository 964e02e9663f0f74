//! How far every trial of a study has come.

use std::path::PathBuf;

use super::{Figure, Plan};
use crate::protocol::{Finished, Outcome, RunEvent};

/// Every trial, in the order of the plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Board {
    pub trials: Vec<Tracked>,
}

/// One trial as its run tells it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Tracked {
    pub standing: Standing,
    /// Its run directory, if it has one.
    pub dir: Option<PathBuf>,
    /// Cost after each epoch, the smaller the better; see [`Figure::cost`].
    pub curve: Vec<f64>,
    pub finished: Option<Finished>,
    /// Time spent in epochs.
    pub seconds: f64,
    /// A person has it wait.
    pub paused: bool,
    /// Why a rule ended it, if one has asked for that.
    pub reason: Option<String>,
    /// A run of its own that does not count, because a person changed its settings while it trained.
    pub changed: Option<Changed>,
}

/// A run that became another one than was planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Changed {
    pub dir: PathBuf,
    /// What was changed, in words.
    pub what: String,
}

/// Where a trial stands.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Standing {
    /// It has no run yet, or one that was killed before it told anything.
    #[default]
    Pending,
    /// Somebody trains it.
    Live,
    /// Trained to its end, or until early stopping.
    Done,
    /// A rule of the study ended it, for this reason.
    Terminated(String),
    /// A person or a signal stopped it; the study resumes it.
    Stopped,
    /// Its process is gone; the study resumes it.
    Interrupted,
    /// It failed: the chain of causes, outermost first.
    Failed(Vec<String>),
}

impl Standing {
    /// The name in tables and JSON.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Live => "live",
            Self::Done => "done",
            Self::Terminated(_) => "terminated",
            Self::Stopped => "stopped",
            Self::Interrupted => "interrupted",
            Self::Failed(_) => "failed",
        }
    }

    /// How much a run with this standing tells of its trial: of several runs the highest counts.
    #[must_use]
    pub fn weight(&self) -> u8 {
        match self {
            Self::Pending => 0,
            Self::Failed(_) => 1,
            Self::Stopped | Self::Interrupted => 2,
            Self::Terminated(_) => 3,
            Self::Live => 4,
            Self::Done => 5,
        }
    }
}

/// How many trials stand where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Tally {
    pub total: usize,
    pub done: usize,
    pub terminated: usize,
    pub live: usize,
    pub pending: usize,
    /// Stopped or interrupted: the study goes on with them.
    pub halted: usize,
    pub failed: usize,
}

/// Which trials are to be trained.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Which {
    /// What has no run, and what was stopped or interrupted. What failed would fail again.
    Open,
    /// What failed, and what was stopped or interrupted, also before it told anything.
    Retry,
}

impl Board {
    #[must_use]
    pub fn tally(&self) -> Tally {
        let mut tally = Tally { total: self.trials.len(), ..Tally::default() };
        for trial in &self.trials {
            *match trial.standing {
                Standing::Pending => &mut tally.pending,
                Standing::Live => &mut tally.live,
                Standing::Done => &mut tally.done,
                Standing::Terminated(_) => &mut tally.terminated,
                Standing::Stopped | Standing::Interrupted => &mut tally.halted,
                Standing::Failed(_) => &mut tally.failed,
            } += 1;
        }
        tally
    }

    /// The trials to be trained. Those that were begun come first, then one seed of everything before
    /// the next seed, so that a study that is stopped early has something to say of every setting.
    #[must_use]
    pub fn todo(&self, plan: &Plan, which: Which) -> Vec<usize> {
        let wanted = |trial: &Tracked| match trial.standing {
            Standing::Stopped | Standing::Interrupted => true,
            Standing::Pending => which == Which::Open || trial.dir.is_some(),
            Standing::Failed(_) => which == Which::Retry,
            Standing::Live | Standing::Done | Standing::Terminated(_) => false,
        };
        let trials = self.trials.iter().enumerate().filter(|(_, trial)| wanted(trial));
        let mut todo: Vec<usize> = trials.map(|(index, _)| index).collect();
        let order = |&index: &usize| {
            let is_begun = |trial: &Tracked| trial.standing != Standing::Pending || trial.dir.is_some();
            let begun = self.trials.get(index).is_some_and(is_begun);
            (!begun, plan.trials.get(index).map(super::plan::Trial::seed))
        };
        todo.sort_by_key(order);
        todo
    }
}

impl Board {
    /// Let the trial `to` stand where `from` does: one run serves both.
    pub fn copy(&mut self, from: usize, to: usize) {
        if let Some(tracked) = self.trials.get(from).cloned()
            && let Some(twin) = self.trials.get_mut(to)
        {
            *twin = tracked;
        }
    }
}

impl Tracked {
    /// Take in the next event of the trial's run.
    pub fn apply(&mut self, event: &RunEvent, figure: Figure) {
        match event {
            RunEvent::RunStarted(_) => self.standing = Standing::Live,
            RunEvent::ResumedFrom { epoch, .. } => {
                self.curve.truncate(*epoch);
                (self.standing, self.finished, self.reason) = (Standing::Live, None, None);
                self.paused = false;
            }
            RunEvent::EpochFinished(epoch) => {
                self.curve.extend(figure.after(epoch).map(|value| figure.cost(value)));
                self.seconds += epoch.seconds;
            }
            RunEvent::StopRequested { reason, .. } => self.reason.clone_from(reason),
            RunEvent::Finished(finished) => {
                self.standing = ended(finished.outcome, self.reason.clone());
                self.finished = Some((**finished).clone());
            }
            RunEvent::Paused { .. } => self.paused = true,
            RunEvent::Resumed { .. } => self.paused = false,
            RunEvent::Failed { errors } => self.standing = Standing::Failed(errors.clone()),
            RunEvent::Steps { .. }
            | RunEvent::Checkpointed { .. }
            | RunEvent::LrChanged { .. }
            | RunEvent::SettingChanged { .. }
            | RunEvent::ModelSaved { .. }
            | RunEvent::Acknowledged { .. }
            | RunEvent::Heartbeat
            | RunEvent::Unknown => {}
        }
    }
}

/// Where a trial stands whose run ended with `outcome`, asked to for `reason`.
#[must_use]
pub fn ended(outcome: Outcome, reason: Option<String>) -> Standing {
    match (outcome, reason) {
        (Outcome::Finished | Outcome::EarlyStopped, _) => Standing::Done,
        (Outcome::Stopped, Some(reason)) => Standing::Terminated(reason),
        (Outcome::Stopped, None) => Standing::Stopped,
    }
}
