//! The background thread that owns device, model and data.

use std::{
    any::Any,
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    thread::{self, JoinHandle},
};

use anyhow::{Context as _, Result, anyhow, bail};
use crossbeam_channel::{Receiver, Sender, unbounded};
use jiff::Timestamp;

use super::{
    loading::{self, Loaded},
    mailbox::Mailbox,
    outbox::{Outbox, outbox},
    recorder::Recorder,
    session::{Left, Session},
};
use crate::{
    device::{self, Compute},
    protocol::{Command, Outcome, Progress, RunEvent, RunRequest, Setting, Steer, WorkerMessage},
    runs::{self, RunDir, writer},
};

/// The outside's end of the worker.
#[derive(Debug)]
pub struct Worker {
    pub commands: Sender<Command>,
    pub messages: Receiver<WorkerMessage>,
    /// Holds the newest progress, if nobody has taken it yet.
    pub progress: Receiver<Progress>,
    thread: JoinHandle<()>,
}

impl Worker {
    /// Wait until the thread has ended, which [`Command::Shutdown`] makes it do.
    pub fn join(self) {
        drop(self.commands);
        // A panic in the thread was reported as a failed run already.
        let _ = self.thread.join();
    }
}

/// Start the worker.
///
/// # Errors
/// If the operating system gives no thread.
pub fn spawn() -> Result<Worker> {
    let (commands, inbox) = unbounded();
    let (outbox, messages, progress) = outbox();
    let thread = thread::Builder::new()
        .name("trainer".to_owned())
        .spawn(move || work(Mailbox::new(inbox), &outbox))
        .context("starting the training thread")?;
    Ok(Worker { commands, messages, progress, thread })
}

fn work(mut mailbox: Mailbox, outbox: &Outbox) {
    let mut loaded = None;
    while let Some(request) = mailbox.next_request(|| outbox.tell(WorkerMessage::Idle)) {
        let mode = request.config.model.mode;
        let served = guarded(|| serve(&request, &mut loaded, &mut mailbox, outbox));
        if let Err(error) = served {
            outbox.tell(WorkerMessage::Refused { mode, errors: chain(&error) });
        }
    }
    outbox.tell(WorkerMessage::Gone);
}

/// Train one requested run. An error is one that no run's record tells of.
fn serve(request: &RunRequest, loaded: &mut Option<Loaded>, mailbox: &mut Mailbox, outbox: &Outbox) -> Result<()> {
    let config = &request.config;
    request.resume.as_deref().map_or(Ok(()), refuse_foreign)?;
    let compute = device::resolve(&config.train.device).map_err(|error| anyhow!(error))?;
    if !loaded.as_ref().is_some_and(|loaded| loaded.serves(&config.data, &compute)) {
        // The old set goes first: two may not fit.
        *loaded = None;
        *loaded = loading::load(&config.data, &compute, mailbox, outbox)?;
    }
    let Some(loaded) = loaded.as_ref() else {
        outbox.tell(WorkerMessage::LoadingCancelled);
        return Ok(());
    };
    // Meanwhile another host may have gone on with it.
    request.resume.as_deref().map_or(Ok(()), refuse_foreign)?;
    record(request, &compute, loaded, mailbox, outbox)
}

