//! avsc-tui: a terminal dashboard for training audio-visual scene classifiers.

pub mod config;
pub mod data;
pub mod metrics;
pub mod protocol;
pub mod runs;
pub mod tui;
