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

use std::{borrow::Cow, collections::BTreeSet};

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
/// Lines that the marked cell is told of in at least, and with room; a difference takes one more.
const LEAST_ABOUT: usize = 4;
const ABOUT: usize = 5;
/// Shares that change by less, half a tenth of a per cent, look as they did.
const LEAST_CHANGE: f64 = 0.0005;
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
    /// The marked cell's clips, a line each, or why they cannot be named.
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

/// A pair of classes and how much it is confused.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Pair {
    truth: usize,
    prediction: usize,
    /// Clips, or how much more than before in the unit of the matrix.
    amount: f64,
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
        let below = if self.marked {
            // The same for every cell, so that the rows stay where they are while the cursor moves.
            (ABOUT + usize::from(self.minus.is_some())).min((height / 2).max(LEAST_ABOUT))
        } else if classes > height {
            height.saturating_sub(5).min(3)
        } else {
            0
        };
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
        let labels = self.labels(theme, &grid);
        for (row, truth) in grid.rows.clone().enumerate() {
            let label = labels.get(truth).cloned().unwrap_or_else(|| truth.to_string());
            put(buf, area, 0, row as u16 + 1, &self.row(theme, &grid, truth, &label));
        }
        let used = grid.rows.len() as u16 + 1;
        let below = Rect { y: area.y + used, height: area.height.saturating_sub(used), ..area };
        let gap = u16::from(usize::from(below.height) > if self.marked { ABOUT + 1 } else { 2 });
        let room = usize::from(below.height - gap);
        let lines = if self.marked {
            self.about_cell(theme, room)
        } else {
            self.worst(theme, &short, room, usize::from(below.width))
        };
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

    /// The names before the rows: cut, or in short where cut ones would be alike.
    fn labels(&self, theme: &Theme, grid: &Grid) -> Vec<String> {
        let cut: Vec<String> =
            self.names.iter().map(|name| text::cut(&text::clean(name), grid.label, theme.glyphs.ellipsis)).collect();
        let different: BTreeSet<&str> = cut.iter().map(String::as_str).collect();
        if different.len() == cut.len() { cut } else { text::abbreviate(self.names, grid.label) }
    }

    fn row(&self, theme: &Theme, grid: &Grid, truth: usize, label: &str) -> Line<'static> {
        let style = if self.marked && truth == self.cell.0 { theme.text.accent } else { Style::new() };
        let name = text::fit(label, grid.label, theme.glyphs.ellipsis);
        let mut spans = vec![Span::styled(name, style), " ".into()];
        for prediction in grid.columns.clone() {
            let (value, style) = self.cell_text(theme, truth, prediction);
            let style = if self.marked && (truth, prediction) == self.cell { theme.text.chosen } else { style };
            // A share of 100 may take the gap, and never that of a neighbour.
            let gap = if text::width(&value) < grid.cell { " " } else { "" };
            spans.push(Span::styled(format!("{value:>width$}{gap}", width = grid.cell - 1), style));
        }
        Line::from(spans)
    }

    fn cell_text(&self, theme: &Theme, truth: usize, prediction: usize) -> (Cow<'static, str>, Style) {
        let value = self.unit.of(self.confusion, truth, prediction);
        let nothing = || (Cow::from(theme.glyphs.nothing), theme.text.dim);
        if let Some(minus) = self.minus {
            let change = value - self.unit.of(minus, truth, prediction);
            let text = signed(theme, self.unit, change);
            // More is good on the diagonal and bad beside it.
            let better = if truth == prediction { change } else { -change };
            return text.map_or_else(nothing, |text| (text.into(), theme.change(better)));
        }
        let clips = self.confusion.get(truth, prediction);
        if clips == 0 {
            return nothing();
        }
        let shown = match self.unit {
            Unit::Clips => clips,
            // A share under half a per cent is not nothing.
            Unit::Row | Unit::Column => (value * 100.0).max(1.0).round_ties_even() as u64,
        };
        let share = if self.unit == Unit::Column { value } else { Unit::Row.of(self.confusion, truth, prediction) };
        let style = theme.heat(share);
        (shown.to_string().into(), if truth == prediction { style.add_modifier(Modifier::BOLD) } else { style })
    }

    /// Truth, prediction, clips and shares of the marked cell, and as many of its clips as have `room`.
    fn about_cell(&self, theme: &Theme, room: usize) -> Vec<Line<'static>> {
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
        let left = room.saturating_sub(lines.len());
        if self.examples.len() <= left {
            lines.extend(self.examples.iter().cloned());
        } else {
            let named = left.saturating_sub(1);
            lines.extend(self.examples.iter().take(named).cloned());
            lines.push(Line::styled(format!("+{} more", clips.saturating_sub(named as u64)), theme.text.dim));
        }
        lines
    }

    /// The pairs that are confused most, or that changed most where differences are drawn: a line each,
    /// at most `most`, in `columns` columns.
    fn worst(&self, theme: &Theme, short: &[String], most: usize, columns: usize) -> Vec<Line<'static>> {
        let (title, pairs) = match self.minus {
            Some(minus) => ("change ", changed(self.confusion, minus, self.unit, most)),
            None => ("worst ", worst(self.confusion, most)),
        };
        if self.minus.is_some() && pairs.is_empty() && most > 0 {
            return vec![Line::styled("no pair is confused more or less than before", theme.text.dim)];
        }
        let arrow = theme.glyphs.arrow;
        let brief = |class: usize| short.get(class).cloned().unwrap_or_else(|| class.to_string());
        let spell = |name: &dyn Fn(usize) -> String| -> Vec<String> {
            pairs.iter().map(|pair| format!("{} {arrow} {}", name(pair.truth), name(pair.prediction))).collect()
        };
        let figures: Vec<_> = pairs.iter().map(|pair| self.figures(theme, *pair)).collect();
        // The heading's short names where the full ones are too long for one of the lines.
        let full = spell(&|class| self.name(class));
        let taken = |figures: &[Span]| figures.iter().map(Span::width).sum::<usize>();
        let mut widths = full.iter().zip(&figures).map(|(pair, figures)| text::width(pair) + taken(figures));
        let fits = widths.all(|width| title.len() + width <= columns);
        let lines = if fits { full } else { spell(&brief) };
        let line = |(row, (pair, figures)): (usize, (String, Vec<Span<'static>>))| {
            let title = if row == 0 { title.to_owned() } else { " ".repeat(title.len()) };
            let mut spans = vec![Span::styled(title, theme.text.dim), Span::raw(pair)];
            spans.extend(figures);
            Line::from(spans)
        };
        lines.into_iter().zip(figures).enumerate().map(line).collect()
    }

    /// How much `pair` is confused: clips and their share of the truth, or the change.
    fn figures(&self, theme: &Theme, pair: Pair) -> Vec<Span<'static>> {
        if self.minus.is_some() {
            let sign = if pair.amount > 0.0 { "+" } else { theme.glyphs.minus };
            let amount = pair.amount.abs();
            let (change, unit) = match self.unit {
                Unit::Clips => (format!(" {sign}{amount:.0}"), " clips"),
                Unit::Row | Unit::Column => (format!(" {sign}{:.1}", amount * 100.0), " points"),
            };
            // Beside the diagonal more is worse.
            return vec![Span::styled(change, theme.change(-pair.amount)), Span::styled(unit, theme.text.dim)];
        }
        let share = 100.0 * pair.amount / self.confusion.support(pair.truth).max(1) as f64;
        vec![
            Span::styled(format!(" {:.0}", pair.amount), theme.text.strong),
            Span::styled(format!(" ({share:.0} %)"), theme.text.dim),
        ]
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

