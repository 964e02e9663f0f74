//! Studies on a real Slurm, which `scripts/slurm-test.sh` starts around these tests, and on commands that
//! play one where it errs.

#![allow(clippy::unwrap_used, reason = "a helper fails its test by panicking")]

use std::{
    fs,
    io::Write as _,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::{TempDir, tempdir};

/// By then every fact that is waited for is there, on the slowest machine; a time limit is a minute at
/// least, and Slurm takes its time to enforce it.
const PATIENCE: Duration = Duration::from_mins(5);

const SMALL: &str = "[base]\nearly_stop = 0\nmodel = { hidden = 8, embedding = 8, head = 8, early_hidden = [8, 8, 8, 8] }\n\
                     train = { batch_size = 4, lr = 1e-2, device = \"flex\" }\n";

/// Epochs of a trial that never ends by itself.
const ENDLESS: &str = "1000000";

fn fixture() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/hdf5/framework").display().to_string()
}

/// True where a Slurm is there; otherwise the test says so and is skipped.
fn has_slurm() -> bool {
    let there = std::env::var_os("AVSC_SLURM").is_some_and(|value| value == "1");
    if !there {
        skipped("there is no Slurm; scripts/slurm-test.sh cargo test --test slurm starts one");
    }
    there
}

/// Say so on the terminal: what a test that passes prints is not shown.
fn skipped(why: &str) {
    let _ = writeln!(std::io::stderr(), "skipped: {why}");
}

/// A folder with the study `s.toml`: small models, and what `text` and `slurm` say.
struct Study {
    folder: TempDir,
    /// Found before all other commands.
    path: Option<PathBuf>,
}

impl Study {
    fn new(text: &str, slurm: &str) -> Self {
        let folder = tempdir().unwrap();
        fs::write(folder.path().join("s.toml"), format!("{text}\n{SMALL}\n[slurm]\n{slurm}\n")).unwrap();
        Self { folder, path: None }
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder.path()).env("XDG_CACHE_HOME", self.folder.path().join("cache"));
        if let Some(path) = &self.path {
            command.env("PATH", format!("{}:/usr/bin:/bin", path.display()));
        }
        command.stdin(Stdio::null());
        command
    }

    fn avsc(&self, arguments: &[&str]) -> Output {
        let mut command = self.command(env!("CARGO_BIN_EXE_avsc-tui"));
        command.arg("study").args(arguments).args(["--data", &fixture()]).output().unwrap()
    }

    /// What the command prints with `--json` when it goes well.
    fn json(&self, arguments: &[&str]) -> Value {
        let output = self.avsc(&[arguments, &["--json"]].concat());
        assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", err(&output));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn submit(&self) -> Value {
        self.json(&["run", "s.toml", "--engine", "slurm"])
    }

    fn status(&self) -> Value {
        self.json(&["status", "s.toml"])
    }

    /// The first status of which `fact` is true.
    fn wait_for(&self, what: &str, mut fact: impl FnMut(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let status = self.status();
            if fact(&status) {
                return status;
            }
            assert!(Instant::now() < deadline, "{what}: {status:#}\n{}", self.logs());
            thread::sleep(Duration::from_millis(100));
        }
    }

    /// The first status when nothing is queued or running any more.
    fn ended(&self) -> Value {
        self.wait_for("it never ends", |status| status["running"] == false)
    }

    fn logs(&self) -> String {
        let files = fs::read_dir(self.folder.path().join("runs/study-s/slurm")).unwrap().flatten();
        let logs = files.filter(|file| file.path().extension().is_some_and(|ending| ending == "log"));
        let text = |path: PathBuf| format!("{}:\n{}", path.display(), fs::read_to_string(&path).unwrap());
        logs.map(|file| text(file.path())).collect::<Vec<_>>().join("\n")
    }

    fn runs(&self) -> usize {
        let entries = fs::read_dir(self.folder.path().join("runs")).unwrap().flatten();
        entries.filter(|entry| entry.path().join("config.toml").is_file()).count()
    }

    /// Submit a job that takes the core away from those that may be preempted.
    fn urgent(&self, _: &Value) {
        self.slurm("sbatch", &["-p", "urgent", "-o", "/dev/null", "--wrap", "true"]);
    }

    /// Run one of Slurm's own commands.
    fn slurm(&self, program: &str, arguments: &[&str]) {
        let output = self.command(program).args(arguments).output().unwrap();
        assert!(output.status.success(), "{program}: {}", err(&output));
    }
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// `12_0` of the task at `index`.
fn task(status: &Value, index: usize) -> String {
    format!("{}_{}", status["jobs"][index]["job"], status["jobs"][index]["task"])
}

/// Epochs that the trial at `index` has come to the end of.
fn epochs(status: &Value, index: usize) -> u64 {
    status["trials"][index]["epochs"].as_u64().unwrap()
}

fn figures(status: &Value) -> Vec<Value> {
    status["trials"].as_array().unwrap().iter().map(|trial| trial["figures"].clone()).collect()
}

#[test]
fn arrays_run_to_their_end_and_nothing_is_submitted_twice() {
    if !has_slurm() {
        return;
    }
    // Seven tasks are two arrays where an array has five at most.
    let study = Study::new("seeds = { from = 0, to = 6 }\ngrid = { mode = [\"late\"], epochs = [3] }", "at_once = 1");
    let first = study.submit();
    let jobs = |status: &Value| {
        let mut jobs: Vec<_> = status["jobs"].as_array().unwrap().iter().map(|task| task["job"].as_u64()).collect();
        jobs.dedup();
        jobs.len()
    };
    assert_eq!((&first["tally"]["total"], jobs(&first)), (&7.into(), 2));
    // While they are queued, a second command leaves them alone, and this machine does not take them over.
    let second = study.submit();
    assert_eq!(first["jobs"].as_array().unwrap().len(), second["jobs"].as_array().unwrap().len());
    assert_eq!(task(&first, 6), task(&second, 6));
    let ended = study.ended();
    assert_eq!(ended["tally"]["done"], 7, "{ended:#}\n{}", study.logs());
    let states = ended["jobs"].as_array().unwrap().iter().map(|task| task["state"].as_str().unwrap());
    assert!(states.clone().all(|state| state == "completed"), "{:?}", states.collect::<Vec<_>>());

    let here = Study::new("seeds = { from = 0, to = 6 }\ngrid = { mode = [\"late\"], epochs = [3] }", "");
    assert_eq!(figures(&here.json(&["run", "s.toml", "--set", "threads=1"])), figures(&ended));

    let again = study.submit();
    assert_eq!((again["tally"]["done"].as_u64(), study.runs()), (Some(7), 7));
    assert_eq!(task(&again, 0), task(&ended, 0));
}

