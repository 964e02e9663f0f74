//! Curves on one or two value scales.
//!
//! ```text
//! 1.5┤⢣      ↓
//! 1.0┤ ⠣⡀    ┊
//! 0.5┤   ⠑⠢⠤⠤⣀⣀⣀★⣀⣀
//! 0.0└┬──▴──┬▴─▴──┬── epoch
//!     1     5     10
//! ```
//!
//! Every curve is reduced to one span from its lowest to its highest value a column of dots, and to the
//! values at which the column is entered and left: that looks exactly as if every point were drawn, and
//! costs a few look-ups in the curve's index.

use ratatui::{buffer::Buffer, layout::Rect, style::Style, text::Line as Text};

use crate::tui::{
    state::{
        chart::XAxis,
        curves::{Curves, Line},
        series::{Series, Span},
    },
    text,
    theme::Theme,
};

use super::{
    canvas::{Canvas, Stroke},
    put,
    scale::Scale,
};

/// A curve; values that are not finite are gaps in it.
#[derive(Debug)]
pub struct Curve<'a> {
    pub line: Line<'a>,
    pub style: Style,
    pub stroke: Stroke,
    /// The scale on the right instead of the one on the left.
    pub right: bool,
}

/// The area between two curves, beneath all curves.
#[derive(Debug)]
pub struct Band<'a> {
    pub low: Line<'a>,
    pub high: Line<'a>,
    pub style: Style,
}

/// A value axis.
#[derive(Clone, Copy, Debug)]
pub struct Axis {
    pub scale: Scale,
    /// Of its labels.
    pub style: Style,
    /// What lies outside is drawn on the edge instead of being left out.
    pub clamped: bool,
}

/// Something that happened at `x`.
#[derive(Clone, Copy, Debug)]
pub struct Event {
    pub x: f64,
    pub symbol: &'static str,
    pub style: Style,
}

/// What a chart shows.
#[derive(Debug)]
pub struct Chart<'a> {
    /// Drawn in order, on the left scale.
    pub bands: Vec<Band<'a>>,
    /// Drawn in order; later ones lie over earlier ones.
    pub curves: Vec<Curve<'a>>,
    pub axis: XAxis,
    pub x: Scale,
    pub left: Axis,
    pub right: Option<Axis>,
    /// The run that `saved` is of.
    pub run: &'a Curves,
    /// Epochs that a checkpoint was kept of.
    pub saved: &'a [(usize, f64)],
    pub events: &'a [Event],
    /// A point on the left scale to mark with a star.
    pub best: Option<(f64, f64)>,
    pub cursor: Option<f64>,
}

/// Events have lines where at most one column in so many has one.
const CROWDED: usize = 4;

/// What a curve is in one column of dots.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Column {
    /// None where no value is finite.
    span: Option<Span>,
    /// The first and the last value, where they are finite: a line leads to them.
    first: Option<f64>,
    last: Option<f64>,
}

/// The axes' ticks and the area between them.
struct Frame {
    left: Vec<(f64, String)>,
    right: Vec<(f64, String)>,
    plot: Rect,
}

