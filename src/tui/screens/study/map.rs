//! Two settings of a study as a heat map.
//!
//! ```text
//! ╭ val log loss · lr across, batch_size down ─────────── best of the rest ╮
//! │             1e-5     1e-4     1e-3                                     │
//! │ 32         0.812    0.531   ★0.498                                     │
//! │ 64         0.809    ● 1/5      0/5                                     │
//! │                                                                        │
//! │ lr 1e-4, batch_size 64: no trial is done                               │
//! │ 5 trials: 1 done, 1 running                                            │
//! ╰ 0.498 ▒▒▒▒▒ 0.812 ─────────────────────────────────────────────────────╯
//! ```

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::{Modifier, Style},
    text::{Line, Span},
};

use crate::{
    runs::{
        Spread,
        study::{
            Figure, Study,
            grid::{Cell, Fold},
        },
    },
    tui::{
        State, format,
        hit::Target,
        state::StudyScreen,
        text,
        theme::Theme,
        widgets::{confusion::seen, foot, pane_in, put},
    },
};

/// Columns of a label at most.
const LABEL: usize = 16;
/// Swatches of the scale.
const SWATCHES: usize = 6;

/// Which cells are drawn where.
struct Layout {
    label: usize,
    /// Columns of a cell, the gap before it among them.
    cell: usize,
    /// The deviation has room.
    deviation: bool,
    rows: std::ops::Range<usize>,
    columns: std::ops::Range<usize>,
}

impl Layout {
    fn new(screen: &StudyScreen, theme: &Theme, area: Rect) -> Self {
        let grid = &screen.grid;
        let widest = |labels: &[String], least: usize| {
            labels.iter().map(|label| text::width(&text::clean(label))).max().unwrap_or(0).clamp(least, LABEL)
        };
        let corner = screen.axis_name(screen.view.down).map_or(0, |name| text::width(&text::clean(name)).min(LABEL));
        let label = widest(&grid.down.labels, 3).max(corner);
        let heading = widest(&grid.across.labels, 3);
        let words = |deviation: bool| {
            grid.cells().iter().map(|cell| text::width(&value(theme, cell, deviation))).max().unwrap_or(0)
        };
        let room = usize::from(area.width).saturating_sub(label);
        // The mark of the best and a gap.
        let cell = |deviation: bool| words(deviation).max(heading) + 2;
        let deviation = cell(true) * grid.across.labels.len() <= room;
        let cell = cell(deviation);
        let height = usize::from(area.height).saturating_sub(1);
        let about = (height / 2).min(ABOUT);
        Self {
            label,
            cell,
            deviation,
            rows: seen(grid.down.labels.len(), height.saturating_sub(about).max(1), screen.cell.0),
            columns: seen(grid.across.labels.len(), (room / cell).max(1), screen.cell.1),
        }
    }
}

/// Lines about the chosen cell, an empty one before them.
const ABOUT: usize = 4;

/// The lowest and the highest cost of a cell that the colours tell apart.
struct Scale {
    best: f64,
    worst: f64,
}

impl Scale {
    fn new(figure: Figure, cells: &[Cell]) -> Option<Self> {
        let mut costs: Vec<f64> = cells
            .iter()
            .filter_map(|cell| Some(figure.cost(cell.spread?.mean)))
            .filter(|cost| cost.is_finite())
            .collect();
        costs.sort_unstable_by(f64::total_cmp);
        let (best, worst) = (*costs.first()?, *costs.last()?);
        // A setting that diverged must not leave one colour to all the others.
        let middle = costs.get(costs.len() / 2).copied().unwrap_or(worst);
        Some(Self { best, worst: worst.min(best + 3.0 * (middle - best).max((worst - best) / 8.0)) })
    }

    /// Where a cost lies: 1 for the best.
    fn part(&self, cost: f64) -> f64 {
        let range = self.worst - self.best;
        if range > 0.0 { 1.0 - (cost - self.best) / range } else { 1.0 }
    }
}

pub fn render(state: &State, theme: &Theme, study: &Study, focused: bool, area: Rect, buf: &mut Buffer) {
    let screen = &state.study;
    let Some(figure) = study.figures.get(screen.view.figure).copied() else { return };
    let fold = match screen.view.fold {
        Fold::Best => "best of the rest",
        Fold::Mean => "mean of all",
    };
    let inner =
        pane_in(theme, focused, area, buf, title(screen, theme, study, figure), Line::styled(fold, theme.text.dim));
    let layout = Layout::new(screen, theme, inner);
    let scale = Scale::new(figure, screen.grid.cells());
    put(buf, inner, 0, 0, &heading(screen, theme, &layout));
    for (row, down) in layout.rows.clone().enumerate() {
        put(buf, inner, 0, row as u16 + 1, &line(screen, theme, figure, scale.as_ref(), &layout, down));
    }
    let used = layout.rows.len() as u16 + 1;
    let gap = u16::from(inner.height >= used + 3);
    let below = Rect { y: inner.y + used + gap, height: inner.height.saturating_sub(used + gap), ..inner };
    for (row, line) in about(state, theme, study, figure).iter().take(usize::from(below.height)).enumerate() {
        put(buf, below, 0, row as u16, line);
    }
    if let Some(scale) = scale {
        foot(area, buf, legend(theme, figure, &scale), Line::default());
    }
}

