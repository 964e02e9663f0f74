//! The Compare screen: the marked runs, or the newest of each mode, side by side; or grouped over seeds.
//!
//! ```text
//! ╭ 6 runs · newest of each mode ───────────────────────────────────────────────╮
//! │      mode    seed state         val loss  val acc  test acc  log loss  …    │
//! │ ▸━━a late       0 ✔ early stop    0.470★    0.861     0.828     0.495       │
//! ╰─────────────────────────────────────────────────────────────────────────────╯
//! ╭ val loss ──────────────────────────╮╭ settings that differ ─────────────────╮
//! │                                    ││ train.lr     1e-4  1e-3               │
//! │                                    │╰───────────────────────────────────────╯
//! │                                    │╭ confusion · b - a ────────────────────╮
//! ╰────────────────────────────────────╯╰───────────────────────────────────────╯
//! ```
//!
//! The best run is that with the lowest validation loss, among runs on the same data; a letter tells the
//! sets apart. Test scores are shown, and choose nothing.

mod curves;
mod details;
mod scores;

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Position, Rect},
    style::Style,
    text::{Line, Span},
};

use crate::tui::{
    State,
    hit::Target,
    keymap::Action,
    state::comparison::Detail,
    theme::Theme,
    widgets::{canvas::Stroke, confusion::seen, pane, put},
};

/// Rows that the details need, and columns for two of them.
const LEAST_BELOW: u16 = 9;
const TWO: u16 = 100;
/// Rows of runs beside which details stay in sight.
const MOST_ABOVE: u16 = 12;

/// The parts of the screen: the scores, and below them one or two details.
struct Parts {
    above: Rect,
    below: Option<Rect>,
    beside: Option<Rect>,
}

impl Parts {
    fn new(state: &State, area: Rect) -> Self {
        let wanted = state.comparison.len() as u16 + 3;
        let above = wanted.min(MOST_ABOVE).min(area.height.saturating_sub(LEAST_BELOW)).max(4);
        if area.height < above + LEAST_BELOW {
            return Self { above: area, below: None, beside: None };
        }
        let [above, below] = Layout::vertical([Constraint::Length(above), Constraint::Min(0)]).areas(area);
        if area.width < TWO {
            return Self { above, below: Some(below), beside: None };
        }
        let [below, beside] = Layout::horizontal([Constraint::Percentage(50), Constraint::Min(0)]).areas(below);
        Self { above, below: Some(below), beside: Some(beside) }
    }
}

pub fn render(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let comparison = &state.comparison;
    let parts = Parts::new(state, area);
    if comparison.len() == 0 {
        let inner = pane(theme, area, buf, Line::styled("no runs", theme.text.title), Line::default());
        let hint = format!("No runs yet: {} on the Train screen starts one", state.keys.name_of(Action::Train));
        put(buf, inner, 1, 0, &Line::styled(hint, theme.text.dim));
        return;
    }
    match (parts.below, parts.beside) {
        // One thing at a time: the scores come first, and the pane's key goes through the rest.
        (None, _) if comparison.pane == Detail::Curves => scores::render(state, theme, area, buf),
        (None, _) => detail(state, theme, comparison.pane, area, buf),
        (Some(below), None) => {
            scores::render(state, theme, parts.above, buf);
            detail(state, theme, comparison.pane, below, buf);
        }
        (Some(below), Some(beside)) => {
            scores::render(state, theme, parts.above, buf);
            curves::render(state, theme, below, buf);
            for (pane, area) in column(state, beside) {
                detail(state, theme, pane, area, buf);
            }
        }
    }
}

/// The details in the column beside the curves: the one that is looked at, and those of the others that
/// fit whole. The last one takes what is left.
fn column(state: &State, area: Rect) -> Vec<(Detail, Rect)> {
    let all = [Detail::Settings, Detail::Confusion, Detail::Classes];
    let wanted = if state.comparison.pane == Detail::Curves { Detail::Settings } else { state.comparison.pane };
    let mut room = area.height.saturating_sub(details::height(state, wanted));
    let shown = all.into_iter().filter(|detail| {
        let height = details::height(state, *detail);
        let fits = *detail == wanted || height <= room;
        if fits && *detail != wanted {
            room -= height;
        }
        fits
    });
    let mut top = area.y;
    let mut column: Vec<_> = shown
        .map(|detail| {
            let height = details::height(state, detail).min(area.bottom() - top);
            let part = Rect { y: top, height, ..area };
            top += height;
            (detail, part)
        })
        .collect();
    if let Some((_, last)) = column.last_mut() {
        last.height = area.bottom() - last.y;
    }
    column
}

fn detail(state: &State, theme: &Theme, pane: Detail, area: Rect, buf: &mut Buffer) {
    match pane {
        Detail::Curves => curves::render(state, theme, area, buf),
        Detail::Settings => details::settings(state, theme, area, buf),
        Detail::Confusion => details::confusion(state, theme, area, buf),
        Detail::Classes => details::classes(state, theme, area, buf),
    }
}

/// The row at a place.
pub fn hit(state: &State, area: Rect, at: Position) -> Option<Target> {
    let parts = Parts::new(state, area);
    if !parts.above.contains(at) || (parts.below.is_none() && state.comparison.pane != Detail::Curves) {
        return None;
    }
    let down = usize::from(at.y.checked_sub(parts.above.y + 2)?);
    let rows = window(state, parts.above.height.saturating_sub(2));
    Some(rows.start + down).filter(|row| rows.contains(row)).map(Target::Compared)
}

/// The rows in sight of a table of `height` rows with its heading.
fn window(state: &State, height: u16) -> std::ops::Range<usize> {
    seen(state.comparison.len(), usize::from(height.saturating_sub(1)), state.comparison.at)
}

/// How row `at` is drawn in charts: no two of the compared ones alike.
fn look(theme: &Theme, at: usize) -> (Style, Stroke, &'static str) {
    let strokes = [
        (Stroke::Thick, theme.glyphs.thick),
        (Stroke::Dashed, theme.glyphs.dashed_line),
        (Stroke::Thin, theme.glyphs.thin),
        (Stroke::Dotted, theme.glyphs.dotted_line),
    ];
    // Colours first; every four rows another stroke, and within them they change as well for those
    // who see no colours.
    let (stroke, sample) = strokes.get((at + at / 4) % strokes.len()).copied().unwrap_or((Stroke::Thin, ""));
    (theme.pin(at), stroke, sample)
}

/// The letter that a row is called by.
fn letter(at: usize) -> char {
    u8::try_from(at).ok().filter(|at| *at < 26).map_or('+', |at| char::from(b'a' + at))
}

/// The sample and the letter of row `at`.
fn name(theme: &Theme, at: usize) -> Span<'static> {
    let (style, _, sample) = look(theme, at);
    Span::styled(format!("{sample}{}", letter(at)), style)
}
