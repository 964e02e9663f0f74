//! A study while it is trained, told by what changes in its runs folder. Of each run its settings are
//! read once; how it stands is in the list that the folder is watched with.

mod traces;

use std::{
    collections::{HashMap, HashSet},
    path::PathBuf,
};

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;
use rayon::prelude::*;

use super::{
    Board, Figure, Folder, Plan, Standing, Tracked,
    board::{self, Which},
    engine::slurm::{self, JobState, Jobs, Queue, join, look},
    eta, failure, identity,
    ledger::{self, Candidate},
    overview, table,
};
use crate::{
    protocol::{Steer, StopMode},
    runs::{
        Listed, RunDir, Stage, Summary, commands,
        study::{self as plain, Course, FIGURES, Phase, Study},
    },
};
use traces::Traces;

/// A study and everything that is known of its trials.
#[derive(Debug)]
pub struct Follow {
    folder: Folder,
    plan: Plan,
    figures: Vec<Figure>,
    /// Settings that some trial has.
    wanted: HashSet<String>,
    runs: HashMap<PathBuf, Known>,
    /// Runs whose settings no trial has, or that cannot be read.
    others: HashSet<PathBuf>,
    queue: Queue,
}

/// A run that may be a trial.
#[derive(Debug)]
struct Known {
    settings: String,
    summary: Summary,
    interrupted: bool,
    candidate: Candidate,
}

impl Follow {
    /// The study in `folder`; `plan` is taken where it was never run.
    ///
    /// # Errors
    /// If there is no plan, or it cannot be read.
    pub fn open(folder: Folder, plan: Option<Plan>) -> Result<Self> {
        let plan = folder.read_plan()?.or(plan).with_context(|| {
            format!("there is no study in {}: it has no plan.json; was it deleted?", folder.path().display())
        })?;
        let wanted = plan.trials.iter().map(|trial| trial.settings.clone()).collect();
        let figures = table::columns(plan.figure);
        let (runs, others, queue) = Default::default();
        Ok(Self { folder, plan, figures, wanted, runs, others, queue })
    }

    /// What it is to train.
    #[must_use]
    pub fn study(&self) -> Study {
        overview::overview(&self.plan, &self.folder)
    }

    /// Take in every run that there is, and let go of those that are not there any more.
    pub fn take_all(&mut self, found: Vec<Listed>) -> Vec<String> {
        let there: HashSet<PathBuf> = found.iter().map(|listed| listed.dir.clone()).collect();
        self.runs.retain(|dir, _| there.contains(dir));
        self.others.retain(|dir| there.contains(dir));
        self.take(found, &[])
    }

    /// Take in what has changed in the runs folder; what could not be read, a sentence each.
    pub fn take(&mut self, found: Vec<Listed>, gone: &[PathBuf]) -> Vec<String> {
        for dir in gone {
            self.runs.remove(dir);
            self.others.remove(dir);
        }
        // The folder's own path is absolute; the runs are listed as whoever watches them named their folder.
        let whole = |dir: &PathBuf| std::path::absolute(dir).unwrap_or_else(|_| dir.clone());
        let here = |listed: &Listed| whole(&listed.dir).parent() == Some(self.folder.runs());
        let unknown = |listed: &Listed| !self.others.contains(&listed.dir);
        let looked: Vec<_> = found
            .into_par_iter()
            .filter(|listed| here(listed) && unknown(listed))
            .map(|listed| (listed.dir.clone(), self.look(listed)))
            .collect();
        let mut problems = Vec::new();
        for (dir, known) in looked {
            match known {
                Ok(Some(known)) => {
                    self.runs.insert(dir, known);
                }
                Ok(None) => {
                    self.others.insert(dir);
                }
                Err(error) => {
                    problems.push(format!("{error:#}"));
                    self.others.insert(dir);
                }
            }
        }
        problems
    }

    /// The run as it is listed; none where it is no trial.
    fn look(&self, listed: Listed) -> Result<Option<Known>> {
        let Listed { dir, summary, interrupted, .. } = listed;
        let started = summary.started.as_ref();
        // Another program trained it.
        if started.is_some_and(|started| started.imported.is_some()) {
            return Ok(None);
        }
        let known = self.runs.get(&dir);
        let (study, settings) = if let Some(known) = known {
            (known.candidate.study.clone(), known.settings.clone())
        } else {
            let config = RunDir::at(&dir).read_config()?;
            (config.study.clone(), identity::settings(&config))
        };
        if !self.wanted.contains(&settings) {
            return Ok(None);
        }
        let Traces { changed, reason } = match known {
            // Whoever watches the log of a run that goes on has read it.
            _ if !summary.is_over() => Traces::told(&summary),
            Some(known) if known.summary == summary => known.traces(),
            _ => traces::of(&RunDir::at(&dir))?,
        };
        let origin = started.map(|started| (started.fingerprint.clone(), started.version.clone()));
        let tracked = Tracked { dir: Some(dir), seconds: summary.seconds, reason, ..Tracked::default() };
        let candidate = Candidate { study, origin, updated_at: summary.updated_at, changed, tracked };
        Ok(Some(Known { settings, summary, interrupted, candidate }))
    }

