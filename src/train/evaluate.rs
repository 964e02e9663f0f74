//! Scores of a model on a split.

use anyhow::{Context as _, Result};
use burn::tensor::Tensor;

use super::tensors::{DeviceSplit, ranges};
use crate::{
    metrics::{self, Confusion, Scores},
    model::{Fusion, Pass},
    protocol::SplitResult,
};

/// Scores, and the probabilities that they were computed from.
#[derive(Clone, Debug)]
pub struct Evaluation {
    pub result: SplitResult,
    /// Row-major, clips × classes.
    pub probabilities: Vec<f32>,
}

/// Evaluate `model`, which must be on a device without automatic differentiation, on a split whose
/// true classes are `labels`. The loss is the unweighted mean of the means over batches of
/// `batch_size` clips, as the course framework computes it. `between` is called before each batch.
///
/// # Errors
/// If the logits cannot be read back from the device, and those of `between`.
pub fn evaluate(
    model: &mut Fusion,
    split: &DeviceSplit,
    labels: &[usize],
    classes: usize,
    batch_size: usize,
    mut between: impl FnMut() -> Result<()>,
) -> Result<Evaluation> {
    let mut logits = Vec::new();
    for batch in split.batches(batch_size) {
        between()?;
        logits.push(model.forward(batch.audio, batch.video, &mut Pass::Evaluate));
    }
    let logits = Tensor::cat(logits, 0); // [clips, classes]
    let logits = logits.try_to_data_as::<f32>().context("reading the logits back from the device")?;
    let logits = logits.as_slice::<f32>().context("reading the logits back from the device")?;

    let rows: Vec<Vec<f64>> = logits.chunks_exact(classes).map(log_softmax).collect();
    let losses: Vec<f64> = rows.iter().zip(labels).map(|(row, &label)| -row[label]).collect();
    let means: Vec<f64> = ranges(losses.len(), batch_size).map(|range| mean(&losses[range])).collect();
    let predictions = rows.iter().map(|row| argmax(row));
    let confusion = Confusion::from_pairs(classes, labels.iter().copied().zip(predictions));
    let probabilities: Vec<f32> = rows.iter().flatten().map(|&log| log.exp() as f32).collect();
    let scores = Scores {
        accuracy: confusion.accuracy(),
        log_loss: metrics::log_loss(&probabilities, labels, classes),
        macro_f1: confusion.macro_average().f1,
    };
    Ok(Evaluation { result: SplitResult { loss: mean(&means), scores, confusion }, probabilities })
}

/// Natural logarithm of the softmax, in 64 bits and without overflow.
fn log_softmax(logits: &[f32]) -> Vec<f64> {
    let max = logits.iter().fold(f64::NEG_INFINITY, |max, &logit| max.max(f64::from(logit)));
    let sum: f64 = logits.iter().map(|&logit| (f64::from(logit) - max).exp()).sum();
    logits.iter().map(|&logit| f64::from(logit) - max - sum.ln()).collect()
}

/// Index of the largest value, the first of equals.
fn argmax(row: &[f64]) -> usize {
    (0..row.len()).fold(0, |best, index| if row[index] > row[best] { index } else { best })
}

/// Arithmetic mean; NaN of nothing.
#[must_use]
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}
