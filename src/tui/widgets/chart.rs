//! Curves over epochs, on one or two scales.
//!
//! ```text
//! 1.5┤⢣
//! 1.0┤ ⠣⡀
//! 0.5┤   ⠑⠢⠤⠤⣀⣀⣀★⣀⣀
//! 0.0└┬─────┬─────┬── epoch
//!     1     5     10
//! ```
//!
//! Every curve is reduced to one span from its lowest to its highest value a column of dots: that looks
//! exactly as if every point were drawn, and costs one pass over the points.

use ratatui::{buffer::Buffer, layout::Rect, style::Style, text::Line};

use crate::tui::{text, theme::Theme};

use super::{
    canvas::{Canvas, Stroke},
    put,
    scale::Scale,
};

/// A curve: points in the order of x; gaps are values that are not finite.
pub struct Curve<'a> {
    pub points: Box<dyn Iterator<Item = (f64, f64)> + 'a>,
    pub style: Style,
    pub stroke: Stroke,
    /// The scale on the right instead of the one on the left.
    pub right: bool,
}

/// A value axis and the style of its labels.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    pub scale: Scale,
    pub style: Style,
}

/// What a chart shows.
pub struct Chart<'a> {
    /// Drawn in order; later ones lie over earlier ones.
    pub curves: Vec<Curve<'a>>,
    pub epochs: Scale,
    pub left: Axis,
    pub right: Option<Axis>,
    /// A point on the left scale to mark with a star.
    pub best: Option<(f64, f64)>,
}

/// The lowest, highest, first and last row of a curve in one column of dots.
#[derive(Clone, Copy, Debug)]
struct Column {
    top: usize,
    bottom: usize,
    first: usize,
    last: usize,
    /// The point before this column's first is drawn too, so a line leads here.
    joined: bool,
}

impl Chart<'_> {
    pub fn render(self, theme: &Theme, area: Rect, buf: &mut Buffer) {
        let rows = area.height.saturating_sub(2);
        let most = usize::from(rows / 3).clamp(1, 8);
        let left = self.left.scale.ticks(most);
        let right = self.right.map(|axis| axis.scale.ticks(most)).unwrap_or_default();
        let widest =
            |ticks: &[(f64, String)]| ticks.iter().map(|(_, label)| text::width(label)).max().unwrap_or(0) as u16;
        let (left_width, right_width) = (widest(&left) + 1, if right.is_empty() { 0 } else { widest(&right) + 1 });
        if rows == 0 || area.width < left_width + right_width + 4 {
            return;
        }
        let plot =
            Rect { x: area.x + left_width, y: area.y, width: area.width - left_width - right_width, height: rows };
        // Ticks first: a curve may run over them, never the other way round.
        value_axis(theme, plot, buf, &left, self.left, true);
        if let Some(axis) = self.right {
            value_axis(theme, plot, buf, &right, axis, false);
        }
        epoch_axis(theme, plot, buf, self.epochs);

        let mut canvas = Canvas::new(plot, theme.marks);
        let mut layers = Vec::new();
        for curve in self.curves {
            let scale = match self.right {
                Some(axis) if curve.right => axis.scale,
                _ => self.left.scale,
            };
            canvas.next_layer();
            layers.push((curve.style, curve.stroke));
            draw(&mut canvas, curve.points, self.epochs, scale, curve.stroke);
        }
        canvas.render(plot, buf, &layers);
        if let Some((x, y)) = self.best {
            // The cell of the point's dot, so that the star lies on its curve.
            let column = self.epochs.position(x, canvas.width());
            let row = self.left.scale.position(y, canvas.height());
            if let (Some(column), Some(row)) = (column, row) {
                let (column, row) = canvas.cell_of(column, canvas.height() - 1 - row);
                put(buf, plot, column as u16, row as u16, &Line::styled(theme.glyphs.star, theme.curve.best));
            }
        }
    }
}

