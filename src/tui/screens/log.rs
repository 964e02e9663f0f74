//! The Log screen: messages and what native libraries printed, newest at the bottom.
//!
//! ```text
//! ╭ log ─ 12 messages ─────────────────────────╮
//! │ 08:31:07 event    late-s0: started on cpu  │
//! ╰────────────────────────────────────────────╯
//! ```

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::tui::{
    State, format,
    state::{Level, journal::Entry},
    text,
    theme::Theme,
    widgets::{pane, put},
};

/// Columns of the time and the level.
const LEAD: usize = 18;

pub fn render(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let count = state.journal.len();
    let between = theme.glyphs.between;
    let kept = state.output_log.as_ref();
    let kept = kept.map_or_else(String::new, |path| format!("{between}output kept in {}", text::clean(path)));
    let facts = format!(
        "{between}{} {}, UTC{kept}",
        format::count(count as u64),
        if count == 1 { "message" } else { "messages" }
    );
    let facts = text::cut(&facts, usize::from(area.width.saturating_sub(10)), theme.glyphs.ellipsis);
    let title = Line::from(vec![Span::styled("log", theme.text.title), Span::styled(facts, theme.text.dim)]);
    let below = match state.log_up {
        0 => Line::default(),
        up => Line::styled(format!("{} {up} newer", theme.glyphs.more_down), theme.text.accent),
    };
    let inner = pane(theme, area, buf, title, below);
    let width = usize::from(inner.width).saturating_sub(LEAD + 2).max(1);
    let mut top = 0;
    if let Some(usage) = usage(state, between) {
        put(buf, inner, 1, 0, &Line::styled(usage, theme.text.accent));
        top = 1;
    }
    let mut bottom = inner.height;
    // From the bottom up, so that the newest message is whole.
    for entry in state.journal.entries().rev().skip(state.log_up) {
        for (index, line) in text::wrap(&entry.text, width).iter().enumerate().rev() {
            let Some(row) = bottom.checked_sub(1).filter(|row| *row >= top) else { return };
            bottom = row;
            put(buf, inner, 1, row, &line_of(theme, entry, line, index == 0));
        }
    }
}

/// What the program takes of the machine, and what the live run gets done with it.
fn usage(state: &State, between: &str) -> Option<String> {
    let usage = state.usage()?;
    let mut facts = vec![
        format!("processor {:.0} %", usage.cpu * 100.0),
        format!("memory {}", format::bytes(usage.memory)),
        format!("drawing {:.1} %", usage.drawing * 100.0),
    ];
    facts.extend(state.gpu().map(|gpu| {
        let (taken, total) = (format::bytes(gpu.memory), format::bytes(gpu.memory_total));
        format!("GPU {} %, {taken} of {total}", gpu.utilisation)
    }));
    facts.extend(state.batches_per_second().map(|speed| format!("{speed:.1} batches/s")));
    Some(facts.join(between))
}

fn line_of(theme: &Theme, entry: &Entry, line: &str, first: bool) -> Line<'static> {
    let style = match entry.level {
        Level::Output => theme.text.dim,
        Level::Event => theme.text.plain,
        Level::Notice => theme.text.accent,
        Level::Warning => theme.text.warn,
        Level::Error => theme.text.bad,
    };
    let lead =
        if first { format!("{} {:<8} ", format::time_of_day(entry.t), entry.level.word()) } else { " ".repeat(LEAD) };
    Line::from(vec![Span::styled(lead, theme.text.dim), Span::styled(line.to_owned(), style)])
}
