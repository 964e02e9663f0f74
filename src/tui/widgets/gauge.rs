//! Bars of a given length, in eighths of a cell where the terminal has such characters.

use crate::tui::theme::Theme;

/// A quiet bar of `columns` cells, of which `share` (0 to 1) is filled; the rest is blank.
pub fn bar(theme: &Theme, share: f64, columns: usize) -> String {
    filled(theme.glyphs.thin_bar, share, columns, " ")
}

/// The same with a visible rest, for progress.
pub fn gauge(theme: &Theme, share: f64, columns: usize) -> String {
    filled(theme.glyphs.bar, share, columns, theme.glyphs.bar_rest)
}

fn filled(parts: &[&str], share: f64, columns: usize, rest: &str) -> String {
    let steps = parts.len().max(1);
    let share = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
    let filled = (share * (columns * steps) as f64).round() as usize;
    let mut text = parts.last().copied().unwrap_or("#").repeat(filled / steps);
    let mut used = filled / steps;
    if let Some(part) = (filled % steps).checked_sub(1).and_then(|part| parts.get(part)) {
        text.push_str(part);
        used += 1;
    }
    text.push_str(&rest.repeat(columns.saturating_sub(used)));
    text
}
