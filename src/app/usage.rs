//! What the program takes of the machine, measured while a run is on.

use std::time::{Duration, Instant};

use sysinfo::{Pid, ProcessRefreshKind, ProcessesToUpdate, System};

use crate::tui::Usage;

/// So often it is measured.
const EVERY: Duration = Duration::from_secs(2);

/// Measures over the time since it was asked last.
#[derive(Debug)]
pub struct Meter {
    system: Option<System>,
    pid: Pid,
    /// Time spent drawing since `since`.
    drawing: Duration,
    since: Option<Since>,
}

/// The start of what is measured.
#[derive(Clone, Copy, Debug)]
struct Since {
    at: Instant,
    cpu_ms: u64,
}

impl Meter {
    /// A meter of this process; where the system tells nothing, it measures nothing.
    pub fn new() -> Self {
        Self {
            system: System::new().ok(),
            pid: Pid::from_u32(std::process::id()),
            drawing: Duration::ZERO,
            since: None,
        }
    }

    /// Count what a frame took to draw.
    pub fn drew(&mut self, took: Duration) {
        self.drawing += took;
    }

    /// Forget what was measured: time without a run is not averaged in.
    pub fn rest(&mut self) {
        self.since = None;
    }

    /// The usage of the last seconds, if enough of them have passed. Two threads that compute are 200 %.
    pub fn measure(&mut self) -> Option<Usage> {
        let now = Instant::now();
        if self.since.is_some_and(|since| now - since.at < EVERY) {
            return None;
        }
        let kind = ProcessRefreshKind::nothing().with_cpu().with_memory();
        let system = self.system.as_mut()?;
        system.refresh_processes_specifics(ProcessesToUpdate::Some(&[self.pid]), false, kind);
        let process = system.process(self.pid)?;
        let present = Since { at: now, cpu_ms: process.accumulated_cpu_time() };
        let (before, drawing) = (self.since.replace(present), std::mem::take(&mut self.drawing));
        let before = before?;
        let seconds = (now - before.at).as_secs_f64();
        let cpu_seconds = present.cpu_ms.saturating_sub(before.cpu_ms) as f64 / 1000.0;
        Some(Usage { cpu: cpu_seconds / seconds, memory: process.memory(), drawing: drawing.as_secs_f64() / seconds })
    }
}
