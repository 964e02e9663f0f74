//! A study as plain data: what the dashboard shows of many runs at once.

pub mod grid;

use std::path::PathBuf;

use crate::config::Mode;

/// Figures of a trial at most.
pub const FIGURES: usize = 7;

/// A study of the runs folder, before it is opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    pub folder: PathBuf,
    pub name: String,
    /// When its plan was last written, milliseconds since the Unix epoch; none where it was never run.
    pub changed: Option<i64>,
}

/// What a study is to train.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Study {
    pub folder: PathBuf,
    pub name: String,
    /// It is on generated data.
    pub demo: bool,
    /// What can be told of a trial, [`FIGURES`] at most; the study ranks by the first.
    pub figures: Vec<Figure>,
    /// What trials differ in.
    pub settings: Vec<Setting>,
    pub blocks: Vec<Block>,
    pub trials: Vec<Trial>,
}

/// A score of a run's best checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Figure {
    pub title: &'static str,
    /// The smaller the better.
    pub is_loss: bool,
    /// Of the test split, by which nothing is chosen unless the study says so.
    pub is_test: bool,
}

impl Figure {
    /// The value as a cost: the smaller the better, and what is not a number the worst.
    #[must_use]
    pub fn cost(self, value: f64) -> f64 {
        match (value.is_nan(), self.is_loss) {
            (true, _) => f64::INFINITY,
            (false, true) => value,
            (false, false) => -value,
        }
    }
}

/// A setting in which trials differ, the seed among them.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// Its key without the section.
    pub name: String,
    /// Its values: numbers from the least to the most, words in the order of the study.
    pub values: Vec<String>,
    /// The same as numbers, where all of them are.
    pub numbers: Option<Vec<f64>>,
}

/// Settings that vary together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Block {
    pub name: String,
    /// Indices of [`Study::settings`]; the seed, where there are several, is the last.
    pub axes: Vec<usize>,
    /// The trials of each combination, one a seed.
    pub rows: Vec<Vec<usize>>,
}

/// One run of the study.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    pub id: String,
    pub mode: Option<Mode>,
    pub seed: u64,
    pub lr: f64,
    pub batch_size: usize,
    pub epochs: usize,
    pub early_stop: usize,
    /// Index of its value for each of [`Study::settings`].
    pub levels: Vec<u32>,
}

/// How far a study has come.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Course {
    /// In the order of [`Study::trials`].
    pub trials: Vec<Standing>,
    /// Who trains it, where somebody does.
    pub engine: Option<String>,
    /// Seconds until it is trained, where that can be told.
    pub eta: Option<f64>,
    /// Array jobs of which something runs or waits.
    pub jobs: Vec<u64>,
}

/// How far a trial has come.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Standing {
    pub phase: Phase,
    /// Its run, if it has one.
    pub dir: Option<PathBuf>,
    /// Why it waits, failed or was ended; may be empty.
    pub why: String,
    /// The task of an array job that trains it, or trained it last.
    pub task: Option<(u64, u32)>,
    pub epochs: usize,
    /// Time spent in epochs.
    pub seconds: f64,
    /// In the order of [`Study::figures`]: of the best epoch so far.
    pub values: [Option<f64>; FIGURES],
}

/// Where a trial stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    Running,
    /// A task of an array job that waits for its turn.
    Queued,
    /// It has no run, and nobody is known to be about to train it.
    #[default]
    Open,
    Failed,
    Interrupted,
    Stopped,
    /// A rule of the study ended it.
    Terminated,
    Done,
}

impl Phase {
    pub const ALL: [Self; 8] = [
        Self::Running,
        Self::Queued,
        Self::Open,
        Self::Failed,
        Self::Interrupted,
        Self::Stopped,
        Self::Terminated,
        Self::Done,
    ];

    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Queued => "queued",
            Self::Open => "open",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
            Self::Stopped => "stopped",
            Self::Terminated => "ended early",
            Self::Done => "done",
        }
    }

    /// True where the study's `retry` trains it again.
    #[must_use]
    pub fn can_be_retried(self) -> bool {
        matches!(self, Self::Failed | Self::Interrupted | Self::Stopped)
    }

    /// True where there is something to stop.
    #[must_use]
    pub fn can_be_stopped(self) -> bool {
        matches!(self, Self::Running | Self::Queued)
    }
}

impl Course {
    /// How many trials are in `phase`.
    #[must_use]
    pub fn count(&self, phase: Phase) -> usize {
        self.trials.iter().filter(|trial| trial.phase == phase).count()
    }
}

impl Standing {
    /// The value of a figure, once it counts for its setting.
    #[must_use]
    pub fn result(&self, figure: usize) -> Option<f64> {
        self.values.get(figure).copied().flatten().filter(|_| self.phase == Phase::Done)
    }
}
