//! A block of a study over two of its settings, and which setting matters most.

use std::ops::Range;

use super::{Course, Phase, Study};
use crate::runs::Spread;

/// A setting of numbers with more values than this is cut into ranges.
const MOST_TICKS: usize = 24;
/// Ranges that it is cut into at most.
const BINS: usize = 10;
/// Values that are drawn at random meet no others again: more than these are cut into ranges as well, of
/// some values each.
const MOST_DRAWN: usize = 6;
const DRAWN_A_BIN: usize = 3;

/// How the settings that are on neither axis are taken together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Fold {
    /// The combination with the best mean over its seeds.
    #[default]
    Best,
    /// Every trial counts.
    Mean,
}

/// What is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct View {
    pub block: usize,
    /// Places among the block's axes; none where there is no such axis.
    pub across: Option<usize>,
    pub down: Option<usize>,
    /// Place among the study's figures.
    pub figure: usize,
    pub fold: Fold,
}

/// One axis: its ticks, and which of them a trial stands at.
#[derive(Clone, Debug, PartialEq)]
pub struct Axis {
    /// Index of the setting; none for an axis with a single tick for everything.
    pub setting: Option<usize>,
    pub labels: Vec<String>,
    /// Tick of each value of the setting; those that the block does not have are at none.
    ticks: Vec<Option<u32>>,
}

/// Trials at one place of both axes.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cell {
    /// What is told of: over the seeds of the best combination, or over every trial that is done.
    pub spread: Option<Spread>,
    /// Trials in all, and those of them that are done, that run and that failed.
    pub trials: usize,
    pub done: usize,
    pub running: usize,
    pub failed: usize,
    /// The trial that is the best by what the study ranks by, among those that have a value.
    pub best: Option<usize>,
}

/// The whole of it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grid {
    pub across: Axis,
    pub down: Axis,
    /// Row by row.
    cells: Vec<Cell>,
}

/// How much a setting matters: for each of its values, a figure over everything else.
#[derive(Clone, Debug, PartialEq)]
pub struct Marginal {
    pub axis: Axis,
    /// Over the combinations with this value, each of which counts once.
    pub spreads: Vec<Option<Spread>>,
    /// Between the largest and the smallest of the means.
    pub range: f64,
}

impl Default for Axis {
    fn default() -> Self {
        Self { setting: None, labels: vec!["all".to_owned()], ticks: Vec::new() }
    }
}

impl Axis {
    /// The axis at `place` of a block.
    fn new(study: &Study, block: usize, place: Option<usize>) -> Self {
        let Some(block) = study.blocks.get(block) else { return Self::default() };
        let index = place.and_then(|place| block.axes.get(place)).copied();
        let Some((index, setting)) = index.and_then(|index| Some((index, study.settings.get(index)?))) else {
            return Self::default();
        };
        let mut there = vec![false; setting.values.len()];
        for trial in block.rows.iter().flatten().filter_map(|&trial| study.trials.get(trial)) {
            if let Some(there) = trial.levels.get(index).and_then(|&level| there.get_mut(level as usize)) {
                *there = true;
            }
        }
        let levels: Vec<usize> = (0..there.len()).filter(|&level| there.get(level).is_some_and(|is| *is)).collect();
        let drawn = levels.len() > MOST_DRAWN && levels.len() >= block.rows.len() && block.axes.len() > 2;
        let many = setting.numbers.is_some() && (levels.len() > MOST_TICKS || drawn);
        let bins = if many { (levels.len() / DRAWN_A_BIN).clamp(2, BINS) } else { levels.len() };
        let mut axis = Self { setting: Some(index), labels: Vec::new(), ticks: vec![None; setting.values.len()] };
        for bin in 0..bins {
            let part = levels.get(part(levels.len(), bins, bin)).unwrap_or_default();
            for &level in part {
                if let Some(tick) = axis.ticks.get_mut(level) {
                    *tick = u32::try_from(bin).ok();
                }
            }
            let number = |level: &usize| setting.numbers.as_ref()?.get(*level).copied();
            axis.labels.push(match (part.first(), part.last()) {
                (Some(first), Some(last)) if first != last => {
                    let ends = [first, last].map(|level| number(level).map_or_else(String::new, short));
                    format!("{}..{}", ends[0], ends[1])
                }
                (first, _) => first.and_then(|&level| setting.values.get(level)).cloned().unwrap_or_default(),
            });
        }
        axis
    }

