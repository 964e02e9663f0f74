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
    text::{Line, Span},
    widgets::{Block, Widget},
};

use super::theme::Theme;

/// Write `line` at column `x` and row `y` of `area`, cut at its right edge; outside it, nothing. The
/// number of columns that it took.
pub fn put(buf: &mut Buffer, area: Rect, x: u16, y: u16, line: &Line) -> u16 {
    let area = area.intersection(buf.area);
    if x >= area.width || y >= area.height {
        return 0;
    }
    let (end, _) = buf.set_line(area.x + x, area.y + y, line, area.width - x);
    end - area.x - x
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
    let border = if focused { theme.text.accent } else { theme.text.border };
    if focused {
        left.spans.insert(0, Span::styled(format!("{} ", theme.glyphs.chosen.0), theme.text.accent));
    }
    let block = Block::bordered().border_set(theme.glyphs.border).border_style(border);
    let inner = block.inner(area);
    block.render(area, buf);
    let top = Rect { x: area.x + 1, width: area.width.saturating_sub(2), height: area.height.min(1), ..area };
    titles(buf, top, left, right);
    inner
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
