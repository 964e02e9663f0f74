//! Precision, recall, F1 and support of each class.
//!
//! ```text
//! ╭ per class ───────── P    R    F1 ──────────── n ──── Δ ─╮
//! │ airport          0.78 0.71 0.74 ━━━━━━━╸ ▂▄▆▇   281 +.02 │
//! │ macro average    0.80 0.80 0.79                3645      │
//! ╰──────────────────────────────────────────────────────────╯
//! ```

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use crate::{
    metrics::{ClassScores, Confusion},
    tui::{
        format,
        state::{ClassView, curves::Curves, tables::Sort},
        text,
        theme::Theme,
    },
};

use super::{
    confusion::{MOST_CLASSES, seen},
    gauge, put,
};

/// Columns of the three scores with their gaps.
const SCORES: usize = 15;
/// Columns of the support, and of the change.
const SUPPORT: usize = 7;
const CHANGE: usize = 6;
/// Columns of a sparkline with its gap, and the least columns of a bar beside it.
const SPARK: usize = 13;
const LEAST_BAR: usize = 4;

/// The classes and how they are listed.
#[derive(Debug)]
pub struct Classes<'a> {
    pub confusion: &'a Confusion,
    /// The pinned run's.
    pub pinned: Option<&'a Confusion>,
    pub names: &'a [String],
    /// Where F1 over the epochs is from, and how many of them count.
    pub curves: &'a Curves,
    pub epochs: usize,
    pub view: ClassView,
    /// The row of the cursor is marked.
    pub marked: bool,
}

struct Row {
    class: usize,
    scores: ClassScores,
    /// F1 against the pinned run's.
    change: Option<f64>,
}

/// Columns of what changes with the room.
struct Widths {
    label: usize,
    bar: usize,
    spark: usize,
    change: usize,
}

