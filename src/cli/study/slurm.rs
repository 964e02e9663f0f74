//! Studies whose trials Slurm's jobs train.

use std::{collections::BTreeSet, fmt::Write as _, process::ExitCode};

use anyhow::{Context as _, Result, bail};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Chosen, WorkArgs, json, tell, text};
use crate::{
    cli::output,
    study::{
        Board, Folder, Plan, Standing,
        engine::slurm::{
            JobState, Jobs, Queue, Task, curves,
            join::{died, join, learn, strangers, tail},
            look,
            look::{cancel, look_at},
            submit::{arguments, array_size, arrays, submit},
        },
        ledger,
    },
};

/// Tasks that are listed with the ends of their logs; more are counted.
const LISTED: usize = 10;

/// Lines of a log that are shown.
const LINES: usize = 10;

/// A study as its run directories and its jobs tell it.
#[derive(Debug)]
pub struct Seen {
    pub board: Board,
    pub queue: Queue,
}

/// Look at runs and jobs. The plan learns which data the jobs found.
///
/// # Errors
/// If the study's files cannot be read, or Slurm cannot be asked.
pub fn seen(plan: &mut Plan, folder: &Folder) -> Result<Seen> {
    learn(plan, folder)?;
    let mut queue = look(folder)?;
    // After the queue: what ends in between is then seen as ended by both.
    let (mut board, mut problems) = ledger::read(folder.runs(), plan, Timestamp::now());
    let told = plan.trials.iter().zip(&board.trials);
    let live = told.filter(|(trial, tracked)| tracked.standing == Standing::Live && !queue.is_active(&trial.id));
    let live: BTreeSet<&str> =
        live.map(|(trial, _)| trial.id.as_str()).filter(|id| queue.tasks.contains_key(*id)).collect();
    if !live.is_empty() {
        queue = look_at(folder, &live)?;
        (board, problems) = ledger::read(folder.runs(), plan, Timestamp::now());
    }
    tell(&problems);
    tell(strangers(plan, folder, &board)?.as_slice());
    join(plan, &mut board, &mut queue);
    Ok(Seen { board, queue })
}

/// True where jobs were submitted for the study.
///
/// # Errors
/// If its files cannot be read.
pub fn has_jobs(folder: &Folder) -> Result<bool> {
    Ok(!Jobs::read(folder)?.batches.is_empty())
}

/// Submit the trials that are chosen, or show what would be.
///
/// # Errors
/// If the study is being run already, its folder not be written, or `sbatch` refuses.
pub fn run(mut plan: Plan, folder: &Folder, chosen: &Chosen, dry_run: bool, work: &WorkArgs) -> Result<ExitCode> {
    let folder = &Folder::at(folder.path());
    // Jobs start in other folders.
    plan.base.runs.dir = folder.runs().display().to_string();
    if let Some(workers) = work.workers {
        plan.slurm.at_once = Some(usize::from(workers));
    }
    let program = std::env::current_exe().context("finding this program")?;
    if dry_run {
        return show(&mut plan, folder, chosen, work, &program);
    }
    let lock = folder.lock()?;
    let Seen { board, queue } = seen(&mut plan, folder)?;
    folder.write_plan(&plan)?;
    if plan.stop.is_some() {
        curves::write_known(folder, &plan, &board)?;
    }
    let todo = todo(&plan, &board, &queue, chosen);
    let size = if todo.is_empty() { 1 } else { array_size()? };
    let arrays = arrays(&plan, folder, &todo, size, &program)?;
    let after = queue.active_jobs().last().copied();
    let submitted = submit(&plan, &board, folder, &arrays, after, |array, job| {
        output::message(format_args!("job {job}: {} trials", array.trials.len()));
    });
    drop(lock);
    // Whoever asked while this process had the lock counts on it to cancel what it submitted.
    if folder.is_asked_to_stop() {
        let jobs = look(folder)?.active_jobs();
        cancel(&jobs)?;
        output::message(format_args!("stopped, as it was asked to; {} array jobs are cancelled", jobs.len()));
    }
    submitted?;
    let seen = seen(&mut plan, folder)?;
    status(&plan, folder, &seen, work.json)?;
    output::message(output::visible(&format!("follow it with: avsc-tui study status {}", folder.path().display())));
    Ok(ExitCode::SUCCESS)
}

/// The trials to be submitted: what is open and not in the queue already.
fn todo(plan: &Plan, board: &Board, queue: &Queue, chosen: &Chosen) -> Vec<usize> {
    let mut todo = chosen.todo(plan, board);
    todo.retain(|&index| plan.trials.get(index).is_some_and(|trial| !queue.is_active(&trial.id)));
    plan.take_twins(&mut todo);
    todo
}

