//! The settings: one schema behind the dashboard, the command line and the run directories.
//!
//! `assets/default.toml` holds every key with its default and is embedded in the program;
//! [`layers`] merges a config file, `--set` pairs and flags over it, and reports every problem at
//! once. A [`Config`] that exists has been validated.

mod edit;
pub mod identity;
pub mod layers;
pub mod number;
pub mod schema;
mod slurm;
mod split;
mod validate;

pub use layers::{Layers, Problems};
pub use slurm::SlurmConfig;
pub use split::SplitName;

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

/// The text of `assets/default.toml`: defaults and documentation of every key.
pub const DEFAULT_TOML: &str = include_str!("../assets/default.toml");

/// All settings, validated.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub data: DataConfig,
    pub model: ModelConfig,
    pub train: TrainConfig,
    pub runs: RunsConfig,
    #[serde(default)]
    pub study: StudyConfig,
    #[serde(default, skip_serializing_if = "SlurmConfig::is_unset")]
    pub slurm: SlurmConfig,
    pub ui: UiConfig,
    #[serde(default)]
    pub notify: NotifyConfig,
    #[serde(default, skip_serializing_if = "KeysConfig::is_empty")]
    pub keys: KeysConfig,
}

/// Where the features are and how they are read.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DataConfig {
    /// Folder of the set, or `demo`.
    pub dir: String,
    pub train_audio: String,
    pub train_video: String,
    pub val_audio: String,
    pub val_video: String,
    pub test_audio: String,
    pub test_video: String,
    pub audio_norm: String,
    pub video_norm: String,
    /// Frames of a clip that are used, from its start.
    pub max_frames: usize,
    /// Class names in label order; empty: from the clip names.
    pub classes: Vec<String>,
    pub cache: bool,
    pub cache_dir: String,
}

/// The value of `data.dir` that means the generated demo set.
pub const DEMO: &str = "demo";

impl DataConfig {
    /// True where the generated demo set is meant.
    #[must_use]
    pub fn is_demo(&self) -> bool {
        self.dir == DEMO
    }

    /// Where the set is, for people: its folder, or one of its files where each is named by itself.
    #[must_use]
    pub fn source(&self) -> &str {
        let splits = [&self.train_audio, &self.train_video, &self.val_audio, &self.val_video];
        let all_named = splits.into_iter().chain([&self.test_audio, &self.test_video]).all(|path| !path.is_empty());
        if all_named { &self.train_audio } else { &self.dir }
    }

    /// Every setting that is a path.
    pub fn paths_mut(&mut self) -> [&mut String; 10] {
        [
            &mut self.dir,
            &mut self.train_audio,
            &mut self.train_video,
            &mut self.val_audio,
            &mut self.val_video,
            &mut self.test_audio,
            &mut self.test_video,
            &mut self.audio_norm,
            &mut self.video_norm,
            &mut self.cache_dir,
        ]
    }
}

/// The architecture.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelConfig {
    pub mode: Mode,
    pub hidden: usize,
    pub embedding: usize,
    pub head: usize,
    pub early_hidden: [usize; 4],
    pub dropout: f64,
    pub hybrid_late: f64,
    pub hybrid_mid: f64,
}

/// The training recipe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
    pub epochs: usize,
    /// Patience of early stopping in epochs; 0: never.
    pub early_stop: usize,
    pub batch_size: usize,
    pub seed: u64,
    pub lr: f64,
    pub weight_decay: f64,
    pub beta1: f64,
    pub beta2: f64,
    pub epsilon: f64,
    pub lr_factor: f64,
    pub lr_patience: usize,
    pub lr_threshold: f64,
    pub device: String,
    /// CPU threads; 0: one a core.
    pub threads: usize,
}

/// Where runs are kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RunsConfig {
    pub dir: String,
}

/// Which trial of which study a run is; both empty where it is none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudyConfig {
    pub name: String,
    /// Identity of the trial in the study's plan.
    pub trial: String,
}

