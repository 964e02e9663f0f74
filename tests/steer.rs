//! A headless run, steered by commands of another process.

#![allow(clippy::unwrap_used, reason = "a helper fails its test by panicking")]

use std::{
    fs,
    io::{BufRead as _, BufReader, Lines},
    path::{Path, PathBuf},
    process::{Child, ChildStderr, Command, Output, Stdio},
};

use avsc_tui::runs::{self, RunEntry};
use serde_json::Value;
use tempfile::{TempDir, tempdir};

fn avsc(folder: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_avsc-tui"));
    command.current_dir(folder.path()).env("XDG_CACHE_HOME", folder.path().join("cache")).env("SLURM_JOB_ID", "4711");
    command
}

/// A run without end that is being trained.
struct Training {
    folder: TempDir,
    child: Reaped,
    messages: Lines<BufReader<ChildStderr>>,
    run: RunEntry,
}

impl Training {
    fn begin() -> Self {
        let folder = tempdir().unwrap();
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/hdf5/framework");
        let mut command = avsc(&folder);
        command.args(["train", "--device", "flex", "--epochs", "100000", "--set", "early_stop=0", "--data"]).arg(data);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut messages = BufReader::new(child.stderr.take().unwrap()).lines();
        messages.find(|line| line.as_ref().unwrap().starts_with("epoch   1")).unwrap().unwrap();
        let run = runs::scan(&folder.path().join("runs")).0.remove(0);
        Self { folder, child: Reaped(child), messages, run }
    }

    fn steer(&self, arguments: &[&str]) -> Output {
        avsc(&self.folder).args(["steer", &self.run.name]).args(arguments).output().unwrap()
    }

    /// What the run answers, and what is said of it.
    fn ask(&self, arguments: &[&str]) -> Value {
        let output = self.steer(&[arguments, &["--wait", "60", "--json"]].concat());
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(&output)))
    }

    /// Wait for a line of the trainer's that contains `text`.
    fn see(&mut self, text: &str) {
        self.messages
            .find(|line| line.as_ref().unwrap().contains(text))
            .unwrap_or_else(|| panic!("no `{text}`"))
            .unwrap();
    }

    fn end(mut self) -> (TempDir, PathBuf) {
        self.messages.by_ref().for_each(drop);
        assert!(self.child.0.wait().unwrap().success());
        (self.folder, self.run.dir)
    }
}

/// A process that does not outlive its test.
struct Reaped(Child);

impl Drop for Reaped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_headless_run_is_paused_changed_saved_and_stopped() {
    let mut training = Training::begin();
    let answer = training.ask(&["pause"]);
    assert_eq!(
        (&answer["answer"], &answer["asked"]),
        (&Value::from("acknowledged"), &Value::from("pause")),
        "{answer}"
    );
    assert_eq!(answer["writer"]["job"], "4711");
    assert_eq!(answer["writer"]["pid"], training.child.0.id());
    training.see("paused");
    // It listens while it is paused, too.
    assert_eq!(training.ask(&["set", "lr", "3e-4"])["answer"], "acknowledged");
    training.see("→ 3e-4 by hand");
    assert_eq!(training.ask(&["save"])["answer"], "acknowledged");
    training.see("the model was kept in saved/");
    assert_eq!(training.ask(&["resume"])["answer"], "acknowledged");
    training.see("resumed");

    let output = training.steer(&["--wait", "60", "set", "train.epochs", "100001"]);
    assert!(output.status.success() && said(&output).contains("acknowledged by process"), "{}", said(&output));
    training.see("epochs at most 100000 → 100001 by hand");

    for (arguments, code, message) in [
        (&["set", "lr", "-1"][..], 2, "train.lr = -1: out of range"),
        (&["set", "epochs", "many"], 2, "train.epochs = many"),
        (&["set", "batch_size", "8"], 2, "only train.lr, train.epochs, train.early_stop can be changed"),
        (&["stop", "--discard", "--after-epoch"], 2, "cannot be used with"),
        (&["dance"], 2, "unexpected argument"),
    ] {
        let output = training.steer(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", said(&output));
        assert!(said(&output).contains(message), "{arguments:?}: {}", said(&output));
    }

    assert_eq!(training.ask(&["stop", "--after-epoch"])["answer"], "acknowledged");
    let run = training.run.name.clone();
    let (folder, dir) = training.end();
    assert_eq!(fs::read_dir(dir.join("commands")).unwrap().count(), 0, "no command is left");
    for arguments in [["pause", "--json"], ["resume", "--wait=1"]] {
        let output = avsc(&folder).args(["steer", &run]).args(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(said(&output).contains("has ended: there is nothing to steer"), "{}", said(&output));
    }
    let output = avsc(&folder).args(["steer", "none", "pause"]).output().unwrap();
    assert!(output.status.code() == Some(1) && said(&output).contains("there is no run `none`"), "{}", said(&output));
}

#[test]
fn a_run_is_discarded_from_elsewhere() {
    let training = Training::begin();
    let answer = training.ask(&["stop", "--discard"]);
    assert_eq!(answer["answer"], "acknowledged", "{answer}");
    let (_folder, dir) = training.end();
    assert!(!dir.exists());
}

#[test]
fn a_run_that_was_killed_or_does_not_answer_is_told_apart() {
    let mut training = Training::begin();
    let stop = |training: &Training, signal| {
        rustix::process::kill_process(rustix::process::Pid::from_child(&training.child.0), signal).unwrap();
    };
    stop(&training, rustix::process::Signal::STOP);
    let output = training.steer(&["save", "--wait", "0"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("not acknowledged after 0 s by process"), "{}", said(&output));
    assert!(said(&output).contains("the command waits in"), "{}", said(&output));
    stop(&training, rustix::process::Signal::CONT);
    training.see("the model was kept in");

    training.child.0.kill().unwrap();
    training.child.0.wait().unwrap();
    let output = training.steer(&["save"]);
    assert!(said(&output).contains("is interrupted: process"), "{}", said(&output));
    assert!(said(&output).contains("train --resume"), "{}", said(&output));
}

#[test]
fn a_run_that_is_killed_while_it_is_steered_goes_on_with_what_it_had_acknowledged() {
    let mut training = Training::begin();
    assert_eq!(training.ask(&["pause"])["answer"], "acknowledged");
    assert_eq!(training.ask(&["set", "early_stop", "7"])["answer"], "acknowledged");
    let process = rustix::process::Pid::from_child(&training.child.0);
    rustix::process::kill_process(process, rustix::process::Signal::STOP).unwrap();
    // It waits for a process that will never take it.
    assert_eq!(training.steer(&["stop", "--discard", "--wait", "0"]).status.code(), Some(1));
    training.child.0.kill().unwrap();
    training.child.0.wait().unwrap();

    let dir = training.run.dir.clone();
    let config = fs::read_to_string(dir.join("config.toml")).unwrap();
    fs::write(dir.join("config.toml"), config.replace("epochs = 100000", "epochs = 30")).unwrap();
    let output = avsc(&training.folder).args(["train", "--resume", &training.run.name]).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    let history = runs::scan(&training.folder.path().join("runs")).0.remove(0).history;
    assert!(history.is_over() && history.early_stop() == 7, "{:?}", history.state);
    let refused: Vec<_> = history.acknowledged.iter().map(|known| known.refused.is_some()).collect();
    assert_eq!(refused, [false, false, true], "the discard came to nobody");
    assert_eq!(fs::read_dir(dir.join("commands")).unwrap().count(), 0, "no command is left");
}
