//! The Train screen: the shown run's curves, confusion and classes.
//!
//! ```text
//! ╭ loss ── train ━━ val ─ best ★ 0.470 @23 ╮╭ confusion · val of epoch 30 · row % ╮
//! │                                         ││                                     │
//! ╰─────────────────────────────────────────╯╰─────────────────────────────────────╯
//! ╭ ━━ accuracy · ── log loss ──────────────╮╭ per class · val of epoch 30 ────────╮
//! │                                         ││                                     │
//! ╰─────────────────────────────────────────╯╰─────────────────────────────────────╯
//! ```
//!
//! A test result stands in a line of its own above. With less room, `x` goes through the tables
//! (80 × 24) or through all panes (40 × 12).

mod curves;

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

use crate::{
    metrics::Confusion,
    protocol::SplitResult,
    runs::State as Stage,
    tui::{
        State, format,
        keymap::Action,
        layout::Room,
        state::{Activity, Pane, Run, Status},
        theme::Theme,
        widgets::{classes, confusion, notes, pane, put},
    },
};

pub fn render(state: &State, theme: &Theme, room: Room, area: Rect, buf: &mut Buffer) {
    let area = match state.shown().and_then(|run| run.test().map(|test| (run, test))) {
        Some((run, test)) if area.height >= 31 => {
            let [top, rest] = Layout::vertical([Constraint::Length(3), Constraint::Min(0)]).areas(area);
            result(state, theme, run, test, top, buf);
            rest
        }
        _ => area,
    };
    match room {
        Room::Full => {
            let [left, right] =
                Layout::horizontal([Constraint::Min(0), Constraint::Length(right_width(area.width))]).areas(area);
            let rows = [Constraint::Min(14), Constraint::Length((area.height * 2 / 5).clamp(13, 17))];
            let [loss, scores] = Layout::vertical(rows).areas(left);
            let [matrix, table] = Layout::vertical(rows).areas(right);
            draw(state, theme, Pane::Loss, loss, buf);
            draw(state, theme, Pane::Scores, scores, buf);
            draw(state, theme, Pane::Confusion, matrix, buf);
            draw(state, theme, Pane::Classes, table, buf);
        }
        Room::Medium => {
            let [left, right] = Layout::horizontal([Constraint::Min(0), Constraint::Length(46)]).areas(area);
            let [loss, scores] = Layout::vertical([Constraint::Fill(3), Constraint::Fill(2)]).areas(left);
            draw(state, theme, Pane::Loss, loss, buf);
            draw(state, theme, Pane::Scores, scores, buf);
            // The charts are there anyway: half of the panes' round shows the one table, half the other.
            let table =
                if matches!(state.view.pane, Pane::Loss | Pane::Confusion) { Pane::Confusion } else { Pane::Classes };
            draw(state, theme, table, right, buf);
        }
        Room::Small | Room::TooSmall => match state.shown().map(|run| (&run.history.state, run)) {
            Some((Stage::Failed(errors), run)) if state.view.pane == Pane::Loss => {
                failed(state, theme, run, errors, area, buf);
            }
            _ => draw(state, theme, state.view.pane, area, buf),
        },
    }
}

/// Columns of the tables, of a screen of `width`.
fn right_width(width: u16) -> u16 {
    (width * 13 / 25).clamp(50, 74)
}

fn draw(state: &State, theme: &Theme, which: Pane, area: Rect, buf: &mut Buffer) {
    if which == Pane::Loss && stand_in(state, theme, area, buf) {
        return;
    }
    let run = state.shown();
    match which {
        Pane::Loss => curves::loss(theme, run, area, buf),
        Pane::Scores => match run.map(|run| (&run.history.state, run)) {
            Some((Stage::Failed(errors), run)) => failed(state, theme, run, errors, area, buf),
            _ => curves::scores(theme, run, area, buf),
        },
        Pane::Confusion => {
            let unit = if state.view.counts { "clips" } else { "row %" };
            table(state, theme, "confusion", unit, area, buf, |matrix, names, inner, buf| {
                confusion::render(theme, matrix, names, state.view.counts, inner, buf);
            });
        }
        Pane::Classes => table(state, theme, "per class", "", area, buf, |matrix, names, inner, buf| {
            classes::render(theme, matrix, names, inner, buf);
        }),
    }
}

