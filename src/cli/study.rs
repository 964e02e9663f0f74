//! `avsc-tui study`: many runs from one file.

mod again;
mod json;
mod places;
mod progress;
mod run;
mod slurm;
mod text;
mod trainer;
mod trial;

use std::{
    collections::{BTreeSet, HashSet},
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Mutex, PoisonError},
    thread,
    time::Duration,
};

use anyhow::{Result, bail};
use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;

use super::{
    Usage, output,
    settings::{SettingsArgs, finish},
};
use crate::{
    config::Problems,
    report,
    study::{
        Board, Folder, Plan, Standing,
        board::Which,
        engine::slurm::{Queue, join::learn, tool::Away},
        file, ledger,
        plan::{self, Surroundings},
    },
};

/// How long `status --wait` waits between two looks, at first and when nothing happens for long.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LAST_PAUSE: Duration = Duration::from_mins(1);

#[derive(Debug, Subcommand)]
pub enum StudyCommand {
    /// Train what is not trained yet; a study that was stopped or killed goes on where it was.
    Run {
        /// The study, a TOML file; assets/studies/ has examples.
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// What gets the trials trained.
        #[arg(long, value_enum, default_value_t = Engine::Local)]
        engine: Engine,
        /// Show the trials and train none.
        #[arg(long)]
        dry_run: bool,
        #[command(flatten)]
        work: WorkArgs,
    },
    /// Tell how far a study is, and what came out.
    Status {
        #[command(flatten)]
        study: StudyArg,
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
        /// First wait until nothing of it is queued or running.
        #[arg(long)]
        wait: bool,
    },
    /// Have the process or the jobs that run a study, wherever they are, stop their trials and end.
    Stop {
        #[command(flatten)]
        study: StudyArg,
    },
    /// Write the tables and figures of the trials that are done, as `avsc-tui report` does.
    Report {
        #[command(flatten)]
        study: StudyArg,
        /// Folder to write: missing, empty, or a report that nobody has changed since.
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
        /// Replace a report even if its files were changed since it was written; never another folder.
        #[arg(long)]
        force: bool,
    },
    /// Train the trials that failed or were interrupted, and no others.
    Retry {
        #[command(flatten)]
        study: StudyArg,
        /// What gets the trials trained; what did so last, where it is not given.
        #[arg(long, value_enum)]
        engine: Option<Engine>,
        /// These trials alone, by the names that `status --json` tells.
        #[arg(long, value_name = "ID", num_args = 1.., value_delimiter = ',')]
        trials: Vec<String>,
        #[command(flatten)]
        work: WorkArgs,
    },
    /// Train the trial of one task of an array job, as the batch scripts do.
    #[command(hide = true)]
    Trial {
        /// What the array trains.
        #[arg(value_name = "MANIFEST")]
        manifest: PathBuf,
        /// Number of the task in its array.
        #[arg(long, value_name = "N")]
        task: usize,
    },
}

/// What gets the trials trained.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Engine {
    /// This process, several trials at a time.
    Local,
    /// Array jobs of Slurm; this command submits them and ends. What they ask for stands in the
    /// file's table [slurm].
    Slurm,
}

#[derive(Clone, Debug, Args)]
pub struct StudyArg {
    /// The study's file, or its folder below the runs folder.
    #[arg(value_name = "FILE|DIR")]
    study: PathBuf,
}

#[derive(Clone, Debug, Args)]
pub struct WorkArgs {
    /// Trials at a time; one a core, or one a GPU, where it is not given. With Slurm: tasks at a time.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    workers: Option<u16>,
    /// Print one JSON object instead of the tables.
    #[arg(long)]
    json: bool,
}

