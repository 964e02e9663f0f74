//! Every trial of a study.
//!
//! ```text
//! ╭ 12 of 50 trials · by val log loss ─────────────────────── filter -state:done ╮
//! │     state        lr    batch_size  seed  val log loss  epochs  …             │
//! │ ▸●★ ✔ done       1e-3          32     2         0.498      12                │
//! ╰ late, lr 1e-3, seed 2 ──────────────────────────────────────────── 3 marked ──╯
//! ```

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    text::{Line, Span},
};

use crate::{
    runs::study::{Course, Standing, Study},
    tui::{
        State, format,
        hit::Target,
        keymap::Action,
        state::study::Column,
        text,
        theme::Theme,
        widgets::{
            columns::{GAP, Seen, Width},
            confusion::seen,
            foot, pane_in, put,
        },
    },
};

use super::mark;

/// Columns of the choice, the mark and the best.
const LEAD: usize = 4;
/// Columns of a setting's value at most.
const VALUE: usize = 16;

fn width(column: Column, study: &Study) -> Width {
    let title = text::width(column.title(study)) + 1;
    let columns = match column {
        Column::State => 13,
        Column::Setting(at) => {
            let values = study.settings.get(at).map(|setting| setting.values.as_slice()).unwrap_or_default();
            values
                .iter()
                .take(100)
                .map(|value| text::width(&text::clean(value)))
                .max()
                .unwrap_or(0)
                .min(VALUE)
                .max(title)
        }
        Column::Epochs => 7,
        Column::Figure(_) => title.max(7),
        Column::Time => 8,
        Column::Run => 30,
    };
    Width { columns, number: column.is_number(study) }
}

fn columns(state: &State, study: &Study, room: usize) -> Seen {
    let table = &state.study.table;
    let widths: Vec<Width> = table.columns.iter().map(|column| width(*column, study)).collect();
    Seen::new(&widths, LEAD, room, table.column)
}

pub fn render(
    state: &State,
    theme: &Theme,
    study: &Study,
    course: &Course,
    focused: bool,
    area: Rect,
    buf: &mut Buffer,
) {
    let table = &state.study.table;
    let inner = pane_in(theme, focused, area, buf, title(state, theme, study), filter(state, theme, area));
    feet(state, theme, study, course, area, buf);
    if table.rows.is_empty() {
        let key = state.keys.name_of(Action::Filter);
        put(buf, inner, 1, 0, &Line::styled(format!("no trial is such; {key} changes the filter"), theme.text.dim));
        return;
    }
    let shown = columns(state, study, usize::from(inner.width));
    put(buf, inner, 0, 0, &heading(state, theme, study, &shown));
    let rows = seen(table.rows.len(), usize::from(inner.height.saturating_sub(1)), table.at);
    for at in rows.clone() {
        let trial = table.rows.get(at).copied();
        if let Some((trial, standing)) = trial.and_then(|trial| Some((trial, course.trials.get(trial)?))) {
            put(
                buf,
                inner,
                0,
                (at - rows.start) as u16 + 1,
                &row(state, theme, study, &shown, at == table.at, trial, standing),
            );
        }
    }
}

/// The row or the heading at a place.
pub fn hit(state: &State, study: &Study, inner: Rect, at: Position) -> Option<Target> {
    let table = &state.study.table;
    let Some(down) = usize::from(at.y.checked_sub(inner.y)?).checked_sub(1) else {
        let column = columns(state, study, usize::from(inner.width)).at(usize::from(at.x.checked_sub(inner.x)?));
        return column.map(Target::StudyColumn);
    };
    let rows = seen(table.rows.len(), usize::from(inner.height.saturating_sub(1)), table.at);
    Some(rows.start + down).filter(|row| rows.contains(row)).map(Target::StudyTrial)
}

fn title(state: &State, theme: &Theme, study: &Study) -> Line<'static> {
    let table = &state.study.table;
    let all = table.rows.len() + table.filtered;
    let noun = if all == 1 { "trial" } else { "trials" };
    let listed = format::count(table.rows.len() as u64);
    let count = match table.filtered {
        0 => format!("{listed} {noun}"),
        _ => format!("{listed} of {} {noun}", format::count(all as u64)),
    };
    let (column, reversed) = table.order;
    let reversed = if reversed { ", the other way round" } else { "" };
    let order = format!("{}by {}{reversed}", theme.glyphs.between, text::clean(column.title(study)));
    Line::from(vec![Span::styled(count, theme.text.title), Span::styled(order, theme.text.dim)])
}

fn filter(state: &State, theme: &Theme, area: Rect) -> Line<'static> {
    let typed = &state.study.table.filter_text;
    if typed.is_empty() {
        return Line::default();
    }
    let typed = text::cut(&text::clean(typed), usize::from(area.width) / 2, theme.glyphs.ellipsis);
    Line::from(vec![Span::styled("filter ", theme.text.dim), Span::styled(typed, theme.text.accent)])
}

