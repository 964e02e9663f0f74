//! A second dashboard: what one process trains, watched and steered from another.

#![allow(clippy::unwrap_used, reason = "a helper fails its test by panicking")]

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use avsc_tui::{
    protocol::Outcome,
    runs::{self, RunEntry},
    study::Folder,
};
use tempfile::{TempDir, tempdir};

#[path = "dashboard/terminal.rs"]
#[allow(dead_code, reason = "other tests use the rest of it")]
mod terminal;
use terminal::Terminal;

const ENTER: &str = "\r";
const DOWN: &str = "\x1b[B";

/// The terminal's line has room for everything: so small runs end hundreds of epochs a second.
const FAST: [&str; 2] = ["--set", "ui.bytes_per_second=0"];

fn data() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/hdf5/framework").display().to_string()
}

fn open(folder: &TempDir, arguments: &[&str]) -> Terminal {
    Terminal::start(120, 40, folder.path(), &[arguments, &FAST].concat())
}

/// The one run of the folder.
fn run(folder: &TempDir) -> RunEntry {
    let (mut runs, problems) = runs::scan(&folder.path().join("runs"));
    assert_eq!((runs.len(), problems), (1, vec![]));
    runs.remove(0)
}

/// The second dashboard has asked for something, and may have heard of it already.
fn sees_answer(terminal: &Terminal, what: &str) {
    let (sent, answered) = (format!("{what}: sent, not yet acknowledged"), format!("acknowledges: {what}"));
    terminal.wait(what, |screen| screen.contains(&sent) || screen.contains(&answered));
}

#[test]
fn two_dashboards_steer_one_run() {
    let folder = tempdir().unwrap();
    let data = data();
    let endless = ["--set", "epochs=900000", "--set", "early_stop=0", "--device", "flex", "--data", &data];
    let mut first = open(&folder, &endless);
    first.see("● training");
    let mut second = open(&folder, &["watch", "runs"]);
    second.see("training in another process");
    second.press("\t");
    second.see("● elsewhere");

    second.press(" ");
    sees_answer(&second, "pause");
    second.see("paused else");
    first.see("paused");
    // It listens while it is paused, too.
    second.press("2");
    second.press("t");
    second.see("change Mid");
    second.press(&["3e-4", DOWN, "1000000", ENTER].concat());
    second.see("acknowledges: epochs");
    second.press("S");
    second.see("acknowledges: keep the model");
    second.press(" ");
    sees_answer(&second, "go on");
    first.see("● training");

    // Both ask at the same moment: nobody is forgotten.
    second.see("training in another process");
    second.press("S");
    first.press("S");
    second.see("acknowledges: keep the model");
    first.press("s");
    first.see("discard");
    second.press("s");
    second.see("Another process trains");
    first.press(ENTER);
    second.press(ENTER);
    first.see("stopped");
    second.see("stopped");
    for terminal in [&mut first, &mut second] {
        terminal.press("q");
    }
    assert_eq!((first.end().code(), second.end().code()), (Some(0), Some(0)));
    let run = run(&folder);
    assert_eq!((run.history.outcome(), run.history.saved.len()), (Some(Outcome::Stopped), 3));
    assert_eq!(run.history.changes.iter().map(|change| change.to).collect::<Vec<_>>(), [3e-4, 1e6]);
    assert!(run.history.acknowledged.iter().all(|answer| answer.refused.is_none()), "{:?}", run.history.acknowledged);
}

/// A process that does not outlive its test.
struct Reaped(Child);

impl Drop for Reaped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A folder with a study of `seeds` trials that never end by themselves.
fn study(seeds: &str, more: &str) -> TempDir {
    let folder = tempdir().unwrap();
    let text = format!(
        "seeds = {seeds}\ngrid = {{ mode = [\"late\"], epochs = [1000000] }}\n[base]\nearly_stop = 0\n\
         model = {{ hidden = 8, embedding = 8, head = 8, early_hidden = [8, 8, 8, 8] }}\n\
         train = {{ batch_size = 4, lr = 1e-2, device = \"flex\" }}\n{more}"
    );
    fs::write(folder.path().join("s.toml"), text).unwrap();
    folder
}

