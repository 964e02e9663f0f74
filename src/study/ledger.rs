//! What the run directories tell of a study's trials.

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::{Path, PathBuf},
};

use jiff::Timestamp;
use rayon::prelude::*;

use super::{
    Board, Folder, Plan, Standing, Tracked,
    board::{self, Changed},
    failure::{self, Failure},
    identity,
    plan::Trial,
};
use crate::{
    config::StudyConfig,
    runs::{History, RunDir, State, history::Change, log::LogReader, writer},
};

/// A run of another host that has been silent for so long is taken for dead: a live one writes
/// several times a second, a paused one every ten seconds. The lock on its log has the last word.
pub(super) const SILENCE_MS: i64 = 10 * 60 * 1000;

/// A run that may be a trial.
#[derive(Debug)]
pub(super) struct Candidate {
    pub study: StudyConfig,
    /// Data and version; none where the run was killed before it wrote them.
    pub origin: Option<(String, String)>,
    /// When something was last written, milliseconds since the Unix epoch.
    pub updated_at: i64,
    /// What a person changed while it trained: it is no trial then.
    pub changed: Option<String>,
    pub tracked: Tracked,
}

/// Read how far the trials of `plan` have come from the runs in `runs`, and name in the second list
/// what could not be read. `now` tells the silent from the living.
#[must_use]
pub fn read(runs: &Path, plan: &Plan, now: Timestamp) -> (Board, Vec<String>) {
    let (dirs, mut problems) = directories(runs);
    let wanted: HashSet<&str> = plan.trials.iter().map(|trial| trial.settings.as_str()).collect();
    let is_wanted = |settings: &str| wanted.contains(settings);
    let read: Vec<_> =
        dirs.into_par_iter().filter_map(|dir| candidate(&RunDir::at(dir), plan, &is_wanted, now)).collect();
    let mut candidates: HashMap<String, Vec<Candidate>> = HashMap::new();
    for found in read {
        match found {
            Ok((settings, candidate)) => candidates.entry(settings).or_default().push(candidate),
            Err(problem) => problems.push(problem),
        }
    }
    let (failures, unread) = failure::read(&Folder::of(runs, &plan.name));
    problems.extend(unread);
    let trials = plan.trials.iter().map(|trial| {
        let runs: Vec<_> = candidates.get(&trial.settings).into_iter().flatten().collect();
        track(&runs, plan, trial, failures.get(&trial.id))
    });
    (Board { trials: trials.collect() }, problems)
}

/// How far the run in `dir` has brought `trial`; none where it is no run of it.
#[must_use]
pub fn look(dir: &Path, plan: &Plan, trial: &Trial, now: Timestamp) -> Option<Tracked> {
    let dir = RunDir::at(dir);
    if !dir.config().is_file() {
        return None;
    }
    let (_, run) = candidate(&dir, plan, &|settings| settings == trial.settings, now)?.ok()?;
    serves(&run, plan, trial).then_some(run.tracked)
}

/// What `runs`, whose settings are the trial's, and the record of a failure say together.
pub(super) fn track(runs: &[&Candidate], plan: &Plan, trial: &Trial, failure: Option<&Failure>) -> Tracked {
    let serving = runs.iter().filter(|run| serves(run, plan, trial));
    // Of equals the newest, which has the last name.
    let best = serving.max_by_key(|run| (run.tracked.standing.weight(), run.tracked.dir.clone()));
    let mut tracked = best.map_or_else(Tracked::default, |run| run.tracked.clone());
    if let Some(failure) = failure
        && tracked.standing.weight() < Standing::Terminated(String::new()).weight()
        && best.is_none_or(|run| run.updated_at <= failure.t)
    {
        tracked.standing = Standing::Failed(failure.errors.clone());
    }
    let changed = runs.iter().filter(|run| run.study.name == plan.name && run.study.trial == trial.id);
    let changed = changed.filter_map(|run| Some((run.tracked.dir.clone()?, run.changed.clone()?)));
    tracked.changed = changed.max().map(|(dir, what)| Changed { dir, what });
    tracked
}

