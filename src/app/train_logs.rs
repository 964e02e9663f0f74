//! Experiments of the course framework among the watched folders, shown as runs while they grow.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    time::Duration,
};

use jiff::Timestamp;

use crate::{
    config::Config,
    exchange::growing::Growing,
    runs::{Changes, Listed, RunDir, RunEntry, Summary, Tail, notes},
};

/// An experiment's log is looked at so often while it grows, and less and less often when it does not.
const SOON: Duration = Duration::from_secs(1);
const LATE: Duration = Duration::from_secs(30);
/// New experiments are looked for so often.
const SEARCH: Duration = Duration::from_secs(5);
/// A log that has not grown for so long, in milliseconds, is that of a training which is over.
const OVER_MS: i64 = 60 * 60 * 1000;

/// The experiments that are known.
#[derive(Debug)]
pub struct TrainLogs {
    config: Config,
    known: BTreeMap<PathBuf, Known>,
    search_at: Duration,
}

#[derive(Debug)]
struct Known {
    log: Growing,
    open: bool,
    interrupted: bool,
    problem: Option<String>,
    due: Duration,
    wait: Duration,
}

impl TrainLogs {
    #[must_use]
    pub fn new(config: Config) -> Self {
        Self { config, known: BTreeMap::new(), search_at: Duration::ZERO }
    }

    /// Look at what is due, on any clock that goes on, and add what was found to `changes`. `folders`:
    /// those that hold no run of ours.
    pub fn poll<'a>(&mut self, folders: impl Iterator<Item = &'a Path>, now: Duration, changes: &mut Changes) {
        if now >= self.search_at {
            self.search_at = now + SEARCH;
            let found: BTreeSet<PathBuf> =
                folders.filter(|folder| Growing::is_in(folder)).map(Path::to_owned).collect();
            self.known.retain(|folder, _| {
                let stays = found.contains(folder);
                if !stays {
                    changes.gone.push(folder.clone());
                }
                stays
            });
            for folder in found {
                self.known.entry(folder.clone()).or_insert_with(|| Known::new(&folder, now));
            }
        }
        for (folder, known) in &mut self.known {
            if known.due <= now {
                known.look(folder, &self.config, now, changes);
            }
        }
    }

    /// When the next look is due, if there is one, on the clock of [`TrainLogs::poll`].
    #[must_use]
    pub fn next(&self) -> Duration {
        self.known.values().map(|known| known.due).chain([self.search_at]).min().unwrap_or(self.search_at)
    }

    /// The whole of the experiment in `folder`, if it is known; from now on every event is told.
    pub fn open(&mut self, folder: &Path) -> Option<RunEntry> {
        let known = self.known.get_mut(folder)?;
        known.open = true;
        Some(RunEntry {
            dir: folder.to_owned(),
            name: RunDir::at(folder).name(),
            history: known.log.history().clone(),
            config: None,
            interrupted: known.interrupted,
        })
    }

    pub fn close(&mut self, folder: &Path) {
        if let Some(known) = self.known.get_mut(folder) {
            known.open = false;
        }
    }
}

impl Known {
    fn new(folder: &Path, now: Duration) -> Self {
        Self { log: Growing::new(folder), open: false, interrupted: false, problem: None, due: now, wait: SOON }
    }

    fn look(&mut self, folder: &Path, config: &Config, now: Duration, changes: &mut Changes) {
        let grown = match self.log.look(config) {
            Ok(grown) => {
                self.problem = None;
                grown
            }
            Err(error) => {
                let problem = format!("reading the train.log in {}: {error}", folder.display());
                if self.problem.as_ref() != Some(&problem) {
                    changes.problems.push(problem.clone());
                }
                self.problem = Some(problem);
                self.due = now + LATE;
                return;
            }
        };
        let quiet = Timestamp::now().as_millisecond().saturating_sub(self.log.changed()) > OVER_MS;
        let differs = grown.restarted || !grown.events.is_empty() || quiet != self.interrupted;
        self.interrupted = quiet;
        self.wait = if differs { SOON } else { (self.wait * 2).min(LATE) };
        self.due = now + self.wait;
        let history = self.log.history();
        if history.started.is_none() {
            // Emptied: what was told of it is no more.
            if grown.restarted {
                self.open = false;
                changes.gone.push(folder.to_owned());
            }
            return;
        }
        if !differs {
            return;
        }
        changes.found.push(Listed {
            dir: folder.to_owned(),
            name: RunDir::at(folder).name(),
            summary: Summary::of(history),
            notes: notes::read(&RunDir::at(folder)).unwrap_or_default(),
            interrupted: quiet,
        });
        if self.open {
            changes.tails.push(Tail { dir: folder.to_owned(), events: grown.events, restarted: grown.restarted });
        }
    }
}
