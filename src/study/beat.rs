//! A sign of life for other hosts, given as long as something is held.

use std::{
    io,
    path::Path,
    thread::{self, JoinHandle},
    time::Duration,
};

use crossbeam_channel::{RecvTimeoutError, Sender, bounded};
use rustix::fs::{AtFlags, CWD, Timespec, Timestamps, UTIME_NOW, utimensat};

/// How often it is given.
const BEAT: Duration = Duration::from_secs(30);

/// A thread that gives a sign of life until this is dropped.
#[derive(Debug)]
pub struct Beat {
    /// Dropped to end the thread.
    running: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Beat {
    /// Call `beat` now and then, until it answers false.
    ///
    /// # Errors
    /// If there can be no thread.
    pub fn start(name: &str, mut beat: impl FnMut() -> bool + Send + 'static) -> io::Result<Self> {
        let (end, ended) = bounded::<()>(0);
        let give = move || while ended.recv_timeout(BEAT) == Err(RecvTimeoutError::Timeout) && beat() {};
        let thread = thread::Builder::new().name(name.to_owned()).spawn(give)?;
        Ok(Self { running: Some((end, thread)) })
    }
}

impl Drop for Beat {
    fn drop(&mut self) {
        if let Some((end, thread)) = self.running.take() {
            drop(end);
            let _ = thread.join();
        }
    }
}

/// Set a file's time to the file server's now.
pub fn touch(path: &Path) {
    let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
    let times = Timestamps { last_access: now, last_modification: now };
    let _ = utimensat(CWD, path, &times, AtFlags::empty());
}
