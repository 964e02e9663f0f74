//! The folder of a study, `study-<name>` beside the runs: its plan, and how processes meet over it.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use anyhow::{Context as _, Result, bail};

use super::{
    Plan,
    beat::{Beat, touch},
};
use crate::{
    protocol::Writer,
    runs::{directory::replace, study::Found, writer},
};

/// What a study's folder is called before its name.
const PREFIX: &str = "study-";

/// How often, and how long each time, a process waits for one that only looks.
const LOOKS: usize = 5;
const LOOK: Duration = Duration::from_millis(20);

/// A study's folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    path: PathBuf,
}

/// Held while a process trains the study. Hosts that do not see each other's locks see the file that names
/// the process: it is touched now and then, and goes with the lock.
#[derive(Debug)]
pub struct Lock {
    folder: Folder,
    /// Ends before the record of the process is removed.
    beat: Option<Beat>,
    _file: File,
}

impl Drop for Lock {
    fn drop(&mut self) {
        drop(self.beat.take());
        // Another host may have begun, where it cannot see the lock.
        if self.folder.engine() == Some(writer::this()) {
            let _ = fs::remove_file(self.folder.engine_file());
        }
    }
}

impl Folder {
    /// The folder of the study `name` whose runs are in `runs`. It need not exist.
    #[must_use]
    pub fn of(runs: &Path, name: &str) -> Self {
        Self::at(&runs.join(format!("{PREFIX}{name}")))
    }

    /// The folder at `path`, which may be `.`: the runs lie beside it.
    #[must_use]
    pub fn at(path: &Path) -> Self {
        Self { path: std::path::absolute(path).unwrap_or_else(|_| path.to_owned()) }
    }

