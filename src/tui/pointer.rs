//! What the mouse does in the panes of the Train screen: a click gives a pane the keys and puts its
//! cursor there, the wheel zooms charts and goes through tables.

use ratatui::layout::Rect;

use super::{
    State,
    layout::{Frame, Room},
    screens::train::{Hit, hit},
    state::{Pane, Screen},
    theme::Theme,
    update::panes,
};

/// What lies at `column` and `row`, where it is the Train
/// screen's and nothing lies over it.
fn at(state: &State, column: u16, row: u16) -> Option<Hit> {
    let area = Rect::new(0, 0, state.size.0, state.size.1);
    let room = Room::of(area);
    let covered = state.dialog.is_some() || state.overlay.is_some();
    if covered || state.screen != Screen::Train || room == Room::TooSmall {
        return None;
    }
    let theme = Theme::of(&state.config.ui);
    hit(state, &theme, room, Frame::of(area).body, column, row)
}

/// A click at `column` and `row`. True where there was something to click on.
pub fn click(state: &mut State, column: u16, row: u16) -> bool {
    let Some(hit) = at(state, column, row) else { return false };
    state.view.focused = true;
    state.view.pane = pane_of(hit);
    match hit {
        Hit::Pane(_) => {}
        Hit::Chart(_, x) => panes::point(state, x),
        Hit::Cell(truth, prediction) => state.matrix.cell = (truth, prediction),
        Hit::Class(row) => state.classes.row = row,
    }
    true
}

/// The wheel is turned at `column` and `row`: up is closer in a chart and up in a table. True where there
/// was something to move.
pub fn wheel(state: &mut State, column: u16, row: u16, up: bool) -> bool {
    let Some(hit) = at(state, column, row) else { return false };
    let step = if up { -1 } else { 1 };
    match (hit, pane_of(hit)) {
        (Hit::Chart(_, x), _) => panes::zoom(state, up, Some(x)),
        (_, Pane::Confusion) => state.matrix.cell.0 = state.matrix.cell.0.saturating_add_signed(step),
        (_, Pane::Classes) => state.classes.row = state.classes.row.saturating_add_signed(step),
        (_, Pane::Loss | Pane::Scores) => return false,
    }
    true
}

fn pane_of(hit: Hit) -> Pane {
    match hit {
        Hit::Pane(pane) | Hit::Chart(pane, _) => pane,
        Hit::Cell(..) => Pane::Confusion,
        Hit::Class(_) => Pane::Classes,
    }
}
