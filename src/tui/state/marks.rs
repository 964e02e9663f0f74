//! The marked runs. They stay marked whatever is listed: a filter leaves them out of sight, not out.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
};

use super::{Run, State, Status};

/// Which runs are marked, and what follows from that. It is made anew only when marks, rows or runs have
/// changed: a frame asks a dozen times, and there may be ten thousand of them.
#[derive(Debug, Default)]
pub struct Marks {
    dirs: HashSet<PathBuf>,
    /// The rows of the marked runs that are listed, rising.
    rows: Vec<usize>,
    /// The marked runs that are not listed, by their names.
    unlisted: Vec<PathBuf>,
    /// The marked runs that are being trained, and of the others one of each state: what can be done with
    /// some of these can be done with some of all.
    samples: Vec<PathBuf>,
    pub(super) outdated: bool,
}

impl Marks {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.dirs.is_empty()
    }

    #[must_use]
    pub fn len(&self) -> usize {
        self.dirs.len()
    }

    #[must_use]
    pub fn contains(&self, dir: &Path) -> bool {
        self.dirs.contains(dir)
    }

    /// Marked runs that are not listed.
    #[must_use]
    pub fn unlisted(&self) -> usize {
        self.unlisted.len()
    }

    /// True where the run in `dir` is marked and not listed.
    #[must_use]
    pub fn is_unlisted(&self, dir: &PathBuf) -> bool {
        self.unlisted.binary_search(dir).is_ok()
    }

    /// Mark the run in `dir`, or take the mark away.
    pub fn toggle(&mut self, dir: PathBuf) {
        if !self.dirs.remove(&dir) {
            self.dirs.insert(dir);
        }
        self.outdated = true;
    }

    /// Mark these runs and no others.
    pub fn set(&mut self, dirs: impl IntoIterator<Item = PathBuf>) {
        self.dirs = dirs.into_iter().collect();
        self.outdated = true;
    }
}

impl State {
    /// Bring what follows from the marks up to date.
    pub(super) fn settle_marks(&mut self) {
        if !std::mem::take(&mut self.table.marked.outdated) {
            return;
        }
        let mut here = 0;
        let mut kinds = HashSet::new();
        let mut samples = Vec::new();
        let marked = &self.table.marked;
        for run in self.runs.values().filter(|run| !marked.is_empty() && marked.contains(&run.dir)) {
            here += 1;
            let status = self.status(run);
            if status.is_on() || kinds.insert((status.word(), run.is_imported())) {
                samples.push(run.dir.clone());
            }
        }
        let State { runs, table, .. } = self;
        let marks = &mut table.marked;
        if here < marks.dirs.len() {
            marks.dirs.retain(|dir| runs.contains_key(dir));
        }
        let rows = table.rows.iter().enumerate();
        marks.rows = rows.filter(|(_, dir)| marks.dirs.contains(*dir)).map(|(at, _)| at).collect();
        marks.unlisted.clear();
        if marks.rows.len() < marks.dirs.len() {
            let listed: HashSet<&PathBuf> = marks.rows.iter().filter_map(|at| table.rows.get(*at)).collect();
            marks.unlisted = marks.dirs.iter().filter(|dir| !listed.contains(dir)).cloned().collect();
            marks.unlisted.sort_unstable();
        }
        marks.samples = samples;
    }

    /// The marked runs: those that are listed in the order of the table, then the others.
    pub(in crate::tui) fn marked(&self) -> impl Iterator<Item = &Run> {
        let Marks { rows, unlisted, .. } = &self.table.marked;
        let listed = rows.iter().filter_map(|at| self.table.rows.get(*at));
        listed.chain(unlisted).filter_map(|dir| self.runs.get(dir))
    }

    /// The runs that an action is for: the marked ones, in the order of the table, else the chosen one.
    pub(in crate::tui) fn targets(&self) -> Vec<&Run> {
        if self.table.marked.is_empty() { self.chosen_run().into_iter().collect() } else { self.marked().collect() }
    }

    /// True where an action on marked or chosen runs has something to act on.
    pub(in crate::tui) fn has_targets(&self) -> bool {
        !self.table.marked.is_empty() || self.chosen_run().is_some()
    }

    /// Enough of [`Self::targets`] to tell what can be done with them: all that are being trained, and of
    /// the others one of each state.
    pub(super) fn target_samples(&self) -> Vec<&Run> {
        if self.table.marked.is_empty() {
            return self.chosen_run().into_iter().collect();
        }
        self.table.marked.samples.iter().filter_map(|dir| self.runs.get(dir)).collect()
    }
}

impl Status {
    /// True where the run is being trained, or may be.
    fn is_on(&self) -> bool {
        match self {
            Self::Training | Self::Paused | Self::Stopping | Self::Elsewhere | Self::Silent(_) => true,
            Self::Interrupted | Self::Failed | Self::Ended(_) => false,
        }
    }
}