    /// True where array jobs were submitted for it.
    ///
    /// # Errors
    /// If its files cannot be read.
    pub fn has_jobs(&self) -> Result<bool> {
        Ok(!Jobs::read(&self.folder)?.batches.is_empty())
    }

    /// Ask Slurm where its tasks stand; true where that has changed.
    ///
    /// # Errors
    /// If its files cannot be read, or Slurm cannot be asked.
    pub fn ask_slurm(&mut self) -> Result<bool> {
        join::learn(&mut self.plan, &self.folder)?;
        // A task that ended and was put back is asked for again: its run says that it goes on.
        let board = self.board(Timestamp::now());
        let trials = self.plan.trials.iter().zip(&board.trials);
        let live = trials.filter(|(_, tracked)| tracked.standing == Standing::Live).map(|(trial, _)| trial.id.as_str());
        let queue = look::look_at(&self.folder, &live.collect())?;
        Ok(std::mem::replace(&mut self.queue, queue.clone()) != queue)
    }

    /// Have whoever trains the study stop: the process, on whichever host, and the jobs. What was asked, in
    /// words.
    ///
    /// # Errors
    /// If the folder cannot be written, Slurm cannot be asked, or nobody trains it.
    pub fn stop(&self) -> Result<String> {
        let running = self.folder.is_running();
        let jobs = if self.has_jobs()? { slurm::look(&self.folder)?.active_jobs() } else { Vec::new() };
        if !running && jobs.is_empty() {
            bail!("nobody trains the study {}; there is nothing to stop", self.plan.name);
        }
        // First: a task that hears the signal must know that it is not to come back.
        self.folder.ask_to_stop()?;
        if !jobs.is_empty() {
            look::cancel(&jobs)?;
            return Ok(format!("{} array jobs are cancelled; the live trials keep their checkpoints", jobs.len()));
        }
        Ok("the study is asked to stop; the live trials keep their checkpoints".to_owned())
    }

    /// Have trials stop, by their names: the tasks of those that wait for Slurm, or have not begun their run
    /// yet, are cancelled, and those that are trained get a command. What was asked, in words.
    ///
    /// # Errors
    /// If a run directory cannot be written, or Slurm cannot be asked.
    pub fn stop_trials(&mut self, names: &[String], now: Timestamp) -> Result<String> {
        let wanted: HashSet<&str> = names.iter().map(String::as_str).collect();
        let board = self.board(now);
        let meant = self.plan.trials.iter().zip(board.trials).filter(|(trial, _)| wanted.contains(trial.id.as_str()));
        let (mut live, mut tasks) = (Vec::new(), Vec::new());
        for (trial, tracked) in meant {
            let task = self.queue.tasks.get(&trial.id).filter(|task| task.state.is_active());
            match (tracked.dir.filter(|_| tracked.standing == Standing::Live), task) {
                // Whoever writes the run is asked, unless nobody does any more.
                (Some(dir), task) if !task.is_some_and(slurm::Task::waits) => live.push(dir),
                (_, Some(task)) => tasks.push(format!("{}_{}", task.job, task.task)),
                _ => {}
            }
        }
        if !tasks.is_empty() {
            slurm::tool::ask("scancel", &tasks)?.good("scancel")?;
        }
        for dir in &live {
            let seen = self.runs.get(dir).map_or(0, |known| known.summary.next_seq);
            commands::send(&RunDir::at(dir), Steer::Stop(StopMode::Now), seen)?;
        }
        let told = [
            match live.len() {
                0 => None,
                1 => Some("1 trial is asked to stop, and keeps its checkpoint".to_owned()),
                trials => Some(format!("{trials} trials are asked to stop, and keep their checkpoints")),
            },
            match tasks.len() {
                0 => None,
                1 => Some("1 task is cancelled".to_owned()),
                tasks => Some(format!("{tasks} tasks are cancelled")),
            },
        ];
        let told: Vec<String> = told.into_iter().flatten().collect();
        Ok(if told.is_empty() { "none of these trials runs or waits any more".to_owned() } else { told.join("; ") })
    }

    /// How far it has come. `now` tells the silent from the living.
    #[must_use]
    pub fn course(&mut self, now: Timestamp) -> Course {
        let mut board = self.board(now);
        let mut queue = self.queue.clone();
        join::join(&self.plan, &mut board, &mut queue);
        let running = self.folder.is_running();
        let jobs = queue.active_jobs();
        let told = self.plan.trials.iter().zip(&board.trials);
        let trials: Vec<plain::Standing> =
            told.map(|(trial, tracked)| self.standing(tracked, queue.tasks.get(&trial.id))).collect();
        let live = trials.iter().filter(|trial| trial.phase == Phase::Running).count();
        let eta = (live > 0 && (running || !jobs.is_empty())).then(|| {
            let todo = board.todo(&self.plan, Which::Open);
            eta::remaining(&self.plan, &board, &todo, live)
        });
        let engine = match (self.folder.engine().filter(|_| running), jobs.is_empty()) {
            (Some(engine), _) => Some(format!("process {} on {}", engine.pid, engine.host)),
            (None, true) => running.then(|| "a process".to_owned()),
            (None, false) => Some("Slurm".to_owned()),
        };
        Course { trials, engine, eta: eta.flatten(), jobs }
    }

