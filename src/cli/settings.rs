//! The options that every command takes, and the settings that follow from them.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::{
    config::{Config, DEMO, Layers, Problems},
    device, tui,
};

/// Read when it stands in the current folder and no other file is named.
const CONFIG_FILE: &str = "config.toml";

#[derive(Clone, Debug, Args)]
pub struct SettingsArgs {
    /// Settings file; config.toml of the current folder where it is not given.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder of the features, or `demo`.
    #[arg(long, global = true, value_name = "DIR")]
    data: Option<String>,
    /// Folder that run directories are kept in.
    #[arg(long, global = true, value_name = "DIR")]
    runs: Option<String>,
    /// What computes: auto, flex, libtorch, …; `avsc-tui doctor` lists what there is.
    #[arg(long, global = true, value_name = "DEVICE")]
    device: Option<String>,
    /// Change any setting: --set train.lr=1e-3, or --set lr=1e-3.
    #[arg(long, global = true, value_name = "KEY=VALUE")]
    set: Vec<String>,
}

impl SettingsArgs {
    /// The settings that these options give.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn resolve(&self) -> Result<Config, Problems> {
        finish(self.layers())
    }

    /// True where an option names the data, which is then not that of a run.
    #[must_use]
    pub fn names_data(&self) -> bool {
        self.data.is_some() || self.set.iter().any(|pair| pair.trim_start().starts_with("data."))
    }

    /// True where an option names the device.
    #[must_use]
    pub fn names_device(&self) -> bool {
        self.device.is_some() || self.set.iter().any(|pair| pair.trim_start().starts_with("train.device"))
    }

    /// The layers up to these options, for a command that has flags of its own.
    #[must_use]
    pub fn layers(&self) -> Layers {
        self.over(self.file())
    }

    /// The defaults with the settings file over them.
    #[must_use]
    pub fn file(&self) -> Layers {
        let layers = Layers::new();
        match &self.config {
            Some(path) => layers.file(path),
            None if Path::new(CONFIG_FILE).is_file() => layers.file(Path::new(CONFIG_FILE)),
            None => layers,
        }
    }

    /// `layers` with the other options over them.
    #[must_use]
    pub fn over(&self, mut layers: Layers) -> Layers {
        for pair in &self.set {
            layers = layers.set(pair);
        }
        for (key, value, flag) in [
            ("data.dir", &self.data, "--data"),
            ("runs.dir", &self.runs, "--runs"),
            ("train.device", &self.device, "--device"),
        ] {
            if let Some(value) = value {
                layers = layers.flag(key, value.as_str(), flag);
            }
        }
        layers
    }
}

impl SettingsArgs {
    /// Keys, with their sections, of the settings that these options give a value.
    #[must_use]
    pub fn keys(&self) -> Vec<String> {
        let layers = Layers::new();
        let set = self.set.iter().filter_map(|pair| layers.full_key(pair.split_once('=')?.0.trim()).ok());
        let flags = [("data.dir", &self.data), ("runs.dir", &self.runs), ("train.device", &self.device)];
        set.chain(flags.into_iter().filter(|(_, value)| value.is_some()).map(|(key, _)| key.to_owned())).collect()
    }
}

impl SettingsArgs {
    /// The options as words of a shell, each after a space, for a command that is to be given again.
    #[must_use]
    pub fn words(&self) -> String {
        let config = self.config.as_ref().map(|path| path.display().to_string());
        let given = [("--config", &config), ("--data", &self.data), ("--runs", &self.runs), ("--device", &self.device)];
        let given = given.into_iter().filter_map(|(flag, value)| Some((flag, value.as_ref()?)));
        let words = given.chain(self.set.iter().map(|pair| ("--set", pair)));
        words.map(|(flag, value)| format!(" {flag} {}", word(value))).collect::<Vec<_>>().concat()
    }
}

/// `text` as one word of a shell.
fn word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,+@%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// The settings that `layers` give. Paths of data become absolute: a run keeps its settings, and may be
/// resumed from another folder.
///
/// # Errors
/// Everything that is wrong with them.
pub fn finish(layers: Layers) -> Result<Config, Problems> {
    let mut config = layers.resolve_with(tui::keymap::problems)?;
    for path in config.data.paths_mut() {
        if !path.is_empty()
            && path != DEMO
            && let Ok(absolute) = std::path::absolute(&*path)
        {
            *path = absolute.display().to_string();
        }
    }
    Ok(config)
}

/// Make the program's one thread pool as large as the settings say, and the process fit for the
/// device. The second call, and 0 threads, keep the pool that is there.
pub fn prepare(config: &Config) {
    if config.train.threads > 0 {
        let _ = rayon::ThreadPoolBuilder::new().num_threads(config.train.threads).build_global();
    }
    device::prepare(&config.train.device);
}
