//! The runs below a folder.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Result;

use super::{History, RunDir, log::LogReader, writer};
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
    read_with(dir, &mut LogReader::new(&dir.events()), problems)
}

/// The same with a reader of its log that goes on from there.
pub(super) fn read_with(dir: &RunDir, reader: &mut LogReader, problems: &mut Vec<String>) -> Result<RunEntry> {
    let read = reader.read()?;
    problems.extend(read.problems.iter().map(|problem| format!("{}: {problem}", dir.events().display())));
    let history = History::from_events(&read.events);
    let interrupted = !history.is_over() && history.writer.as_ref().is_some_and(writer::is_gone);
    let config = dir.read_config().map_err(|error| problems.push(format!("{error:#}"))).ok().map(Box::new);
    Ok(RunEntry { dir: dir.path().to_owned(), name: dir.name(), history, config, interrupted })
}
