//! `avsc-tui study trial`: what a task of an array job runs.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::{Context as _, Result, bail};
use crossbeam_channel::Receiver;

use super::{places::Place, run::load, trainer::Trainer};
use crate::{
    app::signals,
    cli::{output, settings::prepare, train::Display},
    device,
    protocol::{Outcome, RunEvent, Writer},
    runs::{History, RunDir, list},
    study::{
        Board, Folder, Plan, Standing, Tracked,
        engine::{
            local::{self, Study, Told},
            slurm::{
                Manifest,
                curves::{self, Curves},
                jobs::Begun,
                look, tool,
            },
        },
        failure,
        plan::Trial,
    },
};

/// A task that was begun so often and never came to the end of an epoch will not the next time.
const FRUITLESS: u32 = 3;

const VERSION: &str = env!("CARGO_PKG_VERSION");

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
    if plan.version != VERSION {
        bail!(
            "the task was submitted by version {} of this program, and this is {VERSION}, whose runs do not count \
             beside those of the other; submit the study anew: avsc-tui study run {}",
            plan.version,
            plan.file.display()
        );
    }
    let before = Begun::read(&folder, &trial.id)?.map(|begun| begun.run);
    let known: Vec<PathBuf> = before.into_iter().chain(runs.get(task).cloned().flatten()).collect();
    if let Some(run) = known.iter().find(|run| is_done(&RunDir::at(run), &plan)) {
        output::message(output::visible(&format!("{} is trained already", run.display())));
        return Ok(ExitCode::SUCCESS);
    }
    let resume = known.into_iter().find(|run| is_own(&RunDir::at(run), &plan));
    output::message(output::visible(&trial.title()));
    let task = Task { plan: alone(&plan, trial, &folder)?, folder, resume };
    let trained = task.train(&signals);
    if let (Err(error), Some(trial)) = (&trained, task.plan.trials.first()) {
        let errors: Vec<_> = error.chain().map(ToString::to_string).collect();
        if let Err(error) = failure::write(&task.folder, &trial.id, &errors) {
            output::message(output::visible(&format!("note: {error:#}")));
        }
    }
    task.conclude(&trained?)
}

/// True where the run needs no more training.
fn is_done(run: &RunDir, plan: &Plan) -> bool {
    list::read(run, &mut Vec::new()).is_ok_and(|entry| match entry.history.outcome() {
        _ if !entry.history.changes.is_empty() => false,
        Some(Outcome::Finished | Outcome::EarlyStopped) => true,
        Some(Outcome::Stopped) => entry.history.stop_reason.is_some() && plan.stop.is_some(),
        None => false,
    })
}

/// True where the study goes on with the run: it is the study's own, and nobody changed its settings while
/// it trained, which made it another run.
fn is_own(run: &RunDir, plan: &Plan) -> bool {
    let own = run.read_config().is_ok_and(|config| config.study.name == plan.name);
    // A log that cannot be read is told of by the trainer.
    own && list::read(run, &mut Vec::new()).map_or(true, |entry| entry.history.changes.is_empty())
}

/// The plan with `trial` and its data alone, trained on as many threads as the task has processors.
fn alone(plan: &Plan, trial: &Trial, folder: &Folder) -> Result<Plan> {
    let data = plan.data.get(trial.data).cloned().context("the trial's data is not in the manifest")?;
    let mut plan =
        Plan { blocks: Vec::new(), data: vec![data], trials: vec![Trial { data: 0, ..trial.clone() }], ..plan.clone() };
    plan.base.runs.dir = folder.runs().display().to_string();
    if plan.base.train.threads == 0 {
        plan.base.train.threads = plan.slurm.cpus.max(1);
    }
    Ok(plan)
}

/// A task with its one trial, number 0 of its plan.
#[derive(Debug)]
struct Task {
    plan: Plan,
    folder: Folder,
    resume: Option<PathBuf>,
}

/// What was seen of the task's run.
#[derive(Debug, Default)]
struct Seen {
    tracked: Tracked,
    /// A signal asked for the end.
    asked: bool,
    /// An epoch came to its end here.
    progressed: bool,
    /// Who trains it instead.
    elsewhere: Option<String>,
}

impl Task {
    /// Load the data and train the trial.
    ///
    /// # Errors
    /// What no run tells of: the device is not there, say, or the data.
    fn train(&self, signals: &Receiver<i32>) -> Result<Seen> {
        let mut plan = self.plan.clone();
        prepare(&plan.base);
        let train = &plan.base.train;
        let compute = device::resolve(&train.device).map_err(anyhow::Error::msg)?;
        let mut trainer = Trainer::new(vec![Place { device: compute.key, threads: train.threads }]);
        if load(&mut plan, &mut trainer, signals)?.is_none() {
            return Ok(Seen { asked: true, ..Seen::default() });
        }
        self.check_data(&plan)?;
        let mut board = Board { trials: vec![Tracked { dir: self.resume.clone(), ..Tracked::default() }] };
        let id = plan.trials.first().map_or("", |trial| &trial.id);
        let study = Study {
            plan: &plan,
            folder: &self.folder,
            slots: 1,
            trainer: &trainer,
            others: Some(Box::new(Curves::of(&self.folder, id))),
            is_over: &look::is_over,
        };
        let mut watcher = Watcher {
            task: self,
            plan: &plan,
            display: Display::new(),
            history: History::default(),
            seen: Seen::default(),
        };
        local::run(study, &mut board, vec![0], &mut |told, view| {
            let tracked = view.board.trials.first();
            watcher.hear(&told, id, tracked);
            watcher.obey(signals)
        });
        watcher.display.finish();
        let tracked = board.trials.into_iter().next().unwrap_or_default();
        if let (Standing::Done | Standing::Terminated(_), Some(run)) = (&tracked.standing, &tracked.dir) {
            // Where another process has trained it, nobody here has written down on which data.
            watcher.note(id, run);
        }
        Ok(Seen { tracked, ..watcher.seen })
    }