fn directories(runs: &Path) -> (Vec<PathBuf>, Vec<String>) {
    match fs::read_dir(runs) {
        Ok(entries) => {
            let paths = entries.flatten().map(|entry| entry.path());
            (paths.filter(|path| RunDir::at(path).config().is_file()).collect(), Vec::new())
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => (Vec::new(), Vec::new()),
        Err(error) => (Vec::new(), vec![format!("reading the runs folder {}: {error}", runs.display())]),
    }
}

/// The run in `dir` with the identity of its settings; none where these are no trial's.
fn candidate(
    dir: &RunDir,
    plan: &Plan,
    is_wanted: &(dyn Fn(&str) -> bool + Sync),
    now: Timestamp,
) -> Option<Result<(String, Candidate), String>> {
    let config = match dir.read_config() {
        Ok(config) => config,
        Err(error) => return Some(Err(format!("{error:#}"))),
    };
    let settings = identity::settings(&config);
    if !is_wanted(&settings) {
        return None;
    }
    let (history, gone) = if dir.events().is_file() {
        match LogReader::without_losses(&dir.events()).read() {
            Ok(read) => {
                let history = History::from_events(&read.events);
                let gone = !history.is_over() && history.writer.as_ref().is_some_and(writer::is_gone);
                (history, gone)
            }
            Err(error) => return Some(Err(format!("{error:#}"))),
        }
    } else {
        (History::default(), true)
    };
    if history.imported().is_some() {
        // Another program trained it.
        return None;
    }
    let started = history.started.as_ref();
    let origin = started.map(|started| (started.fingerprint.clone(), started.version.clone()));
    let silent = now.as_millisecond().saturating_sub(history.updated_at) > SILENCE_MS;
    let here = history.writer.as_ref().is_none_or(writer::is_here);
    let standing = match &history.state {
        State::Ended(finished) => board::ended(finished.outcome, history.stop_reason.clone()),
        State::Failed(errors) => Standing::Failed(errors.clone()),
        // Nothing was trained; its directory is used again.
        _ if origin.is_none() => Standing::Pending,
        _ if gone || (!here && silent) => Standing::Interrupted,
        _ => Standing::Live,
    };
    // A rule that is not in force any more ends nothing.
    let standing = match standing {
        Standing::Terminated(_) if plan.stop.is_none() => Standing::Stopped,
        standing => standing,
    };
    let figure = plan.figure;
    let curve = history.epochs.iter().filter_map(|epoch| figure.after(&epoch.result));
    let tracked = Tracked {
        standing,
        dir: Some(dir.path().to_owned()),
        curve: curve.map(|value| figure.cost(value)).collect(),
        seconds: history.trained().as_secs_f64(),
        finished: history.finished().cloned(),
        paused: matches!(history.state, State::Paused),
        reason: history.stop_reason,
        changed: None,
    };
    let (updated_at, changed) = (history.updated_at, changes(&history.changes));
    Some(Ok((settings, Candidate { study: config.study, origin, updated_at, changed, tracked })))
}

/// What was changed by hand, in words; none where nothing was.
#[must_use]
pub fn changes(changes: &[Change]) -> Option<String> {
    let change = |change: &Change| {
        let (key, from, to) = (change.key, change.key.text(change.from), change.key.text(change.to));
        format!("{} {from} → {to} in epoch {}", key.title(), change.epoch)
    };
    (!changes.is_empty()).then(|| changes.iter().map(change).collect::<Vec<_>>().join(", "))
}

/// True where `run`, whose settings are the trial's, counts for it: it is on the same data and of the
/// same version, and nobody changed it; and it is done, or live, or it is the study's own, which alone the
/// study goes on with.
fn serves(run: &Candidate, plan: &Plan, trial: &Trial) -> bool {
    let own = run.study.name == plan.name;
    let counts = own || matches!(run.tracked.standing, Standing::Done | Standing::Live);
    match &run.origin {
        _ if run.changed.is_some() => false,
        Some((data, version)) => plan.fingerprint(trial) == Some(data.as_str()) && *version == plan.version && counts,
        None => own && run.study.trial == trial.id,
    }
}
