//! What a study is to train: its file expanded to trials, kept as `plan.json`.

mod combine;

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
};

use serde::{Deserialize, Serialize};
use toml::{Table, Value};

use super::{
    Figure, Rule, StudyFile,
    engine::slurm::Slurm,
    file,
    file::{MOST_TRIALS, Setting},
    identity,
};
use crate::config::{Config, DataConfig, Layers, Problems, StudyConfig};

/// Version of `plan.json`.
pub const PLAN_VERSION: u32 = 1;

/// All trials of a study, and the tables that they fill.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Plan {
    pub v: u32,
    pub name: String,
    /// The file that it was made from.
    pub file: PathBuf,
    pub figure: Figure,
    pub stop: Option<Rule>,
    /// What its jobs ask of Slurm.
    #[serde(default)]
    pub slurm: Slurm,
    /// Where what stands in `slurm` was said; not kept.
    #[serde(skip)]
    pub slurm_from: Vec<(String, String)>,
    /// Program that the trials are trained with.
    pub version: String,
    /// Settings that the trials override.
    pub base: Config,
    pub blocks: Vec<Block>,
    pub data: Vec<DataPlan>,
    /// In the order in which they are trained.
    pub trials: Vec<Trial>,
}

/// A part of a study, which becomes a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Block {
    pub name: String,
    /// Keys of the settings that vary, with their sections.
    pub axes: Vec<String>,
    pub rows: Vec<Row>,
}

/// One combination of settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Values of the block's axes.
    pub values: Vec<Value>,
    /// Indices of its trials, one a seed.
    pub trials: Vec<usize>,
}

/// One run of the study. Blocks share those that they have in common.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Its name in the study: 16 hexadecimal digits.
    pub id: String,
    /// What its result depends on, the data aside: see [`identity::settings`].
    pub settings: String,
    /// The settings that it has instead of the base's, by their full keys; its seed is among them.
    pub overrides: Table,
    /// Which of the plan's data.
    pub data: usize,
}

/// Data that trials are trained on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataPlan {
    pub config: DataConfig,
    /// Of its content; none before it was first read.
    pub fingerprint: Option<String>,
    /// Generated data, not recordings.
    #[serde(default)]
    pub demo: bool,
}

/// The settings around a study: what lies under its own, and what the command line puts over them.
pub struct Surroundings<'a> {
    pub under: Layers,
    pub over: &'a dyn Fn(Layers) -> Layers,
    /// Keys that `over` gives a value.
    pub fixed: Vec<String>,
    pub settle: &'a dyn Fn(Layers) -> Result<Config, Problems>,
}

impl std::fmt::Debug for Surroundings<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Surroundings").field("fixed", &self.fixed).finish_non_exhaustive()
    }
}

/// Expand a study to its trials.
///
/// # Errors
/// Everything that is wrong with its settings, each with its place in the file.
pub fn expand(study: &StudyFile, around: &Surroundings<'_>) -> Result<Plan, Problems> {
    let origin = study.path.display().to_string();
    let under = with(around.under.clone(), &study.slurm, &format!("{origin}: `slurm`"), study);
    let base = with(under, &study.base, &format!("{origin}: `base`"), study);
    let whole = (around.over)(base.clone());
    let slurm_from = slurm_from(&whole);
    let settled = (around.settle)(whole)?;
    let mut plan = Plan {
        v: PLAN_VERSION,
        name: study.name.clone(),
        file: std::path::absolute(&study.path).unwrap_or_else(|_| study.path.clone()),
        figure: study.figure,
        stop: study.stop,
        slurm: Slurm::from(&settled.slurm),
        slurm_from,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        base: settled.of_run(),
        blocks: Vec::new(),
        data: Vec::new(),
        trials: Vec::new(),
    };
    let mut expansion = Expansion { study, around, known: HashMap::new(), problems: Vec::new(), plan: &mut plan };
    for block in &study.blocks {
        expansion.block(block, &base);
    }
    let mut problems = expansion.problems;
    if problems.is_empty() && plan.trials.is_empty() {
        problems.push(format!("{origin}: no trials"));
    }
    if problems.is_empty() {
        return Ok(plan);
    }
    let mut told = HashSet::new();
    problems.retain(|problem| told.insert(problem.clone()));
    Err(Problems(problems))
}

/// Where each setting of Slurm's was said, those that were.
fn slurm_from(layers: &Layers) -> Vec<(String, String)> {
    let keys = Table::try_from(Config::default().slurm).unwrap_or_default();
    let from = keys.keys().filter_map(|key| Some((key.clone(), layers.origin(&format!("slurm.{key}"))?.to_owned())));
    from.collect()
}

/// `layers` with the settings of a part of the file over them.
fn with(layers: Layers, settings: &[Setting], origin: &str, study: &StudyFile) -> Layers {
    let folder = study.path.parent();
    settings.iter().fold(layers, |layers, (key, value)| layers.setting(key, value.clone(), origin, folder))
}

