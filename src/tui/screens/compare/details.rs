//! In what the compared runs differ: settings, confusion, F1 of the classes.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    runs::Spread,
    tui::{
        State, format,
        state::{comparison::Detail, run::Opened, tables::Unit},
        text,
        theme::Theme,
        widgets::{confusion::Matrix, pane, put},
    },
};

use super::{letter, name};

/// Columns of a class's name, at most, and of an F1 or its change.
const CLASS: usize = 18;
const CHANGE: usize = 7;
/// Columns of a deviation beside it.
const DEVIATION: usize = 5;
/// Columns of a setting's value, at least.
const VALUE: usize = 9;

/// Rows that a detail needs to be told whole, its frame included.
pub fn height(state: &State, detail: Detail) -> u16 {
    let classes = || (0..state.comparison.len()).map(|row| classes_of(state, row).len()).max().unwrap_or(0);
    let rows = match detail {
        Detail::Curves => 0,
        Detail::Settings => 1 + state.comparison.differences.len(),
        // A heading, and what it is of.
        Detail::Confusion => 2 + classes(),
        Detail::Classes => 1 + classes(),
    };
    u16::try_from(rows + 2).unwrap_or(u16::MAX)
}

/// The settings that are not alike in all runs.
pub fn settings(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let title = Line::styled("settings that differ", theme.text.title);
    let inner = pane(theme, area, buf, title, Line::default());
    let runs = state.compared_runs();
    if runs.iter().any(|run| run.opened != Opened::Yes) {
        put(buf, inner, 1, 0, &Line::styled("reading the runs", theme.text.dim));
        return;
    }
    let differences = &state.comparison.differences;
    if differences.is_empty() {
        let words = if runs.len() < 2 { "one run differs from nothing" } else { "all settings are alike" };
        put(buf, inner, 1, 0, &Line::styled(words, theme.text.dim));
        return;
    }
    let columns = usize::from(inner.width);
    let widest = differences.iter().map(|(name, _)| text::width(name)).max().unwrap_or(0).min(columns / 3);
    let wide = (columns.saturating_sub(widest + 1) / runs.len().max(1)).clamp(VALUE, 16);
    let room = (columns.saturating_sub(widest + 1) / wide).max(1);
    let first = first(state, room, runs.len());
    let mut heading = vec![Span::raw(" ".repeat(widest + 1))];
    for at in (first..runs.len()).take(room) {
        heading.push(name(theme, at));
        heading.push(Span::raw(" ".repeat(wide.saturating_sub(3))));
    }
    put(buf, inner, 0, 0, &Line::from(heading));
    for (row, (name, values)) in differences.iter().enumerate() {
        let mut spans = vec![Span::styled(text::fit(name, widest + 1, theme.glyphs.ellipsis), theme.text.dim)];
        for value in values.iter().skip(first).take(room) {
            let value = text::clean(value.trim_matches('"')).into_owned();
            let value = text::fit(&value, wide.saturating_sub(1), theme.glyphs.ellipsis);
            spans.push(Span::styled(format!("{value} "), theme.text.plain));
        }
        put(buf, inner, 0, row as u16 + 1, &Line::from(spans));
    }
}

/// The first row whose column is in sight, so that the chosen one's is.
fn first(state: &State, room: usize, count: usize) -> usize {
    let room = room.max(1);
    state.comparison.at.saturating_sub(room - 1).min(count.saturating_sub(room))
}

/// How the confusion of the chosen row differs from that of the row it is compared with.
pub fn confusion(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let pair = state.compared_rows();
    let mut title = vec![Span::styled("confusion", theme.text.title)];
    if let Some((chosen, other)) = pair {
        let words = format!("{}{} {} {}", theme.glyphs.between, letter(chosen), theme.glyphs.minus, letter(other));
        title.push(Span::styled(words, theme.text.accent));
    }
    let inner = pane(theme, area, buf, Line::from(title), Line::default());
    let Some((chosen, other)) = pair else {
        put(buf, inner, 1, 0, &Line::styled(alone(state), theme.text.dim));
        return;
    };
    let test = state.compared_split([chosen, other]);
    let (one, minus) = (state.tally(chosen, test), state.tally(other, test));
    let (Some(one), Some(minus)) = (&one, &minus) else {
        put(buf, inner, 1, 0, &Line::styled(missing(state, &[chosen, other]), theme.text.dim));
        return;
    };
    if one.confusion.classes() != minus.confusion.classes() {
        put(buf, inner, 1, 0, &Line::styled("they have not the same classes", theme.text.dim));
        return;
    }
    let matrix = Matrix {
        confusion: &one.confusion,
        minus: Some(&minus.confusion),
        names: classes_of(state, chosen),
        unit: Unit::Row,
        cell: (0, 0),
        marked: false,
        examples: Vec::new(),
    };
    matrix.render(theme, Rect { height: inner.height.saturating_sub(1), ..inner }, buf);
    let source = text::cut(&format!("{}, row %", one.source), usize::from(inner.width), theme.glyphs.ellipsis);
    put(buf, inner, 0, inner.height.saturating_sub(1), &Line::styled(source, theme.text.dim));
}

