//! A study while it is trained, told by what changes in its runs folder. Of each run its settings are
//! read once; how it stands is in the list that the folder is watched with.

use std::{
    collections::{HashMap, HashSet},
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;
use rayon::prelude::*;

use super::{
    Board, Figure, Folder, Plan, Standing, Tracked,
    board::{self, Which},
    engine::slurm::{self, JobState, Jobs, Queue, join},
    eta, identity, ledger, overview, table,
};
use crate::{
    config::StudyConfig,
    protocol::Outcome,
    runs::{
        Listed, RunDir, Stage, Summary, list,
        study::{self as plain, Course, FIGURES, Phase, Study},
    },
};

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
    study: StudyConfig,
    settings: String,
    summary: Summary,
    interrupted: bool,
    /// Why it was asked to stop.
    reason: Option<String>,
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

    #[must_use]
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What it is to train.
    #[must_use]
    pub fn study(&self) -> Study {
        overview::overview(&self.plan, &self.folder)
    }

    /// Take in what has changed in the runs folder; what could not be read, a sentence each.
    pub fn take(&mut self, found: Vec<Listed>, gone: &[PathBuf]) -> Vec<String> {
        for dir in gone {
            self.runs.remove(dir);
            self.others.remove(dir);
        }
        let here = |listed: &Listed| listed.dir.parent() == Some(self.folder.runs());
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
        let started = listed.summary.started.as_ref();
        // Another program trained it.
        if started.is_some_and(|started| started.imported.is_some()) {
            return Ok(None);
        }
        let (study, settings) = match self.runs.get(&listed.dir) {
            Some(known) => (known.study.clone(), known.settings.clone()),
            None => {
                let config = RunDir::at(&listed.dir).read_config()?;
                (config.study.clone(), identity::settings(&config))
            }
        };
        if !self.wanted.contains(&settings) {
            return Ok(None);
        }
        let stopped = listed.summary.stage == Stage::Ended(Outcome::Stopped);
        let reason = if stopped && self.plan.stop.is_some() {
            list::read(&RunDir::at(&listed.dir), &mut Vec::new())?.history.stop_reason
        } else {
            None
        };
        let Listed { summary, interrupted, .. } = listed;
        Ok(Some(Known { study, settings, summary, interrupted, reason }))
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
        let queue = slurm::look(&self.folder)?;
        Ok(std::mem::replace(&mut self.queue, queue.clone()) != queue)
    }

    /// Have whoever trains the study stop: the process, on whichever host, and the jobs. What was asked, in
    /// words.
    ///
    /// # Errors
    /// If the folder cannot be written, Slurm cannot be asked, or nobody trains it.
    pub fn stop(&mut self) -> Result<String> {
        let running = self.folder.is_running();
        let jobs = if self.has_jobs()? { slurm::look(&self.folder)?.active_jobs() } else { Vec::new() };
        if !running && jobs.is_empty() {
            bail!("nobody trains the study {}; there is nothing to stop", self.plan.name);
        }
        // First: a task that hears the signal must know that it is not to come back.
        self.folder.ask_to_stop()?;
        if !jobs.is_empty() {
            slurm::look::cancel(&jobs)?;
            return Ok(format!("{} array jobs are cancelled; the live trials keep their checkpoints", jobs.len()));
        }
        Ok("the study is asked to stop; the live trials keep their checkpoints".to_owned())
    }

    /// Have trials stop, by their names: those that wait for Slurm leave its queue. What was asked, in
    /// words.
    ///
    /// # Errors
    /// If Slurm cannot be asked, or none of the trials can be stopped alone.
    pub fn stop_trials(&self, names: &[String]) -> Result<String> {
        let tasks = names.iter().filter_map(|name| self.queue.tasks.get(name));
        let waits = tasks.filter(|task| matches!(task.state, JobState::Pending | JobState::Requeued));
        let tasks: Vec<String> = waits.map(|task| format!("{}_{}", task.job, task.task)).collect();
        if tasks.is_empty() {
            bail!("other processes train these trials; stop the whole study instead");
        }
        slurm::tool::ask("scancel", &tasks)?.good("scancel")?;
        Ok(format!("{} tasks are taken out of the queue", tasks.len()))
    }

    /// How far it has come. `now` tells the silent from the living.
    #[must_use]
    pub fn course(&self, now: Timestamp) -> Course {
        let (mut board, runs) = self.board(now);
        let mut queue = self.queue.clone();
        join::join(&self.plan, &mut board, &mut queue);
        let running = self.folder.is_running();
        let jobs = queue.active_jobs();
        let trials: Vec<plain::Standing> = self
            .plan
            .trials
            .iter()
            .zip(&board.trials)
            .zip(runs)
            .map(|((trial, tracked), run)| self.standing(tracked, run, queue.tasks.get(&trial.id)))
            .collect();
        let live = trials.iter().filter(|trial| trial.phase == Phase::Running).count();
        let works = running || !jobs.is_empty();
        let eta = works.then(|| {
            let todo = board.todo(&self.plan, Which::Open);
            eta::remaining(&self.plan, &board, &todo, live)
        });
        let engine = self.folder.engine().filter(|_| running);
        let engine = match (engine, jobs.is_empty()) {
            (Some(engine), _) => Some(format!("process {} on {}", engine.pid, engine.host)),
            (None, true) => running.then(|| "a process".to_owned()),
            (None, false) => Some("Slurm".to_owned()),
        };
        Course { trials, engine, eta: eta.flatten().filter(|_| live > 0), jobs }
    }

    /// Every trial's place as the runs tell it, and the run that tells it.
    fn board(&self, now: Timestamp) -> (Board, Vec<Option<&Known>>) {
        let mut by_settings: HashMap<&str, Vec<(&PathBuf, &Known)>> = HashMap::new();
        for (dir, known) in &self.runs {
            by_settings.entry(&known.settings).or_default().push((dir, known));
        }
        let tell = |trial: &super::plan::Trial| {
            let runs = by_settings.get(trial.settings.as_str()).into_iter().flatten();
            let runs = runs.map(|(dir, known)| (known.tracked(dir, &self.plan, now), *known));
            let runs = runs.filter(|(tracked, known)| known.serves(tracked, &self.plan, trial));
            // Of equals the newest, which has the last name: the rule of the ledger.
            let best = runs.max_by(|(a, _), (b, _)| (a.standing.weight(), &a.dir).cmp(&(b.standing.weight(), &b.dir)));
            best.map_or_else(|| (Tracked::default(), None), |(tracked, known)| (tracked, Some(known)))
        };
        let (trials, runs) = self.plan.trials.iter().map(tell).unzip();
        (Board { trials }, runs)
    }

    fn standing(&self, tracked: &Tracked, run: Option<&Known>, task: Option<&slurm::Task>) -> plain::Standing {
        let waits = task.filter(|task| matches!(task.state, JobState::Pending | JobState::Requeued));
        let (phase, why) = match (&tracked.standing, waits) {
            (Standing::Pending | Standing::Stopped | Standing::Interrupted, Some(task)) => {
                (Phase::Queued, [task.state.name(), &task.reason].join(" "))
            }
            (Standing::Pending, None) => (Phase::Open, String::new()),
            (Standing::Live, _) => (Phase::Running, String::new()),
            (Standing::Done, _) => (Phase::Done, String::new()),
            (Standing::Terminated(reason), _) => (Phase::Terminated, reason.clone()),
            (Standing::Stopped, None) => (Phase::Stopped, String::new()),
            (Standing::Interrupted, None) => (Phase::Interrupted, String::new()),
            (Standing::Failed(errors), _) => (Phase::Failed, errors.join(": ")),
        };
        // What Slurm knows beyond the run's own words.
        let said = task.filter(|task| {
            why.is_empty() && !matches!(task.state, JobState::Running | JobState::Completed) && phase != Phase::Done
        });
        let why = said.map_or(why, |task| [task.state.name(), &task.reason].join(" "));
        let summary = run.map(|run| &run.summary);
        let mut values = [None; FIGURES];
        for (value, figure) in values.iter_mut().zip(&self.figures) {
            *value = summary.and_then(|summary| figure.of_summary(summary));
        }
        plain::Standing {
            phase,
            dir: tracked.dir.clone(),
            why: why.trim().to_owned(),
            task: task.map(|task| (task.job, task.task)),
            epochs: summary.map_or(0, |summary| summary.epochs),
            seconds: tracked.seconds,
            values,
        }
    }
}

impl Known {
    fn tracked(&self, dir: &Path, plan: &Plan, now: Timestamp) -> Tracked {
        let summary = &self.summary;
        let silent = now.as_millisecond().saturating_sub(summary.updated_at) > ledger::SILENCE_MS;
        let here = summary.writer.as_ref().is_none_or(crate::runs::writer::is_here);
        let standing = match &summary.stage {
            Stage::Ended(outcome) => board::ended(*outcome, self.reason.clone().filter(|_| plan.stop.is_some())),
            Stage::Failed(errors) => Standing::Failed(vec![errors.clone()]),
            _ if self.interrupted || summary.started.is_none() || (!here && silent) => Standing::Interrupted,
            _ => Standing::Live,
        };
        Tracked { standing, dir: Some(dir.to_owned()), seconds: summary.seconds, ..Tracked::default() }
    }

    fn serves(&self, tracked: &Tracked, plan: &Plan, trial: &super::plan::Trial) -> bool {
        let started = self.summary.started.as_ref();
        let origin = started.map(|started| (started.fingerprint.as_str(), started.version.as_str()));
        ledger::serves(&self.study, origin, &tracked.standing, plan, trial)
    }
}
