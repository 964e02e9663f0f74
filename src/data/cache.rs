//! The cache: a set as training sees it, in one file, so that the next start need not read the
//! features.
//!
//! The file's name follows from the paths and settings, so that a set has one cache; the key inside
//! names sizes, times and inodes of the features, and a checksum covers all. A cache that does not
//! match to the letter is not used.

mod format;

use std::{
    fs,
    io::{ErrorKind, Write},
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use etcetera::base_strategy::{BaseStrategy, choose_base_strategy};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::{DataFiles, Dataset};
use crate::config::DataConfig;
pub use format::fingerprint;

/// What a cached set was made from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Key {
    files: Vec<Identity>,
    max_frames: usize,
    classes: Vec<String>,
}

/// A file, as far as it can be told without reading it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Identity {
    path: PathBuf,
    bytes: u64,
    modified: (i64, i64),
    inode: u64,
}

/// Place and key of a set's cache.
#[derive(Debug)]
pub struct Cache {
    sources: Vec<PathBuf>,
    key: Key,
    folder: PathBuf,
    file: PathBuf,
}

/// The folder for what can be made again: `configured`, or where that is empty the user's own.
///
/// # Errors
/// If the user has no home folder.
pub fn folder(configured: &str) -> Result<PathBuf, String> {
    if !configured.is_empty() {
        return Ok(PathBuf::from(configured));
    }
    let strategy = choose_base_strategy().map_err(|error| error.to_string())?;
    Ok(strategy.cache_dir().join("avsc-tui"))
}

/// What the cache holds.
pub enum Found {
    Set(Box<Dataset>),
    Nothing,
    /// With a sentence that says why.
    Unusable(String),
}

impl Cache {
    /// The cache of a set, in the folder of the settings or the user's cache folder.
    ///
    /// # Errors
    /// A sentence that says why there can be none.
    pub fn new(files: &DataFiles, config: &DataConfig) -> Result<Self, String> {
        let folder = folder(&config.cache_dir).map_err(|error| format!("no cache is kept: {error}"))?;
        let modalities = [&files.audio, &files.video];
        let sources = modalities.into_iter().flat_map(|files| {
            let features = [&files.train, &files.val, &files.test];
            features.into_iter().chain(&files.norm).cloned()
        });
        let sources: Vec<PathBuf> = sources.collect();
        let key = Key { files: identities(&sources)?, max_frames: config.max_frames, classes: config.classes.clone() };
        // Two sets share no name; a changed set keeps its own.
        let paths: Vec<_> = key.files.iter().map(|file| &file.path).collect();
        let name = format!("{paths:?} {} {:?}", key.max_frames, key.classes);
        let file = folder.join(format!("set-{:016x}.bin", xxh3_64(name.as_bytes())));
        Ok(Self { sources, key, folder, file })
    }

    /// Read the cached set.
    pub fn load(&self) -> Found {
        let bytes = match fs::read(&self.file) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == ErrorKind::NotFound => return Found::Nothing,
            Err(error) => return Found::Unusable(format!("the cache {} cannot be read: {error}", self.file.display())),
        };
        match format::decode(&bytes) {
            Some((key, set)) if key == self.key => Found::Set(Box::new(set)),
            Some(_) => Found::Unusable("the features changed since they were cached: they were read again".to_owned()),
            None => Found::Unusable(format!("the cache {} was damaged: it was made again", self.file.display())),
        }
    }

    /// Write the set beside the cache and put it in its place, so that whoever reads meanwhile
    /// finds the old or the new one whole.
    ///
    /// # Errors
    /// A sentence that says why the set is not cached.
    pub fn store(&self, set: &Dataset) -> Result<(), String> {
        static WRITERS: AtomicU32 = AtomicU32::new(0);
        if identities(&self.sources)? != self.key.files {
            return Err("the features changed while they were read: they were not cached".to_owned());
        }
        let failed = |error: std::io::Error| format!("the cache {} cannot be written: {error}", self.folder.display());
        fs::create_dir_all(&self.folder).map_err(failed)?;
        self.remove_leftovers();
        let writer = format!("tmp-{}-{}", std::process::id(), WRITERS.fetch_add(1, Ordering::Relaxed));
        let temporary = self.file.with_extension(writer);
        let written = write_synced(&temporary, &format::encode(&self.key, set))
            .and_then(|()| fs::rename(&temporary, &self.file))
            .map_err(failed);
        if written.is_err() {
            // Best effort: the folder may be full or gone.
            let _ = fs::remove_file(&temporary);
        }
        written
    }

    /// Remove what writers that were killed left behind.
    fn remove_leftovers(&self) {
        const OLD: Duration = Duration::from_hours(1);
        let Some(stem) = self.file.file_stem().and_then(|stem| stem.to_str()) else { return };
        let Ok(entries) = fs::read_dir(&self.folder) else { return };
        for entry in entries.flatten() {
            let temporary = entry.file_name().to_str().is_some_and(|name| name.starts_with(&format!("{stem}.tmp-")));
            let age = entry.metadata().and_then(|meta| meta.modified()).ok().and_then(|time| time.elapsed().ok());
            if temporary && age.is_some_and(|age| age > OLD) {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

fn identities(sources: &[PathBuf]) -> Result<Vec<Identity>, String> {
    let identity = |path: &PathBuf| {
        let path = fs::canonicalize(path)?;
        let meta = fs::metadata(&path)?;
        Ok(Identity { bytes: meta.len(), modified: (meta.mtime(), meta.mtime_nsec()), inode: meta.ino(), path })
    };
    let all: std::io::Result<_> = sources.iter().map(identity).collect();
    all.map_err(|error| format!("no cache is kept: {error}"))
}

fn write_synced(path: &Path, parts: &[Vec<u8>]) -> std::io::Result<()> {
    let mut file = fs::File::create(path)?;
    for part in parts {
        file.write_all(part)?;
    }
    file.sync_all()
}
