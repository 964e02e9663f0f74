//! Evaluating a trained model again: on a split of the data that it was trained on, or of other data.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail, ensure};

use super::{
    checkpoint::Checkpoint,
    evaluate::evaluate,
    loading::Loaded,
    random::{Purpose, stream},
    session::origin_mode,
    tensors::sizes,
    worker::guarded,
};
use crate::{
    config::{Config, Mode, ModelConfig, SplitName},
    device::{Compute, in_memory},
    exchange::{self, Recognised},
    model::{Fusion, Sizes},
    protocol::{RunStarted, SplitResult, Tag, Unit},
    runs::{RunDir, RunEntry, list, results::Predictions},
};

/// A trained model on disk, and what is known of it.
#[derive(Clone, Debug)]
pub struct Trained {
    /// The run's name, or the file's.
    pub name: String,
    pub checkpoint: PathBuf,
    /// Architecture, data and device that it was trained with; for a file alone, those of the settings.
    pub config: Config,
    /// The run that it belongs to; none for a file alone.
    pub run: Option<RunEntry>,
}

/// What a model gives on a split.
#[derive(Clone, Debug)]
pub struct Scored {
    pub predictions: Predictions,
    /// Scores as a run records them.
    pub result: SplitResult,
    pub tag: Tag,
    /// The model was trained on the very data that the split is of; none where that is not known.
    pub same_data: Option<bool>,
}

impl Trained {
    /// The best model of the run in `dir`.
    ///
    /// # Errors
    /// If it is no run, its settings cannot be read, or it has no checkpoint yet.
    pub fn of_run(dir: &RunDir) -> Result<Self> {
        let config = dir.read_config()?;
        let run = list::read(dir, &mut Vec::new()).with_context(|| format!("reading the run {}", dir.name()))?;
        let checkpoint = dir.best();
        ensure!(
            checkpoint.is_file(),
            "the run {} has no model yet: {} is missing; train it for an epoch at least",
            dir.name(),
            checkpoint.display()
        );
        Ok(Self { name: dir.name(), checkpoint, config, run: Some(run) })
    }

    /// The model in a file. In a run directory it is that run's; alone it has the architecture of the
    /// `settings`, in the mode that was asked for, else the one that the file names.
    ///
    /// # Errors
    /// If the file cannot be read, or does not tell its mode.
    pub fn of_file(path: &Path, mode: Option<Mode>, settings: Config) -> Result<Self> {
        let run = path.parent().map(RunDir::at).filter(|dir| dir.config().is_file() && dir.events().is_file());
        if let Some(dir) = run
            && dir.best() == path
        {
            let trained = Self::of_run(&dir)?;
            let own = trained.config.model.mode;
            ensure!(mode.is_none_or(|mode| mode == own), "{} is of a {own} fusion run", path.display());
            return Ok(trained);
        }
        let mut config = settings;
        config.model.mode = match mode {
            Some(mode) => mode,
            // Ours tell it, others' show it in their weights.
            None => match Checkpoint::read(path).ok().as_ref().and_then(origin_mode) {
                Some(mode) => mode,
                None => exchange::open(path, None, &config.model)?.mode,
            },
        };
        let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        Ok(Self { name, checkpoint: path.to_owned(), config, run: None })
    }

    /// Evaluate the model on a split of `loaded`.
    ///
    /// # Errors
    /// If the data has other classes or feature widths than the model, or the device fails.
    pub fn score(&self, loaded: &Loaded, compute: &Compute, split: SplitName) -> Result<Scored> {
        guarded(|| {
            if in_memory(&compute.device) {
                // As in training: a thread outside of the pool would be woken for every operation.
                rayon::scope(|_| self.score_here(loaded, compute, split))
            } else {
                self.score_here(loaded, compute, split)
            }
        })
    }

