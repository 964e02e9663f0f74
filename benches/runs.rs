//! The table of runs at ten thousand of them: from an empty program to the list, a frame of it, a key, the same
//! with all runs marked, a filter, an epoch of a live run, and what a look at an unchanged folder costs; and the
//! list again where half of the runs have not ended, so that their logs must be read whole.
//!
//! `cargo bench --bench runs`. The runs are written to a temporary folder first, forty epochs each. It fails
//! where something takes far longer than it may.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to say")]

use std::{
    fs,
    path::Path,
    process::ExitCode,
    time::{Duration, Instant},
};

use avsc_tui::{
    config::{Config, Mode},
    protocol::{Envelope, RunEvent, WorkerMessage},
    runs::Watch,
    tui::{Message, State, update, view},
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::{Terminal, backend::TestBackend};

#[path = "support/limits.rs"]
mod limits;
#[path = "support/synthetic.rs"]
mod synthetic;
use limits::Limits;
use synthetic::Synthetic;

const RUNS: usize = 10_000;
const EPOCHS: usize = 40;
const FRAMES: usize = 500;

fn main() -> ExitCode {
    let folder = tempfile::tempdir().unwrap();
    let bytes = (0..RUNS).map(|index| write(folder.path(), index, true)).sum::<usize>();
    println!("{RUNS} runs of {EPOCHS} epochs, {:.0} MB of logs", bytes as f64 / 1e6);

    let mut state = State::new(Config::default(), 1_767_225_600_000);
    update(&mut state, Message::Resize(200, 50));
    key(&mut state, KeyCode::Tab);
    let start = Instant::now();
    let mut watch = Watch::new(folder.path());
    let changes = watch.poll(Duration::ZERO);
    let read = start.elapsed();
    assert_eq!(changes.found.len(), RUNS);
    update(&mut state, Message::Runs(Box::new(changes)));
    let listed = start.elapsed();

    let mut terminal = Terminal::new(TestBackend::new(200, 50)).unwrap();
    let (frames, keys) = steps(&mut state, &mut terminal, "10,000 runs");
    let live = live(&mut state, folder.path());
    let mut now = 1_767_225_600_000 + 3_600_000;
    let ticks = (0..20).map(|_| {
        now += 1_000;
        let start = Instant::now();
        update(&mut state, Message::Clock(now));
        start.elapsed()
    });
    let ticks: Vec<_> = ticks.collect();

    // Actions are for the marked runs: a frame asks what can be done with all of them.
    key(&mut state, KeyCode::Char('X'));
    let marked = steps(&mut state, &mut terminal, "10001 marked");
    key(&mut state, KeyCode::Char('/'));
    let mut filters = Vec::new();
    for character in "mode:late acc>0.5 -tag:old seed>3".chars() {
        let start = Instant::now();
        key(&mut state, KeyCode::Char(character));
        filters.push(start.elapsed());
    }
    key(&mut state, KeyCode::Enter);
    let filtered = steps(&mut state, &mut terminal, "not listed");
    let looks = (0..20).map(|_| {
        let start = Instant::now();
        watch.hurry();
        assert!(watch.poll(Duration::ZERO).is_empty());
        start.elapsed()
    });
    let looks: Vec<_> = looks.collect();

    drop((folder, watch));
    let folder = tempfile::tempdir().unwrap();
    (0..RUNS).for_each(|index| _ = write(folder.path(), index, index % 2 == 0));
    let start = Instant::now();
    let mut watch = Watch::new(folder.path());
    assert_eq!(watch.poll(Duration::ZERO).found.len(), RUNS);
    let (half, resident) = (ms(start.elapsed()), memory());

    // What a person waits for, in milliseconds.
    let rows = [
        ("the folder read", ms(read), None),
        ("the folder read and listed", ms(listed), Some(1000.0)),
        ("a frame at 200×50, p99", p99(frames), Some(2.0)),
        ("a key, p99", p99(keys), Some(2.0)),
        ("a frame, all runs marked, p99", p99(marked.0), Some(2.0)),
        ("a key, all runs marked, p99", p99(marked.1), Some(2.0)),
        ("a frame, all marked and most filtered out, p99", p99(filtered.0), Some(2.0)),
        ("a key, all marked and most filtered out, p99", p99(filtered.1), Some(2.0)),
        ("a character of a filter, all marked, slowest", p99(filters), Some(100.0)),
        ("an epoch of a live run, slowest", p99(live), Some(100.0)),
        ("a tick of the clock, slowest", p99(ticks), Some(10.0)),
        ("a look at every file, nothing new", p99(looks), None),
        ("half of them not ended: the folder read", half, None),
    ];
    let mut limits = Limits::default();
    println!("\n| {RUNS} runs | ms | at most | |\n|---|---|---|---|");
    for (what, took, limit) in rows {
        let kept = limit.map_or("", |limit| limits.keep(what, took, limit));
        let limit = limit.map_or(String::new(), |limit| format!("{limit:.0}"));
        println!("| {what} | {took:.2} | {limit} | {kept} |");
    }
    println!("\nresident memory at the end: {resident:.0} MB");
    limits.end()
}

/// Resident memory in megabytes.
fn memory() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<f64>().ok()).unwrap_or(0.0) / 1000.0
}

