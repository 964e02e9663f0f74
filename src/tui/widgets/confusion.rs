//! The confusion matrix as a heat map: rows are the truth, columns the prediction.
//!
//! ```text
//! ╭ confusion · val of epoch 30 · row % ─────────────╮
//! │               air bus met sta par pub sho ped tra │
//! │ airport        71   ·   ·  12   ·   2  11   1   · │
//! │ bus             ·  89   6   ·   ·   ·   ·   ·   · │
//! │ worst tram → metro 41 (6 %)                          │
//! ╰───────────────────────────────────────────────────╯
//! ```
//!
//! Where not all classes have room, what is drawn follows the cell of the cursor.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::{Modifier, Style},
    text::{Line, Span},
};

use crate::{
    metrics::Confusion,
    tui::{state::tables::Unit, text, theme::Theme},
};

use super::put;

/// Columns of a cell, at least; the widest is 5.
const LEAST_CELL: usize = 3;
/// Columns of a line about a pair without the pair itself.
const FIGURES: usize = 18;
/// Matrices of more classes are not drawn: what that takes grows with their square.
pub const MOST_CLASSES: usize = 1000;

/// A matrix and how it is drawn.
#[derive(Debug)]
pub struct Matrix<'a> {
    pub confusion: &'a Confusion,
    /// What is taken away from it, where differences are drawn.
    pub minus: Option<&'a Confusion>,
    pub names: &'a [String],
    pub unit: Unit,
    /// Truth and prediction of the cell to keep in sight.
    pub cell: (usize, usize),
    /// The cell is marked, and told of below.
    pub marked: bool,
    /// What is said of the marked cell's clips, line by line.
    pub examples: Vec<Line<'static>>,
}

/// Which cells are drawn where.
struct Grid {
    /// Columns of the names.
    label: usize,
    /// Columns of a cell.
    cell: usize,
    rows: std::ops::Range<usize>,
    columns: std::ops::Range<usize>,
}

