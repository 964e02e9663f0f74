//! A run in the formats of other programs.

mod history;
mod pytorch;
mod tensorboard;

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    str::FromStr,
};

use anyhow::{Context as _, Result, bail, ensure};

use crate::runs::{self, RunDir, RunEntry, directory::replace};

/// What a run can be exported to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A `.pt` with the `state_dict`, for `torch.load` and the framework's `load_state_dict`.
    Pytorch,
    /// The same arrays as a safetensors file.
    Safetensors,
    /// A folder that TensorBoard opens.
    Tensorboard,
    /// A table of the epochs, and one of the steps beside it.
    Csv,
    /// The whole history as one object.
    Json,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "pytorch" => Ok(Self::Pytorch),
            "safetensors" => Ok(Self::Safetensors),
            "tensorboard" => Ok(Self::Tensorboard),
            "csv" => Ok(Self::Csv),
            "json" => Ok(Self::Json),
            "onnx" => Err("onnx is not offered: no kept-up library writes it from these models; export to pytorch, \
                           and let torch.onnx.export make it from there"
                .to_owned()),
            _ => Err(format!("unknown format `{text}`; one of pytorch, safetensors, tensorboard, csv, json")),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pytorch => "pytorch",
            Self::Safetensors => "safetensors",
            Self::Tensorboard => "tensorboard",
            Self::Csv => "csv",
            Self::Json => "json",
        })
    }
}

/// Where to, and whether what is there may go.
#[derive(Clone, Copy, Debug)]
pub struct Target<'a> {
    /// None: named after the run, in the current folder.
    pub out: Option<&'a Path>,
    pub force: bool,
}

/// Write the run in `dir` as `format`; the files that were written, the main one first.
///
/// # Errors
/// If the run cannot be read, lacks what the format needs, or the target exists or cannot be written.
pub fn export(dir: &RunDir, format: Format, target: Target<'_>) -> Result<Vec<PathBuf>> {
    let mut problems = Vec::new();
    let run = runs::list::read(dir, &mut problems)?;
    ensure!(problems.is_empty(), "reading the run {}: {}", dir.path().display(), problems.join("; "));
    let out = |ending: &str| match target.out {
        Some(path) => path.to_owned(),
        None => PathBuf::from(format!("{}{ending}", dir.name())),
    };
    let files: Vec<(PathBuf, Vec<u8>)> = match format {
        Format::Pytorch => vec![(out(".pt"), pytorch::encode(&weights(dir)?)?)],
        Format::Safetensors => vec![(out(".safetensors"), weights(dir)?)],
        Format::Tensorboard => {
            vec![(out("-tensorboard").join(tensorboard::file_name(&run)), tensorboard::encode(&run)?)]
        }
        Format::Csv => {
            let epochs = out(".csv");
            vec![(beside(&epochs, "-steps"), history::steps_csv(&run)?), (epochs, history::epochs_csv(&run)?)]
        }
        Format::Json => vec![(out(".json"), history::json(&run)?)],
    };
    for (path, _) in &files {
        ensure!(
            target.force || !path.exists(),
            "{} is there already; name another with --out, or pass --force",
            path.display()
        );
        ensure!(!path.is_dir(), "{} is a folder; name a file with --out", path.display());
    }
    for (path, content) in &files {
        replace(path, content)?;
    }
    Ok(files.into_iter().rev().map(|(path, _)| path).collect())
}

/// The run's best model as it stands on the disk.
fn weights(dir: &RunDir) -> Result<Vec<u8>> {
    let path = dir.best();
    if !path.is_file() {
        bail!("the run {} has no best model: it ended before its first epoch, or was imported without one", dir.name());
    }
    fs::read(&path).with_context(|| format!("reading the checkpoint {}", path.display()))
}

/// `a/b.csv` as `a/b-steps.csv`.
fn beside(path: &Path, tail: &str) -> PathBuf {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let ending = path.extension().map(|ending| format!(".{}", ending.to_string_lossy())).unwrap_or_default();
    path.with_file_name(format!("{stem}{tail}{ending}"))
}

/// The run's mode, as a word.
fn mode(run: &RunEntry) -> &'static str {
    run.history.started.as_ref().map_or("unknown", |started| started.mode.name())
}
