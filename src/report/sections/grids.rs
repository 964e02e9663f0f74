//! Scores by the value of one setting, where runs of one mode differ in it.

use anyhow::Result;

use super::{Tag, chapter, comparison::chosen};
use crate::{
    metrics::{Interval, Scores},
    report::{
        document::{Block, Row, Table},
        figures::{Figure, Grid, GridPoint, Look},
        groups::{Group, Measured, Slice},
        number::spread,
        settings,
        text::slug,
    },
};

pub fn blocks(measured: &Measured, tag: &Tag) -> Result<Vec<Block>> {
    let slices = measured.slices();
    if slices.is_empty() {
        return Ok(Vec::new());
    }
    let mut blocks = vec![chapter(tag, "Settings compared")];
    let mut taken: Vec<String> = Vec::new();
    for slice in &slices {
        let name = settings::name(&slice.key);
        let apart = if slice.apart.is_empty() { String::new() } else { format!(" ({})", slice.apart) };
        let title = format!("{} by {name}{apart}", slice.mode.title());
        let mut id = format!("{}{}", slug(&format!("{} by {name} {}", slice.mode, slice.apart)), tag.suffix);
        // Long names are cut and may then be the same.
        if taken.contains(&id) {
            id = format!("{id}-{}", taken.len());
        }
        taken.push(id.clone());
        blocks.push(Block::section(title.clone()));
        blocks.push(Block::Table(table(slice, &id, &format!("{title}: test scores{}", tag.mark))));
        let caption = format!("{title} on the test split{}. {}", tag.mark, bars(slice));
        let with_intervals = with_intervals(slice);
        let points = slice.groups.iter().map(|(value, group)| point(value, group, with_intervals)).collect();
        let drawing = Grid { setting: name, look: Look { dash: None, ..Look::of(slice.mode) }, points };
        blocks.push(Block::Figure(Figure::new(id, caption.trim(), &drawing)?));
    }
    Ok(blocks)
}

fn table(slice: &Slice, id: &str, caption: &str) -> Table {
    let mut name = settings::name(&slice.key);
    if let Some(first) = name.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    let titles = [name.as_str(), "Seeds", "Val. log loss", "Accuracy", "Log loss", "Macro F1"];
    let mut table = Table::new(id, caption, 0, &titles);
    let groups: Vec<&Group> = slice.groups.iter().map(|(_, group)| *group).collect();
    let chosen = chosen(&groups);
    for (at, (value, group)) in slice.groups.iter().enumerate() {
        table.rows.push(Row {
            cells: vec![
                value.clone(),
                group.runs.len().to_string(),
                spread(group.val(|scores| scores.log_loss)),
                spread(group.test(|scores| scores.accuracy)),
                spread(group.test(|scores| scores.log_loss)),
                spread(group.test(|scores| scores.macro_f1)),
            ],
            strong: Some(at) == chosen,
            rule: false,
        });
    }
    table.notes.push("Bold: the lowest validation log loss, by which to choose.".to_owned());
    table
}

/// What the error bars are, if there are any.
fn bars(slice: &Slice) -> &'static str {
    let seeds = slice.groups.iter().any(|(_, group)| group.runs.len() > 1);
    match (with_intervals(slice), seeds) {
        (true, false) => "Bars: 95 % intervals over locations.",
        (true, true) => {
            "Bars: 95 % intervals over locations; of several seeds, of the one with the lowest validation log loss."
        }
        (false, true) => "Bars: ± one standard deviation over seeds.",
        (false, false) => "",
    }
}

/// Bars of two kinds in one figure would be compared.
fn with_intervals(slice: &Slice) -> bool {
    slice.groups.iter().all(|(_, group)| group.chosen().is_some_and(|run| run.intervals.is_some()))
}

fn point(value: &str, group: &Group, with_intervals: bool) -> GridPoint {
    let intervals = group.chosen().and_then(|run| run.intervals).filter(|_| with_intervals);
    let with_bar = |score: fn(&Scores) -> f64, interval: Option<Interval>| {
        let spread = group.test(score);
        let mean = spread.map_or(f64::NAN, |spread| spread.mean);
        let deviation = spread.and_then(|spread| spread.sd).map(|sd| (mean - sd, mean + sd));
        (mean, interval.map(|interval| (interval.low, interval.high)).or(deviation))
    };
    GridPoint {
        value: value.to_owned(),
        accuracy: with_bar(|scores| scores.accuracy, intervals.map(|intervals| intervals.accuracy)),
        log_loss: with_bar(|scores| scores.log_loss, intervals.map(|intervals| intervals.log_loss)),
    }
}