struct Expansion<'a> {
    study: &'a StudyFile,
    around: &'a Surroundings<'a>,
    /// Index of each trial by its name.
    known: HashMap<String, usize>,
    problems: Vec<String>,
    plan: &'a mut Plan,
}

impl Expansion<'_> {
    fn block(&mut self, block: &file::Block, base: &Layers) {
        let path = self.study.path.display();
        let origin = if block.name.is_empty() { path.to_string() } else { format!("{path}: block {:?}", block.name) };
        let base = with(base.clone(), &block.base, &format!("{origin}: `base`"), self.study);
        let base = (self.around.over)(base);
        if let Err(Problems(problems)) = (self.around.settle)(base.clone()) {
            self.problems.extend(problems);
            return;
        }
        let before = self.problems.len();
        let axes = self.axes(block, &base, &origin);
        self.values(block, &base, &origin);
        let rows = combine::count(block);
        let total = rows.and_then(|rows| rows.checked_mul(block.seeds.len()));
        if total.is_none_or(|total| total.saturating_add(self.plan.trials.len()) > MOST_TRIALS) {
            self.problems.push(format!("{origin}: more than {MOST_TRIALS} trials; leave values out"));
        }
        if self.problems.len() > before {
            return;
        }
        let mut rows = Vec::new();
        for settings in combine::all(block) {
            match self.row(block, &axes, &settings, &base, &origin) {
                Ok(row) => rows.push(row),
                Err(Problems(problems)) => return self.problems.extend(problems),
            }
        }
        self.plan.blocks.push(Block { name: block.name.clone(), axes, rows });
    }

    /// The full keys of what the block varies.
    fn axes(&mut self, block: &file::Block, base: &Layers, origin: &str) -> Vec<String> {
        let mut axes: Vec<String> = Vec::new();
        for group in combine::keys(block) {
            for key in &group {
                let key = match base.full_key(key) {
                    Ok(key) => key,
                    Err(problem) => {
                        self.problems.push(format!("{origin}: {problem}"));
                        continue;
                    }
                };
                if let Some(problem) = unfit(&key) {
                    self.problems.push(format!("{origin}: {problem}"));
                } else if axes.contains(&key) {
                    self.problems.push(format!("{origin}: `{key}` is varied twice"));
                } else if self.around.fixed.contains(&key) {
                    self.problems.push(format!("{origin}: `{key}` is varied here; leave it out of the command line"));
                }
                axes.push(key);
            }
        }
        axes
    }

    /// Try each value alone over the block's base, so that a wrong one is reported once.
    fn values(&mut self, block: &file::Block, base: &Layers, origin: &str) {
        for (key, value) in combine::values(block) {
            let layers = base.clone().setting(key, value.clone(), origin, self.study.path.parent());
            if let Err(Problems(problems)) = (self.around.settle)(layers) {
                self.problems.extend(problems);
            }
        }
    }

    fn row(
        &mut self,
        block: &file::Block,
        axes: &[String],
        settings: &[Setting],
        base: &Layers,
        origin: &str,
    ) -> Result<Row, Problems> {
        let layers = with(base.clone(), settings, origin, self.study);
        let config = (self.around.settle)(layers)?;
        let table = Table::try_from(&config).unwrap_or_default();
        let value = |key: &str| lookup(&table, key).cloned().unwrap_or_else(|| Value::String(String::new()));
        let mut overrides: Table = axes.iter().map(|key| (key.clone(), value(key))).collect();
        for (key, _) in &block.base {
            if let Ok(key) = base.full_key(key) {
                let value = value(&key);
                overrides.insert(key, value);
            }
        }
        let data = self.data(&config.data);
        let mut trials = Vec::with_capacity(block.seeds.len());
        for &seed in &block.seeds {
            let mut config = config.clone();
            config.train.seed = seed;
            let settings = identity::settings(&config);
            let id = identity::trial(&settings, &config.data);
            let next = self.plan.trials.len();
            let index = *self.known.entry(id.clone()).or_insert(next);
            if index == next {
                let mut overrides = overrides.clone();
                overrides.insert(SEED.to_owned(), Value::Integer(i64::try_from(seed).unwrap_or(i64::MAX)));
                self.plan.trials.push(Trial { id, settings, overrides, data });
            }
            trials.push(index);
        }
        Ok(Row { values: axes.iter().map(|key| value(key)).collect(), trials })
    }

    fn data(&mut self, config: &DataConfig) -> usize {
        let name = identity::data(config);
        let found = self.plan.data.iter().position(|known| identity::data(&known.config) == name);
        found.unwrap_or_else(|| {
            self.plan.data.push(DataPlan { config: config.clone(), fingerprint: None, demo: false });
            self.plan.data.len() - 1
        })
    }
}

/// The key that seeds are set by.
pub(super) const SEED: &str = "train.seed";

