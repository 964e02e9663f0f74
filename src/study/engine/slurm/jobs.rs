//! What the folder `slurm` of a study holds.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::JobState;
use crate::{
    runs::directory::replace,
    study::{Folder, Plan},
};

/// Version of the files.
const VERSION: u32 = 1;

/// A manifest of a hundred thousand trials is a tenth of this.
const MOST_BYTES: u64 = 512 << 20;

/// What was submitted, in order: `jobs.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Jobs {
    pub v: u32,
    pub batches: Vec<Batch>,
}

/// One array job.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    pub number: u32,
    /// The job's name, which no other job has.
    pub name: String,
    /// None from before `sbatch` until its answer is written down.
    pub job: Option<u64>,
    /// Names of the trials, by task.
    pub trials: Vec<String>,
}

/// What the tasks of an array train: `batch-0001.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub v: u32,
    /// The study's plan with the trials of the tasks alone, in their order.
    pub plan: Plan,
    /// Runs to go on with, by task.
    pub runs: Vec<Option<PathBuf>>,
}

/// Which run a trial has, as its task wrote it down: `trials/ID.json`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Begun {
    pub run: PathBuf,
    /// Of the data that it is trained on.
    pub fingerprint: String,
    pub demo: bool,
}

/// A task's end as it was seen, for when Slurm has forgotten it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    pub task: u32,
    pub state: JobState,
    pub reason: String,
}

impl Default for Jobs {
    fn default() -> Self {
        Self { v: VERSION, batches: Vec::new() }
    }
}

/// The folder of the files.
#[must_use]
pub fn folder(study: &Folder) -> PathBuf {
    study.path().join("slurm")
}

/// The manifest of a batch; its script lies beside it, with the ending `sh`.
#[must_use]
pub fn manifest(study: &Folder, number: u32) -> PathBuf {
    folder(study).join(format!("batch-{number:04}.json"))
}

/// The log of a task.
#[must_use]
pub fn log(study: &Folder, job: u64, task: u32) -> PathBuf {
    folder(study).join(format!("{job}_{task}.log"))
}

impl Jobs {
    /// What was submitted of the study so far.
    ///
    /// # Errors
    /// If the file cannot be read, or is none.
    pub fn read(study: &Folder) -> Result<Self> {
        let path = folder(study).join("jobs.json");
        let jobs: Self = read(&path)?.unwrap_or_default();
        version(jobs.v, &path)?;
        Ok(jobs)
    }

    /// Write it, whole or not at all.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn write(&self, study: &Folder) -> Result<()> {
        write(&folder(study).join("jobs.json"), self)
    }
}

impl Manifest {
    #[must_use]
    pub fn new(plan: Plan, runs: Vec<Option<PathBuf>>) -> Self {
        Self { v: VERSION, plan, runs }
    }

    /// The manifest at `path`.
    ///
    /// # Errors
    /// If it cannot be read, or is none.
    pub fn read(path: &Path) -> Result<Self> {
        let Some(manifest) = read::<Self>(path)? else { bail!("there is no manifest {}", path.display()) };
        version(manifest.v, path)?;
        manifest.plan.check().map_err(anyhow::Error::msg).with_context(|| format!("reading {}", path.display()))?;
        Ok(manifest)
    }

    /// Write it, whole or not at all.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        write(path, self)
    }
}

impl Begun {
    /// The run of the trial `id`, if a task has begun it.
    ///
    /// # Errors
    /// If the file cannot be read, or is none.
    pub fn read(study: &Folder, id: &str) -> Result<Option<Self>> {
        read(&begun(study, id)?)
    }

    /// Write it, whole or not at all.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn write(&self, study: &Folder, id: &str) -> Result<()> {
        write(&begun(study, id)?, self)
    }
}

fn begun(study: &Folder, id: &str) -> Result<PathBuf> {
    if id.is_empty() || !id.chars().all(|c| c.is_ascii_alphanumeric()) {
        bail!("{id:?} is no trial's name");
    }
    Ok(folder(study).join("trials").join(format!("{id}.json")))
}

/// The ends that were seen of a batch's tasks.
///
/// # Errors
/// If the file cannot be read, or is none.
pub fn read_ended(study: &Folder, number: u32) -> Result<Vec<Ended>> {
    Ok(read(&folder(study).join(format!("ended-{number:04}.json")))?.unwrap_or_default())
}

/// Keep the ends that were seen of a batch's tasks.
///
/// # Errors
/// If the folder cannot be written.
pub fn write_ended(study: &Folder, number: u32, ended: &[Ended]) -> Result<()> {
    write(&folder(study).join(format!("ended-{number:04}.json")), &ended)
}

fn version(found: u32, path: &Path) -> Result<()> {
    if found == VERSION {
        return Ok(());
    }
    bail!("{} is of format {found}, this program reads format {VERSION}", path.display())
}

/// The content of a JSON file; none where there is no such file.
fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    let doing = || format!("reading {}", path.display());
    match fs::metadata(path) {
        Ok(metadata) if metadata.len() > MOST_BYTES => bail!("{}: it is too large", doing()),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error).with_context(doing),
    }
    let bytes = fs::read(path).with_context(doing)?;
    serde_json::from_slice(&bytes).map(Some).with_context(doing)
}

fn write<T: Serialize>(path: &Path, content: &T) -> Result<()> {
    let bytes = serde_json::to_vec(content).with_context(|| format!("encoding {}", path.display()))?;
    replace(path, &bytes)
}
