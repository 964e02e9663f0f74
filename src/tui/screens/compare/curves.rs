//! The curves of the compared runs over each other; of groups, the mean within one standard deviation.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::tui::{
    State, format,
    screens::train::{ranges, value_axis},
    state::{
        Detail,
        chart::XAxis,
        comparison::{Comparison, MOST_DRAWN},
        curves::{self, Curves},
        run::Opened,
    },
    theme::Theme,
    widgets::{
        chart::{Band, Chart, Curve},
        foot, pane_in, put,
        scale::Scale,
    },
};

use super::{has_keys, letter, letters, look, noun};

pub fn render(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let comparison = &state.comparison;
    let name = if comparison.accuracy { "val accuracy" } else { "val loss" };
    let mut title = vec![Span::styled(name, theme.text.title)];
    let count = comparison.len();
    if comparison.drawn.len() < count {
        let words = format!("{}the best {MOST_DRAWN} of {count} {}", theme.glyphs.between, noun(state, count));
        title.push(Span::styled(words, theme.text.dim));
    }
    let inner = pane_in(theme, has_keys(state, Detail::Curves), area, buf, Line::from(title), Line::default());
    let Some(chart) = chart(state, theme) else {
        let reading = state.compared_heads().any(|run| run.opened != Opened::Yes);
        let why = if reading { "reading the runs" } else { "comes with the first epoch" };
        put(buf, inner, 1, 0, &Line::styled(why, theme.text.dim));
        return;
    };
    for (row, line) in values(state, theme, inner).iter().enumerate() {
        put(buf, inner, 0, row as u16, line);
    }
    let plot = below_values(state, theme, inner);
    chart.render(theme, plot, buf);
    letters::render(state, theme, &chart, plot, buf);
    foot(area, buf, options(comparison, theme), Line::default());
}

/// How the chart is looked at, where that is not as usual.
fn options(comparison: &Comparison, theme: &Theme) -> Line<'static> {
    let chart = &comparison.chart;
    let words = [(chart.log, "log"), (chart.outliers, "with outliers"), (chart.is_zoomed(), "zoomed")];
    let words: Vec<_> = words.into_iter().filter_map(|(on, word)| on.then_some(word)).collect();
    Line::styled(words.join(theme.glyphs.between), theme.text.accent)
}

/// The chart; none before the first epoch.
pub fn chart<'a>(state: &'a State, theme: &Theme) -> Option<Chart<'a>> {
    let comparison = &state.comparison;
    let (view, axis, quantity) = (&comparison.chart, comparison.chart.axis, comparison.quantity());
    let longest = state.compared_longest()?;
    let (low, high) = view.window.or(state.compared_extent())?;
    let x = Scale::new(low, high);
    let curve = |(at, curves): (usize, &'a Curves)| {
        let (style, stroke, _) = look(theme, at);
        Curve { line: curves.line(quantity, axis), style, stroke, right: false }
    };
    // The best run's curve lies over the others.
    let curves: Vec<_> = state.compared_curves().into_iter().rev().map(curve).collect();
    let drawn = comparison.drawn.iter().rev().filter(|_| comparison.grouped);
    let bands: Vec<_> = drawn.filter_map(|at| band(comparison, theme, *at)).collect();
    let lines = curves.iter().map(|curve| curve.line).chain(bands.iter().flat_map(|band| [band.low, band.high]));
    let mut values = ranges(lines, x);
    let scale = if view.log {
        let positive = values.iter().copied().filter(|value| *value > 0.0);
        let (low, high) = (positive.clone().fold(f64::INFINITY, f64::min), positive.fold(0.0, f64::max));
        Scale::log(low * 0.95, high * 1.05)
    } else {
        // What is compared is small differences: the axis need not begin at 0.
        let lowest = values.iter().copied().fold(f64::INFINITY, f64::min);
        let scale = Scale::robust(&mut values, view.outliers).0;
        if lowest.is_finite() { scale.raised_to(lowest - (scale.high - lowest) * 0.05) } else { scale }
    };
    Some(Chart {
        bands,
        curves,
        axis,
        x,
        left: value_axis(scale, view.height(0), theme.text.dim),
        right: None,
        run: longest,
        saved: &[],
        events: &[],
        best: None,
        cursor: view.cursor.map(|epoch| longest.x(axis, epoch)),
    })
}

/// One standard deviation to either side of a group's mean.
fn band<'a>(comparison: &'a Comparison, theme: &Theme, at: usize) -> Option<Band<'a>> {
    let group = comparison.groups.get(at).filter(|group| group.members.len() > 1)?;
    let (style, _, _) = look(theme, at);
    let line = |curves: &'a Curves| curves.line(comparison.quantity(), comparison.chart.axis);
    Some(Band { low: line(&group.low), high: line(&group.high), style })
}