/// Frames and keys of going down the list. `shown` is on the screen at the end.
fn steps(state: &mut State, terminal: &mut Terminal<TestBackend>, shown: &str) -> (Vec<Duration>, Vec<Duration>) {
    let (mut frames, mut keys) = (Vec::new(), Vec::new());
    for _ in 0..FRAMES {
        let start = Instant::now();
        key(state, KeyCode::Down);
        keys.push(start.elapsed());
        let start = Instant::now();
        terminal.draw(|frame| view(state, frame)).unwrap();
        frames.push(start.elapsed());
    }
    let text: String = terminal.backend().buffer().content().iter().map(ratatui::buffer::Cell::symbol).collect();
    assert!(text.contains(shown), "{shown} is not on the screen");
    (frames, keys)
}

/// How long each epoch of a run that is trained here takes to take in. The run stays live.
fn live(state: &mut State, folder: &Path) -> Vec<Duration> {
    let config = Config::default();
    let log_loss = "0.5".to_owned();
    let run = Synthetic { config: &config, index: RUNS, epochs: EPOCHS, log_loss, outcome: "finished" };
    let dir = folder.join("live");
    let mut took = Vec::new();
    for line in run.log().lines() {
        let event: Envelope = serde_json::from_str(line).unwrap();
        let epoch = match event.event {
            RunEvent::EpochFinished(_) => true,
            RunEvent::Finished(_) => break,
            _ => false,
        };
        let start = Instant::now();
        update(state, Message::Worker(WorkerMessage::Event { dir: dir.clone(), event }));
        if epoch {
            took.push(start.elapsed());
        }
    }
    took
}

fn key(state: &mut State, code: KeyCode) {
    update(state, Message::Key(KeyEvent::new(code, KeyModifiers::NONE)));
}

fn ms(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

fn p99(mut values: Vec<Duration>) -> f64 {
    values.sort_unstable();
    ms(values[(values.len() * 99 / 100).min(values.len() - 1)])
}

/// Write run `index`, up to its end or in the midst of its last epoch; the bytes of its log.
fn write(folder: &Path, index: usize, ended: bool) -> usize {
    let mut config = Config::default();
    (config.model.mode, config.train.seed) = (Mode::ALL[index % 6], index as u64 % 10);
    let (mode, seed) = (config.model.mode, config.train.seed);
    let dir = folder.join(format!("20260101T{index:06}Z-{mode}-s{seed}"));
    fs::create_dir(&dir).unwrap();
    let log_loss = format!("0.5{}", index % 1000);
    let run = Synthetic { config: &config, index, epochs: EPOCHS, log_loss, outcome: "early_stopped" };
    let mut log = run.log();
    if !ended {
        let lines: Vec<&str> = log.split_inclusive('\n').collect();
        log = lines[..lines.len() - 2].concat();
    }
    fs::write(dir.join("events.jsonl"), &log).unwrap();
    log.len()
}
