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
    layout::Frame,
    state::{Search, overlay::HelpLine},
    text,
    theme::Theme,
    widgets::{dialog::centred, field, pane, put},
};

/// Columns of the keys, and where there is little room.
const KEYS: (usize, usize) = (18, 11);
/// Columns with which there is little room.
const NARROW: u16 = 70;

pub fn render(state: &State, search: &Search, theme: &Theme, body: Rect, buf: &mut Buffer) {
    let area = place(state, theme, body);
    let lines = lines(state, theme, search.query.text(), area.width);
    Clear.render(area, buf);
    let room = room(area);
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
        put(buf, inner, 1, row as u16, &line);
    }
}

/// The last line that the help can begin with, on the whole of the terminal.
pub fn last(state: &State, query: &str) -> usize {
    let body = Frame::of(Rect::new(0, 0, state.size.0, state.size.1)).body;
    let theme = Theme::of(&state.config.ui);
    let area = place(state, &theme, body);
    lines(state, &theme, query, area.width).len().saturating_sub(room(area))
}

/// As large as without a search, so that typing moves nothing.
fn place(state: &State, theme: &Theme, body: Rect) -> Rect {
    let all = lines(state, theme, "", body.width);
    let widest = all.iter().map(Line::width).max().unwrap_or(0) as u16 + 4;
    centred(body, widest.min(body.width), all.len() as u16 + 2)
}

fn room(area: Rect) -> usize {
    usize::from(area.height.saturating_sub(2))
}

/// What has no room in a pane of `width` columns goes on in the next line.
fn lines(state: &State, theme: &Theme, query: &str, width: u16) -> Vec<Line<'static>> {
    let columns = if width < NARROW { KEYS.1 } else { KEYS.0 };
    let words = usize::from(width).saturating_sub(columns + 7);
    let mut lines = Vec::new();
    for line in state.help_lines(query) {
        match line {
            HelpLine::Heading(title) => {
                let title = text::wrap(title, usize::from(width.saturating_sub(4)));
                lines.extend(title.into_iter().map(|title| Line::styled(title, theme.text.title)));
            }
            HelpLine::Action { keys, help } => {
                let (keys, help) = (text::wrap(&keys, columns), text::wrap(help, words));
                for at in 0..keys.len().max(help.len()) {
                    let part = |of: &[String]| of.get(at).cloned().unwrap_or_default();
                    let keys = text::fit(&part(&keys), columns, theme.glyphs.ellipsis);
                    lines.push(Line::from(vec![
                        Span::styled(format!("  {keys} "), theme.text.accent),
                        Span::styled(part(&help), theme.text.plain),
                    ]));
                }
            }
        }
    }
    lines
}
