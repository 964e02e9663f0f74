//! Deleted runs: moved aside within the runs folder, so that they can come back.

use std::{
    fs,
    io::{self, Read as _, Write as _},
    path::{Component, Path, PathBuf},
};

use anyhow::{Context as _, Result, bail, ensure};
use serde::{Deserialize, Serialize};

use super::{History, RunDir, Summary, log::LogReader, writer};

/// The folder of deleted runs below a runs folder.
pub const TRASH: &str = ".trash";

/// The trash's record of what was deleted together: a line for each time, the last one at the end.
const RECORD: &str = "deleted.jsonl";
/// Of a longer record only the end is read.
const MOST_RECORD: u64 = 1 << 20;

/// A line of the record.
#[derive(Serialize, Deserialize)]
struct Deletion {
    /// Names of the runs, and what lies in the trash for each.
    runs: Vec<(String, String)>,
}

/// Move the run in `dir` to the trash of its runs folder; where it lies now.
///
/// # Errors
/// If a process that may be alive writes the run, or it cannot be moved.
pub fn remove(dir: &Path) -> Result<PathBuf> {
    let doing = || format!("deleting {}", dir.display());
    let (Some(folder), Some(name)) = (dir.parent(), dir.file_name()) else { bail!("{}: it is no run", doing()) };
    let log = RunDir::at(dir).events();
    ensure!(log.is_file(), "{}: there is no run any more", doing());
    let read = LogReader::without_losses(&log).read().with_context(doing)?;
    let summary = Summary::of(&History::from_events(&read.events));
    // Of a run that is over there is no writer.
    if let Some(writer) = summary.writer.filter(|writer| !writer::is_gone(writer)) {
        // Nobody can ask another host for its processes, but a writer is never silent for long.
        let silent = !writer::is_here(&writer) && writer::silence(&log).with_context(doing)? > writer::SILENT;
        let host = writer.host.escape_debug();
        ensure!(silent, "{}: a process on {host} may still be writing it; stop that first", doing());
    }
    let trash = folder.join(TRASH);
    fs::create_dir_all(&trash).with_context(doing)?;
    // Runs of one name may have been deleted before.
    for n in 1_u32..10_000 {
        let mut to = name.to_owned();
        if n > 1 {
            to.push(format!("-{n}"));
        }
        let to = trash.join(to);
        if fs::symlink_metadata(&to).is_ok() {
            continue;
        }
        return fs::rename(dir, &to).with_context(doing).map(|()| to);
    }
    bail!("{}: the trash {} holds thousands of that name; empty it", doing(), trash.display())
}

/// Put the run that lies in the trash at `from` back to `dir`.
///
/// # Errors
/// If something else is there by now, or it cannot be moved.
pub fn restore(from: &Path, dir: &Path) -> Result<()> {
    let doing = || format!("bringing back {}", dir.display());
    match fs::symlink_metadata(dir) {
        Ok(_) => bail!("{}: something else has that name now; it stays in {}", doing(), from.display()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error).with_context(doing),
    }
    fs::rename(from, dir).with_context(doing)
}

/// Take note of runs that were deleted together, each with where it was and where it lies, so that another
/// start of the program can bring them back.
///
/// # Errors
/// If the record of their trash cannot be written.
pub fn record(moved: &[(&Path, &Path)]) -> Result<()> {
    let Some(trash) = moved.first().and_then(|(_, lies)| lies.parent()) else { return Ok(()) };
    // Several folders may be watched: each trash tells of its own.
    let (here, elsewhere): (Vec<_>, Vec<_>) = moved.iter().partition(|(_, lies)| lies.parent() == Some(trash));
    let name = |path: &Path| Some(path.file_name()?.to_str()?.to_owned());
    let runs = here.into_iter().filter_map(|(was, lies)| Some((name(was)?, name(lies)?))).collect();
    let path = trash.join(RECORD);
    let append = || -> Result<()> {
        let line = serde_json::to_string(&Deletion { runs })? + "\n";
        let mut file = fs::OpenOptions::new().create(true).append(true).open(&path)?;
        file.write_all(line.as_bytes())?;
        Ok(())
    };
    append().with_context(|| format!("taking note of a deletion in {}", path.display()))?;
    record(&elsewhere)
}

