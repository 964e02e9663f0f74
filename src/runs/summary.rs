//! What a list shows of a run: enough to sort, filter and compare scores, and small enough to be kept for
//! every run of a folder.

use std::{
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom},
};

use super::{
    History, State,
    history::{Acknowledged, Change},
};
use crate::{
    metrics::Scores,
    protocol::{Envelope, Finished, LOG_VERSION, Outcome, RunEvent, RunStarted, Writer},
};

/// The best epoch of a run, by its validation loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Best {
    /// From 1.
    pub epoch: usize,
    pub val_loss: f64,
    /// Scores on the validation split; none where they are not told.
    pub val: Option<Scores>,
}

/// How far a run has come, as far as its log says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Stage {
    /// Nothing is written yet.
    #[default]
    Empty,
    Training,
    Paused,
    Stopping,
    Ended(Outcome),
    /// The chain of causes, outermost first, joined by colons.
    Failed(String),
}

/// A run in short.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    pub started: Option<Box<RunStarted>>,
    /// Milliseconds since the Unix epoch.
    pub started_at: i64,
    /// When the last event was written.
    pub updated_at: i64,
    pub stage: Stage,
    /// Epochs that were trained to their end.
    pub epochs: usize,
    pub best: Option<Best>,
    /// Scores of the best checkpoint on the test split.
    pub test: Option<Scores>,
    /// Training time in seconds, pauses left out.
    pub seconds: f64,
    /// Who writes the log, while the run is not over.
    pub writer: Option<Writer>,
    /// Changes of settings by hand, while the run is not over: of an ended one only the log's ends are read.
    pub changes: Vec<Change>,
    /// Why the run was asked to stop, where a rule asked, while it is not over.
    pub stop_reason: Option<String>,
    /// Commands that came through files, where the log was read whole; see [`History::acknowledged`].
    pub acknowledged: Vec<Acknowledged>,
    /// Sequence number of the next event.
    pub next_seq: u64,
}

impl Summary {
    /// `history` in short.
    #[must_use]
    pub fn of(history: &History) -> Self {
        let (finished, live) = (history.finished(), !history.is_over());
        let stage = match &history.state {
            State::Empty => Stage::Empty,
            State::Training => Stage::Training,
            State::Paused => Stage::Paused,
            State::Stopping(_) => Stage::Stopping,
            State::Ended(finished) => Stage::Ended(finished.outcome),
            State::Failed(errors) => Stage::Failed(errors.join(": ")),
        };
        let best = history.best.map(|(epoch, val_loss)| {
            let val = history.epoch(epoch).map(|result| result.val);
            Best { epoch, val_loss, val: val.or_else(|| val_of(finished?)) }
        });
        Self {
            started: history.started.clone(),
            started_at: history.started_at,
            updated_at: history.updated_at,
            writer: history.writer.clone().filter(|_| live),
            changes: if live { history.changes.clone() } else { Vec::new() },
            stop_reason: history.stop_reason.clone().filter(|_| live),
            stage,
            epochs: history.last_epoch(),
            best,
            test: finished.and_then(|finished| finished.test.as_ref()).map(|test| test.scores),
            seconds: finished.map_or(history.trained().as_secs_f64(), |finished| finished.seconds),
            acknowledged: history.acknowledged.clone(),
            next_seq: history.next_seq,
        }
    }

    /// True once no more events are to come, unless the run is resumed.
    #[must_use]
    pub fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Ended(_) | Stage::Failed(_))
    }

    /// Take note of an event that changes nothing here but the time.
    pub fn touch(&mut self, envelope: &Envelope) {
        self.next_seq = self.next_seq.max(envelope.seq + 1);
        self.updated_at = self.updated_at.max(envelope.t);
    }

    /// The summary of an ended run from the first and the last line of its log, which is `length` bytes
    /// long; none where those do not tell it all, so that the whole log must be read.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn of_ends(file: &mut File, length: u64) -> io::Result<Option<Self>> {
        let Some(first) = first_line(file, length)? else { return Ok(None) };
        let Some(last) = last_line(file, length)? else { return Ok(None) };
        let read = |line: &[u8]| {
            let event = serde_json::from_slice::<Envelope>(line).ok();
            event.filter(|event| event.v == LOG_VERSION)
        };
        let (Some(first), Some(last)) = (read(&first), read(&last)) else { return Ok(None) };
        let (RunEvent::RunStarted(started), RunEvent::Finished(finished)) = (first.event, last.event) else {
            return Ok(None);
        };
        // An older program did not tell the validation scores once more.
        let best = match (finished.best_epoch, &finished.val) {
            (None, _) => None,
            (Some(epoch), Some(val)) => Some(Best { epoch, val_loss: val.loss, val: Some(val.scores) }),
            (Some(_), None) => return Ok(None),
        };
        Ok(Some(Self {
            started: Some(started),
            started_at: first.t,
            updated_at: last.t,
            stage: Stage::Ended(finished.outcome),
            epochs: finished.epochs,
            best,
            test: finished.test.as_ref().map(|test| test.scores),
            seconds: finished.seconds,
            writer: None,
            changes: Vec::new(),
            stop_reason: None,
            // A reader that was not there before has sent none.
            acknowledged: Vec::new(),
            next_seq: last.seq + 1,
        }))
    }
}

fn val_of(finished: &Finished) -> Option<Scores> {
    finished.val.as_ref().map(|val| val.scores)
}

/// Most lines are shorter than this; of a log with longer ones at its ends the whole is read.
const WINDOW: u64 = 16 << 10;
const MOST: u64 = 1 << 20;

fn first_line(file: &mut File, length: u64) -> io::Result<Option<Vec<u8>>> {
    let bytes = window(file, 0, length.min(WINDOW))?;
    let end = bytes.iter().position(|byte| *byte == b'\n');
    Ok(end.and_then(|end| bytes.get(..end)).map(<[u8]>::to_vec))
}

/// The last line, if it is finished.
fn last_line(file: &mut File, length: u64) -> io::Result<Option<Vec<u8>>> {
    let mut size = WINDOW;
    loop {
        let start = length.saturating_sub(size);
        let bytes = window(file, start, length - start)?;
        let Some((b'\n', lines)) = bytes.split_last() else { return Ok(None) };
        if let Some(before) = lines.iter().rposition(|byte| *byte == b'\n') {
            return Ok(lines.get(before + 1..).map(<[u8]>::to_vec));
        }
        if start == 0 || size >= MOST {
            return Ok(None);
        }
        size *= 8;
    }
}

/// At most `size` bytes of `file` from `start` on.
pub(super) fn window(file: &mut File, start: u64, size: u64) -> io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::with_capacity(size as usize);
    file.take(size).read_to_end(&mut bytes)?;
    Ok(bytes)
}
