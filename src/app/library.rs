//! The runs folder: one thread reads it and changes it, in the order in which it is asked, so that what it
//! tells is never older than what it has told.

use std::{
    io,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use crossbeam_channel::{RecvTimeoutError, Sender, unbounded};

use super::{studies, train_logs::TrainLogs};
use crate::{
    protocol::Steer,
    runs::{Notes, RunDir, Watch, commands, notes, trash},
    tui::{Message, Moved},
};

/// What the thread is asked to do.
#[derive(Debug)]
pub enum Request {
    Look,
    Steer {
        dir: PathBuf,
        what: Steer,
        seen: u64,
    },
    /// Tell the thread of the studies of every run, and from then on of what changes; or tell it no more.
    Tell(bool),
    Open(PathBuf),
    Close(PathBuf),
    Annotate(PathBuf, Notes),
    Trash(Vec<PathBuf>),
    Restore(Vec<Moved>),
    /// Of this runs folder.
    MeasureTrash(PathBuf),
    EmptyTrash(PathBuf),
}

/// What was deleted from the runs folder `folder` and can come back.
pub fn deletions(folder: &Path) -> Message {
    let moved = |runs: Vec<(PathBuf, PathBuf)>| runs.into_iter().map(|(dir, trash)| Moved { dir, trash }).collect();
    Message::Deletions(trash::deletions(folder).into_iter().map(moved).collect())
}

/// Tell `messages` what `watch` sees, and what grows in other programs' `logs` among it. The thread ends when the sender that is returned is dropped.
///
/// # Errors
/// If there can be no thread.
pub fn start(
    mut watch: Watch,
    mut logs: TrainLogs,
    messages: Sender<Message>,
    studies: Sender<studies::Request>,
) -> io::Result<Sender<Request>> {
    let (sender, requests) = unbounded();
    let start = Instant::now();
    let follow = move || {
        let (mut first, mut tells) = (true, false);
        loop {
            let now = start.elapsed();
            let mut changes = watch.poll(now);
            logs.poll(watch.without_log(), now, &mut changes);
            if tells && !(changes.found.is_empty() && changes.gone.is_empty()) {
                let (found, gone) = (changes.found.clone(), changes.gone.clone());
                let _ = studies.send(studies::Request::Changed { found, gone, all: false });
            }
            // The first look is told of even where there is nothing.
            if (first || !changes.is_empty()) && messages.send(Message::Runs(Box::new(changes))).is_err() {
                return;
            }
            first = false;
            let wait = watch.next(now).min(logs.next()).saturating_sub(start.elapsed()).max(Duration::from_millis(1));
            match requests.recv_timeout(wait) {
                Ok(request) => {
                    for request in std::iter::once(request).chain(requests.try_iter()) {
                        if let Request::Tell(wanted) = request {
                            tells = wanted;
                            if tells {
                                let (found, gone) = (watch.listed(), Vec::new());
                                let _ = studies.send(studies::Request::Changed { found, gone, all: true });
                            }
                            continue;
                        }
                        if let Some(answer) = perform(&mut watch, &mut logs, request)
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
fn perform(watch: &mut Watch, logs: &mut TrainLogs, request: Request) -> Option<Message> {
    match request {
        Request::Look => {
            watch.hurry();
            None
        }
        Request::Steer { dir, what, seen } => {
            let result = commands::send(&RunDir::at(&dir), what.clone(), seen);
            Some(Message::Sent { dir, what, result: result.map_err(|error| format!("{error:#}")) })
        }
        // The loop does that.
        Request::Tell(_) => None,
        Request::Open(dir) => {
            if let Some(entry) = logs.open(&dir) {
                return Some(Message::Opened { dir, entry: Ok(Box::new(entry)) });
            }
            let entry = watch.open(&dir).map(Box::new).map_err(|error| format!("{error:#}"));
            Some(Message::Opened { dir, entry })
        }
        Request::Close(dir) => {
            watch.close(&dir);
            logs.close(&dir);
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
            let places: Vec<_> = moved.iter().map(|run| (run.dir.as_path(), run.trash.as_path())).collect();
            if let Err(error) = trash::record(&places) {
                problems.push(format!("{error:#}"));
            }
            watch.hurry();
            Some(Message::Trashed { moved, problems })
        }
        Request::Restore(wanted) => {
            let (mut moved, mut kept, mut problems) = (Vec::new(), Vec::new(), Vec::new());
            for run in wanted {
                match trash::restore(&run.trash, &run.dir) {
                    Ok(()) => moved.push(run),
                    Err(error) => {
                        problems.push(format!("{error:#}"));
                        kept.extend(Some(run).filter(|run| run.trash.is_dir()));
                    }
                }
            }
            watch.hurry();
            Some(Message::Restored { moved, kept, problems })
        }
        Request::MeasureTrash(folder) => {
            let (runs, bytes) = trash::size(&folder);
            Some(Message::TrashMeasured { runs, bytes })
        }
        Request::EmptyTrash(folder) => {
            Some(Message::TrashEmptied(trash::empty(&folder).map_err(|error| format!("{error:#}"))))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::config::Config;

    const STARTED: &str = r#"{"v":1,"seq":0,"t":1767225600000,"type":"run_started","mode":"late","seed":3,"classes":[],"train_clips":1,"val_clips":1,"test_clips":1,"batch_size":128,"batches":1,"epochs":100,"early_stop":7,"lr":0.0001,"parameters":7,"device":"flex cpu","data":"demo","fingerprint":"f","demo":true,"version":"0","writer":{"host":"node-1","pid":1,"started":1}}"#;

    #[test]
    fn studies_are_told_of_runs_only_while_they_ask_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let (messages, told) = unbounded();
        let (studies, changes) = unbounded();
        let logs = TrainLogs::new(Config::default());
        let requests = start(Watch::new(folder.path()), logs, messages, studies).unwrap();
        // Wait until a run of this name is listed; the studies are told before.
        let listed = |name: &str| {
            let dir = folder.path().join(name);
            fs::create_dir(&dir).unwrap();
            fs::write(dir.join("events.jsonl"), format!("{STARTED}\n")).unwrap();
            requests.send(Request::Look).unwrap();
            let is_it = |message: Message| match message {
                Message::Runs(changes) => changes.found.iter().any(|found| found.dir == dir),
                _ => false,
            };
            assert!(told.iter().any(is_it));
        };
        listed("one");
        assert_eq!(changes.try_iter().count(), 0, "nobody asked");
        requests.send(Request::Tell(true)).unwrap();
        let studies::Request::Changed { found, all, .. } = changes.recv().unwrap() else { panic!("it asks nothing") };
        assert!(all && found.len() == 1);
        listed("two");
        let names: Vec<PathBuf> = changes
            .try_iter()
            .flat_map(|request| match request {
                studies::Request::Changed { found, .. } => found,
                studies::Request::Asked(_) => Vec::new(),
            })
            .map(|found| found.dir)
            .collect();
        assert_eq!(names, [folder.path().join("two")]);
        requests.send(Request::Tell(false)).unwrap();
        listed("three");
        assert_eq!(changes.try_iter().count(), 0, "nobody looks any more");
    }
}
