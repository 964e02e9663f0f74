//! The dashboard as a person meets it: keys in, effects and frames out.

#![allow(clippy::unwrap_used, reason = "a helper fails its test by panicking")]

mod batch;
mod calls;
mod compare;
mod extend;
mod fixture;
mod form;
mod frames;
mod keys;
mod overlays;
mod panes;
mod queue;
mod robust;
mod runs;
mod steering;
mod study;
mod wide;
