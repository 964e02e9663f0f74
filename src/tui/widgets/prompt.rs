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
    text::{Line, Span},
    widgets::{Clear, Widget},
};

use crate::tui::{state::Prompt, text, theme::Theme};

use super::{field, pane, put};

const ROWS: u16 = 4;

pub fn render(prompt: &Prompt, theme: &Theme, body: Rect, buf: &mut Buffer) {
    let rows = ROWS.min(body.height);
    let area = Rect { y: body.bottom() - rows, height: rows, ..body };
    Clear.render(area, buf);
    let inner = pane(theme, area, buf, Line::styled(prompt.title(), theme.text.title), Line::default());
    let width = usize::from(inner.width.saturating_sub(2));
    put(buf, inner, 1, 0, &field::line(theme, &prompt.field, width));
    let below = match prompt.fault() {
        Some(fault) => Span::styled(fault.to_string(), theme.text.warn),
        None => Span::styled(prompt.hint(), theme.text.dim),
    };
    let below = Span { content: text::cut(&text::clean(&below.content), width, theme.glyphs.ellipsis).into(), ..below };
    put(buf, inner, 1, 1, &Line::from(below));
}
