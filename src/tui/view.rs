//! Drawing the whole screen: header, the chosen screen, footer, and what lies over them.

use ratatui::{Frame, layout::Rect, text::Line};

use super::{
    State,
    layout::{self, LEAST, Room},
    screens,
    state::{Overlay, Screen},
    theme::Theme,
    widgets,
};

/// Draw `state`. Never changes it, and never panics, whatever the size.
pub fn view(state: &State, frame: &mut Frame) {
    let theme = Theme::of(&state.config.ui);
    let area = frame.area();
    let buf = frame.buffer_mut();
    let room = Room::of(area);
    if room == Room::TooSmall {
        let need = format!("needs {}x{}, is {}x{}", LEAST.0, LEAST.1, area.width, area.height);
        let row = Rect { y: area.y + area.height / 2, height: area.height.min(1), ..area };
        widgets::put(buf, row, 0, 0, &Line::styled(need, theme.text.warn));
        return;
    }
    let layout::Frame { header, body, footer } = layout::Frame::of(area);
    widgets::header::render(state, &theme, header, buf);
    match state.screen {
        Screen::Train => screens::train::render(state, &theme, room, body, buf),
        Screen::Runs => screens::runs::render(state, &theme, body, buf),
        Screen::Compare => screens::compare::render(state, &theme, body, buf),
        Screen::Study => screens::study::render(state, &theme, body, buf),
        Screen::Log => screens::log::render(state, &theme, body, buf),
    }
    widgets::footer::render(state, &theme, room, footer, buf);
    match &state.overlay {
        Some(Overlay::Help(search)) => screens::help::render(state, search, &theme, body, buf),
        Some(Overlay::Palette(search)) => screens::palette::render(state, search, &theme, body, buf),
        Some(Overlay::Prompt(prompt)) => widgets::prompt::render(prompt, &theme, body, buf),
        Some(Overlay::Adjust(form)) => screens::adjust::render(state, form, &theme, body, buf),
        Some(Overlay::Queue(at)) => screens::queue::render(state, *at, &theme, body, buf),
        Some(Overlay::Form(form)) => screens::form::render(state, form, &theme, body, buf),
        None => {}
    }
    if let Some(dialog) = &state.dialog {
        widgets::dialog::render(state, dialog, &theme, body, buf);
    }
}
