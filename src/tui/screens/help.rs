//! The help, made from the key table. What is typed leaves the lines that hold it.
//!
//! ```text
//! ╭ keys ─ find: tra_ ─────────────────╮
//! │ On the Train screen                │
//! │   Enter        train the mode …    │
//! ╰────────────────────────────────────╯
//! ```

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
    widgets::{Clear, Widget},
};

use crate::tui::{
    State,
    state::{Search, overlay::HelpLine},
    text,
    theme::Theme,
    widgets::{dialog::centred, field, pane, put},
};

/// Columns of the keys.
const KEYS: usize = 18;
pub fn render(state: &State, search: &Search, theme: &Theme, body: Rect, buf: &mut Buffer) {
    let lines = state.help_lines(search.query.text());
    // As large as without a search, so that typing moves nothing.
    let all: Vec<Line> = state.help_lines("").into_iter().map(|line| drawn(theme, line)).collect();
    let widest = all.iter().map(Line::width).max().unwrap_or(0) as u16 + 4;
    let area = centred(body, widest.min(body.width), all.len() as u16 + 2);
    Clear.render(area, buf);
    let room = usize::from(area.height.saturating_sub(2));
    let first = search.at.min(lines.len().saturating_sub(room));
    let more = match lines.len().saturating_sub(first + room) {
        0 => Line::default(),
        below => Line::styled(format!("{} {below} more", theme.glyphs.more_down), theme.text.accent),
    };
    let mut title = vec![Span::styled("keys", theme.text.title)];
    if search.query.text().is_empty() {
        title.push(Span::styled(format!("{}type to search", theme.glyphs.between), theme.text.dim));
    } else {
        title.push(Span::styled(format!("{}find: ", theme.glyphs.between), theme.text.dim));
        title.extend(field::line(theme, &search.query, usize::from(area.width / 3)).spans);
    }
    let inner = pane(theme, area, buf, Line::from(title), more);
    if lines.is_empty() {
        put(buf, inner, 1, 0, &Line::styled("nothing has that in its keys or its words", theme.text.dim));
    }
    for (row, line) in lines.into_iter().skip(first).take(room).enumerate() {
        put(buf, inner, 1, row as u16, &drawn(theme, line));
    }
}

fn drawn(theme: &Theme, line: HelpLine) -> Line<'static> {
    match line {
        HelpLine::Heading(title) => Line::styled(title, theme.text.title),
        HelpLine::Action { keys, help } => Line::from(vec![
            Span::styled(format!("  {} ", text::fit(&keys, KEYS, theme.glyphs.ellipsis)), theme.text.accent),
            Span::styled(help, theme.text.plain),
        ]),
    }
}
