//! One run as the dashboard knows it.

use std::path::PathBuf;

use crate::{
    config::{Config, Mode},
    metrics::Confusion,
    protocol::{Envelope, Outcome, RunEvent, SplitResult},
    runs::{History, Listed, Notes, RunEntry, Stage, Summary},
    tui::Predicted,
};

use super::curves::Curves;

/// A writer that is not known to be gone and was silent for so long is doubted, in milliseconds.
const SILENT_MS: i64 = 30_000;

/// A run: what lists show of it and, once it was opened, its whole history.
#[derive(Clone, Debug)]
pub struct Run {
    pub dir: PathBuf,
    pub name: String,
    pub summary: Summary,
    pub notes: Notes,
    /// Changes of the notes that are not written yet: what is read meanwhile is older.
    pub(in crate::tui) unwritten: u32,
    /// Empty until the run was opened.
    pub history: History,
    pub(in crate::tui) opened: Opened,
    /// What the worker told before the history was there.
    backlog: Vec<Envelope>,
    /// When its log was last seen to grow, milliseconds since the Unix epoch; 0: not yet.
    heard_at: i64,
    /// When it was first seen in its folder.
    seen_at: Option<i64>,
    /// What charts draw; kept up to date while the run is shown or pinned.
    pub(in crate::tui) curves: Curves,
    /// The writer was gone when the folder was last scanned.
    pub interrupted: bool,
    /// The run's own settings, where its directory was read.
    pub config: Option<Box<Config>>,
    /// A scan has seen its directory.
    pub on_disk: bool,
}

/// Whether the history of a run is there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Opened {
    #[default]
    No,
    Asked,
    Yes,
}

/// How far a run is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    Training,
    Paused,
    Stopping,
    /// Another process trains it.
    Elsewhere,
    /// Another process may be training it, but has said nothing for so many seconds.
    Silent(i64),
    Interrupted,
    Failed,
    Ended(Outcome),
}

impl Status {
    pub(in crate::tui) fn word(&self) -> &'static str {
        match self {
            Self::Training => "training",
            Self::Paused => "paused",
            Self::Stopping => "stopping",
            Self::Elsewhere => "elsewhere",
            Self::Silent(_) => "silent",
            Self::Interrupted => "interrupted",
            Self::Failed => "failed",
            Self::Ended(Outcome::Finished) => "finished",
            Self::Ended(Outcome::EarlyStopped) => "early stop",
            Self::Ended(Outcome::Stopped) => "stopped",
        }
    }

    pub(in crate::tui) fn is_failed(&self) -> bool {
        matches!(self, Self::Failed)
    }

    /// True where the run can go on from its last epoch.
    pub(in crate::tui) fn is_resumable(&self) -> bool {
        matches!(self, Self::Interrupted | Self::Failed | Self::Ended(Outcome::Stopped))
    }
}

impl Run {
    /// A run of which nothing is known yet.
    pub(in crate::tui) fn new(dir: PathBuf) -> Self {
        let name = dir.file_name().unwrap_or(dir.as_os_str()).to_string_lossy().into_owned();
        Self {
            dir,
            name,
            summary: Summary::default(),
            notes: Notes::default(),
            unwritten: 0,
            history: History::default(),
            opened: Opened::No,
            backlog: Vec::new(),
            heard_at: 0,
            seen_at: None,
            curves: Curves::default(),
            interrupted: false,
            config: None,
            on_disk: false,
        }
    }

    /// Take in how the run stands in its folder. Of one that the worker trains, or whose log is followed
    /// event by event, more is known already.
    pub(in crate::tui) fn list(&mut self, listed: Listed, live: bool, now: i64) {
        let grown = self.on_disk && listed.summary.next_seq > self.summary.next_seq;
        if grown {
            self.heard_at = now;
        }
        self.seen_at.get_or_insert(now);
        self.on_disk = true;
        self.name = listed.name;
        if self.unwritten == 0 {
            self.notes = listed.notes;
        }
        if !live {
            self.interrupted = listed.interrupted;
            if self.opened != Opened::Yes {
                self.summary = listed.summary;
            }
        }
    }

    /// Take in the whole history, unless more is known already.
    pub(in crate::tui) fn open(&mut self, entry: RunEntry, live: bool) {
        self.config = entry.config.or(self.config.take());
        if entry.history.next_seq >= self.history.next_seq {
            self.history = entry.history;
            self.interrupted = entry.interrupted && !live;
        }
        for envelope in std::mem::take(&mut self.backlog) {
            self.history.apply(&envelope);
        }
        self.opened = Opened::Yes;
        self.summary = Summary::of(&self.history);
    }

    /// Let go of the history.
    pub(in crate::tui) fn close(&mut self) {
        (self.history, self.curves, self.config) = Default::default();
        self.opened = Opened::No;
    }

    /// Take in the next event. True where lists show the run otherwise from now on.
    pub(in crate::tui) fn take(&mut self, envelope: &Envelope) -> bool {
        // The worker's clock is the dashboard's.
        self.heard_at = self.heard_at.max(envelope.t);
        // A run that begins is known from its first event on.
        if self.opened != Opened::Yes && envelope.seq == 0 {
            self.history = History::default();
            self.opened = Opened::Yes;
        }
        if self.opened == Opened::Yes {
            self.history.apply(envelope);
        } else {
            self.backlog.push(envelope.clone());
        }
        if matches!(envelope.event, RunEvent::Steps { .. } | RunEvent::Heartbeat) {
            self.summary.touch(envelope);
            return false;
        }
        if self.opened == Opened::Yes {
            self.summary = Summary::of(&self.history);
        } else {
            self.summary.touch(envelope);
            if matches!(envelope.event, RunEvent::ResumedFrom { .. }) {
                self.summary.stage = Stage::Training;
            }
        }
        true
    }

