//! What a study must know of a run besides: whether a person changed its settings, and why it was asked to
//! stop. A list tells it of a run that goes on. Of one that has ended its log is searched, once, for the
//! names of both, which are rare, and read only where one of them is there.

use std::{
    fs::File,
    io::{self, Read as _},
    path::Path,
};

use anyhow::{Context as _, Result};

use crate::{
    runs::{History, RunDir, Summary, log::LogReader},
    study::ledger,
};

/// Names of the events that are looked for.
const NAMES: [&[u8]; 2] = [b"\"setting_changed\"", b"\"stop_requested\""];
/// Bytes that are searched at a time.
const WINDOW: usize = 1 << 18;

/// What was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Traces {
    /// What a person changed while the run trained.
    pub changed: Option<String>,
    /// Why it was asked to stop.
    pub reason: Option<String>,
}

impl Traces {
    /// Those of a run that is not over.
    #[must_use]
    pub fn told(summary: &Summary) -> Self {
        Self { changed: ledger::changes(&summary.changes), reason: summary.stop_reason.clone() }
    }
}

/// The traces in the log of the run in `dir`.
///
/// # Errors
/// If the log cannot be read.
pub fn of(dir: &RunDir) -> Result<Traces> {
    let path = dir.events();
    let doing = || format!("reading the event log {}", path.display());
    if !mentions(&path).with_context(doing)? {
        return Ok(Traces::default());
    }
    let mut history = History::default();
    for event in &LogReader::without_losses(&path).read()?.events {
        history.apply(event);
    }
    Ok(Traces { changed: ledger::changes(&history.changes), reason: history.stop_reason })
}

/// True where the file at `path` holds one of the names.
fn mentions(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    let most = NAMES.iter().map(|name| name.len()).max().unwrap_or(0);
    let mut window = Vec::with_capacity(WINDOW + most);
    loop {
        let read = file.by_ref().take(WINDOW as u64).read_to_end(&mut window)?;
        if read == 0 {
            return Ok(false);
        }
        if holds(&window) {
            return Ok(true);
        }
        // A name may lie across two windows.
        let done = window.len().saturating_sub(most);
        window.drain(..done);
    }
}

/// A name begins with a quotation mark and a letter that few others begin with.
fn holds(bytes: &[u8]) -> bool {
    bytes.windows(2).enumerate().any(|(at, pair)| {
        pair == b"\"s" && bytes.get(at..).is_some_and(|rest| NAMES.iter().any(|name| rest.starts_with(name)))
    })
}
