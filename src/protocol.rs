//! What crosses between the worker and everybody else: plain serde data.
//!
//! [`RunEvent`]s are durable: the worker appends each to the run's event log before it sends it, and
//! whoever reads the log sees what the dashboard saw. [`Progress`] is not kept: only the newest
//! matters. [`Command`]s go the other way.

mod setting;
mod tag;

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{
    config::{Config, Mode, number},
    metrics::{Confusion, Scores},
};
pub use setting::Setting;
pub use tag::{Tag, Unit};

/// Version of the event log's format, written with every event.
pub const LOG_VERSION: u32 = 1;

/// One line of `events.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// Format version, [`LOG_VERSION`].
    pub v: u32,
    /// Position in the log, from 0, without gaps.
    pub seq: u64,
    /// When it was written, milliseconds since the Unix epoch.
    pub t: i64,
    #[serde(flatten)]
    pub event: RunEvent,
}

/// What happened in a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum RunEvent {
    RunStarted(Box<RunStarted>),
    /// Training losses of consecutive steps (batches), the first being step `first` (from 0, counted
    /// over the whole run).
    Steps {
        epoch: usize,
        first: u64,
        #[serde(with = "number::list")]
        losses: Vec<f32>,
    },
    EpochFinished(Box<EpochFinished>),
    /// `best.safetensors` now holds the model after `epoch`.
    Checkpointed {
        epoch: usize,
        #[serde(with = "number")]
        val_loss: f64,
    },
    /// The schedule changed the learning rate after `epoch`.
    LrChanged {
        epoch: usize,
        from: f64,
        to: f64,
    },
    /// A person changed a setting of the live run: it holds from step `step` on, which is one of
    /// `epoch`. A resumed run does the same at the same step.
    SettingChanged {
        epoch: usize,
        /// Counted over the whole run, from 0.
        step: u64,
        key: Setting,
        #[serde(with = "number")]
        from: f64,
        #[serde(with = "number")]
        to: f64,
    },
    /// A person had the model kept as it was before step `step` of `epoch`, in `file` below the run
    /// directory.
    ModelSaved {
        epoch: usize,
        step: u64,
        file: String,
    },
    Paused {
        epoch: usize,
    },
    Resumed {
        epoch: usize,
    },
    StopRequested {
        how: StopMode,
        /// Why, where a rule asked for it and no person.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// The run goes on from its last saved state: events past `epoch` no longer count.
    ResumedFrom {
        epoch: usize,
        /// Process that writes from here on.
        writer: Writer,
    },
    Finished(Box<Finished>),
    /// The run ended in an error: the chain of causes, outermost first.
    Failed {
        errors: Vec<String>,
    },
    /// The writer is alive; written when nothing else has been for a while.
    Heartbeat,
    /// A command that was sent through a file was obeyed, or refused. It is written after what it made happen,
    /// so that a writer that is killed has told of nothing that it did not do.
    Acknowledged {
        /// The command's number: the name of its file.
        command: String,
        /// Why it is not obeyed, where it is not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refused: Option<String>,
    },
    /// A kind of event that this program does not know: a newer one wrote it.
    #[serde(other)]
    Unknown,
}

/// The facts that a run starts with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunStarted {
    pub mode: Mode,
    pub seed: u64,
    /// Class names in label order.
    pub classes: Vec<String>,
    pub train_clips: usize,
    pub val_clips: usize,
    pub test_clips: usize,
    pub batch_size: usize,
    /// Batches of an epoch, the last one possibly smaller.
    pub batches: usize,
    pub epochs: usize,
    pub early_stop: usize,
    #[serde(with = "number")]
    pub lr: f64,
    /// Trainable parameters of the model.
    pub parameters: usize,
    /// What computes, in the words of `avsc-tui doctor`.
    pub device: String,
    /// Where the data came from, and a fingerprint of its content.
    pub data: String,
    pub fingerprint: String,
    /// True where the data is the generated demo set.
    pub demo: bool,
    pub version: String,
    pub writer: Writer,
    /// Where the run came from, if another program trained it. What that program did not tell is 0,
    /// NaN or empty here and in the events that follow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub imported: Option<Origin>,
}

/// What an imported run was made from. Such a run is read-only: there is no state to go on from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// Folder or file, as it was named.
    pub source: String,
    /// Hash of the content, by which a second import of the same is recognised.
    pub content: String,
    /// The losses are rounded to two decimals, and the best epoch follows from the rounded values.
    pub rounded: bool,
}

/// The process that writes a run directory.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Writer {
    pub host: String,
    pub pid: u32,
    /// When the process started, in the kernel's clock ticks since boot; 0 where that is unknown.
    /// Together with the pid it names a process that no later one can be mistaken for.
    pub started: u64,
    /// The Slurm job that it runs in, as `squeue` numbers it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<String>,
    /// The kernel's number of the boot during which it ran. Hosts may have one name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub boot: Option<String>,
    /// The namespace that the pid counts in: each container has one of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pidns: Option<u64>,
}

