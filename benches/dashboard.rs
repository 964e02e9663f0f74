//! What the dashboard costs: from the command to the first point on the chart, from a key to its frame
//! while every core trains, the processor time of an idle one, the bytes it sends, and the epochs of a
//! run with the dashboard drawing against the same run without it.
//!
//! `cargo bench --bench dashboard`. The demo set is in its cache, as on any start but the first.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to say")]

use std::{
    path::Path,
    process::{Command, ExitCode, Stdio},
    thread,
    time::{Duration, Instant},
};

use avsc_tui::{
    config::{Config, Mode},
    runs,
};

#[path = "support/limits.rs"]
mod limits;
#[path = "support/synthetic.rs"]
mod synthetic;
use limits::Limits;
use synthetic::Synthetic;

#[path = "../tests/dashboard/terminal.rs"]
#[allow(dead_code, reason = "the tests use all of it")]
mod terminal;
use terminal::Terminal;

const STARTS: usize = 9;
const ROUNDS: usize = 5;
const KEYS: usize = 500;
/// Clock ticks a second, as Linux tells them in /proc.
const TICKS: f64 = 100.0;
/// What is counted over time is counted so long.
const QUIET: Duration = Duration::from_secs(10);
/// Enough epochs that a run's median means something.
const LENGTH: [&str; 4] = ["--set", "epochs=8", "--set", "early_stop=0"];

/// What the figures are to keep: milliseconds from a key to its frame (99 of 100), the share of a core while
/// nothing happens, bytes a second while training.
const KEY_TO_FRAME: f64 = 16.0;
const IDLE: f64 = 0.005;
const BYTES: f64 = 4096.0;
/// Runs in the larger folder, and the epochs of each.
const RUNS: usize = 10_000;
const EPOCHS: usize = 5;

fn main() -> ExitCode {
    let mut limits = Limits::default();
    let folder = tempfile::tempdir().unwrap();
    headless(folder.path(), "warm-up", &["--set", "epochs=1"]);

    let first_points = (0..STARTS).map(|round| first_point(folder.path(), &format!("start-{round}")));
    println!("| from the command to | median, s | fastest | slowest |");
    println!("|---|---|---|---|");
    println!("| the first point on the chart | {} |", row(first_points.collect()));

    latency_and_bytes(folder.path(), &mut limits);
    idle(folder.path(), "idle", "no runs", &mut limits);
    write_runs(&folder.path().join("many"));
    idle(folder.path(), "many", &format!("{RUNS} runs"), &mut limits);

    let (mut alone, mut drawn) = (Vec::new(), Vec::new());
    for round in 0..ROUNDS {
        alone.push(headless(folder.path(), &format!("alone-{round}"), &LENGTH));
        drawn.push(watched(folder.path(), &format!("drawn-{round}")));
    }
    let ratio = median(&mut drawn.clone()) / median(&mut alone.clone());
    println!("\n| an epoch of mid fusion | median of {ROUNDS} runs' medians, s | fastest | slowest |");
    println!("|---|---|---|---|");
    println!("| headless | {} |", row(alone));
    println!("| dashboard open, 120×40 | {} |", row(drawn));
    println!("\ndashboard / headless: {ratio:.3}");
    limits.end()
}

/// Runs that are over.
fn write_runs(folder: &Path) {
    let mut config = Config::default();
    for index in 0..RUNS {
        (config.model.mode, config.train.seed) = (Mode::ALL[index % 6], index as u64 % 10);
        let dir = folder.join(format!("20260101T{index:06}Z-{}-s{}", config.model.mode, config.train.seed));
        std::fs::create_dir_all(&dir).unwrap();
        let log_loss = format!("0.5{}", index % 1000);
        let run = Synthetic { config: &config, index, epochs: EPOCHS, log_loss, outcome: "finished" };
        std::fs::write(dir.join("events.jsonl"), run.log()).unwrap();
    }
}

