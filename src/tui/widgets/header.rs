//! The first line: modes, demo badge, usage, device, what the worker does, and for how long.
//!
//! ```text
//!  avsc-tui  1 Early  2 Mid ▸3 Late◂ 4 Hybrid  5 Audio  6 Video     DEMO DATA  cpu · ● training · 0:21
//! ```

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
    text::{Line, Span},
};

use crate::{
    config::Mode,
    tui::{
        State, format,
        hit::Target,
        keymap::Action,
        state::{Activity, Run, Screen},
        text,
        theme::Theme,
    },
};

use super::{put, put_right};

pub fn render(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let (left, right) = fitting(state, theme, area.width);
    put(buf, area, 0, 0, &left);
    put_right(buf, area, 0, &right);
}

/// The mode whose tab is at a place.
pub fn hit(state: &State, area: Rect, at: Position) -> Option<Target> {
    let theme = Theme::of(&state.config.ui);
    let (left, right) = fitting(state, &theme, area.width);
    // With little room the right end lies over the last tabs.
    if usize::from(area.right().saturating_sub(at.x)) <= right.width() {
        return None;
    }
    // The last spans are the tabs: a gap, the label and a gap each.
    let first = left.spans.len().checked_sub(3 * Mode::ALL.len())?;
    let mut x = area.x;
    for (index, span) in left.spans.iter().enumerate() {
        x += span.width() as u16;
        if at.x < x {
            let mode = index.checked_sub(first).and_then(|tab| Mode::ALL.get(tab / 3))?;
            return Some(Target::Action(Action::Choose(*mode)));
        }
    }
    None
}

/// Both ends of the line.
fn fitting(state: &State, theme: &Theme, width: u16) -> (Line<'static>, Line<'static>) {
    // The longest form that fits: usage goes first, then the program's name, the device, the modes'
    // titles, the next run's device, for how long, and what the worker does in a word.
    let mut ends = (Line::default(), Line::default());
    for thrift in 0..8 {
        ends = (left(state, theme, thrift), right(state, theme, thrift));
        if ends.0.width() + ends.1.width() <= usize::from(width) {
            break;
        }
    }
    ends
}

fn left(state: &State, theme: &Theme, thrift: u8) -> Line<'static> {
    let mut spans: Vec<Span> = Vec::new();
    if thrift < 2 {
        spans.extend([" ".into(), Span::styled("avsc-tui", theme.text.accent), " ".into()]);
    }
    let (open, close) = theme.glyphs.chosen;
    for (index, mode) in Mode::ALL.into_iter().enumerate() {
        let chosen = mode == state.mode;
        let live = state.live_run().and_then(Run::mode) == Some(mode);
        let label = match (thrift < 4 || chosen, live) {
            (true, true) => format!("{} {} {}", index + 1, mode.title(), theme.glyphs.live),
            (true, false) => format!("{} {}", index + 1, mode.title()),
            (false, true) => format!("{}{}", index + 1, theme.glyphs.live),
            (false, false) => format!("{}", index + 1),
        };
        let style = match (chosen && state.screen == Screen::Train, state.newest(mode).is_some()) {
            (true, _) => theme.text.chosen,
            (false, true) => theme.text.plain,
            (false, false) => theme.text.dim,
        };
        let gap = |mark: &'static str| if chosen { Span::styled(mark, style) } else { " ".into() };
        spans.extend([gap(open), Span::styled(label, style), gap(close)]);
    }
    Line::from(spans)
}

fn right(state: &State, theme: &Theme, thrift: u8) -> Line<'static> {
    let mut spans: Vec<Span> = Vec::new();
    if state.is_demo() {
        let badge = if thrift < 3 { " DEMO DATA " } else { " DEMO " };
        spans.extend([Span::styled(badge, theme.text.badge), " ".into()]);
    }
    let between = || Span::styled(theme.glyphs.between, theme.text.dim);
    if let Some(taken) = state.usage().filter(|_| thrift < 1) {
        let taken = format!("{:.0}% {}", taken.cpu * 100.0, format::bytes(taken.memory));
        spans.extend([Span::styled(taken, theme.text.dim), between()]);
    }
    if let Some(gpu) = state.gpu().filter(|_| thrift < 1) {
        let taken = format!("GPU {}% {}", gpu.utilisation, format::bytes(gpu.memory));
        spans.extend([Span::styled(taken, theme.text.dim), between()]);
    }
    let started = state.live_run().or(state.shown()).and_then(|run| run.history.started.as_ref());
    if let Some(started) = started.filter(|_| thrift < 3) {
        let name = text::cut(&text::clean(&started.device), 24, theme.glyphs.ellipsis);
        spans.extend([Span::styled(name, theme.text.dim), between()]);
    }
    if let Some(next) = state.next_device().filter(|_| thrift < 5) {
        let next = text::cut(&text::clean(next), 18, theme.glyphs.ellipsis);
        spans.extend([Span::styled(format!("next: {next}"), theme.text.accent), between()]);
    }
    let (mark, word, style) = match state.activity() {
        Activity::Idle if state.watching => (theme.glyphs.live, "watching", theme.text.accent),
        other => activity(other, theme),
    };
    spans.push(Span::styled(mark, style));
    if thrift < 7 {
        spans.push(Span::raw(format!(" {word}")));
    }
    if state.live.is_some() && thrift < 6 {
        spans.extend([between(), Span::styled(format::clock(state.live_seconds()), theme.text.strong)]);
    }
    spans.push(" ".into());
    Line::from(spans)
}

fn activity(activity: Activity, theme: &Theme) -> (&'static str, &'static str, Style) {
    let (glyphs, text) = (&theme.glyphs, &theme.text);
    match activity {
        Activity::Idle => (glyphs.idle, "idle", text.dim),
        Activity::Loading => (glyphs.busy, "loading", text.warn),
        Activity::Training => (glyphs.live, "training", text.good),
        Activity::Validating => (glyphs.live, "validating", text.good),
        Activity::Testing => (glyphs.live, "testing", text.good),
        Activity::Paused => (glyphs.paused, "paused", text.warn),
        Activity::Stopping => (glyphs.paused, "stopping", text.warn),
        Activity::Gone => (glyphs.failed, "worker gone", text.bad),
    }
}