fn avsc(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_avsc-tui"));
    command.current_dir(folder.path()).env("XDG_CACHE_HOME", folder.path()).args(arguments).args(["--data", &data()]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

#[test]
fn a_study_that_another_process_trains_is_followed_stopped_and_retried() {
    let folder = study("[0, 1, 2, 3]", "");
    let trainer = avsc(&folder, &["study", "run", "s.toml", "--workers", "2"]).spawn().unwrap();
    let mut trainer = Reaped(trainer);
    // The runs folder is the default one, named from here.
    let mut screen = open(&folder, &["--study", "s.toml", "--data", &data()]);
    let head = screen.see("2 running");
    assert!(head.contains("0/4 done") && head.contains("2 open"), "{head}");

    // One of them is stopped; the process goes on with another trial.
    screen.press("w/state:running\r");
    screen.see("2 of 4 trials");
    screen.press("x");
    screen.see("1 marked");
    screen.press("S");
    screen.see("Stop the trial?");
    screen.press("m");
    sees_answer(&screen, "stop");
    screen.wait("the next trial", |text| text.contains("1 stopped") && text.contains("2 running"));

    // The whole study, as long as it is trained; then the marked one again, by a process of its own.
    screen.press("S");
    screen.see("Stop the study?");
    screen.press("w");
    screen.see("the study is asked to stop");
    trainer.0.wait().unwrap();
    screen.wait("the end", |text| text.contains("3 stopped") && text.contains("1 open"));
    screen.press("r");
    screen.see("1 trial is trained again by process");
    screen.wait("the trial", |text| text.contains("1 running") && text.contains("2 stopped"));
    screen.press("S");
    screen.see("Stop");
    screen.press("w");
    screen.see("the study is asked to stop");
    screen.wait("the end", |text| text.contains("3 stopped") && text.contains("nobody trains it"));
    screen.press("q");
    assert_eq!(screen.end().code(), Some(0));
    let study = Folder::of(&folder.path().join("runs"), "s");
    while study.is_running() {
        std::thread::yield_now();
    }
}

#[test]
fn a_task_that_has_not_begun_its_run_is_seen_and_cancelled() {
    let folder = study("[0]", "[slurm]\n");
    let bin = folder.path().join("bin");
    fs::create_dir(&bin).unwrap();
    let config = "echo 'MaxArraySize            = 1001'";
    let squeue = "if [ -e cancelled ]; then echo '5|0|CANCELLED|None'; else echo '5|0|RUNNING|None'; fi";
    for (name, script) in
        [("scontrol", config), ("sbatch", "echo 5"), ("squeue", squeue), ("scancel", "echo \"$@\" > cancelled")]
    {
        let path = bin.join(name);
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let path = format!("{}:/usr/bin:/bin", bin.display());
    let submitted = avsc(&folder, &["study", "run", "s.toml", "--engine", "slurm"]).env("PATH", &path).status();
    assert!(submitted.unwrap().success());
    let data = data();
    let arguments = [&["--study", "s.toml", "--data", &data][..], &FAST].concat();
    let arguments: Vec<String> = arguments.into_iter().map(str::to_owned).collect();
    let above = ["env", &format!("PATH={path}")].map(str::to_owned);
    let above: Vec<&str> = above.iter().map(String::as_str).collect();
    let mut screen = Terminal::start_below(160, 40, folder.path(), &above, &arguments);
    screen.see("1 running");
    screen.see("its task is running");
    screen.press("S");
    screen.see("Stop the trial?");
    screen.press("m");
    screen.see("1 task is cancelled");
    screen.see("1 open");
    assert_eq!(fs::read_to_string(folder.path().join("cancelled")).unwrap(), "5_0\n");
    screen.press("q");
    assert_eq!(screen.end().code(), Some(0));
}

fn epoch(number: usize, loss: f64) -> String {
    format!(
        "[2024-06-08 21:15:43] | epoch {number:>3} | time: 12.50s | training loss  1.40 |\n\
         [2024-06-08 21:15:45] | epoch {number:>3} | time:  1.94s | cv loss {loss:>5.2} | cv accuracy:  0.70 |\n"
    )
}

#[test]
fn an_experiment_of_the_course_framework_is_watched_while_it_grows() {
    let folder = tempdir().unwrap();
    let log: PathBuf = folder.path().join("exp/late/train.log");
    fs::create_dir_all(log.parent().unwrap()).unwrap();
    let append = |text: &str| {
        OpenOptions::new().append(true).create(true).open(&log).unwrap().write_all(text.as_bytes()).unwrap();
    };
    let mut screen = open(&folder, &["watch", "exp"]);
    screen.see("0 runs");
    append(&epoch(1, 0.91));
    screen.see("0.910");
    screen.press("3");
    screen.see("another program trains it; read-only");
    append(&[epoch(2, 0.82), epoch(3, 0.83)].concat());
    screen.see("0.820");
    screen.press(":pause\r");
    screen.see("another program trains it, which takes no commands");
    screen.press("\x1b");
    // Another training in the same file takes its place.
    append(&epoch(1, 0.55));
    screen.see("0.550");
    // Whoever empties the file has nothing left to show.
    fs::write(&log, "").unwrap();
    screen.press("\t");
    screen.see("0 runs");
    append(&epoch(1, 0.44));
    screen.see("0.440");
    screen.press("q");
    assert_eq!(screen.end().code(), Some(0));
}

#[test]
fn the_studies_of_every_watched_folder_are_found() {
    let folder = tempdir().unwrap();
    for (runs, name) in [("a", "one"), ("b", "two")] {
        fs::write(
            folder.path().join("s.toml"),
            format!("name = \"{name}\"\nseeds = [0]\n[base]\nepochs = 1\nmode = \"late\"\ndevice = \"flex\"\n"),
        )
        .unwrap();
        assert!(avsc(&folder, &["study", "run", "s.toml", "--runs", runs]).status().unwrap().success());
    }
    let mut screen = open(&folder, &["watch", "a", "b"]);
    screen.see("2 runs");
    screen.press("\t\t");
    screen.see("1/1 done");
    screen.press("L");
    let list = screen.see("2 studies");
    assert!(list.contains("one") && list.contains("two"), "{list}");
    screen.press(&[DOWN, ENTER].concat());
    screen.wait("the other study", |text| text.contains("1/1 done") && text.contains("one"));
    screen.press("q");
    assert_eq!(screen.end().code(), Some(0));
}
