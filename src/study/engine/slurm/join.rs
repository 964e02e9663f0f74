//! What runs and tasks say together.

use std::{
    fs::File,
    io::{Read as _, Seek as _, SeekFrom},
    path::Path,
};

use anyhow::Result;

use super::{JobState, Queue, Task, jobs::Begun};
use crate::study::{Board, Folder, Plan, Standing};

/// Bytes at the end of a log that are looked at.
const TAIL: u64 = 4096;

/// Learn from the tasks' notes which data the trials are trained on: where the tasks ran, it was read.
///
/// # Errors
/// If a note cannot be read.
pub fn learn(plan: &mut Plan, folder: &Folder) -> Result<()> {
    for index in 0..plan.data.len() {
        if plan.data.get(index).is_none_or(|data| data.fingerprint.is_some()) {
            continue;
        }
        let on = plan.trials.iter().filter(|trial| trial.data == index);
        let notes = on.map(|trial| Begun::read(folder, &trial.id)).filter_map(Result::transpose);
        if let (Some(begun), Some(data)) = (notes.take(1).next().transpose()?, plan.data.get_mut(index)) {
            (data.fingerprint, data.demo) = (Some(begun.fingerprint), begun.demo);
        }
    }
    Ok(())
}

/// Whose trials do not count, because their data has changed since the study was begun, in a sentence.
///
/// # Errors
/// If a note cannot be read.
pub fn strangers(plan: &Plan, folder: &Folder, board: &Board) -> Result<Option<String>> {
    let mut count = 0_usize;
    for (trial, tracked) in plan.trials.iter().zip(&board.trials) {
        let (Standing::Pending, Some(known)) = (&tracked.standing, plan.fingerprint(trial)) else { continue };
        count += usize::from(Begun::read(folder, &trial.id)?.is_some_and(|begun| begun.fingerprint != known));
    }
    Ok((count > 0).then(|| {
        format!(
            "the data was replaced since the study {} was begun: {count} of its trials were trained on other data, and \
             do not count; put the data back, or give the study another name",
            plan.name
        )
    }))
}

/// Put what the tasks say over what the run directories say: a task that has ended writes no more, one
/// that waits has nobody who writes, and one that ended before its run was begun has failed.
pub fn join(plan: &Plan, board: &mut Board, queue: &mut Queue) {
    for (trial, tracked) in plan.trials.iter().zip(&mut board.trials) {
        let Some(task) = queue.tasks.get_mut(&trial.id) else { continue };
        if task.state == JobState::Pending && tracked.dir.is_some() && tracked.standing != Standing::Done {
            task.state = JobState::Requeued;
        }
        match (&tracked.standing, task.state.is_active()) {
            // Where the task ended well, another process has the trial, which still writes.
            (Standing::Live, false) if task.state != JobState::Completed => tracked.standing = Standing::Interrupted,
            (Standing::Live, true) if matches!(task.state, JobState::Pending | JobState::Requeued) => {
                tracked.standing = Standing::Interrupted;
            }
            // One that ended well without a run left the trial to another process, which has it still or no more.
            (Standing::Pending, false) if !matches!(task.state, JobState::Cancelled | JobState::Completed) => {
                tracked.standing = Standing::Failed(vec![ended(task)]);
            }
            _ => {}
        }
    }
}

/// How a task ended, in words.
#[must_use]
pub fn ended(task: &Task) -> String {
    let reason = if task.reason.is_empty() { String::new() } else { format!(" ({})", task.reason) };
    format!("job {}_{}: {}{reason}; its log is {}", task.job, task.task, task.state.name(), task.log.display())
}

/// True where a task ended without a word: neither does its run tell of an end, nor was it taken out of the
/// queue before it began.
#[must_use]
pub fn died(task: &Task, standing: &Standing) -> bool {
    let said = match (standing, task.state) {
        (Standing::Done | Standing::Terminated(_), _)
        | (Standing::Stopped, JobState::Cancelled | JobState::Completed | JobState::Preempted)
        | (Standing::Pending, JobState::Cancelled | JobState::Completed)
        | (Standing::Live, JobState::Completed) => true,
        // What `join` says itself is no word of the run.
        (Standing::Failed(errors), _) => errors.first() != Some(&ended(task)),
        _ => false,
    };
    !task.state.is_active() && !said
}

/// The last `lines` lines of a log, as far as they are in its last kilobytes.
#[must_use]
pub fn tail(log: &Path, lines: usize) -> Vec<String> {
    let read = || -> std::io::Result<Vec<u8>> {
        let mut file = File::open(log)?;
        let size = file.metadata()?.len();
        file.seek(SeekFrom::Start(size.saturating_sub(TAIL)))?;
        let mut bytes = Vec::new();
        file.take(TAIL).read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    let all: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    all.iter().skip(all.len().saturating_sub(lines)).map(|line| (*line).to_owned()).collect()
}
