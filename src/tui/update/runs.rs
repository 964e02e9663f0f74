//! What keys do to runs: marks, notes, the trash, and training some of them again.

use std::{collections::BTreeSet, path::PathBuf};

use crate::{
    config::StudyConfig,
    protocol::{Outcome, RunRequest},
    runs::{Notes, notes},
};

use super::super::{
    Effect, State,
    keymap::Action,
    state::{
        Adjust, Ask, Dialog, Intent, Level, Overlay, Prompt, Run, Screen, Status, Undo, dialog::Question,
        pins::MOST_PINS, table,
    },
};

/// Changes that can be undone.
pub const MOST_UNDO: usize = 100;

pub fn perform(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Mark => mark(state),
        Action::MarkAll => mark_all(state),
        Action::Hide => return hide(state),
        Action::HiddenToo => {
            state.table.hidden_too = !state.table.hidden_too;
            state.table.outdated = true;
        }
        Action::Filter => {
            let text = state.table.filter_text.clone();
            state.prompt(Ask::Filter, &text);
        }
        Action::Order => {
            let text = state.table.order_text();
            state.prompt(Ask::Order, &text);
        }
        Action::Columns => {
            let text = state.table.columns_text();
            state.prompt(Ask::Columns, &text);
        }
        Action::Tag => {
            let dirs = targets(state);
            state.prompt(Ask::Tags(dirs), "");
        }
        Action::Note => {
            let dirs = targets(state);
            let text = state.chosen_run().map(|run| run.notes.note.clone()).unwrap_or_default();
            state.prompt(Ask::Note(dirs), &text);
        }
        Action::Rename => {
            if let Some(run) = state.chosen_run() {
                let (dir, text) = (run.dir.clone(), run.notes.label.clone());
                state.prompt(Ask::Label(dir), &text);
            }
        }
        Action::Delete => return delete(state),
        Action::Undo => return undo(state),
        Action::EmptyTrash => return vec![Effect::MeasureTrash],
        Action::Resume => intend(state, |run, state| state.can_resume(run).then_some(Intent::Resume)),
        Action::Retry => intend(state, |run, state| state.status(run).is_failed().then_some(Intent::Retry)),
        // An import does not tell its settings.
        Action::Clone => {
            intend(state, |run, state| (!run.is_imported()).then(|| Intent::Clone { seed: state.free_seed(run) }));
        }
        Action::Vary => vary(state),
        Action::Extend => {
            let dir = state.extensible().ok().map(|run| run.dir.clone());
            state.library.intents.extend(dir.map(|dir| (dir, Intent::Extend)));
        }
        _ => {}
    }
    Vec::new()
}

fn targets(state: &State) -> Vec<PathBuf> {
    state.targets().into_iter().map(|run| run.dir.clone()).collect()
}

/// Mark the chosen run, or take the mark away, and go on to the next.
fn mark(state: &mut State) {
    let Some(dir) = state.chosen_run().map(|run| run.dir.clone()) else { return };
    state.table.marked.toggle(dir);
    state.table.choose(state.table.at + 1);
}

/// Mark every listed run; where any is marked, none.
fn mark_all(state: &mut State) {
    let table = &mut state.table;
    let rows = if table.marked.is_empty() { table.rows.as_slice() } else { &[] };
    table.marked.set(rows.iter().cloned());
}

/// Hide the runs; where all of them are hidden, show them again.
fn hide(state: &mut State) -> Vec<Effect> {
    let hidden = !state.targets().iter().all(|run| run.notes.hidden);
    let effects = annotate(state, &targets(state), |notes| notes.hidden = hidden);
    if hidden {
        let key = state.keys.name_of(Action::Undo);
        let text = format!("{} hidden; {key} undoes it", count(effects.len()));
        state.journal.add(state.now, Level::Notice, &text);
    }
    effects
}

fn count(runs: usize) -> String {
    format!("{runs} {}", if runs == 1 { "run" } else { "runs" })
}

/// Change the notes of the runs in `dirs`, here and in their folders.
fn annotate(state: &mut State, dirs: &[PathBuf], change: impl Fn(&mut Notes)) -> Vec<Effect> {
    let (mut before, mut effects) = (Vec::new(), Vec::new());
    for dir in dirs {
        let Some(run) = state.runs.get(dir) else { continue };
        let mut notes = run.notes.clone();
        change(&mut notes);
        if notes != run.notes {
            before.push((dir.clone(), run.notes.clone()));
            effects.push(write(state, dir, notes));
        }
    }
    if !before.is_empty() {
        remember(state, Undo::Noted(before));
    }
    effects
}

fn write(state: &mut State, dir: &PathBuf, notes: Notes) -> Effect {
    if let Some(run) = state.runs.get_mut(dir) {
        run.notes = notes.clone();
        run.unwritten += 1;
    }
    state.table.outdated = true;
    Effect::Annotate { dir: dir.clone(), notes }
}

pub fn remember(state: &mut State, undo: Undo) {
    if state.undo.len() >= MOST_UNDO {
        state.undo.remove(0);
    }
    state.undo.push(undo);
}

