//! The two charts of the Train screen. Both have the same x axis below them.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use crate::{
    runs::history::MarkKind,
    tui::{
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
    },
};

/// Stretches of a curve that its range of values is taken from.
const STRETCHES: usize = 64;
/// With fewer columns the cursor's epoch is told in short; with as many, averages are told beside values.
const NARROW: u16 = 36;
const WIDE: u16 = 50;
/// Columns of a pinned run's name in the legend.
const NAME: usize = 24;

/// Training and validation loss, the best epoch marked.
pub fn loss(state: &State, theme: &Theme, run: &Run, focused: bool, area: Rect, buf: &mut Buffer) {
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
    chart.render(theme, inner, buf);
    badges(theme, run, clipped, inner, buf);
    below(state, theme, run, Quantity::ValLoss, area, buf);
}

/// Accuracy (left scale) and log loss (right scale) on the validation split.
pub fn scores(state: &State, theme: &Theme, run: &Run, focused: bool, area: Rect, buf: &mut Buffer) {
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
    scores_chart(state, theme, run).render(theme, inner, buf);
    below(state, theme, run, Quantity::Accuracy, area, buf);
}

/// The chart of the losses, and whether values lie above its upper edge.
pub fn loss_chart<'a>(state: &'a State, theme: &Theme, run: &'a Run) -> (Chart<'a>, bool) {
    let (view, axis) = (&state.chart, state.chart.axis);
    let mut drawn = pins(state, theme, run, Quantity::ValLoss);
    // Without colour the steps' band would swallow the curves that it lies beneath.
    if !theme.is_colorless() || run.history.epochs.len() < 2 || view.window.is_some() {
        drawn.push(Curve {
            line: run.curves.line(Quantity::Steps, axis),
            // The steps are all there is to see at first, and the background later.
            style: if run.history.epochs.is_empty() && view.weight() <= 0.0 {
                theme.curve.train
            } else {
                theme.curve.steps
            },
            stroke: Stroke::Thin,
            right: false,
        });
    }
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
    (chart(state, theme, run, drawn, x, left, None, best), clipped)
}

pub fn scores_chart<'a>(state: &'a State, theme: &Theme, run: &'a Run) -> Chart<'a> {
    let (view, axis) = (&state.chart, state.chart.axis);
    let (accuracy, log_loss) = (theme.curve.accuracy, theme.curve.log_loss);
    let mut drawn = pins(state, theme, run, Quantity::Accuracy);
    own(&mut drawn, theme, run, Quantity::LogLoss, axis, (log_loss, Stroke::Thin, true));
    own(&mut drawn, theme, run, Quantity::Accuracy, axis, (accuracy, Stroke::Thick, false));
    let (x, _) = x_scale(state);
    let losses = ranges(drawn.iter().filter(|curve| curve.right).map(|curve| curve.line), x);
    let losses = if view.log {
        let positive = losses.iter().copied().filter(|value| *value > 0.0);
        let (low, high) = (positive.clone().fold(f64::INFINITY, f64::min), positive.fold(0.0, f64::max));
        Scale::log(low * 0.95, high * 1.05)
    } else {
        Scale::robust(&mut losses.clone(), view.outliers).0
    };
    let left = value_axis(Scale::new(0.0, 1.0), view.height(1), accuracy);
    let right = value_axis(losses, view.height(1), log_loss);
    let best = run.history.best_epoch().map(|best| (run.curves.x(axis, best.epoch as f64), best.val.accuracy));
    chart(state, theme, run, drawn, x, left, has_log_loss(run).then_some(right), best)
}

/// False where another program's log told nothing of it.
fn has_log_loss(run: &Run) -> bool {
    let series = run.curves.line(Quantity::LogLoss, XAxis::Epoch).series;
    run.history.imported().is_none() || series.gaps() < series.len()
}

#[allow(clippy::too_many_arguments, reason = "the parts of one value")]
fn chart<'a>(
    state: &'a State,
    theme: &Theme,
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
        events: happenings(state, theme, run).into_iter().map(|(event, _)| event).collect(),
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

