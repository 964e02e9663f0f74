//! Runs from what the course framework leaves: an experiment folder, or a checkpoint alone.
//!
//! An imported run has the form of our own, so that every screen and command takes it; what its
//! source does not tell stays unknown. It is made beside the others and gets its name when it is
//! whole.

mod events;
mod settings;
mod source;
mod weights;

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail, ensure};
use jiff::Timestamp;

use super::train_log::LoggedEpoch;
use crate::{
    config::{Config, Mode},
    runs::{self, RunDir, directory::replace},
};
pub(super) use events::finished_epoch;
use source::Source;

/// Where runs go, and what the sources do not tell.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The settings; the runs folder and hybrid fusion's weights are taken from them.
    pub config: &'a Config,
    /// Decides where the weights do not tell.
    pub mode: Option<Mode>,
    pub now: Timestamp,
}

/// What became of one run of a source.
#[derive(Clone, Debug, PartialEq)]
pub struct ImportedRun {
    pub dir: PathBuf,
    pub mode: Mode,
    pub epochs: usize,
    pub best_epoch: Option<usize>,
    /// It had been imported before, and nothing was written.
    pub already: bool,
}

/// What became of a source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Imported {
    pub runs: Vec<ImportedRun>,
    /// What a person should know, one sentence each.
    pub notes: Vec<String>,
}

/// One run of a source, complete but not written yet.
struct Draft<'a> {
    mode: Mode,
    epochs: &'a [LoggedEpoch],
    content: String,
    /// The files in the folder belong to the last run of the log.
    is_last: bool,
}

/// Make read-only runs of the folder or checkpoint at `path`.
///
/// # Errors
/// If there is nothing in it that a run can be made of, its mode is not known, or the runs folder
/// cannot be written. A damaged part is told of and does not lose the others.
pub fn import(path: &Path, request: &Request<'_>) -> Result<Imported> {
    let mut imported = Imported::default();
    let source = Source::read(path, request, &mut imported.notes)?;
    let mode = source.weights.as_ref().map(|weights| weights.mode).or(request.mode);
    let Some(mode) = mode else {
        let notes = imported.notes.join("\n  ");
        bail!("importing {}: nothing tells which model it was; say it with --mode\n  {notes}", path.display());
    };
    let runs = PathBuf::from(&request.config.runs.dir);
    fs::create_dir_all(&runs).with_context(|| format!("creating the runs folder {}", runs.display()))?;
    let known: Vec<_> = runs::scan(&runs).0;
    let drafts = drafts(&source, mode);
    if drafts.len() > 1 {
        imported.notes.push(format!(
            "the log holds {} runs; all are taken for {mode}, and the checkpoint and predictions for the last one's",
            drafts.len()
        ));
    }
    for draft in drafts {
        let twin =
            known.iter().find(|run| run.history.imported().is_some_and(|origin| origin.content == draft.content));
        let (best_epoch, epochs) = (events::best(draft.epochs), draft.epochs.last().map_or(0, |last| last.epoch));
        let (dir, already) = match twin {
            Some(twin) => (twin.dir.clone(), true),
            None => (write(&runs, &source, &draft, request, &mut imported.notes)?, false),
        };
        imported.runs.push(ImportedRun { dir, mode, epochs, best_epoch, already });
    }
    Ok(imported)
}

fn drafts(source: &Source, mode: Mode) -> Vec<Draft<'_>> {
    let hash = |bytes: &[u8]| format!("{:032x}", xxhash_rust::xxh3::xxh3_128(bytes));
    if source.log.is_empty() {
        let content = hash(&[mode.name().as_bytes(), &source.files].concat());
        return vec![Draft { mode, epochs: &[], content, is_last: true }];
    }
    let last = source.log.len() - 1;
    let draft = |(at, epochs)| {
        // Not of the files: they change hands when the framework appends another run.
        Draft { mode, epochs, content: hash(format!("{mode} {epochs:?}").as_bytes()), is_last: at == last }
    };
    source.log.iter().map(Vec::as_slice).enumerate().map(draft).collect()
}

/// Write a run and give it its name; its directory.
fn write(
    runs: &Path,
    source: &Source,
    draft: &Draft<'_>,
    request: &Request<'_>,
    notes: &mut Vec<String>,
) -> Result<PathBuf> {
    let beside = tempfile::Builder::new().prefix(".import-").tempdir_in(runs);
    let beside = beside.with_context(|| format!("writing into the runs folder {}", runs.display()))?;
    let dir = RunDir::at(beside.path());
    let config = settings::config(source, draft, request, notes);
    replace(&dir.config(), config.to_toml().as_bytes())?;
    if draft.is_last {
        if let Some(weights) = &source.weights {
            weights::write(&dir.best(), weights, events::best(draft.epochs))?;
        }
        for (text, path) in [(&source.predictions, dir.predictions()), (&source.result, dir.result())] {
            if let Some(text) = text {
                replace(&path, text.as_bytes())?;
            }
        }
    }
    let started = events::write(&dir, source, draft, &config, request.now)?;
    settle(runs, beside, &format!("{}-{}-imported", started.strftime("%Y%m%dT%H%M%SZ"), draft.mode))
}

/// Move the finished directory to `name`, or to the next free name after it.
fn settle(runs: &Path, beside: tempfile::TempDir, name: &str) -> Result<PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;
    // A temporary directory is its owner's alone; a group reads its students' runs.
    let mode = fs::metadata(runs).map_or(0o755, |metadata| metadata.permissions().mode());
    let _ = fs::set_permissions(beside.path(), fs::Permissions::from_mode(mode));
    for n in 1_u32..=10_000 {
        let target = runs.join(if n == 1 { name.to_owned() } else { format!("{name}-{n}") });
        // A directory that holds something is never replaced by a rename.
        if !target.exists() && fs::rename(beside.path(), &target).is_ok() {
            // There is nothing left at the old place to be removed.
            let _ = beside.keep();
            return Ok(target);
        }
        ensure!(target.exists(), "writing the run {}: the folder cannot be renamed", target.display());
    }
    bail!("there are too many runs of the name {name} in {}", runs.display())
}
