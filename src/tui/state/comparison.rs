//! The Compare screen: the marked runs, or the newest of each mode; alone, or grouped over seeds.

use std::{borrow::Cow, collections::BTreeSet, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::{
    config::Mode,
    metrics::{Confusion, Scores},
    protocol::EpochFinished,
    runs::{EpochRecord, History, Spread},
};

use super::{
    ChartView, Run, State,
    curves::{Curves, Line, Quantity},
    run::Opened,
};

/// More curves could not be told apart. Histories are open of the rows that are drawn, and of no others.
pub const MOST_DRAWN: usize = 16;
/// Of groups all members are open: so many.
const MOST_GROUPED: usize = 128;

/// What is compared, and how it is looked at.
#[allow(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
#[derive(Debug)]
pub struct Comparison {
    /// Over seeds.
    pub grouped: bool,
    /// The chart is of the accuracy, not of the validation loss.
    pub accuracy: bool,
    /// The pane that keys go to where it is `focused`.
    pub pane: Detail,
    pub focused: bool,
    /// The pane alone, at any size.
    pub maximised: bool,
    pub chart: ChartView,
    /// Where the cursor is in the other panes: the setting, the cell (truth and prediction), the class.
    pub setting: usize,
    pub cell: (usize, usize),
    pub class: usize,
    /// The chosen row, from 0.
    pub at: usize,
    /// The compared runs, those on one data together, the lowest validation loss first.
    pub rows: Vec<PathBuf>,
    pub groups: Vec<Group>,
    /// The rows that are looked at in the panes, in order: those with the lowest validation losses, the chosen
    /// one and the one that it is compared with.
    pub drawn: Vec<usize>,
    /// The settings that are not alike in all of the drawn rows: name, and the value for each in their order.
    /// None of those is known before every run is open.
    pub differences: Vec<(String, Vec<String>)>,
    /// The rows with the lowest validation losses, in order.
    best: Vec<usize>,
    /// What rows and groups were made from.
    basis: (bool, Vec<(PathBuf, usize, bool, bool)>),
}

impl Default for Comparison {
    fn default() -> Self {
        Self {
            grouped: false,
            accuracy: false,
            pane: Detail::Curves,
            focused: false,
            maximised: false,
            chart: ChartView::of_epochs(),
            setting: 0,
            cell: (0, 0),
            class: 0,
            at: 0,
            rows: Vec::new(),
            groups: Vec::new(),
            drawn: Vec::new(),
            differences: Vec::new(),
            best: Vec::new(),
            basis: (false, Vec::new()),
        }
    }
}

/// What is told of the compared runs beside scores and curves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Detail {
    #[default]
    Curves,
    Settings,
    Confusion,
    Classes,
}

impl Detail {
    pub(in crate::tui) fn next(self) -> Self {
        match self {
            Self::Curves => Self::Settings,
            Self::Settings => Self::Confusion,
            Self::Confusion => Self::Classes,
            Self::Classes => Self::Curves,
        }
    }

    pub(in crate::tui) fn previous(self) -> Self {
        self.next().next().next()
    }
}

/// The spread of the finite ones among `values`.
fn spread(values: impl IntoIterator<Item = f64>) -> Option<Spread> {
    Spread::of(&values.into_iter().filter(|value| value.is_finite()).collect::<Vec<_>>())
}

/// Runs that differ in nothing but the seed.
#[derive(Debug)]
pub struct Group {
    pub mode: Option<Mode>,
    pub fingerprint: String,
    pub members: Vec<PathBuf>,
    pub seeds: Vec<u64>,
    /// Validation loss and accuracy, test accuracy, log loss and macro F1.
    pub scores: [Option<Spread>; 5],
    /// Over the epochs that some member reached, and one standard deviation below and above: those are gaps
    /// where one member is left.
    pub mean: Curves,
    pub low: Curves,
    pub high: Curves,
    /// How many members each epoch of the mean is of.
    pub counts: Vec<usize>,
}

