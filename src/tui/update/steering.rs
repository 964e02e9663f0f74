//! Asking something of runs: of the one that is trained here at once, of those of other processes through
//! files, which they acknowledge in their logs.

use std::path::{Path, PathBuf};

use crate::protocol::{Command, Steer, StopMode};

use super::super::{
    Effect, State,
    keymap::Action,
    state::{Activity, Adjust, Dialog, Level, Overlay, Run, dialog::Question, steering},
};

/// Do `action` with the runs that it is for.
pub fn perform(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Stop => {
            let dirs = dirs(state);
            if dirs.is_empty() {
                return super::actions::cancel_loading(state);
            }
            state.dialog = Some(Dialog::new(Question::Stop { dirs }));
            Vec::new()
        }
        Action::Adjust => {
            state.overlay = Adjust::new(&state.steered()).map(Overlay::Adjust);
            Vec::new()
        }
        Action::Pause => pause(state),
        Action::Save => dirs(state).iter().filter_map(|dir| ask(state, dir, Steer::Save)).collect(),
        _ => Vec::new(),
    }
}

fn dirs(state: &State) -> Vec<PathBuf> {
    state.steered().iter().map(|run| run.dir.clone()).collect()
}

/// Ask the run in `dir` for `what`; nothing where nobody trains it any more.
pub fn ask(state: &mut State, dir: &Path, what: Steer) -> Option<Effect> {
    let run = state.runs.get(dir)?;
    let dir = dir.to_owned();
    if state.is_live(&dir) {
        return Some(Effect::Send(Command::Steer { dir, what }));
    }
    if !state.is_elsewhere(run) {
        return None;
    }
    let seen = run.summary.next_seq;
    state.sent.push(steering::Sent { dir: dir.clone(), what: what.clone(), command: None, t: state.now });
    Some(Effect::Steer { dir, what, seen })
}

/// Pause, or go on where all are paused. What is not acknowledged yet counts as done, so that two quick
/// presses leave things as they were.
fn pause(state: &mut State) -> Vec<Effect> {
    let goes_on = state.goes_on();
    let mut effects = Vec::new();
    for dir in dirs(state) {
        if let Some(live) = state.live.as_mut().filter(|live| live.dir == dir) {
            live.pause_asked = Some(!goes_on);
        }
        effects.extend(ask(state, &dir, if goes_on { Steer::Resume } else { Steer::Pause }));
    }
    effects
}

/// Stop the runs in `dirs`, those that are still being trained.
pub fn stop(state: &mut State, dirs: &[PathBuf], how: StopMode) -> Vec<Effect> {
    let paused = state.activity() == Activity::Paused;
    let mut effects = Vec::new();
    for dir in dirs {
        let mut resume = false;
        if let Some(live) = state.live.as_mut().filter(|live| live.dir == *dir) {
            live.stop_asked = Some(how);
            // A paused run would never come to the end of its epoch.
            resume = how == StopMode::AfterEpoch && live.pause_asked.unwrap_or(paused);
            if resume {
                live.pause_asked = Some(false);
            }
        }
        effects.extend(ask(state, dir, Steer::Stop(how)));
        if resume {
            effects.extend(ask(state, dir, Steer::Resume));
        }
    }
    effects
}

/// The file of a command is written, or is not.
pub fn written(state: &mut State, dir: &Path, what: &Steer, result: Result<String, String>) {
    let waits = |sent: &steering::Sent| sent.command.is_none() && sent.dir == dir && sent.what == *what;
    let Some(at) = state.sent.iter().position(waits) else { return };
    match result {
        Ok(command) => {
            if let Some(sent) = state.sent.get_mut(at) {
                sent.command = Some(command);
            }
        }
        Err(error) => {
            state.sent.remove(at);
            state.journal.add(state.now, Level::Error, &error);
        }
    }
}

/// Take note of what has been acknowledged, of what never will be, and of runs that have ended.
pub fn settle(state: &mut State) {
    prune(state);
    let mut waiting = std::mem::take(&mut state.sent);
    waiting.retain(|sent| {
        let Some((level, text)) = answer(state, sent) else { return true };
        state.journal.add(state.now, level, &text);
        false
    });
    state.sent = waiting;
}

fn answer(state: &State, sent: &steering::Sent) -> Option<(Level, String)> {
    let words = steering::words(&sent.what);
    let Some(run) = state.runs.get(&sent.dir) else {
        let name = Run::new(sent.dir.clone()).name;
        return Some(match sent.what {
            Steer::Stop(StopMode::Discard) => (Level::Notice, format!("{name} is discarded")),
            _ => (Level::Warning, format!("{name} is gone; it was asked: {words}")),
        });
    };
    let name = run.title();
    let known = run.summary.acknowledged.iter().find(|known| Some(&known.command) == sent.command.as_ref());
    match known.map(|known| &known.refused) {
        Some(None) => Some((Level::Notice, format!("{name} acknowledges: {words}"))),
        Some(Some(why)) => Some((Level::Error, format!("{name} refuses: {words}: {why}"))),
        None if run.summary.is_over() => Some((Level::Warning, format!("{name} ended before it was asked: {words}"))),
        None if run.interrupted => Some((Level::Warning, format!("{name} is interrupted and was not asked: {words}"))),
        None => None,
    }
}

/// Runs that have ended are not asked anything any more.
fn prune(state: &mut State) {
    let is_on = |state: &State, dir: &PathBuf| {
        state.is_live(dir) || state.runs.get(dir).is_some_and(|run| state.is_elsewhere(run))
    };
    if let Some(mut dialog) = state.dialog.take() {
        let mut stays = true;
        if let Question::Stop { dirs } = &mut dialog.question {
            dirs.retain(|dir| is_on(state, dir));
            stays = !dirs.is_empty();
        }
        state.dialog = Some(dialog).filter(|_| stays);
    }
    if !matches!(&state.overlay, Some(Overlay::Adjust(form)) if !form.extends) {
        return;
    }
    if let Some(Overlay::Adjust(mut form)) = state.overlay.take() {
        form.dirs.retain(|dir| is_on(state, dir));
        if form.dirs.is_empty() {
            state.journal.add(state.now, Level::Notice, "the run has ended: there is nothing left to change");
        } else {
            state.overlay = Some(Overlay::Adjust(form));
        }
    }
}
