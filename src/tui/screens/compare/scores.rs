//! The scores of the compared runs, or of groups of them.

use ratatui::{
    buffer::Buffer,
    layout::Rect,
    text::{Line, Span},
};

use crate::{
    runs::Spread,
    tui::{
        State, format,
        state::{
            Run,
            comparison::{Group, scores},
        },
        text,
        theme::Theme,
        widgets::{foot, footer::mark, pane, put},
    },
};

use super::{name, noun, part, window};

/// Title, columns, and whether more is better; in the order of [`scores`]. Where there is little room the
/// last ones are left out.
const SCORES: [(&str, bool); 5] =
    [("val loss", false), ("val acc", true), ("test acc", true), ("log loss", false), ("macro F1", true)];
/// Columns of a score, and of a mean with its deviation.
const SCORE: usize = 10;
const SPREAD: usize = 15;
/// Columns of the choice, the sample and the letter, and of the mode.
const LEAD: usize = 6;
const MODE: usize = 7;
const SEED: usize = 6;
const STATE: usize = 14;
const SET: usize = 5;

pub fn render(state: &State, theme: &Theme, area: Rect, buf: &mut Buffer) {
    let comparison = &state.comparison;
    let marked = !state.table.marked.is_empty();
    let what = if marked { "marked runs" } else { "the newest run of each mode" };
    let count = comparison.len();
    let noun = noun(state, count);
    let left_out = match state.compared_too_many() {
        0 => String::new(),
        more => format!(", {more} more left out"),
    };
    let title = Line::from(vec![
        Span::styled(format!("{count} {noun}"), theme.text.title),
        Span::styled(format!("{}{what}", theme.glyphs.between), theme.text.dim),
        Span::styled(left_out, theme.text.warn),
        Span::styled(
            if comparison.grouped {
                format!(", mean {} sd over seeds", theme.glyphs.plus_minus)
            } else {
                String::new()
            },
            theme.text.dim,
        ),
    ]);
    let sets = Sets::new(state);
    let note = if sets.0.len() > 1 { "best told within each data set" } else { "best by validation loss" };
    let note = Line::from(vec![
        Span::styled(theme.glyphs.star, theme.curve.best),
        Span::styled(format!(" {note}"), theme.text.dim),
    ]);
    let inner = pane(theme, area, buf, title, note);
    let rows = window(state, inner.height);
    // The sign is longer in ASCII.
    let spread = SPREAD + text::width(theme.glyphs.plus_minus) - 1;
    let wide = if comparison.grouped { spread } else { SCORE };
    let fit = Fit::new(usize::from(inner.width), wide, sets.0.len() > 1);
    put(buf, inner, 0, 0, &heading(theme, &fit));
    for at in rows.clone() {
        let line = if comparison.grouped {
            comparison.groups.get(at).map(|group| of_group(state, theme, &fit, group, at, &sets))
        } else {
            let run = comparison.rows.get(at).and_then(|dir| state.runs.get(dir));
            run.map(|run| of_run(state, theme, &fit, run, at, &sets))
        };
        if let Some(line) = line {
            put(buf, inner, 0, (at - rows.start) as u16 + 1, &line);
        }
    }
    foot(area, buf, part(theme, &rows, count, noun), Line::default());
}

/// The data sets of the compared rows by their fingerprints, in the order of the rows, and the best of each
/// score on each.
struct Sets(Vec<(String, [Option<f64>; 5])>);

impl Sets {
    fn new(state: &State) -> Self {
        let comparison = &state.comparison;
        let mut sets = Self(Vec::new());
        if comparison.grouped {
            for group in &comparison.groups {
                sets.add(&group.fingerprint, group.scores.map(|score| score.map(|spread| spread.mean)));
            }
        } else {
            for run in comparison.rows.iter().filter_map(|dir| state.runs.get(dir)) {
                sets.add(run.fingerprint(), scores(run));
            }
        }
        sets
    }

