//! Trials that other processes have, and when to look after them again.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// The first look comes soon: a trial may be in its last epoch. Those that follow take their time.
const FIRST: Duration = Duration::from_secs(1);
const LAST: Duration = Duration::from_secs(30);

/// A look may take so large a part of the time: one in so many parts.
const SHARE: u32 = 20;

/// Trials that are waited for.
#[derive(Debug, Default)]
pub struct Away {
    trials: BTreeMap<usize, Wait>,
}

#[derive(Debug)]
struct Wait {
    due: Instant,
    pause: Duration,
    /// It is tried again now.
    trying: bool,
}

impl Away {
    /// Somebody else has `trial`, or still has it.
    pub fn put(&mut self, trial: usize, now: Instant) {
        let wait = self.trials.entry(trial).or_insert(Wait { due: now + FIRST, pause: FIRST, trying: false });
        wait.trying = false;
    }

    /// `trial` is here, or done.
    pub fn take(&mut self, trial: usize) {
        self.trials.remove(&trial);
    }

    /// How many are waited for.
    #[must_use]
    pub fn count(&self) -> usize {
        self.waited().count()
    }

    /// Those that are waited for.
    pub fn waited(&self) -> impl Iterator<Item = usize> {
        self.trials.iter().filter(|(_, wait)| !wait.trying).map(|(&trial, _)| trial)
    }

    /// Those to be looked after now.
    #[must_use]
    pub fn due(&self, now: Instant) -> Vec<usize> {
        self.trials.iter().filter(|(_, wait)| !wait.trying && wait.due <= now).map(|(&trial, _)| trial).collect()
    }

    /// `trial` was looked after, which took `cost`: the next time is later.
    pub fn later(&mut self, trial: usize, cost: Duration, trying: bool) {
        if let Some(wait) = self.trials.get_mut(&trial) {
            wait.pause = (wait.pause * 2).min(LAST).max(cost * SHARE);
            *wait = Wait { due: Instant::now() + wait.pause, pause: wait.pause, trying };
        }
    }
}