impl Classes<'_> {
    /// The classes in the order of the table.
    fn sorted(&self) -> Vec<Row> {
        let pinned = self.pinned.map(Confusion::per_class);
        let change = |class: usize, f1: f64| Some(f1 - pinned.as_ref()?.get(class)?.f1);
        let scores = self.confusion.per_class().into_iter().enumerate();
        let mut rows: Vec<Row> =
            scores.map(|(class, scores)| Row { class, change: change(class, scores.f1), scores }).collect();
        let key = |row: &Row| match self.view.sort {
            Sort::Class => row.class as f64,
            Sort::Precision => row.scores.precision,
            Sort::Recall => row.scores.recall,
            Sort::F1 => row.scores.f1,
            Sort::Support => row.scores.support as f64,
            Sort::Change => row.change.unwrap_or(0.0),
        };
        rows.sort_by(|a, b| key(a).total_cmp(&key(b)));
        if self.view.descending {
            rows.reverse();
        }
        rows
    }

    /// The class in the row of the cursor, and its F1.
    pub fn chosen(&self) -> Option<(usize, f64)> {
        self.sorted().get(self.view.row).map(|row| (row.class, row.scores.f1))
    }

    fn widths(&self, columns: usize) -> Widths {
        let names = self.names.iter().map(|name| text::width(&text::clean(name)));
        let longest = names.chain(["macro average".len()]).max().unwrap_or(0);
        let change = if self.pinned.is_some() { CHANGE } else { 0 };
        let fixed = SCORES + SUPPORT + change;
        let label = longest.min(columns.saturating_sub(fixed + 5)).max(6);
        let rest = columns.saturating_sub(label + fixed + 1);
        let spark = if self.epochs < 2 { 0 } else { rest.min(SPARK) };
        let bar = if rest - spark < LEAST_BAR && spark > 0 { 0 } else { (rest - spark).min(24) };
        Widths { label, bar, spark, change }
    }

    /// Rows that classes have in `area`: all of it but the heading, and the averages where they fit.
    fn room(&self, area: Rect) -> usize {
        let height = usize::from(area.height).saturating_sub(1);
        if self.confusion.classes() <= height { height } else { height.saturating_sub(1).max(1) }
    }

    fn seen(&self, area: Rect) -> std::ops::Range<usize> {
        seen(self.confusion.classes(), self.room(area), self.view.row)
    }

    /// The row of the table, as sorted, in `row` of the screen, of a table drawn in `area`.
    pub fn hit(&self, area: Rect, column: u16, row: u16) -> Option<usize> {
        let down = usize::from(row.checked_sub(area.y)?).checked_sub(1)?;
        let seen = self.seen(area);
        let at = seen.start + down;
        (area.contains((column, row).into()) && seen.contains(&at)).then_some(at)
    }

    pub fn render(&self, theme: &Theme, area: Rect, buf: &mut Buffer) {
        if self.confusion.classes() > MOST_CLASSES {
            put(buf, area, 0, 0, &Line::raw(format!("{} classes: too many to list", self.confusion.classes())));
            return;
        }
        let widths = self.widths(usize::from(area.width));
        put(buf, area, 0, 0, &self.heading(theme, &widths));
        let rows = self.sorted();
        let weakest = rows.iter().map(|row| row.scores.f1).fold(f64::INFINITY, f64::min);
        let seen = self.seen(area);
        for (at, row) in rows.get(seen.clone()).unwrap_or_default().iter().enumerate() {
            let chosen = self.marked && seen.start + at == self.view.row;
            let bar = if row.scores.f1 <= weakest { theme.curve.val } else { theme.curve.bar };
            let name = self.names.get(row.class).map_or_else(|| row.class.to_string().into(), |name| text::clean(name));
            let name = text::fit(&name, widths.label, theme.glyphs.ellipsis);
            let spark = self.spark(theme, row.class, widths.spark);
            let style = if chosen { theme.text.chosen } else { theme.text.plain };
            let line = line(theme, &widths, (name, style), &row.scores, Some((bar, spark)), row.change);
            put(buf, area, 0, at as u16 + 1, &line);
        }
        if seen.len() < rows.len() {
            let more = format!("{}-{} of {} classes", seen.start + 1, seen.end, rows.len());
            put(buf, area, 0, seen.len() as u16 + 1, &Line::styled(more, theme.text.dim));
            return;
        }
        let averages = [
            ("macro average", self.confusion.macro_average(), self.pinned.map(Confusion::macro_average)),
            ("weighted", self.confusion.weighted_average(), self.pinned.map(Confusion::weighted_average)),
        ];
        let first = rows.len() as u16 + 1 + u16::from(area.height > rows.len() as u16 + 3);
        for (row, (name, scores, pinned)) in averages.into_iter().enumerate() {
            let name = text::fit(name, widths.label, theme.glyphs.ellipsis);
            let change = pinned.map(|pinned| scores.f1 - pinned.f1);
            let line = line(theme, &widths, (name, theme.text.dim), &scores, None, change);
            put(buf, area, 0, first + row as u16, &line);
        }
    }

    fn heading(&self, theme: &Theme, widths: &Widths) -> Line<'static> {
        let arrow = if self.view.descending { theme.glyphs.more_down } else { theme.glyphs.more_up };
        let mut spans = Vec::new();
        let mut title = |sort: Sort, name: &str, width: usize| {
            let sorted = self.view.sort == sort && (sort != Sort::Class || self.view.descending);
            let name = if sorted { format!("{name}{arrow}") } else { name.to_owned() };
            let style = if sorted { theme.text.accent } else { theme.text.dim };
            let name = if sort == Sort::Class { format!("{name:<width$}") } else { format!("{name:>width$}") };
            spans.push(Span::styled(name, style));
        };
        title(
            Sort::Class,
            if self.view.sort == Sort::Class && self.view.descending { "class" } else { "" },
            widths.label,
        );
        title(Sort::Precision, "P", 5);
        title(Sort::Recall, "R", 5);
        title(Sort::F1, "F1", 5);
        // The bar shows F1 too; the sparkline says what it is.
        let spark = if widths.spark >= SPARK { "F1 by epoch" } else { "" };
        let sparkline = format!(" {:bar$}{spark:>gap$}", "", bar = widths.bar, gap = widths.spark);
        title(Sort::Support, "n", SUPPORT);
        if widths.change > 0 {
            title(Sort::Change, &format!("{} pin", theme.glyphs.delta), widths.change);
        }
        spans.insert(4, Span::styled(sparkline, theme.text.dim));
        Line::from(spans)
    }

    /// F1 of `class` over the epochs in `columns` columns, the first of which is a gap. Several epochs in
    /// one column show the middle between their lowest and highest.
    fn spark(&self, theme: &Theme, class: usize, columns: usize) -> String {
        let (Some(series), Some(columns)) = (self.curves.f1(class), columns.checked_sub(1)) else {
            return " ".repeat(columns);
        };
        let epochs = self.epochs.min(series.len());
        let drawn = columns.min(epochs);
        let heights = theme.glyphs.spark;
        let cell = |at: usize| {
            let span = series.span(at * epochs / drawn.max(1), (at + 1) * epochs / drawn.max(1));
            let value = span.map_or(0.0, |span| f64::midpoint(span.low, span.high)).clamp(0.0, 1.0);
            heights.get((value * (heights.len() - 1) as f64).round() as usize).copied().unwrap_or(" ")
        };
        let line: String = (0..drawn).map(cell).collect();
        format!("{}{line}", " ".repeat(1 + columns - drawn))
    }
}

fn line(
    theme: &Theme,
    widths: &Widths,
    (name, style): (String, Style),
    scores: &ClassScores,
    drawn: Option<(Style, String)>,
    change: Option<f64>,
) -> Line<'static> {
    let (bar, spark) = match drawn {
        Some((style, spark)) => (Span::styled(gauge::bar(theme, scores.f1, widths.bar), style), spark),
        None => (Span::raw(" ".repeat(widths.bar)), " ".repeat(widths.spark)),
    };
    let mut spans = vec![
        Span::styled(name, style),
        Span::styled(format!("{:>5.2}{:>5.2}", scores.precision, scores.recall), theme.text.plain),
        Span::styled(format!("{:>5.2} ", scores.f1), theme.text.strong),
        bar,
        Span::styled(spark, theme.curve.bar),
        Span::styled(format!("{:>SUPPORT$}", format::count(scores.support)), theme.text.dim),
    ];
    if widths.change > 0 {
        let text = match change {
            None => theme.glyphs.nothing.to_owned(),
            Some(change) if change.abs() < 0.005 => "0.00".to_owned(),
            Some(change) => format!("{}{:.2}", if change > 0.0 { "+" } else { theme.glyphs.minus }, change.abs()),
        };
        let style = theme.change(change.unwrap_or(0.0));
        spans.push(Span::styled(format!("{text:>width$}", width = widths.change), style));
    }
    Line::from(spans)
}
