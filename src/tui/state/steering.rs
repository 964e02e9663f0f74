//! Runs that other processes train, and what has been asked of them through files.

use std::path::PathBuf;

use super::{Activity, Run, Screen, State, Status};
use crate::{
    protocol::{Steer, StopMode},
    runs::Stage,
};

/// A command that is on its way to another process.
#[derive(Clone, Debug, PartialEq)]
pub struct Sent {
    pub dir: PathBuf,
    pub what: Steer,
    /// Its number, once its file is written.
    pub command: Option<String>,
    /// When it was asked for, milliseconds since the Unix epoch.
    pub t: i64,
}

impl State {
    /// The runs that keys stop, pause and change: of the shown one, or those that are chosen or marked on
    /// Runs, the ones that are being trained, wherever that is; and where there are none, the one that is
    /// trained here.
    pub(in crate::tui) fn steered(&self) -> Vec<&Run> {
        let mut runs = match self.screen {
            Screen::Train | Screen::Runs => self.subject_samples(),
            Screen::Compare | Screen::Study | Screen::Log => Vec::new(),
        };
        runs.retain(|run| self.is_live(&run.dir) || self.is_elsewhere(run));
        if runs.is_empty() { self.live_run().into_iter().collect() } else { runs }
    }

    /// True where another process of this program trains `run`.
    pub(in crate::tui) fn is_elsewhere(&self, run: &Run) -> bool {
        let on = matches!(self.status(run), Status::Elsewhere | Status::Silent(_));
        on && !run.is_imported() && run.summary.writer.is_some()
    }

    /// True where a run that keys steer is not trained here.
    pub(in crate::tui) fn steers_elsewhere(&self) -> bool {
        self.steered().iter().any(|run| !self.is_live(&run.dir))
    }

    /// True where `run`, which is trained elsewhere, is paused, as far as is known; what was asked for
    /// counts as done.
    pub(in crate::tui) fn is_paused(&self, run: &Run) -> bool {
        let asked = self.sent.iter().rev().filter(|sent| sent.dir == run.dir).find_map(|sent| match sent.what {
            Steer::Pause => Some(true),
            Steer::Resume | Steer::Stop(StopMode::AfterEpoch) => Some(false),
            Steer::Stop(_) | Steer::Terminate(_) | Steer::Set { .. } | Steer::Save => None,
        });
        asked.unwrap_or(run.summary.stage == Stage::Paused)
    }

    /// True where all that would be paused is paused already.
    pub(in crate::tui) fn goes_on(&self) -> bool {
        let runs = self.steered();
        let is_paused = |run: &Run| match &self.live {
            Some(live) if live.dir == run.dir => live.pause_asked.unwrap_or(self.activity() == Activity::Paused),
            _ => self.is_paused(run),
        };
        !runs.is_empty() && runs.into_iter().all(is_paused)
    }

    /// The oldest command to the run in `dir` that is not acknowledged yet, or to any run.
    pub(in crate::tui) fn unanswered(&self, run: Option<&Run>) -> Option<&Sent> {
        self.sent.iter().find(|sent| run.is_none_or(|run| run.dir == sent.dir))
    }
}

/// What is asked, for people.
pub(in crate::tui) fn words(what: &Steer) -> String {
    match what {
        Steer::Pause => "pause".to_owned(),
        Steer::Resume => "go on".to_owned(),
        Steer::Stop(StopMode::Now) => "stop".to_owned(),
        Steer::Stop(StopMode::AfterEpoch) => "stop after the epoch".to_owned(),
        Steer::Stop(StopMode::Discard) => "discard".to_owned(),
        Steer::Terminate(reason) => format!("stop: {reason}"),
        Steer::Set { key, value } => format!("{} {}", key.title(), key.text(*value)),
        Steer::Save => "keep the model".to_owned(),
    }
}
