//! The two charts of the Train screen. Both have the same x axis below them.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use crate::tui::{
    State, format,
    state::{
        Run,
        chart::XAxis,
        curves::{self, Curves, Quantity},
    },
    text,
    theme::Theme,
    widgets::{
        canvas::Stroke,
        chart::{Axis, Chart, Curve, Event},
        foot, pane_in, put, put_right,
        scale::Scale,
    },
};

use super::happenings;

/// Stretches of a curve that its range of values is taken from.
const STRETCHES: usize = 64;
/// With fewer columns the cursor's epoch is told in short; with as many, averages are told beside values.
const NARROW: u16 = 36;
const WIDE: u16 = 50;
/// Columns of a pinned run's name in the legend.
const NAME: usize = 24;

/// What both charts show.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    pub state: &'a State,
    pub theme: &'a Theme,
    pub run: &'a Run,
    /// What happened to the run.
    pub events: &'a [Event],
}

/// What happened to `run`, for charts of at most `columns` columns: both have the same x axis, and what is to be
/// marked is looked for once.
pub fn events(state: &State, theme: &Theme, run: &Run, columns: u16) -> Vec<Event> {
    happenings::across(state, theme, run, x_scale(state).0, usize::from(columns))
}

/// Training and validation loss, the best epoch marked.
pub fn loss(shown: Shown, focused: bool, area: Rect, buf: &mut Buffer) {
    let Shown { state, theme, run, events } = shown;
    let history = &run.history;
    let mut title = vec![Span::styled("loss", theme.text.title)];
    title.extend(legend(theme, theme.glyphs.thin, "train", theme.curve.train));
    title.extend(legend(theme, theme.glyphs.thick, "val", theme.curve.val));
    let rounded = if history.imported().is_some_and(|origin| origin.rounded) { " rounded" } else { "" };
    let best = history.best.map_or_else(Line::default, |(epoch, loss)| {
        Line::from(vec![
            Span::styled("best ", theme.text.dim),
            Span::styled(theme.glyphs.star, theme.curve.best),
            Span::styled(format!(" {}", format::score(loss)), theme.text.strong),
            Span::styled(format!(" @{epoch}{rounded}"), theme.text.dim),
        ])
    });
    let inner = pane_in(theme, focused, area, buf, Line::from(title), best);
    if history.imported().is_some() && history.epochs.is_empty() {
        put(buf, inner, 1, 0, &Line::styled("the import tells nothing of the training", theme.text.dim));
        return;
    }
    let (chart, clipped) = loss_chart(state, theme, run);
    Chart { events, ..chart }.render(theme, inner, buf);
    let epochs = [(Quantity::TrainLoss, "train loss"), (Quantity::ValLoss, "val loss")];
    let badges = divergence(run).into_iter().chain(gaps(run, epochs)).chain(spikes(clipped));
    put_badges(theme, badges, inner, buf);
    below(state, theme, run, Quantity::ValLoss, area, buf);
}

/// Accuracy (left scale) and log loss (right scale) on the validation split.
pub fn scores(shown: Shown, focused: bool, area: Rect, buf: &mut Buffer) {
    let Shown { state, theme, run, events } = shown;
    let (accuracy, log_loss) = (theme.curve.accuracy, theme.curve.log_loss);
    let mut title = vec![Span::styled("val", theme.text.title)];
    title.extend(legend(theme, theme.glyphs.thick, "accuracy", accuracy));
    // An imported log may know of the accuracy alone.
    let has_log_loss = has_log_loss(run);
    if has_log_loss {
        title.extend(legend(theme, theme.glyphs.thin, "log loss", log_loss));
    }
    let newest = run.history.epochs.last().map_or_else(Line::default, |record| {
        let val = &record.result.val;
        let mut spans = vec![Span::styled(format::score(val.accuracy), accuracy.patch(theme.text.strong))];
        if has_log_loss {
            spans.push(Span::styled(theme.glyphs.between, theme.text.dim));
            spans.push(Span::styled(format::score(val.log_loss), log_loss.patch(theme.text.strong)));
        }
        Line::from(spans)
    });
    let inner = pane_in(theme, focused, area, buf, Line::from(title), newest);
    if run.history.epochs.is_empty() {
        let imported = run.history.imported().is_some();
        let why = if imported { "the import tells nothing of it" } else { "comes with the first epoch" };
        put(buf, inner, 1, 0, &Line::styled(why, theme.text.dim));
        return;
    }
    let (chart, clipped) = scores_chart(state, theme, run);
    Chart { events, ..chart }.render(theme, inner, buf);
    let badges = gaps(run, [(Quantity::Accuracy, "accuracy"), (Quantity::LogLoss, "log loss")]);
    put_badges(theme, badges.into_iter().chain(spikes(clipped)), inner, buf);
    below(state, theme, run, Quantity::Accuracy, area, buf);
}

