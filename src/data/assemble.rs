//! Joining what the files hold into splits: twins, widths, labels, and what must not overlap.

use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
};

use super::{
    DataError, DataFiles, Modality, SplitName,
    labels::{self, Labels},
    reader::{Clip, FileRead, Pooled},
};
use crate::{config::DataConfig, metrics::clip_id};

/// A set before normalisation, and all that is wrong with it.
#[derive(Debug, Default)]
pub struct Assembled {
    pub classes: Vec<String>,
    /// In the order of [`SplitName::ALL`].
    pub splits: Vec<RawSplit>,
    pub audio_width: usize,
    pub video_width: usize,
    pub problems: Vec<DataError>,
    pub notes: Vec<String>,
}

/// The clips of a split that have both modalities, in the order of their ids.
#[derive(Debug, Default)]
pub struct RawSplit {
    pub ids: Vec<String>,
    /// Labels as the files name them.
    pub names: Vec<String>,
    /// Labels as class numbers.
    pub labels: Vec<usize>,
    pub audio: Vec<RawClip>,
    pub video: Vec<RawClip>,
}

/// A clip's vector in one modality.
#[derive(Debug)]
pub struct RawClip {
    pub frames: usize,
    pub pooled: Pooled,
}

impl RawSplit {
    /// The clips of a modality.
    pub fn modality(&self, modality: Modality) -> &[RawClip] {
        match modality {
            Modality::Audio => &self.audio,
            Modality::Video => &self.video,
        }
    }
}

/// Join the files, which come as (split, audio file, video file).
pub fn assemble(
    files: &DataFiles,
    config: &DataConfig,
    reads: impl Iterator<Item = (SplitName, FileRead, FileRead)>,
) -> Assembled {
    let mut set = Assembled::default();
    let mut other_lengths = 0;
    let mut train_is_whole = true;
    for (split, audio, video) in reads {
        if split == SplitName::Train {
            train_is_whole = audio.is_whole() && video.is_whole();
        }
        let pairing = Pairing { audio: files.audio.split(split), video: files.video.split(split) };
        let raw = pairing.pair(audio, video, &mut set.problems);
        if raw.ids.is_empty() && set.problems.is_empty() {
            let problem = format!("the {split} split has no clips");
            set.problems.push(DataError::file(pairing.audio, problem, "write clips into it, or name another file"));
        }
        other_lengths += raw.audio.iter().zip(&raw.video).filter(|(a, v)| a.frames != v.frames).count();
        set.splits.push(raw);
    }
    if other_lengths > 0 {
        set.notes.push(format!(
            "{} differ in the number of audio and video frames; each modality is averaged over its own",
            count(other_lengths, "clip")
        ));
    }
    set.audio_width = common_width(files, &set.splits, Modality::Audio, &mut set.problems);
    set.video_width = common_width(files, &set.splits, Modality::Video, &mut set.problems);
    match labels::resolve(files, &set.splits, &config.classes, train_is_whole) {
        Ok(Labels { classes, numbers, notes, problems }) => {
            for (split, numbers) in set.splits.iter_mut().zip(numbers) {
                split.labels = numbers;
            }
            set.classes = classes;
            set.notes.extend(notes);
            set.problems.extend(problems);
        }
        Err(problem) => set.problems.push(problem),
    }
    set.notes.extend(overlaps(&set.splits));
    set
}

/// `1 clip`, `2 clips`.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

struct Pairing<'a> {
    audio: &'a Path,
    video: &'a Path,
}

impl Pairing<'_> {
    /// Merge two lists that are ordered by clip id.
    fn pair(&self, audio: FileRead, video: FileRead, problems: &mut Vec<DataError>) -> RawSplit {
        let mut raw = RawSplit::default();
        let (broken_audio, broken_video) = (places(&audio), places(&video));
        problems.extend(audio.problems);
        problems.extend(video.problems);
        let mut audio = unique(audio.clips, self.audio, Modality::Audio, problems).into_iter().peekable();
        let mut video = unique(video.clips, self.video, Modality::Video, problems).into_iter().peekable();
        let (mut no_video, mut no_audio) = (Vec::new(), Vec::new());
        loop {
            let order = match (audio.peek(), video.peek()) {
                (Some(a), Some(v)) => a.aid.cmp(&v.aid),
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (None, None) => break,
            };
            let a = if order.is_le() { audio.next() } else { None };
            let v = if order.is_ge() { video.next() } else { None };
            match (a, v) {
                (Some(a), Some(v)) if a.label == v.label => {
                    raw.ids.push(a.aid);
                    raw.names.push(a.label);
                    raw.audio.push(RawClip { frames: a.frames, pooled: a.pooled });
                    raw.video.push(RawClip { frames: v.frames, pooled: v.pooled });
                }
                (Some(a), Some(v)) => problems.push(DataError::dataset(
                    self.audio,
                    format!("{}/audio/{}", a.label, a.aid),
                    format!("has label {}, its twin in {} label {}", a.label, self.video.display(), v.label),
                    "give the clip one label in both files",
                )),
                (a, v) => {
                    no_video.extend(a.map(|clip| format!("{}/video/{}", clip.label, clip.aid)));
                    no_audio.extend(v.map(|clip| format!("{}/audio/{}", clip.label, clip.aid)));
                }
            }
        }
        no_video.retain(|place| !is_broken(place, &broken_video));
        no_audio.retain(|place| !is_broken(place, &broken_audio));
        problems.extend(missing(no_video, self.video, self.audio));
        problems.extend(missing(no_audio, self.audio, self.video));
        raw
    }
}

