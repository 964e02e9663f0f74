//! A study as plain data for the dashboard.

use std::collections::{BTreeSet, HashMap};

use toml::{Table, Value};

use super::{Folder, Plan, plan, table};
use crate::{
    config::Mode,
    runs::study::{Block, FIGURES, Figure, Setting, Study, Trial},
};

/// What is to be trained. Blocks keep the order of the plan.
#[must_use]
pub fn overview(plan: &Plan, folder: &Folder) -> Study {
    let base = Table::try_from(&plan.base).unwrap_or_default();
    let value = |trial: &plan::Trial, key: &str| trial.overrides.get(key).or_else(|| plan::lookup(&base, key)).cloned();
    let mut columns: Vec<Column> = keys(plan).into_iter().map(Column::new).collect();
    let mut trials: Vec<Trial> = Vec::with_capacity(plan.trials.len());
    for planned in &plan.trials {
        let number = |key: &str| value(planned, key).as_ref().and_then(number);
        let count = |key: &str| number(key).map_or(0, |number| number.max(0.0) as usize);
        let mode = value(planned, "model.mode").and_then(|mode| mode.try_into::<Mode>().ok());
        trials.push(Trial {
            id: planned.id.clone(),
            mode,
            seed: planned.seed(),
            lr: number("train.lr").unwrap_or(f64::NAN),
            batch_size: count("train.batch_size"),
            epochs: count("train.epochs"),
            early_stop: count("train.early_stop"),
            levels: columns.iter_mut().map(|column| column.level(value(planned, &column.key).as_ref())).collect(),
        });
    }
    // What all have in common tells nothing apart.
    let kept: Vec<usize> = (0..columns.len()).filter(|&at| columns.get(at).is_some_and(Column::varies)).collect();
    let order: Vec<Vec<u32>> = columns.iter_mut().map(Column::sort).collect();
    for trial in &mut trials {
        let level = |&at: &usize| order.get(at)?.get(*trial.levels.get(at)? as usize).copied();
        trial.levels = kept.iter().filter_map(level).collect();
    }
    let place: HashMap<&str, usize> =
        kept.iter().filter_map(|&at| columns.get(at)).enumerate().map(|(at, column)| (&*column.key, at)).collect();
    let blocks = plan.blocks.iter().map(|block| Block {
        name: block.name.clone(),
        axes: block
            .axes
            .iter()
            .map(String::as_str)
            .chain([plan::SEED])
            .filter_map(|key| place.get(key).copied())
            .collect(),
        rows: block.rows.iter().map(|row| row.trials.clone()).collect(),
    });
    let figures = table::columns(plan.figure).into_iter().take(FIGURES);
    Study {
        folder: folder.path().to_owned(),
        name: plan.name.clone(),
        demo: plan.data.iter().any(|data| data.demo),
        figures: figures
            .map(|figure| Figure { title: figure.title(), is_loss: figure.is_loss(), is_test: figure.is_test() })
            .collect(),
        blocks: blocks.collect(),
        settings: kept.iter().filter_map(|&at| columns.get(at)).map(Column::setting).collect(),
        trials,
    }
}

/// Every key that some trial overrides: the axes in the order of the blocks, then the rest, the seed last.
fn keys(plan: &Plan) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let axes = plan.blocks.iter().flat_map(|block| &block.axes);
    let overrides = plan.trials.iter().flat_map(|trial| trial.overrides.keys());
    let keys = axes.chain(overrides).filter(|key| *key != plan::SEED && seen.insert(key.as_str()));
    keys.cloned().chain([plan::SEED.to_owned()]).collect()
}

/// The values of one key as they are met.
struct Column {
    key: String,
    values: Vec<(String, Option<f64>)>,
    known: HashMap<String, u32>,
}

impl Column {
    fn new(key: String) -> Self {
        Self { key, values: Vec::new(), known: HashMap::new() }
    }

    /// Index of the value among those that were met.
    fn level(&mut self, value: Option<&Value>) -> u32 {
        let text = value.map(plan::text).unwrap_or_default();
        if let Some(level) = self.known.get(&text) {
            return *level;
        }
        let level = u32::try_from(self.values.len()).unwrap_or(u32::MAX);
        self.values.push((text.clone(), value.and_then(number)));
        self.known.insert(text, level);
        level
    }

    fn varies(&self) -> bool {
        self.values.len() > 1
    }

    /// Put numbers in their order; where each value went.
    fn sort(&mut self) -> Vec<u32> {
        let numbers: Option<Vec<f64>> = self.values.iter().map(|(_, number)| *number).collect();
        let mut order: Vec<usize> = (0..self.values.len()).collect();
        if let Some(numbers) = numbers {
            let number = |at: usize| numbers.get(at).copied().unwrap_or(f64::NAN);
            order.sort_by(|&a, &b| number(a).total_cmp(&number(b)));
        }
        let mut places = vec![0; order.len()];
        for (place, &at) in (0_u32..).zip(&order) {
            if let Some(known) = places.get_mut(at) {
                *known = place;
            }
        }
        self.values = order.iter().filter_map(|&at| self.values.get(at).cloned()).collect();
        places
    }

    fn setting(&self) -> Setting {
        let name = self.key.split_once('.').map_or(self.key.as_str(), |(_, name)| name).to_owned();
        let values = self.values.iter().map(|(text, _)| text.clone()).collect();
        Setting { name, values, numbers: self.values.iter().map(|(_, number)| *number).collect() }
    }
}

fn number(value: &Value) -> Option<f64> {
    value.as_float().or_else(|| value.as_integer().map(|number| number as f64))
}
