//! The Runs screen: a table of every run of the folder.
//!
//! ```text
//! ╭ 41 of 312 runs · newest first ──────────────── filter mode:late -tag:old ─╮
//! │     mode  seed  state         val loss  val acc  test acc  …              │
//! │ ▸●★ late     0  ✔ early stop     0.470    0.861     0.828                 │
//! ╰ 20260101T000000Z-late-s0 · a note ──────────────────────────── 3 marked ──╯
//! ```
//!
//! The first columns are the mark and the pin of a run, and a letter for its data where the listed runs
//! are not all of the same. The chosen column stays in sight.

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
    text::{Line, Span},
};

use crate::{
    runs::{Field, Value},
    tui::{
        State, format,
        hit::Target,
        keymap::Action,
        state::{Run, Status, table::Key},
        text,
        theme::Theme,
        widgets::{confusion::seen, foot, footer::mark, pane, put},
    },
};

/// Columns of the choice, the mark and the pin.
const LEAD: usize = 4;
/// Columns of the data's letter.
const SET: usize = 5;
/// Columns between two columns.
const GAP: usize = 1;

/// Columns that a field takes.
fn width(field: Field) -> usize {
    match field {
        Field::Seed | Field::BestEpoch => 5,
        Field::Mode | Field::Epochs | Field::Batch | Field::Limit => 6,
        Field::ValLoss
        | Field::ValAccuracy
        | Field::ValF1
        | Field::TestF1
        | Field::Patience
        | Field::Time
        | Field::Lr => 8,
        Field::TestAccuracy | Field::TestLogLoss => 9,
        Field::Parameters => 10,
        Field::Started => 11,
        Field::State | Field::Tags => 14,
        Field::Device | Field::Data | Field::Host => 16,
        Field::Note => 24,
        Field::Name => 28,
    }
}

/// Columns before the first field.
fn lead(state: &State) -> usize {
    if state.table.sets.len() > 1 { LEAD + SET } else { LEAD }
}

/// The columns that are in sight: place in the table, field, and where each starts and how wide it is.
struct Shown {
    columns: Vec<(usize, Field, usize, usize)>,
    more_left: bool,
    more_right: bool,
}

impl Shown {
    fn new(state: &State, room: usize) -> Self {
        let columns = &state.table.columns;
        let fits = |first: usize| {
            let mut x = lead(state);
            let mut shown = Vec::new();
            for (at, field) in columns.iter().copied().enumerate().skip(first) {
                // The last one may be cut where it is text.
                let left = room.saturating_sub(x);
                let wide = if left < width(field) && !field.is_number() && left >= 8 { left } else { width(field) };
                if left < wide {
                    break;
                }
                shown.push((at, field, x, wide));
                x += wide + GAP;
            }
            shown
        };
        let mut first = 0;
        let mut shown = fits(first);
        while first < state.table.column && !shown.iter().any(|(at, ..)| *at == state.table.column) {
            first += 1;
            shown = fits(first);
        }
        // A name or a note takes what is left.
        if let Some((_, field, x, wide)) = shown.last_mut()
            && matches!(field, Field::Name | Field::Note)
        {
            *wide = room.saturating_sub(*x).max(*wide);
        }
        let more_right = shown.last().is_some_and(|(at, ..)| at + 1 < columns.len());
        Self { columns: shown, more_left: first > 0, more_right }
    }
}

pub fn render(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let table = &state.table;
    let inner = pane(theme, area, buf, title(state, theme), filter(state, theme, usize::from(area.width)));
    feet(state, theme, area, buf);
    if table.rows.is_empty() {
        put(buf, inner, 1, 0, &Line::styled(nothing(state), theme.text.dim));
        return;
    }
    let shown = Shown::new(state, usize::from(inner.width));
    put(buf, inner, 0, 0, &heading(state, theme, &shown));
    let room = usize::from(inner.height.saturating_sub(1));
    let rows = seen(table.rows.len(), room, table.at);
    for at in rows.clone() {
        if let Some(run) = table.rows.get(at).and_then(|dir| state.runs.get(dir)) {
            put(buf, inner, 0, (at - rows.start) as u16 + 1, &row(state, theme, run, &shown, at == table.at));
        }
    }
}