/// The cell at a place.
pub fn hit(state: &State, inner: Rect, at: Position) -> Option<Target> {
    let layout = Layout::new(&state.study, &Theme::of(&state.config.ui), inner);
    let across = usize::from(at.x.checked_sub(inner.x)?).checked_sub(layout.label)? / layout.cell;
    let down = usize::from(at.y.checked_sub(inner.y)?).checked_sub(1)?;
    let (down, across) = (layout.rows.start + down, layout.columns.start + across);
    (layout.rows.contains(&down) && layout.columns.contains(&across)).then_some(Target::StudyCell(down, across))
}

fn title(screen: &StudyScreen, theme: &Theme, study: &Study, figure: Figure) -> Line<'static> {
    let between = theme.glyphs.between;
    let name = |place| screen.axis_name(place).map(|name| text::clean(name).into_owned());
    let axes = match (name(screen.view.across), name(screen.view.down)) {
        (Some(across), Some(down)) => format!("{across} across, {down} down"),
        (Some(across), None) => format!("{across} across"),
        _ => "nothing varies".to_owned(),
    };
    let block = study.blocks.get(screen.view.block).filter(|_| study.blocks.len() > 1);
    let block = block.map_or_else(String::new, |block| format!("{}{between}", text::clean(&block.name)));
    let style = if figure.is_test { theme.text.warn } else { theme.text.title };
    Line::from(vec![
        Span::styled(format!("{block}{}", figure.title), style),
        Span::styled(format!("{between}{axes}"), theme.text.dim),
    ])
}

fn heading(screen: &StudyScreen, theme: &Theme, layout: &Layout) -> Line<'static> {
    let grid = &screen.grid;
    let name = screen.axis_name(screen.view.down).unwrap_or_default();
    // Which rows are seen, where not all are.
    let corner = if layout.rows.len() < grid.down.labels.len() {
        format!("{}-{}/{}", layout.rows.start + 1, layout.rows.end, grid.down.labels.len())
    } else {
        text::clean(name).into_owned()
    };
    let mut spans = vec![Span::styled(text::fit(&corner, layout.label, theme.glyphs.ellipsis), theme.text.dim)];
    for across in layout.columns.clone() {
        let label = grid.across.labels.get(across).map_or("", String::as_str);
        let label = text::cut(&text::clean(label), layout.cell - 1, theme.glyphs.ellipsis);
        let style = if across == screen.cell.1 { theme.text.accent } else { theme.text.dim };
        spans.push(Span::styled(right(&label, layout.cell), style));
    }
    if layout.columns.end < grid.across.labels.len() {
        spans.push(Span::styled(theme.glyphs.chosen.0, theme.text.dim));
    }
    Line::from(spans)
}

fn line(
    screen: &StudyScreen,
    theme: &Theme,
    figure: Figure,
    scale: Option<&Scale>,
    layout: &Layout,
    down: usize,
) -> Line<'static> {
    let grid = &screen.grid;
    let label = grid.down.labels.get(down).map_or("", String::as_str);
    let style = if down == screen.cell.0 { theme.text.accent } else { theme.text.plain };
    let mut spans = vec![Span::styled(text::fit(&text::clean(label), layout.label, theme.glyphs.ellipsis), style)];
    for across in layout.columns.clone() {
        let Some(cell) = grid.cell(down, across) else { continue };
        let words = value(theme, cell, layout.deviation);
        let cost = cell.spread.map(|spread| figure.cost(spread.mean));
        let best = scale.is_some_and(|scale| cost.is_some_and(|cost| cost <= scale.best));
        let style = match (scale, cost) {
            (Some(scale), Some(cost)) => theme.ramp(scale.part(cost)),
            _ => theme.text.dim,
        };
        let style = if best { style.add_modifier(Modifier::BOLD) } else { style };
        let chosen = (down, across) == screen.cell;
        let style = if chosen { theme.text.chosen } else { style };
        let words = if best { format!("{}{words}", theme.glyphs.star) } else { words };
        let open = if chosen { theme.glyphs.chosen.0 } else { " " };
        spans.push(Span::styled(open, if chosen { theme.text.accent } else { Style::new() }));
        spans.push(Span::styled(right(&words, layout.cell - 1), style));
    }
    Line::from(spans)
}

