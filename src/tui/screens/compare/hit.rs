//! What stands in a cell of the screen, for the mouse.

use ratatui::layout::Rect;

use crate::tui::{State, state::Detail, theme::Theme};

use super::{arrange, curves, details, window};

/// What the Compare screen shows in one place.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Hit {
    /// The table of scores, and a row of it.
    Scores,
    Row(usize),
    /// A pane, beside its content.
    Pane(Detail),
    /// The chart, at this place of its x axis, and its value axis.
    Chart(f64),
    Scale,
    /// The cell of a truth and a prediction.
    Cell(usize, usize),
    /// A setting, and a class.
    Setting(usize),
    Class(usize),
}

/// What the Compare screen, drawn in `area`, shows at `column` and `row`.
pub fn hit(state: &State, theme: &Theme, area: Rect, column: u16, row: u16) -> Option<Hit> {
    let at = (column, row).into();
    let (scores, panes) = arrange(state, area);
    if state.comparison.len() == 0 {
        return None;
    }
    if let Some(scores) = scores.filter(|scores| scores.contains(at)) {
        let rows = window(state, scores.height.saturating_sub(2));
        let down = row.checked_sub(scores.y + 2).map(usize::from);
        let found = down.map(|down| rows.start + down).filter(|row| rows.contains(row));
        return Some(found.map_or(Hit::Scores, Hit::Row));
    }
    let (which, area) = panes.into_iter().find(|(_, area)| area.contains(at))?;
    let inner = inside(area);
    let found = match which {
        Detail::Curves => curves::chart(state, theme).and_then(|chart| {
            let plot = curves::below_values(state, theme, inner);
            let on_axis = chart.is_on_value_axis(plot, column, row).then_some(Hit::Scale);
            chart.hit(plot, column, row).map(Hit::Chart).or(on_axis)
        }),
        Detail::Settings => details::setting_at(state, inner, row).map(Hit::Setting),
        Detail::Confusion => details::cell_at(state, inner, column, row).map(|(down, across)| Hit::Cell(down, across)),
        Detail::Classes => details::class_at(state, inner, row).map(Hit::Class),
    };
    Some(found.unwrap_or(Hit::Pane(which)))
}

/// Where the curves lie, if they are seen.
pub fn plot(state: &State, theme: &Theme, area: Rect) -> Option<Rect> {
    let (_, panes) = arrange(state, area);
    let (_, area) = panes.into_iter().find(|(pane, _)| *pane == Detail::Curves)?;
    curves::chart(state, theme)?.plot(curves::below_values(state, theme, inside(area)))
}

/// The area within a pane's border.
fn inside(area: Rect) -> Rect {
    Rect { x: area.x + 1, y: area.y + 1, width: area.width.saturating_sub(2), height: area.height.saturating_sub(2) }
}