/// From a key to its frame, and what is sent, while a run trains on every core.
fn latency_and_bytes(folder: &Path, limits: &mut Limits) {
    let mut terminal =
        Terminal::start(120, 40, folder, &["--runs", "latency", "--set", "epochs=1000000", "--set", "early_stop=0"]);
    terminal.see("● training");
    terminal.wait("the second epoch", |screen| screen.contains("epoch 2/") || screen.contains("epoch 3/"));
    let (start, before) = (Instant::now(), terminal.sent());
    thread::sleep(QUIET);
    let bytes = (terminal.sent() - before) as f64 / start.elapsed().as_secs_f64();

    let mut waits = Vec::new();
    for round in 0..KEYS {
        // Not in step with the frames that training asks for.
        thread::sleep(Duration::from_millis(7 + (round as u64 * 13) % 40));
        let (key, tab) = if round % 2 == 0 { ("3", "▸3 Late") } else { ("2", "▸2 Mid") };
        let start = Instant::now();
        terminal.press(key);
        terminal.see(tab);
        waits.push(start.elapsed().as_secs_f64() * 1000.0);
    }
    terminal.press("\x03");
    terminal.end();
    let middle = median(&mut waits);
    let p99 = waits[waits.len() * 99 / 100];
    println!("\n| while training on every core, 120×40 | median | p99 | slowest | p99 under {KEY_TO_FRAME} ms |");
    println!("|---|---|---|---|---|");
    let kept = limits.keep("key to frame, ms", p99, KEY_TO_FRAME);
    println!("| key to frame, ms ({KEYS} keys) | {middle:.2} | {p99:.2} | {:.2} | {kept} |", waits[waits.len() - 1]);
    let kept = limits.keep("bytes a second", bytes, BYTES);
    println!("\nbytes a second while training: {bytes:.0} (at most {BYTES}: {kept})");
}

/// The share of one core that a dashboard on the folder `runs` takes while nothing happens.
fn idle(folder: &Path, runs: &str, what: &str, limits: &mut Limits) {
    let mut terminal = Terminal::start(120, 40, folder, &["--runs", runs, "--set", "autostart=false"]);
    terminal.see("idle");
    thread::sleep(Duration::from_secs(6));
    let (start, before, sent) = (Instant::now(), cpu_seconds(terminal.pid()), terminal.sent());
    thread::sleep(QUIET);
    let share = (cpu_seconds(terminal.pid()) - before) / start.elapsed().as_secs_f64();
    let kept = limits.keep("idle, share of a core", share, IDLE);
    let (percent, most, sent) = (share * 100.0, IDLE * 100.0, terminal.sent() - sent);
    println!("idle, {what}: {percent:.2} % of a core (at most {most}: {kept}), {sent} bytes sent");
    terminal.press("q");
    terminal.end();
}

/// Processor time that a process has taken, user and system.
fn cpu_seconds(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks: f64 = fields[11].parse::<f64>().unwrap() + fields[12].parse::<f64>().unwrap();
    ticks / TICKS
}

/// Seconds until the loss chart has its first dot.
fn first_point(folder: &Path, runs: &str) -> f64 {
    let start = Instant::now();
    let mut terminal = Terminal::start(120, 40, folder, &["--runs", runs]);
    terminal.wait("a dot", |screen| screen.chars().any(|mark| ('\u{2801}'..='\u{28ff}').contains(&mark)));
    let seconds = start.elapsed().as_secs_f64();
    terminal.press("\x03");
    terminal.end();
    seconds
}

/// Median seconds of an epoch without the dashboard.
fn headless(folder: &Path, runs: &str, length: &[&str]) -> f64 {
    let mut command = Command::new(env!("CARGO_BIN_EXE_avsc-tui"));
    command.args(["train", "--runs", runs]).args(length).current_dir(folder).env("XDG_CACHE_HOME", folder);
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    assert!(status.success());
    epoch(&folder.join(runs))
}

/// Median seconds of an epoch of the run that the dashboard trains and draws.
fn watched(folder: &Path, runs: &str) -> f64 {
    let mut terminal = Terminal::start(120, 40, folder, &[&["--runs", runs], &LENGTH[..]].concat());
    terminal.see("idle");
    terminal.see("epochs in");
    terminal.press("q");
    terminal.end();
    epoch(&folder.join(runs))
}

fn epoch(runs: &Path) -> f64 {
    let (runs, _) = runs::scan(runs);
    median(&mut runs[0].history.epochs.iter().map(|epoch| epoch.result.seconds).collect::<Vec<_>>())
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn row(mut values: Vec<f64>) -> String {
    let median = median(&mut values);
    format!("{median:.3} | {:.3} | {:.3}", values[0], values[values.len() - 1])
}
