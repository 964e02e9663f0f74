//! The form that changes settings of runs that are being trained.
//!
//! ```text
//! ╭ change Late ────────────────────────────────────╮
//! │                        now       new            │
//! │ ▸ learning rate        1e-4      3e1_           │
//! │     out of range: over 0, at most 10            │
//! │   epochs at most       100                      │
//! │   early-stop patience  7                        │
//! │ It holds from the next batch on, and is kept …  │
//! ╰─────────────────────────────────────────────────╯
//! ```

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
    text::{Line, Span},
    widgets::{Clear, Widget},
};

use crate::{
    protocol::Setting,
    tui::{
        State, format,
        hit::Target,
        state::{Adjust, Run},
        text,
        theme::Theme,
        widgets::{dialog::centred, field, pane, put},
    },
};

/// Columns of the name and of the present value.
const NAME: usize = 21;
const NOW: usize = 8;
/// Columns and rows of the whole, where there are so many.
const SIZE: (u16, u16) = (66, 11);

pub fn render(state: &State, form: &Adjust, theme: &Theme, body: Rect, buf: &mut Buffer) {
    let Some(run) = form.dirs.first().and_then(|dir| state.runs.get(dir)) else { return };
    let area = centred(body, SIZE.0, SIZE.1);
    Clear.render(area, buf);
    let mode = run.mode().map_or("the run", |mode| mode.title());
    let title = match form.dirs.len() {
        _ if form.extends => format!("go on with {mode}"),
        1 => format!("change {mode}"),
        runs => format!("change {runs} runs"),
    };
    let inner = pane(theme, area, buf, Line::styled(title, theme.text.title), Line::default());
    let head = format!("   {:NAME$}{:NOW$} new", "", "now");
    put(buf, inner, 0, 0, &Line::styled(head, theme.text.dim));
    let mut y = 1;
    let columns = usize::from(inner.width);
    for (index, row) in form.rows.iter().enumerate() {
        let (chosen, value) = (index == form.at, row.value(&state.config));
        let mark = if chosen { theme.glyphs.chosen.0 } else { " " };
        let name = if chosen { theme.text.strong } else { theme.text.plain };
        let mut spans = vec![
            Span::styled(format!(" {mark} "), theme.text.accent),
            Span::styled(text::fit(row.key.title(), NAME, theme.glyphs.ellipsis), name),
            Span::styled(text::fit(&now(run, row.key), NOW, theme.glyphs.ellipsis), theme.text.dim),
            " ".into(),
        ];
        let room = columns.saturating_sub(NAME + NOW + 5);
        if chosen {
            spans.extend(field::line(theme, &row.field, room).spans);
        } else {
            let typed = text::cut(&text::clean(row.field.text()), room, theme.glyphs.ellipsis);
            spans.push(Span::styled(typed, theme.text.accent));
        }
        put(buf, inner, 0, y, &Line::from(spans));
        y += 1;
        if let Err(problem) = value {
            let problem = text::cut(&text::clean(&problem), columns.saturating_sub(4), theme.glyphs.ellipsis);
            put(buf, inner, 3, y, &Line::styled(problem, theme.text.bad));
            y += 1;
        }
    }
    for (note, style) in notes(state, form, run, theme) {
        for line in text::wrap(&note, columns.saturating_sub(2)) {
            y += 1;
            put(buf, inner, 1, y, &Line::styled(line, style));
        }
    }
}

/// What becomes of it.
fn notes(state: &State, form: &Adjust, run: &Run, theme: &Theme) -> Vec<(String, Style)> {
    if !form.extends {
        let notes =
            ["It holds from the next batch on and is kept in the record.", "The schedule multiplies the new rate."];
        return notes.map(|note| (note.to_owned(), theme.text.dim)).to_vec();
    }
    let lacks = form.changes(&state.config).and_then(|changes| run.history.lacks(&changes));
    let last = run.history.last_epoch();
    let goes_on = || {
        format!(
            "It goes on after epoch {last} and ends as a run that was never stopped; the change is kept in the record."
        )
    };
    vec![lacks.map_or_else(|| (goes_on(), theme.text.dim), |why| (why, theme.text.warn))]
}

/// The row at a place.
pub fn hit(state: &State, form: &Adjust, body: Rect, at: Position) -> Option<Target> {
    let area = centred(body, SIZE.0, SIZE.1);
    let mut left = at.y.checked_sub(area.y + 2).filter(|_| area.contains(at))?;
    for (index, row) in form.rows.iter().enumerate() {
        // What is wrong with a value stands below it.
        let height = 1 + u16::from(row.value(&state.config).is_err());
        if left < height {
            return Some(Target::Change(index));
        }
        left -= height;
    }
    None
}

/// What the setting is at present.
fn now(run: &Run, key: Setting) -> String {
    // Of a run whose log is being read nothing is known for a moment.
    run.history.setting(key).map_or_else(String::new, |value| format::setting(key, value))
}
