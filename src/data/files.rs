//! Finding the files of a set: six feature files and two of normalisation statistics.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use serde::Serialize;

use super::error::DataError;
use crate::config::{DataConfig, SplitName};

/// What a feature file was computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Modality {
    Audio,
    Video,
}

impl Modality {
    pub const ALL: [Self; 2] = [Self::Audio, Self::Video];

    /// The name, as in folder names and dataset paths.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Audio => "audio",
            Self::Video => "video",
        }
    }
}

impl fmt::Display for Modality {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Where the files of a set are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataFiles {
    /// Where the set is, for people.
    pub source: String,
    pub audio: ModalityFiles,
    pub video: ModalityFiles,
}

/// The files of one modality.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ModalityFiles {
    pub train: PathBuf,
    pub val: PathBuf,
    pub test: PathBuf,
    /// Statistics to normalise with; none: they are computed from the training split.
    pub norm: Option<PathBuf>,
}

impl ModalityFiles {
    /// The file of a split.
    #[must_use]
    pub fn split(&self, split: SplitName) -> &Path {
        match split {
            SplitName::Train => &self.train,
            SplitName::Val => &self.val,
            SplitName::Test => &self.test,
        }
    }
}

impl DataFiles {
    /// Find the files that the settings name or that `config.dir` holds; paths that are named win.
    ///
    /// # Errors
    /// [`DataError::NotFound`], with what was looked for and what is there.
    pub fn find(config: &DataConfig) -> Result<Self, DataError> {
        let base = base_folder(Path::new(&config.dir));
        let audio = [&config.train_audio, &config.val_audio, &config.test_audio, &config.audio_norm];
        let video = [&config.train_video, &config.val_video, &config.test_video, &config.video_norm];
        Ok(Self {
            source: config.source().to_owned(),
            audio: modality_files(&base, Modality::Audio, audio)?,
            video: modality_files(&base, Modality::Video, video)?,
        })
    }

    /// The files of a modality.
    #[must_use]
    pub fn modality(&self, modality: Modality) -> &ModalityFiles {
        match modality {
            Modality::Audio => &self.audio,
            Modality::Video => &self.video,
        }
    }
}

fn folder_name(modality: Modality) -> String {
    format!("{modality}_features_data")
}

/// The folder with the two modality folders: the one named, a usual subfolder of it, or the parent
/// of a modality folder that was named itself.
fn base_folder(dir: &Path) -> PathBuf {
    let mut candidates = vec![dir.to_owned(), dir.join("feature"), dir.join("features")];
    if Modality::ALL.iter().any(|&modality| dir.ends_with(folder_name(modality))) {
        candidates.extend(dir.parent().map(Path::to_owned));
    }
    let holds_modality =
        |base: &PathBuf| Modality::ALL.iter().any(|&modality| base.join(folder_name(modality)).is_dir());
    candidates.into_iter().find(holds_modality).unwrap_or_else(|| dir.to_owned())
}

fn modality_files(base: &Path, modality: Modality, named: [&String; 4]) -> Result<ModalityFiles, DataError> {
    let [train, val, test, norm] = named;
    let train = feature_file(base, modality, SplitName::Train, train)?;
    let val = feature_file(base, modality, SplitName::Val, val)?;
    let test = feature_file(base, modality, SplitName::Test, test)?;
    let norm = if norm.is_empty() {
        Some(train.with_file_name("global_mean_std.npz")).filter(|path| path.is_file())
    } else {
        Some(existing(norm, &format!("data.{modality}_norm"))?)
    };
    Ok(ModalityFiles { train, val, test, norm })
}

fn feature_file(base: &Path, modality: Modality, split: SplitName, setting: &str) -> Result<PathBuf, DataError> {
    if !setting.is_empty() {
        return existing(setting, &format!("data.{split}_{modality}"));
    }
    let folder = base.join(folder_name(modality));
    let names = stems(split).iter().flat_map(|stem| [format!("{stem}.hdf5"), format!("{stem}.h5")]);
    let names: Vec<_> = names.collect();
    names.iter().map(|name| folder.join(name)).find(|path| path.is_file()).ok_or_else(|| DataError::NotFound {
        problem: format!(
            "no {modality} features of the {split} split: looked for {} in {}; {}",
            names.join(", "),
            folder.display(),
            contents(&folder, base)
        ),
        remedy: format!(
            "pass the folder that holds {} and {}, or name the file with --set data.{split}_{modality}=FILE",
            folder_name(Modality::Audio),
            folder_name(Modality::Video)
        ),
    })
}

fn existing(path: &str, key: &str) -> Result<PathBuf, DataError> {
    let path = PathBuf::from(path);
    if path.is_file() {
        return Ok(path);
    }
    let problem = format!("{key} = {}: there is no such file", path.display());
    Err(DataError::NotFound { problem, remedy: "correct the path in the settings".to_owned() })
}

/// File names without their ending: the course framework's, then the baseline's.
fn stems(split: SplitName) -> &'static [&'static str] {
    match split {
        SplitName::Train => &["train", "tr"],
        SplitName::Val => &["val"],
        SplitName::Test => &["test", "tt"],
    }
}

/// What is in the deepest of the two folders that exists, shortened.
fn contents(folder: &Path, base: &Path) -> String {
    const SHOWN: usize = 8;
    for place in [folder, base] {
        let Ok(entries) = std::fs::read_dir(place) else { continue };
        let mut names: Vec<_> =
            entries.flatten().map(|entry| entry.file_name().to_string_lossy().escape_debug().to_string()).collect();
        names.sort();
        if names.is_empty() {
            return format!("{} is empty", place.display());
        }
        let more = if names.len() > SHOWN { format!(" and {} more", names.len() - SHOWN) } else { String::new() };
        names.truncate(SHOWN);
        return format!("{} holds {}{more}", place.display(), names.join(", "));
    }
    format!("there is no folder {}", base.display())
}
