//! A question over the screen.
//!
//! ```text
//! ╭ Late is training ─────────────────────────╮
//! │ ▸ k  stop now, keep the best epoch        │
//! │   e  stop after this epoch                │
//! │ Enter confirms, Esc goes back             │
//! ╰───────────────────────────────────────────╯
//! ```

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
    widgets::{Clear, Widget},
};

use crate::tui::{
    State,
    state::{Dialog, Run, dialog::Question},
    theme::Theme,
};

use super::{pane, put};

pub fn render(state: &State, dialog: &Dialog, theme: &Theme, body: Rect, buf: &mut Buffer) {
    let what = match state.live_run().and_then(Run::mode).or(state.pending.front().map(|run| run.mode)) {
        Some(mode) => format!("{} is live", mode.title()),
        None => "Nothing is live any more".to_owned(),
    };
    let title = match &dialog.question {
        Question::Quit => format!("Leave? {what}"),
        Question::Stop { .. } => format!("Stop? {what}"),
        Question::Busy { mode } => format!("Train {}? {what}", mode.title()),
    };
    let help = "Enter confirms, Esc goes back";
    let lines: Vec<Line> = dialog
        .choices()
        .iter()
        .enumerate()
        .map(|(index, choice)| {
            let chosen = index == dialog.selected;
            let mark = if chosen { theme.glyphs.chosen.0 } else { " " };
            Line::from(vec![
                Span::styled(format!("{mark} "), theme.text.accent),
                Span::styled(choice.key.to_string(), theme.text.accent),
                Span::styled(format!("  {}", choice.text), if chosen { theme.text.strong } else { theme.text.plain }),
            ])
        })
        .collect();
    let widest = lines.iter().map(Line::width).chain([help.len(), title.len() + 2]).max().unwrap_or(0) as u16;
    let area = centred(body, widest + 4, lines.len() as u16 + 4);
    Clear.render(area, buf);
    let inner = pane(theme, area, buf, Line::styled(title, theme.text.accent), Line::default());
    for (row, line) in lines.iter().enumerate() {
        put(buf, inner, 1, row as u16, line);
    }
    put(buf, inner, 1, lines.len() as u16 + 1, &Line::styled(help, theme.text.dim));
}

/// An area of at most `width` × `height` in the middle of `area`.
pub fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height }
}