/// A trial that `interrupt` breaks off in the midst, and that Slurm puts back into its queue: it must end as one
/// that nobody disturbed. `slurm`: what the study says of the site.
fn comes_back(slurm: &str, interrupt: impl Fn(&Study, &Value)) -> Study {
    let text = "seeds = [3]\ngrid = { mode = [\"mid\"], epochs = [3000] }";
    let whole = Study::new(text, "").json(&["run", "s.toml", "--set", "threads=1"]);
    let study = Study::new(text, slurm);
    let submitted = study.submit();
    study.wait_for("it never trains", |status| epochs(status, 0) > 2);
    interrupt(&study, &submitted);
    let requeued = study.wait_for("it is never queued again", |status| {
        ["requeued", "completed", "failed"].iter().any(|state| status["jobs"][0]["state"] == *state)
    });
    assert_eq!(requeued["jobs"][0]["state"], "requeued", "{}", study.logs());
    study.wait_for("it does not come back", |status| status["jobs"][0]["state"] != "requeued");
    let ended = study.ended();
    assert_eq!((&ended["tally"]["done"], study.runs()), (&1.into(), 1), "{ended:#}\n{}", study.logs());
    assert_eq!(figures(&ended), figures(&whole));
    let run = study.folder.path().join(ended["trials"][0]["run"].as_str().unwrap());
    let events = fs::read_to_string(run.join("events.jsonl")).unwrap();
    assert!(events.contains("\"resumed_from\""), "it went on and did not begin anew");
    study
}

#[test]
fn a_signal_queues_a_task_again_and_it_ends_as_if_nothing_had_happened() {
    if !has_slurm() {
        return;
    }
    for signal in ["USR1", "TERM"] {
        let study = comes_back("", |study, submitted| {
            study.slurm("scancel", &["--batch", &format!("--signal={signal}"), &task(submitted, 0)]);
        });
        assert!(study.logs().contains("queued again"), "{}", study.logs());
    }
}

#[test]
fn a_preempted_task_comes_back_and_ends_as_if_nothing_had_happened() {
    if !has_slurm() {
        return;
    }
    let study = comes_back("partition = \"spare\"", Study::urgent);
    assert!(study.logs().contains("DUE TO PREEMPTION"), "{}", study.logs());
    assert!(study.logs().contains("stopping after this batch"), "it had time to save: {}", study.logs());
    assert!(study.logs().contains("where Slurm itself queues it again"), "{}", study.logs());
}

#[test]
fn a_task_that_preemption_cancels_says_so_and_a_run_goes_on_with_it() {
    if !has_slurm() {
        return;
    }
    let text = format!("seeds = [0]\ngrid = {{ mode = [\"late\"], epochs = [{ENDLESS}] }}");
    let study = Study::new(&text, "partition = \"loose\"");
    let submitted = study.submit();
    study.wait_for("it never trains", |status| epochs(status, 0) > 2);
    study.urgent(&submitted);
    let ended = study.ended();
    assert_eq!((&ended["jobs"][0]["state"], &ended["jobs"][0]["died"]), (&"preempted".into(), &false.into()));
    assert_eq!(ended["trials"][0]["state"], "stopped", "its state was kept: {ended:#}");
    let before = epochs(&ended, 0);
    study.submit();
    study.wait_for("it does not go on", |status| epochs(status, 0) > before);
    assert_eq!((study.avsc(&["stop", "s.toml"]).status.code(), study.runs()), (Some(0), 1));
    study.ended();
}

#[test]
fn a_task_whose_node_fails_comes_back_where_it_may() {
    if !has_slurm() {
        return;
    }
    // One after the other: there is one such node.
    let set = |study: &Study, state: &str| {
        let node = study.command("sinfo").args(["-h", "-p", "frail", "-o", "%N"]).output().unwrap();
        let node = String::from_utf8(node.stdout).unwrap();
        let (node, state) = (format!("nodename={}", node.trim()), format!("state={state}"));
        study.slurm("scontrol", &["update", &node, &state, "reason=test"]);
    };
    comes_back("partition = \"frail\"", |study, _| {
        set(study, "down");
        set(study, "idle");
    });

    let text = format!("seeds = [0]\ngrid = {{ mode = [\"late\"], epochs = [{ENDLESS}] }}");
    let study = Study::new(&text, "partition = \"frail\"");
    let submitted = study.submit();
    study.wait_for("it never trains", |status| epochs(status, 0) > 2);
    // As a site may have it: there no task comes back by itself.
    study.slurm("scontrol", &["update", &format!("jobid={}", task(&submitted, 0)), "requeue=0"]);
    set(&study, "down");
    let ended = study.ended();
    // It may be back by itself, so that it cannot be resumed.
    set(&study, "idle");
    assert_eq!(ended["jobs"][0]["state"], "node failed", "{ended:#}");
    assert_eq!(ended["tally"]["halted"], 1, "a study run goes on with it: {ended:#}");
}

#[test]
fn a_task_that_takes_too_much_memory_says_so_and_is_retried_with_more() {
    if !has_slurm() {
        return;
    }
    if std::env::var_os("AVSC_SLURM_MEMORY").is_none_or(|value| value != "1") {
        return skipped("this Slurm cannot limit memory");
    }
    let large = "hidden = [2048], embedding = [1024], head = [2048]";
    let study =
        Study::new(&format!("seeds = [0]\ngrid = {{ mode = [\"late\"], epochs = [2], {large} }}"), "mem = \"40M\"");
    study.submit();
    let ended = study.ended();
    let job = &ended["jobs"][0];
    assert_eq!((&job["state"], &job["died"]), (&"out of memory".into(), &true.into()), "{ended:#}");
    assert!(job["tail"].to_string().contains("oom"), "{job:#}");
    let text = study.avsc(&["status", "s.toml"]);
    assert!(String::from_utf8_lossy(&text.stdout).contains("1 out of memory"));
    study.json(&["retry", "s.toml", "--set", "slurm.mem=4G"]);
    assert_eq!(study.ended()["tally"]["done"], 1, "{}", study.logs());
}

#[test]
fn an_array_ends_its_hopeless_trials() {
    if !has_slurm() {
        return;
    }
    let stop = "stop = { rule = \"median\", min_epochs = 3, min_trials = 2 }";
    let grid = "grid = { mode = [\"late\"], epochs = [20], lr = [1e-2, 8e-3, 1e-9] }";
    let study = Study::new(&format!("{stop}\nseeds = [0]\n{grid}"), "at_once = 1");
    study.submit();
    let ended = study.ended();
    let of = |what: &str| ended[what].as_array().unwrap().iter().map(|one| one["state"].clone()).collect::<Vec<_>>();
    assert_eq!(of("trials"), ["done", "done", "terminated"], "{}", study.logs());
    assert_eq!(of("jobs"), ["completed"; 3], "a hopeless trial is no failed task");
}

#[test]
fn a_killed_task_is_told_with_its_log_and_retried_alone() {
    if !has_slurm() {
        return;
    }
    let study = Study::new(&format!("seeds = [0]\ngrid = {{ mode = [\"late\"], epochs = [2, {ENDLESS}] }}"), "");
    study.submit();
    let live =
        study.wait_for("it never trains", |status| status["trials"][0]["state"] == "done" && epochs(status, 1) > 2);
    let run = study.folder.path().join(live["trials"][1]["run"].as_str().unwrap());
    let events = fs::read_to_string(run.join("events.jsonl")).unwrap();
    let started: Value = serde_json::from_str(events.lines().next().unwrap()).unwrap();
    study.slurm("kill", &["-KILL", &started["writer"]["pid"].to_string()]);

    let ended = study.ended();
    let job = &ended["jobs"][1];
    assert_eq!((&job["state"], &job["died"]), (&"failed".into(), &true.into()), "{ended:#}");
    assert!(job["tail"].as_array().unwrap().iter().any(|line| line.as_str().unwrap().contains("epoch")), "{job:#}");
    assert_eq!(ended["trials"][1]["state"], "interrupted");
    let text = study.avsc(&["status", "s.toml"]);
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(text.contains("Slurm: 1 completed, 1 failed") && text.contains("    | epoch"), "{text}");

    let retried = study.json(&["retry", "s.toml"]);
    assert_eq!(task(&retried, 0), task(&ended, 0), "what is done stays as it is");
    assert_ne!(task(&retried, 1), task(&ended, 1));
    let before = epochs(&ended, 1);
    study.wait_for("it does not go on", |status| epochs(status, 1) > before);
    let stop = study.avsc(&["stop", "s.toml"]);
    assert_eq!(stop.status.code(), Some(0), "{}", err(&stop));
    let stopped = study.ended();
    assert_eq!(stopped["jobs"][1]["state"], "cancelled");
    assert_eq!((&stopped["trials"][1]["state"], study.runs()), (&"stopped".into(), 2), "{}", study.logs());
}

