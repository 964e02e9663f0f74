//! Training a study in this process, several trials at a time.
//!
//! ```text
//! todo ─ claimed ─> live, one a slot ─> done, failed, stopped
//!   ^        └ by somebody else ─> away ┐
//!   └─────── after a while, unless it is done ┘
//! ```

mod away;

use std::{
    collections::{BTreeMap, VecDeque},
    path::{Path, PathBuf},
    thread::{self, Scope},
    time::{Duration, Instant},
};

use anyhow::Result;
use crossbeam_channel::{Sender, select, tick, unbounded};
use jiff::Timestamp;

use super::{Job, Train};
use crate::{
    protocol::{Command, Envelope, RunEvent, Steer, WorkerMessage},
    study::{
        Board, Folder, Plan, Rule, Standing, Tracked,
        board::Changed,
        claim::{self, Claim, Holder, Me, Taken},
        failure, ledger,
        plan::Trial,
    },
};
use away::Away;

/// How often the observer is called when nothing happens.
const FRAME: Duration = Duration::from_millis(200);

/// What is trained, and by whom.
pub struct Study<'a> {
    pub plan: &'a Plan,
    pub folder: &'a Folder,
    /// Trials at a time.
    pub slots: usize,
    pub trainer: &'a dyn Train,
    /// Curves of the trials that other processes train, where the study's rule needs them.
    pub others: Option<Box<dyn Others + 'a>>,
    /// True of a job of Slurm that is known to have ended.
    pub is_over: &'a dyn Fn(&str) -> bool,
}

impl std::fmt::Debug for Study<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Study").field("folder", self.folder).field("slots", &self.slots).finish_non_exhaustive()
    }
}

/// Where the curves of other processes' trials come from.
pub trait Others {
    /// What is known of them, one curve a trial.
    fn curves(&mut self) -> Vec<Vec<f64>>;
}