/// F1 of every class of the row that others are compared with, and how far each of the others is from it.
pub fn classes(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let grouped = state.comparison.grouped;
    let pair = state.compared_rows();
    let reference = pair.map(|(chosen, other)| if chosen == 0 { chosen } else { other });
    let rows = 0..state.comparison.len();
    let test = state.compared_split(rows.clone());
    let what = if grouped { "change of each mean, sd over seeds" } else { "change of each run" };
    let split = if test { "test" } else { "val" };
    let title = Line::from(vec![
        Span::styled(format!("{split} F1"), theme.text.title),
        Span::styled(format!("{}{what}", theme.glyphs.between), theme.text.dim),
    ]);
    let inner = pane(theme, area, buf, title, Line::default());
    let Some(reference) = reference else {
        put(buf, inner, 1, 0, &Line::styled(alone(state), theme.text.dim));
        return;
    };
    let Some(scores) = state.tally(reference, test).map(|tally| tally.f1) else {
        put(buf, inner, 1, 0, &Line::styled(missing(state, &[reference]), theme.text.dim));
        return;
    };
    let names = classes_of(state, reference);
    let label = names.iter().map(|name| text::width(&text::clean(name))).max().unwrap_or(0).min(CLASS);
    let wide = CHANGE + if grouped { DEVIATION } else { 0 };
    let others: Vec<_> = rows.filter(|row| *row != reference).collect();
    let room = usize::from(inner.width).saturating_sub(label + wide) / wide;
    let skipped = first(state, room, others.len());
    let told: Vec<_> = others
        .into_iter()
        .skip(skipped)
        .take(room)
        .map(|row| (row, state.tally(row, test).map(|tally| tally.f1).filter(|f1| f1.len() == scores.len())))
        .collect();
    // The letters stand over the last column of what they are of.
    let mut heading = vec![Span::raw(" ".repeat(label))];
    for row in [reference].into_iter().chain(told.iter().map(|(row, _)| *row)) {
        let name = name(theme, row);
        heading.extend([Span::raw(" ".repeat(wide.saturating_sub(name.width()))), name]);
    }
    put(buf, inner, 0, 0, &Line::from(heading));
    for (class, score) in scores.iter().enumerate().take(usize::from(inner.height)) {
        let class_name = names.get(class).map_or_else(|| class.to_string(), |name| text::clean(name).into_owned());
        let mut spans = vec![
            Span::styled(text::fit(&class_name, label, theme.glyphs.ellipsis), theme.text.plain),
            Span::styled(format!("{:>CHANGE$.2}", score.mean), theme.text.strong),
        ];
        spans.extend(grouped.then(|| deviation(theme, *score)));
        for (_, other) in &told {
            let Some(other) = other.as_ref().and_then(|other| other.get(class)) else {
                spans.push(Span::styled(format!("{:>wide$}", theme.glyphs.nothing), theme.text.dim));
                continue;
            };
            let change = other.mean - score.mean;
            let words = format::signed(change, theme.glyphs.minus);
            spans.push(Span::styled(format!("{words:>CHANGE$}"), theme.change((change * 100.0).round())));
            spans.extend(grouped.then(|| deviation(theme, *other)));
        }
        put(buf, inner, 0, class as u16 + 1, &Line::from(spans));
    }
}

/// ` ±.02`; of one run there is none.
fn deviation(theme: &Theme, spread: Spread) -> Span<'static> {
    let words = spread
        .sd
        .map(|sd| format!("{sd:.2}"))
        .map_or_else(String::new, |sd| format!("{}{}", theme.glyphs.plus_minus, sd.strip_prefix('0').unwrap_or(&sd)));
    Span::styled(format!("{words:>DEVIATION$}"), theme.text.dim)
}

fn alone(state: &State) -> &'static str {
    if state.comparison.grouped { "one group differs from nothing" } else { "one run differs from nothing" }
}

/// Why nothing is known of what one of `rows` confused.
fn missing(state: &State, rows: &[usize]) -> &'static str {
    let mut runs = rows.iter().flat_map(|row| state.compared_members(*row));
    if runs.any(|run| run.opened != Opened::Yes) { "reading the runs" } else { "needs an epoch of each, on one split" }
}

/// The names of the classes of a row's runs.
fn classes_of(state: &State, row: usize) -> &[String] {
    let started = state.compared_members(row).first().and_then(|run| run.summary.started.as_ref());
    started.map(|started| started.classes.as_slice()).unwrap_or_default()
}
