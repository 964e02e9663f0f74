//! The help, made from the key table.
//!
//! ```text
//! ╭ keys ──────────────────────────────╮
//! │ Enter        train the mode shown  │
//! ╰────────────────────────────────────╯
//! ```

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
    widgets::{Clear, Widget},
};

use crate::tui::{
    keymap::{Binding, KEYMAP, Key, Place},
    theme::Theme,
    widgets::{dialog::centred, pane, put},
};

/// Columns of the keys.
const KEYS: usize = 14;

pub fn render(first: usize, theme: &Theme, body: Rect, buf: &mut Buffer) {
    let lines: Vec<Line> = KEYMAP.iter().map(|binding| line(theme, binding)).collect();
    let widest = lines.iter().map(Line::width).max().unwrap_or(0) as u16;
    let area = centred(body, widest + 4, lines.len() as u16 + 2);
    Clear.render(area, buf);
    let room = usize::from(area.height.saturating_sub(2));
    let first = first.min(lines.len().saturating_sub(room));
    let below = lines.len().saturating_sub(first + room);
    let more = match below {
        0 => Line::default(),
        below => Line::styled(format!("{} {below} more", theme.glyphs.more_down), theme.text.accent),
    };
    let inner = pane(theme, area, buf, Line::styled("keys", theme.text.title), more);
    for (row, line) in lines.iter().skip(first).take(room).enumerate() {
        put(buf, inner, 1, row as u16, line);
    }
}

fn line(theme: &Theme, binding: &Binding) -> Line<'static> {
    let keys: Vec<String> = binding.keys.iter().map(Key::name).collect();
    // A key that counts on one screen only says on which.
    let place = match binding.places {
        [Place::Train] | [Place::Train, Place::Chart, ..] => "Train: ",
        [Place::Chart] => "chart: ",
        [Place::Matrix] => "confusion: ",
        [Place::Classes] => "classes: ",
        [Place::Chart, ..] => "pane: ",
        [Place::Matrix, ..] => "tables: ",
        [Place::Compare] => "Compare: ",
        _ => "",
    };
    Line::from(vec![
        Span::styled(format!("{:<KEYS$}", keys.join(" ")), theme.text.accent),
        Span::styled(place, theme.text.dim),
        Span::styled(binding.help, theme.text.plain),
    ])
}