/// What the runs of a row predicted on one split.
#[derive(Debug)]
pub struct Tally<'a> {
    /// The classes in the order of what follows.
    pub names: &'a [String],
    /// The clips of all of them. They had the same ones, so shares of the truth are the means over the runs.
    pub confusion: Cow<'a, Confusion>,
    /// Mean and deviation over the runs of each class's F1.
    pub f1: Vec<Spread>,
    /// Which split, and of which epoch or of how many runs.
    pub source: String,
}

impl<'a> Tally<'a> {
    /// None where none of `runs` has what is asked for, or not with the classes of `like`.
    fn of(runs: &[&'a Run], test: bool, like: Option<&'a [String]>) -> Option<Self> {
        let told: Vec<_> = runs
            .iter()
            .filter(|run| if test { run.test().is_some() } else { !run.is_imported() })
            .filter_map(|run| Some((run.confusion(test)?, classes(run))))
            .collect();
        let names = like.or_else(|| told.first().map(|(_, names)| *names))?;
        // Other runs may have their classes in another order, and imported ones may know of others.
        let alike =
            told.iter().filter_map(|((confusion, source), theirs)| Some((confusion.in_order(theirs, names)?, source)));
        let (told, sources): (Vec<_>, Vec<_>) = alike.unzip();
        let f1s: Vec<_> = told.iter().map(|confusion| confusion.per_class()).collect();
        let f1 = |class: usize| {
            let values: Vec<_> = f1s.iter().filter_map(|scores| Some(scores.get(class)?.f1)).collect();
            Spread::of(&values)
        };
        let source = match (f1s.len(), runs.len()) {
            (1, 1) => sources.first().map_or_else(String::new, |source| (*source).clone()),
            (counted, all) => {
                let split = if test { "test" } else { "val" };
                let all = if counted == all { String::new() } else { format!(" of {all}") };
                format!("{split} of {counted}{all} runs together")
            }
        };
        let mut told = told.into_iter();
        let mut confusion = told.next()?;
        for other in told {
            confusion.to_mut().merge(&other);
        }
        Some(Self { names, f1: (0..confusion.classes()).filter_map(f1).collect(), confusion, source })
    }
}

/// How the comparison is looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CompareView {
    pub grouped: bool,
    pub accuracy: bool,
    pub pane: Detail,
}

/// The names of a run's classes.
fn classes(run: &Run) -> &[String] {
    run.summary.started.as_ref().map(|started| started.classes.as_slice()).unwrap_or_default()
}

impl Comparison {
    pub fn view(&self) -> CompareView {
        CompareView { grouped: self.grouped, accuracy: self.accuracy, pane: self.pane }
    }

    pub fn recall(&mut self, view: CompareView) {
        CompareView { grouped: self.grouped, accuracy: self.accuracy, pane: self.pane } = view;
    }

    /// The chosen run; of a group, its first.
    pub fn chosen(&self) -> Option<&PathBuf> {
        if self.grouped { self.groups.get(self.at)?.members.first() } else { self.rows.get(self.at) }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        if self.grouped { self.groups.len() } else { self.rows.len() }
    }

    /// What the chart is of.
    pub fn quantity(&self) -> Quantity {
        if self.accuracy { Quantity::Accuracy } else { Quantity::ValLoss }
    }
}

/// Validation loss and accuracy, test accuracy, log loss and macro F1 of `run`.
pub fn scores(run: &Run) -> [Option<f64>; 5] {
    let best = run.summary.best.as_ref();
    let test = |value: fn(&Scores) -> f64| run.summary.test.as_ref().map(value);
    [
        best.map(|best| best.val_loss),
        best.and_then(|best| best.val).map(|val| val.accuracy),
        test(|scores| scores.accuracy),
        test(|scores| scores.log_loss),
        test(|scores| scores.macro_f1),
    ]
}

impl State {
    /// The runs that are compared: the marked ones, or else the newest of each mode.
    fn compared(&self) -> Vec<PathBuf> {
        if self.table.marked.is_empty() {
            return Mode::ALL.into_iter().filter_map(|mode| Some(self.newest(mode)?.dir.clone())).collect();
        }
        let mut dirs = Vec::new();
        for run in self.marked() {
            dirs.push(run.dir.clone());
        }
        dirs
    }

