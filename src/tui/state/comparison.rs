//! The Compare screen: the marked runs, or the newest of each mode; alone, or grouped over seeds.

use std::{borrow::Cow, path::PathBuf};

use serde::{Deserialize, Serialize};

use crate::{
    config::Mode,
    metrics::{Confusion, Scores},
    runs::{EpochRecord, History, Spread},
};

use super::{Run, State, curves::Curves, run::Opened};

/// More runs could not be told apart; of groups only the means are drawn.
const MOST_RUNS: usize = 16;
const MOST_GROUPED: usize = 128;

/// What is compared, and how it is looked at.
#[derive(Debug, Default)]
pub struct Comparison {
    /// Over seeds.
    pub grouped: bool,
    /// The chart is of the accuracy, not of the validation loss.
    pub accuracy: bool,
    pub pane: Detail,
    /// The chosen row, from 0.
    pub at: usize,
    /// The compared runs, those on one data together, the lowest validation loss first.
    pub rows: Vec<PathBuf>,
    pub groups: Vec<Group>,
    /// The settings that are not alike in all of them: name, and the value for each in their order. None
    /// of those is known before every run is open.
    pub differences: Vec<(String, Vec<String>)>,
    /// What rows, groups and differences were made from.
    basis: (bool, Vec<(PathBuf, usize, bool, bool)>),
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
    /// Over the epochs that some member reached, and one standard deviation below and above.
    pub mean: Curves,
    pub low: Curves,
    pub high: Curves,
}

/// What the runs of a row predicted on one split.
#[derive(Debug)]
pub struct Tally<'a> {
    /// The clips of all of them. They had the same ones, so shares of the truth are the means over the runs.
    pub confusion: Cow<'a, Confusion>,
    /// Mean and deviation over the runs of each class's F1, in label order.
    pub f1: Vec<Spread>,
    /// Which split, and of which epoch or of how many runs.
    pub source: String,
}

