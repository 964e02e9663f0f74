//! The studies of the runs folder.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    text::{Line, Span},
};

use crate::tui::{
    State, format,
    hit::Target,
    text,
    theme::Theme,
    widgets::{confusion::seen, pane, put},
};

/// Columns of a date and the gap after it.
const DATE: usize = 14;

pub fn render(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let screen = &state.study;
    let noun = if screen.found.len() == 1 { "study" } else { "studies" };
    let title = Line::styled(format!("{} {noun}", screen.found.len()), theme.text.title);
    let inner = pane(theme, area, buf, title, Line::styled("the last run first", theme.text.dim));
    let rows = seen(screen.found.len(), usize::from(inner.height), screen.list_at);
    for (row, at) in rows.enumerate() {
        let Some(found) = screen.found.get(at) else { continue };
        let chosen = at == screen.list_at;
        let open = screen.chosen.as_ref() == Some(&found.folder);
        let date = found.changed.map_or_else(|| "never run".to_owned(), format::date);
        let room = usize::from(inner.width).saturating_sub(DATE + 3);
        let name = text::cut(&text::clean(&found.name), room, theme.glyphs.ellipsis);
        // Studies of several folders may have one name.
        let others = screen.found.iter().filter(|other| other.name == found.name).count();
        let place = found.folder.parent().filter(|_| others > 1).map_or_else(String::new, |runs| {
            format!("{}{}", theme.glyphs.between, text::clean(&runs.display().to_string()))
        });
        let place = text::cut(&place, room.saturating_sub(text::width(&name)), theme.glyphs.ellipsis);
        let style = if chosen { theme.text.strong } else { theme.text.plain };
        let line = Line::from(vec![
            Span::styled(if chosen { theme.glyphs.chosen.0 } else { " " }, theme.text.accent),
            Span::styled(if open { theme.glyphs.marked } else { " " }, theme.text.good),
            Span::raw(" "),
            Span::styled(text::fit(&date, DATE, ""), theme.text.dim),
            Span::styled(name, style),
            Span::styled(place, theme.text.dim),
        ]);
        put(buf, inner, 0, row as u16, &line);
    }
}

/// The study at a place.
pub fn hit(state: &State, area: Rect, at: Position) -> Option<Target> {
    let inner = super::inside(area);
    let rows = seen(state.study.found.len(), usize::from(inner.height), state.study.list_at);
    let row = rows.start + usize::from(at.y.checked_sub(inner.y).filter(|_| inner.contains(at))?);
    rows.contains(&row).then_some(Target::StudyRow(row))
}
