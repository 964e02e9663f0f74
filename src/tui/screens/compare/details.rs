//! In what the compared runs differ: settings, confusion, F1 of the classes.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::tui::{
    State, format,
    state::{Run, comparison::Detail, run::Opened, tables::Unit},
    text,
    theme::Theme,
    widgets::{confusion::Matrix, pane, put},
};

use super::{letter, name};

/// Columns of a class's name, at most, and of a change of F1.
const CLASS: usize = 18;
const CHANGE: usize = 7;
/// Columns of a setting's value, at least.
const VALUE: usize = 9;

/// Rows that a detail needs to be told whole, its frame included.
pub fn height(state: &State, detail: Detail) -> u16 {
    let classes = |run: &&Run| classes_of(run).len();
    let classes = || state.compared_runs().iter().map(classes).max().unwrap_or(0);
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

/// The first run whose column is in sight, so that the chosen one's is.
fn first(state: &State, room: usize, count: usize) -> usize {
    let chosen =
        state.comparison.chosen().and_then(|dir| state.comparison.heads().into_iter().position(|row| row == dir));
    let room = room.max(1);
    chosen.unwrap_or(0).saturating_sub(room - 1).min(count.saturating_sub(room))
}

/// How the chosen run's confusion differs from that of the run it is compared with.
pub fn confusion(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let pair = state.compared_with();
    let inner = pane(theme, area, buf, pair_title(state, theme, "confusion", pair), Line::default());
    let Some((chosen, other)) = pair else {
        put(buf, inner, 1, 0, &Line::styled("one run differs from nothing", theme.text.dim));
        return;
    };
    let both = matrices(state, chosen, other);
    let Some(((confusion, source), minus)) = both else {
        put(buf, inner, 1, 0, &Line::styled(missing(chosen, other), theme.text.dim));
        return;
    };
    let names = classes_of(chosen);
    let matrix = Matrix {
        confusion,
        minus: Some(minus),
        names,
        unit: Unit::Row,
        cell: (0, 0),
        marked: false,
        examples: Vec::new(),
    };
    matrix.render(theme, Rect { height: inner.height.saturating_sub(1), ..inner }, buf);
    let source = text::cut(&format!("{source}, row %"), usize::from(inner.width), theme.glyphs.ellipsis);
    put(buf, inner, 0, inner.height.saturating_sub(1), &Line::styled(source, theme.text.dim));
}

/// F1 of every class of the run that others are compared with, and how far each of the others is from it.
pub fn classes(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let pair = state.compared_with();
    let reference = pair.map(|(chosen, other)| if is_first(state, chosen) { chosen } else { other });
    let title = Line::from(vec![
        Span::styled("F1", theme.text.title),
        Span::styled(format!("{}change of each {}", theme.glyphs.between, whose(state)), theme.text.dim),
    ]);
    let inner = pane(theme, area, buf, title, Line::default());
    let split = |run: &Run| run.confusion(state.view.test).map(|(matrix, _)| matrix.per_class());
    let Some((reference, scores)) = reference.and_then(|run| Some((run, split(run)?))) else {
        put(buf, inner, 1, 0, &Line::styled("needs two runs with an epoch each", theme.text.dim));
        return;
    };
    let runs = state.compared_runs();
    let names = classes_of(reference);
    let label = names.iter().map(|name| text::width(&text::clean(name))).max().unwrap_or(0).min(CLASS);
    let others: Vec<_> = runs.iter().enumerate().filter(|(_, run)| run.dir != reference.dir).collect();
    let room = usize::from(inner.width).saturating_sub(label + CHANGE) / CHANGE;
    let skipped = first(state, room, others.len());
    let own = runs.iter().position(|run| run.dir == reference.dir).unwrap_or(0);
    let mut heading = vec![Span::raw(" ".repeat(label + 3)), name(theme, own), Span::raw(" ")];
    let told: Vec<_> = others.iter().skip(skipped).take(room).map(|(at, run)| (*at, split(run))).collect();
    for (at, _) in &told {
        heading.push(Span::raw(" ".repeat(CHANGE - 4)));
        heading.push(name(theme, *at));
        heading.push(Span::raw(" "));
    }
    put(buf, inner, 0, 0, &Line::from(heading));
    for (class, score) in scores.iter().enumerate().take(usize::from(inner.height)) {
        let class_name = names.get(class).map_or_else(|| class.to_string(), |name| text::clean(name).into_owned());
        let mut spans = vec![
            Span::styled(text::fit(&class_name, label, theme.glyphs.ellipsis), theme.text.plain),
            Span::styled(format!("{:>CHANGE$.2}", score.f1), theme.text.strong),
        ];
        for (_, other) in &told {
            let other = other.as_ref().filter(|other| other.len() == scores.len()).and_then(|other| other.get(class));
            let words = other.map_or_else(
                || (theme.glyphs.nothing.to_owned(), theme.text.dim),
                |other| {
                    let change = other.f1 - score.f1;
                    (format::signed(change, theme.glyphs.minus), theme.change((change * 100.0).round()))
                },
            );
            spans.push(Span::styled(format!("{:>CHANGE$}", words.0), words.1));
        }
        put(buf, inner, 0, class as u16 + 1, &Line::from(spans));
    }
}

/// Whose tables are shown: a group has those of its first run.
fn whose(state: &State) -> &'static str {
    if state.comparison.grouped { "group's first run" } else { "run" }
}

fn is_first(state: &State, run: &Run) -> bool {
    state.comparison.heads().first() == Some(&&run.dir)
}

fn pair_title(state: &State, theme: &Theme, what: &'static str, pair: Option<(&Run, &Run)>) -> Line<'static> {
    let mut spans = vec![Span::styled(what, theme.text.title)];
    if let Some((chosen, other)) = pair {
        let at = |run: &Run| state.comparison.heads().into_iter().position(|dir| *dir == run.dir).map_or('+', letter);
        let words = format!("{}{} {} {}", theme.glyphs.between, at(chosen), theme.glyphs.minus, at(other));
        spans.push(Span::styled(words, theme.text.accent));
        if state.comparison.grouped {
            spans.push(Span::styled(format!("{}first runs", theme.glyphs.between), theme.text.dim));
        }
    }
    Line::from(spans)
}

type Pair<'a> = ((&'a crate::metrics::Confusion, String), &'a crate::metrics::Confusion);

/// The confusions of both runs on one split: of the test where both were tested.
fn matrices<'a>(state: &State, chosen: &'a Run, other: &'a Run) -> Option<Pair<'a>> {
    let test = state.view.test && chosen.test().is_some() && other.test().is_some();
    let (one, minus) = (chosen.confusion(test)?, other.confusion(test)?.0);
    (one.0.classes() == minus.classes()).then_some((one, minus))
}

fn missing(chosen: &Run, other: &Run) -> &'static str {
    if chosen.opened != Opened::Yes || other.opened != Opened::Yes {
        "reading the runs"
    } else if chosen.confusion(false).is_some() && other.confusion(false).is_some() {
        "the runs have not the same classes"
    } else {
        "needs an epoch of each"
    }
}

fn classes_of(run: &Run) -> &[String] {
    run.summary.started.as_ref().map(|started| started.classes.as_slice()).unwrap_or_default()
}