    /// The runs whose histories the screen needs.
    pub(in crate::tui) fn compared_open(&self) -> Vec<PathBuf> {
        if self.comparison.grouped {
            return self.comparison.basis.1.iter().take(MOST_GROUPED).map(|(dir, ..)| dir.clone()).collect();
        }
        self.compared_alone()
    }

    /// The runs whose curves are drawn, and not those of their group.
    pub(in crate::tui) fn compared_alone(&self) -> Vec<PathBuf> {
        let comparison = &self.comparison;
        let drawn = comparison.drawn.iter().filter(|_| !comparison.grouped);
        drawn.filter_map(|row| comparison.rows.get(*row).cloned()).collect()
    }

    /// Bring the comparison up to date with the runs.
    pub(in crate::tui) fn settle_comparison(&mut self) {
        let state_of = |dir: PathBuf| {
            let run = self.runs.get(&dir)?;
            Some((dir, run.summary.epochs, run.summary.is_over(), run.opened == Opened::Yes))
        };
        let basis = (self.comparison.grouped, self.compared().into_iter().filter_map(state_of).collect());
        let changed = basis != self.comparison.basis;
        if changed {
            self.compare(basis);
        }
        let comparison = &mut self.comparison;
        comparison.at = comparison.at.min(comparison.len().saturating_sub(1));
        let pair = self.compared_rows().map_or([None; 2], |(chosen, other)| [Some(chosen), Some(other)]);
        let drawn = self.comparison.best.iter().copied().chain(pair.into_iter().flatten());
        let drawn: Vec<usize> = drawn.collect::<BTreeSet<_>>().into_iter().collect();
        if changed || drawn != self.comparison.drawn {
            self.comparison.drawn = drawn;
            let heads: Vec<&Run> = self.compared_heads().collect();
            let mut differences = differences(&heads);
            // Groups are over seeds.
            differences.retain(|(name, _)| !self.comparison.grouped || name != "train.seed");
            self.comparison.differences = differences;
        }
        let classes = self.compared_heads().map(|run| classes(run).len()).max().unwrap_or(0);
        let comparison = &mut self.comparison;
        let within = |at: &mut usize, count: usize| *at = (*at).min(count.saturating_sub(1));
        within(&mut comparison.setting, comparison.differences.len());
        within(&mut comparison.class, classes);
        within(&mut comparison.cell.0, classes);
        within(&mut comparison.cell.1, classes);
    }

    /// Make rows and groups anew.
    fn compare(&mut self, basis: (bool, Vec<(PathBuf, usize, bool, bool)>)) {
        let compared: Vec<&Run> = basis.1.iter().filter_map(|(dir, ..)| self.runs.get(dir)).collect();
        let sets: Vec<String> = compared.iter().map(|run| run.fingerprint().to_owned()).collect();
        let set = |run: &Run| sets.iter().position(|set| set == run.fingerprint());
        let sorted = |runs: &[&'_ Run]| -> Vec<PathBuf> {
            let mut rows: Vec<_> = runs.iter().map(|run| (set(run), loss(run), &run.dir)).collect();
            rows.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
            rows.into_iter().map(|(_, _, dir)| dir.clone()).collect()
        };
        let rows = sorted(&compared);
        let members = sorted(compared.get(..MOST_GROUPED.min(compared.len())).unwrap_or_default());
        let members: Vec<&Run> = members.iter().filter(|_| basis.0).filter_map(|dir| self.runs.get(dir)).collect();
        let groups = groups(&members);
        let losses: Vec<f64> = if basis.0 {
            let mean = |group: &Group| group.scores[0].map_or(f64::INFINITY, |spread| spread.mean);
            groups.iter().map(mean).collect()
        } else {
            rows.iter().filter_map(|dir| self.runs.get(dir)).map(loss).collect()
        };
        let mut best: Vec<usize> = (0..losses.len()).collect();
        best.sort_by(|a, b| losses.get(*a).unwrap_or(&0.0).total_cmp(losses.get(*b).unwrap_or(&0.0)));
        best.truncate(MOST_DRAWN);
        let chosen = self.comparison.chosen().cloned();
        let comparison = &mut self.comparison;
        (comparison.rows, comparison.groups, comparison.best, comparison.basis) = (rows, groups, best, basis);
        let at = comparison.rows.iter().position(|dir| Some(dir) == chosen.as_ref()).filter(|_| !comparison.grouped);
        comparison.at = at.unwrap_or(comparison.at);
    }