/// The chart of the losses, and whether values lie above its upper edge.
pub fn loss_chart<'a>(state: &'a State, theme: &Theme, run: &'a Run) -> (Chart<'a>, bool) {
    let (view, axis) = (&state.chart, state.chart.axis);
    let mut drawn = pins(state, theme, run, Quantity::ValLoss);
    // Without colour the steps' band would swallow the curves that it lies beneath: its ends tell as much.
    let crowded = theme.is_colorless() && run.history.epochs.len() >= 2 && view.window.is_none();
    drawn.push(Curve {
        line: run.curves.line(Quantity::Steps, axis),
        // The steps are all there is to see at first, and the background later.
        style: if run.history.epochs.is_empty() && view.weight() <= 0.0 {
            theme.curve.train
        } else {
            theme.curve.steps
        },
        stroke: if crowded { Stroke::Ends } else { Stroke::Thin },
        right: false,
    });
    // The smoothed steps tell what the epochs' means tell, and more.
    match run.curves.smooth_line(Quantity::Steps, axis) {
        Some(line) => drawn.push(Curve { line, style: theme.curve.train, stroke: Stroke::Thin, right: false }),
        None => own(&mut drawn, theme, run, Quantity::TrainLoss, axis, (theme.curve.train, Stroke::Thin, false)),
    }
    own(&mut drawn, theme, run, Quantity::ValLoss, axis, (theme.curve.val, Stroke::Thick, false));
    let (x, zoomed) = x_scale(state);
    let ranges = ranges(drawn.iter().map(|curve| curve.line), x);
    let (scale, clipped) = if view.log {
        let positive = ranges.iter().copied().filter(|value| *value > 0.0);
        let (low, high) = (positive.clone().fold(f64::INFINITY, f64::min), positive.fold(0.0, f64::max));
        (Scale::log(low * 0.95, high * 1.05), false)
    } else {
        let lowest = ranges.iter().copied().fold(f64::INFINITY, f64::min);
        let (scale, clipped) = Scale::robust(&mut ranges.clone(), view.outliers);
        (if zoomed { scale.raised_to(lowest - (scale.high - lowest) * 0.05) } else { scale }, clipped)
    };
    let left = value_axis(scale, view.height(0), theme.text.dim);
    let best = run.history.best.map(|(epoch, loss)| (run.curves.x(axis, epoch as f64), loss));
    (chart(state, run, drawn, x, left, None, best), clipped)
}

/// The chart of the scores, and whether log losses lie above its upper edge.
pub fn scores_chart<'a>(state: &'a State, theme: &Theme, run: &'a Run) -> (Chart<'a>, bool) {
    let (view, axis) = (&state.chart, state.chart.axis);
    let (accuracy, log_loss) = (theme.curve.accuracy, theme.curve.log_loss);
    let mut drawn = pins(state, theme, run, Quantity::Accuracy);
    own(&mut drawn, theme, run, Quantity::LogLoss, axis, (log_loss, Stroke::Thin, true));
    own(&mut drawn, theme, run, Quantity::Accuracy, axis, (accuracy, Stroke::Thick, false));
    let (x, _) = x_scale(state);
    let losses = ranges(drawn.iter().filter(|curve| curve.right).map(|curve| curve.line), x);
    let (losses, clipped) = if view.log {
        let positive = losses.iter().copied().filter(|value| *value > 0.0);
        let (low, high) = (positive.clone().fold(f64::INFINITY, f64::min), positive.fold(0.0, f64::max));
        (Scale::log(low * 0.95, high * 1.05), false)
    } else {
        Scale::robust(&mut losses.clone(), view.outliers)
    };
    let left = value_axis(Scale::new(0.0, 1.0), view.height(1), accuracy);
    let right = value_axis(losses, view.height(1), log_loss);
    let best = run.history.best_epoch().map(|best| (run.curves.x(axis, best.epoch as f64), best.val.accuracy));
    (chart(state, run, drawn, x, left, has_log_loss(run).then_some(right), best), clipped)
}

