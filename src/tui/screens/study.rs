//! The Study screen: a heat map over two settings, which setting matters, and every trial.
//!
//! ```text
//!  seed-report  31/50 done  2 running  1 failed  16 open  ETA 12:05  process 4711 on node-3
//!  best so far: val log loss 0.498, late, lr 1e-3, seed 2
//! ╭ val log loss · lr across, batch_size down ─ best of the rest ╮╭ what matters ───────────────╮
//! │          1e-5    1e-4    1e-3                                ││ lr           range 0.213    │
//! │ 32      0.812   0.531  ★0.498                                ││   1e-3 ━━━━━ 0.512 ± 0.012  │
//! ╰──────────────────────────────────────────────────────────────╯╰─────────────────────────────╯
//! ╭ 50 trials · by val log loss ────────────────────────────────────────────────────────────────╮
//! │ ▸●★ ✔ done        late  1e-3   32     2       0.498     12                                   │
//! ╰──────────────────────────────────────────────────────────────────────────────────────────────╯
//! ```
//!
//! Where there is less room, one of the panes.

mod effects;
mod list;
mod map;
mod trials;

use ratatui::{
    buffer::Buffer,
    layout::{Constraint, Layout, Position, Rect},
    style::Style,
    text::{Line, Span},
};

use crate::{
    runs::study::{Course, Phase, Study},
    tui::{
        State, format,
        hit::Target,
        keymap::Action,
        state::StudyPane,
        text,
        theme::Theme,
        widgets::{footer::fitting, notes, pane, put},
    },
};

/// Columns and rows in which all panes have room.
const WIDE: u16 = 100;
const HIGH: u16 = 22;

/// What is drawn where.
struct Places {
    head: Rect,
    panes: Vec<(StudyPane, Rect)>,
}

fn places(state: &State, area: Rect) -> Places {
    let lines = if area.height >= 14 { 2 } else { 1 };
    let [head, body] = Layout::vertical([Constraint::Length(lines), Constraint::Min(0)]).areas(area);
    let screen = &state.study;
    let alone = screen.maximised || area.width < WIDE || area.height < HIGH;
    if alone || screen.pane == StudyPane::Studies {
        return Places { head, panes: vec![(screen.pane, body)] };
    }
    // As high as the grid needs, so that the trials have the rest.
    let needed = u16::try_from(screen.grid.down.labels.len()).unwrap_or(u16::MAX).saturating_add(9);
    let upper = needed.clamp(11, body.height / 2 + 1);
    let [above, below] = Layout::vertical([Constraint::Length(upper), Constraint::Min(0)]).areas(body);
    let [map, effects] = Layout::horizontal([Constraint::Percentage(60), Constraint::Min(0)]).areas(above);
    Places { head, panes: vec![(StudyPane::Map, map), (StudyPane::Effects, effects), (StudyPane::Trials, below)] }
}

pub fn render(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let screen = &state.study;
    let Places { head, panes } = places(state, area);
    if screen.pane == StudyPane::Studies {
        return list::render(state, theme, area, buf);
    }
    let Some((study, course)) = screen.known() else { return nothing(state, theme, area, buf) };
    for (row, parts) in [counts(state, theme, study, course), best(state, theme, study, course)].into_iter().enumerate()
    {
        put(buf, head, 1, row as u16, &fitting(parts, usize::from(head.width.saturating_sub(2))));
    }
    let several = panes.len() > 1;
    for (kind, place) in panes {
        let focused = several && kind == screen.pane;
        match kind {
            StudyPane::Map => map::render(state, theme, study, focused, place, buf),
            StudyPane::Effects => effects::render(state, theme, study, focused, place, buf),
            StudyPane::Trials => trials::render(state, theme, study, course, focused, place, buf),
            StudyPane::Studies => {}
        }
    }
}

/// What lies at a place.
pub fn hit(state: &State, area: Rect, at: Position) -> Option<Target> {
    let screen = &state.study;
    if screen.pane == StudyPane::Studies {
        return list::hit(state, area, at);
    }
    let (study, _) = screen.known()?;
    let (kind, place) = places(state, area).panes.into_iter().find(|(_, place)| place.contains(at))?;
    let inner = inside(place);
    let found = match kind {
        StudyPane::Map => map::hit(state, inner, at),
        StudyPane::Effects => effects::hit(state, inner, at),
        StudyPane::Trials => trials::hit(state, study, inner, at),
        StudyPane::Studies => None,
    };
    Some(found.unwrap_or(Target::StudyPane(kind)))
}

/// The area within a pane's frame.
fn inside(area: Rect) -> Rect {
    let (width, height) = (area.width.saturating_sub(2), area.height.saturating_sub(2));
    Rect { x: area.x + 1, y: area.y + 1, width, height }
}