/// Show script and plan. Without Slurm at hand its default array size is taken.
fn show(
    plan: &mut Plan,
    folder: &Folder,
    chosen: &Chosen,
    work: &WorkArgs,
    program: &std::path::Path,
) -> Result<ExitCode> {
    let (size, seen) = match (array_size(), has_jobs(folder)?) {
        (Ok(size), true) => (size, Some(seen(plan, folder)?)),
        (Ok(size), false) => (size, None),
        (Err(error), _) => {
            output::message(output::visible(&format!("note: {error:#}")));
            (1001, None)
        }
    };
    let Seen { board, queue } = match seen {
        Some(seen) => seen,
        None => Seen { board: ledger::read(folder.runs(), plan, Timestamp::now()).0, queue: Queue::default() },
    };
    let arrays = arrays(plan, folder, &todo(plan, &board, &queue, chosen), size, program)?;
    if work.json {
        let arrays = arrays.iter().map(|array| {
            let trials: Vec<_> = array.trials.iter().filter_map(|&index| Some(&plan.trials.get(index)?.id)).collect();
            json!({ "arguments": arguments(plan, folder, array, None), "script": array.script, "trials": trials })
        });
        output::result(json!({ "study": plan.name, "arrays": arrays.collect::<Vec<_>>() }))?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut out = text::dry_run(plan, &board, folder, &[]);
    out.push('\n');
    for array in &arrays {
        let _ = writeln!(out, "\nsbatch {}", arguments(plan, folder, array, None).join(" "));
        let first = array.trials.iter().zip(0..).take(LISTED);
        for (&index, task) in first {
            let title = plan.trials.get(index).map(crate::study::plan::Trial::title).unwrap_or_default();
            let _ = writeln!(out, "  task {task}: {title}");
        }
        if array.trials.len() > LISTED {
            let _ = writeln!(out, "  … and {} more", array.trials.len() - LISTED);
        }
    }
    for (key, origin) in &plan.slurm_from {
        let _ = write!(out, "\n{key} is from {origin}");
    }
    if !plan.slurm_from.is_empty() {
        out.push('\n');
    }
    if let Some(array) = arrays.first() {
        let _ = write!(out, "\n{}", array.script);
    }
    output::result(output::visible(&out))?;
    Ok(ExitCode::SUCCESS)
}

/// Print how far the study is, and where its jobs stand.
///
/// # Errors
/// If stdout cannot be written.
pub fn status(plan: &Plan, folder: &Folder, seen: &Seen, json: bool) -> Result<()> {
    let running = folder.is_running() || !seen.queue.active_jobs().is_empty();
    if json {
        let mut object = json::study(plan, &seen.board, folder, running);
        if let Some(object) = object.as_object_mut() {
            object.insert("jobs".to_owned(), tasks(plan, seen));
        }
        return output::result(object);
    }
    let study = text::study(plan, &seen.board, folder, running);
    output::result(format!("{}\n\n{study}", output::visible(&queue(plan, seen))))
}

/// The tasks in the plan's order, each with its trial's title and standing.
fn listed<'a>(plan: &'a Plan, seen: &'a Seen) -> impl Iterator<Item = (usize, String, &'a Task)> {
    let known = plan.trials.iter().enumerate();
    known.filter_map(|(index, trial)| Some((index, trial.title(), seen.queue.tasks.get(&trial.id)?)))
}

fn is_lost(seen: &Seen, index: usize, task: &Task) -> bool {
    seen.board.trials.get(index).is_some_and(|trial| died(task, &trial.standing))
}

fn tasks(plan: &Plan, seen: &Seen) -> Value {
    let task = |(index, _, task): (usize, String, &Task)| {
        let lost = is_lost(seen, index, task);
        json!({
            "trial": plan.trials.get(index).map(|trial| &trial.id),
            "job": task.job,
            "task": task.task,
            "state": task.state.name(),
            "reason": task.reason,
            "log": task.log,
            "died": lost,
            "tail": if lost { json!(tail(&task.log, LINES)) } else { Value::Null },
        })
    };
    listed(plan, seen).map(task).collect()
}

/// How many tasks stand where, why they wait, and what those that died said last.
fn queue(plan: &Plan, seen: &Seen) -> String {
    let mut counts: std::collections::BTreeMap<(JobState, String), usize> = std::collections::BTreeMap::new();
    for (_, _, task) in listed(plan, seen) {
        let waits = matches!(task.state, JobState::Pending | JobState::Requeued);
        let reason = if waits { task.reason.clone() } else { String::new() };
        *counts.entry((task.state, reason)).or_default() += 1;
    }
    let count = |((state, reason), count): (&(JobState, String), &usize)| {
        let reason = if reason.is_empty() { String::new() } else { format!(" ({reason})") };
        format!("{count} {}{reason}", state.name())
    };
    let counts: Vec<_> = counts.iter().map(count).collect();
    let mut out = format!("Slurm: {}\n", if counts.is_empty() { "no tasks".to_owned() } else { counts.join(", ") });
    let lost: Vec<_> = listed(plan, seen).filter(|(index, _, task)| is_lost(seen, *index, task)).collect();
    for (_, title, task) in lost.iter().take(LISTED) {
        let _ = writeln!(out, "  {title}: {}", crate::study::engine::slurm::join::ended(task));
        for line in tail(&task.log, LINES) {
            let _ = writeln!(out, "    | {line}");
        }
    }
    if lost.len() > LISTED {
        let _ = writeln!(out, "  … and {} more", lost.len() - LISTED);
    }
    out
}

/// Cancel the study's jobs.
///
/// # Errors
/// If Slurm cannot be asked, or there is nothing to cancel.
pub fn stop(plan: &mut Plan, folder: &Folder) -> Result<()> {
    let jobs = seen(plan, folder)?.queue.active_jobs();
    if jobs.is_empty() {
        bail!("no job of the study {} is queued or running; there is nothing to stop", plan.name);
    }
    // First: a task that hears the signal must know that it is not to come back.
    folder.ask_to_stop()?;
    cancel(&jobs)?;
    output::message(format_args!("cancelled {} array jobs; the live trials keep their checkpoints", jobs.len()));
    Ok(())
}
