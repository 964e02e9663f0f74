//! What the dashboard is told, and what it asks the app to do.

use std::path::PathBuf;

use crossterm::event::{KeyEvent, MouseEvent};

use crate::{
    protocol::{Command, Progress, RunEvent, Steer, WorkerMessage},
    runs::{
        Changes, Notes, RunEntry,
        study::{Course, Found, Study},
    },
};

use super::state::Remembered;

/// Everything that can change the dashboard.
#[derive(Clone, Debug, PartialEq)]
pub enum Message {
    Key(KeyEvent),
    Mouse(MouseEvent),
    /// Text that was pasted. It is no sequence of keys: what it holds was not meant as commands.
    Paste(String),
    /// The terminal has a new size (columns, rows).
    Resize(u16, u16),
    Worker(WorkerMessage),
    Progress(Progress),
    /// What has changed in the runs folder; the first of these finds every run.
    Runs(Box<Changes>),
    /// The whole history of a run, or why it cannot be read.
    Opened {
        dir: PathBuf,
        entry: Result<Box<RunEntry>, String>,
    },
    /// A command for the run in `dir` is sent, under this number; or it is not.
    Sent {
        dir: PathBuf,
        what: Steer,
        result: Result<String, String>,
    },
    /// The notes on a run are written; or they are not, and stand as they are in the error.
    Annotated {
        dir: PathBuf,
        result: Result<(), (Notes, String)>,
    },
    /// Runs were moved to the trash: where each was, and where it is.
    Trashed {
        moved: Vec<Moved>,
        problems: Vec<String>,
    },
    /// Runs were moved back; those that are `kept` lie in the trash still.
    Restored {
        moved: Vec<Moved>,
        kept: Vec<Moved>,
        problems: Vec<String>,
    },
    /// What was deleted together before this start, and still lies in the trash; the last at the end.
    Deletions(Vec<Vec<Moved>>),
    /// How many runs lie in the trash, and their bytes.
    TrashMeasured {
        runs: usize,
        bytes: u64,
    },
    /// So many runs in the trash were deleted for good, or why not all were.
    TrashEmptied(Result<usize, String>),
    /// What the run in `dir` predicted, or why that cannot be told.
    Predictions {
        dir: PathBuf,
        of: Predicted,
        clips: Result<Vec<Clip>, String>,
    },
    /// What is known of the studies of the runs folder.
    Study(StudyNews),
    /// The report that was asked for is written to this file, or why it is not.
    Reported(Result<PathBuf, String>),
    /// What the view was like when the dashboard was last open on these runs.
    Recall(Box<Remembered>),
    /// The time, milliseconds since the Unix epoch.
    Clock(i64),
    /// SIGINT or SIGTERM.
    Interrupt,
    /// SIGTSTP.
    Suspend,
    /// SIGCONT: the program stood still and goes on.
    Continued,
    /// SIGHUP, or a terminal that cannot be read any more: the person is gone.
    HangUp,
    /// A line that a native library wanted on the screen.
    NativeOutput(String),
    /// The file that keeps these lines.
    OutputLog(String),
    /// The keys of the devices that a run can be trained on, best first.
    Devices(Vec<String>),
    /// What the program took of the machine in the last seconds.
    Usage(Usage),
    /// What the live run's GPU does; none where the run is on no GPU, or it does not tell.
    Gpu(Option<GpuUsage>),
    /// An effect could not be performed, in words for a person.
    Problem(String),
}

/// What is told of studies.
#[derive(Clone, Debug, PartialEq)]
pub enum StudyNews {
    /// Those that there are.
    Found(Vec<Found>),
    /// What the study in `folder` is to train, or why that cannot be told.
    Opened { folder: PathBuf, study: Result<Box<Study>, String> },
    /// How far the study in `folder` is.
    Course { folder: PathBuf, course: Box<Course> },
    /// Look at the study in this folder: the command line names it.
    Choose(PathBuf),
    /// The study in `folder` is to train something else now, and must be read anew.
    Replanned { folder: PathBuf },
    /// Something that was asked for is under way, in words for a person.
    Done(String),
    /// What could not be read or done.
    Problem(String),
}

/// What is asked about studies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StudyRequest {
    /// Look which studies there are, and answer with [`StudyNews::Found`].
    Find,
    /// Read the study in this folder, answer with [`StudyNews::Opened`], and tell how far it is from then
    /// on.
    Open(PathBuf),
    /// Nobody looks at the study for now (false), or again.
    Watch(bool),
    /// Have these trials of the open study stop.
    Stop(Vec<String>),
    /// Have whoever trains the open study stop.
    StopAll,
    /// Have these trials of the open study trained again, by a process of their own.
    Retry(Vec<String>),
}