    /// The runs that stand for the drawn rows: of a group, its first.
    pub(in crate::tui) fn compared_heads(&self) -> impl Iterator<Item = &Run> {
        self.comparison.drawn.iter().filter_map(|row| self.compared_members(*row).first().copied())
    }

    /// The curve of each drawn row: of a group, the mean.
    pub(in crate::tui) fn compared_curves(&self) -> Vec<(usize, &Curves)> {
        let comparison = &self.comparison;
        let curves = |row: usize| {
            if comparison.grouped {
                return comparison.groups.get(row).map(|group| &group.mean);
            }
            comparison.rows.get(row).and_then(|dir| self.runs.get(dir)).map(|run| &run.curves)
        };
        comparison.drawn.iter().filter_map(|row| Some((*row, curves(*row)?))).collect()
    }

    /// The curves that the chart's axis and cursor count by: those of the run that got farthest.
    pub(in crate::tui) fn compared_longest(&self) -> Option<&Curves> {
        let curves = self.compared_curves().into_iter().map(|(_, curves)| curves);
        curves.max_by(|one, other| one.trained().total_cmp(&other.trained()))
    }

    /// From the first to the last epoch of what the chart shows, on its x axis. None before the first.
    pub(in crate::tui) fn compared_extent(&self) -> Option<(f64, f64)> {
        let comparison = &self.comparison;
        let ends = |line: Line| Some((line.x(0), line.x(line.series.len().checked_sub(1)?)));
        let lines = self.compared_curves().into_iter();
        let lines = lines.map(|(_, curves)| curves.line(comparison.quantity(), comparison.chart.axis));
        let (low, high) = lines.filter_map(ends).reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)))?;
        Some((low, if low < high { high } else { low + 1.0 }))
    }

    /// Runs that are marked and in no group: there are too many.
    pub(in crate::tui) fn compared_too_many(&self) -> usize {
        if self.comparison.grouped { self.comparison.rows.len().saturating_sub(MOST_GROUPED) } else { 0 }
    }

    /// The chosen row and the one that it is compared with cell by cell: the newest pinned of the others, else
    /// the best on the same data.
    pub(in crate::tui) fn compared_rows(&self) -> Option<(usize, usize)> {
        let chosen = self.comparison.at;
        let set = |row: usize| Some(self.compared_members(row).first()?.fingerprint());
        let of_chosen = set(chosen)?;
        let others = || (0..self.comparison.len()).filter(|row| *row != chosen);
        let holds = |row: usize, dir: &PathBuf| self.compared_members(row).iter().any(|run| run.dir == *dir);
        let pinned = self.pins.iter().rev().find_map(|dir| others().find(|row| holds(*row, dir)));
        let same = || others().find(|row| set(*row) == Some(of_chosen));
        Some((chosen, pinned.or_else(same).or_else(|| others().next())?))
    }

    /// The runs of a row: of a group all of its members.
    pub(in crate::tui) fn compared_members(&self, row: usize) -> Vec<&Run> {
        let comparison = &self.comparison;
        let dirs = if comparison.grouped {
            comparison.groups.get(row).map_or(&[][..], |group| &group.members)
        } else {
            comparison.rows.get(row).map_or(&[][..], std::slice::from_ref)
        };
        dirs.iter().filter_map(|dir| self.runs.get(dir)).collect()
    }

    /// What the runs of a row predicted on the test split, or of each one's best epoch on the validation split.
    /// None where none of them tells that, or not of the classes of `like` where those are given.
    pub(in crate::tui) fn tally<'a>(&'a self, row: usize, test: bool, like: Option<&'a [String]>) -> Option<Tally<'a>> {
        Tally::of(&self.compared_members(row), test, like)
    }

    /// The split that all of `rows` can be compared on: the test split where it is asked for and every one has a
    /// tested run.
    pub(in crate::tui) fn compared_split(&self, rows: impl IntoIterator<Item = usize>) -> bool {
        let tested = |row: usize| self.compared_members(row).iter().any(|run| run.test().is_some());
        self.view.test && rows.into_iter().all(tested)
    }
}

