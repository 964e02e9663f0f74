//! The commands without the dashboard, as a shell runs them.

#![allow(clippy::unwrap_used, reason = "a helper fails its test by panicking")]

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use avsc_tui::runs;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::{TempDir, tempdir};

fn fixture(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/hdf5").join(name).display().to_string()
}

/// The program in an empty folder, with a cache of its own.
fn avsc(folder: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_avsc-tui"));
    command.current_dir(folder.path()).env("XDG_CACHE_HOME", folder.path().join("cache")).stdin(Stdio::null());
    command.env("XDG_STATE_HOME", folder.path().join("state"));
    command
}

fn json(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text).unwrap_or_else(|error| {
        panic!("{error}: {text}\n{}", String::from_utf8_lossy(&output.stderr));
    })
}

fn train(folder: &TempDir, arguments: &[&str]) -> Output {
    let data = fixture("framework");
    avsc(folder).args(["train", "--data", &data, "--device", "flex"]).args(arguments).output().unwrap()
}

#[test]
fn training_prints_the_report_and_leaves_a_run() {
    let folder = tempdir().unwrap();
    let output = train(&folder, &["--mode", "late", "--epochs", "3", "--batch-size", "2", "--seed", "5"]);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(report.contains("precision    recall  f1-score   support") && report.contains("overall log loss: "));
    let (runs, problems) = runs::scan(&folder.path().join("runs"));
    assert!(problems.is_empty(), "{problems:?}");
    assert_eq!(fs::read_to_string(runs[0].dir.join("result.txt")).unwrap(), report);
    assert!(runs[0].name.ends_with("-late-s5"), "{}", runs[0].name);
    let config = runs[0].config.as_ref().unwrap();
    assert_eq!((config.train.epochs, config.train.batch_size, config.train.seed), (3, 2, 5));
}

#[test]
fn training_prints_one_json_object() {
    let folder = tempdir().unwrap();
    let output = train(&folder, &["--json", "--epochs", "2", "--lr", "1e-3", "--runs", "elsewhere"]);
    let object = json(&output);
    assert_eq!(object["outcome"], "finished");
    assert_eq!((&object["mode"], &object["epochs"]), (&Value::from("mid"), &Value::from(2)));
    let run = folder.path().join(object["run"].as_str().unwrap());
    assert!(run.starts_with(folder.path().join("elsewhere")) && run.join("best.safetensors").is_file());
    for (split, keys) in [
        ("val", &["loss", "accuracy", "log_loss", "macro_f1"][..]),
        ("test", &["accuracy", "log_loss", "macro_f1"][..]),
    ] {
        for key in keys {
            assert!(object[split][key].is_f64(), "{split}.{key} is {}", object[split][key]);
        }
    }
    let clips: u64 = object["test"]["confusion"].as_array().unwrap().iter().flat_map(counts).sum();
    assert!(clips > 0);
    assert!(object["seconds"].is_f64() && object["device"].is_string() && object["best_epoch"].is_u64());
}

fn counts(row: &Value) -> Vec<u64> {
    row.as_array().unwrap().iter().map(|count| count.as_u64().unwrap()).collect()
}

#[test]
fn a_signal_stops_gracefully_and_the_run_can_be_resumed() {
    for signal in [Signal::TERM, Signal::INT] {
        let folder = tempdir().unwrap();
        let data = fixture("framework");
        let endless = ["--epochs", "1000000", "--set", "early_stop=0", "--json", "--device", "flex"];
        let mut command = avsc(&folder);
        command.args(["train", "--data", &data]).args(endless).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut messages = BufReader::new(child.stderr.take().unwrap()).lines();
        messages.find(|line| line.as_ref().unwrap().starts_with("epoch   3")).unwrap().unwrap();
        kill_process(Pid::from_child(&child), signal).unwrap();
        // What it still says must be taken, or it could not say it.
        messages.for_each(drop);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        let object = json(&output);
        assert_eq!(object["outcome"], "stopped");
        let run = folder.path().join(object["run"].as_str().unwrap());
        assert!(run.join("best.safetensors").is_file() && run.join("prediction.csv").is_file());
        let epochs = object["epochs"].as_u64().unwrap();

        let name = run.file_name().unwrap().to_str().unwrap();
        shorten(&run, epochs + 5);
        let output = avsc(&folder).args(["train", "--json", "--resume", name]).output().unwrap();
        let resumed = json(&output);
        assert_eq!((&resumed["run"], &resumed["epochs"]), (&object["run"], &Value::from(epochs + 5)));
        assert_eq!(resumed["outcome"], "finished");
    }
}

