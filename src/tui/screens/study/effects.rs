//! Which setting moves a figure most: the mean over everything else for each of its values, settings
//! sorted by the distance between the best and the worst of them.
//!
//! ```text
//! ╭ what matters · val log loss ───────────────╮
//! │ lr          0.213 from best to worst       │
//! │ ▸ 1e-3  ━━━━━━━━         0.512 ± 0.012  20 │
//! │   1e-5  ━━━━━━━━━━━━━━━  0.725 ± 0.041  20 │
//! ╰────────────────────────────────────────────╯
//! ```

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    text::{Line, Span},
};

use crate::{
    runs::{
        Spread,
        study::{Phase, Study, grid::Marginal},
    },
    tui::{
        State, format,
        hit::Target,
        text,
        theme::Theme,
        widgets::{confusion::seen, gauge, pane_in, put},
    },
};

use super::map::told;

/// Columns of a value's name at most, and of a bar at least.
const LABEL: usize = 14;
const BAR: usize = 4;
/// Columns that a mean, its deviation and its count take.
const FIGURES: usize = 20;

pub fn render(state: &State, theme: &Theme, study: &Study, focused: bool, area: Rect, buf: &mut Buffer) {
    let screen = &state.study;
    let figure = study.figures.get(screen.view.figure).map_or("", |figure| figure.title);
    let title = Line::from(vec![
        Span::styled("what matters", theme.text.title),
        Span::styled(format!("{}{figure}", theme.glyphs.between), theme.text.dim),
    ]);
    // While combinations are missing, a value's mean is over other company than the next one's.
    let all = screen.count(Phase::Done) == study.trials.len();
    let right = Line::styled(if all { "" } else { "so far, of what is done" }, theme.text.dim);
    let inner = pane_in(theme, focused, area, buf, title, right);
    let known = || screen.marginals.iter().flat_map(|marginal| marginal.spreads.iter().flatten().map(|it| it.mean));
    let (low, high) =
        known().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), mean| (low.min(mean), high.max(mean)));
    if low > high {
        put(buf, inner, 1, 0, &Line::styled("no trial is done yet", theme.text.dim));
        return;
    }
    // A bar begins a little below the least mean, so that differences show.
    let ground = low - (high - low) * 0.15;
    let mut lines: Vec<Line> = Vec::new();
    for marginal in &screen.marginals {
        let name = marginal.axis.setting.and_then(|at| study.settings.get(at)).map_or("", |setting| &setting.name);
        lines.push(Line::from(vec![
            Span::styled(text::fit(&text::clean(name), LABEL, theme.glyphs.ellipsis), theme.text.strong),
            Span::styled(format!(" {} from best to worst", format::score(marginal.range)), theme.text.dim),
        ]));
        lines.extend(values(theme, study, screen.view.figure, marginal, (ground, high), usize::from(inner.width)));
    }
    let range = seen(lines.len(), usize::from(inner.height), screen.effect_at);
    for (row, at) in range.enumerate() {
        let chosen = focused && at == screen.effect_at;
        if let Some(line) = lines.get(at) {
            put(
                buf,
                inner,
                0,
                row as u16,
                &Line::styled(if chosen { theme.glyphs.chosen.0 } else { " " }, theme.text.accent),
            );
            put(buf, inner, 1, row as u16, line);
        }
    }
}

/// A line for each value of a setting.
fn values(
    theme: &Theme,
    study: &Study,
    figure: usize,
    marginal: &Marginal,
    (ground, high): (f64, f64),
    width: usize,
) -> Vec<Line<'static>> {
    let figure = study.figures.get(figure);
    let cost = |mean: f64| figure.map_or(mean, |figure| figure.cost(mean));
    let best = marginal.spreads.iter().flatten().map(|spread| cost(spread.mean)).fold(f64::INFINITY, f64::min);
    let label = LABEL.min(width / 3);
    let bar = width.saturating_sub(label + FIGURES + 4);
    let line = |(name, spread): (&String, &Option<Spread>)| {
        let mut spans = vec![
            Span::raw(" "),
            Span::raw(text::fit(&text::clean(name), label, theme.glyphs.ellipsis)),
            Span::raw(" "),
        ];
        let Some(spread) = spread else {
            spans.push(Span::styled(theme.glyphs.nothing, theme.text.dim));
            return Line::from(spans);
        };
        let is_best = cost(spread.mean) <= best;
        let style = if is_best { theme.curve.best } else { theme.curve.bar };
        if bar >= BAR {
            let share = if high > ground { (spread.mean - ground) / (high - ground) } else { 1.0 };
            spans.push(Span::styled(gauge::bar(theme, share, bar), style));
            spans.push(Span::raw(" "));
        }
        let words = told(theme, spread);
        spans.push(Span::styled(words, if is_best { theme.text.strong } else { theme.text.plain }));
        spans.push(Span::styled(format!("  {}", spread.n), theme.text.dim));
        Line::from(spans)
    };
    marginal.axis.labels.iter().zip(&marginal.spreads).map(line).collect()
}

/// The line at a place.
pub fn hit(state: &State, inner: Rect, at: Position) -> Option<Target> {
    let screen = &state.study;
    let range = seen(screen.effect_lines(), usize::from(inner.height), screen.effect_at);
    let line = range.start + usize::from(at.y.checked_sub(inner.y)?);
    range.contains(&line).then_some(Target::StudyEffect(line))
}
