//! One run as the dashboard knows it.

use std::path::PathBuf;

use crate::{
    config::{Config, Mode},
    metrics::Confusion,
    protocol::{Outcome, SplitResult},
    runs::{History, RunEntry, State as Stage},
};

/// A run: its history, and what a scan said of its writer.
#[derive(Clone, Debug)]
pub struct Run {
    pub dir: PathBuf,
    pub name: String,
    pub history: History,
    /// The writer was gone when the folder was last scanned.
    pub interrupted: bool,
    /// The run's own settings, where its directory was read.
    pub config: Option<Box<Config>>,
    /// A scan has seen its directory.
    pub on_disk: bool,
}

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    Training,
    Paused,
    Stopping,
    /// Another process trains it.
    Elsewhere,
    Interrupted,
    Failed,
    Ended(Outcome),
}

impl Status {
    pub(in crate::tui) fn word(&self) -> &'static str {
        match self {
            Self::Training => "training",
            Self::Paused => "paused",
            Self::Stopping => "stopping",
            Self::Elsewhere => "elsewhere",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
            Self::Ended(Outcome::Finished) => "finished",
            Self::Ended(Outcome::EarlyStopped) => "early stop",
            Self::Ended(Outcome::Stopped) => "stopped",
        }
    }

    /// True where the run can go on from its last epoch.
    pub(in crate::tui) fn is_resumable(&self) -> bool {
        matches!(self, Self::Interrupted | Self::Failed | Self::Ended(Outcome::Stopped))
    }
}

impl Run {
    /// A run whose first event has just come.
    pub(in crate::tui) fn new(dir: PathBuf) -> Self {
        let name = dir.file_name().unwrap_or(dir.as_os_str()).to_string_lossy().into_owned();
        Self { dir, name, history: History::default(), interrupted: false, config: None, on_disk: false }
    }

    /// Take in what a scan read, unless more is known already.
    pub(in crate::tui) fn merge(&mut self, entry: RunEntry, live: bool) {
        self.on_disk = true;
        self.name = entry.name;
        self.config = entry.config.or(self.config.take());
        if entry.history.next_seq >= self.history.next_seq {
            self.history = entry.history;
            self.interrupted = entry.interrupted && !live;
        }
    }

    pub(in crate::tui) fn mode(&self) -> Option<Mode> {
        self.history.started.as_ref().map(|started| started.mode)
    }

    pub(in crate::tui) fn is_demo(&self) -> bool {
        self.history.started.as_ref().is_some_and(|started| started.demo)
    }

    pub(in crate::tui) fn status(&self, live: bool) -> Status {
        match &self.history.state {
            Stage::Ended(finished) => Status::Ended(finished.outcome),
            Stage::Failed(_) => Status::Failed,
            _ if self.interrupted && !live => Status::Interrupted,
            _ if !live => Status::Elsewhere,
            Stage::Paused => Status::Paused,
            Stage::Stopping(_) => Status::Stopping,
            Stage::Empty | Stage::Training => Status::Training,
        }
    }

    /// Scores on the test split, once there are any.
    pub(in crate::tui) fn test(&self) -> Option<&SplitResult> {
        self.history.finished().and_then(|finished| finished.test.as_ref())
    }

    /// The confusion to show and where it is from: the test split if asked for and there, the best
    /// epoch's validation once the run is over, the newest epoch's before that.
    ///
    /// An imported run has none of the validation split; its test result stands in for it.
    pub(in crate::tui) fn confusion(&self, test: bool) -> Option<(&Confusion, String)> {
        let test = test || self.history.imported().is_some();
        if test && let Some(result) = self.test().filter(|test| test.confusion.classes() > 0) {
            let epoch = self.history.finished().and_then(|finished| finished.best_epoch);
            let epoch = epoch.map_or_else(String::new, |epoch| format!(" of epoch {epoch}"));
            return Some((&result.confusion, format!("test{epoch}")));
        }
        let best = self.history.best_epoch().filter(|_| self.history.is_over());
        let (result, which) = match best {
            Some(best) => (best, ", the best"),
            None => (&self.history.epochs.last()?.result, ""),
        };
        if result.confusion.classes() == 0 {
            return None;
        }
        Some((&result.confusion, format!("val of epoch {}{which}", result.epoch)))
    }

    /// The first step whose training loss is not a finite number.
    pub(in crate::tui) fn diverged_at(&self) -> Option<usize> {
        self.history.step_losses.iter().position(|loss| loss.is_infinite()).or_else(|| {
            // A gap in the log is NaN too; a diverged run ends in NaN.
            let finite = self.history.step_losses.iter().rposition(|loss| loss.is_finite());
            let after = finite.map_or(0, |last| last + 1);
            (after < self.history.step_losses.len()).then_some(after)
        })
    }
}
