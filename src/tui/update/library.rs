//! What the runs folder tells. Late answers change nothing that matters: a run that is gone stays gone, and
//! notes that are being written are newer than those that were read.

use std::path::Path;

use crate::{
    protocol::{Envelope, RunEvent},
    runs::{Changes, Notes, RunEntry, Tail},
};

use super::{
    super::{
        Effect, Moved, State,
        keymap::Action,
        state::{Dialog, Level, Overlay, Run, Undo, dialog::Question, run::Opened},
    },
    notify,
};

/// Take in what has changed in the folder. What is known already never goes backwards. What is new of runs
/// that are followed may be worth a call.
pub fn changed(state: &mut State, changes: Changes) -> Vec<Effect> {
    let mut calls = Vec::new();
    for problem in &changes.problems {
        state.journal.add(state.now, Level::Warning, problem);
    }
    let now = state.now;
    for dir in changes.gone {
        // The run that is trained here is there until the worker says otherwise.
        if !state.is_live(&dir) {
            forget(state, &dir);
        }
    }
    for listed in changes.found {
        if !state.discarded.contains(&listed.dir) {
            let live = state.is_live(&listed.dir);
            let run = state.runs.entry(listed.dir.clone()).or_insert_with_key(|dir| Run::new(dir.clone()));
            run.list(listed, live, now);
        }
    }
    for tail in changes.tails {
        if !state.is_live(&tail.dir)
            && let Some(run) = state.runs.get_mut(&tail.dir)
        {
            // A log that is read anew tells what was known; so may one whose run was trained here until now.
            let known = if tail.restarted { u64::MAX } else { run.next_seq() };
            run.follow(&tail.events, tail.restarted, now);
            if run.opened == Opened::Yes {
                calls.extend(called(state, &tail, known));
            }
        }
    }
    if state.opening {
        // What was pinned when the dashboard was last open may be gone.
        let State { pins, runs, .. } = state;
        pins.retain(|dir| runs.contains_key(dir));
    }
    state.reindex();
    calls
}

/// The calls that the events of `tail` from number `known` on are worth. Of several best epochs that come
/// together the last one counts.
fn called(state: &mut State, tail: &Tail, known: u64) -> Vec<Effect> {
    let is_best = |event: &Envelope| matches!(event.event, RunEvent::Checkpointed { .. });
    let best = tail.events.iter().rposition(is_best);
    let new = tail
        .events
        .iter()
        .enumerate()
        .filter(|(at, event)| event.seq >= known && (!is_best(event) || Some(*at) == best));
    new.filter_map(|(_, event)| notify::of(state, &tail.dir, &event.event)).collect()
}

fn forget(state: &mut State, dir: &Path) {
    state.runs.remove(dir);
    state.pins.retain(|pinned| pinned != dir);
    if matches!(&state.overlay, Some(Overlay::Adjust(form)) if form.extends && form.dirs.iter().any(|known| known == dir))
    {
        state.overlay = None;
    }
}

/// The history of the run in `dir` was read.
pub fn opened(state: &mut State, dir: &Path, entry: Result<Box<RunEntry>, String>) {
    let live = state.is_live(dir);
    let Some(run) = state.runs.get_mut(dir) else { return };
    match entry {
        Ok(entry) => {
            run.open(*entry, live);
            state.reindex();
        }
        Err(error) => {
            state.library.intents.retain(|(wanted, _)| wanted != dir);
            state.is_unreadable(dir);
            state.journal.add(state.now, Level::Error, &error);
        }
    }
}

pub fn annotated(state: &mut State, dir: &Path, result: Result<(), (Notes, String)>) {
    let Some(run) = state.runs.get_mut(dir) else { return };
    run.unwritten = run.unwritten.saturating_sub(1);
    if let Err((notes, error)) = result {
        // A later change is still on its way, and may succeed.
        if run.unwritten == 0 {
            run.notes = notes;
        }
        state.journal.add(state.now, Level::Error, &error);
        state.table.outdated = true;
    }
}

pub fn trashed(state: &mut State, moved: Vec<Moved>, problems: &[String]) {
    for run in &moved {
        forget(state, &run.dir);
    }
    if let Some(first) = moved.first() {
        let key = state.keys.name_of(Action::Undo);
        let what = name(&first.dir, moved.len());
        let text = format!("deleted {what}, into {}; {key} brings it back", crate::runs::trash::TRASH);
        state.journal.add(state.now, Level::Notice, &text);
        super::runs::remember(state, Undo::Deleted(moved));
    }
    complain(state, problems);
}

/// The listing brings the runs themselves.
pub fn restored(state: &mut State, moved: &[Moved], kept: Vec<Moved>, problems: &[String]) {
    if let Some(first) = moved.first() {
        state.table.choose_run(&first.dir);
        let text = format!("{} is back", name(&first.dir, moved.len()));
        state.journal.add(state.now, Level::Notice, &text);
    }
    // It may be tried again, once what is in the way is away.
    if !kept.is_empty() {
        super::runs::remember(state, Undo::Deleted(kept));
    }
    complain(state, problems);
}

/// What was deleted before this start can be undone after everything that was done since.
pub fn deleted_before(state: &mut State, deletions: Vec<Vec<Moved>>) {
    let room = super::runs::MOST_UNDO.saturating_sub(state.undo.len());
    let newest = deletions.len().saturating_sub(room);
    state.undo.splice(0..0, deletions.into_iter().skip(newest).map(Undo::Deleted));
}

/// Ask whether what lies in the trash shall be deleted for good.
pub fn measured(state: &mut State, runs: usize, bytes: u64) {
    if runs == 0 {
        state.journal.add(state.now, Level::Notice, "the trash is empty");
    } else if state.dialog.is_none() {
        state.dialog = Some(Dialog::new(Question::EmptyTrash { runs, bytes }));
    }
}

pub fn emptied(state: &mut State, result: Result<usize, String>) {
    match result {
        Ok(runs) => {
            let runs = if runs == 1 { "1 run".to_owned() } else { format!("{runs} runs") };
            state.journal.add(state.now, Level::Notice, &format!("the trash is empty: {runs} deleted for good"));
            state.undo.retain(|undo| !matches!(undo, Undo::Deleted(_)));
        }
        Err(error) => state.journal.add(state.now, Level::Error, &error),
    }
}

fn complain(state: &mut State, problems: &[String]) {
    for problem in problems {
        state.journal.add(state.now, Level::Error, problem);
    }
    state.reindex();
}

fn name(dir: &Path, runs: usize) -> String {
    let name = Run::new(dir.to_owned()).name;
    if runs == 1 { name } else { format!("{name} and {} more", runs - 1) }
}
