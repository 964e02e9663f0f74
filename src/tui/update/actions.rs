//! What keys do outside dialogs.

use crate::{
    config::{Mode, Theme},
    protocol::{Command, RunRequest, RunStarted},
};

use super::super::{
    Effect, State, copy,
    keymap::Action,
    state::{Activity, Dialog, Level, Overlay, Run, Screen, Search, dialog::Question},
};

/// Lines that a page key scrolls.
const PAGE: isize = 10;

#[allow(clippy::too_many_lines, reason = "an arm for each action")]
pub fn perform(state: &mut State, action: Action) -> Vec<Effect> {
    if state.screen == Screen::Study
        && let Some(effects) = super::study::perform(state, action)
    {
        return effects;
    }
    if state.screen == Screen::Compare && super::compare::perform(state, action) {
        return Vec::new();
    }
    match action {
        Action::Choose(mode) => choose(state, mode),
        Action::PreviousMode => neighbour(state, Mode::ALL.len() - 1),
        Action::NextMode => neighbour(state, 1),
        Action::Train => return train(state),
        Action::Stop | Action::Pause | Action::Adjust | Action::Save => return super::steering::perform(state, action),
        Action::TrainAll => super::batch::modes(state),
        Action::Seeds => super::batch::seeds(state),
        Action::SetUp => super::form::open(state),
        Action::Queue => super::queue::open(state),
        Action::Device => device(state),
        Action::CancelLoading => return cancel_loading(state),
        Action::Counts => state.matrix.unit = state.matrix.unit.next(),
        Action::Show => super::runs::show(state),
        Action::Compare => state.screen = Screen::Compare,
        Action::Groups => super::compare::group(state),
        Action::Pin if state.screen == Screen::Runs && !state.table.marked.is_empty() => super::runs::pin(state),
        Action::Sort if state.screen == Screen::Runs => sort(state, false),
        Action::SortMore => sort(state, true),
        Action::Left if state.screen == Screen::Runs => across(state, -1),
        Action::Right if state.screen == Screen::Runs => across(state, 1),
        Action::Split => state.view.test = !state.view.test,
        Action::Mark
        | Action::MarkAll
        | Action::Hide
        | Action::HiddenToo
        | Action::Filter
        | Action::Order
        | Action::Columns
        | Action::Tag
        | Action::Note
        | Action::Rename
        | Action::Delete
        | Action::Undo
        | Action::EmptyTrash
        | Action::Resume
        | Action::Retry
        | Action::Clone
        | Action::Vary
        | Action::Extend => return super::runs::perform(state, action),
        Action::Rescan => return vec![Effect::Refresh],
        Action::Report => return report(state),
        Action::Screen(screen) => state.screen = screen,
        Action::ClearQueue => state.dialog = Some(Dialog::new(Question::ClearQueue)),
        Action::NextScreen => state.screen = state.screen.next(),
        Action::PreviousScreen => state.screen = state.screen.previous(),
        Action::Up => scroll(state, -1),
        Action::Down => scroll(state, 1),
        Action::PageUp => scroll(state, -PAGE),
        Action::PageDown => scroll(state, PAGE),
        Action::First => scroll(state, isize::MIN),
        Action::Last => scroll(state, isize::MAX),
        Action::Copy => return copy(state),
        Action::CopyValue => return copy_value(state),
        Action::Theme => theme(state),
        Action::Mouse => {
            state.mouse = !state.mouse;
            return vec![Effect::Mouse(state.mouse)];
        }
        Action::Palette => state.overlay = Some(Overlay::Palette(Search::default())),
        Action::Help => state.overlay = Some(Overlay::Help(Search::default())),
        Action::Quit => return quit(state),
        Action::Suspend => return vec![Effect::Suspend],
        Action::Interrupt => return super::interrupt(state),
        Action::Focus
        | Action::Pane
        | Action::PreviousPane
        | Action::Maximise
        | Action::Pin
        | Action::Left
        | Action::Right
        | Action::FarLeft
        | Action::FarRight
        | Action::ZoomIn
        | Action::ZoomOut
        | Action::ZoomInY
        | Action::ZoomOutY
        | Action::PanLeft
        | Action::PanRight
        | Action::ResetZoom
        | Action::LogScale
        | Action::XAxis
        | Action::Smooth
        | Action::Outliers
        | Action::Earlier
        | Action::Later
        | Action::Difference
        | Action::Sort
        | Action::ReverseSort => super::panes::perform(state, action),
        // They count where something lies over the screen, or on the Study screen.
        Action::Accept
        | Action::Close
        | Action::Edit(_)
        | Action::Answer(_)
        | Action::YAxis
        | Action::Block
        | Action::Figure
        | Action::Fold
        | Action::Studies
        | Action::StopTrials
        | Action::RetryTrials
        | Action::Enqueue
        | Action::MoveUp
        | Action::MoveDown
        | Action::Remove
        | Action::ResetSetting => {}
    }
    Vec::new()
}

/// Show the newest run of `mode`.
fn choose(state: &mut State, mode: Mode) {
    state.mode = mode;
    state.picked = None;
    state.screen = Screen::Train;
}

fn neighbour(state: &mut State, step: usize) {
    let index = (state.mode.index() + step) % Mode::ALL.len();
    if let Some(&mode) = Mode::ALL.get(index) {
        choose(state, mode);
    }
}

fn train(state: &mut State) -> Vec<Effect> {
    let mode = state.mode;
    if state.is_busy() {
        let request = Box::new(new_run(state, mode));
        state.dialog = Some(Dialog::new(Question::Busy { request }));
        return Vec::new();
    }
    start(state, mode);
    Vec::new()
}

