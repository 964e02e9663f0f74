//! Precision, recall, F1 and support of each class.
//!
//! ```text
//! ╭ per class ───────── P    R    F1 ────────── n ─╮
//! │ airport          0.78 0.71 0.74 ━━━━━━━╸   281 │
//! │ macro average    0.80 0.80 0.79           3645 │
//! ╰────────────────────────────────────────────────╯
//! ```

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use crate::{
    metrics::{ClassScores, Confusion},
    tui::{format, text, theme::Theme},
};

use super::{gauge, put};

/// Columns of the three scores with their gaps.
const SCORES: usize = 15;
/// Columns of the support.
const SUPPORT: usize = 7;

/// Draw the scores of every class of `confusion`, and their averages where there is room.
pub fn render(theme: &Theme, confusion: &Confusion, names: &[String], area: Rect, buf: &mut Buffer) {
    let columns = usize::from(area.width);
    let longest =
        names.iter().map(|name| text::width(&text::clean(name))).chain(["macro average".len()]).max().unwrap_or(0);
    let label = longest.min(columns.saturating_sub(SCORES + SUPPORT + 5)).max(6);
    let bar = columns.saturating_sub(label + SCORES + SUPPORT + 1).min(24);
    let heading = format!("{:label$}{:>5}{:>5}{:>5} {:bar$}{:>SUPPORT$}", "", "P", "R", "F1", "", "n");
    put(buf, area, 0, 0, &Line::styled(heading, theme.text.dim));

    let mut scores = confusion.per_class();
    scores.truncate(1000);
    let weakest = scores.iter().map(|scores| scores.f1).fold(f64::INFINITY, f64::min);
    let line = |name: &str, scores: &ClassScores, bar_style: Option<Style>, style: Style| {
        let drawn = bar_style.map_or_else(|| " ".repeat(bar), |_| gauge::bar(theme, scores.f1, bar));
        Line::from(vec![
            Span::styled(text::fit(name, label, theme.glyphs.ellipsis), style),
            Span::styled(format!("{:>5.2}{:>5.2}", scores.precision, scores.recall), theme.text.plain),
            Span::styled(format!("{:>5.2} ", scores.f1), theme.text.strong),
            Span::styled(drawn, bar_style.unwrap_or_default()),
            Span::styled(format!("{:>SUPPORT$}", format::count(scores.support)), theme.text.dim),
        ])
    };
    for (class, scores) in scores.iter().enumerate() {
        let name = names.get(class).map_or_else(|| class.to_string().into(), |name| text::clean(name));
        let is_weakest = scores.f1 <= weakest;
        let bar_style = if is_weakest { theme.curve.val } else { theme.curve.bar };
        let line = line(&name, scores, Some(bar_style), theme.text.plain);
        put(buf, area, 0, class as u16 + 1, &line);
    }
    let averages = [("macro average", confusion.macro_average()), ("weighted", confusion.weighted_average())];
    let first = scores.len() as u16 + 1 + u16::from(area.height > scores.len() as u16 + 3);
    for (row, (name, scores)) in averages.iter().enumerate() {
        put(buf, area, 0, first + row as u16, &line(name, scores, None, theme.text.dim));
    }
}