    fn add(&mut self, fingerprint: &str, scores: [Option<f64>; 5]) {
        let at = self.0.iter().position(|(set, _)| set == fingerprint).unwrap_or_else(|| {
            self.0.push((fingerprint.to_owned(), [None; 5]));
            self.0.len() - 1
        });
        let Some((_, bests)) = self.0.get_mut(at) else { return };
        for ((best, score), (_, more)) in bests.iter_mut().zip(scores).zip(SCORES) {
            let better = if more { f64::max } else { f64::min };
            let score = score.filter(|score| score.is_finite());
            *best = best.zip(score).map(|(best, score)| better(best, score)).or(*best).or(score);
        }
    }

    /// The letter of a set.
    fn letter(&self, fingerprint: &str) -> String {
        let at = self.0.iter().position(|(set, _)| set == fingerprint);
        format!("{:>SET$}", format::letter(at.unwrap_or(usize::MAX)))
    }

    /// The best of score `index` on a set.
    fn best(&self, fingerprint: &str, index: usize) -> Option<f64> {
        self.0.iter().find(|(set, _)| set == fingerprint).and_then(|(_, bests)| *bests.get(index)?)
    }
}

/// What fits into a row.
struct Fit {
    scores: usize,
    wide: usize,
    seed: bool,
    state: bool,
    sets: bool,
    name: usize,
}

impl Fit {
    /// Validation loss and accuracy stay whatever happens; what is a fact of the run goes first.
    fn new(width: usize, wide: usize, sets: bool) -> Self {
        let fixed = LEAD + MODE;
        let sets = sets && width >= fixed + SET + 2 * wide;
        let fixed = fixed + if sets { SET } else { 0 };
        let seed = width >= fixed + SEED + 2 * wide;
        let fixed = fixed + if seed { SEED } else { 0 };
        let state = width >= fixed + STATE + 3 * wide;
        let left = width.saturating_sub(fixed + if state { STATE } else { 0 });
        let scores = (left / wide).clamp(2, SCORES.len());
        let name = left.saturating_sub(scores * wide + 2);
        Self { scores, wide, seed, state, sets, name: if name >= 12 { name } else { 0 } }
    }
}

fn heading(theme: &Theme, fit: &Fit) -> Line<'static> {
    let wide = fit.wide;
    let mut titles = vec![" ".repeat(LEAD), format!("{:<MODE$}", "mode")];
    if fit.seed {
        titles.push(format!("{:>SEED$}", "seed "));
    }
    if fit.state {
        titles.push(format!("{:<STATE$}", "state"));
    }
    if fit.sets {
        titles.push(format!("{:>SET$}", "data"));
    }
    titles.extend(SCORES.iter().take(fit.scores).map(|(title, _)| format!("{:>wide$}", format!("{title} "))));
    if fit.name > 0 {
        titles.push("  run".to_owned());
    }
    Line::styled(titles.concat(), theme.text.dim)
}

fn lead(state: &State, theme: &Theme, at: usize) -> Vec<Span<'static>> {
    let sign = if at == state.comparison.at { theme.glyphs.chosen.0 } else { " " };
    vec![Span::styled(format!("{sign} "), theme.text.accent), name(theme, at), Span::raw(" ")]
}