    /// Every trial's place as the runs, and the records of what failed without one, tell it.
    fn board(&mut self, now: Timestamp) -> Board {
        for known in self.runs.values_mut() {
            known.settle(&self.plan, now);
        }
        let mut by_settings: HashMap<&str, Vec<&Candidate>> = HashMap::new();
        for known in self.runs.values() {
            by_settings.entry(&known.settings).or_default().push(&known.candidate);
        }
        // What cannot be read of them is told by `study status`.
        let (failures, _) = failure::read(&self.folder);
        let tell = |trial: &super::plan::Trial| {
            let runs = by_settings.get(trial.settings.as_str()).map(Vec::as_slice).unwrap_or_default();
            ledger::track(runs, &self.plan, trial, failures.get(&trial.id))
        };
        Board { trials: self.plan.trials.iter().map(tell).collect() }
    }

    fn standing(&self, tracked: &Tracked, task: Option<&slurm::Task>) -> plain::Standing {
        let is_open = matches!(tracked.standing, Standing::Pending | Standing::Stopped | Standing::Interrupted);
        let begins = |task: &slurm::Task| matches!(task.state, JobState::Running | JobState::Suspended);
        let (phase, mut why) = match (&tracked.standing, task.filter(|_| is_open)) {
            (_, Some(task)) if task.waits() => (Phase::Queued, String::new()),
            (_, Some(task)) if begins(task) => {
                (Phase::Running, format!("its task is {}, its run has not begun", task.state.name()))
            }
            (Standing::Pending, _) => (Phase::Open, String::new()),
            (Standing::Live, _) => (Phase::Running, String::new()),
            (Standing::Done, _) => (Phase::Done, String::new()),
            (Standing::Terminated(reason), _) => (Phase::Terminated, reason.clone()),
            (Standing::Stopped, _) => (Phase::Stopped, String::new()),
            (Standing::Interrupted, _) => (Phase::Interrupted, String::new()),
            (Standing::Failed(errors), _) => (Phase::Failed, errors.join(": ")),
        };
        // What Slurm knows beyond the run's own words.
        let ordinary = |task: &&slurm::Task| matches!(task.state, JobState::Running | JobState::Completed);
        if let Some(task) = task.filter(|task| why.is_empty() && phase != Phase::Done && !ordinary(task)) {
            [task.state.name(), &task.reason].join(" ").trim().clone_into(&mut why);
        }
        if let Some(changed) = &tracked.changed {
            let run = changed.dir.file_name().unwrap_or_default().to_string_lossy();
            let before = std::mem::take(&mut why);
            why = format!("{run} was changed by hand and is another run: {}", changed.what);
            if !before.is_empty() {
                why = format!("{before}; {why}");
            }
        }
        let summary = tracked.dir.as_ref().and_then(|dir| self.runs.get(dir)).map(|known| &known.summary);
        let mut values = [None; FIGURES];
        for (value, figure) in values.iter_mut().zip(&self.figures) {
            *value = summary.and_then(|summary| figure.of_summary(summary));
        }
        plain::Standing {
            phase,
            dir: tracked.dir.clone(),
            why,
            task: task.map(|task| (task.job, task.task)),
            epochs: summary.map_or(0, |summary| summary.epochs),
            seconds: tracked.seconds,
            values,
        }
    }
}

impl Known {
    fn traces(&self) -> Traces {
        Traces { changed: self.candidate.changed.clone(), reason: self.candidate.tracked.reason.clone() }
    }

    /// Tell where the run stands at `now`, as the ledger does.
    fn settle(&mut self, plan: &Plan, now: Timestamp) {
        let (summary, tracked) = (&self.summary, &mut self.candidate.tracked);
        let silent = now.as_millisecond().saturating_sub(summary.updated_at) > ledger::SILENCE_MS;
        let here = summary.writer.as_ref().is_none_or(crate::runs::writer::is_here);
        tracked.standing = match &summary.stage {
            Stage::Ended(outcome) => board::ended(*outcome, tracked.reason.clone().filter(|_| plan.stop.is_some())),
            Stage::Failed(errors) => Standing::Failed(vec![errors.clone()]),
            // Nothing was trained; its directory is used again.
            _ if summary.started.is_none() => Standing::Pending,
            _ if self.interrupted || (!here && silent) => Standing::Interrupted,
            _ => Standing::Live,
        };
    }
}
