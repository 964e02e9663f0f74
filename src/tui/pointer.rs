//! What the mouse does in the panes of the Train screen, and in those of [Compare](compare): a click gives a pane the keys and puts its
//! cursor there, a held button moves a zoomed chart, the wheel zooms charts and goes through tables.

mod compare;

use ratatui::layout::Rect;

use super::{
    State,
    layout::{Frame, Room},
    screens::train::{Hit, hit, plot},
    state::{Pane, Screen, chart::STRIDE},
    theme::Theme,
    update::panes,
};

/// What lies at `column` and `row`, where it is the Train screen's and nothing lies over it.
fn at(state: &State, column: u16, row: u16) -> Option<Hit> {
    let area = Rect::new(0, 0, state.size.0, state.size.1);
    let room = Room::of(area);
    if covered(state) || state.screen != Screen::Train || room == Room::TooSmall {
        return None;
    }
    let theme = Theme::of(&state.config.ui);
    hit(state, &theme, room, Frame::of(area).body, column, row)
}

fn covered(state: &State) -> bool {
    state.dialog.is_some() || state.overlay.is_some()
}

/// A click at `column` and `row`. True where there was something to click on.
pub fn click(state: &mut State, column: u16, row: u16) -> bool {
    if state.screen == Screen::Compare {
        return compare::click(state, column, row);
    }
    let Some(hit) = at(state, column, row) else { return false };
    state.view.focused = true;
    state.view.pane = pane_of(hit);
    match hit {
        Hit::Pane(_) | Hit::Scale(_) => {}
        Hit::Chart(_, x) => {
            panes::point(state, x);
            state.held = Some((column, row));
        }
        Hit::Cell(truth, prediction) => state.matrix.cell = (truth, prediction),
        Hit::Class(row) => state.classes.row = row,
    }
    true
}

/// The button is held and moved to `column` and `row`: what is seen of a zoomed chart goes along.
pub fn drag(state: &mut State, column: u16, row: u16) {
    if state.screen == Screen::Compare {
        return compare::drag(state, column, row);
    }
    let Some((from, above)) = state.held.filter(|_| state.screen == Screen::Train && !covered(state)) else { return };
    let area = Rect::new(0, 0, state.size.0, state.size.1);
    let theme = Theme::of(&state.config.ui);
    let Some(plot) = plot(state, &theme, Room::of(area), Frame::of(area).body, state.view.pane) else { return };
    let (across, down) = (part(from, column, plot.width), part(above, row, plot.height));
    state.chart.pan_x(-across, state.extent());
    state.chart.pan_y(panes::which(state), down);
    state.held = Some((column, row));
}

/// How far the mouse moved, as a part of the `whole` cells that a plot has in that direction.
fn part(from: u16, to: u16, whole: u16) -> f64 {
    f64::from(i32::from(to) - i32::from(from)) / f64::from(whole.max(1))
}

/// The wheel is turned at `column` and `row`: up is closer in a chart, or along its value axis where it is
/// `upright`, and up in a table. True where there was something to move.
pub fn wheel(state: &mut State, column: u16, row: u16, up: bool, upright: bool) -> bool {
    if state.screen == Screen::Compare {
        return compare::wheel(state, column, row, up, upright);
    }
    let Some(hit) = at(state, column, row) else { return false };
    let step = if up { -1 } else { 1 };
    match (hit, pane_of(hit)) {
        (Hit::Scale(pane), _) => state.chart.zoom_y(usize::from(pane == Pane::Scores), up),
        (Hit::Chart(pane, _), _) if upright => state.chart.zoom_y(usize::from(pane == Pane::Scores), up),
        (Hit::Chart(_, x), _) => panes::zoom(state, up, Some(x)),
        (_, Pane::Confusion) => state.matrix.cell.0 = state.matrix.cell.0.saturating_add_signed(step),
        (_, Pane::Classes) => state.classes.row = state.classes.row.saturating_add_signed(step),
        (_, Pane::Loss | Pane::Scores) => return false,
    }
    true
}

/// The wheel is pushed to one side over a chart or the matrix. True where there was something to move.
pub fn wheel_across(state: &mut State, column: u16, row: u16, right: bool) -> bool {
    if state.screen == Screen::Compare {
        return compare::wheel_across(state, column, row, right);
    }
    let Some(hit) = at(state, column, row) else { return false };
    match pane_of(hit) {
        Pane::Loss | Pane::Scores => state.chart.pan_x(if right { STRIDE } else { -STRIDE }, state.extent()),
        Pane::Confusion => {
            let cell = &mut state.matrix.cell.1;
            *cell = cell.saturating_add_signed(if right { 1 } else { -1 });
        }
        Pane::Classes => return false,
    }
    true
}

fn pane_of(hit: Hit) -> Pane {
    match hit {
        Hit::Pane(pane) | Hit::Chart(pane, _) | Hit::Scale(pane) => pane,
        Hit::Cell(..) => Pane::Confusion,
        Hit::Class(_) => Pane::Classes,
    }
}
