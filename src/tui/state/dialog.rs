//! Questions that the dashboard asks, and the answers it offers. The first answer is Enter's.

use std::path::PathBuf;

use super::batch::Plan;
use crate::protocol::RunRequest;

/// A question on the screen.
#[derive(Clone, Debug, PartialEq)]
pub struct Dialog {
    pub question: Question,
    /// The answer that Enter takes.
    pub selected: usize,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// Leave although a run is live?
    Quit,
    /// How shall the runs in `dirs` stop? At least one.
    Stop { dirs: Vec<PathBuf> },
    /// A run is live: what about this one?
    Busy { request: Box<RunRequest> },
    /// Leave the form of settings although something was changed in it?
    Forget,
    /// Queue these runs? Those that are `missing` are not there yet.
    Batch { plan: Plan, all: Vec<RunRequest>, missing: Vec<RunRequest> },
    /// Take all runs out of the queue?
    ClearQueue,
    /// Delete marked runs although some are not listed? `listed`: those that are.
    Delete { all: Vec<PathBuf>, listed: Vec<PathBuf> },
    /// Delete for good what lies in the trash?
    EmptyTrash { runs: usize, bytes: u64 },
    /// Train what still waited when the dashboard was left?
    Waited,
    /// Stop these trials of the study, or all of it?
    Trials { names: Vec<String>, engine: bool },
}

/// What can be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    Leave,
    Stay,
    StopNow,
    StopAfterEpoch,
    Discard,
    StopAndTrain,
    Queue,
    Look,
    StopTrials,
    StopStudy,
    Forget,
    Clear,
    QueueMissing,
    QueueAll,
    DeleteListed,
    DeleteAll,
    EmptyTrash,
    TrainWaiting,
    DropWaiting,
}

impl Dialog {
    pub(in crate::tui) fn new(question: Question) -> Self {
        Self { question, selected: 0 }
    }

    pub(in crate::tui) fn choices(&self) -> &'static [Answer] {
        match &self.question {
            Question::Quit => &[Answer::Leave, Answer::Stay],
            Question::Stop { .. } => &[Answer::StopNow, Answer::StopAfterEpoch, Answer::Discard],
            Question::Batch { all, missing, .. } if missing.len() == all.len() => &[Answer::QueueAll, Answer::Stay],
            Question::Batch { missing, .. } if missing.is_empty() => &[Answer::Stay, Answer::QueueAll],
            Question::Batch { .. } => &[Answer::QueueMissing, Answer::QueueAll, Answer::Stay],
            Question::Trials { names, .. } if names.is_empty() => &[Answer::StopStudy],
            Question::Trials { engine: false, .. } => &[Answer::StopTrials],
            Question::Trials { .. } => &[Answer::StopTrials, Answer::StopStudy],
            Question::Delete { listed, .. } if listed.is_empty() => &[Answer::Stay, Answer::DeleteAll],
            Question::Delete { .. } => &[Answer::DeleteListed, Answer::DeleteAll, Answer::Stay],
            Question::EmptyTrash { .. } => &[Answer::Stay, Answer::EmptyTrash],
            Question::Waited => &[Answer::TrainWaiting, Answer::DropWaiting],
            Question::ClearQueue => &[Answer::Clear, Answer::Stay],
            Question::Forget => &[Answer::Forget, Answer::Stay],
            Question::Busy { .. } => &[Answer::StopAndTrain, Answer::Queue, Answer::Look],
        }
    }

    /// The answer that Enter takes.
    pub(in crate::tui) fn selected(&self) -> Option<Answer> {
        self.choices().get(self.selected).copied()
    }

    pub(in crate::tui) fn up(&mut self) {
        self.selected = self.selected.saturating_sub(1);
    }

    pub(in crate::tui) fn down(&mut self) {
        self.selected = (self.selected + 1).min(self.choices().len().saturating_sub(1));
    }
}