/// The area of the chart in a pane's `inner`: below the values at the cursor.
pub fn below_values(state: &State, theme: &Theme, inner: Rect) -> Rect {
    let above = values(state, theme, inner).len() as u16;
    Rect { y: inner.y + above, height: inner.height.saturating_sub(above), ..inner }
}

/// The value of each drawn row at the cursor, in as many lines as they take of a third of `inner`.
fn values(state: &State, theme: &Theme, inner: Rect) -> Vec<Line<'static>> {
    let comparison = &state.comparison;
    let axis = comparison.chart.axis;
    let (Some(epoch), Some(longest)) = (comparison.chart.cursor, state.compared_longest()) else { return Vec::new() };
    let x = longest.x(axis, epoch);
    let place = match axis {
        XAxis::Epoch => format!("epoch {epoch:.0}"),
        XAxis::Step => format!("step {x:.0}"),
        XAxis::Elapsed => format!("{} trained", format::clock(x)),
        XAxis::Clock => format::time_of_day((x * 1000.0) as i64),
    };
    let value = |(at, curves): (usize, &Curves)| {
        let line = curves.line(comparison.quantity(), axis);
        let index = index_at(line, x)?;
        let (style, _, _) = look(theme, at);
        let mut spans = vec![
            Span::styled(letter(at).to_string(), style.patch(theme.text.strong)),
            Span::styled(format!(" {}", format::score(line.series.get(index)?)), theme.text.plain),
        ];
        if let Some(group) = comparison.groups.get(at).filter(|_| comparison.grouped) {
            let high = group.high.line(comparison.quantity(), axis).series.get(index);
            let mean = line.series.get(index)?;
            if let Some(sd) = high.map(|high| high - mean).filter(|sd| sd.is_finite()) {
                spans.push(Span::styled(format!(" {}{}", theme.glyphs.plus_minus, format::score(sd)), theme.text.dim));
            }
            let (count, all) = (group.counts.get(index).copied().unwrap_or(0), group.members.len());
            if count < all {
                spans.push(Span::styled(format!(" {count}/{all}"), theme.text.dim));
            }
        }
        Some(Line::from(spans))
    };
    let mut parts = vec![Line::styled(place, theme.text.accent)];
    parts.extend(state.compared_curves().into_iter().filter_map(value));
    wrapped(parts, usize::from(inner.width), usize::from(inner.height / 3).max(1))
}

/// The point of `line` at `x`, where it reaches there.
fn index_at(line: curves::Line, x: f64) -> Option<usize> {
    let slack = x.abs() * 1e-9 + 1e-6;
    let last = line.x(line.series.len().checked_sub(1)?);
    (line.x(0) - slack..=last + slack).contains(&x).then(|| line.nearest(x)).flatten()
}

/// `parts` in at most `most` lines of `width` columns, and how many had no room.
fn wrapped(parts: Vec<Line<'static>>, width: usize, most: usize) -> Vec<Line<'static>> {
    /// Columns of `+99` with its gap.
    const MORE: usize = 5;
    let mut lines: Vec<Line> = Vec::new();
    let mut line = Line::default();
    let mut left = parts.len();
    for part in parts {
        let last = lines.len() + 1 == most;
        let gap = if line.spans.is_empty() { 0 } else { 2 };
        if line.width() + gap + part.width() + if last { MORE } else { 0 } > width {
            if last {
                break;
            }
            lines.push(std::mem::take(&mut line));
        } else if gap > 0 {
            line.push_span("  ");
        }
        line.spans.extend(part.iter().map(|span| span.clone().patch_style(part.style)));
        left -= 1;
    }
    if left > 0 {
        line.push_span(format!("  +{left}"));
    }
    lines.push(line);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_wrapped_and_those_without_room_counted() {
        let parts = |count: usize| (0..count).map(|at| Line::raw(format!("{} 0.{at:02}", letter(at)))).collect();
        let text = |lines: Vec<Line>| lines.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(text(wrapped(parts(2), 20, 3)), ["a 0.00  b 0.01"]);
        assert_eq!(text(wrapped(parts(3), 20, 3)), ["a 0.00  b 0.01", "c 0.02"]);
        assert_eq!(text(wrapped(parts(9), 20, 2)), ["a 0.00  b 0.01", "c 0.02  d 0.03  +5"]);
        assert_eq!(text(wrapped(parts(3), 4, 1)), ["  +3"]);
    }
}
