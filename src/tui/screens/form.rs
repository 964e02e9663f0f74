//! The form of a run's settings.
//!
//! ```text
//! ╭ new run · Late ──────────────────────────── 2 differ · ▼ 12 more ╮
//! │   train it                                                       │
//! │   queue it                                                       │
//! │ train                                                            │
//! │   epochs        100                                              │
//! │ ▸◇lr            3e-4_                      default 1e-4          │
//! │                                                                  │
//! │ train.lr · Adam; the weight decay is an L2 term added to …       │
//! ╰──────────────────────────────────────────────────────────────────╯
//! ```

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    text::{Line, Span},
    widgets::{Clear, Widget},
};

use crate::{
    config::{
        identity,
        schema::{Entry, Values},
    },
    tui::{
        State,
        hit::Target,
        keymap::{Action, Key, Place},
        state::{
            Form,
            form::{Purpose, Row, Typing},
        },
        text,
        theme::Theme,
        widgets::{dialog::centred, field, pane, put},
    },
};

/// Columns of a key, and of one with its section.
const KEY: usize = 13;
const PATH: usize = 19;
/// Columns of the whole, where there are so many.
const WIDTH: u16 = 100;

/// What stands on a line of the list.
enum Listed {
    Heading(&'static str),
    Row(usize, Row),
}

pub fn render(state: &State, form: &Form, theme: &Theme, body: Rect, buf: &mut Buffer) {
    let area = place(body);
    Clear.render(area, buf);
    let (lines, window) = listing(form, area);
    let inner = pane(theme, area, buf, title(form, theme), right(form, theme, lines.len(), &window));
    let values = (Values::of(&form.config), Values::of(&form.reference));
    for (y, line) in lines.iter().skip(window.first).take(window.room).enumerate() {
        let row = Rect { y: inner.y + y as u16, height: 1, ..inner };
        match line {
            Listed::Heading(section) => {
                put(buf, row, 1, 0, &Line::styled(*section, theme.text.title));
            }
            Listed::Row(at, Row::Setting(entry)) => setting(form, theme, entry, *at, &values, row, buf),
            Listed::Row(at, other) => action(state, form, theme, *other, *at, row, buf),
        }
    }
    if lines.len() <= window.room && form.rows().iter().all(|row| !matches!(row, Row::Setting(_))) {
        let y = lines.len() as u16;
        put(buf, inner, 3, y, &Line::styled("no setting is called so", theme.text.dim));
    }
    let below = Rect { y: inner.y + window.room as u16, height: inner.height - window.room as u16, ..inner };
    explain(state, form, theme, &values, below, buf);
}

/// The row at a place.
pub fn hit(form: &Form, body: Rect, at: Position) -> Option<Target> {
    let area = place(body);
    let (lines, window) = listing(form, area);
    let y = usize::from(at.y.checked_sub(area.y + 1).filter(|_| area.contains(at))?);
    match lines.get(window.first + y).filter(|_| y < window.room)? {
        Listed::Row(row, _) => Some(Target::Setting(*row)),
        Listed::Heading(_) => None,
    }
}

fn place(body: Rect) -> Rect {
    centred(body, if body.width < WIDTH + 8 { body.width } else { WIDTH }, body.height)
}

/// What of the list is seen.
struct Window {
    first: usize,
    room: usize,
}

/// The lines of the list, and those in sight; the chosen one is among them.
fn listing(form: &Form, area: Rect) -> (Vec<Listed>, Window) {
    let mut lines = Vec::new();
    let mut section = "";
    for (at, row) in form.rows().into_iter().enumerate() {
        // What was found stands in the order of how well it fits, under no headings.
        if let Row::Setting(entry) = row
            && form.query.text().is_empty()
            && entry.section != section
        {
            section = &entry.section;
            lines.push(Listed::Heading(section));
        }
        lines.push(Listed::Row(at, row));
    }
    let inner = usize::from(area.height.saturating_sub(2));
    let room = inner.saturating_sub(if inner >= 14 { 4 } else { 2 });
    let chosen = lines.iter().position(|line| matches!(line, Listed::Row(at, _) if *at == form.at)).unwrap_or(0);
    // One more below, so that there is always something to go on to.
    let first = (chosen + 2).saturating_sub(room).min(lines.len().saturating_sub(room));
    (lines, Window { first, room })
}

fn title(form: &Form, theme: &Theme) -> Line<'static> {
    let mode = form.config.model.mode.title();
    let name = match &form.purpose {
        Purpose::New => format!("new run{}{mode}", theme.glyphs.between),
        Purpose::Like(name) => format!("like {}{}{mode}", text::clean(name), theme.glyphs.between),
        Purpose::Waiting(_) => format!("queued run{}{mode}", theme.glyphs.between),
    };
    let name = text::cut(&name, 44, theme.glyphs.ellipsis);
    let mut title = Line::styled(name, theme.text.title);
    if form.typing == Some(Typing::Search) {
        title.push_span(Span::styled("  find: ", theme.text.dim));
        title.spans.extend(field::line(theme, &form.query, 16).spans);
    } else if !form.query.text().is_empty() {
        let query = text::cut(&text::clean(form.query.text()), 16, theme.glyphs.ellipsis);
        title.push_span(Span::styled(format!("  find: {query}"), theme.text.dim));
    }
    title
}

