//! What the dashboard knows. Only [`super::update()`] changes it.

mod adjust;
pub mod batch;
pub(super) mod chart;
pub(super) mod comparison;
pub(super) mod curves;
pub mod dialog;
pub mod field;
pub mod form;
pub mod journal;
pub mod library;
mod marks;
pub mod overlay;
pub(super) mod pins;
pub mod prompt;
pub mod queue;
mod remembered;
pub mod run;
pub(super) mod series;
pub(super) mod steering;
pub(super) mod study;
pub mod table;
pub(super) mod tables;
pub mod undo;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

pub use adjust::Adjust;
pub(super) use chart::ChartView;
pub(super) use comparison::{Comparison, Detail};
pub use dialog::{Answer, Dialog};
pub use field::Field;
pub use form::Form;
pub use journal::{Journal, Level};
pub use library::{Intent, Library};
pub use overlay::{Overlay, Search};
pub use prompt::{Ask, Prompt};
pub use queue::{Queue, Waiting};
pub use remembered::Remembered;
pub use run::{Run, Status};
pub(super) use study::{StudyPane, StudyScreen};
pub use table::RunTable;
pub(super) use tables::{ClassView, MatrixView, Predictions};
pub use undo::Undo;

use crate::{
    config::{Config, Mode, Theme},
    protocol::{DataSummary, Progress, StopMode},
    runs::{self, history::State as Stage},
};

use super::{
    GpuUsage, Usage,
    keymap::{Action, Keymap, Place},
};

/// How long a notice stays in the footer, in milliseconds.
const NOTICE_MS: i64 = 5_000;

/// Everything the dashboard shows.
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own, not a state of one machine")]
#[derive(Debug)]
pub struct State {
    /// Settings of new runs; the mode is that of the chosen tab.
    pub(super) config: Config,
    /// The same as the program was started with.
    pub(super) base: Config,
    pub(super) keys: Keymap,
    /// Columns and rows of the terminal, as last told.
    pub(super) size: (u16, u16),
    /// The theme of the settings, whatever was chosen since.
    pub(super) settings_theme: Theme,
    /// The mouse is the dashboard's, not the terminal's.
    pub(super) mouse: bool,
    /// Milliseconds since the Unix epoch, as last told.
    pub(super) now: i64,
    pub(super) screen: Screen,
    pub(super) mode: Mode,
    pub(super) runs: BTreeMap<PathBuf, Run>,
    pub(super) library: Library,
    pub(super) table: RunTable,
    pub(super) comparison: Comparison,
    pub(super) study: StudyScreen,
    /// What can be undone, the last at the end.
    pub(super) undo: Vec<Undo>,
    /// Directories of runs that were discarded: late events must not bring them back.
    pub(super) discarded: BTreeSet<PathBuf>,
    /// A run that is shown although it is not the newest of its mode.
    pub(super) picked: Option<PathBuf>,
    /// Runs that were trained since the dashboard opened, in order, and those among all that diverged.
    pub(super) sitting: Vec<PathBuf>,
    pub(super) diverged: BTreeSet<PathBuf>,
    pub(super) live: Option<Live>,
    pub(super) queue: Queue,
    /// Commands to other processes that are not acknowledged yet, oldest first.
    pub(super) sent: Vec<steering::Sent>,
    /// Runs are looked at and steered, and none is trained here.
    pub(super) watching: bool,
    pub(super) progress: Option<Progress>,
    pub(super) data: Option<DataSummary>,
    /// Why the last attempt to start a run of a mode failed: the chain of causes, outermost first.
    pub(super) refused: BTreeMap<Mode, Vec<String>>,
    pub(super) worker: Worker,
    /// The devices that there are, and whether the settings' one was chosen among them here.
    pub(super) devices: Vec<String>,
    pub(super) device_chosen: bool,
    /// The first scan of the runs folder is still to come.
    pub(super) opening: bool,
    /// A report was asked for and is not written yet.
    pub(super) reporting: bool,
    pub(super) dialog: Option<Dialog>,
    /// Help or palette, beneath a dialog.
    pub(super) overlay: Option<Overlay>,
    pub(super) view: ViewOptions,
    pub(super) chart: ChartView,
    pub(super) matrix: MatrixView,
    pub(super) classes: ClassView,
    /// Runs that the shown one is compared with, oldest pin first.
    pub(super) pins: Vec<PathBuf>,
    /// Runs whose curves are kept up to date.
    followed: Vec<PathBuf>,
    pub(super) switches: pins::Switches,
    /// What the shown run predicted on the test split, once a cell of it was looked at.
    pub(super) predictions: Option<Predictions>,
    /// Lines that the Log screen is scrolled up from its end.
    pub(super) log_up: usize,
    pub(super) journal: Journal,
    /// As last measured; it counts while a run is on.
    pub(super) usage: Option<Usage>,
    /// What the live run's GPU does, as last told.
    pub(super) gpu: Option<GpuUsage>,
    keeping: remembered::Keeping,
    /// Where the mouse's button is held down, in a chart.
    pub(super) held: Option<(u16, u16)>,
    /// The file that keeps what libraries print.
    pub(super) output_log: Option<String>,
    pub(super) dirty: bool,
}