/// Why the setting `key` is nothing to vary, if it is not.
fn unfit(key: &str) -> Option<String> {
    let (section, name) = key.split_once('.').unwrap_or((key, ""));
    if key == SEED {
        Some("`train.seed` is varied with seeds = [0, 1, 2]".to_owned())
    } else if !matches!(section, "model" | "train" | "data")
        || (section == "train" && identity::PLACES.contains(&name))
        || name.starts_with("cache")
    {
        Some(format!("`{key}` changes nothing about a trial's result; it cannot be varied"))
    } else {
        None
    }
}

/// The value of a setting by its full key.
pub(super) fn lookup<'a>(table: &'a Table, key: &str) -> Option<&'a Value> {
    let (section, name) = key.split_once('.')?;
    table.get(section)?.get(name)
}

impl Plan {
    /// The settings of a trial.
    ///
    /// # Errors
    /// If the plan is not one that this program wrote.
    pub fn config(&self, trial: &Trial) -> Result<Config, String> {
        let mut table = Table::try_from(&self.base).map_err(|error| error.to_string())?;
        for (key, value) in &trial.overrides {
            let (section, name) = key.split_once('.').ok_or_else(|| format!("`{key}` has no section"))?;
            let entries = table.get_mut(section).and_then(Value::as_table_mut);
            entries.ok_or_else(|| format!("there is no section `{section}`"))?.insert(name.to_owned(), value.clone());
        }
        let config = Config::deserialize_table(table)?;
        Ok(Config { study: StudyConfig { name: self.name.clone(), trial: trial.id.clone() }, ..config })
    }

    /// The fingerprint of the data of a trial, if it was read before.
    #[must_use]
    pub fn fingerprint(&self, trial: &Trial) -> Option<&str> {
        self.data.get(trial.data)?.fingerprint.as_deref()
    }

    /// The name of a trial's claim, if its data was read before.
    #[must_use]
    pub fn claim(&self, trial: &Trial) -> Option<String> {
        Some(identity::claim(&trial.settings, self.fingerprint(trial)?, &self.version))
    }

    /// Take over what `older`, a plan of the same study, knows of the data.
    pub fn inherit(&mut self, older: &Self) {
        for data in &mut self.data {
            let name = identity::data(&data.config);
            if let Some(known) = older.data.iter().find(|known| identity::data(&known.config) == name) {
                (data.fingerprint, data.demo) = (known.fingerprint.clone(), known.demo);
            }
        }
    }

    /// Take out of `todo` the trials that turned out to be on the same data as an earlier one of the same
    /// settings, each with that one.
    pub fn take_twins(&self, todo: &mut Vec<usize>) -> Vec<(usize, usize)> {
        let mut known: HashMap<(&str, &str), usize> = HashMap::new();
        let mut twins = Vec::new();
        todo.retain(|&index| {
            let Some(trial) = self.trials.get(index) else { return false };
            let Some(data) = self.fingerprint(trial) else { return true };
            let first = *known.entry((trial.settings.as_str(), data)).or_insert(index);
            if first != index {
                twins.push((index, first));
            }
            first == index
        });
        twins
    }

    /// Check what was read from a file.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn check(&self) -> Result<(), String> {
        if self.v != PLAN_VERSION {
            return Err(format!("it is of format {}, this program reads format {PLAN_VERSION}", self.v));
        }
        let rows = || self.blocks.iter().flat_map(|block| block.rows.iter().map(move |row| (block, row)));
        let whole = rows().all(|(block, row)| row.values.len() == block.axes.len())
            && rows().flat_map(|(_, row)| &row.trials).all(|&trial| trial < self.trials.len())
            && self.trials.iter().all(|trial| trial.data < self.data.len())
            // They become names of files.
            && self.trials.iter().all(|trial| is_id(&trial.id));
        if whole && file::is_name(&self.name) { Ok(()) } else { Err("its parts do not fit together".to_owned()) }
    }
}

/// True for sixteen hexadecimal digits.
fn is_id(text: &str) -> bool {
    text.len() == 16 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

impl Trial {
    #[must_use]
    pub fn seed(&self) -> u64 {
        self.overrides.get(SEED).and_then(Value::as_integer).and_then(|seed| u64::try_from(seed).ok()).unwrap_or(0)
    }

    /// The trial in a few words: its overrides, the seed last.
    #[must_use]
    pub fn title(&self) -> String {
        let settings = self.overrides.iter().filter(|(key, _)| *key != SEED);
        let mut words: Vec<_> = settings.map(|(key, value)| setting(key, value)).collect();
        words.extend(self.overrides.get(SEED).map(|seed| format!("seed {seed}")));
        words.join(", ")
    }
}

/// A setting for people: `lr 0.001`, and a mode by its name alone.
#[must_use]
pub fn setting(key: &str, value: &Value) -> String {
    let name = key.split_once('.').map_or(key, |(_, name)| name);
    let text = text(value);
    if name == "mode" { text } else { format!("{name} {text}") }
}

/// A value without TOML's quotes; a small number as powers of ten.
#[must_use]
pub fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Float(number) if *number != 0.0 && number.abs() < 0.01 => format!("{number:e}"),
        other => other.to_string(),
    }
}
