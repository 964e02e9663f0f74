//! `avsc-tui eval`, as a shell runs it.

#![allow(clippy::unwrap_used, reason = "a helper fails its test by panicking")]

use std::{
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::{TempDir, tempdir};

fn avsc(folder: &TempDir, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_avsc-tui"));
    command.current_dir(folder.path()).env("XDG_CACHE_HOME", folder.path().join("cache")).stdin(Stdio::null());
    command.args(arguments).output().unwrap()
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

#[track_caller]
fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}: {}", stderr(output)))
}

#[track_caller]
fn assert_ok(output: &Output) {
    assert_eq!(output.status.code(), Some(0), "{}", stderr(output));
}

/// Train a small run and give its directory and what it printed.
fn train(folder: &TempDir, mode: &str) -> (PathBuf, Value) {
    let data = data("framework");
    let output = avsc(
        folder,
        &["train", "--data", &data, "--device", "flex", "--mode", mode, "--epochs", "4", "--batch-size", "2", "--json"],
    );
    let object = json(&output);
    (folder.path().join(object["run"].as_str().unwrap()), object)
}

fn data(name: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/hdf5").join(name).display().to_string()
}

fn read(path: PathBuf) -> String {
    fs::read_to_string(path).unwrap()
}

/// Predictions of 24 clips in six locations: right but for the clips named, whose answer is the next class.
fn predictions(wrong: &[usize], sure: f64) -> String {
    let classes = ["bus", "park", "tram"];
    let mut text = "aid\tscene_pred\tscene_label\tbus\tpark\ttram\n".to_owned();
    for clip in 0..24 {
        let (truth, city) = (clip % 3, ["oslo", "rome"][clip % 2]);
        let answer = if wrong.contains(&clip) { (truth + 1) % 3 } else { truth };
        let row = [0, 1, 2].map(|class| if class == answer { sure } else { (1.0 - sure) / 2.0 });
        let (id, [a, b, c]) = (format!("{}-{city}-{}-{clip:02}", classes[truth], clip % 6), row);
        let (answer, truth) = (classes[answer], classes[truth]);
        writeln!(text, "{id}\t{answer}\t{truth}\t{a:.3}\t{b:.3}\t{c:.3}").unwrap();
    }
    text
}

#[test]
fn a_run_is_scored_as_it_was() {
    let folder = tempdir().unwrap();
    let (run, trained) = train(&folder, "late");
    let name = run.file_name().unwrap().to_str().unwrap();
    let output = avsc(&folder, &["eval", name]);
    assert_ok(&output);
    assert!(stdout(&output).starts_with(&read(run.join("result.txt"))), "{}", stdout(&output));
    assert!(stderr(&output).contains("to the last digit"), "{}", stderr(&output));
    assert!(stdout(&output).contains("test split"), "{}", stdout(&output));
    let object = json(&avsc(&folder, &["eval", name, "--json"]));
    for score in ["accuracy", "log_loss", "macro_f1"] {
        assert_eq!(object["scores"][score], trained["test"][score], "{score}");
    }
    assert_eq!(object["confusion"], trained["test"]["confusion"]);
    let val = json(&avsc(&folder, &["eval", name, "--split", "val", "--json"]));
    assert_eq!(val["scores"]["log_loss"], trained["val"]["log_loss"]);
    assert_eq!((&val["protocol"]["split"], &val["protocol"]["unit"]), (&"val".into(), &"clip".into()));
    assert_ne!(val["protocol"], object["protocol"]);

    let checkpoint = run.join("best.safetensors").display().to_string();
    let same = json(&avsc(&folder, &["eval", &checkpoint, "--json"]));
    assert_eq!(same["scores"], object["scores"], "the checkpoint in a run is that run's");
}

