//! A run as its events tell it. The dashboard, `--resume`, `compare` and reports all fold the same
//! log with the same [`History::apply`].

use std::time::Duration;

use crate::protocol::{
    Envelope, EpochFinished, Finished, Origin, Outcome, RunEvent, RunStarted, Setting, StopMode, Writer,
};

/// What one epoch gave, and when it ended.
#[derive(Clone, Debug, PartialEq)]
pub struct EpochRecord {
    pub result: EpochFinished,
    /// Milliseconds since the Unix epoch.
    pub t: i64,
}

/// How far a run has come, as far as its log says. Whether the writer of a run that has not ended
/// is still alive is another question: see [`super::writer`].
#[derive(Clone, Debug, Default, PartialEq)]
pub enum State {
    /// Nothing is written yet.
    #[default]
    Empty,
    Training,
    Paused,
    /// A stop was asked for and has not happened yet.
    Stopping(StopMode),
    Ended(Box<Finished>),
    /// The chain of causes, outermost first.
    Failed(Vec<String>),
}

/// A learning rate change made by the schedule.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LrChange {
    pub epoch: usize,
    pub from: f64,
    pub to: f64,
}

/// A moment at which a run paused, went on or was asked to stop.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    pub kind: MarkKind,
    pub epoch: usize,
    /// Steps that had been trained by then.
    pub step: usize,
    /// Milliseconds since the Unix epoch.
    pub t: i64,
}

/// What a [`Mark`] stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MarkKind {
    Paused,
    /// A pause ended.
    Resumed,
    /// A stop was asked for; the reason where a rule asked and no person.
    StopRequested {
        how: StopMode,
        reason: Option<String>,
    },
    /// Training went on from the last saved state, in a new process.
    Restarted,
}

/// A change of a setting made by a person while the run trained.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    pub key: Setting,
    /// The epoch in which it was made, and the first step that it holds for.
    pub epoch: usize,
    pub step: u64,
    pub from: f64,
    pub to: f64,
}

/// A model that a person had kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    pub epoch: usize,
    pub step: u64,
    /// Below the run directory.
    pub file: String,
}

/// A command that came through a file, and why it was not obeyed where it was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Acknowledged {
    /// Its number.
    pub command: String,
    pub refused: Option<String>,
}

/// Everything known of one run.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct History {
    pub started: Option<Box<RunStarted>>,
    /// Milliseconds since the Unix epoch.
    pub started_at: i64,
    /// When the last event was written.
    pub updated_at: i64,
    pub epochs: Vec<EpochRecord>,
    /// Time spent in them, kept since a long run has thousands and every frame and every event ask for it.
    seconds: f64,
    /// Training loss of every step of the run, in order.
    pub step_losses: Vec<f32>,
    /// Epoch and validation loss of the newest checkpoint, which is the best one.
    pub best: Option<(usize, f64)>,
    /// Epoch and validation loss of every checkpoint, in order: each was the best until the next.
    pub checkpoints: Vec<(usize, f64)>,
    pub lr_changes: Vec<LrChange>,
    /// Changes by hand, in the order in which they were made. Resuming does not take them back: those
    /// past the saved state happen again at their steps.
    pub changes: Vec<Change>,
    pub saved: Vec<Saved>,
    /// Steps that are known to have been trained, the changes at this one included.
    reached: u64,
    /// Pauses and resumptions, in order.
    pub marks: Vec<Mark>,
    /// How often points were taken back: whoever keeps something that follows from the points and finds
    /// another number here must begin anew.
    pub rewrites: u64,
    /// Epochs that the run was resumed from.
    pub resumed_from: Vec<usize>,
    pub state: State,
    /// Why the run was asked to stop, where a rule asked and no person.
    pub stop_reason: Option<String>,
    /// Who writes the log.
    pub writer: Option<Writer>,
    /// Sequence number of the event that the present writer began with.
    pub begun: u64,
    /// Commands that came through files, in the order in which they were taken.
    pub acknowledged: Vec<Acknowledged>,
    /// Sequence number of the next event.
    pub next_seq: u64,
}