impl Chart<'_> {
    fn frame(&self, area: Rect) -> Option<Frame> {
        let rows = area.height.saturating_sub(2);
        let most = usize::from(rows / 3).clamp(1, 8);
        let left = self.left.scale.ticks(most);
        let right = self.right.map(|axis| axis.scale.ticks(most)).unwrap_or_default();
        let widest =
            |ticks: &[(f64, String)]| ticks.iter().map(|(_, label)| text::width(label)).max().unwrap_or(0) as u16;
        let (left_width, right_width) = (widest(&left) + 1, if self.right.is_none() { 0 } else { widest(&right) + 1 });
        if rows == 0 || area.width < left_width + right_width + 4 {
            return None;
        }
        let plot =
            Rect { x: area.x + left_width, y: area.y, width: area.width - left_width - right_width, height: rows };
        Some(Frame { left, right, plot })
    }

    /// Where on the x axis the cell in `column` and `row` of the screen lies, if it is within the axes of
    /// a chart drawn in `area`.
    pub fn hit(&self, area: Rect, column: u16, row: u16) -> Option<f64> {
        let plot = self.frame(area)?.plot;
        let part = f64::from(column.checked_sub(plot.x)?) / f64::from(plot.width.max(2) - 1);
        plot.contains((column, row).into()).then(|| self.x.value(part))
    }

    /// Where the curves lie in a chart drawn in `area`: between the value axes and above the x axis.
    pub fn plot(&self, area: Rect) -> Option<Rect> {
        self.frame(area).map(|frame| frame.plot)
    }

    /// True where the cell in `column` and `row` of the screen lies on a value axis of a chart drawn in `area`.
    pub fn is_on_value_axis(&self, area: Rect, column: u16, row: u16) -> bool {
        let beside =
            |plot: Rect| (plot.top()..plot.bottom()).contains(&row) && !(plot.x..plot.right()).contains(&column);
        area.contains((column, row).into()) && self.plot(area).is_some_and(beside)
    }

    pub fn render(&self, theme: &Theme, area: Rect, buf: &mut Buffer) {
        let Some(Frame { left, right, plot }) = self.frame(area) else { return };
        // Ticks first: a curve may run over them, never the other way round.
        value_axis(theme, plot, buf, &left, self.left, true);
        if let Some(axis) = self.right {
            value_axis(theme, plot, buf, &right, axis, false);
        }
        x_axis(theme, plot, buf, self.x, self.axis);
        self.saved(theme, plot, buf);
        // Of several in one place the first is seen. Where lines would make a grey mass of the plot, signs do.
        let lines = self.events.len() * CROWDED <= usize::from(plot.width);
        for event in self.events.iter().rev() {
            self.event(theme, *event, lines, plot, buf);
        }
        if let Some(x) = self.cursor {
            self.event(theme, Event { x, symbol: theme.glyphs.cursor, style: theme.text.accent }, true, plot, buf);
        }

        let mut canvas = Canvas::new(plot, theme.marks);
        let mut layers = Vec::with_capacity(self.bands.len() + self.curves.len());
        let mut edges = Edges::default();
        for band in &self.bands {
            canvas.next_layer();
            layers.push((band.style, Stroke::Dotted));
            fill(&mut canvas, band, &mut edges, self.x, self.left);
        }
        for curve in &self.curves {
            let axis = self.right.filter(|_| curve.right).unwrap_or(self.left);
            canvas.next_layer();
            layers.push((curve.style, curve.stroke));
            let size = (canvas.width(), canvas.height());
            // Points of which only the ends of each column are drawn have no line between them.
            let joined = curve.stroke != Stroke::Ends;
            let line = (curve.line, edges.of(curve.line, self.x, size.0));
            trace(size, line, self.x, axis, joined, |x, from, to| canvas.span(x, from, to, curve.stroke));
        }
        canvas.render(plot, buf, &layers);
        if let Some((x, y)) = self.best {
            // The cell of the point's dot, so that the star lies on its curve.
            let column = self.x.inside(x, canvas.width());
            let row = self.left.scale.inside(y, canvas.height());
            if let (Some(column), Some(row)) = (column, row) {
                let (column, row) = canvas.cell_of(column, canvas.height() - 1 - row);
                put(buf, plot, column as u16, row as u16, &Text::styled(theme.glyphs.star, theme.curve.best));
            }
        }
    }

    /// A mark below every epoch that a checkpoint was kept of.
    fn saved(&self, theme: &Theme, plot: Rect, buf: &mut Buffer) {
        let columns = firsts(
            self.x,
            usize::from(plot.width),
            |at| self.saved.get(at).map(|(epoch, _)| self.run.x(self.axis, *epoch as f64)),
            |x| {
                let trained = self.run.epoch_at(self.axis, x);
                self.saved.partition_point(|(epoch, _)| (*epoch as f64) < trained)
            },
        );
        for (_, column) in columns {
            if let Some(cell) = buf.cell_mut((plot.x + column as u16, plot.bottom())) {
                cell.set_symbol(theme.glyphs.saved).set_style(theme.curve.best);
            }
        }
    }

    /// A sign, on a dotted line if `line`.
    fn event(&self, theme: &Theme, event: Event, line: bool, plot: Rect, buf: &mut Buffer) {
        let Some(column) = self.x.inside(event.x, usize::from(plot.width)) else { return };
        let bottom = if line { plot.bottom() } else { plot.top() + 1 };
        for row in plot.top()..bottom {
            let symbol = if row == plot.top() { event.symbol } else { theme.glyphs.dotted };
            if let Some(cell) = buf.cell_mut((plot.x + column as u16, row)) {
                cell.set_symbol(symbol).set_style(event.style);
            }
        }
    }
}

