//! The table of runs at ten thousand of them: from an empty program to the list, a frame of it, a key, a
//! filter, and what a look at an unchanged folder costs; and the list again where half of the runs have not
//! ended, so that their logs must be read whole.
//!
//! `cargo bench --bench runs`. The runs are written to a temporary folder first, forty epochs each.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to say")]

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use avsc_tui::{
    config::{Config, Mode},
    runs::Watch,
    tui::{Message, State, update, view},
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::{Terminal, backend::TestBackend};

#[path = "support/synthetic.rs"]
mod synthetic;
use synthetic::Synthetic;

const RUNS: usize = 10_000;
const EPOCHS: usize = 40;
const FRAMES: usize = 500;

fn main() {
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
    let mut frames = Vec::new();
    let mut keys = Vec::new();
    for _ in 0..FRAMES {
        let start = Instant::now();
        key(&mut state, KeyCode::Down);
        keys.push(start.elapsed());
        let start = Instant::now();
        terminal.draw(|frame| view(&state, frame)).unwrap();
        frames.push(start.elapsed());
    }
    let text: String = terminal.backend().buffer().content().iter().map(ratatui::buffer::Cell::symbol).collect();
    assert!(text.contains("10,000 runs"), "the table is not on the screen");

    key(&mut state, KeyCode::Char('/'));
    let mut filters = Vec::new();
    for character in "mode:late acc>0.5 -tag:old seed>3".chars() {
        let start = Instant::now();
        key(&mut state, KeyCode::Char(character));
        filters.push(start.elapsed());
    }
    let looks = (0..20).map(|_| {
        let start = Instant::now();
        watch.hurry();
        assert!(watch.poll(Duration::ZERO).is_empty());
        start.elapsed()
    });
    let looks: Vec<_> = looks.collect();

    println!("\n| {RUNS} runs | ms |\n|---|---|");
    println!("| the folder read | {:.0} |", ms(read));
    println!("| the folder read and listed | {:.0} |", ms(listed));
    println!("| a frame at 200×50, p99 | {:.2} |", p99(frames));
    println!("| a key, p99 | {:.2} |", p99(keys));
    println!("| a character of a filter, slowest | {:.1} |", p99(filters));
    println!("| a look at every file, nothing new | {:.0} |", p99(looks));

    drop((folder, watch));
    let folder = tempfile::tempdir().unwrap();
    (0..RUNS).for_each(|index| _ = write(folder.path(), index, index % 2 == 0));
    let start = Instant::now();
    let mut watch = Watch::new(folder.path());
    assert_eq!(watch.poll(Duration::ZERO).found.len(), RUNS);
    println!("| half of them not ended: read | {:.0} |", ms(start.elapsed()));
    println!("| resident memory at the end, MB | {:.0} |", memory());
}

/// Resident memory in megabytes.
fn memory() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<f64>().ok()).unwrap_or(0.0) / 1000.0
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
