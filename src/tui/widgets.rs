//! The parts that screens are made of. Each draws into its area and changes nothing.

pub mod canvas;
pub mod chart;
pub mod classes;
pub mod columns;
pub mod confusion;
pub mod dialog;
pub mod field;
pub mod footer;
pub mod gauge;
pub mod header;
pub mod notes;
pub mod prompt;
pub mod scale;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    symbols::border,
    text::{Line, Span},
    widgets::Block,
};

use super::{text, theme::Theme};

/// Write `line` at column `x` and row `y` of `area`, cut at its right edge; outside it, nothing. The
/// number of columns that it took.
pub fn put(buf: &mut Buffer, area: Rect, x: u16, y: u16, line: &Line) -> u16 {
    let area = area.intersection(buf.area);
    if x >= area.width || y >= area.height {
        return 0;
    }
    let (start, row) = (area.x + x, area.y + y);
    let mut column = start;
    for span in &line.spans {
        // Past the right edge there is no cell to begin at.
        if column == area.right() {
            break;
        }
        column = write(buf, (column, row), area.right() - column, &span.content, line.style.patch(span.style));
    }
    column - start
}

/// Write `text` from `place` on, at most `width` columns of it; the column after it.
fn write(buf: &mut Buffer, place: (u16, u16), width: u16, text: &str, style: Style) -> u16 {
    if !text::is_simple(text) {
        return buf.set_stringn(place.0, place.1, text, usize::from(width), style).0;
    }
    // Nearly all text is: every character is a cell, and nothing need be looked up.
    let start = buf.index_of(place.0, place.1);
    let cells = buf.content.get_mut(start..start + usize::from(width)).unwrap_or_default();
    let mut column = place.0;
    for (cell, character) in cells.iter_mut().zip(text.chars()) {
        cell.set_char(character).set_style(style);
        column += 1;
    }
    column
}

/// Write `line` so that it ends at the right edge of row `y` of `area`.
pub fn put_right(buf: &mut Buffer, area: Rect, y: u16, line: &Line) {
    let width = u16::try_from(line.width()).unwrap_or(u16::MAX).min(area.width);
    put(buf, area, area.width - width, y, line);
}

/// Draw a quiet frame with a title on the left and one on the right; the area inside it.
pub fn pane(theme: &Theme, area: Rect, buf: &mut Buffer, left: Line, right: Line) -> Rect {
    pane_in(theme, false, area, buf, left, right)
}

/// The same; a bright frame and a mark tell where keys go.
pub fn pane_in(theme: &Theme, focused: bool, area: Rect, buf: &mut Buffer, mut left: Line, right: Line) -> Rect {
    let style = if focused { theme.text.accent } else { theme.text.border };
    if focused {
        left.spans.insert(0, Span::styled(format!("{} ", theme.glyphs.chosen.0), theme.text.accent));
    }
    frame(theme.glyphs.border, style, area, buf);
    let top = Rect { x: area.x + 1, width: area.width.saturating_sub(2), height: area.height.min(1), ..area };
    titles(buf, top, left, right);
    Block::bordered().inner(area)
}

/// The border of `area`. ratatui's [`Block`] draws the same and touches every cell within, which takes more time
/// than anything else in a table.
fn frame(set: border::Set, style: Style, area: Rect, buf: &mut Buffer) {
    let area = area.intersection(buf.area);
    if area.is_empty() {
        return;
    }
    let (right, bottom) = (area.right() - 1, area.bottom() - 1);
    let mut put = |x, y, symbol: &str| {
        if let Some(cell) = buf.cell_mut((x, y)) {
            cell.set_symbol(symbol).set_style(style);
        }
    };
    for x in area.x..=right {
        put(x, area.y, set.horizontal_top);
        put(x, bottom, set.horizontal_bottom);
    }
    for y in area.y..=bottom {
        put(area.x, y, set.vertical_left);
        put(right, y, set.vertical_right);
    }
    put(area.x, area.y, set.top_left);
    put(right, area.y, set.top_right);
    put(area.x, bottom, set.bottom_left);
    put(right, bottom, set.bottom_right);
}

/// Write one line on the left and one on the right of the lower border of a pane in `area`.
pub fn foot(area: Rect, buf: &mut Buffer, left: Line, right: Line) {
    if area.height >= 2 {
        let row = Rect { x: area.x + 1, y: area.bottom() - 1, width: area.width.saturating_sub(2), height: 1 };
        titles(buf, row, left, right);
    }
}

/// Titles that would meet: the left one stays.
fn titles(buf: &mut Buffer, row: Rect, left: Line, right: Line) {
    let both = left.width() + 3 + right.width() <= usize::from(row.width.saturating_sub(2));
    title(buf, row, 0, left);
    if both {
        let width = right.width() as u16;
        title(buf, row, row.width.saturating_sub(width + 2), right);
    }
}

/// Write `line` with a space on either side over the border, whose style it must not take on.
fn title(buf: &mut Buffer, top: Rect, x: u16, mut line: Line) {
    if line.width() == 0 {
        return;
    }
    line.spans.insert(0, " ".into());
    line.push_span(" ");
    let end = x.saturating_add(line.width() as u16).min(top.width);
    for column in x..end {
        if let Some(cell) = buf.cell_mut((top.x + column, top.y)) {
            cell.reset();
        }
    }
    put(buf, top, x, 0, &line);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_longer_than_the_screen_is_cut_at_its_edge() {
        for spans in
            [vec!["four", "more", ""], vec!["fo", "", "ur", "機"], vec!["fou", "機", "r"], vec!["機機", "more"]]
        {
            let mut buf = Buffer::empty(Rect::new(0, 0, 4, 1));
            let line = Line::from(spans.into_iter().map(Span::raw).collect::<Vec<_>>());
            assert_eq!(put(&mut buf, Rect::new(0, 0, 9, 9), 0, 0, &line), 4, "{line:?}");
            let mut drawn = Buffer::empty(buf.area);
            drawn.set_line(0, 0, &line, 4);
            assert_eq!(buf, drawn, "as ratatui writes it");
        }
    }
}
