//! Asking Slurm where the tasks of a study stand.

use std::{
    collections::{BTreeSet, HashMap},
    path::PathBuf,
};

use anyhow::Result;

use super::{
    JobState, Jobs,
    jobs::{self, Ended},
    state::{self, SACCT_FORMAT, SQUEUE_FORMAT, Told},
    tool,
};
use crate::study::Folder;

/// The tasks of a study, by the names of their trials; of several of one trial, the newest.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Queue {
    pub tasks: HashMap<String, Task>,
}

/// One task.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    pub job: u64,
    pub task: u32,
    pub state: JobState,
    pub reason: String,
    pub log: PathBuf,
}

impl Task {
    /// True where it waits for its turn, for the first time or again.
    #[must_use]
    pub fn waits(&self) -> bool {
        matches!(self.state, JobState::Pending | JobState::Requeued)
    }
}

impl Queue {
    /// True where a task of the trial `id` runs, or is going to.
    #[must_use]
    pub fn is_active(&self, id: &str) -> bool {
        self.tasks.get(id).is_some_and(|task| task.state.is_active())
    }

    /// The array jobs of which something runs or waits, oldest first.
    #[must_use]
    pub fn active_jobs(&self) -> Vec<u64> {
        let mut jobs: Vec<_> = self.tasks.values().filter(|task| task.state.is_active()).map(|task| task.job).collect();
        jobs.sort_unstable();
        jobs.dedup();
        jobs
    }
}

/// Look where the tasks of the study in `folder` stand. Slurm is asked only for those whose end was not
/// seen before, in one question to each command.
///
/// # Errors
/// If the study's files cannot be read, or Slurm cannot be asked.
pub fn look(folder: &Folder) -> Result<Queue> {
    look_at(folder, &BTreeSet::new())
}

/// The same, where Slurm is asked for the tasks of the trials `live` as well: somebody trains them though
/// their tasks were seen to end, so that these may have been put back into the queue.
///
/// # Errors
/// As [`look`].
pub fn look_at(folder: &Folder, live: &BTreeSet<&str>) -> Result<Queue> {
    let mut record = Jobs::read(folder)?;
    let mut ended: HashMap<u32, HashMap<u32, Ended>> = HashMap::new();
    for batch in &record.batches {
        let seen = jobs::read_ended(folder, batch.number)?;
        ended.insert(batch.number, seen.into_iter().map(|end| (end.task, end)).collect());
    }
    for batch in &mut record.batches {
        // Whoever submitted it died before it heard the answer.
        if batch.job.is_none() {
            batch.job = adopt(&batch.name)?;
        }
    }
    let open = record.batches.iter().filter_map(|batch| {
        let seen = ended.get(&batch.number)?;
        let tasks = batch.trials.iter().zip(0_u32..);
        let tasks = tasks.filter(|(id, task)| !seen.contains_key(task) || live.contains(id.as_str()));
        Some(tasks.map(|(_, task)| (batch.job, task)).collect::<Vec<_>>())
    });
    let open = open.flatten().filter_map(|(job, task)| Some((job?, task)));
    let told = ask(&open.collect())?;
    let mut queue = Queue::default();
    for batch in &record.batches {
        let Some(job) = batch.job else { continue };
        let seen = ended.entry(batch.number).or_default();
        let before = seen.clone();
        for (id, task) in batch.trials.iter().zip(0_u32..) {
            let (state, reason) = match (told.get(&(job, task)), seen.get(&task)) {
                (Some(told), _) => (told.state, told.reason.clone()),
                (None, Some(end)) => (end.state, end.reason.clone()),
                (None, None) => (JobState::Forgotten, String::new()),
            };
            // Silence is no end: the next answer may tell of it.
            if state.is_active() || state == JobState::Forgotten {
                seen.remove(&task);
            } else {
                seen.insert(task, Ended { task, state, reason: reason.clone() });
            }
            let log = jobs::log(folder, job, task);
            queue.tasks.insert(id.clone(), Task { job, task, state, reason, log });
        }
        if *seen != before {
            let mut seen: Vec<Ended> = seen.values().cloned().collect();
            seen.sort_by_key(|end| end.task);
            jobs::write_ended(folder, batch.number, &seen)?;
        }
    }
    Ok(queue)
}

/// Everything that Slurm knows of `tasks`, each the task of a job: what its controller still has, and what
/// its accounting, where there is one, says of the others. The controller forgets one task at a time.
fn ask(tasks: &BTreeSet<(u64, u32)>) -> Result<HashMap<(u64, u32), Told>> {
    let mut known = HashMap::new();
    if tasks.is_empty() {
        return Ok(known);
    }
    let arguments = ["-h", "-r", "-t", "all", "-o", SQUEUE_FORMAT, "-j", &list(tasks)].map(str::to_owned);
    let said = tool::ask("squeue", &arguments)?;
    // A single job that the controller has dropped is an error to it.
    let dropped = !said.status.success() && said.err.contains("Invalid job id");
    let lines = if dropped { Vec::new() } else { state::squeue(&said.good("squeue")?) };
    known.extend(lines.into_iter().map(|told| ((told.job, told.task), told)));
    let missing: BTreeSet<_> = tasks.iter().copied().filter(|task| !known.contains_key(task)).collect();
    if missing.is_empty() {
        return Ok(known);
    }
    let arguments = ["-n", "-P", "-X", "-o", SACCT_FORMAT, "-j", &list(&missing)].map(str::to_owned);
    // A site without accounting has nothing more to say.
    let lines = tool::ask("sacct", &arguments).and_then(|said| said.good("sacct")).map(|text| state::sacct(&text));
    for told in lines.unwrap_or_default() {
        known.entry((told.job, told.task)).or_insert(told);
    }
    Ok(known)
}

/// The jobs of `tasks`, each once.
fn list(tasks: &BTreeSet<(u64, u32)>) -> String {
    let mut jobs: Vec<_> = tasks.iter().map(|(job, _)| job.to_string()).collect();
    jobs.dedup();
    jobs.join(",")
}

/// The job of this name, if Slurm has one.
///
/// # Errors
/// If Slurm cannot be asked.
pub fn adopt(name: &str) -> Result<Option<u64>> {
    let arguments = ["-h", "-t", "all", "-o", "%F", "-n", name].map(str::to_owned);
    let said = tool::ask("squeue", &arguments)?.good("squeue")?;
    Ok(said.lines().find_map(|line| line.trim().parse().ok()))
}

/// True where Slurm says that the job `job` has ended, or does not know it any more. Where Slurm cannot
/// be asked nothing is known.
#[must_use]
pub fn is_over(job: &str) -> bool {
    // It was read from a file.
    if !job.starts_with(|c: char| c.is_ascii_digit()) || !job.chars().all(|c| c.is_ascii_digit() || c == '_') {
        return false;
    }
    let arguments = ["-h", "-t", "all", "-o", "%T", "-j", job].map(str::to_owned);
    let Ok(said) = tool::run("squeue", &arguments) else { return false };
    if !said.status.success() {
        return said.err.contains("Invalid job id");
    }
    !said.out.lines().filter_map(JobState::parse).any(JobState::is_active)
}

/// Cancel the jobs.
///
/// # Errors
/// What `scancel` said.
pub fn cancel(jobs: &[u64]) -> Result<()> {
    if jobs.is_empty() {
        return Ok(());
    }
    let arguments: Vec<_> = jobs.iter().map(ToString::to_string).collect();
    tool::ask("scancel", &arguments)?.good("scancel").map(|_| ())
}
