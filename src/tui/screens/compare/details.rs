//! In what the compared runs differ: settings, confusion, F1 of the classes.

use std::ops::Range;

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    runs::Spread,
    tui::{
        State, format,
        state::{Detail, comparison::Tally, run::Opened, tables::Unit},
        text,
        theme::Theme,
        widgets::{
            confusion::{Matrix, seen},
            foot, pane_in, put,
        },
    },
};

use super::{has_keys, letter, name, noun, part};

/// Columns of a class's name, at most, and of an F1 or its change.
const CLASS: usize = 18;
const CHANGE: usize = 7;
/// Columns of a deviation beside it.
const DEVIATION: usize = 5;
/// Columns of a setting's value, at least.
const VALUE: usize = 9;

/// Rows that a detail needs to be told whole, its frame included.
pub fn height(state: &State, detail: Detail) -> u16 {
    let drawn = &state.comparison.drawn;
    let classes = || drawn.iter().map(|row| classes_of(state, *row).len()).max().unwrap_or(0);
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
    let focused = has_keys(state, Detail::Settings);
    let title = Line::styled("settings that differ", theme.text.title);
    let inner = pane_in(theme, focused, area, buf, title, Line::default());
    let comparison = &state.comparison;
    if state.compared_heads().any(|run| run.opened != Opened::Yes) {
        put(buf, inner, 1, 0, &Line::styled("reading the runs", theme.text.dim));
        return;
    }
    let (differences, drawn) = (&comparison.differences, &comparison.drawn);
    if differences.is_empty() {
        let words = if drawn.len() < 2 { "one run differs from nothing" } else { "all settings are alike" };
        put(buf, inner, 1, 0, &Line::styled(words, theme.text.dim));
        return;
    }
    let columns = usize::from(inner.width);
    let widest = differences.iter().map(|(name, _)| text::width(name)).max().unwrap_or(0).min(columns / 3);
    let wide = (columns.saturating_sub(widest + 1) / drawn.len().max(1)).clamp(VALUE, 16);
    let room = (columns.saturating_sub(widest + 1) / wide).max(1);
    let across = across(state, drawn, room);
    let down = settings_seen(state, inner);
    let mut heading = vec![Span::raw(" ".repeat(widest + 1))];
    for at in drawn.get(across.clone()).unwrap_or_default() {
        heading.push(name(theme, *at));
        heading.push(Span::raw(" ".repeat(wide.saturating_sub(3))));
    }
    put(buf, inner, 0, 0, &Line::from(heading));
    for (row, (name, values)) in differences.iter().enumerate().skip(down.start).take(down.len()) {
        let style = if focused && row == comparison.setting { theme.text.chosen } else { theme.text.dim };
        let name = text::fit(name, widest, theme.glyphs.ellipsis);
        let mut spans = vec![Span::styled(name, style), Span::raw(" ")];
        for value in values.get(across.clone()).unwrap_or_default() {
            let value = text::clean(value.trim_matches('"')).into_owned();
            let value = text::fit(&value, wide.saturating_sub(1), theme.glyphs.ellipsis);
            spans.push(Span::styled(format!("{value} "), theme.text.plain));
        }
        put(buf, inner, 0, (row - down.start) as u16 + 1, &Line::from(spans));
    }
    let more = part(theme, &across, drawn.len(), noun(state, drawn.len()));
    foot(area, buf, part(theme, &down, differences.len(), "settings"), more);
}

/// The settings in sight in a pane's `inner`.
fn settings_seen(state: &State, inner: Rect) -> Range<usize> {
    below_heading(state.comparison.differences.len(), state.comparison.setting, inner)
}

/// Which of `count` things are seen in lines of their own below a heading, the one at `chosen` among them.
fn below_heading(count: usize, chosen: usize, inner: Rect) -> Range<usize> {
    seen(count, usize::from(inner.height.saturating_sub(1)).max(1), chosen)
}

/// The thing of `seen`, drawn below a heading in `inner`, that stands in `row` of the screen.
fn below_heading_at(seen: Range<usize>, inner: Rect, row: u16) -> Option<usize> {
    let at = seen.start + usize::from(row.checked_sub(inner.y + 1)?);
    seen.contains(&at).then_some(at)
}

/// The setting in `row` of the screen, of a pane with this `inner`.
pub fn setting_at(state: &State, inner: Rect, row: u16) -> Option<usize> {
    below_heading_at(settings_seen(state, inner), inner, row)
}

/// Which of `rows` have a column where there is `room` for so many: the chosen one among them.
fn across(state: &State, rows: &[usize], room: usize) -> Range<usize> {
    let chosen = rows.iter().position(|row| *row == state.comparison.at).unwrap_or(0);
    seen(rows.len(), room.max(1), chosen)
}

/// What the chosen row confused and what the row that it is compared with did; or why there is no such pair.
fn pair(state: &State) -> Result<(Tally<'_>, Tally<'_>), &'static str> {
    let (chosen, other) = state.compared_rows().ok_or_else(|| alone(state))?;
    let test = state.compared_split([chosen, other]);
    let one = state.tally(chosen, test, None);
    let one = one.ok_or_else(|| missing(state, &[chosen, other]))?;
    match state.tally(other, test, Some(one.names)) {
        Some(minus) => Ok((one, minus)),
        None if state.tally(other, test, None).is_some() => Err("they have not the same classes"),
        None => Err(missing(state, &[chosen, other])),
    }
}

