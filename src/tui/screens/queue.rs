//! The runs that wait.
//!
//! ```text
//! ╭ queue ──────────────────────────────────── ▼ 3 more ╮
//! │  ● Late      seed 0                       epoch 15  │
//! │ ▸1 Mid       seed 0, lr 3e-4                        │
//! │  2 Audio     seed 0                                 │
//! ╰─────────────────────────────────────────────────────╯
//! ```

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    text::{Line, Span},
    widgets::{Clear, Widget},
};

use crate::{
    protocol::RunRequest,
    tui::{
        State,
        hit::Target,
        text,
        theme::Theme,
        widgets::{dialog::centred, pane, put, put_right},
    },
};

/// Columns of the whole, where there are so many.
const WIDTH: u16 = 84;
/// Columns of the number and of the mode.
const NUMBER: usize = 4;
const MODE: usize = 8;

pub fn render(state: &State, chosen: usize, theme: &Theme, body: Rect, buf: &mut Buffer) {
    let area = place(state, body);
    Clear.render(area, buf);
    let (above, first, room) = window(state, chosen, area);
    let waiting = &state.queue.waiting;
    let more = match waiting.len().saturating_sub(first + room) {
        0 => Line::default(),
        below => Line::styled(format!("{} {below} more", theme.glyphs.more_down), theme.text.accent),
    };
    let inner = pane(theme, area, buf, Line::styled("queue", theme.text.title), more);
    now(state, theme, inner, buf);
    if waiting.is_empty() {
        put(buf, inner, 1, above, &Line::styled("no run waits", theme.text.dim));
    }
    for (at, run) in waiting.iter().enumerate().skip(first).take(room) {
        let row = Rect { y: inner.y + above + (at - first) as u16, height: 1, ..inner };
        let mark = if at == chosen { theme.glyphs.chosen.0 } else { " " };
        let style = if at == chosen { theme.text.strong } else { theme.text.plain };
        let number = Span::styled(format!(" {mark}{:<1$}", at + 1, NUMBER - 1), theme.text.accent);
        put(buf, row, 0, 0, &described(state, theme, number, &run.request, style, row.width));
    }
}

/// The run at a place.
pub fn hit(state: &State, chosen: usize, body: Rect, at: Position) -> Option<Target> {
    let area = place(state, body);
    let (above, first, room) = window(state, chosen, area);
    let y = usize::from(at.y.checked_sub(area.y + 1 + above).filter(|_| area.contains(at))?);
    (y < room && first + y < state.queue.waiting.len()).then_some(Target::Waiting(first + y))
}

fn place(state: &State, body: Rect) -> Rect {
    let rows = state.queue.waiting.len().max(4) as u16 + 3;
    centred(body, if body.width < WIDTH + 8 { body.width } else { WIDTH }, rows)
}

/// Rows above the waiting runs, the first of these in sight, and how many are.
fn window(state: &State, chosen: usize, area: Rect) -> (u16, usize, usize) {
    let above = u16::from(state.live.is_some() || state.queue.asked.is_some());
    let room = usize::from(area.height.saturating_sub(2 + above));
    (above, (chosen + 1).saturating_sub(room), room)
}

/// What is trained, or about to be.
fn now(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let ellipsis = theme.glyphs.ellipsis;
    if let Some(run) = state.live_run() {
        let number = Span::styled(format!("  {:<1$}", theme.glyphs.live, NUMBER - 1), theme.text.good);
        let mode = run.mode().map_or("", |mode| mode.title());
        let epoch = format!("epoch {} ", run.history.last_epoch().saturating_add(1));
        let room = usize::from(area.width).saturating_sub(NUMBER + MODE + 3 + text::width(&epoch));
        let name = text::cut(&text::clean(run.title()), room, ellipsis);
        let mode = Span::styled(text::fit(mode, MODE, ellipsis), theme.text.good);
        put(buf, area, 0, 0, &Line::from(vec![number, mode, Span::styled(name, theme.text.dim)]));
        put_right(buf, area, 0, &Line::styled(epoch, theme.text.good));
    } else if let Some(request) = &state.queue.asked {
        let number = Span::styled(format!("  {:<1$}", theme.glyphs.busy, NUMBER - 1), theme.text.warn);
        put(buf, area, 0, 0, &described(state, theme, number, request, theme.text.warn, area.width));
    }
}

fn described(
    state: &State,
    theme: &Theme,
    number: Span<'static>,
    request: &RunRequest,
    style: ratatui::style::Style,
    width: u16,
) -> Line<'static> {
    let ellipsis = theme.glyphs.ellipsis;
    let told = state.told(request);
    let room = usize::from(width).saturating_sub(NUMBER + MODE + 2);
    Line::from(vec![
        number,
        Span::styled(text::fit(request.config.model.mode.title(), MODE, ellipsis), style),
        Span::styled(text::cut(&text::clean(&told), room, ellipsis), theme.text.dim),
    ])
}