/// The screens, in the order of the Tab key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Screen {
    Train,
    Runs,
    Compare,
    Study,
    Log,
}

impl Screen {
    pub(super) const ALL: [Self; 5] = [Self::Train, Self::Runs, Self::Compare, Self::Study, Self::Log];

    pub(super) fn title(self) -> &'static str {
        match self {
            Self::Train => "Train",
            Self::Runs => "Runs",
            Self::Compare => "Compare",
            Self::Study => "Study",
            Self::Log => "Log",
        }
    }

    /// The same where there is little room.
    pub(super) fn short_title(self) -> &'static str {
        match self {
            Self::Train => "Tra",
            Self::Runs => "Run",
            Self::Compare => "Com",
            Self::Study => "Stu",
            Self::Log => "Log",
        }
    }

    pub(super) fn next(self) -> Self {
        match self {
            Self::Train => Self::Runs,
            Self::Runs => Self::Compare,
            Self::Compare => Self::Study,
            Self::Study => Self::Log,
            Self::Log => Self::Train,
        }
    }

    pub(super) fn previous(self) -> Self {
        self.next().next().next().next()
    }
}

/// The run that the worker trains now.
#[derive(Clone, Debug, PartialEq)]
pub struct Live {
    pub dir: PathBuf,
    /// The device that was asked for, where it was asked for here.
    pub device: Option<String>,
    /// When this process began to train it, and how many seconds it had been trained before.
    pub since: i64,
    pub before: f64,
    /// A pause (true) or its end (false) that was asked for and is not acknowledged yet.
    pub pause_asked: Option<bool>,
    /// A stop that was asked for.
    pub stop_asked: Option<StopMode>,
}

/// Whether the worker is there, and what it was told about ending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Worker {
    Present,
    /// It was asked to end, and the dashboard leaves when it has.
    Leaving,
    Gone,
}

/// What the worker is doing, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Activity {
    Idle,
    Loading,
    Training,
    Validating,
    Paused,
    Stopping,
    Testing,
    Gone,
}

/// What the user chose to look at.
#[allow(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ViewOptions {
    /// The test split where it has been scored; otherwise the validation split.
    pub test: bool,
    /// The pane that small screens show, and that keys go to where it is `focused`.
    pub pane: Pane,
    pub focused: bool,
    /// The pane alone, at any size.
    pub maximised: bool,
}

/// The panes of the Train screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pane {
    Loss,
    Scores,
    Confusion,
    Classes,
}

impl Pane {
    pub(super) fn next(self) -> Self {
        match self {
            Self::Loss => Self::Scores,
            Self::Scores => Self::Confusion,
            Self::Confusion => Self::Classes,
            Self::Classes => Self::Loss,
        }
    }

    pub(super) fn previous(self) -> Self {
        self.next().next().next()
    }

    pub(super) fn is_chart(self) -> bool {
        matches!(self, Self::Loss | Self::Scores)
    }
}

