//! The receiving end of the command files: the run's writer looks here between batches.

use std::{
    collections::{BTreeSet, VecDeque},
    ffi::{OsStr, OsString},
    fs::{self, OpenOptions},
    io::{self, Read as _},
    os::unix::fs::OpenOptionsExt as _,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use rustix::fs::OFlags;
use serde::Deserialize;

use super::{ENDING, Letter, VERSION};
use crate::{
    protocol::Steer,
    runs::{
        History, RunDir,
        relisting::{Relisting, stamp},
    },
};

/// The folder is looked at so often.
pub const LOOK: Duration = Duration::from_secs(1);
/// Of the time at most one part in so many goes into looking: a file system that answers slowly is asked
/// less often, down to [`RARELY`].
const SHARE: u32 = 500;
const RARELY: Duration = Duration::from_secs(15);
/// No command is longer, in bytes.
const LONGEST: u64 = 16 << 10;
/// Names that are read of a folder: what floods it must not hold up training.
const MOST: usize = 1000;
/// A folder that changes while its names are read is read again, so often at most.
const PATIENCE: usize = 8;
/// What a refused file's name ends in.
const ASIDE: &str = "refused";

/// Looks for commands in a run's directory.
#[derive(Debug)]
pub struct Inbox {
    run: PathBuf,
    folder: PathBuf,
    due: Instant,
    began: Instant,
    relisting: Relisting,
    waiting: VecDeque<OsString>,
    /// What was taken, and could perhaps not be removed.
    taken: BTreeSet<OsString>,
}

/// A command that was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrived {
    /// Its number.
    pub command: String,
    /// What is asked; or why it cannot be obeyed.
    pub what: Result<Steer, String>,
    file: PathBuf,
    /// The file is no command, and is kept for a person to look at.
    odd: bool,
}

impl Inbox {
    /// The inbox of the run in `dir`.
    #[must_use]
    pub fn new(dir: &RunDir) -> Self {
        Self {
            run: dir.path().to_owned(),
            folder: dir.commands(),
            due: Instant::now(),
            began: Instant::now(),
            relisting: Relisting::default(),
            waiting: VecDeque::new(),
            taken: BTreeSet::new(),
        }
    }

    /// The next command in the order of their numbers, if one is there; the folder is looked at where
    /// that is due at `now`. `history`: the run as it stands. What is returned must be given to
    /// [`Inbox::remove`] once the log tells of it.
    pub fn next(&mut self, history: &History, now: Instant) -> Option<Arrived> {
        if self.waiting.is_empty() {
            if now < self.due {
                return None;
            }
            let began = Instant::now();
            self.look(now.saturating_duration_since(self.began));
            self.due = now + (began.elapsed() * SHARE).clamp(LOOK, RARELY);
        }
        while let Some(name) = self.waiting.pop_front() {
            let path = self.folder.join(&name);
            let command = Path::new(&name).with_extension("").to_string_lossy().into_owned();
            self.taken.insert(name);
            // The writer before this one took it and had no time to remove it.
            if history.acknowledged.iter().any(|known| known.command == command) {
                let _ = fs::remove_file(&path);
                continue;
            }
            let read = match read(&path) {
                // Whoever sent it has thought better of it.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => Err(format!("its file cannot be read: {error}")),
                Ok(read) => read,
            };
            let odd = read.is_err();
            return Some(Arrived { command, what: read.and_then(|letter| wanted(letter, history)), file: path, odd });
        }
        None
    }

    /// Take the file of `arrived` away. One that could not be read is kept under another name, for a
    /// person to look at. Where the file cannot be touched, it is not looked at again.
    pub fn remove(arrived: &Arrived) {
        let Arrived { file, odd, .. } = arrived;
        let _ = if *odd { fs::rename(file, file.with_added_extension(ASIDE)) } else { fs::remove_file(file) };
    }

    /// Find the commands that have come, where the folder says that there may be some.
    fn look(&mut self, now: Duration) {
        // That the folder is not there yet is known of the directory that it will be in.
        let Ok(mut present) = stamp(&self.run).and_then(|_| stamp(&self.folder)) else { return };
        if !self.relisting.is_due(Some(present), now) {
            return;
        }
        for _ in 0..PATIENCE {
            // What cannot be listed may be next time.
            let Ok(entries) = fs::read_dir(&self.folder) else {
                self.relisting.hurry();
                return;
            };
            let names = entries.filter_map(|entry| Some(entry.ok()?.file_name())).filter(|name| is_command(name));
            self.waiting = names.filter(|name| !self.taken.contains(name)).take(MOST).collect();
            // Of what comes while the names are read, some is seen and some is not, in any order.
            match stamp(&self.folder) {
                Ok(after) if after != present => present = after,
                _ => break,
            }
        }
        self.waiting.make_contiguous().sort_unstable();
        // There may be more than were read.
        if self.waiting.len() == MOST {
            self.relisting.hurry();
        }
    }
}

/// Hidden files are being written, and others are none of ours.
fn is_command(name: &OsStr) -> bool {
    name.as_encoded_bytes().first() != Some(&b'.') && Path::new(name).extension() == Some(OsStr::new(ENDING))
}

/// What the file at `path` holds; or what is wrong with that. Neither a link nor a pipe is followed.
fn read(path: &Path) -> io::Result<Result<Letter, String>> {
    let flags = (OFlags::NOFOLLOW | OFlags::NONBLOCK).bits();
    let file = OpenOptions::new().read(true).custom_flags(flags.cast_signed()).open(path)?;
    if !file.metadata()?.is_file() {
        return Ok(Err("it is no file".to_owned()));
    }
    let mut content = Vec::new();
    file.take(LONGEST + 1).read_to_end(&mut content)?;
    if content.len() as u64 > LONGEST {
        return Ok(Err(format!("its file is longer than {LONGEST} bytes, which no command is")));
    }
    let letter = serde_json::from_slice::<Version>(&content).and_then(|Version { v }| {
        // Another version may hold anything.
        if v == VERSION { serde_json::from_slice(&content).map(Ok) } else { Ok(Err(v)) }
    });
    Ok(match letter {
        Ok(Ok(letter)) => Ok(letter),
        Ok(Err(v)) => Err(format!("it is of format {v}, this program reads format {VERSION}")),
        Err(error) => Err(format!("its file is damaged ({error})")),
    })
}

/// What every version of a command holds.
#[derive(Deserialize)]
struct Version {
    v: u32,
}

fn wanted(letter: Letter, history: &History) -> Result<Steer, String> {
    if letter.seen <= history.begun {
        return Err("it came too late: it was sent before the run was started or resumed".to_owned());
    }
    Ok(letter.what)
}
