//! The worker's side of the command channel.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use anyhow::Result;
use crossbeam_channel::{Receiver, RecvTimeoutError, TryRecvError};

use super::recorder::Recorder;
use crate::{
    config::Config,
    protocol::{Command, RunEvent, RunRequest, Setting, Steer, StopMode},
    runs::commands::{Arrived, LOOK},
};

/// Commands that have arrived, and what is still to be done of them.
#[derive(Debug)]
pub struct Mailbox {
    commands: Receiver<Command>,
    queue: VecDeque<RunRequest>,
    /// What is asked of the run that begins, before any command.
    first: VecDeque<Steer>,
    shutdown: bool,
}

/// What a person wants of the live run while it goes on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Wish {
    Set { key: Setting, value: f64 },
    Save,
}

/// What is asked of the live run, and the letter that it came in, if another process sent it.
struct Asked {
    what: Steer,
    letter: Option<Arrived>,
}

impl Asked {
    fn here(what: Steer) -> Self {
        Self { what, letter: None }
    }
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
        Self { commands, queue: VecDeque::new(), first: VecDeque::new(), shutdown: false }
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

    /// Let the run that begins now do `what` before it obeys any command.
    pub fn begin_with(&mut self, what: impl IntoIterator<Item = Steer>) {
        self.first = what.into_iter().collect();
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

    /// Obey the commands for the live run, which is in `epoch`, those that other processes have sent
    /// included. While it is paused this waits; `paused_for` grows by the time that takes. `grant` fulfils
    /// what is wished, at once and also during a pause.
    ///
    /// # Errors
    /// If the record cannot be written, and those of `grant`.
    pub fn obey(
        &mut self,
        recorder: &mut Recorder,
        config: &Config,
        epoch: usize,
        paused_for: &mut Duration,
        mut grant: impl FnMut(&mut Recorder, Wish) -> Result<()>,
    ) -> Result<Order> {
        let mut paused_since: Option<Instant> = None;
        let order = loop {
            let next = self.next_for(recorder, config, paused_since.is_some())?;
            let Some(Asked { what, letter }) = next else { break Order::GoOn };
            let stop = match what {
                Steer::Pause => {
                    if paused_since.is_none() {
                        paused_since = Some(Instant::now());
                        recorder.record(RunEvent::Paused { epoch })?;
                    }
                    None
                }
                Steer::Resume => {
                    if let Some(since) = paused_since.take() {
                        *paused_for += since.elapsed();
                        recorder.record(RunEvent::Resumed { epoch })?;
                    }
                    None
                }
                Steer::Stop(how) => {
                    recorder.record(RunEvent::StopRequested { how, reason: None })?;
                    Some(how)
                }
                Steer::Terminate(reason) => {
                    let how = StopMode::Now;
                    recorder.record(RunEvent::StopRequested { how, reason: Some(reason) })?;
                    Some(how)
                }
                Steer::Set { key, value } => {
                    grant(recorder, Wish::Set { key, value })?;
                    None
                }
                Steer::Save => {
                    grant(recorder, Wish::Save)?;
                    None
                }
            };
            // Whoever is told that it was obeyed can rely on that, should this process be killed now.
            if let Some(letter) = letter {
                recorder.acknowledge(&letter, None)?;
            }
            if let Some(how) = stop {
                break Order::Stop(how);
            }
        };
        if let Some(since) = paused_since {
            *paused_for += since.elapsed();
        }
        Ok(order)
    }

    /// What is asked of the live run next, which waits for it while it is paused; none where nothing is.
    fn next_for(&mut self, recorder: &mut Recorder, config: &Config, paused: bool) -> Result<Option<Asked>> {
        // It may have come with the last of the loading, when there was nothing left to cancel.
        if self.shutdown {
            return Ok(Some(Asked::here(Steer::Stop(StopMode::Now))));
        }
        if let Some(what) = self.first.pop_front() {
            return Ok(Some(Asked::here(what)));
        }
        loop {
            let command = if paused {
                match self.commands.recv_timeout(LOOK) {
                    Ok(command) => Some(command),
                    Err(RecvTimeoutError::Timeout) => None,
                    Err(RecvTimeoutError::Disconnected) => Some(Command::Shutdown),
                }
            } else {
                match self.commands.try_recv() {
                    Ok(command) => Some(command),
                    Err(TryRecvError::Empty) => None,
                    Err(TryRecvError::Disconnected) => Some(Command::Shutdown),
                }
            };
            match command {
                Some(Command::Start(request)) => self.queue.push_back(*request),
                Some(Command::Shutdown) => {
                    self.shutdown = true;
                    return Ok(Some(Asked::here(Steer::Stop(StopMode::Now))));
                }
                Some(Command::Steer { dir, what }) if dir == recorder.dir.path() => return Ok(Some(Asked::here(what))),
                // What was meant for another run came too late for it.
                Some(Command::Steer { .. } | Command::CancelLoading) => {}
                None => {
                    let sent = recorder.sent_here(|what| judge(what, config))?;
                    if sent.is_some() || !paused {
                        return Ok(sent.map(|(what, letter)| Asked { what, letter: Some(letter) }));
                    }
                    recorder.beat()?;
                }
            }
        }
    }
}

/// Refuse a value that the settings do not allow: it comes from a file.
fn judge(what: &Steer, config: &Config) -> Result<(), String> {
    match what {
        Steer::Set { key, value } => key.check(*value, config),
        Steer::Pause | Steer::Resume | Steer::Stop(_) | Steer::Terminate(_) | Steer::Save => Ok(()),
    }
}
