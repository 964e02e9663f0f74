//! Reading a file of predictions.

use std::collections::HashMap;

use anyhow::{Context as _, Result, bail, ensure};

use super::{Predictions, Truth};
use crate::{
    metrics::{clip_id, most_probable},
    protocol::Unit,
    runs::results::table::{Row, Table, stem},
};

/// Columns that are no classes.
const KNOWN: [&str; 8] =
    ["aid", "scene_pred", "scene_label", "filename_audio", "filename_video", "filename", "location_id", "Unnamed: 0"];

/// The sum of a row may be off by so much: rounding, not another meaning.
const MOST_OFF: f64 = 0.1;

/// Probabilities with more decimals are not called rounded.
const MOST_DECIMALS: usize = 5;

struct Columns {
    id: usize,
    /// The id is the name of a file.
    is_path: bool,
    prediction: usize,
    label: Option<usize>,
    classes: Vec<usize>,
}

pub fn parse(name: &str, bytes: &[u8]) -> Result<Predictions> {
    let mut table = Table::new(name, bytes)?;
    let columns = columns(name, &table)?;
    let classes: Vec<String> = columns.classes.iter().filter_map(|&at| table.header().get(at).cloned()).collect();
    let number = |class: &str| classes.iter().position(|known| known == class);

    let (mut ids, mut lines, mut predictions, mut probabilities) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut labels: Vec<Option<usize>> = Vec::new();
    let (mut decimals, mut overruled) = (0, 0);
    while let Some(row) = table.next_row()? {
        let at = || format!("{name}, line {}", row.line);
        let id = row.field(columns.id);
        let id = if columns.is_path { stem(id) } else { id };
        ensure!(!id.is_empty(), "{}: the clip's id is empty", at());
        let class = |column: usize, what: &str| {
            let class = row.field(column);
            number(class).with_context(|| format!("{}: {what} is {class:?}, which has no column", at()))
        };
        let prediction = class(columns.prediction, "scene_pred")?;
        labels.push(match columns.label {
            Some(column) if !row.field(column).is_empty() => Some(class(column, "scene_label")?),
            _ => None,
        });
        let values = numbers(&row, &columns.classes, &classes, &mut decimals).with_context(at)?;
        overruled += usize::from(most_probable(&values) != prediction);
        ids.push(id.to_owned());
        lines.push(row.line);
        predictions.push(prediction);
        probabilities.extend(values);
    }
    ensure!(!ids.is_empty(), "{name} has no rows below its header");
    let unit = unit(name, &ids, &lines)?;
    let mut file = Predictions {
        name: name.to_owned(),
        classes,
        predictions,
        probabilities,
        truth: truth(name, &labels, &lines)?,
        unit,
        decimals: (decimals <= MOST_DECIMALS).then_some(decimals),
        notes: Vec::new(),
        ids,
    };
    if file.truth.is_none() {
        file.truth_from_ids();
    }
    if overruled > 0 {
        let rows = if overruled == 1 { "1 row".to_owned() } else { format!("{overruled} rows") };
        let note = format!("{name}: in {rows} scene_pred is not the first of the largest probabilities; it counts");
        file.notes.push(note);
    }
    Ok(file)
}

fn columns(name: &str, table: &Table<'_>) -> Result<Columns> {
    let id = table.required(&["aid", "filename_audio", "filename_video", "filename"])?;
    let prediction = table.required(&["scene_pred"])?;
    let is_class = |column: &String| !column.is_empty() && !KNOWN.contains(&column.as_str());
    let header = table.header();
    let classes: Vec<usize> =
        header.iter().enumerate().filter(|(_, column)| is_class(column)).map(|(at, _)| at).collect();
    ensure!(!classes.is_empty(), "{name} has no columns of probabilities, one a class and named like it");
    let is_path = header.get(id).is_some_and(|column| column != "aid");
    Ok(Columns { id, is_path, prediction, label: table.column(&["scene_label"]), classes })
}

/// A row's probabilities, divided by their sum.
fn numbers(row: &Row, columns: &[usize], classes: &[String], decimals: &mut usize) -> Result<Vec<f32>> {
    let mut values = Vec::with_capacity(columns.len());
    for (&column, class) in columns.iter().zip(classes) {
        let field = row.field(column);
        let value: f64 = match field.parse() {
            Ok(value) => value,
            Err(_) => bail!("the probability of {class} is {field:?}, which is not a number"),
        };
        // NaN and the infinities are not in the range.
        ensure!((-1e-6..=1.0 + 1e-6).contains(&value), "the probability of {class} is {field}, not one of 0 to 1");
        let digits = field.split_once('.').map_or(0, |(_, digits)| digits.len());
        *decimals = (*decimals).max(if field.contains(['e', 'E']) { MOST_DECIMALS + 1 } else { digits });
        values.push(value.clamp(0.0, 1.0));
    }
    let sum: f64 = values.iter().sum();
    ensure!((sum - 1.0).abs() <= MOST_OFF, "the probabilities sum to {sum:.3}, not to 1");
    Ok(values.iter().map(|value| (value / sum) as f32).collect())
}

/// The truth beside the predictions: in every row, or in none.
fn truth(name: &str, labels: &[Option<usize>], lines: &[u64]) -> Result<Option<(Vec<usize>, Truth)>> {
    if labels.iter().all(Option::is_none) {
        return Ok(None);
    }
    if let Some((_, line)) = labels.iter().zip(lines).find(|(label, _)| label.is_none()) {
        bail!("{name}, line {line}: scene_label is empty, but other rows have one");
    }
    Ok(Some((labels.iter().copied().flatten().collect(), Truth::Given)))
}

/// Whether the rows are clips or parts of clips: these carry a number after the clip's id, or repeat the
/// clip's id, every one of them.
fn unit(name: &str, ids: &[String], lines: &[u64]) -> Result<Unit> {
    let mut seen: HashMap<&str, (u64, usize)> = HashMap::with_capacity(ids.len());
    let mut again = None;
    for (id, &line) in ids.iter().zip(lines) {
        let (first, times) = seen.entry(id).or_insert((line, 0));
        *times += 1;
        if *times == 2 && again.is_none() {
            again = Some((id, *first, line));
        }
    }
    match again {
        None if ids.iter().all(|id| clip_id::whole(id).is_some()) => Ok(Unit::Segment),
        None => Ok(Unit::Clip),
        Some(_) if seen.values().all(|(_, times)| *times > 1) => Ok(Unit::Segment),
        Some((id, first, line)) => bail!("{name}, line {line}: {id:?} is there already, in line {first}"),
    }
}
