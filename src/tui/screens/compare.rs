//! The Compare screen: the runs side by side, newest first; the best of each column is bold.
//!
//! ```text
//! ╭ runs ─ 5 ──────────────────────────────────────────────────────────────────────────────╮
//! │   mode    seed state        epochs best  val loss  val acc  test acc  log loss macro F1 time │
//! │ ▸ late       0 early stop       31   24     0.470    0.861     0.828     0.495    0.826 0:21 │
//! ╰──────────────────────────────────────────────────────────────────────────────────────────────╯
//! ```
//!
//! Runs are never ordered by a test score. "Best" is said only among runs on the same data: where
//! there are several sets, a letter tells them apart.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::tui::{
    State, format,
    keymap::{Action, name_of},
    state::Run,
    text,
    theme::Theme,
    widgets::{footer::mark, pane, put},
};

/// A column of scores.
struct Column {
    title: &'static str,
    width: usize,
    value: fn(&Run) -> Option<f64>,
    higher_is_better: bool,
    /// Left out first where there is little room: lower goes first.
    weight: u8,
}

const COLUMNS: [Column; 5] = [
    Column { title: "val loss", width: 9, value: val_loss, higher_is_better: false, weight: 2 },
    Column { title: "val acc", width: 8, value: val_accuracy, higher_is_better: true, weight: 1 },
    Column { title: "test acc", width: 9, value: test_accuracy, higher_is_better: true, weight: 5 },
    Column { title: "log loss", width: 9, value: test_log_loss, higher_is_better: false, weight: 4 },
    Column { title: "macro F1", width: 9, value: test_macro_f1, higher_is_better: true, weight: 3 },
];

fn val_loss(run: &Run) -> Option<f64> {
    run.history.best.map(|(_, loss)| loss)
}

fn val_accuracy(run: &Run) -> Option<f64> {
    run.history.best_epoch().map(|epoch| epoch.val.accuracy)
}

fn test_accuracy(run: &Run) -> Option<f64> {
    run.test().map(|test| test.scores.accuracy)
}

fn test_log_loss(run: &Run) -> Option<f64> {
    run.test().map(|test| test.scores.log_loss)
}

fn test_macro_f1(run: &Run) -> Option<f64> {
    run.test().map(|test| test.scores.macro_f1)
}

pub fn render(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let runs = state.listed();
    let which = if state.view.newest_only { "newest of each mode" } else { "newest first" };
    let title = Line::from(vec![
        Span::styled(format!("{} {}", runs.len(), if runs.len() == 1 { "run" } else { "runs" }), theme.text.title),
        Span::styled(format!("{}{which}", theme.glyphs.between), theme.text.dim),
    ]);
    let folder = Line::styled(text::clean(&state.config.runs.dir).into_owned(), theme.text.dim);
    let inner = pane(theme, area, buf, title, folder);
    if runs.is_empty() {
        let hint = format!("No runs yet: {} on the Train screen starts one", name_of(Action::Train));
        put(buf, inner, 1, 0, &Line::styled(hint, theme.text.dim));
        return;
    }
    let sets = fingerprints(&runs);
    let columns = columns(usize::from(inner.width), sets.len() > 1);
    put(buf, inner, 0, 0, &heading(theme, &columns, sets.len() > 1));
    let best = best(&runs, &columns);
    // The chosen row stays in sight; two rows go to the heading and the note below.
    let note = sets.len() > 1 && inner.height > 4;
    let room = usize::from(inner.height.saturating_sub(1 + u16::from(note)));
    let first = (state.row + 1).saturating_sub(room);
    for (at, run) in runs.iter().enumerate().skip(first).take(room) {
        let set = sets.iter().position(|set| *set == fingerprint(run)).filter(|_| sets.len() > 1);
        let line = row(state, theme, run, &columns, &best, set, at == state.row);
        put(buf, inner, 0, (at - first) as u16 + 1, &line);
    }
    if note {
        let text = "data: a letter a set; the best is told among runs on the same data only";
        put(buf, inner, 1, inner.height - 1, &Line::styled(text, theme.text.dim));
    }
}

fn fingerprint(run: &Run) -> &str {
    run.history.started.as_ref().map_or("", |started| &started.fingerprint)
}