/// Let the run end after `epochs`.
fn shorten(run: &Path, epochs: u64) {
    let path = run.join("config.toml");
    let settings = fs::read_to_string(&path).unwrap().replace("epochs = 1000000", &format!("epochs = {epochs}"));
    fs::write(path, settings).unwrap();
}

#[test]
fn wrong_usage_is_told_apart_from_failure() {
    let folder = tempdir().unwrap();
    let code = |arguments: &[&str]| {
        let output = avsc(&folder).args(arguments).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
    };
    let (status, message) = code(&["train", "--set", "train.lr=-1", "--set", "nonsense=3"]);
    assert_eq!(status, 2);
    assert!(message.contains("train.lr") && message.contains("nonsense"), "every problem is told: {message}");
    assert_eq!(code(&["train", "--mode", "sideways"]).0, 2);
    assert_eq!(code(&["train", "--config", "missing.toml"]).0, 2);
    let (status, message) = code(&["train", "--data", "missing"]);
    assert_eq!(status, 1);
    assert!(message.contains("missing") && message.contains("audio_features_data"), "{message}");
    let (status, message) = code(&["train", "--resume", "no-such-run"]);
    assert!(status == 1 && message.contains("no-such-run"), "{message}");
    let (status, message) = code(&["train", "--device", "abacus"]);
    assert!(status == 1 && message.contains("abacus") && message.contains("flex"), "{message}");
    let (status, message) = code(&[]);
    assert!(status == 1 && message.contains("avsc-tui train"), "without a terminal there is no dashboard: {message}");
    assert!(!folder.path().join("runs").exists(), "no debris");
}

#[test]
fn a_config_file_in_the_current_folder_is_read() {
    let folder = tempdir().unwrap();
    let data = fixture("framework");
    fs::write(
        folder.path().join("config.toml"),
        format!("[data]\ndir = \"{data}\"\n[model]\nmode = \"audio\"\n[train]\nepochs = 1\ndevice = \"flex\"\n"),
    )
    .unwrap();
    let object = json(&avsc(&folder).args(["train", "--json"]).output().unwrap());
    assert_eq!((&object["mode"], &object["epochs"]), (&Value::from("audio"), &Value::from(1)));
    // A flag wins over the file.
    let object = json(&avsc(&folder).args(["train", "--json", "--mode", "video"]).output().unwrap());
    assert_eq!(object["mode"], "video");
}

#[test]
fn a_set_is_described_with_its_problems() {
    let folder = tempdir().unwrap();
    let inspect = |dir: PathBuf, json: bool| {
        let mut command = avsc(&folder);
        command.args(["data", "inspect"]).arg(dir).args(json.then_some("--json"));
        command.output().unwrap()
    };
    let text = String::from_utf8(inspect(fixture("framework").into(), false).stdout).unwrap();
    assert!(text.contains("train") && text.contains("float32"), "{text}");
    let object = json(&inspect(fixture("framework").into(), true));
    assert_eq!(object["problems"].as_array().unwrap().len(), 0, "{object}");
    assert_eq!(object["demo"], false);
}

