//! `avsc-tui study run` and `retry`, on this machine.

use std::{process::ExitCode, thread};

use anyhow::{Context as _, Result, anyhow};
use crossbeam_channel::{Receiver, Sender, select, tick, unbounded};
use jiff::Timestamp;

use super::{
    Chosen, WorkArgs, json,
    places::{Place, places},
    progress::Progress,
    tell, text,
    trainer::Trainer,
};
use crate::{
    app::signals,
    cli::{
        output,
        settings::{SettingsArgs, prepare},
        train::Display,
    },
    protocol::{Command, WorkerMessage},
    study::{
        Board, Folder, Plan, Standing,
        board::Which,
        engine::{
            local::{self, Study, Told, paused},
            slurm::look,
        },
        failure, ledger,
    },
    train::{mailbox::Mailbox, outbox::outbox},
};

/// Show what would be trained.
///
/// # Errors
/// If the device is not there.
pub fn show(plan: &Plan, folder: &Folder, work: &WorkArgs) -> Result<ExitCode> {
    let places = arranged(plan, work)?;
    let (board, problems) = ledger::read(folder.runs(), plan, Timestamp::now());
    tell(&problems);
    if work.json {
        output::result(json::study(plan, &board, folder, folder.is_running()))?;
    } else {
        output::result(text::dry_run(plan, &board, folder, &places))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Train the trials that are chosen, and print what came out.
///
/// # Errors
/// If the study is being run already, its data cannot be read, or its folder not be written.
pub fn run(
    settings: &SettingsArgs,
    mut plan: Plan,
    folder: &Folder,
    chosen: &Chosen,
    work: &WorkArgs,
) -> Result<ExitCode> {
    prepare(&plan.base);
    // Where the study lies now, not where it was planned: it may have been moved.
    plan.base.runs.dir = folder.runs().display().to_string();
    let places = arranged(&plan, work)?;
    let workers = places.len();
    let signals = signals::terminating()?;
    let _lock = folder.lock()?;
    let mut trainer = Trainer::new(places);
    let Some(broken) = load(&mut plan, &mut trainer, &signals)? else {
        output::message("stopped before the data was there");
        return Ok(ExitCode::SUCCESS);
    };
    folder.write_plan(&plan)?;
    let (mut board, problems) = ledger::read(folder.runs(), &plan, Timestamp::now());
    tell(&problems);
    let mut todo = chosen.todo(&plan, &board);
    todo.retain(|&index| fit(&plan, folder, &mut board, &broken, index));
    let open = todo.len();
    if chosen.which == Which::Open {
        // What other processes train is waited for.
        let live = board.trials.iter().enumerate().filter(|(_, trial)| trial.standing == Standing::Live);
        todo.extend(live.map(|(index, _)| index));
    }
    let twins = plan.take_twins(&mut todo);

    let mut progress = Progress::new(&plan, workers);
    announce(&board, &progress, open, workers);
    let mut asked = false;
    let study = Study { plan: &plan, folder, slots: workers, trainer: &trainer, others: None, is_over: &look::is_over };
    local::run(study, &mut board, todo, &mut |told, view| {
        for _ in signals.try_iter() {
            if asked {
                progress.finish();
                output::message("stopped at once; the study can be run again and goes on from there");
                std::process::exit(130);
            }
            asked = true;
        }
        if matches!(told, Told::Frame | Told::Over { .. }) && folder.is_asked_to_stop() {
            asked = true;
        }
        if asked && !view.stopping {
            progress.note("stopping the live trials, which keep their checkpoints; once more to stop at once");
        }
        progress.show(&told, &view);
        asked
    });
    for (twin, trained) in twins {
        board.copy(trained, twin);
    }
    progress.finish();
    conclude(settings, &plan, &board, folder, work)
}

fn arranged(plan: &Plan, work: &WorkArgs) -> Result<Vec<Place>> {
    places(&plan.base.train, work.workers.map(usize::from), plan.trials.len()).map_err(|error| anyhow!(error))
}

/// Say what there is to do, and what is left alone.
fn announce(board: &Board, progress: &Progress<'_>, todo: usize, workers: usize) {
    let tally = board.tally();
    progress.note(&format!(
        "{} trials: {} done, {} ended early, {} failed; {todo} to train, {} at a time",
        tally.total,
        tally.done,
        tally.terminated,
        tally.failed,
        workers.min(todo.max(1)),
    ));
    for trial in board.trials.iter().filter(|trial| trial.standing == Standing::Live) {
        let dir = trial.dir.as_deref().unwrap_or(std::path::Path::new("")).display();
        if trial.paused {
            progress.note(&format!("note: {}", paused(&dir)));
        } else {
            progress.note(&format!("note: {dir} is written by another process, and waited for"));
        }
    }
}

/// Print the tables; a trial that failed makes the whole a failure.
fn conclude(settings: &SettingsArgs, plan: &Plan, board: &Board, folder: &Folder, work: &WorkArgs) -> Result<ExitCode> {
    if work.json {
        output::result(json::study(plan, board, folder, false))?;
    } else {
        output::result(text::study(plan, board, folder, false))?;
    }
    let tally = board.tally();
    let path = folder.path().display();
    if tally.failed > 0 {
        let failed = trials(tally.failed);
        output::message(output::visible(&format!("{failed} failed; try again with: avsc-tui study retry {path}")));
    }
    let left = tally.pending + tally.halted + tally.live;
    if left > 0 {
        let (left, file, words) = (trials(left), plan.file.display(), settings.words());
        output::message(output::visible(&format!("{left} left; go on with: avsc-tui study run {file}{words}")));
    }
    Ok(if tally.failed > 0 { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn trials(count: usize) -> String {
    if count == 1 { "1 trial".to_owned() } else { format!("{count} trials") }
}

/// True where the data of trial `index` is there; otherwise it has failed.
fn fit(plan: &Plan, folder: &Folder, board: &mut Board, broken: &[Option<Vec<String>>], index: usize) -> bool {
    let Some(planned) = plan.trials.get(index) else { return false };
    let Some(Some(errors)) = broken.get(planned.data) else { return true };
    if let Err(error) = failure::write(folder, &planned.id, errors) {
        tell(&[format!("{}: {error:#}", planned.title())]);
    }
    if let Some(trial) = board.trials.get_mut(index) {
        trial.standing = Standing::Failed(errors.clone());
    }
    false
}

/// Read all data of the plan, with a bar; what is wrong with each. None where a signal cancelled it.
///
/// # Errors
/// If none of it can be read.
pub fn load(
    plan: &mut Plan,
    trainer: &mut Trainer,
    signals: &Receiver<i32>,
) -> Result<Option<Vec<Option<Vec<String>>>>> {
    let display = Display::new();
    let mut broken = Vec::with_capacity(plan.data.len());
    let mut last = None;
    for data in &mut plan.data {
        let (commands, inbox) = unbounded();
        let (outbox, messages, newest) = outbox();
        let (done, finished) = unbounded();
        let loaded = thread::scope(|scope| {
            let (config, trainer) = (&data.config, &mut *trainer);
            scope.spawn(move || {
                let _ = done.send(trainer.load(config, &mut Mailbox::new(inbox), &outbox));
            });
            watch(&display, signals, &messages, &newest, &finished, &commands)
        })?;
        match loaded {
            Ok(Some(loaded)) => {
                data.fingerprint = Some(loaded.data.fingerprint.clone());
                data.demo = loaded.data.demo;
                broken.push(None);
            }
            Ok(None) => return Ok(None),
            Err(error) => {
                broken.push(Some(error.chain().map(ToString::to_string).collect()));
                last = Some(error);
            }
        }
    }
    match last {
        Some(error) if broken.iter().all(Option::is_some) => Err(error),
        _ => Ok(Some(broken)),
    }
}

/// Show how loading goes until it has ended; a signal cancels it.
fn watch<T>(
    display: &Display,
    signals: &Receiver<i32>,
    messages: &Receiver<WorkerMessage>,
    newest: &Receiver<crate::protocol::Progress>,
    finished: &Receiver<T>,
    commands: &Sender<Command>,
) -> Result<T> {
    let frames = tick(Display::FRAME);
    let said = |message: WorkerMessage| match message {
        WorkerMessage::Notice(text) => display.note(&text),
        WorkerMessage::Loaded(summary) => display.loaded(&summary),
        _ => {}
    };
    loop {
        select! {
            recv(finished) -> loaded => {
                messages.try_iter().for_each(said);
                display.finish();
                return loaded.context("the thread that reads the data ended without a word");
            }
            recv(signals) -> _ => {
                let _ = commands.send(Command::CancelLoading);
            }
            recv(frames) -> _ => {
                messages.try_iter().for_each(said);
                if let Ok(progress) = newest.try_recv() {
                    display.progress(&progress);
                }
            }
        }
    }
}