/// The first thing in each of `columns` columns across `x`, and its column. `place` tells where a thing
/// stands, none past the last one; they are in order, and `before` tells how many stand to the left of a
/// place. What they cost is a look-up a column, however many there are.
pub fn firsts(
    x: Scale,
    columns: usize,
    place: impl Fn(usize) -> Option<f64>,
    before: impl Fn(f64) -> usize,
) -> impl Iterator<Item = (usize, usize)> {
    // Rounding may put a thing on the wrong side of an edge: look at the last one before it as well.
    let mut next = before(x.low).saturating_sub(1);
    let mut done = None;
    std::iter::from_fn(move || {
        loop {
            let at = next;
            let place = place(at).filter(|place| *place <= x.high)?;
            next += 1;
            let Some(column) = x.inside(place, columns) else { continue };
            let edge = x.value((column as f64 + 0.5) / (columns.max(2) - 1) as f64);
            next = next.max(before(edge).saturating_sub(1));
            if done.replace(column) != Some(column) {
                return Some((at, column));
            }
        }
    })
}

/// How many points of a line stand to the left of each of `width` columns of dots across `x`, and of what comes
/// after the last one.
fn edges(line: Line, x: Scale, width: usize) -> Vec<usize> {
    let per_column = (x.high - x.low) / (width.max(2) - 1) as f64;
    let mut from = line.before(x.low, 0);
    let mut edges = Vec::with_capacity(width + 1);
    edges.push(from);
    edges.extend((0..width).map(|at| {
        // A column takes what rounds to it; the last one also what lies on the edge.
        let edge = if at + 1 == width { x.high.next_up() } else { x.low + (at as f64 + 0.5) * per_column };
        from = line.before(edge, from);
        from
    }));
    edges
}

/// The edges of lines of which many stand alike: those of one run that count the same, epochs or steps.
#[derive(Default)]
struct Edges<'a>(Vec<(Line<'a>, Vec<usize>)>);

impl<'a> Edges<'a> {
    fn of(&mut self, line: Line<'a>, x: Scale, width: usize) -> &[usize] {
        let known = self.0.iter().position(|(other, _)| line.stands_like(other));
        let at = known.unwrap_or_else(|| {
            self.0.push((line, edges(line, x, width)));
            self.0.len() - 1
        });
        self.0.get(at).map_or(&[], |(_, edges)| edges)
    }
}

/// `series` in each column between `edges`; none where a column has no point of it.
fn reduce<'a>(series: &'a Series, edges: &'a [usize]) -> impl Iterator<Item = Option<Column>> + 'a {
    let finite = |index: usize| series.get(index).filter(|value| value.is_finite());
    edges.windows(2).map(move |edges| match *edges {
        [from, to] if from < to => {
            Some(Column { span: series.span(from, to), first: finite(from), last: finite(to - 1) })
        }
        _ => None,
    })
}

/// Fill the area between the curves of `band` with scattered dots.
fn fill<'a>(canvas: &mut Canvas, band: &Band<'a>, edges: &mut Edges<'a>, x: Scale, axis: Axis) {
    let size = (canvas.width(), canvas.height());
    let mut columns: Vec<Option<(i64, i64)>> = vec![None; size.0];
    for line in [band.low, band.high] {
        trace(size, (line, edges.of(line, x, size.0)), x, axis, true, |at, from, to| {
            if let Some(column) = columns.get_mut(at) {
                let (top, bottom) = column.unwrap_or((from, to));
                *column = Some((top.min(from).min(to), bottom.max(from).max(to)));
            }
        });
    }
    for (at, column) in columns.into_iter().enumerate() {
        if let Some((top, bottom)) = column {
            canvas.shade(at, top, bottom);
        }
    }
}