    /// Take in what another process wrote to the log.
    pub(in crate::tui) fn follow(&mut self, events: &[Envelope], restarted: bool, now: i64) {
        if self.opened != Opened::Yes {
            return;
        }
        if restarted {
            (self.history, self.curves) = Default::default();
        }
        for event in events {
            self.history.apply(event);
        }
        self.summary = Summary::of(&self.history);
        self.heard_at = now;
    }

    /// Sequence number of the event that is expected next from the worker.
    pub(in crate::tui) fn next_seq(&self) -> u64 {
        if self.opened == Opened::Yes { self.history.next_seq } else { 0 }
    }

    pub(in crate::tui) fn mode(&self) -> Option<Mode> {
        self.summary.started.as_ref().map(|started| started.mode)
    }

    /// What the newer of two runs has more of; of two that began together, one always comes first.
    pub(in crate::tui) fn newness(&self) -> (i64, &std::ffi::OsStr) {
        (self.summary.started_at, self.dir.as_os_str())
    }

    pub(in crate::tui) fn is_demo(&self) -> bool {
        self.summary.started.as_ref().is_some_and(|started| started.demo)
    }

    /// True where another program trained it.
    pub(in crate::tui) fn is_imported(&self) -> bool {
        self.summary.started.as_ref().is_some_and(|started| started.imported.is_some())
    }

    /// What the data of the run is known by.
    pub(in crate::tui) fn fingerprint(&self) -> &str {
        self.summary.started.as_ref().map_or("", |started| &started.fingerprint)
    }

    /// What people call it.
    pub(in crate::tui) fn title(&self) -> &str {
        if self.notes.label.is_empty() { &self.name } else { &self.notes.label }
    }

    /// How long nothing was heard of the run, in milliseconds.
    pub(in crate::tui) fn silent(&self, now: i64) -> i64 {
        // The clock of another host may be another: what was seen to arrive counts as well, and what it says
        // of a time that had not come when the run was first seen does not.
        let told = self.seen_at.map_or(self.summary.updated_at, |seen| self.summary.updated_at.min(seen));
        now.saturating_sub(told.max(self.heard_at)).max(0)
    }

    /// `now`: milliseconds since the Unix epoch.
    pub(in crate::tui) fn status(&self, live: bool, now: i64) -> Status {
        match &self.summary.stage {
            Stage::Ended(outcome) => Status::Ended(*outcome),
            Stage::Failed(_) => Status::Failed,
            _ if self.interrupted && !live => Status::Interrupted,
            _ if !live => {
                let silent = self.silent(now);
                if silent < SILENT_MS { Status::Elsewhere } else { Status::Silent(silent / 1000) }
            }
            Stage::Paused => Status::Paused,
            Stage::Stopping => Status::Stopping,
            Stage::Empty | Stage::Training => Status::Training,
        }
    }

    /// Scores on the test split, once there are any.
    pub(in crate::tui) fn test(&self) -> Option<&SplitResult> {
        self.history.finished().and_then(|finished| finished.test.as_ref())
    }

    /// The confusion to show and where it is from: the test split if asked for and there, the best
    /// epoch's validation once the run is over, the newest epoch's before that.
    ///
    /// An imported run has none of the validation split; its test result stands in for it.
    pub(in crate::tui) fn confusion(&self, test: bool) -> Option<(&Confusion, String)> {
        let test = test || self.history.imported().is_some();
        if test && let Some(result) = self.test().filter(|test| test.confusion.classes() > 0) {
            let epoch = self.history.finished().and_then(|finished| finished.best_epoch);
            let epoch = epoch.map_or_else(String::new, |epoch| format!(" of epoch {epoch}"));
            return Some((&result.confusion, format!("test{epoch}")));
        }
        let best = self.history.best_epoch().filter(|_| self.history.is_over());
        let (result, which) = match best {
            Some(best) => (best, ", the best"),
            None => (&self.history.epochs.last()?.result, ""),
        };
        if result.confusion.classes() == 0 {
            return None;
        }
        Some((&result.confusion, format!("val of epoch {}{which}", result.epoch)))
    }

    /// The epoch that [`Self::confusion`] is of, where that is known.
    pub(in crate::tui) fn confusion_epoch(&self, test: bool) -> Option<usize> {
        let test = test || self.history.imported().is_some();
        if test && self.test().is_some_and(|result| result.confusion.classes() > 0) {
            return self.history.finished().and_then(|finished| finished.best_epoch);
        }
        let best = self.history.best_epoch().filter(|_| self.history.is_over());
        best.or_else(|| self.history.epochs.last().map(|record| &record.result)).map(|result| result.epoch)
    }

    /// The predictions on the validation split after `epoch`, where they are kept: they are the best epoch's.
    pub(in crate::tui) fn validated(&self, epoch: Option<usize>) -> Option<Predicted> {
        let kept = self.history.best.map(|(best, _)| best).filter(|best| Some(*best) == epoch)?;
        self.history.imported().is_none().then_some(Predicted::Val(kept))
    }
}
