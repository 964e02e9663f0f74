//! The weights of an imported run.

use std::{collections::HashMap, path::Path};

use anyhow::{Context as _, Result};
use safetensors::{Dtype, tensor::TensorView};
use serde_json::json;

use crate::{exchange::recognise::Recognised, model::imported::Layer, runs::directory::replace};

/// The metadata key under which our own best models tell where they came from.
const ORIGIN: &str = "avsc_tui.origin";

/// Write the layers that the model uses, and those that our own model holds idle, under their keys.
///
/// # Errors
/// If the file cannot be written.
pub fn write(path: &Path, weights: &Recognised, epoch: Option<usize>) -> Result<()> {
    let arrays: Vec<_> = weights.blueprint.layers().chain(&weights.idle).flat_map(arrays).collect();
    let views: Result<Vec<_>, _> = arrays
        .iter()
        .map(|(key, dtype, shape, bytes)| Ok((key, TensorView::new(*dtype, shape.clone(), bytes)?)))
        .collect();
    let origin = json!({ "mode": weights.mode, "epoch": epoch.unwrap_or(0), "demo": false });
    let metadata = HashMap::from([(ORIGIN.to_owned(), origin.to_string())]);
    let bytes = views.and_then(|views| safetensors::serialize(views, Some(metadata)));
    replace(path, &bytes.with_context(|| format!("encoding the checkpoint {}", path.display()))?)
}

/// Key, type, shape and little-endian bytes.
pub type NamedArray = (String, Dtype, Vec<usize>, Vec<u8>);

/// A layer's arrays as PyTorch names and shapes them.
pub fn arrays(layer: &Layer) -> Vec<NamedArray> {
    let floats = |name: String, shape: Vec<usize>, values: &[f32]| {
        (name, Dtype::F32, shape, values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>())
    };
    match layer {
        Layer::Linear { key, weight, bias } => {
            let output = bias.len();
            vec![
                floats(format!("{key}.weight"), vec![output, weight.len() / output.max(1)], weight),
                floats(format!("{key}.bias"), vec![output], bias),
            ]
        }
        Layer::BatchNorm { key, values, batches } => {
            let names = ["weight", "bias", "running_mean", "running_var"];
            let vectors = names.iter().zip(values.iter());
            let mut arrays: Vec<_> =
                vectors.map(|(name, values)| floats(format!("{key}.{name}"), vec![values.len()], values)).collect();
            arrays.push((format!("{key}.num_batches_tracked"), Dtype::I64, vec![], batches.to_le_bytes().to_vec()));
            arrays
        }
        Layer::Relu => Vec::new(),
    }
}
