//! The runs that wait for the worker. It is given one at a time, when it has nothing else to do: what
//! waits here can still be moved, changed and taken out.

use std::{collections::VecDeque, path::Path};

use super::{State, form::differing};
use crate::{config::schema::Values, protocol::RunRequest};

/// The runs that were asked for and have not begun.
#[derive(Debug, Default)]
pub struct Queue {
    /// In the order in which they will be trained.
    pub waiting: VecDeque<Waiting>,
    /// What the worker was asked for last, until it begins.
    pub asked: Option<RunRequest>,
    /// The worker has said that it has nothing to do, and was asked for nothing since.
    pub free: bool,
    /// What waited when the dashboard was last left, until the person says what becomes of it.
    pub before: Vec<RunRequest>,
    /// The person is to be asked about it as soon as nothing else is in the way.
    pub unasked: bool,
    /// Number of the next entry.
    next: u64,
}

/// A run that waits.
#[derive(Clone, Debug, PartialEq)]
pub struct Waiting {
    /// Tells it from every other one, wherever it is moved to.
    pub id: u64,
    pub request: RunRequest,
}

impl Queue {
    /// Nothing waits, and nothing is about to begin.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.asked.is_none() && self.waiting.is_empty()
    }

    /// What begins next.
    #[must_use]
    pub fn first(&self) -> Option<&RunRequest> {
        self.requests().next()
    }

    /// Everything that has not begun, in order.
    pub fn requests(&self) -> impl Iterator<Item = &RunRequest> {
        self.asked.iter().chain(self.waiting.iter().map(|waiting| &waiting.request))
    }

    /// True where the run in `dir` waits to go on.
    #[must_use]
    pub fn resumes(&self, dir: &Path) -> bool {
        self.requests().any(|request| request.resume.as_deref() == Some(dir))
    }

    pub(in crate::tui) fn get_mut(&mut self, id: u64) -> Option<&mut Waiting> {
        self.waiting.iter_mut().find(|waiting| waiting.id == id)
    }

    pub(in crate::tui) fn push(&mut self, request: RunRequest) {
        let waiting = self.numbered(request);
        self.waiting.push_back(waiting);
    }

    /// Let `request` begin before all others.
    pub(in crate::tui) fn push_first(&mut self, request: RunRequest) {
        let waiting = self.numbered(request);
        self.waiting.push_front(waiting);
    }

    fn numbered(&mut self, request: RunRequest) -> Waiting {
        self.next += 1;
        Waiting { id: self.next, request }
    }
}

impl State {
    /// What tells `request` from a run with the settings that the program was started with: the seed, and
    /// what was set otherwise, each as it is written on the command line.
    pub(in crate::tui) fn told(&self, request: &RunRequest) -> String {
        if let Some(dir) = &request.resume {
            let name = dir.file_name().unwrap_or(dir.as_os_str()).to_string_lossy();
            let name = self.runs.get(dir).map_or(name, |run| run.title().into());
            let changes = request.changes.iter().map(|(key, value)| format!(", {} {}", key.title(), key.text(*value)));
            return format!("{name} goes on{}", changes.collect::<String>());
        }
        let values = Values::of(&request.config);
        let differing = differing(&self.base, &request.config).into_iter();
        let told = differing.filter(|entry| !matches!(entry.path.as_str(), "model.mode" | "train.seed"));
        let told = told.map(|entry| format!("{} {}", entry.key, values.text(entry)));
        let seed = format!("seed {}", request.config.train.seed);
        std::iter::once(seed).chain(told).collect::<Vec<_>>().join(", ")
    }
}
