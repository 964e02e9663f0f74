//! A `train.log` that the course framework is still writing, told in the events of our own runs.
//!
//! The log is read from where the last look ended, never as a whole again: the framework appends, and an
//! epoch number that does not grow begins another training, which takes the place of the one before. What
//! the log does not tell is 0, NaN or empty, as in an imported run, and its losses are rounded.

use std::{
    fs::File,
    io::{self, Read as _, Seek as _, SeekFrom},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
};

use super::{
    config_yaml::Settings,
    import::finished_epoch,
    recognise,
    train_log::{LONGEST_LINE, Lines, LoggedEpoch, Told},
};
use crate::{
    config::{Config, Mode},
    protocol::{Envelope, LOG_VERSION, Origin, RunEvent, RunStarted, Writer},
    runs::History,
};

/// The file's name in an experiment's folder.
const LOG: &str = "train.log";
/// Bytes that are taken at a time.
const MOST: u64 = 8 << 20;
/// So many bytes before the place that was reached must be the same at the next look: where they are not,
/// the file was written anew.
const KEPT: usize = 256;
/// A longer file is no settings file.
const MOST_SETTINGS: u64 = 1 << 20;

/// An experiment's folder while it is being trained in.
#[derive(Debug)]
pub struct Growing {
    folder: PathBuf,
    inode: Option<u64>,
    offset: u64,
    /// The last bytes before `offset`.
    kept: Vec<u8>,
    /// Of a line that is longer than any, the rest is passed over.
    overlong: bool,
    lines: Lines,
    least: f64,
    bad_epochs: usize,
    history: History,
    /// When the file last changed, milliseconds since the Unix epoch.
    changed: i64,
}

/// What a look found.
#[derive(Debug, Default)]
pub struct Grown {
    pub events: Vec<Envelope>,
    /// Another training has begun, or the file was written anew: the events are all there are.
    pub restarted: bool,
}

