//! A runs folder as it changes, whoever writes it.
//!
//! Files are looked at by size, time and identity, each as often as it is likely to have changed: a
//! notification would not cross a network file system. Only what is new in a log is read; of a run that
//! has ended, its first and its last line. Losses and confusions are read for the runs that were opened
//! alone, and nothing but a summary is kept of a run that is not being written.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsString,
    fs::{self, File, Metadata},
    io,
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::Result;
use rayon::prelude::*;

use super::{
    History, Notes, RunDir, RunEntry, Summary, list,
    log::{LogReader, Read},
    notes,
    relisting::{Relisting, stamp},
    writer,
};
use crate::protocol::Envelope;

/// What has just changed is looked at again so soon, and what has not less and less often.
const SOON: Duration = Duration::from_millis(500);
/// A run that is not over is looked at so often at least, to see whether its writer lives.
const ALIVE: Duration = Duration::from_secs(5);
/// One that is over may be resumed by anybody; the more there are, the less often each is looked at.
const OVER: Duration = Duration::from_secs(30);
const OVER_EACH: Duration = Duration::from_millis(8);
/// New directories are looked for so often.
const LISTING: Duration = Duration::from_secs(2);

/// A run as a list shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    pub dir: PathBuf,
    /// The directory's name.
    pub name: String,
    pub summary: Summary,
    pub notes: Notes,
    /// The run is not over, and its writer is known to be gone.
    pub interrupted: bool,
}

/// What was written to the log of an opened run.
#[derive(Clone, Debug, PartialEq)]
pub struct Tail {
    pub dir: PathBuf,
    pub events: Vec<Envelope>,
    /// The log was truncated or replaced: the events are all there are.
    pub restarted: bool,
}

/// What has changed since the last look.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// Runs that are new or not as they were.
    pub found: Vec<Listed>,
    /// Directories of runs that are not there any more.
    pub gone: Vec<PathBuf>,
    pub tails: Vec<Tail>,
    /// What could not be read, a sentence each, told once.
    pub problems: Vec<String>,
}

impl Changes {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self == &Self::default()
    }
}

/// Looks at folders of runs again and again.
#[derive(Debug)]
pub struct Watch {
    roots: Vec<Root>,
    runs: BTreeMap<PathBuf, Tracked>,
    /// The logs of the opened runs, as far as they have been read.
    open: BTreeMap<PathBuf, LogReader>,
    /// What was found wrong between two looks, for the next one to tell.
    untold: Vec<String>,
    list_at: Duration,
    /// When the first of the runs is due: to go through thousands at every look costs more than the look.
    due: Duration,
}

/// A folder that runs lie in.
#[derive(Debug)]
struct Root {
    path: PathBuf,
    /// It may be a run itself.
    itself: bool,
    /// Whether it was there, and the names in it that may be runs, as last listed; in order.
    there: bool,
    names: Vec<OsString>,
    relisting: Relisting,
    problem: Option<String>,
}

/// What is known of one directory.
#[derive(Debug, Default)]
struct Tracked {
    log: Option<Seen>,
    noted: Option<Seen>,
    /// The log of a run that is being written, as far as it has been read, and what it tells without losses.
    reader: Option<(LogReader, History)>,
    summary: Summary,
    notes: Notes,
    interrupted: bool,
    /// Its log could not be read, or its notes.
    problem: Option<String>,
    /// Damaged lines of its log that were told of.
    told: BTreeSet<String>,
    due: Duration,
    wait: Duration,
}

/// A file at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    size: u64,
    time: (i64, i64),
    inode: u64,
}

impl Seen {
    fn of(facts: &Metadata) -> Self {
        Self { size: facts.len(), time: (facts.mtime(), facts.mtime_nsec()), inode: facts.ino() }
    }
}

