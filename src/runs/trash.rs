//! Deleted runs: moved aside within the runs folder, so that they can come back.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail, ensure};

use super::{History, RunDir, Summary, log::LogReader, writer};

/// The folder of deleted runs below a runs folder.
pub const TRASH: &str = ".trash";

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
