//! The last two lines: how far the shown run is, and the keys that do something now.
//!
//! ```text
//!  epoch 31/100 ████████░░░░ 40/62  0.6 s/epoch  ETA 0:41  lr 1e-4  early stop in 5
//!  Enter train  s stop  Space pause  Tab screen  ? help
//! ```

use ratatui::{
    buffer::Buffer,
    layout::{Position, Rect},
    style::Style,
    text::{Line, Span},
};

use crate::{
    protocol::{Outcome, Progress, Setting},
    runs::{Stage as Summarised, State as Stage},
    tui::{
        State, format,
        hit::Target,
        keymap::{Action, Place, Table},
        layout::Room,
        state::{
            Activity, Level, Overlay, Run, Screen, Status,
            form::Row,
            steering::{Sent, words},
        },
        text,
        theme::Theme,
    },
};

use super::{gauge, put};

/// From so many columns on the screens' names keep their room, and more keys than the help's do.
const TABS: u16 = 80;
const WIDE: u16 = 100;

/// The last line.
struct Keys {
    /// Each with its column.
    hints: Vec<(u16, Hint)>,
    /// The screens' names, if there is room for them, and what stands between them.
    screens: Vec<(u16, Screen, &'static str)>,
    between: &'static str,
}

pub fn render(state: &State, theme: &Theme, room: Room, area: Rect, buf: &mut Buffer) {
    put(buf, area, 1, 0, &above(state, theme, area.width));
    let keys = Keys::new(state, theme, room, area.width);
    for (x, hint) in keys.hints {
        let key = Span::styled(hint.key, theme.text.accent);
        put(buf, area, x, 1, &Line::from(vec![key, Span::styled(format!(" {}", hint.text), theme.text.dim)]));
    }
    for (at, (x, screen, title)) in keys.screens.into_iter().enumerate() {
        let style = if screen == state.screen { theme.text.accent } else { theme.text.dim };
        put(buf, area, x, 1, &Line::styled(title, style));
        if at > 0 {
            let gap = text::width(keys.between) as u16;
            put(buf, area, x - gap, 1, &Line::styled(keys.between, theme.text.dim));
        }
    }
}

/// The action whose hint, or the screen whose name is at a place.
pub fn hit(state: &State, room: Room, area: Rect, at: Position) -> Option<Target> {
    let x = at.x.checked_sub(area.x).filter(|_| at.y == area.y + 1)?;
    let keys = Keys::new(state, &Theme::of(&state.config.ui), room, area.width);
    let hint = keys.hints.iter().find(|(start, hint)| (*start..*start + hint.width()).contains(&x));
    if let Some((_, hint)) = hint {
        return Some(Target::Action(hint.action));
    }
    let screens = keys.screens.iter().filter(|_| state.place() == state.screen_place());
    let mut at = screens.filter(|(start, _, title)| (*start..*start + text::width(title) as u16).contains(&x));
    at.next().map(|(_, screen, _)| Target::Screen(*screen))
}

impl Keys {
    fn new(state: &State, theme: &Theme, room: Room, width: u16) -> Self {
        let mut hints = hints(state, room);
        // Beside the names the key that goes from one to the next needs no word.
        let mut next = None;
        if width >= WIDE && state.place() == state.screen_place() {
            let at = hints.iter().position(|hint| hint.action == Action::NextScreen);
            next = at.map(|at| Hint { text: "", ..hints.remove(at) });
        }
        let lead = next.as_ref().map_or(0, Hint::width);
        let tabs = width >= TABS && state.place() == state.screen_place();
        let reserved = if tabs { lead + names(Screen::short_title, " ") } else { 0 };
        let mut hints = placed(state, hints, width - reserved, width);
        let taken = hints.last().map_or(0, |(x, hint)| x + hint.width());
        let between = theme.glyphs.between;
        // The longest form that fits, where one does.
        let titles: [fn(Screen) -> &'static str; 3] = [Screen::title, Screen::title, Screen::short_title];
        let forms = titles.into_iter().zip([between, " ", " "]).zip([3, 1, 1]);
        let fits = |title, between, gap| taken + gap + lead + names(title, between) <= width;
        let form = forms.into_iter().find(|((title, between), gap)| fits(*title, between, *gap));
        let Some(((title, between), _)) = form else { return Self { hints, screens: Vec::new(), between } };
        let mut x = width - names(title, between);
        hints.extend(next.map(|next| (x - lead, next)));
        let screens = Screen::ALL.into_iter().map(|screen| {
            let start = x;
            x += (text::width(title(screen)) + text::width(between)) as u16;
            (start, screen, title(screen))
        });
        Self { screens: screens.collect(), hints, between }
    }
}

/// Columns of the screens' names, with the blank behind them.
fn names(title: fn(Screen) -> &'static str, between: &str) -> u16 {
    let titles: usize = Screen::ALL.into_iter().map(|screen| text::width(title(screen))).sum();
    (titles + (Screen::ALL.len() - 1) * text::width(between) + 1) as u16
}

/// A fresh notice, or else how far the run is.
fn above(state: &State, theme: &Theme, width: u16) -> Line<'static> {
    if let Some(entry) = state.notice() {
        let style = match entry.level {
            Level::Error => theme.text.bad,
            Level::Warning => theme.text.warn,
            Level::Output | Level::Event | Level::Notice => theme.text.accent,
        };
        return Line::styled(
            text::cut(&entry.text, usize::from(width.saturating_sub(2)), theme.glyphs.ellipsis),
            style,
        );
    }
    let shown = match state.screen {
        Screen::Train => state.shown(),
        Screen::Runs | Screen::Compare | Screen::Study | Screen::Log => state.live_run(),
    };
    let mut parts = Vec::new();
    if !state.mouse && state.config.ui.mouse {
        let key = state.keys.name_of(Action::Mouse);
        parts.push(Line::styled(format!("the mouse selects text, {key} takes it back"), theme.text.accent));
    }
    // What was asked of another process, and is not answered yet.
    let asked = match state.screen {
        Screen::Train => shown.and_then(|run| state.unanswered(Some(run))),
        Screen::Runs | Screen::Compare | Screen::Study | Screen::Log => state.unanswered(None),
    };
    parts.extend(asked.map(|asked| unanswered(state, theme, asked)));
    match shown {
        Some(run) if state.is_live(&run.dir) => parts.extend(live(state, theme, run, width)),
        Some(run) => {
            parts.extend(over(state, theme, run));
            parts.extend(elsewhere(state, theme).into_iter().chain(queued(state, theme)));
        }
        None => parts.extend(elsewhere(state, theme).into_iter().chain(queued(state, theme))),
    }
    let set = state.set_here();
    if !set.is_empty() {
        let set = text::cut(&text::clean(&set.join(", ")), 40, theme.glyphs.ellipsis);
        parts.push(Line::styled(format!("new runs: {set}"), theme.text.accent));
    }
    fitting(parts, usize::from(width.saturating_sub(2)))
}

/// As many of `parts` as fit, from the first; they are in the order of their weight.
pub fn fitting(parts: Vec<Line<'static>>, width: usize) -> Line<'static> {
    let mut line = Line::default();
    for part in parts {
        let gap = if line.width() == 0 { 0 } else { 2 };
        if line.width() + gap + part.width() > width {
            continue;
        }
        if gap > 0 {
            line.push_span(" ".repeat(gap));
        }
        line.spans.extend(part.spans);
    }
    line
}

fn live(state: &State, theme: &Theme, run: &Run, width: u16) -> Vec<Line<'static>> {
    let history = &run.history;
    let Some(started) = &history.started else { return Vec::new() };
    let dim = theme.text.dim;
    let fact = |name: &str, value: String| {
        Line::from(vec![Span::styled(format!("{name} "), dim), Span::styled(value, theme.text.plain)])
    };
    let epochs = history.epochs_at_most();
    let (epoch, batch, batches) = match &state.progress {
        Some(Progress::Training { epoch, batch, batches, .. }) => (*epoch, *batch, *batches),
        Some(Progress::Validating { epoch }) if *epoch > history.last_epoch() => {
            (*epoch, started.batches, started.batches)
        }
        Some(Progress::Validating { .. } | Progress::Testing | Progress::Loading { .. }) | None => {
            (history.last_epoch().saturating_add(1), 0, started.batches)
        }
    };
    let epoch = epoch.min(epochs);
    let share = batch as f64 / batches.max(1) as f64;
    let columns = usize::from(width / 8).clamp(6, 20);
    let mut parts = vec![Line::from(vec![
        Span::styled("epoch ", dim),
        Span::styled(format!("{epoch}/{epochs} "), theme.text.strong),
        Span::styled(gauge::gauge(theme, share, columns), theme.curve.bar),
        Span::styled(format!(" {batch}/{batches}"), dim),
    ])];
    if state.activity() == Activity::Testing {
        parts = vec![Line::styled("testing the best epoch", theme.text.good)];
    }
    let recent = history.epochs.iter().rev().take(5).map(|record| record.result.seconds);
    let (sum, count) = recent.fold((0.0, 0_u32), |(sum, count), seconds| (sum + seconds, count + 1));
    let pace = match (&state.progress, count) {
        (_, 1..) => Some(sum / f64::from(count)),
        (Some(Progress::Training { clips_per_second, .. }), 0) if *clips_per_second > 0.0 => {
            Some(started.train_clips as f64 / clips_per_second)
        }
        _ => None,
    };
    if let Some(pace) = pace {
        let left = (epochs as f64 - epoch as f64 + 1.0 - share).max(0.0);
        parts.push(Line::raw(format!("{}/epoch", format::seconds(pace))));
        parts.push(fact("ETA", format::clock(left * pace)));
    }
    let last = history.epochs.last().map(|record| &record.result);
    let rate = history.setting(Setting::Lr).unwrap_or(started.lr);
    parts.push(fact("lr", format::rate(rate)));
    if history.early_stop() > 0 {
        let left = history.early_stop().saturating_sub(last.map_or(0, |result| result.bad_epochs));
        let style = if left <= 2 { theme.text.warn } else { theme.text.plain };
        parts.push(Line::from(vec![Span::styled("early stop in ", dim), Span::styled(left.to_string(), style)]));
    }
    parts.extend(queued(state, theme));
    if let Some(speed) = state.clips_per_second() {
        parts.push(Line::raw(format!("{} clips/s", format::count(speed as u64))));
    }
    parts
}

/// How a run that is not live ended, and what it scored.
fn over(state: &State, theme: &Theme, run: &Run) -> Vec<Line<'static>> {
    let status = state.status(run);
    let history = &run.history;
    let imported = run.history.imported().is_some();
    let paused = status == Status::Elsewhere && run.summary.stage == Summarised::Paused;
    let (mark, style) = mark(state, theme, run);
    let ended = match &status {
        Status::Elsewhere if imported => "another program trains it; read-only".to_owned(),
        Status::Silent(seconds) if imported => {
            format!("another program trains it, or did; silent for {}", format::heartbeat(*seconds))
        }
        _ if imported => "imported, read-only".to_owned(),
        _ if paused => "paused in another process".to_owned(),
        other => outcome(other),
    };
    let mut parts = vec![Line::styled(format!("{mark} {ended}"), style)];
    if let Some(result) = run.test() {
        for (name, value) in [
            ("test accuracy", result.scores.accuracy),
            ("log loss", result.scores.log_loss),
            ("macro F1", result.scores.macro_f1),
        ] {
            if imported && value.is_nan() {
                continue;
            }
            parts.push(Line::from(vec![
                Span::styled(format!("{name} "), theme.text.dim),
                Span::styled(format::score(value), theme.text.strong),
            ]));
        }
    }
    let seconds = history.finished().map_or(history.trained().as_secs_f64(), |finished| finished.seconds);
    let epochs = history.last_epoch();
    parts.push(Line::styled(
        format!("{epochs} {} in {}", if epochs == 1 { "epoch" } else { "epochs" }, format::clock(seconds)),
        theme.text.dim,
    ));
    if history.imported().is_some_and(|origin| origin.rounded) {
        parts.push(Line::styled("the best epoch is that of rounded losses", theme.text.dim));
    }
    if let Some(writer) = run.summary.writer.as_ref().filter(|_| state.is_elsewhere(run)) {
        let job = writer.job.as_ref().map_or_else(String::new, |job| format!(", job {job}"));
        let place = format!("{}, pid {}{job}", writer.host, writer.pid);
        let place = text::cut(&text::clean(&place), 48, theme.glyphs.ellipsis);
        parts.insert(1, Line::styled(place, theme.text.strong));
        if run.summary.stage == Summarised::Paused && !paused {
            parts.insert(1, Line::styled("paused", theme.text.warn));
        }
        if status == Status::Elsewhere {
            let heard = format::heartbeat(run.silent(state.now) / 1000);
            parts.push(Line::styled(format!("heard of {heard} ago"), theme.text.dim));
        }
    }
    if state.allows(Action::Resume) {
        parts.insert(1, Line::raw(format!("{} resumes it", state.keys.name_of(Action::Resume))));
    }
    if let Stage::Failed(errors) = &history.state {
        let first = errors.first().map(|error| text::clean(error).into_owned()).unwrap_or_default();
        parts.insert(1, Line::raw(text::cut(&first, 60, theme.glyphs.ellipsis)));
    }
    parts
}

