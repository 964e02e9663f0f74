//! The Compare screen: the marked runs, or the newest of each mode, side by side; or grouped over seeds.
//!
//! ```text
//! ╭ 6 runs · newest of each mode ───────────────────────────────────────────────╮
//! │      mode    seed state         val loss  val acc  test acc  log loss  …    │
//! │ ▸━━a late       0 ✔ early stop    0.470★    0.861     0.828     0.495       │
//! ╰─────────────────────────────────────────────────────────────────────────────╯
//! ╭ val loss ──────────────────────────╮╭ settings that differ ─────────────────╮
//! │                                    ││ train.lr     1e-4  1e-3               │
//! │                                   b│╰───────────────────────────────────────╯
//! │                                   a│╭ confusion · b - a ────────────────────╮
//! ╰────────────────────────────────────╯╰───────────────────────────────────────╯
//! ```
//!
//! The best run is that with the lowest validation loss, among runs on the same data; a letter tells the
//! sets apart. Test scores are shown, and choose nothing. The scores are of all rows, the panes below of
//! those that are best and the chosen one. The border of the pane that keys go to is bright.

mod curves;
mod details;
mod hit;
mod letters;
mod scores;

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Rect},
    style::Style,
    text::{Line, Span},
};

pub use hit::{Hit, hit, plot};

use crate::tui::{
    State,
    keymap::Action,
    state::Detail,
    theme::Theme,
    widgets::{canvas::Stroke, confusion::seen, pane, put},
};

/// Rows that the details need, and columns for two of them.
const LEAST_BELOW: u16 = 9;
const TWO: u16 = 100;
/// Rows of runs beside which details stay in sight.
const MOST_ABOVE: u16 = 12;

/// Where the scores and the panes stand.
fn arrange(state: &State, area: Rect) -> (Option<Rect>, Vec<(Detail, Rect)>) {
    let comparison = &state.comparison;
    if comparison.maximised {
        return (None, vec![(comparison.pane, area)]);
    }
    let wanted = u16::try_from(comparison.len()).unwrap_or(MOST_ABOVE).saturating_add(3);
    let above = wanted.min(MOST_ABOVE).min(area.height.saturating_sub(LEAST_BELOW)).max(4);
    if area.height < above + LEAST_BELOW {
        // One thing at a time: the scores come first, and the pane's key goes through the rest.
        let scores = comparison.pane == Detail::Curves && !comparison.focused;
        return if scores { (Some(area), Vec::new()) } else { (None, vec![(comparison.pane, area)]) };
    }
    let [above, below] = Layout::vertical([Constraint::Length(above), Constraint::Min(0)]).areas(area);
    if area.width < TWO {
        return (Some(above), vec![(comparison.pane, below)]);
    }
    let [below, beside] = Layout::horizontal([Constraint::Percentage(50), Constraint::Min(0)]).areas(below);
    let mut panes = vec![(Detail::Curves, below)];
    panes.extend(column(state, beside));
    (Some(above), panes)
}

pub fn render(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    if state.comparison.len() == 0 {
        let inner = pane(theme, area, buf, Line::styled("no runs", theme.text.title), Line::default());
        let hint = format!("No runs yet: {} on the Train screen starts one", state.keys.name_of(Action::Train));
        put(buf, inner, 1, 0, &Line::styled(hint, theme.text.dim));
        return;
    }
    let (scores, panes) = arrange(state, area);
    if let Some(area) = scores {
        scores::render(state, theme, area, buf);
    }
    for (which, area) in panes {
        match which {
            Detail::Curves => curves::render(state, theme, area, buf),
            Detail::Settings => details::settings(state, theme, area, buf),
            Detail::Confusion => details::confusion(state, theme, area, buf),
            Detail::Classes => details::classes(state, theme, area, buf),
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

/// True where `pane` has the keys.
fn has_keys(state: &State, pane: Detail) -> bool {
    state.comparison.focused && state.comparison.pane == pane
}

/// The rows in sight of a table of scores of `height` rows with its heading.
fn window(state: &State, height: u16) -> std::ops::Range<usize> {
    seen(state.comparison.len(), usize::from(height.saturating_sub(1)), state.comparison.at)
}

/// `1-5 of 16 classes` where not all of `count` are `seen`.
fn part(theme: &Theme, seen: &std::ops::Range<usize>, count: usize, what: &str) -> Line<'static> {
    if seen.len() >= count {
        return Line::default();
    }
    let words = match seen.len() {
        0 | 1 => format!("{} of {count} {what}", seen.start + 1),
        _ => format!("{}-{} of {count} {what}", seen.start + 1, seen.end),
    };
    Line::styled(words, theme.text.dim)
}

/// What the rows are.
fn noun(state: &State, count: usize) -> &'static str {
    match (state.comparison.grouped, count) {
        (true, 1) => "group",
        (true, _) => "groups",
        (false, 1) => "run",
        (false, _) => "runs",
    }
}

/// How row `at` is drawn in charts: no two of the best ones alike where there are colours.
fn look(theme: &Theme, at: usize) -> (Style, Stroke, &'static str) {
    let strokes = [
        (Stroke::Thick, theme.glyphs.thick),
        (Stroke::Dashed, theme.glyphs.dashed_line),
        (Stroke::Thin, theme.glyphs.thin),
        (Stroke::Dotted, theme.glyphs.dotted_line),
    ];
    // Colours first; every four rows another stroke, and within them they change as well for those
    // who see no colours. Letters on the curves tell the rest apart.
    let (stroke, sample) = strokes.get((at + at / 4) % strokes.len()).copied().unwrap_or((Stroke::Thin, ""));
    (theme.pin(at), stroke, sample)
}

/// The letter that a row is called by.
fn letter(at: usize) -> char {
    ('a'..='z').chain('A'..='Z').nth(at).unwrap_or('+')
}

/// The sample and the letter of row `at`.
fn name(theme: &Theme, at: usize) -> Span<'static> {
    let (style, _, sample) = look(theme, at);
    Span::styled(format!("{sample}{}", letter(at)), style)
}
