//! What stands in a pane instead of curves: nothing yet, loading, or an error and what to do about it.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    style::Style,
    text::{Line, Span},
};

use crate::{
    config::Mode,
    protocol::Progress,
    tui::{
        format,
        keymap::{Action, Keymap},
        text,
        theme::Theme,
    },
};

use super::{dialog::centred, gauge, put};

/// No run of `mode` yet.
pub fn empty(keys: &Keymap, theme: &Theme, mode: Mode, area: Rect, buf: &mut Buffer) {
    let idea = match mode {
        Mode::Early => "one network on the joined audio and video features",
        Mode::Mid => "an audio and a video embedding, joined before one head",
        Mode::Late => "an audio and a video network; the mean of their logits",
        Mode::Hybrid => "late fusion's logits blended with mid fusion's",
        Mode::Audio => "the audio network alone",
        Mode::Video => "the video network alone",
    };
    let mut lines = vec![Line::styled(format!("No run of {} yet", mode.title()), theme.text.strong)];
    let idea = text::wrap(idea, usize::from(area.width).saturating_sub(2));
    lines.extend(idea.into_iter().map(|line| Line::styled(line, theme.text.dim)));
    lines.push(Line::default());
    lines.push(Line::from(vec![Span::styled(keys.name_of(Action::Train), theme.text.accent), " trains it".into()]));
    middle(area, buf, &lines);
}

/// The data is being read, or the run is about to start.
pub fn loading(keys: &Keymap, theme: &Theme, progress: Option<&Progress>, area: Rect, buf: &mut Buffer) {
    let Some(Progress::Loading { what, clips, total, bytes, seconds }) = progress else {
        middle(area, buf, &[Line::styled("starting the run", theme.text.dim)]);
        return;
    };
    let share = *clips as f64 / (*total).max(1) as f64;
    let columns = usize::from(area.width).saturating_sub(4).min(48);
    let speed = if *seconds > 0.0 { (*clips as f64 / seconds) as u64 } else { 0 };
    let amount = format!("{} of {} clips", format::count(*clips as u64), format::count(*total as u64));
    let pace = format!(
        "{} clips/s  {}  {}",
        format::count(speed),
        format::megabytes_per_second(*bytes, *seconds),
        format::clock(*seconds)
    );
    let lines = [
        Line::styled(text::clean(what).into_owned(), theme.text.strong),
        Line::from(vec![
            Span::styled(gauge::gauge(theme, share, columns.saturating_sub(5)), theme.curve.bar),
            Span::styled(format!(" {:>3.0}%", share * 100.0), theme.text.strong),
        ]),
        Line::raw(amount),
        Line::styled(pace, theme.text.dim),
        Line::default(),
        Line::from(vec![Span::styled(keys.name_of(Action::CancelLoading), theme.text.accent), " cancels".into()]),
    ];
    middle(area, buf, &lines);
}

/// A chain of causes, outermost first, and what can be done.
pub fn failure(theme: &Theme, errors: &[String], remedy: &str, area: Rect, buf: &mut Buffer) {
    let width = usize::from(area.width).saturating_sub(2);
    let mut lines = Vec::new();
    for (depth, error) in errors.iter().enumerate() {
        let lead = if depth == 0 { "" } else { "because " };
        let style = if depth == 0 { theme.text.strong } else { theme.text.plain };
        let wrapped = text::wrap(&format!("{lead}{}", text::clean(error)), width);
        lines.extend(wrapped.into_iter().map(|line| Line::styled(line, style)));
    }
    // What to do is the part that must not be cut off.
    let remedy: Vec<Line> =
        text::wrap(remedy, width).into_iter().map(|line| Line::styled(line, theme.text.accent)).collect();
    let room = usize::from(area.height).saturating_sub(remedy.len());
    if lines.len() < room {
        lines.push(Line::default());
    } else if lines.len() > room {
        lines.truncate(room.saturating_sub(1).max(1));
        lines.push(Line::styled(format!("{} the Log has it all", theme.glyphs.ellipsis), theme.text.dim));
    }
    lines.extend(remedy);
    for (row, line) in lines.iter().enumerate() {
        put(buf, area, 1, row as u16, line);
    }
}

/// Sentences from the top, each on lines of its own.
pub fn sentences(area: Rect, buf: &mut Buffer, sentences: &[(String, Style)]) {
    let width = usize::from(area.width).saturating_sub(2);
    let lines =
        sentences.iter().flat_map(|(words, style)| text::wrap(words, width).into_iter().map(|line| (line, *style)));
    for (row, (line, style)) in lines.enumerate().take(usize::from(area.height)) {
        put(buf, area, 1, row as u16, &Line::styled(line, style));
    }
}

fn middle(area: Rect, buf: &mut Buffer, lines: &[Line]) {
    let area = centred(area, area.width, lines.len() as u16);
    for (row, line) in lines.iter().enumerate() {
        let width = u16::try_from(line.width()).unwrap_or(u16::MAX).min(area.width);
        put(buf, area, (area.width - width) / 2, row as u16, line);
    }
}