/// A command that waits for its answer.
fn unanswered(state: &State, theme: &Theme, sent: &Sent) -> Line<'static> {
    let waited = state.now.saturating_sub(sent.t).max(0) / 1000;
    let name = match (state.screen, state.runs.get(&sent.dir)) {
        (Screen::Runs | Screen::Compare | Screen::Study | Screen::Log, Some(run)) => {
            format!("{}: ", text::clean(run.title()))
        }
        _ => String::new(),
    };
    let more = match state.sent.len() {
        0 | 1 => String::new(),
        sent => format!(" ({} more)", sent - 1),
    };
    let words = text::clean(&words(&sent.what)).into_owned();
    let text = format!("{name}{words}: sent, not yet acknowledged for {waited} s{more}");
    Line::styled(text, theme.text.warn)
}

/// A mark and a style for how far `run` is; what pauses or stops in another process looks as it does in this one.
pub fn mark(state: &State, theme: &Theme, run: &Run) -> (&'static str, Style) {
    let (glyphs, text) = (&theme.glyphs, &theme.text);
    match state.status(run) {
        Status::Elsewhere if matches!(run.summary.stage, Summarised::Paused | Summarised::Stopping) => {
            (glyphs.paused, text.warn)
        }
        Status::Training | Status::Elsewhere => (glyphs.live, text.good),
        Status::Paused | Status::Stopping => (glyphs.paused, text.warn),
        Status::Interrupted => (glyphs.failed, text.warn),
        Status::Silent(_) => (glyphs.busy, text.warn),
        Status::Failed => (glyphs.failed, text.bad),
        Status::Ended(Outcome::Finished | Outcome::EarlyStopped) => (glyphs.done, text.good),
        Status::Ended(Outcome::Stopped) => (glyphs.idle, text.warn),
    }
}