/// The row or the heading at a place.
pub fn hit(state: &State, area: Rect, at: Position) -> Option<Target> {
    let inner = Rect {
        x: area.x + 1,
        y: area.y + 1,
        width: area.width.saturating_sub(2),
        height: area.height.saturating_sub(2),
    };
    if !inner.contains(at) {
        return None;
    }
    let Some(down) = usize::from(at.y - inner.y).checked_sub(1) else {
        let x = usize::from(at.x - inner.x);
        let shown = Shown::new(state, usize::from(inner.width));
        let column = shown.columns.iter().find(|(_, _, start, wide)| (*start..start + wide).contains(&x));
        return column.map(|(at, ..)| Target::Column(*at));
    };
    let rows = seen(state.table.rows.len(), usize::from(inner.height.saturating_sub(1)), state.table.at);
    Some(rows.start + down).filter(|row| rows.contains(row)).map(Target::Run)
}

fn title(state: &State, theme: &Theme) -> Line<'static> {
    let table = &state.table;
    let between = theme.glyphs.between;
    let listed = format::count(table.rows.len() as u64);
    let all = table.rows.len() + table.filtered;
    let runs = if all == 1 { "run" } else { "runs" };
    let count = if table.filtered == 0 {
        format!("{listed} {runs}")
    } else {
        format!("{listed} of {} {runs}", format::count(all as u64))
    };
    let mut spans = vec![Span::styled(count, theme.text.title)];
    if table.hidden > 0 {
        spans.push(Span::styled(format!("{between}{} hidden", table.hidden), theme.text.dim));
    }
    spans.push(Span::styled(format!("{between}{}", order(&table.order)), theme.text.dim));
    Line::from(spans)
}

fn order(keys: &[Key]) -> String {
    if let [Key { field: Field::Started, descending }] = keys {
        return if *descending { "newest first" } else { "oldest first" }.to_owned();
    }
    let word = |key: &Key| format!("{}{}", key.field.title(), if key.descending { " falling" } else { "" });
    format!("by {}", keys.iter().map(word).collect::<Vec<_>>().join(", "))
}

fn filter(state: &State, theme: &Theme, room: usize) -> Line<'static> {
    if state.table.filter_text.is_empty() {
        return Line::default();
    }
    let typed = text::cut(&text::clean(&state.table.filter_text), room / 2, theme.glyphs.ellipsis);
    Line::from(vec![Span::styled("filter ", theme.text.dim), Span::styled(typed, theme.text.accent)])
}

/// On the lower border: the chosen run by its full name, and how many are marked.
fn feet(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let marked = match (state.table.marked.len(), state.table.marked.unlisted()) {
        (0, _) => Line::default(),
        (count, 0) => Line::styled(format!("{count} marked"), theme.text.accent),
        // Actions are for these as well.
        (count, unlisted) => Line::styled(format!("{count} marked, {unlisted} not listed"), theme.text.warn),
    };
    let room = usize::from(area.width).saturating_sub(marked.width() + 9);
    let chosen = state.chosen_run().map_or_else(String::new, |run| {
        let between = theme.glyphs.between;
        let silent = match state.status(run) {
            Status::Silent(seconds) => format!("no heartbeat for {}{between}", format::heartbeat(seconds)),
            _ => String::new(),
        };
        let told = [&run.name, &run.notes.label, &run.notes.note];
        let told: Vec<&str> = told.into_iter().filter(|more| !more.is_empty()).map(String::as_str).collect();
        format!("{silent}{}", told.join(between))
    });
    let chosen = text::cut(&text::clean(&chosen), room, theme.glyphs.ellipsis);
    foot(area, buf, Line::styled(chosen, theme.text.dim), marked);
}

fn nothing(state: &State) -> String {
    let table = &state.table;
    let key = |action| state.keys.name_of(action);
    if table.filtered > 0 {
        format!("no run is such; {} changes the filter", key(Action::Filter))
    } else if table.hidden > 0 {
        format!("every run is hidden; {} lists them, too", key(Action::HiddenToo))
    } else if state.opening {
        "reading the runs folder".to_owned()
    } else {
        format!("No runs yet: {} on the Train screen starts one", key(Action::Train))
    }
}

