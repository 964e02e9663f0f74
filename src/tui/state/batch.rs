//! Several runs that are asked for at once, and which of them are there already.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use super::{Run, State, Status, run::Opened};
use crate::{
    config::{Config, Mode, StudyConfig, identity},
    protocol::{Outcome, RunRequest},
};

/// The seeds that a run is repeated with.
pub const SEEDS: std::ops::Range<u64> = 0..5;

/// Runs that are asked for together. What is there already is known once some other runs were read.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    pub plan: Plan,
    /// Runs that could not be read.
    pub unreadable: BTreeSet<PathBuf>,
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Plan {
    /// One run of every mode, with the settings of new runs.
    Modes,
    /// The settings of these runs with each of [`SEEDS`].
    Seeds(Vec<PathBuf>),
}

/// One run of a batch.
#[derive(Clone, Debug, PartialEq)]
pub struct Wanted {
    pub request: RunRequest,
    /// What the data is known by, where a run on it is there.
    fingerprint: Option<String>,
}

impl Batch {
    #[must_use]
    pub fn new(plan: Plan) -> Self {
        Self { plan, unreadable: BTreeSet::new() }
    }
}

impl State {
    /// The runs that must be read before it is known what `batch` lacks.
    pub(in crate::tui) fn unread(&self, batch: &Batch) -> Vec<PathBuf> {
        let unread = |run: &&Run| run.opened != Opened::Yes && !batch.unreadable.contains(&run.dir);
        if let Plan::Seeds(sources) = &batch.plan {
            let sources = sources.iter().filter_map(|dir| self.runs.get(dir));
            let unread: Vec<PathBuf> = sources.filter(unread).map(|run| run.dir.clone()).collect();
            if !unread.is_empty() {
                return unread;
            }
        }
        let wanted = self.wanted_runs(batch);
        let candidate = |run: &&Run| wanted.iter().any(|wanted| self.may_be(run, wanted));
        self.runs.values().filter(unread).filter(candidate).map(|run| run.dir.clone()).collect()
    }

    /// The runs of `batch`, each once.
    pub(in crate::tui) fn wanted_runs(&self, batch: &Batch) -> Vec<Wanted> {
        let mut wanted: Vec<Wanted> = Vec::new();
        let mut add = |config: Config, fingerprint: Option<String>| {
            let new = Wanted { request: RunRequest { config, resume: None, changes: Vec::new() }, fingerprint };
            if !wanted.iter().any(|known| known.is_as(&new.request.config, new.fingerprint.as_deref())) {
                wanted.push(new);
            }
        };
        match &batch.plan {
            Plan::Modes => {
                for mode in Mode::ALL {
                    let mut config = self.config.clone();
                    config.model.mode = mode;
                    add(config, None);
                }
            }
            Plan::Seeds(sources) => {
                for run in sources.iter().filter_map(|dir| self.runs.get(dir)) {
                    let Some(config) = &run.config else { continue };
                    for seed in SEEDS {
                        let (runs, study) = (self.config.runs.clone(), StudyConfig::default());
                        let mut config = Config { runs, study, ..(**config).clone() };
                        config.train.seed = seed;
                        add(config, Some(run.fingerprint().to_owned()));
                    }
                }
            }
        }
        wanted
    }

    /// True where `wanted` was trained to its end, is trained now, or waits.
    pub(in crate::tui) fn is_there(&self, wanted: &Wanted) -> bool {
        let fresh = self.queue.requests().filter(|request| request.resume.is_none());
        let queued = fresh.map(|request| &request.config).any(|config| wanted.is_as(config, None));
        let is_it = |run: &Run| {
            let fingerprint = Some(run.fingerprint());
            let same = run.config.as_deref().is_some_and(|config| wanted.is_as(config, fingerprint));
            // A run whose settings were changed on the way is another one.
            same && run.history.changes.is_empty()
        };
        queued || self.runs.values().any(|run| self.may_be(run, wanted) && is_it(run))
    }

    /// True where `run` may turn out to be `wanted`, as far as lists tell.
    fn may_be(&self, run: &Run, wanted: &Wanted) -> bool {
        let Some(started) = &run.summary.started else { return false };
        let (config, whole) = (&wanted.request.config, self.status(run));
        let train = &config.train;
        let whole = matches!(
            whole,
            Status::Training
                | Status::Paused
                | Status::Elsewhere
                | Status::Ended(Outcome::Finished | Outcome::EarlyStopped)
        );
        whole
            && started.imported.is_none()
            && (started.mode, started.seed) == (config.model.mode, train.seed)
            && (started.epochs, started.early_stop) == (train.epochs, train.early_stop)
            && started.batch_size == train.batch_size
            && started.lr.to_bits() == train.lr.to_bits()
            && wanted.fingerprint.as_ref().is_none_or(|fingerprint| *fingerprint == started.fingerprint)
    }

    /// The run in `dir` cannot be read: nobody waits for it.
    pub(in crate::tui) fn is_unreadable(&mut self, dir: &Path) {
        if let Some(batch) = &mut self.library.batch {
            batch.unreadable.insert(dir.to_owned());
        }
    }
}

impl Wanted {
    /// True where a run with the settings `config` on the data of this `fingerprint` is the same.
    fn is_as(&self, config: &Config, fingerprint: Option<&str>) -> bool {
        let own = &self.request.config;
        let data = match (self.fingerprint.as_deref(), fingerprint) {
            (Some(own), Some(other)) => own == other,
            _ => identity::data(&own.data) == identity::data(&config.data),
        };
        data && identity::settings(own) == identity::settings(config)
    }
}
