//! The runs below a folder.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Result;

use super::{
    History, RunDir,
    log::{LogReader, Read},
    writer,
};
use crate::config::Config;

/// One run as it stands in a list.
#[derive(Clone, Debug, PartialEq)]
pub struct RunEntry {
    pub dir: PathBuf,
    /// The directory's name.
    pub name: String,
    pub history: History,
    /// The run's own settings; none where its `config.toml` cannot be read.
    pub config: Option<Box<Config>>,
    /// True where the run has not ended and its writer is known to be gone.
    pub interrupted: bool,
}

/// Read every run below `folder`, oldest first, and name in the second list what could not be
/// read. A folder that does not exist holds no runs.
#[must_use]
pub fn scan(folder: &Path) -> (Vec<RunEntry>, Vec<String>) {
    let mut problems = Vec::new();
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return (Vec::new(), problems),
        Err(error) => return (Vec::new(), vec![format!("reading the runs folder {}: {error}", folder.display())]),
    };
    let mut dirs: Vec<_> = entries.flatten().map(|entry| RunDir::at(entry.path())).collect();
    dirs.retain(|dir| dir.events().is_file());
    let mut runs = Vec::with_capacity(dirs.len());
    for dir in dirs {
        match read(&dir, &mut problems) {
            Ok(run) => runs.push(run),
            Err(error) => problems.push(format!("{error:#}")),
        }
    }
    // The names begin with the time, but only to the second.
    runs.sort_by(|a, b| (a.history.started_at, &a.name).cmp(&(b.history.started_at, &b.name)));
    (runs, problems)
}

/// Read the run in `dir`; damaged lines of its log, and settings that cannot be read, are left out
/// and named in `problems`.
///
/// # Errors
/// If its log cannot be read.
pub fn read(dir: &RunDir, problems: &mut Vec<String>) -> Result<RunEntry> {
    let read = LogReader::new(&dir.events()).read()?;
    problems.extend(damages(dir.path(), &read));
    let (entry, unset) = entry(dir, &read);
    problems.extend(unset);
    Ok(entry)
}

/// What is wrong with the log of the run in `dir`, of which `read` was read.
pub(super) fn damages(dir: &Path, read: &Read) -> Vec<String> {
    let log = RunDir::at(dir).events();
    read.problems.iter().map(|problem| format!("{}: {problem}", log.display())).collect()
}

/// The run in `dir` of whose log all was read, and why its settings are not there where they are not.
pub(super) fn entry(dir: &RunDir, read: &Read) -> (RunEntry, Option<String>) {
    let history = History::from_events(&read.events);
    let interrupted =
        !history.is_over() && history.writer.as_ref().is_some_and(|by| writer::is_lost(by, history.updated_at));
    let (config, unset) = match dir.read_config() {
        Ok(config) => (Some(Box::new(config)), None),
        Err(error) => (None, Some(format!("{error:#}"))),
    };
    (RunEntry { dir: dir.path().to_owned(), name: dir.name(), history, config, interrupted }, unset)
}