/// Tell `span` the rows of dots, on a canvas of `size`, that `line` covers in each column between `edges`;
/// `joined`: and what leads from point to point.
fn trace(
    size: (usize, usize),
    (line, edges): (Line, &[usize]),
    x: Scale,
    axis: Axis,
    joined: bool,
    mut span: impl FnMut(usize, i64, i64),
) {
    let (width, height) = size;
    let bottom = height.saturating_sub(1) as f64;
    let row = |value: f64| {
        let part = axis.scale.part(value);
        let part = if axis.clamped { part.clamp(0.0, 1.0) } else { part };
        ((1.0 - part) * bottom).clamp(-1e9, 1e9)
    };
    // The points beyond the edges count too: what leads to them is seen.
    let beyond = |index: usize| {
        let value = line.series.get(index).filter(|value| value.is_finite())?;
        Some((x.part(line.x(index)) * (width.max(2) - 1) as f64, row(value)))
    };
    let mut previous = edges.first().and_then(|first| first.checked_sub(1)).and_then(beyond);
    // The column under way: what leads to the next one is added before it is told of.
    let mut open: Option<(usize, Rows)> = None;
    for (at, column) in reduce(line.series, edges).enumerate() {
        let Some(column) = column else { continue };
        let mut rows = column.span.map(|reach| Rows { top: row(reach.high), bottom: row(reach.low) });
        if let (Some(from), Some(first), true) = (previous, column.first, joined) {
            let to = row(first);
            match &mut open {
                // Half of what leads from a column to its neighbour belongs to each.
                Some((before, left)) if *before + 1 == at => {
                    let middle = f64::midpoint(from.1, to);
                    left.take(middle);
                    if let Some(rows) = &mut rows {
                        rows.take(middle);
                    }
                }
                _ => join(width, from, (at as f64, to), &mut span),
            }
        }
        if let Some((at, rows)) = std::mem::replace(&mut open, rows.map(|rows| (at, rows))) {
            span(at, nearest(rows.top), nearest(rows.bottom));
        }
        previous = column.last.map(|last| (at as f64, row(last)));
    }
    if let Some((at, rows)) = open {
        span(at, nearest(rows.top), nearest(rows.bottom));
    }
    let next = edges.last().copied().and_then(beyond);
    if let (Some(from), Some(to), true) = (previous, next, joined) {
        join(width, from, to, &mut span);
    }
}

/// The rows of dots, from above, that a curve covers in one column.
#[derive(Clone, Copy)]
struct Rows {
    top: f64,
    bottom: f64,
}

impl Rows {
    /// Reach as far as `row`, too.
    fn take(&mut self, row: f64) {
        if row < self.top {
            self.top = row;
        } else if row > self.bottom {
            self.bottom = row;
        }
    }
}

/// `row`, which is at most a few billion, to the nearest whole number. There are thousands in a frame, and
/// `f64::round` is a call where the processor is not known to have an instruction for it.
fn nearest(row: f64) -> i64 {
    const AWAY: i64 = 1 << 33;
    (row + AWAY as f64 + 0.5) as i64 - AWAY
}

