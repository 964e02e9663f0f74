//! Training against PyTorch's, number by number, on every device of the build;
//! `tests/fixtures/make_parity.py` wrote what PyTorch makes of it.
#![allow(clippy::unwrap_used, reason = "a helper fails its test by panicking")]

use std::{fs, path::PathBuf};

use avsc_tui::{
    config::{Config, Layers, Mode},
    data::{Dataset, Split},
    device::{self, Compute},
    model::{Dropout, Fusion, Pass, Rng},
    train::{
        checkpoint::Checkpoint,
        early_stopping::EarlyStopping,
        evaluate::evaluate,
        plateau::Plateau,
        session::step,
        state::TrainingState,
        tensors::{DeviceData, sizes},
    },
};
use rand::SeedableRng as _;
use serde::Deserialize;

#[path = "support/leaves.rs"]
mod leaves;
use leaves::{entries, numbers};

/// How far from PyTorch's number ours may be, relative to it.
const TOLERANCE: f32 = 1e-4;
const EPOCHS: usize = 3;

/// The settings that the script trains with.
const RECIPE: &str = "[model]\nhidden = 8\nembedding = 7\nhead = 9\nearly_hidden = [8, 7, 6, 5]\ndropout = 0.0\n\
                      [train]\nbatch_size = 16\nlr = 1e-2\n";

#[test]
fn three_epochs_are_those_of_pytorch() {
    let dataset = dataset();
    for backend in device::backends().iter().filter(|backend| backend.built) {
        // What is built may still lack its device, a GPU.
        let Ok(compute) = device::resolve(backend.name) else { continue };
        for mode in Mode::ALL {
            three_epochs(mode, &compute, &dataset);
        }
    }
}

fn three_epochs(mode: Mode, compute: &Compute, dataset: &Dataset) {
    let case = format!("{mode} on {}", compute.name);
    let golden = golden(mode.name());
    let config = Layers::new().text(RECIPE, "test", None).flag("model.mode", mode.name(), "test").resolve().unwrap();
    let batch_size = config.train.batch_size;
    let data = DeviceData::new(dataset, &compute.device);

    let mut rng = Rng::seed_from_u64(0);
    let model = Fusion::new(&config.model, sizes(dataset), &compute.device.clone().autodiff(), &mut rng);
    let mut state = TrainingState::new(model, &config.train);
    golden.load_model("initial.", &mut state.model).unwrap();

    let (mut step_losses, mut val_losses) = (Vec::new(), Vec::new());
    for _ in 0..EPOCHS {
        for batch in data.train.batches(batch_size) {
            let mut pass = Pass::Train(Dropout { probability: config.model.dropout, rng: &mut rng });
            step_losses.extend(numbers(step(&mut state, batch, &mut pass, config.train.lr).unwrap()));
        }
        let mut model = state.model.inference();
        let val =
            evaluate(&mut model, &data.val, &dataset.val.labels, dataset.classes.len(), batch_size, || Ok(())).unwrap();
        val_losses.push(val.result.loss as f32);
    }
    assert_close(&case, "step losses", &step_losses, &vector(&golden, "step_losses"));
    assert_close(&case, "validation losses", &val_losses, &vector(&golden, "val_losses"));

    let mut trained = state.model.inference();
    let logits = trained.forward(data.val.audio, data.val.video, &mut Pass::Evaluate);
    assert_close(&case, "logits", &numbers(logits), &vector(&golden, "logits"));

    let mut theirs = trained.clone();
    golden.load_model("final.", &mut theirs).unwrap();
    for (ours, theirs) in entries(&trained).iter().zip(entries(&theirs)) {
        assert_close(&case, &ours.key, &ours.values, &theirs.values);
    }
}

/// Each number of `ours` is near that of `theirs`; one that is nearly 0, as its neighbours are not,
/// is measured by their mean size.
#[track_caller]
fn assert_close(case: &str, what: &str, ours: &[f32], theirs: &[f32]) {
    assert_eq!(ours.len(), theirs.len(), "{case}: number of {what}");
    let mean_size = theirs.iter().map(|value| value.abs()).sum::<f32>() / theirs.len() as f32;
    for (index, (ours, theirs)) in ours.iter().zip(theirs).enumerate() {
        let size = theirs.abs().max(mean_size);
        assert!((ours - theirs).abs() <= TOLERANCE * size, "{case}: {what} {index} is {ours}, should be {theirs}");
    }
}

#[derive(Deserialize)]
struct Schedule {
    why: String,
    lr: f64,
    early_stop: usize,
    /// Text, because JSON has no NaN.
    losses: Vec<String>,
    /// Learning rate after each epoch.
    rates: Vec<f64>,
    /// Whether each epoch's model is saved.
    saved: Vec<bool>,
    /// The epoch that training ends after.
    stop: Option<usize>,
}

#[test]
fn schedules_are_those_of_pytorch_and_of_the_framework() {
    let schedules: Vec<Schedule> =
        serde_json::from_str(&fs::read_to_string(fixture("schedules.json")).unwrap()).unwrap();
    for Schedule { why, lr, early_stop, losses, rates, saved, stop } in schedules {
        let mut config = Config::default().train;
        (config.lr, config.early_stop) = (lr, early_stop);
        let (mut plateau, mut stopping) = (Plateau::new(&config), EarlyStopping::new(early_stop));
        let (mut our_rates, mut ours_saved, mut our_stop) = (Vec::new(), Vec::new(), None);
        for (epoch, loss) in (1..).zip(&losses) {
            let loss = loss.parse().unwrap();
            ours_saved.push(stopping.observe(loss));
            plateau.observe(loss);
            our_rates.push(plateau.lr());
            if stopping.is_exhausted() {
                our_stop = Some(epoch);
                break;
            }
        }
        assert_eq!((ours_saved, our_stop), (saved, stop), "{why}");
        assert_eq!(our_rates, rates, "{why}: both multiply 64-bit numbers in the same order");
    }
}

fn fixture(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/parity").join(name)
}

fn golden(name: &str) -> Checkpoint {
    Checkpoint::read(&fixture(&format!("{name}.safetensors"))).unwrap()
}

fn vector(golden: &Checkpoint, key: &str) -> Vec<f32> {
    numbers(golden.vector(key, &device::resolve("flex").unwrap().device).unwrap())
}

/// The script's clips; their classes take turns.
fn dataset() -> Dataset {
    const CLASSES: usize = 4;
    let (audio_width, video_width) = (6, 5);
    let golden = golden("data");
    let split = |name: &str| {
        let (audio, video) = (vector(&golden, &format!("{name}.audio")), vector(&golden, &format!("{name}.video")));
        let clips = audio.len() / audio_width;
        assert_eq!(clips * video_width, video.len());
        let ids = (0..clips).map(|clip| format!("{name}-{clip}")).collect();
        Split { ids, labels: (0..clips).map(|clip| clip % CLASSES).collect(), audio, video }
    };
    Dataset {
        classes: ["bus", "metro", "park", "tram"].map(str::to_owned).to_vec(),
        train: split("train"),
        val: split("val"),
        test: split("val"),
        audio_width,
        video_width,
        source: "tests/fixtures/parity".to_owned(),
        fingerprint: String::new(),
        demo: false,
        from_cache: false,
        notes: Vec::new(),
    }
}
