//! What is shown on stderr while a study is trained: a line a trial, and a bar where that is a terminal.

use std::{collections::HashSet, io::IsTerminal as _, path::Path, time::Duration};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::{
    cli::output,
    protocol::RunEvent,
    study::{
        Plan, Standing, Tracked,
        engine::{
            Job,
            local::{Told, View},
        },
        eta,
        plan::Trial,
    },
};

/// Shows the progress of a study.
#[derive(Debug)]
pub struct Progress<'a> {
    plan: &'a Plan,
    workers: usize,
    /// None where stderr is no terminal.
    bar: Option<ProgressBar>,
    /// Trials that were said to be trained by others.
    away: HashSet<usize>,
}

impl<'a> Progress<'a> {
    #[must_use]
    pub fn new(plan: &'a Plan, workers: usize) -> Self {
        let bar = std::io::stderr().is_terminal().then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("trials {bar:20} {pos}/{len} {wide_msg}") {
                bar.set_style(style.progress_chars("█▉▊▋▌▍▎▏ "));
            }
            bar
        });
        Self { plan, workers, bar, away: HashSet::new() }
    }

    /// A line that stays.
    pub fn note(&self, text: &str) {
        let text = output::visible(text);
        match &self.bar {
            Some(bar) => bar.println(text),
            None => output::message(text),
        }
    }

    /// Tell of what happened.
    pub fn show(&mut self, told: &Told<'_>, view: &View<'_>) {
        match told {
            Told::Begun { job } if job.resume.is_some() => self.note(&format!("goes on: {}", self.title(job))),
            Told::Over { job } => {
                if let Some(trial) = view.board.trials.get(job.trial) {
                    self.note(&format!("{}: {}", self.title(job), self.outcome(trial)));
                }
            }
            Told::Away { trial, holder, .. } => {
                if self.away.insert(*trial) {
                    let title = self.plan.trials.get(*trial).map_or_else(String::new, Trial::title);
                    let who = format!("process {} on {}", holder.writer.pid, holder.writer.host);
                    self.note(&format!("{title}: waits for {who}, which has it for the study {}", holder.study));
                }
            }
            Told::Note(text) => self.note(&format!("note: {text}")),
            Told::Event { event, .. } => {
                if !matches!(event.event, RunEvent::ResumedFrom { .. } | RunEvent::EpochFinished(_)) {
                    return;
                }
            }
            Told::Begun { .. } | Told::Frame => {}
        }
        let Some(bar) = &self.bar else { return };
        let tally = view.board.tally();
        bar.set_length(tally.total as u64);
        bar.set_position((tally.done + tally.terminated + tally.failed) as u64);
        let todo: Vec<usize> = view.todo.iter().copied().collect();
        let left = eta::remaining(self.plan, view.board, &todo, self.workers);
        let left = left.map_or_else(String::new, |seconds| format!(", about {} left", duration(seconds)));
        let live =
            view.board.trials.iter().zip(&self.plan.trials).filter(|(trial, _)| trial.standing == Standing::Live);
        let live: Vec<_> = live
            .take(self.workers)
            .map(|(trial, planned)| format!("{}: epoch {}", planned.title(), trial.curve.len() + 1))
            .collect();
        let state = if view.stopping { ", stopping" } else { &left };
        let away = if view.away > 0 { format!(", {} elsewhere", view.away) } else { String::new() };
        bar.set_message(output::visible(&format!("{} live{away}{state} │ {}", tally.live, live.join(" │ "))));
    }

    fn title(&self, job: &Job) -> String {
        self.plan.trials.get(job.trial).map_or_else(String::new, Trial::title)
    }

    fn outcome(&self, trial: &Tracked) -> String {
        let figure = self.plan.figure;
        let value = trial.finished.as_ref().and_then(|finished| figure.of(finished));
        let value = value.map_or_else(String::new, |value| format!("{figure} {value:.4}, "));
        let epochs = trial.finished.as_ref().map_or(trial.curve.len(), |finished| finished.epochs);
        let run = trial.dir.as_deref().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
        match &trial.standing {
            Standing::Failed(errors) => format!("FAILED: {}", errors.join(": ")),
            Standing::Terminated(reason) => format!("{value}ended after {epochs} epochs, {reason} ({run})"),
            Standing::Done => format!("{value}{epochs} epochs, {} ({run})", duration(trial.seconds)),
            other => format!("{} after {epochs} epochs ({run})", other.name()),
        }
    }

    /// Take the bar away.
    pub fn finish(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// A time for people: `9.4 s`, `4 min 10 s`, `2 h 5 min`.
#[must_use]
pub fn duration(seconds: f64) -> String {
    if seconds < 60.0 {
        return format!("{seconds:.1} s");
    }
    let seconds = Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX).as_secs();
    match (seconds / 3600, seconds % 3600 / 60) {
        (0, minutes) => format!("{minutes} min {} s", seconds % 60),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}