    /// The tick that a trial stands at.
    fn tick(&self, study: &Study, trial: usize) -> Option<usize> {
        let Some(setting) = self.setting else { return Some(0) };
        let level = *study.trials.get(trial)?.levels.get(setting)?;
        self.ticks.get(level as usize).copied().flatten().map(|tick| tick as usize)
    }
}

/// A number in two digits, as an end of a range.
fn short(number: f64) -> String {
    match number.abs() {
        0.0 => "0".to_owned(),
        size if !(0.01..1e4).contains(&size) => format!("{number:.1e}"),
        size if size < 1.0 => format!("{number:.2}"),
        size if size < 10.0 && number.fract() != 0.0 => format!("{number:.1}"),
        _ => format!("{number:.0}"),
    }
}

/// The `index`th of `parts` even parts of `count`.
fn part(count: usize, parts: usize, index: usize) -> Range<usize> {
    let parts = parts.max(1);
    count * index / parts..count * (index + 1) / parts
}

impl Grid {
    /// The grid that `view` asks for. Only what is done counts in a cell's value.
    #[must_use]
    pub fn new(study: &Study, course: &Course, view: View) -> Self {
        let across = Axis::new(study, view.block, view.across);
        let down = Axis::new(study, view.block, view.down.filter(|_| view.down != view.across));
        let mut parts: Vec<Vec<Part>> = vec![Vec::new(); across.labels.len() * down.labels.len()];
        let mut grid = Self { cells: vec![Cell::default(); parts.len()], across, down };
        let Some(block) = study.blocks.get(view.block) else { return grid };
        for (row, trials) in block.rows.iter().enumerate() {
            for &trial in trials {
                let Some(at) = grid.place_of(study, trial) else { continue };
                let Some(standing) = course.trials.get(trial) else { continue };
                let (Some(cell), Some(parts)) = (grid.cells.get_mut(at), parts.get_mut(at)) else { continue };
                if parts.last().is_none_or(|part| part.row != row) {
                    parts.push(Part { row, ..Part::default() });
                }
                let Some(part) = parts.last_mut() else { continue };
                cell.trials += 1;
                cell.running += usize::from(standing.phase == Phase::Running);
                cell.failed += usize::from(standing.phase == Phase::Failed);
                cell.done += usize::from(standing.phase == Phase::Done);
                part.trials += 1;
                part.done += usize::from(standing.phase == Phase::Done);
                part.values.extend(standing.result(view.figure).filter(|value| value.is_finite()));
                part.ranked.extend(standing.result(0).filter(|value| value.is_finite()));
                if cell.best.is_none_or(|best| study.is_better(course, trial, best))
                    && study.cost(course, trial).is_some()
                {
                    cell.best = Some(trial);
                }
            }
        }
        for (cell, parts) in grid.cells.iter_mut().zip(parts) {
            cell.spread = match view.fold {
                Fold::Mean => Spread::of(&parts.into_iter().flat_map(|part| part.values).collect::<Vec<_>>()),
                Fold::Best => best(study, &parts).and_then(|part| Spread::of(&part.values)),
            };
        }
        grid
    }

    fn place_of(&self, study: &Study, trial: usize) -> Option<usize> {
        Some(self.down.tick(study, trial)? * self.across.labels.len() + self.across.tick(study, trial)?)
    }

    #[must_use]
    pub fn cell(&self, down: usize, across: usize) -> Option<&Cell> {
        if across >= self.across.labels.len() {
            return None;
        }
        self.cells.get(down * self.across.labels.len() + across)
    }

    #[must_use]
    pub fn cells(&self) -> &[Cell] {
        &self.cells
    }

