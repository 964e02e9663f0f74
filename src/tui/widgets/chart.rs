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

/// A curve; values that are not finite are gaps in it.
#[derive(Debug)]
pub struct Curve<'a> {
    pub points: Points<'a>,
    pub style: Style,
    pub stroke: Stroke,
    /// The scale on the right instead of the one on the left.
    pub right: bool,
}

/// The points of a curve.
#[derive(Debug)]
pub enum Points<'a> {
    /// (x, y) in the order of x.
    Pairs(Vec<(f64, f64)>),
    /// Value `n` (from 0) stands at `(n + 1) / per_epoch`. There may be millions of these.
    Even { values: &'a [f32], per_epoch: f64 },
}

/// A value axis and the style of its labels.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    pub scale: Scale,
    pub style: Style,
}

/// What a chart shows.
#[derive(Debug)]
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
            draw(&mut canvas, &curve.points, self.epochs, scale, curve.stroke);
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

impl Column {
    fn add(slot: &mut Option<Self>, row: usize, joined: bool) {
        let column = slot.get_or_insert(Self { top: row, bottom: row, first: row, last: row, joined });
        column.top = column.top.min(row);
        column.bottom = column.bottom.max(row);
        column.last = row;
    }
}

fn draw(canvas: &mut Canvas, points: &Points, x: Scale, y: Scale, stroke: Stroke) {
    let columns = match points {
        Points::Pairs(pairs) => reduce(canvas, pairs, x, y),
        Points::Even { values, per_epoch } => reduce_even(canvas, values, *per_epoch, x, y),
    };
    let mut previous: Option<(usize, usize)> = None;
    for (at, column) in columns.iter().enumerate() {
        let Some(column) = column else { continue };
        canvas.span(at, column.top, column.bottom, stroke);
        if let Some(from) = previous.filter(|_| column.joined) {
            join(canvas, from, (at, column.first), stroke);
        }
        previous = Some((at, column.last));
    }
}

fn reduce(canvas: &Canvas, pairs: &[(f64, f64)], x: Scale, y: Scale) -> Vec<Option<Column>> {
    let (width, height) = (canvas.width(), canvas.height());
    let mut columns = vec![None; width];
    let mut gap = true;
    for (at, value) in pairs {
        let place = x.position(*at, width).zip(y.position(*value, height));
        if let Some((column, row)) = place
            && let Some(slot) = columns.get_mut(column)
        {
            Column::add(slot, height - 1 - row, !gap);
        }
        gap = place.is_none();
    }
    columns
}

/// The same for evenly spaced values: which of them belong to a column is known without looking at
/// them one by one.
fn reduce_even(canvas: &Canvas, values: &[f32], per_epoch: f64, x: Scale, y: Scale) -> Vec<Option<Column>> {
    let (width, height) = (canvas.width(), canvas.height());
    let mut columns = vec![None; width];
    let per_column = (x.high - x.low) / (width.max(2) - 1) as f64;
    let (mut rest, mut done, mut gap) = (values, 0, true);
    for (at, slot) in columns.iter_mut().enumerate() {
        let edge = x.low + (at as f64 + 0.5) * per_column;
        let end = if at + 1 == width { values.len() } else { (edge * per_epoch - 1.0).ceil().max(0.0) as usize };
        let (here, later) = rest.split_at(end.saturating_sub(done).min(rest.len()));
        (rest, done) = (later, done + here.len());
        let Some(range) = Extremes::of(here) else {
            gap |= !here.is_empty();
            continue;
        };
        // In this order: the column is entered at its first value and left at its last.
        for value in [range.first, range.low, range.high, range.last] {
            if let Some(row) = y.position(f64::from(value), height) {
                Column::add(slot, height - 1 - row, !gap && range.starts);
            }
        }
        gap = !range.ends;
    }
    columns
}

/// The finite values of a stretch.
#[derive(Clone, Copy, Debug)]
struct Extremes {
    first: f32,
    low: f32,
    high: f32,
    last: f32,
    /// The stretch starts, and ends, with a finite value.
    starts: bool,
    ends: bool,
}

impl Extremes {
    fn of(values: &[f32]) -> Option<Self> {
        let first = values.iter().position(|value| value.is_finite())?;
        let last = values.iter().rposition(|value| value.is_finite())?;
        let (mut low, mut high) = (f32::INFINITY, f32::NEG_INFINITY);
        for &value in values {
            // NaN is ignored by `min` and `max`; the infinities are replaced, which needs no branch.
            let finite = if value.is_finite() { value } else { f32::NAN };
            low = low.min(finite);
            high = high.max(finite);
        }
        let (starts, ends) = (first == 0, last + 1 == values.len());
        Some(Self { first: *values.get(first)?, low, high, last: *values.get(last)?, starts, ends })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Marks;

    #[test]
    fn evenly_spaced_values_are_drawn_as_pairs_are() {
        let area = Rect::new(0, 0, 17, 6);
        let (x, y) = (Scale::new(0.0, 4.0), Scale::new(0.0, 2.0));
        for count in [0, 1, 5, 39, 40, 500] {
            let mut values: Vec<f32> = (0..count).map(|index: u16| 1.0 + (f32::from(index) * 0.7).sin()).collect();
            for gap in [3, 4, 17] {
                if let Some(value) = values.get_mut(gap) {
                    *value = if gap == 4 { f32::INFINITY } else { f32::NAN };
                }
            }
            let per_epoch = f64::from(count.max(4)) / 4.0;
            let pairs = values.iter().enumerate().map(|(n, value)| ((n + 1) as f64 / per_epoch, f64::from(*value)));
            let drawn = [Points::Pairs(pairs.collect()), Points::Even { values: &values, per_epoch }].map(|points| {
                let mut canvas = Canvas::new(area, Marks::Braille);
                canvas.next_layer();
                draw(&mut canvas, &points, x, y, Stroke::Thin);
                let mut buf = Buffer::empty(area);
                canvas.render(area, &mut buf, &[(Style::new(), Stroke::Thin)]);
                buf
            });
            assert_eq!(drawn[0], drawn[1], "{count} values");
        }
    }
}