    fn score_here(&self, loaded: &Loaded, compute: &Compute, split: SplitName) -> Result<Scored> {
        let data = &loaded.data;
        let (clips, tensors) = match split {
            SplitName::Train => (&data.train, &loaded.tensors.train),
            SplitName::Val => (&data.val, &loaded.tensors.val),
            SplitName::Test => (&data.test, &loaded.tensors.test),
        };
        ensure!(!clips.is_empty(), "the {split} split of {} has no clips", data.source);
        // An import of a checkpoint alone knows no classes.
        if let Some(started) = self.started().filter(|started| !started.classes.is_empty()) {
            same_classes(&started.classes, &data.classes)
                .with_context(|| format!("the run {} cannot be evaluated on the data in {}", self.name, data.source))?;
        }
        let mut model = load_model(&self.checkpoint, &self.config.model, sizes(data), compute).with_context(|| {
            format!(
                "the data in {} has {} audio and {} video features a clip, and {} classes",
                data.source,
                data.audio_width,
                data.video_width,
                data.classes.len()
            )
        })?;
        let batch_size = self.config.train.batch_size;
        let evaluation = evaluate(&mut model, tensors, &clips.labels, data.classes.len(), batch_size, || Ok(()))
            .with_context(|| format!("evaluating {}", self.name))?;
        let tag = Tag {
            unit: Unit::Clip,
            samples: clips.len(),
            split: Some(split),
            data: data.fingerprint.clone(),
            demo: data.demo,
        };
        Ok(Scored {
            predictions: Predictions::of_model(
                self.name.clone(),
                &data.classes,
                &clips.ids,
                &clips.labels,
                evaluation.probabilities,
            ),
            result: evaluation.result,
            tag,
            same_data: self
                .started()
                .filter(|started| started.imported.is_none())
                .map(|started| started.fingerprint == data.fingerprint),
        })
    }

    fn started(&self) -> Option<&RunStarted> {
        self.run.as_ref()?.history.started.as_deref()
    }
}

/// The model in a checkpoint file, ready to be evaluated.
///
/// # Errors
/// If the file cannot be read, or does not fit `config` and `sizes`: every key that does not.
pub fn load_model(path: &Path, config: &ModelConfig, sizes: Sizes, compute: &Compute) -> Result<Fusion> {
    // Recognised, but not with our layers in these widths: a variant, or another program's file.
    let other = |found: &Recognised| found.ours.as_ref() != Some(config);
    let is_ours = Checkpoint::read(path).is_ok();
    if !is_ours || exchange::open(path, Some(config.mode), config).is_ok_and(|found| other(&found)) {
        return exchange::load(path, Some(config.mode), config, sizes, compute);
    }
    let device = compute.device.clone().autodiff();
    let mut model = Fusion::new(config, sizes, &device, &mut stream(0, Purpose::Weights, 0)).inference();
    Checkpoint::read(path)?.load_model("", &mut model)?;
    Ok(model)
}

/// What `config` asks for, in memory and on the device.
///
/// # Errors
/// If the data cannot be loaded.
pub fn load_data(config: &Config, compute: &Compute, observer: crate::data::Observer) -> Result<Loaded> {
    let data = super::loading::read(&config.data, observer)?.ok_or_else(|| anyhow!("loading was cancelled"))?;
    Ok(Loaded::new(config.data.clone(), data, compute))
}

fn same_classes(trained: &[String], there: &[String]) -> Result<()> {
    if trained == there {
        return Ok(());
    }
    let missing = |from: &[String], of: &[String]| -> Vec<String> {
        of.iter().filter(|class| !from.contains(class)).cloned().collect()
    };
    let (unknown, absent) = (missing(trained, there), missing(there, trained));
    if unknown.is_empty() && absent.is_empty() {
        bail!("it has the classes in another order; give data.classes in the run's: {}", trained.join(", "));
    }
    bail!(
        "the run's classes are {}, the data's {}; if they are the same under other names, set data.classes",
        trained.join(", "),
        there.join(", ")
    )
}
