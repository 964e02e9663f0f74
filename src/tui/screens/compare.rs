//! The Compare screen: the runs side by side, newest first; the best of each column is bold.
//!
//! ```text
//! ╭ 5 runs · newest first ──────────────────────────────────────────────────────────────────────╮
//! │   mode    seed state        epochs best val loss val acc test acc log loss macro F1     time │
//! │ ▸ late       0 ✔ early stop     31   24    0.470   0.861    0.828    0.495    0.826     0:21 │
//! ╰──────────────────────────────────────────────────────────────────────────────────────────────╯
//! ```
//!
//! Runs are never ordered by a test score. "Best" is said only among runs on the same data: where
//! there are several sets, a letter tells them apart.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    text::{Line, Span},
};

use crate::tui::{
    State, format,
    hit::Target,
    keymap::Action,
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
        let hint = format!("No runs yet: {} on the Train screen starts one", state.keys.name_of(Action::Train));
        put(buf, inner, 1, 0, &Line::styled(hint, theme.text.dim));
        return;
    }
    let sets = fingerprints(&runs);
    let fit = Fit::new(usize::from(inner.width), sets.len() > 1);
    put(buf, inner, 0, 0, &heading(theme, &fit));
    let best = best(&runs, &fit.columns);
    let (first, room) = window(state, sets.len(), inner.height);
    for (at, run) in runs.iter().enumerate().skip(first).take(room) {
        let set = sets.iter().position(|set| *set == fingerprint(run)).unwrap_or(sets.len());
        let line = row(state, theme, run, &fit, &best, set, at == state.row);
        put(buf, inner, 0, (at - first) as u16 + 1, &line);
    }
    if has_note(sets.len(), inner.height) {
        let text = "the best is told only among runs on the same data";
        put(buf, inner, 1, inner.height - 1, &Line::styled(text, theme.text.dim));
    }
}

/// The run at a place.
pub fn hit(state: &State, area: Rect, at: Position) -> Option<Target> {
    let runs = state.listed();
    let inner = Rect { y: area.y + 1, height: area.height.saturating_sub(2), ..area };
    let (first, room) = window(state, fingerprints(&runs).len(), inner.height);
    let below = usize::from(at.y.checked_sub(inner.y + 1)?);
    (below < room && first + below < runs.len()).then_some(Target::Run(first + below))
}

/// The first row that is in sight, and how many are: the chosen one stays among them.
fn window(state: &State, sets: usize, height: u16) -> (usize, usize) {
    let room = usize::from(height.saturating_sub(1 + u16::from(has_note(sets, height))));
    ((state.row + 1).saturating_sub(room), room)
}

fn has_note(sets: usize, height: u16) -> bool {
    sets > 1 && height > 4
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

/// Which columns fit beside mode and state.
struct Fit {
    columns: Vec<&'static Column>,
    /// The letter of the data set.
    sets: bool,
    /// Seed, epochs, best epoch and time.
    facts: bool,
    /// Columns left for the run's name; 0: it is left out.
    name: usize,
}

/// Columns of the mark, the mode and the state.
const LEAD: usize = 2 + 7 + 14;
const SET: usize = 5;
/// Columns of seed, epochs, best epoch and time.
const FACTS: usize = 6 + 7 + 5 + 9;
/// A name cut shorter tells nothing.
const LEAST_NAME: usize = 18;

impl Fit {
    fn new(width: usize, sets: bool) -> Self {
        let facts = width >= 60;
        let fixed = LEAD + if sets { SET } else { 0 } + if facts { FACTS } else { 0 };
        let mut columns: Vec<&Column> = COLUMNS.iter().collect();
        let scores = |columns: &[&Column]| columns.iter().map(|column| column.width).sum::<usize>();
        while columns.len() > 1 && fixed + scores(&columns) > width {
            let lightest = columns.iter().map(|column| column.weight).min();
            columns.retain(|column| Some(column.weight) != lightest);
        }
        let left = width.saturating_sub(fixed + scores(&columns) + 2);
        Self { columns, sets, facts, name: if left >= LEAST_NAME { left } else { 0 } }
    }
}

fn heading(theme: &Theme, fit: &Fit) -> Line<'static> {
    let mut titles = vec![format!("  {:<7}", "mode")];
    if fit.facts {
        titles.push(format!("{:>5} ", "seed"));
    }
    titles.push(format!("{:<14}", "state"));
    if fit.sets {
        titles.push(format!("{:>SET$}", "data"));
    }
    if fit.facts {
        titles.push(format!("{:>7}{:>5}", "epochs", "best"));
    }
    titles.extend(fit.columns.iter().map(|column| format!("{:>width$}", column.title, width = column.width)));
    if fit.facts {
        titles.push(format!("{:>9}", "time"));
    }
    if fit.name > 0 {
        titles.push("  run".to_owned());
    }
    Line::styled(titles.concat(), theme.text.dim)
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
    fit: &Fit,
    best: &[Vec<(&str, f64)>],
    set: usize,
    chosen: bool,
) -> Line<'static> {
    let status = state.status(run);
    let (symbol, style) = mark(&status, theme);
    let started = run.history.started.as_ref();
    let plain = theme.text.plain;
    let mut spans = vec![
        Span::styled(format!("{} ", if chosen { theme.glyphs.chosen.0 } else { " " }), theme.text.accent),
        Span::styled(
            format!("{:<7}", run.mode().map_or("", |mode| mode.name())),
            if chosen { theme.text.accent } else { plain },
        ),
    ];
    let imported = run.history.imported().is_some();
    if fit.facts {
        let seed = started.filter(|_| !imported).map(|started| started.seed.to_string());
        let seed = seed.unwrap_or_else(|| theme.glyphs.nothing.to_owned());
        spans.push(Span::styled(format!("{seed:>5} "), plain));
    }
    spans.push(Span::styled(format!("{symbol} "), style));
    spans.push(Span::styled(format!("{:<12}", if imported { "imported" } else { status.word() }), plain));
    if fit.sets {
        let letter = u8::try_from(set).ok().filter(|set| *set < 26).map_or('+', |set| char::from(b'A' + set));
        spans.push(Span::styled(format!("{letter:>SET$}"), plain));
    }
    if fit.facts {
        let epoch = run.history.best.map_or_else(|| theme.glyphs.nothing.to_owned(), |(epoch, _)| epoch.to_string());
        spans.push(Span::styled(format!("{:>7}{epoch:>5}", run.history.last_epoch()), plain));
    }
    for (column, best) in fit.columns.iter().zip(best) {
        // What an import does not tell is no result that could be NaN.
        let value = (column.value)(run).filter(|value| !(imported && value.is_nan()));
        let is_best = best.iter().any(|(set, best)| *set == fingerprint(run) && Some(*best) == value);
        let text = value.map_or_else(|| theme.glyphs.nothing.to_owned(), format::score);
        let style = match (value, is_best) {
            (None, _) => theme.text.dim,
            (Some(_), true) => theme.text.accent,
            (Some(_), false) => plain,
        };
        spans.push(Span::styled(format!("{text:>width$}", width = column.width), style));
    }
    if fit.facts {
        let seconds = run.history.finished().map_or(run.history.trained().as_secs_f64(), |finished| finished.seconds);
        spans.push(Span::styled(format!("{:>9}", format::clock(seconds)), plain));
    }
    if fit.name > 0 {
        let name = text::cut(&text::clean(&run.name), fit.name, theme.glyphs.ellipsis);
        spans.push(Span::styled(format!("  {name}"), theme.text.dim));
    }
    Line::from(spans)
}
