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
        canvas::Stroke,
        chart::{Axis, Chart, Curve},
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
    let mut curves = Vec::new();
    if comparison.grouped {
        for (at, group) in comparison.groups.iter().enumerate() {
            curves.extend(band(theme, group, at, quantity));
        }
    } else {
        for (at, run) in runs.iter().enumerate() {
            let (style, stroke, _) = look(theme, at);
            curves.push(Curve { line: run.curves.line(quantity, XAxis::Epoch), style, stroke, right: false });
        }
    }
    let mut values: Vec<f64> = curves.iter().flat_map(|curve| curve.line.series.values().iter().copied()).collect();
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

/// The mean of a group, and its borders one standard deviation away.
fn band<'a>(theme: &Theme, group: &'a Group, at: usize, quantity: Quantity) -> Vec<Curve<'a>> {
    let (style, stroke, _) = look(theme, at);
    let curve =
        |curves: &'a Curves, stroke| Curve { line: curves.line(quantity, XAxis::Epoch), style, stroke, right: false };
    let mut curves = vec![curve(&group.mean, stroke)];
    if group.members.len() > 1 {
        curves.extend([curve(&group.low, Stroke::Dotted), curve(&group.high, Stroke::Dotted)]);
    }
    curves
}
