//! The six models: shapes, sizes, names, initial values, and what training does to a forward pass.
#![allow(clippy::unwrap_used, reason = "a helper fails its test by panicking")]

use avsc_tui::{
    config::{Config, Mode, ModelConfig},
    device,
    model::{Dropout, Fusion, Pass, Rng, Sizes},
};
use burn::tensor::{Device, Tensor, TensorData};
use rand::{RngExt as _, SeedableRng as _};

#[path = "support/leaves.rs"]
mod leaves;
use leaves::{Entry, entries, numbers};

const TAU: Sizes = Sizes { audio: 512, video: 512, classes: 10 };
const ODD: Sizes = Sizes { audio: 7, video: 3, classes: 5 };

fn cpu() -> Device {
    device::resolve("flex").unwrap().device
}

fn settings(mode: Mode) -> ModelConfig {
    ModelConfig { mode, ..Config::default().model }
}

fn small(mode: Mode) -> ModelConfig {
    ModelConfig { hidden: 9, embedding: 6, head: 4, early_hidden: [9, 8, 7, 6], ..settings(mode) }
}

fn model(config: &ModelConfig, sizes: Sizes) -> Fusion {
    Fusion::new(config, sizes, &cpu(), &mut Rng::seed_from_u64(3))
}

/// Random vectors of `clips` clips, audio and video.
fn clips(clips: usize, sizes: Sizes) -> (Tensor<2>, Tensor<2>) {
    let mut rng = Rng::seed_from_u64(5);
    let mut draw = |width: usize| {
        let values: Vec<f32> = (0..clips * width).map(|_| rng.random_range(-2.0..2.0)).collect();
        Tensor::from_data(TensorData::new(values, [clips, width]), &cpu())
    };
    (draw(sizes.audio), draw(sizes.video))
}

fn evaluated(model: &Fusion, (audio, video): (Tensor<2>, Tensor<2>)) -> Vec<f32> {
    numbers(model.clone().forward(audio, video, &mut Pass::Evaluate))
}

fn trained(model: &mut Fusion, (audio, video): (Tensor<2>, Tensor<2>), probability: f64) -> Vec<f32> {
    let mut rng = Rng::seed_from_u64(8);
    numbers(model.forward(audio, video, &mut Pass::Train(Dropout { probability, rng: &mut rng })))
}

#[test]
fn logits_have_a_row_a_clip_and_a_column_a_class() {
    let widths = [ODD, Sizes { audio: 1, video: 13, classes: 2 }, Sizes { audio: 33, video: 1, classes: 10 }];
    for mode in Mode::ALL {
        for sizes in widths {
            for batch in [1, 2, 11] {
                let mut model = model(&small(mode), sizes);
                let (audio, video) = clips(batch, sizes);
                let mut rng = Rng::seed_from_u64(1);
                let mut train = Pass::Train(Dropout { probability: 0.2, rng: &mut rng });
                for pass in [&mut train, &mut Pass::Evaluate] {
                    let logits = model.forward(audio.clone(), video.clone(), pass);
                    assert_eq!(logits.dims(), [batch, sizes.classes], "{mode} {sizes:?}");
                    assert!(numbers(logits).iter().all(|logit| logit.is_finite()), "{mode} {sizes:?}");
                }
            }
        }
    }
}

#[test]
fn the_default_models_have_the_published_numbers_of_parameters() {
    // Of the mid model's 692,874 its 658,688 in two embeddings recur in all but the early one.
    let published = [
        (Mode::Early, 1_743_498),
        (Mode::Mid, 692_874),
        (Mode::Late, 694_292),
        (Mode::Hybrid, 728_478),
        (Mode::Audio, 676_490),
        (Mode::Video, 676_490),
    ];
    for (mode, parameters) in published {
        assert_eq!(model(&settings(mode), TAU).parameters(), parameters, "{mode}");
    }
}

/// A key of a state dict and its shape.
type Key = (String, Vec<usize>);

fn linear(key: &str, output: usize, input: usize) -> Vec<Key> {
    vec![(format!("{key}.weight"), vec![output, input]), (format!("{key}.bias"), vec![output])]
}

