//! Studies as a person writes, runs, kills and continues them.

#![allow(clippy::unwrap_used, reason = "a helper fails its test by panicking")]

use std::{
    collections::BTreeMap,
    fs,
    io::{BufRead as _, BufReader},
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::{TempDir, tempdir};

fn fixture() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/hdf5/framework").display().to_string()
}

/// The program in a folder with a cache of its own.
fn avsc(folder: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_avsc-tui"));
    command.current_dir(folder.path()).env("XDG_CACHE_HOME", folder.path().join("cache")).stdin(Stdio::null());
    command
}

const SMALL: &str = "[base]\nmodel = { hidden = 8, embedding = 8, head = 8, early_hidden = [8, 8, 8, 8] }\n\
                     train = { batch_size = 4, lr = 1e-2, early_stop = 0, device = \"flex\" }\n";

/// A folder with the study `study.toml`: small models, and what `text` says.
fn folder(text: &str) -> TempDir {
    let folder = tempdir().unwrap();
    write(&folder, text);
    folder
}

fn write(folder: &TempDir, text: &str) {
    fs::write(folder.path().join("study.toml"), format!("{text}\n{SMALL}")).unwrap();
}

fn study(folder: &TempDir, arguments: &[&str]) -> Output {
    avsc(folder).arg("study").args(arguments).args(["--data", &fixture()]).output().unwrap()
}

fn run(folder: &TempDir, arguments: &[&str]) -> Output {
    study(folder, &[&["run", "study.toml"], arguments].concat())
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn json(output: &Output) -> Value {
    let out = text(&output.stdout);
    serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}\n{}", text(&output.stderr)))
}