fn of_run(state: &State, theme: &Theme, fit: &Fit, run: &Run, at: usize, sets: &Sets) -> Line<'static> {
    let plain = theme.text.plain;
    let imported = run.is_imported();
    let mut spans = lead(state, theme, at);
    spans.push(Span::styled(format!("{:<MODE$}", run.mode().map_or("", |mode| mode.name())), plain));
    let seed = run.summary.started.as_ref().filter(|_| !imported).map(|started| started.seed.to_string());
    let seed = seed.unwrap_or_else(|| theme.glyphs.nothing.to_owned());
    if fit.seed {
        spans.push(Span::styled(format!("{seed:>width$} ", width = SEED - 1), plain));
    }
    if fit.state {
        let (symbol, style) = mark(state, theme, run);
        spans.push(Span::styled(format!("{symbol} "), style));
        spans.push(Span::styled(text::fit(state.word(run), STATE - 2, theme.glyphs.ellipsis), plain));
    }
    if fit.sets {
        spans.push(Span::styled(sets.letter(run.fingerprint()), plain));
    }
    for (index, value) in scores(run).into_iter().enumerate().take(fit.scores) {
        let value = value.filter(|value| !(imported && value.is_nan()));
        let best = sets.best(run.fingerprint(), index);
        // The star chooses, and only validation does that.
        let star = index == 0 && value.is_some() && value == best;
        let words = value.map_or_else(|| theme.glyphs.nothing.to_owned(), format::score);
        let style = match value {
            None => theme.text.dim,
            Some(_) if value == best => theme.text.accent,
            Some(_) => plain,
        };
        spans.push(Span::styled(format!("{words:>width$}", width = fit.wide - 1), style));
        spans.push(Span::styled(if star { theme.glyphs.star } else { " " }, theme.curve.best));
    }
    if fit.name > 0 {
        let name = text::cut(&text::clean(run.title()), fit.name, theme.glyphs.ellipsis);
        spans.push(Span::styled(format!("  {name}"), theme.text.dim));
    }
    Line::from(spans)
}

fn of_group(state: &State, theme: &Theme, fit: &Fit, group: &Group, at: usize, sets: &Sets) -> Line<'static> {
    let plain = theme.text.plain;
    let mut spans = lead(state, theme, at);
    spans.push(Span::styled(format!("{:<MODE$}", group.mode.map_or("", |mode| mode.name())), plain));
    if fit.seed {
        spans.push(Span::styled(format!("{:>width$} ", seeds(&group.seeds), width = SEED - 1), plain));
    }
    if fit.state {
        let count = group.members.len();
        let words = format!("{count} {}", if count == 1 { "run" } else { "runs" });
        spans.push(Span::styled(format!("{words:<STATE$}"), plain));
    }
    if fit.sets {
        spans.push(Span::styled(sets.letter(&group.fingerprint), plain));
    }
    for (index, value) in group.scores.into_iter().enumerate().take(fit.scores) {
        let is_best = value.is_some() && value.map(|spread| spread.mean) == sets.best(&group.fingerprint, index);
        let words = value.map_or_else(|| theme.glyphs.nothing.to_owned(), |value| spread(theme, value));
        // What not all members have is no score of the whole group.
        let whole = value.is_some_and(|spread| spread.n == group.members.len());
        let style = match (whole, is_best) {
            (false, _) => theme.text.dim,
            (true, true) => theme.text.accent,
            (true, false) => plain,
        };
        let gap = fit.wide.saturating_sub(1 + text::width(&words));
        spans.push(Span::styled(format!("{}{words}", " ".repeat(gap)), style));
        spans.push(Span::styled(if index == 0 && is_best { theme.glyphs.star } else { " " }, theme.curve.best));
    }
    Line::from(spans)
}

fn spread(theme: &Theme, spread: Spread) -> String {
    let sd = spread.sd.map_or_else(|| theme.glyphs.nothing.to_owned(), format::score);
    format!("{} {} {sd}", format::score(spread.mean), theme.glyphs.plus_minus)
}

/// `0-4`, `0 2 5`, as far as there is room.
fn seeds(seeds: &[u64]) -> String {
    match seeds {
        [] => String::new(),
        [seed] => text::cut(&seed.to_string(), SEED - 1, "+"),
        [first, .., last] if *last - *first + 1 == seeds.len() as u64 => {
            text::cut(&format!("{first}-{last}"), SEED - 1, "+")
        }
        _ => {
            let words: Vec<_> = seeds.iter().map(u64::to_string).collect();
            text::cut(&words.join(","), SEED - 1, "+")
        }
    }
}
