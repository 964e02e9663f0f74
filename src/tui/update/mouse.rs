//! What the mouse does: a click is the key of what was drawn there, the wheel moves through what lies
//! under it. A button that is held and moved counts where the click did.

use crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

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
    let target = hit::at(state, event.column, event.row);
    match event.kind {
        MouseEventKind::Down(MouseButton::Left) if pointer::click(state, event.column, event.row) => Vec::new(),
        MouseEventKind::ScrollUp if pointer::wheel(state, event.column, event.row, true) => Vec::new(),
        MouseEventKind::ScrollDown if pointer::wheel(state, event.column, event.row, false) => Vec::new(),
        MouseEventKind::Down(MouseButton::Left) => click(state, target),
        MouseEventKind::ScrollUp => wheel(state, -WHEEL),
        MouseEventKind::ScrollDown => wheel(state, WHEEL),
        MouseEventKind::Down(_)
        | MouseEventKind::Up(_)
        | MouseEventKind::Drag(_)
        | MouseEventKind::Moved
        | MouseEventKind::ScrollLeft
        | MouseEventKind::ScrollRight => Vec::new(),
    }
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