impl Growing {
    /// The experiment in `folder`, of which nothing has been read yet.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            inode: None,
            offset: 0,
            kept: Vec::new(),
            overlong: false,
            lines: Lines::default(),
            least: f64::INFINITY,
            bad_epochs: 0,
            history: History::default(),
            changed: 0,
        }
    }

    /// True where `folder` has such a log.
    #[must_use]
    pub fn is_in(folder: &Path) -> bool {
        folder.join(LOG).is_file()
    }

    /// The training as far as it has been read; nothing before the first epoch's end.
    #[must_use]
    pub fn history(&self) -> &History {
        &self.history
    }

    /// When the file last changed, milliseconds since the Unix epoch.
    #[must_use]
    pub fn changed(&self) -> i64 {
        self.changed
    }

    /// Read what was added since the last look. An unfinished last line is left for the next one.
    /// `config`: the mode of new runs, where nothing tells which one it is.
    ///
    /// # Errors
    /// If the log cannot be read.
    pub fn look(&mut self, config: &Config) -> io::Result<Grown> {
        let mut file = File::open(self.folder.join(LOG))?;
        let facts = file.metadata()?;
        if !facts.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no file"));
        }
        let mut grown = Grown::default();
        self.changed = facts.mtime().saturating_mul(1000).saturating_add(facts.mtime_nsec() / 1_000_000);
        let replaced = self.inode.replace(facts.ino()).is_some_and(|known| known != facts.ino());
        if replaced || facts.len() < self.offset || !self.is_as_it_was(&mut file)? {
            let inode = self.inode;
            *self = Self { inode, changed: self.changed, ..Self::new(&self.folder) };
            grown.restarted = true;
        }
        let mut epochs = Vec::new();
        while self.offset < facts.len() {
            file.seek(SeekFrom::Start(self.offset))?;
            let mut bytes = Vec::new();
            (&mut file).take(MOST.min(facts.len() - self.offset)).read_to_end(&mut bytes)?;
            // What never ends is passed over as it comes.
            let (lines, taken) = match bytes.iter().rposition(|byte| *byte == b'\n') {
                Some(end) => (bytes.get(..=end).unwrap_or_default(), end + 1),
                None if bytes.len() as u64 > LONGEST_LINE => {
                    self.overlong = true;
                    (&[][..], bytes.len())
                }
                None => break,
            };
            for line in lines.split_inclusive(|byte| *byte == b'\n') {
                if std::mem::take(&mut self.overlong) {
                    continue;
                }
                if let Told::Epoch { epoch, begins } = self.lines.take(&String::from_utf8_lossy(line)) {
                    epochs.push((epoch, begins));
                }
            }
            self.offset += taken as u64;
            self.keep(bytes.get(..taken).unwrap_or_default());
        }
        // The log tells no time zone: its last epoch ended when the file last changed.
        let last = epochs.last().and_then(|(epoch, _)| epoch.ended);
        let shift = last.map_or(0, |last| self.changed.saturating_sub(last.as_millisecond()));
        for (epoch, begins) in epochs {
            let t = epoch.ended.map_or(self.changed, |ended| ended.as_millisecond().saturating_add(shift));
            if begins {
                self.begin(&epoch, t, config, &mut grown);
            }
            self.epoch(&epoch, t, &mut grown);
        }
        Ok(grown)
    }

    fn is_as_it_was(&self, file: &mut File) -> io::Result<bool> {
        let mut bytes = vec![0; self.kept.len()];
        file.seek(SeekFrom::Start(self.offset - self.kept.len() as u64))?;
        match file.read_exact(&mut bytes) {
            Ok(()) => Ok(bytes == self.kept),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        self.kept.extend_from_slice(bytes.get(bytes.len().saturating_sub(KEPT)..).unwrap_or_default());
        self.kept.drain(..self.kept.len().saturating_sub(KEPT));
    }

    /// A training begins, whose first epoch ended at `t`, and with it everything that is told of this folder.
    fn begin(&mut self, first: &LoggedEpoch, t: i64, config: &Config, grown: &mut Grown) {
        grown.restarted |= self.history.started.is_some();
        grown.events.clear();
        (self.history, self.least, self.bad_epochs) = (History::default(), f64::INFINITY, 0);
        let settings = settings(&self.folder);
        let count = |path: &str| settings.number::<usize>(path).unwrap_or(0);
        let started = RunStarted {
            mode: mode(&self.folder, config),
            seed: 0,
            classes: Vec::new(),
            train_clips: 0,
            val_clips: 0,
            test_clips: 0,
            batch_size: count("data.dataloader_args.batch_size"),
            batches: 0,
            // Its loop is `range(1, epoch)`, which never gets to the last.
            epochs: count("epoch").saturating_sub(1),
            early_stop: count("early_stop"),
            lr: settings.number("optimizer.args.lr").unwrap_or(f64::NAN),
            parameters: 0,
            device: "another program".to_owned(),
            data: "unknown".to_owned(),
            // It stands alone: nothing tells what it is trained on.
            fingerprint: self.folder.display().to_string(),
            demo: false,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            writer: Writer::default(),
            imported: Some(Origin { source: self.folder.display().to_string(), content: String::new(), rounded: true }),
        };
        let length = (first.seconds * 1000.0) as i64;
        self.tell(RunEvent::RunStarted(Box::new(started)), t.saturating_sub(length), grown);
    }

    fn epoch(&mut self, epoch: &LoggedEpoch, t: i64, grown: &mut Grown) {
        let is_best = epoch.val_loss <= self.least;
        self.least = self.least.min(epoch.val_loss);
        self.bad_epochs = if is_best { 0 } else { self.bad_epochs + 1 };
        self.tell(RunEvent::EpochFinished(Box::new(finished_epoch(epoch, self.bad_epochs))), t, grown);
        if is_best {
            self.tell(RunEvent::Checkpointed { epoch: epoch.epoch, val_loss: epoch.val_loss }, t, grown);
        }
    }

    fn tell(&mut self, event: RunEvent, t: i64, grown: &mut Grown) {
        let envelope = Envelope { v: LOG_VERSION, seq: self.history.next_seq, t, event };
        self.history.apply(&envelope);
        grown.events.push(envelope);
    }
}

fn settings(folder: &Path) -> Settings {
    let mut text = String::new();
    let read = File::open(folder.join("config.yaml"))
        .and_then(|file| file.take(MOST_SETTINGS).read_to_string(&mut text))
        .is_ok();
    if read { Settings::parse(&text) } else { Settings::default() }
}

/// Which model it is: as its weights say, where there are some already, or else as the folder is called.
fn mode(folder: &Path, config: &Config) -> Mode {
    let weights = folder.join("best_model.pt");
    let told = weights.is_file().then(|| recognise::open(&weights, None, &config.model).ok()).flatten();
    let name = folder.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let named = Mode::ALL.into_iter().find(|mode| name.contains(mode.name()));
    told.map(|weights| weights.mode).or(named).unwrap_or(config.model.mode)
}
