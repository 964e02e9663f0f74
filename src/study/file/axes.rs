//! What a study varies: grids, lists, samples, seeds; and the rule that ends trials.

use toml::{Table, Value};

use super::{Block, MOST_TRIALS, Random, Setting, fields::Fields};
use crate::study::{Figure, Rule, sample::Distribution};

/// The settings in a table, sections or not: `train.lr`, `lr` and `[base.train] lr` mean the same.
pub fn settings(table: Table) -> Vec<Setting> {
    flatten(table, |value| match value {
        Value::Table(inner) => Ok(inner),
        other => Err(other),
    })
}

/// A block's axes; its base is left empty.
pub fn block(fields: &mut Fields<'_>, name: String, seeds: &[u64]) -> Block {
    let grid = fields.table("grid").map(settings).unwrap_or_default();
    let grid = grid.into_iter().filter_map(|(key, value)| Some((key.clone(), values(fields, "grid", &key, value)?)));
    let grid = grid.collect();
    let trials: Vec<_> = fields.tables("trials").into_iter().map(settings).collect();
    if trials.iter().any(Vec::is_empty) {
        fields.problem(&"`trials`: a trial that changes nothing; leave it out");
    }
    let random = fields.table("random").and_then(|table| random(fields, table));
    Block { name, base: Vec::new(), grid, trials, random, seeds: seeds.to_vec() }
}

/// A list of at least one value.
fn values(fields: &mut Fields<'_>, place: &str, key: &str, value: Value) -> Option<Vec<Value>> {
    match value {
        Value::Array(values) if !values.is_empty() => Some(values),
        other => {
            fields.problem(&format!("`{place}.{key}` = {other}: expected a list of values"));
            None
        }
    }
}

fn random(fields: &mut Fields<'_>, table: Table) -> Option<Random> {
    let mut inner = fields.inner(table, "random");
    let samples = inner.whole("samples", 1, MOST_TRIALS as u64);
    let seed = inner.whole("seed", 0, i64::MAX as u64).unwrap_or(0);
    if samples.is_none() {
        inner.problem(&"how many samples? samples = 20, say");
    }
    let mut axes = Vec::new();
    let is_section = |value| match value {
        Value::Table(table) if !table.keys().any(|key| NAMES.contains(&key.as_str())) => Ok(table),
        other => Err(other),
    };
    for (key, value) in flatten(inner.rest(), is_section) {
        if let Some(distribution) = inner.keep(&key, distribution(&value)) {
            axes.push((key, distribution));
        }
    }
    if axes.is_empty() {
        inner.problem(&"nothing to draw: lr = { log_uniform = [1e-5, 1e-2] }, say");
    }
    inner.finish();
    Some(Random { samples: samples? as usize, seed, axes })
}

/// The names of the distributions.
const NAMES: [&str; 3] = ["uniform", "log_uniform", "choice"];

fn distribution(value: &Value) -> Result<Distribution, String> {
    let expected = || {
        format!("{value}: expected {{ uniform = [low, high] }}, {{ log_uniform = [low, high] }} or {{ choice = [..] }}")
    };
    let entry = value.as_table().filter(|table| table.len() == 1).and_then(|table| table.iter().next());
    let (name, Value::Array(values)) = entry.ok_or_else(expected)? else { return Err(expected()) };
    if name == "choice" {
        return if values.is_empty() { Err(expected()) } else { Ok(Distribution::Choice(values.clone())) };
    }
    let [first, second] = values.as_slice() else { return Err(expected()) };
    let number = |value: &Value| value.as_float().or_else(|| value.as_integer().map(|whole| whole as f64));
    let (Some(low), Some(high)) = (number(first), number(second)) else { return Err(expected()) };
    let whole = first.is_integer() && second.is_integer();
    if !(low.is_finite() && high.is_finite() && low < high) {
        return Err(format!("{value}: the first number is to be under the second, both finite"));
    }
    match name.as_str() {
        "uniform" => Ok(Distribution::Uniform { low, high, whole }),
        "log_uniform" if low > 0.0 => Ok(Distribution::LogUniform { low, high, whole }),
        "log_uniform" => Err(format!("{value}: both numbers are to be over 0, where the logarithm is")),
        _ => Err(expected()),
    }
}

/// `seeds = [0, 1, 2]`, or `seeds = { from = 0, to = 4 }` with both ends.
pub fn seeds(fields: &mut Fields<'_>) -> Option<Vec<u64>> {
    let value = fields.value("seeds")?;
    let mut seeds: Vec<u64> = match &value {
        Value::Array(list) => {
            let list: Option<_> = list.iter().map(|seed| u64::try_from(seed.as_integer()?).ok()).collect();
            list.unwrap_or_default()
        }
        Value::Table(table) => {
            let end = |key| table.get(key).and_then(Value::as_integer).and_then(|end| u64::try_from(end).ok());
            match (end("from"), end("to"), table.len()) {
                (Some(from), Some(to), 2) if to.saturating_sub(from) < MOST_TRIALS as u64 => (from..=to).collect(),
                _ => Vec::new(),
            }
        }
        _ => Vec::new(),
    };
    if seeds.is_empty() {
        fields.problem(&format!(
            "`seeds` = {value}: expected whole numbers from 0, as in [0, 1, 2] or {{ from = 0, to = 4 }}"
        ));
        return None;
    }
    seeds.sort_unstable();
    seeds.dedup();
    Some(seeds)
}

/// `stop = { rule = "median", … }`.
pub fn rule(fields: &mut Fields<'_>, figure: Figure) -> Option<Rule> {
    let table = fields.table("stop")?;
    if figure.is_test() {
        let text = format!("`stop` goes by the validation split after each epoch, which {} does not", figure.name());
        fields.problem(&text);
    }
    let mut inner = fields.inner(table, "stop");
    let min_epochs = inner.whole("min_epochs", 1, 1_000_000).map_or(5, |epochs| epochs as usize);
    let rule = match inner.text("rule").as_deref() {
        Some("median") => {
            let min_trials = inner.whole("min_trials", 1, MOST_TRIALS as u64).map_or(5, |trials| trials as usize);
            Some(Rule::Median { min_epochs, min_trials })
        }
        Some("halving") => {
            let factor = inner.whole("factor", 2, 100).map_or(3, |factor| factor as usize);
            Some(Rule::Halving { min_epochs, factor })
        }
        other => {
            let said = other.map_or_else(String::new, |other| format!(" {other:?} is not known:"));
            inner.problem(&format!("`rule`:{said} write \"median\" or \"halving\""));
            inner.rest();
            None
        }
    };
    inner.finish();
    rule
}

/// A table's entries, those of its sections among them; `section` tells a section from a value.
fn flatten(table: Table, section: impl Fn(Value) -> Result<Table, Value>) -> Vec<Setting> {
    let mut settings = Vec::new();
    for (key, value) in table {
        match section(value) {
            Ok(inner) => settings.extend(inner.into_iter().map(|(name, value)| (format!("{key}.{name}"), value))),
            Err(value) => settings.push((key, value)),
        }
    }
    settings
}