impl<'a> Tally<'a> {
    fn of(runs: &[&'a Run], test: bool) -> Option<Self> {
        let told: Vec<_> = runs
            .iter()
            .filter(|run| if test { run.test().is_some() } else { !run.is_imported() })
            .filter_map(|run| run.confusion(test))
            .collect();
        let ((first, source), more) = told.split_first()?;
        let classes = first.classes();
        // Imported runs may know of other classes.
        let more: Vec<_> = more.iter().map(|(confusion, _)| *confusion).filter(|c| c.classes() == classes).collect();
        let mut confusion = Cow::Borrowed(*first);
        for other in &more {
            confusion.to_mut().merge(other);
        }
        let told: Vec<_> = [*first].into_iter().chain(more).map(Confusion::per_class).collect();
        let f1 = |class: usize| {
            let values: Vec<_> = told.iter().filter_map(|scores| Some(scores.get(class)?.f1)).collect();
            Spread::of(&values)
        };
        let of = match (told.len(), runs.len()) {
            (1, 1) => source.clone(),
            (counted, all) => {
                let split = if test { "test" } else { "val" };
                let all = if counted == all { String::new() } else { format!(" of {all}") };
                format!("{split} of {counted}{all} runs together")
            }
        };
        Some(Self { confusion, f1: (0..classes).filter_map(f1).collect(), source: of })
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

    /// The runs that stand for the rows: of a group, its first.
    pub fn heads(&self) -> Vec<&PathBuf> {
        if self.grouped {
            self.groups.iter().filter_map(|group| group.members.first()).collect()
        } else {
            self.rows.iter().collect()
        }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        if self.grouped { self.groups.len() } else { self.rows.len() }
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
    pub(in crate::tui) fn compared(&self) -> Vec<PathBuf> {
        if self.table.marked.is_empty() {
            return Mode::ALL.into_iter().filter_map(|mode| Some(self.newest(mode)?.dir.clone())).collect();
        }
        let most = if self.comparison.grouped { MOST_GROUPED } else { MOST_RUNS };
        self.marked().take(most).map(|run| run.dir.clone()).collect()
    }

    /// Bring the comparison up to date with the runs.
    pub(in crate::tui) fn settle_comparison(&mut self) {
        let dirs = self.compared();
        let basis: Vec<_> = dirs
            .iter()
            .filter_map(|dir| self.runs.get(dir))
            .map(|run| (run.dir.clone(), run.summary.epochs, run.summary.is_over(), run.opened == Opened::Yes))
            .collect();
        let basis = (self.comparison.grouped, basis);
        if basis == self.comparison.basis {
            return;
        }
        let mut rows: Vec<&Run> = dirs.iter().filter_map(|dir| self.runs.get(dir)).collect();
        let loss = |run: &Run| run.summary.best.map_or(f64::INFINITY, |best| best.val_loss);
        let sets: Vec<String> = rows.iter().map(|run| run.fingerprint().to_owned()).collect();
        let set = |run: &Run| sets.iter().position(|set| set == run.fingerprint());
        rows.sort_by(|a, b| set(a).cmp(&set(b)).then(loss(a).total_cmp(&loss(b))));
        let groups = groups(&rows);
        let mut heads = rows.clone();
        if self.comparison.grouped {
            heads = groups.iter().filter_map(|group| self.runs.get(group.members.first()?)).collect();
        }
        let mut differences = differences(&heads);
        // Groups are over seeds.
        differences.retain(|(name, _)| !self.comparison.grouped || name != "train.seed");
        let rows = rows.into_iter().map(|run| run.dir.clone()).collect();
        let chosen = self.comparison.chosen().cloned();
        let comparison = &mut self.comparison;
        (comparison.rows, comparison.groups, comparison.basis) = (rows, groups, basis);
        comparison.differences = differences;
        let at = comparison.rows.iter().position(|dir| Some(dir) == chosen.as_ref()).filter(|_| !comparison.grouped);
        comparison.at = at.unwrap_or(comparison.at).min(comparison.len().saturating_sub(1));
    }

    /// The compared runs in the order of the rows; of a group its first.
    pub(in crate::tui) fn compared_runs(&self) -> Vec<&Run> {
        self.comparison.heads().into_iter().filter_map(|dir| self.runs.get(dir)).collect()
    }

    /// Runs that are marked and not compared: there are too many.
    pub(in crate::tui) fn compared_too_many(&self) -> usize {
        self.table.marked.len().saturating_sub(self.comparison.rows.len())
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
    /// None where none of them tells that.
    pub(in crate::tui) fn tally(&self, row: usize, test: bool) -> Option<Tally<'_>> {
        Tally::of(&self.compared_members(row), test)
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

fn group(members: &[&Run]) -> Group {
    let told: Vec<[Option<f64>; 5]> = members.iter().map(|run| scores(run)).collect();
    let of = |at: usize| spread(told.iter().filter_map(|scores| *scores.get(at)?));
    let mut seeds: Vec<u64> = members.iter().filter_map(|run| Some(run.summary.started.as_ref()?.seed)).collect();
    seeds.sort_unstable();
    let [mean, low, high] = [0.0, -1.0, 1.0].map(|sds| curves(members, sds));
    Group {
        mode: members.first().and_then(|run| run.mode()),
        fingerprint: members.first().map_or("", |run| run.fingerprint()).to_owned(),
        members: members.iter().map(|run| run.dir.clone()).collect(),
        seeds,
        scores: [0, 1, 2, 3, 4].map(of),
        mean,
        low,
        high,
    }
}

/// The mean over `members` at each epoch, `sds` standard deviations away from it.
fn curves(members: &[&Run], sds: f64) -> Curves {
    let longest = members.iter().max_by_key(|run| run.history.epochs.len());
    let mut history = History::default();
    for record in longest.map_or(&[][..], |run| &run.history.epochs) {
        let epoch = record.result.epoch;
        let there: Vec<_> = members.iter().filter_map(|run| run.history.epoch(epoch)).collect();
        let away = |spread: Option<Spread>| spread.map_or(f64::NAN, |s| s.mean + sds * s.sd.unwrap_or(0.0));
        let mut result = record.result.clone();
        result.confusion = Confusion::default();
        result.val_loss = away(spread(there.iter().map(|result| result.val_loss)));
        result.val.accuracy = away(spread(there.iter().map(|result| result.val.accuracy)));
        history.epochs.push(EpochRecord { result, t: record.t });
    }
    let mut curves = Curves::default();
    curves.follow(&history, 0.0);
    curves
}

#[cfg(test)]
mod tests {
    use super::*;

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