/// How the dashboard looks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UiConfig {
    /// Train as soon as the dashboard opens, where the mode has no run on this data yet.
    pub autostart: bool,
    pub color: ColorDepth,
    #[serde(default)]
    pub theme: Theme,
    pub marks: Marks,
    /// Take clicks and the wheel; the terminal's own selection of text then needs a key.
    #[serde(default = "yes")]
    pub mouse: bool,
    /// What following a run may send to the terminal; 0: as much as there is.
    #[serde(default = "bytes_per_second")]
    pub bytes_per_second: u32,
}

fn yes() -> bool {
    true
}

/// A quarter of what a slow line of 128 kbit/s carries.
fn bytes_per_second() -> u32 {
    4000
}

/// The palettes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Theme {
    /// Told apart with any colour vision, on a dark background.
    #[default]
    Safe,
    Dark,
    Light,
    Contrast,
}

impl Theme {
    pub const ALL: [Self; 4] = [Self::Safe, Self::Dark, Self::Light, Self::Contrast];

    /// The name used in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Dark => "dark",
            Self::Light => "light",
            Self::Contrast => "contrast",
        }
    }
}

/// What calls the person back, by what has happened.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NotifyConfig {
    pub finished: Vec<Means>,
    pub failed: Vec<Means>,
    pub diverged: Vec<Means>,
    pub best: Vec<Means>,
    /// Program and arguments of [`Means::Command`].
    pub command: Vec<String>,
}

/// A way to call the person back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Means {
    Bell,
    /// The escape sequence that terminals turn into a desktop notification.
    Osc9,
    Command,
}

/// The keys, as written: by table and action. The dashboard gives them their meaning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct KeysConfig(pub BTreeMap<String, BTreeMap<String, Vec<String>>>);

impl KeysConfig {
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The keys of `action`; none where nothing is written.
    #[must_use]
    pub fn of(&self, table: &str, action: &str) -> &[String] {
        self.0.get(table).and_then(|actions| actions.get(action)).map_or(&[], Vec::as_slice)
    }
}

/// How many colours the dashboard draws with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ColorDepth {
    #[serde(rename = "auto")]
    Auto,
    #[serde(rename = "truecolor")]
    TrueColor,
    #[serde(rename = "256")]
    Indexed,
    #[serde(rename = "16")]
    Ansi,
    #[serde(rename = "none")]
    None,
}

/// The characters that charts are drawn with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Marks {
    Braille,
    Block,
    Ascii,
}

/// How the two modalities are fused. The order is that of the dashboard's tabs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    Early,
    Mid,
    Late,
    Hybrid,
    Audio,
    Video,
}

impl Mode {
    /// Every mode, in the order of the tabs.
    pub const ALL: [Self; 6] = [Self::Early, Self::Mid, Self::Late, Self::Hybrid, Self::Audio, Self::Video];

    /// The name used in files and on the command line.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Early => "early",
            Self::Mid => "mid",
            Self::Late => "late",
            Self::Hybrid => "hybrid",
            Self::Audio => "audio",
            Self::Video => "video",
        }
    }

    /// The name as a title.
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::Early => "Early",
            Self::Mid => "Mid",
            Self::Late => "Late",
            Self::Hybrid => "Hybrid",
            Self::Audio => "Audio",
            Self::Video => "Video",
        }
    }

    /// Position among the tabs, from 0.
    #[must_use]
    pub fn index(self) -> usize {
        Self::ALL.iter().position(|&mode| mode == self).unwrap_or(0)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl std::str::FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|mode| mode.name() == text).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|mode| mode.name()).collect();
            format!("unknown mode `{text}`; one of {}", names.join(", "))
        })
    }
}

impl Default for Config {
    /// The values of `assets/default.toml`.
    fn default() -> Self {
        Layers::new().resolve().unwrap_or_else(|problems| unreachable!("the embedded defaults are valid: {problems}"))
    }
}

impl Config {
    /// The settings as TOML.
    #[must_use]
    pub fn to_toml(&self) -> String {
        toml::to_string(self).unwrap_or_default()
    }

    /// The settings that belong to a run: without keys, without those of the site's Slurm, and without the
    /// command that calls the person back, which may hold what is not for everybody who can read a run.
    #[must_use]
    pub fn of_run(&self) -> Self {
        Self {
            keys: KeysConfig::default(),
            notify: NotifyConfig::default(),
            slurm: SlurmConfig::default(),
            ..self.clone()
        }
    }
}
