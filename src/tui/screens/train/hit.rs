//! What stands in a cell of the screen, for the mouse.

use ratatui::layout::Rect;

use crate::tui::{State, layout::Room, state::Pane, theme::Theme};

use super::{arrange, curves, tables};

/// What the Train screen shows in one place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Hit {
    /// A pane, beside its content.
    Pane(Pane),
    /// A chart, at this place of its x axis.
    Chart(Pane, f64),
    /// The cell of a truth and a prediction.
    Cell(usize, usize),
    /// A row of the class table, as it is sorted.
    Class(usize),
}

/// What the Train screen, drawn in `area`, shows at `column` and `row`.
pub fn hit(state: &State, theme: &Theme, room: Room, area: Rect, column: u16, row: u16) -> Option<Hit> {
    let (_, panes) = arrange(state, room, area);
    let (which, area) = panes.into_iter().find(|(_, area)| area.contains((column, row).into()))?;
    let inner = Rect {
        x: area.x + 1,
        y: area.y + 1,
        width: area.width.saturating_sub(2),
        height: area.height.saturating_sub(2),
    };
    let run = state.shown();
    let found = match which {
        Pane::Loss => run.and_then(|run| curves::loss_chart(state, theme, run).0.hit(inner, column, row)),
        Pane::Scores => run.and_then(|run| curves::scores_chart(state, theme, run).hit(inner, column, row)),
        Pane::Confusion | Pane::Classes => None,
    };
    let table = || state.table();
    let found = match which {
        Pane::Loss | Pane::Scores => found.map(|x| Hit::Chart(which, x)),
        Pane::Confusion => table()
            .and_then(|table| tables::matrix(state, theme, &table).hit(tables::within(inner), column, row))
            .map(|(truth, prediction)| Hit::Cell(truth, prediction)),
        Pane::Classes => table()
            .and_then(|table| tables::class_table(state, &table).hit(tables::within(inner), column, row))
            .map(Hit::Class),
    };
    Some(found.unwrap_or(Hit::Pane(which)))
}
