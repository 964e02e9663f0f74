//! A line of text that is typed, with its cursor.

use ratatui::{
    style::Modifier,
    text::{Line, Span},
};

use crate::tui::{state::Field, text, theme::Theme};

/// `field` in at most `columns` columns: the cursor stays in sight.
pub fn line(theme: &Theme, field: &Field, columns: usize) -> Line<'static> {
    let (before, behind) = field.parts();
    let (before, behind) = (text::clean(before), text::clean(behind));
    let mut rest = behind.chars();
    let under = rest.next().map_or_else(|| " ".to_owned(), String::from);
    let room = columns.saturating_sub(text::width(&under));
    // From the end, as much as there is room for.
    let mut start = before.len();
    for (at, _) in before.char_indices().rev() {
        if text::width(before.get(at..).unwrap_or_default()) > room {
            break;
        }
        start = at;
    }
    let before = before.get(start..).unwrap_or_default().to_owned();
    let room = room.saturating_sub(text::width(&before));
    Line::from(vec![
        Span::styled(before, theme.text.plain),
        Span::styled(under, theme.text.plain.add_modifier(Modifier::REVERSED)),
        Span::styled(text::cut(rest.as_str(), room, ""), theme.text.plain),
    ])
}
