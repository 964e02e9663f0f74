//! How often the picture follows what only goes on by itself. What a person does is answered at once.

use std::time::{Duration, Instant};

/// Faster than this nobody reads.
const SHORTEST: Duration = Duration::from_millis(100);
/// The clock on the screen counts seconds.
const LONGEST: Duration = Duration::from_secs(1);

/// Gives every frame as much of the line as it took.
#[derive(Debug)]
pub struct Pace {
    /// 0: as much as there is.
    bytes_per_second: u32,
    due: Instant,
}

impl Pace {
    pub fn new(bytes_per_second: u32) -> Self {
        Self { bytes_per_second, due: Instant::now() }
    }

    /// A frame of `bytes` was sent.
    pub fn sent(&mut self, bytes: u64) {
        self.due = Instant::now() + pause(bytes, self.bytes_per_second);
    }

    /// How long the next frame has to wait, if nobody is waiting for it.
    pub fn wait(&self) -> Duration {
        self.due.saturating_duration_since(Instant::now())
    }
}

fn pause(bytes: u64, bytes_per_second: u32) -> Duration {
    let taken = match bytes_per_second {
        0 => Duration::ZERO,
        rate => Duration::from_secs_f64(bytes as f64 / f64::from(rate)),
    };
    taken.clamp(SHORTEST, LONGEST)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_followed_by_the_time_that_it_is_worth() {
        let cases = [
            ("a progress bar moved", 80, 4000, 100),
            ("a new epoch", 2000, 4000, 500),
            ("another screen", 20_000, 4000, 1000),
            ("a line without a limit", 20_000, 0, 100),
        ];
        for (why, bytes, rate, milliseconds) in cases {
            assert_eq!(pause(bytes, rate), Duration::from_millis(milliseconds), "{why}");
        }
    }
}
