//! What was drawn where: the mouse's side of the screen. Each part tells it from the same layout that it
//! draws with.

use ratatui::layout::{Position, Rect};

use super::{
    State,
    keymap::Action,
    layout::{Frame, Room},
    screens,
    state::{Overlay, Screen, StudyPane},
    theme::Theme,
    widgets,
};

/// What a click at some place means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Action(Action),
    Screen(Screen),
    /// A row of the table of runs, from 0, and a column of it.
    Run(usize),
    Column(usize),
    /// A row of the comparison, from 0.
    Compared(usize),
    /// A pane of the Study screen, a cell of its map (down, across), a line of its effects, a row and a column
    /// of its trials, and a row of its studies.
    StudyPane(StudyPane),
    StudyCell(usize, usize),
    StudyEffect(usize),
    StudyTrial(usize),
    StudyColumn(usize),
    StudyRow(usize),
    /// A row of the palette, from 0.
    Offer(usize),
    /// A row of the form of settings, from 0.
    Setting(usize),
    /// A setting of the live run that can be changed, from 0.
    Change(usize),
    /// A run that waits, from 0.
    Waiting(usize),
}

/// What lies uppermost at `column` and `row` of the terminal.
pub fn at(state: &State, column: u16, row: u16) -> Option<Target> {
    let area = Rect::new(0, 0, state.size.0, state.size.1);
    let at = Position::new(column, row);
    let room = Room::of(area);
    if room == Room::TooSmall || !area.contains(at) {
        return None;
    }
    let Frame { header, body, footer } = Frame::of(area);
    if let Some(dialog) = &state.dialog {
        return widgets::dialog::hit(state, dialog, body, at).or_else(|| widgets::footer::hit(state, room, footer, at));
    }
    if header.contains(at) && state.overlay.is_none() {
        return widgets::header::hit(state, header, at);
    }
    if footer.contains(at) {
        return widgets::footer::hit(state, room, footer, at);
    }
    match (&state.overlay, state.screen) {
        (Some(Overlay::Palette(search)), _) => screens::palette::hit(state, search, body, at),
        (Some(Overlay::Queue(chosen)), _) => screens::queue::hit(state, *chosen, body, at),
        (Some(Overlay::Form(form)), _) => screens::form::hit(form, body, at),
        (Some(Overlay::Adjust(form)), _) => screens::adjust::hit(state, form, body, at),
        (Some(Overlay::Help(_) | Overlay::Prompt(_)), _) | (None, Screen::Train | Screen::Log) => None,
        (None, Screen::Runs) => screens::runs::hit(state, body, at),
        (None, Screen::Compare) => {
            match screens::compare::hit(state, &Theme::of(&state.config.ui), body, column, row)? {
                screens::compare::Hit::Row(row) => Some(Target::Compared(row)),
                _ => None,
            }
        }
        (None, Screen::Study) => screens::study::hit(state, body, at),
    }
}
