//! The runs folder: one thread reads it and changes it, in the order in which it is asked, so that what it
//! tells is never older than what it has told.

use std::{
    io,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use crossbeam_channel::{RecvTimeoutError, Sender, unbounded};

use super::studies;
use crate::{
    runs::{Notes, RunDir, Watch, notes, trash},
    tui::{Message, Moved},
};

/// What the thread is asked to do.
#[derive(Debug)]
pub enum Request {
    Look,
    /// Tell the thread of the studies of every run, and from then on of what changes.
    Tell,
    Open(PathBuf),
    Close(PathBuf),
    Annotate(PathBuf, Notes),
    Trash(Vec<PathBuf>),
    Restore(Vec<Moved>),
}

/// Watch the runs in `folder` and tell `messages` what happens there. The thread ends when the sender that
/// is returned is dropped.
///
/// # Errors
/// If there can be no thread.
pub fn start(
    folder: PathBuf,
    messages: Sender<Message>,
    studies: Sender<studies::Request>,
) -> io::Result<Sender<Request>> {
    let (sender, requests) = unbounded();
    let mut watch = Watch::new(folder);
    let start = Instant::now();
    let follow = move || {
        let (mut first, mut tells) = (true, false);
        loop {
            let now = start.elapsed();
            let changes = watch.poll(now);
            if tells && !(changes.found.is_empty() && changes.gone.is_empty()) {
                let (found, gone) = (changes.found.clone(), changes.gone.clone());
                let _ = studies.send(studies::Request::Changed { found, gone, all: false });
            }
            // The first look is told of even where there is nothing.
            if (first || !changes.is_empty()) && messages.send(Message::Runs(Box::new(changes))).is_err() {
                return;
            }
            first = false;
            let wait = watch.next(now).saturating_sub(start.elapsed()).max(Duration::from_millis(1));
            match requests.recv_timeout(wait) {
                Ok(request) => {
                    for request in std::iter::once(request).chain(requests.try_iter()) {
                        if matches!(request, Request::Tell) {
                            tells = true;
                            let (found, gone) = (watch.listed(), Vec::new());
                            let _ = studies.send(studies::Request::Changed { found, gone, all: true });
                            continue;
                        }
                        if let Some(answer) = perform(&mut watch, request)
                            && messages.send(answer).is_err()
                        {
                            return;
                        }
                    }
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    };
    thread::Builder::new().name("runs".to_owned()).spawn(follow)?;
    Ok(sender)
}

/// Do as asked; what there is to be told of it.
fn perform(watch: &mut Watch, request: Request) -> Option<Message> {
    match request {
        Request::Look => {
            watch.hurry();
            None
        }
        // The loop does that.
        Request::Tell => None,
        Request::Open(dir) => {
            let mut problems = Vec::new();
            // Damaged lines are told of by the look that found them, and the settings where they are needed.
            let entry = watch.open(&dir, &mut problems).map(Box::new).map_err(|error| format!("{error:#}"));
            Some(Message::Opened { dir, entry })
        }
        Request::Close(dir) => {
            watch.close(&dir);
            None
        }
        Request::Annotate(dir, wanted) => {
            let place = RunDir::at(&dir);
            let failed = |error: anyhow::Error| (notes::read(&place).unwrap_or_default(), format!("{error:#}"));
            Some(Message::Annotated { result: notes::write(&place, &wanted).map_err(failed), dir })
        }
        Request::Trash(dirs) => {
            let (mut moved, mut problems) = (Vec::new(), Vec::new());
            for dir in dirs {
                match trash::remove(&dir) {
                    Ok(trash) => moved.push(Moved { dir, trash }),
                    Err(error) => problems.push(format!("{error:#}")),
                }
            }
            watch.hurry();
            Some(Message::Trashed { moved, problems })
        }
        Request::Restore(wanted) => {
            let (mut moved, mut problems) = (Vec::new(), Vec::new());
            for run in wanted {
                match trash::restore(&run.trash, &run.dir) {
                    Ok(()) => moved.push(run),
                    Err(error) => problems.push(format!("{error:#}")),
                }
            }
            watch.hurry();
            Some(Message::Restored { moved, problems })
        }
    }
}
