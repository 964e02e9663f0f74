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
//! A test result stands in a line of its own above. A tall screen has the panes one above the other. With
//! less room, `x` goes through the tables (80 × 24) or through all panes (40 × 12). The border of the pane that keys go to is bright.

mod curves;
mod happenings;
mod hit;
mod tables;

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    text::{Line, Span},
};

pub use curves::{ranges, value_axis};
pub use hit::{Hit, hit, plot};
pub use tables::class_table;

use crate::{
    protocol::SplitResult,
    runs::State as Stage,
    tui::{
        State, format,
        keymap::Action,
        layout::Room,
        state::{Activity, Pane, Run, Status},
        text,
        theme::Theme,
        widgets::{chart::Event, notes, pane, pane_in, put},
    },
};

/// Rows of a table's pane beside its classes: the border, the heading, and the averages or the worst pairs.
const AROUND: u16 = 6;

pub fn render(state: &State, theme: &Theme, room: Room, area: Rect, buf: &mut Buffer) {
    let (top, panes) = arrange(state, room, area);
    if let (Some(top), Some(run)) = (top, state.shown())
        && let Some(test) = run.test()
    {
        result(state, theme, run, test, top, buf);
    }
    let charts = panes.iter().filter(|(pane, _)| matches!(pane, Pane::Loss | Pane::Scores));
    let widest = charts.map(|(_, area)| area.width).max();
    let events = state.shown().zip(widest).map(|(run, columns)| curves::events(state, theme, run, columns));
    let events = events.unwrap_or_default();
    for (which, area) in panes {
        draw(state, theme, room, &events, (which, area), buf);
    }
}

/// Where the test result and each pane stand.
pub fn arrange(state: &State, room: Room, area: Rect) -> (Option<Rect>, Vec<(Pane, Rect)>) {
    let tested = state.shown().is_some_and(|run| run.test().is_some());
    let (top, area) = if tested && area.height >= 31 {
        let [top, rest] = Layout::vertical([Constraint::Length(3), Constraint::Min(0)]).areas(area);
        (Some(top), rest)
    } else {
        (None, area)
    };
    let panes = match room {
        _ if state.view.maximised => vec![(state.view.pane, area)],
        Room::Full => {
            let [left, right] =
                Layout::horizontal([Constraint::Min(0), Constraint::Length(right_width(area.width))]).areas(area);
            let rows = [Constraint::Min(14), Constraint::Length((area.height * 2 / 5).clamp(13, 17))];
            let [loss, scores] = Layout::vertical(rows).areas(left);
            let [matrix, table] = Layout::vertical(rows).areas(right);
            vec![(Pane::Loss, loss), (Pane::Scores, scores), (Pane::Confusion, matrix), (Pane::Classes, table)]
        }
        Room::Medium => {
            let [left, right] = Layout::horizontal([Constraint::Min(0), Constraint::Length(46)]).areas(area);
            let [loss, scores] = Layout::vertical([Constraint::Fill(3), Constraint::Fill(2)]).areas(left);
            vec![(Pane::Loss, loss), (Pane::Scores, scores), (table(state), right)]
        }
        Room::Tall => {
            let tables = (classes(state) + AROUND).clamp(8, area.height / 3);
            let rows =
                [Constraint::Fill(4), Constraint::Fill(3), Constraint::Length(tables), Constraint::Length(tables)];
            let [loss, scores, matrix, table] = Layout::vertical(rows).areas(area);
            vec![(Pane::Loss, loss), (Pane::Scores, scores), (Pane::Confusion, matrix), (Pane::Classes, table)]
        }
        Room::Stacked => {
            let below = (classes(state) + AROUND).clamp(8, area.height * 9 / 20);
            let rows = [Constraint::Fill(4), Constraint::Fill(3), Constraint::Length(below)];
            let [loss, scores, below] = Layout::vertical(rows).areas(area);
            vec![(Pane::Loss, loss), (Pane::Scores, scores), (table(state), below)]
        }
        Room::Small | Room::TooSmall => vec![(state.view.pane, area)],
    };
    (top, panes)
}

