//! The palette: every action, found by a few letters of its name.
//!
//! ```text
//! ╭ command ───────────────────────────────────────────────╮
//! │ : stop_                                                │
//! │ ▸ stop         stop the live run: now, after …       s │
//! │   pause        pause the live run · nothing is live    │
//! ╰────────────────────────────────────────────────────────╯
//! ```

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    text::{Line, Span},
    widgets::{Clear, Widget},
};

use crate::tui::{
    State,
    hit::Target,
    keymap::Key,
    state::{Search, overlay::Offer},
    text,
    theme::Theme,
    widgets::{dialog::centred, field, pane, put, put_right},
};

/// Columns of the name.
const NAME: usize = 16;
/// Columns and rows of the whole, where there are so many.
const SIZE: (u16, u16) = (90, 24);

pub fn render(state: &State, search: &Search, theme: &Theme, body: Rect, buf: &mut Buffer) {
    let area = place(body);
    Clear.render(area, buf);
    let offers = state.offers(search.query.text());
    let (first, room) = window(search, area);
    let more = match offers.len().saturating_sub(first + room) {
        0 => Line::default(),
        below => Line::styled(format!("{} {below} more", theme.glyphs.more_down), theme.text.accent),
    };
    let inner = pane(theme, area, buf, Line::styled("command", theme.text.title), more);
    let mut typed = field::line(theme, &search.query, usize::from(inner.width.saturating_sub(5)));
    typed.spans.insert(0, Span::styled(": ", theme.text.accent));
    put(buf, inner, 1, 0, &typed);
    if offers.is_empty() {
        put(buf, inner, 3, 1, &Line::styled("no action is called so", theme.text.dim));
    }
    for (at, offer) in offers.iter().enumerate().skip(first).take(room) {
        let row = Rect { y: inner.y + 1 + (at - first) as u16, height: 1, ..inner };
        draw(theme, offer, at == search.at, row, buf);
    }
}

fn draw(theme: &Theme, offer: &Offer, chosen: bool, row: Rect, buf: &mut Buffer) {
    // Where there is little room, why an action is refused counts for more than its keys.
    let shown = offer.refusal.is_none() || row.width >= 60;
    let keys: Vec<String> = offer.keys.iter().filter(|_| shown).map(Key::name).collect();
    let keys = keys.join(" ");
    let (name, words) = match (&offer.refusal, chosen) {
        (Some(_), _) => (theme.text.dim, theme.text.dim),
        (None, true) => (theme.text.accent, theme.text.strong),
        (None, false) => (theme.text.accent, theme.text.plain),
    };
    let mark = if chosen { theme.glyphs.chosen.0 } else { " " };
    let ellipsis = theme.glyphs.ellipsis;
    let columns = usize::from(row.width).saturating_sub(NAME + 6 + text::width(&keys));
    let spelled = offer.entry.name.replace('_', " ");
    let mut spans = vec![
        Span::styled(format!(" {mark} "), theme.text.accent),
        Span::styled(text::fit(&spelled, NAME, ellipsis), name),
    ];
    // Why it cannot be done matters more than what it would do.
    match &offer.refusal {
        Some(why) => {
            let why = text::cut(why, columns, ellipsis);
            let left = columns.saturating_sub(text::width(&why) + text::width(theme.glyphs.between));
            spans.push(Span::styled(why, theme.text.warn));
            if left > 8 {
                let help = text::cut(offer.entry.help, left, ellipsis);
                spans.push(Span::styled(format!("{}{help}", theme.glyphs.between), words));
            }
        }
        None => spans.push(Span::styled(text::cut(offer.entry.help, columns, ellipsis), words)),
    }
    put(buf, row, 0, 0, &Line::from(spans));
    put_right(buf, Rect { width: row.width.saturating_sub(1), ..row }, 0, &Line::styled(keys, theme.text.accent));
}

/// The action at a place.
pub fn hit(state: &State, search: &Search, body: Rect, at: Position) -> Option<Target> {
    let area = place(body);
    let (first, room) = window(search, area);
    let below = usize::from(at.y.checked_sub(area.y + 2).filter(|_| area.contains(at))?);
    let row = first + below;
    (below < room && row < state.offers(search.query.text()).len()).then_some(Target::Offer(row))
}

fn place(body: Rect) -> Rect {
    centred(body, if body.width < SIZE.0 + 8 { body.width } else { SIZE.0 }, SIZE.1)
}

/// The first action in sight, and how many are; the chosen one stays among them.
fn window(search: &Search, area: Rect) -> (usize, usize) {
    let room = usize::from(area.height.saturating_sub(3));
    ((search.at + 1).saturating_sub(room), room)
}