/// What happened.
#[derive(Debug)]
pub enum Told<'a> {
    /// A trial takes a slot.
    Begun { job: &'a Job },
    /// The run of a trial tells something; the board has taken it in.
    Event { job: &'a Job, event: &'a Envelope },
    /// A trial leaves its slot.
    Over { job: &'a Job },
    /// Another process has the trial. It is `late` where it was not heard of for a while.
    Away { trial: usize, holder: &'a Holder, late: bool },
    /// Something that a person should know, and that no run tells.
    Note(&'a str),
    /// Nothing for a while.
    Frame,
}

/// What is seen of the work.
#[derive(Debug)]
pub struct View<'a> {
    pub board: &'a Board,
    /// Trials that wait, in their order.
    pub todo: &'a VecDeque<usize>,
    /// Trials that other processes have.
    pub away: usize,
    /// True once no more trials are begun.
    pub stopping: bool,
}

/// Who watches: answers true where the work is to stop.
pub type Observer<'a> = dyn FnMut(Told<'_>, View<'_>) -> bool + 'a;

/// A trial that is being trained.
struct Live {
    job: Job,
    commands: Sender<Command>,
    /// None where nothing is known of the data, which the trainer then complains of.
    claim: Option<Box<Claim>>,
    /// What a person has changed of it.
    changed: Option<Changed>,
    /// It was told to stop because it has lost its claim.
    lost: bool,
}

/// What a slot says.
enum Report {
    Told(WorkerMessage),
    Over(Result<()>),
}

/// Train the trials `todo`, as many at a time as there are slots, and keep `board` up to date. A trial
/// that fails does not keep the others from being trained; one that another process trains is waited
/// for, as long as a person does not have it pause. `observe` is called with everything that happens, and
/// several times a second besides; once it answers true, the live trials are stopped, each with its
/// checkpoint, and no more are begun.
///
/// # Panics
/// If the trainer does.
pub fn run(study: Study<'_>, board: &mut Board, todo: Vec<usize>, observe: &mut Observer<'_>) {
    let (reports, inbox) = unbounded();
    let Study { slots, trainer, .. } = study;
    let (todo, away, live) = (todo.into(), Away::default(), BTreeMap::new());
    let mut work = Work { study, board, todo, away, live, stopping: false, observe };
    let frames = tick(FRAME);
    thread::scope(|scope| {
        loop {
            work.come_back();
            while let Some(live) = work.next(slots) {
                begin(scope, &mut work, live, trainer, &reports);
            }
            if work.live.is_empty() && (work.stopping || work.is_idle()) {
                break;
            }
            select! {
                recv(inbox) -> report => if let Ok((slot, report)) = report { work.take(slot, report); },
                recv(frames) -> _ => work.frame(),
            }
        }
    });
}

/// Everything the loop keeps.
struct Work<'a, 'o> {
    study: Study<'a>,
    board: &'a mut Board,
    todo: VecDeque<usize>,
    away: Away,
    /// By slot.
    live: BTreeMap<usize, Live>,
    stopping: bool,
    observe: &'a mut Observer<'o>,
}

fn begin<'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: &mut Work<'_, '_>,
    (job, claim): (Job, Option<Box<Claim>>),
    trainer: &'scope dyn Train,
    reports: &Sender<(usize, Report)>,
) {
    let (commands, inbox) = unbounded();
    let (slot, here, reports) = (job.slot, job.clone(), reports.clone());
    work.live.insert(slot, Live { job: job.clone(), commands, claim, changed: None, lost: false });
    scope.spawn(move || {
        let tell = |message| {
            let _ = reports.send((slot, Report::Told(message)));
        };
        let result = trainer.train(&here, inbox, &tell);
        let _ = reports.send((slot, Report::Over(result)));
    });
    work.tell(Told::Begun { job: &job });
}

impl Work<'_, '_> {
    /// The next trial, if there is a slot for it, and its claim. One whose settings cannot be had fails
    /// here; one that another process has, or has brought to its end, is passed over.
    fn next(&mut self, slots: usize) -> Option<(Job, Option<Box<Claim>>)> {
        let slot = (0..slots).find(|slot| !self.live.contains_key(slot))?;
        let plan = self.study.plan;
        while !self.stopping {
            let trial = self.todo.pop_front()?;
            let Some(planned) = plan.trials.get(trial) else { continue };
            if self.board.trials.get(trial)?.standing == Standing::Live {
                self.away.put(trial, Instant::now());
                continue;
            }
            let config = match plan.config(planned) {
                Ok(config) => config,
                Err(error) => {
                    self.fail(trial, planned, vec![error]);
                    continue;
                }
            };
            let claim = match self.claim(trial, planned) {
                Ok(Claimed::Held(claim)) => claim,
                Ok(Claimed::Not) => continue,
                Err(error) => {
                    self.fail(trial, planned, error.chain().map(ToString::to_string).collect());
                    continue;
                }
            };
            self.away.take(trial);
            let tracked = self.board.trials.get_mut(trial)?;
            tracked.standing = Standing::Live;
            return Some((Job { trial, config, resume: tracked.dir.clone(), slot }, claim));
        }
        None
    }

    /// Claim a trial, and see what became of it since the board was read.
    fn claim(&mut self, trial: usize, planned: &Trial) -> Result<Claimed> {
        let (plan, folder) = (self.study.plan, self.study.folder);
        let Some(key) = plan.claim(planned) else { return Ok(Claimed::Held(None)) };
        let claim = match claim::take(folder.runs(), &key, &plan.name, &Me::this(), self.study.is_over)? {
            Taken::Held(claim) => claim,
            Taken::Elsewhere { holder, late } => {
                self.away.put(trial, Instant::now());
                self.tell(Told::Away { trial, holder: &holder, late });
                return Ok(Claimed::Not);
            }
        };
        let found = claim.before().and_then(|run| run_of(folder, run));
        let found = found.and_then(|dir| ledger::look(&dir, plan, planned, Timestamp::now()));
        if let (Some(found), Some(tracked)) = (found, self.board.trials.get_mut(trial)) {
            let known = tracked.dir == found.dir;
            let settled = match found.standing {
                Standing::Done | Standing::Terminated(_) => true,
                // One that failed meanwhile would fail again.
                Standing::Failed(_) => !known && tracked.standing.weight() <= found.standing.weight(),
                _ => false,
            };
            if settled || tracked.dir.is_none() {
                *tracked = found;
            }
            if settled {
                self.away.take(trial);
                return Ok(Claimed::Not);
            }
        }
        Ok(Claimed::Held(Some(Box::new(claim))))
    }

    /// A trial fails that has no run to tell of it.
    fn fail(&mut self, trial: usize, planned: &Trial, errors: Vec<String>) {
        self.away.take(trial);
        if let Err(error) = failure::write(self.study.folder, &planned.id, &errors) {
            self.tell(Told::Note(&format!("{}: {error:#}", planned.title())));
        }
        if let Some(tracked) = self.board.trials.get_mut(trial) {
            tracked.standing = Standing::Failed(errors);
        }
    }

    /// Tell the observer, and do what it answers.
    fn tell(&mut self, told: Told<'_>) {
        let view = View { board: self.board, todo: &self.todo, away: self.away.count(), stopping: self.stopping };
        if (self.observe)(told, view) {
            self.stop();
        }
    }

    /// Stop the live trials, and begin no more.
    fn stop(&mut self) {
        if !self.stopping {
            self.stopping = true;
            for live in self.live.values() {
                // Each trial has a mailbox of its own, and may not have a directory yet.
                let _ = live.commands.send(Command::Shutdown);
            }
        }
    }

    /// True where nothing is left to do, and of what other processes have all is paused, perhaps for days.
    fn is_idle(&self) -> bool {
        let paused = |trial| self.board.trials.get(trial).is_some_and(|tracked: &Tracked| tracked.paused);
        self.todo.is_empty() && self.away.waited().all(paused)
    }

    fn frame(&mut self) {
        let mut lost = Vec::new();
        for live in self.live.values_mut() {
            if !live.lost && live.claim.as_ref().is_some_and(|claim| claim.is_lost()) {
                live.lost = true;
                let _ = live.commands.send(Command::Shutdown);
                lost.push(live.job.trial);
            }
        }
        for trial in lost {
            let title = self.study.plan.trials.get(trial).map(Trial::title).unwrap_or_default();
            self.tell(Told::Note(&format!("{title}: another process took it over while this one was suspended")));
        }
        self.tell(Told::Frame);
    }

    /// Take in what a slot says.
    fn take(&mut self, slot: usize, report: Report) {
        let Some(job) = self.live.get(&slot).map(|live| live.job.clone()) else { return };
        match report {
            Report::Told(WorkerMessage::Event { dir, event }) => self.event(slot, &job, dir, &event),
            Report::Told(WorkerMessage::Discarded { .. }) => {
                if let Some(tracked) = self.board.trials.get_mut(job.trial) {
                    *tracked = Tracked::default();
                }
            }
            // What is said of the data was said when it was loaded.
            Report::Told(_) => {}
            Report::Over(trained) => self.over(slot, &job, trained),
        }
    }

    fn event(&mut self, slot: usize, job: &Job, dir: PathBuf, event: &Envelope) {
        let (Some(live), Some(tracked)) = (self.live.get_mut(&slot), self.board.trials.get_mut(job.trial)) else {
            return;
        };
        let mut note = None;
        if matches!(event.event, RunEvent::RunStarted(_) | RunEvent::ResumedFrom { .. }) {
            // From here on the run tells what becomes of it.
            if let Some(planned) = self.study.plan.trials.get(job.trial) {
                failure::forget(self.study.folder, &planned.id);
            }
            note = live.claim.as_mut().and_then(|claim| claim.note(&dir).err());
        }
        if let RunEvent::SettingChanged { key, to, .. } = &event.event {
            let what = format!("{} → {}", key.title(), key.text(*to));
            live.changed = Some(Changed { dir: dir.clone(), what });
        }
        tracked.dir = Some(dir.clone());
        tracked.apply(&event.event, self.study.plan.figure);
        if let Some(error) = note {
            self.tell(Told::Note(&format!("{error:#}")));
        }
        if let (RunEvent::EpochFinished(_), Some(reason)) = (&event.event, self.verdict(job.trial))
            && let Some(live) = self.live.get(&slot)
        {
            let _ = live.commands.send(Command::Steer { dir, what: Steer::Terminate(reason) });
        }
        self.tell(Told::Event { job, event });
    }

    fn over(&mut self, slot: usize, job: &Job, trained: Result<()>) {
        let live = self.live.remove(&slot);
        let planned = self.study.plan.trials.get(job.trial);
        if let (Err(error), Some(planned)) = (trained, planned) {
            self.fail(job.trial, planned, error.chain().map(ToString::to_string).collect());
        }
        if let Some(tracked) = self.board.trials.get_mut(job.trial)
            && tracked.standing == Standing::Live
        {
            // It ended without a word.
            tracked.standing = if tracked.dir.is_some() { Standing::Interrupted } else { Standing::Pending };
        }
        self.tell(Told::Over { job });
        // A run that was changed by hand is another run: the trial has none yet.
        if let (Some(changed), Some(tracked)) =
            (live.and_then(|live| live.changed), self.board.trials.get_mut(job.trial))
        {
            let title = planned.map(Trial::title).unwrap_or_default();
            let note = format!("{title}: {} does not count, its {} by hand", name(&changed.dir), changed.what);
            *tracked = Tracked { changed: Some(changed), ..Tracked::default() };
            self.todo.push_back(job.trial);
            self.tell(Told::Note(&note));
        }
    }

    /// Why the study's rule ends `trial`, if it does.
    fn verdict(&mut self, trial: usize) -> Option<String> {
        let rule: Rule = self.study.plan.stop?;
        let own = &self.board.trials.get(trial)?.curve;
        if !rule.asks(own.len()) {
            return None;
        }
        if let Some(others) = &mut self.study.others {
            return rule.verdict(own, others.curves().iter().map(Vec::as_slice));
        }
        let others = self.board.trials.iter().enumerate().filter(|(index, _)| *index != trial);
        rule.verdict(own, others.map(|(_, other): (usize, &Tracked)| other.curve.as_slice()))
    }
}

/// What is said of a run in another process that a person has paused.
#[must_use]
pub fn paused(dir: &dyn std::fmt::Display) -> String {
    format!("{dir} is paused by hand; it goes on with: avsc-tui steer {dir} resume")
}

/// What came of claiming a trial.
enum Claimed {
    Held(Option<Box<Claim>>),
    /// Another process has it, or has brought it to its end.
    Not,
}

/// The directory of the run `name`, which comes from a file: a name, and no path.
#[must_use]
pub fn run_of(folder: &Folder, name: &str) -> Option<PathBuf> {
    let plain = Path::new(name).file_name().is_some_and(|file| file == name);
    plain.then(|| folder.runs().join(name))
}

fn name(dir: &Path) -> String {
    dir.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

impl Work<'_, '_> {
    /// Look after the trials that other processes have, those whose time has come.
    fn come_back(&mut self) {
        let now = Instant::now();
        let due = self.away.due(now);
        if self.stopping || due.is_empty() {
            return;
        }
        // One look at the folder is for all of them.
        let (seen, _) = ledger::read(self.study.folder.runs(), self.study.plan, Timestamp::now());
        let cost = now.elapsed();
        for trial in due {
            let (Some(found), Some(tracked)) = (seen.trials.get(trial), self.board.trials.get_mut(trial)) else {
                self.away.take(trial);
                continue;
            };
            let before = std::mem::replace(tracked, found.clone());
            match &found.standing {
                Standing::Done | Standing::Terminated(_) => self.away.take(trial),
                Standing::Failed(_) if found.standing != before.standing => self.away.take(trial),
                Standing::Live => {
                    self.away.later(trial, cost, false);
                    if let (true, false, Some(dir)) = (found.paused, before.paused, &found.dir) {
                        self.tell(Told::Note(&paused(&dir.display())));
                    }
                }
                // Whoever had it has not begun, or does not have it any more: the claim knows.
                Standing::Pending | Standing::Stopped | Standing::Interrupted | Standing::Failed(_) => {
                    self.away.later(trial, cost, true);
                    self.todo.push_back(trial);
                }
            }
        }
    }
}