/// Do what was asked.
///
/// # Errors
/// If the study or the settings are wrong, a trial fails, or nothing can be trained.
pub fn run(settings: &SettingsArgs, command: StudyCommand) -> Result<ExitCode> {
    match command {
        StudyCommand::Run { file, engine, dry_run, work } => {
            let (plan, folder) = expanded(settings, &file)?;
            warn(&plan);
            match engine {
                Engine::Local if dry_run => run::show(&plan, &folder, &work),
                Engine::Local => local(settings, plan, &folder, &Chosen::all(Which::Open), &work),
                Engine::Slurm => slurm::run(plan, &folder, &Chosen::all(Which::Open), dry_run, &work),
            }
        }
        StudyCommand::Status { study, json, wait } => {
            let (plan, folder) = study.find(settings)?;
            warn(&plan);
            status(plan, &folder, json, wait)
        }
        StudyCommand::Stop { study } => {
            let (mut plan, folder) = study.find(settings)?;
            if !folder.is_running() && slurm::has_jobs(&folder)? {
                slurm::stop(&mut plan, &folder)?;
                return Ok(ExitCode::SUCCESS);
            }
            if !folder.is_running() {
                bail!("no process runs the study {}; there is nothing to stop", plan.name);
            }
            folder.ask_to_stop()?;
            output::message(format_args!(
                "asked to stop; the live trials keep their checkpoints: avsc-tui study status {}",
                folder.path().display()
            ));
            Ok(ExitCode::SUCCESS)
        }
        StudyCommand::Report { study, out, force } => {
            let (plan, folder) = study.find(settings)?;
            report(&plan, &folder, &out, force)
        }
        StudyCommand::Retry { study, engine, trials, work } => {
            let (plan, folder) = study.again(settings)?;
            let chosen = Chosen { which: Which::Retry, trials: named(&plan, &trials)? };
            let last = if slurm::has_jobs(&folder)? { Engine::Slurm } else { Engine::Local };
            match engine.unwrap_or(last) {
                Engine::Local => local(settings, plan, &folder, &chosen, &work),
                Engine::Slurm => slurm::run(plan, &folder, &chosen, false, &work),
            }
        }
        StudyCommand::Trial { manifest, task } => trial::run(&manifest, task),
    }
}

/// The trials that are asked for.
#[derive(Debug)]
struct Chosen {
    which: Which,
    /// Names of those alone that are meant; none: all.
    trials: Option<HashSet<String>>,
}

impl Chosen {
    fn all(which: Which) -> Self {
        Self { which, trials: None }
    }

    /// Indices of the trials to be trained, in their order.
    fn todo(&self, plan: &Plan, board: &Board) -> Vec<usize> {
        let mut todo = board.todo(plan, self.which);
        if let Some(trials) = &self.trials {
            todo.retain(|&index| plan.trials.get(index).is_some_and(|trial| trials.contains(&trial.id)));
        }
        todo
    }
}

/// The trials that are named, if any are.
fn named(plan: &Plan, names: &[String]) -> Result<Option<HashSet<String>>> {
    let known: HashSet<&str> = plan.trials.iter().map(|trial| trial.id.as_str()).collect();
    if let Some(unknown) = names.iter().find(|name| !known.contains(name.as_str())) {
        return Err(Usage(format!(
            "the study {} has no trial {}; `avsc-tui study status --json` tells their names",
            plan.name,
            output::visible(unknown)
        ))
        .into());
    }
    Ok((!names.is_empty()).then(|| names.iter().cloned().collect()))
}

/// Train here, unless jobs do.
fn local(
    settings: &SettingsArgs,
    mut plan: Plan,
    folder: &Folder,
    chosen: &Chosen,
    work: &WorkArgs,
) -> Result<ExitCode> {
    if slurm::has_jobs(folder)? && !slurm::seen(&mut plan, folder)?.queue.active_jobs().is_empty() {
        let path = folder.path().display();
        bail!("jobs of Slurm train this study; wait for them, or cancel them with: avsc-tui study stop {path}");
    }
    run::run(settings, plan, folder, chosen, work)
}

