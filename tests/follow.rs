//! A study as the dashboard follows it: from the run directories that the program really wrote.

#![allow(clippy::unwrap_used, reason = "a helper fails its test by panicking")]

use std::{
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Command, Output, Stdio},
    time::Duration,
};

use avsc_tui::{
    runs::{
        Watch,
        study::{Course, Phase, Study},
    },
    study::{Folder, Follow},
};
use jiff::Timestamp;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, waitpid};
use serde_json::Value;
use tempfile::{TempDir, tempdir, tempdir_in};

const SMALL: &str = "[base]\nmodel = { hidden = 8, embedding = 8, head = 8, early_hidden = [8, 8, 8, 8] }\n\
                     train = { batch_size = 4, lr = 1e-2, early_stop = 0, device = \"flex\" }\n";

fn avsc(folder: &TempDir, arguments: &[&str]) -> Command {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/hdf5/framework").display().to_string();
    let mut command = Command::new(env!("CARGO_BIN_EXE_avsc-tui"));
    command.current_dir(folder.path()).env("XDG_CACHE_HOME", folder.path().join("cache")).stdin(Stdio::null());
    command.arg("study").args(arguments).args(["--data", &data]);
    command
}

/// A folder with a study of two modes, two rates and two seeds, `epochs` each.
fn folder(epochs: usize) -> TempDir {
    filled(tempdir().unwrap(), epochs)
}

fn filled(folder: TempDir, epochs: usize) -> TempDir {
    let text = format!(
        "name = \"small\"\nseeds = [0, 1]\ngrid = {{ mode = [\"mid\", \"late\"], lr = [1e-2, 1e-3], epochs = [{epochs}] }}\n{SMALL}"
    );
    fs::write(folder.path().join("study.toml"), text).unwrap();
    folder
}

fn good(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&output.stderr));
    text
}

fn status(folder: &TempDir) -> Value {
    serde_json::from_str(&good(&avsc(folder, &["status", "runs/study-small", "--json"]).output().unwrap())).unwrap()
}

/// What the dashboard sees: the study, and how far it is.
fn seen(folder: &TempDir) -> (Study, Course) {
    let runs = folder.path().join("runs");
    let mut follow = Follow::open(Folder::of(&runs, "small"), None).unwrap();
    let changes = Watch::new(runs).poll(Duration::ZERO);
    assert_eq!(follow.take(changes.found, &changes.gone), [""; 0]);
    (follow.study(), follow.course(Timestamp::now()))
}

#[test]
fn what_is_followed_is_what_the_status_tells() {
    let folder = folder(2);
    good(&avsc(&folder, &["run", "study.toml"]).output().unwrap());
    let (study, course) = seen(&folder);
    let names: Vec<&str> = study.settings.iter().map(|setting| setting.name.as_str()).collect();
    assert_eq!(names, ["lr", "mode", "seed"], "what all trials have in common is no setting of theirs");
    assert_eq!(study.settings[0].numbers.as_deref(), Some(&[1e-3, 1e-2][..]), "numbers in their order");
    assert_eq!(study.settings[1].values, ["mid", "late"], "words in the order of the study");
    assert_eq!((study.blocks.len(), study.blocks[0].rows.len(), course.count(Phase::Done)), (1, 4, 8));
    let told = status(&folder);
    for ((trial, standing), told) in study.trials.iter().zip(&course.trials).zip(told["trials"].as_array().unwrap()) {
        assert_eq!(told["id"], trial.id);
        assert_eq!(told["run"], standing.dir.as_ref().unwrap().canonicalize().unwrap().display().to_string());
        assert_eq!(told["figures"]["val_log_loss"].as_f64(), standing.values[0], "{trial:?}");
        assert_eq!((told["epochs"].as_u64(), standing.epochs), (Some(2), 2));
        assert_eq!(told["figures"]["test_accuracy"].as_f64().is_some(), standing.values[4].is_some());
    }
    assert_eq!((course.engine, course.eta, course.jobs.len()), (None, None, 0));

    // A run that is gone leaves its trial open; one that a person changed is another run.
    let runs = folder.path().join("runs");
    let mut follow = Follow::open(Folder::of(&runs, "small"), None).unwrap();
    let mut watch = Watch::new(runs);
    follow.take(watch.poll(Duration::ZERO).found, &[]);
    let (gone, edited) = (course.trials[0].dir.clone().unwrap(), course.trials[1].dir.clone().unwrap());
    fs::remove_dir_all(&gone).unwrap();
    let log = edited.join("events.jsonl");
    let text = fs::read_to_string(&log).unwrap();
    let (before, last) = text.trim_end().rsplit_once('\n').unwrap();
    let event = r#"{"v":1,"seq":900,"t":1767225600000,"type":"setting_changed","epoch":2,"step":1,"key":"train.lr","from":0.01,"to":0.5}"#;
    fs::write(&log, format!("{before}\n{event}\n{last}\n")).unwrap();
    watch.hurry();
    let changes = watch.poll(Duration::from_secs(1));
    follow.take(changes.found, &changes.gone);
    let course = follow.course(Timestamp::now());
    assert_eq!((course.count(Phase::Done), course.count(Phase::Open)), (6, 2));
    assert!(course.trials[1].why.contains("changed by hand"), "{:?}", course.trials[1]);
    assert_eq!(status(&folder)["tally"]["done"], 6, "as the status tells");
}

