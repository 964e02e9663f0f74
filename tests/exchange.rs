//! Runs that come in from other programs, and go out to them.

#![allow(clippy::unwrap_used, reason = "a helper fails its test by panicking")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use avsc_tui::{
    config::{Config, Mode},
    exchange::StateDict,
    model::{Fusion, Rng, Sizes},
    protocol::Outcome,
    runs::{self, RunDir, RunEntry},
    train::checkpoint::Checkpoint,
};
use rand::SeedableRng as _;
use serde_json::Value;
use tempfile::{TempDir, tempdir};

#[path = "support/python.rs"]
mod python;
mod support;
use python::python;

fn fixtures() -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests", "fixtures"].iter().collect()
}

fn avsc(folder: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_avsc-tui"));
    command.current_dir(folder.path()).env("XDG_CACHE_HOME", folder.path().join("cache")).stdin(Stdio::null());
    command
}

fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", stderr(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// An experiment folder of the framework: a run of two epochs, then one of `losses`.
fn experiment(folder: &Path, losses: &[f64]) {
    fs::create_dir_all(folder).unwrap();
    let epoch = |day: usize, number: usize, loss: f64| {
        let stamp = format!("[2024-06-{day:02} 21:15:{number:02}]");
        format!(
            "{stamp} {}\n{stamp} | epoch {number:>3} | time: 12.50s | training loss {:>5.2} |\n\
             {stamp} | epoch {number:>3} | time:  1.94s | cv loss {loss:>5.2} | cv accuracy:  0.70 |\n",
            "-".repeat(99),
            loss * 0.8
        )
    };
    let first = [epoch(7, 1, 0.9), epoch(7, 2, 0.8)].concat();
    let second: String = (1..).zip(losses).map(|(number, loss)| epoch(8, number, *loss)).collect();
    fs::write(folder.join("train.log"), first + &second).unwrap();
    fs::write(
        folder.join("config.yaml"),
        "data:\n  dataloader_args:\n    batch_size: 64\n  test:\n    audio_feature: /features/audio_features_data/test.hdf5\n\
         early_stop: 3\nepoch: 100\nnum_classes: 3\noptimizer:\n  args:\n    lr: 0.001\n  type: Adam\nmixup: 0.2\n",
    )
    .unwrap();
    let rows = "b-x-1-1\tbus\tbus\t0.900\t0.060\t0.040\nb-x-1-2\tpark\tbus\t0.400\t0.410\t0.189\n\
                p-x-2-1\tpark\tpark\t0.100\t0.800\t0.100\nt-x-3-1\ttram\ttram\t0.000\t0.000\t1.000\n";
    fs::write(folder.join("prediction.csv"), format!("aid\tscene_pred\tscene_label\tbus\tpark\ttram\n{rows}")).unwrap();
    fs::write(folder.join("result.txt"), "…\n  \naccuracy: 0.750\noverall log loss: 0.312\n").unwrap();
    fs::copy(fixtures().join("checkpoints").join("mid.pt"), folder.join("best_model.pt")).unwrap();
}

fn scan(folder: &TempDir) -> Vec<RunEntry> {
    let (runs, problems) = runs::scan(&folder.path().join("runs"));
    assert!(problems.is_empty(), "{problems:?}");
    runs
}

#[test]
fn an_experiment_folder_becomes_runs() {
    let folder = tempdir().unwrap();
    experiment(&folder.path().join("old"), &[0.8, 0.6, 0.6, 0.7, 0.7, 0.7]);
    let output = avsc(&folder).args(["import", "old"]).output().unwrap();
    let told = stdout(&output);
    assert!(told.contains("mid fusion, 6 epochs, the best 3 by losses of two decimals"), "{told}");
    assert!(stderr(&output).contains("mixup"), "what has no counterpart is told: {}", stderr(&output));

    let runs = scan(&folder);
    assert_eq!(runs.iter().map(|run| run.history.epochs.len()).collect::<Vec<_>>(), [2, 6]);
    let (first, last) = (&runs[0], &runs[1]);
    assert_eq!(last.name, "20240608T211446Z-mid-imported");
    let origin = last.history.imported().unwrap();
    assert!(origin.rounded && origin.source.ends_with("old"));
    // A tie is an improvement, as in the framework's recipe.
    assert_eq!((last.history.best, last.history.outcome()), (Some((3, 0.6)), Some(Outcome::EarlyStopped)));
    assert_eq!(first.history.outcome(), Some(Outcome::Stopped));
    assert!(first.history.finished().unwrap().test.is_none(), "the predictions are the last run's");
    let test = last.history.finished().unwrap().test.clone().unwrap();
    assert_eq!((test.confusion.total(), test.confusion.correct()), (4, 3));
    assert!((test.scores.accuracy - 0.75).abs() < 1e-9 && (test.scores.log_loss - 0.312).abs() < 1e-9);
    assert!(last.history.epochs[0].result.val.log_loss.is_nan() && last.history.epochs[0].result.lr.is_nan());
    let started = last.history.started.as_ref().unwrap();
    assert_eq!(started.classes, ["bus", "park", "tram"]);
    let config = last.config.as_ref().unwrap();
    assert_eq!((config.train.batch_size, config.train.epochs, config.train.early_stop), (64, 99, 3));
    assert_eq!((config.model.hidden, config.model.embedding, config.model.head), (5, 3, 4));
    assert_eq!(config.data.dir, "/features");

    // The best model is one of ours: our own reader takes it.
    let sizes = Sizes { audio: 6, video: 4, classes: 3 };
    let device = avsc_tui::device::resolve("flex").unwrap().device;
    let mut model = Fusion::new(&config.model, sizes, &device, &mut Rng::seed_from_u64(0));
    Checkpoint::read(&last.dir.join("best.safetensors")).unwrap().load_model("", &mut model).unwrap();
    for name in ["prediction.csv", "result.txt"] {
        let [theirs, ours] = [folder.path().join("old"), last.dir.clone()].map(|dir| fs::read(dir.join(name)).unwrap());
        assert_eq!(theirs, ours, "{name}");
    }
}