fn status(mut plan: Plan, folder: &Folder, json: bool, wait: bool) -> Result<ExitCode> {
    let mut pause = FIRST_PAUSE;
    let mut before = None;
    let mut away = false;
    let jobs = slurm::has_jobs(folder)?;
    loop {
        let seen = if jobs {
            match slurm::seen(&mut plan, folder) {
                Err(error) if wait && error.is::<Away>() => {
                    if !away {
                        tell(&[format!("{error:#}; it is asked again until it answers")]);
                    }
                    away = true;
                    pause = slower(pause);
                    thread::sleep(pause);
                    continue;
                }
                seen => seen?,
            }
        } else {
            let (board, problems) = ledger::read(folder.runs(), &plan, Timestamp::now());
            tell(&problems);
            slurm::Seen { board, queue: Queue::default() }
        };
        away = false;
        let running = folder.is_running() || !seen.queue.active_jobs().is_empty();
        if wait && running {
            let tally = Some(seen.board.tally());
            // Politely: many look at one controller and one file system.
            pause = if tally == before { slower(pause) } else { FIRST_PAUSE };
            before = tally;
            thread::sleep(pause);
            continue;
        }
        if jobs {
            slurm::status(&plan, folder, &seen, json)?;
        } else if json {
            output::result(json::study(&plan, &seen.board, folder, running))?;
        } else {
            output::result(text::study(&plan, &seen.board, folder, running))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
}

/// The pause after one in which nothing happened.
fn slower(pause: Duration) -> Duration {
    (pause * 3 / 2).min(LAST_PAUSE)
}

/// Write the report of the trials that are done.
fn report(plan: &Plan, folder: &Folder, out: &Path, force: bool) -> Result<ExitCode> {
    warn(plan);
    let (board, problems) = ledger::read(folder.runs(), plan, Timestamp::now());
    tell(&problems);
    let done = board.trials.iter().filter(|trial| trial.standing == Standing::Done);
    let dirs: BTreeSet<PathBuf> = done.filter_map(|trial| trial.dir.clone()).collect();
    if dirs.is_empty() {
        bail!("no trial of the study {} is done yet; there is nothing to report", plan.name);
    }
    let tally = board.tally();
    if tally.done < tally.total {
        output::message(format_args!("note: {} of {} trials are done", tally.done, tally.total));
    }
    let (runs, problems) = report::collect(folder.runs(), &Vec::from_iter(dirs))?;
    tell(&problems);
    report::write(runs, out, &report::Options { title: plan.name.clone(), force, ..report::Options::default() })?;
    output::result(out.join("report.html").display())?;
    Ok(ExitCode::SUCCESS)
}

/// The plan that a study's file gives with these settings, and the study's folder. What an earlier
/// plan knows of the data is taken over.
fn expanded(settings: &SettingsArgs, path: &Path) -> Result<(Plan, Folder)> {
    let expand = || {
        let over = |layers| settings.over(layers);
        let around = Surroundings { under: settings.file(), over: &over, fixed: settings.keys(), settle: &finish };
        plan::expand(&file::read(path)?, &around)
    };
    let mut plan = expand()
        .map_err(|Problems(problems)| Problems(problems.iter().map(|problem| output::visible(problem)).collect()))?;
    let folder = Folder::of(Path::new(&plan.base.runs.dir), &plan.name);
    if let Some(older) = folder.read_plan()? {
        plan.inherit(&older);
    }
    Ok((plan, folder))
}

impl StudyArg {
    fn find(&self, settings: &SettingsArgs) -> Result<(Plan, Folder)> {
        find(settings, &self.study)
    }
}

/// The study's plan as it was last run, or as its file gives it, and its folder. `path`: either of the two.
///
/// # Errors
/// If there is no study, or something is wrong with it.
pub fn find(settings: &SettingsArgs, path: &Path) -> Result<(Plan, Folder)> {
    if path.is_dir() {
        let folder = Folder::at(path);
        let Some(mut plan) = folder.read_plan()? else {
            bail!(
                "there is no study in {}: it has no plan.json; name its file, or study-… in the runs folder",
                path.display()
            )
        };
        learn(&mut plan, &folder)?;
        return Ok((plan, folder));
    }
    let (plan, folder) = expanded(settings, path)?;
    let mut plan = folder.read_plan()?.unwrap_or(plan);
    learn(&mut plan, &folder)?;
    Ok((plan, folder))
}

/// Say loudly where the test split is ranked by.
fn warn(plan: &Plan) {
    if plan.figure.is_test() {
        output::message(format_args!(
            "WARNING: this study ranks by {}. A setting that is chosen on the test split has a test score that is too \
             good; report it as such, or rank by the validation split.",
            plan.figure
        ));
    }
}

/// Tell of problems, each once: `status --wait` finds them at every look.
fn tell(problems: &[String]) {
    static TOLD: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let mut told = TOLD.lock().unwrap_or_else(PoisonError::into_inner);
    for problem in problems.iter().filter(|problem| told.insert((*problem).clone())) {
        output::message(format_args!("note: {}", output::visible(problem)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_waits_asks_ever_more_seldom_but_once_a_minute() {
        let pauses: Vec<Duration> =
            std::iter::successors(Some(FIRST_PAUSE), |pause| Some(slower(*pause))).take(20).collect();
        assert!(pauses.is_sorted());
        let first: Vec<_> = pauses.iter().take(3).map(Duration::as_secs_f64).collect();
        assert_eq!((first, pauses.last()), (vec![2.0, 3.0, 4.5], Some(&LAST_PAUSE)));
        // An hour in which nothing happens is some seventy questions, and not eighteen hundred.
        let hour = std::iter::successors(Some(FIRST_PAUSE), |pause| Some(slower(*pause)));
        let asked = hour.scan(Duration::ZERO, |time, pause| {
            *time += pause;
            (*time < Duration::from_hours(1)).then_some(())
        });
        assert_eq!(asked.count(), 66);
    }
}
