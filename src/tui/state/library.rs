//! Which runs are open: the histories of those that are looked at are there, of all others only what lists
//! show.

use std::path::{Path, PathBuf};

use crate::{config::Mode, runs::Stage};

use super::{Overlay, Run, Screen, State, batch::Batch, run::Opened};
use crate::tui::Effect;

/// Histories that are kept beyond those that are looked at, so that coming back needs no reading.
const MOST_OPEN: usize = 24;

/// What is known of all runs together.
#[derive(Debug, Default)]
pub struct Library {
    /// The newest run of each mode.
    newest: [Option<PathBuf>; 6],
    demo: bool,
    /// Open runs, the one that was looked at last at the end.
    open: Vec<PathBuf>,
    /// What is to be done with runs as soon as they are open, in order.
    pub intents: Vec<(PathBuf, Intent)>,
    /// What was asked for together, until it is known how much of it is there.
    pub batch: Option<Batch>,
}

/// What needs the settings of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Intent {
    Resume,
    /// Train a run with the same settings.
    Retry,
    /// The same with another seed.
    Clone {
        seed: u64,
    },
    /// Ask how many epochs more it shall be trained.
    Extend,
    /// Show them with this seed, so that they can be changed.
    Vary {
        seed: u64,
    },
}

impl State {
    /// Runs were added or taken away.
    pub(in crate::tui) fn reindex(&mut self) {
        let mut newest: [Option<&Run>; 6] = [None; 6];
        for run in self.runs.values() {
            let Some(slot) = run.mode().and_then(|mode| newest.get_mut(mode.index())) else { continue };
            let key = |run: &Run| run.summary.started_at;
            if slot.is_none_or(|known| key(run) >= key(known)) {
                *slot = Some(run);
            }
        }
        self.library.newest = newest.map(|run| run.map(|run| run.dir.clone()));
        self.library.demo = self.runs.values().any(Run::is_demo);
        self.table.outdated = true;
    }

    /// The newest run of `mode`; a live one counts as the newest.
    #[must_use]
    pub fn newest(&self, mode: Mode) -> Option<&Run> {
        let live = self.live_run().filter(|run| run.mode() == Some(mode));
        live.or_else(|| self.runs.get(self.library.newest.get(mode.index())?.as_ref()?))
    }

    /// True where some run is on the demo set.
    pub(in crate::tui) fn has_demo_runs(&self) -> bool {
        self.library.demo
    }

    /// The runs whose histories are needed now.
    fn wanted(&self) -> Vec<PathBuf> {
        let mut wanted: Vec<PathBuf> = self.pins.clone();
        wanted.extend(self.live.as_ref().map(|live| live.dir.clone()));
        wanted.extend(self.shown().map(|run| run.dir.clone()));
        // The answers to commands stand in the logs.
        wanted.extend(self.sent.iter().map(|sent| sent.dir.clone()));
        if let Some(Overlay::Adjust(form)) = &self.overlay {
            wanted.extend(form.dirs.iter().cloned());
        }
        wanted.extend(self.library.intents.iter().map(|(dir, _)| dir.clone()));
        wanted.extend(self.library.batch.iter().flat_map(|batch| self.unread(batch)));
        if self.screen == Screen::Compare {
            wanted.extend(self.compared_open());
        }
        wanted
    }

    /// Ask for the histories that are needed and not there, and let go of those that are not looked at.
    pub(in crate::tui) fn settle_library(&mut self) -> Vec<Effect> {
        let wanted = self.wanted();
        let mut effects = Vec::new();
        for dir in &wanted {
            let Some(run) = self.runs.get_mut(dir) else { continue };
            if run.opened == Opened::No {
                run.opened = Opened::Asked;
                effects.push(Effect::Open { dir: dir.clone() });
            }
            self.library.open.retain(|known| known != dir);
            self.library.open.push(dir.clone());
        }
        self.library.open.retain(|dir| self.runs.contains_key(dir));
        while self.library.open.len() > MOST_OPEN.max(wanted.len()) {
            let dir = self.library.open.remove(0);
            if let Some(run) = self.runs.get_mut(&dir) {
                run.close();
                effects.push(Effect::Close { dir });
            }
        }
        effects
    }

    /// The first of the intents whose run is open, or is not there any more.
    pub(in crate::tui) fn next_intent(&mut self) -> Option<(PathBuf, Intent)> {
        let State { library, runs, .. } = self;
        library.intents.retain(|(dir, _)| runs.contains_key(dir));
        let ready = |dir: &Path| runs.get(dir).is_some_and(|run| run.opened == Opened::Yes);
        let at = library.intents.iter().position(|(dir, _)| ready(dir))?;
        Some(library.intents.remove(at))
    }

    /// True while a run is listed that another process may be writing: how long it has been silent is told.
    #[must_use]
    pub fn waits_for_others(&self) -> bool {
        self.runs.values().any(|run| !run.summary.is_over() && !run.interrupted && !self.is_live(&run.dir))
    }

    /// True where the word for the state of some listed run is another than `now` milliseconds ago: the
    /// passing of time makes a writer silent.
    pub(in crate::tui) fn falls_silent(&self, before: i64) -> bool {
        let on = |run: &&Run| !run.summary.is_over() && run.summary.stage != Stage::Empty;
        self.runs.values().filter(on).any(|run| {
            let live = self.is_live(&run.dir);
            run.status(live, before) != run.status(live, self.now)
        })
    }
}
