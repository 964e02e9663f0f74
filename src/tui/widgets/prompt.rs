//! A line that is typed, on the last rows of the screen's body.
//!
//! ```text
//! ╭ filter ─────────────────────────────────────╮
//! │ mode:late acc>0.8_                          │
//! │ at character 11: …                          │
//! ╰─────────────────────────────────────────────╯
//! ```

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::Line,
    widgets::{Clear, Widget},
};

use crate::tui::{state::Prompt, text, theme::Theme};

use super::{field, pane, put};

pub fn render(prompt: &Prompt, theme: &Theme, body: Rect, buf: &mut Buffer) {
    let (below, style) = match prompt.fault() {
        Some(fault) => (fault.to_string(), theme.text.warn),
        None => (prompt.hint().to_owned(), theme.text.dim),
    };
    let width = usize::from(body.width.saturating_sub(4));
    // What is wrong may name all the fields that there are.
    let below = text::wrap(&text::clean(&below), width);
    let rows = (below.len() as u16 + 3).min(body.height);
    let area = Rect { y: body.bottom() - rows, height: rows, ..body };
    Clear.render(area, buf);
    let inner = pane(theme, area, buf, Line::styled(prompt.title(), theme.text.title), Line::default());
    put(buf, inner, 1, 0, &field::line(theme, &prompt.field, width));
    for (row, line) in below.into_iter().enumerate() {
        put(buf, inner, 1, row as u16 + 1, &Line::styled(line, style));
    }
}