impl Watch {
    /// A watch over `folder`, which need not exist yet.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self::of(vec![Root::new(folder.into(), false)])
    }

    /// A watch over several folders, each of which holds runs or is one.
    #[must_use]
    pub fn over(folders: Vec<PathBuf>) -> Self {
        Self::of(folders.into_iter().map(|folder| Root::new(folder, true)).collect())
    }

    fn of(roots: Vec<Root>) -> Self {
        let (runs, open, untold) = Default::default();
        Self { roots, runs, open, untold, list_at: Duration::ZERO, due: Duration::ZERO }
    }

    /// Look at what is due. `now`: time since any fixed moment. The first call finds every run.
    pub fn poll(&mut self, now: Duration) -> Changes {
        let mut changes = Changes { problems: std::mem::take(&mut self.untold), ..Changes::default() };
        if now >= self.list_at {
            self.list(now, &mut changes);
        }
        if now >= self.due {
            self.look(now, &mut changes);
        }
        for (dir, reader) in &mut self.open {
            // Of a run that is gone the listing tells.
            let Ok(read) = reader.read() else { continue };
            if let Some(tracked) = self.runs.get_mut(dir) {
                tracked.tell(dir, &read, &mut changes.problems);
            }
            if read.restarted || !read.events.is_empty() {
                changes.tails.push(Tail { dir: dir.clone(), events: read.events, restarted: read.restarted });
            }
        }
        changes
    }

    /// Look at the runs that are due.
    fn look(&mut self, now: Duration, changes: &mut Changes) {
        let over = OVER.max(OVER_EACH.saturating_mul(u32::try_from(self.runs.len()).unwrap_or(u32::MAX)));
        let mut due: Vec<_> = self.runs.iter_mut().filter(|(_, tracked)| tracked.due <= now).collect();
        // Most of the time is spent waiting for files.
        let looked: Vec<(Option<Listed>, Vec<String>)> =
            due.par_iter_mut().map(|(dir, tracked)| tracked.look(dir, now, over)).collect();
        for (found, problems) in looked {
            changes.found.extend(found);
            changes.problems.extend(problems);
        }
        self.due = self.runs.values().map(|tracked| tracked.due).min().unwrap_or(Duration::MAX);
    }

    /// Look at everything with the next call of [`Watch::poll`].
    pub fn hurry(&mut self) {
        self.list_at = Duration::ZERO;
        for root in &mut self.roots {
            root.relisting.hurry();
        }
        for tracked in self.runs.values_mut() {
            tracked.due = Duration::ZERO;
        }
        self.due = Duration::ZERO;
    }

    /// When the next look is due, on the clock of [`Watch::poll`].
    #[must_use]
    pub fn next(&self, now: Duration) -> Duration {
        let opened = if self.open.is_empty() { Duration::MAX } else { now + SOON };
        self.due.min(self.list_at).min(opened)
    }

    /// Every run that is known, as it was last seen.
    #[must_use]
    pub fn listed(&self) -> Vec<Listed> {
        let told = self.runs.iter().filter(|(_, tracked)| tracked.log.is_some());
        told.map(|(dir, tracked)| tracked.listed(dir)).collect()
    }

    /// Read the run in `dir` whole; from now on [`Watch::poll`] tells what is added to its log, and next what
    /// is damaged in it that no look has seen.
    ///
    /// # Errors
    /// If its log cannot be read.
    pub fn open(&mut self, dir: &Path) -> Result<RunEntry> {
        let mut reader = LogReader::new(&RunDir::at(dir).events());
        let read = reader.read()?;
        match self.runs.get_mut(dir) {
            Some(tracked) => tracked.tell(dir, &read, &mut self.untold),
            None => self.untold.extend(list::damages(dir, &read)),
        }
        self.open.insert(dir.to_owned(), reader);
        // Settings that cannot be read are told of where they are needed.
        Ok(list::entry(&RunDir::at(dir), &read).0)
    }

    /// Follow the log of the run in `dir` no more.
    pub fn close(&mut self, dir: &Path) {
        self.open.remove(dir);
    }

    /// The watched directories that hold no event log.
    pub fn without_log(&self) -> impl Iterator<Item = &Path> {
        self.runs.iter().filter(|(_, tracked)| tracked.log.is_none()).map(|(dir, _)| dir.as_path())
    }

    /// Find directories that are new or gone.
    fn list(&mut self, now: Duration, changes: &mut Changes) {
        self.list_at = now + LISTING;
        let listed =
            self.roots.iter_mut().filter_map(|root| root.list(now, &mut changes.problems).then_some(())).count();
        if listed == 0 {
            return;
        }
        let names: BTreeSet<PathBuf> = self.roots.iter().flat_map(Root::directories).collect();
        self.runs.retain(|dir, tracked| {
            let stays = names.contains(dir);
            if !stays && tracked.log.is_some() {
                changes.gone.push(dir.clone());
            }
            stays
        });
        self.open.retain(|dir, _| names.contains(dir));
        for dir in names {
            self.runs.entry(dir).or_default();
        }
        self.due = Duration::ZERO;
    }
}

impl Root {
    fn new(path: PathBuf, itself: bool) -> Self {
        Self { path, itself, there: false, names: Vec::new(), relisting: Relisting::default(), problem: None }
    }

    /// What may be runs.
    fn directories(&self) -> impl Iterator<Item = PathBuf> {
        let itself = (self.itself && self.there).then(|| self.path.clone());
        itself.into_iter().chain(self.names.iter().map(|name| self.path.join(name)))
    }

    /// List the folder, where it says that something may have changed; true where something has.
    fn list(&mut self, now: Duration, problems: &mut Vec<String>) -> bool {
        let stamp = stamp(&self.path).ok();
        if !self.relisting.is_due(stamp, now) {
            return false;
        }
        let names = match directories(&self.path) {
            Ok(names) => names,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            // What cannot be listed is not gone.
            Err(error) => {
                let problem = format!("reading the runs folder {}: {error}", self.path.display());
                if self.problem.as_ref() != Some(&problem) {
                    problems.push(problem.clone());
                }
                self.problem = Some(problem);
                self.relisting.hurry();
                return false;
            }
        };
        self.problem = None;
        // A folder that has changed is listed ten times, nine of which say the same.
        let changed = (self.there, &self.names) != (stamp.is_some(), &names);
        (self.there, self.names) = (stamp.is_some(), names);
        changed
    }
}