fn batch_norm(key: &str, width: usize) -> Vec<Key> {
    let vectors = ["weight", "bias", "running_mean", "running_var"];
    let mut keys: Vec<Key> = vectors.iter().map(|name| (format!("{key}.{name}"), vec![width])).collect();
    keys.push((format!("{key}.num_batches_tracked"), Vec::new()));
    keys
}

fn embedding(key: &str) -> Vec<Key> {
    [linear(&format!("{key}.0"), 512, 512), batch_norm(&format!("{key}.1"), 512), linear(&format!("{key}.4"), 128, 512)]
        .concat()
}

fn head(key: &str, input: usize) -> Vec<Key> {
    [linear(&format!("{key}.0"), 128, input), linear(&format!("{key}.1"), 10, 128)].concat()
}

#[test]
fn state_dicts_have_the_frameworks_keys_and_shapes() {
    let embeddings = [embedding("audio_embed"), embedding("video_embed")].concat();
    let heads = [head("audio_output", 128), head("video_output", 128)].concat();
    for mode in Mode::ALL {
        let mut expected = match mode {
            Mode::Early => [
                linear("early_output.0", 1024, 1024),
                batch_norm("early_output.1", 1024),
                linear("early_output.4", 512, 1024),
                batch_norm("early_output.5", 512),
                linear("early_output.8", 256, 512),
                batch_norm("early_output.9", 256),
                linear("early_output.12", 128, 256),
                linear("early_output.13", 10, 128),
            ]
            .concat(),
            Mode::Mid => [embeddings.clone(), head("outputlayer", 256)].concat(),
            Mode::Late => [embeddings.clone(), heads.clone()].concat(),
            Mode::Hybrid => [embeddings.clone(), heads.clone(), head("outputlayer", 256)].concat(),
            Mode::Audio | Mode::Video => [embeddings.clone(), head("outputlayer", 128)].concat(),
        };
        let mut keys: Vec<Key> =
            entries(&model(&settings(mode), TAU)).into_iter().map(|Entry { key, shape, .. }| (key, shape)).collect();
        expected.sort();
        keys.sort();
        assert_eq!(keys, expected, "{mode}");
    }
}

#[test]
fn inference_has_the_weights_of_training() {
    for mode in Mode::ALL {
        let device = cpu().autodiff();
        let training = Fusion::new(&small(mode), ODD, &device, &mut Rng::seed_from_u64(3));
        let inference = training.inference();
        let keys = |model: &Fusion| entries(model).into_iter().map(|entry| entry.key).collect::<Vec<_>>();
        assert_eq!(keys(&training), keys(&inference));
        assert_eq!(entries(&training), entries(&inference), "{mode}");
        let logits = evaluated(&inference, clips(4, ODD));
        let (audio, video) = clips(4, ODD);
        assert_eq!(logits, evaluated(&training, (audio.autodiff(), video.autodiff())), "{mode}");
    }
}

#[test]
fn linear_layers_start_as_pytorchs_do() {
    for mode in Mode::ALL {
        let entries = entries(&model(&settings(mode), TAU));
        for layer in entries.iter().filter(|entry| entry.shape.len() == 2) {
            let bound = 1.0 / (layer.shape[1] as f32).sqrt();
            let bias = layer.key.replace(".weight", ".bias");
            let bias = entries.iter().find(|entry| entry.key == bias).unwrap();
            for entry in [layer, bias] {
                let (values, key) = (&entry.values, &entry.key);
                assert!(values.iter().all(|value| value.abs() <= bound), "{mode} {key}: beyond ±{bound}");
                // The standard deviation of U(±b) is b/√3; that of the mean of n draws b/√(3n).
                let (mean, deviation) = moments(values);
                let n = values.len() as f64;
                let (bound, uniform) = (f64::from(bound), f64::from(bound) / 3.0_f64.sqrt());
                assert!(mean.abs() < 4.0 * uniform / n.sqrt(), "{mode} {key}: mean {mean} of ±{bound}");
                assert!((deviation / uniform - 1.0).abs() < 3.0 / n.sqrt(), "{mode} {key}: deviation {deviation}");
            }
        }
        for norm in entries.iter().filter(|entry| entry.shape.len() == 1) {
            let constant = match norm.key.rsplit_once('.') {
                Some((layer, "weight")) if !layer.is_empty() => 1.0,
                Some((_, "running_var")) => 1.0,
                Some((_, "running_mean")) => 0.0,
                _ => continue,
            };
            assert_eq!(norm.values, vec![constant; norm.values.len()], "{mode} {}", norm.key);
        }
    }
}

