//! The random streams of a run. Each epoch has its own, so that a run that is resumed at an epoch's
//! end goes on as if it had never stopped.

use rand::SeedableRng as _;

use crate::model::Rng;

/// What random numbers are drawn for.
#[derive(Clone, Copy, Debug)]
pub enum Purpose {
    Weights,
    Shuffle,
    Dropout,
}

/// The generator of one purpose in one epoch of a run.
#[must_use]
pub fn stream(seed: u64, purpose: Purpose, epoch: usize) -> Rng {
    // `seed_from_u64` spreads its argument over the whole state, so neighbouring numbers give unrelated streams.
    Rng::seed_from_u64(seed ^ ((purpose as u64) << 62) ^ ((epoch as u64) << 32))
}