/// The `most` pairs that are confused most, as [`Confusion::most_confused`] orders them.
fn worst(confusion: &Confusion, most: usize) -> Vec<Pair> {
    let pairs = confusion.rows().iter().enumerate().flat_map(|(truth, row)| {
        row.iter().enumerate().map(move |(prediction, &clips)| Pair { truth, prediction, amount: clips as f64 })
    });
    largest(pairs, most)
}

/// The `most` pairs whose `unit` changed most from `before` to `after`, as far as one sees it.
fn changed(after: &Confusion, before: &Confusion, unit: Unit, most: usize) -> Vec<Pair> {
    // What a cell's clips are a share of, by row or by column.
    let wholes = |matrix: &Confusion| -> Vec<f64> {
        let whole = |class: usize| match unit {
            Unit::Clips => 1,
            Unit::Row => matrix.support(class),
            Unit::Column => matrix.predicted(class),
        };
        (0..after.classes()).map(|class| whole(class).max(1) as f64).collect()
    };
    let (now, then) = (wholes(after), wholes(before));
    let share = |matrix: &Confusion, wholes: &[f64], truth: usize, prediction: usize| {
        let class = if unit == Unit::Column { prediction } else { truth };
        matrix.get(truth, prediction) as f64 / wholes.get(class).copied().unwrap_or(1.0)
    };
    let classes = after.classes();
    let pairs = (0..classes).flat_map(|truth| (0..classes).map(move |prediction| (truth, prediction)));
    let pairs = pairs.map(|(truth, prediction)| {
        let amount = share(after, &now, truth, prediction) - share(before, &then, truth, prediction);
        Pair { truth, prediction, amount }
    });
    largest(pairs.filter(|pair| pair.amount.abs() >= LEAST_CHANGE), most)
}

