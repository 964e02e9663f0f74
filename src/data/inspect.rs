//! Describing a set for people: what each file holds, and everything that is wrong with it.

mod text;

use std::{collections::BTreeMap, path::PathBuf};

use serde::Serialize;

use super::{
    DataError, DataFiles, Modality, Observer, SplitName,
    assemble::assemble,
    load::{by_split, jobs, statistics},
    progress::Progress,
    reader::{Facts, FileRead, Job, OnProblem, read_files},
};
use crate::{config::DataConfig, metrics::clip_id};

/// A set, described.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Inspection {
    pub source: String,
    /// True where the set is the generated demo set.
    pub demo: bool,
    pub classes: Vec<String>,
    /// Clips with both modalities, by split and class.
    pub splits: Vec<SplitFacts>,
    pub files: Vec<FileFacts>,
    /// The statistics files; none: computed from the training split.
    pub audio_norm: Option<PathBuf>,
    pub video_norm: Option<PathBuf>,
    pub notes: Vec<String>,
    /// Why the set would be refused; empty: it can be trained on.
    pub problems: Vec<String>,
}

/// The clips of a split that have both modalities.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SplitFacts {
    pub split: SplitName,
    pub clips: usize,
    /// In the order of [`Inspection::classes`].
    pub clips_per_class: Vec<usize>,
    /// Recordings (class, city and location), where the clips' names tell them.
    pub locations: usize,
}

/// One feature file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileFacts {
    pub split: SplitName,
    pub modality: Modality,
    pub path: PathBuf,
    pub bytes: u64,
    /// Clips that can be read.
    pub clips: usize,
    /// Fewest, median and most frames of a clip.
    pub frames: Option<[usize; 3]>,
    /// Clips by feature width.
    pub widths: BTreeMap<usize, usize>,
    #[serde(flatten)]
    pub storage: Facts,
}

/// Read a set whole and describe it, problems and all.
///
/// # Errors
/// If files are missing, or [`DataError::Cancelled`]; any other problem is part of the description.
pub fn inspect(config: &DataConfig, observer: Observer) -> Result<Inspection, DataError> {
    let files = DataFiles::find(config)?;
    let jobs = jobs(&files, config);
    let reads = read_files(&jobs, OnProblem::Collect, &Progress::new(observer))?;
    let facts = jobs.into_iter().zip(&reads).map(|(job, read)| file_facts(job, read)).collect();
    let demo = reads.iter().all(|read| read.demo);
    let mut set = assemble(&files, config, by_split(reads));
    for modality in Modality::ALL {
        if let Err(problem) = statistics(&files, config, &mut set, modality) {
            set.problems.push(problem);
        }
    }
    let splits = SplitName::ALL.into_iter().zip(&set.splits).map(|(split, raw)| {
        let per_class = |class| raw.labels.iter().filter(|&&label| label == class).count();
        let locations: std::collections::BTreeSet<_> = raw.ids.iter().filter_map(|id| clip_id::location(id)).collect();
        SplitFacts {
            split,
            clips: raw.ids.len(),
            clips_per_class: (0..set.classes.len()).map(per_class).collect(),
            locations: locations.len(),
        }
    });
    Ok(Inspection {
        source: files.source.clone(),
        demo,
        splits: splits.collect(),
        classes: set.classes,
        files: facts,
        audio_norm: files.audio.norm,
        video_norm: files.video.norm,
        notes: set.notes,
        problems: set.problems.iter().map(ToString::to_string).collect(),
    })
}

fn file_facts(job: Job, read: &FileRead) -> FileFacts {
    let mut frames: Vec<usize> = read.clips.iter().map(|clip| clip.frames).collect();
    frames.sort_unstable();
    let mut widths = BTreeMap::new();
    for clip in &read.clips {
        *widths.entry(clip.pooled.mean.len()).or_default() += 1;
    }
    FileFacts {
        split: job.split,
        modality: job.modality,
        path: job.path,
        bytes: read.bytes,
        clips: read.clips.len(),
        frames: match (frames.first(), frames.get(frames.len() / 2), frames.last()) {
            (Some(&least), Some(&median), Some(&most)) => Some([least, median, most]),
            _ => None,
        },
        widths,
        storage: read.facts.clone(),
    }
}
