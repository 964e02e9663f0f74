//! The event log: JSON Lines, one event a line, written by one process and read by any number.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;
use serde::Deserialize;

use super::History;
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
        match file.try_lock() {
            // Some network file systems have no locks. The run directory's name is unique, so going on is safe.
            Ok(()) | Err(TryLockError::Error(_)) => {}
            Err(TryLockError::WouldBlock) => {
                bail!("{}: another process is writing this run; stop it there first", doing())
            }
        }
        let mut reader = LogReader::new(path);
        let read = reader.read_from(&mut file).with_context(doing)?;
        if let Some(problem) = read.problems.first() {
            bail!("{}: {problem}; restore the file, or start a new run", doing());
        }
        let history = History::from_events(&read.events);
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
    without_losses: bool,
}

impl LogReader {
    #[must_use]
    pub fn new(path: &Path) -> Self {
        Self { path: path.to_owned(), offset: 0, lines: 0, inode: None, without_losses: false }
    }

    /// A reader that leaves out the losses of the steps, which are most of a log: each such line counts
    /// as a sign of life.
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
        let doing = || format!("reading the event log {}", self.path.display());
        let facts = file.metadata().with_context(doing)?;
        let (length, inode) = (facts.len(), facts.ino());
        let replaced = self.inode.replace(inode).is_some_and(|known| known != inode);
        let mut found = Read { restarted: replaced || length < self.offset, ..Read::default() };
        if found.restarted {
            (self.offset, self.lines) = (0, 0);
        }
        if length == self.offset {
            return Ok(found);
        }
        file.seek(SeekFrom::Start(self.offset)).with_context(doing)?;
        let mut bytes = Vec::new();
        file.take(length - self.offset).read_to_end(&mut bytes).with_context(doing)?;
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
        Ok(found)
    }

    fn event(&self, line: &[u8]) -> serde_json::Result<Envelope> {
        // The type stands before what it is about, so that it need not be read to be recognised.
        let head = line.get(..line.len().min(HEAD)).unwrap_or_default();
        if self.without_losses && head.windows(STEPS.len()).any(|part| part == STEPS) {
            let Stamp { v, seq, t } = serde_json::from_slice(line)?;
            return Ok(Envelope { v, seq, t, event: RunEvent::Heartbeat });
        }
        serde_json::from_slice(line)
    }
}

/// Bytes of a line within which its type stands.
const HEAD: usize = 96;
const STEPS: &[u8] = br#""type":"steps""#;

/// What every line has.
#[derive(Deserialize)]
struct Stamp {
    v: u32,
    seq: u64,
    t: i64,
}