/// False where another program's log told nothing of it.
fn has_log_loss(run: &Run) -> bool {
    let series = run.curves.line(Quantity::LogLoss, XAxis::Epoch).series;
    run.history.imported().is_none() || series.gaps() < series.len()
}

#[allow(clippy::too_many_arguments, reason = "the parts of one value")]
fn chart<'a>(
    state: &'a State,
    run: &'a Run,
    curves: Vec<Curve<'a>>,
    x: Scale,
    left: Axis,
    right: Option<Axis>,
    best: Option<(f64, f64)>,
) -> Chart<'a> {
    let axis = state.chart.axis;
    Chart {
        bands: Vec::new(),
        curves,
        axis,
        x,
        left,
        right,
        run: &run.curves,
        saved: &run.history.checkpoints,
        events: &[],
        best,
        cursor: state.chart.cursor.map(|epoch| run.curves.x(axis, epoch)),
    }
}

/// The part of `scale` that is seen. Of the whole, outliers are drawn on the edge; of a part, what lies
/// outside is outside.
pub fn value_axis(scale: Scale, seen: (f64, f64), style: Style) -> Axis {
    let whole = seen == (0.0, 1.0);
    Axis { scale: if whole { scale } else { scale.stretch(seen) }, style, clamped: whole }
}

/// What is seen of the x axis, and whether that is a part of it.
fn x_scale(state: &State) -> (Scale, bool) {
    let (low, high) = state.chart.window.unwrap_or_else(|| state.extent());
    (Scale::new(low, high), state.chart.window.is_some())
}

/// A curve of the shown run; the raw one dimmed below where it is smoothed.
fn own<'a>(
    drawn: &mut Vec<Curve<'a>>,
    theme: &Theme,
    run: &'a Run,
    quantity: Quantity,
    axis: XAxis,
    (style, stroke, right): (Style, Stroke, bool),
) {
    let raw = run.curves.line(quantity, axis);
    match run.curves.smooth_line(quantity, axis) {
        Some(line) => {
            drawn.push(Curve { line: raw, style: theme.text.dim, stroke: Stroke::Thin, right });
            drawn.push(Curve { line, style, stroke, right });
        }
        None => drawn.push(Curve { line: raw, style, stroke, right }),
    }
}

/// The same curve of every pinned run.
fn pins<'a>(state: &'a State, theme: &Theme, run: &Run, quantity: Quantity) -> Vec<Curve<'a>> {
    let axis = state.chart.axis;
    let curve = |(at, pin): (usize, &'a Run)| {
        let line = pin.curves.smooth_line(quantity, axis).unwrap_or_else(|| pin.curves.line(quantity, axis));
        Curve { line, style: theme.pin(at), stroke: pin_stroke(at), right: false }
    };
    state.pinned(&run.dir).map(curve).collect()
}

fn pin_stroke(at: usize) -> Stroke {
    Stroke::PINS.get(at % Stroke::PINS.len()).copied().unwrap_or(Stroke::Dashed)
}

/// The lowest and highest values of `lines` in each stretch of what is seen.
pub fn ranges<'a>(lines: impl Iterator<Item = curves::Line<'a>>, x: Scale) -> Vec<f64> {
    let mut values = Vec::new();
    for line in lines {
        // The neighbours beyond the edges too: a line leads to them.
        let from = line.before(x.low, 0).saturating_sub(1);
        let to = (line.before(x.high.next_up(), from) + 1).min(line.series.len());
        let stretch = (to - from).div_ceil(STRETCHES).max(1);
        for start in (from..to).step_by(stretch) {
            if let Some(span) = line.series.span(start, (start + stretch).min(to)) {
                values.extend([span.low, span.high]);
            }
        }
    }
    values
}

