//! Telling the observer how far reading is, from any thread, and hearing that it wants to stop.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use super::{DataError, LoadProgress, Observer};

/// The observer hears so often at most, whatever the number of threads.
const INTERVAL: Duration = Duration::from_millis(50);

/// Counters shared by the reading threads.
pub struct Progress<'a> {
    observer: Observer<'a>,
    started: Instant,
    /// Milliseconds from the start to the next report.
    due: AtomicU64,
    clips: AtomicUsize,
    total: AtomicUsize,
    bytes: AtomicU64,
    cancelled: AtomicBool,
}

impl<'a> Progress<'a> {
    pub fn new(observer: Observer<'a>) -> Self {
        Self {
            observer,
            started: Instant::now(),
            due: AtomicU64::new(0),
            clips: AtomicUsize::new(0),
            total: AtomicUsize::new(0),
            bytes: AtomicU64::new(0),
            cancelled: AtomicBool::new(false),
        }
    }

    /// The number of clips to come became known.
    pub fn expect(&self, clips: usize) {
        self.total.fetch_add(clips, Ordering::Relaxed);
    }

    /// Count what was read, and report where a report is due.
    pub fn advance(&self, what: &str, clips: usize, bytes: u64) {
        self.clips.fetch_add(clips, Ordering::Relaxed);
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        let now = self.started.elapsed().as_millis() as u64;
        let due = self.due.load(Ordering::Relaxed);
        let next = now + INTERVAL.as_millis() as u64;
        // Of the threads that find a report due, one makes it.
        if now >= due && self.due.compare_exchange(due, next, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            self.report(what);
        }
    }

    /// Report now.
    pub fn report(&self, what: &str) {
        let progress = LoadProgress {
            what: what.to_owned(),
            clips: self.clips.load(Ordering::Relaxed),
            total: self.total.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
        };
        if (self.observer)(progress).is_break() {
            self.cancelled.store(true, Ordering::Relaxed);
        }
    }

    /// True once the observer wants to stop.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// # Errors
    /// [`DataError::Cancelled`] once the observer wants to stop.
    pub fn check(&self) -> Result<(), DataError> {
        if self.is_cancelled() { Err(DataError::Cancelled) } else { Ok(()) }
    }
}
