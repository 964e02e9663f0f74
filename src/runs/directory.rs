//! The layout of one run directory.

use std::{
    fs,
    io::{self, Write as _},
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use jiff::Timestamp;

use crate::config::Config;

/// A run directory. One process writes it; any number read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunDir {
    path: PathBuf,
}

impl RunDir {
    /// The directory at `path`, which need not exist.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Make a new directory `<utc time>-<mode>-s<seed>[-n]` below `runs` and write the settings
    /// into it. Two processes that start in the same second get two directories.
    ///
    /// # Errors
    /// If the directory or the settings cannot be written.
    pub fn create(runs: &Path, config: &Config, now: Timestamp) -> Result<Self> {
        fs::create_dir_all(runs)
            .with_context(|| format!("creating the runs folder {}; name another with --runs", runs.display()))?;
        let time = now.strftime("%Y%m%dT%H%M%SZ");
        let base = format!("{time}-{}-s{}", config.model.mode, config.train.seed);
        for n in 1_u32.. {
            let name = if n == 1 { base.clone() } else { format!("{base}-{n}") };
            let dir = Self::at(runs.join(name));
            match fs::create_dir(&dir.path) {
                Ok(()) => {
                    replace(&dir.config(), config.of_run().to_toml().as_bytes())?;
                    return Ok(dir);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => {
                    return Err(error).with_context(|| {
                        format!("creating the run directory {}; name another folder with --runs", dir.path.display())
                    });
                }
            }
        }
        unreachable!("a folder does not hold four billion runs of one second")
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The directory's name, which is the run's name.
    #[must_use]
    pub fn name(&self) -> String {
        self.path.file_name().unwrap_or(self.path.as_os_str()).to_string_lossy().into_owned()
    }

    /// The settings as they were resolved.
    #[must_use]
    pub fn config(&self) -> PathBuf {
        self.path.join("config.toml")
    }

    /// What people wrote about the run.
    #[must_use]
    pub fn notes(&self) -> PathBuf {
        self.path.join("notes.toml")
    }

    #[must_use]
    pub fn events(&self) -> PathBuf {
        self.path.join("events.jsonl")
    }

    /// Where commands for the run's writer lie until it takes them.
    #[must_use]
    pub fn commands(&self) -> PathBuf {
        self.path.join("commands")
    }

    /// The model with the lowest validation loss.
    #[must_use]
    pub fn best(&self) -> PathBuf {
        self.path.join("best.safetensors")
    }

    /// Everything that training goes on from.
    #[must_use]
    pub fn last(&self) -> PathBuf {
        self.path.join("last").join("state.safetensors")
    }

    /// Where a model that a person wants kept before step `step` of `epoch` goes, below the directory.
    #[must_use]
    pub fn saved(&self, epoch: usize, step: u64) -> String {
        format!("saved/epoch-{epoch:04}-step-{step:08}.safetensors")
    }

    #[must_use]
    pub fn predictions(&self) -> PathBuf {
        self.path.join("prediction.csv")
    }

    /// What the best model so far predicts on the validation split.
    #[must_use]
    pub fn val_predictions(&self) -> PathBuf {
        self.path.join("prediction-val.csv")
    }

    #[must_use]
    pub fn result(&self) -> PathBuf {
        self.path.join("result.txt")
    }

    /// The settings that the run was started with.
    ///
    /// # Errors
    /// If the file is missing, unreadable or not a run's settings.
    pub fn read_config(&self) -> Result<Config> {
        let path = self.config();
        let text = fs::read_to_string(&path)
            .with_context(|| format!("reading the run's settings {}; is this a run directory?", path.display()))?;
        let table = text.parse().with_context(|| format!("reading the run's settings {}", path.display()))?;
        Config::deserialize_table(table)
            .map_err(|error| anyhow::anyhow!("{error}"))
            .with_context(|| format!("reading the run's settings {}", path.display()))
    }

    /// Remove the directory and all that is in it.
    ///
    /// # Errors
    /// If something in it cannot be removed.
    pub fn remove(&self) -> Result<()> {
        fs::remove_dir_all(&self.path).with_context(|| format!("removing the run directory {}", self.path.display()))
    }
}

/// Put `content` at `path` so that a reader, or a crash, sees the old file or the new one, never a
/// part: it is written beside, synced and renamed.
///
/// # Errors
/// If the folder cannot be written; the old file is then still there, and nothing beside it.
pub fn replace(path: &Path, content: &[u8]) -> Result<()> {
    let write = || -> io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let mut beside = tempfile::Builder::new().permissions(shared()).tempfile_in(folder)?;
        beside.write_all(content)?;
        beside.as_file().sync_all()?;
        beside.persist(path)?;
        Ok(())
    };
    write().with_context(|| format!("writing {}; is the disk full or the folder read-only?", path.display()))
}

/// What an ordinary new file gets, less the umask: a group reads its students' runs.
pub(super) fn shared() -> fs::Permissions {
    fs::Permissions::from_mode(0o666)
}
