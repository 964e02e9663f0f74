//! Reading users' features: HDF5 files, splits, normalisation, the pooled cache, the demo set.
//! The only place that names `hdf5`.
//!
//! [`load()`] goes from the settings to a [`Dataset`]: `files` finds the files, `reader` pools every
//! clip, `assemble` and `labels` join the clips and check them, `norm` normalises, and `cache` keeps
//! the result. [`inspect()`] takes the same way, but collects all problems where [`load()`] stops.
//!
//! 1. The library's lock is held for metadata and for numbers that it must convert or unpack; all
//!    others are read past it, in parallel.
//! 2. Nothing depends on the order in which threads finish.
//! 3. No size that a file claims is believed before it is checked against the file or a bound.

mod assemble;
mod cache;
pub mod demo;
mod error;
mod files;
mod inspect;
mod labels;
mod load;
mod norm;
mod progress;
mod reader;

use std::ops::ControlFlow;

pub use cache::folder as cache_folder;
pub use error::DataError;
pub use files::{DataFiles, Modality, ModalityFiles};
pub use inspect::{FileFacts, Inspection, inspect};
pub use load::load;
pub use norm::Statistics;

pub use crate::config::SplitName;

/// A whole set in memory, one normalised vector a clip and modality.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// Class names in label order.
    pub classes: Vec<String>,
    pub train: Split,
    pub val: Split,
    pub test: Split,
    /// Feature widths; the two may differ.
    pub audio_width: usize,
    pub video_width: usize,
    /// Where it came from, for people.
    pub source: String,
    /// Hash of the content that training sees (ids, labels, vectors), hexadecimal.
    pub fingerprint: String,
    /// True where the set is the generated demo set.
    pub demo: bool,
    /// True where the vectors came from the cache.
    pub from_cache: bool,
    /// What the reader noticed and the user should know, one sentence each.
    pub notes: Vec<String>,
}

/// The clips of one split, in the order of their ids.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Split {
    pub ids: Vec<String>,
    pub labels: Vec<usize>,
    /// Row-major, clips × audio width, float32, normalised.
    pub audio: Vec<f32>,
    /// Row-major, clips × video width, float32, normalised.
    pub video: Vec<f32>,
}

impl Split {
    /// Number of clips.
    #[must_use]
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// True where there are no clips.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }
}

/// How far a long data operation is.
#[derive(Clone, Debug, PartialEq)]
pub struct LoadProgress {
    /// What is being done, in a few words: "writing the demo set", "reading train".
    pub what: String,
    /// Clips done and to do, over all splits and both modalities.
    pub clips: usize,
    pub total: usize,
    /// Feature bytes read or written so far.
    pub bytes: u64,
}

/// Told of progress from any reading thread; `Break` cancels the operation.
pub type Observer<'a> = &'a (dyn Fn(LoadProgress) -> ControlFlow<()> + Sync);

/// Version of the HDF5 library in this build.
#[must_use]
pub fn library_version() -> String {
    let (major, minor, patch) = hdf5_metno::library_version();
    format!("{major}.{minor}.{patch}")
}