/// The table that stands beside the charts: they are there anyway, so half of the panes' round shows the
/// one, half the other.
fn table(state: &State) -> Pane {
    if matches!(state.view.pane, Pane::Loss | Pane::Confusion) { Pane::Confusion } else { Pane::Classes }
}

/// Classes of the shown run.
fn classes(state: &State) -> u16 {
    let started = state.shown().and_then(|run| run.history.started.as_ref());
    started.map_or(10, |started| u16::try_from(started.classes.len()).unwrap_or(u16::MAX - AROUND))
}

/// Columns of the tables, of a screen of `width`.
fn right_width(width: u16) -> u16 {
    (width * 13 / 25).clamp(50, 74)
}

fn draw(state: &State, theme: &Theme, room: Room, events: &[Event], (which, area): (Pane, Rect), buf: &mut Buffer) {
    if which == Pane::Loss && stand_in(state, theme, area, buf) {
        return;
    }
    let focused = state.view.focused && state.view.pane == which;
    // A failure takes the place of the second chart, and of the first where that stands alone.
    let alone = matches!(room, Room::Small | Room::TooSmall);
    if (which == Pane::Scores || (which == Pane::Loss && alone))
        && let Some(run) = state.shown()
        && let Stage::Failed(errors) = &run.history.state
    {
        failed(state, theme, run, errors, area, buf);
        return;
    }
    let shown = |run| curves::Shown { state, theme, run, events };
    match (state.shown(), which) {
        (Some(run), Pane::Loss) => curves::loss(shown(run), focused, area, buf),
        (Some(run), Pane::Scores) => curves::scores(shown(run), focused, area, buf),
        (None, Pane::Loss) => {}
        (None, Pane::Scores) => waiting(state, theme, "val", focused, area, buf),
        (_, Pane::Confusion) => tables::confusion(state, theme, focused, area, buf),
        (_, Pane::Classes) => tables::classes(state, theme, focused, area, buf),
    }
}

/// A pane that has nothing to show yet.
fn waiting(state: &State, theme: &Theme, title: &str, focused: bool, area: Rect, buf: &mut Buffer) {
    let title = Line::styled(title.to_owned(), theme.text.title);
    let inner = pane_in(theme, focused, area, buf, title, Line::default());
    let imported = state.shown().is_some_and(|run| run.history.imported().is_some());
    let why = if imported { "the import tells nothing of it" } else { "comes with the first epoch" };
    put(buf, inner, 1, 0, &Line::styled(why, theme.text.dim));
}

/// What takes the place of the loss curves: loading, a refusal, or that there is no run. True where
/// there was something to say.
fn stand_in(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) -> bool {
    let mode = state.mode;
    let title = Line::styled(format!("loss{}{}", theme.glyphs.between, mode.title()), theme.text.title);
    let starts = state.queue.first().is_some_and(|next| next.config.model.mode == mode || state.shown().is_none());
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

/// The test scores, where nobody overlooks them.
fn result(state: &State, theme: &Theme, run: &Run, test: &SplitResult, area: Rect, buf: &mut Buffer) {
    let best = run.history.finished().and_then(|finished| finished.best_epoch);
    let left = Line::from(vec![
        Span::styled("test", theme.text.good),
        Span::styled(best.map_or_else(String::new, |epoch| format!(" of epoch {epoch}, the best")), theme.text.plain),
    ]);
    let right = Line::styled(text::clean(&run.name).into_owned(), theme.text.dim);
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
    let mut line = Line::from(spans);
    let mut add = |words: String, style| {
        if line.width() + text::width(&words) <= usize::from(inner.width) {
            line.push_span(Span::styled(words, style));
        }
    };
    if state.status(run) == Status::Ended(crate::protocol::Outcome::Stopped) {
        add("stopped before its end    ".to_owned(), theme.text.warn);
    }
    let matrix = &test.confusion;
    if matrix.total() > 0 {
        let (right, total) = (format::count(matrix.correct()), format::count(matrix.total()));
        add(format!("{right} of {total} clips right"), theme.text.plain);
    }
    put(buf, inner, 0, 0, &line);
}
