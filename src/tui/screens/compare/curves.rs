//! The curves of the compared runs over each other; of groups, the mean within one standard deviation.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::tui::{
    State,
    state::{
        chart::XAxis,
        comparison::Group,
        curves::{Curves, Quantity},
    },
    theme::Theme,
    widgets::{
        chart::{Axis, Band, Chart, Curve},
        pane, put,
        scale::Scale,
    },
};

use super::look;

pub fn render(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let comparison = &state.comparison;
    let (quantity, name) =
        if comparison.accuracy { (Quantity::Accuracy, "val accuracy") } else { (Quantity::ValLoss, "val loss") };
    let title = Line::from(vec![Span::styled(name, theme.text.title)]);
    let inner = pane(theme, area, buf, title, Line::default());
    let runs = state.compared_runs();
    let curve = |at: usize, curves| {
        let (style, stroke, _) = look(theme, at);
        Curve { line: Curves::line(curves, quantity, XAxis::Epoch), style, stroke, right: false }
    };
    let groups = if comparison.grouped { comparison.groups.as_slice() } else { &[] };
    let bands: Vec<_> = groups.iter().enumerate().filter_map(|(at, group)| band(theme, group, at, quantity)).collect();
    let curves: Vec<_> = if comparison.grouped {
        groups.iter().enumerate().map(|(at, group)| curve(at, &group.mean)).collect()
    } else {
        runs.iter().enumerate().map(|(at, run)| curve(at, &run.curves)).collect()
    };
    let lines = curves.iter().map(|curve| curve.line).chain(bands.iter().flat_map(|band| [band.low, band.high]));
    let mut values: Vec<f64> = lines.flat_map(|line| line.series.values().iter().copied()).collect();
    let longest = curves.iter().map(|curve| curve.line.series.len()).max().unwrap_or(0);
    if longest == 0 {
        put(buf, inner, 1, 0, &Line::styled("comes with the first epoch", theme.text.dim));
        return;
    }
    // What is compared is small differences: the axis need not begin at 0.
    let lowest = values.iter().copied().filter(|value| value.is_finite()).fold(f64::INFINITY, f64::min);
    let scale = Scale::robust(&mut values, false).0;
    let scale = if lowest.is_finite() { scale.raised_to(lowest - (scale.high - lowest) * 0.05) } else { scale };
    let none = Curves::default();
    let chart = Chart {
        bands: bands.into_iter().rev().collect(),
        // The best run's curve lies over the others.
        curves: curves.into_iter().rev().collect(),
        axis: XAxis::Epoch,
        x: Scale::new(1.0, (longest as f64).max(2.0)),
        left: Axis { scale, style: theme.text.dim, clamped: true },
        right: None,
        run: &none,
        saved: &[],
        events: Vec::new(),
        best: None,
        cursor: None,
    };
    chart.render(theme, inner, buf);
}

/// One standard deviation to either side of a group's mean.
fn band<'a>(theme: &Theme, group: &'a Group, at: usize, quantity: Quantity) -> Option<Band<'a>> {
    let (style, _, _) = look(theme, at);
    let [low, high] = [&group.low, &group.high].map(|curves| curves.line(quantity, XAxis::Epoch));
    (group.members.len() > 1).then_some(Band { low, high, style })
}