/// Strokes and colours change at different rates, so that no two pins have both alike.
fn pin_stroke(at: usize) -> Stroke {
    if (at + at / 4).is_multiple_of(2) { Stroke::Dashed } else { Stroke::Dotted }
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

/// What happened to the run within what is seen, and in words.
fn happenings(state: &State, theme: &Theme, run: &Run) -> Vec<(Event, String)> {
    let (axis, glyphs, history) = (state.chart.axis, &theme.glyphs, &run.history);
    let event = |epoch: f64, symbol, style| Event { x: run.curves.x(axis, epoch), symbol, style };
    let rates = history.lr_changes.iter().map(|change| {
        let words = format!("lr {} {} {}", format::rate(change.from), glyphs.arrow, format::rate(change.to));
        (event(change.epoch as f64, glyphs.rate, theme.curve.log_loss), words)
    });
    let marks = history.marks.iter().map(|mark| {
        let (symbol, words) = match mark.kind {
            MarkKind::Paused => (glyphs.paused, "paused"),
            MarkKind::Resumed => (glyphs.live, "went on"),
            MarkKind::Restarted => (glyphs.restarted, "resumed"),
        };
        // On the clock a pause has a length; on the other axes it begins and ends at one place.
        let place = match axis {
            XAxis::Clock => Event { x: mark.t as f64 / 1000.0, symbol, style: theme.text.warn },
            _ => event(mark.step as f64 / run.curves.steps_per_epoch(), symbol, theme.text.warn),
        };
        (place, words.to_owned())
    });
    let place = |step: u64| step as f64 / run.curves.steps_per_epoch();
    let changes = history.changes.iter().map(|change| {
        let (from, to) = (change.key.text(change.from), change.key.text(change.to));
        let words = format!("{} {from} {} {to} by hand", change.key.title(), glyphs.arrow);
        (event(place(change.step), glyphs.changed, theme.text.accent), words)
    });
    let kept = history.saved.iter().map(|saved| {
        (
            event(place(saved.step), glyphs.saved, theme.text.accent),
            format!("model kept in {}", text::clean(&saved.file)),
        )
    });
    let switches = state.switches.at.iter().map(|(t, mode)| {
        let epoch = run.curves.epoch_at(XAxis::Clock, *t as f64 / 1000.0);
        (event(epoch, glyphs.switched, theme.text.accent), format!("switched to {mode}"))
    });
    rates.chain(marks).chain(changes).chain(kept).chain(switches).collect()
}

fn legend(theme: &Theme, stroke: &'static str, name: &'static str, style: Style) -> Vec<Span<'static>> {
    vec!["  ".into(), Span::styled(stroke, style), Span::styled(format!(" {name}"), theme.text.plain)]
}

/// What the picture does not show: a divergence, and values above its upper edge.
fn badges(theme: &Theme, run: &Run, clipped: bool, area: Rect, buf: &mut Buffer) {
    let mut badges = Vec::new();
    let validation = run.curves.line(Quantity::ValLoss, XAxis::Epoch).series;
    let mut epochs = run.history.epochs.iter().map(|record| &record.result);
    let epoch = if validation.gaps() > 0 { epochs.find(|epoch| !epoch.val_loss.is_finite()) } else { None };
    match (run.curves.diverged_at(), epoch) {
        (Some(step), _) => badges.push(format!(" diverged at step {} ", step + 1)),
        (None, Some(epoch)) => badges.push(format!(" diverged in epoch {} ", epoch.epoch)),
        (None, None) => {}
    }
    match run.curves.gaps() {
        0 => {}
        1 => badges.push(" 1 step is NaN or inf ".to_owned()),
        gaps => badges.push(format!(" {} steps are NaN or inf ", format::count(gaps as u64))),
    }
    if clipped {
        badges.push(" spikes above the edge ".to_owned());
    }
    for (row, badge) in badges.into_iter().enumerate() {
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
        let sample = match pin_stroke(at) {
            Stroke::Dotted => theme.glyphs.dotted_line,
            _ => theme.glyphs.dashed_line,
        };
        if !right.is_empty() {
            right.push(Span::raw("  "));
        }
        right.push(Span::styled(sample, theme.pin(at)));
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
    let place = match axis {
        XAxis::Elapsed => format!("{} trained", format::clock(x)),
        XAxis::Clock => format::time_of_day((x * 1000.0) as i64),
        XAxis::Epoch | XAxis::Step if width < NARROW => format!("@{}", shortest(epoch)),
        XAxis::Epoch | XAxis::Step => format!("epoch {}", shortest(epoch)),
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
    for (name, (quantity, style)) in quantities {
        parts.extend(at(curves, quantity).map(|values| fact(name, values, style)));
    }
    let stands_here = |other: usize| (other as f64 - epoch).abs() < 1e-6;
    if run.history.checkpoints.iter().any(|(saved, _)| stands_here(*saved)) {
        let best = run.history.best.is_some_and(|(best, _)| stands_here(best));
        let (symbol, word) = if best { (theme.glyphs.star, "best") } else { (theme.glyphs.saved, "kept") };
        parts.push(Line::styled(format!("{symbol} {word}"), theme.curve.best));
    }
    let half = 0.5 / curves.steps_per_epoch();
    for (event, words) in happenings(state, theme, run) {
        if (curves.epoch_at(axis, event.x) - epoch).abs() <= half {
            parts.push(Line::styled(words, event.style));
        }
    }
    for (pin, run) in state.pinned(&run.dir) {
        parts.extend(at(&run.curves, quantity).map(|values| fact("pin", values, theme.pin(pin))));
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