#[test]
fn stop_cancels_what_runs_and_what_waits() {
    if !has_slurm() {
        return;
    }
    let study =
        Study::new(&format!("seeds = [0, 1, 2]\ngrid = {{ mode = [\"late\"], epochs = [{ENDLESS}] }}"), "at_once = 1");
    study.submit();
    let live = study.wait_for("it never trains", |status| epochs(status, 0) > 0);
    assert_eq!((&live["jobs"][0]["state"], &live["jobs"][1]["state"]), (&"running".into(), &"pending".into()));
    assert_eq!(live["jobs"][1]["reason"], "JobArrayTaskLimit");
    let local = study.avsc(&["run", "s.toml"]);
    assert!(err(&local).contains("jobs of Slurm train this study"), "{}", err(&local));
    let stop = study.avsc(&["stop", "s.toml"]);
    assert_eq!(stop.status.code(), Some(0), "{}", err(&stop));
    let stopped = study.ended();
    let states: Vec<_> = stopped["jobs"].as_array().unwrap().iter().map(|task| task["state"].clone()).collect();
    assert_eq!(states, ["cancelled"; 3], "{}", study.logs());
    let tally = &stopped["tally"];
    assert_eq!((&tally["halted"], &tally["pending"], &tally["failed"]), (&1.into(), &2.into(), &0.into()));
    // One was stopped as it was asked to, the others never began: there is nothing to look into.
    let died: Vec<_> = stopped["jobs"].as_array().unwrap().iter().map(|task| task["died"].clone()).collect();
    assert_eq!(died, [false; 3], "{stopped:#}");
    let again = study.avsc(&["stop", "s.toml"]);
    assert!(err(&again).contains("nothing to stop"), "{}", err(&again));
}

#[test]
fn a_task_whose_time_is_over_says_so() {
    if !has_slurm() {
        return;
    }
    let study = Study::new(
        &format!("seeds = [0]\ngrid = {{ mode = [\"late\"], epochs = [{ENDLESS}] }}"),
        "time = \"1\"\ngrace = 0",
    );
    study.submit();
    let ended = study.ended();
    assert_eq!(ended["jobs"][0]["state"], "timed out", "{ended:#}\n{}", study.logs());
    assert_eq!((&ended["jobs"][0]["died"], &ended["tally"]["halted"]), (&true.into(), &1.into()), "{ended:#}");
}

/// This takes a minute: Slurm knows no shorter limit.
#[test]
fn a_task_whose_time_is_nearly_over_saves_its_state_and_comes_back() {
    if !has_slurm() {
        return;
    }
    let text = format!("seeds = [0]\ngrid = {{ mode = [\"late\"], epochs = [{ENDLESS}] }}");
    let study = Study::new(&text, "time = \"1\"\ngrace = 30");
    study.submit();
    let live = study.wait_for("it never trains", |status| epochs(status, 0) > 2);
    let log = study.folder.path().join(live["trials"][0]["run"].as_str().unwrap()).join("events.jsonl");
    study.wait_for("it does not come back", |_| fs::read_to_string(&log).unwrap().contains("\"resumed_from\""));
    assert!(study.logs().contains("stopping after this batch"), "{}", study.logs());
    assert!(study.logs().contains("queued again; it goes on from its last epoch"), "{}", study.logs());
    assert_eq!((study.avsc(&["stop", "s.toml"]).status.code(), study.runs()), (Some(0), 1));
    assert_eq!(study.ended()["trials"][0]["state"], "stopped", "{}", study.logs());
}

impl Study {
    /// A run that trains and that a person has pause: its directory.
    fn paused(&self) -> PathBuf {
        let paused = |run: &Path| fs::read_to_string(run.join("events.jsonl")).unwrap().contains("\"paused\"");
        let mut found = None;
        self.wait_for("none can be paused", |status| {
            let trials = status["trials"].as_array().unwrap().iter().filter(|trial| trial["state"] == "live");
            let live = trials.filter_map(|trial| trial["run"].as_str()).map(|run| self.folder.path().join(run));
            for run in live {
                // It may end in between.
                let mut steer = self.command(env!("CARGO_BIN_EXE_avsc-tui"));
                let sent = steer.arg("steer").arg(&run).args(["pause", "--wait", "5"]).output().unwrap();
                if sent.status.success() && paused(&run) {
                    found = Some(run);
                    return true;
                }
            }
            false
        });
        found.unwrap()
    }
}

/// The study that is handed in, as it is shipped but for two seeds instead of five, with models of no size.
#[test]
fn the_seed_report_survives_a_kill_and_a_stop_and_becomes_four_tables() {
    if !has_slurm() {
        return;
    }
    let study = Study::new("", "");
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/studies/seed-report.toml");
    let shipped = fs::read_to_string(shipped).unwrap();
    let (name, seeds) = ("name = \"seed-report\"", "seeds = { from = 0, to = 4 }");
    assert!(shipped.contains(name) && shipped.contains(seeds));
    let cut = shipped.replace(name, "name = \"s\"").replace(seeds, "seeds = [0, 1]");
    fs::write(study.folder.path().join("s.toml"), cut).unwrap();
    let sizes = ["epochs=200", "early_stop=0", "hidden=8", "embedding=8", "head=8", "early_hidden=[8, 8, 8, 8]"];
    let mut run = vec!["run", "s.toml", "--engine", "slurm"];
    run.extend(sizes.iter().chain(&["device=flex"]).flat_map(|pair| ["--set", pair]));
    assert_eq!(study.json(&run)["jobs"].as_array().unwrap().len(), 20);

    let killed = study.paused();
    let events = fs::read_to_string(killed.join("events.jsonl")).unwrap();
    let started: Value = serde_json::from_str(events.lines().next().unwrap()).unwrap();
    study.slurm("kill", &["-KILL", &started["writer"]["pid"].to_string()]);
    study.wait_for("its task does not end", |status| {
        status["jobs"].as_array().unwrap().iter().any(|task| task["state"] == "failed" && task["died"] == true)
    });
    let steered = study.paused();
    assert_ne!(killed, steered);
    let mut resume = study.command(env!("CARGO_BIN_EXE_avsc-tui"));
    let resumed = resume.arg("steer").arg(&steered).args(["resume", "--wait", "30"]).output().unwrap();
    assert_eq!(resumed.status.code(), Some(0), "{}", err(&resumed));
    let stop = study.avsc(&["stop", "s.toml"]);
    assert_eq!(stop.status.code(), Some(0), "{}", err(&stop));
    let stopped = study.ended();
    assert!(stopped["tally"]["done"].as_u64().unwrap() < 20, "{}", stopped["tally"]);

    study.json(&run);
    let ended = study.ended();
    assert_eq!((&ended["tally"]["done"], study.runs()), (&20.into(), 20), "{}\n{}", ended["tally"], study.logs());
    assert!(fs::read_to_string(killed.join("events.jsonl")).unwrap().contains("\"resumed_from\""));
    let report = study.avsc(&["report", "s.toml", "--out", "report"]);
    assert_eq!(report.status.code(), Some(0), "{}", err(&report));
    let report = fs::read_to_string(study.folder.path().join("report/report.md")).unwrap();
    for (caption, rows) in [
        ("Scores of the modes", 4),
        ("F1 score of each class on the test split", 2),
        ("Late by batch size: test scores", 5),
        ("Late by learning rate: test scores", 3),
    ] {
        let (_, table) = report.split_once(&format!("**{caption}**")).unwrap_or_else(|| panic!("{caption}: {report}"));
        let lines = table.lines().skip(2).take_while(|line| line.starts_with('|'));
        assert!(lines.filter(|line| line.contains('±')).count() >= rows, "{caption}: {table}");
    }
}

