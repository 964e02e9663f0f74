//! Trials that failed before they had a run directory, in which a run tells of its own failure:
//! `study-<name>/failed/<trial>.json`. A run that is begun later supersedes the record.

use std::{collections::HashMap, fs, io};

use anyhow::{Context as _, Result};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Folder;
use crate::{
    protocol::Writer,
    runs::{directory::replace, writer},
};

/// Reasons are some lines.
const MOST_BYTES: u64 = 1 << 20;

/// Why a trial could not be begun, or gone on with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The chain of causes, outermost first.
    pub errors: Vec<String>,
    /// Milliseconds since the Unix epoch.
    pub t: i64,
    pub writer: Writer,
}

/// Write down why the trial `id` failed.
///
/// # Errors
/// If the folder cannot be written.
pub fn write(folder: &Folder, id: &str, errors: &[String]) -> Result<()> {
    let t = Timestamp::now().as_millisecond();
    let failure = Failure { errors: errors.to_vec(), t, writer: writer::this() };
    let bytes = serde_json::to_vec(&failure).context("encoding a failure")?;
    replace(&folder.failures().join(format!("{id}.json")), &bytes)
}

/// Forget the failure of the trial `id`, which has a run now.
pub fn forget(folder: &Folder, id: &str) {
    let _ = fs::remove_file(folder.failures().join(format!("{id}.json")));
}

/// All of them, by trial; what cannot be read is named in the list.
#[must_use]
pub fn read(folder: &Folder) -> (HashMap<String, Failure>, Vec<String>) {
    let (mut found, mut problems) = (HashMap::new(), Vec::new());
    let path = folder.failures();
    let entries = match fs::read_dir(&path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return (found, problems),
        Err(error) => return (found, vec![format!("reading {}: {error}", path.display())]),
    };
    for path in entries.flatten().map(|entry| entry.path()) {
        let (Some(id), true) = (path.file_stem(), path.extension().is_some_and(|ending| ending == "json")) else {
            continue;
        };
        let read = || -> Result<Failure> {
            anyhow::ensure!(fs::metadata(&path)?.len() <= MOST_BYTES, "it is too large");
            Ok(serde_json::from_slice(&fs::read(&path)?)?)
        };
        match read() {
            Ok(failure) => {
                found.insert(id.to_string_lossy().into_owned(), failure);
            }
            // It was forgotten while it was looked at.
            Err(_) if !path.exists() => {}
            Err(error) => problems.push(format!("reading {}: {error:#}", path.display())),
        }
    }
    (found, problems)
}
