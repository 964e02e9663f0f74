//! A question over the screen.
//!
//! ```text
//! ╭ Late is training ─────────────────────────╮
//! │ ▸ x  stop now, keep the best epoch        │
//! │   e  stop after this epoch                │
//! │ Enter confirms, Esc goes back             │
//! ╰───────────────────────────────────────────╯
//! ```

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    text::{Line, Span},
    widgets::{Clear, Widget},
};

use crate::tui::{
    State, format,
    hit::Target,
    keymap::{Action, Key, Place, words_of},
    state::{
        Dialog, Overlay, Run,
        batch::{self, Plan},
        dialog::Question,
    },
    text,
    theme::Theme,
};

use super::{pane, put};

pub fn render(state: &State, dialog: &Dialog, theme: &Theme, body: Rect, buf: &mut Buffer) {
    let lines: Vec<Line> = dialog
        .choices()
        .iter()
        .enumerate()
        .map(|(index, answer)| {
            let chosen = index == dialog.selected;
            let mark = if chosen { theme.glyphs.chosen.0 } else { " " };
            let style = if chosen { theme.text.strong } else { theme.text.plain };
            let key = state.keys.name_of(Action::Answer(*answer));
            Line::from(vec![
                Span::styled(format!("{mark} "), theme.text.accent),
                Span::styled(key, theme.text.accent),
                Span::styled(format!("  {}", words_of(*answer)), style),
            ])
        })
        .collect();
    let area = place(state, dialog, body);
    Clear.render(area, buf);
    let inner = pane(theme, area, buf, Line::styled(title(state, dialog), theme.text.accent), Line::default());
    for (row, line) in lines.iter().enumerate() {
        put(buf, inner, 1, row as u16, line);
    }
    let mut y = lines.len() as u16 + 1;
    if let Some(note) = note(state, dialog) {
        let columns = usize::from(inner.width.saturating_sub(2));
        let note = text::cut(&text::clean(&note), columns, theme.glyphs.ellipsis);
        put(buf, inner, 1, y, &Line::styled(note, theme.text.warn));
        y += 1;
    }
    put(buf, inner, 1, y, &Line::styled(help(state), theme.text.dim));
}

/// The answer at a place.
pub fn hit(state: &State, dialog: &Dialog, body: Rect, at: Position) -> Option<Target> {
    let area = place(state, dialog, body);
    let inner = Rect { y: area.y + 1, height: area.height.saturating_sub(2), ..area };
    let row = usize::from(at.y.checked_sub(inner.y).filter(|_| inner.contains(at))?);
    dialog.choices().get(row).map(|answer| Target::Action(Action::Answer(*answer)))
}

fn place(state: &State, dialog: &Dialog, body: Rect) -> Rect {
    let answers = dialog.choices().iter();
    let answers = answers
        .map(|answer| 4 + text::width(&state.keys.name_of(Action::Answer(*answer))) + text::width(words_of(*answer)));
    let note = note(state, dialog);
    let others = [help(state), note.clone().unwrap_or_default(), title(state, dialog) + "  "];
    let widest = answers.chain(others.iter().map(|line| text::width(line))).max().unwrap_or(0);
    let rows = dialog.choices().len() as u16 + 4 + u16::from(note.is_some());
    centred(body, widest as u16 + 4, rows)
}

