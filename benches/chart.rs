//! What a frame costs: the Train screen at 200×50 with runs of 10,000 and 1,000,000 steps, each with a
//! checkpoint, a change of the rate and a pause in every epoch, whole and zoomed, after a live event, and beside
//! eight pinned runs as long, which have no limit; beside ratatui's own chart fed every point.
//!
//! `cargo bench --bench chart`. It fails where 99 frames in 100 of the run alone are not drawn within twice their
//! limit: half of it is left to a machine that is busy. `tests/frame_memory.rs` holds that no frame allocates more
//! for a longer run.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to say")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    path::PathBuf,
    process::ExitCode,
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

use avsc_tui::{
    config::{Config, Mode},
    metrics::{Confusion, Scores},
    protocol::{Envelope, EpochFinished, RunEvent, RunStarted, WorkerMessage, Writer},
    runs::{Changes, History, Listed, Notes, RunEntry, Summary},
    tui::{Effect, Message, State, update, view},
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::{
    Terminal,
    backend::TestBackend,
    symbols::Marker,
    widgets::{Axis, Chart, Dataset, GraphType},
};

const FRAMES: usize = 300;
const BATCHES: usize = 62;
const CLASSES: usize = 10;

/// Counts what is asked of the system's allocator.
struct Counting;

static CALLS: AtomicU64 = AtomicU64::new(0);
static BYTES: AtomicU64 = AtomicU64::new(0);

#[allow(unsafe_code, reason = "an allocator is unsafe; this one only counts and passes on")]
// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        CALLS.fetch_add(1, Ordering::Relaxed);
        BYTES.fetch_add(layout.size() as u64, Ordering::Relaxed);
        // SAFETY: the caller keeps the contract of `alloc`.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract of `dealloc`.
        unsafe { System.dealloc(pointer, layout) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Milliseconds within which 99 frames in 100 are to be drawn, of runs of so many steps.
const LIMITS: [(usize, f64); 2] = [(10_000, 1.0), (1_000_000, 2.0)];
/// What a busy machine is allowed.
const SLACK: f64 = 2.0;
/// Pinned runs.
const PINS: usize = 8;

fn main() -> ExitCode {
    println!("| 200×50 frame | points | median, ms | p99, ms | limit, ms | allocations | bytes |");
    println!("|---|---|---|---|---|---|---|");
    let mut slow = Vec::new();
    for (points, limit) in LIMITS {
        let mut measure = |name: &str, limit: Option<f64>, draw: &mut dyn FnMut()| {
            let p99 = measure(name, points, limit, draw);
            if limit.is_some_and(|limit| p99 > SLACK * limit) {
                slow.push(format!("{name}, {points} points: {p99:.2} ms"));
            }
        };
        let (mut state, took) = trained(points);
        let mut terminal = Terminal::new(TestBackend::new(200, 50)).unwrap();
        let mut limit = Some(limit);
        let mut live = Live { next: points.div_ceil(BATCHES) * BATCHES, seq: u64::MAX / 2 };
        for (name, keys) in [
            ("Train screen", ""),
            ("zoomed in eight times", "w→+++"),
            ("smoothed, by time, log, cursor", "0eeaaL→"),
            ("one chart alone", "z"),
            ("a live event and its frame", "z⎋"),
            ("eight pins as long", ""),
            ("the same, a live event and its frame", ""),
        ] {
            press(&mut state, keys);
            if name.contains("pins") {
                pin(&mut state, points);
                // Nine runs are nine times as many points.
                limit = None;
            }
            measure(name, limit, &mut || {
                if name.contains("live") {
                    live.happen(&mut state);
                }
                terminal.draw(|frame| view(&state, frame)).unwrap();
            });
        }
        measure("nothing: what ratatui does anyway", None, &mut || {
            terminal.draw(|_| {}).unwrap();
        });
        let losses: Vec<(f64, f64)> = (0..points).map(|step| (step as f64, f64::from(loss(step)))).collect();
        measure("ratatui's Chart, raw points", None, &mut || {
            terminal
                .draw(|frame| {
                    let data = Dataset::default().marker(Marker::Braille).graph_type(GraphType::Line).data(&losses);
                    let chart = Chart::new(vec![data])
                        .x_axis(Axis::default().bounds([0.0, points as f64]))
                        .y_axis(Axis::default().bounds([0.0, 3.0]));
                    frame.render_widget(chart, frame.area());
                })
                .unwrap();
        });
        println!("| (reading the run's events: {took:.1} ms) | {points} | | | | | |");
    }
    for frame in &slow {
        println!("over {SLACK} times the limit: {frame}");
    }
    if slow.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What a run tells while it goes on.
struct Live {
    next: usize,
    seq: u64,
}

impl Live {
    fn happen(&mut self, state: &mut State) {
        self.seq += 1;
        let losses = vec![loss(self.next); 4];
        let event = RunEvent::Steps { epoch: self.next / BATCHES + 1, first: self.next as u64, losses };
        self.next += 4;
        let event = Envelope { v: 1, seq: self.seq, t: self.next as i64 * 10, event };
        update(state, Message::Worker(WorkerMessage::Event { dir: dir(), event }));
    }
}

fn press(state: &mut State, keys: &str) {
    for key in keys.chars() {
        let code = match key {
            '→' => KeyCode::Right,
            '↓' => KeyCode::Down,
            '⇥' => KeyCode::Tab,
            '⎋' => KeyCode::Esc,
            key => KeyCode::Char(key),
        };
        update(state, Message::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    }
}

/// Time `draw` and print a row of the table; the time that 99 in 100 take at most.
fn measure(name: &str, points: usize, limit: Option<f64>, draw: &mut dyn FnMut()) -> f64 {
    draw();
    let before = (CALLS.load(Ordering::Relaxed), BYTES.load(Ordering::Relaxed));
    draw();
    let (calls, bytes) = (CALLS.load(Ordering::Relaxed) - before.0, BYTES.load(Ordering::Relaxed) - before.1);
    let mut times: Vec<f64> = (0..FRAMES)
        .map(|_| {
            let start = Instant::now();
            draw();
            start.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    times.sort_by(f64::total_cmp);
    let (median, p99) = (times[FRAMES / 2], times[FRAMES * 99 / 100]);
    let limit = limit.map_or_else(String::new, |limit| limit.to_string());
    println!("| {name} | {points} | {median:.3} | {p99:.3} | {limit} | {calls} | {bytes} |");
    p99
}

/// Where the live run is.
fn dir() -> PathBuf {
    PathBuf::from("runs/20260101-000000-late-s0")
}

/// A dashboard that shows a live run of `points` steps, and the milliseconds that its events took.
fn trained(points: usize) -> (State, f64) {
    let mut config = Config::default();
    config.model.mode = Mode::Late;
    let mut state = State::new(config, 0);
    let events = events(points, Mode::Late);
    let start = Instant::now();
    for event in events {
        update(&mut state, Message::Worker(WorkerMessage::Event { dir: dir(), event }));
    }
    (state, start.elapsed().as_secs_f64() * 1000.0)
}

/// Pin runs of `points` steps beside the live one.
fn pin(state: &mut State, points: usize) {
    let events = events(points, Mode::Mid);
    let history = History::from_events(&events);
    let entries: Vec<RunEntry> = (1..=PINS)
        .map(|at| RunEntry {
            dir: PathBuf::from(format!("runs/20260101-00000{at}-mid-s{at}")),
            name: format!("20260101-00000{at}-mid-s{at}"),
            history: history.clone(),
            config: None,
            interrupted: true,
        })
        .collect();
    let listed = |entry: &RunEntry| Listed {
        dir: entry.dir.clone(),
        name: entry.name.clone(),
        summary: Summary::of(&entry.history),
        notes: Notes::default(),
        interrupted: true,
    };
    let found = entries.iter().map(listed).collect();
    update(state, Message::Runs(Box::new(Changes { found, ..Changes::default() })));
    press(state, "⇥");
    for _ in 0..=PINS {
        for effect in press_pin(state) {
            if let Effect::Open { dir } = effect
                && let Some(entry) = entries.iter().find(|entry| entry.dir == dir)
            {
                update(state, Message::Opened { dir, entry: Ok(Box::new(entry.clone())) });
            }
        }
        press(state, "↓");
    }
    press(state, "⇥⇥⇥⇥3");
}

/// Pin the chosen run.
fn press_pin(state: &mut State) -> Vec<Effect> {
    update(state, Message::Key(KeyEvent::new(KeyCode::Char('p'), KeyModifiers::NONE)))
}

/// The events of a run of `points` steps in which much happened.
fn events(points: usize, mode: Mode) -> Vec<Envelope> {
    let classes = (0..CLASSES).map(|class| format!("class_{class}")).collect();
    let mut events = vec![RunEvent::RunStarted(Box::new(RunStarted {
        mode,
        seed: 0,
        classes,
        train_clips: 7907,
        val_clips: 739,
        test_clips: 3645,
        batch_size: 128,
        batches: BATCHES,
        epochs: 100_000,
        early_stop: 0,
        lr: 1e-4,
        parameters: 700_000,
        device: "flex cpu".to_owned(),
        data: "demo".to_owned(),
        fingerprint: "f00d".to_owned(),
        demo: false,
        version: "0.1.0".to_owned(),
        writer: Writer::default(),
        imported: None,
    }))];
    for epoch in 1..=points.div_ceil(BATCHES) {
        let first = (epoch - 1) * BATCHES;
        let losses = (first..points.min(first + BATCHES)).map(loss).collect();
        events.push(RunEvent::Steps { epoch, first: first as u64, losses });
        if first + BATCHES > points {
            break;
        }
        let pairs = (0..739)
            .map(|clip| (clip % CLASSES, if (clip * epoch) % 5 == 0 { clip / 3 % CLASSES } else { clip % CLASSES }));
        let confusion = Confusion::from_pairs(CLASSES, pairs);
        let val_loss = f64::from(loss(first)) + 0.1;
        events.push(RunEvent::EpochFinished(Box::new(EpochFinished {
            epoch,
            train_loss: f64::from(loss(first)),
            val_loss,
            val: Scores { accuracy: confusion.accuracy(), log_loss: val_loss, macro_f1: 0.8 },
            confusion,
            lr: 1e-4,
            bad_epochs: 0,
            seconds: 0.6,
            clips_per_second: 13_180.0,
        })));
        events.push(RunEvent::Checkpointed { epoch, val_loss });
        events.push(RunEvent::LrChanged { epoch, from: 1e-4, to: 1e-4 });
        events.extend([RunEvent::Paused { epoch: epoch + 1 }, RunEvent::Resumed { epoch: epoch + 1 }]);
    }
    let envelope = |(seq, event): (usize, RunEvent)| Envelope { v: 1, seq: seq as u64, t: seq as i64 * 300, event };
    events.into_iter().enumerate().map(envelope).collect()
}

/// A noisy curve without a random number generator.
fn loss(step: usize) -> f32 {
    let noise = (step as f64 * 0.618_033_988_75).fract() - 0.5;
    ((2.0 / (1.0 + step as f64 / 3000.0) + 0.3) * (1.0 + 0.35 * noise)) as f32
}