fn legend(theme: &Theme, stroke: &'static str, name: &'static str, style: Style) -> Vec<Span<'static>> {
    vec!["  ".into(), Span::styled(stroke, style), Span::styled(format!(" {name}"), theme.text.plain)]
}

/// What the picture does not show of the steps and of the validation: where the loss left the finite
/// numbers for good, and how many steps have none.
fn divergence(run: &Run) -> Vec<String> {
    let steps = run.curves.line(Quantity::Steps, XAxis::Epoch).series;
    let epoch = run.curves.line(Quantity::ValLoss, XAxis::Epoch).series.diverged_at();
    let epoch = epoch.and_then(|at| run.history.epochs.get(at));
    let mut badges = Vec::new();
    match (steps.diverged_at(), epoch) {
        (Some(step), _) => badges.push(format!(" diverged at step {} ", step + 1)),
        (None, Some(record)) => badges.push(format!(" diverged in epoch {} ", record.result.epoch)),
        (None, None) => {}
    }
    match steps.gaps() {
        0 => {}
        1 => badges.push(" 1 step is NaN or inf ".to_owned()),
        gaps => badges.push(format!(" {} steps are NaN or inf ", format::count(gaps as u64))),
    }
    badges
}

/// Which of `quantities` have epochs without a value. Of another program's log it says nothing: what it did
/// not tell is no accident.
fn gaps(run: &Run, quantities: [(Quantity, &str); 2]) -> Vec<String> {
    if run.history.imported().is_some() {
        return Vec::new();
    }
    let badge = |(quantity, name): (Quantity, &str)| {
        let series = run.curves.line(quantity, XAxis::Epoch).series;
        let first = run.history.epochs.get(series.first_gap()?)?.result.epoch;
        Some(match series.gaps() {
            1 => format!(" {name} of epoch {first} is NaN or inf "),
            gaps => format!(" {name} is NaN or inf {} times from @{first} on ", format::count(gaps as u64)),
        })
    };
    quantities.into_iter().filter_map(badge).collect()
}

fn spikes(clipped: bool) -> Option<String> {
    clipped.then(|| " spikes above the edge ".to_owned())
}

fn put_badges(theme: &Theme, badges: impl Iterator<Item = String>, area: Rect, buf: &mut Buffer) {
    for (row, badge) in badges.enumerate() {
        put_right(buf, area, row as u16, &Line::styled(badge, theme.text.badge));
    }
}

/// On the lower border: what is at the cursor, or else how the chart is looked at; and the pinned runs.
fn below(state: &State, theme: &Theme, run: &Run, quantity: Quantity, area: Rect, buf: &mut Buffer) {
    let left = match state.chart.cursor {
        Some(epoch) => at_cursor(state, theme, run, quantity, epoch, area.width.saturating_sub(4)),
        None => options(state, theme),
    };
    let mut right = Vec::new();
    for (at, pin) in state.pinned(&run.dir) {
        if !right.is_empty() {
            right.push(Span::raw("  "));
        }
        right.push(Span::styled(pin_stroke(at).sample(theme.marks), theme.pin(at)));
        let name = text::cut(&text::clean(&pin.name), NAME, theme.glyphs.ellipsis);
        right.push(Span::styled(format!(" {name}"), theme.text.dim));
    }
    foot(area, buf, left, Line::from(right));
}

fn options(state: &State, theme: &Theme) -> Line<'static> {
    let chart = &state.chart;
    let mut words = Vec::new();
    if chart.log {
        words.push("log".to_owned());
    }
    if chart.weight() > 0.0 {
        words.push(format!("smoothed {}", chart.weight()));
    }
    if chart.outliers {
        words.push("with outliers".to_owned());
    }
    if chart.is_zoomed() {
        words.push("zoomed".to_owned());
    }
    Line::styled(words.join(theme.glyphs.between), theme.text.accent)
}

