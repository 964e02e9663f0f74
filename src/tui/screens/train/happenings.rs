//! What happened to a run, as the charts mark it and the cursor tells it.
//!
//! A run may have thousands of marks: a chart takes the first of each column of its plot, and words are
//! made for those at the cursor alone.

use ratatui::style::Style;

use crate::{
    config::Mode,
    protocol::StopMode,
    runs::history::{Change, LrChange, Mark, MarkKind, Saved},
    tui::{
        State, format,
        state::{
            Run,
            chart::XAxis,
            curves::{Curves, before},
        },
        text,
        theme::Theme,
        widgets::{
            chart::{Event, firsts},
            scale::Scale,
        },
    },
};

/// Things of one kind at the cursor that are told at most: a line has no room for more.
const MOST_TOLD: usize = 8;

/// Something that happened.
#[derive(Clone, Copy)]
enum Happening<'a> {
    Rate(&'a LrChange),
    Mark(&'a Mark),
    Changed(&'a Change),
    Kept(&'a Saved),
    /// Milliseconds since the Unix epoch, and what was trained from then on.
    Switched(i64, Mode),
}

impl Happening<'_> {
    /// Where it stands on `axis`.
    fn x(self, curves: &Curves, axis: XAxis) -> f64 {
        match self {
            // On the clock a pause has a length; on the other axes it begins and ends at one place.
            Self::Mark(mark) if axis == XAxis::Clock => mark.t as f64 / 1000.0,
            Self::Switched(t, _) if axis == XAxis::Clock => t as f64 / 1000.0,
            _ => curves.x(axis, self.epoch(curves)),
        }
    }

    /// The epoch that it happened in or after, with a fraction.
    fn epoch(self, curves: &Curves) -> f64 {
        let place = |step: f64| step / curves.steps_per_epoch();
        match self {
            Self::Rate(change) => change.epoch as f64,
            Self::Mark(mark) => place(mark.step as f64),
            Self::Changed(change) => place(change.step as f64),
            Self::Kept(saved) => place(saved.step as f64),
            Self::Switched(t, _) => curves.epoch_at(XAxis::Clock, t as f64 / 1000.0),
        }
    }

    fn look(self, theme: &Theme) -> (&'static str, Style) {
        let glyphs = &theme.glyphs;
        match self {
            Self::Rate(_) => (glyphs.rate, theme.curve.log_loss),
            Self::Mark(mark) => {
                let symbol = match mark.kind {
                    MarkKind::Paused => glyphs.paused,
                    MarkKind::Resumed => glyphs.live,
                    MarkKind::StopRequested { .. } => glyphs.stopped,
                    MarkKind::Restarted => glyphs.restarted,
                };
                (symbol, theme.text.warn)
            }
            Self::Changed(_) => (glyphs.changed, theme.text.accent),
            Self::Kept(_) => (glyphs.saved, theme.text.accent),
            Self::Switched(..) => (glyphs.switched, theme.text.accent),
        }
    }

    fn words(self, theme: &Theme) -> String {
        let arrow = theme.glyphs.arrow;
        match self {
            Self::Rate(change) => format!("lr {} {arrow} {}", format::rate(change.from), format::rate(change.to)),
            Self::Mark(mark) => match &mark.kind {
                MarkKind::Paused => "paused".to_owned(),
                MarkKind::Resumed => "went on".to_owned(),
                MarkKind::StopRequested { how, reason } => stop(*how, reason.as_deref()),
                MarkKind::Restarted => "resumed".to_owned(),
            },
            Self::Changed(change) => {
                let [from, to] = [change.from, change.to].map(|value| format::setting(change.key, value));
                format!("{} {from} {arrow} {to} by hand", change.key.title())
            }
            Self::Kept(saved) => format!("model kept in {}", text::clean(&saved.file)),
            Self::Switched(_, mode) => format!("switched to {mode}"),
        }
    }
}

/// How a run was stopped, and why where no person did it.
fn stop(how: StopMode, reason: Option<&str>) -> String {
    let how = match how {
        StopMode::Now => "stopped at once",
        StopMode::AfterEpoch => "stopped after the epoch",
        StopMode::Discard => "discarded",
    };
    reason.map_or_else(|| how.to_owned(), |reason| format!("{how}: {}", text::clean(reason)))
}

/// What is to be marked in the `columns` columns of a chart across `x`; of several in one place the first
/// is to be seen.
pub fn across(state: &State, theme: &Theme, run: &Run, x: Scale, columns: usize) -> Vec<Event> {
    let (axis, curves, history) = (state.chart.axis, &run.curves, &run.history);
    let event = |happening: Happening| {
        let (symbol, style) = happening.look(theme);
        Event { x: happening.x(curves, axis), symbol, style }
    };
    let rates = firsts(
        x,
        columns,
        |at| history.lr_changes.get(at).map(|change| Happening::Rate(change).x(curves, axis)),
        |x| before(&history.lr_changes, |change| change.epoch as f64, curves.epoch_at(axis, x)),
    );
    let marks = firsts(
        x,
        columns,
        |at| history.marks.get(at).map(|mark| Happening::Mark(mark).x(curves, axis)),
        |x| marks_before(run, axis, x),
    );
    let rates = rates.filter_map(|(at, _)| history.lr_changes.get(at)).map(Happening::Rate);
    let marks = marks.filter_map(|(at, _)| history.marks.get(at)).map(Happening::Mark);
    let seen = |event: &Event| (x.low..=x.high).contains(&event.x);
    rates.chain(marks).chain(by_hand(state, run)).map(event).filter(seen).collect()
}

/// What happened within `half` an epoch of `epoch`, in words.
pub fn at(state: &State, theme: &Theme, run: &Run, epoch: f64, half: f64) -> Vec<(String, Style)> {
    let (axis, curves, history) = (state.chart.axis, &run.curves, &run.history);
    let (low, high) = (epoch - half, epoch + half);
    let place = |change: &LrChange| change.epoch as f64;
    let rates = before(&history.lr_changes, place, low)..before(&history.lr_changes, place, high.next_up());
    let marks = marks_before(run, axis, curves.x(axis, low))..marks_before(run, axis, curves.x(axis, high).next_up());
    let rates = history.lr_changes.get(rates).unwrap_or_default().iter().map(Happening::Rate);
    let marks = history.marks.get(marks).unwrap_or_default().iter().map(Happening::Mark);
    let here = |happening: &Happening| (low..=high).contains(&curves.epoch_at(axis, happening.x(curves, axis)));
    let all = rates.take(MOST_TOLD).chain(marks.take(MOST_TOLD)).chain(by_hand(state, run)).filter(here);
    all.take(MOST_TOLD).map(|happening| (happening.words(theme), happening.look(theme).1)).collect()
}

/// What a person did beside pausing and stopping. It is little, and need not be in order: what a resumed
/// run is to repeat stands after what it was told since.
fn by_hand<'a>(state: &'a State, run: &'a Run) -> impl Iterator<Item = Happening<'a>> {
    let changes = run.history.changes.iter().map(Happening::Changed);
    let kept = run.history.saved.iter().map(Happening::Kept);
    let switches = state.switches.at.iter().map(|(t, mode)| Happening::Switched(*t, *mode));
    changes.chain(kept).chain(switches)
}

/// How many marks of `run` stand to the left of `x`.
fn marks_before(run: &Run, axis: XAxis, x: f64) -> usize {
    let marks = &run.history.marks;
    match axis {
        XAxis::Clock => before(marks, |mark| mark.t as f64 / 1000.0, x),
        _ => before(marks, |mark| Happening::Mark(mark).epoch(&run.curves), run.curves.epoch_at(axis, x)),
    }
}
