//! One file a screen.

pub mod compare;
pub mod help;
pub mod log;
pub mod palette;
pub mod train;
