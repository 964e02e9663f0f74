//! The event log: JSON Lines, one event a line, written by one process and read by any number.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Write as _},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;

use super::{History, brief, summary::window, writer};
use crate::protocol::{Envelope, LOG_VERSION, RunEvent};

/// The writing end. Holds a lock on the file for as long as it lives, so that a run has one writer.
#[derive(Debug)]
pub struct LogWriter {
    file: File,
    path: PathBuf,
    next_seq: u64,
}

impl LogWriter {
    /// Open the log at `path` for appending, creating it where it is missing, and return it with
    /// what it tells so far. An unfinished last line, left by a crash, is cut off.
    ///
    /// # Errors
    /// If the file cannot be opened, another process writes it, or a line in it is damaged.
    pub fn open(path: &Path) -> Result<(Self, History)> {
        let doing = || format!("opening the event log {}", path.display());
        let mut file = OpenOptions::new().read(true).append(true).create(true).open(path).with_context(doing)?;
        let locked = match file.try_lock() {
            Ok(()) => true,
            // Some network file systems have no locks.
            Err(TryLockError::Error(_)) => false,
            Err(TryLockError::WouldBlock) => bail!(taken(path)),
        };
        let mut reader = LogReader::new(path);
        let read = reader.read_from(&mut file).with_context(doing)?;
        if let Some(problem) = read.problems.first() {
            bail!("{}: {problem}; restore the file, or start a new run", doing());
        }
        let history = History::from_events(&read.events);
        let by = history.writer.as_ref().filter(|by| !history.is_over() && by.pid != std::process::id());
        if !locked && by.is_some_and(|by| writer::is_here(by) && !writer::is_gone(by)) {
            bail!(taken(path));
        }
        file.set_len(reader.offset).with_context(doing)?;
        Ok((Self { file, path: path.to_owned(), next_seq: history.next_seq }, history))
    }

    /// Append one event, stamped with the time `now`, and return it as it stands in the log.
    ///
    /// # Errors
    /// If it cannot be written whole: the disk is full, say.
    pub fn append(&mut self, event: RunEvent, now: Timestamp) -> Result<Envelope> {
        let envelope = Envelope { v: LOG_VERSION, seq: self.next_seq, t: now.as_millisecond(), event };
        let mut line =
            serde_json::to_vec(&envelope).with_context(|| format!("encoding an event for {}", self.path.display()))?;
        line.push(b'\n');
        let start = self.file.metadata().map(|metadata| metadata.len()).unwrap_or_default();
        if let Err(error) = self.file.write_all(&line) {
            // Take back the torn line, so that what is appended once there is room starts on a line of its own.
            let _ = self.file.set_len(start);
            return Err(error).with_context(|| format!("appending to {}; is the disk full?", self.path.display()));
        }
        self.next_seq += 1;
        Ok(envelope)
    }
}

fn taken(path: &Path) -> String {
    format!("opening the event log {}: another process is writing this run; stop it there first", path.display())
}

/// What a reader found since it last looked.
#[derive(Debug, Default)]
pub struct Read {
    pub events: Vec<Envelope>,
    /// One sentence for each damaged line.
    pub problems: Vec<String>,
    /// True where the file was truncated or replaced, so that `events` start anew.
    pub restarted: bool,
}

/// The reading end: remembers how far it has come and never blocks the writer.
#[derive(Clone, Debug)]
pub struct LogReader {
    path: PathBuf,
    offset: u64,
    lines: usize,
    /// The file that was read: another one of the same name is read from its start.
    inode: Option<u64>,
    /// The last bytes before `offset`. They tell another file that was given the same number, and one that
    /// was written anew.
    kept: Vec<u8>,
    without_losses: bool,
}

/// So many bytes before the place that was reached must be the same at the next look.
const KEPT: usize = 256;

impl LogReader {
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), offset: 0, lines: 0, inode: None, kept: Vec::new(), without_losses: false }
    }

    /// A reader that leaves out what most of a log is: the losses of the steps, each such line being a sign
    /// of life, and the confusions of the epochs, which are empty.
    #[must_use]
    pub fn without_losses(path: &Path) -> Self {
        Self { without_losses: true, ..Self::new(path) }
    }

    /// Read the events that were completed since the last call. An unfinished last line is left
    /// for the next one.
    ///
    /// # Errors
    /// If the file cannot be opened or read.
    pub fn read(&mut self) -> Result<Read> {
        let mut file =
            File::open(&self.path).with_context(|| format!("reading the event log {}", self.path.display()))?;
        self.read_from(&mut file)
    }

    fn read_from(&mut self, file: &mut File) -> Result<Read> {
        let what = format!("reading the event log {}", self.path.display());
        let (bytes, restarted) = self.take(file).context(what)?;
        let mut found = Read { restarted, ..Read::default() };
        let bytes = bytes.get(self.kept.len()..).unwrap_or_default();
        let complete = bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |end| end + 1);
        for line in bytes[..complete].split(|&byte| byte == b'\n') {
            self.lines += 1;
            if line.is_empty() {
                continue;
            }
            match self.event(line) {
                Ok(event) if event.v == LOG_VERSION => found.events.push(event),
                Ok(event) => found.problems.push(format!(
                    "line {} is of format {}, this program reads format {LOG_VERSION}",
                    self.lines, event.v
                )),
                Err(error) => found.problems.push(format!("line {} is damaged ({error})", self.lines)),
            }
        }
        // The split sees an empty piece after the last newline; it is no line.
        self.lines = self.lines.saturating_sub(1);
        self.offset += complete as u64;
        self.kept.extend_from_slice(bytes.get(complete.saturating_sub(KEPT)..complete).unwrap_or_default());
        self.kept.drain(..self.kept.len().saturating_sub(KEPT));
        Ok(found)
    }

    /// The bytes that were kept, and all after them; and whether the file is another one, so that these are
    /// all there are.
    fn take(&mut self, file: &mut File) -> io::Result<(Vec<u8>, bool)> {
        let facts = file.metadata()?;
        let replaced = self.inode.replace(facts.ino()).is_some_and(|known| known != facts.ino());
        if !replaced && facts.len() >= self.offset {
            let bytes = self.rest(file, facts.len())?;
            if bytes.starts_with(&self.kept) {
                return Ok((bytes, false));
            }
        }
        (self.offset, self.lines) = (0, 0);
        self.kept.clear();
        Ok((self.rest(file, facts.len())?, true))
    }

    /// The bytes that were kept, and those after them.
    fn rest(&self, file: &mut File, length: u64) -> io::Result<Vec<u8>> {
        let start = self.offset - self.kept.len() as u64;
        window(file, start, length.saturating_sub(start))
    }

    fn event(&self, line: &[u8]) -> serde_json::Result<Envelope> {
        let short = if self.without_losses { brief::event(line) } else { None };
        short.unwrap_or_else(|| serde_json::from_slice(line))
    }
}