/// A mark and a style for a phase.
pub fn mark(phase: Phase, theme: &Theme) -> (&'static str, Style) {
    let (glyphs, text) = (&theme.glyphs, &theme.text);
    match phase {
        Phase::Running => (glyphs.live, text.good),
        Phase::Queued => (glyphs.busy, text.accent),
        Phase::Open => (glyphs.nothing, text.dim),
        Phase::Failed => (glyphs.failed, text.bad),
        Phase::Interrupted => (glyphs.failed, text.warn),
        Phase::Stopped => (glyphs.idle, text.warn),
        Phase::Terminated => (glyphs.paused, text.dim),
        Phase::Done => (glyphs.done, text.good),
    }
}

/// The study's name, how many trials stand where, how long it takes and who trains it.
fn counts(state: &State, theme: &Theme, study: &Study, course: &Course) -> Vec<Line<'static>> {
    let screen = &state.study;
    let styles = &theme.text;
    let mut parts = vec![Line::styled(text::clean(&study.name).into_owned(), styles.title)];
    if study.demo {
        parts.push(Line::styled(" DEMO ", styles.badge));
    }
    let (total, done) = (study.trials.len() as u64, screen.count(Phase::Done) as u64);
    let done = format!("{}/{} done", format::count(done), format::count(total));
    parts.push(Line::styled(done, styles.strong));
    let told = [
        Phase::Running,
        Phase::Failed,
        Phase::Queued,
        Phase::Open,
        Phase::Terminated,
        Phase::Interrupted,
        Phase::Stopped,
    ];
    for phase in told {
        let count = screen.count(phase);
        if count > 0 {
            let (symbol, style) = mark(phase, theme);
            let words = format!(" {} {}", format::count(count as u64), phase.word());
            parts.push(Line::from(vec![Span::styled(symbol, style), Span::raw(words)]));
        }
    }
    let at = parts.len().min(4);
    if let Some(eta) = course.eta {
        parts.insert(at, Line::from(vec![Span::styled("ETA ", styles.dim), Span::raw(format::clock(eta))]));
    }
    parts.push(match &course.engine {
        Some(engine) => Line::styled(text::clean(engine).into_owned(), styles.dim),
        None => Line::styled("nobody trains it", styles.dim),
    });
    if !course.jobs.is_empty() {
        let jobs: Vec<_> = course.jobs.iter().take(4).map(ToString::to_string).collect();
        let more = if course.jobs.len() > 4 { format!(" and {} more", course.jobs.len() - 4) } else { String::new() };
        let noun = if course.jobs.len() == 1 { "job" } else { "jobs" };
        parts.push(Line::styled(format!("{noun} {}{more}", jobs.join(", ")), styles.dim));
    }
    parts
}

/// The best trial so far.
fn best(state: &State, theme: &Theme, study: &Study, course: &Course) -> Vec<Line<'static>> {
    let styles = &theme.text;
    let value = |trial: usize| Some((trial, course.trials.get(trial)?.values.first().copied().flatten()?));
    let Some((trial, value)) = state.study.best.and_then(value) else {
        return vec![Line::styled("no epoch has ended yet", styles.dim)];
    };
    let figure = study.figures.first().map_or("", |figure| figure.title);
    let settings = text::clean(&study.words(trial, 0..study.settings.len())).into_owned();
    let running = course.trials.get(trial).is_some_and(|standing| standing.phase != Phase::Done);
    let mut parts = vec![
        Line::from(vec![
            Span::styled(format!("{} best so far: {figure} ", theme.glyphs.star), styles.dim),
            Span::styled(format::score(value), theme.curve.best),
        ]),
        Line::raw(settings),
    ];
    if running {
        let phase = course.trials.get(trial).map_or("", |standing| standing.phase.word());
        parts.push(Line::styled(format!("({phase})"), styles.dim));
    }
    if study.figures.first().is_some_and(|figure| figure.is_test) {
        parts.insert(1, Line::styled("CHOSEN ON THE TEST SPLIT", styles.warn));
    }
    parts
}

/// Why there is nothing to be seen, and what to do about it.
fn nothing(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let screen = &state.study;
    let inner = pane(theme, area, buf, Line::styled("study", theme.text.title), Line::default());
    let key = |action| state.keys.name_of(action);
    let (plain, dim) = (theme.text.plain, theme.text.dim);
    let lines = match (&screen.error, &screen.chosen) {
        (Some(error), _) => vec![
            (text::clean(error).into_owned(), theme.text.bad),
            (format!("{} reads it again, {} lists the studies", key(Action::Rescan), key(Action::Studies)), plain),
        ],
        (None, Some(_)) => vec![("reading the study".to_owned(), dim)],
        (None, None) => vec![
            ("No study in this runs folder yet".to_owned(), theme.text.strong),
            (
                "avsc-tui study run FILE trains many runs from one file: settings that vary, several seeds each."
                    .to_owned(),
                plain,
            ),
            (format!("{} looks again", key(Action::Rescan)), dim),
        ],
    };
    notes::sentences(inner, buf, &lines);
}