/// The `most` of `pairs` beside the diagonal with the largest amounts, whatever their sign, without a list
/// of all; of equal ones the first.
fn largest(pairs: impl Iterator<Item = Pair>, most: usize) -> Vec<Pair> {
    let mut largest: Vec<Pair> = Vec::with_capacity(most + 1);
    for pair in pairs.filter(|pair| pair.truth != pair.prediction && pair.amount != 0.0) {
        let place = largest.partition_point(|other| other.amount.abs() >= pair.amount.abs());
        if place < most {
            largest.insert(place, pair);
            largest.truncate(most);
        }
    }
    largest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_pairs_are_the_most_confused_ones() {
        let rows = (0..9_u64).map(|truth| (0..9).map(|prediction| (truth * 5 + prediction * 7) % 11).collect());
        let matrix = Confusion::try_from(rows.collect::<Vec<Vec<u64>>>()).unwrap();
        for most in [0, 1, 5, 100] {
            let expected = matrix.most_confused().into_iter().take(most);
            let expected = expected.map(|(truth, prediction, clips)| (truth, prediction, clips as f64));
            let found = worst(&matrix, most).into_iter().map(|pair| (pair.truth, pair.prediction, pair.amount));
            assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
        }
    }

    #[test]
    fn the_pairs_of_a_difference_are_those_that_changed_most() {
        let matrix = |rows: [[u64; 3]; 3]| Confusion::try_from(rows.map(|row| row.to_vec()).to_vec()).unwrap();
        let before = matrix([[70, 30, 0], [5, 90, 5], [0, 1, 9]]);
        let after = matrix([[80, 20, 0], [25, 70, 5], [0, 4, 6]]);
        let pairs = |unit: Unit, most: usize| -> Vec<_> {
            let pairs = changed(&after, &before, unit, most).into_iter();
            pairs.map(|pair| (pair.truth, pair.prediction, (pair.amount * 1000.0).round())).collect()
        };
        assert_eq!(pairs(Unit::Clips, 2), [(1, 0, 20_000.0), (0, 1, -10_000.0)]);
        assert_eq!(pairs(Unit::Row, 9), [(2, 1, 300.0), (1, 0, 200.0), (0, 1, -100.0)]);
        assert_eq!(pairs(Unit::Column, 1), [(1, 0, 171.0)], "25 of 105 instead of 5 of 75");
    }

    #[test]
    fn a_share_of_a_hundred_leaves_its_neighbours_in_their_columns() {
        let theme = Theme::new(crate::config::ColorDepth::None, crate::config::Marks::Ascii);
        let confusion = Confusion::try_from(vec![vec![0, 5, 0], vec![3, 4, 3], vec![1, 0, 1]]).unwrap();
        let matrix = Matrix {
            confusion: &confusion,
            minus: None,
            names: &["bus", "metro", "tram"].map(str::to_owned),
            unit: Unit::Row,
            cell: (0, 0),
            marked: false,
            examples: Vec::new(),
        };
        // Three columns a cell, of which the last is the gap.
        let area = Rect::new(0, 0, 14, 4);
        let mut buf = Buffer::empty(area);
        matrix.render(&theme, area, &mut buf);
        let row = |y: u16| (0..area.width).map(|x| buf[(x, y)].symbol()).collect::<String>();
        assert_eq!([row(1), row(2)], ["bus   . 100 . ", "met~ 30 40 30 "]);
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
