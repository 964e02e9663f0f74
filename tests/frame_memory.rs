//! A frame of the Train screen allocates as much for a long run as for a short one.

#![allow(clippy::unwrap_used, reason = "a helper fails its test by panicking")]

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    path::PathBuf,
};

use avsc_tui::{
    config::{Config, Mode},
    metrics::{Confusion, Scores},
    protocol::{Envelope, EpochFinished, RunEvent, RunStarted, Writer},
    runs::{Changes, History, Listed, Notes, RunEntry, Summary},
    tui::{Effect, Message, State, update, view},
};
use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::{Terminal, backend::TestBackend};

/// Steps of an epoch, and epochs of both runs: 10,000 steps and a million, and more epochs in sight than columns.
const BATCHES: usize = 10;
const EPOCHS: [usize; 2] = [1_000, 100_000];
/// Bytes that labels and numbers of a longer run may take beyond those of a short one.
const DIGITS: u64 = 2048;

/// Counts what this thread asks of the system's allocator.
struct Counting;

thread_local! {
    static BYTES: Cell<u64> = const { Cell::new(0) };
}

#[allow(unsafe_code, reason = "an allocator is unsafe; this one only counts and passes on")]
// SAFETY: every call goes to the system's allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        BYTES.set(BYTES.get() + layout.size() as u64);
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

#[test]
fn a_frame_allocates_as_much_for_a_long_run_as_for_a_short_one() {
    let mut dashboards = EPOCHS.map(shown);
    let mut terminal = Terminal::new(TestBackend::new(200, 50)).unwrap();
    for (what, keys) in [
        ("the whole", ""),
        ("with a cursor", "wG"),
        ("by steps", "a"),
        ("by seconds, smoothed", "ae"),
        ("by the clock", "a"),
        ("on a logarithmic scale", "L"),
        ("zoomed in", "++"),
        ("one chart alone", "z"),
    ] {
        let [short, long] = &mut dashboards.each_mut().map(|state| {
            for key in keys.chars() {
                press(state, KeyCode::Char(key));
            }
            let mut draw = || {
                let before = BYTES.get();
                terminal.draw(|frame| view(state, frame)).unwrap();
                BYTES.get() - before
            };
            draw();
            draw()
        });
        assert!(long.abs_diff(*short) <= DIGITS, "{what}: {short} bytes of a short run, {long} of a long one");
    }
}

fn press(state: &mut State, key: KeyCode) {
    update(state, Message::Key(KeyEvent::new(key, KeyModifiers::NONE)));
}

/// A dashboard that shows a run of `epochs` epochs.
fn shown(epochs: usize) -> State {
    let mut config = Config::default();
    config.model.mode = Mode::Late;
    let mut state = State::new(config, 0);
    let dir = PathBuf::from("runs/20260101-000000-late-s0");
    let history = History::from_events(&events(epochs));
    let entry = RunEntry { name: "long".to_owned(), dir, history, config: None, interrupted: true };
    let listed = Listed {
        dir: entry.dir.clone(),
        name: entry.name.clone(),
        summary: Summary::of(&entry.history),
        notes: Notes::default(),
        interrupted: true,
    };
    for effect in update(&mut state, Message::Runs(Box::new(Changes { found: vec![listed], ..Changes::default() }))) {
        if let Effect::Open { dir } = effect {
            update(&mut state, Message::Opened { dir, entry: Ok(Box::new(entry.clone())) });
        }
    }
    state
}

/// A run with a checkpoint, a change of the rate, a pause and a spike in every epoch.
fn events(epochs: usize) -> Vec<Envelope> {
    let mut events = vec![RunEvent::RunStarted(Box::new(RunStarted {
        mode: Mode::Late,
        seed: 0,
        classes: (0..2).map(|class| format!("class_{class}")).collect(),
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
    let confusion = Confusion::from_pairs(2, (0..739).map(|clip| (clip % 2, clip * clip % 3 % 2)));
    for epoch in 1..=epochs {
        let losses = (0..BATCHES).map(|batch| if batch == 7 { 2.0 } else { 1.0 }).collect();
        events.push(RunEvent::Steps { epoch, first: ((epoch - 1) * BATCHES) as u64, losses });
        let val_loss = 1.0 + (epoch % 7) as f64 / 10.0;
        events.push(RunEvent::EpochFinished(Box::new(EpochFinished {
            epoch,
            train_loss: 1.0,
            val_loss,
            val: Scores { accuracy: 0.7, log_loss: val_loss, macro_f1: 0.7 },
            confusion: confusion.clone(),
            lr: 1e-4,
            bad_epochs: 0,
            seconds: 0.6,
            clips_per_second: 13_180.0,
        })));
        events.push(RunEvent::Checkpointed { epoch, val_loss });
        events.push(RunEvent::LrChanged { epoch, from: 1e-4, to: 1e-4 });
        events.extend([RunEvent::Paused { epoch: epoch + 1 }, RunEvent::Resumed { epoch: epoch + 1 }]);
    }
    let envelope = |(seq, event): (usize, RunEvent)| Envelope { v: 1, seq: seq as u64, t: seq as i64 * 100, event };
    events.into_iter().enumerate().map(envelope).collect()
}