fn moments(values: &[f32]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / n;
    let variance = values.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>() / n;
    (mean, variance.sqrt())
}

#[test]
fn seeds_give_models_and_the_two_embeddings_differ() {
    let device = cpu();
    let of = |seed| entries(&Fusion::new(&small(Mode::Mid), ODD, &device, &mut Rng::seed_from_u64(seed)));
    assert_eq!(of(1), of(1));
    assert_ne!(of(1), of(2));
    let model = entries(&model(&settings(Mode::Mid), TAU));
    let weights = |key: &str| &model.iter().find(|entry| entry.key == key).unwrap().values;
    assert_ne!(weights("audio_embed.0.weight"), weights("video_embed.0.weight"));
}

#[test]
fn dropout_keeps_the_expectation() {
    for probability in [0.0, 0.2, 0.5, 0.95] {
        let mut rng = Rng::seed_from_u64(2);
        let ones = Tensor::ones([401, 251], &cpu());
        let dropped = numbers(Dropout { probability, rng: &mut rng }.forward(ones));
        let keep = 1.0 / (1.0 - probability);
        assert!(dropped.iter().all(|&value| value == 0.0 || (f64::from(value) / keep - 1.0).abs() < 1e-4));
        let (mean, _) = moments(&dropped);
        let spread = (probability * keep / dropped.len() as f64).sqrt();
        assert!((mean - 1.0).abs() <= 4.0 * spread + 1e-6, "{probability}: mean {mean}, expected 1 ± {spread}");
    }
}

#[test]
fn dropout_differs_from_batch_to_batch() {
    let mut rng = Rng::seed_from_u64(2);
    let mut dropout = Dropout { probability: 0.2, rng: &mut rng };
    let ones = Tensor::ones([16, 16], &cpu());
    assert_ne!(numbers(dropout.forward(ones.clone())), numbers(dropout.forward(ones)));
}

#[test]
fn dropout_is_off_in_evaluation() {
    for mode in Mode::ALL {
        let mut model = model(&small(mode), ODD);
        let once = evaluated(&model, clips(6, ODD));
        assert_eq!(once, evaluated(&model, clips(6, ODD)), "{mode}");
        let without = trained(&mut model.clone(), clips(6, ODD), 0.0);
        assert_ne!(without, trained(&mut model, clips(6, ODD), 0.9), "{mode}: training has it");
    }
}

#[test]
fn evaluation_sees_each_clip_alone() {
    for mode in Mode::ALL {
        let mut model = model(&small(mode), ODD);
        trained(&mut model, clips(20, ODD), 0.2);
        let (audio, video) = clips(6, ODD);
        let all = evaluated(&model, (audio.clone(), video.clone()));
        let row = |tensor: &Tensor<2>| tensor.clone().slice(4..5);
        let alone = evaluated(&model, (row(&audio), row(&video)));
        for (together, alone) in all[4 * ODD.classes..5 * ODD.classes].iter().zip(&alone) {
            assert!((together - alone).abs() < 1e-5, "{mode}: {together} in a batch, {alone} alone");
        }
    }
}

#[test]
fn a_batch_of_one_clip_does_not_break_batch_norm() {
    for mode in Mode::ALL {
        let mut model = model(&small(mode), ODD);
        trained(&mut model, clips(20, ODD), 0.2);
        let variances = |model: &Fusion| {
            entries(model).into_iter().filter(|entry| entry.key.ends_with("running_var")).collect::<Vec<_>>()
        };
        let before = variances(&model);
        let logits = trained(&mut model, clips(1, ODD), 0.2);
        assert!(logits.iter().all(|logit| logit.is_finite()), "{mode}: {logits:?}");
        assert_eq!(variances(&model), before, "{mode}: one clip has no variance");
        let logits = evaluated(&model, clips(5, ODD));
        assert!(logits.iter().all(|logit| logit.is_finite()), "{mode}: {logits:?}");
    }
}
