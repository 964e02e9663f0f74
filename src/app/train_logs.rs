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

#[cfg(test)]
mod tests {
    use std::{
        fs::{self, File, OpenOptions},
        io::Write as _,
        time::SystemTime,
    };

    use super::*;

    /// A folder with one experiment in it, looked at as the dashboard does.
    struct Lab {
        folder: tempfile::TempDir,
        logs: TrainLogs,
        now: Duration,
    }

    impl Lab {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            let lab = Self { folder, logs: TrainLogs::new(Config::default()), now: Duration::ZERO };
            fs::create_dir(lab.experiment()).unwrap();
            fs::write(lab.log(), epoch(1, 0.9)).unwrap();
            lab
        }

        fn experiment(&self) -> PathBuf {
            self.folder.path().join("exp-Late-1")
        }

        fn log(&self) -> PathBuf {
            self.experiment().join("train.log")
        }

        fn append(&self, text: &str) {
            OpenOptions::new().append(true).open(self.log()).unwrap().write_all(text.as_bytes()).unwrap();
        }

        /// What is found at the next look that is due.
        fn look(&mut self) -> Changes {
            self.now = self.logs.next().max(self.now);
            let mut changes = Changes::default();
            self.logs.poll([self.experiment()].iter().map(PathBuf::as_path), self.now, &mut changes);
            changes
        }

        /// The first look that finds something.
        fn find(&mut self) -> Changes {
            (0..20).map(|_| self.look()).find(|changes| !changes.is_empty()).unwrap()
        }
    }

    fn epoch(number: usize, loss: f64) -> String {
        format!(
            "[2024-06-08 21:15:43] | epoch {number:>3} | time: 12.50s | training loss  1.40 |\n\
             [2024-06-08 21:15:45] | epoch {number:>3} | time:  1.94s | cv loss {loss:>5.2} | cv accuracy:  0.70 |\n"
        )
    }

    /// Epochs of the one run that was found.
    fn epochs(changes: &Changes) -> usize {
        let [found] = changes.found.as_slice() else { panic!("{changes:?}") };
        found.summary.epochs
    }

    #[test]
    fn an_experiment_is_listed_and_followed_once_it_is_opened() {
        let mut lab = Lab::new();
        let first = lab.look();
        assert_eq!((epochs(&first), first.tails.len()), (1, 0), "nobody asked for its events");
        assert!(lab.look().is_empty(), "nothing new");
        let entry = lab.logs.open(&lab.experiment()).unwrap();
        assert_eq!((entry.history.epochs.len(), entry.interrupted), (1, false));
        assert!(lab.logs.open(lab.folder.path()).is_none(), "there is no experiment");
        lab.append(&epoch(2, 0.8));
        let grown = lab.find();
        assert_eq!((epochs(&grown), grown.tails.len(), grown.tails[0].restarted), (2, 1, false));
        lab.logs.close(&lab.experiment());
        lab.append(&epoch(3, 0.7));
        let closed = lab.find();
        assert_eq!((epochs(&closed), closed.tails.len()), (3, 0));
    }

    #[test]
    fn what_is_quiet_is_looked_at_less_and_less_often() {
        let mut lab = Lab::new();
        lab.look();
        let mut waits = Vec::new();
        for _ in 0..40 {
            lab.look();
            waits.push(lab.logs.known[&lab.experiment()].wait);
        }
        assert!(waits.is_sorted() && waits.last() == Some(&LATE), "{waits:?}");
        lab.append(&epoch(2, 0.8));
        lab.find();
        assert_eq!(lab.logs.known[&lab.experiment()].wait, SOON);
    }

    #[test]
    fn another_training_in_the_same_log_takes_its_place() {
        let mut lab = Lab::new();
        lab.append(&epoch(2, 0.8));
        lab.look();
        lab.logs.open(&lab.experiment()).unwrap();
        lab.append(&epoch(1, 0.5));
        let anew = lab.find();
        assert_eq!((epochs(&anew), anew.gone.len()), (1, 0));
        assert!(anew.tails[0].restarted, "its events are all there are");
    }

    #[test]
    fn what_is_emptied_or_removed_is_gone_until_it_grows_again() {
        let mut lab = Lab::new();
        lab.look();
        lab.logs.open(&lab.experiment()).unwrap();
        fs::write(lab.log(), "").unwrap();
        let emptied = lab.find();
        assert_eq!((emptied.gone, emptied.found.len()), (vec![lab.experiment()], 0));
        lab.append(&epoch(1, 0.4));
        let again = lab.find();
        assert_eq!((epochs(&again), again.tails.len()), (1, 0), "whoever looked at it looked at another");
        fs::remove_file(lab.log()).unwrap();
        let removed = (0..20).map(|_| lab.look()).find(|changes| !changes.gone.is_empty()).unwrap();
        assert_eq!(removed.gone, [lab.experiment()]);
    }

    #[test]
    fn an_hour_of_silence_is_an_interruption_until_it_goes_on() {
        let mut lab = Lab::new();
        let ago = SystemTime::now() - Duration::from_hours(2);
        File::options().write(true).open(lab.log()).unwrap().set_modified(ago).unwrap();
        assert!(lab.look().found[0].interrupted);
        assert!(lab.logs.open(&lab.experiment()).unwrap().interrupted);
        lab.append(&epoch(2, 0.8));
        let on = lab.find();
        assert!(!on.found[0].interrupted && epochs(&on) == 2, "{on:?}");
        // Time alone ends it as well.
        File::options().write(true).open(lab.log()).unwrap().set_modified(ago).unwrap();
        assert!(lab.find().found[0].interrupted);
    }

    #[test]
    fn what_cannot_be_read_is_told_once() {
        let mut lab = Lab::new();
        lab.look();
        fs::remove_file(lab.log()).unwrap();
        fs::create_dir(lab.log()).unwrap();
        // The listing, which comes every few seconds, says that it is gone; a look before that cannot read it.
        let known = lab.logs.known.get_mut(&lab.experiment()).unwrap();
        let mut changes = Changes::default();
        let folder = lab.folder.path().join("exp-Late-1");
        known.look(&folder, &Config::default(), lab.now, &mut changes);
        known.look(&folder, &Config::default(), lab.now, &mut changes);
        assert_eq!(changes.problems.len(), 1, "{changes:?}");
        assert!(changes.problems[0].contains("reading the train.log in"), "{changes:?}");
    }
}