    /// The trials of `block` at a place, combination by combination.
    #[must_use]
    pub fn members(&self, study: &Study, block: usize, down: usize, across: usize) -> Vec<usize> {
        let trials = study.blocks.get(block).into_iter().flat_map(|block| block.rows.iter().flatten().copied());
        let there = |&trial: &usize| {
            self.down.tick(study, trial) == Some(down) && self.across.tick(study, trial) == Some(across)
        };
        trials.filter(there).collect()
    }
}

/// The seeds of one combination within a cell.
#[derive(Clone, Debug, Default)]
struct Part {
    row: usize,
    trials: usize,
    done: usize,
    /// Of the figure that is shown, and of that which the study ranks by.
    values: Vec<f64>,
    ranked: Vec<f64>,
}

/// The combination with the best mean of what the study ranks by, whatever is shown: nothing is chosen by
/// the test split. Those with seeds to come stand back, as in the study's tables.
fn best<'a>(study: &Study, parts: &'a [Part]) -> Option<&'a Part> {
    let figure = study.figures.first()?;
    let key = |part: &&Part| {
        let cost = Spread::of(&part.ranked).map_or(f64::INFINITY, |spread| figure.cost(spread.mean));
        (part.done < part.trials, cost)
    };
    let told = parts.iter().filter(|part| !part.values.is_empty());
    told.min_by(|a, b| key(a).0.cmp(&key(b).0).then(key(a).1.total_cmp(&key(b).1)))
}

impl Study {
    /// What a trial costs by what the study ranks by: of its best epoch so far, where it has one.
    fn cost(&self, course: &Course, trial: usize) -> Option<f64> {
        let value = course.trials.get(trial)?.values.first().copied().flatten()?;
        Some(self.figures.first()?.cost(value)).filter(|cost| cost.is_finite())
    }

    /// True where trial `one` is better than `other`; one that is done comes before one that is not.
    fn is_better(&self, course: &Course, one: usize, other: usize) -> bool {
        let key = |trial: usize| {
            let unfinished = course.trials.get(trial).is_none_or(|standing| standing.phase != Phase::Done);
            (unfinished, self.cost(course, trial).unwrap_or(f64::INFINITY))
        };
        let (one, other) = (key(one), key(other));
        one.0.cmp(&other.0).then(one.1.total_cmp(&other.1)).is_lt()
    }

    /// The best trial of all that have a value: a trial that is done before others.
    #[must_use]
    pub fn best(&self, course: &Course) -> Option<usize> {
        let told = (0..self.trials.len()).filter(|&trial| self.cost(course, trial).is_some());
        told.reduce(|best, trial| if self.is_better(course, trial, best) { trial } else { best })
    }

    /// The axes of a block, that which moves `figure` most first.
    #[must_use]
    pub fn marginals(&self, course: &Course, block: usize, figure: usize) -> Vec<Marginal> {
        let Some(rows) = self.blocks.get(block) else { return Vec::new() };
        let marginal = |place: usize| {
            let axis = Axis::new(self, block, Some(place));
            let mut means: Vec<Vec<f64>> = vec![Vec::new(); axis.labels.len()];
            for trials in &rows.rows {
                let mut parts: Vec<(usize, Vec<f64>)> = Vec::new();
                for &trial in trials {
                    let value = course.trials.get(trial).and_then(|standing| standing.result(figure));
                    let Some(value) = value.filter(|value| value.is_finite()) else { continue };
                    let Some(tick) = axis.tick(self, trial) else { continue };
                    match parts.iter_mut().find(|(known, _)| *known == tick) {
                        Some((_, values)) => values.push(value),
                        None => parts.push((tick, vec![value])),
                    }
                }
                for (tick, values) in parts {
                    if let (Some(means), Some(spread)) = (means.get_mut(tick), Spread::of(&values)) {
                        means.push(spread.mean);
                    }
                }
            }
            let spreads: Vec<Option<Spread>> = means.iter().map(|means| Spread::of(means)).collect();
            let known = || spreads.iter().flatten().map(|spread| spread.mean);
            let range = (known().fold(f64::NEG_INFINITY, f64::max) - known().fold(f64::INFINITY, f64::min)).max(0.0);
            Marginal { axis, spreads, range }
        };
        let mut found: Vec<_> = (0..rows.axes.len()).map(marginal).collect();
        found.sort_by(|a, b| b.range.total_cmp(&a.range));
        found
    }

