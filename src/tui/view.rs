//! Drawing the whole screen: header, the chosen screen, footer, and what lies over them.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    text::Line,
};

use super::{
    State,
    layout::{LEAST, Room},
    screens,
    state::Screen,
    theme::Theme,
    widgets,
};

/// Draw `state`. Never changes it, and never panics, whatever the size.
pub fn view(state: &State, frame: &mut Frame) {
    let theme = Theme::new(state.config.ui.color, state.config.ui.marks);
    let area = frame.area();
    let buf = frame.buffer_mut();
    let room = Room::of(area);
    if room == Room::TooSmall {
        let need = format!("needs {}x{}, is {}x{}", LEAST.0, LEAST.1, area.width, area.height);
        let row = Rect { y: area.y + area.height / 2, height: area.height.min(1), ..area };
        widgets::put(buf, row, 0, 0, &Line::styled(need, theme.text.warn));
        return;
    }
    let [header, body, footer] =
        Layout::vertical([Constraint::Length(1), Constraint::Min(0), Constraint::Length(2)]).areas(area);
    widgets::header::render(state, &theme, header, buf);
    match state.screen {
        Screen::Train => screens::train::render(state, &theme, room, body, buf),
        Screen::Compare => screens::compare::render(state, &theme, body, buf),
        Screen::Log => screens::log::render(state, &theme, body, buf),
    }
    widgets::footer::render(state, &theme, room, footer, buf);
    if let Some(first) = state.help {
        screens::help::render(first, &theme, body, buf);
    }
    if let Some(dialog) = &state.dialog {
        widgets::dialog::render(state, dialog, &theme, body, buf);
    }
}