/// What was deleted together from the runs folder `folder` and still lies in its trash, each run with where it
/// was and where it lies; the last deletion at the end. What cannot be read is no deletion.
#[must_use]
pub fn deletions(folder: &Path) -> Vec<Vec<(PathBuf, PathBuf)>> {
    let trash = folder.join(TRASH);
    let text = tail(&trash.join(RECORD)).unwrap_or_default();
    let mut seen = std::collections::BTreeSet::new();
    let mut found: Vec<Vec<(PathBuf, PathBuf)>> = Vec::new();
    // A place in the trash may have been used again: the later deletion is the one that lies there.
    for line in text.lines().rev() {
        let Ok(Deletion { runs }) = serde_json::from_str(line) else { continue };
        let names = runs.iter().filter(|(was, lies)| is_name(was) && is_name(lies));
        let places = names.map(|(was, lies)| (folder.join(was), trash.join(lies)));
        let there = places.filter(|(_, lies)| lies.is_dir() && seen.insert(lies.clone())).collect::<Vec<_>>();
        if !there.is_empty() {
            found.push(there);
        }
    }
    found.reverse();
    found
}

/// The end of the file at `path`.
fn tail(path: &Path) -> io::Result<String> {
    use io::Seek as _;
    let mut file = fs::File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(io::SeekFrom::Start(length.saturating_sub(MOST_RECORD)))?;
    let mut bytes = Vec::new();
    file.take(MOST_RECORD).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// False for what leads out of a folder.
fn is_name(text: &str) -> bool {
    let mut parts = Path::new(text).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None))
}

/// How many runs lie in the trash of the runs folder `folder`, and the bytes of their files.
#[must_use]
pub fn size(folder: &Path) -> (usize, u64) {
    let runs = lying(folder).unwrap_or_default();
    (runs.len(), runs.iter().map(|run| bytes(run)).sum())
}

fn bytes(path: &Path) -> u64 {
    let Ok(facts) = fs::symlink_metadata(path) else { return 0 };
    if !facts.is_dir() {
        return facts.len();
    }
    let entries = fs::read_dir(path).into_iter().flatten().flatten();
    entries.map(|entry| bytes(&entry.path())).sum()
}

/// What lies in the trash of `folder`, but its record. A link in the trash's place leads elsewhere, and is none.
fn lying(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let trash = folder.join(TRASH);
    match fs::symlink_metadata(&trash) {
        Ok(facts) if facts.is_dir() => {}
        Ok(_) => return Ok(Vec::new()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    }
    let entries = fs::read_dir(trash)?.collect::<io::Result<Vec<_>>>()?;
    Ok(entries.into_iter().filter(|entry| entry.file_name() != RECORD).map(|entry| entry.path()).collect())
}

/// Delete what lies in the trash of the runs folder `folder` for good; how many runs that were.
///
/// # Errors
/// If something cannot be deleted; what was deleted before stays so.
pub fn empty(folder: &Path) -> Result<usize> {
    let trash = folder.join(TRASH);
    let runs = lying(folder).with_context(|| format!("reading the trash {}", trash.display()))?;
    for run in &runs {
        let is_dir = fs::symlink_metadata(run).is_ok_and(|facts| facts.is_dir());
        let deleted = if is_dir { fs::remove_dir_all(run) } else { fs::remove_file(run) };
        deleted.with_context(|| format!("deleting {} for good", run.display()))?;
    }
    match fs::remove_file(trash.join(RECORD)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("deleting the record of {}", trash.display()))
        }
        _ => Ok(runs.len()),
    }
}
