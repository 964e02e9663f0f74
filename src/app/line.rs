//! The line to the terminal, written to by a thread of its own: where the other end takes nothing any more,
//! signals and the worker are still heard.

use std::{
    io::{self, Write},
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use crossbeam_channel::{Receiver, bounded};

/// What goes out over the line. Writing waits for nobody; what is flushed goes out in order.
#[derive(Debug)]
pub struct Line {
    unsent: Vec<u8>,
    shared: Arc<Shared>,
    freed: Receiver<()>,
}

/// Tells whether the line still takes what is written.
#[derive(Clone, Debug)]
pub struct Gauge(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Queue {
    waiting: Vec<u8>,
    /// Something is on its way.
    writing: bool,
    failed: Option<io::Error>,
    closed: bool,
}

impl Line {
    /// A line that ends in `terminal`.
    ///
    /// # Errors
    /// If the operating system refuses the thread.
    pub fn open(terminal: impl Write + Send + 'static) -> io::Result<Self> {
        let shared = Arc::new(Shared::default());
        let (free, freed) = bounded(1);
        let writer = Arc::clone(&shared);
        let write = move || {
            let mut terminal = terminal;
            while let Some(bytes) = writer.next() {
                let written = terminal.write_all(&bytes).and_then(|()| terminal.flush());
                writer.done(written);
                // One that waits to be heard tells as much as two.
                let _ = free.try_send(());
            }
        };
        thread::Builder::new().name("terminal".to_owned()).spawn(write)?;
        Ok(Self { unsent: Vec::new(), shared, freed })
    }

    #[must_use]
    pub fn gauge(&self) -> Gauge {
        Gauge(Arc::clone(&self.shared))
    }

    /// Says so whenever the line has become free.
    #[must_use]
    pub fn freed(&self) -> Receiver<()> {
        self.freed.clone()
    }
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.unsent.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    /// Hand over what was written. An error is that of an earlier flush.
    fn flush(&mut self) -> io::Result<()> {
        let mut queue = self.shared.lock();
        queue.waiting.append(&mut self.unsent);
        self.shared.changed.notify_all();
        queue.failed.take().map_or(Ok(()), Err)
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.shared.lock().closed = true;
        self.shared.changed.notify_all();
    }
}

impl Gauge {
    /// True where everything is out.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.0.lock().is_free()
    }

    /// Wait until everything is out, `longest` at most. False where the line takes nothing any more.
    #[must_use]
    pub fn drain(&self, longest: Duration) -> bool {
        let waited = self.0.changed.wait_timeout_while(self.0.lock(), longest, |queue| !queue.is_free());
        waited.unwrap_or_else(PoisonError::into_inner).0.is_free()
    }
}

impl Queue {
    fn is_free(&self) -> bool {
        self.waiting.is_empty() && !self.writing
    }
}

impl Shared {
    /// Nothing panics while it holds the lock.
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What goes out next, once there is something; none where there will be nothing more.
    fn next(&self) -> Option<Vec<u8>> {
        let waits = |queue: &mut Queue| queue.waiting.is_empty() && !queue.closed;
        let mut queue = self.changed.wait_while(self.lock(), waits).unwrap_or_else(PoisonError::into_inner);
        queue.writing = !queue.waiting.is_empty();
        queue.writing.then(|| std::mem::take(&mut queue.waiting))
    }

    fn done(&self, written: io::Result<()>) {
        let mut queue = self.lock();
        queue.writing = false;
        queue.failed = queue.failed.take().or(written.err());
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn a_line_that_takes_nothing_holds_nobody_up() {
        let (mut far, near) = UnixStream::pair().unwrap();
        let mut line = Line::open(near).unwrap();
        let gauge = line.gauge();
        assert!(gauge.is_free() && gauge.drain(Duration::ZERO));
        // More than the system keeps for a reader that does not read.
        let text = vec![b'x'; 8 << 20];
        line.write_all(&text).unwrap();
        line.flush().unwrap();
        assert!(!gauge.is_free() && !gauge.drain(Duration::ZERO));
        line.write_all(b"end").unwrap();
        line.flush().unwrap();
        let mut read = vec![0; text.len() + 3];
        io::Read::read_exact(&mut far, &mut read).unwrap();
        assert!(read.starts_with(&text) && read.ends_with(b"end"), "in order, and whole");
        assert!(gauge.drain(Duration::from_mins(1)));
        line.freed().recv().unwrap();
        // What became of it is told with the next one.
        drop(far);
        line.write_all(&text).unwrap();
        line.flush().unwrap();
        assert!(gauge.drain(Duration::from_mins(1)));
        assert!(line.flush().is_err());
    }
}
