//! What a run goes on from: everything that changes from epoch to epoch, in one file.

use std::path::Path;

use anyhow::{Context as _, Result};
use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use super::{
    adam::{Adam, Moments},
    checkpoint::{Arrays, Checkpoint},
    early_stopping::EarlyStopping,
    plateau::Plateau,
};
use crate::{config::TrainConfig, model::Fusion, protocol::EpochFinished};

/// A run between two epochs.
#[derive(Clone, Debug)]
pub struct TrainingState {
    pub model: Fusion,
    pub adam: Adam,
    pub policies: Policies,
}

/// The plain part of the state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Policies {
    /// Epochs that were trained to their end.
    pub epoch: usize,
    /// Epochs at most, where that was changed by hand.
    #[serde(default)]
    pub epochs: Option<usize>,
    pub stopping: EarlyStopping,
    pub plateau: Plateau,
    /// Epoch and validation result of the best model so far.
    pub best: Option<EpochFinished>,
    /// Training time so far.
    pub seconds: f64,
    /// Optimiser steps taken.
    pub steps: u64,
}

/// The metadata key that the plain part stands under.
const POLICIES: &str = "avsc_tui.state";

impl TrainingState {
    /// The state before the first epoch.
    #[must_use]
    pub fn new(model: Fusion, config: &TrainConfig) -> Self {
        Self {
            model,
            adam: Adam::new(config),
            policies: Policies {
                epoch: 0,
                epochs: None,
                stopping: EarlyStopping::new(config.early_stop),
                plateau: Plateau::new(config),
                best: None,
                seconds: 0.0,
                steps: 0,
            },
        }
    }

    /// Write the state to `path`, whole or not at all.
    ///
    /// # Errors
    /// If the device cannot be read or the file not be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        let mut arrays = Arrays::default();
        arrays.push_model("model.", &self.model)?;
        for moments in &self.adam.moments {
            arrays.push(format!("exp_avg.{}", moments.key), &moments.mean)?;
            arrays.push(format!("exp_avg_sq.{}", moments.key), &moments.square)?;
        }
        let policies = serde_json::to_string(&self.policies).context("encoding the training state")?;
        arrays.write(path, POLICIES, &policies)
    }

    /// Take over the state in the file at `path`. `self` gives the architecture.
    ///
    /// # Errors
    /// If the file cannot be read, or is of another architecture.
    pub fn restore(&mut self, path: &Path, device: &Device) -> Result<()> {
        let checkpoint = Checkpoint::read(path)?;
        let policies =
            checkpoint.metadata.get(POLICIES).with_context(|| format!("{} holds no training state", path.display()))?;
        self.policies = serde_json::from_str(policies)
            .with_context(|| format!("reading the training state in {}", path.display()))?;
        checkpoint.load_model("model.", &mut self.model)?;
        self.adam.moments.clear();
        let keys = checkpoint.keys("exp_avg.")?;
        let mut result = Ok(());
        // In the order in which the optimiser meets them.
        self.model.clone().visit(&mut |key, _| {
            if result.is_ok() && keys.iter().any(|known| known == key) {
                result = moments(&checkpoint, key, device).map(|moments| self.adam.moments.push(moments));
            }
        });
        result
    }
}

fn moments(checkpoint: &Checkpoint, key: &str, device: &Device) -> Result<Moments> {
    Ok(Moments {
        key: key.to_owned(),
        mean: checkpoint.vector(&format!("exp_avg.{key}"), device)?,
        square: checkpoint.vector(&format!("exp_avg_sq.{key}"), device)?,
    })
}
