//! Studies on a real Slurm, which `scripts/slurm-test.sh` starts around these tests, and on commands that
//! play one where it errs.

#![allow(clippy::unwrap_used, reason = "a helper fails its test by panicking")]

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    thread,
    time::{Duration, Instant},
};

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
        eprintln!("skipped: there is no Slurm; scripts/slurm-test.sh cargo test --test slurm starts one");
    }
    there
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
    fn wait_for(&self, what: &str, fact: impl Fn(&Value) -> bool) -> Value {
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
    let text = "seeds = [3]\ngrid = { mode = [\"mid\"], epochs = [6000] }";
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
        set(study, "resume");
    });

    let text = format!("seeds = [0]\ngrid = {{ mode = [\"late\"], epochs = [{ENDLESS}] }}");
    let study = Study::new(&text, "partition = \"frail\"\noptions = [\"--no-requeue\"]");
    study.submit();
    study.wait_for("it never trains", |status| epochs(status, 0) > 2);
    set(&study, "down");
    let ended = study.ended();
    set(&study, "resume");
    assert_eq!(ended["jobs"][0]["state"], "node failed", "{ended:#}");
    assert_eq!(ended["tally"]["halted"], 1, "a study run goes on with it: {ended:#}");
}

#[test]
fn a_task_that_takes_too_much_memory_says_so_and_is_retried_with_more() {
    if !has_slurm() || std::env::var_os("AVSC_SLURM_MEMORY").is_none_or(|value| value != "1") {
        eprintln!("skipped: this Slurm cannot limit memory");
        return;
    }
    let study = Study::new("seeds = [0]\ngrid = { mode = [\"late\"], epochs = [2] }", "mem = \"8M\"");
    study.submit();
    let ended = study.ended();
    let job = &ended["jobs"][0];
    assert_eq!((&job["state"], &job["died"]), (&"out of memory".into(), &true.into()), "{ended:#}");
    assert!(job["tail"].to_string().contains("oom"), "{job:#}");
    let text = study.avsc(&["status", "s.toml"]);
    assert!(String::from_utf8_lossy(&text.stdout).contains("1 out of memory"));
    study.json(&["retry", "s.toml", "--set", "slurm.mem=\"1G\""]);
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