/// Take back the last change.
fn undo(state: &mut State) -> Vec<Effect> {
    match state.undo.pop() {
        None => Vec::new(),
        Some(Undo::Deleted(moved)) => vec![Effect::Restore(moved)],
        Some(Undo::Noted(before)) => {
            let known: Vec<_> = before.into_iter().filter(|(dir, _)| state.runs.contains_key(dir)).collect();
            let text = format!("the notes of {} are as they were", count(known.len()));
            state.journal.add(state.now, Level::Notice, &text);
            known.into_iter().map(|(dir, notes)| write(state, &dir, notes)).collect()
        }
    }
}

/// Move the runs to the trash. Those that are trained, or wait for it, stay.
fn delete(state: &mut State) -> Vec<Effect> {
    let busy = |run: &Run| state.is_live(&run.dir) || state.queue.resumes(&run.dir);
    let (kept, dirs): (Vec<&Run>, Vec<&Run>) = state.targets().into_iter().partition(|run| busy(run));
    let dirs: Vec<PathBuf> = dirs.into_iter().map(|run| run.dir.clone()).collect();
    if let Some(run) = kept.first() {
        let text = if state.is_live(&run.dir) {
            format!("{} is trained here: stop it first", run.name)
        } else {
            format!("{} waits to go on: take it out of the queue first", run.name)
        };
        state.journal.add(state.now, Level::Warning, &text);
    }
    let listed: Vec<PathBuf> = dirs.iter().filter(|dir| !state.table.marked.is_unlisted(dir)).cloned().collect();
    if listed.len() < dirs.len() {
        // What is out of sight is easily forgotten.
        state.dialog = Some(Dialog::new(Question::Delete { all: dirs, listed }));
        return Vec::new();
    }
    if dirs.is_empty() { Vec::new() } else { vec![Effect::Trash(dirs)] }
}

/// Pin the marked runs, as many as have room; where all of those are pinned, let go of them.
pub fn pin(state: &mut State) {
    let marked = state.table.marked.len();
    let dirs: Vec<PathBuf> = state.marked().take(MOST_PINS).map(|run| run.dir.clone()).collect();
    let unpins = state.has_pinned();
    for dir in &dirs {
        if state.is_pinned(dir) == unpins {
            state.pin(dir.clone());
        }
    }
    let left_out = match marked - dirs.len() {
        0 => String::new(),
        more => format!("; {more} more have no room"),
    };
    let text = match (unpins, dirs.len()) {
        (true, runs) => format!("{} not pinned any more", count(runs)),
        (false, runs) => format!("{} pinned: other runs are compared with them{left_out}", count(runs)),
    };
    state.journal.add(state.now, Level::Notice, &text);
}

/// Do what `intent` says with the runs as soon as their settings are read.
fn intend(state: &mut State, intent: impl Fn(&Run, &State) -> Option<Intent>) {
    let runs = state.subjects();
    let intents: Vec<_> = runs.into_iter().filter_map(|run| Some((run.dir.clone(), intent(run, state)?))).collect();
    for wanted in intents {
        if !state.library.intents.contains(&wanted) {
            state.library.intents.push(wanted);
        }
    }
}

/// Open the form with the settings of the chosen run as soon as they are read.
fn vary(state: &mut State) {
    let run = state.pinnable().filter(|run| !run.is_imported());
    if let Some((dir, seed)) = run.map(|run| (run.dir.clone(), state.free_seed(run))) {
        state.library.intents.push((dir, Intent::Vary { seed }));
    }
}

/// Do what was intended with the runs that are open by now.
pub fn intended(state: &mut State) {
    while let Some((dir, intent)) = state.next_intent() {
        train(state, &dir, intent);
    }
}

/// Queue the run in `dir` to go on, or one with its settings.
fn train(state: &mut State, dir: &PathBuf, intent: Intent) {
    let Some(run) = state.runs.get(dir) else { return };
    let Some(started) = run.summary.started.as_ref() else { return };
    let resume = (intent == Intent::Resume).then(|| dir.clone());
    if resume.is_some() && (state.queue.resumes(dir) || !state.can_resume(run)) {
        return;
    }
    if intent == Intent::Extend {
        return extend(state, dir);
    }
    let name = run.title();
    let mut config = match run.config.as_deref() {
        Some(config) => config.clone(),
        // The worker reads the settings of what goes on once more.
        None if resume.is_some() => state.config.clone(),
        None => {
            let text = format!("the settings of {name} cannot be read: no other run can be trained with them");
            return state.journal.add(state.now, Level::Warning, &text);
        }
    };
    (config.model.mode, config.train.seed) = (started.mode, started.seed);
    if let Intent::Vary { seed } = intent {
        let (name, reference) = (name.to_owned(), config.clone());
        config.train.seed = seed;
        return super::form::open_like(state, &name, reference, config);
    }
    // A run with the settings of another is no trial of its study, and is kept where new runs are.
    if let Intent::Clone { .. } = intent {
        (config.runs, config.study) = (state.config.runs.clone(), StudyConfig::default());
    }
    let text = match intent {
        Intent::Resume => format!("{name} goes on from epoch {}", run.summary.epochs),
        Intent::Retry => format!("a run with the settings of {name} is asked for"),
        Intent::Clone { seed } => {
            config.train.seed = seed;
            format!("a run with the settings of {name} and seed {seed} is asked for")
        }
        Intent::Vary { .. } | Intent::Extend => return,
    };
    // What goes on is seen to; what is asked for may have to wait.
    let level = if resume.is_some() { Level::Event } else { Level::Notice };
    state.journal.add(state.now, level, &text);
    super::queue::push(state, RunRequest { config, resume, changes: Vec::new() });
}

