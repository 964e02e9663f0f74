//! The two tables of the Train screen: both are of the same split and epoch.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::tui::{
    Clip, State,
    state::{Pane, Run, tables::Table},
    text,
    theme::Theme,
    widgets::{classes::Classes, confusion::Matrix, foot, pane_in},
};

pub fn confusion(state: &State, theme: &Theme, focused: bool, area: Rect, buf: &mut Buffer) {
    let Some(table) = state.table() else { return super::waiting(state, theme, "confusion", focused, area, buf) };
    let minus = state.matrix.difference && table.minus().is_some();
    let unit = state.matrix.unit.title();
    let unit = if minus { format!("{} {unit}", theme.glyphs.delta) } else { unit.to_owned() };
    let inner =
        pane_in(theme, focused, area, buf, title(theme, "confusion", &table), Line::styled(unit, theme.text.dim));
    matrix(state, theme, &table).render(theme, within(inner), buf);
    if state.matrix.difference {
        compared(theme, &table, area, buf);
    }
}

pub fn classes(state: &State, theme: &Theme, focused: bool, area: Rect, buf: &mut Buffer) {
    let Some(table) = state.table() else { return super::waiting(state, theme, "per class", focused, area, buf) };
    let inner = pane_in(theme, focused, area, buf, title(theme, "per class", &table), Line::default());
    class_table(state, &table).render(theme, within(inner), buf);
    compared(theme, &table, area, buf);
}

fn title(theme: &Theme, name: &str, table: &Table) -> Line<'static> {
    Line::from(vec![
        Span::styled(name.to_owned(), theme.text.title),
        Span::styled(format!("{}{}", theme.glyphs.between, table.source), theme.text.plain),
    ])
}

/// Which run and epoch the differences are from, or why there are none.
fn compared(theme: &Theme, table: &Table, area: Rect, buf: &mut Buffer) {
    let Some(pin) = &table.pinned else { return };
    let (delta, name) = (theme.glyphs.delta, text::clean(&pin.run.name));
    let line = match &pin.matrix {
        Ok(_) => {
            let epoch = pin.epoch.map_or_else(String::new, |epoch| format!(" @{epoch}"));
            let mut line = Line::styled(format!("{delta} to {name}{epoch}"), theme.text.dim);
            if pin.run.fingerprint() != table.run.fingerprint() {
                line.push_span(Span::styled(", on other data", theme.text.warn));
            }
            line
        }
        Err(why) => Line::styled(format!("no {delta} to {name}: {why}"), theme.text.warn),
    };
    foot(area, buf, line, Line::default());
}

/// The area of a table within its pane.
pub fn within(inner: Rect) -> Rect {
    Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner }
}

fn names(run: &Run) -> &[String] {
    run.history.started.as_ref().map(|started| started.classes.as_slice()).unwrap_or_default()
}

fn is_marked(state: &State, which: Pane) -> bool {
    state.view.focused && state.view.pane == which
}

pub fn matrix<'a>(state: &State, theme: &Theme, table: &'a Table) -> Matrix<'a> {
    Matrix {
        confusion: table.matrix,
        minus: table.minus().filter(|_| state.matrix.difference),
        names: names(table.run),
        unit: state.matrix.unit,
        cell: state.matrix.cell,
        marked: is_marked(state, Pane::Confusion),
        examples: examples(state, theme, table),
    }
}

pub fn class_table<'a>(state: &State, table: &'a Table) -> Classes<'a> {
    let run = table.run;
    Classes {
        confusion: table.matrix,
        pinned: table.minus(),
        names: names(run),
        curves: &run.curves,
        epochs: state.scrubbed(run).map_or(run.history.epochs.len(), |at| at + 1),
        view: state.classes,
        marked: is_marked(state, Pane::Classes),
    }
}

/// The clips of the cursor's cell, or why they cannot be named.
fn examples(state: &State, theme: &Theme, table: &Table) -> Vec<Line<'static>> {
    let note = |text: &str| vec![Line::styled(text.to_owned(), theme.text.dim)];
    let Some(of) = table.of else {
        return note("clips are known of the best epoch and the test split");
    };
    let known = state.predictions.as_ref().filter(|known| known.dir == table.run.dir && known.of == of);
    let Some(predictions) = known else { return Vec::new() };
    match &predictions.clips {
        None => note("reading the predictions"),
        Some(Err(error)) => vec![Line::styled(text::clean(error).into_owned(), theme.text.warn)],
        Some(Ok(_)) => {
            let line = |clip: &Clip| {
                Line::from(vec![
                    Span::styled(format!("{:.3} ", clip.confidence), theme.text.dim),
                    Span::raw(text::clean(&clip.id).into_owned()),
                ])
            };
            predictions.examples().map(line).collect()
        }
    }
}
