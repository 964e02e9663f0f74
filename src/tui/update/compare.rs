//! What keys do on the Compare screen: they choose a row, or move in the pane that has them.

use super::super::{
    State,
    keymap::Action,
    state::{ChartView, Detail, chart::STRIDE, curves::Curves},
};

/// Stops that a far step takes.
const FAR: isize = 10;

/// Do `action`; false where it means here what it means everywhere.
pub fn perform(state: &mut State, action: Action) -> bool {
    let comparison = &mut state.comparison;
    match action {
        Action::Groups => group(state),
        Action::Split => comparison.accuracy = !comparison.accuracy,
        Action::Focus => comparison.focused = !comparison.focused,
        Action::Pane => comparison.pane = comparison.pane.next(),
        Action::PreviousPane => comparison.pane = comparison.pane.previous(),
        Action::Maximise => comparison.maximised = !comparison.maximised,
        Action::Left => across(state, -1),
        Action::Right => across(state, 1),
        Action::FarLeft => across(state, -FAR),
        Action::FarRight => across(state, FAR),
        Action::ZoomIn => zoom(state, true, None),
        Action::ZoomOut => zoom(state, false, None),
        Action::ZoomInY => comparison.chart.zoom_y(0, true),
        Action::ZoomOutY => comparison.chart.zoom_y(0, false),
        Action::PanLeft => pan(state, -STRIDE),
        Action::PanRight => pan(state, STRIDE),
        Action::ResetZoom => comparison.chart.reset(),
        Action::LogScale => comparison.chart.log = !comparison.chart.log,
        Action::Outliers => comparison.chart.outliers = !comparison.chart.outliers,
        Action::XAxis => look(state, |chart, curves, _| chart.next_axis(curves)),
        _ => return false,
    }
    true
}

/// Group the compared runs over seeds, or take the groups apart.
pub fn group(state: &mut State) {
    state.comparison.grouped = !state.comparison.grouped;
    state.comparison.at = 0;
}

/// Change how the chart is looked at, which depends on its curves and how far they reach.
fn look(state: &mut State, change: impl FnOnce(&mut ChartView, &Curves, (f64, f64))) {
    let mut chart = state.comparison.chart.clone();
    if let (Some(curves), Some(all)) = (state.compared_longest(), state.compared_extent()) {
        change(&mut chart, curves, all);
        state.comparison.chart = chart;
    }
}

/// Zoom the x axis around `at`, or else around the cursor.
pub fn zoom(state: &mut State, closer: bool, at: Option<f64>) {
    look(state, |chart, curves, all| chart.zoom_x(closer, at, all, curves));
}

/// Move what is seen of the x axis by `part` of it.
pub fn pan(state: &mut State, part: f64) {
    look(state, |chart, _, all| chart.pan_x(part, all));
}

/// Put the chart's cursor on the epoch nearest to `x`.
pub fn point(state: &mut State, x: f64) {
    look(state, |chart, curves, all| chart.point(x, all, curves));
}

/// Choose another row, `by` below the present one.
pub fn choose(state: &mut State, by: isize) {
    let last = state.comparison.len().saturating_sub(1);
    state.comparison.at = state.comparison.at.saturating_add_signed(by).min(last);
}

/// Move in the pane by `stops`, right being positive. The columns of tables follow the chosen row.
pub fn across(state: &mut State, stops: isize) {
    match state.comparison.pane {
        Detail::Curves => {
            let stops = match stops {
                isize::MIN => f64::NEG_INFINITY,
                isize::MAX => f64::INFINITY,
                stops => stops as f64,
            };
            look(state, |chart, curves, all| chart.move_cursor(stops, all, curves));
        }
        Detail::Confusion => {
            let cell = &mut state.comparison.cell.1;
            *cell = cell.saturating_add_signed(stops);
        }
        Detail::Settings | Detail::Classes => choose(state, stops),
    }
}

/// Move by `lines`, down being positive, where the keys go; the ends of the range go to the ends.
pub fn scroll(state: &mut State, lines: isize) {
    if state.comparison.focused { within(state, lines) } else { choose(state, lines) }
}

/// Move in the pane by `lines`.
pub fn within(state: &mut State, lines: isize) {
    let comparison = &mut state.comparison;
    match (comparison.pane, lines) {
        // Along the x axis there is an end, up and down there is none.
        (Detail::Curves, isize::MIN | isize::MAX) => across(state, lines),
        (Detail::Curves, _) => comparison.chart.pan_y(0, if lines < 0 { STRIDE } else { -STRIDE }),
        (Detail::Settings, _) => comparison.setting = comparison.setting.saturating_add_signed(lines),
        (Detail::Confusion, _) => comparison.cell.0 = comparison.cell.0.saturating_add_signed(lines),
        (Detail::Classes, _) => comparison.class = comparison.class.saturating_add_signed(lines),
    }
}