fn heading(state: &State, theme: &Theme, shown: &Shown) -> Line<'static> {
    let glyphs = &theme.glyphs;
    let more = if shown.more_left { glyphs.chosen.1 } else { " " };
    let mut spans = vec![Span::styled(text::fit(more, LEAD, ""), theme.text.dim)];
    if lead(state) > LEAD {
        spans.push(Span::styled(text::fit("data", SET, ""), theme.text.dim));
    }
    for (at, field, _, wide) in &shown.columns {
        let key = state.table.order.iter().find(|key| key.field == *field);
        let arrow = key.map_or("", |key| if key.descending { glyphs.more_down } else { glyphs.more_up });
        let title = format!("{}{arrow}", field.title());
        let style = if *at == state.table.column { theme.text.accent } else { theme.text.dim };
        spans.push(Span::styled(set(&title, *wide, field.is_number(), glyphs.ellipsis), style));
        spans.push(Span::raw(" ".repeat(GAP)));
    }
    if shown.more_right {
        spans.push(Span::styled(glyphs.chosen.0, theme.text.dim));
    }
    Line::from(spans)
}

fn row(state: &State, theme: &Theme, run: &Run, shown: &Shown, chosen: bool) -> Line<'static> {
    let (glyphs, styles) = (&theme.glyphs, &theme.text);
    let sign = |is: bool, sign: &'static str| if is { sign } else { " " };
    let marked = state.table.marked.contains(&run.dir);
    let mut spans = vec![
        Span::styled(sign(chosen, glyphs.chosen.0), styles.accent),
        Span::styled(sign(marked, glyphs.marked), styles.accent),
        Span::styled(sign(state.is_pinned(&run.dir), glyphs.star), theme.curve.best),
        Span::raw(" "),
    ];
    if lead(state) > LEAD {
        let number = state.table.sets.get(run.fingerprint()).copied().unwrap_or(usize::MAX);
        spans.push(Span::styled(format!("{:<SET$}", format::letter(number)), styles.plain));
    }
    let status = state.status(run);
    let cells = state.cells(run);
    let hidden = if run.notes.hidden { styles.dim } else { styles.plain };
    for (_, field, _, wide) in &shown.columns {
        let value = field.value(&cells);
        let (words, style) = match (field, &value) {
            (Field::State, _) => {
                let (symbol, style) = mark(state, theme, run);
                spans.push(Span::styled(format!("{symbol} "), style));
                let word = match status {
                    Status::Silent(seconds) => format!("silent {}", format::heartbeat(seconds)),
                    _ => cells.state.to_owned(),
                };
                spans.push(Span::styled(text::fit(&word, wide.saturating_sub(2), glyphs.ellipsis), hidden));
                spans.push(Span::raw(" ".repeat(GAP)));
                continue;
            }
            // What an import does not tell is no result that could be NaN.
            (_, Value::Number(number)) if number.is_nan() && run.is_imported() => {
                (glyphs.nothing.to_owned(), styles.dim)
            }
            (_, Value::Missing) => (if field.is_number() { glyphs.nothing } else { "" }.to_owned(), styles.dim),
            (_, Value::Number(value)) => (number(*field, *value), hidden),
            (_, Value::Text(words)) => (text::clean(words).into_owned(), hidden),
        };
        let style = if chosen { style.patch(styles.strong) } else { style };
        spans.push(Span::styled(set(&words, *wide, field.is_number(), glyphs.ellipsis), style));
        spans.push(Span::styled(" ".repeat(GAP), Style::new()));
    }
    Line::from(spans)
}

/// `words` in exactly `wide` columns: numbers end where their column does.
fn set(words: &str, wide: usize, right: bool, ellipsis: &str) -> String {
    if right { text::fit_right(words, wide, ellipsis) } else { text::fit(words, wide, ellipsis) }
}

/// A number as people read that of its field.
pub fn number(field: Field, value: f64) -> String {
    match field {
        Field::Started => format::date(value as i64),
        Field::Time => format::clock(value),
        Field::Lr => format::rate(value),
        Field::Parameters => format::count(value as u64),
        Field::Seed | Field::Epochs | Field::BestEpoch | Field::Batch | Field::Limit | Field::Patience => {
            format!("{value:.0}")
        }
        _ => format::score(value),
    }
}
