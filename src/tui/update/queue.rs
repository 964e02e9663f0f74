//! The runs that wait: who comes in, and who begins.

use crate::{
    config::Config,
    protocol::{Command, RunRequest},
};

use super::super::{
    Effect, State,
    keymap::Action,
    state::{Dialog, Form, Level, Overlay, Worker, dialog::Question, form::Purpose},
};

/// Rows that a page key moves by.
const PAGE: isize = 10;

/// Let `request` wait behind all others; it begins at once where there are none.
pub fn push(state: &mut State, request: RunRequest) {
    welcome(state, &request);
    if state.is_busy() {
        let (mode, before) = (request.config.model.mode, state.queue.waiting.len());
        let text = match before {
            0 => format!("{} is queued: it comes next", mode.title()),
            1 => format!("{} is queued behind one other", mode.title()),
            _ => format!("{} is queued behind {before} others", mode.title()),
        };
        state.journal.add(state.now, Level::Notice, &text);
    }
    state.queue.push(request);
}

/// Let `requests` wait behind all others, in their order.
pub fn push_all(state: &mut State, requests: Vec<RunRequest>) {
    let text = match requests.len() {
        1 => "1 run is queued".to_owned(),
        runs => format!("{runs} runs are queued"),
    };
    state.journal.add(state.now, Level::Notice, &text);
    for request in requests {
        welcome(state, &request);
        state.queue.push(request);
    }
}

/// Let `request` begin before all that wait.
pub fn push_first(state: &mut State, request: RunRequest) {
    welcome(state, &request);
    state.queue.push_first(request);
}

/// Have the person asked about what waited when the dashboard was last left, if anything did: nothing is
/// trained unasked.
pub fn recall_before(state: &mut State) -> bool {
    let State { queue, runs, .. } = state;
    // A run that was to go on may be gone.
    queue.before.retain(|request| request.resume.as_ref().is_none_or(|dir| runs.contains_key(dir)));
    queue.unasked = !queue.before.is_empty();
    queue.unasked
}

/// Ask about it, unless something else is open: no question takes the keys that were meant for another.
pub fn ask_about_before(state: &mut State) {
    let free = state.dialog.is_none() && state.overlay.is_none() && state.worker == Worker::Present;
    if free && std::mem::take(&mut state.queue.unasked) {
        state.dialog = Some(Dialog::new(Question::Waited));
    }
}

/// Let what waited before wait again, behind what waits by now.
pub fn take_up(state: &mut State) {
    let requests = std::mem::take(&mut state.queue.before).into_iter().map(|mut request| {
        // Where runs are kept, and how they are shown, is as it is now.
        let Config { runs, slurm, ui, notify, keys, .. } = state.config.clone();
        request.config = Config { runs, slurm, ui, notify, keys, ..request.config };
        request
    });
    let requests = requests.collect();
    push_all(state, requests);
}

/// Let go of what waited before.
pub fn forget(state: &mut State) {
    let text = match std::mem::take(&mut state.queue.before).len() {
        1 => "1 run is not trained".to_owned(),
        runs => format!("{runs} runs are not trained"),
    };
    state.journal.add(state.now, Level::Notice, &text);
}

/// What kept the last run of the mode from starting may be put right by now.
fn welcome(state: &mut State, request: &RunRequest) {
    state.refused.remove(&request.config.model.mode);
}

/// Give the worker the next run, if it has nothing to do.
pub fn settle(state: &mut State) -> Option<Effect> {
    if !state.queue.free || state.worker != Worker::Present {
        return None;
    }
    let request = state.queue.waiting.pop_front()?.request;
    state.queue.free = false;
    state.queue.asked = Some(request.clone());
    Some(Effect::Send(Command::Start(Box::new(request))))
}

/// Show what waits.
pub fn open(state: &mut State) {
    state.overlay = Some(Overlay::Queue(0));
}

/// Keys where it is shown.
pub fn perform(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Up => step(state, -1),
        Action::Down => step(state, 1),
        Action::PageUp => step(state, -PAGE),
        Action::PageDown => step(state, PAGE),
        Action::First => step(state, isize::MIN),
        Action::Last => step(state, isize::MAX),
        Action::MoveUp => carry(state, -1),
        Action::MoveDown => carry(state, 1),
        Action::Remove => remove(state),
        Action::ClearQueue => state.dialog = Some(Dialog::new(Question::ClearQueue)),
        Action::Accept => change(state),
        Action::Close => state.overlay = None,
        _ => {}
    }
    Vec::new()
}

/// Move by `rows`, down being positive.
pub fn step(state: &mut State, rows: isize) {
    let last = state.queue.waiting.len().saturating_sub(1);
    if let Some(Overlay::Queue(at)) = &mut state.overlay {
        *at = at.saturating_add_signed(rows).min(last);
    }
}

/// Choose a row; where it is the chosen one, change that run.
pub fn click(state: &mut State, row: usize) {
    match &mut state.overlay {
        Some(Overlay::Queue(at)) if *at == row => change(state),
        Some(Overlay::Queue(at)) => *at = row,
        _ => {}
    }
}

/// Move the chosen run up or down in the queue.
fn carry(state: &mut State, step: isize) {
    let Some(Overlay::Queue(at)) = &mut state.overlay else { return };
    let to = at.saturating_add_signed(step);
    if *at < state.queue.waiting.len() && to < state.queue.waiting.len() {
        state.queue.waiting.swap(*at, to);
        *at = to;
    }
}

fn remove(state: &mut State) {
    let Some(Overlay::Queue(at)) = &mut state.overlay else { return };
    let Some(removed) = state.queue.waiting.remove(*at) else { return };
    *at = (*at).min(state.queue.waiting.len().saturating_sub(1));
    let told = state.told(&removed.request);
    let text = format!("taken out of the queue: {}, {told}", removed.request.config.model.mode.title());
    state.journal.add(state.now, Level::Notice, &text);
}

/// Take everything out.
pub fn clear(state: &mut State) {
    let waiting = state.queue.waiting.len();
    state.queue.waiting.clear();
    let noun = if waiting == 1 { "run" } else { "runs" };
    state.journal.add(state.now, Level::Notice, &format!("{waiting} {noun} taken out of the queue"));
}

/// Open the form with the settings of the chosen run.
fn change(state: &mut State) {
    let Some(Overlay::Queue(at)) = state.overlay else { return };
    let Some(waiting) = state.queue.waiting.get(at) else { return };
    if waiting.request.resume.is_some() {
        let text = "a run that goes on keeps the settings that it has";
        state.journal.add(state.now, Level::Notice, text);
        return;
    }
    let config = &waiting.request.config;
    let form = Form::new(Purpose::Waiting(waiting.id), config.clone(), config.clone());
    state.overlay = Some(Overlay::Form(Box::new(form)));
}