#[test]
fn a_second_import_writes_nothing() {
    let folder = tempdir().unwrap();
    experiment(&folder.path().join("old"), &[0.8]);
    stdout(&avsc(&folder).args(["import", "old"]).output().unwrap());
    let again = stdout(&avsc(&folder).args(["import", "old/../old", "--json"]).output().unwrap());
    let again: Value = serde_json::from_str(&again).unwrap();
    assert!(again["runs"].as_array().unwrap().iter().all(|run| run["already_imported"] == true), "{again}");
    assert_eq!(scan(&folder).len(), 2);
    // The framework appends another run, and its files are that one's.
    let path = folder.path().join("old").join("train.log");
    let log = fs::read_to_string(&path).unwrap();
    fs::write(&path, format!("{log}{}", log.replace("2024", "2025"))).unwrap();
    stdout(&avsc(&folder).args(["import", "old"]).output().unwrap());
    assert_eq!(scan(&folder).len(), 4, "two were known");
}

#[test]
fn a_damaged_part_does_not_lose_the_rest() {
    type Damage = fn(&Path);
    let cases: [(&str, Damage, &[&str], &str); 6] = [
        (
            "a log that is none",
            |dir| fs::write(dir.join("train.log"), "hello").unwrap(),
            &[],
            "train.log: there is no epoch",
        ),
        ("no log", |dir| fs::remove_file(dir.join("train.log")).unwrap(), &[], ""),
        (
            "predictions cut off",
            |dir| fs::write(dir.join("prediction.csv"), "aid,scene").unwrap(),
            &[],
            "prediction.csv",
        ),
        (
            "a checkpoint cut off",
            |dir| fs::write(dir.join("best_model.pt"), "PK\x03\x04").unwrap(),
            &["--mode", "mid"],
            "zip container",
        ),
        (
            "settings out of range",
            |dir| fs::write(dir.join("config.yaml"), "early_stop: 7\noptimizer:\n  args:\n    lr: -1").unwrap(),
            &[],
            "train.lr",
        ),
        ("no settings", |dir| fs::remove_file(dir.join("config.yaml")).unwrap(), &[], ""),
    ];
    for (reason, damage, flags, note) in cases {
        let folder = tempdir().unwrap();
        let old = folder.path().join("old");
        experiment(&old, &[0.8]);
        damage(&old);
        let output = avsc(&folder).args(["import", "old"]).args(flags).output().unwrap();
        stdout(&output);
        assert!(stderr(&output).contains(note), "{reason}: {}", stderr(&output));
        assert!(!scan(&folder).is_empty(), "{reason}");
    }
    let folder = tempdir().unwrap();
    let old = folder.path().join("old");
    experiment(&old, &[0.8]);
    fs::remove_file(old.join("best_model.pt")).unwrap();
    let output = avsc(&folder).args(["import", "missing", "old"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let told = stderr(&output);
    assert!(told.contains("missing; check the path") && told.contains("say it with --mode"), "{told}");
    assert!(scan(&folder).is_empty(), "nothing half-made is left");
}

#[test]
fn a_checkpoint_alone_becomes_a_run_without_a_curve() {
    let folder = tempdir().unwrap();
    let file = |name: &str| fixtures().join("checkpoints").join(name);
    let import = |name: &str, flags: &[&str]| avsc(&folder).arg("import").arg(file(name)).args(flags).output().unwrap();
    assert!(stdout(&import("late.pt", &[])).contains("late fusion, no curve"));
    assert!(stdout(&import("variant_early.pt", &[])).contains("early fusion"));
    let ambiguous = import("baseline_audio.pt", &[]);
    assert!(ambiguous.status.code() == Some(1) && stderr(&ambiguous).contains("--mode"), "{}", stderr(&ambiguous));
    assert!(stdout(&import("baseline_audio.pt", &["--mode", "audio"])).contains("audio fusion"));
    let runs = scan(&folder);
    assert_eq!(runs.len(), 3);
    for run in runs {
        assert!(run.history.epochs.is_empty() && run.history.is_over());
        let state = StateDict::read(&run.dir.join("best.safetensors")).unwrap();
        let mode = run.history.started.as_ref().map(|started| started.mode);
        let found = avsc_tui::exchange::recognise(&state, mode, &Config::default().model).unwrap();
        assert_eq!(Some(found.mode), mode, "what was written is recognised again");
    }
}

#[test]
fn an_imported_run_cannot_be_resumed() {
    let folder = tempdir().unwrap();
    experiment(&folder.path().join("old"), &[0.8]);
    stdout(&avsc(&folder).args(["import", "old"]).output().unwrap());
    let name = scan(&folder)[0].name.clone();
    let output = avsc(&folder).args(["train", "--resume", &name]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(stderr(&output).contains("read-only"), "{}", stderr(&output));
}

/// A finished run of our own, below `folder`.
fn trained(folder: &TempDir, mode: Mode) -> RunDir {
    let config = support::config(mode, &folder.path().join("runs"), &["epochs=3"]);
    let dir = support::new_run(&config);
    support::train(&config, support::dataset(), dir.clone(), &[]).unwrap();
    dir
}

fn export(folder: &TempDir, run: &RunDir, flags: &[&str]) -> Output {
    avsc(folder).args(["export", &run.name()]).args(flags).output().unwrap()
}

#[test]
fn a_model_survives_the_way_out_and_in() {
    for mode in Mode::ALL {
        let folder = tempdir().unwrap();
        let run = trained(&folder, mode);
        stdout(&export(&folder, &run, &["--to", "pytorch", "--out", "a.pt"]));
        stdout(&export(&folder, &run, &["--to", "safetensors", "--out", "a.safetensors"]));
        let sorted = |path: &Path| {
            let mut entries = StateDict::read(path).unwrap().entries;
            entries.sort_by(|(a, _), (b, _)| a.cmp(b));
            entries
        };
        let best = sorted(&run.best());
        assert_eq!(sorted(&folder.path().join("a.pt")), best);
        assert_eq!(sorted(&folder.path().join("a.safetensors")), best);
    }
}

#[test]
fn a_checkpoint_of_pytorch_is_evaluated_as_the_run_is() {
    let folder = tempdir().unwrap();
    let data = fixtures().join("hdf5").join("framework").display().to_string();
    let with_data = |arguments: &[&str]| {
        let mut command = avsc(&folder);
        command.args(arguments).args(["--data", &data, "--device", "flex", "--json"]);
        stdout(&command.output().unwrap())
    };
    with_data(&["train", "--mode", "hybrid", "--epochs", "2", "--set", "model.hidden=24"]);
    let run = RunDir::at(&scan(&folder)[0].dir);
    stdout(&export(&folder, &run, &["--to", "pytorch", "--out", "a.pt"]));
    let scores = |arguments: &[&str]| -> Value {
        let object: Value = serde_json::from_str(&with_data(arguments)).unwrap();
        object["scores"].clone()
    };
    let [ours, theirs] = [scores(&["eval", &run.name()]), scores(&["eval", "a.pt"])];
    assert!(ours["accuracy"].is_f64());
    for key in ["accuracy", "log_loss", "macro_f1"] {
        let [ours, theirs] = [&ours, &theirs].map(|scores| scores[key].as_f64().unwrap());
        assert!((ours - theirs).abs() < 1e-5, "{key} is {theirs}, of the run {ours}");
    }
}

#[test]
fn the_history_becomes_tables_and_an_object() {
    let folder = tempdir().unwrap();
    let run = trained(&folder, Mode::Mid);
    let told = stdout(&export(&folder, &run, &["--to", "csv"]));
    let name = run.name();
    assert_eq!(told, format!("{name}.csv\n{name}-steps.csv\n"));
    let read = |name: &str| {
        let mut reader = csv::Reader::from_path(folder.path().join(name)).unwrap();
        let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
        (reader.headers().unwrap().clone(), rows)
    };
    let (header, rows) = read(&format!("{name}.csv"));
    assert_eq!((rows.len(), &header[3], &header[13]), (3, "train_loss", "ended"));
    assert!(rows.iter().all(|row| row[3].parse::<f64>().is_ok() && row[1] == *"mid"));
    assert_eq!(rows.iter().filter(|row| row[10] == *"1").count(), 1, "one epoch is the best");
    assert_eq!(read(&format!("{name}-steps.csv")).1.len(), 15, "five batches, three times");

    stdout(&export(&folder, &run, &["--to", "json", "--out", "a.json"]));
    let object: Value = serde_json::from_slice(&fs::read(folder.path().join("a.json")).unwrap()).unwrap();
    assert_eq!(object["epochs"].as_array().unwrap().len(), 3);
    assert_eq!(object["step_losses"].as_array().unwrap().len(), 15);
    assert_eq!(object["finished"]["outcome"], "finished");
}

#[test]
fn nothing_is_overwritten_and_what_is_not_offered_is_said() {
    let folder = tempdir().unwrap();
    let run = trained(&folder, Mode::Mid);
    fs::write(folder.path().join("a.pt"), "mine").unwrap();
    let output = export(&folder, &run, &["--to", "pytorch", "--out", "a.pt"]);
    assert!(output.status.code() == Some(1) && stderr(&output).contains("--force"), "{}", stderr(&output));
    assert_eq!(fs::read(folder.path().join("a.pt")).unwrap(), b"mine");
    stdout(&export(&folder, &run, &["--to", "pytorch", "--out", "a.pt", "--force"]));
    let onnx = export(&folder, &run, &["--to", "onnx"]);
    assert!(onnx.status.code() == Some(2) && stderr(&onnx).contains("torch.onnx.export"), "{}", stderr(&onnx));
    let other = export(&folder, &run, &["--to", "word"]);
    assert!(other.status.code() == Some(2) && stderr(&other).contains("tensorboard"), "{}", stderr(&other));
}

#[test]
fn pytorch_loads_an_exported_model() {
    let Some(mut python) = python("torch") else { return };
    let folder = tempdir().unwrap();
    let run = trained(&folder, Mode::Hybrid);
    stdout(&export(&folder, &run, &["--to", "pytorch", "--out", "a.pt"]));
    let check = "import json, sys, torch\n\
                 state = torch.load(sys.argv[1], weights_only=True)\n\
                 mapped = torch.load(sys.argv[1], weights_only=True, mmap=True)\n\
                 assert all(torch.equal(mapped[key], value) for key, value in state.items())\n\
                 sys.path.insert(0, 'tests/fixtures')\n\
                 from make_parity import fusion\n\
                 sizes = dict(audio=6, video=4, hidden=16, embedding=8, head=8, early=[16, 12, 8, 8], classes=3)\n\
                 fusion('hybrid', sizes).load_state_dict(state, strict=True)\n\
                 print(json.dumps({key: value.flatten().tolist() for key, value in state.items()}))";
    let output = python.args(["-c", check]).arg(folder.path().join("a.pt")).output().unwrap();
    let theirs: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let ours = StateDict::read(&run.best()).unwrap();
    assert_eq!(theirs.as_object().unwrap().len(), ours.entries.len());
    for (key, array) in ours.entries {
        let Some(floats) = array.floats() else { continue };
        let values: Vec<f32> = serde_json::from_value(theirs[&key].clone()).unwrap();
        assert_eq!(values, floats, "{key}");
    }
}

#[test]
fn tensorboard_reads_an_exported_run() {
    let Some(mut python) = python("tensorboard.backend.event_processing.event_accumulator") else { return };
    let folder = tempdir().unwrap();
    let run = trained(&folder, Mode::Late);
    stdout(&export(&folder, &run, &["--to", "tensorboard", "--out", "board"]));
    let output = python.arg("tests/fixtures/check_tensorboard.py").arg(folder.path().join("board")).output().unwrap();
    let read: Value = serde_json::from_str(&stdout(&output)).unwrap();
    let entry = runs::list::read(&run, &mut Vec::new()).unwrap();
    let losses: Vec<f32> = entry.history.epochs.iter().map(|record| record.result.val_loss as f32).collect();
    let theirs: Vec<(u64, f32)> = serde_json::from_value(read["scalars"]["val/loss"].clone()).unwrap();
    assert_eq!(theirs, (1..).zip(losses).collect::<Vec<_>>());
    assert_eq!(read["scalars"]["train/step_loss"].as_array().unwrap().len(), entry.history.step_losses.len());
    for tag in ["test/accuracy", "test/log_loss", "val/accuracy", "train/lr"] {
        assert!(read["scalars"][tag].is_array(), "{tag} is missing: {read}");
    }
    let sides: Vec<u64> = serde_json::from_value(read["images"]["test/confusion"].clone()).unwrap();
    assert!(sides[0] > 150 && sides[0] == sides[1]);
    assert_eq!((&read["hparams"]["mode"], &read["hparams"]["seed"]), (&"late".into(), &0.0.into()));
    assert_eq!(read["status"], 1);
}
