//! What the mouse does: a click is the key of what was drawn there, the wheel moves through what lies
//! under it, with Shift or Ctrl along a chart's value axis.

use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::super::{
    Effect, State,
    hit::{self, Target},
    keymap::Action,
    pointer,
    state::{Overlay, Screen, StudyPane},
};

/// Lines that the wheel moves by.
const WHEEL: isize = 3;

pub fn happened(state: &mut State, event: MouseEvent) -> Vec<Effect> {
    let (column, row) = (event.column, event.row);
    let upright = event.modifiers.intersects(KeyModifiers::SHIFT | KeyModifiers::CONTROL);
    match event.kind {
        MouseEventKind::Down(MouseButton::Left) => {
            state.held = None;
            if !pointer::click(state, column, row) {
                let target = hit::at(state, column, row);
                return click(state, target);
            }
        }
        MouseEventKind::Drag(MouseButton::Left) => pointer::drag(state, column, row),
        MouseEventKind::Up(_) => state.held = None,
        MouseEventKind::ScrollUp if pointer::wheel(state, column, row, true, upright) => {}
        MouseEventKind::ScrollDown if pointer::wheel(state, column, row, false, upright) => {}
        MouseEventKind::ScrollUp => return wheel(state, hit::at(state, column, row), -WHEEL),
        MouseEventKind::ScrollDown => return wheel(state, hit::at(state, column, row), WHEEL),
        MouseEventKind::ScrollLeft | MouseEventKind::ScrollRight => {
            pointer::wheel_across(state, column, row, event.kind == MouseEventKind::ScrollRight);
        }
        MouseEventKind::Down(_) | MouseEventKind::Drag(_) | MouseEventKind::Moved => {}
    }
    Vec::new()
}

fn click(state: &mut State, target: Option<Target>) -> Vec<Effect> {
    match target {
        Some(Target::Action(action)) if state.allows(action) => super::perform(state, action),
        Some(Target::Screen(screen)) => {
            state.screen = screen;
            Vec::new()
        }
        // A second click on the chosen row shows it.
        Some(Target::Run(row)) if state.table.at == row => super::perform(state, Action::Show),
        Some(Target::Run(row)) => {
            state.table.choose(row);
            Vec::new()
        }
        Some(Target::Column(column)) => {
            state.table.column = column;
            super::perform(state, Action::Sort)
        }
        Some(Target::Compared(row)) if state.comparison.at == row => super::perform(state, Action::Show),
        Some(Target::Compared(row)) => {
            state.comparison.at = row;
            Vec::new()
        }
        Some(Target::StudyPane(pane)) => {
            state.study.pane = pane;
            Vec::new()
        }
        // A second click on what is chosen shows it, as in the table of runs.
        Some(Target::StudyCell(down, across)) => {
            let chosen = state.study.pane == StudyPane::Map && state.study.cell == (down, across);
            (state.study.pane, state.study.cell) = (StudyPane::Map, (down, across));
            if chosen { show(state) } else { Vec::new() }
        }
        Some(Target::StudyEffect(line)) => {
            (state.study.pane, state.study.effect_at) = (StudyPane::Effects, line);
            Vec::new()
        }
        Some(Target::StudyTrial(row)) => {
            let chosen = state.study.pane == StudyPane::Trials && state.study.table.at == row;
            state.study.pane = StudyPane::Trials;
            state.study.table.choose(row);
            if chosen { show(state) } else { Vec::new() }
        }
        Some(Target::StudyColumn(column)) => {
            state.study.table.column = column;
            super::perform(state, Action::Sort)
        }
        Some(Target::StudyRow(row)) => {
            let chosen = state.study.list_at == row;
            state.study.list_at = row;
            if chosen { show(state) } else { Vec::new() }
        }
        Some(Target::Offer(row)) => {
            if let Some(Overlay::Palette(search)) = &mut state.overlay {
                search.at = row;
            }
            super::perform(state, Action::Accept)
        }
        Some(Target::Setting(row)) => {
            let Some(Overlay::Form(form)) = &mut state.overlay else { return Vec::new() };
            let again = form.at == row && form.typing.is_none();
            if form.commit() {
                form.choose(row);
            }
            if again { super::perform(state, Action::Accept) } else { Vec::new() }
        }
        Some(Target::Change(row)) => {
            if let Some(Overlay::Adjust(form)) = &mut state.overlay {
                form.at = row;
            }
            Vec::new()
        }
        Some(Target::Waiting(row)) => {
            super::queue::click(state, row);
            Vec::new()
        }
        Some(Target::Action(_)) | None => Vec::new(),
    }
}

fn show(state: &mut State) -> Vec<Effect> {
    if state.allows(Action::Show) { super::perform(state, Action::Show) } else { Vec::new() }
}

fn wheel(state: &mut State, target: Option<Target>, lines: isize) -> Vec<Effect> {
    if state.dialog.is_some() {
        return super::perform(state, if lines < 0 { Action::Up } else { Action::Down });
    }
    if state.overlay.is_some() {
        super::overlays::step(state, lines);
    } else if state.screen == Screen::Study {
        // The wheel moves what lies under it; the keys stay where they are.
        let pane = match target {
            Some(Target::StudyPane(pane)) => Some(pane),
            Some(Target::StudyCell(..)) => Some(StudyPane::Map),
            Some(Target::StudyEffect(_)) => Some(StudyPane::Effects),
            Some(Target::StudyTrial(_) | Target::StudyColumn(_)) => Some(StudyPane::Trials),
            _ => None,
        };
        let keys = state.study.pane;
        state.study.pane = pane.unwrap_or(keys);
        super::actions::scroll(state, if pane == Some(StudyPane::Map) { lines.signum() } else { lines });
        state.study.pane = keys;
    } else {
        super::actions::scroll(state, lines);
    }
    Vec::new()
}
