//! What the worker tells. Stale and late messages change nothing that matters.

use std::path::Path;

use crate::{
    config::Mode,
    protocol::{DataSummary, Envelope, Outcome, RunEvent, WorkerMessage},
};

use super::{
    super::{
        Effect, State, format,
        state::{Level, Live, Run, Worker},
    },
    notify,
};

pub fn told(state: &mut State, message: WorkerMessage) -> Vec<Effect> {
    match message {
        WorkerMessage::Event { dir, event } => return happened(state, &dir, &event),
        WorkerMessage::Refused { mode, errors } => return refused(state, mode, errors).into_iter().collect(),
        WorkerMessage::Notice(text) => state.journal.add(state.now, Level::Notice, &text),
        WorkerMessage::Loaded(data) => loaded(state, data),
        WorkerMessage::LoadingCancelled => {
            state.queue.asked = None;
            state.progress = None;
            state.journal.add(state.now, Level::Notice, "loading was cancelled");
        }
        WorkerMessage::Discarded { dir } => {
            state.runs.remove(&dir);
            ended(state, &dir);
            state.reindex();
            state.discarded.insert(dir);
        }
        WorkerMessage::Idle => {
            abandon(state);
            // The worker is asked for one run at a time, so this answers the last request.
            state.queue.asked = None;
            state.queue.free = true;
        }
        WorkerMessage::Gone => return gone(state),
    }
    Vec::new()
}

fn happened(state: &mut State, dir: &Path, envelope: &Envelope) -> Vec<Effect> {
    let begins = matches!(envelope.event, RunEvent::RunStarted(_) | RunEvent::ResumedFrom { .. });
    if state.discarded.contains(dir) {
        return Vec::new();
    }
    let known = state.runs.get(dir);
    // Whatever comes after a run's end, other than its resumption, is late: the end stands. The
    // channel may also repeat what a scan of the log has brought already.
    let late = known.is_some_and(|run| run.summary.is_over()) && !begins;
    let repeated = known.is_some_and(|run| envelope.seq < run.next_seq());
    let name = known.map_or_else(|| Run::new(dir.to_owned()).name, |run| run.name.clone());
    if !late && !repeated {
        let run = state.runs.entry(dir.to_owned()).or_insert_with_key(|dir| Run::new(dir.clone()));
        let changed = run.take(envelope);
        run.interrupted = false;
        state.table.outdated |= changed;
        if begins {
            state.reindex();
        }
    }
    let over = state.runs.get(dir).is_some_and(|run| run.summary.is_over());
    if begins && !over {
        began(state, dir, envelope.t);
    }
    if !late {
        acknowledge(state, dir, &envelope.event);
        note(state, &name, &envelope.event);
    }
    if over {
        ended(state, dir);
    }
    if late || repeated { Vec::new() } else { notify::of(state, dir, &envelope.event).into_iter().collect() }
}

/// The worker trains the run in `dir` from now on.
fn began(state: &mut State, dir: &Path, t: i64) {
    let asked = state.queue.asked.take();
    let device = asked.as_ref().map(|asked| asked.config.train.device.clone());
    let Some(run) = state.runs.get_mut(dir) else { return };
    let (mode, before) = (run.mode(), run.summary.seconds);
    // What it is trained with is known before anybody reads its directory.
    run.config = asked.map(|asked| Box::new(asked.config.of_run())).or(run.config.take());
    if !state.sitting.iter().any(|known| known == dir) {
        state.sitting.push(dir.to_owned());
    }
    // The user asked for it: its own tab shows it. The tab itself is left where it is.
    if mode == Some(state.mode) {
        state.picked = None;
    }
    state.live = Some(Live { dir: dir.to_owned(), device, since: t, before, pause_asked: None, stop_asked: None });
    state.progress = None;
}

/// A request that the event answers is not outstanding any more.
fn acknowledge(state: &mut State, dir: &Path, event: &RunEvent) {
    let Some(live) = state.live.as_mut().filter(|live| live.dir == dir) else { return };
    match event {
        RunEvent::Paused { .. } if live.pause_asked == Some(true) => live.pause_asked = None,
        RunEvent::Resumed { .. } if live.pause_asked == Some(false) => live.pause_asked = None,
        RunEvent::StopRequested { how, .. } => live.stop_asked = Some(*how),
        _ => {}
    }
}

/// The run in `dir` is over, whichever way.
fn ended(state: &mut State, dir: &Path) {
    if !state.is_live(dir) {
        return;
    }
    state.live = None;
    state.progress = None;
}