/// The data sets of `runs`, the newest run's first.
fn fingerprints<'a>(runs: &[&'a Run]) -> Vec<&'a str> {
    let mut sets: Vec<&str> = Vec::new();
    for run in runs {
        if !sets.contains(&fingerprint(run)) {
            sets.push(fingerprint(run));
        }
    }
    sets
}

/// Columns of what stands before the scores: mark, mode, seed, state.
const LEAD: usize = 2 + 7 + 6 + 14;

/// The columns that fit, in their order.
fn columns(width: usize, sets: bool) -> Vec<&'static Column> {
    let mut columns: Vec<&Column> = COLUMNS.iter().collect();
    let fixed = LEAD + if sets { 5 } else { 0 };
    while columns.len() > 1 && fixed + columns.iter().map(|column| column.width).sum::<usize>() > width {
        let lightest = columns.iter().map(|column| column.weight).min();
        columns.retain(|column| Some(column.weight) != lightest);
    }
    columns
}

fn heading(theme: &Theme, columns: &[&Column], sets: bool) -> Line<'static> {
    let mut text = format!("  {:<7}{:>5} {:<14}", "mode", "seed", "state");
    if sets {
        text += " data";
    }
    for column in columns {
        text += &format!("{:>width$}", column.title, width = column.width);
    }
    text += &format!("{:>7}{:>6}{:>9}  run", "epochs", "best", "time");
    Line::styled(text, theme.text.dim)
}

/// The best value of each column within each data set.
fn best<'a>(runs: &[&'a Run], columns: &[&Column]) -> Vec<Vec<(&'a str, f64)>> {
    let of_column = |column: &&Column| {
        let mut best: Vec<(&str, f64)> = Vec::new();
        for run in runs {
            let Some(value) = (column.value)(run).filter(|value| value.is_finite()) else { continue };
            match best.iter_mut().find(|(set, _)| *set == fingerprint(run)) {
                Some((_, known)) if column.higher_is_better => *known = known.max(value),
                Some((_, known)) => *known = known.min(value),
                None => best.push((fingerprint(run), value)),
            }
        }
        best
    };
    columns.iter().map(of_column).collect()
}

fn row(
    state: &State,
    theme: &Theme,
    run: &Run,
    columns: &[&Column],
    best: &[Vec<(&str, f64)>],
    set: Option<usize>,
    chosen: bool,
) -> Line<'static> {
    let status = state.status(run);
    let (symbol, style) = mark(&status, theme);
    let started = run.history.started.as_ref();
    let name = if chosen { theme.text.accent } else { theme.text.plain };
    let mut spans = vec![
        Span::styled(format!("{} ", if chosen { theme.glyphs.chosen.0 } else { " " }), theme.text.accent),
        Span::styled(format!("{:<7}", run.mode().map_or("", |mode| mode.name())), name),
        Span::styled(format!("{:>5} ", started.map_or(0, |started| started.seed)), theme.text.plain),
        Span::styled(format!("{symbol} "), style),
        Span::styled(format!("{:<12}", status.word()), theme.text.plain),
    ];
    if let Some(set) = set {
        let letter = u8::try_from(set).ok().filter(|set| *set < 26).map_or('+', |set| char::from(b'A' + set));
        spans.push(Span::styled(format!("{letter:>5}"), theme.text.plain));
    }
    for (column, best) in columns.iter().zip(best) {
        let value = (column.value)(run);
        let is_best = best.iter().any(|(set, best)| *set == fingerprint(run) && Some(*best) == value);
        let text = value.map_or_else(|| theme.glyphs.nothing.to_owned(), format::score);
        let style = match (value, is_best) {
            (None, _) => theme.text.dim,
            (Some(_), true) => theme.text.accent,
            (Some(_), false) => theme.text.plain,
        };
        spans.push(Span::styled(format!("{text:>width$}", width = column.width), style));
    }
    let finished = run.history.finished();
    let seconds = finished.map_or(run.history.trained().as_secs_f64(), |finished| finished.seconds);
    let epoch = run.history.best.map_or_else(|| theme.glyphs.nothing.to_owned(), |(epoch, _)| epoch.to_string());
    let time = format::clock(seconds);
    spans.push(Span::styled(format!("{:>7}{epoch:>6}{time:>9}", run.history.last_epoch()), theme.text.plain));
    let demo = if run.is_demo() { "  demo data" } else { "" };
    spans.push(Span::styled(format!("  {}{demo}", text::clean(&run.name)), theme.text.dim));
    Line::from(spans)
}