/// The names of the directories in `folder` but hidden ones, in order. Whether they hold a run is seen when they
/// are looked at.
fn directories(folder: &Path) -> io::Result<Vec<OsString>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let hidden = entry.file_name().as_encoded_bytes().first() == Some(&b'.');
        // A link may lead to a directory.
        if !hidden && entry.file_type().is_ok_and(|kind| kind.is_dir() || kind.is_symlink()) {
            found.push(entry.file_name());
        }
    }
    found.sort_unstable();
    Ok(found)
}

impl Tracked {
    /// Look at the run in `dir`: how it stands, if that has changed, and what could not be read.
    fn look(&mut self, dir: &Path, now: Duration, over: Duration) -> (Option<Listed>, Vec<String>) {
        let mut problems = Vec::new();
        let place = RunDir::at(dir);
        let mut changed = self.look_at_notes(&place, &mut problems);
        match fs::metadata(place.events()) {
            Ok(facts) if facts.is_file() => {
                let seen = Seen::of(&facts);
                if self.log != Some(seen) {
                    match self.read(&place, seen, &mut problems) {
                        Ok(()) => changed = true,
                        Err(error) => self.complain(format!("{error:#}"), &mut problems),
                    }
                }
            }
            // A directory that holds no run, or none yet.
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => {
                self.complain(format!("reading the event log {}: {error}", place.events().display()), &mut problems);
            }
        }
        let by = self.summary.writer.as_ref().filter(|_| !self.summary.is_over());
        let interrupted = by.is_some_and(|by| writer::is_lost(by, self.summary.updated_at));
        changed |= interrupted != self.interrupted;
        self.interrupted = interrupted;
        let most = if self.summary.is_over() || interrupted { over } else { ALIVE };
        self.wait = if changed { SOON } else { (self.wait * 2).clamp(SOON, most) };
        if self.summary.is_over() {
            self.wait = most;
        }
        self.due = now + self.wait;
        let listed = (changed && self.log.is_some()).then(|| self.listed(dir));
        (listed, problems)
    }

    /// The run in `dir` as it was last seen.
    fn listed(&self, dir: &Path) -> Listed {
        Listed {
            dir: dir.to_owned(),
            name: RunDir::at(dir).name(),
            summary: self.summary.clone(),
            notes: self.notes.clone(),
            interrupted: self.interrupted,
        }
    }

    /// Take in what the log tells now.
    fn read(&mut self, place: &RunDir, seen: Seen, problems: &mut Vec<String>) -> Result<()> {
        let path = place.events();
        if self.log.is_none() {
            let ends = File::open(&path).and_then(|mut file| Summary::of_ends(&mut file, seen.size));
            if let Ok(Some(summary)) = ends {
                self.summary = summary;
                self.log = Some(seen);
                return Ok(());
            }
        }
        let (mut reader, mut history) =
            self.reader.take().unwrap_or_else(|| (LogReader::without_losses(&path), History::default()));
        let read = reader.read()?;
        if read.restarted {
            history = History::default();
            self.told.clear();
        }
        self.tell(place.path(), &read, problems);
        for event in &read.events {
            history.apply(event);
        }
        self.summary = Summary::of(&history);
        let before = self.log.replace(seen);
        self.problem = None;
        // What has grown under our eyes will go on growing. Of anything else, of which there may be
        // thousands, the summary is enough: it is read anew if it does go on.
        if before.is_some() && !history.is_over() {
            self.reader = Some((reader, history));
        }
        Ok(())
    }

    /// True where the notes are not what they were.
    fn look_at_notes(&mut self, place: &RunDir, problems: &mut Vec<String>) -> bool {
        let seen = fs::metadata(place.notes()).ok().map(|facts| Seen::of(&facts));
        if seen == self.noted {
            return false;
        }
        self.noted = seen;
        match notes::read(place) {
            Ok(notes) => std::mem::replace(&mut self.notes, notes.clone()) != notes,
            Err(error) => {
                self.complain(format!("{error:#}"), problems);
                false
            }
        }
    }

    /// Tell of damaged lines, each once.
    fn tell(&mut self, dir: &Path, read: &Read, problems: &mut Vec<String>) {
        problems.extend(list::damages(dir, read).into_iter().filter(|damage| self.told.insert(damage.clone())));
    }

    /// Tell of a problem, once.
    fn complain(&mut self, problem: String, problems: &mut Vec<String>) {
        if self.problem.as_ref() != Some(&problem) {
            problems.push(problem.clone());
        }
        self.problem = Some(problem);
    }
}
