//! What a frame costs: the Train screen at 200×50 with runs of 10,000 and 1,000,000 steps, whole and
//! zoomed, beside ratatui's own chart fed every point.
//!
//! `cargo bench --bench chart`. Allocations are counted: they must not grow with the run.

#![allow(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to say")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    path::PathBuf,
    sync::atomic::{AtomicU64, Ordering},
    time::Instant,
};

use avsc_tui::{
    config::{Config, Mode},
    metrics::{Confusion, Scores},
    protocol::{Envelope, EpochFinished, RunEvent, RunStarted, WorkerMessage, Writer},
    tui::{Message, State, update, view},
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

fn main() {
    println!("| 200×50 frame | points | median, ms | p99, ms | allocations | bytes |");
    println!("|---|---|---|---|---|---|");
    for points in [10_000, 1_000_000] {
        let (mut state, took) = trained(points);
        let mut terminal = Terminal::new(TestBackend::new(200, 50)).unwrap();
        for (name, keys) in [
            ("Train screen", ""),
            ("zoomed in eight times", "w→+++"),
            ("smoothed, by time, log", "0eeaaL"),
            ("one chart alone", "z"),
        ] {
            press(&mut state, keys);
            measure(name, points, || {
                terminal.draw(|frame| view(&state, frame)).unwrap();
            });
        }
        press(&mut state, "z");
        let losses: Vec<(f64, f64)> = (0..points).map(|step| (step as f64, f64::from(loss(step)))).collect();
        measure("ratatui's Chart, raw points", points, || {
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
        println!("| (reading the run's events: {took:.1} ms) | {points} | | | | |");
    }
}

fn press(state: &mut State, keys: &str) {
    for key in keys.chars() {
        let code = if key == '→' { KeyCode::Right } else { KeyCode::Char(key) };
        update(state, Message::Key(KeyEvent::new(code, KeyModifiers::NONE)));
    }
}

/// Time `draw` and print a row of the table.
fn measure(name: &str, points: usize, mut draw: impl FnMut()) {
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
    println!("| {name} | {points} | {:.3} | {:.3} | {calls} | {bytes} |", times[FRAMES / 2], times[FRAMES * 99 / 100]);
}

/// A dashboard that shows a live run of `points` steps, and the milliseconds that its events took.
fn trained(points: usize) -> (State, f64) {
    let mut config = Config::default();
    config.model.mode = Mode::Late;
    let mut state = State::new(config, 0);
    let classes = (0..CLASSES).map(|class| format!("class_{class}")).collect();
    let mut events = vec![RunEvent::RunStarted(Box::new(RunStarted {
        mode: Mode::Late,
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
        if epoch.is_power_of_two() {
            events.push(RunEvent::Checkpointed { epoch, val_loss });
        }
    }
    let dir = PathBuf::from("runs/20260101-000000-late-s0");
    let start = Instant::now();
    for (seq, event) in events.into_iter().enumerate() {
        let event = Envelope { v: 1, seq: seq as u64, t: seq as i64 * 300, event };
        update(&mut state, Message::Worker(WorkerMessage::Event { dir: dir.clone(), event }));
    }
    (state, start.elapsed().as_secs_f64() * 1000.0)
}

/// A noisy curve without a random number generator.
fn loss(step: usize) -> f32 {
    let noise = (step as f64 * 0.618_033_988_75).fract() - 0.5;
    ((2.0 / (1.0 + step as f64 / 3000.0) + 0.3) * (1.0 + 0.35 * noise)) as f32
}