impl Message {
    /// True for what goes on by itself, often and for long: whoever draws may let it gather for a moment.
    #[must_use]
    pub fn is_telemetry(&self) -> bool {
        match self {
            Self::Clock(_)
            | Self::Progress(_)
            | Self::Usage(_)
            | Self::Gpu(_)
            | Self::NativeOutput(_)
            | Self::OutputLog(_)
            | Self::Runs(_)
            | Self::Study(StudyNews::Course { .. }) => true,
            Self::Worker(WorkerMessage::Event { event, .. }) => matches!(
                event.event,
                RunEvent::Steps { .. }
                    | RunEvent::EpochFinished(_)
                    | RunEvent::Checkpointed { .. }
                    | RunEvent::LrChanged { .. }
                    | RunEvent::Heartbeat
            ),
            Self::Key(_)
            | Self::Mouse(_)
            | Self::Paste(_)
            | Self::Resize(..)
            | Self::Worker(_)
            | Self::Opened { .. }
            | Self::Sent { .. }
            | Self::Annotated { .. }
            | Self::Trashed { .. }
            | Self::Restored { .. }
            | Self::Deletions(_)
            | Self::TrashMeasured { .. }
            | Self::TrashEmptied(_)
            | Self::Predictions { .. }
            | Self::Study(_)
            | Self::Reported(_)
            | Self::Recall(_)
            | Self::Interrupt
            | Self::Suspend
            | Self::Continued
            | Self::HangUp
            | Self::Devices(_)
            | Self::Problem(_) => false,
        }
    }
}

/// A deleted run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// Where it was.
    pub dir: PathBuf,
    /// Where it lies in the trash.
    pub trash: PathBuf,
}

/// Which of a run's predictions: each is kept in a file of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Predicted {
    Test,
    /// Of the validation split after this epoch, the best so far.
    Val(usize),
}

/// A clip as a run predicted it.
#[derive(Clone, Debug, PartialEq)]
pub struct Clip {
    pub id: String,
    /// Index of the true class.
    pub truth: usize,
    /// Index of the predicted class, and its probability (0 to 1).
    pub prediction: usize,
    pub confidence: f32,
}

/// What the program takes of the machine.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usage {
    /// Processor time over wall time: 2.0 is two cores at work.
    pub cpu: f64,
    /// Resident memory in bytes.
    pub memory: u64,
    /// Share of the wall time that drawing takes.
    pub drawing: f64,
}

/// What a GPU is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GpuUsage {
    /// Share of the last moments in which it computed, percent.
    pub utilisation: u32,
    /// Bytes of its memory that are taken, by whomever.
    pub memory: u64,
    /// Bytes of memory that it has.
    pub memory_total: u64,
}

/// How the person is called back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub bell: bool,
    /// The text of a desktop notification.
    pub desktop: Option<String>,
    pub program: Option<Program>,
}

/// A program of the person's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Its name and its arguments.
    pub words: Vec<String>,
    /// Environment variables.
    pub facts: Vec<(&'static str, String)>,
}

/// What the app is to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    Send(Command),
    /// Ask the process that trains the run in `dir`, and answer with [`Message::Sent`]. `seen`: events of
    /// its log that are known here.
    Steer {
        dir: PathBuf,
        what: Steer,
        seen: u64,
    },
    /// Look at the whole runs folder and tell of what has changed with [`Message::Runs`].
    Refresh,
    /// Read the history of the run in `dir`, answer with [`Message::Opened`], and from then on tell of
    /// every event.
    Open {
        dir: PathBuf,
    },
    /// Tell of the events of the run in `dir` no more.
    Close {
        dir: PathBuf,
    },
    /// Write the notes on the run in `dir` and answer with [`Message::Annotated`].
    Annotate {
        dir: PathBuf,
        notes: Notes,
    },
    /// Move runs to the trash and answer with [`Message::Trashed`].
    Trash(Vec<PathBuf>),
    /// Move runs back and answer with [`Message::Restored`].
    Restore(Vec<Moved>),
    /// See how much lies in the trash and answer with [`Message::TrashMeasured`].
    MeasureTrash,
    /// Delete what lies in the trash for good and answer with [`Message::TrashEmptied`].
    EmptyTrash,
    /// Read what the run in `dir` predicted and answer with [`Message::Predictions`]. The classes are
    /// numbered as in `classes`.
    ReadPredictions {
        dir: PathBuf,
        of: Predicted,
        classes: Vec<String>,
    },
    /// Something about studies.
    Study(StudyRequest),
    /// Write a report of the runs in these directories and answer with [`Message::Reported`].
    Report(Vec<PathBuf>),
    /// Put the text into the clipboard of the person's terminal.
    Copy(String),
    /// Take the mouse over (true) or leave it to the terminal.
    Mouse(bool),
    /// Call the person back.
    Call(Box<Call>),
    /// Keep the choices of the view, so that they survive whatever comes.
    KeepView(Box<Remembered>),
    /// Give the terminal back and stop until the shell lets the program go on.
    Suspend,
    /// Take the terminal over again, and the mouse with it.
    TakeTerminal {
        mouse: bool,
    },
    /// Leave. `at_once`: without waiting for the worker.
    Quit {
        at_once: bool,
    },
}
