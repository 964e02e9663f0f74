//! One file a screen.

pub mod adjust;
pub mod compare;
pub mod form;
pub mod help;
pub mod log;
pub mod palette;
pub mod queue;
pub mod runs;
pub mod study;
pub mod train;
