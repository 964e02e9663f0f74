//! How messages change the state: pure, without I/O and without a clock.

mod actions;
mod batch;
pub(super) mod compare;
mod dialogs;
mod form;
mod library;
mod mouse;
mod notify;
mod overlays;
pub(super) mod panes;
mod queue;
mod runs;
mod steering;
mod study;
mod worker;

use crossterm::event::{KeyEvent, KeyEventKind};

use crate::protocol::Command;

use super::{
    Effect, Message, State,
    keymap::{Action, Key, Place},
    state::{Level, Overlay, Screen, Worker},
};

/// Take in `message` and say what is to be done.
pub fn update(state: &mut State, message: Message) -> Vec<Effect> {
    // Nothing that is drawn follows from the time alone.
    let settled = matches!(message, Message::Clock(_) | Message::NativeOutput(_) | Message::Usage(_));
    let mut effects = take_in(state, message);
    if settled {
        effects.extend(state.due_view());
    } else {
        queue::ask_about_before(state);
        state.note_view();
        steering::settle(state);
        // What is compared follows from the marks.
        state.settle_table();
        // Which histories are needed follows from what is compared.
        if state.screen == Screen::Compare {
            state.settle_comparison();
        }
        effects.extend(state.settle_library());
        runs::intended(state);
        batch::settle(state);
        effects.extend(queue::settle(state));
        effects.extend(state.settle_study());
        state.follow_runs();
        effects.extend(panes::settle(state));
    }
    effects
}

#[allow(clippy::too_many_lines, reason = "one arm a message")]
fn take_in(state: &mut State, message: Message) -> Vec<Effect> {
    match message {
        Message::Clock(now) => {
            clock(state, now);
            Vec::new()
        }
        Message::Key(event) => {
            state.dirty = true;
            key(state, &event)
        }
        Message::Mouse(event) => {
            state.dirty = true;
            mouse::happened(state, event)
        }
        Message::Paste(text) => {
            state.dirty = true;
            if state.dialog.is_none() {
                overlays::typed(state, &text);
            }
            Vec::new()
        }
        Message::Resize(columns, rows) => {
            state.dirty = true;
            state.size = (columns, rows);
            Vec::new()
        }
        Message::Worker(message) => {
            state.dirty = true;
            worker::told(state, message)
        }
        Message::Progress(progress) => {
            // Progress that was on its way when its run ended is about nothing any more.
            if state.is_busy() && state.progress.as_ref() != Some(&progress) {
                state.dirty = true;
                state.progress = Some(progress);
            }
            Vec::new()
        }
        Message::Runs(changes) => {
            state.dirty = true;
            let calls = library::changed(state, *changes);
            if std::mem::take(&mut state.opening) {
                actions::begin(state);
            }
            calls
        }
        Message::Opened { dir, entry } => {
            state.dirty = true;
            library::opened(state, &dir, entry);
            Vec::new()
        }
        Message::Sent { dir, what, result } => {
            state.dirty = true;
            steering::written(state, &dir, &what, result);
            Vec::new()
        }
        Message::Annotated { dir, result } => {
            state.dirty = true;
            library::annotated(state, &dir, result);
            Vec::new()
        }
        Message::Trashed { moved, problems } => {
            state.dirty = true;
            library::trashed(state, moved, &problems);
            Vec::new()
        }
        Message::Restored { moved, kept, problems } => {
            state.dirty = true;
            library::restored(state, &moved, kept, &problems);
            Vec::new()
        }
        Message::Deletions(deletions) => {
            state.dirty = true;
            library::deleted_before(state, deletions);
            Vec::new()
        }
        Message::TrashMeasured { runs, bytes } => {
            state.dirty = true;
            library::measured(state, runs, bytes);
            Vec::new()
        }
        Message::TrashEmptied(result) => {
            state.dirty = true;
            library::emptied(state, result);
            Vec::new()
        }
        Message::Study(news) => {
            state.dirty = true;
            study::told(state, news);
            Vec::new()
        }
        Message::Predictions { dir, of, clips } => {
            state.dirty = true;
            state.predictions_read(&dir, of, clips);
            Vec::new()
        }
        // It may come twice, as a signal and as an error, and must not count as haste.
        Message::HangUp => match state.worker {
            Worker::Present => leave(state),
            // It quits once the worker has ended.
            Worker::Leaving => Vec::new(),
            Worker::Gone => vec![Effect::Quit { at_once: false }],
        },
        Message::Interrupt => {
            state.dirty = true;
            interrupt(state)
        }
        Message::Suspend => vec![Effect::Suspend],
        Message::Continued => {
            state.dirty = true;
            vec![Effect::TakeTerminal { mouse: state.mouse }]
        }
        Message::NativeOutput(line) => {
            state.dirty |= state.screen == Screen::Log;
            state.journal.add(state.now, Level::Output, &line);
            Vec::new()
        }
        Message::Reported(answer) => {
            state.dirty = true;
            state.reporting = false;
            match answer {
                Ok(path) => {
                    let text = format!("the report is written: {}", path.display());
                    state.journal.add(state.now, Level::Notice, &text);
                }
                Err(error) => state.journal.add(state.now, Level::Error, &error),
            }
            Vec::new()
        }
        Message::OutputLog(path) => {
            state.dirty = true;
            state.output_log = Some(path);
            Vec::new()
        }
        Message::Recall(remembered) => {
            state.dirty = true;
            state.recall(&remembered);
            Vec::new()
        }
        Message::Devices(keys) => {
            state.dirty = true;
            state.devices = keys;
            Vec::new()
        }
        Message::Usage(usage) => {
            state.dirty |= state.usage != Some(usage);
            state.usage = Some(usage);
            Vec::new()
        }
        Message::Gpu(usage) => {
            state.dirty |= state.gpu != usage;
            state.gpu = usage;
            Vec::new()
        }
        Message::Problem(text) => {
            state.dirty = true;
            state.journal.add(state.now, Level::Error, &text);
            Vec::new()
        }
    }
}