/// `words` at the right end of `columns`.
fn right(words: &str, columns: usize) -> String {
    format!("{}{words}", " ".repeat(columns.saturating_sub(text::width(words))))
}

/// What a cell says: the figure, or how far it is.
fn value(theme: &Theme, cell: &Cell, deviation: bool) -> String {
    match cell.spread {
        Some(spread) if deviation => told(theme, &spread),
        Some(spread) => format::score(spread.mean),
        None if cell.trials == 0 => String::new(),
        None => {
            let symbol = match (cell.running, cell.failed) {
                (1.., _) => format!("{} ", theme.glyphs.live),
                (0, 1..) => format!("{} ", theme.glyphs.failed),
                (0, 0) => String::new(),
            };
            format!("{symbol}{}/{}", cell.done, cell.trials)
        }
    }
}

/// `0.512 ± 0.004`; without a deviation where there is a single value.
pub fn told(theme: &Theme, spread: &Spread) -> String {
    let mean = format::score(spread.mean);
    spread.sd.map_or_else(|| mean.clone(), |sd| format!("{mean} {} {}", theme.glyphs.plus_minus, format::score(sd)))
}

/// The chosen cell: where it lies, what it says, and how far its trials are.
fn about(state: &State, theme: &Theme, study: &Study, figure: Figure) -> Vec<Line<'static>> {
    let screen = &state.study;
    let Some(cell) = screen.cell() else { return Vec::new() };
    let place = |name: Option<&str>, labels: &[String], at: usize| {
        let label = labels.get(at)?;
        Some(if name? == "mode" { label.clone() } else { format!("{} {label}", name?) })
    };
    let across = place(screen.axis_name(screen.view.across), &screen.grid.across.labels, screen.cell.1);
    let down = place(screen.axis_name(screen.view.down), &screen.grid.down.labels, screen.cell.0);
    let place = [across, down].into_iter().flatten().collect::<Vec<_>>().join(", ");
    let place = if place.is_empty() { "every trial".to_owned() } else { text::clean(&place).into_owned() };
    let words = match cell.spread {
        Some(spread) => format!("{} {}, n {}", figure.title, told(theme, &spread), spread.n),
        None if cell.trials == 0 => "the study has no such trial".to_owned(),
        None => "no trial is done".to_owned(),
    };
    let mut lines = vec![Line::from(vec![
        Span::styled(format!("{place}: "), theme.text.accent),
        Span::styled(words, theme.text.strong),
    ])];
    if cell.trials == 0 {
        return lines;
    }
    let noun = if cell.trials == 1 { "trial" } else { "trials" };
    let mut spans = vec![Span::raw(format!("{} {noun}: {} done", cell.trials, cell.done))];
    let left = cell.trials - cell.done - cell.running - cell.failed;
    for (count, word, style) in [
        (cell.running, "running", theme.text.good),
        (cell.failed, "failed", theme.text.bad),
        (left, "left", theme.text.dim),
    ] {
        if count > 0 {
            spans.push(Span::styled(format!(", {count} {word}"), style));
        }
    }
    lines.push(Line::from(spans));
    let best = cell.best.and_then(|trial| Some((trial, screen.standing(trial)?.values.first().copied().flatten()?)));
    if let (Some((trial, value)), Some(ranked)) = (best, study.figures.first()) {
        let words = text::clean(&study.words(trial, 0..study.settings.len())).into_owned();
        lines.push(Line::from(vec![
            Span::styled(format!("best {} {}", ranked.title, format::score(value)), theme.text.plain),
            Span::styled(format!(": {words}"), theme.text.dim),
        ]));
    }
    lines
}

/// The scale from the best on, and in which direction it goes.
fn legend(theme: &Theme, figure: Figure, scale: &Scale) -> Line<'static> {
    let value = |cost: f64| format::score(if figure.is_loss { cost } else { -cost });
    let mut spans = vec![Span::styled(format!("best {} ", value(scale.best)), theme.text.dim)];
    if theme.is_colorless() {
        spans.push(Span::styled("to ", theme.text.dim));
    } else {
        for swatch in 0..SWATCHES {
            spans.push(Span::styled(" ", theme.ramp(1.0 - swatch as f64 / (SWATCHES - 1) as f64)));
        }
        spans.push(Span::raw(" "));
    }
    let beyond = if figure.is_loss { "and more" } else { "and less" };
    spans.push(Span::styled(format!("{} {beyond}", value(scale.worst)), theme.text.dim));
    Line::from(spans)
}
