//! What stands in a cell of the screen, for the mouse.

use ratatui::layout::Rect;

use crate::tui::{State, layout::Room, state::Pane, theme::Theme, widgets::chart::Chart};

use super::{arrange, curves, tables};

/// What the Train screen shows in one place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Hit {
    /// A pane, beside its content.
    Pane(Pane),
    /// A chart, at this place of its x axis.
    Chart(Pane, f64),
    /// A value axis of a chart.
    Scale(Pane),
    /// The cell of a truth and a prediction.
    Cell(usize, usize),
    /// A row of the class table, as it is sorted.
    Class(usize),
}

/// What the Train screen, drawn in `area`, shows at `column` and `row`.
pub fn hit(state: &State, theme: &Theme, room: Room, area: Rect, column: u16, row: u16) -> Option<Hit> {
    let (_, panes) = arrange(state, room, area);
    let (which, area) = panes.into_iter().find(|(_, area)| area.contains((column, row).into()))?;
    let inner = inside(area);
    let found = match which {
        Pane::Loss | Pane::Scores => chart(state, theme, which).and_then(|chart| {
            let on_axis = chart.is_on_value_axis(inner, column, row).then_some(Hit::Scale(which));
            chart.hit(inner, column, row).map(|x| Hit::Chart(which, x)).or(on_axis)
        }),
        Pane::Confusion => state
            .table()
            .and_then(|table| tables::matrix(state, theme, &table).hit(tables::within(inner), column, row))
            .map(|(truth, prediction)| Hit::Cell(truth, prediction)),
        Pane::Classes => state
            .table()
            .and_then(|table| tables::class_table(state, &table).hit(tables::within(inner), column, row))
            .map(Hit::Class),
    };
    Some(found.unwrap_or(Hit::Pane(which)))
}

/// Where the curves of the chart `which` lie, if it is seen.
pub fn plot(state: &State, theme: &Theme, room: Room, area: Rect, which: Pane) -> Option<Rect> {
    let (_, panes) = arrange(state, room, area);
    let (_, area) = panes.into_iter().find(|(pane, _)| *pane == which)?;
    chart(state, theme, which)?.plot(inside(area))
}

fn chart<'a>(state: &'a State, theme: &Theme, which: Pane) -> Option<Chart<'a>> {
    let run = state.shown()?;
    match which {
        Pane::Loss => Some(curves::loss_chart(state, theme, run).0),
        Pane::Scores => Some(curves::scores_chart(state, theme, run).0),
        Pane::Confusion | Pane::Classes => None,
    }
}

/// The area within a pane's border.
fn inside(area: Rect) -> Rect {
    Rect { x: area.x + 1, y: area.y + 1, width: area.width.saturating_sub(2), height: area.height.saturating_sub(2) }
}
