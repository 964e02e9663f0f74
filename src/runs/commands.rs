//! Commands for a run that another process trains, on this host or on any that shares the folder.
//!
//! Each is a file of its own in the folder `commands` of the run directory, written beside, synced and
//! renamed, so that the run's writer finds it whole or not at all. Its name is its number: the time, a
//! count, and the host and the process that sent it, so that no two are the same and their order is that
//! of the names. The writer looks into the folder between batches, obeys every command that it takes, tells of
//! that in the event log, and removes the file.

mod inbox;

use std::{
    fs,
    io::{self, Write as _},
    path::Path,
    sync::Mutex,
};

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{RunDir, directory::shared, writer};
use crate::protocol::{Steer, Writer};
pub use inbox::{Arrived, Inbox, LOOK};

/// Version of the files' format.
const VERSION: u32 = 1;
/// What the name of a command's file ends in.
const ENDING: &str = "json";

/// What a file holds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Letter {
    v: u32,
    /// When it was sent, milliseconds since the Unix epoch, by the sender's clock.
    t: i64,
    by: Writer,
    /// How many events of the run's log the sender had seen. A writer that began after these is not the
    /// one that was meant; no clocks need to agree for that.
    seen: u64,
    what: Steer,
}

/// The last number that this process has given: the milliseconds, and a count within these.
static LAST: Mutex<(i64, u32)> = Mutex::new((0, 0));

/// Ask the writer of the run in `dir` for `what`; the command's number. `seen`: events of the run's log
/// that the decision is based on.
///
/// # Errors
/// If the folder cannot be written.
pub fn send(dir: &RunDir, what: Steer, seen: u64) -> Result<String> {
    let folder = dir.commands();
    // The run directory itself is not made anew where it is gone.
    match fs::create_dir(&folder) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            return Err(error)
                .with_context(|| format!("creating {}; may you write this run directory?", folder.display()));
        }
        Ok(()) | Err(_) => {}
    }
    let by = writer::this();
    let letter = Letter { v: VERSION, t: Timestamp::now().as_millisecond(), by, seen, what };
    let content = serde_json::to_vec(&letter).context("encoding a command")?;
    for _ in 0..TRIES {
        let name = number(letter.t, &letter.by);
        if place(&folder, &name, &content).with_context(|| {
            format!("writing a command into {}; is the disk full or the folder read-only?", folder.display())
        })? {
            return Ok(name);
        }
    }
    bail!("every name for a command in {} is taken", folder.display())
}

/// A number that is taken belongs to a process of the same number on a host of the same name.
const TRIES: usize = 100;

/// The next number of this process. They grow, whatever the clock does.
fn number(now: i64, by: &Writer) -> String {
    let mut last = LAST.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    *last = if now > last.0 { (now, 0) } else { (last.0, last.1.saturating_add(1)) };
    let (time, count) = *last;
    let plain = |c: char| if c.is_ascii_alphanumeric() || c == '.' { c } else { '_' };
    let host: String = by.host.chars().take(64).map(plain).collect();
    format!("{time:014}-{count:04}-{host}-{}", by.pid)
}

/// Put a file called `name` into `folder`, whole; false where there is one already.
fn place(folder: &Path, name: &str, content: &[u8]) -> io::Result<bool> {
    let mut beside = tempfile::Builder::new().permissions(shared()).tempfile_in(folder)?;
    beside.write_all(content)?;
    beside.as_file().sync_all()?;
    match beside.persist_noclobber(folder.join(name).with_added_extension(ENDING)) {
        Ok(_) => Ok(true),
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(error) => Err(error.error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_grow_also_where_the_clock_goes_back() {
        let by = Writer { host: "node/7 \u{1b}".to_owned(), pid: 42, ..Writer::default() };
        let mut numbers: Vec<_> = [5, 5, 4, 6, 6].map(|now| number(now + 4_000_000_000_000, &by)).to_vec();
        assert_eq!(numbers.first().map(String::as_str), Some("04000000000005-0000-node_7__-42"));
        let given = numbers.clone();
        numbers.sort();
        numbers.dedup();
        assert_eq!(numbers, given);
    }
}
