//! Our checkpoints in PyTorch: `load_state_dict` takes them, and the logits are the same.
//!
//! It needs a Python with torch. Without one it says so and passes.
#![allow(clippy::unwrap_used, reason = "a helper fails its test by panicking")]

use std::{collections::HashMap, error::Error, fs, path::Path, process::Command};

use avsc_tui::{
    config::{Config, Mode, ModelConfig},
    data::Dataset,
    device,
    model::{Fusion, Pass, Rng},
    runs::RunDir,
    train::{
        checkpoint::Checkpoint,
        tensors::{DeviceData, sizes},
    },
};
use rand::SeedableRng as _;
use serde_json::{Value, json};
use tempfile::tempdir;

#[path = "support/leaves.rs"]
mod leaves;
#[path = "support/python.rs"]
mod python;
mod support;
use leaves::numbers;
use python::python;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[test]
fn pytorch_loads_the_best_model_and_gives_its_logits() {
    let Some(python) = python("torch") else { return };
    let folder = tempdir().unwrap();
    let runs: Vec<Run> = Mode::ALL.into_iter().map(|mode| Run::train(mode, folder.path())).collect();
    let theirs = logits_in_pytorch(python, &runs, &folder.path().join("checks.json")).unwrap();
    for (run, theirs) in runs.iter().zip(&theirs) {
        run.compare(theirs).unwrap_or_else(|error| panic!("{}: {error}", run.config.model.mode));
    }
}

/// A small run that has ended.
struct Run {
    config: Config,
    data: Dataset,
    dir: RunDir,
}

impl Run {
    fn train(mode: Mode, runs: &Path) -> Self {
        let config = support::config(mode, runs, &["epochs=3"]);
        let dir = support::new_run(&config);
        support::train(&config, support::dataset(), dir.clone(), &[]).unwrap();
        Self { config, data: support::dataset(), dir }
    }

    /// What `check_checkpoint.py` needs to know of it.
    fn check(&self) -> Value {
        let (model, data) = (&self.config.model, &self.data);
        json!({
            "checkpoint": self.dir.best(),
            "mode": model.mode,
            "sizes": {
                "audio": data.audio_width,
                "video": data.video_width,
                "hidden": model.hidden,
                "embedding": model.embedding,
                "head": model.head,
                "early": model.early_hidden,
                "classes": data.classes.len(),
            },
            "audio": data.test.audio.chunks(data.audio_width).collect::<Vec<_>>(),
            "video": data.test.video.chunks(data.video_width).collect::<Vec<_>>(),
        })
    }

    /// PyTorch's logits of the test clips are ours, and are behind the predictions that were written.
    fn compare(&self, theirs: &[Vec<f32>]) -> Result<()> {
        let ours = our_logits(&self.config.model, &self.data, &self.dir.best())?;
        assert_eq!(ours.len(), theirs.len() * self.data.classes.len());
        for (ours, theirs) in ours.iter().zip(theirs.iter().flatten()) {
            assert!((ours - theirs).abs() <= 1e-4 * theirs.abs().max(0.1), "a logit is {ours}, there {theirs}");
        }
        let predicted = predicted(&self.dir.predictions())?;
        for (id, logits) in self.data.test.ids.iter().zip(theirs) {
            let ours = predicted.get(id).ok_or("a clip without prediction")?;
            for (ours, theirs) in ours.iter().zip(softmax(logits)) {
                assert!((ours - theirs).abs() < 6e-4, "{id} has probability {ours}, there {theirs}");
            }
        }
        Ok(())
    }
}

/// Logits of the test clips, clips × classes, by the checkpoint at `path`.
fn our_logits(config: &ModelConfig, data: &Dataset, path: &Path) -> Result<Vec<f32>> {
    let device = device::resolve("flex")?.device;
    let mut model = Fusion::new(config, sizes(data), &device, &mut Rng::seed_from_u64(0));
    Checkpoint::read(path)?.load_model("", &mut model)?;
    let test = DeviceData::new(data, &device).test;
    Ok(numbers(model.forward(test.audio, test.video, &mut Pass::Evaluate)))
}

/// Probabilities of each clip in a `prediction.csv`, three decimals each.
fn predicted(path: &Path) -> Result<HashMap<String, Vec<f32>>> {
    let mut rows = HashMap::new();
    for record in csv::ReaderBuilder::new().delimiter(b'\t').from_path(path)?.records() {
        let mut fields = record?.iter().map(str::to_owned).collect::<Vec<_>>().into_iter();
        let id = fields.next().ok_or("a line without a clip")?;
        rows.insert(id, fields.skip(2).map(|field| field.parse()).collect::<std::result::Result<_, _>>()?);
    }
    Ok(rows)
}

fn softmax(logits: &[f32]) -> Vec<f32> {
    let sum: f32 = logits.iter().map(|logit| logit.exp()).sum();
    logits.iter().map(|logit| logit.exp() / sum).collect()
}

/// Logits by run and clip.
fn logits_in_pytorch(mut python: Command, runs: &[Run], path: &Path) -> Result<Vec<Vec<Vec<f32>>>> {
    let checks: Vec<Value> = runs.iter().map(Run::check).collect();
    fs::write(path, serde_json::to_vec(&checks)?)?;
    let output = python.arg("tests/fixtures/check_checkpoint.py").arg(path).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}