    /// The data that was read for `plan` must be what the study was begun on: its runs count on no other.
    fn check_data(&self, plan: &Plan) -> Result<()> {
        let (Some(known), Some(read)) = (self.plan.data.first(), plan.data.first()) else { return Ok(()) };
        if known.fingerprint.is_some() && known.fingerprint != read.fingerprint {
            bail!(
                "the data is not what the study {} was begun on, so that this trial would not count beside the others; \
                 put the data back, or give the study another name",
                plan.name
            );
        }
        Ok(())
    }

    fn conclude(&self, seen: &Seen) -> Result<ExitCode> {
        let dir = seen.tracked.dir.as_deref().unwrap_or(Path::new("")).display();
        match (&seen.tracked.standing, &seen.elsewhere) {
            (Standing::Failed(errors), _) => bail!("the run {dir} failed: {}", errors.join(": ")),
            (Standing::Done, _) => Ok(ExitCode::SUCCESS),
            (Standing::Terminated(reason), _) => {
                output::message(output::visible(&format!("ended by the study's rule, {reason}")));
                Ok(ExitCode::SUCCESS)
            }
            (_, Some(who)) => {
                output::message(output::visible(&format!("{who} trains it; there is nothing to do here")));
                Ok(ExitCode::SUCCESS)
            }
            _ if seen.asked => requeue(seen.progressed, &self.folder),
            (Standing::Stopped, _) => {
                output::message(output::visible(&format!("the run {dir} was stopped, as it was asked to")));
                Ok(ExitCode::SUCCESS)
            }
            (Standing::Pending, _) => {
                output::message("the run was discarded, as it was asked to");
                Ok(ExitCode::SUCCESS)
            }
            _ => bail!("the run {dir} ended without a word"),
        }
    }
}

/// Shows what happens to a task's trial, and writes down what others need to know of it.
struct Watcher<'a> {
    task: &'a Task,
    /// The task's plan, with what was read of the data.
    plan: &'a Plan,
    display: Display,
    history: History,
    seen: Seen,
}

impl Watcher<'_> {
    fn hear(&mut self, told: &Told<'_>, id: &str, tracked: Option<&Tracked>) {
        match told {
            Told::Event { event, .. } => {
                self.history.apply(event);
                self.display.event(&event.event, &self.history);
                let (plan, folder) = (&self.task.plan, &self.task.folder);
                match (&event.event, tracked.and_then(|tracked| tracked.dir.clone())) {
                    (RunEvent::RunStarted(started), Some(run)) => {
                        let (fingerprint, demo) = (started.fingerprint.clone(), started.demo);
                        if let Err(error) = (Begun { run, fingerprint, demo }).write(folder, id) {
                            self.display.note(&format!("a requeued task will begin anew: {error:#}"));
                        }
                    }
                    (RunEvent::EpochFinished(_), _) => {
                        self.seen.progressed = true;
                        let curve = tracked.map_or(&[][..], |tracked| &tracked.curve);
                        if let Err(error) = plan.stop.map_or(Ok(()), |_| curves::write(folder, id, curve)) {
                            self.display.note(&format!("the others' rule does not know of this epoch: {error:#}"));
                        }
                    }
                    _ => {}
                }
            }
            Told::Away { holder, late: false, .. } => {
                let Writer { pid, host, .. } = &holder.writer;
                if let Some(run) = holder.run.as_deref().and_then(|run| local::run_of(&self.task.folder, run)) {
                    self.note(id, &run);
                }
                self.seen.elsewhere = Some(format!("process {pid} on {host}, of the study {},", holder.study));
            }
            // It may be dead: whether it is, shows within minutes.
            Told::Away { holder, late: true, .. } => {
                self.display.note(&format!("waiting for {}, which has been silent", holder.writer.host));
            }
            Told::Note(text) => self.display.note(text),
            Told::Begun { .. } | Told::Over { .. } | Told::Frame => {}
        }
    }

    /// Write down that `run`, which another process has begun, is the trial `id`.
    fn note(&self, id: &str, run: &Path) {
        let Some(data) = self.plan.data.first() else { return };
        let Some(fingerprint) = data.fingerprint.clone() else { return };
        if let Err(error) = (Begun { run: run.to_owned(), fingerprint, demo: data.demo }).write(&self.task.folder, id) {
            self.display.note(&format!("`study status` will not find {}: {error:#}", run.display()));
        }
    }

    /// True where the work is to end: a signal came, or there is none to do here.
    fn obey(&mut self, signals: &Receiver<i32>) -> bool {
        for signal in signals.try_iter() {
            // Slurm sends several, and SIGKILL when its patience is at its end.
            if !self.seen.asked {
                self.display.note(&format!("signal {signal}: stopping after this batch, keeping the state"));
            }
            self.seen.asked = true;
        }
        self.seen.asked || self.seen.elsewhere.is_some()
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
        output::message(output::visible(&format!(
            "stopped; the job is {}: where Slurm itself queues it again, as after a preemption or a node's failure, it \
             goes on from its last epoch",
            state.trim()
        )));
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