fn outcome(status: &Status) -> String {
    match status {
        Status::Ended(Outcome::EarlyStopped) => "stopped early".to_owned(),
        Status::Ended(Outcome::Finished) => "finished".to_owned(),
        Status::Elsewhere => "training in another process".to_owned(),
        Status::Silent(seconds) => format!("in another process; no heartbeat for {}", format::heartbeat(*seconds)),
        other => other.word().to_owned(),
    }
}

/// What runs while something else is looked at, and what waits.
fn elsewhere(state: &State, theme: &Theme) -> Option<Line<'static>> {
    let run = state.live_run()?;
    let mode = run.mode()?;
    let text = format!("{} {}: epoch {}", theme.glyphs.live, mode.title(), run.history.last_epoch().saturating_add(1));
    Some(Line::styled(text, theme.text.good))
}

/// How many runs wait.
fn queued(state: &State, theme: &Theme) -> Option<Line<'static>> {
    let waiting = state.queue.waiting.len();
    (waiting > 0).then(|| Line::styled(format!("{waiting} queued"), theme.text.accent))
}

/// A key and what it does now.
struct Hint {
    key: String,
    text: &'static str,
    action: Action,
}

impl Hint {
    fn width(&self) -> u16 {
        (text::width(&self.key) + 1 + text::width(self.text)) as u16
    }
}