/// On the lower border: the chosen trial in words, and how many are marked.
fn feet(state: &State, theme: &Theme, study: &Study, course: &Course, area: Rect, buf: &mut Buffer) {
    let table = &state.study.table;
    let marked = match table.marked.len() {
        0 => Line::default(),
        count => Line::styled(format!("{} marked", format::count(count as u64)), theme.text.accent),
    };
    let chosen = table.rows.get(table.at).and_then(|&trial| Some((trial, course.trials.get(trial)?)));
    let chosen = chosen.map_or_else(String::new, |(trial, standing)| {
        let words = study.words(trial, 0..study.settings.len());
        let parts = [words, standing.phase.word().to_owned(), about(standing)];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(theme.glyphs.between)
    });
    let room = usize::from(area.width).saturating_sub(marked.width() + 9);
    let chosen = text::cut(&text::clean(&chosen), room, theme.glyphs.ellipsis);
    foot(area, buf, Line::styled(chosen, theme.text.dim), marked);
}

/// Why a trial waits or failed, its task, and its run.
fn about(standing: &Standing) -> String {
    let task = standing.task.map_or_else(String::new, |(job, task)| format!("job {job}_{task}"));
    let run = standing.dir.as_ref().and_then(|dir| dir.file_name());
    let run = run.map_or_else(String::new, |run| run.to_string_lossy().into_owned());
    [standing.why.as_str(), &task, &run].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn heading(state: &State, theme: &Theme, study: &Study, shown: &Seen) -> Line<'static> {
    let (glyphs, table) = (&theme.glyphs, &state.study.table);
    let more = if shown.more_left { glyphs.chosen.1 } else { " " };
    let mut spans = vec![Span::styled(text::fit(more, LEAD, ""), theme.text.dim)];
    for (at, _, wide) in &shown.columns {
        let Some(&column) = table.columns.get(*at) else { continue };
        let arrow = match table.order {
            (sorted, reversed) if sorted == column => {
                if reversed {
                    glyphs.more_down
                } else {
                    glyphs.more_up
                }
            }
            _ => "",
        };
        let title = format!("{}{arrow}", text::clean(column.title(study)));
        let style = if *at == table.column { theme.text.accent } else { theme.text.dim };
        spans.push(Span::styled(set(&title, *wide, column.is_number(study), glyphs.ellipsis), style));
        spans.push(Span::raw(" ".repeat(GAP)));
    }
    if shown.more_right {
        spans.push(Span::styled(glyphs.chosen.0, theme.text.dim));
    }
    Line::from(spans)
}

fn row(
    state: &State,
    theme: &Theme,
    study: &Study,
    shown: &Seen,
    chosen: bool,
    trial: usize,
    standing: &Standing,
) -> Line<'static> {
    let (glyphs, styles, screen) = (&theme.glyphs, &theme.text, &state.study);
    let sign = |is: bool, sign: &'static str| if is { sign } else { " " };
    let mut spans = vec![
        Span::styled(sign(chosen, glyphs.chosen.0), styles.accent),
        Span::styled(sign(screen.table.marked.contains(&trial), glyphs.marked), styles.accent),
        Span::styled(sign(screen.best == Some(trial), glyphs.star), theme.curve.best),
        Span::raw(" "),
    ];
    for (at, _, wide) in &shown.columns {
        let Some(&column) = screen.table.columns.get(*at) else { continue };
        let plain = if chosen { styles.strong } else { styles.plain };
        if column == Column::State {
            let (symbol, style) = mark(standing.phase, theme);
            spans.push(Span::styled(format!("{symbol} "), style));
            spans.push(Span::styled(text::fit(standing.phase.word(), wide.saturating_sub(2), glyphs.ellipsis), plain));
            spans.push(Span::raw(" ".repeat(GAP)));
            continue;
        }
        let words = cell(study, column, trial, standing);
        let words = words.unwrap_or_else(|| if column.is_number(study) { glyphs.nothing } else { "" }.to_owned());
        spans.push(Span::styled(set(&words, *wide, column.is_number(study), glyphs.ellipsis), plain));
        spans.push(Span::raw(" ".repeat(GAP)));
    }
    Line::from(spans)
}

/// What a column says of a trial.
fn cell(study: &Study, column: Column, trial: usize, standing: &Standing) -> Option<String> {
    match column {
        Column::State => Some(standing.phase.word().to_owned()),
        Column::Setting(at) => {
            let level = *study.trials.get(trial)?.levels.get(at)?;
            let value = study.settings.get(at)?.values.get(level as usize)?;
            Some(text::clean(value).into_owned())
        }
        Column::Epochs => (standing.epochs > 0).then(|| standing.epochs.to_string()),
        Column::Figure(at) => standing.values.get(at).copied().flatten().map(format::score),
        Column::Time => (standing.seconds > 0.0).then(|| format::clock(standing.seconds)),
        Column::Run => Some(text::clean(&about(standing)).into_owned()),
    }
}

/// `words` in exactly `wide` columns: numbers end where their column does.
fn set(words: &str, wide: usize, number: bool, ellipsis: &str) -> String {
    if !number {
        return text::fit(words, wide, ellipsis);
    }
    let words = text::cut(words, wide, ellipsis);
    format!("{}{words}", " ".repeat(wide.saturating_sub(text::width(&words))))
}