impl Matrix<'_> {
    fn classes(&self) -> usize {
        self.confusion.classes()
    }

    fn name(&self, class: usize) -> String {
        self.names.get(class).map_or_else(|| class.to_string(), |name| text::clean(name).into_owned())
    }

    fn grid(&self, area: Rect) -> Grid {
        let classes = self.classes();
        let columns = usize::from(area.width);
        let longest = self.names.iter().map(|name| text::width(&text::clean(name))).max().unwrap_or(0);
        let most = self.confusion.rows().iter().flatten().max().copied().unwrap_or(0);
        let digits = if self.unit == Unit::Clips { most.to_string().len() } else { 2 };
        let least = (digits + 1 + usize::from(self.minus.is_some())).max(LEAST_CELL);
        // Names shrink first, then cells lose their gaps, and then not all have room.
        let cell = (columns.saturating_sub(longest + 1) / classes.max(1)).clamp(least, least.max(5));
        let rest = columns.saturating_sub(cell * classes + 1).min(longest);
        let label = if rest >= 4 || rest == longest { rest.max(4) } else { longest.clamp(4, 12.max(columns / 5)) };
        let across = (columns.saturating_sub(label + 1) / cell).max(1);
        let height = usize::from(area.height).saturating_sub(1);
        let below = if classes > height { height.saturating_sub(5).min(3) } else { 0 };
        Grid {
            label,
            cell,
            rows: seen(classes, height.saturating_sub(below).max(1), self.cell.0),
            columns: seen(classes, across, self.cell.1),
        }
    }

    /// Truth and prediction of the cell in `column` and `row` of the screen, of a matrix drawn in `area`.
    pub fn hit(&self, area: Rect, column: u16, row: u16) -> Option<(usize, usize)> {
        let grid = self.grid(area);
        let across = usize::from(column.checked_sub(area.x)?).checked_sub(grid.label + 1)? / grid.cell;
        let down = usize::from(row.checked_sub(area.y)?).checked_sub(1)?;
        let cell = (grid.rows.start + down, grid.columns.start + across);
        (area.contains((column, row).into()) && grid.rows.contains(&cell.0) && grid.columns.contains(&cell.1))
            .then_some(cell)
    }

    pub fn render(&self, theme: &Theme, area: Rect, buf: &mut Buffer) {
        if self.classes() > MOST_CLASSES {
            put(buf, area, 0, 0, &Line::raw(format!("{} classes: too many to draw", self.classes())));
            return;
        }
        let grid = self.grid(area);
        let short = text::abbreviate(self.names, grid.cell - 1);
        put(buf, area, 0, 0, &self.heading(theme, &grid, &short));
        for (row, truth) in grid.rows.clone().enumerate() {
            put(buf, area, 0, row as u16 + 1, &self.row(theme, &grid, truth));
        }
        let used = grid.rows.len() as u16 + 1;
        let below = Rect { y: area.y + used, height: area.height.saturating_sub(used), ..area };
        let lines = if self.marked { self.about_cell(theme) } else { self.worst(theme, &short, below) };
        let gap = u16::from(below.height >= 3);
        for (row, line) in lines.iter().take(usize::from(below.height)).enumerate() {
            put(buf, below, 0, row as u16 + gap, line);
        }
    }

    fn heading(&self, theme: &Theme, grid: &Grid, short: &[String]) -> Line<'static> {
        let (classes, rows, columns) = (self.classes(), &grid.rows, &grid.columns);
        // Which classes are seen, where not all are.
        let part = if rows.len() < classes {
            format!("{}-{}/{classes}", rows.start + 1, rows.end)
        } else if columns.len() < classes {
            format!("{}/{classes}", columns.start + 1)
        } else {
            String::new()
        };
        let mut spans = vec![Span::styled(text::fit(&part, grid.label, ""), theme.text.dim), Span::raw(" ")];
        for class in columns.clone() {
            let name = short.get(class).cloned().unwrap_or_else(|| class.to_string());
            let style = if self.marked && class == self.cell.1 { theme.text.accent } else { theme.text.dim };
            spans.push(Span::styled(format!("{} ", text::fit_right(&name, grid.cell - 1, "")), style));
        }
        Line::from(spans)
    }

    fn row(&self, theme: &Theme, grid: &Grid, truth: usize) -> Line<'static> {
        let style = if self.marked && truth == self.cell.0 { theme.text.accent } else { Style::new() };
        let name = text::fit(&self.name(truth), grid.label, theme.glyphs.ellipsis);
        let mut spans = vec![Span::styled(name, style), " ".into()];
        for prediction in grid.columns.clone() {
            let (value, style) = self.cell_text(theme, truth, prediction);
            let style = if self.marked && (truth, prediction) == self.cell { theme.text.chosen } else { style };
            spans.push(Span::styled(format!("{value:>width$} ", width = grid.cell - 1), style));
        }
        Line::from(spans)
    }

    fn cell_text(&self, theme: &Theme, truth: usize, prediction: usize) -> (String, Style) {
        let value = self.unit.of(self.confusion, truth, prediction);
        let nothing = || (theme.glyphs.nothing.to_owned(), theme.text.dim);
        if let Some(minus) = self.minus {
            let change = value - self.unit.of(minus, truth, prediction);
            let text = signed(theme, self.unit, change);
            // More is good on the diagonal and bad beside it.
            let better = if truth == prediction { change } else { -change };
            return text.map_or_else(nothing, |text| (text, theme.change(better)));
        }
        let clips = self.confusion.get(truth, prediction);
        if clips == 0 {
            return nothing();
        }
        let text = match self.unit {
            Unit::Clips => clips.to_string(),
            // A share under half a per cent is not nothing.
            Unit::Row | Unit::Column => format!("{:.0}", (value * 100.0).max(1.0)),
        };
        let share = if self.unit == Unit::Column { value } else { Unit::Row.of(self.confusion, truth, prediction) };
        let style = theme.heat(share);
        (text, if truth == prediction { style.add_modifier(Modifier::BOLD) } else { style })
    }

    /// Truth, prediction, clips and shares of the marked cell, and some of its clips.
    fn about_cell(&self, theme: &Theme) -> Vec<Line<'static>> {
        let (truth, prediction) = self.cell;
        let clips = self.confusion.get(truth, prediction);
        let share = |unit: Unit| unit.of(self.confusion, truth, prediction) * 100.0;
        let arrow = theme.glyphs.arrow;
        let mut lines = vec![
            Line::from(vec![
                Span::styled(format!("{} {arrow} {}", self.name(truth), self.name(prediction)), theme.text.accent),
                Span::styled(format!("  {clips}"), theme.text.strong),
                Span::styled(if clips == 1 { " clip" } else { " clips" }, theme.text.plain),
            ]),
            Line::styled(
                format!("{:.1} % of the true, {:.1} % of the predicted", share(Unit::Row), share(Unit::Column)),
                theme.text.plain,
            ),
        ];
        if let Some(minus) = self.minus {
            let before = minus.get(truth, prediction);
            let points = share(Unit::Row) - Unit::Row.of(minus, truth, prediction) * 100.0;
            lines.push(Line::raw(format!("against {before} clips; {points:+.1} points of the true")));
        }
        lines.extend(self.examples.iter().cloned());
        lines
    }

    /// The pairs that are confused most, a line each, as far as there is room.
    fn worst(&self, theme: &Theme, short: &[String], area: Rect) -> Vec<Line<'static>> {
        let gap = u16::from(area.height >= 3);
        let pairs = worst(self.confusion, usize::from(area.height.saturating_sub(gap)));
        let arrow = theme.glyphs.arrow;
        let brief = |class: usize| short.get(class).cloned().unwrap_or_else(|| class.to_string());
        let spell = |name: &dyn Fn(usize) -> String| -> Vec<String> {
            pairs
                .iter()
                .map(|&(truth, prediction, _)| format!("{} {arrow} {}", name(truth), name(prediction)))
                .collect()
        };
        // The heading's short names where the full ones are too long for one of the lines.
        let full = spell(&|class| self.name(class));
        let fits = full.iter().all(|pair| text::width(pair) + FIGURES <= usize::from(area.width));
        let lines = if fits { full } else { spell(&brief) };
        let line = |(row, (pair, (truth, _, clips))): (usize, (String, &(usize, usize, u64)))| {
            let share = 100.0 * *clips as f64 / self.confusion.support(*truth).max(1) as f64;
            Line::from(vec![
                Span::styled(if row == 0 { "worst " } else { "      " }, theme.text.dim),
                Span::raw(pair),
                Span::styled(format!(" {clips}"), theme.text.strong),
                Span::styled(format!(" ({share:.0} %)"), theme.text.dim),
            ])
        };
        lines.into_iter().zip(&pairs).enumerate().map(line).collect()
    }
}