    /// A trial in a few words: the values of `settings`, which are places of [`Study::settings`].
    #[must_use]
    pub fn words(&self, trial: usize, settings: impl Iterator<Item = usize>) -> String {
        let Some(trial) = self.trials.get(trial) else { return String::new() };
        let word = |at: usize| {
            let setting = self.settings.get(at)?;
            let value = setting.values.get(*trial.levels.get(at)? as usize)?;
            Some(if setting.name == "mode" { value.clone() } else { format!("{} {value}", setting.name) })
        };
        settings.filter_map(word).collect::<Vec<_>>().join(", ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runs::study::{Block, Figure, Setting, Standing, Trial};

    /// `sizes` values a setting and two seeds: a trial's loss is the sum of its levels, a tenth of the
    /// first one's, and 2 for the second seed; its accuracy is the loss below 0.
    fn study(sizes: &[usize]) -> (Study, Course) {
        let (mut rows, mut trials, mut course) = (Vec::new(), Vec::new(), Course::default());
        for number in 0..sizes.iter().product::<usize>() {
            let mut rest = number;
            let levels: Vec<u32> = sizes.iter().map(|size| ((rest % size) as u32, rest /= size).0).collect();
            rows.push(vec![trials.len(), trials.len() + 1]);
            for seed in 0..2_u32 {
                let loss = f64::from(levels[0]) / 10.0 + f64::from(levels[1..].iter().sum::<u32>() + 2 * seed);
                let levels = [&levels[..], &[seed]].concat();
                let mut standing = Standing { phase: Phase::Done, ..Standing::default() };
                (standing.values[0], standing.values[1]) = (Some(loss), Some(-loss));
                course.trials.push(standing);
                trials.push(Trial {
                    id: trials.len().to_string(),
                    mode: None,
                    seed: u64::from(seed),
                    lr: 1e-4,
                    batch_size: 128,
                    epochs: 100,
                    early_stop: 7,
                    levels,
                });
            }
        }
        let setting = |count: usize, at: usize| Setting {
            name: format!("k{at}"),
            values: (0..count).map(|value| value.to_string()).collect(),
            numbers: Some((0..count).map(|value| value as f64).collect()),
        };
        let figure = |title, is_loss| Figure { title, is_loss, is_test: false };
        let settings: Vec<_> = sizes.iter().chain(&[2]).enumerate().map(|(at, count)| setting(*count, at)).collect();
        let study = Study {
            figures: vec![figure("loss", true), figure("accuracy", false)],
            blocks: vec![Block { name: "b".into(), axes: (0..settings.len()).collect(), rows }],
            settings,
            trials,
            ..Study::default()
        };
        (study, course)
    }

    fn view(across: usize, down: usize, fold: Fold) -> View {
        View { block: 0, across: Some(across), down: Some(down), figure: 0, fold }
    }

    #[test]
    fn what_is_on_neither_axis_is_folded() {
        let (study, course) = study(&[2, 3, 2]);
        let grid = Grid::new(&study, &course, view(1, 0, Fold::Best));
        let best = grid.cell(1, 2).unwrap();
        let spread = best.spread.unwrap();
        assert_eq!((spread.n, best.trials, grid.members(&study, 0, 1, 2).len()), (2, 4, 4));
        assert!((spread.mean - 3.1).abs() < 1e-9 && (spread.sd.unwrap() - 2_f64.sqrt()).abs() < 1e-9);
        let all = Grid::new(&study, &course, view(1, 0, Fold::Mean)).cell(1, 2).unwrap().spread.unwrap();
        assert!(all.n == 4 && (all.mean - 3.6).abs() < 1e-9);
        let accuracy = Grid::new(&study, &course, View { figure: 1, ..view(1, 0, Fold::Best) });
        assert!((accuracy.cell(1, 2).unwrap().spread.unwrap().mean + 3.1).abs() < 1e-9, "chosen by the loss");
        let seeds = Grid::new(&study, &course, view(3, 0, Fold::Best));
        assert_eq!(seeds.cell(0, 1).unwrap().spread.unwrap().n, 1, "a cell of a seed has one of each combination");
        assert_eq!(grid.cell(0, 3), None);
    }

    #[test]
    fn what_is_missing_running_or_failed_is_no_number() {
        let (mut study, mut course) = study(&[2, 2]);
        course.trials[0].phase = Phase::Running;
        course.trials[1] = Standing { phase: Phase::Failed, ..Standing::default() };
        study.blocks[0].rows.pop();
        let grid = Grid::new(&study, &course, view(1, 0, Fold::Best));
        let begun = Cell { trials: 2, running: 1, failed: 1, best: Some(0), ..Cell::default() };
        assert_eq!((grid.cell(0, 0), grid.cell(1, 1)), (Some(&begun), Some(&Cell::default())));
        course.trials[2].values[0] = Some(f64::NAN);
        assert_eq!(Grid::new(&study, &course, view(1, 0, Fold::Mean)).cell(1, 0).unwrap().spread.unwrap().n, 1);
        for nothing in [View { block: 9, ..View::default() }, View { figure: 99, ..View::default() }] {
            assert!(Grid::new(&study, &course, nothing).cells().iter().all(|cell| cell.spread.is_none()));
        }
    }

    #[test]
    fn seeds_to_come_stand_back_behind_a_setting_that_is_complete() {
        let (study, mut course) = study(&[1, 2]);
        course.trials[1] = Standing::default();
        let grid = Grid::new(&study, &course, view(0, 0, Fold::Best));
        assert_eq!(grid.cells().len(), 1, "one setting on both axes is one axis");
        assert!((grid.cell(0, 0).unwrap().spread.unwrap().mean - 2.0).abs() < 1e-9, "not the 0 of a lucky seed");
    }

    #[test]
    fn the_setting_that_matters_most_comes_first() {
        let (study, course) = study(&[2, 3]);
        let found = study.marginals(&course, 0, 0);
        assert_eq!(found.iter().map(|marginal| marginal.axis.setting).collect::<Vec<_>>(), [Some(1), Some(2), Some(0)]);
        assert!((found[0].range - 2.0).abs() < 1e-9 && (found[2].range - 0.1).abs() < 1e-9);
        assert_eq!(found[0].spreads[0].unwrap().n, 2, "a combination counts once");
    }

    #[test]
    fn many_values_become_ranges() {
        let (study, course) = study(&[1000, 1]);
        let grid = Grid::new(&study, &course, view(0, 1, Fold::Mean));
        assert_eq!(grid.across.labels.len(), BINS);
        assert_eq!((grid.across.labels[0].as_str(), grid.across.labels[9].as_str()), ("0..99", "900..999"));
        assert_eq!(grid.cells().iter().map(|cell| cell.trials).sum::<usize>(), 2000);
        // Twelve draws of two settings at once: each value is met once.
        let (mut study, course) = self::study(&[12]);
        study.settings.insert(1, study.settings[0].clone());
        for trial in &mut study.trials {
            trial.levels.insert(1, trial.levels[0]);
        }
        study.blocks[0].axes = vec![0, 1, 2];
        let grid = Grid::new(&study, &course, view(0, 1, Fold::Mean));
        assert_eq!(grid.across.labels, ["0..2", "3..5", "6..8", "9..11"]);
        let texts = [1.5e-5, 0.023, 2.5, 64.0, 0.0, 12_345.0].map(short);
        assert_eq!(texts, ["1.5e-5", "0.02", "2.5", "64", "0", "1.2e4"]);
    }

    #[test]
    fn ten_thousand_trials_are_all_counted() {
        let (study, course) = study(&[10, 20, 25]);
        let grid = Grid::new(&study, &course, view(0, 1, Fold::Mean));
        assert_eq!(grid.cells().iter().filter_map(|cell| cell.spread).map(|spread| spread.n).sum::<usize>(), 10_000);
        assert_eq!(study.best(&course), Some(0));
    }
}