/// Ask how far the run in `dir`, which has ended, shall go on.
fn extend(state: &mut State, dir: &PathBuf) {
    let Some(run) = state.runs.get(dir).filter(|_| state.overlay.is_none() && state.dialog.is_none()) else { return };
    if run.config.is_some() {
        state.overlay = Some(Overlay::Adjust(Adjust::extending(run)));
    } else {
        let text = format!("the settings of {} cannot be read: it cannot go on", run.title());
        state.journal.add(state.now, Level::Warning, &text);
    }
}

impl State {
    /// The run that the key lets go on past its end.
    ///
    /// # Errors
    /// Why there is none.
    pub(in crate::tui) fn extensible(&self) -> Result<&Run, &'static str> {
        let run = self.pinnable().ok_or("there is no run")?;
        if run.is_imported() {
            return Err("the run is imported, and has no state to go on from");
        }
        if self.queue.resumes(&run.dir) {
            return Err("it waits to go on already");
        }
        match self.status(run) {
            Status::Ended(Outcome::Finished | Outcome::EarlyStopped) => Ok(run),
            Status::Ended(Outcome::Stopped) | Status::Interrupted | Status::Failed => {
                Err("it has not ended: resume it")
            }
            _ => Err("it is being trained"),
        }
    }

    /// The first seed after that of `run` that no run of its mode on its data has.
    fn free_seed(&self, run: &Run) -> u64 {
        let seed = |run: &Run| run.summary.started.as_ref().map(|started| started.seed);
        let alike = |other: &&Run| other.mode() == run.mode() && other.fingerprint() == run.fingerprint();
        let queued = self.queue.requests().filter(|request| request.resume.is_none());
        let queued = queued.filter(|request| Some(request.config.model.mode) == run.mode());
        let taken = self.runs.values().filter(alike).filter_map(seed);
        let taken: BTreeSet<u64> = taken.chain(queued.map(|request| request.config.train.seed)).collect();
        let mut free = seed(run).unwrap_or(0).wrapping_add(1);
        while taken.contains(&free) {
            free = free.wrapping_add(1);
        }
        free
    }
}

/// What is typed takes effect at once where that changes nothing but the view.
pub fn typed(state: &mut State) {
    match &state.overlay {
        Some(Overlay::Prompt(Prompt { ask: Ask::Filter, field, .. })) => {
            let _ = state.table.set_filter(field.text());
        }
        Some(Overlay::Prompt(Prompt { ask: Ask::Trials, field, .. })) => {
            let _ = state.study.table.set_filter(field.text());
            state.study.outdated = true;
        }
        _ => {}
    }
}

/// Leave everything as it was.
pub fn close(state: &mut State) {
    match state.overlay.take() {
        Some(Overlay::Prompt(Prompt { ask: Ask::Filter, before, .. })) => {
            let _ = state.table.set_filter(&before);
        }
        Some(Overlay::Prompt(Prompt { ask: Ask::Trials, before, .. })) => {
            let _ = state.study.table.set_filter(&before);
            state.study.outdated = true;
        }
        _ => {}
    }
}

/// Take what was typed. Where it means nothing, it can be mended.
pub fn accept(state: &mut State, prompt: Prompt) -> Vec<Effect> {
    if prompt.fault().is_some() {
        state.overlay = Some(Overlay::Prompt(prompt));
        return Vec::new();
    }
    let text = prompt.field.text().trim().to_owned();
    let set = match &prompt.ask {
        Ask::Filter => state.table.set_filter(&text),
        Ask::Trials => {
            state.study.outdated = true;
            state.study.table.set_filter(&text)
        }
        Ask::Order => table::parse_order(&text).map(|order| state.table.order = order),
        Ask::Columns => table::parse_columns(&text).map(|columns| state.table.columns = columns),
        Ask::Tags(dirs) => return annotate(state, dirs, |known| known.tags = notes::retagged(&known.tags, &text)),
        Ask::Note(dirs) => return annotate(state, dirs, |known| text.clone_into(&mut known.note)),
        Ask::Label(dir) => {
            return annotate(state, std::slice::from_ref(dir), |known| text.clone_into(&mut known.label));
        }
    };
    if let Err(fault) = set {
        state.journal.add(state.now, Level::Warning, &fault.to_string());
    }
    state.table.outdated = true;
    Vec::new()
}

/// Show the run that is chosen here.
pub fn show(state: &mut State) {
    let chosen = state.pinnable().map(|run| (run.dir.clone(), run.mode()));
    if let Some((dir, Some(mode))) = chosen {
        state.mode = mode;
        state.picked = Some(dir);
        state.screen = Screen::Train;
    }
}
