//! Limits that a benchmark's figures must keep, with room for a machine that is busy with other things.

use std::process::ExitCode;

/// A figure may be so many times its limit before the benchmark fails: what is broken is slower by far more.
const ROOM: f64 = 2.0;

/// The figures that broke their limits.
#[derive(Debug, Default)]
pub struct Limits(Vec<String>);

impl Limits {
    /// Note `value` of `what`, which is to be `limit` at most; the words for it.
    pub fn keep(&mut self, what: &str, value: f64, limit: f64) -> &'static str {
        if value <= limit {
            return "kept";
        }
        if value > limit * ROOM || value.is_nan() {
            self.0.push(format!("{what}: {value:.2}, limit {limit}"));
            return "BROKEN";
        }
        "over"
    }

    /// A failure where a limit was broken.
    pub fn end(self) -> ExitCode {
        for broken in &self.0 {
            eprintln!("limit broken: {broken}");
        }
        if self.0.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }
}