#[test]
fn the_demo_set_is_written_and_looks_like_one() {
    let folder = tempdir().unwrap();
    let output = avsc(&folder).args(["data", "demo", "--out", "demo"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let object = json(&avsc(&folder).args(["data", "inspect", "demo", "--json"]).output().unwrap());
    assert_eq!(object["demo"], true);
    assert_eq!(object["problems"].as_array().unwrap().len(), 0, "{object}");
    let again = avsc(&folder).args(["data", "demo", "--out", "demo"]).output().unwrap();
    assert_eq!(again.status.code(), Some(1), "a folder that holds something is left alone");
}

#[test]
fn the_doctor_tells_what_there_is() {
    let folder = tempdir().unwrap();
    let text = String::from_utf8(avsc(&folder).arg("doctor").output().unwrap().stdout).unwrap();
    for word in ["flex", "hdf5", "terminal", "cache", "runs"] {
        assert!(text.contains(word), "{word} is missing:\n{text}");
    }
    let object = json(&avsc(&folder).args(["doctor", "--json"]).output().unwrap());
    assert!(object["backends"]["flex"].is_string(), "{object}");
}

#[test]
fn a_run_killed_outright_ends_as_if_nothing_had_happened() {
    let folder = tempdir().unwrap();
    let long = ["--epochs", "300", "--set", "early_stop=0", "--json"];
    let whole = json(&train(&folder, &long));

    let data = fixture("framework");
    let mut command = avsc(&folder);
    command.args(["train", "--data", &data, "--device", "flex"]).args(long);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut messages = BufReader::new(child.stderr.take().unwrap()).lines();
    messages.find(|line| line.as_ref().unwrap().starts_with("epoch   9")).unwrap().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();

    let (runs, _) = runs::scan(&folder.path().join("runs"));
    let killed = runs.iter().find(|run| run.interrupted).expect("it is listed as interrupted");
    let resumed = json(&avsc(&folder).args(["train", "--json", "--resume", &killed.name]).output().unwrap());
    for key in ["outcome", "epochs", "best_epoch", "val", "test"] {
        assert_eq!(resumed[key], whole[key], "{key}");
    }
    let file = |object: &Value, name: &str| fs::read(folder.path().join(object["run"].as_str().unwrap()).join(name));
    for name in ["best.safetensors", "prediction.csv", "result.txt"] {
        assert!(file(&resumed, name).unwrap() == file(&whole, name).unwrap(), "{name} differs");
    }
}

#[test]
fn the_doctor_tells_what_the_gpus_do() {
    let folder = tempdir().unwrap();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/nvml.c");
    let library = folder.path().join("libnvidia-ml.so.1");
    let built = Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&library, &source]).status().unwrap();
    assert!(built.success());
    let output = avsc(&folder).args(["doctor", "--json"]).env("LD_LIBRARY_PATH", folder.path()).output().unwrap();
    let devices = &json(&output)["devices"];
    assert_eq!(devices["NVIDIA GPU 0"], "NVIDIA Test 0, 1.5 of 8.0 GiB taken, 34 % busy");
    assert!(devices.get("NVIDIA GPU 1").is_none(), "one that does not answer is left out: {devices}");
}

#[test]
fn keys_that_clash_are_refused_with_both_actions_and_the_file() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("keys.toml"), "[keys.train]\ntrain = [\"q\"]\ncounts = [\"f77\"]\n").unwrap();
    let output = avsc(&folder).args(["doctor", "--config", "keys.toml"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("keys.toml: q is both `keys.train.train` and `keys.global.quit`"), "{text}");
    assert!(text.contains("keys.toml: `keys.train.counts`: `f77` is no key"), "{text}");
}

#[test]
fn a_run_that_lacked_its_test_alone_is_told_of_whole() {
    let folder = tempdir().unwrap();
    let trained = json(&train(&folder, &["--epochs", "2", "--json"]));
    let run = folder.path().join(trained["run"].as_str().unwrap());
    let log = fs::read_to_string(run.join("events.jsonl")).unwrap();
    let before: Vec<&str> = log.lines().filter(|line| !line.contains(r#""type":"finished""#)).collect();
    fs::write(run.join("events.jsonl"), before.join("\n") + "\n").unwrap();
    let name = run.file_name().unwrap().to_str().unwrap();
    let output = avsc(&folder).args(["train", "--json", "--resume", name]).output().unwrap();
    let resumed = json(&output);
    for key in ["outcome", "mode", "epochs", "best_epoch", "val", "test", "device"] {
        assert_eq!(resumed[key], trained[key], "{key}");
    }
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("finished after 2 epochs") && said.contains("best epoch"), "{said}");
}
