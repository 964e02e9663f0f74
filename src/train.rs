//! Training: the worker thread, the epoch loop and its policies.
//!
//! [`worker::spawn`] starts the thread that owns device, model and data. It obeys [`Command`]s
//! between batches and answers with [`WorkerMessage`]s; nothing it does waits for who listens.
//!
//! [`Command`]: crate::protocol::Command
//! [`WorkerMessage`]: crate::protocol::WorkerMessage

pub mod adam;
pub mod checkpoint;
mod control;
pub mod early_stopping;
pub mod evaluate;
pub mod loading;
pub mod mailbox;
pub mod outbox;
pub mod plateau;
pub mod random;
pub mod recorder;
pub mod scoring;
pub mod session;
pub mod state;
pub mod tensors;
pub mod worker;

pub use worker::{Worker, spawn};