/// Train a requested run on data that is there, in a run directory of its own. Whatever goes wrong
/// once there is a record, a panic included, becomes that run's failure. Whoever calls this sees to it that no
/// other host writes the run that is resumed: its log's lock may be one of this host alone.
///
/// # Errors
/// One that no record can tell of: the directory cannot be written, or its run cannot be resumed.
pub fn record(
    request: &RunRequest,
    compute: &Compute,
    loaded: &Loaded,
    mailbox: &mut Mailbox,
    outbox: &Outbox,
) -> Result<()> {
    let config = &request.config;
    let dir = match &request.resume {
        Some(path) => RunDir::at(path),
        None => RunDir::create(config.runs.dir.as_ref(), config, Timestamp::now())?,
    };
    let mut recorder = Recorder::open(dir, outbox.clone())?;
    check_resumable(&recorder, loaded, &request.changes)?;
    mailbox.begin_with(request.changes.iter().map(|(key, value)| Steer::Set { key: *key, value: *value }));
    let left = guarded(|| Session { config, compute, loaded, recorder: &mut recorder, mailbox, outbox }.run());
    match left {
        Ok(Left::Record) => Ok(()),
        Ok(Left::Nothing) => {
            let dir = recorder.dir.clone();
            // The log is closed before its directory goes: some network file systems insist.
            drop(recorder);
            dir.remove()?;
            outbox.tell(WorkerMessage::Discarded { dir: dir.path().to_owned() });
            Ok(())
        }
        Err(error) => recorder.record(RunEvent::Failed { errors: chain(&error) }).map_err(|_| error),
    }
}

/// Refuse to resume a run that another program or perhaps another host trains, before its data is looked for:
/// the one has no data and no state, and of the other not a byte may be touched.
fn refuse_foreign(path: &Path) -> Result<()> {
    let dir = RunDir::at(path);
    let history = runs::list::read(&dir, &mut Vec::new())?.history;
    let by = history.writer.as_ref().filter(|by| !history.is_over() && !writer::is_here(by));
    if let Some(by) = by {
        let log = dir.events();
        let silence = writer::silence(&log).with_context(|| format!("looking at the event log {}", log.display()))?;
        if silence <= writer::SILENT {
            let (name, minutes) = (dir.name(), writer::SILENT.as_secs() / 60);
            bail!(
                "process {} on {} may still be training the run {name}: it wrote to the event log {} s ago; stop it \
                 there, or resume the run once it has been silent for {minutes} minutes",
                by.pid,
                by.host,
                silence.as_secs()
            );
        }
    }
    if let Some(origin) = history.imported() {
        let (name, source) = (dir.name(), &origin.source);
        bail!("the run {name} was imported from {source} and is read-only: there is no state to go on from");
    }
    Ok(())
}

/// Refuse to resume where the record must stay as it is: the run has ended, or its data is not there.
fn check_resumable(recorder: &Recorder, loaded: &Loaded, changes: &[(Setting, f64)]) -> Result<()> {
    let (history, name) = (&recorder.history, recorder.dir.name());
    if let Some(outcome @ (Outcome::Finished | Outcome::EarlyStopped)) = history.outcome() {
        if changes.is_empty() {
            bail!("the run {name} has ended ({outcome:?}): there is nothing to resume");
        }
        if let Some(why) = history.lacks(changes) {
            bail!("the run {name} has ended ({outcome:?}) and does not go on: {why}");
        }
        let saved = recorder.dir.last();
        if !saved.is_file() {
            let saved = saved.display();
            bail!("the run {name} has no saved state to go on from: {saved} is missing; train a new run instead");
        }
    }
    if history.started.as_ref().is_some_and(|started| started.fingerprint != loaded.data.fingerprint) {
        let source = &loaded.data.source;
        bail!(
            "the data in {source} is not what the run {name} was trained on; bring the old data back, or start a new run"
        );
    }
    Ok(())
}

/// Run `work`; a panic in it becomes an error, because neither a bug in one run nor a full GPU must
/// end the program.
pub(super) fn guarded<T>(work: impl FnOnce() -> Result<T>) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|panic| {
        let said = said(&*panic);
        Err(anyhow!(device::explain(said).unwrap_or_else(|| format!("the trainer panicked: {said}"))))
    })
}

fn said(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("without a message")
}

/// The causes of an error, outermost first.
fn chain(error: &anyhow::Error) -> Vec<String> {
    error.chain().map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_an_error_with_its_message() {
        let error = guarded::<()>(|| panic!("batch {} is odd", 7)).unwrap_err();
        assert_eq!(chain(&error), ["the trainer panicked: batch 7 is odd"]);
    }
}
