//! The letters of the rows on their curves: whoever sees no colours tells the curves apart by them.

use std::collections::BTreeSet;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
};

use crate::tui::{
    State,
    state::curves::Line,
    theme::Theme,
    widgets::{canvas::Canvas, chart::Chart},
};

use super::{letter, look};

/// Columns that the number of members left may stand to the left of where they ended, where others stand there.
const NEAR: u16 = 5;
/// As many curves have strokes of their own; of more, letters stand along them, too.
const STROKES: usize = 4;

/// Letters in the cells of a plot.
struct Letters<'a> {
    chart: &'a Chart<'a>,
    plot: Rect,
    canvas: Canvas,
    taken: BTreeSet<(u16, u16)>,
}

/// Write a letter at the end of every curve of `chart`, drawn in `area`, and where members of a group have
/// ended, how many are left.
pub fn render(state: &State, theme: &Theme, chart: &Chart, area: Rect, buf: &mut Buffer) {
    let Some(plot) = chart.plot(area) else { return };
    let comparison = &state.comparison;
    let canvas = Canvas::new(plot, theme.marks);
    let mut letters = Letters { chart, plot, canvas, taken: BTreeSet::new() };
    let curves = state.compared_curves();
    let line = |at: usize| curves.get(at).map(|(_, curves)| curves.line(comparison.quantity(), chart.axis));
    let word = |row: usize| (letter(row).to_string(), look(theme, row).0.add_modifier(Modifier::BOLD));
    for (at, (row, _)) in curves.iter().enumerate() {
        if let Some(line) = line(at) {
            letters.put(line, (0, u16::MAX), &word(*row), buf);
        }
    }
    for (at, (row, _)) in curves.iter().enumerate().filter(|_| comparison.grouped) {
        let (Some(line), Some(group)) = (line(at), comparison.groups.get(*row)) else { continue };
        for (after, pair) in group.counts.windows(2).enumerate() {
            let &[before, left] = pair else { continue };
            if left < before
                && let Some(column) = chart.x.inside(line.x(after + 1), usize::from(plot.width))
            {
                let words = format!("{}{left}/{}", letter(*row), group.members.len());
                let near = (column as u16).saturating_sub(NEAR);
                letters.put(line, (near, column as u16), &(words, look(theme, *row).0), buf);
            }
        }
    }
    if curves.len() > STROKES {
        for (at, (row, _)) in curves.iter().enumerate() {
            if let Some(line) = line(at)
                && let Some((first, last)) = letters.ends(line)
            {
                let along = usize::from(last - first) * (at + 1) / (curves.len() + 1);
                letters.put(line, (first, first + along as u16), &word(*row), buf);
            }
        }
    }
}

impl Letters<'_> {
    /// The first and the last column that `line` has of the plot, if any.
    fn ends(&self, line: Line) -> Option<(u16, u16)> {
        let last = f64::from(self.plot.width.checked_sub(1)?);
        let column = |x: f64| (self.chart.x.part(x) * last).round();
        let (from, to) = (column(line.x(0)), column(line.x(line.series.len().checked_sub(1)?)));
        (from <= last && to >= 0.0).then(|| (from.max(0.0) as u16, to.min(last) as u16))
    }

    /// Write `word` on `line` so that it ends in the last of `columns` where it is free, if there is one.
    fn put(&mut self, line: Line, columns: (u16, u16), (word, style): &(String, Style), buf: &mut Buffer) {
        let Some((first, last)) = self.ends(line) else { return };
        let width = word.len() as u16;
        for end in (first.max(columns.0)..=last.min(columns.1)).rev() {
            let Some(start) = (end + 1).checked_sub(width) else { return };
            let Some(row) = self.row(line, end) else { continue };
            let cells = |from: u16, to: u16| (from..=to).map(move |column| (column, row));
            if cells(start.saturating_sub(1), end + 1).any(|cell| self.taken.contains(&cell)) {
                continue;
            }
            self.taken.extend(cells(start, end));
            buf.set_stringn(self.plot.x + start, self.plot.y + row, word, usize::from(width), *style);
            return;
        }
    }

    /// The row of `line` in `column`, if it is there.
    fn row(&self, line: Line, column: u16) -> Option<u16> {
        let x = self.chart.x.value(f64::from(column) / f64::from(self.plot.width.max(2) - 1));
        let part = self.chart.left.scale.part(between(line, x)?);
        let part = if self.chart.left.clamped { part.clamp(0.0, 1.0) } else { part };
        let bottom = self.canvas.height().checked_sub(1)?;
        let dot = ((1.0 - part) * bottom as f64).round();
        (0.0..=bottom as f64).contains(&dot).then(|| self.canvas.cell_of(0, dot as usize).1 as u16)
    }
}

/// The value at `x` on the straight line between the points of `line` around it; none beyond its ends and
/// in its gaps.
fn between(line: Line, x: f64) -> Option<f64> {
    let value = |index: usize| line.series.get(index).filter(|value| value.is_finite());
    let after = line.before(x, 0);
    let Some(before) = after.checked_sub(1) else { return value(0) };
    if after == line.series.len() {
        return value(before);
    }
    let (from, to) = (line.x(before), line.x(after));
    let part = if to > from { (x - from) / (to - from) } else { 1.0 };
    Some(value(before)? + (value(after)? - value(before)?) * part)
}