fn refused(state: &mut State, mode: Mode, errors: Vec<String>) -> Option<Effect> {
    state.queue.asked = None;
    state.progress = None;
    state.journal.add(state.now, Level::Error, &format!("{mode} could not start: {}", errors.join(": ")));
    let call = notify::refused(state, mode, &errors);
    state.refused.insert(mode, errors);
    call
}

fn loaded(state: &mut State, data: DataSummary) {
    state.progress = None;
    let clips = [data.train_clips, data.val_clips, data.test_clips].map(|clips| format::count(clips as u64));
    let text = format!(
        "{}{}: {} training, {} validation, {} test clips, {} in {:.1} s",
        if data.demo { "DEMO DATA, " } else { "" },
        data.source,
        clips[0],
        clips[1],
        clips[2],
        if data.from_cache { "from the cache" } else { "read" },
        data.seconds,
    );
    state.journal.add(state.now, Level::Event, &text);
    state.data = Some(data);
}

/// Nothing is live any more. A run that has not said how it ended was left in its midst.
fn abandon(state: &mut State) {
    state.progress = None;
    let run = state.live.take().and_then(|live| state.runs.get_mut(&live.dir));
    if let Some(run) = run.filter(|run| !run.summary.is_over()) {
        run.interrupted = true;
        state.table.outdated = true;
    }
}

fn gone(state: &mut State) -> Vec<Effect> {
    let leaving = state.worker == Worker::Leaving;
    state.worker = Worker::Gone;
    abandon(state);
    // What never began is told on leaving.
    if let Some(asked) = state.queue.asked.take() {
        state.queue.push_first(asked);
    }
    if leaving {
        return vec![Effect::Quit { at_once: false }];
    }
    let text = "the worker has ended, so nothing more can be trained; leave and start the program again";
    state.journal.add(state.now, Level::Error, text);
    Vec::new()
}

/// Tell the journal of what people want to find there later.
fn note(state: &mut State, name: &str, event: &RunEvent) {
    let (level, text) = match event {
        RunEvent::RunStarted(started) => (Level::Event, format!("started on {}", started.device)),
        RunEvent::LrChanged { epoch, from, to } => {
            let (from, to) = (format::rate(*from), format::rate(*to));
            (Level::Event, format!("learning rate {from} to {to} after epoch {epoch}"))
        }
        RunEvent::SettingChanged { epoch, key, from, to, .. } => {
            let (from, to) = (format::setting(*key, *from), format::setting(*key, *to));
            (Level::Notice, format!("{} {from} to {to} in epoch {epoch}, by hand", key.title()))
        }
        RunEvent::ModelSaved { epoch, file, .. } => {
            (Level::Notice, format!("the model in epoch {epoch} is kept in {file}"))
        }
        RunEvent::Paused { epoch } => (Level::Event, format!("paused in epoch {epoch}")),
        RunEvent::Resumed { epoch } => (Level::Event, format!("goes on in epoch {epoch}")),
        RunEvent::StopRequested { reason: None, .. } => (Level::Event, "stop requested".to_owned()),
        RunEvent::StopRequested { reason: Some(reason), .. } => (Level::Event, format!("stopped: {reason}")),
        RunEvent::ResumedFrom { epoch, .. } => (Level::Event, format!("resumed from epoch {epoch}")),
        RunEvent::Finished(finished) => {
            let how = match finished.outcome {
                Outcome::Finished => "finished",
                Outcome::EarlyStopped => "stopped early",
                Outcome::Stopped => "stopped",
            };
            let test = finished.test.as_ref().map_or_else(String::new, |test| {
                let (accuracy, log_loss) = (format::score(test.scores.accuracy), format::score(test.scores.log_loss));
                format!(": test accuracy {accuracy}, log loss {log_loss}")
            });
            (Level::Event, format!("{how} after {} epochs{test}", finished.epochs))
        }
        RunEvent::Failed { errors } => (Level::Error, format!("failed: {}", errors.join(": "))),
        RunEvent::Acknowledged { refused: None, .. } => (Level::Event, "takes a command from elsewhere".to_owned()),
        RunEvent::Acknowledged { refused: Some(why), .. } => {
            (Level::Warning, format!("refuses a command from elsewhere: {why}"))
        }
        RunEvent::Steps { .. }
        | RunEvent::EpochFinished(_)
        | RunEvent::Checkpointed { .. }
        | RunEvent::Heartbeat
        | RunEvent::Unknown => {
            return;
        }
    };
    state.journal.add(state.now, level, &format!("{name}: {text}"));
}