/// The settings that are not alike in all `runs`.
fn differences(runs: &[&Run]) -> Vec<(String, Vec<String>)> {
    let told: Vec<Settings> = runs.iter().map(|run| settings(run)).collect();
    let mut names: Vec<&String> = Vec::new();
    for (name, _) in told.iter().flatten() {
        if !names.contains(&name) {
            names.push(name);
        }
    }
    let value = |told: &[(String, String)], name: &String| {
        told.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone()).unwrap_or_default()
    };
    let rows = names.into_iter().map(|name| (name.clone(), told.iter().map(|told| value(told, name)).collect()));
    rows.filter(|(_, values): &(String, Vec<String>)| values.windows(2).any(|pair| pair[0] != pair[1])).collect()
}

/// Names and values.
type Settings = Vec<(String, String)>;

/// The settings of a run that make a difference, and what it ran on.
fn settings(run: &Run) -> Settings {
    let mut told = Vec::new();
    if let Some(config) = &run.config {
        let table = |text: String| text.parse::<toml::Table>().unwrap_or_default();
        for (section, values) in table(config.of_run().to_toml()) {
            if let (true, toml::Value::Table(values)) = (["data", "model", "train"].contains(&&*section), values) {
                told.extend(values.into_iter().map(|(name, value)| (format!("{section}.{name}"), value.to_string())));
            }
        }
    }
    if let Some(started) = &run.summary.started {
        let facts = [
            ("parameters", started.parameters.to_string()),
            ("on", started.device.clone()),
            ("fingerprint", started.fingerprint.clone()),
            ("version", started.version.clone()),
        ];
        if run.config.is_none() {
            let known = [
                ("model.mode", format!("\"{}\"", started.mode)),
                ("train.batch_size", started.batch_size.to_string()),
                ("train.early_stop", started.early_stop.to_string()),
                ("train.epochs", started.epochs.to_string()),
                ("train.lr", started.lr.to_string()),
                ("train.seed", started.seed.to_string()),
            ];
            told.extend(known.map(|(name, value)| (name.to_owned(), value)));
        }
        told.extend(facts.map(|(name, value)| (name.to_owned(), value)));
    }
    told
}

fn groups(runs: &[&Run]) -> Vec<Group> {
    let mut found: Vec<(Settings, Vec<&Run>)> = Vec::new();
    for run in runs {
        let mut key = settings(run);
        key.retain(|(name, _)| !matches!(name.as_str(), "train.seed" | "train.device" | "train.threads" | "on"));
        match found.iter_mut().find(|(known, _)| *known == key) {
            Some((_, members)) => members.push(run),
            None => found.push((key, vec![run])),
        }
    }
    found.into_iter().map(|(_, members)| group(&members)).collect()
}

fn loss(run: &Run) -> f64 {
    run.summary.best.map_or(f64::INFINITY, |best| best.val_loss)
}

fn group(members: &[&Run]) -> Group {
    let told: Vec<[Option<f64>; 5]> = members.iter().map(|run| scores(run)).collect();
    let of = |at: usize| spread(told.iter().filter_map(|scores| *scores.get(at)?));
    let mut seeds: Vec<u64> = members.iter().filter_map(|run| Some(run.summary.started.as_ref()?.seed)).collect();
    seeds.sort_unstable();
    let ([mean, low, high], counts) = curves(members);
    Group {
        mode: members.first().and_then(|run| run.mode()),
        fingerprint: members.first().map_or("", |run| run.fingerprint()).to_owned(),
        members: members.iter().map(|run| run.dir.clone()).collect(),
        seeds,
        scores: [0, 1, 2, 3, 4].map(of),
        mean,
        low,
        high,
        counts,
    }
}

