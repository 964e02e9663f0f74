//! The studies of the runs folder, on a thread of their own: Slurm may take seconds to answer.
//!
//! What changes in the folder is told by the thread that watches it; nothing is looked at twice.

use std::{
    io, mem,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant, SystemTime},
};

use anyhow::Result;
use crossbeam_channel::{RecvTimeoutError, Sender, unbounded};
use jiff::Timestamp;

use super::retry;
use crate::{
    runs::{
        Listed,
        study::{Found, Phase},
    },
    study::{Folder, Follow, Plan},
    tui::{Message, StudyNews, StudyRequest},
};

/// How often the study's own files are looked at while somebody looks at the study.
const LOOK: Duration = Duration::from_secs(2);
/// Between two tellings of how far it is, at least: a study of ten thousand trials is megabytes.
const TELL: Duration = Duration::from_millis(400);
/// How long Slurm is left alone, at first and when nothing happens for long.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LAST_PAUSE: Duration = Duration::from_mins(1);

/// What the thread is told.
#[derive(Debug)]
pub enum Request {
    Asked(StudyRequest),
    /// Runs are new or not as they were, or gone. The first that comes after a study was opened or looked at
    /// again tells of all of them.
    Changed {
        found: Vec<Listed>,
        gone: Vec<PathBuf>,
        all: bool,
    },
}