impl State {
    /// A dashboard that knows of no runs yet. `now_ms`: milliseconds since the Unix epoch.
    #[must_use]
    pub fn new(config: Config, now_ms: i64) -> Self {
        Self {
            mode: config.model.mode,
            // What is wrong with the keys was refused before anything was opened.
            keys: Keymap::resolve(&config.keys).unwrap_or_default(),
            size: (0, 0),
            settings_theme: config.ui.theme,
            mouse: config.ui.mouse,
            base: config.clone(),
            config,
            now: now_ms,
            screen: Screen::Train,
            runs: BTreeMap::new(),
            library: Library::default(),
            table: RunTable::default(),
            comparison: Comparison::default(),
            study: StudyScreen::default(),
            undo: Vec::new(),
            discarded: BTreeSet::new(),
            picked: None,
            sitting: Vec::new(),
            diverged: BTreeSet::new(),
            live: None,
            queue: Queue::default(),
            sent: Vec::new(),
            watching: false,
            progress: None,
            data: None,
            refused: BTreeMap::new(),
            worker: Worker::Present,
            devices: Vec::new(),
            device_chosen: false,
            opening: true,
            reporting: false,
            dialog: None,
            overlay: None,
            view: ViewOptions { test: true, pane: Pane::Loss, focused: false, maximised: false },
            chart: ChartView::default(),
            matrix: MatrixView::default(),
            classes: ClassView::default(),
            pins: Vec::new(),
            followed: Vec::new(),
            switches: pins::Switches::default(),
            predictions: None,
            log_up: 0,
            journal: Journal::default(),
            usage: None,
            gpu: None,
            keeping: remembered::Keeping::default(),
            held: None,
            output_log: None,
            dirty: true,
        }
    }

    /// A dashboard that trains nothing itself, and begins with the list of runs.
    #[must_use]
    pub fn watching(config: Config, now_ms: i64) -> Self {
        Self { watching: true, screen: Screen::Runs, ..Self::new(config, now_ms) }
    }

    /// True where something changed since [`State::drawn`].
    #[must_use]
    pub fn needs_redraw(&self) -> bool {
        self.dirty
    }

    /// Take note that the present state is on the screen.
    pub fn drawn(&mut self) {
        self.dirty = false;
    }

    /// True while the passing of time changes the picture: send [`super::Message::Clock`] a few times
    /// a second.
    #[must_use]
    pub fn animates(&self) -> bool {
        self.is_busy() || self.notice().is_some()
    }