fn matrix<'a>(state: &State, one: &'a Tally, minus: &'a Tally) -> Matrix<'a> {
    Matrix {
        confusion: &one.confusion,
        minus: Some(&minus.confusion),
        names: one.names,
        unit: Unit::Row,
        cell: state.comparison.cell,
        marked: has_keys(state, Detail::Confusion),
        examples: Vec::new(),
    }
}

/// The area of the matrix in a pane's `inner`: what it is of stands below.
fn above_source(inner: Rect) -> Rect {
    Rect { height: inner.height.saturating_sub(1), ..inner }
}

/// How the confusion of the chosen row differs from that of the row it is compared with.
pub fn confusion(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let mut title = vec![Span::styled("confusion", theme.text.title)];
    if let Some((chosen, other)) = state.compared_rows() {
        let words = format!("{}{} {} {}", theme.glyphs.between, letter(chosen), theme.glyphs.minus, letter(other));
        title.push(Span::styled(words, theme.text.accent));
    }
    let inner = pane_in(theme, has_keys(state, Detail::Confusion), area, buf, Line::from(title), Line::default());
    match pair(state) {
        Ok((one, minus)) => {
            matrix(state, &one, &minus).render(theme, above_source(inner), buf);
            let source = format!("{}, row %", one.source);
            let source = text::cut(&source, usize::from(inner.width), theme.glyphs.ellipsis);
            put(buf, inner, 0, inner.height.saturating_sub(1), &Line::styled(source, theme.text.dim));
        }
        Err(why) => {
            put(buf, inner, 1, 0, &Line::styled(why, theme.text.dim));
        }
    }
}

/// Truth and prediction of the cell in `column` and `row` of the screen, of a pane with this `inner`.
pub fn cell_at(state: &State, inner: Rect, column: u16, row: u16) -> Option<(usize, usize)> {
    let (one, minus) = pair(state).ok()?;
    matrix(state, &one, &minus).hit(above_source(inner), column, row)
}

/// The row whose F1 the others' are told against.
fn reference(state: &State) -> Option<usize> {
    state.compared_rows().map(|(chosen, other)| if chosen == 0 { chosen } else { other })
}

/// The class in `row` of the screen, of a pane with this `inner`.
pub fn class_at(state: &State, inner: Rect, row: u16) -> Option<usize> {
    let count = classes_of(state, reference(state)?).len();
    below_heading_at(below_heading(count, state.comparison.class, inner), inner, row)
}

/// F1 of every class of the row that others are compared with, and how far each of the others is from it.
pub fn classes(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let focused = has_keys(state, Detail::Classes);
    let (grouped, drawn) = (state.comparison.grouped, &state.comparison.drawn);
    let test = state.compared_split(drawn.iter().copied());
    let what = if grouped { "change of each mean, sd over seeds" } else { "change of each run" };
    let split = if test { "test" } else { "val" };
    let title = Line::from(vec![
        Span::styled(format!("{split} F1"), theme.text.title),
        Span::styled(format!("{}{what}", theme.glyphs.between), theme.text.dim),
    ]);
    let inner = pane_in(theme, focused, area, buf, title, Line::default());
    let Some(reference) = reference(state) else {
        put(buf, inner, 1, 0, &Line::styled(alone(state), theme.text.dim));
        return;
    };
    let Some(Tally { names, f1: scores, .. }) = state.tally(reference, test, None) else {
        put(buf, inner, 1, 0, &Line::styled(missing(state, &[reference]), theme.text.dim));
        return;
    };
    let label = names.iter().map(|name| text::width(&text::clean(name))).max().unwrap_or(0).min(CLASS);
    let wide = CHANGE + if grouped { DEVIATION } else { 0 };
    let others: Vec<usize> = drawn.iter().copied().filter(|row| *row != reference).collect();
    let across = across(state, &others, usize::from(inner.width).saturating_sub(label + wide) / wide);
    let told = others.get(across.clone()).unwrap_or_default();
    let told: Vec<_> =
        told.iter().map(|row| (*row, state.tally(*row, test, Some(names)).map(|tally| tally.f1))).collect();
    // The letters stand over the last column of what they are of.
    let mut heading = vec![Span::raw(" ".repeat(label))];
    for row in [reference].into_iter().chain(told.iter().map(|(row, _)| *row)) {
        let name = name(theme, row);
        heading.extend([Span::raw(" ".repeat(wide.saturating_sub(name.width()))), name]);
    }
    put(buf, inner, 0, 0, &Line::from(heading));
    let down = below_heading(scores.len(), state.comparison.class, inner);
    for (class, score) in scores.iter().enumerate().skip(down.start).take(down.len()) {
        let class_name = names.get(class).map_or_else(|| class.to_string(), |name| text::clean(name).into_owned());
        let style = if focused && class == state.comparison.class { theme.text.chosen } else { theme.text.plain };
        let mut spans = vec![
            Span::styled(text::fit(&class_name, label, theme.glyphs.ellipsis), style),
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
        put(buf, inner, 0, (class - down.start) as u16 + 1, &Line::from(spans));
    }
    let more = part(theme, &across, others.len(), noun(state, others.len()));
    foot(area, buf, part(theme, &down, scores.len(), "classes"), more);
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
