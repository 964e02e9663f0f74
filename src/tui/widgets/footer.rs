//! The last two lines: how far the shown run is, and the keys that do something now.
//!
//! ```text
//!  epoch 31/100 ████████░░░░ 40/62  0.6 s/epoch  ETA 0:41  lr 1e-4  early stop in 5
//!  Enter train  s stop  Space pause  Tab screen  ? help
//! ```

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use crate::{
    protocol::{Outcome, Progress},
    runs::State as Stage,
    tui::{
        State, format,
        keymap::{Action, KEYMAP},
        layout::Room,
        state::{Activity, Level, Run, Screen, Status},
        text,
        theme::Theme,
    },
};

use super::{gauge, put, put_right};

pub fn render(state: &State, theme: &Theme, room: Room, area: Rect, buf: &mut Buffer) {
    put(buf, area, 1, 0, &above(state, theme, area.width));
    let taken = put(buf, area, 1, 1, &hints(state, theme, room, area.width.saturating_sub(2)));
    let screens = screens(state, theme);
    if usize::from(taken) + screens.width() + 4 < usize::from(area.width) {
        put_right(buf, area, 1, &screens);
    }
}

/// A fresh notice, or else how far the run is.
fn above(state: &State, theme: &Theme, width: u16) -> Line<'static> {
    if let Some(entry) = state.notice() {
        let style = match entry.level {
            Level::Error => theme.text.bad,
            Level::Warning => theme.text.warn,
            Level::Output | Level::Event | Level::Notice => theme.text.accent,
        };
        return Line::styled(
            text::cut(&entry.text, usize::from(width.saturating_sub(2)), theme.glyphs.ellipsis),
            style,
        );
    }
    let shown = match state.screen {
        Screen::Train => state.shown(),
        Screen::Compare | Screen::Log => state.live_run(),
    };
    let Some(run) = shown else { return elsewhere(state, theme).unwrap_or_default() };
    let mut parts = if state.is_live(&run.dir) { live(state, theme, run, width) } else { over(state, theme, run) };
    if !state.is_live(&run.dir)
        && let Some(other) = elsewhere(state, theme)
    {
        parts.push(other);
    }
    fitting(parts, usize::from(width.saturating_sub(2)))
}

/// As many of `parts` as fit, from the first; they are in the order of their weight.
fn fitting(parts: Vec<Line<'static>>, width: usize) -> Line<'static> {
    let mut line = Line::default();
    for part in parts {
        let gap = if line.width() == 0 { 0 } else { 2 };
        if line.width() + gap + part.width() > width {
            continue;
        }
        if gap > 0 {
            line.push_span(" ".repeat(gap));
        }
        line.spans.extend(part.spans);
    }
    line
}

fn live(state: &State, theme: &Theme, run: &Run, width: u16) -> Vec<Line<'static>> {
    let history = &run.history;
    let Some(started) = &history.started else { return Vec::new() };
    let dim = theme.text.dim;
    let fact = |name: &str, value: String| {
        Line::from(vec![Span::styled(format!("{name} "), dim), Span::styled(value, theme.text.plain)])
    };
    let (epoch, batch, batches) = match &state.progress {
        Some(Progress::Training { epoch, batch, batches, .. }) => (*epoch, *batch, *batches),
        Some(Progress::Validating { epoch }) => (*epoch, started.batches, started.batches),
        Some(Progress::Testing | Progress::Loading { .. }) | None => {
            (history.last_epoch().saturating_add(1), 0, started.batches)
        }
    };
    let epoch = epoch.min(started.epochs);
    let share = batch as f64 / batches.max(1) as f64;
    let columns = usize::from(width / 8).clamp(6, 20);
    let mut parts = vec![Line::from(vec![
        Span::styled("epoch ", dim),
        Span::styled(format!("{epoch}/{} ", started.epochs), theme.text.strong),
        Span::styled(gauge::gauge(theme, share, columns), theme.curve.bar),
        Span::styled(format!(" {batch}/{batches}"), dim),
    ])];
    if state.activity() == Activity::Testing {
        parts = vec![Line::styled("testing the best epoch", theme.text.good)];
    }
    let recent = history.epochs.iter().rev().take(5).map(|record| record.result.seconds);
    let (sum, count) = recent.fold((0.0, 0_u32), |(sum, count), seconds| (sum + seconds, count + 1));
    let pace = match (&state.progress, count) {
        (_, 1..) => Some(sum / f64::from(count)),
        (Some(Progress::Training { clips_per_second, .. }), 0) if *clips_per_second > 0.0 => {
            Some(started.train_clips as f64 / clips_per_second)
        }
        _ => None,
    };
    if let Some(pace) = pace {
        let left = (started.epochs as f64 - epoch as f64 + 1.0 - share).max(0.0);
        parts.push(Line::raw(format!("{}/epoch", format::seconds(pace))));
        parts.push(fact("ETA", format::clock(left * pace)));
    }
    let last = history.epochs.last().map(|record| &record.result);
    let changed = history.lr_changes.last().map(|change| change.to);
    let rate = changed.or(last.map(|result| result.lr)).unwrap_or(started.lr);
    parts.push(fact("lr", format::rate(rate)));
    if started.early_stop > 0 {
        let left = started.early_stop.saturating_sub(last.map_or(0, |result| result.bad_epochs));
        let style = if left <= 2 { theme.text.warn } else { theme.text.plain };
        parts.push(Line::from(vec![Span::styled("early stop in ", dim), Span::styled(left.to_string(), style)]));
    }
    if !state.pending.is_empty() {
        parts.push(Line::styled(format!("{} queued", state.pending.len()), theme.text.accent));
    }
    if let Some(speed) = state.clips_per_second() {
        parts.push(Line::raw(format!("{} clips/s", format::count(speed as u64))));
    }
    parts
}

