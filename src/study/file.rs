//! A study as a person writes it: a TOML file.
//!
//! ```toml
//! rank = "val_log_loss"            # unless said otherwise
//! seeds = [0, 1, 2]                # or { from = 0, to = 4 }
//! base = { epochs = 50 }           # any settings
//! stop = { rule = "median" }       # or "halving"; none unless asked for
//! slurm = { partition = "gpu", time = "04:00:00" }   # for the Slurm engine
//!
//! [[block]]                        # grid, trials and random may stand in the file itself as well
//! name = "learning rates"
//! base = { mode = "late" }
//! grid = { lr = [1e-3, 1e-4], batch_size = [32, 64] }
//! trials = [{ dropout = 0.1, head = 64 }, { dropout = 0.3 }]
//! random = { samples = 20, seed = 1, weight_decay = { log_uniform = [1e-6, 1e-2] } }
//! ```
//!
//! Where a block has several of `grid`, `trials` and `random`, each setting of one is combined with
//! each of the others.

mod axes;
mod fields;

use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::{Figure, Rule, sample::Distribution};
use crate::config::Problems;
use fields::Fields;

/// A setting and its value; the section may be left out, as with `--set`.
pub type Setting = (String, Value);

/// What is in the file, as far as can be told without the settings' schema.
#[derive(Clone, Debug, PartialEq)]
pub struct StudyFile {
    pub path: PathBuf,
    pub name: String,
    pub figure: Figure,
    pub stop: Option<Rule>,
    /// Settings of the section `slurm`.
    pub slurm: Vec<Setting>,
    pub base: Vec<Setting>,
    pub blocks: Vec<Block>,
}

/// A part of a study, which gets a table of its own.
#[derive(Clone, Debug, PartialEq)]
pub struct Block {
    /// Empty where the file has no blocks.
    pub name: String,
    pub base: Vec<Setting>,
    pub grid: Vec<(String, Vec<Value>)>,
    pub trials: Vec<Vec<Setting>>,
    pub random: Option<Random>,
    pub seeds: Vec<u64>,
}

/// Settings that are drawn.
#[derive(Clone, Debug, PartialEq)]
pub struct Random {
    pub samples: usize,
    pub seed: u64,
    pub axes: Vec<(String, Distribution)>,
}

/// Trials of a study at most: beyond it the file is rather mistaken than meant.
pub const MOST_TRIALS: usize = 100_000;

/// A study file is some kilobytes; whatever is this large is another file.
const MOST_BYTES: u64 = 4 << 20;

/// Read the study file at `path`.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read(path: &Path) -> Result<StudyFile, Problems> {
    let origin = path.display().to_string();
    let alone = |problem: String| Problems(vec![problem]);
    let doing = |error: &dyn std::fmt::Display| alone(format!("reading the study {origin}: {error}; check the path"));
    let size = std::fs::metadata(path).map_err(|error| doing(&error))?.len();
    if size > MOST_BYTES {
        return Err(alone(format!("reading the study {origin}: {size} bytes are no study file")));
    }
    let text = std::fs::read_to_string(path).map_err(|error| doing(&error))?;
    let table: Table =
        text.parse().map_err(|error: toml::de::Error| alone(format!("{origin}: not valid TOML: {error}")))?;
    parse(path, table)
}

fn parse(path: &Path, table: Table) -> Result<StudyFile, Problems> {
    let mut problems = Vec::new();
    let mut fields = Fields::new(table, path.display().to_string(), &mut problems);
    let name = match fields.text("name") {
        Some(name) => name,
        None => path.file_stem().unwrap_or_default().to_string_lossy().into_owned(),
    };
    if !is_name(&name) {
        fields.problem(&format!(
            "the study's name {name:?} becomes a folder's: give `name` up to 64 letters, digits, `-`, `_` and `.`"
        ));
    }
    let figure = fields.text("rank").and_then(|text| fields.keep("rank", text.parse::<Figure>())).unwrap_or_default();
    let stop = axes::rule(&mut fields, figure);
    let slurm = fields.table("slurm").unwrap_or_default();
    let slurm = slurm.into_iter().map(|(key, value)| (format!("slurm.{key}"), value)).collect();
    let base = fields.table("base").map(axes::settings).unwrap_or_default();
    let seeds = axes::seeds(&mut fields).unwrap_or_else(|| vec![0]);
    let own = axes::block(&mut fields, String::new(), &seeds);
    let tables = fields.tables("block");
    fields.finish();

    let mut blocks = Vec::new();
    let has_own = !own.grid.is_empty() || !own.trials.is_empty() || own.random.is_some();
    if has_own || tables.is_empty() {
        blocks.push(own);
    }
    for (index, table) in tables.into_iter().enumerate() {
        let named = table.get("name").and_then(Value::as_str).map(str::to_owned);
        let name = named.unwrap_or_else(|| format!("block {}", index + 1));
        let origin = format!("{}: block {name:?}", path.display());
        let mut fields = Fields::new(table, origin, &mut problems);
        fields.text("name");
        let base = fields.table("base").map(axes::settings).unwrap_or_default();
        let seeds = axes::seeds(&mut fields).unwrap_or_else(|| seeds.clone());
        let block = Block { base, ..axes::block(&mut fields, name, &seeds) };
        fields.finish();
        if blocks.iter().any(|other: &Block| other.name == block.name) {
            problems.push(format!("{}: there are two blocks {:?}", path.display(), block.name));
        }
        blocks.push(block);
    }
    if problems.is_empty() {
        Ok(StudyFile { path: path.to_owned(), name, figure, stop, slurm, base, blocks })
    } else {
        Err(Problems(problems))
    }
}

/// True where `name` can be a folder's on every file system.
#[must_use]
pub fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    !name.is_empty() && name.len() <= 64 && !name.starts_with('.') && name.chars().all(plain)
}
