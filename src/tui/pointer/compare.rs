//! What the mouse does in the panes of the Compare screen.

use ratatui::layout::Rect;

use super::{
    super::{
        State,
        layout::{Frame, Room},
        screens::compare::{Hit, hit, plot},
        state::{Detail, chart::STRIDE},
        theme::Theme,
        update::compare,
    },
    covered, part,
};

/// Rows that the wheel moves the table of scores by.
const WHEEL: isize = 3;

/// What lies at `column` and `row`, where it is the screen's and nothing lies over it.
fn at(state: &State, column: u16, row: u16) -> Option<Hit> {
    let area = Rect::new(0, 0, state.size.0, state.size.1);
    if covered(state) || Room::of(area) == Room::TooSmall {
        return None;
    }
    hit(state, &Theme::of(&state.config.ui), Frame::of(area).body, column, row)
}

/// A click at `column` and `row`: a pane gets the keys, and its cursor stands there. False where it is none.
pub fn click(state: &mut State, column: u16, row: u16) -> bool {
    let Some(hit) = at(state, column, row) else { return false };
    let Some(pane) = pane_of(hit) else {
        // The keys go through the rows again.
        state.comparison.focused = false;
        return false;
    };
    (state.comparison.focused, state.comparison.pane) = (true, pane);
    match hit {
        Hit::Chart(x) => {
            compare::point(state, x);
            state.held = Some((column, row));
        }
        Hit::Cell(truth, prediction) => state.comparison.cell = (truth, prediction),
        Hit::Setting(row) => state.comparison.setting = row,
        Hit::Class(row) => state.comparison.class = row,
        Hit::Scores | Hit::Row(_) | Hit::Pane(_) | Hit::Scale => {}
    }
    true
}

/// The button is held and moved to `column` and `row`: what is seen of a zoomed chart goes along.
pub fn drag(state: &mut State, column: u16, row: u16) {
    let Some((from, above)) = state.held.filter(|_| !covered(state)) else { return };
    let area = Rect::new(0, 0, state.size.0, state.size.1);
    let Some(plot) = plot(state, &Theme::of(&state.config.ui), Frame::of(area).body) else { return };
    compare::pan(state, -part(from, column, plot.width));
    state.comparison.chart.pan_y(0, part(above, row, plot.height));
    state.held = Some((column, row));
}

/// The wheel is turned at `column` and `row`: up is closer in the chart, or along its value axis where it is
/// `upright`, and up in a table. True where there was something to move.
pub fn wheel(state: &mut State, column: u16, row: u16, up: bool, upright: bool) -> bool {
    let Some(hit) = at(state, column, row) else { return false };
    match (hit, pane_of(hit)) {
        (Hit::Scale, _) => state.comparison.chart.zoom_y(0, up),
        (Hit::Chart(_), _) if upright => state.comparison.chart.zoom_y(0, up),
        (Hit::Chart(x), _) => compare::zoom(state, up, Some(x)),
        (_, None) => compare::choose(state, if up { -WHEEL } else { WHEEL }),
        (_, Some(Detail::Curves)) => return false,
        (_, Some(pane)) => beside(state, pane, |state| compare::within(state, if up { -1 } else { 1 })),
    }
    true
}

/// The wheel is pushed to one side over a pane. True where there was something to move.
pub fn wheel_across(state: &mut State, column: u16, row: u16, right: bool) -> bool {
    match at(state, column, row).and_then(pane_of) {
        Some(Detail::Curves) => compare::pan(state, if right { STRIDE } else { -STRIDE }),
        Some(pane) => beside(state, pane, |state| compare::across(state, if right { 1 } else { -1 })),
        None => return false,
    }
    true
}

/// Move in `pane`; the keys stay where they are.
fn beside(state: &mut State, pane: Detail, change: impl FnOnce(&mut State)) {
    let keys = std::mem::replace(&mut state.comparison.pane, pane);
    change(state);
    state.comparison.pane = keys;
}

fn pane_of(hit: Hit) -> Option<Detail> {
    match hit {
        Hit::Scores | Hit::Row(_) => None,
        Hit::Pane(pane) => Some(pane),
        Hit::Chart(_) | Hit::Scale => Some(Detail::Curves),
        Hit::Cell(..) => Some(Detail::Confusion),
        Hit::Setting(_) => Some(Detail::Settings),
        Hit::Class(_) => Some(Detail::Classes),
    }
}