/// Time passes. The picture changes once a second at most, and only where something counts time.
fn clock(state: &mut State, now: i64) {
    let then = state.now;
    let before = (state.animates(), then.div_euclid(1000));
    state.now = now;
    let second = before.1 != now.div_euclid(1000);
    state.dirty |= before.0 && (second || !state.animates());
    // How long ago another process was heard of.
    let counts = || !state.sent.is_empty() || state.shown().is_some_and(|run| state.is_elsewhere(run));
    state.dirty |= second && counts();
    if second && state.falls_silent(then) {
        state.table.outdated = true;
        state.settle_table();
        state.dirty = true;
    }
}

fn key(state: &mut State, event: &KeyEvent) -> Vec<Effect> {
    if event.kind == KeyEventKind::Release {
        return Vec::new();
    }
    let place = state.place();
    match state.keys.action(place, event) {
        Some(action) => match state.refusal(action) {
            None => perform(state, action),
            // Where there is nothing to leave, that is no mistake.
            Some(_) if action == Action::CancelLoading => Vec::new(),
            Some(why) => {
                let name = state.keys.at(place).find(|(entry, _)| entry.action == action);
                refuse(state, name.map_or("", |(entry, _)| entry.name), why);
                Vec::new()
            }
        },
        // The key that opened the help closes it again, as long as nothing is looked for.
        None if place == Place::Help && asks_for_help(state, event) => {
            state.overlay = None;
            Vec::new()
        }
        None => {
            if let Some(character) =
                Key::of(event).typed().filter(|_| matches!(place, Place::Help | Place::Palette | Place::Form))
            {
                overlays::typed(state, character.encode_utf8(&mut [0; 4]));
            }
            Vec::new()
        }
    }
}

/// Say why the action of this name does nothing now; once, however often a key repeats.
fn refuse(state: &mut State, name: &str, why: &str) {
    let text = format!("{}: {why}", name.replace('_', " "));
    if state.notice().is_none_or(|notice| notice.text != text) {
        state.journal.add(state.now, Level::Notice, &text);
    }
}

fn asks_for_help(state: &State, event: &KeyEvent) -> bool {
    let empty = matches!(&state.overlay, Some(Overlay::Help(search)) if search.query.text().is_empty());
    empty && state.keys.action(state.screen_place(), event) == Some(Action::Help)
}

/// Do `action` where it counts: in the dialog, in what lies over the screen, or on the screen.
fn perform(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        // Ctrl-C answers everywhere.
        Action::Interrupt => interrupt(state),
        action if state.dialog.is_some() => dialogs::perform(state, action),
        action if state.overlay.is_some() => overlays::perform(state, action),
        action => actions::perform(state, action),
    }
}

/// The first interrupt stops gracefully and leaves, the second leaves at once.
fn interrupt(state: &mut State) -> Vec<Effect> {
    match state.worker {
        Worker::Present => leave(state),
        Worker::Leaving | Worker::Gone => vec![Effect::Quit { at_once: true }],
    }
}

/// Ask the worker to end; the dashboard leaves when it has.
fn leave(state: &mut State) -> Vec<Effect> {
    state.dialog = None;
    state.overlay = None;
    state.worker = Worker::Leaving;
    if state.is_busy() {
        let again = state.keys.name_of(Action::Interrupt);
        state.journal.add(state.now, Level::Notice, &format!("stopping; {again} again leaves at once"));
    }
    vec![Effect::Send(Command::Shutdown)]
}
