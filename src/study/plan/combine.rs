//! The combinations of a block's grid, list and samples.

use std::collections::BTreeSet;

use toml::Value;

use crate::study::{
    file::{Block, Setting},
    sample::Distribution,
};

/// The keys that vary: the grid's, the list's, the samples'. Within a group each stands once.
pub fn keys(block: &Block) -> [Vec<&String>; 3] {
    let listed: BTreeSet<_> = block.trials.iter().flatten().map(|(key, _)| key).collect();
    let drawn = block.random.iter().flat_map(|random| &random.axes);
    [block.grid.iter().map(|(key, _)| key).collect(), listed.into_iter().collect(), drawn.map(|(key, _)| key).collect()]
}

/// Every value that is varied, drawn ones included.
pub fn values<'a>(block: &'a Block) -> impl Iterator<Item = (&'a str, Value)> {
    let grid = block.grid.iter().flat_map(|(key, values)| values.iter().map(move |value| (key, value.clone())));
    let listed = block.trials.iter().flatten().map(|(key, value)| (key, value.clone()));
    let drawn = block.random.iter().flat_map(|random| {
        let samples = move |(key, distribution): &'a (String, Distribution)| {
            (0..random.samples).map(move |index| (key, distribution.sample(random.seed, key, index)))
        };
        random.axes.iter().flat_map(samples)
    });
    grid.chain(listed).chain(drawn).map(|(key, value)| (key.as_str(), value))
}

/// How many combinations there are; none where that is beyond counting.
pub fn count(block: &Block) -> Option<usize> {
    let lists = [block.trials.len().max(1), block.random.as_ref().map_or(1, |random| random.samples)];
    block.grid.iter().map(|(_, values)| values.len()).chain(lists).try_fold(1_usize, usize::checked_mul)
}

/// All combinations; the last part of the block varies fastest.
pub fn all(block: &Block) -> Vec<Vec<Setting>> {
    let mut rows = vec![Vec::new()];
    for (key, values) in &block.grid {
        let choices: Vec<_> = values.iter().map(|value| vec![(key.clone(), value.clone())]).collect();
        rows = product(&rows, &choices);
    }
    if !block.trials.is_empty() {
        rows = product(&rows, &block.trials);
    }
    if let Some(random) = &block.random {
        let sample = |index| {
            let draw = |(key, distribution): &(String, Distribution)| {
                (key.clone(), distribution.sample(random.seed, key, index))
            };
            random.axes.iter().map(draw).collect()
        };
        rows = product(&rows, &(0..random.samples).map(sample).collect::<Vec<_>>());
    }
    rows
}

fn product(rows: &[Vec<Setting>], choices: &[Vec<Setting>]) -> Vec<Vec<Setting>> {
    rows.iter().flat_map(|row| choices.iter().map(move |choice| [&row[..], &choice[..]].concat())).collect()
}