fn title(state: &State, dialog: &Dialog) -> String {
    let what = match state.live_run().and_then(Run::mode).or(state.queue.first().map(|next| next.config.model.mode)) {
        Some(mode) => format!("{} is live", mode.title()),
        None => "Nothing is live any more".to_owned(),
    };
    match &dialog.question {
        Question::Quit => format!("Leave? {what}"),
        Question::Stop { dirs } => match dirs.as_slice() {
            [dir] if !state.is_live(dir) => {
                let name = state.runs.get(dir).map_or("", |run| run.title());
                format!("Stop? Another process trains {}", text::clean(name))
            }
            [_] | [] => format!("Stop? {what}"),
            dirs => format!("Stop? {} runs", dirs.len()),
        },
        Question::Busy { request } => format!("Train {}? {what}", request.config.model.mode.title()),
        Question::Batch { plan: Plan::Modes, .. } => "Train all six modes?".to_owned(),
        Question::Batch { plan: Plan::Seeds(runs), .. } => {
            let (first, last) = (batch::SEEDS.start, batch::SEEDS.end - 1);
            let of = if runs.len() == 1 { String::new() } else { format!(" for {} runs", runs.len()) };
            format!("Repeat with seeds {first} to {last}{of}?")
        }
        Question::ClearQueue => format!("Clear the queue? Waiting: {}", state.queue.waiting.len()),
        Question::Forget => match &state.overlay {
            Some(Overlay::Form(form)) => format!("Leave the form? Changed: {}", form.edits()),
            _ => "Leave the form?".to_owned(),
        },
        Question::Delete { all, listed } => {
            let runs = if all.len() == 1 { "run" } else { "runs" };
            format!("Delete {} marked {runs}? Not listed: {}", all.len(), all.len() - listed.len())
        }
        Question::EmptyTrash { runs, bytes } => {
            let noun = if *runs == 1 { "run" } else { "runs" };
            format!("Empty the trash? {runs} {noun}, {}", format::bytes(*bytes))
        }
        Question::Waited => match state.queue.before.len() {
            1 => "1 run still waited when the dashboard was left".to_owned(),
            runs => format!("{runs} runs still waited when the dashboard was left"),
        },
        Question::Trials { names, .. } => match names.len() {
            0 => "Stop the study? Its trials keep their checkpoints".to_owned(),
            1 => "Stop the trial? It keeps its checkpoint".to_owned(),
            trials => format!("Stop {trials} trials? They keep their checkpoints"),
        },
    }
}

/// What the answer means for the runs that wait.
fn note(state: &State, dialog: &Dialog) -> Option<String> {
    if let Question::Batch { all, missing, .. } = &dialog.question {
        let (all, there) = (all.len(), all.len() - missing.len());
        return Some(match there {
            0 => format!("{all} runs, none of them is there yet"),
            there => format!("{there} of {all} are there already: same settings, same data"),
        });
    }
    if let (Question::Waited, Some(first)) = (&dialog.question, state.queue.before.first()) {
        let (mode, told) = (first.config.model.mode.title(), state.told(first));
        let first = if state.queue.before.len() == 1 { "" } else { "the first: " };
        return Some(format!("{first}{mode}, {told}"));
    }
    let waiting = state.queue.waiting.len();
    let next = &state.queue.waiting.front()?.request;
    let count = |one: &str, more: &str| if waiting == 1 { format!("one {one}") } else { format!("{waiting} {more}") };
    match dialog.question {
        Question::Quit => Some(count("queued run waits for the next start", "queued runs wait for the next start")),
        Question::Stop { .. } => {
            let (mode, told) = (next.config.model.mode.title(), state.told(next));
            Some(format!("next in the queue: {mode}, {told}"))
        }
        Question::Busy { .. } => Some(count("run waits already", "runs wait already")),
        Question::Forget
        | Question::ClearQueue
        | Question::Batch { .. }
        | Question::Delete { .. }
        | Question::EmptyTrash { .. }
        | Question::Waited
        | Question::Trials { .. } => None,
    }
}

fn help(state: &State) -> String {
    let key = |action| {
        let mut here = state.keys.at(Place::Dialog).filter(|(entry, _)| entry.action == action);
        here.next().and_then(|(_, keys)| keys.first()).map_or_else(|| "a click".to_owned(), Key::name)
    };
    format!("{} confirms, {} goes back", key(Action::Accept), key(Action::Close))
}

/// An area of at most `width` × `height` in the middle of `area`.
pub fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect { x: area.x + (area.width - width) / 2, y: area.y + (area.height - height) / 2, width, height }
}