    /// True while a run is live or about to start.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.worker != Worker::Gone && (self.live.is_some() || !self.queue.is_empty())
    }

    /// What the worker is doing.
    #[must_use]
    pub fn activity(&self) -> Activity {
        if self.worker == Worker::Gone {
            return Activity::Gone;
        }
        let Some(live) = &self.live else {
            return match (self.worker, self.queue.is_empty()) {
                (Worker::Leaving, _) => Activity::Stopping,
                (_, true) => Activity::Idle,
                (_, false) => Activity::Loading,
            };
        };
        if self.progress == Some(Progress::Testing) {
            return Activity::Testing;
        }
        match self.runs.get(&live.dir).map(|run| &run.history.state) {
            _ if self.worker == Worker::Leaving || live.stop_asked.is_some() => Activity::Stopping,
            Some(Stage::Stopping(_)) => Activity::Stopping,
            Some(Stage::Paused) => Activity::Paused,
            // Once the epoch's result is there, the next epoch trains, whether it was heard of or not.
            _ if matches!(self.progress, Some(Progress::Validating { epoch }) if epoch > self.last_live_epoch()) => {
                Activity::Validating
            }
            _ => Activity::Training,
        }
    }

    /// The run that the chosen tab shows: the one picked on Compare, or the mode's newest.
    #[must_use]
    pub fn shown(&self) -> Option<&Run> {
        let picked = self.picked.as_ref().and_then(|dir| self.runs.get(dir));
        picked.filter(|run| run.mode() == Some(self.mode)).or_else(|| self.newest(self.mode))
    }

    /// The run that the worker trains now.
    #[must_use]
    pub fn live_run(&self) -> Option<&Run> {
        self.live.as_ref().and_then(|live| self.runs.get(&live.dir))
    }

    fn last_live_epoch(&self) -> usize {
        self.live_run().map_or(0, |run| run.history.last_epoch())
    }

    pub(super) fn is_live(&self, dir: &Path) -> bool {
        self.live.as_ref().is_some_and(|live| live.dir == dir)
    }

    /// How far `run` is, for people.
    pub(super) fn status(&self, run: &Run) -> Status {
        run.status(self.is_live(&run.dir), self.now)
    }

    /// The same in a word. Of what another program trained it matters most where it came from, unless that
    /// goes on.
    pub(super) fn word(&self, run: &Run) -> &'static str {
        match (self.status(run), &run.summary.stage) {
            (Status::Elsewhere, runs::Stage::Paused) => "paused elsewhere",
            (Status::Elsewhere, runs::Stage::Stopping) => "stopping elsewhere",
            (status @ (Status::Elsewhere | Status::Silent(_)), _) => status.word(),
            _ if run.is_imported() => "imported",
            (status, _) => status.word(),
        }
    }

    /// True where `run` can go on from its last epoch.
    pub(super) fn can_resume(&self, run: &Run) -> bool {
        !run.is_imported() && self.status(run).is_resumable()
    }

    /// The runs that actions on runs are for: the shown one, or on Runs the marked or chosen ones.
    pub(super) fn subjects(&self) -> Vec<&Run> {
        match self.screen {
            Screen::Runs => self.targets(),
            Screen::Compare => self.pinnable().into_iter().collect(),
            Screen::Study => self.pointed_run().into_iter().collect(),
            Screen::Train | Screen::Log => self.shown().into_iter().collect(),
        }
    }

    /// Enough of [`Self::subjects`] to tell what can be done with them.
    pub(super) fn subject_samples(&self) -> Vec<&Run> {
        if self.screen == Screen::Runs { self.target_samples() } else { self.subjects() }
    }

    /// Where a key that is pressed now counts.
    pub(super) fn place(&self) -> Place {
        match &self.overlay {
            _ if self.dialog.is_some() => Place::Dialog,
            Some(Overlay::Help(_)) => Place::Help,
            Some(Overlay::Palette(_)) => Place::Palette,
            Some(Overlay::Queue(_)) => Place::Queue,
            Some(Overlay::Form(form)) if form.typing.is_none() => Place::Settings,
            Some(Overlay::Adjust(_) | Overlay::Prompt(_) | Overlay::Form(_)) => Place::Form,
            None => self.screen_place(),
        }
    }

    /// The place that the screen is, whatever lies over it.
    pub(super) fn screen_place(&self) -> Place {
        match self.screen {
            Screen::Train if self.view.focused => match self.view.pane {
                Pane::Loss | Pane::Scores => Place::Chart,
                Pane::Confusion => Place::Matrix,
                Pane::Classes => Place::Classes,
            },
            Screen::Train => Place::Train,
            Screen::Runs => Place::Runs,
            Screen::Compare if self.comparison.focused => match self.comparison.pane {
                Detail::Curves => Place::ComparedChart,
                Detail::Settings | Detail::Confusion | Detail::Classes => Place::ComparedTable,
            },
            Screen::Compare => Place::Compare,
            Screen::Study => Place::Study,
            Screen::Log => Place::Log,
        }
    }

    /// True where a pane of the screen has the keys, and can give them back.
    pub(super) fn has_focus(&self) -> bool {
        match self.screen {
            Screen::Train => self.view.focused,
            Screen::Compare => self.comparison.focused,
            Screen::Runs | Screen::Study | Screen::Log => false,
        }
    }

    /// True where `action` would do something now. The footer shows no other.
    pub(super) fn allows(&self, action: Action) -> bool {
        self.refusal(action).is_none()
    }

    /// Why `action` would do nothing now, in words for the palette.
    #[allow(clippy::too_many_lines, reason = "an arm for each action")]
    pub(super) fn refusal(&self, action: Action) -> Option<&'static str> {
        if let Some(answer) = self.study_refusal(action) {
            return answer.err();
        }
        let unless = |fine: bool, why: &'static str| (!fine).then_some(why);
        let worker = match self.worker {
            Worker::Present if self.watching => Some("this dashboard watches, and trains nothing"),
            Worker::Present => None,
            Worker::Leaving => Some("the dashboard is leaving"),
            Worker::Gone => Some("the worker has ended"),
        };
        match action {
            Action::TrainAll | Action::Train | Action::Enqueue | Action::SetUp => worker,
            Action::Stop | Action::Pause | Action::Adjust | Action::Save if self.steers_elsewhere() => None,
            Action::Stop | Action::Pause | Action::Adjust | Action::Save if self.watching => {
                let foreign = self.subject_samples().iter().any(|run| run.is_imported() && !run.summary.is_over());
                Some(if foreign { "another program trains it, which takes no commands" } else { "no run is on here" })
            }
            Action::Stop => worker.or_else(|| match &self.live {
                // A stop after the epoch can still be hastened.
                Some(live) => unless(matches!(live.stop_asked, None | Some(StopMode::AfterEpoch)), "it stops already"),
                None => unless(self.activity() == Activity::Loading, "nothing is live"),
            }),
            Action::Pause | Action::Adjust | Action::Save => worker.or_else(|| match self.activity() {
                Activity::Training | Activity::Validating | Activity::Paused => None,
                Activity::Idle | Activity::Gone => Some("nothing is live"),
                Activity::Loading => Some("the run has not begun"),
                Activity::Stopping | Activity::Testing => Some("the run is about to end"),
            }),
            Action::Resume => worker.or_else(|| {
                let runs = self.subject_samples();
                if runs.is_empty() {
                    return Some("there is no run to go on with");
                }
                if runs.iter().all(|run| run.is_imported()) {
                    return Some("the run is imported, and read-only");
                }
                unless(runs.iter().any(|run| self.can_resume(run)), "the run is not interrupted, stopped or failed")
            }),
            Action::Retry => worker.or_else(|| {
                unless(self.subject_samples().iter().any(|run| self.status(run).is_failed()), "no run failed here")
            }),
            Action::Clone | Action::Vary | Action::Seeds => worker.or_else(|| {
                let own = |run: &&Run| !run.is_imported();
                unless(self.subject_samples().iter().any(own), "there is no run whose settings are known")
            }),
            Action::MoveUp | Action::MoveDown => {
                unless(self.queue.waiting.len() > 1, "there is no other run that waits")
            }
            Action::Remove | Action::ClearQueue | Action::Queue => {
                unless(!self.queue.waiting.is_empty(), "no run waits")
            }
            Action::Accept => match self.overlay {
                Some(Overlay::Queue(_)) => unless(!self.queue.waiting.is_empty(), "no run waits"),
                _ => None,
            },
            Action::Extend => worker.or_else(|| self.extensible().err()),
            Action::ResetSetting => match &self.overlay {
                Some(Overlay::Form(form)) => unless(form.is_changed(), "it is as it was"),
                _ => Some("only in a form of settings"),
            },
            Action::Mark | Action::Hide | Action::Tag | Action::Note | Action::Rename | Action::Delete => {
                unless(self.has_targets(), "there is no run")
            }
            Action::Undo => unless(!self.undo.is_empty(), "nothing was deleted or changed yet"),
            Action::MarkAll | Action::Compare => unless(!self.table.rows.is_empty(), "there is no run"),
            Action::CancelLoading if self.has_focus() => None,
            Action::CancelLoading => {
                worker.or_else(|| unless(self.activity() == Activity::Loading, "nothing is being loaded"))
            }
            Action::Pin if self.screen == Screen::Runs => unless(self.has_targets(), "there is no run"),
            Action::Pin | Action::Show => unless(self.pinnable().is_some(), "there is no run"),
            Action::Smooth | Action::Earlier | Action::Later | Action::Difference if self.screen == Screen::Compare => {
                Some("only on the Train screen")
            }
            Action::Difference => match self.table().and_then(|table| table.pinned) {
                Some(pin) => pin.matrix.err(),
                None => Some("no run is pinned to compare with"),
            },
            Action::ResetZoom => {
                let chart = if self.screen == Screen::Compare { &self.comparison.chart } else { &self.chart };
                unless(chart.is_zoomed() || chart.cursor.is_some(), "everything is seen already")
            }
            Action::Earlier | Action::Later => {
                let validated =
                    |run: &Run| run.history.epochs.iter().any(|record| record.result.confusion.classes() > 0);
                unless(self.shown().is_some_and(validated), "no epoch has been validated yet")
            }
            Action::Counts => {
                let shown = self.shown().is_some_and(|run| run.confusion(self.view.test).is_some());
                unless(shown, "no epoch has ended yet")
            }
            Action::Report if self.reporting => Some("a report is being written"),
            Action::Report => unless(self.comparison.len() > 0, "there is no run"),
            Action::Split if self.screen == Screen::Compare => unless(self.comparison.len() > 0, "there is no run"),
            Action::Split => match self.shown().map(|run| (run, run.test())) {
                Some((run, _)) if run.history.imported().is_some() => Some("an import tells of the test split alone"),
                shown => unless(shown.is_some_and(|(_, test)| test.is_some()), "there are no test scores yet"),
            },
            Action::Device => worker.or_else(|| unless(self.devices.len() > 1, "there is one device only")),
            Action::CopyValue => unless(super::copy::value(self).is_some(), "no value is pointed at here"),
            Action::Copy => unless(super::copy::is_there(self), "there is nothing to copy here yet"),
            Action::Choose(_)
            | Action::PreviousMode
            | Action::NextMode
            | Action::Pane
            | Action::PreviousPane
            | Action::Focus
            | Action::Maximise
            | Action::Left
            | Action::Right
            | Action::FarLeft
            | Action::FarRight
            | Action::ZoomIn
            | Action::ZoomOut
            | Action::ZoomInY
            | Action::ZoomOutY
            | Action::PanLeft
            | Action::PanRight
            | Action::LogScale
            | Action::XAxis
            | Action::Smooth
            | Action::Outliers
            | Action::Sort
            | Action::ReverseSort
            | Action::HiddenToo
            | Action::EmptyTrash
            | Action::Filter
            | Action::Order
            | Action::Columns
            | Action::SortMore
            | Action::Groups
            | Action::YAxis
            | Action::Block
            | Action::Figure
            | Action::Fold
            | Action::Studies
            | Action::StopTrials
            | Action::RetryTrials
            | Action::Rescan
            | Action::Theme
            | Action::Mouse
            | Action::Screen(_)
            | Action::NextScreen
            | Action::PreviousScreen
            | Action::Up
            | Action::Down
            | Action::PageUp
            | Action::PageDown
            | Action::First
            | Action::Last
            | Action::Palette
            | Action::Help
            | Action::Close
            | Action::Edit(_)
            | Action::Answer(_)
            | Action::Quit
            | Action::Suspend
            | Action::Interrupt => None,
        }
    }

    /// The newest message that deserves attention, while it is fresh.
    pub(super) fn notice(&self) -> Option<&journal::Entry> {
        let entry = self.journal.newest_notice()?;
        (self.now.saturating_sub(entry.t) < NOTICE_MS).then_some(entry)
    }

    /// The device of the next run, where it was chosen here and is not that of the live run.
    pub(super) fn next_device(&self) -> Option<&str> {
        let next = self.config.train.device.as_str();
        let live = self.live.as_ref().and_then(|live| live.device.as_deref());
        (self.device_chosen && live != Some(next)).then_some(next)
    }

    /// What the program takes of the machine, while a run is on.
    pub(super) fn usage(&self) -> Option<Usage> {
        self.usage.filter(|_| self.is_busy())
    }

    /// The device of the live run, by the name in its record.
    #[must_use]
    pub fn live_device(&self) -> Option<&str> {
        self.live_run()?.history.started.as_ref().map(|started| started.device.as_str())
    }

    /// What the live run's GPU does, if it is on one that tells.
    pub(super) fn gpu(&self) -> Option<GpuUsage> {
        self.gpu.filter(|_| self.is_busy())
    }

    /// Clips that the live run trains a second, once that is known.
    pub(super) fn clips_per_second(&self) -> Option<f64> {
        let speed = match &self.progress {
            Some(Progress::Training { clips_per_second, .. }) => Some(*clips_per_second),
            _ => self.live_run()?.history.epochs.last().map(|record| record.result.clips_per_second),
        };
        speed.filter(|speed| speed.is_finite() && *speed > 0.0)
    }

    /// Batches that the live run trains a second, once that is known.
    pub(super) fn batches_per_second(&self) -> Option<f64> {
        let started = self.live_run()?.history.started.as_ref()?;
        Some(self.clips_per_second()? / started.batch_size.max(1) as f64)
    }

    /// Seconds that the live run has been trained for, by this process and before.
    pub(super) fn live_seconds(&self) -> f64 {
        self.live.as_ref().map_or(0.0, |live| live.before + self.now.saturating_sub(live.since).max(0) as f64 / 1000.0)
    }

    /// True where what is shown comes from the demo set.
    pub(super) fn is_demo(&self) -> bool {
        match self.shown().and_then(|run| run.summary.started.as_ref()) {
            Some(started) if self.screen == Screen::Train => started.demo,
            _ if self.watching => self.has_demo_runs(),
            _ => self.data.as_ref().map_or(self.config.data.is_demo(), |data| data.demo) || self.has_demo_runs(),
        }
    }
}
