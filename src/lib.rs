//! avsc-tui: a terminal dashboard for training audio-visual scene classifiers.
//!
//! A person trains fusion models on pooled OpenL3 vectors, watches them learn, switches between
//! fusion modes with a key, stops when enough was seen, and compares what came out. One thread
//! draws; a worker thread owns device, model and data; channels join them.
//!
//! # The map
//!
//! Arrows point down only; `tests/layers.rs` holds the table and fails on any other.
//!
//! | layer | module | holds |
//! |---|---|---|
//! | 5 | [`cli`], [`app`] | arguments; the composition root that wires the rest and performs effects |
//! | 4 | [`tui`] | state, update, screens, widgets, keymap, theme |
//! | 3 | [`study`] | many runs from one file: plan, ledger, engines, mean ± sd |
//! | 3 | [`report`] | tables and figures of finished runs, to hand in |
//! | 3 | [`train`] | worker thread, epoch loop, early stopping, schedule, checkpoints, scoring |
//! | 3 | [`exchange`] | files of other programs: import, export, PyTorch checkpoints |
//! | 2 | [`model`] | the fusion models, one file a mode |
//! | 2 | [`runs`] | run directories: event log, history, what a finished run leaves; prediction files |
//! | 1 | [`protocol`] | events, progress, commands, the tag of a score: plain data |
//! | 1 | [`data`] | reading HDF5 features, normalisation, pooled cache, demo set |
//! | 1 | [`device`] | the Burn backends |
//! | 0 | [`metrics`] | confusion, per-class scores, log loss, intervals, calibration, ensembles |
//! | 0 | [`config`] | the settings: schema, layers, validation |
//!
//! ```text
//! key ─ keymap ─> Message ─> update(&mut State, Message) ─> Vec<Effect>
//!                               ^                               │ app performs
//! History::apply <─ RunEvent ──┤                               v
//!      ^                        │            Command ── channel ──> worker thread
//!      └── runs::watch reads <─ events.jsonl <─ append ◄── RunEvent
//! ```
//!
//! # What always holds
//!
//! 1. **The event log is the truth.** The worker appends an event to `events.jsonl` before it sends
//!    it. The live view, a restart, a resumed run and a comparison fold the same events with the same
//!    [`runs::History::apply`].
//! 2. **[`tui::update()`] is pure**: no I/O, no clock; what is to be done comes back as plain data.
//! 3. **The dashboard never sees Burn, HDF5 or a model; the worker never sees ratatui.**
//! 4. **Two enums, one a direction**: [`protocol::Command`] to the worker, which looks between
//!    batches, and [`protocol::RunEvent`] back. Events are never lost; of progress only the newest is
//!    kept, and nobody waits for a reader.
//! 5. **One writer a run directory**, held by a lock on its log. A line is appended whole; a reader
//!    ignores an unfinished last line and reports a damaged one. A file that is replaced is written
//!    beside, synced and renamed.
//! 6. **A worker's panic is a failed run, not the end of the dashboard.** The terminal is given back
//!    whole whatever happens.
//! 7. **Nothing native prints on the screen**: while the dashboard is up, descriptors 1 and 2 lead to
//!    its Log screen, and to a file.
//! 8. **Text from files is untrusted**: control characters are made visible, sizes are checked before
//!    memory is taken, and a run's name is never a path.
//! 9. **Same seed, same backend, same thread count: the same run**, bit for bit on the CPU, and a
//!    resumed run ends as the uninterrupted one would: every epoch has random streams of its own.

pub mod app;
pub mod cli;
pub mod config;
pub mod data;
pub mod device;
pub mod exchange;
pub mod metrics;
pub mod model;
pub mod protocol;
pub mod report;
pub mod runs;
pub mod study;
pub mod train;
pub mod tui;