fn draw(canvas: &mut Canvas, points: impl Iterator<Item = (f64, f64)>, x: Scale, y: Scale, stroke: Stroke) {
    let height = canvas.height();
    let mut columns: Vec<Option<Column>> = vec![None; canvas.width()];
    let mut gap = true;
    for (at, value) in points {
        let (Some(column), Some(row)) = (x.position(at, canvas.width()), y.position(value, height)) else {
            gap = true;
            continue;
        };
        let row = height - 1 - row;
        if let Some(slot) = columns.get_mut(column) {
            let joined = !gap;
            let entry = slot.get_or_insert(Column { top: row, bottom: row, first: row, last: row, joined });
            entry.top = entry.top.min(row);
            entry.bottom = entry.bottom.max(row);
            entry.last = row;
            gap = false;
        }
    }
    let mut previous: Option<(usize, usize)> = None;
    for (at, column) in columns.iter().enumerate() {
        let Some(column) = column else { continue };
        canvas.span(at, column.top, column.bottom, stroke);
        if let Some((from, row)) = previous.filter(|_| column.joined) {
            join(canvas, (from, row), (at, column.first), stroke);
        }
        previous = Some((at, column.last));
    }
}

/// Draw the line between two points, one span a column so that steep lines have no holes.
fn join(canvas: &mut Canvas, from: (usize, usize), to: (usize, usize), stroke: Stroke) {
    let across = (to.0 - from.0).max(1) as f64;
    let row = |x: f64| {
        let part = ((x - from.0 as f64) / across).clamp(0.0, 1.0);
        (from.1 as f64 + (to.1 as f64 - from.1 as f64) * part).round() as usize
    };
    for x in from.0..=to.0 {
        let (start, end) = (row(x as f64 - 0.5), row(x as f64 + 0.5));
        canvas.span(x, start, end, stroke);
    }
}

fn value_axis(theme: &Theme, plot: Rect, buf: &mut Buffer, ticks: &[(f64, String)], axis: Axis, left: bool) {
    let rows = usize::from(plot.height);
    let line = if left { plot.x.saturating_sub(1) } else { plot.right() };
    for y in plot.top()..plot.bottom() {
        if let Some(cell) = buf.cell_mut((line, y)) {
            cell.set_symbol(theme.glyphs.axis_y).set_style(theme.text.border);
        }
    }
    let mut last = None;
    for (value, label) in ticks {
        let Some(row) = axis.scale.position(*value, rows).map(|row| plot.bottom() - 1 - row as u16) else { continue };
        // Labels on neighbouring rows are hard to read, and two on one row cannot be read at all.
        if last.is_some_and(|last: u16| last <= row + 1) {
            continue;
        }
        last = Some(row);
        let width = text::width(label) as u16;
        let start = if left { line.saturating_sub(width) } else { line + 1 };
        buf.set_stringn(start, row, label, usize::from(width), axis.style);
        if let Some(cell) = buf.cell_mut((line, row)) {
            cell.set_symbol(if left { theme.glyphs.tick_y } else { theme.glyphs.tick_y_right });
        }
    }
}

fn epoch_axis(theme: &Theme, plot: Rect, buf: &mut Buffer, scale: Scale) {
    let line = plot.bottom();
    for x in plot.x..plot.right() {
        if let Some(cell) = buf.cell_mut((x, line)) {
            cell.set_symbol(theme.glyphs.axis_x).set_style(theme.text.border);
        }
    }
    if let Some(cell) = buf.cell_mut((plot.x.saturating_sub(1), line)) {
        cell.set_symbol(theme.glyphs.axis_corner).set_style(theme.text.border);
    }
    let name = " epoch";
    let room = plot.width.saturating_sub(name.len() as u16);
    let mut free = 0;
    for (value, label) in scale.whole_ticks(usize::from(plot.width / 8).max(1)) {
        let Some(column) = scale.position(value, usize::from(plot.width)).map(|column| column as u16) else { continue };
        let width = text::width(&label) as u16;
        let start = (column + 1).saturating_sub(width.div_ceil(2)).min(plot.width.saturating_sub(width));
        if start < free || (free > 0 && start + width > room && plot.width > 30) {
            continue;
        }
        free = start + width + 1;
        if let Some(cell) = buf.cell_mut((plot.x + column, line)) {
            cell.set_symbol(theme.glyphs.tick_x);
        }
        let below = Rect { y: line + 1, height: 1, ..plot };
        put(buf, below, start, 0, &Line::styled(label, theme.text.dim));
    }
    if plot.width > 30 {
        let below = Rect { y: line + 1, height: 1, ..plot };
        put(buf, below, room, 0, &Line::styled(name, theme.text.dim));
    }
}