/// The values of the shown run, and of the pinned ones, at `epoch`.
fn at_cursor(state: &State, theme: &Theme, run: &Run, quantity: Quantity, epoch: f64, width: u16) -> Line<'static> {
    let (curves, axis) = (&run.curves, state.chart.axis);
    let x = curves.x(axis, epoch);
    let place = if width < NARROW { format!("@{}", shortest(epoch)) } else { format!("epoch {}", shortest(epoch)) };
    let time = match axis {
        XAxis::Elapsed => Some(format!("{} trained", format::clock(x))),
        XAxis::Clock => Some(x_scale(state).0.moment(x)),
        XAxis::Epoch | XAxis::Step => None,
    };
    let at = |curves: &Curves, quantity: Quantity| {
        // By epochs, whatever the axis counts: two epochs may have ended at one moment.
        let raw = curves.line(quantity, XAxis::Epoch);
        let index = raw.nearest(epoch).filter(|index| (raw.x(*index) - epoch).abs() < 1e-6)?;
        let smooth = curves.smooth_line(quantity, XAxis::Epoch).and_then(|line| line.series.get(index));
        Some((raw.series.get(index)?, smooth))
    };
    let fact = |name: &str, (value, smooth): (f64, Option<f64>), style: Style| {
        let mut spans = vec![
            Span::styled(format!("{name} "), theme.text.dim),
            Span::styled(format::score(value), style.patch(theme.text.strong)),
        ];
        spans.extend(
            smooth
                .filter(|_| width >= WIDE)
                .map(|smooth| Span::styled(format!(" (~{})", format::score(smooth)), style)),
        );
        Line::from(spans)
    };
    let (train, val) = ((Quantity::TrainLoss, theme.curve.train), (Quantity::ValLoss, theme.curve.val));
    let (accuracy, log_loss) = ((Quantity::Accuracy, theme.curve.accuracy), (Quantity::LogLoss, theme.curve.log_loss));
    let quantities = if quantity == Quantity::ValLoss {
        [("train", train), ("val", val)]
    } else {
        [("accuracy", accuracy), ("log loss", log_loss)]
    };
    let mut parts = vec![Line::styled(place, theme.text.accent)];
    parts.extend(time.map(|time| Line::styled(time, theme.text.accent)));
    for (name, (quantity, style)) in quantities {
        parts.extend(at(curves, quantity).map(|values| fact(name, values, style)));
    }
    let stands_here = |other: usize| (other as f64 - epoch).abs() < 1e-6;
    let best = run.history.best.is_some_and(|(best, _)| stands_here(best));
    if best {
        parts.push(Line::styled(format!("{} best", theme.glyphs.star), theme.curve.best));
    }
    let happened = happenings::at(state, theme, run, epoch, 0.5 / curves.steps_per_epoch());
    parts.extend(happened.into_iter().map(|(words, style)| Line::styled(words, style)));
    for (pin, run) in state.pinned(&run.dir) {
        parts.extend(at(&run.curves, quantity).map(|values| fact("pin", values, theme.pin(pin))));
    }
    let checkpoints = &run.history.checkpoints;
    let reached = checkpoints.partition_point(|(saved, _)| *saved as f64 <= epoch + 1e-6);
    let newest = reached.checked_sub(1).and_then(|at| checkpoints.get(at));
    if !best && newest.is_some_and(|(saved, _)| stands_here(*saved)) {
        // One file holds the best model: that of a former best epoch is gone.
        parts.push(Line::styled(format!("{} was best", theme.glyphs.saved), theme.curve.best));
    }
    if quantity == Quantity::ValLoss
        && let Some(values) = at(curves, Quantity::Steps)
    {
        let step = (epoch * curves.steps_per_epoch()).round();
        parts.push(fact(&format!("step {step:.0}"), values, theme.curve.steps));
    }
    fitting(parts, &Span::styled(theme.glyphs.between, theme.text.dim), usize::from(width))
}

/// As many of `parts` as fit, from the first; they are in the order of their weight.
fn fitting(parts: Vec<Line<'static>>, between: &Span<'static>, width: usize) -> Line<'static> {
    let mut line = Line::default();
    for part in parts {
        let gap = if line.spans.is_empty() { 0 } else { between.width() };
        if line.width() + gap + part.width() <= width {
            line.spans.extend((gap > 0).then(|| between.clone()));
            line.spans.extend(part.iter().map(|span| span.clone().patch_style(part.style)));
        }
    }
    line
}

/// An epoch with as many decimals as it needs, at most two.
fn shortest(epoch: f64) -> String {
    let text = format!("{epoch:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
