//! Training a study in this process, several trials at a time.

use std::{
    collections::{BTreeMap, VecDeque},
    thread::{self, Scope},
    time::Duration,
};

use crossbeam_channel::{Sender, select, tick, unbounded};

use super::{Job, Train};
use crate::{
    protocol::{Command, RunEvent, Steer, WorkerMessage},
    study::{Board, Plan, Standing, Tracked},
};

/// How often the observer is called when nothing happens.
const FRAME: Duration = Duration::from_millis(200);

/// What happened.
#[derive(Debug)]
pub enum Told<'a> {
    /// A trial takes a slot.
    Begun { job: &'a Job },
    /// The run of a trial tells something; the board has taken it in.
    Event { job: &'a Job, event: &'a RunEvent },
    /// A trial leaves its slot.
    Over { job: &'a Job },
    /// Nothing for a while.
    Frame,
}

/// What is seen of the work.
#[derive(Debug)]
pub struct View<'a> {
    pub board: &'a Board,
    /// Trials that wait, in their order.
    pub todo: &'a VecDeque<usize>,
    /// True once no more trials are begun.
    pub stopping: bool,
}

/// A trial that is being trained.
struct Live {
    job: Job,
    commands: Sender<Command>,
}

/// What a slot says.
enum Report {
    Told(WorkerMessage),
    Over(anyhow::Result<()>),
}

/// Train the trials `todo`, as many at a time as there are `slots`, and keep `board` up to date. A
/// trial that fails does not keep the others from being trained. `observe` is called with everything
/// that happens, and several times a second besides; once it answers true, the live trials are stopped,
/// each with its checkpoint, and no more are begun.
///
/// # Panics
/// If `trainer` does.
pub fn run(
    plan: &Plan,
    board: &mut Board,
    todo: Vec<usize>,
    slots: usize,
    trainer: &dyn Train,
    mut observe: impl FnMut(Told<'_>, View<'_>) -> bool,
) {
    let (reports, inbox) = unbounded();
    let mut work = Work { plan, board, todo: todo.into(), live: BTreeMap::new(), stopping: false };
    let frames = tick(FRAME);
    thread::scope(|scope| {
        loop {
            while let Some(job) = work.next(slots) {
                let slot = job.slot;
                begin(scope, &mut work, job, trainer, &reports);
                if let Some(live) = work.live.get(&slot)
                    && observe(Told::Begun { job: &live.job }, work.view())
                {
                    work.stop();
                }
            }
            if work.live.is_empty() {
                break;
            }
            let asked = select! {
                recv(inbox) -> report => report.is_ok_and(|(slot, report)| work.take(slot, report, &mut observe)),
                recv(frames) -> _ => observe(Told::Frame, work.view()),
            };
            if asked {
                work.stop();
            }
        }
    });
}

/// Everything the loop keeps.
struct Work<'a> {
    plan: &'a Plan,
    board: &'a mut Board,
    todo: VecDeque<usize>,
    /// By slot.
    live: BTreeMap<usize, Live>,
    stopping: bool,
}

fn begin<'scope>(
    scope: &'scope Scope<'scope, '_>,
    work: &mut Work<'_>,
    job: Job,
    trainer: &'scope dyn Train,
    reports: &Sender<(usize, Report)>,
) {
    let (commands, inbox) = unbounded();
    let (slot, here, reports) = (job.slot, job.clone(), reports.clone());
    work.live.insert(slot, Live { job, commands });
    scope.spawn(move || {
        let tell = |message| {
            let _ = reports.send((slot, Report::Told(message)));
        };
        let result = trainer.train(&here, inbox, &tell);
        let _ = reports.send((slot, Report::Over(result)));
    });
}

impl Work<'_> {
    /// The next trial, if there is a slot for it. One whose settings cannot be had fails here.
    fn next(&mut self, slots: usize) -> Option<Job> {
        let slot = (0..slots).find(|slot| !self.live.contains_key(slot))?;
        while !self.stopping {
            let trial = self.todo.pop_front()?;
            let tracked = self.board.trials.get_mut(trial)?;
            match self.plan.trials.get(trial).map(|planned| self.plan.config(planned))? {
                Ok(config) => {
                    let resume = tracked.dir.clone();
                    tracked.standing = Standing::Live;
                    return Some(Job { trial, config, resume, slot });
                }
                Err(error) => tracked.standing = Standing::Failed(vec![error]),
            }
        }
        None
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

    /// Take in what a slot says; what the observer answers.
    fn take(&mut self, slot: usize, report: Report, observe: &mut impl FnMut(Told<'_>, View<'_>) -> bool) -> bool {
        let Some(live) = self.live.get(&slot) else { return false };
        let job = live.job.clone();
        match report {
            Report::Told(WorkerMessage::Event { dir, event }) => {
                if let Some(tracked) = self.board.trials.get_mut(job.trial) {
                    tracked.dir = Some(dir.clone());
                    tracked.apply(&event.event, self.plan.figure);
                }
                if let (RunEvent::EpochFinished(_), Some(reason)) = (&event.event, self.verdict(job.trial)) {
                    let _ = live.commands.send(Command::Steer { dir, what: Steer::Terminate(reason) });
                }
                observe(Told::Event { job: &job, event: &event.event }, self.view())
            }
            // What is said of the data was said when it was loaded.
            Report::Told(_) => false,
            Report::Over(trained) => {
                self.live.remove(&slot);
                if let (Err(error), Some(tracked)) = (trained, self.board.trials.get_mut(job.trial)) {
                    tracked.standing = Standing::Failed(error.chain().map(ToString::to_string).collect());
                }
                observe(Told::Over { job: &job }, self.view())
            }
        }
    }

    /// Why the study's rule ends `trial`, if it does.
    fn verdict(&self, trial: usize) -> Option<String> {
        let own = self.board.trials.get(trial)?;
        let others = self.board.trials.iter().enumerate().filter(|(index, _)| *index != trial);
        self.plan.stop?.verdict(&own.curve, others.map(|(_, other): (usize, &Tracked)| other.curve.as_slice()))
    }

    fn view(&self) -> View<'_> {
        View { board: self.board, todo: &self.todo, stopping: self.stopping }
    }
}