/// As many of `hints` as fit into the first `room` of `width` columns, each with its column.
fn placed(state: &State, hints: Vec<Hint>, room: u16, width: u16) -> Vec<(u16, Hint)> {
    let beneath = state.place() != state.screen_place();
    let pane = matches!(state.place(), Place::Chart | Place::Matrix | Place::Classes);
    // Whoever is lost needs the help, or the way back: they keep their room to the last.
    let keeps = |action: Action| match action {
        Action::Help => !beneath,
        Action::Close => beneath,
        Action::Palette | Action::Quit => !beneath && !pane && width >= WIDE,
        _ => false,
    };
    let mut kept: u16 = hints.iter().filter(|hint| keeps(hint.action)).map(|hint| hint.width() + 2).sum();
    let mut placed = Vec::new();
    let mut x = 1;
    for hint in hints {
        if keeps(hint.action) {
            kept -= hint.width() + 2;
        }
        if x + hint.width() + kept < room {
            let next = x + hint.width() + 2;
            placed.push((x, hint));
            x = next;
        }
    }
    placed
}

/// The keys that do something now, those that matter most first.
fn hints(state: &State, room: Room) -> Vec<Hint> {
    let mut hints = Vec::new();
    let hinted = state.keys.at(state.place()).filter(|(entry, keys)| entry.hint.is_some() && !keys.is_empty());
    let mut entries: Vec<_> = hinted.filter(|(entry, _)| state.allows(entry.action)).collect();
    // What the pane that has the keys does, and before that how to leave it.
    entries.sort_by_key(|(entry, _)| match entry.table {
        _ if entry.action == Action::CancelLoading && state.has_focus() => 0,
        Table::Chart | Table::Matrix | Table::Classes => 1,
        _ if entry.action == Action::Counts => 1,
        _ => 2,
    });
    for (entry, keys) in entries {
        let (Some(hint), Some(key)) = (entry.hint, keys.first()) else { continue };
        let text = match entry.action {
            // All panes are there anyway.
            Action::Pane
                if state.screen == Screen::Train && matches!(room, Room::Full | Room::Tall) && !state.view.focused =>
            {
                continue;
            }
            // The matrix shows what it counts.
            Action::Counts if state.place() != Place::Matrix => continue,
            Action::CancelLoading if state.has_focus() => "leave",
            Action::Accept if matches!(state.overlay, Some(Overlay::Help(_))) && state.dialog.is_none() => continue,
            Action::Accept if state.dialog.is_none() => match &state.overlay {
                Some(Overlay::Adjust(_)) => "apply",
                Some(Overlay::Form(form)) if form.typing.is_some() => "take",
                Some(Overlay::Form(form)) => match form.row() {
                    Some(Row::Train) => "train",
                    Some(Row::Queue) => "queue",
                    Some(Row::Keep) => "take",
                    Some(Row::Setting(_)) | None => hint,
                },
                _ => hint,
            },
            Action::Train if state.place() == Place::Settings && state.is_for_waiting() => "take",
            Action::Enqueue if state.is_for_waiting() => continue,
            Action::Right if state.place() == Place::Settings && state.has_no_choices() => continue,
            Action::Pause if state.goes_on() => "go on",
            Action::Counts => state.matrix.unit.next().title(),
            Action::Pin if state.has_pinned() => "unpin",
            Action::Split if state.screen == Screen::Train && state.view.test => "validation",
            Action::Groups if state.comparison.grouped => "each run",
            Action::Split if state.screen == Screen::Compare && state.comparison.accuracy => "val loss",
            _ => hint,
        };
        hints.push(Hint { key: key.name(), text, action: entry.action });
    }
    hints
}
