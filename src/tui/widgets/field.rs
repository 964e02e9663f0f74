//! A line of text that is typed, with its cursor.

use ratatui::{
    style::Modifier,
    text::{Line, Span},
};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::tui::{state::Field, text, theme::Theme};

/// `field` in at most `columns` columns: the cursor stays in sight.
pub fn line(theme: &Theme, field: &Field, columns: usize) -> Line<'static> {
    let (before, behind) = field.parts();
    let (before, behind) = (text::clean(before), text::clean(behind));
    let under = behind.graphemes(true).next().unwrap_or(" ");
    let rest = behind.get(under.len()..).unwrap_or_default();
    // From the end, as much as there is room for.
    let before = text::ending(&before, columns.saturating_sub(text::width(under)));
    let room = columns.saturating_sub(text::width(under) + text::width(before));
    Line::from(vec![
        Span::styled(before.to_owned(), theme.text.plain),
        Span::styled(under.to_owned(), theme.text.plain.add_modifier(Modifier::REVERSED)),
        Span::styled(text::cut(rest, room, ""), theme.text.plain),
    ])
}