fn places(read: &FileRead) -> HashSet<String> {
    read.problems.iter().map(|problem| problem.place().to_owned()).collect()
}

/// True where a clip's dataset, its label's group or its whole file has a problem already.
fn is_broken(place: &str, broken: &HashSet<String>) -> bool {
    let group = place.rsplit_once('/').map_or("", |(group, _)| group);
    [place, group, "/", ""].iter().any(|place| broken.contains(*place))
}

/// Drop and report clips that a file has under two labels.
fn unique(clips: Vec<Clip>, file: &Path, modality: Modality, problems: &mut Vec<DataError>) -> Vec<Clip> {
    let mut kept: Vec<Clip> = Vec::with_capacity(clips.len());
    for clip in clips {
        match kept.last() {
            Some(last) if last.aid == clip.aid => problems.push(DataError::dataset(
                file,
                format!("{}/{modality}/{}", clip.label, clip.aid),
                format!("is also there under label {}", last.label),
                "keep the clip under its true label only",
            )),
            _ => kept.push(clip),
        }
    }
    kept
}

/// One problem for all clips that `file` lacks and `other` has.
fn missing(places: Vec<String>, file: &Path, other: &Path) -> Option<DataError> {
    let clips = places.len();
    let first = places.into_iter().next()?;
    let problem = if clips == 1 {
        format!("is missing, while {} has its twin", other.display())
    } else {
        format!("and {} are missing, while {} has their twins", count(clips - 1, "more clip"), other.display())
    };
    let remedy = "compute the missing features, or remove the clips from the other file";
    Some(DataError::dataset(file, first, problem, remedy))
}

/// The width that most clips have; the others are problems.
fn common_width(files: &DataFiles, splits: &[RawSplit], modality: Modality, problems: &mut Vec<DataError>) -> usize {
    let mut widths: BTreeMap<usize, usize> = BTreeMap::new();
    for clip in splits.iter().flat_map(|split| split.modality(modality)) {
        *widths.entry(clip.pooled.mean.len()).or_default() += 1;
    }
    let common = widths.iter().max_by_key(|(_, clips)| **clips).map_or(0, |(width, _)| *width);
    for (name, split) in SplitName::ALL.into_iter().zip(splits) {
        let mut odd = split.modality(modality).iter().enumerate().filter(|(_, clip)| clip.pooled.mean.len() != common);
        let Some((index, clip)) = odd.next() else { continue };
        let more = odd.count();
        let more = if more > 0 { format!("; so do {}", count(more, "more clip")) } else { String::new() };
        let id = (split.names.get(index), split.ids.get(index));
        let (Some(label), Some(aid)) = id else { continue };
        problems.push(DataError::dataset(
            files.modality(modality).split(name),
            format!("{label}/{modality}/{aid}"),
            format!("has width {}, while the other {modality} clips have width {common}{more}", clip.pooled.mean.len()),
            "compute all features of a modality with one model",
        ));
    }
    common
}

/// Clips and locations that more than one split has.
fn overlaps(splits: &[RawSplit]) -> Vec<String> {
    let mut notes = Vec::new();
    for (number, (first, a)) in SplitName::ALL.into_iter().zip(splits).enumerate() {
        for (second, b) in SplitName::ALL.into_iter().zip(splits).skip(number + 1) {
            let ids: HashSet<_> = a.ids.iter().collect();
            let clips = b.ids.iter().filter(|id| ids.contains(id)).count();
            let places: HashSet<_> = a.ids.iter().filter_map(|id| clip_id::location(id)).collect();
            let shared: HashSet<_> = b.ids.iter().filter_map(|id| clip_id::location(id)).collect();
            let locations = shared.intersection(&places).count();
            if clips > 0 {
                notes.push(format!(
                    "{} of the {second} split are in {first} too; its scores are too good",
                    count(clips, "clip")
                ));
            } else if locations > 0 {
                notes.push(format!(
                    "{} of the {second} split are in {first} too; its scores may be too good",
                    count(locations, "location")
                ));
            }
        }
    }
    notes
}
