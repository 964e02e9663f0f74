//! How much room there is, and what is done with it.

use ratatui::layout::{Constraint, Layout, Rect};

/// The least columns and rows that the dashboard can be drawn in.
pub const LEAST: (u16, u16) = (40, 12);

/// The parts of every screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    pub header: Rect,
    pub body: Rect,
    pub footer: Rect,
}

impl Frame {
    pub fn of(area: Rect) -> Self {
        let rows = [Constraint::Length(1), Constraint::Min(0), Constraint::Length(2)];
        let [header, body, footer] = Layout::vertical(rows).areas(area);
        Self { header, body, footer }
    }
}

/// How much room the Train screen has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Room {
    /// All four panes.
    Full,
    /// All four, one above the other.
    Tall,
    /// Both charts and one of the tables beside them.
    Medium,
    /// The same, one above the other.
    Stacked,
    /// One pane.
    Small,
    TooSmall,
}

impl Room {
    pub fn of(area: Rect) -> Self {
        match (area.width, area.height) {
            (width, height) if width < LEAST.0 || height < LEAST.1 => Self::TooSmall,
            (width, height) if width >= 100 && height >= 30 => Self::Full,
            (_, 44..) => Self::Tall,
            (width, height) if width >= 76 && height >= 20 => Self::Medium,
            (_, 30..) => Self::Stacked,
            _ => Self::Small,
        }
    }
}
