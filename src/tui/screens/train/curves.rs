//! The two charts of the Train screen. Both have the same epochs below them.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use crate::{
    protocol::EpochFinished,
    runs::History,
    tui::{
        format,
        state::Run,
        theme::Theme,
        widgets::{
            canvas::Stroke,
            chart::{Axis, Chart, Curve, Points},
            pane, put, put_right,
            scale::Scale,
        },
    },
};

/// Training and validation loss, the best epoch marked.
pub fn loss(theme: &Theme, run: Option<&Run>, area: Rect, buf: &mut Buffer) {
    let Some(run) = run else { return };
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
    let inner = pane(theme, area, buf, Line::from(title), best);
    if history.imported().is_some() && history.epochs.is_empty() {
        put(buf, inner, 1, 0, &Line::styled("the import tells nothing of the training", theme.text.dim));
        return;
    }

    let losses = |value: fn(&EpochFinished) -> f64| history.epochs.iter().map(move |record| value(&record.result));
    let mut values: Vec<f64> = losses(|epoch| epoch.train_loss).chain(losses(|epoch| epoch.val_loss)).collect();
    values.extend(step_peaks(history, usize::from(inner.width)));
    let (scale, clipped) = Scale::robust(&mut values);
    // Without colour the steps' band would swallow the curves that it lies beneath.
    let steps = !theme.is_colorless() || history.epochs.len() < 2;
    let mut curves = Vec::new();
    if steps {
        curves.push(Curve {
            points: Points::Even { values: &history.step_losses, per_epoch: batches(history) },
            // The steps are all there is to see at first, and the background later.
            style: if history.epochs.is_empty() { theme.curve.train } else { theme.curve.steps },
            stroke: Stroke::Thin,
            right: false,
        });
    }
    curves.push(epochs(history, |epoch| epoch.train_loss, theme.curve.train, Stroke::Thin, false));
    curves.push(epochs(history, |epoch| epoch.val_loss, theme.curve.val, Stroke::Thick, false));
    let chart = Chart {
        curves,
        epochs: extent(history),
        left: Axis { scale, style: theme.text.dim },
        right: None,
        best: history.best.map(|(epoch, loss)| (epoch as f64, loss)),
    };
    chart.render(theme, inner, buf);
    badges(theme, run, clipped, inner, buf);
}

/// Accuracy (left scale) and log loss (right scale) on the validation split.
pub fn scores(theme: &Theme, run: Option<&Run>, area: Rect, buf: &mut Buffer) {
    let (accuracy, log_loss) = (theme.curve.accuracy, theme.curve.log_loss);
    let mut title = vec![Span::styled("val", theme.text.title)];
    title.extend(legend(theme, theme.glyphs.thick, "accuracy", accuracy));
    // An imported log may know of the accuracy alone.
    let told = |epoch: &EpochFinished| !epoch.val.log_loss.is_nan();
    let imported = run.is_some_and(|run| run.history.imported().is_some());
    let has_log_loss = !imported || run.is_some_and(|run| run.history.epochs.iter().any(|record| told(&record.result)));
    if has_log_loss {
        title.extend(legend(theme, theme.glyphs.thin, "log loss", log_loss));
    }
    let newest = run.and_then(|run| run.history.epochs.last()).map_or_else(Line::default, |record| {
        let val = &record.result.val;
        let mut spans = vec![Span::styled(format::score(val.accuracy), accuracy.patch(theme.text.strong))];
        if has_log_loss {
            spans.push(Span::styled(theme.glyphs.between, theme.text.dim));
            spans.push(Span::styled(format::score(val.log_loss), log_loss.patch(theme.text.strong)));
        }
        Line::from(spans)
    });
    let inner = pane(theme, area, buf, Line::from(title), newest);
    let Some(history) = run.map(|run| &run.history).filter(|history| !history.epochs.is_empty()) else {
        let why = if imported { "the import tells nothing of it" } else { "comes with the first epoch" };
        put(buf, inner, 1, 0, &Line::styled(why, theme.text.dim));
        return;
    };
    let mut losses: Vec<f64> = history.epochs.iter().map(|record| record.result.val.log_loss).collect();
    let chart = Chart {
        curves: vec![
            epochs(history, |epoch| epoch.val.log_loss, log_loss, Stroke::Thin, true),
            epochs(history, |epoch| epoch.val.accuracy, accuracy, Stroke::Thick, false),
        ],
        epochs: extent(history),
        left: Axis { scale: Scale::new(0.0, 1.0), style: accuracy },
        right: has_log_loss.then(|| Axis { scale: Scale::robust(&mut losses).0, style: log_loss }),
        best: history.best_epoch().map(|best| (best.epoch as f64, best.val.accuracy)),
    };
    chart.render(theme, inner, buf);
}

fn legend(theme: &Theme, stroke: &'static str, name: &'static str, style: Style) -> Vec<Span<'static>> {
    vec!["  ".into(), Span::styled(stroke, style), Span::styled(format!(" {name}"), theme.text.plain)]
}

fn epochs(history: &History, value: fn(&EpochFinished) -> f64, style: Style, stroke: Stroke, right: bool) -> Curve<'_> {
    let points = history.epochs.iter().map(move |record| (record.result.epoch as f64, value(&record.result)));
    Curve { points: Points::Pairs(points.collect()), style, stroke, right }
}

/// Steps of an epoch: step `n` stands `n / batches` of the way to its end.
fn batches(history: &History) -> f64 {
    history.started.as_ref().map_or(1, |started| started.batches.max(1)) as f64
}

/// The largest finite loss of each of about `columns` stretches of steps.
fn step_peaks(history: &History, columns: usize) -> impl Iterator<Item = f64> {
    let stretch = history.step_losses.len().div_ceil(columns.max(1)).max(1);
    // NaN is ignored by `max`, and an infinity is taken for one.
    let finite = |loss: &f32| if loss.is_finite() { *loss } else { f32::NAN };
    let peaks =
        history.step_losses.chunks(stretch).filter_map(move |losses| losses.iter().map(finite).reduce(f32::max));
    peaks.map(f64::from)
}

/// From the start of the first epoch to the end of the newest; at least three epochs, so that the
/// first steps do not fill the whole width.
fn extent(history: &History) -> Scale {
    let steps = (history.step_losses.len() as f64 / batches(history)).ceil();
    let least = if history.is_over() { 1.0 } else { 3.0 };
    Scale::new(0.0, steps.max(history.last_epoch() as f64).max(least))
}

/// What the picture does not show: a divergence, and values above its upper edge.
fn badges(theme: &Theme, run: &Run, clipped: bool, area: Rect, buf: &mut Buffer) {
    let mut badges = Vec::new();
    let epoch = run.history.epochs.iter().map(|record| &record.result).find(|epoch| !epoch.val_loss.is_finite());
    match (run.diverged_at(), epoch) {
        (Some(step), _) => badges.push(format!(" diverged at step {} ", step + 1)),
        (None, Some(epoch)) => badges.push(format!(" diverged in epoch {} ", epoch.epoch)),
        (None, None) => {}
    }
    if clipped {
        badges.push(" spikes above the edge ".to_owned());
    }
    for (row, badge) in badges.into_iter().enumerate() {
        put_right(buf, area, row as u16, &Line::styled(badge, theme.text.badge));
    }
}