/// The mean over `members` at each epoch, one standard deviation below and above it, and how many of them
/// have a loss there. Times are those of the one that got farthest.
fn curves(members: &[&Run]) -> ([Curves; 3], Vec<usize>) {
    let places: [fn(Spread) -> Option<f64>; 3] =
        [|spread| Some(spread.mean), |spread| Some(spread.mean - spread.sd?), |spread| Some(spread.mean + spread.sd?)];
    let mut counts = Vec::new();
    let Some(longest) = members.iter().max_by_key(|run| run.history.epochs.len()) else {
        return (Default::default(), counts);
    };
    let longest = &longest.history;
    let mut histories = places.map(|_| {
        let mut history = History::default();
        history.started.clone_from(&longest.started);
        (history.started_at, history.updated_at) = (longest.started_at, longest.updated_at);
        history
    });
    for EpochRecord { result, t } in &longest.epochs {
        let there: Vec<&EpochFinished> = members.iter().filter_map(|run| run.history.epoch(result.epoch)).collect();
        let loss = spread(there.iter().map(|result| result.val_loss));
        let accuracy = spread(there.iter().map(|result| result.val.accuracy));
        counts.push(loss.map_or(0, |loss| loss.n));
        for (history, place) in histories.iter_mut().zip(places) {
            let value = |spread: Option<Spread>| spread.and_then(place).unwrap_or(f64::NAN);
            let mut val = result.val;
            val.accuracy = value(accuracy);
            let confusion = Confusion::default();
            let of = EpochFinished { val_loss: value(loss), val, confusion, ..*result };
            history.epochs.push(EpochRecord { result: of, t: *t });
        }
    }
    let follow = |history: History| {
        let mut curves = Curves::default();
        curves.follow(&history, 0.0);
        curves
    };
    (histories.map(follow), counts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tui::state::chart::XAxis;

    /// An open run whose epochs have these validation losses.
    fn run(seed: u64, losses: &[f64]) -> Run {
        let mut run = Run::new(format!("runs/{seed}").into());
        let epochs = losses.iter().enumerate().map(|(at, loss)| {
            let result = EpochFinished {
                epoch: at + 1,
                train_loss: 0.0,
                val_loss: *loss,
                val: Scores { accuracy: 1.0 - loss / 10.0, log_loss: *loss, macro_f1: 0.0 },
                confusion: Confusion::default(),
                lr: 1e-4,
                bad_epochs: 0,
                seconds: 1.0,
                clips_per_second: 1.0,
            };
            EpochRecord { result, t: 1000 * at as i64 }
        });
        run.history.epochs = epochs.collect();
        run
    }

    #[test]
    fn a_group_is_a_mean_and_one_deviation_to_either_side_where_several_members_are_left() {
        let runs = [run(0, &[1.0, 0.5, 0.4, 0.3]), run(1, &[2.0, 0.7]), run(2, &[3.0, 0.6, f64::NAN])];
        let group = group(&runs.iter().collect::<Vec<_>>());
        assert_eq!(group.counts, [3, 3, 1, 1], "what diverged has no part in the mean");
        let check = |curves: &Curves, quantity: Quantity, expected: [f64; 4]| {
            let values = curves.line(quantity, XAxis::Epoch).series.values();
            let alike = |(value, expected): (&f64, f64)| {
                (value - expected).abs() < 1e-12 || (value.is_nan() && expected.is_nan())
            };
            assert!(values.len() == 4 && values.iter().zip(expected).all(alike), "{values:?} {expected:?}");
        };
        check(&group.mean, Quantity::ValLoss, [2.0, 0.6, 0.4, 0.3]);
        check(&group.low, Quantity::ValLoss, [1.0, 0.5, f64::NAN, f64::NAN]);
        check(&group.high, Quantity::ValLoss, [3.0, 0.7, f64::NAN, f64::NAN]);
        check(&group.mean, Quantity::Accuracy, [0.8, 0.94, 0.96, 0.97]);
        check(&group.low, Quantity::Accuracy, [0.7, 0.93, f64::NAN, f64::NAN]);
    }

    #[test]
    fn spread_is_mean_and_sample_deviation() {
        let spread = spread([1.0, 2.0, 3.0, 4.0, f64::NAN]).unwrap();
        assert_eq!((spread.mean, spread.n), (2.5, 4));
        // The root of 5/3, as R's sd(1:4) tells.
        assert!((spread.sd.unwrap() - 1.290_994_448_735_806).abs() < 1e-12);
        assert_eq!(super::spread([7.0]), Some(Spread { n: 1, mean: 7.0, sd: None }));
        assert_eq!(super::spread([f64::INFINITY]), None);
    }
}