#[test]
fn the_runs_folder_may_be_named_from_here() {
    let folder = filled(tempdir_in(".").unwrap(), 1);
    good(&avsc(&folder, &["run", "study.toml"]).output().unwrap());
    let runs = Path::new(folder.path().file_name().unwrap()).join("runs");
    let found = Folder::all(&runs).unwrap().remove(0);
    assert_eq!(found.folder, Folder::of(&runs, "small").path(), "it is one study, however it was found");
    for study in [Folder::at(&found.folder), Folder::of(&runs, "small")] {
        let mut follow = Follow::open(study, None).unwrap();
        let changes = Watch::new(&runs).poll(Duration::ZERO);
        assert_eq!(follow.take(changes.found, &changes.gone), [""; 0]);
        assert_eq!(follow.course(Timestamp::now()).count(Phase::Done), 8);
    }
}

#[test]
fn the_log_of_a_run_that_goes_on_is_not_read_again() {
    let folder = folder(1);
    good(&avsc(&folder, &["run", "study.toml"]).output().unwrap());
    let runs = folder.path().join("runs");
    let logs: Vec<_> = fs::read_dir(&runs).unwrap().flatten().map(|run| run.path().join("events.jsonl")).collect();
    let logs: Vec<_> = logs.into_iter().filter(|log| log.is_file()).collect();
    // All but the end, and one that a person changed; on another host, so that they may live.
    for (at, log) in logs.iter().enumerate() {
        let text = fs::read_to_string(log).unwrap().replace("\"host\":\"", "\"host\":\"far-");
        let (before, _) = text.trim_end().rsplit_once('\n').unwrap();
        let now = Timestamp::now().as_millisecond();
        let event = format!(
            r#"{{"v":1,"seq":900,"t":{now},"type":"setting_changed","epoch":1,"step":1,"key":"train.lr","from":0.01,"to":0.5}}"#
        );
        let beat = format!(r#"{{"v":1,"seq":900,"t":{now},"type":"heartbeat"}}"#);
        fs::write(log, format!("{before}\n{}\n", if at == 0 { event } else { beat })).unwrap();
    }
    let mut follow = Follow::open(Folder::of(&runs, "small"), None).unwrap();
    let found = Watch::new(&runs).poll(Duration::ZERO).found;
    // What is not there cannot be read.
    for log in &logs {
        fs::remove_file(log).unwrap();
    }
    assert_eq!(follow.take(found.clone(), &[]), [""; 0]);
    let course = follow.course(Timestamp::now());
    assert_eq!((course.count(Phase::Running), course.count(Phase::Open)), (7, 1));
    assert!(course.trials.iter().any(|trial| trial.why.contains("changed by hand")), "{course:?}");
    // What is told of all runs says also which are gone.
    let kept = found.into_iter().filter(|listed| listed.summary.changes.is_empty()).take(3);
    assert_eq!(follow.take_all(kept.collect()), [""; 0]);
    assert_eq!(follow.course(Timestamp::now()).count(Phase::Open), 5);
}

#[test]
fn a_run_that_was_killed_before_it_told_anything_leaves_its_trial_open() {
    let folder = folder(1);
    good(&avsc(&folder, &["run", "study.toml"]).output().unwrap());
    let (_, course) = seen(&folder);
    let [bare, empty] = [0, 1].map(|at| course.trials[at].dir.clone().unwrap().join("events.jsonl"));
    fs::remove_file(bare).unwrap();
    fs::write(empty, "").unwrap();
    let told = status(&folder);
    assert_eq!((&told["tally"]["pending"], &told["tally"]["halted"]), (&2.into(), &0.into()), "{told:#}");
    let (_, course) = seen(&folder);
    assert_eq!((course.count(Phase::Open), course.count(Phase::Done)), (2, 6), "as the status tells");
    // Its directory is used again.
    let runs = || fs::read_dir(folder.path().join("runs")).unwrap().count();
    let before = runs();
    good(&avsc(&folder, &["run", "study.toml"]).output().unwrap());
    let (_, course) = seen(&folder);
    assert_eq!((course.count(Phase::Done), runs()), (8, before));
}

#[test]
fn one_of_the_trials_that_were_interrupted_is_trained_again() {
    let folder = folder(60);
    let mut command = avsc(&folder, &["run", "study.toml", "--workers", "2"]);
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut messages = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(messages.any(|line| line.unwrap().contains("60 epochs, ")), "no trial came to its end");
    // Two trials may end together: it is stopped where one stands in its middle.
    let process = Pid::from_child(&child);
    loop {
        kill_process(process, Signal::STOP).unwrap();
        waitpid(Some(process), WaitOptions::UNTRACED).unwrap();
        if seen(&folder).1.count(Phase::Running) > 0 {
            break;
        }
        kill_process(process, Signal::CONT).unwrap();
        assert!(messages.next().is_some(), "no trial was in its middle");
    }
    child.kill().unwrap();
    child.wait().unwrap();

    let (study, course) = seen(&folder);
    assert_eq!((course.count(Phase::Running), &course.engine), (0, &None));
    let at = course.trials.iter().position(|standing| standing.phase == Phase::Interrupted).unwrap();
    let done = course.count(Phase::Done);
    let id = study.trials[at].id.as_str();
    let unknown = avsc(&folder, &["retry", "runs/study-small", "--trials", "nothing"]).output().unwrap();
    assert_eq!(unknown.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("has no trial nothing"));
    good(&avsc(&folder, &["retry", "runs/study-small", "--trials", id]).output().unwrap());
    let (_, course) = seen(&folder);
    assert_eq!((course.trials[at].phase, course.count(Phase::Done)), (Phase::Done, done + 1), "it alone");
}

#[test]
fn what_is_no_study_says_why() {
    let folder = tempdir().unwrap();
    let runs = folder.path().join("runs");
    assert_eq!(Folder::all(&runs).unwrap(), [], "a folder that is not there holds none");
    for (name, plan, expected) in [
        ("none", None, "it has no plan.json"),
        ("damaged", Some("{\"v\":1,"), "plan.json"),
        ("other", Some("[]"), "plan.json"),
    ] {
        let study = Folder::of(&runs, name);
        fs::create_dir_all(study.path()).unwrap();
        if let Some(plan) = plan {
            fs::write(study.plan(), plan).unwrap();
        }
        let error = format!("{:#}", Follow::open(study, None).unwrap_err());
        assert!(error.contains(expected), "{name}: {error}");
    }
    let found: Vec<String> = Folder::all(&runs).unwrap().into_iter().map(|found| found.name).collect();
    assert_eq!(found.len(), 2, "what was never run has no plan: {found:?}");
    fs::remove_dir_all(&runs).unwrap();
    fs::write(&runs, "no folder").unwrap();
    assert!(format!("{:#}", Folder::all(&runs).unwrap_err()).contains("reading the runs folder"));
}

#[test]
fn the_plan_of_another_version_is_refused() {
    let folder = folder(1);
    good(&avsc(&folder, &["run", "study.toml"]).output().unwrap());
    let study = Folder::of(&folder.path().join("runs"), "small");
    let plan = fs::read_to_string(study.plan()).unwrap();
    fs::write(study.plan(), plan.replacen("\"v\": 1", "\"v\": 99", 1)).unwrap();
    let error = format!("{:#}", Follow::open(study, None).unwrap_err());
    assert!(error.contains("format 99"), "{error}");
}