#[test]
fn what_sbatch_refuses_is_shown_with_the_script() {
    if !has_slurm() {
        return;
    }
    let study = Study::new("seeds = [0]\ngrid = { mode = [\"late\"], epochs = [2] }", "partition = \"nowhere\"");
    let output = study.avsc(&["run", "s.toml", "--engine", "slurm"]);
    assert_eq!(output.status.code(), Some(1));
    for part in ["invalid partition specified: nowhere", "slurm/batch-0001.sh"] {
        assert!(err(&output).contains(part), "{}", err(&output));
    }
    assert_eq!(study.status()["running"], false, "nothing was submitted");
}

/// Commands that answer as these shell lines do.
fn fakes(study: &mut Study, commands: &[(&str, &str)]) {
    let folder = study.folder.path().join("bin");
    fs::create_dir_all(&folder).unwrap();
    for (name, lines) in commands {
        let path = folder.join(name);
        fs::write(&path, format!("#!/bin/sh\n{lines}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    study.path = Some(folder);
}

const CONFIG: &str = "echo 'MaxArraySize = 1001'";
const NO_JOB: &str = "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1";

#[test]
fn errors_of_slurms_commands_are_told_and_nothing_is_lost() {
    let cases = [
        (
            "no account",
            "echo 'sbatch: error: Invalid account or account/partition combination' >&2; exit 1",
            "Invalid account",
        ),
        ("no id", "echo 'Submitted batch job 12'", "no job's id"),
        ("control characters", "printf 'sbatch: \\033[31mred' >&2; exit 1", "sbatch: ^[[31mred"),
    ];
    for (reason, sbatch, expected) in cases {
        let mut study = Study::new("seeds = [0, 1]\ngrid = { mode = [\"late\"] }", "");
        fakes(&mut study, &[("scontrol", CONFIG), ("sbatch", sbatch), ("squeue", "exit 0")]);
        let output = study.avsc(&["run", "s.toml", "--engine", "slurm"]);
        assert_eq!(output.status.code(), Some(1), "{reason}");
        assert!(
            err(&output).contains(expected) && err(&output).contains("batch-0001.sh"),
            "{reason}: {}",
            err(&output)
        );
    }
}

#[test]
fn a_job_whose_id_was_never_heard_is_found_by_its_name() {
    let mut study = Study::new("seeds = [0, 1]\ngrid = { mode = [\"late\"] }", "");
    let squeue =
        "case \"$*\" in *-n\\ s-*-0001*) echo 77;; *) echo '77|0|RUNNING|None'; echo '77|1|PENDING|Priority';; esac";
    // The time-out is sbatch's own: the controller had taken the job.
    let sbatch = "echo 'sbatch: error: Batch job submission failed: Socket timed out' >&2; exit 1";
    fakes(&mut study, &[("scontrol", CONFIG), ("sbatch", sbatch), ("squeue", squeue)]);
    let status = study.submit();
    assert_eq!((task(&status, 0), task(&status, 1)), ("77_0".to_owned(), "77_1".to_owned()));
    assert_eq!((&status["jobs"][0]["state"], &status["jobs"][1]["reason"]), (&"running".into(), &"Priority".into()));
}

#[test]
fn what_the_controller_has_dropped_the_accounting_tells() {
    let mut study = Study::new("seeds = [0, 1, 2, 3]\ngrid = { mode = [\"late\"] }", "");
    let waiting = "for task in 0 1 2 3; do echo \"5|$task|PENDING|Resources\"; done";
    fakes(&mut study, &[("scontrol", CONFIG), ("sbatch", "echo 5"), ("squeue", waiting)]);
    study.submit();
    let sacct = "echo '5_0|OUT_OF_MEMORY|0:125'; echo '5_1|NODE_FAIL|1:0'; echo '5_2|PREEMPTED|0:0'";
    fs::write(study.folder.path().join("runs/study-s/slurm/5_0.log"), "loading\nslurmstepd: oom-kill\n").unwrap();
    fakes(&mut study, &[("squeue", NO_JOB), ("sacct", sacct)]);
    let states = |told: &Value| -> Vec<String> {
        told["jobs"].as_array().unwrap().iter().map(|task| task["state"].as_str().unwrap().to_owned()).collect()
    };
    let dropped = study.status();
    let expected = ["out of memory", "node failed", "preempted", "forgotten by Slurm"];
    assert_eq!(states(&dropped), expected);
    assert_eq!(dropped["jobs"][0]["tail"][1], "slurmstepd: oom-kill");
    // What was seen once needs nobody to tell it again.
    fakes(&mut study, &[("squeue", NO_JOB), ("sacct", "exit 1")]);
    assert_eq!(states(&study.status()), expected);
    // Every one of them ended before its run began: a retry is for them.
    fakes(&mut study, &[("sbatch", "echo 6"), ("squeue", &waiting.replace("5|", "6|"))]);
    let retried = study.json(&["retry", "s.toml"]);
    assert_eq!(states(&retried), ["pending"; 4]);
    assert_eq!(task(&retried, 3), "6_3");
}

#[test]
fn without_slurm_the_person_is_told_what_to_do() {
    let mut study = Study::new("seeds = [0]\ngrid = { mode = [\"late\"] }", "partition = \"gpu\"");
    fakes(&mut study, &[]);
    let mut command = study.command(env!("CARGO_BIN_EXE_avsc-tui"));
    command.env("PATH", study.folder.path().join("bin"));
    let shown = command.args(["study", "run", "s.toml", "--engine", "slurm", "--dry-run", "--data", &fixture()]);
    let shown = shown.output().unwrap();
    let text = String::from_utf8_lossy(&shown.stdout).into_owned();
    assert_eq!(shown.status.code(), Some(0), "{}", err(&shown));
    assert!(text.contains("#SBATCH --partition=gpu") && text.contains("task 0: late, seed 0"), "{text}");
    assert!(!study.folder.path().join("runs").exists(), "nothing is written");
    let mut command = study.command(env!("CARGO_BIN_EXE_avsc-tui"));
    command.env("PATH", study.folder.path().join("bin"));
    let output = command.args(["study", "run", "s.toml", "--engine", "slurm", "--data", &fixture()]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("login node") && err(&output).contains("--engine local"), "{}", err(&output));
}

#[test]
fn a_wrong_table_is_told_key_by_key() {
    let study = Study::new(
        "seeds = [0]\ngrid = { mode = [\"late\"] }",
        "partitoin = \"gpu\"\ntime = \"1 hour\"\noptions = [\"--array=0-9\"]\ncpus = 0",
    );
    let output = study.avsc(&["run", "s.toml", "--engine", "slurm"]);
    assert_eq!(output.status.code(), Some(2));
    for part in ["`slurm.partitoin`", "`slurm.time`", "the program gives --array itself", "`slurm.cpus`"] {
        assert!(err(&output).contains(part), "{part}: {}", err(&output));
    }
}

impl Study {
    /// Submit to a Slurm that takes everything and trains nothing: this test runs the tasks itself.
    fn take_in(&mut self, tasks: usize) {
        let waiting = format!("for task in $(seq 0 {}); do echo \"5|$task|PENDING|Resources\"; done", tasks - 1);
        fakes(self, &[("scontrol", CONFIG), ("sbatch", "echo 5"), ("squeue", &waiting)]);
        self.submit();
    }

    /// The command that a task of the first array is.
    fn task(&self, task: usize) -> Command {
        let mut command = self.command(env!("CARGO_BIN_EXE_avsc-tui"));
        command.args(["study", "trial", "runs/study-s/slurm/batch-0001.json", "--task", &task.to_string()]);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }
}

/// Directories of the runs, oldest first.
fn dirs(study: &Study) -> Vec<PathBuf> {
    let entries = fs::read_dir(study.folder.path().join("runs")).unwrap().flatten().map(|entry| entry.path());
    let mut dirs: Vec<_> = entries.filter(|dir| dir.join("config.toml").is_file()).collect();
    dirs.sort();
    dirs
}

/// Wait for what another process writes.
fn wait_until(what: &str, mut fact: impl FnMut() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !fact() {
        assert!(Instant::now() < deadline, "{what}");
        thread::yield_now();
    }
}

/// How often `what` stands in the log of the newest run.
fn logged(study: &Study, what: &str) -> usize {
    let runs = study.folder.path().join("runs");
    let newest = runs.is_dir().then(|| dirs(study).pop()).flatten();
    newest.and_then(|run| fs::read_to_string(run.join("events.jsonl")).ok()).map_or(0, |log| log.matches(what).count())
}

impl Study {
    /// A command for the newest run.
    fn steer(&self, what: &[&str]) {
        let run = dirs(self).pop().unwrap();
        let output = self.command(env!("CARGO_BIN_EXE_avsc-tui")).arg("steer").arg(run).args(what).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{what:?}: {}", err(&output));
    }

    /// A task that trains.
    fn live(&self, task: usize) -> std::process::Child {
        let child = self.task(task).env("SLURM_JOB_ID", "5").spawn().unwrap();
        wait_until("it never trains", || logged(self, "\"epoch_finished\"") > 1);
        child
    }
}

#[test]
fn a_task_whose_run_a_person_stops_or_discards_has_not_failed() {
    for (what, says, state) in [
        (&["stop"][..], "was stopped, as it was asked to", "stopped"),
        (&["stop", "--discard"], "discarded, as it was asked to", "pending"),
    ] {
        let mut study = Study::new(&format!("seeds = [0]\ngrid = {{ mode = [\"late\"], epochs = [{ENDLESS}] }}"), "");
        study.take_in(1);
        let task = study.live(0);
        study.steer(what);
        let output = task.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{what:?}: {}", err(&output));
        assert!(err(&output).contains(says), "{what:?}: {}", err(&output));
        fakes(&mut study, &[("squeue", "echo '5|0|COMPLETED|None'")]);
        let status = study.status();
        assert_eq!((&status["trials"][0]["state"], &status["jobs"][0]["died"]), (&state.into(), &false.into()));
    }
}

#[test]
fn a_task_that_comes_back_leaves_a_run_alone_that_a_person_has_changed() {
    let mut study = Study::new("seeds = [0]\ngrid = { mode = [\"late\"], epochs = [2000] }", "");
    study.take_in(1);
    let task = study.live(0);
    study.steer(&["set", "lr", "1e-5"]);
    wait_until("it is never changed", || logged(&study, "\"setting_changed\"") > 0);
    fakes(&mut study, &[("squeue", "echo RUNNING"), ("scontrol", "exit 0")]);
    kill_process(Pid::from_child(&task), Signal::TERM).unwrap();
    let output = task.wait_with_output().unwrap();
    assert!(err(&output).contains("queued again"), "{}", err(&output));
    let again = study.task(0).output().unwrap();
    assert_eq!(again.status.code(), Some(0), "{}", err(&again));
    fakes(&mut study, &[("squeue", "echo '5|0|COMPLETED|None'")]);
    assert_eq!((&study.status()["tally"]["done"], study.runs()), (&1.into(), 2), "the trial is trained as planned");
}

#[test]
fn a_retry_takes_what_the_file_and_the_options_say_now() {
    let mut study = Study::new("seeds = [0]\ngrid = { mode = [\"late\"], epochs = [2] }", "mem = \"1G\"");
    study.take_in(1);
    let asks = |study: &Study, number: usize| {
        let script = study.folder.path().join(format!("runs/study-s/slurm/batch-000{number}.sh"));
        let script = fs::read_to_string(script).unwrap();
        let lines =
            script.lines().filter(|line| line.starts_with("#SBATCH --mem") || line.starts_with("#SBATCH --time"));
        lines.map(|line| line.trim_start_matches("#SBATCH ").to_owned()).collect::<Vec<_>>()
    };
    let dead = "echo '5|0|OUT_OF_MEMORY|OutOfMemory'; echo '6|0|OUT_OF_MEMORY|OutOfMemory'";
    fakes(&mut study, &[("squeue", dead), ("sbatch", "echo 6")]);
    let toml = study.folder.path().join("s.toml");
    fs::write(&toml, fs::read_to_string(&toml).unwrap().replace("mem =", "time = \"2:00:00\"\nmem =")).unwrap();
    study.json(&["retry", "s.toml", "--set", "slurm.mem=4G"]);
    assert_eq!(asks(&study, 2), ["--time=2:00:00", "--mem=4G"]);
    fakes(&mut study, &[("sbatch", "echo 7")]);
    study.json(&["retry", "runs/study-s", "--set", "slurm.mem=8G", "--set", "slurm.time=\"\""]);
    assert_eq!(asks(&study, 3), ["--mem=8G"], "the folder's plan is the last one");
    let forgotten = study.command(env!("CARGO_BIN_EXE_avsc-tui")).args(["study", "retry", "s.toml"]).output().unwrap();
    assert_eq!(forgotten.status.code(), Some(2), "{}", err(&forgotten));
    assert!(err(&forgotten).contains("--data among them"), "{}", err(&forgotten));
    let refused = study.avsc(&["retry", "runs/study-s", "--set", "lr=0.5"]);
    assert_eq!(refused.status.code(), Some(2), "{}", err(&refused));
    assert!(err(&refused).contains("`train.lr`: the trials of a study's folder are planned"), "{}", err(&refused));
}

#[test]
fn a_task_that_the_controller_has_dropped_alone_the_accounting_tells() {
    let mut study = Study::new("seeds = [0, 1]\ngrid = { mode = [\"late\"] }", "");
    study.take_in(2);
    fakes(&mut study, &[("squeue", "echo '5|1|RUNNING|None'"), ("sacct", "echo '5_0|OUT_OF_MEMORY|0:125'")]);
    let status = study.status();
    assert_eq!(
        (&status["jobs"][0]["state"], &status["jobs"][1]["state"]),
        (&"out of memory".into(), &"running".into())
    );
}

#[test]
fn a_persons_variables_hide_no_job_and_change_nothing_that_the_study_says() {
    let mut study = Study::new(
        "seeds = [0]\ngrid = { mode = [\"late\"] }",
        "partition = \"gpu\"\nmem = \"1G\"\noptions = [\"--exclude=node7\"]",
    );
    let unless = |prefix: &str| format!("if env | grep -q ^{prefix}; then exit 0; fi; echo '5|0|RUNNING|None'");
    let sbatch = "env | grep ^SBATCH_ | sort >seen; echo 5";
    fakes(&mut study, &[("scontrol", CONFIG), ("sbatch", sbatch), ("squeue", &unless("SQUEUE_"))]);
    let run = |arguments: &[&str]| {
        let mut command = study.command(env!("CARGO_BIN_EXE_avsc-tui"));
        command.arg("study").args(arguments).args(["--json", "--data", &fixture()]).env("SQUEUE_USERS", "nobody");
        for name in ["PARTITION", "MEM_PER_CPU", "EXCLUDE", "NO_REQUEUE", "ARRAY_INX", "WAIT", "ACCOUNT"] {
            command.env(format!("SBATCH_{name}"), "other");
        }
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        serde_json::from_slice::<Value>(&output.stdout).unwrap()
    };
    let submitted = run(&["run", "s.toml", "--engine", "slurm"]);
    let seen = fs::read_to_string(study.folder.path().join("seen")).unwrap();
    assert_eq!(seen, "SBATCH_ACCOUNT=other\n", "the account alone is left to the variables");
    assert_eq!(submitted["jobs"][0]["state"], "running");
    assert_eq!(task(&run(&["run", "s.toml", "--engine", "slurm"]), 0), "5_0", "nothing is submitted twice");
}

#[test]
fn a_stop_while_it_is_submitted_cancels_what_is_there_and_submits_no_more() {
    let mut study = Study::new("seeds = [0, 1, 2, 3, 4]\ngrid = { mode = [\"late\"] }", "");
    let sbatch = "echo once >>submitted; touch runs/study-s/stop; echo 5";
    let waiting = "if [ -e cancelled ]; then state=CANCELLED; else state=PENDING; fi\n\
                   for task in 0 1 2; do echo \"5|$task|$state|None\"; done";
    let commands = [
        ("scontrol", "echo 'MaxArraySize = 3'"),
        ("sbatch", sbatch),
        ("squeue", waiting),
        ("scancel", "echo \"$@\" >>cancelled"),
    ];
    fakes(&mut study, &commands);
    let output = study.avsc(&["run", "s.toml", "--engine", "slurm"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert!(err(&output).contains("1 array jobs are cancelled"), "{}", err(&output));
    let file = |name: &str| fs::read_to_string(study.folder.path().join(name)).unwrap();
    assert_eq!((file("submitted").as_str(), file("cancelled").as_str()), ("once\n", "5\n"));
    assert_eq!(study.status()["running"], false);
}

#[test]
fn a_task_that_finds_its_trial_done_by_another_study_says_on_which_data() {
    let mut study = Study::new("seeds = [0]\ngrid = { mode = [\"late\"], epochs = [3] }", "");
    fs::copy(study.folder.path().join("s.toml"), study.folder.path().join("other.toml")).unwrap();
    study.take_in(1);
    study.json(&["run", "other.toml", "--set", "threads=1"]);
    assert_eq!(study.task(0).output().unwrap().status.code(), Some(0));
    fakes(&mut study, &[("squeue", "echo '5|0|COMPLETED|None'")]);
    let status = study.status();
    assert_eq!((&status["tally"]["done"], study.runs()), (&1.into(), 1), "{status:#}");
    assert_eq!(status["jobs"][0]["died"], false);
}

#[test]
fn what_would_never_count_is_not_trained() {
    let mut study = Study::new("seeds = [0, 1]\ngrid = { mode = [\"late\"], epochs = [2] }", "");
    study.take_in(2);
    let manifest = study.folder.path().join("runs/study-s/slurm/batch-0001.json");
    let whole = fs::read_to_string(&manifest).unwrap();
    let version = concat!("\"version\":\"", env!("CARGO_PKG_VERSION"), "\"");
    assert!(whole.contains(version) && whole.contains("\"fingerprint\":null"));
    for (there, instead, says) in [
        (version, "\"version\":\"0.0.0\"", "submitted by version 0.0.0"),
        ("\"fingerprint\":null", "\"fingerprint\":\"f00d\"", "is not what the study s was begun on"),
    ] {
        fs::write(&manifest, whole.replace(there, instead)).unwrap();
        let output = study.task(0).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{}", err(&output));
        assert!(err(&output).contains(says), "{}", err(&output));
        assert!(
            !study
                .folder
                .path()
                .join("runs")
                .read_dir()
                .unwrap()
                .flatten()
                .any(|e| e.path().join("events.jsonl").is_file())
        );
    }
    fs::write(&manifest, &whole).unwrap();
    for task in [0, 1] {
        assert_eq!(study.task(task).output().unwrap().status.code(), Some(0));
    }
    fakes(&mut study, &[("squeue", "echo '5|0|COMPLETED|None'; echo '5|1|COMPLETED|None'")]);
    assert_eq!(study.status()["tally"]["done"], 2);
    // A plan of an older version, as it is found after an update.
    let plan = study.folder.path().join("runs/study-s/plan.json");
    let planned = fs::read_to_string(&plan).unwrap();
    let spaced = concat!("\"version\": \"", env!("CARGO_PKG_VERSION"), "\"");
    assert!(planned.contains(spaced));
    fs::write(&plan, planned.replace(spaced, "\"version\": \"0.0.0\"")).unwrap();
    let refused = study.avsc(&["retry", "runs/study-s"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(err(&refused).contains("planned by version 0.0.0"), "{}", err(&refused));
    // The data is replaced, and the second trial is trained on what is there now.
    let replaced = "\"fingerprint\": \"f00d\"";
    fs::write(&plan, planned.replace("\"fingerprint\": null", replaced)).unwrap();
    let told = study.avsc(&["status", "s.toml"]);
    assert!(err(&told).contains("2 of its trials were trained on other data"), "{}", err(&told));
}

#[test]
fn a_task_that_ended_and_is_put_back_is_asked_for_again() {
    let mut study = Study::new(&format!("seeds = [0]\ngrid = {{ mode = [\"late\"], epochs = [{ENDLESS}] }}"), "");
    study.take_in(1);
    fakes(&mut study, &[("squeue", "echo '5|0|FAILED|NonZeroExitCode'")]);
    assert_eq!(study.status()["jobs"][0]["state"], "failed");
    let mut task = study.live(0);
    fakes(&mut study, &[("squeue", "echo '5|0|RUNNING|None'")]);
    let status = study.status();
    assert_eq!((&status["jobs"][0]["state"], &status["trials"][0]["state"]), (&"running".into(), &"live".into()));
    assert_eq!(status["running"], true);
    task.kill().unwrap();
    task.wait().unwrap();
}

#[test]
fn a_task_that_ends_while_another_is_put_back_is_remembered() {
    let mut study = Study::new("seeds = [0, 1]\ngrid = { mode = [\"late\"] }", "");
    study.take_in(2);
    fakes(&mut study, &[("sacct", "exit 1")]);
    let mut states = |squeue: &str| {
        fakes(&mut study, &[("squeue", squeue)]);
        let status = study.status();
        [0, 1].map(|index| status["jobs"][index]["state"].as_str().unwrap().to_owned())
    };
    assert_eq!(states("echo '5|0|FAILED|None'; echo '5|1|RUNNING|None'"), ["failed", "running"]);
    assert_eq!(states("echo '5|0|RUNNING|None'; echo '5|1|COMPLETED|None'"), ["running", "completed"]);
    assert_eq!(states(NO_JOB), ["forgotten by Slurm", "completed"]);
}

#[test]
fn whoever_waits_outlasts_a_controller_that_is_away() {
    let mut study = Study::new("seeds = [0]\ngrid = { mode = [\"late\"] }", "");
    study.take_in(1);
    let away = "echo x >>calls; if [ $(wc -l <calls) -le 4 ]; then\n\
                echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1; fi\n\
                if [ $(wc -l <calls) -le 6 ]; then echo '5|0|RUNNING|None'; else echo '5|0|CANCELLED|None'; fi";
    fakes(&mut study, &[("squeue", away)]);
    let odd = study.folder.path().join("runs/odd");
    fs::create_dir_all(&odd).unwrap();
    fs::write(odd.join("config.toml"), "[").unwrap();
    let output = study.avsc(&["status", "s.toml", "--wait"]);
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    assert_eq!(err(&output).matches("it is asked again until it answers").count(), 1, "{}", err(&output));
    assert_eq!(err(&output).matches("runs/odd").count(), 1, "what is wrong is told once: {}", err(&output));
    let calls = fs::read_to_string(study.folder.path().join("calls")).unwrap().lines().count();
    assert_eq!(calls, 7, "no more than are needed");
}

#[test]
fn tasks_end_themselves_by_the_studys_rule() {
    for (rule, says, expected) in [
        (
            "{ rule = \"median\", min_epochs = 3, min_trials = 2 }",
            "median rule: worse than the median of 2 trials",
            ["done", "done", "terminated"],
        ),
        // Of two that have come to the second epoch one goes on.
        (
            "{ rule = \"halving\", min_epochs = 2, factor = 2 }",
            "successive halving: place 3 of 3",
            ["done", "terminated", "terminated"],
        ),
    ] {
        let text = format!(
            "stop = {rule}\nseeds = [0]\ngrid = {{ mode = [\"late\"], epochs = [20], lr = [1e-2, 8e-3, 1e-9] }}"
        );
        let mut study = Study::new(&text, "");
        // One was trained here before there were jobs: its curve counts as well.
        let first = "seeds = [0]\ngrid = { mode = [\"late\"], epochs = [20], lr = [1e-2] }";
        let toml = study.folder.path().join("s.toml");
        let whole = fs::read_to_string(&toml).unwrap();
        fs::write(&toml, format!("{first}\n{SMALL}")).unwrap();
        study.json(&["run", "s.toml", "--set", "threads=1"]);
        fs::write(&toml, whole).unwrap();
        study.take_in(2);
        for task in [0, 1] {
            let output = study.task(task).output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{}", err(&output));
            assert_eq!(err(&output).contains(says), task == 1, "{rule}: {}", err(&output));
        }
        fakes(&mut study, &[("squeue", "echo '5|0|COMPLETED|None'; echo '5|1|COMPLETED|None'")]);
        let status = study.status();
        let standings: Vec<_> = status["trials"].as_array().unwrap().iter().map(|trial| &trial["state"]).collect();
        assert_eq!(standings, expected, "{rule}: {status:#}");
        assert!(status["trials"][2]["why"].as_str().unwrap().starts_with(says), "{status:#}");
        assert_eq!(status["jobs"][1]["died"], false);
        // A task that is started once more leaves it as it is.
        let again = study.task(1).output().unwrap();
        assert!(err(&again).contains("is trained already"), "{}", err(&again));
    }
}

#[test]
fn a_task_leaves_a_trial_to_whoever_has_it() {
    let mut study = Study::new(&format!("seeds = [0]\ngrid = {{ mode = [\"late\"], epochs = [{ENDLESS}] }}"), "");
    study.take_in(1);
    let toml = fs::read_to_string(study.folder.path().join("s.toml")).unwrap();
    fs::write(study.folder.path().join("other.toml"), toml).unwrap();
    let mut other = study.command(env!("CARGO_BIN_EXE_avsc-tui"));
    other.args(["study", "run", "other.toml", "--data", &fixture()]).stdout(Stdio::null()).stderr(Stdio::null());
    let mut other = other.spawn().unwrap();
    let begun = || study.runs() == 1 && fs::read_dir(study.folder.path().join("runs/.claims")).is_ok();
    let deadline = Instant::now() + PATIENCE;
    while !begun() {
        assert!(Instant::now() < deadline, "the other study never begins");
        thread::yield_now();
    }
    let output = study.task(0).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    let expected = format!("process {} on ", other.id());
    assert!(err(&output).contains(&expected) && err(&output).contains("there is nothing to do"), "{}", err(&output));
    fakes(&mut study, &[("squeue", "echo '5|0|COMPLETED|None'")]);
    let status = study.status();
    assert_eq!((&status["trials"][0]["state"], &status["jobs"][0]["died"]), (&"live".into(), &false.into()));
    other.kill().unwrap();
    other.wait().unwrap();
    // It was on this host, so that its end is known at once: a task takes the trial now.
    let mut task = study.task(0).spawn().unwrap();
    let deadline = Instant::now() + PATIENCE;
    while study.runs() < 2 {
        assert!(Instant::now() < deadline, "nobody takes it over");
        thread::yield_now();
    }
    task.kill().unwrap();
    task.wait().unwrap();
}

#[test]
fn a_task_that_cannot_begin_leaves_the_reason() {
    let mut study = Study::new("seeds = [0]\ngrid = { mode = [\"late\"], epochs = [2] }", "");
    study.take_in(1);
    let manifest = study.folder.path().join("runs/study-s/slurm/batch-0001.json");
    let whole = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, whole.replace(&fixture(), "/nowhere/features")).unwrap();
    let output = study.task(0).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    fakes(&mut study, &[("squeue", "echo '5|0|FAILED|NonZeroExitCode'")]);
    let status = study.status();
    assert_eq!(status["trials"][0]["state"], "failed", "{status:#}");
    assert!(status["trials"][0]["why"].to_string().contains("/nowhere/features"), "{status:#}");
    // A run of it is better than that word.
    fs::write(&manifest, whole).unwrap();
    assert_eq!(study.task(0).output().unwrap().status.code(), Some(0));
    assert_eq!(study.status()["tally"]["done"], 1);
}

#[test]
fn the_sites_settings_hold_unless_the_study_says_otherwise() {
    let mut study = Study::new("seeds = [0]\ngrid = { mode = [\"late\"] }", "time = \"04:00:00\"\nat_once = 3");
    fakes(&mut study, &[("scontrol", CONFIG)]);
    let site = "[slurm]\npartition = \"gpu\"\naccount = \"avsc\"\ntime = \"1-00\"\ngres = \"gpu:1\"\nconstraint = \"a100\"\n\
                modules = [\"hdf5\"]\nsetup = [\"umask 007\"]\n";
    fs::write(study.folder.path().join("config.toml"), site).unwrap();
    let output = study.avsc(&["run", "s.toml", "--engine", "slurm", "--dry-run", "--set", "slurm.account=guest"]);
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{}", err(&output));
    for line in [
        "#SBATCH --partition=gpu",
        "#SBATCH --account=guest",
        "#SBATCH --time=04:00:00",
        "#SBATCH --gres=gpu:1",
        "#SBATCH --constraint=a100",
        "module load 'hdf5'",
        "umask 007",
        "--array=0-0%3",
        "partition is from config.toml",
        "time is from s.toml: `slurm`",
        "account is from --set slurm.account=guest",
    ] {
        assert!(text.contains(line), "{line}:\n{text}");
    }
    // What is wrong is told with the place where it was said.
    fs::write(study.folder.path().join("config.toml"), "[slurm]\ngres = \"gpu 1\"\n").unwrap();
    let output = study.avsc(&["run", "s.toml", "--engine", "slurm", "--dry-run"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("config.toml: `slurm.gres`: \"gpu 1\": expected one word"), "{}", err(&output));
    // A run keeps nothing of the site's.
    fs::write(study.folder.path().join("config.toml"), site).unwrap();
    study.json(&["run", "s.toml", "--set", "epochs=1"]);
    let runs = fs::read_dir(study.folder.path().join("runs")).unwrap().flatten();
    let configs: Vec<_> = runs.filter_map(|run| fs::read_to_string(run.path().join("config.toml")).ok()).collect();
    assert!(configs.len() == 1 && !configs[0].contains("slurm"), "{configs:?}");
}

#[test]
fn an_array_over_the_limit_leaves_those_before_it_submitted() {
    let mut study = Study::new("seeds = [0, 1, 2, 3, 4]\ngrid = { mode = [\"late\"] }", "");
    let once = "if [ -e taken ]; then echo 'sbatch: error: QOSMaxSubmitJobPerUserLimit' >&2\n\
                echo 'sbatch: error: Batch job submission failed: Job violates accounting/QOS policy' >&2; exit 1; fi\n\
                touch taken; echo 5";
    let waiting = "case \"$*\" in *-n\\ *) ;; *) for task in 0 1 2; do echo \"5|$task|PENDING|Priority\"; done;; esac";
    fakes(&mut study, &[("scontrol", "echo 'MaxArraySize = 3'"), ("sbatch", once), ("squeue", waiting)]);
    let output = study.avsc(&["run", "s.toml", "--engine", "slurm"]);
    assert_eq!(output.status.code(), Some(1));
    for part in
        ["QOSMaxSubmitJobPerUserLimit", "Job violates accounting/QOS policy", "batch-0002.sh", "job 5: 3 trials"]
    {
        assert!(err(&output).contains(part), "{part}: {}", err(&output));
    }
    let status = study.status();
    assert_eq!((status["jobs"].as_array().unwrap().len(), &status["running"]), (3, &true.into()), "{status:#}");
    // Once there is room the rest follows, and nothing twice.
    let both = format!("{waiting}\necho '6|0|PENDING|Priority'; echo '6|1|PENDING|Priority'");
    fakes(&mut study, &[("sbatch", "echo 6"), ("squeue", &both)]);
    let status = study.submit();
    let jobs: Vec<_> = (0..5).map(|index| task(&status, index)).collect();
    assert_eq!(jobs, ["5_0", "5_1", "5_2", "6_0", "6_1"]);
}

#[test]
fn a_submission_that_is_killed_is_gone_on_with() {
    let mut study = Study::new("seeds = [0, 1]\ngrid = { mode = [\"late\"] }", "");
    let queue = "case \"$*\" in *-n\\ s-*-0001*) echo 9;; *) echo '9|0|PENDING|None'; echo '9|1|PENDING|None';; esac";
    // The controller has the job when the program dies, which never hears its id.
    fakes(&mut study, &[("scontrol", CONFIG), ("sbatch", "kill -9 $PPID; echo 9"), ("squeue", queue)]);
    let killed = study.avsc(&["run", "s.toml", "--engine", "slurm"]);
    assert_eq!(killed.status.code(), None, "it was killed");
    fakes(&mut study, &[("sbatch", "echo 'a second time' >&2; exit 1")]);
    let status = study.submit();
    assert_eq!((task(&status, 0), task(&status, 1)), ("9_0".to_owned(), "9_1".to_owned()));
    // Killed before the controller had it, there is no such job, and it is submitted again.
    let mut study = Study::new("seeds = [0, 1]\ngrid = { mode = [\"late\"] }", "");
    fakes(&mut study, &[("scontrol", CONFIG), ("sbatch", "kill -9 $PPID"), ("squeue", "exit 0")]);
    assert_eq!(study.avsc(&["run", "s.toml", "--engine", "slurm"]).status.code(), None);
    fakes(
        &mut study,
        &[
            ("sbatch", "echo 9"),
            ("squeue", "case \"$*\" in *-n\\ *) ;; *) echo '9|0|PENDING|None'; echo '9|1|PENDING|None';; esac"),
        ],
    );
    let status = study.submit();
    assert_eq!((task(&status, 0), task(&status, 1)), ("9_0".to_owned(), "9_1".to_owned()), "{status:#}");
}

#[test]
fn a_controller_that_is_away_is_asked_again_and_nonsense_is_no_state() {
    let mut study = Study::new("seeds = [0, 1]\ngrid = { mode = [\"late\"] }", "");
    let waiting = "echo '5|0|PENDING|Resources'; echo '5|1|PENDING|Resources'";
    let restarting = format!(
        "if [ ! -e away ]; then touch away; echo 'slurm_load_jobs error: Unable to contact slurm controller (connect failure)' >&2; exit 1; fi\n{waiting}"
    );
    fakes(&mut study, &[("scontrol", CONFIG), ("sbatch", "echo 5"), ("squeue", &restarting)]);
    assert_eq!(study.submit()["jobs"][0]["state"], "pending");
    assert!(study.folder.path().join("away").exists(), "it was asked twice");
    // Answers that are none end nothing: what was pending is told as forgotten, and asked for the next time.
    let garbage = "printf 'Welcome to the cluster!\\n5|0\\n|||\\n5|x|RUNNING|\\n\\377\\376'; echo '5|1|DANCING|None'";
    fakes(&mut study, &[("squeue", garbage), ("sacct", "echo '%%%'")]);
    let states = |status: &Value| {
        let tasks = status["jobs"].as_array().unwrap().iter();
        tasks.map(|task| task["state"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(states(&study.status()), ["forgotten by Slurm"; 2]);
    fakes(&mut study, &[("squeue", "echo '5|0|RUNNING|None'; echo '5|1|PENDING|Priority'")]);
    assert_eq!(states(&study.status()), ["running", "pending"], "what was only not heard of comes back");
    // One that refuses for another reason is told in its own words.
    fakes(&mut study, &[("squeue", "echo 'squeue: error: Access denied' >&2; exit 1")]);
    let refused = study.avsc(&["status", "s.toml"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(err(&refused).contains("Access denied"), "{}", err(&refused));
}