/// What the run says with `--json`, once it has gone well.
fn results(folder: &TempDir, arguments: &[&str]) -> Value {
    let output = run(folder, &[arguments, &["--json"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    json(&output)
}

/// Run directories below the runs folder.
fn runs(folder: &TempDir) -> usize {
    let entries = fs::read_dir(folder.path().join("runs")).unwrap().flatten();
    entries.filter(|entry| entry.path().join("config.toml").is_file()).count()
}

/// The figures of each trial, by its name.
fn figures(results: &Value) -> BTreeMap<String, Value> {
    let trials = results["trials"].as_array().unwrap().iter();
    trials.map(|trial| (trial["id"].as_str().unwrap().to_owned(), trial["figures"].clone())).collect()
}

fn start(folder: &TempDir, arguments: &[&str]) -> (Child, std::io::Lines<BufReader<std::process::ChildStderr>>) {
    let mut command = avsc(folder);
    command.args(["study", "run", "study.toml", "--data", &fixture()]).args(arguments);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let messages = BufReader::new(child.stderr.take().unwrap()).lines();
    (child, messages)
}

fn wait_for(messages: &mut impl Iterator<Item = std::io::Result<String>>, what: &str) {
    let mut seen = Vec::new();
    for line in messages {
        let line = line.unwrap();
        if line.contains(what) {
            return;
        }
        seen.push(line);
    }
    panic!("{what:?} was never said:\n{}", seen.join("\n"));
}

const MODES: &str = "seeds = [0, 1]\ngrid = { mode = [\"late\", \"mid\"], epochs = [3] }";

#[test]
fn a_study_fills_its_tables_and_trains_nothing_twice() {
    let folder = folder(
        "seeds = [0, 1, 2]\n[[block]]\nname = \"modes\"\ngrid = { mode = [\"late\", \"early\"], epochs = [3] }\n\
         [[block]]\nname = \"rates\"\nbase = { mode = \"late\", epochs = 3 }\ngrid = { lr = [1e-2, 1e-3] }",
    );
    let results = results(&folder, &[]);
    // Late fusion at 1e-2 is in both tables: three settings of three seeds.
    assert_eq!((&results["tally"]["total"], &results["tally"]["done"]), (&9.into(), &9.into()));
    assert_eq!(runs(&folder), 9);
    assert_eq!(results["ranked_by"], "val_log_loss");
    for table in results["tables"].as_array().unwrap() {
        let settings = table["settings"].as_array().unwrap();
        let means: Vec<f64> =
            settings.iter().map(|setting| setting["figures"]["val_log_loss"]["mean"].as_f64().unwrap()).collect();
        assert!(means.is_sorted() && means.len() == 2, "ranked by validation: {means:?}");
        assert!(
            settings.iter().all(|setting| setting["done"] == 3 && setting["figures"]["test_accuracy"]["sd"].is_f64())
        );
    }

    let again = run(&folder, &["--json"]);
    assert_eq!(figures(&json(&again)), figures(&results));
    assert!(text(&again.stderr).contains("9 done, 0 ended early, 0 failed; 0 to train"), "{}", text(&again.stderr));
    assert_eq!(runs(&folder), 9);

    // Another study wants one of them; a hand-made run counts as well.
    fs::write(
        folder.path().join("other.toml"),
        format!("seeds = [2, 3]\ngrid = {{ mode = [\"late\"], epochs = [3] }}\n{SMALL}"),
    )
    .unwrap();
    let config = folder.path().join("runs").join("study-study");
    assert!(config.join("plan.json").is_file());
    let by_hand = avsc(&folder)
        .args(["train", "--data", &fixture(), "--mode", "late", "--epochs", "3", "--seed", "3", "--batch-size", "4"])
        .args([
            "--lr",
            "1e-2",
            "--device",
            "flex",
            "--set",
            "early_stop=0",
            "--set",
            "hidden=8",
            "--set",
            "embedding=8",
            "--set",
            "head=8",
        ])
        .output()
        .unwrap();
    assert_eq!(by_hand.status.code(), Some(0), "{}", text(&by_hand.stderr));
    let other = study(&folder, &["run", "other.toml", "--json"]);
    assert_eq!(json(&other)["tally"]["done"], 2, "{}", text(&other.stderr));
    assert_eq!(runs(&folder), 10, "nine of the first study and the one made by hand");
}

/// What a stage is called, and whether it is reached.
type Stage = (&'static str, fn(&TempDir) -> bool);

/// Facts of the disk that tell how far a study has come, from its first file on.
const STAGES: [Stage; 9] = [
    ("it reads the data", |folder| folder.path().join("runs/study-study/engine.json").exists()),
    ("the plan is written", |folder| folder.path().join("runs/study-study/plan.json").exists()),
    ("the first trial is claimed", |folder| {
        fs::read_dir(folder.path().join("runs/.claims")).is_ok_and(|claims| claims.flatten().next().is_some())
    }),
    ("the first run has its settings", |folder| {
        folder
            .path()
            .join("runs")
            .read_dir()
            .is_ok_and(|dirs| dirs.flatten().any(|dir| dir.path().join("config.toml").exists()))
    }),
    ("the first run has begun", |folder| count(folder, "run_started") > 0),
    ("within the first epochs", |folder| count(folder, "epoch_finished") > 0),
    ("a run has ended", |folder| count(folder, "finished") > 0),
    ("between the second and the third", |folder| count(folder, "finished") > 1),
    ("before the last ends", |folder| count(folder, "run_started") > 3),
];

/// Events of a kind in all logs.
fn count(folder: &TempDir, kind: &str) -> usize {
    if folder.path().join("runs").is_dir() { logged(folder, kind).iter().map(|(_, count)| count).sum() } else { 0 }
}

const LONG: &str = "seeds = [0, 1]\ngrid = { mode = [\"late\", \"mid\"], epochs = [60] }";

#[test]
fn a_study_killed_at_any_stage_ends_as_if_nothing_had_happened() {
    let whole = folder(LONG);
    let expected = figures(&results(&whole, &["--workers", "2"]));
    for (stage, reached) in STAGES {
        let folder = folder(LONG);
        let (mut child, _messages) = start(&folder, &["--workers", "2"]);
        wait_until(stage, || reached(&folder));
        child.kill().unwrap();
        child.wait().unwrap();

        let status = study(&folder, &["status", "study.toml", "--json"]);
        let status = json(&status);
        assert_eq!((&status["running"], &status["tally"]["live"]), (&false.into(), &0.into()), "{stage}: {status}");
        let results = results(&folder, &["--workers", "2"]);
        assert_eq!(figures(&results), expected, "killed when {stage}");
        assert_eq!(runs(&folder), 4, "killed when {stage}: what was begun is gone on with");
        assert_eq!(count(&folder, "run_started"), 4, "killed when {stage}");
    }
}

#[test]
fn a_study_killed_again_and_again_comes_to_its_end() {
    let whole = folder(LONG);
    let expected = figures(&results(&whole, &["--workers", "2"]));
    let folder = folder(LONG);
    for epochs in [1, 5, 20, 61, 90, 130, 180, 210] {
        let (mut child, _messages) = start(&folder, &["--workers", "2"]);
        let mut over = false;
        wait_until("it does not train", || {
            over = over || child.try_wait().unwrap().is_some();
            over || count(&folder, "epoch_finished") >= epochs
        });
        let _ = child.kill();
        child.wait().unwrap();
    }
    assert_eq!(figures(&results(&folder, &["--workers", "2"])), expected);
    assert_eq!(runs(&folder), 4);
}

#[test]
fn a_study_stopped_at_any_stage_keeps_what_is_there() {
    let whole = folder(LONG);
    let expected = figures(&results(&whole, &["--workers", "2"]));
    for (stage, reached) in STAGES {
        let folder = folder(LONG);
        let (child, _messages) = start(&folder, &["--workers", "2"]);
        wait_until(stage, || reached(&folder));
        let stop = study(&folder, &["stop", "study.toml"]);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{stage}: {}", text(&stop.stderr));
        // It may have come to its end by itself.
        let ended = text(&stop.stderr).contains("nothing to stop");
        let status = json(&study(&folder, &["status", "study.toml", "--json"]));
        let tally = &status["tally"];
        assert_eq!((&tally["live"], &tally["failed"]), (&0.into(), &0.into()), "{stage}: {status:#}");
        assert!(!ended || tally["done"] == 4, "{stage}: {status:#}");
        assert_eq!(figures(&results(&folder, &["--workers", "2"])), expected, "stopped when {stage}");
        assert_eq!(runs(&folder), 4, "stopped when {stage}");
    }
}

#[test]
fn a_report_that_was_killed_is_written_again() {
    let folder = folder(MODES);
    results(&folder, &[]);
    let mut command = avsc(&folder);
    command.args(["study", "report", "study.toml", "--out", "report", "--data", &fixture()]);
    let entries = || fs::read_dir(folder.path()).unwrap().flatten().count();
    let before = entries();
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until("no report is begun", || entries() > before);
    let _ = child.kill();
    child.wait().unwrap();
    let again = study(&folder, &["report", "study.toml", "--out", "report"]);
    assert_eq!(again.status.code(), Some(0), "{}", text(&again.stderr));
    assert!(folder.path().join("report/report.html").is_file());
}

#[test]
fn a_signal_and_a_stop_keep_what_is_there() {
    let endless = "seeds = [0, 1]\ngrid = { mode = [\"late\"], epochs = [2, 1000000] }";
    for by_signal in [true, false] {
        let folder = folder(endless);
        let (child, mut messages) = start(&folder, &["--workers", "1"]);
        wait_for(&mut messages, "2 epochs, ");
        if by_signal {
            kill_process(Pid::from_child(&child), Signal::INT).unwrap();
        } else {
            let second = run(&folder, &[]);
            assert_eq!(second.status.code(), Some(1), "one process at a time");
            assert!(text(&second.stderr).contains("this study is being run, process "), "{}", text(&second.stderr));
            let stop = study(&folder, &["stop", "study.toml"]);
            assert_eq!(stop.status.code(), Some(0), "{}", text(&stop.stderr));
        }
        let rest: Vec<_> = messages.map(Result::unwrap).collect();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{rest:?}");
        let left = rest.iter().find(|line| line.contains("left; go on with: avsc-tui study run")).unwrap();
        assert!(left.contains(&format!("study.toml --data {}", fixture())), "as it was run: {left}");
        let status = json(&study(&folder, &["status", "study.toml", "--json"]));
        let tally = &status["tally"];
        assert_eq!((&tally["live"], &tally["failed"]), (&0.into(), &0.into()));
        assert!(tally["pending"].as_u64().unwrap() + tally["halted"].as_u64().unwrap() >= 2, "{tally}");
        let again = study(&folder, &["stop", "study.toml"]);
        assert!(text(&again.stderr).contains("nothing to stop"), "{}", text(&again.stderr));
    }
}

#[test]
fn a_failing_trial_stops_no_other_and_is_retried_alone() {
    let folder = tempdir().unwrap();
    let (good, missing) = (fixture(), folder.path().join("later").display().to_string());
    let text_of =
        |seeds: &str| format!("seeds = {seeds}\ngrid = {{ epochs = [2], data.dir = [\"{good}\", \"{missing}\"] }}");
    write(&folder, &text_of("[0, 1]"));
    let study = |arguments: &[&str]| avsc(&folder).arg("study").args(arguments).output().unwrap();
    let first = study(&["run", "study.toml", "--json"]);
    assert_eq!(first.status.code(), Some(1), "a trial failed");
    let results = json(&first);
    assert_eq!((&results["tally"]["done"], &results["tally"]["failed"]), (&2.into(), &2.into()));
    let trials = results["trials"].as_array().unwrap();
    let failed = trials.iter().find(|trial| trial["state"] == "failed").unwrap();
    assert!(failed["why"].to_string().contains("later"), "{failed}");
    // It has no run, and is remembered all the same; without a word from a person it is left alone.
    let status = text(&study(&["status", "study.toml"]).stdout);
    assert!(status.contains("2 failed") && status.contains("later"), "{status}");
    let again = study(&["run", "study.toml", "--json"]);
    assert!(text(&again.stderr).contains("2 failed; 0 to train"), "{}", text(&again.stderr));
    let still = study(&["retry", "study.toml", "--json"]);
    assert_eq!(json(&still)["tally"]["failed"], 2, "the data is still not there: {}", text(&still.stderr));

    let other = Path::new(&good).with_file_name("ragged");
    std::os::unix::fs::symlink(other, &missing).unwrap();
    let retried = json(&study(&["retry", "study.toml", "--json"]));
    assert_eq!((&retried["tally"]["done"], runs(&folder)), (&4.into(), 4), "{}", retried["tally"]);
    let done = json(&study(&["run", "study.toml", "--json"]));
    assert_eq!((&done["tally"]["done"], runs(&folder)), (&4.into(), 4));
}

#[test]
fn the_same_data_in_two_places_is_trained_on_once() {
    let folder = tempdir().unwrap();
    let (here, there) = (fixture(), folder.path().join("there").display().to_string());
    std::os::unix::fs::symlink(&here, &there).unwrap();
    write(&folder, &format!("grid = {{ epochs = [2], data.dir = [\"{here}\", \"{there}\"] }}"));
    let output = avsc(&folder).args(["study", "run", "study.toml", "--json"]).output().unwrap();
    let results = json(&output);
    assert_eq!((&results["tally"]["done"], runs(&folder)), (&2.into(), 1), "{}", text(&output.stderr));
    assert_eq!(results["trials"][0]["figures"], results["trials"][1]["figures"]);
}

#[test]
fn a_run_that_failed_is_retried_and_left_alone_by_run() {
    let folder = folder(MODES);
    results(&folder, &[]);
    // One fails, another is cut off: as the logs tell it.
    let mut dirs: Vec<_> =
        fs::read_dir(folder.path().join("runs")).unwrap().flatten().map(|entry| entry.path()).collect();
    dirs.retain(|dir| dir.join("events.jsonl").is_file());
    dirs.sort();
    let log = dirs[0].join("events.jsonl");
    let lines = fs::read_to_string(&log).unwrap();
    let last = lines.lines().last().unwrap();
    let seq = &last[..last.find(",\"type\"").unwrap()];
    let kept: Vec<_> = lines.lines().filter(|line| !line.contains("\"type\":\"finished\"")).collect();
    let failure = format!("{seq},\"type\":\"failed\",\"errors\":[\"the disk is full\"]}}");
    fs::write(&log, format!("{}\n{failure}\n", kept.join("\n"))).unwrap();

    let again = run(&folder, &["--json"]);
    assert_eq!(again.status.code(), Some(1));
    assert!(text(&again.stderr).contains("0 to train"), "{}", text(&again.stderr));
    let status = study(&folder, &["status", "study.toml"]);
    assert!(text(&status.stdout).contains("the disk is full"), "{}", text(&status.stdout));
    let retried = json(&study(&folder, &["retry", "study.toml", "--json"]));
    assert_eq!((&retried["tally"]["done"], runs(&folder)), (&4.into(), 4), "it went on in its own directory");
}

#[test]
fn a_study_is_found_by_its_folder_wherever_it_is() {
    let folder = folder(MODES);
    results(&folder, &[]);
    fs::rename(folder.path().join("runs"), folder.path().join("moved")).unwrap();
    let inside = folder.path().join("moved/study-study");
    let status = avsc(&folder).current_dir(&inside).args(["study", "status", ".", "--json"]).output().unwrap();
    assert_eq!(json(&status)["tally"]["done"], 4, "{}", text(&status.stderr));
    let beside =
        avsc(&folder).current_dir(folder.path().join("moved")).args(["study", "status", "study-study"]).output();
    assert!(text(&beside.unwrap().stdout).contains("4 trials: 4 done"));
    let elsewhere = study(&folder, &["status", "moved"]);
    assert!(text(&elsewhere.stderr).contains("there is no study in moved"), "{}", text(&elsewhere.stderr));

    // One is lost, and trained again where the study lies now.
    let lost =
        fs::read_dir(folder.path().join("moved")).unwrap().flatten().find(|e| e.path().join("config.toml").is_file());
    fs::write(lost.as_ref().unwrap().path().join("events.jsonl"), "").unwrap();
    let retried = study(&folder, &["retry", "moved/study-study", "--json"]);
    assert_eq!(json(&retried)["tally"]["done"], 4, "{}", text(&retried.stderr));
    assert!(!folder.path().join("runs").exists());
}

#[test]
fn a_study_is_reported_once_something_is_done() {
    let folder = folder(MODES);
    let early = study(&folder, &["report", "study.toml", "--out", "report"]);
    assert_eq!(early.status.code(), Some(1));
    assert!(text(&early.stderr).contains("there is nothing to report"), "{}", text(&early.stderr));
    results(&folder, &[]);
    let report = study(&folder, &["report", "study.toml", "--out", "report"]);
    assert_eq!(report.status.code(), Some(0), "{}", text(&report.stderr));
    let report = fs::read_to_string(folder.path().join("report/report.md")).unwrap();
    assert!(report.contains("late") && report.contains("mid") && report.contains('±'), "{report}");
}

#[test]
fn a_rule_ends_hopeless_trials_and_says_why() {
    for (rule, says) in [
        ("{ rule = \"median\", min_epochs = 3, min_trials = 2 }", "median rule: worse than the median of "),
        ("{ rule = \"halving\", min_epochs = 2, factor = 2 }", "successive halving: place "),
    ] {
        let folder = folder(&format!(
            "stop = {rule}\nseeds = [0]\ngrid = {{ mode = [\"late\"], epochs = [20], lr = [1e-2, 8e-3, 1e-9] }}"
        ));
        let arguments = ["--workers", "1"];
        let results = results(&folder, &arguments);
        let trials = results["trials"].as_array().unwrap();
        let hopeless = trials.iter().find(|trial| trial["settings"]["train.lr"] == 1e-9).unwrap();
        assert_eq!(hopeless["state"], "terminated", "{rule}: {results}");
        assert!(hopeless["why"].as_str().unwrap().starts_with(says), "{hopeless}");
        assert!(hopeless["epochs"].as_u64().unwrap() < 20);
        let log =
            fs::read_to_string(Path::new(&folder.path()).join(hopeless["run"].as_str().unwrap()).join("events.jsonl"));
        assert!(log.unwrap().contains(says), "{rule}: the record says why");
        // It has ended; neither run nor retry goes on with it.
        let again = run(&folder, &["--workers", "1"]);
        assert!(text(&again.stderr).contains("; 0 to train"), "{}", text(&again.stderr));
        assert!(text(&again.stdout).contains("1 ended"), "{}", text(&again.stdout));
    }
}

#[test]
fn random_samples_are_the_same_again_and_more_of_them_leave_the_first_alone() {
    let sampled = |samples: usize| {
        let folder = folder(&format!(
            "[random]\nsamples = {samples}\nseed = 5\nlr = {{ log_uniform = [1e-5, 1e-1] }}\nbatch_size = {{ uniform = [2, 8] }}\n\
             model.dropout = {{ choice = [0.0, 0.2] }}"
        ));
        let output = run(&folder, &["--dry-run", "--json"]);
        assert!(!folder.path().join("runs").exists(), "a dry run writes nothing");
        figures(&json(&output)).into_keys().collect::<std::collections::BTreeSet<_>>()
    };
    let (few, again, more) = (sampled(20), sampled(20), sampled(30));
    assert_eq!(few.len(), 20);
    assert_eq!(few, again);
    assert!(few.is_subset(&more) && more.len() == 30);
}

#[test]
fn a_dry_run_shows_every_trial() {
    let folder = folder(MODES);
    let output = run(&folder, &["--dry-run", "--workers", "1"]);
    let shown = text(&output.stdout);
    for line in [
        "study study: 4 trials: 4 pending",
        "ranked by val log loss",
        "study: 2 settings of train.epochs, model.mode, 2 seeds each",
        "1 at a time on flex, ",
        "    1  pending     late, epochs 3, seed 0",
    ] {
        assert!(shown.contains(line), "{line:?} is missing:\n{shown}");
    }
}

#[test]
fn the_seed_report_is_fifty_trials() {
    let folder = tempdir().unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/studies/seed-report.toml").display().to_string();
    let output = study(&folder, &["run", &file, "--dry-run", "--json"]);
    let plan = json(&output);
    let rows: Vec<_> =
        plan["tables"].as_array().unwrap().iter().map(|t| t["settings"].as_array().unwrap().len()).collect();
    assert_eq!((&plan["tally"]["total"], rows), (&50.into(), vec![4, 5, 3]));
    assert_eq!((&plan["study"], &plan["ranked_by"]), (&"seed-report".into(), &"val_log_loss".into()));
}

#[test]
fn a_file_expands_to_what_it_says_and_the_same_trial_stands_once() {
    // (reason, file, settings of each table, trials)
    let cases: [(&str, &str, &[usize], u64); 13] = [
        ("one axis", "grid = { lr = [1e-2, 1e-3] }", &[2], 2),
        ("axes are multiplied", "grid = { lr = [1e-2, 1e-3], batch_size = [2, 4, 8] }", &[6], 6),
        ("and seeds with them", "seeds = [0, 1, 2]\ngrid = { lr = [1e-2, 1e-3] }", &[2], 6),
        ("both ends of a range", "seeds = { from = 3, to = 5 }\ngrid = { lr = [1e-2] }", &[1], 3),
        ("a seed that is written twice", "seeds = [1, 1, 2]\ngrid = { lr = [1e-2] }", &[1], 2),
        ("nothing varies", "seeds = [0, 1]", &[1], 2),
        ("a list", "trials = [{ lr = 1e-2, dropout = 0.1 }, { lr = 1e-3 }]", &[2], 2),
        ("a list within a grid", "grid = { batch_size = [2, 4] }\ntrials = [{ lr = 1e-2 }, { lr = 1e-3 }]", &[4], 4),
        (
            "samples within a grid",
            "grid = { batch_size = [2, 4] }\nrandom = { samples = 5, lr = { uniform = [0.1, 0.2] } }",
            &[10],
            10,
        ),
        ("one number in two spellings", "grid = { lr = [1e-2, 0.01, 0.010] }", &[3], 1),
        ("what the mode does not look at", "grid = { mode = [\"late\"], hybrid_mid = [0.1, 0.2, 0.3] }", &[3], 1),
        (
            "blocks share what they have in common",
            "[[block]]\nname = \"a\"\ngrid = { lr = [1e-2, 1e-3] }\n[[block]]\nname = \"b\"\ngrid = { batch_size = [4, 8] }",
            &[2, 2],
            3,
        ),
        (
            "seeds of a block's own",
            "seeds = [0, 1]\n[[block]]\nname = \"a\"\ngrid = { lr = [1e-2] }\n[[block]]\nname = \"b\"\nseeds = [1, 2]\ngrid = { lr = [1e-2] }",
            &[1, 1],
            3,
        ),
    ];
    for (reason, content, settings, trials) in cases {
        // The base goes before what is in sections of its own.
        let folder = tempdir().unwrap();
        let base = "base = { lr = 1e-2, batch_size = 4, device = \"flex\" }";
        fs::write(folder.path().join("study.toml"), format!("{base}\n{content}")).unwrap();
        let plan = json(&run(&folder, &["--dry-run", "--json"]));
        let tables = plan["tables"].as_array().unwrap().iter();
        let found: Vec<_> = tables.map(|table| table["settings"].as_array().unwrap().len()).collect();
        assert_eq!((found.as_slice(), &plan["tally"]["total"]), (settings, &trials.into()), "{reason}");
    }
}

#[test]
fn ranking_by_the_test_split_is_said_loudly() {
    let folder = folder("rank = \"test_accuracy\"\ngrid = { epochs = [1] }");
    let output = run(&folder, &["--dry-run"]);
    assert!(text(&output.stderr).contains("WARNING: this study ranks by test accuracy"));
    assert!(text(&output.stdout).contains("THE TEST SPLIT"));
}

#[test]
fn every_problem_is_told_with_its_place() {
    let bad = [
        ("not TOML", "grid = {", &["not valid TOML"][..]),
        ("no such key", "grids = { lr = [1.0] }", &["there is no `grids` here"]),
        ("no such setting", "grid = { rate = [1.0] }", &["there is no setting `rate`"]),
        ("several at once", "grid = { lr = [-1.0, 1e-3, \"x\"] }\nrank = \"luck\"", &["`luck`", "one of val_log_loss"]),
        ("out of range", "grid = { lr = [-1.0], batch_size = [0] }", &["`train.lr` = -1", "`train.batch_size` = 0"]),
        ("of a wrong type", "grid = { lr = [\"fast\"] }", &["`train.lr` = \"fast\" is text"]),
        ("no list", "grid = { lr = 1e-3 }", &["`grid.lr` = 0.001: expected a list"]),
        ("an empty list", "grid = { lr = [] }", &["expected a list of values"]),
        ("seeds as an axis", "grid = { seed = [0, 1] }", &["seeds = [0, 1, 2]"]),
        ("a device as an axis", "grid = { device = [\"flex\"] }", &["`train.device` changes nothing"]),
        ("twice", "grid = { lr = [1e-3] }\ntrials = [{ train = { lr = 1e-4 } }]", &["`train.lr` is varied twice"]),
        ("seeds that are none", "seeds = [-1]\ngrid = { lr = [1e-3] }", &["`seeds` = [-1]"]),
        ("seeds without end", "seeds = { from = 0, to = 9000000000 }", &["`seeds`"]),
        (
            "too many",
            "seeds = { from = 0, to = 9999 }\ngrid = { epochs = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11] }",
            &["more than 100000 trials"],
        ),
        ("a name that is a path", "name = \"../x\"", &["the study's name"]),
        ("a name with escapes", "name = \"\\u001b[2J\"", &["the study's name"]),
        ("escapes in a key", "\"\\u001b[2J\" = 1", &["^[[2J"]),
        ("a rule that is none", "stop = { rule = \"luck\" }", &["`rule`: \"luck\" is not known"]),
        ("a rule on the test split", "rank = \"test_accuracy\"\nstop = { rule = \"median\" }", &["validation split"]),
        ("a rule's range", "stop = { rule = \"halving\", factor = 1 }", &["1 is out of range: 2 to 100"]),
        ("samples without end", "random = { samples = 1000000000, lr = { uniform = [0.1, 0.2] } }", &["out of range"]),
        ("samples of nothing", "random = { samples = 3 }", &["nothing to draw"]),
        ("a range upside down", "random = { samples = 3, lr = { uniform = [0.2, 0.1] } }", &["under the second"]),
        ("a logarithm of 0", "random = { samples = 3, lr = { log_uniform = [0, 0.1] } }", &["over 0"]),
        ("a sample out of range", "random = { samples = 3, lr = { uniform = [11.0, 12.0] } }", &["`train.lr`"]),
        ("two blocks of a name", "[[block]]\nname = \"a\"\n[[block]]\nname = \"a\"", &["two blocks \"a\""]),
        ("a block's own problem", "[[block]]\nname = \"a\"\ngrid = { lr = [99.0] }", &["block \"a\"", "99"]),
    ];
    for (reason, content, expected) in bad {
        let folder = tempdir().unwrap();
        fs::write(folder.path().join("study.toml"), content).unwrap();
        let output = run(&folder, &["--dry-run"]);
        let message = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{reason}: {message}");
        for part in expected {
            assert!(message.contains(part), "{reason}: {part:?} is missing in {message}");
        }
        assert!(message.contains("study.toml") && !message.contains('\u{1b}'), "{reason}: {message}");
    }
    let folder = tempdir().unwrap();
    let missing = run(&folder, &[]);
    assert_eq!(missing.status.code(), Some(2));
    assert!(text(&missing.stderr).contains("reading the study study.toml"));
    fs::write(folder.path().join("study.toml"), "grid = { lr = [1e-3] }").unwrap();
    let fixed = run(&folder, &["--dry-run", "--set", "lr=1e-2"]);
    assert!(text(&fixed.stderr).contains("leave it out of the command line"), "{}", text(&fixed.stderr));
}

#[test]
fn a_damaged_plan_is_told() {
    let folder = folder(MODES);
    let plan = folder.path().join("runs/study-study/plan.json");
    fs::create_dir_all(plan.parent().unwrap()).unwrap();
    for content in ["", "{}", "[1, 2"] {
        fs::write(&plan, content).unwrap();
        let output = study(&folder, &["status", "study.toml"]);
        assert_eq!(output.status.code(), Some(1));
        assert!(text(&output.stderr).contains("plan.json"), "{}", text(&output.stderr));
    }
}

/// Log lines of a kind in the event log of each run, by the run's directory.
fn logged(folder: &TempDir, kind: &str) -> Vec<(String, usize)> {
    let mut dirs: Vec<_> =
        fs::read_dir(folder.path().join("runs")).unwrap().flatten().map(|entry| entry.path()).collect();
    dirs.retain(|dir| dir.join("events.jsonl").is_file());
    dirs.sort();
    let kind = format!("\"type\":\"{kind}\"");
    let count = |dir: &Path| fs::read_to_string(dir.join("events.jsonl")).unwrap().matches(&kind).count();
    dirs.iter().map(|dir| (dir.file_name().unwrap().to_string_lossy().into_owned(), count(dir))).collect()
}

#[test]
fn two_studies_at_once_share_what_they_have_in_common() {
    // Both want the late trials; each has some of its own.
    let folder = tempdir().unwrap();
    for (name, modes) in [("a", "[\"late\", \"mid\"]"), ("b", "[\"late\", \"early\"]")] {
        let study = format!("seeds = [0, 1, 2, 3]\ngrid = {{ mode = {modes}, epochs = [40] }}\n{SMALL}");
        fs::write(folder.path().join(format!("{name}.toml")), study).unwrap();
    }
    let start = |name: &str| {
        let mut command = avsc(&folder);
        command.args(["study", "run", &format!("{name}.toml"), "--data", &fixture(), "--workers", "2", "--json"]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    };
    let children = [start("a"), start("b")];
    let outputs = children.map(|child| child.wait_with_output().unwrap());
    for output in &outputs {
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        assert_eq!(json(output)["tally"]["done"], 8, "{}", text(&output.stderr));
    }
    assert_eq!(runs(&folder), 12, "four of each mode");
    assert!(logged(&folder, "run_started").iter().all(|(_, count)| *count == 1));
    let [a, b] = outputs.map(|output| figures(&json(&output)));
    let shared = a.iter().filter(|(id, values)| b.get(*id) == Some(values)).count();
    assert_eq!(shared, 4, "both tell the same of what they share");
}

#[test]
fn what_another_study_dies_over_is_taken_over() {
    let endless = |epochs: &str| format!("seeds = [0]\ngrid = {{ mode = [\"late\"], epochs = [{epochs}] }}\n{SMALL}");
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("a.toml"), endless("2000")).unwrap();
    fs::write(folder.path().join("b.toml"), endless("2000")).unwrap();
    let start = |name: &str| {
        let mut command = avsc(&folder);
        command.args(["study", "run", name, "--data", &fixture(), "--json"]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let messages = BufReader::new(child.stderr.take().unwrap()).lines();
        (child, messages)
    };
    let (mut first, mut messages) = start("a.toml");
    wait_for(&mut messages, "1 at a time");
    wait_until("it does not train", || logged(&folder, "epoch_finished").iter().any(|(_, epochs)| *epochs > 0));
    let (second, mut messages) = start("b.toml");
    wait_for(&mut messages, "is written by another process, and waited for");
    first.kill().unwrap();
    first.wait().unwrap();
    let rest: Vec<_> = messages.map(Result::unwrap).collect();
    let output = second.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{rest:?}");
    assert_eq!(json(&output)["tally"]["done"], 1, "{rest:?}");
    // The dead study's run is its own, and its own alone to go on with; the next start of it finds this one.
    let again = avsc(&folder).args(["study", "run", "a.toml", "--data", &fixture(), "--json"]).output().unwrap();
    assert_eq!(json(&again)["tally"]["done"], 1, "{}", text(&again.stderr));
    assert_eq!(runs(&folder), 2);
}

/// Wait for a fact that another process brings about; the processes tell of it at no other place.
fn wait_until(what: &str, mut fact: impl FnMut() -> bool) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_mins(2);
    while !fact() {
        assert!(std::time::Instant::now() < deadline, "{what}");
        std::thread::yield_now();
    }
}

#[test]
fn a_run_that_was_changed_by_hand_is_another_run() {
    let folder = folder(MODES);
    results(&folder, &[]);
    let dir = folder.path().join("runs").join(&logged(&folder, "finished")[0].0);
    let log = dir.join("events.jsonl");
    let lines = fs::read_to_string(&log).unwrap();
    let mut lines: Vec<_> = lines.lines().map(str::to_owned).collect();
    // As a person's change of the rate while it trained stands there, in the place of the last losses.
    let at = lines.iter().rposition(|line| line.contains("\"type\":\"steps\"")).unwrap();
    let head = lines[at].split(",\"type\"").next().unwrap().to_owned();
    lines[at] = format!(
        "{head},\"type\":\"setting_changed\",\"epoch\":2,\"step\":4,\"key\":\"train.lr\",\"from\":0.01,\"to\":0.5}}"
    );
    fs::write(&log, format!("{}\n", lines.join("\n"))).unwrap();

    let status = study(&folder, &["status", "study.toml", "--json"]);
    let status = json(&status);
    assert_eq!((&status["tally"]["done"], &status["tally"]["pending"]), (&3.into(), &1.into()), "{status:#}");
    let aside = status["trials"].as_array().unwrap().iter().find(|trial| !trial["set_aside"].is_null()).unwrap();
    assert_eq!((&aside["state"], &aside["run"]), (&"pending".into(), &Value::Null));
    assert_eq!(aside["set_aside"]["changed"], "learning rate 0.01 → 0.5 in epoch 2");
    let told = text(&study(&folder, &["status", "study.toml"]).stdout);
    assert!(told.contains("changed by hand, so another run: ") && told.contains("learning rate 0.01 → 0.5"), "{told}");

    let again = results(&folder, &[]);
    assert_eq!((&again["tally"]["done"], runs(&folder)), (&4.into(), 5), "the trial is trained as it was planned");
    assert!(dir.join("events.jsonl").is_file(), "what the person did is kept");
}

/// Directories of the runs, oldest first.
fn dirs(folder: &TempDir) -> Vec<std::path::PathBuf> {
    logged(folder, "").into_iter().map(|(name, _)| folder.path().join("runs").join(name)).collect()
}

#[test]
fn a_trial_that_a_person_has_pause_elsewhere_is_not_waited_for_without_end() {
    let folder = tempdir().unwrap();
    for (name, epochs) in [("a", "[1000000]"), ("b", "[1000000, 2]")] {
        let study = format!("seeds = [0]\ngrid = {{ mode = [\"late\"], epochs = {epochs} }}\n{SMALL}");
        fs::write(folder.path().join(format!("{name}.toml")), study).unwrap();
    }
    let mut first = avsc(&folder);
    first.args(["study", "run", "a.toml", "--data", &fixture()]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut first = first.spawn().unwrap();
    wait_until("it does not train", || count(&folder, "epoch_finished") > 0);
    let run = dirs(&folder).pop().unwrap();
    let paused = avsc(&folder).arg("steer").arg(&run).arg("pause").output().unwrap();
    assert_eq!(paused.status.code(), Some(0), "{}", text(&paused.stderr));
    wait_until("it does not pause", || count(&folder, "paused") > 0);
    let second = study(&folder, &["run", "b.toml", "--json"]);
    let status = text(&study(&folder, &["status", "a.toml"]).stdout);
    assert!(status.contains("paused by hand: late, epochs 1000000, seed 0; avsc-tui steer "), "{status}");
    first.kill().unwrap();
    first.wait().unwrap();
    let told = text(&second.stderr);
    assert_eq!((second.status.code(), &json(&second)["tally"]["done"]), (Some(0), &1.into()), "{told}");
    let name = run.file_name().unwrap().to_string_lossy();
    assert!(told.contains("is paused by hand; it goes on with: avsc-tui steer "), "{told}");
    assert!(told.contains(&format!("{name} resume")) && told.contains("1 trial left"), "{told}");
}

#[test]
fn the_data_is_read_once_for_all_trials() {
    let folder = folder("seeds = [0, 1]\ngrid = { mode = [\"late\", \"mid\"], epochs = [60] }");
    let data = folder.path().join("data");
    for part in ["audio_features_data", "video_features_data"] {
        fs::create_dir_all(data.join(part)).unwrap();
        for file in fs::read_dir(Path::new(&fixture()).join(part)).unwrap().flatten() {
            fs::copy(file.path(), data.join(part).join(file.file_name())).unwrap();
        }
    }
    let mut command = avsc(&folder);
    command.args(["study", "run", "study.toml", "--data", "data", "--workers", "1", "--json"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("no run begins", || count(&folder, "run_started") > 0);
    fs::remove_dir_all(&data).unwrap();
    let _ = fs::remove_dir_all(folder.path().join("cache"));
    let output = child.wait_with_output().unwrap();
    assert_eq!(json(&output)["tally"]["done"], 4, "{}", text(&output.stderr));
}

#[test]
fn a_run_of_another_version_is_no_trial() {
    let folder = folder(MODES);
    results(&folder, &[]);
    let log = dirs(&folder)[0].join("events.jsonl");
    let version = concat!("\"version\":\"", env!("CARGO_PKG_VERSION"), "\"");
    let lines = fs::read_to_string(&log).unwrap();
    assert!(lines.contains(version));
    fs::write(&log, lines.replace(version, "\"version\":\"0.0.0\"")).unwrap();
    let status = json(&study(&folder, &["status", "study.toml", "--json"]));
    assert_eq!((&status["tally"]["done"], &status["tally"]["pending"]), (&3.into(), &1.into()), "{status:#}");
    assert_eq!((&results(&folder, &[])["tally"]["done"], runs(&folder)), (&4.into(), 5));
}

#[test]
fn a_retry_leaves_alone_what_was_never_begun() {
    let folder = folder(MODES);
    results(&folder, &[]);
    let dirs = dirs(&folder);
    // One was never begun, and another was cut off.
    fs::remove_dir_all(&dirs[0]).unwrap();
    let log = dirs[1].join("events.jsonl");
    let lines = fs::read_to_string(&log).unwrap();
    let kept: Vec<_> = lines.lines().filter(|line| !line.contains("\"type\":\"finished\"")).collect();
    fs::write(&log, format!("{}\n", kept.join("\n"))).unwrap();
    let retried = json(&study(&folder, &["retry", "study.toml", "--json"]));
    assert_eq!((&retried["tally"]["done"], &retried["tally"]["pending"]), (&3.into(), &1.into()), "{retried:#}");
    assert_eq!(runs(&folder), 3);
}

/// The study that is handed in, as it is shipped, with models of no size.
#[test]
fn the_seed_report_survives_a_kill_and_becomes_four_tables() {
    let folder = tempdir().unwrap();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/studies/seed-report.toml");
    fs::copy(file, folder.path().join("study.toml")).unwrap();
    let small = ["epochs=2", "hidden=8", "embedding=8", "head=8", "early_hidden=[8, 8, 8, 8]", "device=flex"];
    let small: Vec<&str> = small.iter().flat_map(|pair| ["--set", pair]).collect();
    let (mut child, _messages) = start(&folder, &small);
    wait_until("it does not come far", || count(&folder, "finished") > 12);
    child.kill().unwrap();
    child.wait().unwrap();
    let status = json(&study(&folder, &["status", "study.toml", "--json"]));
    let done = status["tally"]["done"].as_u64().unwrap();
    assert!((13..50).contains(&done) && status["tally"]["live"] == 0, "{}", status["tally"]);

    let results = results(&folder, &small);
    assert_eq!((&results["tally"]["done"], runs(&folder)), (&50.into(), 50), "nothing is lost, or trained twice");
    let tables = results["tables"].as_array().unwrap();
    let rows = tables.iter().flat_map(|table| table["settings"].as_array().unwrap());
    assert!(rows.clone().count() == 12 && rows.clone().all(|row| row["figures"]["test_accuracy"]["n"] == 5));

    let output = study(&folder, &["report", "study.toml", "--out", "report"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let report = fs::read_to_string(folder.path().join("report/report.md")).unwrap();
    let lines = |caption: &str| {
        let (_, table) = report.split_once(&format!("**{caption}**")).unwrap_or_else(|| panic!("{caption}: {report}"));
        let lines = table.lines().skip(2).take_while(|line| line.starts_with('|'));
        lines.map(|line| line.replace('*', "")).collect::<Vec<_>>()
    };
    for (caption, rows) in [
        ("Scores of the modes", &["early", "mid", "late", "hybrid"][..]),
        ("Late by batch size: test scores", &["16", "32", "64", "128", "256"]),
        ("Late by learning rate: test scores", &["1e-5", "1e-4", "1e-3"]),
    ] {
        let table = lines(caption);
        for row in rows {
            let line = table.iter().find(|line| line.starts_with(&format!("| {row} | 5 | "))).unwrap();
            assert!(line.contains('±'), "{caption}: {line}");
        }
    }
    let classes = lines("F1 score of each class on the test split");
    let scores: Vec<_> = classes.iter().skip(2).map(|line| line.matches('±').count()).collect();
    assert!(scores.len() > 1 && scores.iter().all(|scores| *scores == 4), "each of four modes: {classes:#?}");
}
