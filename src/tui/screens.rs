//! One file a screen.

pub mod compare;
pub mod help;
pub mod log;
pub mod palette;
pub mod runs;
pub mod train;