/// Tell `messages` of the studies whose runs are in one of the folders `runs`. `given`: a study that the command line names.
/// The thread ends when the sender that is returned is dropped.
///
/// # Errors
/// If there can be no thread.
pub fn start(
    runs: Vec<PathBuf>,
    given: Option<(Folder, Plan)>,
    messages: Sender<Message>,
) -> io::Result<Sender<Request>> {
    let (sender, requests) = unbounded();
    let mut studies = Studies { runs, given, messages, open: None, watched: false };
    let work = move || {
        loop {
            let wait = studies.open.as_ref().filter(|_| studies.watched).map_or(Duration::MAX, Open::wait);
            let first = if wait == Duration::MAX {
                requests.recv().map_err(|_| RecvTimeoutError::Disconnected)
            } else {
                requests.recv_timeout(wait)
            };
            let first = match first {
                Ok(request) => Some(request),
                Err(RecvTimeoutError::Timeout) => None,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            for request in first.into_iter().chain(requests.try_iter()) {
                studies.take(request);
            }
            if studies.watched {
                studies.look();
            }
        }
    };
    thread::Builder::new().name("studies".to_owned()).spawn(work)?;
    Ok(sender)
}

struct Studies {
    runs: Vec<PathBuf>,
    given: Option<(Folder, Plan)>,
    messages: Sender<Message>,
    open: Option<Open>,
    watched: bool,
}

/// The study that is looked at.
#[allow(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
struct Open {
    folder: Folder,
    follow: Follow,
    /// Its runs are known.
    told: bool,
    /// There is something to tell.
    outdated: bool,
    running: bool,
    /// Trials that could be trained again, and whether any is being trained, when that was last told.
    retriable: usize,
    live: bool,
    written: Option<SystemTime>,
    look_at: Instant,
    tell_at: Instant,
    slurm: Option<Slurm>,
}

/// When Slurm is asked next.
struct Slurm {
    ask_at: Instant,
    pause: Duration,
    problem: Option<String>,
}

impl Open {
    fn wait(&self) -> Duration {
        let ask = self.slurm.as_ref().map_or(self.look_at, |slurm| slurm.ask_at);
        let tell = if self.outdated && self.told { self.tell_at } else { self.look_at };
        self.look_at.min(ask).min(tell).saturating_duration_since(Instant::now())
    }
}

impl Studies {
    fn tell(&self, news: StudyNews) {
        let _ = self.messages.send(Message::Study(news));
    }

    fn take(&mut self, request: Request) {
        match request {
            Request::Changed { found, gone, all } => {
                let Some(open) = &mut self.open else { return };
                if !open.told && !all {
                    return;
                }
                let problems = if all { open.follow.take_all(found) } else { open.follow.take(found, &gone) };
                (open.told, open.outdated) = (true, true);
                for problem in problems {
                    self.tell(StudyNews::Problem(problem));
                }
            }
            Request::Asked(StudyRequest::Find) => self.find(),
            Request::Asked(StudyRequest::Open(folder)) => self.open(&folder),
            Request::Asked(StudyRequest::Watch(watched)) => {
                self.watched = watched;
                if let Some(open) = &mut self.open {
                    // Nothing is told while nobody looks.
                    open.told = false;
                    open.look_at = Instant::now();
                }
            }
            Request::Asked(StudyRequest::Stop(trials)) => self.answer(|open| stop(open, &trials)),
            Request::Asked(StudyRequest::StopAll) => self.answer(stop_all),
            Request::Asked(StudyRequest::Retry(trials)) => {
                let messages = self.messages.clone();
                self.answer(|open| {
                    let all = open.retriable == trials.len();
                    retry::start(&open.folder, &trials, all, messages)
                });
            }
        }
    }

    /// Do something with the open study, and say what came of it.
    fn answer(&mut self, act: impl FnOnce(&mut Open) -> Result<String>) {
        let Some(open) = &mut self.open else { return };
        let answer = act(open);
        open.look_at = Instant::now();
        if let Some(slurm) = &mut open.slurm {
            (slurm.ask_at, slurm.pause) = (Instant::now(), FIRST_PAUSE);
        }
        self.tell(match answer {
            Ok(text) => StudyNews::Done(text),
            Err(error) => StudyNews::Problem(format!("{error:#}")),
        });
    }

    fn find(&self) {
        let mut found: Vec<Found> = Vec::new();
        for runs in &self.runs {
            match Folder::all(runs) {
                Ok(studies) => found.extend(studies),
                Err(error) => self.tell(StudyNews::Problem(format!("{error:#}"))),
            }
        }
        found.sort_by(|a, b| b.changed.cmp(&a.changed).then_with(|| a.folder.cmp(&b.folder)));
        found.dedup_by(|one, other| one.folder == other.folder);
        if let Some((folder, plan)) = &self.given
            && !found.iter().any(|known| known.folder == folder.path())
        {
            let (folder, name) = (folder.path().to_owned(), plan.name.clone());
            found.push(Found { folder, name, changed: None });
        }
        self.tell(StudyNews::Found(found));
    }

    fn open(&mut self, path: &Path) {
        let given = self.given.as_ref().filter(|(folder, _)| folder.path() == path);
        let folder = given.map_or_else(|| Folder::at(path), |(folder, _)| folder.clone());
        let plan = given.map(|(_, plan)| plan.clone());
        let written = written(&folder);
        self.watched = true;
        let opened = Follow::open(folder.clone(), plan);
        let study = opened.as_ref().map(|follow| Box::new(follow.study())).map_err(|error| format!("{error:#}"));
        self.open = opened.ok().map(|follow| Open {
            follow,
            told: false,
            outdated: false,
            running: false,
            retriable: 0,
            live: false,
            written,
            look_at: Instant::now(),
            tell_at: Instant::now(),
            slurm: None,
            folder,
        });
        self.tell(StudyNews::Opened { folder: path.to_owned(), study });
    }

    /// Look at what nobody tells of: the study's own files, and Slurm.
    fn look(&mut self) {
        let now = Instant::now();
        let Some(open) = &mut self.open else { return };
        let mut problems = Vec::new();
        let mut replanned = false;
        if now >= open.look_at {
            open.look_at = now + LOOK;
            let running = open.folder.is_running();
            // A run on another host falls silent without anything being told.
            open.outdated |= mem::replace(&mut open.running, running) != running || open.live;
            replanned = written(&open.folder) != open.written;
            if open.slurm.is_none() && open.follow.has_jobs().unwrap_or(false) {
                open.slurm = Some(Slurm { ask_at: now, pause: FIRST_PAUSE, problem: None });
            }
        }
        if replanned {
            // Its file was changed, or its data was read.
            open.written = written(&open.folder);
            let folder = open.folder.path().to_owned();
            self.tell(StudyNews::Replanned { folder });
            return;
        }
        if let Some(slurm) = open.slurm.as_mut().filter(|slurm| now >= slurm.ask_at) {
            match open.follow.ask_slurm() {
                Ok(changed) => {
                    slurm.problem = None;
                    open.outdated |= changed;
                    // Politely: many look at one controller.
                    slurm.pause = if changed { FIRST_PAUSE } else { (slurm.pause * 3 / 2).min(LAST_PAUSE) };
                }
                Err(error) => {
                    let problem = format!("{error:#}");
                    if slurm.problem.as_ref() != Some(&problem) {
                        problems.push(problem.clone());
                    }
                    slurm.problem = Some(problem);
                    slurm.pause = (slurm.pause * 3 / 2).min(LAST_PAUSE);
                }
            }
            slurm.ask_at = Instant::now() + slurm.pause;
        }
        let mut course = None;
        let due = open.outdated && now >= open.tell_at;
        if due && open.told {
            let known = open.follow.course(Timestamp::now());
            open.live = known.count(Phase::Running) > 0;
            open.retriable = known.trials.iter().filter(|trial| trial.phase.can_be_retried()).count();
            course = Some(Box::new(known));
            open.outdated = false;
            open.tell_at = Instant::now() + TELL;
        }
        let folder = open.folder.path().to_owned();
        for problem in problems {
            self.tell(StudyNews::Problem(problem));
        }
        if let Some(course) = course {
            self.tell(StudyNews::Course { folder, course });
        }
    }
}

/// Have the trials of these names stop: those that wait for Slurm leave its queue.
fn stop(open: &mut Open, trials: &[String]) -> Result<String> {
    open.follow.stop_trials(trials, Timestamp::now())
}

/// Have whoever trains the study stop.
fn stop_all(open: &mut Open) -> Result<String> {
    open.follow.stop()
}

fn written(folder: &Folder) -> Option<SystemTime> {
    std::fs::metadata(folder.plan()).and_then(|facts| facts.modified()).ok()
}
