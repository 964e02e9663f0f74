//! The confusion matrix as a heat map: rows are the truth, columns the prediction.
//!
//! ```text
//! ╭ confusion · val of epoch 30 · row % ─────────────╮
//! │               air bus met sta par pub sho ped tra │
//! │ airport        71   ·   ·  12   ·   2  11   1   · │
//! │ bus             ·  89   6   ·   ·   ·   ·   ·   · │
//! │ worst tram → metro 41 (6 %)                          │
//! ╰───────────────────────────────────────────────────╯
//! ```

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Modifier,
    text::{Line, Span},
};

use crate::{
    metrics::Confusion,
    tui::{text, theme::Theme},
};

use super::put;

/// Columns of a cell, at least; the widest is 5.
const LEAST_CELL: usize = 3;
/// Columns of a line about a pair without the pair itself.
const FIGURES: usize = 18;

/// Draw `confusion` into `area`, as clips or as per cent of the row.
pub fn render(theme: &Theme, confusion: &Confusion, names: &[String], counts: bool, area: Rect, buf: &mut Buffer) {
    // No screen has room for more, whatever a damaged log says.
    let classes = confusion.classes().min(1000);
    let columns = usize::from(area.width);
    let longest = names.iter().map(|name| text::width(&text::clean(name))).max().unwrap_or(0);
    let most = confusion.rows().iter().flatten().max().copied().unwrap_or(0);
    let digits = if counts { most.to_string().len() } else { 2 };
    let least = (digits + 1).max(LEAST_CELL);
    // Names shrink first, then cells lose their gaps.
    let cell = (columns.saturating_sub(longest + 1) / classes.max(1)).clamp(least, least.max(5));
    let label = columns.saturating_sub(cell * classes + 1).min(longest).max(4);

    let short = text::abbreviate(names, cell - 1);
    let heading: Vec<Span> = std::iter::once(" ".repeat(label + 1).into())
        .chain(
            short
                .iter()
                .take(classes)
                .map(|name| Span::styled(format!("{name:>width$} ", width = cell - 1), theme.text.dim)),
        )
        .collect();
    put(buf, area, 0, 0, &Line::from(heading));
    for truth in 0..classes {
        let name = names.get(truth).map_or_else(|| truth.to_string().into(), |name| text::clean(name));
        let mut spans = vec![Span::raw(text::fit(&name, label, theme.glyphs.ellipsis)), " ".into()];
        let support = confusion.support(truth);
        for prediction in 0..classes {
            let clips = confusion.get(truth, prediction);
            let share = if support == 0 { 0.0 } else { clips as f64 / support as f64 };
            let value = match (clips, counts) {
                (0, _) => theme.glyphs.nothing.to_owned(),
                (_, true) => clips.to_string(),
                // A share under half a per cent is not nothing.
                (_, false) => format!("{:.0}", (share * 100.0).max(1.0)),
            };
            let style = if clips == 0 { theme.text.dim } else { theme.heat(share) };
            let style = if truth == prediction && clips > 0 { style.add_modifier(Modifier::BOLD) } else { style };
            spans.push(Span::styled(format!("{:>width$} ", value, width = cell - 1), style));
        }
        put(buf, area, 0, truth as u16 + 1, &Line::from(spans));
    }
    let below = Rect { y: area.y + classes as u16 + 1, ..area }.intersection(area);
    worst(theme, confusion, names, &short, below, buf);
}

/// The pairs that are confused most, a line each, as far as there is room.
fn worst(theme: &Theme, confusion: &Confusion, names: &[String], short: &[String], area: Rect, buf: &mut Buffer) {
    let gap = u16::from(area.height >= 3);
    let pairs: Vec<_> =
        confusion.most_confused().into_iter().take(usize::from(area.height.saturating_sub(gap))).collect();
    let spell = |names: &[String]| -> Vec<String> {
        let name =
            |class: usize| names.get(class).map_or_else(|| class.to_string(), |name| text::clean(name).into_owned());
        let arrow = theme.glyphs.arrow;
        pairs.iter().map(|&(truth, prediction, _)| format!("{} {arrow} {}", name(truth), name(prediction))).collect()
    };
    // The heading's short names where the full ones are too long for one of the lines.
    let full = spell(names);
    let fits = full.iter().all(|pair| text::width(pair) + FIGURES <= usize::from(area.width));
    let lines = if fits { full } else { spell(short) };
    for (row, (pair, (truth, _, clips))) in lines.into_iter().zip(&pairs).enumerate() {
        let share = 100.0 * *clips as f64 / confusion.support(*truth).max(1) as f64;
        let line = Line::from(vec![
            Span::styled(if row == 0 { "worst " } else { "      " }, theme.text.dim),
            Span::raw(pair),
            Span::styled(format!(" {clips}"), theme.text.strong),
            Span::styled(format!(" ({share:.0} %)"), theme.text.dim),
        ]);
        put(buf, area, 0, row as u16 + gap, &line);
    }
}
