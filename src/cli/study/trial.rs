//! `avsc-tui study trial`: what a task of an array job runs.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, Result, anyhow, bail};
use crossbeam_channel::{Receiver, select};

use crate::{
    app::signals,
    cli::{output, settings::prepare, train::Display},
    config::Config,
    protocol::{Command, Outcome, RunEvent, RunRequest, WorkerMessage},
    runs::{History, RunDir, State, list},
    study::{
        Folder,
        engine::slurm::{Manifest, jobs::Begun, tool},
        plan::Trial,
    },
    train::{self, Worker},
};

/// A task that was begun so often and never came to the end of an epoch will not the next time.
const FRUITLESS: u32 = 3;

/// Train the trial of a task. A signal makes it keep its state; where Slurm still counts the task as
/// running, it is put back into the queue, to go on from there.
///
/// # Errors
/// If the manifest cannot be read, or the run cannot start, or fails.
pub fn run(manifest: &Path, task: usize) -> Result<ExitCode> {
    // From the first moment: a signal that nobody hears ends the process.
    let signals = signals::batch()?;
    let path = std::path::absolute(manifest).context("finding the current folder")?;
    let Manifest { plan, runs, .. } = Manifest::read(&path)?;
    let study = path.ancestors().nth(2).context("a manifest lies in the folder slurm of a study")?;
    let folder = Folder::at(study);
    let trial = plan.trials.get(task).with_context(|| format!("{} has no task {task}", path.display()))?;
    let before = Begun::read(&folder, &trial.id)?.map(|begun| begun.run);
    let resume = before.or_else(|| runs.get(task).cloned().flatten()).filter(|run| RunDir::at(run).config().is_file());
    if let Some(run) = resume.as_deref().filter(|run| is_done(&RunDir::at(run))) {
        output::message(output::visible(&format!("{} is trained already", run.display())));
        return Ok(ExitCode::SUCCESS);
    }
    let config =
        settings(plan.config(trial).map_err(|error| anyhow!(error))?, &folder, plan.slurm.cpus, resume.as_deref())?;
    prepare(&config);
    output::message(output::visible(&trial.title()));
    let worker = train::spawn()?;
    let _ = worker.commands.send(Command::Start(Box::new(RunRequest { config, resume })));
    let followed = follow(&worker, &signals, &folder, trial);
    let _ = worker.commands.send(Command::Shutdown);
    worker.join();
    conclude(&followed, &folder)
}

fn is_done(run: &RunDir) -> bool {
    let history = list::read(run, &mut Vec::new()).map(|entry| entry.history);
    history.is_ok_and(|history| matches!(history.outcome(), Some(Outcome::Finished | Outcome::EarlyStopped)))
}

/// The settings of the trial here: with as many threads as the task has processors, or as its run had
/// before, since its numbers depend on it.
fn settings(mut config: Config, folder: &Folder, cpus: usize, resume: Option<&Path>) -> Result<Config> {
    config.runs.dir = folder.runs().display().to_string();
    config.train.threads = match resume {
        Some(run) => RunDir::at(run).read_config()?.train.threads.max(1),
        None if config.train.threads > 0 => config.train.threads,
        None => cpus.max(1),
    };
    Ok(config)
}

/// What was seen of the task's run.
#[derive(Debug, Default)]
struct Followed {
    dir: Option<PathBuf>,
    history: History,
    refused: Vec<String>,
    /// The run is gone: another process asked for that.
    discarded: bool,
    /// A signal asked for the end.
    asked: bool,
    /// An epoch came to its end here.
    progressed: bool,
}

