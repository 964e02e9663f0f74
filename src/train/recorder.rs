//! The one who writes a run's record: first to the log, then to whoever listens.

use anyhow::Result;
use jiff::Timestamp;

use super::outbox::Outbox;
use crate::{
    protocol::{RunEvent, WorkerMessage},
    runs::{History, RunDir, log::LogWriter},
};

/// Appends a run's events to its log and passes them on.
#[derive(Debug)]
pub struct Recorder {
    pub dir: RunDir,
    /// The run as its log tells it.
    pub history: History,
    log: LogWriter,
    outbox: Outbox,
}

impl Recorder {
    /// Open the log of the run in `dir`.
    ///
    /// # Errors
    /// If it cannot be opened, is damaged, or another process writes it.
    pub fn open(dir: RunDir, outbox: Outbox) -> Result<Self> {
        let (log, history) = LogWriter::open(&dir.events())?;
        Ok(Self { dir, history, log, outbox })
    }

    /// Append `event`, then send it.
    ///
    /// # Errors
    /// If it cannot be appended; it is then not sent either, because the log is the truth.
    pub fn record(&mut self, event: RunEvent) -> Result<()> {
        let event = self.log.append(event, Timestamp::now())?;
        self.history.apply(&event);
        self.outbox.tell(WorkerMessage::Event { dir: self.dir.path().to_owned(), event });
        Ok(())
    }
}