/// The line between two points, in dots, one span a column so that steep lines have no holes.
fn join(width: usize, from: (f64, f64), to: (f64, f64), span: &mut impl FnMut(usize, i64, i64)) {
    let across = (to.0 - from.0).max(1e-9);
    let row = |x: f64| nearest(from.1 + (to.1 - from.1) * ((x - from.0) / across).clamp(0.0, 1.0));
    let last = width as f64 - 1.0;
    if to.0 < 0.0 || from.0 > last {
        return;
    }
    let first = from.0.max(0.0).floor();
    let mut before = row(first - 0.5);
    for x in first as usize..=to.0.min(last).ceil() as usize {
        let after = row(x as f64 + 0.5);
        span(x, before, after);
        before = after;
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

fn x_axis(theme: &Theme, plot: Rect, buf: &mut Buffer, scale: Scale, axis: XAxis) {
    let line = plot.bottom();
    for x in plot.x..plot.right() {
        if let Some(cell) = buf.cell_mut((x, line)) {
            cell.set_symbol(theme.glyphs.axis_x).set_style(theme.text.border);
        }
    }
    if let Some(cell) = buf.cell_mut((plot.x.saturating_sub(1), line)) {
        cell.set_symbol(theme.glyphs.axis_corner).set_style(theme.text.border);
    }
    let name = format!(" {}", axis.title());
    let room = plot.width.saturating_sub(name.len() as u16);
    let apart = if axis == XAxis::Clock { 12 } else { 8 };
    let mut free = 0;
    for (value, label) in scale.x_ticks(axis, usize::from(plot.width / apart).max(1)) {
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
        put(buf, below, start, 0, &Text::styled(label, theme.text.dim));
    }
    if plot.width > 30 {
        let below = Rect { y: line + 1, height: 1, ..plot };
        put(buf, below, room, 0, &Text::styled(name, theme.text.dim));
    }
}

#[cfg(test)]
mod tests {
    use rand::{RngExt as _, SeedableRng as _};
    use rand_xoshiro::Xoshiro256PlusPlus;

    use super::*;
    use crate::{
        protocol::{Envelope, RunEvent},
        runs::History,
        tui::state::curves::Quantity,
    };

    /// A run whose steps have `losses`, with a pause, so that times do not pass evenly.
    fn curves(losses: Vec<f32>) -> Curves {
        let mut history = History::default();
        let events = [RunEvent::Steps { epoch: 1, first: 0, losses }, RunEvent::Heartbeat];
        for (seq, event) in events.into_iter().enumerate() {
            history.apply(&Envelope { v: 1, seq: seq as u64, t: 5_000 * seq as i64, event });
        }
        let mut curves = Curves::default();
        curves.follow(&history, 0.0);
        curves
    }

    #[test]
    fn every_column_spans_all_its_points_at_any_zoom() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(11);
        let noise = |rng: &mut Xoshiro256PlusPlus| match rng.random_range(0..60) {
            0 => f32::NAN,
            1 => f32::INFINITY,
            2 => 50.0,
            _ => rng.random_range(0.5..1.5),
        };
        let curves = curves((0..20_000).map(|_| noise(&mut rng)).collect());
        for round in 0..300 {
            let axis = [XAxis::Epoch, XAxis::Step, XAxis::Elapsed, XAxis::Clock][round % 4];
            let line = curves.line(Quantity::Steps, axis);
            let ends = (line.x(0), line.x(line.series.len() - 1));
            let center = rng.random_range(ends.0..ends.1);
            let width = (ends.1 - ends.0) * 10f64.powf(rng.random_range(-4.0..0.5));
            let x = Scale::new(center - width / 2.0, center + width / 2.0);
            let dots = rng.random_range(1..400);
            let per_column = (x.high - x.low) / (dots.max(2) - 1) as f64;
            let mut brute: Vec<Vec<f64>> = vec![Vec::new(); dots];
            for index in 0..line.series.len() {
                let at = line.x(index);
                if (x.low..=x.high).contains(&at) {
                    // As `reduce` cuts: a column begins half a dot before its middle.
                    let guess = ((at - x.low) / per_column - 1.0).max(0.0) as usize;
                    let column = (guess..dots).find(|column| at < x.low + (*column as f64 + 0.5) * per_column);
                    brute[column.unwrap_or(dots - 1)].push(line.series.get(index).unwrap());
                }
            }
            let edges = edges(line, x, dots);
            for (at, (column, points)) in reduce(line.series, &edges).zip(brute).enumerate() {
                let finite = || points.iter().copied().filter(|value| value.is_finite());
                let expected = finite().reduce(f64::min).zip(finite().reduce(f64::max));
                let span = column.and_then(|column| column.span).map(|span| (span.low, span.high));
                assert_eq!(column.is_some(), !points.is_empty(), "column {at} of {dots}, {axis:?} {x:?}");
                assert_eq!(span, expected, "column {at} of {dots}, {axis:?} {x:?}");
            }
        }
    }

    #[test]
    fn the_first_thing_in_each_column_is_found_at_any_zoom() {
        let mut rng = Xoshiro256PlusPlus::seed_from_u64(5);
        let curves = curves(vec![1.0; 20_000]);
        for round in 0..300 {
            let axis = [XAxis::Epoch, XAxis::Step, XAxis::Elapsed, XAxis::Clock][round % 4];
            let mut epochs: Vec<usize> = (0..rng.random_range(0..800)).map(|_| rng.random_range(0..20_000)).collect();
            epochs.sort_unstable();
            let end = curves.x(axis, 20_000.0);
            let start = curves.x(axis, 0.0);
            let center = rng.random_range(start..end);
            let width = (end - start) * 10f64.powf(rng.random_range(-4.0..0.5));
            let x = Scale::new(center - width / 2.0, center + width / 2.0);
            let columns = rng.random_range(1..200);
            let place = |at: usize| epochs.get(at).map(|epoch| curves.x(axis, *epoch as f64));
            let found: Vec<_> = firsts(x, columns, place, |x| {
                let epoch = curves.epoch_at(axis, x);
                epochs.partition_point(|other| (*other as f64) < epoch)
            })
            .collect();
            let mut expected: Vec<(usize, usize)> = Vec::new();
            for at in 0..epochs.len() {
                if let Some(column) = x.inside(place(at).unwrap(), columns)
                    && expected.last().is_none_or(|(_, last)| *last != column)
                {
                    expected.push((at, column));
                }
            }
            assert_eq!(found, expected, "{axis:?} {x:?} {columns}");
        }
    }

    #[test]
    fn a_gap_is_not_bridged() {
        let theme = Theme::new(crate::config::ColorDepth::None, crate::config::Marks::Braille);
        let mut losses = vec![1.0; 21];
        for gap in [f32::NAN, f32::INFINITY] {
            losses[10] = gap;
            let curves = curves(losses.clone());
            let line = curves.line(Quantity::Steps, XAxis::Step);
            let axis = Axis { scale: Scale::new(0.0, 2.0), style: Style::new(), clamped: true };
            let chart = Chart {
                bands: Vec::new(),
                curves: vec![Curve { line, style: Style::new(), stroke: Stroke::Thin, right: false }],
                axis: XAxis::Step,
                x: Scale::new(1.0, 21.0),
                left: axis,
                right: None,
                run: &curves,
                saved: &[],
                events: &[],
                best: None,
                cursor: None,
            };
            let area = Rect::new(0, 0, 64, 8);
            let mut buf = Buffer::empty(area);
            chart.render(&theme, area, &mut buf);
            let plot = chart.plot(area).unwrap();
            let drawn =
                |column: u16| (plot.top()..plot.bottom()).any(|row| buf[(plot.x + column, row)].symbol() != " ");
            let columns: Vec<u16> = (0..plot.width).filter(|column| !drawn(*column)).collect();
            let middle = plot.width / 2;
            assert!(columns.contains(&middle) && columns.len() >= 3, "{columns:?} of {}", plot.width);
            assert!(columns.iter().all(|column| column.abs_diff(middle) <= 3), "nowhere else: {columns:?}");
        }
    }

    #[test]
    fn a_spike_reaches_the_upper_edge_however_far_away_it_is_seen() {
        let theme = Theme::new(crate::config::ColorDepth::None, crate::config::Marks::Braille);
        for stroke in [Stroke::Thin, Stroke::Thick, Stroke::Ends].into_iter().chain(Stroke::PINS) {
            for spike in [0, 7, 4_999, 9_999] {
                let mut losses = vec![1.0; 10_000];
                losses[spike] = 9.0;
                let curves = curves(losses);
                let area = Rect::new(0, 0, 40, 8);
                let mut canvas = Canvas::new(area, theme.marks);
                canvas.next_layer();
                let axis = Axis { scale: Scale::new(0.0, 9.0), style: Style::new(), clamped: true };
                let (size, line) = ((canvas.width(), canvas.height()), curves.line(Quantity::Steps, XAxis::Step));
                let x = Scale::new(1.0, 1e4);
                let edges = edges(line, x, size.0);
                trace(size, (line, &edges), x, axis, true, |x, from, to| canvas.span(x, from, to, stroke));
                let mut buf = Buffer::empty(area);
                canvas.render(area, &mut buf, &[(Style::new(), stroke)]);
                let top = (0..area.width).filter(|x| buf[(*x, 0)].symbol() != " ").count();
                assert_eq!(top, 1, "{stroke:?} {spike}");
            }
        }
    }
}