#[test]
fn a_runs_files_are_completed_but_never_replaced() {
    let folder = tempdir().unwrap();
    let (run, _) = train(&folder, "mid");
    let path = run.display().to_string();
    let (predictions, result) = (run.join("prediction.csv"), run.join("result.txt"));
    let original = read(predictions.clone());
    fs::remove_file(&predictions).unwrap();
    fs::write(&result, "my notes").unwrap();
    let output = avsc(&folder, &["eval", &path]);
    assert_ok(&output);
    assert_eq!(read(predictions.clone()), original, "what was missing is there again");
    assert_eq!(read(result.clone()), "my notes", "what was there is left alone");
    assert!(stderr(&output).contains("left alone"), "{}", stderr(&output));
    assert_ok(&avsc(&folder, &["eval", &path, "--split", "train"]));
    assert_eq!(read(predictions.clone()), original, "another split is not the run's");

    assert_ok(&avsc(&folder, &["eval", &path, "--out", "new"]));
    assert_eq!(read(folder.path().join("new/prediction.csv")), original);
    assert!(read(folder.path().join("new/result.txt")).contains("overall log loss"));
    assert_ok(&avsc(&folder, &["eval", &path, "--out", "new"]));
    let refused = avsc(&folder, &["eval", &path, "--split", "val", "--out", "new"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("holds something else"), "{}", stderr(&refused));
    assert_eq!(read(folder.path().join("new/prediction.csv")), original);
}

#[test]
fn other_data_is_said_to_be_other_data() {
    let folder = tempdir().unwrap();
    let (run, trained) = train(&folder, "late");
    let path = run.display().to_string();
    let copy = folder.path().join("copy");
    copy_tree(Path::new(&data("framework")), &copy);
    let same = avsc(&folder, &["eval", &path, "--data", "copy"]);
    assert_ok(&same);
    assert!(stderr(&same).contains("to the last digit"), "the same data in another place: {}", stderr(&same));
    // Cut to one frame, the clips are others.
    let other = avsc(&folder, &["eval", &path, "--data", "copy", "--set", "data.max_frames=1", "--json"]);
    assert_ok(&other);
    assert!(stderr(&other).contains("not the data that the run was trained on"), "{}", stderr(&other));
    assert_ne!(json(&other)["scores"]["log_loss"], trained["test"]["log_loss"]);
}

fn copy_tree(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_tree(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn a_file_of_predictions_is_scored_with_what_must_be_known() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("mid.csv"), predictions(&[0, 6, 7], 0.8)).unwrap();
    let output = avsc(&folder, &["eval", "--predictions", "mid.csv"]);
    assert_ok(&output);
    let text = stdout(&output);
    for part in [
        "precision    recall  f1-score   support",
        "\n  \naccuracy: 0.875\noverall log loss: ",
        "measured on 24 10-s clips · ids ",
        "95 % interval",
        "bootstrap over 6 locations, 2000 resamples, seed 0",
        "rounded to 3 decimals",
        "expected calibration error",
        "by city",
        "bus taken for park",
        "surest mistakes",
        "bus-oslo-0-00",
    ] {
        assert!(text.contains(part), "{part:?} is missing:\n{text}");
    }
    let object = json(&avsc(&folder, &["eval", "--predictions", "mid.csv", "--json"]));
    assert_eq!(object["scores"]["accuracy"], 0.875);
    assert_eq!(object["intervals"]["groups"], 6);
    assert_eq!(object["mistakes"].as_array().unwrap().len(), 3);
    assert_eq!((object["cities"].as_array().unwrap().len(), object["locations"].as_array().unwrap().len()), (2, 6));
    assert_eq!(object["calibration"]["bins"].as_array().unwrap().len(), 15);
    assert_eq!((&object["truth"], &object["rounded_to"]), (&"given".into(), &3.into()));
}

#[test]
fn several_files_are_compared_in_plain_words() {
    let folder = tempdir().unwrap();
    let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
    write("mid.csv", predictions(&[0, 6, 7], 0.8));
    write("late.csv", predictions(&[0, 7], 0.8));
    write("bad.csv", predictions(&(0..20).collect::<Vec<_>>(), 0.8));
    write("other.csv", predictions(&[], 0.8).replace("rome", "lyon"));
    let text = |files: &[&str]| {
        let output = avsc(&folder, &[&["eval", "--predictions"], files].concat());
        assert_ok(&output);
        stdout(&output).to_owned()
    };
    let near = text(&["mid.csv", "late.csv"]);
    assert!(near.contains("late is better than mid by 4.2 points; the interval "), "{near}");
    assert!(near.contains("holds 0: not settled by one seed"), "{near}");
    assert!(near.contains("0 only mid has right, 1 only late, p = 1.000"), "{near}");
    let far = text(&["bad.csv", "late.csv"]);
    assert!(far.contains("late is better than bad by ") && far.contains("leaves 0 out"), "{far}");
    let mixed = text(&["late.csv", "other.csv"]);
    assert!(mixed.contains("A: measured on") && mixed.contains("B: measured on"), "{mixed}");
    assert!(mixed.contains("not compared") && !mixed.contains("better than"), "{mixed}");

    let object = json(&avsc(&folder, &["eval", "--json", "--predictions", "mid.csv", "late.csv", "bad.csv"]));
    assert_eq!(object["files"].as_array().unwrap().len(), 3);
    let pairs = object["comparisons"].as_array().unwrap();
    assert_eq!(pairs.len(), 3);
    assert_eq!((&pairs[0]["first"], &pairs[0]["mcnemar"]["second_only"]), (&"mid".into(), &1.into()));
    assert!(pairs[0]["differences"]["log_loss"]["interval"]["low"].is_f64(), "{}", pairs[0]);
}

#[test]
fn an_ensemble_is_weighed_on_validation_predictions_only() {
    let folder = tempdir().unwrap();
    let write = |name: &str, text: String| fs::write(folder.path().join(name), text).unwrap();
    let validation = |wrong: &[usize]| predictions(wrong, 0.8).replace("oslo", "lyon").replace("rome", "milan");
    write("a.csv", predictions(&[1, 2], 0.9));
    write("b.csv", predictions(&[5, 9, 11], 0.7));
    write("a-val.csv", validation(&[]));
    write("b-val.csv", validation(&[0, 1, 2, 3, 4, 5, 6]));
    let eval = |arguments: &[&str]| avsc(&folder, &[&["eval", "--predictions", "a.csv", "b.csv"], arguments].concat());

    let fitted = eval(&["--combine", "mean", "--fit-on", "a-val.csv", "b-val.csv", "--json"]);
    assert_ok(&fitted);
    let fitted = json(&fitted);
    assert!(fitted["weights"][0]["weight"].as_f64().unwrap() > 0.95, "{}", fitted["weights"]);
    assert_eq!(fitted["weights_fitted_on"], 24);
    assert_eq!(fitted["comparisons"].as_array().unwrap().len(), 2);
    let weighed = json(&eval(&["--combine", "mean", "--weights", "3,1", "--json"]));
    assert_eq!(weighed["weights"][0]["weight"], 0.75);

    for how in ["mean", "logmean", "vote"] {
        let output = eval(&["--combine", how, "--out", how]);
        assert_ok(&output);
        assert!(stdout(&output).contains(&format!("{how} ensemble")), "{}", stdout(&output));
        let written = avsc(&folder, &["eval", "--json", "--predictions", &format!("{how}/prediction.csv")]);
        assert!(json(&written)["scores"]["accuracy"].as_f64().unwrap() >= 0.875);
        assert!(folder.path().join(how).join("result.txt").is_file());
    }
    let cheating = eval(&["--combine", "mean", "--fit-on", "a.csv", "b.csv"]);
    assert_eq!(cheating.status.code(), Some(1));
    assert!(stderr(&cheating).contains("validation split"), "{}", stderr(&cheating));
    for (wrong, word) in [
        (&["--combine", "mean", "--weights", "1"][..], "1 weights for 2"),
        (&["--combine", "mean", "--weights", "0,0"], "not all 0"),
        (&["--combine", "vote", "--fit-on", "a-val.csv", "b-val.csv"], "votes cannot be fitted"),
        (&["--combine", "mean", "--fit-on", "a-val.csv"], "1 files"),
        (&["--combine", "median"], "mean, logmean, vote"),
        (&["--weights", "1,1"], "--combine"),
        (&["--out", "x"], "--combine"),
    ] {
        let output = eval(wrong);
        // What only the fit finds out is told as its failure.
        assert!(matches!(output.status.code(), Some(1 | 2)), "{wrong:?}");
        assert!(stderr(&output).contains(word), "{wrong:?}: {}", stderr(&output));
    }
}

#[test]
fn without_the_truth_predictions_are_written_and_scores_refused() {
    let folder = tempdir().unwrap();
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("a.csv", "aid,scene_pred,bus,tram\nclip1,bus,0.9,0.1\nclip2,bus,0.6,0.4\n");
    write("b.csv", "aid,scene_pred,tram,bus\nclip2,tram,0.9,0.1\nclip1,bus,0.2,0.8\n");
    let refused = avsc(&folder, &["eval", "--predictions", "a.csv"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(stderr(&refused).contains("--labels"), "{}", stderr(&refused));
    let written = avsc(&folder, &["eval", "--predictions", "a.csv", "b.csv", "--combine", "mean", "--out", "both"]);
    assert_ok(&written);
    assert!(stderr(&written).contains("no scores"), "{}", stderr(&written));
    assert_eq!(
        read(folder.path().join("both/prediction.csv")),
        "aid\tscene_pred\tbus\ttram\nclip1\tbus\t0.850\t0.150\nclip2\ttram\t0.350\t0.650\n"
    );
    assert!(!folder.path().join("both/result.txt").exists());

    write("list.csv", "filename_audio\tscene_label\naudio/clip1.wav\tbus\naudio/clip2.wav\ttram\n");
    let scored = json(&avsc(&folder, &["eval", "--json", "--predictions", "a.csv", "--labels", "list.csv"]));
    assert_eq!((&scored["scores"]["accuracy"], &scored["truth"]), (&0.5.into(), &"labels".into()));
    assert_eq!(scored["resampled"], "samples", "the ids tell no location");
}

#[test]
fn what_cannot_be_evaluated_is_refused_with_a_reason() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("text.safetensors"), "no model").unwrap();
    fs::write(folder.path().join("bad.csv"), "aid,scene_pred,bus\na,tram,1\n").unwrap();
    let cases = [
        (&["eval"][..], 2, "RUN|CHECKPOINT"),
        (&["eval", "nothing-like-it"], 1, "there is no run `nothing-like-it`"),
        (&["eval", "text.safetensors", "--mode", "mid"], 1, "text.safetensors"),
        (&["eval", "--predictions", "missing.csv"], 1, "missing.csv"),
        (&["eval", "--predictions", "bad.csv"], 1, "line 2"),
        (&["eval", "x", "--split", "all"], 2, "train, val, test"),
        (&["eval", "x", "--predictions", "bad.csv"], 2, "cannot be used with"),
    ];
    for (arguments, code, message) in cases {
        let data = data("framework");
        let output = avsc(&folder, &[arguments, &["--data", &data]].concat());
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(message), "{arguments:?}: {}", stderr(&output));
    }
}

#[test]
fn a_hostile_name_does_not_reach_the_terminal() {
    let folder = tempdir().unwrap();
    let text = predictions(&[0], 0.8).replace("tram", "\u{1b}]0;tram\u{7}");
    fs::write(folder.path().join("hostile.csv"), text).unwrap();
    let output = avsc(&folder, &["eval", "--predictions", "hostile.csv"]);
    assert_ok(&output);
    assert!(stdout(&output).contains("^[]0;tram^G"));
    assert!(!stdout(&output).contains('\u{1b}') && !stderr(&output).contains('\u{1b}'));
}
