//! What the dashboard is told, and what it asks the app to do.

use std::path::PathBuf;

use crossterm::event::{KeyEvent, MouseEvent};

use crate::{
    protocol::{Command, Progress, WorkerMessage},
    runs::RunEntry,
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
    /// What a scan of the runs folder found, and what it could not read.
    Runs {
        entries: Vec<RunEntry>,
        problems: Vec<String>,
    },
    /// The report that was asked for is written to this file, or why it is not.
    Reported(Result<PathBuf, String>),
    /// What the view was like when the dashboard was last open on these runs.
    Recall(Box<Remembered>),
    /// The time, milliseconds since the Unix epoch.
    Clock(i64),
    /// SIGINT or SIGTERM.
    Interrupt,
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
    /// Scan the runs folder and answer with [`Message::Runs`].
    Refresh,
    /// Write a report of the runs in these directories and answer with [`Message::Reported`].
    Report(Vec<PathBuf>),
    /// Put the text into the clipboard of the person's terminal.
    Copy(String),
    /// Take the mouse over (true) or leave it to the terminal.
    Mouse(bool),
    /// Call the person back.
    Call(Box<Call>),
    /// Leave. `at_once`: without waiting for the worker.
    Quit {
        at_once: bool,
    },
}
