//! The confusion matrix as a heat map: rows are the truth, columns the prediction.
//!
//! ```text
//! ╭ confusion · val of epoch 30 · row % ─────────────╮
//! │               air bus met sta par pub sho ped tra │
//! │ airport        71   ·   ·  12   ·   2  11   1   · │
//! │ bus             ·  89   6   ·   ·   ·   ·   ·   · │
//! │ worst: tram → metro 41                            │
//! ╰───────────────────────────────────────────────────╯
//! ```

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    metrics::Confusion,
    tui::{format, text, theme::Theme},
};

use super::put;

/// Columns of a cell, at least; the widest is 5.
const LEAST_CELL: usize = 3;

/// Draw `confusion` into `area`, as clips or as per cent of the row.
pub fn render(theme: &Theme, confusion: &Confusion, names: &[String], counts: bool, area: Rect, buf: &mut Buffer) {
    let classes = confusion.classes();
    let columns = usize::from(area.width);
    let longest = names.iter().map(|name| text::width(&text::clean(name))).max().unwrap_or(0);
    let digits = if counts { format::count(confusion.total()).len().min(5) } else { 2 };
    let least = (digits + 1).max(LEAST_CELL);
    // Names shrink first, then cells lose their gaps.
    let cell = (columns.saturating_sub(longest + 1) / classes.max(1)).clamp(least, 5);
    let label = columns.saturating_sub(cell * classes + 1).min(longest).max(4);

    let short = text::abbreviate(names, cell - 1);
    let heading: Vec<Span> = std::iter::once(" ".repeat(label + 1).into())
        .chain(short.iter().take(classes).map(|name| Span::styled(format!("{name:>cell$}"), theme.text.dim)))
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
            let style = if truth == prediction && clips > 0 { style.patch(theme.text.strong) } else { style };
            spans.push(Span::styled(format!("{:>width$} ", value, width = cell - 1), style));
        }
        put(buf, area, 0, truth as u16 + 1, &Line::from(spans));
    }
    worst(theme, confusion, names, Rect { y: area.y + classes as u16 + 1, ..area }.intersection(area), buf);
}

/// The pairs that are confused most, one a line where there is room, else the first on the last line.
fn worst(theme: &Theme, confusion: &Confusion, names: &[String], area: Rect, buf: &mut Buffer) {
    let name = |class: usize| names.get(class).map_or_else(|| class.to_string(), |name| text::clean(name).into_owned());
    let pairs = confusion.most_confused();
    let gap = u16::from(area.height >= 3);
    let title = "worst: ";
    for (row, (truth, prediction, clips)) in
        pairs.into_iter().take(usize::from(area.height - gap.min(area.height))).enumerate()
    {
        let share = 100.0 * clips as f64 / confusion.support(truth).max(1) as f64;
        let pair = format!("{} {} {}", name(truth), theme.glyphs.arrow, name(prediction));
        let lead = if row == 0 { title.to_owned() } else { " ".repeat(title.len()) };
        let line = Line::from(vec![
            Span::styled(lead, theme.text.dim),
            Span::raw(format!("{pair} ")),
            Span::styled(clips.to_string(), theme.text.strong),
            Span::styled(format!(" {} {share:.0} %", if clips == 1 { "clip," } else { "clips," }), theme.text.dim),
        ]);
        put(buf, area, 0, row as u16 + gap, &line);
    }
}