fn right(form: &Form, theme: &Theme, lines: usize, window: &Window) -> Line<'static> {
    let mut parts = Vec::new();
    let what = match &form.purpose {
        Purpose::New => "from the defaults",
        Purpose::Like(_) => "from that run",
        Purpose::Waiting(_) => "from before",
    };
    match form.changed().len() {
        0 => {}
        1 => parts.push(format!("1 differs {what}")),
        changed => parts.push(format!("{changed} differ {what}")),
    }
    let below = lines.saturating_sub(window.first + window.room);
    if below > 0 {
        parts.push(format!("{} {below} more", theme.glyphs.more_down));
    }
    Line::styled(parts.join(theme.glyphs.between), theme.text.accent)
}

/// A row that does something.
fn action(state: &State, form: &Form, theme: &Theme, row: Row, at: usize, area: Rect, buf: &mut Buffer) {
    let chosen = at == form.at;
    let (words, wanted) = match row {
        Row::Train => ("train it", Action::Train),
        Row::Queue if state.is_busy() => ("queue it behind the live run", Action::Enqueue),
        Row::Queue => ("train it, and stay here", Action::Enqueue),
        Row::Keep | Row::Setting(_) => ("take these settings", Action::Train),
    };
    let key = state.keys.at(Place::Settings).find(|(entry, _)| entry.action == wanted);
    let key = key.and_then(|(_, keys)| keys.first()).map(Key::name).unwrap_or_default();
    let style = if chosen { theme.text.strong } else { theme.text.plain };
    let line = Line::from(vec![
        Span::styled(format!(" {} ", mark(theme, chosen)), theme.text.accent),
        Span::styled(words, style),
        Span::styled(format!("  {key}"), theme.text.accent),
    ]);
    put(buf, area, 0, 0, &line);
}

fn mark(theme: &Theme, chosen: bool) -> &'static str {
    if chosen { theme.glyphs.chosen.0 } else { " " }
}

