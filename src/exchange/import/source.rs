//! The parts of an experiment folder, each read on its own.

use std::{
    fs::{self, File},
    io::{BufReader, Read as _},
    path::Path,
};

use anyhow::{Context as _, Result, bail, ensure};

use super::{Request, weights::arrays};
use crate::{
    exchange::{
        config_yaml::Settings,
        recognise::{self, Recognised},
        train_log::{self, LoggedEpoch},
    },
    runs::{RunDir, results::Predictions},
};

/// Longer than any of the framework's text files, predictions of a million clips among them.
const MOST_TEXT: u64 = 256 << 20;

/// What a folder or a file holds.
#[derive(Debug, Default)]
pub struct Source {
    /// As it was named.
    pub name: String,
    /// The runs of the log; none where there is no log.
    pub log: Vec<Vec<LoggedEpoch>>,
    pub settings: Settings,
    pub weights: Option<Recognised>,
    /// The prediction file's text, and what it tells.
    pub predictions: Option<String>,
    pub tested: Option<Predictions>,
    /// The text of result.txt.
    pub result: Option<String>,
    /// A hash of the files that no log stands beside.
    pub files: Vec<u8>,
}

impl Source {
    /// Read the folder or checkpoint at `path`.
    ///
    /// # Errors
    /// If there is nothing in it that a run can be made of.
    pub fn read(path: &Path, request: &Request<'_>, notes: &mut Vec<String>) -> Result<Self> {
        let metadata = fs::metadata(path);
        let metadata = metadata.with_context(|| format!("importing {}; check the path", path.display()))?;
        let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let mut source = Self { name: absolute.display().to_string(), ..Self::default() };
        if metadata.is_dir() {
            ensure!(
                !RunDir::at(path).events().exists(),
                "importing {}: it is a run of this program already; put it into the runs folder",
                path.display()
            );
            source.read_folder(path, request, notes);
        } else {
            source.weights = Some(source.read_weights(path, request, notes)?);
        }
        if source.log.is_empty() && source.weights.is_none() && source.tested.is_none() {
            let notes = notes.join("\n  ");
            bail!(
                "importing {}: neither a train.log nor a best_model.pt nor a prediction.csv of the course framework \
                 can be read in it\n  {notes}",
                path.display()
            );
        }
        Ok(source)
    }

    fn read_folder(&mut self, folder: &Path, request: &Request<'_>, notes: &mut Vec<String>) {
        let place = |name: &str| Some(folder.join(name)).filter(|path| path.exists());
        let mut told = |result: Result<()>| {
            if let Err(error) = result {
                notes.push(format!("{error:#}; the other parts are taken"));
            }
        };
        if let Some(path) = place("config.yaml") {
            told(text(&path).map(|text| self.settings = Settings::parse(&text)));
        }
        let mut later = Vec::new();
        if let Some(path) = place("train.log") {
            told(log(&path).map(|log| {
                self.log = log.runs;
                later.extend(log.notes.into_iter().map(|note| format!("train.log: {note}")));
            }));
        }
        if let Some(path) = place("prediction.csv") {
            told(text(&path).and_then(|text| {
                let name = path.display().to_string();
                let read = Predictions::parse(&name, text.as_bytes()).with_context(|| format!("reading {name}"))?;
                later.extend(read.notes.iter().map(|note| format!("prediction.csv: {note}")));
                self.tested = Some(read);
                self.remember(text.as_bytes());
                self.predictions = Some(text);
                Ok(())
            }));
        }
        if let Some(path) = place("result.txt") {
            told(text(&path).map(|text| self.result = Some(text)));
        }
        if let Some(path) = place("best_model.pt") {
            told(self.read_weights(&path, request, &mut later).map(|read| self.weights = Some(read)));
        }
        notes.extend(later);
        notes.extend(self.settings.notes.iter().cloned());
    }

    fn read_weights(&mut self, path: &Path, request: &Request<'_>, notes: &mut Vec<String>) -> Result<Recognised> {
        let recognised = recognise::open(path, request.mode, &request.config.model)?;
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
        notes.extend(recognised.notes.iter().map(|note| format!("{name}: {note}")));
        for (key, _, _, bytes) in recognised.blueprint.layers().flat_map(arrays) {
            self.remember(key.as_bytes());
            self.remember(&bytes);
        }
        Ok(recognised)
    }

    fn remember(&mut self, bytes: &[u8]) {
        self.files.extend(xxhash_rust::xxh3::xxh3_64(bytes).to_le_bytes());
    }
}

fn log(path: &Path) -> Result<train_log::TrainLog> {
    let doing = || format!("reading {}", path.display());
    let file = File::open(path).with_context(doing)?;
    ensure!(file.metadata().with_context(doing)?.is_file(), "{}: it is no file", doing());
    train_log::read(BufReader::new(file)).with_context(doing)
}

fn text(path: &Path) -> Result<String> {
    let doing = || format!("reading {}", path.display());
    let file = File::open(path).with_context(doing)?;
    let metadata = file.metadata().with_context(doing)?;
    ensure!(metadata.is_file() && metadata.len() <= MOST_TEXT, "{}: it is no text file of a sensible size", doing());
    let mut text = String::new();
    file.take(MOST_TEXT).read_to_string(&mut text).with_context(doing)?;
    Ok(text)
}
