//! Two hosts that share a folder, which `scripts/two-hosts-test.sh` makes around these tests: what one of
//! them trains, the other sees and steers.

#![allow(clippy::unwrap_used, reason = "a helper fails its test by panicking")]

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::Instant,
};

use serde_json::Value;

#[path = "dashboard/terminal.rs"]
#[allow(dead_code, reason = "other tests use the rest of it")]
mod terminal;
use terminal::Terminal;

/// Two hosts and the folder that they share, which has a name for each of them.
struct Hosts {
    root: PathBuf,
    name: &'static str,
}

/// A process that does not outlive its test.
struct Reaped(Child);

impl Drop for Reaped {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Hosts {
    /// A folder called `name`; none, and a word about it, where there are no two hosts.
    fn sharing(name: &'static str) -> Option<Self> {
        let Some(root) = std::env::var_os("AVSC_HOSTS") else {
            let words =
                "skipped: there are no two hosts; scripts/two-hosts-test.sh cargo test --test hosts makes them\n";
            // Not what the test runner keeps to itself.
            let _ = std::io::stderr().write_all(words.as_bytes());
            return None;
        };
        let hosts = Self { root: root.into(), name };
        fs::create_dir(hosts.folder("node-a")).unwrap();
        Some(hosts)
    }

    fn folder(&self, host: &str) -> PathBuf {
        self.root.join(host).join(self.name)
    }

    /// What a host keeps to itself.
    fn cache(&self, host: &str) -> PathBuf {
        let cache = self.root.join(format!("{}-cache-of-{host}", self.name));
        fs::create_dir_all(&cache).unwrap();
        cache
    }

    fn avsc(&self, host: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.root.join("on"));
        command.arg(host).arg(env!("CARGO_BIN_EXE_avsc-tui")).args(arguments).current_dir(self.folder(host));
        command.env("XDG_CACHE_HOME", self.cache(host)).stdin(Stdio::null());
        command
    }

    fn spawn(&self, host: &str, arguments: &[&str]) -> Reaped {
        Reaped(self.avsc(host, arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    fn json(&self, host: &str, arguments: &[&str]) -> Value {
        let output = self.avsc(host, arguments).output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{arguments:?}: {}", said(&output)))
    }

    /// The dashboard on a host.
    fn open(&self, host: &str, arguments: &[&str]) -> Terminal {
        let on = self.root.join("on").display().to_string();
        let folder = self.folder(host).display().to_string();
        let above = ["env", "--chdir", &folder, &on, host];
        let arguments: Vec<String> = arguments.iter().map(|&word| word.to_owned()).collect();
        Terminal::start_below(120, 40, &self.cache(host), &above, &arguments)
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn data() -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/hdf5/framework").display().to_string()
}

/// The first thing that `fact` tells; nobody waits for it for more than a minute.
fn until<T>(what: &str, fact: impl Fn() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = fact() {
            return found;
        }
        assert!(start.elapsed().as_secs() < 60, "waiting for {what}");
        std::thread::yield_now();
    }
}

/// Print how long `act` took: docs/scaling.md has the figures.
fn timed<T>(what: &str, act: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = act();
    println!("{what}: {:.1} s", start.elapsed().as_secs_f64());
    done
}

#[test]
fn a_run_of_one_host_is_seen_and_steered_from_the_other() {
    let Some(hosts) = Hosts::sharing("run") else { return };
    let data = data();
    let endless = ["--epochs", "900000", "--set", "early_stop=0", "--device", "flex", "--data", &data];
    let mut screen = hosts.open("node-b", &["watch", ".", "--set", "ui.bytes_per_second=0"]);
    screen.see("0 runs");
    let trainer = hosts.spawn("node-a", &[&["train", "--runs", "."][..], &endless].concat());
    let name = until("a run", || {
        let runs = fs::read_dir(hosts.folder("node-a")).unwrap().flatten();
        let mut logs = runs.filter(|run| run.path().join("events.jsonl").is_file());
        logs.next().map(|run| run.file_name().to_string_lossy().into_owned())
    });
    timed("a new run seen from the other host", || screen.see("● elsewhere"));
    screen.press(ENTER);
    let foot = screen.see("training in another process");
    assert!(foot.contains("node-a, pid"), "{foot}");
    screen.see("heard of");

    let ask = |arguments: &[&str]| {
        let all = [&["steer", "--runs", ".", &name, "--wait", "60", "--json"][..], arguments].concat();
        let answer = timed(&arguments.join(" "), || hosts.json("node-b", &all));
        assert_eq!(answer["answer"], "acknowledged", "{answer}");
        assert_eq!(answer["writer"]["host"], "node-a");
        assert!(answer["command"].as_str().unwrap().contains("-node_b-"), "its number names the sender: {answer}");
    };
    ask(&["pause"]);
    screen.see("paused");
    ask(&["set", "lr", "3e-4"]);
    ask(&["set", "epochs", "900001"]);
    ask(&["resume"]);
    // Not a byte of it is touched from here, though no lock is seen.
    let resumed = hosts.avsc("node-b", &["train", "--runs", ".", "--resume", &name, "--data", &data]).output().unwrap();
    assert_eq!(resumed.status.code(), Some(1), "{}", said(&resumed));
    assert!(said(&resumed).contains("on node-a may still be training"), "{}", said(&resumed));
    // The same with the keys of a dashboard.
    screen.wait("the run going on", |screen| !screen.contains("paused"));
    for (key, asked) in [(" ", "pause"), (" ", "go on"), ("S", "keep the model")] {
        screen.press(key);
        timed(&format!("{asked}, by key"), || screen.see(&format!("acknowledges: {asked}")));
    }
    screen.press("s");
    screen.see("Another process trains");
    screen.press(ENTER);
    timed("stop, by key", || screen.see("stopped"));
    screen.press("q");
    assert_eq!(screen.end().code(), Some(0));
    drop(trainer);
    let log = fs::read_to_string(hosts.folder("node-a").join(&name).join("events.jsonl")).unwrap();
    assert_eq!(log.matches("\"acknowledged\"").count(), 8, "each by its number");
}

const ENTER: &str = "\r";

#[test]
fn a_study_of_one_host_is_told_and_stopped_from_the_other() {
    let Some(hosts) = Hosts::sharing("study") else { return };
    let text = "seeds = [0, 1, 2]\ngrid = { mode = [\"late\"], epochs = [900000] }\n[base]\nearly_stop = 0\n\
                model = { hidden = 8, embedding = 8, head = 8, early_hidden = [8, 8, 8, 8] }\n\
                train = { batch_size = 4, lr = 1e-2, device = \"flex\" }\n";
    fs::write(hosts.folder("node-a").join("s.toml"), text).unwrap();
    let data = data();
    let mut trainer = hosts.spawn("node-a", &["study", "run", "s.toml", "--workers", "2", "--data", &data]);
    let mut screen = hosts.open("node-b", &["--study", "s.toml", "--data", &data, "--set", "ui.bytes_per_second=0"]);
    timed("a study seen from the other host", || screen.see("2 running"));
    let status = hosts.json("node-b", &["study", "status", "s.toml", "--json", "--data", &data]);
    assert_eq!(status["tally"]["live"], 2, "{status:#}");
    let stopped = hosts.avsc("node-b", &["study", "stop", "s.toml", "--data", &data]).output().unwrap();
    assert!(stopped.status.success(), "{}", said(&stopped));
    timed("the study stopped from the other host", || trainer.0.wait().unwrap());
    timed("its end seen there", || screen.see("2 stopped"));
    screen.press("q");
    assert_eq!(screen.end().code(), Some(0));
}