fn setting(
    form: &Form,
    theme: &Theme,
    entry: &Entry,
    at: usize,
    (now, reference): &(Values, Values),
    area: Rect,
    buf: &mut Buffer,
) {
    let chosen = at == form.at;
    let (value, other) = (now.text(entry), reference.text(entry));
    let differs = value != other;
    let (name, columns) = if form.query.text().is_empty() { (&entry.key, KEY) } else { (&entry.path, PATH) };
    let style = match (chosen, is_used(form, entry)) {
        (_, false) => theme.text.dim,
        (true, true) => theme.text.strong,
        (false, true) => theme.text.plain,
    };
    let changed = if differs { theme.glyphs.changed } else { " " };
    let ellipsis = theme.glyphs.ellipsis;
    let mut spans = vec![
        Span::styled(format!(" {}", mark(theme, chosen)), theme.text.accent),
        Span::styled(changed, theme.text.warn),
        Span::styled(text::fit(name, columns, ellipsis), style),
        " ".into(),
    ];
    let room = usize::from(area.width).saturating_sub(columns + 5);
    if let (true, Some(Typing::Value(field))) = (chosen, &form.typing) {
        spans.extend(field::line(theme, field, room).spans);
        put(buf, area, 0, 0, &Line::from(spans));
        return;
    }
    let shown = if value.is_empty() { "(empty)".to_owned() } else { text::clean(&value).into_owned() };
    let style = match (differs, value.is_empty()) {
        (true, _) => theme.text.accent,
        (false, true) => theme.text.dim,
        (false, false) => style,
    };
    let told = if differs && room >= 30 { compared(form, &other, room / 2, ellipsis) } else { String::new() };
    let width = if told.is_empty() { room } else { room - text::width(&told) - 2 };
    spans.push(Span::styled(text::cut(&shown, width, ellipsis), style));
    put(buf, area, 0, 0, &Line::from(spans));
    let x = area.width.saturating_sub(text::width(&told) as u16 + 1);
    put(buf, area, x, 0, &Line::styled(told, theme.text.dim));
}

/// What the setting is in the settings of reference, in at most `columns` columns.
fn compared(form: &Form, other: &str, columns: usize, ellipsis: &str) -> String {
    let whose = match form.purpose {
        Purpose::New => "default",
        Purpose::Like(_) => "that run",
        Purpose::Waiting(_) => "before",
    };
    let other = if other.is_empty() { "(empty)".into() } else { text::clean(other) };
    text::cut(&format!("{whose} {other}"), columns, ellipsis)
}

/// True where a model of the form's mode looks at the setting.
fn is_used(form: &Form, entry: &Entry) -> bool {
    entry.section != "model" || identity::matters(form.config.model.mode, &entry.key)
}

/// What is wrong with the typed value, or what the chosen setting is.
fn explain(state: &State, form: &Form, theme: &Theme, values: &(Values, Values), area: Rect, buf: &mut Buffer) {
    let columns = usize::from(area.width.saturating_sub(2));
    let spare = u16::from(area.height > 2);
    let room = usize::from(area.height - spare);
    let mut lines = Vec::new();
    if let Some(fault) = form.fault() {
        let fault = format!("{} {}", theme.glyphs.failed, text::clean(&fault));
        lines.extend(text::wrap(&fault, columns).into_iter().map(|line| Line::styled(line, theme.text.bad)));
    }
    let told = match form.row() {
        Some(Row::Setting(entry)) => setting_help(state, form, theme, entry, values),
        Some(Row::Train | Row::Queue) => match form.purpose {
            Purpose::New => "What is set here holds for this run and for those that follow, until it is set otherwise.",
            _ => "One run with these settings; new runs stay as they are.",
        }
        .to_owned(),
        Some(Row::Keep) | None => "The run waits with these settings.".to_owned(),
    };
    lines.extend(text::wrap(&text::clean(&told), columns).into_iter().map(|line| Line::styled(line, theme.text.dim)));
    for (y, line) in lines.iter().take(room).enumerate() {
        put(buf, area, 1, spare + y as u16, line);
    }
}

fn setting_help(state: &State, form: &Form, theme: &Theme, entry: &Entry, values: &(Values, Values)) -> String {
    let mut parts = vec![entry.path.clone()];
    let (value, other) = (values.0.text(entry), values.1.text(entry));
    if value != other {
        parts.push(compared(form, &other, 40, theme.glyphs.ellipsis));
    }
    if !is_used(form, entry) {
        parts.push(format!("{} fusion does not use it", form.config.model.mode));
    }
    let choices = state.form_choices(form);
    if entry.path == "train.device" && !choices.contains(&value) {
        parts.push(format!("not among those that were found ({})", choices.join(", ")));
    }
    parts.push(entry.help.clone());
    parts.join(theme.glyphs.between)
}