/// What one epoch gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EpochFinished {
    /// From 1.
    pub epoch: usize,
    /// Unweighted mean of the batches' cross-entropies, as the course framework reports it.
    #[serde(with = "number")]
    pub train_loss: f64,
    /// The same over the validation batches.
    #[serde(with = "number")]
    pub val_loss: f64,
    /// Over all validation clips.
    pub val: Scores,
    /// Validation confusion.
    pub confusion: Confusion,
    /// Learning rate that the epoch's last step was trained with.
    #[serde(with = "number")]
    pub lr: f64,
    /// Epochs in a row without a best validation loss, this one included.
    pub bad_epochs: usize,
    /// Training and validation time, pauses left out.
    pub seconds: f64,
    /// Training clips a second.
    #[serde(with = "number")]
    pub clips_per_second: f64,
}

/// The end of a run that did not fail.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finished {
    pub outcome: Outcome,
    /// Epochs that were trained to their end.
    pub epochs: usize,
    /// Epoch of the checkpoint that was tested; none when stopped before the first epoch's end.
    pub best_epoch: Option<usize>,
    /// Validation loss and scores at the best epoch.
    pub val: Option<SplitResult>,
    /// Scores of the best checkpoint on the test split.
    pub test: Option<SplitResult>,
    /// Training time, pauses left out.
    pub seconds: f64,
}

/// Scores of one checkpoint on one split.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SplitResult {
    /// Unweighted mean of the batches' cross-entropies.
    #[serde(with = "number")]
    pub loss: f64,
    pub scores: Scores,
    pub confusion: Confusion,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// All epochs were trained.
    Finished,
    /// The validation loss stopped improving.
    EarlyStopped,
    /// A person or a signal stopped it.
    Stopped,
}

/// How a run is to be stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StopMode {
    /// After the current batch; the best checkpoint is tested and kept.
    Now,
    /// After the current epoch.
    AfterEpoch,
    /// After the current batch; the run directory is removed.
    Discard,
}

/// What the worker is asked to do. Checked between batches.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Train a new run, or queue it behind the live one.
    Start(Box<RunRequest>),
    /// Something for the run in `dir`. It does nothing where that is not the live run: a command that
    /// crosses the end of its run must not meet the next one.
    Steer { dir: PathBuf, what: Steer },
    /// Stop reading data that is not needed any more, if that is what the worker does.
    CancelLoading,
    /// Stop the live run, keeping its best, and end.
    Shutdown,
}

/// What can be asked of a run that is being trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Steer {
    Pause,
    Resume,
    Stop(StopMode),
    /// Stop as [`StopMode::Now`] does, because a rule says so, in these words.
    Terminate(String),
    /// Change a setting from the next batch on. The value is one that the settings allow.
    Set {
        key: Setting,
        value: f64,
    },
    /// Keep the model as it is now, in a file of its own.
    Save,
}

/// A run to be trained.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunRequest {
    pub config: Config,
    /// Directory of a run to be continued; none for a new one.
    pub resume: Option<PathBuf>,
    /// What is set by hand before the first step from here on. With more epochs, or more patience, a run
    /// that has ended goes on.
    pub changes: Vec<(Setting, f64)>,
}

/// What the worker tells. Never lost, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum WorkerMessage {
    /// An event that has just been appended to the log of the run in `dir`.
    Event { dir: PathBuf, event: Envelope },
    /// A run could not start: the chain of causes, outermost first.
    Refused { mode: Mode, errors: Vec<String> },
    /// Something worth telling: what a reader noticed about the data, say.
    Notice(String),
    /// The data is in memory.
    Loaded(DataSummary),
    /// Loading was cancelled on request.
    LoadingCancelled,
    /// The run directory is gone, as asked by [`StopMode::Discard`].
    Discarded { dir: PathBuf },
    /// Nothing is running and nothing is queued.
    Idle,
    /// The worker has ended.
    Gone,
}

/// What was loaded.
#[derive(Clone, Debug, PartialEq)]
pub struct DataSummary {
    pub source: String,
    pub demo: bool,
    pub classes: Vec<String>,
    pub train_clips: usize,
    pub val_clips: usize,
    pub test_clips: usize,
    pub seconds: f64,
    pub from_cache: bool,
}

/// Where the worker is right now. Only the newest is kept.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// Writing the demo set or reading features.
    Loading {
        what: String,
        clips: usize,
        total: usize,
        bytes: u64,
        seconds: f64,
    },
    /// `batch` batches of `epoch` are done, of `batches`.
    Training {
        epoch: usize,
        epochs: usize,
        batch: usize,
        batches: usize,
        clips_per_second: f64,
    },
    Validating {
        epoch: usize,
    },
    Testing,
}