/// What takes the place of the loss curves: loading, a refusal, or that there is no run. True where
/// there was something to say.
fn stand_in(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) -> bool {
    let mode = state.mode;
    let title = Line::styled(format!("loss{}{}", theme.glyphs.between, mode.title()), theme.text.title);
    let starts = state.pending.front().is_some_and(|pending| pending.mode == mode || state.shown().is_none());
    if state.activity() == Activity::Loading && starts {
        let inner = pane(theme, area, buf, title, Line::default());
        notes::loading(&state.keys, theme, state.progress.as_ref(), inner, buf);
        return true;
    }
    if let Some(errors) = state.refused.get(&mode) {
        let title = format!("{} {} could not start", theme.glyphs.failed, mode.title());
        let inner = pane(theme, area, buf, Line::styled(title, theme.text.bad), Line::default());
        let remedy = format!("put this right, then {} tries again", state.keys.name_of(Action::Train));
        notes::failure(theme, errors, &remedy, inner, buf);
        return true;
    }
    if state.shown().is_none() {
        let inner = pane(theme, area, buf, title, Line::default());
        notes::empty(&state.keys, theme, mode, inner, buf);
        return true;
    }
    false
}

fn failed(state: &State, theme: &Theme, run: &Run, errors: &[String], area: Rect, buf: &mut Buffer) {
    let inner = pane(
        theme,
        area,
        buf,
        Line::styled(format!("{} the run failed", theme.glyphs.failed), theme.text.bad),
        Line::default(),
    );
    let (train, resume) = (state.keys.name_of(Action::Train), state.keys.name_of(Action::Resume));
    let remedy = match run.history.last_epoch() {
        0 => format!("{train} starts a new run"),
        epoch => format!("{resume} goes on from epoch {epoch}, {train} starts anew"),
    };
    notes::failure(theme, errors, &remedy, inner, buf);
}

fn table(
    state: &State,
    theme: &Theme,
    title: &str,
    unit: &str,
    area: Rect,
    buf: &mut Buffer,
    content: impl FnOnce(&Confusion, &[String], Rect, &mut Buffer),
) {
    let shown = state.shown().and_then(|run| Some((run, run.confusion(state.view.test)?)));
    let between = theme.glyphs.between;
    let Some((run, (matrix, source))) = shown else {
        let inner = pane(theme, area, buf, Line::styled(title.to_owned(), theme.text.title), Line::default());
        let imported = state.shown().is_some_and(|run| run.history.imported().is_some());
        let why = if imported { "the import tells nothing of it" } else { "comes with the first epoch" };
        put(buf, inner, 1, 0, &Line::styled(why, theme.text.dim));
        return;
    };
    let left = Line::from(vec![
        Span::styled(title.to_owned(), theme.text.title),
        Span::styled(format!("{between}{source}"), theme.text.plain),
    ]);
    let inner = pane(theme, area, buf, left, Line::styled(unit.to_owned(), theme.text.dim));
    let inner = Rect { x: inner.x + 1, width: inner.width.saturating_sub(2), ..inner };
    let names = run.history.started.as_ref().map(|started| started.classes.as_slice()).unwrap_or_default();
    content(matrix, names, inner, buf);
}

/// The test scores, where nobody overlooks them.
fn result(state: &State, theme: &Theme, run: &Run, test: &SplitResult, area: Rect, buf: &mut Buffer) {
    let best = run.history.finished().and_then(|finished| finished.best_epoch);
    let left = Line::from(vec![
        Span::styled("test", theme.text.good),
        Span::styled(best.map_or_else(String::new, |epoch| format!(" of epoch {epoch}, the best")), theme.text.plain),
    ]);
    let right = Line::styled(run.name.clone(), theme.text.dim);
    let inner = pane(theme, area, buf, left, right);
    let mut spans = vec![Span::raw(" ")];
    for (name, value) in
        [("accuracy", test.scores.accuracy), ("log loss", test.scores.log_loss), ("macro F1", test.scores.macro_f1)]
    {
        if value.is_nan() && run.history.imported().is_some() {
            continue;
        }
        spans.push(Span::styled(format!("{name} "), theme.text.dim));
        spans.push(Span::styled(format::score(value), theme.text.accent));
        spans.push(Span::raw("    "));
    }
    let matrix = &test.confusion;
    if matrix.total() > 0 {
        let right = format!("{} of {} clips right", format::count(matrix.correct()), format::count(matrix.total()));
        spans.push(Span::styled(right, theme.text.plain));
    }
    if state.status(run) == Status::Ended(crate::protocol::Outcome::Stopped) {
        spans.push(Span::styled("    stopped before its end", theme.text.warn));
    }
    put(buf, inner, 0, 0, &Line::from(spans));
}
