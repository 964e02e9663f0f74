//! The parts that screens are made of. Each draws into its area and changes nothing.

pub mod canvas;
pub mod chart;
pub mod classes;
pub mod confusion;
pub mod dialog;
pub mod field;
pub mod footer;
pub mod gauge;
pub mod header;
pub mod notes;
pub mod scale;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::Line,
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
    let block = Block::bordered().border_set(theme.glyphs.border).border_style(theme.text.border);
    let inner = block.inner(area);
    block.render(area, buf);
    let room = usize::from(area.width.saturating_sub(4));
    // Titles that would meet: the left one stays.
    let both = left.width() + 3 + right.width() <= room;
    let top = Rect { x: area.x + 1, width: area.width.saturating_sub(2), height: area.height.min(1), ..area };
    title(buf, top, 0, left);
    if both {
        let width = right.width() as u16;
        title(buf, top, top.width.saturating_sub(width + 2), right);
    }
    inner
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
