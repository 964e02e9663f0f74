//! avsc-tui: a terminal dashboard for training audio-visual scene classifiers.

pub mod app;
pub mod cli;
pub mod config;
pub mod data;
pub mod device;
pub mod metrics;
pub mod model;
pub mod protocol;
pub mod runs;
pub mod train;
pub mod tui;
