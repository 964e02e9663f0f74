//! The worker's side of the command channel.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use anyhow::Result;
use crossbeam_channel::{Receiver, RecvTimeoutError, TryRecvError};

use super::recorder::Recorder;
use crate::protocol::{Command, RunEvent, RunRequest, Setting, Steer, StopMode};

/// A paused run says so often that it lives.
const HEARTBEAT: Duration = Duration::from_secs(10);

/// Commands that have arrived, and what is still to be done of them.
#[derive(Debug)]
pub struct Mailbox {
    commands: Receiver<Command>,
    queue: VecDeque<RunRequest>,
    shutdown: bool,
}

/// What a person wants of the live run while it goes on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wish {
    Set { key: Setting, value: f64 },
    Save,
}

/// What the live run is to do next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    GoOn,
    Stop(StopMode),
}

impl Mailbox {
    #[must_use]
    pub fn new(commands: Receiver<Command>) -> Self {
        Self { commands, queue: VecDeque::new(), shutdown: false }
    }

    /// The next run to train; waits for one. None once the worker is to end. `idle` is called
    /// before waiting.
    pub fn next_request(&mut self, idle: impl FnOnce()) -> Option<RunRequest> {
        if self.queue.is_empty() && !self.shutdown {
            idle();
        }
        while self.queue.is_empty() && !self.shutdown {
            match self.commands.recv() {
                Ok(Command::Start(request)) => self.queue.push_back(*request),
                // The dashboard is gone: nobody can start anything any more.
                Ok(Command::Shutdown) | Err(_) => self.shutdown = true,
                // There is nothing to stop or pause; the command crossed the run's end.
                Ok(Command::Steer { .. } | Command::CancelLoading) => {}
            }
        }
        if self.shutdown { None } else { self.queue.pop_front() }
    }

    /// Look at the commands while data is being loaded; true once that is to be cancelled.
    pub fn cancels_loading(&mut self) -> bool {
        loop {
            match self.commands.try_recv() {
                Ok(Command::Start(request)) => self.queue.push_back(*request),
                Ok(Command::CancelLoading) => return true,
                Ok(Command::Shutdown) | Err(TryRecvError::Disconnected) => self.shutdown = true,
                // No run is live while data is loaded: what was meant has ended.
                Ok(Command::Steer { .. }) => {}
                Err(TryRecvError::Empty) => return self.shutdown,
            }
        }
    }

    /// Obey the commands for the live run, which is in `epoch`. While it is paused this waits;
    /// `paused_for` grows by the time that takes. `grant` fulfils what is wished, at once and also
    /// during a pause.
    ///
    /// # Errors
    /// If the record cannot be written, and those of `grant`.
    pub fn obey(
        &mut self,
        recorder: &mut Recorder,
        epoch: usize,
        paused_for: &mut Duration,
        mut grant: impl FnMut(&mut Recorder, Wish) -> Result<()>,
    ) -> Result<Order> {
        let mut paused_since: Option<Instant> = None;
        let order = loop {
            let command = if paused_since.is_some() {
                match self.commands.recv_timeout(HEARTBEAT) {
                    Ok(command) => command,
                    Err(RecvTimeoutError::Timeout) => {
                        recorder.record(RunEvent::Heartbeat)?;
                        continue;
                    }
                    Err(RecvTimeoutError::Disconnected) => Command::Shutdown,
                }
            } else {
                match self.commands.try_recv() {
                    Ok(command) => command,
                    Err(TryRecvError::Empty) => break Order::GoOn,
                    Err(TryRecvError::Disconnected) => Command::Shutdown,
                }
            };
            let what = match command {
                Command::Start(request) => {
                    self.queue.push_back(*request);
                    continue;
                }
                Command::Shutdown => {
                    self.shutdown = true;
                    Steer::Stop(StopMode::Now)
                }
                Command::Steer { dir, what } if dir == recorder.dir.path() => what,
                // What was meant for another run came too late for it.
                Command::Steer { .. } | Command::CancelLoading => continue,
            };
            match what {
                Steer::Pause => {
                    if paused_since.is_none() {
                        paused_since = Some(Instant::now());
                        recorder.record(RunEvent::Paused { epoch })?;
                    }
                }
                Steer::Resume => {
                    if let Some(since) = paused_since.take() {
                        *paused_for += since.elapsed();
                        recorder.record(RunEvent::Resumed { epoch })?;
                    }
                }
                Steer::Stop(how) => {
                    recorder.record(RunEvent::StopRequested { how, reason: None })?;
                    break Order::Stop(how);
                }
                Steer::Terminate(reason) => {
                    let how = StopMode::Now;
                    recorder.record(RunEvent::StopRequested { how, reason: Some(reason) })?;
                    break Order::Stop(how);
                }
                Steer::Set { key, value } => grant(recorder, Wish::Set { key, value })?,
                Steer::Save => grant(recorder, Wish::Save)?,
            }
        };
        if let Some(since) = paused_since {
            *paused_for += since.elapsed();
        }
        Ok(order)
    }
}