fn follow(worker: &Worker, signals: &Receiver<i32>, folder: &Folder, trial: &Trial) -> Followed {
    let mut seen = Followed::default();
    let display = Display::new();
    loop {
        select! {
            recv(worker.messages) -> message => match message {
                Ok(WorkerMessage::Event { dir, event }) => {
                    seen.history.apply(&event);
                    display.event(&event.event, &seen.history);
                    if let RunEvent::RunStarted(started) = &event.event {
                        let (fingerprint, demo) = (started.fingerprint.clone(), started.demo);
                        let begun = Begun { run: dir.clone(), fingerprint, demo };
                        if let Err(error) = begun.write(folder, &trial.id) {
                            display.note(&format!("a requeued task will begin anew: {error:#}"));
                        }
                    }
                    seen.progressed |= matches!(event.event, RunEvent::EpochFinished(_));
                    seen.dir = Some(dir);
                }
                Ok(WorkerMessage::Refused { errors, .. }) => seen.refused = errors,
                Ok(WorkerMessage::Notice(text)) => display.note(&text),
                Ok(WorkerMessage::Loaded(summary)) => display.loaded(&summary),
                Ok(WorkerMessage::LoadingCancelled) => {}
                Ok(WorkerMessage::Discarded { .. }) => seen.discarded = true,
                // The worker is idle before it sees the request, and again after the run.
                Ok(WorkerMessage::Idle) => {
                    if seen.history.is_over() || !seen.refused.is_empty() || seen.discarded || seen.asked {
                        break;
                    }
                }
                Ok(WorkerMessage::Gone) | Err(_) => break,
            },
            recv(signals) -> signal => {
                // Slurm sends several, and SIGKILL when its patience is at its end.
                if !seen.asked {
                    let signal = signal.map_or_else(|_| String::new(), |signal| format!(" {signal}"));
                    display.note(&format!("signal{signal}: stopping after this batch, keeping the state"));
                    let _ = worker.commands.send(Command::Shutdown);
                }
                seen.asked = true;
            },
        }
    }
    display.finish();
    seen
}

fn conclude(seen: &Followed, folder: &Folder) -> Result<ExitCode> {
    if !seen.refused.is_empty() {
        bail!("{}", seen.refused.join(": "));
    }
    let dir = seen.dir.as_deref().unwrap_or(Path::new("")).display();
    match (&seen.history.state, seen.history.outcome()) {
        (State::Failed(errors), _) => bail!("the run {dir} failed: {}", errors.join(": ")),
        (_, Some(Outcome::Finished | Outcome::EarlyStopped)) => Ok(ExitCode::SUCCESS),
        _ if seen.discarded => bail!("the run {dir} was discarded, as was asked from elsewhere"),
        _ if seen.asked => requeue(seen.progressed, folder),
        _ => bail!("the run {dir} ended without a word"),
    }
}

/// Put this task back into the queue, unless somebody wants it gone.
fn requeue(progressed: bool, folder: &Folder) -> Result<ExitCode> {
    let Ok(job) = std::env::var("SLURM_JOB_ID") else {
        output::message("stopped; this is no job of Slurm's");
        return Ok(ExitCode::SUCCESS);
    };
    if folder.is_asked_to_stop() {
        output::message("stopped, as the study was asked to");
        return Ok(ExitCode::SUCCESS);
    }
    // Whoever cancels a job sends the same signal as who preempts it.
    let arguments = ["-h", "-t", "all", "-o", "%T", "-j", &job].map(str::to_owned);
    let state = tool::ask("squeue", &arguments)?.good("squeue")?;
    if !state.lines().any(|line| line.trim() == "RUNNING") {
        output::message(output::visible(&format!("stopped; the job is {}, and not queued again", state.trim())));
        return Ok(ExitCode::SUCCESS);
    }
    let restarts = std::env::var("SLURM_RESTART_COUNT").ok().and_then(|count| count.parse::<u32>().ok()).unwrap_or(0);
    if !progressed && restarts >= FRUITLESS {
        bail!(
            "not queued again: {restarts} restarts, and no epoch came to its end; raise `time` in [slurm], or choose a \
             partition that does not preempt"
        );
    }
    tool::ask("scontrol", &["requeue".to_owned(), job])?.good("scontrol")?;
    output::message("queued again; it goes on from its last epoch");
    Ok(ExitCode::SUCCESS)
}
