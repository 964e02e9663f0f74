//! What the mouse does: a click is the key of what was drawn there, the wheel moves through what lies
//! under it, with Shift or Ctrl along a chart's value axis.

use crossterm::event::{KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::super::{
    Effect, State,
    hit::{self, Target},
    keymap::Action,
    pointer,
    state::Overlay,
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
        MouseEventKind::ScrollUp => return wheel(state, -WHEEL),
        MouseEventKind::ScrollDown => return wheel(state, WHEEL),
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

fn wheel(state: &mut State, lines: isize) -> Vec<Effect> {
    if state.dialog.is_some() {
        return super::perform(state, if lines < 0 { Action::Up } else { Action::Down });
    }
    if state.overlay.is_some() {
        super::overlays::step(state, lines);
    } else {
        super::actions::scroll(state, lines);
    }
    Vec::new()
}