impl History {
    /// Fold `events` in order.
    pub fn from_events<'a>(events: impl IntoIterator<Item = &'a Envelope>) -> Self {
        let mut history = Self::default();
        for event in events {
            history.apply(event);
        }
        history
    }

    /// Take in the next event. An event that was seen before (the log and the channel overlap when
    /// the dashboard opens a run that is live) changes nothing.
    pub fn apply(&mut self, envelope: &Envelope) {
        if envelope.seq < self.next_seq {
            return;
        }
        self.next_seq = envelope.seq + 1;
        self.updated_at = envelope.t;
        match &envelope.event {
            RunEvent::RunStarted(started) => {
                self.started_at = envelope.t;
                self.begun = envelope.seq;
                self.writer = Some(started.writer.clone());
                self.started = Some(started.clone());
                self.state = State::Training;
            }
            RunEvent::Steps { first, losses, .. } => {
                // The log says where the losses belong, so that a gap or an overlap cannot shift the curve.
                let first = usize::try_from(*first).unwrap_or(usize::MAX);
                if first <= self.step_losses.len().saturating_add(LONGEST_GAP) {
                    self.rewrites += u64::from(first < self.step_losses.len());
                    self.step_losses.resize(first, f32::NAN);
                    self.step_losses.extend(losses);
                    self.reached = self.reached.max(self.step_losses.len() as u64);
                }
            }
            RunEvent::EpochFinished(result) => {
                self.epochs.push(EpochRecord { result: (**result).clone(), t: envelope.t });
                self.seconds += result.seconds;
            }
            RunEvent::Checkpointed { epoch, val_loss } => {
                self.best = Some((*epoch, *val_loss));
                self.checkpoints.push((*epoch, *val_loss));
            }
            RunEvent::LrChanged { epoch, from, to } => {
                self.lr_changes.push(LrChange { epoch: *epoch, from: *from, to: *to });
            }
            RunEvent::SettingChanged { epoch, step, key, from, to } => {
                // What a resumed run would have repeated later gives way to what is wanted now.
                self.changes.retain(|change| change.key != *key || change.step <= *step);
                self.changes.push(Change { key: *key, epoch: *epoch, step: *step, from: *from, to: *to });
                self.reached = self.reached.max(*step);
            }
            RunEvent::ModelSaved { epoch, step, file } => {
                self.saved.push(Saved { epoch: *epoch, step: *step, file: file.clone() });
            }
            RunEvent::Paused { epoch } => {
                self.mark(MarkKind::Paused, *epoch, envelope.t);
                self.state = State::Paused;
            }
            RunEvent::Resumed { epoch } => {
                self.mark(MarkKind::Resumed, *epoch, envelope.t);
                self.state = State::Training;
            }
            RunEvent::StopRequested { how, reason } => {
                let kind = MarkKind::StopRequested { how: *how, reason: reason.clone() };
                self.mark(kind, self.last_epoch() + 1, envelope.t);
                self.state = State::Stopping(*how);
                self.stop_reason.clone_from(reason);
            }
            RunEvent::ResumedFrom { epoch, writer } => {
                self.begun = envelope.seq;
                self.rewind(*epoch, writer);
                self.mark(MarkKind::Restarted, *epoch, envelope.t);
            }
            RunEvent::Finished(finished) => self.state = State::Ended(finished.clone()),
            RunEvent::Failed { errors } => self.state = State::Failed(errors.clone()),
            RunEvent::Acknowledged { command, refused } => {
                self.acknowledged.push(Acknowledged { command: command.clone(), refused: refused.clone() });
            }
            RunEvent::Heartbeat | RunEvent::Unknown => {}
        }
    }

    /// Number of the last epoch that was trained to its end; 0 before the first.
    #[must_use]
    pub fn last_epoch(&self) -> usize {
        self.epochs.last().map_or(0, |record| record.result.epoch)
    }

    /// The record of `epoch`, if it ended.
    #[must_use]
    pub fn epoch(&self, epoch: usize) -> Option<&EpochFinished> {
        // Epoch n is the nth record, unless the log is damaged.
        let expected = epoch.checked_sub(1).and_then(|at| self.epochs.get(at));
        let expected = expected.filter(|record| record.result.epoch == epoch);
        expected.or_else(|| self.epochs.iter().find(|record| record.result.epoch == epoch)).map(|record| &record.result)
    }

    /// The record of the best epoch so far.
    #[must_use]
    pub fn best_epoch(&self) -> Option<&EpochFinished> {
        self.best.and_then(|(epoch, _)| self.epoch(epoch))
    }

    /// What `key` is set to now; none before the run's start.
    #[must_use]
    pub fn setting(&self, key: Setting) -> Option<f64> {
        let started = self.started.as_ref()?;
        let changed = self.changes.iter().filter(|change| change.key == key && change.step <= self.reached);
        // The last one of those with the greatest step.
        let changed = changed.max_by_key(|change| change.step);
        Some(match key {
            Setting::Lr => match (changed, self.lr_changes.last()) {
                (Some(change), Some(scheduled)) if scheduled.epoch >= change.epoch => scheduled.to,
                (Some(change), _) => change.to,
                (None, Some(scheduled)) => scheduled.to,
                (None, None) => started.lr,
            },
            Setting::Epochs => changed.map_or(started.epochs as f64, |change| change.to),
            Setting::EarlyStop => changed.map_or(started.early_stop as f64, |change| change.to),
        })
    }

    /// Epochs at most, as set now; 0 before the run's start.
    #[must_use]
    pub fn epochs_at_most(&self) -> usize {
        self.setting(Setting::Epochs).unwrap_or_default() as usize
    }

    /// The patience of early stopping, as set now; 0: never.
    #[must_use]
    pub fn early_stop(&self) -> usize {
        self.setting(Setting::EarlyStop).unwrap_or_default() as usize
    }

    /// Why the run, which has ended, would end again at once with these `changes` of its settings; none
    /// where it would train another epoch.
    #[must_use]
    pub fn lacks(&self, changes: &[(Setting, f64)]) -> Option<String> {
        let set = |wanted| changes.iter().rev().find(|(key, _)| *key == wanted).map(|(_, value)| *value as usize);
        let (epochs, last) = (set(Setting::Epochs).unwrap_or(self.epochs_at_most()), self.last_epoch());
        let patience = set(Setting::EarlyStop).unwrap_or(self.early_stop());
        let bad = self.epochs.last().map_or(0, |record| record.result.bad_epochs);
        if epochs <= last {
            Some(format!("it has {last} epochs already; more are needed"))
        } else if patience > 0 && bad >= patience {
            Some(format!("{bad} epochs in a row were no better; it needs a greater patience, or 0 for never"))
        } else {
            None
        }
    }

    /// How the run ended, if it did so without failing.
    #[must_use]
    pub fn finished(&self) -> Option<&Finished> {
        match &self.state {
            State::Ended(finished) => Some(finished),
            _ => None,
        }
    }

    /// The outcome, if the run ended without failing.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        self.finished().map(|finished| finished.outcome)
    }

    /// Where the run came from, if another program trained it.
    #[must_use]
    pub fn imported(&self) -> Option<&Origin> {
        self.started.as_ref().and_then(|started| started.imported.as_ref())
    }

    /// True once no more events are to come, unless the run is resumed.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.state, State::Ended(_) | State::Failed(_))
    }

    /// Time spent in the epochs so far.
    #[must_use]
    pub fn trained(&self) -> Duration {
        Duration::try_from_secs_f64(self.seconds).unwrap_or_default()
    }

    fn mark(&mut self, kind: MarkKind, epoch: usize, t: i64) {
        self.marks.push(Mark { kind, epoch, step: self.step_losses.len(), t });
    }

    /// Forget what came after `epoch`: a resumed run trains it again.
    fn rewind(&mut self, epoch: usize, writer: &Writer) {
        self.epochs.retain(|record| record.result.epoch <= epoch);
        self.seconds = self.epochs.iter().map(|record| record.result.seconds).sum();
        self.rewrites += 1;
        self.checkpoints.retain(|(saved, _)| *saved <= epoch);
        self.lr_changes.retain(|change| change.epoch <= epoch);
        let batches = self.started.as_ref().map_or(0, |started| started.batches);
        self.step_losses.truncate(epoch.saturating_mul(batches));
        self.reached = self.step_losses.len() as u64;
        let steps = self.step_losses.len();
        self.marks.retain(|mark| mark.step <= steps);
        // The best checkpoint is never newer than the last state, but a log cut by a crash may lack its line.
        if self.best.is_some_and(|(best, _)| best > epoch) {
            self.best = None;
        }
        self.resumed_from.push(epoch);
        self.writer = Some(writer.clone());
        self.state = State::Training;
        self.stop_reason = None;
    }
}

/// More steps than can be missing between two lines; a damaged log must not make a reader take all memory.
const LONGEST_GAP: usize = 1_000_000;