/// A difference with its sign; none where it rounds to nothing.
fn signed(theme: &Theme, unit: Unit, change: f64) -> Option<String> {
    let shown = (if unit == Unit::Clips { change } else { change * 100.0 }).round();
    let sign = if shown > 0.0 { "+" } else { theme.glyphs.minus };
    (shown != 0.0).then(|| format!("{sign}{:.0}", shown.abs()))
}

/// The `room` of `count` things that are seen when `chosen` is one of them.
pub fn seen(count: usize, room: usize, chosen: usize) -> std::ops::Range<usize> {
    let first = (chosen + 1).saturating_sub(room).min(count.saturating_sub(room));
    first..(first + room).min(count)
}

/// The `most` pairs that are confused most, as [`Confusion::most_confused`] orders them, without a list
/// of all.
fn worst(confusion: &Confusion, most: usize) -> Vec<(usize, usize, u64)> {
    let mut worst: Vec<(usize, usize, u64)> = Vec::with_capacity(most + 1);
    for (truth, row) in confusion.rows().iter().enumerate() {
        for (prediction, &clips) in row.iter().enumerate() {
            if truth == prediction || clips == 0 {
                continue;
            }
            let place = worst.partition_point(|(_, _, more)| *more >= clips);
            if place < most {
                worst.insert(place, (truth, prediction, clips));
                worst.truncate(most);
            }
        }
    }
    worst
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_pairs_are_the_most_confused_ones() {
        let rows = (0..9_u64).map(|truth| (0..9).map(|prediction| (truth * 5 + prediction * 7) % 11).collect());
        let matrix = Confusion::try_from(rows.collect::<Vec<Vec<u64>>>()).unwrap();
        for most in [0, 1, 5, 100] {
            let expected: Vec<_> = matrix.most_confused().into_iter().take(most).collect();
            assert_eq!(worst(&matrix, most), expected);
        }
    }

    #[test]
    fn what_is_seen_holds_what_is_chosen() {
        for (count, room, chosen, expected) in
            [(10, 4, 0, 0..4), (10, 4, 3, 0..4), (10, 4, 4, 1..5), (10, 4, 9, 6..10), (3, 9, 2, 0..3), (0, 1, 0, 0..0)]
        {
            assert_eq!(seen(count, room, chosen), expected, "{count} {room} {chosen}");
        }
    }
}
