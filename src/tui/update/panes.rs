//! What keys do in the panes of the Train screen.

use super::super::{
    Effect, State,
    keymap::{Action, Place},
    state::{Level, Pane, Predictions, chart::STRIDE},
};

/// Stops that a far step takes.
const FAR: isize = 10;

pub fn perform(state: &mut State, action: Action) {
    match action {
        Action::Focus => state.view.focused = !state.view.focused,
        Action::Pane => state.view.pane = state.view.pane.next(),
        Action::PreviousPane => state.view.pane = state.view.pane.previous(),
        Action::Maximise => state.view.maximised = !state.view.maximised,
        Action::Pin => pin(state),
        Action::Left => across(state, -1),
        Action::Right => across(state, 1),
        Action::FarLeft => across(state, -FAR),
        Action::FarRight => across(state, FAR),
        Action::ZoomIn => zoom(state, true, None),
        Action::ZoomOut => zoom(state, false, None),
        Action::ZoomInY => state.chart.zoom_y(which(state), true),
        Action::ZoomOutY => state.chart.zoom_y(which(state), false),
        Action::PanLeft => state.chart.pan_x(-STRIDE, state.extent()),
        Action::PanRight => state.chart.pan_x(STRIDE, state.extent()),
        Action::ResetZoom => state.chart.reset(),
        Action::LogScale => state.chart.log = !state.chart.log,
        Action::XAxis => {
            let mut chart = state.chart.clone();
            if let Some(run) = state.shown() {
                chart.next_axis(&run.curves);
                state.chart = chart;
            }
        }
        Action::Smooth => state.chart.next_weight(),
        Action::Outliers => state.chart.outliers = !state.chart.outliers,
        Action::Earlier => state.scrub(-1),
        Action::Later => state.scrub(1),
        Action::Difference => state.matrix.difference = !state.matrix.difference,
        Action::Sort => state.classes.sort = state.classes.sort.next(),
        Action::ReverseSort => state.classes.descending = !state.classes.descending,
        _ => {}
    }
}

/// The value axis that keys go to: 0 for the losses, 1 for the scores.
pub fn which(state: &State) -> usize {
    usize::from(state.view.pane == Pane::Scores)
}

/// Zoom the x axis around `at`, or else around the cursor.
pub fn zoom(state: &mut State, closer: bool, at: Option<f64>) {
    let mut chart = state.chart.clone();
    if let Some(run) = state.shown() {
        chart.zoom_x(closer, at, state.extent(), &run.curves);
        state.chart = chart;
    }
}

/// Put the charts' cursor at `x`, on the nearest epoch or step.
pub fn point(state: &mut State, x: f64) {
    let mut chart = state.chart.clone();
    if let Some(run) = state.shown() {
        chart.point(x, state.extent(), &run.curves);
        state.chart = chart;
    }
}

/// Move the cursor of the pane by `stops`, right being positive.
fn across(state: &mut State, stops: isize) {
    if state.view.pane.is_chart() {
        let mut chart = state.chart.clone();
        let stops = match stops {
            isize::MIN => f64::NEG_INFINITY,
            isize::MAX => f64::INFINITY,
            stops => stops as f64,
        };
        if let Some(run) = state.shown() {
            chart.move_cursor(stops, state.extent(), &run.curves);
            state.chart = chart;
        }
    } else {
        let cell = &mut state.matrix.cell.1;
        *cell = cell.saturating_add_signed(stops);
    }
}

/// Move up or down in the pane; the ends of the range go to its ends.
pub fn scroll(state: &mut State, lines: isize) {
    match (state.view.pane, lines) {
        // Along the x axis there is an end, up and down there is none.
        (Pane::Loss | Pane::Scores, isize::MIN | isize::MAX) => across(state, lines),
        (Pane::Loss | Pane::Scores, _) => state.chart.pan_y(which(state), if lines < 0 { STRIDE } else { -STRIDE }),
        (Pane::Confusion, isize::MIN) => {
            // The first epoch, and back to the present.
            state.scrub(isize::MIN);
        }
        (Pane::Confusion, isize::MAX) => state.scrub(isize::MAX),
        (Pane::Confusion, _) => {
            let cell = &mut state.matrix.cell.0;
            *cell = cell.saturating_add_signed(lines);
        }
        (Pane::Classes, _) => state.classes.row = state.classes.row.saturating_add_signed(lines),
    }
}

/// Pin the run that is shown, or chosen on Compare, or let go of it.
fn pin(state: &mut State) {
    let Some((dir, name)) = state.pinnable().map(|run| (run.dir.clone(), run.name.clone())) else { return };
    let pinned = state.is_pinned(&dir);
    state.pin(dir);
    let text = if pinned {
        format!("{name} is not pinned any more")
    } else {
        format!("{name} is pinned: other runs are compared with it")
    };
    state.journal.add(state.now, Level::Notice, &text);
}

/// Keep cursors where there is something, and ask for what the chosen cell needs.
pub fn settle(state: &mut State) -> Option<Effect> {
    state.settle_tables();
    let (dir, of, classes) = state.missing_predictions().filter(|_| state.place() == Place::Matrix)?;
    state.predictions = Some(Predictions::asked(dir.clone(), of));
    Some(Effect::ReadPredictions { dir, of, classes })
}