/// How a run that is not live ended, and what it scored.
fn over(state: &State, theme: &Theme, run: &Run) -> Vec<Line<'static>> {
    let status = state.status(run);
    let (mark, style) = mark(&status, theme);
    let history = &run.history;
    let mut parts = vec![Line::styled(format!("{mark} {}", outcome(&status)), style)];
    if let Some(result) = run.test() {
        for (name, value) in [
            ("test accuracy", result.scores.accuracy),
            ("log loss", result.scores.log_loss),
            ("macro F1", result.scores.macro_f1),
        ] {
            parts.push(Line::from(vec![
                Span::styled(format!("{name} "), theme.text.dim),
                Span::styled(format::score(value), theme.text.strong),
            ]));
        }
    }
    let seconds = history.finished().map_or(history.trained().as_secs_f64(), |finished| finished.seconds);
    let epochs = history.last_epoch();
    parts.push(Line::styled(
        format!("{epochs} {} in {}", if epochs == 1 { "epoch" } else { "epochs" }, format::clock(seconds)),
        theme.text.dim,
    ));
    if state.allows(Action::Resume) {
        parts.insert(1, Line::raw(format!("{} resumes it", super::super::keymap::name_of(Action::Resume))));
    }
    if let Stage::Failed(errors) = &history.state {
        let first = errors.first().map(|error| text::clean(error).into_owned()).unwrap_or_default();
        parts.insert(1, Line::raw(text::cut(&first, 60, theme.glyphs.ellipsis)));
    }
    parts
}

/// A mark and a style for `status`.
pub fn mark(status: &Status, theme: &Theme) -> (&'static str, Style) {
    let (glyphs, text) = (&theme.glyphs, &theme.text);
    match status {
        Status::Training | Status::Elsewhere => (glyphs.live, text.good),
        Status::Paused | Status::Stopping => (glyphs.paused, text.warn),
        Status::Interrupted => (glyphs.failed, text.warn),
        Status::Failed => (glyphs.failed, text.bad),
        Status::Ended(Outcome::Finished | Outcome::EarlyStopped) => (glyphs.done, text.good),
        Status::Ended(Outcome::Stopped) => (glyphs.idle, text.warn),
    }
}

fn outcome(status: &Status) -> &'static str {
    match status {
        Status::Ended(Outcome::EarlyStopped) => "stopped early",
        Status::Ended(Outcome::Finished) => "finished",
        Status::Elsewhere => "training in another process",
        other => other.word(),
    }
}

/// What runs while something else is looked at, and what waits.
fn elsewhere(state: &State, theme: &Theme) -> Option<Line<'static>> {
    let run = state.live_run()?;
    let mode = run.mode()?;
    let queued = match state.pending.len() {
        0 => String::new(),
        waiting => format!(", {waiting} queued"),
    };
    let text =
        format!("{} {}: epoch {}{queued}", theme.glyphs.live, mode.title(), run.history.last_epoch().saturating_add(1));
    Some(Line::styled(text, theme.text.good))
}

fn hints(state: &State, theme: &Theme, room: Room, width: u16) -> Line<'static> {
    let place = state.place();
    let mut parts = Vec::new();
    for binding in KEYMAP.iter().filter(|binding| binding.places.contains(&place) && state.allows(binding.action)) {
        let (Some(hint), Some(key)) = (binding.hint, binding.keys.first()) else { continue };
        // All panes are there anyway.
        if binding.action == Action::Pane && room == Room::Full && !state.view.focused {
            continue;
        }
        let hint = match binding.action {
            Action::Pause if state.activity() == Activity::Paused => "go on",
            Action::Counts => state.matrix.unit.next().title(),
            Action::Pin if state.has_pinned() => "unpin",
            Action::Split if state.view.test => "validation",
            Action::NewestOnly if state.view.newest_only => "all runs",
            _ => hint,
        };
        parts.push(Line::from(vec![
            Span::styled(key.name(), theme.text.accent),
            Span::styled(format!(" {hint}"), theme.text.dim),
        ]));
    }
    fitting(parts, usize::from(width))
}

fn screens(state: &State, theme: &Theme) -> Line<'static> {
    let mut spans = Vec::new();
    for screen in Screen::ALL {
        if !spans.is_empty() {
            spans.push(Span::styled(theme.glyphs.between, theme.text.dim));
        }
        let style = if screen == state.screen { theme.text.accent } else { theme.text.dim };
        spans.push(Span::styled(screen.title(), style));
    }
    spans.push(" ".into());
    Line::from(spans)
}