/// All runs are known for the first time.
pub fn begin(state: &mut State) {
    if !state.watching {
        if !super::queue::recall_before(state) {
            autostart(state);
        }
        return;
    }
    // Whoever watches one run wants to see it.
    let mut runs = state.runs.values();
    if let (Some(run), None) = (runs.next(), runs.next())
        && let Some(mode) = run.mode()
    {
        (state.mode, state.picked, state.screen) = (mode, Some(run.dir.clone()), Screen::Train);
    }
}

/// Begin to train without being asked, where the dashboard opens on a mode that has no run on this
/// data: whoever comes for the first time sees training, and whoever comes back sees their run.
fn autostart(state: &mut State) {
    let data = &state.config.data;
    let same = |own: &RunStarted| if data.is_demo() { own.demo } else { own.data == data.source() };
    let seen = |run: &Run| run.summary.started.as_ref().is_some_and(|own| own.mode == state.mode && same(own));
    // Whoever comes back to the tab of another mode has seen it.
    let first = state.mode == state.base.model.mode;
    let wanted = state.config.ui.autostart && first && !state.is_busy() && !state.runs.values().any(seen);
    if wanted {
        start(state, state.mode);
    }
}

/// Queue a new run of `mode`, which begins at once where nothing is before it.
pub fn start(state: &mut State, mode: Mode) {
    let request = new_run(state, mode);
    state.picked = None;
    super::queue::push(state, request);
}

/// A new run of `mode` with the settings of new runs.
pub fn new_run(state: &State, mode: Mode) -> RunRequest {
    let mut config = state.config.clone();
    config.model.mode = mode;
    RunRequest { config, resume: None, changes: Vec::new() }
}

/// Let the next run train on the device after the present one; the live run stays where it is.
fn device(state: &mut State) {
    let present = state.devices.iter().position(|key| *key == state.config.train.device);
    let next = present.map_or(0, |index| index + 1) % state.devices.len().max(1);
    let Some(next) = state.devices.get(next).cloned() else { return };
    state.journal.add(state.now, Level::Event, &format!("the next run is for the device {next}"));
    state.config.train.device = next;
    state.device_chosen = true;
}

/// Put the shown table into the clipboard.
fn copy(state: &mut State) -> Vec<Effect> {
    let Some(copied) = copy::table(state) else { return Vec::new() };
    let text = format!("copied {}, as tab-separated values, where the terminal lets programs copy", copied.what);
    state.journal.add(state.now, Level::Notice, &text);
    vec![Effect::Copy(copied.text)]
}

/// Put what is pointed at into the clipboard.
fn copy_value(state: &mut State) -> Vec<Effect> {
    let Some(copied) = copy::value(state) else { return Vec::new() };
    let text = format!("copied {}: {}, where the terminal lets programs copy", copied.what, copied.text);
    state.journal.add(state.now, Level::Notice, &text);
    vec![Effect::Copy(copied.text)]
}

fn theme(state: &mut State) {
    let present = Theme::ALL.iter().position(|theme| *theme == state.config.ui.theme).unwrap_or(0);
    state.config.ui.theme = Theme::ALL.get(present + 1).copied().unwrap_or_default();
    let text = format!("colours: {}", state.config.ui.theme.name());
    state.journal.add(state.now, Level::Notice, &text);
}

pub fn cancel_loading(state: &mut State) -> Vec<Effect> {
    if state.has_focus() {
        let focused =
            if state.screen == Screen::Compare { &mut state.comparison.focused } else { &mut state.view.focused };
        *focused = false;
        return Vec::new();
    }
    if state.activity() == Activity::Loading { vec![Effect::Send(Command::CancelLoading)] } else { Vec::new() }
}

/// Sort the runs by the chosen column.
fn sort(state: &mut State, more: bool) {
    if let Some(field) = state.table.columns.get(state.table.column).copied() {
        state.table.sort_by(field, more);
    }
}

/// Choose another column of the runs.
fn across(state: &mut State, columns: isize) {
    let last = state.table.columns.len().saturating_sub(1);
    state.table.column = state.table.column.saturating_add_signed(columns).min(last);
}

/// Write a report of the compared runs.
fn report(state: &mut State) -> Vec<Effect> {
    let runs = state.comparison.rows.clone();
    state.reporting = true;
    let noun = if runs.len() == 1 { "run" } else { "runs" };
    state.journal.add(state.now, Level::Notice, &format!("writing a report of {} {noun}", runs.len()));
    vec![Effect::Report(runs)]
}

fn quit(state: &mut State) -> Vec<Effect> {
    if state.worker == super::Worker::Leaving {
        return vec![Effect::Quit { at_once: true }];
    }
    if state.is_busy() {
        state.dialog = Some(Dialog::new(Question::Quit));
        return Vec::new();
    }
    vec![Effect::Quit { at_once: false }]
}

/// Move by `lines`, down being positive; the ends of the range go to the ends of the list.
pub fn scroll(state: &mut State, lines: isize) {
    match state.screen {
        Screen::Train => super::panes::scroll(state, lines),
        Screen::Runs => state.table.choose(state.table.at.saturating_add_signed(lines)),
        Screen::Compare => super::compare::scroll(state, lines),
        Screen::Study => super::study::scroll(state, lines),
        // The log is counted from its end, where new messages come.
        Screen::Log => {
            let most = state.journal.len().saturating_sub(1);
            state.log_up = state.log_up.saturating_add_signed(lines.checked_neg().unwrap_or(isize::MAX)).min(most);
        }
    }
}
