//! Loading a set: from the cache where it is there and true, else from the features.

use super::{
    DataError, DataFiles, Dataset, Modality, Observer, Split, SplitName,
    assemble::{Assembled, RawSplit, assemble},
    cache::{self, Cache},
    norm::Statistics,
    progress::Progress,
    reader::{FileRead, Job, OnProblem, read_files},
};
use crate::config::DataConfig;

/// Load the set that the settings name: find its files, pool and normalise its clips, and keep the
/// result in the cache. The order of the clips is that of their ids.
///
/// # Errors
/// What is wrong with the set, with file, dataset and remedy; or [`DataError::Cancelled`]. A cache
/// that cannot be used is no error, but a note.
pub fn load(config: &DataConfig, observer: Observer) -> Result<Dataset, DataError> {
    let files = DataFiles::find(config)?;
    let progress = Progress::new(observer);
    if !config.cache {
        return read(&files, config, &progress);
    }
    let cache = match Cache::new(&files, config) {
        Ok(cache) => cache,
        Err(note) => {
            let mut set = read(&files, config, &progress)?;
            set.notes.push(note);
            return Ok(set);
        }
    };
    progress.report("opening the cache");
    progress.check()?;
    let note = match cache.load() {
        cache::Found::Set(mut set) => {
            set.source = files.source;
            return Ok(*set);
        }
        cache::Found::Nothing => None,
        cache::Found::Unusable(note) => Some(note),
    };
    let mut set = read(&files, config, &progress)?;
    progress.report("writing the cache");
    let stored = cache.store(&set);
    set.notes.extend(note);
    set.notes.extend(stored.err());
    Ok(set)
}

/// The jobs of reading a set: for each split, its audio and its video file.
pub fn jobs(files: &DataFiles, config: &DataConfig) -> Vec<Job> {
    let pairs = SplitName::ALL.into_iter().flat_map(|split| Modality::ALL.map(|modality| (split, modality)));
    pairs
        .map(|(split, modality)| Job {
            path: files.modality(modality).split(split).to_owned(),
            split,
            modality,
            max_frames: config.max_frames,
            deviations: split == SplitName::Train && files.modality(modality).norm.is_none(),
        })
        .collect()
}

/// Pair up what [`jobs`] read.
pub fn by_split(reads: Vec<FileRead>) -> impl Iterator<Item = (SplitName, FileRead, FileRead)> {
    let mut reads = reads.into_iter();
    SplitName::ALL.into_iter().map_while(move |split| Some((split, reads.next()?, reads.next()?)))
}

fn read(files: &DataFiles, config: &DataConfig, progress: &Progress) -> Result<Dataset, DataError> {
    let mut reads = read_files(&jobs(files, config), OnProblem::Stop, progress)?;
    // What is wrong inside a file comes before what follows from it.
    if let Some(read) = reads.iter_mut().find(|read| !read.problems.is_empty()) {
        return Err(read.problems.swap_remove(0));
    }
    let demo = reads.iter().all(|read| read.demo);
    let mut set = assemble(files, config, by_split(reads));
    if !set.problems.is_empty() {
        return Err(set.problems.swap_remove(0));
    }
    let audio = statistics(files, config, &mut set, Modality::Audio)?;
    let video = statistics(files, config, &mut set, Modality::Video)?;
    let Assembled { classes, splits, audio_width, video_width, notes, .. } = set;
    let mut splits = splits.into_iter();
    let mut next = |name| normalise(files, name, splits.next().unwrap_or_default(), &audio, &video);
    let (train, val, test) = (next(SplitName::Train)?, next(SplitName::Val)?, next(SplitName::Test)?);
    let fingerprint = cache::fingerprint([&train, &val, &test]);
    Ok(Dataset {
        classes,
        train,
        val,
        test,
        audio_width,
        video_width,
        source: files.source.clone(),
        fingerprint,
        demo,
        from_cache: false,
        notes,
    })
}

/// The statistics of a modality: those that come with the set, else those of its training split.
pub fn statistics(
    files: &DataFiles,
    config: &DataConfig,
    set: &mut Assembled,
    modality: Modality,
) -> Result<Statistics, DataError> {
    let width = match modality {
        Modality::Audio => set.audio_width,
        Modality::Video => set.video_width,
    };
    if let Some(path) = &files.modality(modality).norm {
        return Statistics::read(path, width);
    }
    set.notes.push(format!("no statistics for {modality} (global_mean_std.npz): computed from the training split"));
    let train = set.splits.first().map_or(&[][..], |split| split.modality(modality));
    Ok(Statistics::compute(train, config.max_frames, width))
}

fn normalise(
    files: &DataFiles,
    name: SplitName,
    raw: RawSplit,
    audio: &Statistics,
    video: &Statistics,
) -> Result<Split, DataError> {
    let vectors = |modality, statistics: &Statistics| {
        let clips = raw.modality(modality);
        let mut out = Vec::with_capacity(clips.len() * statistics.mean.len());
        for clip in clips {
            statistics.apply(&clip.pooled.mean, &mut out);
        }
        if out.iter().all(|value| value.is_finite()) {
            return Ok(out);
        }
        let file = files.modality(modality).split(name);
        let problem = "normalising its clips gives infinite values";
        Err(DataError::file(file, problem, "check the features and the statistics in global_mean_std.npz"))
    };
    let (audio, video) = rayon::join(|| vectors(Modality::Audio, audio), || vectors(Modality::Video, video));
    let (audio, video) = (audio?, video?);
    Ok(Split { ids: raw.ids, labels: raw.labels, audio, video })
}
