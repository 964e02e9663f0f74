//! The one who writes a run's record: first to the log, then to whoever listens.

use std::time::{Duration, Instant};

use anyhow::Result;
use jiff::Timestamp;

use super::outbox::Outbox;
use crate::{
    protocol::{RunEvent, Steer, WorkerMessage},
    runs::{
        History, RunDir,
        commands::{Arrived, Inbox},
        log::LogWriter,
    },
};

/// A run that has nothing to tell says so often that it lives.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// Appends a run's events to its log and passes them on.
#[derive(Debug)]
pub struct Recorder {
    pub dir: RunDir,
    /// The run as its log tells it.
    pub history: History,
    log: LogWriter,
    outbox: Outbox,
    /// Commands from other processes. Whether they are obeyed is told in the log as well.
    inbox: Inbox,
    recorded: Instant,
}

impl Recorder {
    /// Open the log of the run in `dir`.
    ///
    /// # Errors
    /// If it cannot be opened, is damaged, or another process writes it.
    pub fn open(dir: RunDir, outbox: Outbox) -> Result<Self> {
        let (log, history) = LogWriter::open(&dir.events())?;
        let inbox = Inbox::new(&dir);
        Ok(Self { dir, history, log, outbox, inbox, recorded: Instant::now() })
    }

    /// Append `event`, then send it.
    ///
    /// # Errors
    /// If it cannot be appended; it is then not sent either, because the log is the truth.
    pub fn record(&mut self, event: RunEvent) -> Result<()> {
        let event = self.log.append(event, Timestamp::now())?;
        self.history.apply(&event);
        self.recorded = Instant::now();
        self.outbox.tell(WorkerMessage::Event { dir: self.dir.path().to_owned(), event });
        Ok(())
    }

    /// Say that the run lives, where nothing was recorded for a while.
    ///
    /// # Errors
    /// If that cannot be appended.
    pub fn beat(&mut self) -> Result<()> {
        if self.recorded.elapsed() >= HEARTBEAT { self.record(RunEvent::Heartbeat) } else { Ok(()) }
    }

    /// The next command that another process has sent and that `judge` does not refuse. Once it is obeyed
    /// it must be acknowledged.
    ///
    /// # Errors
    /// If a refusal cannot be appended.
    pub fn sent_here(&mut self, judge: impl Fn(&Steer) -> Result<(), String>) -> Result<Option<(Steer, Arrived)>> {
        while let Some(arrived) = self.inbox.next(&self.history, Instant::now()) {
            match arrived.what.clone().and_then(|what| judge(&what).map(|()| what)) {
                Ok(what) => return Ok(Some((what, arrived))),
                Err(why) => self.acknowledge(&arrived, Some(why))?,
            }
        }
        Ok(None)
    }

    /// Tell what became of a command that another process has sent, and take it away.
    ///
    /// # Errors
    /// If that cannot be appended.
    pub fn acknowledge(&mut self, arrived: &Arrived, refused: Option<String>) -> Result<()> {
        self.record(RunEvent::Acknowledged { command: arrived.command.clone(), refused })?;
        Inbox::remove(arrived);
        Ok(())
    }
}