    /// The studies whose trials are in `runs`, the one that was run last first. A folder that does not
    /// exist holds none.
    ///
    /// # Errors
    /// If the folder cannot be read.
    pub fn all(runs: &Path) -> Result<Vec<Found>> {
        let entries = match fs::read_dir(runs) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error).with_context(|| format!("reading the runs folder {}", runs.display())),
        };
        let found = entries.flatten().filter_map(|entry| {
            let name = entry.file_name().to_string_lossy().strip_prefix(PREFIX)?.to_owned();
            let folder = Self::at(&entry.path());
            let written = fs::metadata(folder.plan()).ok().filter(fs::Metadata::is_file)?;
            let time = written.modified().ok().and_then(|time| jiff::Timestamp::try_from(time).ok());
            Some(Found { folder: folder.path, name, changed: time.map(jiff::Timestamp::as_millisecond) })
        });
        let mut found: Vec<Found> = found.collect();
        found.sort_by(|a, b| b.changed.cmp(&a.changed).then_with(|| a.name.cmp(&b.name)));
        Ok(found)
    }

    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder of the runs that the study's trials are.
    #[must_use]
    pub fn runs(&self) -> &Path {
        self.path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    /// The study's trials.
    #[must_use]
    pub fn plan(&self) -> PathBuf {
        self.path.join("plan.json")
    }

    /// Why trials failed that have no run; see [`super::failure`].
    #[must_use]
    pub fn failures(&self) -> PathBuf {
        self.path.join("failed")
    }

    fn stop(&self) -> PathBuf {
        self.path.join("stop")
    }

    fn lock_file(&self) -> PathBuf {
        self.path.join("lock")
    }

    /// The plan; none where the study was never run.
    ///
    /// # Errors
    /// If it cannot be read, or is none.
    pub fn read_plan(&self) -> Result<Option<Plan>> {
        let path = self.plan();
        let doing = || format!("reading the study's plan {}", path.display());
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error).with_context(doing),
        };
        let plan: Plan = serde_json::from_slice(&bytes).with_context(doing)?;
        plan.check().map_err(anyhow::Error::msg).with_context(doing)?;
        Ok(Some(plan))
    }

    /// Write the plan, whole or not at all.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn write_plan(&self, plan: &Plan) -> Result<()> {
        let bytes = serde_json::to_vec_pretty(plan).context("encoding the study's plan")?;
        replace(&self.plan(), &bytes)
    }

    /// Become the one process that trains the study. What an earlier one was asked is forgotten.
    ///
    /// # Errors
    /// If another process does so, or the folder cannot be written.
    pub fn lock(&self) -> Result<Lock> {
        let path = self.lock_file();
        let doing = || format!("taking the study's lock {}", path.display());
        fs::create_dir_all(&self.path)
            .with_context(|| format!("creating {}; name another folder with --runs", self.path.display()))?;
        let file = OpenOptions::new().write(true).create(true).truncate(false).open(&path).with_context(doing)?;
        // Whoever looks whether the study is being run holds the lock for a moment.
        let mut taken = file.try_lock();
        for _ in 0..LOOKS {
            if matches!(taken, Err(TryLockError::WouldBlock)) {
                thread::sleep(LOOK);
                taken = file.try_lock();
            }
        }
        match taken {
            Ok(()) => {}
            // Some network file systems have no locks; what the other process wrote must do.
            Err(TryLockError::Error(_)) if !self.is_named() => {}
            Err(TryLockError::Error(_) | TryLockError::WouldBlock) => {
                let who = self.engine().map_or_else(String::new, |it| format!(", process {} on {}", it.pid, it.host));
                bail!(
                    "this study is being run{who}; follow it with `avsc-tui study status {0}`, end it with `avsc-tui \
                     study stop {0}`",
                    self.path.display()
                );
            }
        }
        let here = serde_json::to_vec(&writer::this()).context("encoding this process's name")?;
        replace(&self.engine_file(), &here)?;
        match fs::remove_file(self.stop()) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(error).with_context(|| format!("removing {}", self.stop().display()))?;
            }
            Ok(()) | Err(_) => {}
        }
        let engine = self.engine_file();
        let keep = move || {
            touch(&engine);
            true
        };
        let beat = Beat::start("study", keep).context("starting the thread that tells other hosts of this process")?;
        Ok(Lock { folder: self.clone(), beat: Some(beat), _file: file })
    }

    fn engine_file(&self) -> PathBuf {
        self.path.join("engine.json")
    }

    /// The process that trains the study, or was killed as it did so.
    #[must_use]
    pub fn engine(&self) -> Option<Writer> {
        serde_json::from_slice(&fs::read(self.engine_file()).ok()?).ok()
    }

    /// True where a process trains the study: it holds the lock, or is on another host, whose locks are
    /// perhaps not seen here, and was heard of lately.
    #[must_use]
    pub fn is_running(&self) -> bool {
        let Ok(file) = File::open(self.lock_file()) else { return false };
        match file.try_lock_shared() {
            Ok(()) => self.engine().is_some_and(|engine| !writer::is_here(&engine)) && self.is_named(),
            Err(TryLockError::WouldBlock) => true,
            Err(TryLockError::Error(_)) => self.is_named(),
        }
    }

    /// True where a process is named that trains the study, and that is not known to be gone: a process of
    /// this host that is there, or one of another that was heard of lately.
    fn is_named(&self) -> bool {
        let silent = || writer::silence(&self.engine_file()).is_ok_and(|silence| silence > writer::SILENT);
        self.engine().is_some_and(|engine| !writer::is_gone(&engine) && (writer::is_here(&engine) || !silent()))
    }

    /// Ask the process that trains the study, on whichever host, to stop.
    ///
    /// # Errors
    /// If the folder cannot be written.
    pub fn ask_to_stop(&self) -> Result<()> {
        replace(&self.stop(), b"")
    }

    /// True once that was asked.
    #[must_use]
    pub fn is_asked_to_stop(&self) -> bool {
        self.stop().exists()
    }
}

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::*;

    #[test]
    fn a_study_of_another_host_runs_also_where_its_lock_is_not_seen() {
        let runs = tempfile::tempdir().unwrap();
        let folder = Folder::of(runs.path(), "x");
        let lock = folder.lock().unwrap();
        assert!(folder.is_running() && folder.engine() == Some(writer::this()));
        drop(lock);
        assert!(!folder.is_running() && folder.engine().is_none(), "who ends it takes its name away");

        let named = |engine: &Writer, seconds| {
            fs::write(folder.engine_file(), serde_json::to_vec(engine).unwrap()).unwrap();
            let then = SystemTime::now() - Duration::from_secs(seconds);
            File::options().write(true).open(folder.engine_file()).unwrap().set_modified(then).unwrap();
            folder.is_running()
        };
        let elsewhere = Writer { host: "elsewhere".to_owned(), pid: 1, started: 1, ..Writer::default() };
        assert!(named(&elsewhere, 0) && named(&elsewhere, 540));
        assert!(!named(&elsewhere, 660), "it has been silent");
        assert!(!named(&writer::this(), 0), "locks of this host are seen");
    }

    #[test]
    fn a_study_has_one_name_wherever_the_runs_folder_is_named_from() {
        let here = tempfile::tempdir_in(".").unwrap();
        let runs = PathBuf::from(here.path().file_name().unwrap());
        let folder = Folder::of(&runs, "x");
        fs::create_dir_all(folder.path()).unwrap();
        fs::write(folder.plan(), "{}").unwrap();
        let found = Folder::all(&runs).unwrap();
        assert_eq!(found.iter().map(|found| &*found.folder).collect::<Vec<_>>(), [folder.path()]);
    }
}
